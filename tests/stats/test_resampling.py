"""Resampling keeps means and variances, and intervals know how few clusters they rest on."""

import numpy as np
import pytest
from scipy import stats

from tawazun.stats.resampling import (
    bca_interval,
    bootstrap_bias,
    bootstrap_sd,
    bootstrap_t_interval,
    cluster_sd,
    cluster_weights,
    crossed_weights,
    jackknife_bias,
    jackknife_sd,
    multinomial_draws,
    percentile_interval,
    satterthwaite_df,
    t_interval,
    weighted_means,
)


def rng(seed=1):
    return np.random.default_rng(seed)


def test_cluster_weights_draw_as_many_clusters_as_there_are():
    weights = cluster_weights(7, 4000, rng())
    assert weights.shape == (4000, 7)
    assert (weights.sum(axis=1) == 7).all()
    assert weights.mean(axis=0) == pytest.approx([1] * 7, abs=0.06)
    assert weights.var(axis=0) == pytest.approx([6 / 7] * 7, abs=0.1)
    with pytest.raises(ValueError, match="at least 2"):
        cluster_weights(1, 10, rng())
    with pytest.raises(ValueError, match="draws"):
        cluster_weights(3, 0, rng())


def test_bootstrap_of_a_mean_has_the_classical_standard_error_only_after_inflation():
    values = rng(2).normal(size=(5, 3))
    draws = weighted_means(values, [cluster_weights(5, 40_000, rng(3))])
    classical = values.std(axis=0, ddof=1) / np.sqrt(5)
    assert cluster_sd(draws, 5) == pytest.approx(classical, rel=0.02)
    assert bootstrap_sd(draws) == pytest.approx(classical * np.sqrt(4 / 5), rel=0.02)
    left_out = (values.sum(axis=0) - values) / 4
    assert jackknife_sd(left_out) == pytest.approx(classical)
    for function in (bootstrap_sd, jackknife_sd):
        with pytest.raises(ValueError, match="at least 2"):
            function([1.0])


def test_weighted_means_leave_missing_cells_out():
    values = np.array([[1.0, np.nan], [3.0, np.nan], [np.nan, 5.0]])
    found = weighted_means(values, [np.array([[1.0, 1, 1], [0, 2, 1], [2, 1, 0]])])
    assert found[:, 0].tolist() == [2, 3, 5 / 3]
    assert found[:2, 1].tolist() == [5, 5]
    assert np.isnan(found[2, 1])
    with pytest.raises(ValueError, match="weights 0"):
        weighted_means(values, [np.ones((4, 2))])
    with pytest.raises(ValueError, match="0 weight arrays"):
        weighted_means(values, [])


def test_crossed_weights_multiply_over_both_factors():
    values = rng(4).normal(size=(6, 9, 2))
    weights = crossed_weights([6, 9], 50, rng(5))
    found = weighted_means(values, weights)
    for d in (0, 49):
        both = np.outer(weights[0][d], weights[1][d])
        assert found[d] == pytest.approx((both[..., None] * values).sum(axis=(0, 1)) / 54)
    # additive factors: the variance of the mean is the sum of both factors' shares of it
    rows, columns = rng(6).normal(size=(40, 1)), rng(7).normal(size=(1, 30))
    drawn = weighted_means(rows + columns, crossed_weights([40, 30], 20_000, rng(8)))
    assert drawn.var() == pytest.approx(rows.var() / 40 + columns.var() / 30, rel=0.04)


@pytest.mark.parametrize("n", [30, 7.5, 1.25])
def test_multinomial_draws_have_the_mean_and_variance_of_n_people_even_when_n_is_not_whole(n):
    p = np.array([0.5, 0.3, 0.2, 0.0])
    drawn = multinomial_draws(p, n, 60_000, rng(9))
    assert drawn.sum(axis=-1) == pytest.approx(1)
    assert drawn.mean(axis=0) == pytest.approx(p, abs=5 * 0.5 / np.sqrt(60_000 * n))
    assert drawn.var(axis=0) == pytest.approx(p * (1 - p) / n, rel=0.03)
    assert (drawn[:, 3] == 0).all()


def test_multinomial_draws_without_error_unknown_and_missing():
    p = np.array([[0.5, 0.5], [0.5, 0.5], [np.nan, np.nan], [0.5, 0.5]])
    drawn = multinomial_draws(p, [np.inf, 10, 10, np.nan], 50, rng())
    assert drawn.shape == (50, 4, 2)
    assert (drawn[:, 0] == 0.5).all()
    assert len(np.unique(drawn[:, 1])) > 2
    assert np.isnan(drawn[:, 2:]).all()
    assert (multinomial_draws([0.3, 0.7], None, 2, rng()) == [[0.3, 0.7]] * 2).all()
    again = multinomial_draws(p, [np.inf, 10, 10, np.nan], 50, rng())
    assert np.array_equal(drawn, again, equal_nan=True)
    with pytest.raises(ValueError, match="at least 1"):
        multinomial_draws([0.5, 0.5], 0.5, 2, rng())
    with pytest.raises(ValueError, match="sum to 1"):
        multinomial_draws([0.5, 0.4], 10, 2, rng())


def test_t_interval_of_one_mean_is_the_textbook_one():
    values = rng(10).normal(size=6)
    sd = values.std(ddof=1) / np.sqrt(6)
    low, high = t_interval(values.mean(), [(sd, 5)], 0.95)
    assert (low, high) == pytest.approx(stats.t.interval(0.95, 5, values.mean(), sd))


def test_satterthwaite_df_of_two_means_is_welchs():
    a, b = rng(11).normal(size=5), rng(12).normal(size=9, scale=3)
    parts = [(a.std(ddof=1) / np.sqrt(5), 4), (b.std(ddof=1) / 3, 8)]
    assert satterthwaite_df(parts) == pytest.approx(stats.ttest_ind(a, b, equal_var=False).df)
    assert satterthwaite_df([(1.0, 3), (1.0, np.inf)]) == pytest.approx(12)
    assert satterthwaite_df([(1.0, np.inf)]) == satterthwaite_df([(0.0, 3)]) == np.inf


def test_t_interval_joins_half_widths_and_is_vectorised():
    low, high = t_interval([0.0, 1.0], [(np.array([3.0, 0.0]), np.inf), (np.array([4.0, 0.0]), 3)], 0.95)
    assert high[0] == pytest.approx(np.hypot(3 * stats.norm.ppf(0.975), 4 * stats.t.ppf(0.975, 3)))
    assert low[0] == -high[0]
    assert low[1] == high[1] == 1
    assert t_interval(0.0, [(1.0, np.inf)], 0.95)[1] == pytest.approx(stats.norm.ppf(0.975))
    assert t_interval(0.0, [(3.0, np.inf), (4.0, np.inf)], 0.95)[1] == pytest.approx(5 * stats.norm.ppf(0.975))
    assert np.isnan(t_interval(np.nan, [(1.0, 2)], 0.95)).all()
    assert np.isnan(t_interval(0.0, [(np.nan, 2)], 0.95)).all()


@pytest.mark.parametrize("df", [1, 2, 4])
@pytest.mark.parametrize("ratio", [0.0, 0.5, 2.0, 10.0])
def test_t_interval_of_two_normal_parts_never_covers_less_than_it_says(df, ratio):
    """Satterthwaite's, on the same numbers, covers .87 at one degree of freedom."""
    count = 20_000
    noise = rng(20).normal(size=count) * np.hypot(ratio, 1)
    known = ratio * np.sqrt(rng(21).chisquare(df, count) / df)
    low, high = t_interval(noise, [(known, df), (1.0, np.inf)], 0.95)
    assert ((low <= 0) & (high >= 0)).mean() >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / count)


def test_bias_of_a_square_is_found_by_jackknife_and_by_bootstrap():
    values = rng(22).normal(size=10)
    expected = values.var(ddof=1) / 10  # the square of a mean is too high by the variance of the mean
    left_out = ((values.sum() - values) / 9) ** 2
    assert jackknife_bias(values.mean() ** 2, left_out) == pytest.approx(expected)
    draws = weighted_means(values, [cluster_weights(10, 60_000, rng(23))]) ** 2
    assert bootstrap_bias(values.mean() ** 2, draws) == pytest.approx(expected * 0.9, rel=0.15)
    with pytest.raises(ValueError, match="at least 2"):
        jackknife_bias(1.0, [1.0])
    with pytest.raises(ValueError, match="needs draws"):
        bootstrap_bias(1.0, np.zeros((0,)))


@pytest.mark.parametrize(
    ("parts", "level", "line"),
    [
        ([], 0.95, "at least one"),
        ([(-1.0, 2)], 0.95, "not negative"),
        ([(np.inf, 2)], 0.95, "finite"),
        ([(1.0, 0)], 0.95, "df must be positive"),
        ([(1.0, 2)], 95, "level"),
    ],
)
def test_t_interval_refuses_what_has_no_interval(parts, level, line):
    with pytest.raises(ValueError, match=line):
        t_interval(0.0, parts, level)


def test_bca_agrees_with_scipy():
    values = rng(13).exponential(size=40)
    expected = stats.bootstrap((values,), np.mean, n_resamples=20_000, method="BCa", rng=rng(14)).confidence_interval
    draws = weighted_means(values, [cluster_weights(40, 20_000, rng(15))])
    low, high = bca_interval(values.mean(), draws, (values.sum() - values) / 39, 0.95)
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=0.02)
    plain = percentile_interval(draws, 0.95)
    assert low > plain[0] + 0.005
    assert high > plain[1] + 0.01  # the correction moves a right-skewed mean's bounds to the right
    several = bca_interval(np.full(2, values.mean()), np.c_[draws, draws], np.ones((40, 2)), 0.95)
    assert several[0].shape == (2,)
    assert np.isnan(bca_interval(99.0, draws, (values.sum() - values) / 39, 0.95)).all()


def test_bootstrap_t_is_wider_than_percentiles_for_few_clusters_and_unbounded_for_two():
    values = rng(16).normal(size=8)
    weights = cluster_weights(8, 20_000, rng(17))
    draws = weighted_means(values, [weights])
    sds = np.sqrt(np.maximum(weighted_means(values**2, [weights]) - draws**2, 0) / 7)
    sds = np.where(sds < 1e-7, 0, sds)
    low, high = bootstrap_t_interval(values.mean(), values.std(ddof=1) / np.sqrt(8), draws, sds, 0.95)
    plain = percentile_interval(draws, 0.95)
    assert low < plain[0] < plain[1] < high
    two = bootstrap_t_interval(0.5, 0.5, np.array([0.0, 0.5, 0.5, 1.0] * 25), np.array([0, 0.5, 0.5, 0] * 25), 0.95)
    assert np.isinf(two).all()
    with pytest.raises(ValueError, match="negative"):
        bootstrap_t_interval(0.0, -1.0, draws, sds, 0.95)
    with pytest.raises(ValueError, match=r"draws, \.\.\."):
        bootstrap_t_interval(0.0, 1.0, draws, sds[:-1], 0.95)
