"""Planted people whose answers hang together: intervals of averages over items still hold the truth."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.special import ndtr

from tawazun.measures.people import people
from tawazun.populations import humans_table
from tawazun.populations.halves import random_halves, split_half
from tawazun.populations.imported import ImportSettings, from_microdata
from tawazun.stats.distances import js_divergence, w1_similarity
from tests.measures.synthetic import PLACES, context, estimates, one, worded
from tests.toys import toy

ITEMS, PEOPLE, TIE, LEAN = 20, 200, 0.3, 0.6
CUTS = np.sort(np.random.default_rng(1).normal(0, 0.8, (ITEMS, 3)), axis=1)


def shares(lean: float) -> np.ndarray:
    """(Q, 4) shares of people around `lean`."""
    below = ndtr(CUTS - lean)
    return np.diff(np.concatenate([np.zeros((ITEMS, 1)), below, np.ones((ITEMS, 1))], axis=1), axis=1)


def asked(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Shares (1, Q, 4) of people with one thing in common, and of halves of them."""
    stands = np.sqrt(TIE) * rng.normal(size=(PEOPLE, 1)) + np.sqrt(1 - TIE) * rng.normal(size=(PEOPLE, ITEMS))
    table = ((stands[:, :, None] > CUTS).sum(axis=-1)[:, :, None] == np.arange(4)).astype(float)
    first = rng.permuted(np.tile(np.arange(PEOPLE) < PEOPLE // 2, (20, 1)), axis=1)
    halves = np.array([[table[half].mean(axis=0), table[~half].mean(axis=0)] for half in first])
    return table.mean(axis=0)[None], halves


def test_intervals_hold_the_truth_where_answers_hang_together(count: int = 60) -> None:
    """With halves, and with a declared correlation as large as the true one; without either they do not."""
    rng, model, truth = np.random.default_rng(2), shares(LEAN)[None], shares(0.0)
    far = float(1 - np.sqrt(js_divergence(model[0], truth).mean()))
    near = float(w1_similarity(model[0], truth, np.broadcast_to(np.arange(1.0, 5), truth.shape)).mean())
    held = dict.fromkeys(("halves js", "halves w1", "declared js", "declared w1", "none js", "none w1"), 0)
    for _ in range(count):
        given, (p, halves) = worded(rng, model, 10, 0.03), asked(rng)
        for key, told, tie in (("halves", [halves], 0.0), ("declared", [], TIE), ("none", [], 0.0)):
            made = context(given, p, personas=["none"], n_eff=float(PEOPLE), halved=told, item_correlation=tie)
            js = one(estimates("js_similarity_corrected", made), facet="deff=1", respondent="model")
            w1 = next(row for row in estimates("w1_similarity", made) if row.respondent == "model" and not row.item)
            assert None not in (js.low, js.high, w1.low, w1.high)
            held[f"{key} js"] += js.low <= far <= js.high  # type: ignore[operator]
            held[f"{key} w1"] += w1.low <= near <= w1.high  # type: ignore[operator]
    assert min(held[key] for key in held if not key.startswith("none")) >= count * 0.88, held
    assert max(held["none js"], held["none w1"]) <= count * 0.75, held


def test_rows_say_where_the_correlation_comes_from() -> None:
    rng = np.random.default_rng(3)
    given, (p, halves) = worded(rng, shares(LEAN)[None], 5, 0.03), asked(rng)
    assumed = context(given, p, personas=["none"], n_eff=200.0)
    rows = estimates("js_similarity_corrected", assumed)
    words = one(rows, facet="deff=1").method
    assert "items of one person correlating 0.1 (assumed)" in words
    widths = [one(rows, facet=facet) for facet in ("item_correlation=0", "deff=1", "item_correlation=0.3")]
    spans = [row.high - row.low for row in widths]  # type: ignore[operator]
    assert spans == sorted(spans) and spans[0] < spans[2] and len({row.value for row in widths}) == 1
    told = estimates("js_similarity_corrected", context(given, p, personas=["none"], n_eff=200.0, halved=[halves]))
    assert "20 random halves, all items together" in one(told, facet="deff=1").method
    assert not [row for row in told if "item_correlation" in row.facet]
    rows = estimates("js_similarity", context(given, p, personas=["none"], n_eff=200.0, halved=[halves]))
    assert "20 random halves" in next(row for row in rows if row.respondent == "model" and not row.item).method
    assert "humans by delta method" in next(row for row in rows if row.item == "q1").method


def test_an_unknown_number_of_people_stays_unknown() -> None:
    rng = np.random.default_rng(4)
    given, (p, _) = worded(rng, shares(LEAN)[None], 5, 0.03), asked(rng)
    rows = estimates("js_similarity_corrected", context(given, p, personas=["none"]))
    assert not [row for row in rows if "item_correlation" in row.facet]
    row = next(row for row in estimates("js_similarity", context(given, p, personas=["none"])) if not row.item)
    assert "excludes human error" in row.method


def test_microdata_bring_their_halves_to_the_measures() -> None:
    """From a table of persons to arrays: the same halves for every item, those of `populations.halves`."""
    rng, made = np.random.default_rng(5), toy(3)
    cells = [q.cells for q in made.questions]
    rows = pl.DataFrame(
        {
            "place": ["EGY"] * 60 + [PLACES[0] if PLACES[0] != "EGY" else PLACES[1]] * 12,
            "w": [f"{x:.3f}" for x in rng.uniform(0.5, 2, 72)],
            **{q.id: [str(x) for x in rng.integers(1, n + 1, 72)] for q, n in zip(made.questions, cells, strict=True)},
        }
    ).with_row_index("#row", 2)
    settings = ImportSettings("mine-1", "people.csv", "toy", microdata=True, weight="w", folder=Path())
    side = people(humans_table(from_microdata(settings, made, rows)), made, made.questions, 0.2)[0]
    assert side.item_correlation == 0.2
    at, thin = side.where("EGY"), 1 - (side.where("EGY") or 0)
    assert at is not None and side.halved[thin] is None, "twelve people are too few to be halved"
    halves = side.halved[at]
    assert halves is not None and halves.shape == (20, 2, 3, max(cells))
    first = random_halves(["EGY"] * 60, times=20, seed=1, name="people.csv")
    values = rows["q1"].head(60).cast(pl.Float64).to_numpy() - 1
    weights = rows["w"].head(60).cast(pl.Float64).to_numpy()
    wanted = split_half(values, weights, ["EGY"] * 60, first, cells=cells[0], codes=made.questions[0].codes)
    assert halves[:, :, 0, : cells[0]] == pytest.approx(np.array(wanted["EGY"]))
    covariance, df = side.covariance(at, np.arange(3), np.ones((1, 3, max(cells))))
    assert df == 20 and covariance[0, 0] == pytest.approx(0, abs=1e-20)
    assert side.covariance(thin, np.arange(3), np.eye(max(cells))[None, :3])[1] == np.inf
