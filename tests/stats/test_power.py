"""Power: Student's non-central t as a special case, and what simulation of the very same rule finds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tawazun.stats.equivalence import equivalence_power, superiority_power
from tawazun.stats.permutation import sign_flip
from tawazun.stats.power import (
    clusters_for,
    equivalence_verdict_power,
    group_power,
    rank_power,
    sign_flip_bar,
    skewness,
    smallest_found,
    verdict_power,
)


@given(st.floats(0, 2), st.floats(0.1, 2), st.integers(2, 40))
def test_without_people_and_bar_it_is_the_noncentral_t(effect: float, sd: float, clusters: int) -> None:
    found = verdict_power(effect, sd=sd, clusters=clusters, fixed_sd=0.0, bar=0.0, level=0.95)
    ours = superiority_power(effect, sd / np.sqrt(clusters), clusters - 1, alpha=0.025)
    assert found == pytest.approx(float(ours), abs=0.004)


@given(st.floats(-0.5, 0.5), st.floats(0.1, 1), st.integers(3, 40))
def test_equivalence_without_people_is_phillips(effect: float, sd: float, clusters: int) -> None:
    found = equivalence_verdict_power(effect, sd=sd, clusters=clusters, fixed_sd=0.0, bound=0.5, alpha=0.05)
    ours = equivalence_power(effect, sd / np.sqrt(clusters), clusters - 1, bounds=(-0.5, 0.5), alpha=0.05)
    assert found == pytest.approx(float(ours), abs=1e-9)


@given(st.floats(0.01, 1), st.floats(0.01, 1), st.floats(0, 1), st.integers(2, 30), st.floats(0, 0.5))
def test_power_rises_with_the_effect_and_falls_with_the_bar(
    effect: float, sd: float, fixed: float, clusters: int, bar: float
) -> None:
    def power(size: float, least: float) -> float:
        return verdict_power(size, sd=sd, clusters=clusters, fixed_sd=fixed, bar=least, level=0.95)

    assert power(effect, bar) <= power(effect * 1.5, bar) + 1e-12
    assert power(effect, bar) >= power(effect, bar + 0.1) - 1e-12
    # at an effect equal to the bar the estimate falls short of it half of the time
    assert power(bar, bar) <= 0.5 + 1e-12


@pytest.mark.parametrize(("items", "alpha"), [(10, 0.05), (25, 0.01), (12, 0.025)])
def test_the_bar_is_where_the_sign_flip_test_turns(items: int, alpha: float) -> None:
    spread = np.linspace(-1, 1, items)
    spread = spread / spread.std(ddof=0)
    bar = sign_flip_bar(1.0, items, alpha)
    p = [float(sign_flip(spread + bar * k, alternative="greater", limit=2**14, seed=1).p) for k in (0.75, 1.0, 1.35)]
    assert p[0] > alpha > p[2] and p[1] == pytest.approx(alpha, abs=0.5 * alpha)


def test_no_bar_is_low_enough_for_too_few_items() -> None:
    assert sign_flip_bar(0.1, 4, 0.05) == float("inf")
    assert np.isfinite(sign_flip_bar(0.1, 5, 0.05))


def test_searches_find_what_reaches_the_power() -> None:
    def of_effect(effect: float) -> float:
        return verdict_power(effect, sd=1.0, clusters=6, fixed_sd=0.2, bar=0.0, level=0.95)

    def of_clusters(clusters: int) -> float:
        return verdict_power(0.8, sd=1.0, clusters=clusters, fixed_sd=0.2, bar=0.0, level=0.95)

    smallest = smallest_found(of_effect, 0.8, 0.1)
    assert smallest is not None and of_effect(smallest) >= 0.8 > of_effect(0.99 * smallest)
    needed = clusters_for(of_clusters, 0.8)
    assert needed is not None and of_clusters(needed) >= 0.8 > of_clusters(needed - 1)
    assert clusters_for(lambda n: 0.4, 0.8) is None
    assert smallest_found(lambda effect: 0.4, 0.8, 1.0) is None


@pytest.mark.parametrize("skew", [1.0, -1.0])
def test_skewed_effects_of_wordings(skew: float) -> None:
    """Log-normal ones, another family than the one power is made from; normal theory is off by more."""
    rng, spread = np.random.default_rng(6), 0.314
    drawn = np.exp(spread * rng.standard_normal((20_000, 5))) - np.exp(spread**2 / 2)
    drawn = skew * drawn / np.sqrt((np.exp(spread**2) - 1) * np.exp(spread**2))
    half = 2.132 * drawn.std(axis=1, ddof=1) / np.sqrt(5)
    means = drawn.mean(axis=1)
    keys = {"sd": 1.0, "clusters": 5, "fixed_sd": 0.0, "skew": skew}
    found = verdict_power(0.5, bar=0.0, level=0.9, **keys)
    assert found == pytest.approx(np.mean(means + 0.5 > half), abs=0.05)
    assert abs(found - verdict_power(0.5, bar=0.0, level=0.9, **{**keys, "skew": 0.0})) > 0.05
    same = equivalence_verdict_power(0.0, bound=1.5, alpha=0.05, **keys)
    assert same == pytest.approx(np.mean((means - half > -1.5) & (means + half < 1.5)), abs=0.05)


def test_skewness_goes_over_into_the_normal() -> None:
    keys = {"sd": 1.0, "fixed_sd": 0.3, "bar": 0.1, "level": 0.95}
    little, none = (verdict_power(0.8, clusters=8, skew=skew, **keys) for skew in (0.01, 0.0))
    assert little == pytest.approx(none, abs=0.01)
    assert verdict_power(0.2, clusters=200, skew=1.0, **keys) == verdict_power(0.2, clusters=200, **keys)
    values = np.random.default_rng(7).gamma(2.0, size=9)
    assert skewness(values) == pytest.approx(float(stats.skew(values, bias=False)))
    assert skewness([1.0, 2.0]) is None and skewness([1.0, 1.0, 1.0]) is None


def test_groups_against_simulation() -> None:
    rng = np.random.default_rng(5)
    first, second = rng.standard_normal((2, 20_000, 5))
    gap = 1.5 + first.mean(axis=1) - second.mean(axis=1)
    error = np.sqrt((first.var(axis=1, ddof=1) + second.var(axis=1, ddof=1)) / 2) * np.sqrt(2 / 5)
    simulated = np.mean((gap - 2.306 * error > 0) & (gap >= 1.0))
    assert group_power(1.5, 1.0, 5, 5, bar=1.0, level=0.95) == pytest.approx(simulated, abs=0.01)


def test_ranks_need_places_and_agreement() -> None:
    assert rank_power(1.0, 3, 4, alpha=0.05, draws=20, seed=1) == 0.0
    assert rank_power(1.0, 5, 4, alpha=0.05, draws=20, seed=1) == 1.0
    null = rank_power(0.0, 5, 3, alpha=0.05, draws=400, seed=1)
    assert null <= 0.05 + 2 * (0.05 * 0.95 / 400) ** 0.5
    assert null < rank_power(0.6, 5, 3, alpha=0.05, draws=100, seed=1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: verdict_power(1.0, sd=1.0, clusters=1, fixed_sd=0.0, bar=0.0, level=0.95),
        lambda: verdict_power(1.0, sd=0.0, clusters=4, fixed_sd=0.0, bar=0.0, level=0.95),
        lambda: equivalence_verdict_power(0.0, sd=1.0, clusters=4, fixed_sd=0.0, bound=0.0, alpha=0.05),
        lambda: verdict_power(1.0, sd=1.0, clusters=4, fixed_sd=0.0, bar=0.0, level=0.95, skew=3.0),
        lambda: sign_flip_bar(-1.0, 4, 0.05),
        lambda: group_power(1.0, 0.0, 3, 3, bar=0.0, level=0.95),
        lambda: rank_power(2.0, 5, 3, alpha=0.05, draws=10, seed=0),
        lambda: rank_power(0.5, 5, 3, alpha=0.0, draws=10, seed=0),
        lambda: smallest_found(lambda effect: 1.0, 1.5, 1.0),
    ],
)
def test_what_makes_no_sense_is_refused(call: object) -> None:
    with pytest.raises(ValueError):
        call()  # type: ignore[operator]
