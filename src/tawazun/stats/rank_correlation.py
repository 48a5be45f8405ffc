"""Spearman's rank correlation over many draws at once."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata


def spearman(x: ArrayLike, y: ArrayLike) -> np.ndarray:
    """Spearman's correlation between two scorings of the same things, ties sharing their mean rank.

    Shapes   x, y: (..., N), leading axes broadcast. Returns (...).
    Returns  [-1, 1]; NaN where either side is constant or fewer than two things have both scores. Things with a NaN on
             either side are left out of that row.
    Unit     none.
    Errors   ValueError when the lengths differ, N < 2, or a score is infinite.
    Source   Spearman (1904), American Journal of Psychology 15(1).

    >>> round(float(spearman([1, 2, 3, 4], [10, 30, 20, 40])), 6)
    0.8
    """
    first, second = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if min(first.ndim, second.ndim) < 1 or first.shape[-1] != second.shape[-1] or first.shape[-1] < 2:
        raise ValueError(f"x and y must score the same two or more things, got {first.shape} and {second.shape}")
    if np.isinf(first).any() or np.isinf(second).any():
        raise ValueError("a score is infinite")
    first, second = np.broadcast_arrays(first, second)
    gone = np.isnan(first) | np.isnan(second)
    a, b = (
        _centred(rankdata(np.where(gone, np.nan, one), axis=-1, nan_policy="omit"), gone) for one in (first, second)
    )
    scale = np.sqrt(np.square(a).sum(axis=-1) * np.square(b).sum(axis=-1))
    found = np.divide((a * b).sum(axis=-1), scale, out=np.full(scale.shape, np.nan), where=scale > 1e-12)
    return np.asarray(np.clip(found, -1.0, 1.0))


def _centred(ranks: np.ndarray, gone: np.ndarray) -> np.ndarray:
    """Ranks less their mean over the things that are there; 0 elsewhere."""
    count = np.maximum((~gone).sum(axis=-1, keepdims=True), 1)
    kept = np.where(gone, 0.0, ranks)
    return np.where(gone, 0.0, kept - kept.sum(axis=-1, keepdims=True) / count)


def spearman_table(x: ArrayLike, y: ArrayLike) -> np.ndarray:
    """Spearman's correlation of every scoring of one side with every scoring of the other; each is ranked once.

    Shapes   x: (B, N); y: (C, N), without NaN. Returns (B, C).
    Returns  as `spearman`.
    Unit     none.
    Errors   ValueError as for `spearman`, or for a NaN.
    Source   as `spearman`.

    >>> spearman_table([[1, 2, 3, 4]], [[10, 30, 20, 40], [4, 3, 2, 1]]).round(6).tolist()
    [[0.8, -1.0]]
    """
    first, second = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if first.ndim != 2 or second.ndim != 2 or first.shape[-1] != second.shape[-1] or first.shape[-1] < 2:
        raise ValueError(f"x and y must be (scorings, things) of two or more things, got {first.shape}, {second.shape}")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("every thing needs a finite score on both sides")
    sides = []
    for one in (first, second):
        ranks = np.asarray(rankdata(one, axis=-1))
        moved = ranks - ranks.mean(axis=-1, keepdims=True)
        sides.append((moved, np.square(moved).sum(axis=-1)))
    (a, of_a), (b, of_b) = sides
    scale = np.sqrt(of_a[:, None] * of_b)
    found = np.divide(a @ b.T, scale, out=np.full(scale.shape, np.nan), where=scale > 1e-12)
    return np.asarray(np.clip(found, -1.0, 1.0))
