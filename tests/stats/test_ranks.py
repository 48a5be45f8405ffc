"""Rank agreement agrees with SciPy, and its chance levels with full enumeration."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau, rankdata

from tawazun.stats.ranks import (
    expected_rank_displacement,
    joint_permutation_tau,
    kendall_tau_b,
    mean_rank_displacement,
    misranked,
    misranked_by_chance,
    tau_null_sd,
)

scores = st.lists(st.integers(-3, 3).map(float), min_size=8, max_size=8)


@given(scores, scores)
def test_tau_b_agrees_with_scipy_ties_included(x, y):
    assert kendall_tau_b(x, y, 6) == pytest.approx(kendalltau(x, y).statistic, abs=1e-12, nan_ok=True)
    assert kendall_tau_b(x, y, 6) == pytest.approx(-kendall_tau_b(x, [-v for v in y], 6), abs=1e-12, nan_ok=True)


@given(scores.filter(lambda x: len(set(x)) > 1))
def test_tau_b_with_itself_is_one_and_any_rising_rescaling_keeps_it(x):
    assert kendall_tau_b(x, x, 6) == pytest.approx(1)
    assert kendall_tau_b(x, np.exp(x), 12) == pytest.approx(1)


def test_tau_b_is_undefined_for_constants_and_broadcasts_over_rows():
    x = np.array([[1.0, 2, 3], [5, 5, 5]])
    y = np.array([[[1.0, 2, 3]], [[3, 1, 2]]])
    found = kendall_tau_b(x, y, 6)
    assert found.shape == (2, 2)
    assert found[:, 0] == pytest.approx([1, -1 / 3])
    assert np.isnan(found[:, 1]).all()


def test_rounding_comes_before_ranking():
    """Two scores that are equal in exact arithmetic differ in the sixteenth digit as IEEE doubles."""
    truth = [62.0, 53.0, 66.0, 110.0]
    model = [8.1667, 7.000000000000006, 6.999999999999999, -3.5]
    assert kendall_tau_b(truth, model, 6) == pytest.approx(kendalltau(truth, [8.1667, 7, 7, -3.5]).statistic)
    assert kendall_tau_b(truth, model, None) != pytest.approx(kendall_tau_b(truth, model, 6), abs=0.05)


def test_things_without_both_scores_are_left_out_of_their_row():
    x, y = [1.0, np.nan, 3.0, 2.0, 5.0], [1.0, 9.0, 2.0, np.nan, 3.0]
    assert kendall_tau_b(x, y, 6) == pytest.approx(1)
    assert mean_rank_displacement(x, y, 6) == 0
    assert np.isnan(kendall_tau_b([1.0, np.nan], [np.nan, 1.0], 6))
    assert np.isnan(mean_rank_displacement([1.0, np.nan], [np.nan, 1.0], 6))


@pytest.mark.parametrize("bad", [[1.0], [np.inf, 1.0]])
def test_too_short_or_infinite_scores_are_refused(bad):
    with pytest.raises(ValueError, match=r"at least two|infinite"):
        kendall_tau_b(bad, bad, 6)


@pytest.mark.parametrize("n", [3, 4])
def test_null_sd_of_tau_is_that_of_all_rankings(n):
    taus = [kendall_tau_b(np.arange(n), order, None) for order in permutations(range(n))]
    assert tau_null_sd(n) == pytest.approx(np.std(taus))


@pytest.mark.parametrize(("n", "sd"), [(3, 0.26), (4, 0.20), (10, 0.10), (20, 0.07)])
def test_null_sd_of_the_mean_of_six_is_as_published(n, sd):
    assert tau_null_sd(n) / np.sqrt(6) == pytest.approx(sd, abs=0.0051)


def test_joint_relabelling_is_the_full_enumeration():
    rng = np.random.default_rng(5)
    x, y = rng.integers(0, 4, (5, 3)).astype(float), rng.integers(0, 4, (5, 3)).astype(float)
    found = joint_permutation_tau(x, y, rounding=6, limit=120, seed=1)
    null = np.array(
        [[kendalltau(x[:, d], y[list(order), d]).statistic for d in range(3)] for order in permutations(range(5))]
    )
    observed = np.array([kendalltau(x[:, d], y[:, d]).statistic for d in range(3)])
    assert found.exact
    assert found.relabellings == 120
    assert found.tau == pytest.approx(observed)
    assert found.mean == pytest.approx(observed.mean())
    assert found.p == pytest.approx((null >= observed - 1e-9).mean(axis=0))
    assert found.p_mean == pytest.approx((null.mean(axis=1) >= observed.mean() - 1e-9).mean())
    assert found.minimum_p == pytest.approx((null >= null.max(axis=0) - 1e-9).mean(axis=0))
    best = null.mean(axis=1)
    assert found.minimum_p_mean == pytest.approx((best >= best.max() - 1e-9).mean())


def test_three_countries_cannot_reach_five_per_cent_and_ties_make_it_worse():
    x = np.array([[1.0, 3], [2, 1], [3, 2]])
    perfect = joint_permutation_tau(x, x, rounding=6, limit=720, seed=1)
    assert perfect.mean == pytest.approx(1)
    assert perfect.p_mean == perfect.minimum_p_mean == pytest.approx(1 / 6)
    tied = np.array([[1.0], [2], [2]])
    assert joint_permutation_tau(tied, tied, rounding=6, limit=720, seed=1).minimum_p == pytest.approx([1 / 3])


def test_joint_relabelling_leaves_a_constant_dimension_out_of_the_mean():
    x = np.array([[1.0, 1], [2, 2], [3, 3], [4, 4]])
    y = np.array([[1.0, 7], [2, 7], [4, 7], [3, 7]])
    found = joint_permutation_tau(x, y, rounding=6, limit=24, seed=1)
    assert found.defined == 1
    assert np.isnan([found.tau[1], found.p[1], found.minimum_p[1]]).all()
    assert found.mean == pytest.approx(2 / 3)
    nothing = joint_permutation_tau(x, np.full((4, 2), 7.0), rounding=6, limit=24, seed=1)
    assert nothing.defined == 0
    assert np.isnan([nothing.mean, nothing.p_mean, nothing.minimum_p_mean]).all()


def test_random_relabellings_add_one_depend_on_the_seed_and_near_the_exact_p():
    rng = np.random.default_rng(8)
    x = rng.normal(size=(7, 2))
    y = x + rng.normal(size=(7, 2))
    exact = joint_permutation_tau(x, y, rounding=6, limit=5040, seed=1)
    drawn = joint_permutation_tau(x, y, rounding=6, limit=100, seed=1, draws=1999)
    assert not drawn.exact
    assert drawn.relabellings == 2000
    assert drawn.p_mean == pytest.approx(exact.p_mean, abs=4 * np.sqrt(exact.p_mean / 2000))
    assert drawn.p_mean == joint_permutation_tau(x, y, rounding=6, limit=100, seed=1, draws=1999).p_mean
    certain = joint_permutation_tau(
        np.arange(20.0)[:, None], np.arange(20.0)[:, None], rounding=6, limit=1, seed=1, draws=99
    )
    assert certain.p_mean == certain.minimum_p_mean == 0.01  # never zero


def test_joint_relabelling_refuses_missing_scores_and_other_shapes():
    x = np.ones((3, 2))
    with pytest.raises(ValueError, match="NaN"):
        joint_permutation_tau(x, np.where(x > 0, np.nan, x), rounding=6, limit=6, seed=1)
    with pytest.raises(ValueError, match="countries, dimensions"):
        joint_permutation_tau(x, x[:2], rounding=6, limit=6, seed=1)
    with pytest.raises(ValueError, match="draws must be"):
        joint_permutation_tau(x, x, rounding=6, limit=6, seed=1, draws=0)


@given(scores, scores)
def test_expected_displacement_is_the_mean_over_all_shuffles(x, y):
    x, y = x[:5], y[:5]
    all_orders = np.array([[y[i] for i in order] for order in permutations(range(5))])
    expected = mean_rank_displacement(np.array(x), all_orders, 6).mean()
    assert expected_rank_displacement(x, y, 6) == pytest.approx(expected)
    by_hand = np.abs(rankdata(x) - rankdata(y)).mean()
    assert mean_rank_displacement(x, y, 6) == pytest.approx(by_hand)


def test_expected_displacement_without_ties_has_its_closed_form():
    for n in (3, 7, 22):
        assert expected_rank_displacement(np.arange(n), np.arange(n), 6) == pytest.approx((n**2 - 1) / (3 * n))


def test_misranked_counts_dimensions_by_country_with_the_best_rank_for_ties():
    x = np.array([[10.0, 1], [20, 2], [30, 3], [40, 4]])
    y = np.array([[10.0, 5], [30, 5], [20, 5], [40, 5]])
    # dimension 2 ranks every country first: only country 4 (first among humans) agrees
    assert misranked(x, y, rounding=6, exclude_constant=False).tolist() == [0.5, 1, 1, 0]
    assert misranked(x, y, rounding=6, exclude_constant=True).tolist() == [0, 1, 1, 0]
    ties = misranked([[3.0], [3], [1]], [[2.0], [1], [0]], rounding=6, exclude_constant=False)
    assert ties.tolist() == [0, 1, 0]  # humans 1, 1, 3; model 1, 2, 3: an average rank would call all three wrong
    gone = misranked(x, np.where(x == 4, np.nan, x), rounding=6, exclude_constant=False)
    assert gone.tolist() == [0, 0, 0, 0]
    assert np.isnan(misranked(np.ones((3, 1)), np.ones((3, 1)), rounding=6, exclude_constant=True)).all()


@given(scores, scores, st.booleans())
def test_misranked_by_chance_is_the_mean_over_all_shuffles(a, b, exclude):
    x, y = np.array(a).reshape(4, 2), np.array(b).reshape(4, 2)
    every = np.array([y[list(order)] for order in permutations(range(4))])
    expected = misranked(x, every, rounding=6, exclude_constant=exclude).mean(axis=0)
    found = misranked_by_chance(x, y, rounding=6, exclude_constant=exclude)
    assert found == pytest.approx(expected, nan_ok=True)


def test_misranked_by_chance_without_ties_is_one_minus_one_over_c():
    x = np.arange(12.0).reshape(6, 2)
    assert misranked_by_chance(x, -x, rounding=6, exclude_constant=True) == pytest.approx([5 / 6] * 6)
