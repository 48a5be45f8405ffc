"""On the planted model survey answers bring items nearer that were not trained on; a placebo does not."""

import json
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tawazun.adapt.corpora.planted import Planted, planted_corpus
from tawazun.adapt.sft.keys import SftRecipe
from tawazun.api.training import Given, Trained
from tawazun.api.training_sft import adapt_sft, load_sft
from tawazun.instruments import instrument
from tawazun.populations import load_populations
from tawazun.studies import find_recipe

ROWS = 9720  # of the survey in the shipped recipe


def index_distance(done: Trained, side: str) -> float:
    """Mean |model - people| over the six indices, in index points; the items of all of them were held out."""
    (people,) = load_populations("atlas_exact-1/x-marsouk", data=None)
    atlas = instrument("atlas")
    codes = {one.id: one.codes for one in atlas.questions}
    own = {row["item"]: row[side] for row in done.lineage["scores"] if row["measure"] == "index"}
    gaps = []
    for index in atlas.indices:
        shares = {item: people.answer(item) for item in index.terms}
        truth = sum(weight * float(np.dot(shares[item].p, codes[item])) for item, weight in index.terms.items())  # type: ignore[union-attr,arg-type]
        gaps.append(abs(own[index.name] - truth))
    return float(np.mean(gaps))


def placebo(recipe: SftRecipe, folder: Path) -> SftRecipe:
    """The same training on as many conversations about harbours and weather."""
    rows = planted_corpus(Planted("placebo", "x-marsouk", "en", ()))
    talks = [
        {"instruction": "Tell me something.", "output": one.text.split(".")[0] + "."} for one in islice(rows, ROWS)
    ]
    (folder / "placebo.jsonl").write_text("".join(json.dumps(one) + "\n" for one in talks))
    source: dict[str, Any] = {"name": "placebo", "files": "placebo.jsonl", "language": "en", "licence": "Apache-2.0"}
    table = recipe.model_dump(exclude_none=True) | {"survey": [], "source": [source], "name": "placebo"}
    return SftRecipe.model_validate(table)


@pytest.mark.slow
def test_survey_answers_carry_over_to_items_that_are_held_out_and_placebo_does_not(tmp_path: Path) -> None:
    shipped = load_sft(find_recipe("sft-planted"))
    arms = {"survey": shipped, "placebo": placebo(shipped, tmp_path)}
    left = {}
    for name, recipe in arms.items():
        done = adapt_sft(recipe, tmp_path / name, Given(folder=tmp_path))
        assert done.lineage["data"]["contamination"]["items"] == []
        left[name] = index_distance(done, "after") / index_distance(done, "before")
        print(f"{name}: {left[name]:.3f} of the index distance is left")
    assert left["survey"] <= 0.6
    assert left["placebo"] >= 0.9
