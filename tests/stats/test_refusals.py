"""Bounds hold every answer that could have been given, and some answer reaches each of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize

from tawazun.stats.distances import js_divergence, wasserstein1
from tawazun.stats.refusals import js_bounds, mean_bounds, w1_bounds
from tawazun.stats.variance import moments

CODES = np.array([4.0, 1.0, 2.0, 9.0])


def world(seed, options=4):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(options, 0.7)), rng.dirichlet(np.full(options, 0.7)), rng.uniform(0.05, 0.9), rng


@given(st.integers(0, 10_000))
@settings(max_examples=60)
def test_everything_that_could_have_been_said_lies_inside(seed):
    p, q, refused, rng = world(seed)
    full = (1 - refused) * p + refused * rng.dirichlet(np.full(4, 0.5), 200)
    for (low, high), values in (
        (mean_bounds(p, refused, CODES), moments(full, CODES)[0]),
        (js_bounds(p, q, refused), js_divergence(full, q)),
        (w1_bounds(p, q, refused, CODES), wasserstein1(full, q, CODES)),
    ):
        assert low - 1e-12 <= values.min()
        assert values.max() <= high + 1e-12


@pytest.mark.parametrize("seed", range(8))
def test_the_bounds_are_reached(seed):
    p, q, refused, _ = world(seed)
    corners = (1 - refused) * p + refused * np.eye(4)
    means = moments(corners, CODES)[0]
    assert mean_bounds(p, refused, CODES) == pytest.approx((means.min(), means.max()))
    assert js_bounds(p, q, refused)[1] == pytest.approx(js_divergence(corners, q).max())
    assert w1_bounds(p, q, refused, CODES)[1] == pytest.approx(wasserstein1(corners, q, CODES).max())
    best = minimize(
        lambda z: float(js_divergence((1 - refused) * p + refused * np.abs(z) / np.abs(z).sum(), q)),
        np.full(4, 0.25),
        method="Nelder-Mead",
        options={"xatol": 1e-10, "fatol": 1e-14, "maxiter": 6000},
    )
    assert js_bounds(p, q, refused)[0] == pytest.approx(best.fun, abs=1e-4)
    assert js_bounds(p, q, refused)[0] <= best.fun + 1e-12


@pytest.mark.parametrize("seed", range(8))
def test_the_least_transport_is_the_optimum_of_a_linear_programme(seed):
    p, q, refused, _ = world(seed + 50)
    order = np.argsort(CODES)
    steps = np.diff(CODES[order])
    gap = np.cumsum((q - (1 - refused) * p)[order])[:-1]
    # variables: z over the ordered options, then one |gap| per step
    below = np.tril(np.ones((4, 4)))[:-1]
    rows = np.vstack([np.hstack([s * refused * below, -np.eye(3)]) for s in (1, -1)])
    found = linprog(
        np.concatenate([np.zeros(4), steps]),
        A_ub=rows,
        b_ub=np.concatenate([gap, -gap]),
        A_eq=[[1, 1, 1, 1, 0, 0, 0]],
        b_eq=[1],
    )
    assert w1_bounds(p, q, refused, CODES)[0] == pytest.approx(found.fun, abs=1e-9)


def test_without_refusals_the_bounds_are_the_score_and_with_nothing_but_refusals_anything():
    p, q, *_ = world(3)
    assert js_bounds(p, q, 0.0) == pytest.approx([js_divergence(p, q)] * 2)
    assert w1_bounds(p, q, 0.0, CODES) == pytest.approx([wasserstein1(p, q, CODES)] * 2)
    assert mean_bounds(p, 0.0, CODES) == pytest.approx([float(moments(p, CODES)[0])] * 2)
    silent = np.full(4, np.nan)
    assert mean_bounds(silent, 1.0, CODES) == (1, 9)
    assert js_bounds(silent, q, 1.0)[0] == pytest.approx(0, abs=1e-12)
    assert w1_bounds(silent, q, 1.0, CODES)[0] == pytest.approx(0, abs=1e-12)
    assert np.isnan(js_bounds(silent, q, 0.5)).all()
    assert np.isnan(w1_bounds(silent, q, 0.5, CODES)).all()
    assert np.isnan(mean_bounds(silent, 0.5, CODES)).all()


def test_bounds_widen_with_refusals_and_broadcast():
    p, q, *_ = world(4)
    rates = np.linspace(0, 1, 6)
    for low, high in (js_bounds(p, q, rates), w1_bounds(p, q, rates, CODES), mean_bounds(p, rates, CODES)):
        assert low.shape == (6,)
        assert (np.diff(low) <= 1e-12).all()
        assert (np.diff(high) >= -1e-12).all()


def test_padding_takes_no_refusals_and_nominal_items_have_no_transport():
    p, q = np.array([0.5, 0.5, 0.0]), np.array([0.2, 0.8, 0.0])
    codes = np.array([1, 2, np.nan])
    assert js_bounds(p, q, 0.3, options=2) == pytest.approx(np.array(js_bounds(p[:2], q[:2], 0.3)))
    assert js_bounds(p, q, 0.3)[1] > js_bounds(p, q, 0.3, options=2)[1]
    assert w1_bounds(p, q, 0.3, codes) == pytest.approx(np.array(w1_bounds(p[:2], q[:2], 0.3, codes[:2])))
    assert mean_bounds(p, 0.3, codes) == pytest.approx(np.array(mean_bounds(p[:2], 0.3, codes[:2])))
    assert np.isnan(w1_bounds(p, q, 0.3, np.full(3, np.nan))).all()
    with pytest.raises(ValueError, match="refused must be"):
        js_bounds(p, q, 1.2)
