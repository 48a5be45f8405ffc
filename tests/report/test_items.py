"""Shares item by item: the measures' averages, and no more than a source lets us pass on."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.report.items import disclosed, item_payload
from tawazun.report.material import material
from tawazun.report.words import words
from tests.report.toy_run import Texts, answers, estimate, humans, questions, sources, write_run

TEXTS = Texts()


def test_small_cells_are_left_out_with_one_more_so_that_none_can_be_worked_out() -> None:
    assert disclosed((0.04, 0.46, 0.5), 100) == [None, None, 0.5]
    assert disclosed((0.04, 0.05, 0.91), 100) == [None, None, 0.91]
    assert disclosed((0.0, 0.46, 0.54), 100) == [0.0, 0.46, 0.54]
    assert disclosed((0.04, 0.46, 0.5), None) == [0.04, 0.46, 0.5]


@given(st.lists(st.integers(0, 60), min_size=2, max_size=8).filter(lambda counts: sum(counts) > 0))
def test_no_cell_under_ten_is_shown_or_can_be_worked_out(counts: list[int]) -> None:
    n = sum(counts)
    shown = disclosed([count / n for count in counts], n)
    for count, share in zip(counts, shown, strict=True):
        if 0 < count < 10:
            assert share is None
    hidden = [count for count, share in zip(counts, shown, strict=True) if share is None]
    others = [count for count, share in zip(counts, shown, strict=True) if share is not None and count > 0]
    assert len(hidden) != 1 or not others


@pytest.mark.parametrize(("redistribute", "first"), [("yes", 40), ("aggregates", None)])
def test_a_source_decides_what_is_shown_of_it(tmp_path: Path, redistribute: str, first: int | None) -> None:
    run = write_run(tmp_path / "run", [], sources=sources(TEXTS, redistribute))
    payload = item_payload(material(run, words("en")))
    assert payload["human"][0][0]["p"][0] == first


def test_shares_are_of_those_who_answered_averaged_over_framings(tmp_path: Path) -> None:
    base = answers(TEXTS, ("none",)).filter(pl.col("language") == "en")
    other = base.with_columns(
        p=pl.Series([[0.6, 0.1, 0.1]] * base.height), wording=pl.lit("w2"), cell=pl.col("cell") + "b",
        refused=pl.lit(0.2),
    )  # fmt: skip
    payload = item_payload(material(write_run(tmp_path / "run", [], answers=base.vstack(other)), words("en")))
    expected = [(0.2 / 0.9 + 0.6 / 0.8) / 2, (0.3 / 0.9 + 0.1 / 0.8) / 2, (0.4 / 0.9 + 0.1 / 0.8) / 2]
    cell = payload["model"][0][0]
    assert cell["p"] == [round(share * 1000) for share in expected]
    assert cell["lost"] == [0, 150, 0]


def test_mentions_are_not_made_to_sum_to_one(tmp_path: Path) -> None:
    some = questions(TEXTS).with_columns(kind=pl.lit("some"))
    cells = answers(TEXTS, ("none",)).with_columns(p=pl.Series([[0.9, 0.8, 0.0]] * 4))
    payload = item_payload(material(write_run(tmp_path / "run", [], questions=some, answers=cells), words("en")))
    assert payload["model"][0][0]["p"] == [900, 800, 0]


def test_failed_cells_are_no_answers_and_values_stand_where_there_are_no_shares(tmp_path: Path) -> None:
    cells = answers(TEXTS, ("none",)).with_columns(
        error=pl.when(pl.col("question") == "q1").then(pl.lit("the server said no")),
        p=pl.lit(None, pl.List(pl.Float64)), value=pl.lit(2.345),
    )  # fmt: skip
    payload = item_payload(material(write_run(tmp_path / "run", [], answers=cells), words("en")))
    assert all(0 not in subject for subject in payload["model"])
    assert payload["model"][0][1]["value"] == 2.35 or payload["model"][0][1]["value"] == 2.34


def test_item_scores_travel_with_their_intervals(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [estimate(TEXTS, item="q2", value=0.8, low=0.7, high=0.9)])
    payload = item_payload(material(run, words("en")))
    (key,) = payload["scores"]
    subject, people = key.split("|")
    assert payload["subjects"][int(subject)]["arm"] == "as Egypt, English"
    assert payload["populations"][int(people)]["place"] == "Egypt"
    assert payload["scores"][key] == {1: ["0.80", "[0.70, 0.90]"]}


def test_arabic_items_run_from_right_to_left(tmp_path: Path) -> None:
    payload = item_payload(material(write_run(tmp_path / "run", [], humans=humans()), words("en")))
    directions = {text["language"]: text["dir"] for text in payload["items"][0]["texts"]}
    assert directions == {"en": "ltr", "ar": "rtl"}
