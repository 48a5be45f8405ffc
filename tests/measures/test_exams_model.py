"""The shipped model knows the facts of its world, so its marks on them are known: the whole way, read-out included."""

from pathlib import Path

import polars as pl
import pytest

from tawazun import api
from tests.toys import write

STUDY = """
version = 1
name = "facts"
[[respondent]]
name = "model"
kind = "hf"
model = "planted"
[[respondent]]
name = "guesser"
kind = "uniform"
[ask]
instruments = ["atlas_facts"]
items = ["f01", "f02", "f03", "f04", "f05", "f06", "f07", "f08", "f09", "f10", "f11", "f12"]
languages = ["en", "ar"]
orders = ["forward", "reversed"]
[measure]
measures = ["accuracy"]
"""


def test_what_the_model_knows_is_marked_right_beside_a_guesser(tmp_path: Path) -> None:
    scores = api.run(api.load_study(write(tmp_path / "study.toml", STUDY)), tmp_path / "run").scores
    whole = scores.filter(pl.col("facet") == "prompt=w1 letters 0-shot;norm=none", pl.col("group") == "")
    for respondent, expected in (("model", 1.0), ("guesser", 0.25)):
        found = whole.filter(pl.col("respondent") == respondent)
        assert found.height == 2 and found["value"].to_list() == pytest.approx([expected] * 2)
