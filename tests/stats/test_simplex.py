"""Mixture weights of many targets at once agree with those of one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from tawazun.stats.mixture import mixture_weights
from tawazun.stats.simplex import gap_products, simplex_weights


def shares(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.dirichlet(np.ones(shape[-1]), size=shape[:-1])


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 6), st.integers(1, 8), st.integers(0, 1000))
def test_as_one_fit_at_a_time(sources: int, items: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    targets, offered = shares(rng, 3, items, 4), shares(rng, sources, items, 4)
    noise = rng.uniform(0, 0.01, sources)
    found = simplex_weights(gap_products(targets, offered, noise * items))
    for target, weights in zip(targets, found, strict=True):
        one = mixture_weights(target, offered, method="least_squares", source_noise=noise).weights
        assert weights == pytest.approx(one, abs=1e-6)


def test_as_a_general_optimiser_finds_it() -> None:
    rng = np.random.default_rng(3)
    target, offered = shares(rng, 5, 4), shares(rng, 4, 5, 4)

    def misfit(weights: np.ndarray) -> float:
        return float(np.square(np.tensordot(weights, offered, axes=1) - target).sum())

    sums = {"type": "eq", "fun": lambda w: w.sum() - 1}
    best = minimize(misfit, np.full(4, 0.25), bounds=[(0, 1)] * 4, constraints=sums, tol=1e-12)
    assert simplex_weights(gap_products(target, offered, 0.0)) == pytest.approx(best.x, abs=1e-4)


def test_sources_drawn_again_share_one_target() -> None:
    rng = np.random.default_rng(3)
    target, offered = shares(rng, 5, 4), shares(rng, 7, 3, 5, 4)
    assert simplex_weights(gap_products(target, offered, 0.0)).shape == (7, 3)


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="need targets"):
        gap_products(np.ones((2, 3)), np.ones((2, 2, 4)), 0.0)
    with pytest.raises(ValueError, match="NaN"):
        simplex_weights(np.full((2, 2), np.nan))
