"""Agreement of raters from how often each unit got each label, with units drawn again by weights.

Who gave which label need not be known: Krippendorff's alpha uses counts only. Everything is a function of sums over
units, so that a bootstrap is one matrix product.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from tawazun.stats.shares import check_level


def alpha_of_counts(
    counts: ArrayLike, codes: ArrayLike, scale: Literal["nominal", "interval"], weights: ArrayLike | None = None
) -> np.ndarray:
    """Krippendorff's alpha from counts of labels, of the units as they are or drawn again.

    Shapes   counts: (U, C) ratings of each unit with each code; units with fewer than two say nothing and are left out.
             codes: (C,); weights: (D, U) how often each unit enters a draw. Returns (D,), or () without weights.
    Returns  (-inf, 1]; NaN where no two ratings meet or all are the same.
    Unit     none.
    Errors   ValueError when the shapes do not fit, or for another scale.
    Source   Krippendorff (2011), Computing Krippendorff's Alpha-Reliability; its interval: bootstrap of units.

    >>> float(alpha_of_counts([[2, 0, 0], [0, 2, 0], [0, 0, 2], [0, 1, 1]], [1, 2, 3], "nominal"))
    0.6666666666666667
    """
    given, values = np.asarray(counts, dtype=float), np.asarray(codes, dtype=float)
    if given.ndim != 2 or values.shape != given.shape[1:]:
        raise ValueError(f"counts are (units, codes) with one code a column, got {given.shape} and {values.shape}")
    if scale not in ("nominal", "interval"):
        raise ValueError(f"scale must be 'nominal' or 'interval', got {scale!r}")
    size = given.sum(axis=1)
    meet = size > 1
    inside = _disagreement(given, values, scale) / np.where(meet, size - 1, 1)
    sums = np.where(meet[:, None], np.column_stack([inside, given]), 0.0)
    drawn = np.ones((1, len(sums))) if weights is None else np.asarray(weights, dtype=float)
    if drawn.ndim != 2 or drawn.shape[1] != len(sums):
        raise ValueError(f"weights are (draws, {len(sums)}), got {drawn.shape}")
    total = drawn @ sums
    observed, margin = total[:, 0], total[:, 1:]
    n = margin.sum(axis=1)
    expected = _disagreement(margin, values, scale) / np.where(n > 1, n - 1, 1)
    there = (n > 1) & (expected > 1e-12)
    found = 1 - np.divide(observed, expected, out=np.full(len(n), np.nan), where=there)
    return found if weights is not None else found[0]


def _disagreement(counts: np.ndarray, codes: np.ndarray, scale: str) -> np.ndarray:
    """Sum over ordered pairs of ratings of their distance: (...) from (..., C)."""
    size = counts.sum(axis=-1)
    if scale == "nominal":
        return np.asarray(np.square(size) - np.square(counts).sum(axis=-1))
    return np.asarray(2 * size * (counts @ np.square(codes)) - 2 * np.square(counts @ codes))


def kappa_of_units(a: ArrayLike, b: ArrayLike, weights: ArrayLike) -> np.ndarray:
    """Cohen's unweighted kappa of two raters, with units drawn again.

    Shapes   a, b: (U,) labels as numbers; weights: (D, U). Returns (D,).
    Returns  [-1, 1]; NaN in a draw in which both always give one and the same label.
    Unit     none.
    Errors   ValueError when the shapes do not fit.
    Source   Cohen (1960), Educ. Psychol. Meas. 20(1).
    """
    first, second, drawn = np.asarray(a), np.asarray(b), np.asarray(weights, dtype=float)
    if first.ndim != 1 or first.shape != second.shape or drawn.ndim != 2 or drawn.shape[1] != len(first):
        raise ValueError(f"two raters label the same units, got {first.shape}, {second.shape}, {drawn.shape}")
    codes, place = np.unique(np.concatenate([first, second]), return_inverse=True)
    one, other = (np.eye(len(codes))[part] for part in np.split(place, 2))
    n = drawn.sum(axis=1)
    agreed = (drawn @ (one * other).sum(axis=1)) / n
    chance = ((drawn @ one) * (drawn @ other)).sum(axis=1) / np.square(n)
    return np.divide(agreed - chance, 1 - chance, out=np.full(len(n), np.nan), where=chance < 1 - 1e-12)


def spearman_interval(r: float, n: int, level: float) -> tuple[float, float]:
    """Bounds of Spearman's correlation of n things.

    Shapes   scalars.
    Returns  low, high inside [-1, 1]; NaN for n < 4 or a correlation of exactly 1 or -1, which has no error to go by.
    Unit     none.
    Errors   ValueError for a level outside (0, 1).
    Source   Bonett & Wright (2000), Psychometrika 65(1): Fisher's z with variance (1 + r^2 / 2) / (n - 3).

    >>> tuple(round(x, 3) for x in spearman_interval(0.5, 50, 0.95))
    (0.241, 0.692)
    """
    check_level(level)
    if n < 4 or not abs(r) < 1 - 1e-12:
        return float("nan"), float("nan")
    half = float(ndtri((1 + level) / 2)) * np.sqrt((1 + r * r / 2) / (n - 3))
    return float(np.tanh(np.arctanh(r) - half)), float(np.tanh(np.arctanh(r) + half))
