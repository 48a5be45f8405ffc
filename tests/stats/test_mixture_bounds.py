"""Bounds of mixture weights: against the closed form where there is one, and where the constraint binds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from scipy.stats import t as student
from tests.measures.synthetic import asked, worded, world

from tawazun.stats.diversity import multinomial_noise
from tawazun.stats.mixture_bounds import Spread, product_noise, weight_bounds, wording_noise
from tawazun.stats.simplex import gap_products, simplex_weights


def problem(
    rng: np.random.Generator, weights: np.ndarray, items: int, n: int, wordings: int
) -> tuple[np.ndarray, Spread, np.ndarray]:
    """Inner products, noise and sources of a planted mixture."""
    truth = world(rng, len(weights), items)
    answers = worded(rng, np.tensordot(weights, truth, axes=1)[None], wordings, 0.2)[0]
    sources, sizes = asked(rng, truth, n), np.full((len(weights), items), float(n))
    products = gap_products(answers.mean(axis=0), sources, multinomial_noise(sources, sizes).sum(axis=-1))
    return (
        products,
        Spread(wording_noise(sources, answers), wordings - 1.0, product_noise(sources, sources, sizes)),
        sources,
    )


def bounds(products: np.ndarray, spread: Spread, turn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return weight_bounds(products, spread, turn, level=0.95, draws=40, rounds=3, rng=np.random.default_rng(0))


def test_two_sources_far_from_the_ends_have_students_interval() -> None:
    rng = np.random.default_rng(3)
    truth = world(rng, 2, 60)
    answers = worded(rng, np.tensordot([0.4, 0.6], truth, axes=1)[None], 6, 0.1)[0]
    products = gap_products(answers.mean(axis=0), truth, 0.0)
    spread = Spread(wording_noise(truth, answers), 5.0, np.zeros((2, 2, 2)))
    low, high = bounds(products, spread, np.eye(2)[:1])
    way = (truth[0] - truth[1]).ravel()
    each = np.array([way @ (one - truth[1]).ravel() / (way @ way) for one in answers])
    half = student.ppf(0.975, 5) * each.std(ddof=1) / np.sqrt(6)
    assert [low[0], high[0]] == pytest.approx([each.mean() - half, each.mean() + half], abs=2e-3)


def test_people_alone_have_the_normal_interval_of_the_delta_method() -> None:
    rng = np.random.default_rng(4)
    truth = world(rng, 2, 80)
    target, n = np.tensordot([0.5, 0.5], truth, axes=1), np.full((2, 80), 5000.0)
    spread = Spread(np.zeros((2, 2)), np.inf, product_noise(truth, truth, n))
    low, high = bounds(gap_products(target, truth, 0.0), spread, np.eye(2)[:1])
    way = truth[0] - truth[1]
    mean = (truth * way).sum(axis=-1, keepdims=True)
    sd = np.sqrt((0.25 * truth * np.square(way - mean)).sum() / 4999) / np.square(way).sum()
    assert high[0] - low[0] == pytest.approx(2 * norm.ppf(0.975) * sd, rel=0.1)


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_bounds_hold_the_fit_and_stay_on_the_scale(seed: int) -> None:
    rng = np.random.default_rng(seed)
    products, spread, _ = problem(rng, rng.dirichlet([0.5] * 4), 10, 60, 3)
    turn = np.vstack([np.eye(4)[:2], [1, 1, 0, 0], [0.5, 0, 0, 1]])
    low, high = bounds(products, spread, turn)
    fitted = turn @ simplex_weights(products)
    assert (low >= turn.min(axis=1) - 1e-6).all() and (high <= turn.max(axis=1) + 1e-6).all()
    assert (low <= fitted + 1e-6).all() and (fitted <= high + 1e-6).all()


@pytest.mark.parametrize("weights", [[1.0, 0, 0, 0, 0], [0.95, 0.05, 0, 0, 0], [0.5, 0.4, 0.1, 0, 0]])
def test_bounds_hold_the_truth_at_the_ends(weights: list[float]) -> None:
    truth, held = np.array(weights), []
    for seed in range(40):
        products, spread, _ = problem(np.random.default_rng(seed), truth, 20, 150, 5)
        low, high = bounds(products, spread, np.eye(5)[:3])
        held.append((low - 1e-9 <= truth[:3]) & (truth[:3] <= high + 1e-9))
    assert np.mean(held, axis=0).min() >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 40)


def test_a_weight_held_at_nought_is_not_known_to_be_nought() -> None:
    products, spread, _ = problem(np.random.default_rng(1), np.array([0.6, 0.4, 0, 0, 0]), 15, 100, 4)
    low, high = bounds(products, spread, np.eye(5))
    still = simplex_weights(products) < 1e-9
    assert still.any()
    assert (low[still] == 0).all() and (high[still] > 0.01).all()


def test_nothing_that_varies_leaves_the_fit_alone() -> None:
    truth = world(np.random.default_rng(2), 3, 10)
    products = gap_products(np.tensordot([0.2, 0.3, 0.5], truth, axes=1), truth, 0.0)
    low, high = bounds(products, Spread(np.zeros((3, 3)), np.inf, np.zeros((3, 3, 3))), np.eye(3))
    assert low == pytest.approx([0.2, 0.3, 0.5], abs=1e-6)
    assert high == pytest.approx(low)


def test_a_source_that_others_imitate_has_wide_bounds() -> None:
    """Two peoples that are one: either may carry the weight, their sum is known."""
    rng = np.random.default_rng(6)
    truth = world(rng, 3, 40)
    truth[1] = truth[0]
    sources, n = asked(rng, truth, 400), np.full((3, 40), 400.0)
    answers = worded(rng, np.tensordot([0.3, 0.4, 0.3], truth, axes=1)[None], 5, 0.1)[0]
    products = gap_products(answers.mean(axis=0), sources, multinomial_noise(sources, n).sum(axis=-1))
    spread = Spread(wording_noise(sources, answers), 4.0, product_noise(sources, sources, n))
    low, high = bounds(products, spread, np.array([[1.0, 0, 0], [1, 1, 0]]))
    assert high[0] - low[0] > 0.4 > 3 * (high[1] - low[1])


def test_errors() -> None:
    with pytest.raises(ValueError, match="NaN"):
        bounds(np.full((2, 2), np.nan), Spread(np.zeros((2, 2)), np.inf, np.zeros((2, 2, 2))), np.eye(2))
    with pytest.raises(ValueError, match="at least 2"):
        wording_noise(np.full((2, 3, 2), 0.5), np.full((1, 3, 2), 0.5))
