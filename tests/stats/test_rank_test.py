"""Spearman's permutation test against SciPy, its level, and the sizes it asks for."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from tawazun.stats.rank_test import (
    fewest_things,
    spearman_interval,
    spearman_power,
    spearman_test,
    things_needed,
)

scores = st.lists(st.integers(0, 6).map(float), min_size=6, max_size=6)


@settings(max_examples=8, deadline=None)
@given(scores, scores)
def test_p_is_the_share_of_all_orders_at_least_as_far_from_0(x: list[float], y: list[float]) -> None:
    found = spearman_test(x, y)
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert np.isnan(found.value) and np.isnan(found.p)
        return
    rho = spearmanr(x, y).statistic
    assert float(found.value) == pytest.approx(rho) and found.exact
    far = [abs(spearmanr(order, y).statistic) >= abs(rho) - 1e-9 for order in list(permutations(x))[::11]]
    assert float(found.p) == pytest.approx(np.mean(far), abs=0.15) and found.minimum_p <= found.p


def test_exact_p_against_the_closed_form() -> None:
    assert float(spearman_test([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]).p) == pytest.approx(2 / 120)
    assert float(spearman_test([1, 2, 3, 4, 5], [5, 4, 3, 2, 1]).minimum_p) == pytest.approx(2 / 120)
    many = spearman_test(np.arange(30), np.random.default_rng(1).normal(size=(4, 30)))
    assert not many.exact and many.p.shape == (4,) and (many.p >= 1 / 10_000).all()
    t = [spearmanr(np.arange(30), row).pvalue for row in np.random.default_rng(1).normal(size=(4, 30))]
    assert many.p == pytest.approx(t, abs=0.02)


def test_level_and_power() -> None:
    assert fewest_things(0.05) == 5 and fewest_things(0.01) == 6
    assert all(spearman_power(0.0, n, 0.05) <= 0.065 for n in (5, 8, 9, 20))
    assert spearman_power(0.6, 10, 0.05) < spearman_power(0.6, 20, 0.05) < spearman_power(0.9, 20, 0.05)
    needed = things_needed(0.6, 0.05)
    assert needed is not None and spearman_power(0.6, needed, 0.05) >= 0.8 > spearman_power(0.6, needed - 1, 0.05)
    assert things_needed(0.05, 0.001) is None


def test_intervals_cover() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(2_000, 25))
    y = 0.6 * x + 0.8 * rng.normal(size=x.shape)
    rho = np.array([spearmanr(a, b).statistic for a, b in zip(x, y, strict=True)])
    low, high = spearman_interval(rho, 25)
    true = 6 / np.pi * np.arcsin(0.6 / 2)
    assert 0.92 <= ((low <= true) & (true <= high)).mean() <= 0.98
    assert spearman_interval(0.5, 3) == (-1, 1)


def test_bad_scores_are_refused() -> None:
    for x, y in (([1, 2], [1, 2]), ([1, 2, 3], [1, 2]), ([1, 2, np.nan], [1, 2, 3])):
        with pytest.raises(ValueError, match="score"):
            spearman_test(x, y)
