"""Equivalence tests agree with statsmodels, their interval decides as they do, and power is what simulation finds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW

from tawazun.stats.equivalence import (
    equivalence_power,
    needed_units,
    one_sided,
    ratio_interval,
    root_bound,
    superiority_power,
    tost,
)


def test_tost_agrees_with_statsmodels():
    values = np.random.default_rng(1).normal(0.1, 0.4, 14)
    expected = DescrStatsW(values).ttost_mean(-0.3, 0.35)
    found = tost(values.mean(), values.std(ddof=1) / np.sqrt(14), 13, bounds=(-0.3, 0.35), alpha=0.05)
    assert found.p == pytest.approx(expected[0])
    assert (found.p_above, found.p_below) == pytest.approx((expected[1][1], expected[2][1]))


@given(st.floats(-2, 2), st.floats(0.01, 1), st.integers(1, 60), st.floats(0.01, 0.4))
def test_the_interval_lies_inside_the_bounds_exactly_when_the_test_says_equivalent(estimate, se, df, alpha):
    found = tost(estimate, se, df, bounds=(-1, 1.5), alpha=alpha)
    assert found.equivalent == (found.low >= -1 and found.high <= 1.5)
    assert found.p == max(found.p_above, found.p_below)


def test_not_significant_is_not_equivalent():
    found = tost(0.1, 1.0, 10, bounds=(-0.5, 0.5), alpha=0.05)
    assert one_sided(0.1, 1.0, 10, null=0, alternative="greater") > 0.4
    assert not found.equivalent
    assert found.p > 0.3


def test_a_bound_on_roots_meets_the_squares_where_the_roots_are_that_far_apart():
    roots = np.linspace(0, 1, 11)
    bound, slope = root_bound((roots + 0.2) ** 2, roots**2, 0.2)
    assert bound == pytest.approx((roots + 0.2) ** 2 - roots**2)
    assert slope == pytest.approx(0.2 / (2 * roots + 0.2) * (roots > 0), abs=1e-12)
    assert root_bound(-0.1, 0.05, 0.2)[0] == pytest.approx(0.04)
    with pytest.raises(ValueError, match="positive"):
        root_bound(1.0, 1.0, 0.0)


def test_exact_and_missing_estimates():
    found = tost([0.0, 2.0, 1.0, np.nan], 0.0, 5, bounds=(-1, 1), alpha=0.05)
    assert found.p[:3].tolist() == [0, 1, 1]
    assert np.isnan(found.p[3])
    assert found.equivalent.tolist() == [True, False, False, False]
    assert np.isnan(one_sided(0.0, np.nan, 5, null=0, alternative="less"))


@pytest.mark.parametrize("alternative", ["greater", "less"])
def test_one_sided_is_the_one_sample_t_test(alternative):
    values = np.random.default_rng(2).normal(size=9)
    expected = stats.ttest_1samp(values, 0.2, alternative=alternative).pvalue
    found = one_sided(values.mean(), values.std(ddof=1) / 3, 8, null=0.2, alternative=alternative)
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("df", [4, 20, np.inf])
def test_power_is_what_simulation_finds(df):
    rng = np.random.default_rng(3)
    count, se = 40_000, 0.2
    scale = se * (np.sqrt(rng.chisquare(df, count) / df) if np.isfinite(df) else np.ones(count))
    for effect in (0.0, 0.35):
        drawn = rng.normal(effect, se, count)
        hits = (one_sided(drawn, scale, df, null=0, alternative="greater") <= 0.05).mean()
        assert superiority_power(effect, se, df, alpha=0.05) == pytest.approx(hits, abs=0.012)
        same = tost(drawn, scale, df, bounds=(-0.6, 0.6), alpha=0.05).equivalent.mean()
        assert equivalence_power(effect, se, df, bounds=(-0.6, 0.6), alpha=0.05) == pytest.approx(same, abs=0.012)


def test_needed_units_just_reach_the_power():
    for bounds, effect in ((None, 0.4), ((-0.5, 0.5), 0.1)):
        n = needed_units(1.0, effect, bounds=bounds, alpha=0.05, power=0.8)
        power = superiority_power if bounds is None else equivalence_power
        keys = {"alpha": 0.05} if bounds is None else {"alpha": 0.05, "bounds": bounds}
        assert power(effect, 1 / np.sqrt(n), n - 1, **keys) >= 0.8
        assert power(effect, 1 / np.sqrt(n - 1), n - 2, **keys) < 0.8
    assert needed_units(1.0, 0.0, bounds=None, alpha=0.05, power=0.8) is None
    assert needed_units(1.0, 0.4, bounds=None, alpha=0.05, power=0.8, per_unit=10) % 10 == 0


def test_ratio_interval_covers_and_refuses_a_denominator_that_may_be_zero():
    rng = np.random.default_rng(4)
    count = 20_000
    top, bottom = rng.normal(1.0, 0.3, count), rng.normal(2.0, 0.4, count)
    keys = {"variance_above": 0.09, "variance_below": 0.16, "covariance": 0.0, "df": np.inf, "level": 0.95}
    low, high = ratio_interval(top, bottom, **keys)
    known = ~np.isnan(low)
    assert known.mean() > 0.99
    assert ((low <= 0.5) & (high >= 0.5))[known].mean() == pytest.approx(0.95, abs=0.01)
    assert np.isnan(ratio_interval(1.0, 0.7, **keys)).all()
    exact = ratio_interval(1.0, 2.0, **{**keys, "variance_below": 0.0})
    assert exact == pytest.approx([0.5 - 1.959964 * 0.15, 0.5 + 1.959964 * 0.15])


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda: tost(0, 1, 5, bounds=(1, -1), alpha=0.05), "below the upper"),
        (lambda: tost(0, 1, 5, bounds=(-1, 1), alpha=0.95), "alpha"),
        (lambda: tost(0, -1, 5, bounds=(-1, 1), alpha=0.05), "se must be zero or more"),
        (lambda: tost(0, 1, 0, bounds=(-1, 1), alpha=0.05), "df must be positive"),
        (lambda: one_sided(0, 1, 5, null=0, alternative="two-sided"), "alternative"),
        (lambda: superiority_power(0, 0, 5, alpha=0.05), "se must be positive"),
        (lambda: equivalence_power(0, 1, 5, bounds=(1, 1), alpha=0.05), "below the upper"),
        (lambda: needed_units(0, 1, bounds=None, alpha=0.05, power=0.8), "sd must be positive"),
        (lambda: needed_units(1, 1, bounds=None, alpha=0.05, power=80), "power must lie"),
    ],
)
def test_what_has_no_answer_is_refused(call, line):
    with pytest.raises(ValueError, match=line):
        call()
