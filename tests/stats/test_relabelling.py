"""Matched pairs against shuffled labels."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.stats.relabelling import matched_mean


@given(st.integers(2, 5), st.integers(0, 1000))
def test_the_p_is_the_share_of_relabellings_that_do_as_well(count: int, seed: int) -> None:
    table = np.random.default_rng(seed).normal(size=(count, count))
    found = matched_mean(table, limit=120, seed=0)
    means = [np.mean([table[i, j] for i, j in enumerate(order)]) for order in permutations(range(count))]
    own = np.trace(table) / count
    assert float(found.value) == pytest.approx(own)
    assert float(found.p) == pytest.approx(np.mean([mean >= own - 1e-12 for mean in means]))
    assert float(found.minimum_p) == pytest.approx(np.mean([mean >= max(means) - 1e-12 for mean in means]))
    assert found.exact


def test_random_relabellings_count_the_observed_one() -> None:
    table = np.eye(9)
    found = matched_mean(table, limit=100, seed=1, draws=999)
    assert (found.shuffles, found.exact) == (1000, False)
    assert float(found.p) == pytest.approx(1 / 1000)


def test_one_row_for_all_has_a_p_of_one_and_a_nan_none() -> None:
    assert float(matched_mean(np.ones((4, 4)), limit=24, seed=0).p) == 1.0
    assert np.isnan(matched_mean(np.full((3, 3), np.nan), limit=6, seed=0).p)
    with pytest.raises(ValueError, match="at least 2 things"):
        matched_mean([[1.0]], limit=6, seed=0)
