"""Partial rank correlation: the textbook formula, and a test that keeps its level."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import spearmanr

from tawazun.stats.partial import partial_permutation, partial_rank_correlation

TABLES = arrays(float, (3, 8), elements=st.integers(0, 20).map(float))


@given(TABLES)
@settings(max_examples=80, deadline=None)
def test_it_is_the_textbook_formula_on_spearman_correlations(table: np.ndarray) -> None:
    x, y, z = table
    found = float(partial_rank_correlation(x, y, z, rounding=6))
    if any(len(set(row)) == 1 for row in table):
        return
    xy, xz, yz = (spearmanr(a, b).statistic for a, b in ((x, y), (x, z), (y, z)))
    below = np.sqrt((1 - xz**2) * (1 - yz**2))
    if below < 1e-6:
        assert np.isnan(found)
    else:
        assert found == pytest.approx((xy - xz * yz) / below, abs=1e-9)


def test_a_third_ranking_that_explains_everything_leaves_nothing() -> None:
    x, y = [1.0, 5.0, 3.0, 2.0], [2.0, 4.0, 1.0, 3.0]
    assert np.isnan(partial_rank_correlation(x, y, y, rounding=6))
    assert np.isnan(partial_rank_correlation(x, y, [np.nan, 1, 2, 3], rounding=6))
    constant = float(partial_rank_correlation(x, y, [7.0] * 4, rounding=6))
    assert constant == pytest.approx(spearmanr(x, y).statistic)


def test_the_test_keeps_its_level_and_finds_what_is_there() -> None:
    rng = np.random.default_rng(0)
    null, real = [], []
    for _ in range(200):
        z = rng.standard_normal((2, 12))
        x, y = z + rng.standard_normal((2, 12)), z + rng.standard_normal((2, 12))
        shared = rng.standard_normal((2, 12))
        options = {"rounding": 6, "limit": 10, "draws": 99}
        null.append(partial_permutation(x, y, z, seed=1, **options).p)
        real.append(partial_permutation(x + 2 * shared, y + 2 * shared, z, seed=1, **options).p)
    assert 0.02 <= np.mean(np.array(null) <= 0.05) <= 0.09
    assert np.mean(np.array(real) <= 0.05) > 0.9


def test_all_orders_are_used_when_there_are_few_things() -> None:
    x = np.array([[1.0, 2.0, 3.0, 4.0]])
    found = partial_permutation(x, x, np.array([[1.0, 1.0, 2.0, 2.0]]), rounding=6, limit=24, seed=0)
    assert found.exact and found.shuffles == 24 and found.value == pytest.approx(1.0)
    assert found.minimum_p <= found.p


@pytest.mark.parametrize("bad", [np.ones((1, 2)), np.full((1, 4), np.nan), np.ones(4)])
def test_other_tables_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="need"):
        partial_permutation(bad, bad, bad, rounding=6, limit=24, seed=0)
