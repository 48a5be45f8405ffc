"""Planted mixtures are recovered, and both methods find what a general optimiser finds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from tawazun.stats.mixture import close_groups, merged_sources, mixture_weights, separation


def populations(count, items=60, options=5, spread=2.0, seed=0):
    return np.random.default_rng(seed).dirichlet(np.full(options, spread), (count, items))


def blend(weights, sources):
    return np.tensordot(weights, sources, axes=1)


@pytest.mark.parametrize("method", ["least_squares", "likelihood"])
def test_planted_weights_are_recovered_from_sampled_populations(method):
    rng = np.random.default_rng(1)
    truth = np.array([0.55, 0.0, 0.3, 0.15, 0.0, 0.0])
    sources = populations(6)
    target = rng.multinomial(300, blend(truth, sources)) / 300
    sampled = rng.multinomial(1000, sources) / 1000
    found = mixture_weights(target, sampled, method=method)
    assert found.weights == pytest.approx(truth, abs=0.05)
    assert found.weights.sum() == pytest.approx(1)
    assert found.items == 60
    exact = mixture_weights(blend(truth, sources), sources, method=method)
    assert exact.weights == pytest.approx(truth, abs=2e-3)
    assert exact.distance < 1e-3


@given(st.integers(0, 200))
def test_least_squares_is_the_optimum_on_the_simplex(seed):
    sources, target = populations(4, 6, 3, 1.0, seed), populations(1, 6, 3, 1.0, seed + 1000)[0]
    found = mixture_weights(target, sources, method="least_squares")
    other = minimize(
        lambda w: np.square(blend(w, sources) - target).sum(),
        np.full(4, 0.25),
        bounds=[(0, 1)] * 4,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert 6 * found.distance**2 <= other.fun + 1e-9
    assert found.weights == pytest.approx(other.x, abs=2e-3)
    assert (found.weights >= 0).all()


def test_likelihood_is_the_optimum_and_says_how_near():
    sources, target = populations(5, 20, 4, 1.0, 3), populations(1, 20, 4, 1.0, 4)[0]
    found = mixture_weights(target, sources, method="likelihood")
    assert found.gap <= 1e-7

    def loss(w):
        return -(target * np.log2(blend(w, sources))).sum() / 20

    other = minimize(
        loss,
        np.full(5, 0.2),
        bounds=[(0, 1)] * 5,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert loss(found.weights) <= other.fun + 2e-7
    assert loss(found.weights) >= other.fun - 2e-7


def test_noise_of_a_source_does_not_cost_it_weight_once_it_is_known():
    rng = np.random.default_rng(5)
    truth, sources = np.array([0.5, 0.5]), populations(2, 200, seed=6)
    size = 15
    raw, fair = [], []
    for _ in range(60):
        noisy = np.stack([rng.multinomial(size, sources[0]) / size, sources[1]])
        noise = [((1 - np.square(noisy[0]).sum(-1)) / (size - 1)).mean(), 0.0]
        target = blend(truth, sources)
        raw.append(mixture_weights(target, noisy, method="least_squares").weights[0])
        fair.append(mixture_weights(target, noisy, method="least_squares", source_noise=noise).weights[0])
    assert np.mean(raw) < 0.46
    assert np.mean(fair) == pytest.approx(0.5, abs=0.015)


def test_items_without_all_sides_are_left_out_and_weights_of_items_count():
    sources = populations(3, 10, seed=7)
    target = blend([0.2, 0.3, 0.5], sources)
    holes = sources.copy()
    holes[1, 4] = np.nan
    target[7] = np.nan
    found = mixture_weights(target, holes, method="least_squares")
    assert found.items == 8
    assert found.weights == pytest.approx([0.2, 0.3, 0.5], abs=1e-6)
    nothing = mixture_weights(target, np.full_like(sources, np.nan), method="least_squares")
    assert nothing.items == 0
    assert np.isnan(nothing.weights).all()
    split = np.stack([blend([1, 0, 0], sources)[0], blend([0, 1, 0], sources)[1]])
    only = mixture_weights(split, sources[:, :2], method="least_squares", item_weights=[1.0, 0.0])
    assert only.weights == pytest.approx([1, 0, 0], abs=1e-6)
    assert only.items == 1


def test_one_source_takes_all_the_weight():
    sources = populations(1, 5)
    assert mixture_weights(populations(1, 5, seed=9)[0], sources, method="least_squares").weights.tolist() == [1]


def test_separation_sees_a_population_that_the_others_imitate():
    sources = populations(4, seed=10)
    imitated = np.concatenate([sources, blend([0.5, 0.5, 0, 0], sources)[None]])
    found = separation(imitated)
    assert found[4] == pytest.approx(0, abs=1e-6)
    assert (found[2:4] > 0.1).all()
    with pytest.raises(ValueError, match="at least 2"):
        separation(sources[:1])


def test_close_neighbours_are_merged_and_far_ones_are_not():
    sources = populations(3, seed=11)
    nudge = np.random.default_rng(12).dirichlet(np.full(5, 2.0), 60)
    near = 0.97 * sources[0] + 0.03 * nudge
    table = np.stack([sources[1], sources[0], sources[2], near])
    groups = close_groups(table, 0.05)
    assert groups.tolist() == [0, 1, 2, 1]
    merged = merged_sources(table, groups)
    assert merged[1] == pytest.approx((sources[0] + near) / 2)
    assert close_groups(table, 0.0).tolist() == [0, 1, 2, 3]
    assert close_groups(table, 2.0).tolist() == [0, 0, 0, 0]
    apart = table.copy()
    apart[0, 30:], apart[1, :30] = np.nan, np.nan
    assert close_groups(apart[:2], 2.0).tolist() == [0, 1]
    assert close_groups(table[:1], 0.1).tolist() == [0]


def test_a_chain_of_neighbours_is_not_one_group():
    ends = populations(2, seed=13)
    chain = np.stack([(1 - share) * ends[0] + share * ends[1] for share in (0.0, 0.1, 0.2)])
    step = separation(chain[:2])[0]
    assert len(set(close_groups(chain, 1.1 * step).tolist())) == 2
    assert close_groups(chain, 2.1 * step).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda t, s: mixture_weights(t[:1], s, method="least_squares"), "target"),
        (lambda t, s: mixture_weights(t, s, method="magic"), "method"),
        (lambda t, s: mixture_weights(t, s, method="least_squares", item_weights=[1.0]), "item_weights"),
        (lambda t, s: mixture_weights(t, s, method="least_squares", source_noise=[-1.0, 0]), "source_noise"),
        (lambda t, s: close_groups(s, -1.0), "threshold"),
        (lambda t, s: merged_sources(s, [0, 2]), "without gaps"),
        (lambda t, s: mixture_weights([[0, 1.0]], [[[1.0, 0]], [[1.0, 0]]], method="likelihood"), "no source"),
    ],
)
def test_what_has_no_mixture_is_refused(call, line):
    sources = populations(2, 3)
    with pytest.raises(ValueError, match=line):
        call(sources[0], sources)
