"""Measurement invariance: known answers, definitions, and an independent factor analysis and likelihood."""

import time

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from statsmodels.multivariate.factor import Factor

from tawazun.stats.invariance import CUT_OFF, MODELS, group_moments, invariance

LOADINGS, INTERCEPTS = np.array([0.7, 0.8, 0.6, 0.75]), np.array([3.0, 2.0, 4.0, 1.0])


def people(groups=5, n=500, seed=0, loadings=LOADINGS, intercepts=INTERCEPTS, items=4):
    """Answers of people whose groups differ in the factor's mean and variance, and otherwise as told."""
    rng = np.random.default_rng(seed)
    loadings, intercepts = (np.broadcast_to(part, (groups, 4))[:, :items] for part in (loadings, intercepts))
    rows = [
        intercepts[g]
        + (np.linspace(-1, 1, groups)[g] + rng.normal(size=(n, 1)) * np.linspace(0.8, 1.2, groups)[g]) * loadings[g]
        + rng.normal(size=(n, items)) * 0.7
        for g in range(groups)
    ]
    return np.vstack(rows), np.repeat([f"g{g:02}" for g in range(groups)], n)


def fitted(*args, **keys):
    found = group_moments(*people(*args, **keys))
    return invariance(found.means, found.covariances, found.sizes)


def test_what_is_invariant_passes_every_step():
    found = fitted(10, 800)
    assert min(found.delta_cfi) > CUT_OFF and found.comparable == "means"
    assert found.scalar.cfi > 0.99 and found.scalar.rmsea < 0.03
    assert all(getattr(found, model).converged and not getattr(found, model).improper for model in MODELS)
    # the first group is the yardstick: its factor has mean 0 and variance 1
    first_sd = 0.8
    assert found.scalar.loadings[0] == pytest.approx(LOADINGS * first_sd, abs=0.05)
    assert found.scalar.latent_means == pytest.approx((np.linspace(-1, 1, 10) + 1) / first_sd, abs=0.25)


def test_different_loadings_fail_the_metric_step():
    loadings = np.tile(LOADINGS, (6, 1))
    loadings[1], loadings[4] = [1.2, 0.3, 0.3, 0.8], [0.2, 0.9, 0.8, 0.3]
    found = fitted(6, 600, loadings=loadings)
    assert found.delta_cfi[0] < CUT_OFF and found.comparable == "neither" and found.configural.cfi > 0.99


def test_different_intercepts_fail_the_scalar_step_only():
    intercepts = np.tile(INTERCEPTS, (6, 1))
    intercepts[::2, 0] += 0.6
    intercepts[1::3, 2] -= 0.6
    found = fitted(6, 600, intercepts=intercepts)
    assert found.delta_cfi[0] > CUT_OFF > found.delta_cfi[1] and found.comparable == "relations"


def test_degrees_of_freedom_and_fit_indices_follow_their_definitions():
    found, (base, base_df) = fitted(5, 300), fitted(5, 300).baseline
    groups, items = 5, 4
    steps = (groups - 1) * (items - 1)
    configural = groups * items * (items - 3) // 2
    assert [getattr(found, model).df for model in MODELS] == [configural, configural + steps, configural + 2 * steps]
    assert base_df == groups * items * (items - 1) // 2
    moments = group_moments(*people(5, 300))
    correlation = [s / np.sqrt(np.outer(np.diag(s), np.diag(s))) for s in moments.covariances]
    assert base == pytest.approx(-sum(300 * np.log(np.linalg.det(r)) for r in correlation))
    for model in MODELS:
        fit = getattr(found, model)
        assert fit.cfi == pytest.approx(1 - max(fit.chi_square - fit.df, 0) / (base - base_df))
        assert fit.rmsea == pytest.approx(np.sqrt(groups * max(fit.chi_square - fit.df, 0) / (fit.df * 1500)))


def test_three_items_saturate_the_configural_model():
    found = fitted(3, 400, items=3)
    assert found.configural.df == 0 and found.configural.chi_square == pytest.approx(0, abs=1e-4)
    assert found.configural.cfi == 1 and np.isnan(found.configural.rmsea) and np.isnan(found.configural.p)


def test_the_configural_model_is_a_factor_analysis_per_group():
    rows, names = people(3, 400, seed=4)
    found = group_moments(rows, names)
    total = 0.0
    for g in range(3):
        s = found.covariances[g]
        sd = np.sqrt(np.diag(s))
        other = Factor(corr=s / np.outer(sd, sd), n_factor=1, method="ml", nobs=400).fit()
        loading = other.loadings[:, 0] * sd
        sigma = np.outer(loading, loading) + np.diag(np.diag(s) - loading**2)
        total += 400 * (np.linalg.slogdet(sigma)[1] - np.linalg.slogdet(s)[1] + np.trace(np.linalg.solve(sigma, s)) - 4)
    fit = invariance(found.means, found.covariances, found.sizes).configural
    assert fit.chi_square == pytest.approx(total, abs=0.01)


@pytest.mark.parametrize("model", MODELS)
def test_chi_square_is_twice_the_loss_of_likelihood_on_the_raw_answers(model):
    rows, names = people(4, 250, seed=6)
    found = group_moments(rows, names)
    fit = getattr(invariance(found.means, found.covariances, found.sizes), model)

    def loss(loadings, intercepts):
        total = 0.0
        for g, label in enumerate(found.labels):
            own = rows[names == label]
            best = multivariate_normal(found.means[g], found.covariances[g]).logpdf(own).sum()
            mean = intercepts[g] + loadings[g] * fit.latent_means[g]
            sigma = fit.latent_variances[g] * np.outer(loadings[g], loadings[g]) + np.diag(fit.residuals[g])
            total += 2 * (best - multivariate_normal(mean, sigma).logpdf(own).sum())
        return total

    least = loss(fit.loadings, fit.intercepts)
    assert fit.chi_square == pytest.approx(least, abs=1e-4)
    rng = np.random.default_rng(1)
    for _ in range(10):  # any other place nearby is worse
        assert loss(fit.loadings + 0.02 * rng.normal(size=4), fit.intercepts) > least
        if model == "scalar":
            assert loss(fit.loadings, fit.intercepts + 0.02 * rng.normal(size=4)) > least


def test_under_invariance_each_step_costs_its_degrees_of_freedom():
    costs = []
    for seed in range(40):
        found = fitted(3, 300, seed=seed)
        squares = [getattr(found, model).chi_square for model in MODELS]
        costs.append(np.diff([0, *squares]))
    df = np.array([6, 6, 6])
    error = np.sqrt(2 * df / 40)
    assert np.abs(np.mean(costs, axis=0) - df).max() < 3.5 * error.max()


def test_units_of_the_items_change_nothing_but_units():
    found = group_moments(*people(3, 200))
    unit, shift = np.array([10.0, 0.1, 3.0, 1.0]), np.array([5.0, -2.0, 0.0, 100.0])
    plain = invariance(found.means, found.covariances, found.sizes)
    other = invariance(found.means * unit + shift, found.covariances * np.outer(unit, unit), found.sizes)
    for model in MODELS:
        one, two = getattr(plain, model), getattr(other, model)
        assert two.chi_square == pytest.approx(one.chi_square, abs=1e-4)
        assert two.loadings == pytest.approx(one.loadings * unit, rel=1e-3, abs=1e-4)
        assert two.intercepts == pytest.approx(one.intercepts * unit + shift, rel=1e-3, abs=1e-3)


def test_reversed_items_keep_their_sign():
    rows, names = people(3, 300)
    rows[:, 1] = -rows[:, 1]
    found = group_moments(rows, names)
    fit = invariance(found.means, found.covariances, found.sizes).metric
    assert (np.sign(fit.loadings) == [1, -1, 1, 1]).all()


@pytest.mark.parametrize(("r", "improper"), [(0.69, ()), (0.78, (0,))])
def test_a_heywood_case_is_named(r, improper):
    """With r = .5 between the others the first loading squared is r * r / .5, which may not exceed 1."""
    plain = np.full((4, 4), 0.5) + 0.5 * np.eye(4)
    strong = plain.copy()
    strong[0, 1:] = strong[1:, 0] = r
    found = invariance(np.zeros((2, 4)), np.stack([strong, plain]), [200, 200])
    assert found.configural.improper == improper and found.configural.converged


def test_group_moments_are_weighted_and_need_every_item():
    rows, names = people(2, 50)
    rows[3, 1] = np.nan
    w = np.random.default_rng(0).uniform(0.2, 3, 100)
    w[5] = 0
    found = group_moments(rows, names, w)
    own = np.setdiff1d(np.arange(50), [3, 5])
    assert found.means[0] == pytest.approx(np.average(rows[own], axis=0, weights=w[own]))
    assert found.covariances[0] == pytest.approx(np.cov(rows[own].T, aweights=w[own], ddof=0))
    assert found.sizes[0] == pytest.approx(w[own].sum() ** 2 / (w[own] ** 2).sum())


def test_ten_groups_of_four_items_are_quick():
    found = group_moments(*people(10, 500))
    began = time.process_time()
    invariance(found.means, found.covariances, found.sizes)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("means", "covariances", "sizes", "said"),
    [
        (np.zeros((1, 3)), np.eye(3)[None], [100], "2 groups"),
        (np.zeros((2, 2)), np.stack([np.eye(2)] * 2), [100, 100], "3 items"),
        (np.zeros((2, 3)), np.stack([np.eye(3), np.ones((3, 3))]), [100, 100], "group 1 is not positive definite"),
        (np.zeros((2, 3)), np.stack([np.eye(3)] * 2), [100, 3], "group 1 has 3 people"),
        (np.full((2, 3), np.nan), np.stack([np.eye(3)] * 2), [100, 100], "finite"),
        (np.zeros((2, 3)), np.eye(3), [100, 100], "need means"),
    ],
)
def test_bad_input_is_named(means, covariances, sizes, said):
    with pytest.raises(ValueError, match=said):
        invariance(means, covariances, sizes)


def test_a_group_with_one_respondent_is_named():
    rows, names = people(2, 50)
    with pytest.raises(ValueError, match="group lone has 1 rows"):
        group_moments(np.vstack([rows, rows[:1]]), [*names, "lone"])
