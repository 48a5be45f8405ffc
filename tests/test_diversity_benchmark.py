"""The diversity calibration itself: its people and its respondent are what it says, and every study fills its table."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from tests.measures.synthetic import PLACES, context, estimates, one

SCRIPT = runpy.run_path(str(Path(__file__).resolve().parent.parent / "benchmarks" / "diversity.py"))
TABLES = runpy.run_path(str(Path(__file__).resolve().parent.parent / "benchmarks" / "tables.py"))


def test_planted_people_have_the_design_effect_that_is_printed() -> None:
    shares = np.array([0.5, 0.3, 0.15, 0.05])
    drawn = SCRIPT["surveyed"](np.broadcast_to(shares, (20_000, 4)), 100, np.random.default_rng(1))
    assert drawn.mean(axis=0) == pytest.approx(shares, abs=0.001)
    assert drawn.var(axis=0) == pytest.approx(shares * (1 - shares) / 100, rel=0.05)


def test_a_healthy_respondent_answers_as_all_people_do_over_endless_wordings() -> None:
    truth = SCRIPT["world"](np.random.default_rng(1), 3)
    answers = SCRIPT["worded"](truth, 20_000, np.random.default_rng(2))
    assert answers.min() >= 0 and answers.sum(axis=-1) == pytest.approx(1.0)
    assert answers.mean(axis=1) == pytest.approx(truth, abs=0.003)


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) for n in SCRIPT["STUDIES"]])
def test_a_study_fills_its_table(name: str) -> None:
    (block,) = "\n".join(TABLES["tabled"](name, SCRIPT["STUDIES"][name], 20, 1)).split("\n### ")[1:]
    rows = [line for line in block.splitlines() if line.startswith("|")]
    assert block.startswith(name)
    assert len(rows) > 8 and len({line.count("|") for line in rows}) == 1
    assert "nan" not in block


@pytest.mark.parametrize(("keep", "wordings"), [(1.0, 2), (0.5, 5), (-1.0, 4)])
def test_replications_side_by_side_are_the_rows_of_the_measures(keep: float, wordings: int) -> None:
    rng, seen = np.random.default_rng(3), []
    (batch,) = SCRIPT["batches"](keep, (5, wordings, 100), 6, rng)
    (ratio, other, _), (slope, unlike, _), spread = batch.size(1.0), batch.slope(1.0), batch.spread()
    for r in range(6):
        made = context(batch.answers[r].swapaxes(0, 1), batch.people[r], personas=PLACES[:5], n_eff=100)
        size = one(estimates("homogenisation", made), facet="")
        tilt = one(estimates("deviation_agreement", made), facet="slope")
        inside = one(estimates("variance_ratio", made), persona=PLACES[0], facet="readout=logprob;temperature=1")
        assert (size.value, tilt.value) == pytest.approx((ratio[r], slope[r]))
        for row, found in ((size, other), (tilt, unlike), (inside, spread)):
            assert row.low is not None and row.high is not None
            assert bool(found[r]) == (not row.low <= 1 <= row.high)
            seen.append(bool(found[r]))
    assert not all(seen)


@pytest.mark.slow
@pytest.mark.parametrize("places", SCRIPT["PLACES"])
def test_a_healthy_respondent_is_accused_one_time_in_twenty_at_most(places: int) -> None:
    hits = SCRIPT["accusations"]((places, 10, 100), 2000, np.random.default_rng(places))
    assert all(SCRIPT["near"](hits[:, k], SCRIPT["ALPHA"]) for k in range(4))
