"""Draws and means of F and CR that learn from what succeeded (JADE, SHADE)."""

import numpy as np


def drawn_scales(rng: np.random.Generator, location: np.ndarray) -> np.ndarray:
    """F (n,) from Cauchy(location, 0.1): drawn again while not above 0, cut at 1."""
    scales = np.zeros(location.size)
    while (low := scales <= 0).any():
        scales[low] = location[low] + 0.1 * rng.standard_cauchy(int(low.sum()))
    return np.minimum(scales, 1.0)


def drawn_rates(rng: np.random.Generator, location: np.ndarray) -> np.ndarray:
    """CR (n,) from N(location, 0.1) cut to [0, 1]; 0 where the location is NaN (a memory that ended at 0)."""
    drawn = np.clip(location + 0.1 * rng.standard_normal(location.size), 0.0, 1.0)
    return np.where(np.isnan(location), 0.0, drawn)


def lehmer_mean(values: np.ndarray, weights: np.ndarray) -> float:
    """Weighted sum of squares over weighted sum, for values (s,) that are not all 0.

    >>> lehmer_mean(np.array([1.0, 3.0]), np.array([1.0, 1.0]))
    2.5
    """
    return float((weights * values**2).sum() / (weights * values).sum())


def gain_weights(gains: np.ndarray) -> np.ndarray:
    """Weights (s,) in proportion to improvements (s,) above 0; safe for the largest and smallest of floats."""
    scaled = gains / gains.max()
    return np.asarray(scaled / scaled.sum())
