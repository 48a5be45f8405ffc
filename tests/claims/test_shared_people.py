"""Two respondents that are equally far from people whose answers hang together: neither is called closer."""

import numpy as np
import pytest
from scipy.special import ndtr

from tawazun.claims import Gathered, gather
from tawazun.claims.yardsticks import Closeness, people_covariance
from tawazun.stats.delta import multinomial_variance
from tests.claims.making import claimed, instrument_of, part, study_of

ITEMS, PEOPLE, TIE, LEAN = 12, 300, 0.3, 0.6
CUTS = np.sort(np.random.default_rng(1).normal(0, 0.8, (ITEMS, 3)), axis=1)
CUTS = (CUTS - CUTS[:, ::-1]) / 2


def shares(lean: float) -> np.ndarray:
    below = ndtr(CUTS - lean)
    return np.diff(np.concatenate([np.zeros((ITEMS, 1)), below, np.ones((ITEMS, 1))], axis=1), axis=1)


def surveyed(rng: np.random.Generator) -> np.ndarray:
    stands = np.sqrt(TIE) * rng.normal(size=(PEOPLE, 1)) + np.sqrt(1 - TIE) * rng.normal(size=(PEOPLE, ITEMS))
    return np.asarray(((stands[:, :, None] > CUTS).sum(axis=-1)[:, :, None] == np.arange(4)).mean(axis=0))


def gathered(
    rng: np.random.Generator, people: np.ndarray, correlation: float, n_eff: float | None = PEOPLE
) -> Gathered:
    """Two respondents that lean to either side, under six wordings that hardly matter."""
    answers = {
        who: np.array([shares(lean + rng.normal(0, 0.01)) for _ in range(6)])
        for who, lean in (("a", LEAN), ("b", -LEAN))
    }
    study = study_of(["a", "b"], item_correlation=correlation)
    run = part(answers, {"EGY": people, "MAR": shares(0.3)}, study=study, n_eff=n_eff)
    return gather([run], instruments=[instrument_of(answers)])


CLAIM = {"kind": "closer", "respondent": "a", "other": "b", "target": "made-1/EGY", "smallest_effect": 0.005}


def test_an_equal_pair_is_hardly_ever_told_apart(count: int = 40) -> None:
    told = {0.0: 0, TIE: 0}
    for correlation in told:
        rng = np.random.default_rng(6)
        for _ in range(count):
            found = claimed(gathered(rng, surveyed(rng), correlation), **CLAIM)
            told[correlation] += found.verdict != "undecided"
    assert told[TIE] <= 5 and told[0.0] >= 6, told


def test_a_verdict_says_what_was_assumed() -> None:
    rng = np.random.default_rng(7)
    people = surveyed(rng)
    found = [claimed(gathered(np.random.default_rng(8), people, tie), **CLAIM) for tie in (0.0, 0.1, 0.3)]
    spans = [one.high - one.low for one in found]  # type: ignore[operator]
    assert spans == sorted(spans) and spans[0] < spans[2]
    assert "items of one person correlating 0.1 (assumed)" in found[1].method
    assert any("hang together" in line for line in found[1].limits)
    unknown = gathered(np.random.default_rng(8), people, 0.1, n_eff=None)
    assert not any("hang together" in line for line in claimed(unknown, **CLAIM).limits)


def test_of_several_runs_the_largest_correlation_counts() -> None:
    answers = {"a": np.array([shares(LEAN)] * 2)}
    runs = [
        part(answers if who == "a" else {"b": answers["a"]}, {"EGY": shares(0.0)}, name=who,
             study=study_of([who], item_correlation=tie), id=who)
        for who, tie in (("a", 0.1), ("b", 0.25))
    ]  # fmt: skip
    assert gather(runs, instruments=[instrument_of(answers)]).context.keys.item_correlation == 0.25


def test_people_that_stand_on_both_sides_cancel() -> None:
    """A people set against itself as the target, and a regional mean: variances by hand, items as strangers."""
    made = gathered(np.random.default_rng(10), surveyed(np.random.default_rng(10)), 0.0)
    side = made.context.people["toy"][0]
    slope = np.random.default_rng(11).normal(size=(ITEMS, 4))
    none = np.zeros((0, ITEMS))
    kept = np.arange(ITEMS)

    def closeness(gradient: np.ndarray, own: tuple[tuple[int, np.ndarray], ...]) -> Closeness:
        return Closeness(np.zeros(ITEMS), none, none, gradient, own, np.zeros(ITEMS), "wordings")

    same = people_covariance([[closeness(slope, ((0, -slope),))]], kept, side, ((0,), kept))[0]
    assert same[0, 0] == pytest.approx(0, abs=1e-20)
    apart = people_covariance([[closeness(slope, ((1, slope / 2),))]], kept, side, ((0,), kept))[0]
    own, other = (multinomial_variance(s, side.p[c], side.n_eff[c]).sum() for s, c in ((slope, 0), (slope / 2, 1)))
    assert apart[0, 0] == pytest.approx((own + other) / ITEMS**2)
