"""Reliability and agreement against published examples and independent definitions."""

from itertools import combinations

import numpy as np
import pytest
from scipy.spatial import procrustes as scipy_procrustes
from scipy.stats import ortho_group
from statsmodels.stats.inter_rater import cohens_kappa

from tawazun.stats.agreement import (
    cohen_kappa,
    congruence_by_chance,
    correlation_gap,
    cronbach_alpha,
    krippendorff_alpha,
    procrustes,
    split_halves,
    tucker_phi,
)


def factor_scores(n, items, noise, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 1)) + noise * rng.normal(size=(n, items))


def test_alpha_is_spearman_brown_of_the_mean_correlation_when_items_are_parallel():
    scores = factor_scores(200, 6, 1.0)
    scores = (scores - scores.mean(0)) / scores.std(0, ddof=1)
    r = np.corrcoef(scores.T)[np.triu_indices(6, 1)].mean()
    assert cronbach_alpha(scores) == pytest.approx(6 * r / (1 + 5 * r))


def test_alpha_is_one_for_copies_negative_for_opposites_and_undefined_without_spread():
    column = np.arange(5.0)[:, None]
    assert cronbach_alpha(column + np.zeros(3)) == pytest.approx(1)
    assert cronbach_alpha(np.hstack([column, column, -column])) < 0
    assert np.isnan(cronbach_alpha(np.ones((4, 3))))
    stacked = np.stack([column + np.zeros(3), np.full((5, 3), np.nan)])
    assert np.isnan(cronbach_alpha(stacked)).tolist() == [False, True]
    with pytest.raises(ValueError, match="at least 2"):
        cronbach_alpha([[1.0, 2.0]])


def test_split_halves_of_four_items_are_three_and_average_near_alpha():
    scores = factor_scores(4000, 4, 1.0)
    found = split_halves(scores, limit=10, seed=0)
    assert len(found) == 3
    first = np.corrcoef(scores[:, :2].sum(1), scores[:, 2:].sum(1))[0, 1]
    assert found[0] == pytest.approx(2 * first / (1 + first))
    assert found.mean() == pytest.approx(cronbach_alpha(scores), abs=0.005)
    assert found.mean() == pytest.approx(4 / 5, abs=0.02)  # four items with reliability 1/2


def test_split_halves_with_odd_items_many_items_and_flat_halves():
    assert len(split_halves(factor_scores(20, 5, 1.0), limit=100, seed=0)) == 10
    many = factor_scores(20, 24, 1.0)
    drawn = split_halves(many, limit=50, seed=3)
    assert len(drawn) == 50
    assert np.array_equal(drawn, split_halves(many, limit=50, seed=3))
    assert np.isnan(split_halves(np.c_[np.arange(5.0), np.ones(5)], limit=9, seed=0)).all()
    with pytest.raises(ValueError, match="respondents, items"):
        split_halves(np.zeros((2, 3, 4)), limit=9, seed=0)


# Krippendorff (2011), section C and D: four observers, twelve units
PUBLISHED = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, np.nan, np.nan, np.nan],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, np.nan, 3],
        [np.nan, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, np.nan],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, np.nan],
    ]
)


@pytest.mark.parametrize(("scale", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_krippendorffs_alpha_of_his_own_example(scale, alpha):
    assert krippendorff_alpha(PUBLISHED, scale) == pytest.approx(alpha, abs=0.0006)


def test_krippendorffs_alpha_from_its_definition_by_pairs():
    rng = np.random.default_rng(1)
    ratings = rng.integers(1, 5, (3, 40)).astype(float)
    ratings[rng.random((3, 40)) < 0.2] = np.nan
    units = [column[~np.isnan(column)] for column in ratings.T]
    units = [unit for unit in units if len(unit) > 1]
    everything = np.concatenate(units)
    inside = sum(2 * sum((a - b) ** 2 for a, b in combinations(unit, 2)) / (len(unit) - 1) for unit in units) / len(
        everything
    )
    across = np.square(everything[:, None] - everything).sum() / (len(everything) * (len(everything) - 1))
    assert krippendorff_alpha(ratings, "interval") == pytest.approx(1 - inside / across)


def test_krippendorffs_alpha_without_variation_or_meetings_is_undefined():
    assert np.isnan(krippendorff_alpha(np.ones((2, 4)), "nominal"))
    assert np.isnan(krippendorff_alpha([[1, np.nan], [np.nan, 2]], "nominal"))
    assert krippendorff_alpha([[1, 2, 3], [1, 2, 3]], "ordinal") == 1
    with pytest.raises(ValueError, match="scale must be"):
        krippendorff_alpha(PUBLISHED, "ratio")
    with pytest.raises(ValueError, match="raters, units"):
        krippendorff_alpha([1, 2], "nominal")


@pytest.mark.parametrize(("ours", "theirs"), [("none", None), ("linear", "linear"), ("quadratic", "quadratic")])
def test_kappa_agrees_with_statsmodels(ours, theirs):
    rng = np.random.default_rng(2)
    a = rng.integers(0, 4, 80)
    b = np.where(rng.random(80) < 0.6, a, rng.integers(0, 4, 80))
    table = np.zeros((4, 4))
    np.add.at(table, (a, b), 1)
    assert cohen_kappa(a, b, weights=ours) == pytest.approx(cohens_kappa(table, wt=theirs).kappa)


def test_kappa_leaves_missing_units_out_and_is_undefined_without_variation():
    assert cohen_kappa([1, 2, np.nan, 2], [1, 2, 1, 2], weights="none") == 1
    assert np.isnan(cohen_kappa([1, 1], [1, 1], weights="none"))
    assert np.isnan(cohen_kappa([np.nan], [1.0], weights="none"))
    with pytest.raises(ValueError, match="weights must be"):
        cohen_kappa([1], [1], weights="cubic")
    with pytest.raises(ValueError, match="same units"):
        cohen_kappa([1, 2], [1], weights="none")


def test_procrustes_undoes_a_rotation_and_agrees_with_scipy():
    loadings = np.random.default_rng(3).normal(size=(12, 3))
    turned = loadings @ ortho_group.rvs(3, random_state=4)
    aligned, turn = procrustes(turned, loadings)
    assert aligned == pytest.approx(loadings)
    assert turn @ turn.T == pytest.approx(np.eye(3))
    assert tucker_phi(aligned, loadings) == pytest.approx([1, 1, 1])
    assert (tucker_phi(turned, loadings) < 0.999).any()
    other = np.random.default_rng(5).normal(size=(12, 3))
    a, b = loadings - loadings.mean(0), other - other.mean(0)
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    moved, turn = procrustes(a, b)
    stretch = (moved * b).sum()
    assert np.square(b - stretch * moved).sum() == pytest.approx(scipy_procrustes(b, a)[2])


def test_congruence_is_a_cosine_and_not_a_correlation():
    assert tucker_phi([[1.0], [2.0], [3.0]], [[4.0], [5.0], [6.0]]) == pytest.approx(32 / np.sqrt(14 * 77))
    assert tucker_phi([[1.0], [2.0]], [[-1.0], [-2.0]]) == pytest.approx(-1)
    assert np.isnan(tucker_phi([[0.0], [0.0]], [[1.0], [1.0]])).all()
    with pytest.raises(ValueError, match="items, factors"):
        tucker_phi([[1.0]], [[1.0, 2.0]])
    with pytest.raises(ValueError, match="finite"):
        procrustes([[np.nan]], [[1.0]])


def test_turning_alone_gives_congruence_by_chance():
    rng = np.random.default_rng(6)
    by_chance = congruence_by_chance(rng.normal(size=(10, 3)), rng.normal(size=(10, 3)), draws=200, seed=7)
    assert by_chance.shape == (200, 3)
    assert by_chance.mean() > 0.3
    assert by_chance.max() <= 1 + 1e-12


def test_correlation_gap_is_zero_for_the_same_structure_and_one_for_none():
    shared, loose = factor_scores(20_000, 4, 0.01), np.random.default_rng(8).normal(size=(20_000, 4))
    assert correlation_gap(shared, 3 * shared + 1) == (pytest.approx(0, abs=1e-12), 6)
    assert correlation_gap(shared, loose)[0] == pytest.approx(1, abs=0.02)
    flat = np.c_[loose[:, :3], np.ones(20_000)]
    assert correlation_gap(loose, flat) == (pytest.approx(0, abs=1e-12), 3)
    assert np.isnan(correlation_gap(np.ones((3, 2)), loose[:, :2])[0])
    with pytest.raises(ValueError, match="same items"):
        correlation_gap(loose, loose[:, :3])
