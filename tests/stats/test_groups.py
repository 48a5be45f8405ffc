"""Groups of models: permutation inside blocks against brute force, Welch against SciPy, and a level that is kept."""

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import ttest_ind

from tawazun.stats.groups import group_test


def brute(values: np.ndarray, first: np.ndarray, blocks: list[str]) -> float:
    """Share of all relabellings inside blocks whose mean block difference is at least the observed one."""

    def statistic(labels: np.ndarray) -> float:
        each = []
        for name in dict.fromkeys(blocks):
            own = np.array([b == name for b in blocks])
            if labels[own].any() and not labels[own].all():
                each.append(values[own & labels].mean() - values[own & ~labels].mean())
        return float(np.mean(each))

    observed, found = statistic(first), set()
    hits = []
    for order in permutations(range(len(values))):
        if all(blocks[i] == blocks[j] for i, j in enumerate(order)):
            labels = first[list(order)]
            if tuple(labels) not in found:
                found.add(tuple(labels))
                hits.append(statistic(labels) >= observed - 1e-9)
    return float(np.mean(hits))


@pytest.mark.parametrize("blocks", [["", "", "", "", "", ""], ["a", "a", "b", "b", "b", "b"]])
def test_permutation_is_that_of_brute_force(blocks: list[str]) -> None:
    rng = np.random.default_rng(1)
    first = np.array([True, False, True, False, True, False])
    for _ in range(5):
        values = rng.standard_normal(6)
        found = group_test(values, first, blocks=blocks, limit=10_000, seed=0)
        assert found.exact and found.p_greater == pytest.approx(brute(values, first, blocks))
        assert found.p_less == pytest.approx(brute(-values, first, blocks))


def test_error_is_welchs_and_that_of_families() -> None:
    rng = np.random.default_rng(2)
    values, first = rng.standard_normal(9), np.arange(9) < 4
    found = group_test(values, first, blocks=[""] * 9, limit=10_000, seed=0)
    ours = ttest_ind(values[first], values[~first], equal_var=False)
    assert (found.value / found.se, found.df) == (pytest.approx(ours.statistic), pytest.approx(ours.df))
    families = group_test(values, np.arange(9) % 3 == 0, blocks=list("aaabbbccc"), limit=10_000, seed=0)
    each = [values[k] - values[k + 1 : k + 3].mean() for k in (0, 3, 6)]
    assert families.value == pytest.approx(np.mean(each))
    assert families.se == pytest.approx(np.std(each, ddof=1) / np.sqrt(3)) and families.df == 2
    assert families.minimum_p == pytest.approx(1 / 27)


def test_a_family_with_one_kind_only_does_not_count() -> None:
    found = group_test([1.0, 0.0, 9.0], [True, False, True], blocks=["a", "a", "b"], limit=100, seed=0)
    assert found.value == 1.0 and found.used.tolist() == [True, True, False]
    assert np.isnan(found.se) and found.minimum_p == 0.5
    nothing = group_test([1.0, 0.0], [True, False], blocks=["a", "b"], limit=100, seed=0)
    assert np.isnan(nothing.value) and not nothing.used.any()


def test_random_arrangements_agree_with_all_of_them() -> None:
    rng = np.random.default_rng(3)
    values, first = rng.standard_normal(10), np.arange(10) < 5
    every = group_test(values, first, blocks=[""] * 10, limit=1000, seed=0)
    some = group_test(values, first, blocks=[""] * 10, limit=10, seed=0)
    assert not some.exact and some.p_greater == pytest.approx(every.p_greater, abs=0.02)


def test_the_level_is_kept() -> None:
    rng = np.random.default_rng(4)
    first, blocks = np.arange(8) % 2 == 0, ["a"] * 4 + ["b"] * 4
    values = rng.standard_normal((1000, 8)) + np.repeat(rng.standard_normal((1000, 2)), 4, axis=1)
    rejected = [group_test(row, first, blocks=blocks, limit=100, seed=0).p_greater <= 0.05 for row in values]
    assert np.mean(rejected) <= 0.05 + 2 * (0.05 * 0.95 / 1000) ** 0.5


@pytest.mark.parametrize(
    ("values", "first", "blocks"),
    [([1.0], [True, False], ["", ""]), ([1.0, np.nan], [True, False], ["", ""]), ([1.0, 2.0], [True, False], [""])],
)
def test_what_makes_no_sense_is_refused(values: list[float], first: list[bool], blocks: list[str]) -> None:
    with pytest.raises(ValueError):
        group_test(values, first, blocks=blocks, limit=100, seed=0)
