"""Agreement from counts against the definitions that know every rater, and the interval of a rank correlation."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from tawazun.stats.agreement import cohen_kappa, krippendorff_alpha
from tawazun.stats.raters import alpha_of_counts, kappa_of_units, spearman_interval


def ratings(seed, raters=4, units=30, labels=4):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, labels, units)
    given = np.where(rng.random((raters, units)) < 0.6, truth, rng.integers(0, labels, (raters, units))).astype(float)
    given[rng.random((raters, units)) < 0.2] = np.nan
    return given


def counts_of(given, codes):
    return np.array([[(column == code).sum() for code in codes] for column in given.T], dtype=float)


@pytest.mark.parametrize("scale", ["nominal", "interval"])
@pytest.mark.parametrize("seed", range(5))
def test_alpha_from_counts_is_alpha(seed, scale):
    given, codes = ratings(seed), np.arange(4.0)
    found = alpha_of_counts(counts_of(given, codes), codes, scale)
    assert found == pytest.approx(krippendorff_alpha(given, scale), abs=1e-12)


@pytest.mark.parametrize("scale", ["nominal", "interval"])
def test_weights_are_units_drawn_again(scale):
    given, codes = ratings(1), np.arange(4.0)
    weights = np.random.default_rng(0).multinomial(30, np.full(30, 1 / 30), size=6)
    found = alpha_of_counts(counts_of(given, codes), codes, scale, weights)
    by_hand = [krippendorff_alpha(np.repeat(given, line, axis=1), scale) for line in weights]
    assert found == pytest.approx(by_hand, abs=1e-12)


def test_kappa_of_units_is_kappa():
    given = np.nan_to_num(ratings(2))
    weights = np.random.default_rng(0).multinomial(30, np.full(30, 1 / 30), size=6)
    found = kappa_of_units(given[0], given[1], weights)
    by_hand = [cohen_kappa(np.repeat(given[0], line), np.repeat(given[1], line), weights="none") for line in weights]
    assert found == pytest.approx(by_hand, abs=1e-12)


def test_nothing_to_compare_is_no_number():
    assert np.isnan(alpha_of_counts([[1, 0], [0, 1]], [1, 2], "nominal"))
    assert np.isnan(alpha_of_counts([[2, 0], [3, 0]], [1, 2], "interval"))
    assert np.isnan(kappa_of_units([1, 1], [1, 1], np.ones((1, 2)))[0])
    assert all(np.isnan(spearman_interval(1.0, 50, 0.95))) and all(np.isnan(spearman_interval(0.3, 3, 0.95)))
    with pytest.raises(ValueError, match="scale"):
        alpha_of_counts([[1, 1]], [1, 2], "ordinal")
    with pytest.raises(ValueError, match="counts"):
        alpha_of_counts([[1, 1]], [1, 2, 3], "nominal")


@pytest.mark.parametrize("rho", [0.0, 0.76])
def test_the_interval_of_a_rank_correlation_holds_what_it_says(rho):
    rng = np.random.default_rng(3)
    truth = 6 / np.pi * np.arcsin(rho / 2)
    hits = 0
    for _ in range(400):
        x = rng.standard_normal(40)
        y = rho * x + np.sqrt(1 - rho**2) * rng.standard_normal(40)
        low, high = spearman_interval(float(spearmanr(x, y).statistic), 40, 0.95)
        hits += low <= truth <= high
    assert 0.92 <= hits / 400 <= 0.985
