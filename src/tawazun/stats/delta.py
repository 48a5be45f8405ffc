"""Standard errors of closeness from the human side by the delta method: no draws, exact to first order."""

import numpy as np

from tawazun.stats.distances import wasserstein1 as wasserstein
from tawazun.stats.shares import row_sums


def js_divergence_gradient(p: np.ndarray, h: np.ndarray) -> np.ndarray:
    """Gradient of the base-2 JS divergence of (p, h) with respect to h, up to a constant per distribution.

    Shapes   p, h: (..., K), broadcast. Returns (..., K); 0 where h is 0 (nobody there to be resampled).
    Unit     bits per unit of probability
    Source   d/dh_k of ½ Σ h log2(h/m) + ½ Σ p log2(p/m) with m = (p + h)/2 is ½ log2(h_k/m_k).
    """
    middle = (p + h) / 2
    ratio = np.divide(h, middle, out=np.ones(np.broadcast(h, middle).shape), where=h > 0)
    return 0.5 * np.log2(ratio)


def js_distance_gradient(p: np.ndarray, h: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Gradient of the JS distance (root of the divergence) with respect to h; 0 where the distance is 0.

    Shapes   p, h: (..., K); distance: (...)
    """
    twice = 2 * np.where(distance > 1e-9, distance, np.inf)
    return js_divergence_gradient(p, h) / twice[..., None]


def w1_gradient(p: np.ndarray, h: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Gradient of the first Wasserstein distance with respect to h, up to a constant per distribution.

    Shapes   p, h: (..., K); codes: (..., K), in any order, padded cells must hold no mass and a code between the ends
    Unit     code units per unit of probability
    Source   W1 = Σ |F_p - F_h| gap over sorted codes; moving mass to code k lowers F_h below k.
    """
    gaps = np.diff(codes, axis=-1)
    if (gaps < 0).any():
        shape = np.broadcast(p, h, codes).shape
        order = np.broadcast_to(np.argsort(codes, axis=-1), shape)
        model, people, places = (np.take_along_axis(np.broadcast_to(x, shape), order, axis=-1) for x in (p, h, codes))
        return np.take_along_axis(w1_gradient(model, people, places), np.argsort(order, axis=-1), axis=-1)
    lead = np.sign(np.cumsum(p - h, axis=-1)[..., :-1]) * gaps
    above = np.cumsum(lead[..., ::-1], axis=-1)[..., ::-1]
    return -np.concatenate([above, np.zeros((*above.shape[:-1], 1))], axis=-1)


def multinomial_variance(gradient: np.ndarray, h: np.ndarray, n_eff: np.ndarray) -> np.ndarray:
    """Variance of a function of sampled shares, to first order.

    Shapes   gradient, h: (..., K); n_eff: (...). Returns (...)
    Errors   none; n_eff of inf gives 0, NaN gives NaN.
    Source   Var = (Σ h g² - (Σ h g)²) / n, the multinomial covariance in the direction of the gradient.
    """
    moved = h * gradient
    mean, square = row_sums(moved), row_sums(moved * gradient)
    return np.maximum(square - mean**2, 0.0) / n_eff


def js_noise(h: np.ndarray, n_eff: np.ndarray) -> np.ndarray:
    """What the JS divergence of two equal distributions is on average when h is sampled from n_eff people.

    Shapes   h: (..., K); n_eff: (...). Returns (...), bits; cells that nobody chose count for nothing.
    Source   (K - 1) / (8 n ln 2): the expectation of the quadratic form that the divergence is near zero.
    """
    cells = row_sums(h > 0)
    return np.maximum(cells - 1, 0) / (8 * n_eff * np.log(2))


def js_divergence_variance(p: np.ndarray, h: np.ndarray, n_eff: np.ndarray) -> np.ndarray:
    """Variance of the JS divergence from the human side, to second order, so that equal distributions have some too.

    Source   delta method plus the variance of the quadratic form, 2 (K - 1) / (8 n ln 2)^2.
    """
    noise = js_noise(h, n_eff)
    cells = np.maximum(row_sums(h > 0) - 1, 1)
    return multinomial_variance(js_divergence_gradient(p, h), h, n_eff) + 2 * noise**2 / cells


def js_distance_variance(p: np.ndarray, h: np.ndarray, n_eff: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Variance of the JS distance from the human side; near zero the noise itself stands in for the divergence.

    Shapes   p, h: (..., K); n_eff, distance: (...). Returns (...)
    Source   Var(root J) = Var(J) / (4 J), with J at least its own expectation under equal distributions.
    """
    floor = np.maximum(distance**2, js_noise(h, n_eff))
    variance = js_divergence_variance(p, h, n_eff)
    return np.divide(variance, 4 * floor, out=np.zeros_like(variance), where=~(floor == 0))


def w1_variance(p: np.ndarray, h: np.ndarray, codes: np.ndarray, n_eff: np.ndarray) -> np.ndarray:
    """Variance of W1 from the human side; where the two sides touch, at least that of a folded normal.

    Shapes   p, h: (..., K); codes: (..., K) sorted or not; n_eff: (...). Returns (...), code units squared.
    Source   delta method; |x| of a centred normal x has variance (1 - 2/pi) Var(x), summed as if fully correlated.
    """
    gaps = np.diff(codes, axis=-1)
    if (gaps < 0).any():
        order = np.argsort(codes, axis=-1)
        shape = np.broadcast(p, h, codes).shape
        order = np.broadcast_to(order, shape)
        people, model, places = (np.take_along_axis(np.broadcast_to(x, shape), order, axis=-1) for x in (h, p, codes))
        return w1_variance(model, people, places, n_eff)
    below = np.cumsum(h, axis=-1)[..., :-1]
    each = gaps * np.sqrt(np.maximum(below * (1 - below), 0.0) / n_eff[..., None])
    touching = (1 - 2 / np.pi) * each.sum(axis=-1) ** 2
    near = wasserstein(p, h, codes) < each.sum(axis=-1)
    first = multinomial_variance(w1_gradient(p, h, codes), h, n_eff)
    return np.where(near, np.maximum(first, touching), first)
