"""Spearman's correlation against SciPy, and what it does with gaps and constants."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import spearmanr

from tawazun.stats.rank_correlation import spearman, spearman_table

SCORES = arrays(float, st.integers(3, 12), elements=st.integers(-3, 3).map(float))


@given(SCORES, st.integers(0, 1000))
def test_it_is_scipys(x: np.ndarray, seed: int) -> None:
    y = np.random.default_rng(seed).integers(0, 4, len(x)).astype(float)
    found = spearman(x, y)
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert np.isnan(found)
    else:
        assert float(found) == pytest.approx(spearmanr(x, y).statistic, abs=1e-12)


def test_gaps_are_left_out_of_their_own_row_only() -> None:
    x = np.array([[1.0, 2.0, 3.0, np.nan], [1.0, 2.0, 3.0, 4.0]])
    y = np.array([1.0, 3.0, 2.0, 4.0])
    assert spearman(x, y).tolist() == pytest.approx([0.5, 0.8])
    assert np.isnan(spearman([1.0, np.nan, np.nan], [1.0, 2.0, 3.0]))


def test_what_cannot_be_ranked_is_refused() -> None:
    with pytest.raises(ValueError, match="same two or more"):
        spearman([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="infinite"):
        spearman([1.0, np.inf], [1.0, 2.0])


@given(st.integers(2, 8), st.integers(0, 1000))
def test_a_table_of_correlations_is_one_at_a_time(things: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 4, (5, things)), rng.integers(0, 4, (3, things))
    expected = [[spearman(a, b) for b in y] for a in x]
    np.testing.assert_allclose(spearman_table(x, y), expected, atol=1e-12)


def test_a_table_takes_no_missing_scores() -> None:
    with pytest.raises(ValueError, match="finite score"):
        spearman_table([[1.0, np.nan]], [[1.0, 2.0]])
