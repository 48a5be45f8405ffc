"""Varimax and principal components against independent implementations; a plane recovered, and one that is not."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.multivariate.factor_rotation import rotate_factors
from statsmodels.stats.weightstats import DescrStatsW

from tawazun.instruments import instrument
from tawazun.stats.factors import moments, principal, published_loadings, refit_plane, varimax
from tawazun.stats.projection import project

MAP = instrument("cultural_map").projection
assert MAP is not None
WEIGHTS = np.array(MAP.weights)


def simplicity(loadings):
    return np.square(loadings).var(axis=0).sum()


def consistent_correlation(loadings):
    """A correlation matrix whose two first components, turned by varimax, are these loadings."""
    items = len(loadings)
    vectors, sizes, _ = np.linalg.svd(loadings)
    rest = vectors[:, 2:]
    need = 1 - np.square(loadings).sum(axis=1)
    # diag(rest M rest') = need is linear in M: the solution nearest to a multiple of the identity
    basis = np.einsum("ia,ib->iab", rest, rest).reshape(items, -1)
    start = np.eye(items - 2) * need.sum() / (items - 2)
    shift = np.linalg.lstsq(basis, need - basis @ start.ravel(), rcond=None)[0].reshape(items - 2, -1)
    small = start + (shift + shift.T) / 2
    eigen = np.linalg.eigvalsh(small)
    assert eigen[0] > 0 and eigen[-1] < sizes[1] ** 2
    return loadings @ loadings.T + rest @ small @ rest.T


def answers(correlation, n, seed):
    """People who answer by the published constants' own model."""
    assert MAP is not None
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, 10)) @ np.linalg.cholesky(correlation).T
    return z * np.array(MAP.scale) + np.array(MAP.centre)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 8), st.integers(2, 3))
def test_varimax_is_orthogonal_and_no_worse_than_statsmodels(seed, items, factors):
    loadings = np.random.default_rng(seed).normal(size=(items, factors))
    turned, turn = varimax(loadings, normalise=False)
    assert turn @ turn.T == pytest.approx(np.eye(factors), abs=1e-9)
    assert turned == pytest.approx(loadings @ turn)
    other, _ = rotate_factors(loadings, "varimax", algorithm="gpa", tol=1e-6)
    assert simplicity(turned) >= simplicity(other) - 1e-6


def test_varimax_equals_statsmodels_on_simple_structure_with_and_without_kaiser():
    rng = np.random.default_rng(3)
    simple = np.vstack([np.c_[rng.uniform(0.5, 0.9, 5), np.zeros(5)], np.c_[np.zeros(5), rng.uniform(0.3, 0.8, 5)]])
    mixed = (simple + 0.05 * rng.normal(size=simple.shape)) @ np.array([[0.8, 0.6], [-0.6, 0.8]])
    length = np.linalg.norm(mixed, axis=1, keepdims=True)
    plain, _ = rotate_factors(mixed, "varimax", tol=1e-10)
    kaiser = rotate_factors(mixed / length, "varimax", tol=1e-10)[0] * length
    for normalise, other in ((False, plain), (True, kaiser)):
        turned, _ = varimax(mixed, normalise=normalise)
        alike = turned.T @ other
        swapped = abs(alike[0, 0]) < abs(alike[0, 1])
        ordered = other[:, ::-1] if swapped else other
        assert turned == pytest.approx(ordered * np.sign((turned * ordered).sum(axis=0)), abs=1e-5)
    assert np.abs(varimax(mixed)[0] - varimax(mixed, normalise=False)[0]).max() > 1e-3


def test_varimax_of_two_factors_is_kaisers_closed_form():
    loadings = np.random.default_rng(8).normal(size=(7, 2))
    u, v = loadings[:, 0] ** 2 - loadings[:, 1] ** 2, 2 * loadings[:, 0] * loadings[:, 1]
    over = 2 * (u @ v) - 2 * u.sum() * v.sum() / 7
    under = (u**2 - v**2).sum() - (u.sum() ** 2 - v.sum() ** 2) / 7
    angle = np.arctan2(over, under) / 4
    best = loadings @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    assert simplicity(varimax(loadings, normalise=False)[0]) == pytest.approx(simplicity(best), abs=1e-10)


def test_varimax_leaves_a_saddle():
    turned, _ = varimax([[0.7, 0.7], [0.7, -0.7]])
    assert np.sort(np.abs(turned), axis=None) == pytest.approx([0, 0, 0.7 * 2**0.5, 0.7 * 2**0.5], abs=1e-9)


def test_principal_reproduces_the_components_and_scores_with_variance_one():
    rng = np.random.default_rng(2)
    table = rng.normal(size=(400, 6)) @ rng.normal(size=(6, 6))
    found = moments(table)
    assert found.correlation == pytest.approx(np.corrcoef(table.T))
    parts = principal(found.correlation, 2)
    values, vectors = np.linalg.eigh(found.correlation)
    kept = vectors[:, -2:] * values[-2:] @ vectors[:, -2:].T
    assert parts.loadings @ parts.loadings.T == pytest.approx(kept)
    scores = (table - found.centre) / found.scale @ parts.weights
    assert np.cov(scores.T, ddof=0) == pytest.approx(np.eye(2), abs=1e-9)
    assert (parts.loadings.sum(axis=0) >= 0).all() and parts.share[0] >= parts.share[1]
    assert parts.share.sum() * 6 == pytest.approx(values[-2:].sum())
    one = principal(found.correlation, 1)
    assert np.abs(one.loadings[:, 0]) == pytest.approx(np.abs(vectors[:, -1]) * values[-1] ** 0.5)


def test_moments_agree_with_statsmodels_weights_and_with_pairwise_deletion():
    rng = np.random.default_rng(4)
    table, w = rng.normal(size=(300, 3)) @ rng.normal(size=(3, 3)), rng.uniform(0, 3, 300)
    other, found = DescrStatsW(table, w), moments(table, w)
    assert found.centre == pytest.approx(other.mean) and found.scale == pytest.approx(other.std)
    assert found.correlation == pytest.approx(other.corrcoef)
    table[:50, 0], table[40:90, 1] = np.nan, np.nan
    holed = moments(table, w)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        both = ~np.isnan(table[:, [i, j]]).any(axis=1)
        pair = DescrStatsW(table[both][:, [i, j]], w[both]).corrcoef[0, 1]
        assert holed.correlation[i, j] == pytest.approx(pair)
    assert holed.scale[0] == pytest.approx(DescrStatsW(table[50:, 0], w[50:]).std)


def test_the_published_plane_is_a_kaiser_varimax_solution():
    loadings = published_loadings(WEIGHTS)
    _, turn = varimax(loadings)
    assert turn == pytest.approx(np.eye(2), abs=1e-4)
    assert np.abs(varimax(loadings, normalise=False)[1] - np.eye(2)).max() > 0.03
    assert np.square(loadings).sum(axis=1).max() < 1
    assert (loadings.sum(axis=0) > 0).all()


def test_the_published_plane_is_recovered_from_answers_of_its_own_model():
    assert MAP is not None
    correlation = consistent_correlation(published_loadings(WEIGHTS))
    exact = principal(correlation, 2)
    assert exact.weights == pytest.approx(WEIGHTS, abs=2e-5)
    people = answers(correlation, 20_000, 1)
    people[np.random.default_rng(2).random(people.shape) < 0.05] = np.nan
    places = answers(correlation, 30, 3)
    found = refit_plane(people, np.random.default_rng(5).uniform(0.5, 2, 20_000), places, MAP)
    assert found.verdict == "same" and found.congruence.min() > 0.99 and found.weight_congruence.min() > 0.98
    assert found.published_points == pytest.approx(project(places, MAP))
    assert found.points == pytest.approx(project(places, found.plane))
    assert found.displacement.max() < 0.35 and found.furthest == int(found.displacement.argmax())
    assert np.array(found.plane.weights) == pytest.approx(WEIGHTS, abs=0.06)


def test_mirrored_and_swapped_axes_are_put_back():
    assert MAP is not None
    correlation = consistent_correlation(published_loadings(WEIGHTS))
    people = answers(correlation, 5000, 1)
    mirrored = replace(MAP, weights=tuple((-b, a) for a, b in MAP.weights))
    found = refit_plane(people, None, people[:3], mirrored)
    assert found.congruence.min() > 0.98 and found.displacement.max() < 0.6


def test_another_structure_is_seen_as_another():
    assert MAP is not None
    people = answers(consistent_correlation(published_loadings(WEIGHTS)), 5000, 1)
    shuffled = people[:, [3, 7, 0, 5, 9, 2, 8, 4, 1, 6]]
    found = refit_plane(shuffled, None, people[:5], MAP)
    assert found.verdict == "different" and found.congruence.min() < 0.7
    assert found.displacement.max() > 1


def test_a_place_without_an_item_has_no_displacement():
    assert MAP is not None
    people = answers(consistent_correlation(published_loadings(WEIGHTS)), 1000, 1)
    places = people[:2].copy()
    places[0, 3] = np.nan
    found = refit_plane(people, None, places, MAP)
    assert np.isnan(found.displacement[0]) and found.furthest == 1
    assert refit_plane(people, None, places[:1], MAP).furthest is None


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: moments(np.ones((5, 2))), "does not vary"),
        (lambda: moments([[1.0, np.nan], [np.nan, 2.0]] * 4), "answered together by 0 rows"),
        (lambda: moments(np.eye(4), [1, 1, -1, 1]), "at least 0"),
        (lambda: moments([[1.0, np.inf]]), "finite"),
        (lambda: principal([[1.0, 1.0], [1.0, 1.0]], 1), "singular"),
        (lambda: principal([[1.0, 0.2], [0.3, 1.0]], 1), "symmetric"),
        (lambda: principal(np.eye(2), 3), "at most 2"),
        (lambda: varimax([[np.nan, 1.0]]), "finite"),
        (lambda: published_loadings([[1.0, 2.0], [2.0, 4.0]]), "full rank"),
        (lambda: refit_plane(np.ones((5, 4)), None, np.ones((2, 4)), MAP), "10 items"),
    ],
)  # fmt: skip
def test_bad_input_is_named(call, said):
    with pytest.raises(ValueError, match=said):
        call()
