"""Generalisability: planted components come out, the D study says what it should, shared shifts are no error."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tawazun.measures.designs import Design, _split_items, coefficient
from tawazun.places.catalogue.atlas import PLACES
from tests.measures.by_hand import answers, at_ends, context, grid, measured, one
from tests.measures.planted import planted_study, scored
from tests.toys import toy

SIGNAL, ERROR, SHIFT = 0.08, 0.05, 0.06
CODES = [place.code for place in PLACES]


def drawn(countries: int, items: int, wordings: int, seed: int) -> np.ndarray:
    """(C, W, Q) shares of the scale with known variance components."""
    rng = np.random.default_rng(seed)
    signal = SIGNAL * rng.standard_normal((countries, 1, items))
    shift = SHIFT * rng.standard_normal((1, wordings, items))
    error = ERROR * rng.standard_normal((countries, wordings, items))
    return np.clip(0.5 + signal + shift + error, 0, 1)


def rows_of(values: np.ndarray, *, ordinal: bool = True) -> list:
    countries, wordings, items = values.shape
    instrument = toy(items, options=5, wordings=wordings)
    if not ordinal:
        questions = tuple(replace(question, ordinal=False) for question in instrument.questions)
        instrument = replace(instrument, questions=questions)
    names = [f"w{w + 1}" for w in range(wordings)]
    table = answers(instrument, grid(instrument, at_ends(values, 5), CODES[:countries], names))
    return measured("generalisability", context([instrument], table))


def test_planted_components_come_out_and_the_d_study_follows_from_them() -> None:
    rows = rows_of(drawn(22, 24, 5, 0))
    got = {
        name: one(rows, facet=f"level=items;component={name}").value
        for name in ("signal", "error", "shared shift", "lean", "replies")
    }
    assert got["signal"] == pytest.approx(SIGNAL**2, rel=0.15)
    assert got["error"] == pytest.approx(ERROR**2, rel=0.1)
    assert got["shared shift"] == pytest.approx(SHIFT**2, rel=0.35)
    assert abs(got["lean"]) < 0.1 * SIGNAL**2 and got["replies"] == 0
    for count in (1, 2, 5, 10):
        row = one(rows, facet=f"level=items;wordings={count}")
        assert row.value == pytest.approx(got["signal"] / (got["signal"] + got["error"] / count))
        assert row.low < SIGNAL**2 / (SIGNAL**2 + ERROR**2 / count) < row.high
    asked = one(rows, facet="level=items;wordings=5;as asked")
    assert asked.value == one(rows, facet="level=items;wordings=5").value and asked.n == 22
    needed = one(rows, facet="level=items;wordings needed for 0.8").value
    assert needed == np.ceil(4 * got["error"] / got["signal"] - 1e-9)
    ratio = one(rows, facet="level=items;stability ratio")
    truth = SIGNAL / np.hypot(ERROR, SHIFT)
    assert ratio.low < truth < ratio.high and ratio.value == pytest.approx(truth, rel=0.25)


def test_nominal_items_have_components_of_their_distributions_only() -> None:
    rows = rows_of(drawn(7, 6, 3, 1), ordinal=False)
    assert {row.facet.split(";")[0] for row in rows} == {"level=shares"}
    # two options with shares x and 1 - x: twice the variance of x
    ordinal = rows_of(drawn(7, 6, 3, 1))
    parts = [one(ordinal, facet=f"level=items;component={name}").value for name in ("signal", "lean")]
    assert one(rows, facet="level=shares;component=signal").value == pytest.approx(2 * sum(parts))
    assert one(rows, facet="level=shares;component=error").value == pytest.approx(
        2 * one(ordinal, facet="level=items;component=error").value
    )


def test_no_country_differences_have_no_generalisability() -> None:
    rng = np.random.default_rng(3)
    rows = rows_of(np.clip(0.5 + 0.06 * rng.standard_normal((7, 5, 24)), 0, 1))
    asked = one(rows, facet="level=items;wordings=5;as asked")
    assert asked.low < 0 and asked.high < 0.5
    needed = one(rows, facet="level=items;wordings needed for 0.8")
    assert needed.value is None or needed.value > 20


@pytest.mark.parametrize(("places", "wordings", "said"), [(2, 3, "2 places played"), (5, 1, "one wording")])
def test_too_little_to_study_is_a_row_that_says_so(places: int, wordings: int, said: str) -> None:
    (row,) = rows_of(drawn(places, 4, wordings, 0))
    assert row.value is None and said in row.why


def test_two_wordings_have_components_and_no_interval() -> None:
    row = one(rows_of(drawn(5, 6, 2, 0)), facet="level=items;wordings=2;as asked")
    assert row.value is not None and row.low is None and "three wordings" in row.why


def test_items_that_a_place_did_not_answer_are_left_out_and_counted() -> None:
    values = drawn(5, 6, 3, 0)
    values[2, 1, 4] = np.nan
    rows = rows_of(values)
    asked = one(rows, facet="level=items;wordings=3;as asked")
    assert "1 items left out" in asked.why and "5 items" in asked.method


def test_intervals_hold_for_these_countries_and_items() -> None:
    hits, repeats, rng = 0, 200, np.random.default_rng(4)
    for _ in range(repeats):
        signal = rng.standard_normal((7, 12))
        inner = signal - signal.mean(0) - signal.mean(1, keepdims=True) + signal.mean()
        truth = np.square(inner).sum() / (6 * 11)
        cells = signal + rng.standard_normal((5, 7, 12)) + rng.standard_normal((5, 1, 12))
        found = coefficient(Design("items", "", cells, _split_items, 12, 0, 0.0, ""), 5, 0.95)
        assert found.low is not None and found.high is not None
        hits += found.low <= truth / (truth + 1 / 5) <= found.high
    assert 0.93 <= hits / repeats <= 1.0


def test_the_planted_wording_sensitivity_is_a_shared_shift_and_replies_are_error(tmp_path: Path) -> None:
    found = {}
    for name, options, ask in (
        ("none", {}, {}),
        ("wording", {"wording_sensitivity": 1.0}, {}),
        ("replies", {}, {"mode": "sample", "samples": 30}),
    ):
        table = scored(planted_study(options, ask, {"measures": ["generalisability"]}), tmp_path / name)
        items = table.filter((pl.col("item") == "") & pl.col("facet").str.starts_with("level=items"))
        found[name] = {row["facet"].removeprefix("level=items;"): row for row in items.iter_rows(named=True)}
    assert found["none"]["component=error"]["value"] == found["none"]["component=shared shift"]["value"] == 0
    assert found["none"]["wordings=3;as asked"]["value"] == 1 and found["none"]["stability ratio"]["value"] is None
    shift = found["wording"]["component=shared shift"]["value"]
    assert shift > 0.01 > 5 * found["wording"]["component=error"]["value"]
    assert found["wording"]["stability ratio"]["value"] < 1.5
    error, replies = (found["replies"][f"component={name}"]["value"] for name in ("error", "replies"))
    assert replies == pytest.approx(error, rel=0.25) and replies > 0.0005
    assert found["replies"]["wordings=1"]["value"] < found["replies"]["wordings=10"]["value"] < 1
