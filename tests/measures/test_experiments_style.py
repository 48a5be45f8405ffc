"""Habits of answering: agreeing with everything and hiding in the middle are seen, views are not."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tawazun.instruments import instrument
from tawazun.measures.style import keyed
from tests.measures.by_hand import answers, context, grid, humans, measured, one
from tests.measures.planted import planted_study, scored
from tests.toys import toy

PEOPLE = {"populations": ["atlas-1/group:atlas-arab@1"]}


def scores(options: dict[str, Any], measure: str, folder: Path, **ask: Any) -> pl.DataFrame:
    found = scored(planted_study(options, ask, {"measures": [measure], **PEOPLE}), folder / f"{measure}{len(options)}")
    return found.filter(pl.col("facet").str.starts_with("against people"))


def test_agreeing_with_everything_is_found_and_agreeing_by_conviction_is_not(tmp_path: Path) -> None:
    healthy, leaning = (scores(options, "acquiescence", tmp_path) for options in ({}, {"acquiescence": 1.5}))
    known = ("x-sahelia", "x-rimalia", "x-zahrania", "x-qamaria")
    for place in known:
        calm, lean = (table.filter(pl.col("persona") == place).row(0, named=True) for table in (healthy, leaning))
        assert calm["low"] < 0 < calm["high"] and abs(calm["value"]) < 0.02 and calm["n"] == 42
        assert lean["low"] > 0.1 and "humans by delta method" in lean["method"]
    whole = leaning.filter(pl.col("facet").str.contains("mean over 7 places")).row(0, named=True)
    assert whole["value"] > 0.15 and whole["p"] == pytest.approx(2 / 2**7)
    assert "smallest attainable p 0.0156" in whole["method"]


def test_strong_views_are_no_acquiescence() -> None:
    """Agreeing with what raises a dimension and rejecting what lowers it cancels out, whichever way it goes."""
    atlas = instrument("atlas")
    for end in (0, -1):
        cells = []
        for question in atlas.questions:
            _, direction = keyed(atlas, question)
            p = np.zeros(question.cells)
            p[end if direction > 0 else -1 - end] = 1.0
            cells.append({"question": question.id, "p": p.tolist()})
        row = one(measured("acquiescence", context([atlas], answers(atlas, cells))))
        assert row.value == pytest.approx(0, abs=1e-12) and row.facet == "against the middle"
    yes = [{"question": q.id, "p": [0.0] * (q.cells - 1) + [1.0]} for q in atlas.questions]
    assert one(measured("acquiescence", context([atlas], answers(atlas, yes)))).value == pytest.approx(0.5)


def test_the_values_survey_has_one_balanced_scale_and_agreement_is_its_lowest_code() -> None:
    vsm = instrument("vsm13")
    assert [keyed(vsm, vsm.question(item)) for item in ("m21", "m24", "m22", "m01")] == [
        ("uai", -1), ("uai", 1), ("lto", 1), ("idv", 0),
    ]  # fmt: skip
    cells = [{"question": q.id, "p": [1.0, 0, 0, 0, 0]} for q in vsm.questions]
    row = one(measured("acquiescence", context([vsm], answers(vsm, cells))))
    assert (row.value, row.n) == (0.5, 2)


def test_items_keyed_one_way_only_have_no_acquiescence(tmp_path: Path) -> None:
    made = planted_study({}, {"items": ["a03"], "personas": ["x-sahelia"]}, {"measures": ["acquiescence"]})
    table = scored(made, tmp_path / "r")
    assert table["value"].null_count() == table.height
    assert table["why"].str.contains("one direction only").all()
    plain = one(measured("acquiescence", context([toy()], answers(toy(), [{"question": "q1", "p": [0.25] * 4}]))))
    assert plain.value is None and "no item asks for agreement" in plain.why


def test_hiding_in_the_middle_is_found() -> None:
    items, places = toy(6, options=5), ["x-sahelia", "x-rimalia", "x-qamaria", "x-zahrania", "x-badiyan", "x-jazalia"]
    rng = np.random.default_rng(0)
    people = rng.dirichlet(np.ones(5) * 4, size=(len(places), 6))
    middle = np.zeros(5)
    middle[2] = 1
    shares = np.repeat((0.6 * people + 0.4 * middle)[:, None], 3, axis=1) + 0.01 * rng.random((6, 3, 6, 5))
    shares /= shares.sum(axis=-1, keepdims=True)
    table = answers(items, grid(items, shares, places, ["w1", "w2", "w3"]))
    given = [
        {"place": place, "item": question.id, "p": people[c, q].tolist(), "n_eff": 500.0}
        for c, place in enumerate(places)
        for q, question in enumerate(items.questions)
    ]
    rows = measured("central_tendency", context([items], table, humans("toy", given)))
    for c, place in enumerate(places):
        row = one(rows, persona=place, facet="against people")
        truth = 0.4 * (1 - people[c, :, 2].mean())
        assert row.low < truth < row.high and row.value == pytest.approx(truth, abs=0.02)
    whole = one(rows, facet="against people;mean over 6 places")
    assert whole.value > 0.2 and whole.p == pytest.approx(2 / 2**6)
    even = toy(2, options=4)
    cells = [{"question": "q1", "p": [0.0, 0.5, 0.5, 0.0]}, {"question": "q2", "p": [0.25] * 4}]
    row = one(measured("central_tendency", context([even], answers(even, cells))))
    assert row.value == pytest.approx(0.75 - 0.5), "two middle options of four"


def test_people_themselves_do_not_hide_in_the_middle(tmp_path: Path) -> None:
    table = scores({}, "central_tendency", tmp_path)
    near = table.filter(pl.col("persona").is_in(["x-sahelia", "x-rimalia", "x-zahrania", "x-qamaria"]))
    assert near.height == 4 and (near["low"] < 0).all() and (near["high"] > 0).all()


def test_too_few_places_have_a_mean_and_no_test(tmp_path: Path) -> None:
    table = scores({"acquiescence": 1.5}, "acquiescence", tmp_path, personas=["x-sahelia", "x-rimalia", "x-qamaria"])
    whole = table.filter(pl.col("persona") == "").row(0, named=True)
    assert whole["value"] > 0.15 and whole["p"] is None and "no test" in whole["why"]
