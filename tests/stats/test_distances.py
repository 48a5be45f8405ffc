"""Distances agree with SciPy, keep the properties they are named for, and the bias formula holds under simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from scipy.spatial.distance import jensenshannon

from tawazun.stats.distances import (
    energy_distance,
    entropy,
    js_bias,
    js_distance,
    js_divergence,
    js_noise_bias,
    kl_divergence,
    kogut_singh,
    total_variation,
    w1_similarity,
    wasserstein1,
)


@st.composite
def pairs(draw, rows=2):
    """Rows of shares over the same 2 to 8 options, with zeros, and distinct codes in any order."""
    width = draw(st.integers(2, 8))
    weights = draw(
        arrays(float, (rows, width), elements=st.one_of(st.just(0.0), st.floats(1e-6, 1.0))).filter(
            lambda w: (w.sum(axis=1) > 0).all()
        )
    )
    codes = draw(st.lists(st.integers(-20, 20), min_size=width, max_size=width, unique=True))
    return weights / weights.sum(axis=1, keepdims=True), np.array(codes, dtype=float)


@given(pairs())
def test_js_agrees_with_scipy_and_is_a_bounded_symmetric_distance(drawn):
    (p, q), _ = drawn
    assert js_distance(p, q) == pytest.approx(jensenshannon(p, q, base=2), abs=3e-8)
    assert js_divergence(p, q) == pytest.approx(js_distance(p, q) ** 2)
    assert js_distance(p, q) == js_distance(q, p)
    assert 0 <= js_distance(p, q) <= 1
    assert js_distance(p, p) == 0


@given(pairs(rows=3), st.randoms(use_true_random=False))
def test_js_keeps_the_triangle_and_forgets_the_order_of_options(drawn, random):
    (p, q, r), _ = drawn
    assert js_distance(p, r) <= js_distance(p, q) + js_distance(q, r) + 1e-12
    order = list(range(len(p)))
    random.shuffle(order)
    assert js_distance(p[order], q[order]) == pytest.approx(js_distance(p, q), abs=1e-12)


def test_js_is_accurate_for_near_and_for_vanishing_shares():
    p = np.array([0.3, 0.7])
    step = 1e-9
    q = p + np.array([step, -step])
    expected = step**2 / (8 * np.log(2)) * (1 / p).sum()  # second-order expansion
    assert js_divergence(p, q) == pytest.approx(expected, rel=1e-6)
    tiny = np.array([1 - 1e-12, 1e-12])
    assert js_divergence([0.5, 0.5], tiny) == pytest.approx(js_divergence([0.5, 0.5], [1.0, 0.0]), rel=1e-9)


def test_js_of_one_option_moved_is_base_two_and_not_natural():
    assert js_divergence([1, 0, 0], [0, 0.5, 0.5]) == 1.0
    assert js_divergence([1.0, 0], [0.5, 0.5]) == pytest.approx(0.75 * np.log2(4 / 3))


@given(pairs())
def test_w1_and_energy_agree_with_scipy_on_unsorted_codes(drawn):
    (p, q), codes = drawn
    assert wasserstein1(p, q, codes) == pytest.approx(stats.wasserstein_distance(codes, codes, p, q), abs=1e-9)
    assert energy_distance(p, q, codes) == pytest.approx(stats.energy_distance(codes, codes, p, q), abs=1e-7)
    assert w1_similarity(p, q, codes) == pytest.approx(1 - wasserstein1(p, q, codes) / np.ptp(codes), abs=1e-12)
    assert wasserstein1(p, q, codes) == pytest.approx(wasserstein1(q, p, codes), abs=1e-12)
    assert wasserstein1(p, p, codes) == 0
    assert w1_similarity(p, p, codes) == 1


@given(pairs(), st.floats(0.1, 9), st.floats(-5, 5))
def test_w1_similarity_forgets_direction_and_unit_of_the_scale(drawn, stretch, shift):
    (p, q), codes = drawn
    expected = w1_similarity(p, q, codes)
    assert w1_similarity(p, q, -codes) == pytest.approx(expected, abs=1e-12)
    assert w1_similarity(p, q, stretch * codes + shift) == pytest.approx(expected, abs=1e-9)


def test_w1_grows_as_mass_moves_away_and_js_does_not_see_the_distance():
    start = np.array([1.0, 0, 0, 0])
    away = np.eye(4)[1:]
    assert wasserstein1(start, away, [1, 2, 3, 7]).tolist() == [1, 2, 6]
    assert js_distance(start, away).tolist() == [1, 1, 1]


def test_w1_similarity_divides_by_the_length_of_the_scale_not_by_the_number_of_options():
    ends = np.eye(5)[[0, 4]]
    assert w1_similarity(ends[0], ends[1], [1, 2, 3, 4, 5]) == 0
    assert w1_similarity(ends[0], np.full(5, 0.2), [1, 2, 3, 4, 5]) == pytest.approx(0.5)


def test_padding_is_marked_by_nan_codes_and_nominal_items_have_no_w1():
    p, q = np.array([[0.5, 0.5, 0], [0.2, 0.3, 0.5]]), np.array([[0.1, 0.9, 0], [1.0, 0, 0]])
    codes = np.array([[1, 2, np.nan], [np.nan, np.nan, np.nan]])
    assert wasserstein1(p, q, codes)[0] == pytest.approx(0.4)
    assert np.isnan(wasserstein1(p, q, codes)[1])
    assert w1_similarity(p, q, codes)[0] == pytest.approx(0.6)
    assert np.isnan(w1_similarity(p, q, codes)[1])
    with pytest.raises(ValueError, match="mass on an option whose code is NaN"):
        wasserstein1([0.2, 0.3, 0.5], [1.0, 0, 0], [1, 2, np.nan])
    repeated = w1_similarity([0.5, 0.5, 0, 0], [1.0, 0, 0, 0], [1, 2, 2, 2])
    assert repeated == w1_similarity([0.5, 0.5], [1.0, 0], [1, 2]) == 0.5
    with pytest.raises(ValueError, match="infinite"):
        wasserstein1([0.5, 0.5], [1.0, 0], [1, np.inf])
    with pytest.raises(ValueError, match="each of 2 options"):
        wasserstein1([0.5, 0.5], [1.0, 0], [1, 2, 3])


@given(pairs())
def test_total_variation_kl_and_entropy_agree_with_plain_definitions(drawn):
    (p, q), _ = drawn
    assert total_variation(p, q) == pytest.approx(np.clip(p - q, 0, None).sum(), abs=1e-12)
    assert entropy(p) == pytest.approx(stats.entropy(p, base=2), abs=1e-9)
    width = len(p)
    mixed = [0.9 * x + 0.1 / width for x in (p, q)]
    assert kl_divergence(p, q, smoothing=0.1) == pytest.approx(stats.entropy(*mixed, base=2), abs=1e-9)
    # Pinsker's inequality ties the two, in bits
    assert kl_divergence(p, q, smoothing=0.0) >= 2 * total_variation(p, q) ** 2 / np.log(2) - 1e-9


def test_kl_is_infinite_without_smoothing_and_padding_takes_no_mass():
    assert kl_divergence([0.5, 0.5], [1.0, 0.0], smoothing=0.0) == np.inf
    padded = kl_divergence([0.5, 0.5, 0], [1.0, 0, 0], smoothing=0.1, options=2)
    assert padded == pytest.approx(kl_divergence([0.5, 0.5], [1.0, 0], smoothing=0.1))
    assert np.isnan(kl_divergence([1.0, 0.0], [np.nan, np.nan], smoothing=0.0))
    with pytest.raises(ValueError, match="smoothing"):
        kl_divergence([1.0, 0], [1.0, 0], smoothing=1.0)
    with pytest.raises(ValueError, match="options must lie"):
        kl_divergence([1.0, 0], [1.0, 0], smoothing=0.1, options=3)


def test_kogut_singh_divides_by_the_panel_variance():
    assert kogut_singh([40, 91.0], [80, 20.0], [400, 500.0]) == pytest.approx((1600 / 400 + 71**2 / 500) / 2)
    with pytest.raises(ValueError, match="variances"):
        kogut_singh([1.0], [2.0], [0.0])


@pytest.mark.parametrize("function", [js_divergence, js_distance, total_variation])
def test_missing_rows_stay_missing_and_leading_axes_broadcast(function):
    rng = np.random.default_rng(3)
    p, q = rng.dirichlet(np.ones(4), size=(5, 1, 3)), rng.dirichlet(np.ones(4), size=(7, 3))
    p[2, 0, 1] = np.nan
    found = function(p, q)
    assert found.shape == (5, 7, 3)
    assert np.isnan(found[2, :, 1]).all()
    assert np.isnan(found).sum() == 7
    assert found[4, 6, 2] == pytest.approx(function(p[4, 0, 2], q[6, 2]))


@pytest.mark.parametrize(
    ("p", "line"),
    [
        ([0.5, 0.499], "row () sums to 0.999"),
        ([0.0, 0.0], "sums to 0"),
        ([1.2, -0.2], "negative share"),
        ([np.inf, 0.0], "sums to inf"),
        ([0.5, 0.3, 0.2], "3 options and q 2"),
        ([], "options on its last axis"),
    ],
)
def test_what_is_not_a_distribution_is_refused_by_name(p, line):
    with pytest.raises(ValueError) as caught:
        js_divergence(p, [0.5, 0.5])
    assert line in str(caught.value)


def test_bias_at_equality_is_k_minus_one_over_8_n_ln_2_per_side():
    for width in (2, 5, 10):
        p = np.full(width, 1 / width)
        one = (width - 1) / (8 * 50 * np.log(2))
        assert js_bias(p, p, 50, None) == pytest.approx(one)
        assert js_bias(p, p, 50, 50) == pytest.approx(2 * one)
    skewed = np.array([0.7, 0.2, 0.1])
    assert js_bias(skewed, skewed, 50, np.inf) == pytest.approx(2 / (8 * 50 * np.log(2)))


def test_bias_is_what_simulation_finds_on_each_side():
    rng = np.random.default_rng(11)
    p, q = np.array([0.5, 0.3, 0.15, 0.05]), np.array([0.2, 0.2, 0.3, 0.3])
    truth = js_divergence(p, q)
    for n_p, n_q in ((200, np.inf), (np.inf, 200), (200, 300)):
        a = p if np.isinf(n_p) else rng.multinomial(n_p, p, size=200_000) / n_p
        b = q if np.isinf(n_q) else rng.multinomial(n_q, q, size=200_000) / n_q
        plugged = js_divergence(a, b)
        noise = plugged.std() / np.sqrt(len(plugged))
        assert plugged.mean() - truth == pytest.approx(js_bias(p, q, n_p, n_q), abs=4 * noise + 2e-5)
        corrected = plugged - js_bias(a, b, n_p, n_q)
        assert abs(corrected.mean() - truth) < 0.15 * (plugged.mean() - truth)


def test_bias_leaves_out_options_a_side_never_chose_and_keeps_unknown_sizes_unknown():
    p, q = np.array([0.5, 0.5, 0.0]), np.array([0.5, 0.5, 0.0])
    assert js_bias(p, q, 40, None) == pytest.approx(1 / (8 * 40 * np.log(2)))
    assert js_bias([1.0, 0.0], [0.0, 1.0], 40, 40) == 0
    # an exactly known zero has no sampling error, whatever the other side holds
    assert js_bias([1.0, 0.0], [0.5, 0.5], 40, None) == 0
    assert np.isnan(js_bias(p, q, np.nan, 40))
    assert js_bias(p, q, np.array([10.0, 20.0]), None).shape == (2,)
    with pytest.raises(ValueError, match="n_q must be positive"):
        js_bias(p, q, 10, 0)


@given(pairs(), st.integers(2, 500), st.integers(2, 500))
def test_noise_bias_with_multinomial_variance_is_the_bias_of_samples(drawn, n_p, n_q):
    (p, q), _ = drawn
    found = js_noise_bias(p, q, p * (1 - p) / n_p, q * (1 - q) / n_q)
    assert found == pytest.approx(js_bias(p, q, n_p, n_q), abs=1e-9)


def test_noise_bias_is_what_averages_over_framings_show():
    rng = np.random.default_rng(21)
    q = np.array([0.2, 0.3, 0.5])
    framings = rng.dirichlet(30 * np.array([0.5, 0.3, 0.2]), size=(40_000, 6))
    variance = framings.reshape(-1, 3).var(axis=0) / 6
    centre = np.array([0.5, 0.3, 0.2])
    shift = js_divergence(framings.mean(axis=1), q).mean() - js_divergence(centre, q)
    assert js_noise_bias(centre, q, variance, np.zeros(3)) == pytest.approx(shift, rel=0.15)
    with pytest.raises(ValueError, match="negative"):
        js_noise_bias(centre, q, -variance, variance)
