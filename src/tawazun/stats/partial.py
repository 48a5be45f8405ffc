"""Does one ranking follow another beyond what a third explains? Partial rank correlation with a permutation test.

With ranks residualised on a third ranking nothing is exactly exchangeable any more: the test of Freedman and Lane,
which shuffles residuals, is approximate, and the better the more things are ranked.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from tawazun.stats.permutation import Shuffled
from tawazun.stats.ranks import orders

# what is left of a ranking after the third is taken out is nothing below this share of it
NOTHING = 1e-9
TIE = 1e-9


def partial_rank_correlation(x: ArrayLike, y: ArrayLike, given: ArrayLike, rounding: int | None) -> np.ndarray:
    """Correlation of the ranks of x and y after the ranks of a third scoring are taken out of both.

    Shapes   x, y, given: (..., C), leading axes broadcast, C at least 3. Returns (...).
    Returns  [-1, 1]; NaN where x or y is a function of the third ranking (nothing is left), or any score is NaN.
    Unit     none.
    Errors   ValueError for fewer than 3 things, other lengths, or infinite scores.
    Source   Spearman (1904) and Yule (1907), partial correlation, on ranks (ties share their mean rank).

    >>> round(float(partial_rank_correlation([1, 2, 3, 4.0], [2, 1, 4, 3.0], [1, 1, 2, 2.0], rounding=6)), 6)
    -1.0
    """
    first, second = _left(x, y, given, rounding)
    below = np.sqrt(np.square(first).sum(axis=-1) * np.square(second).sum(axis=-1))
    return np.divide((first * second).sum(axis=-1), below, out=np.full(below.shape, np.nan), where=below > 0)


def partial_permutation(
    x: ArrayLike, y: ArrayLike, given: ArrayLike, *, rounding: int | None, limit: int, seed: int, draws: int = 9999
) -> Shuffled:
    """One-sided test of the mean partial rank correlation over several scorings of the same things.

    What a third scoring leaves of y is shuffled over the things, for all scorings at once, added back to what it
    explains, and the correlation taken again.

    Shapes   x, y, given: (D, C) scorings of the same C things, without NaN.
    Returns  Shuffled with the mean over the scorings that are defined; all C! orders when there are at most `limit`.
    Unit     value: correlation; p: probability.
    Errors   as `partial_rank_correlation`; ValueError for other shapes or a NaN.
    Source   Freedman & Lane (1983), J. Bus. Econ. Stat. 1(4); approximate.
    """
    tables = [np.asarray(part, dtype=float) for part in (x, y, given)]
    if any(part.ndim != 2 or part.shape != tables[0].shape or np.isnan(part).any() for part in tables):
        raise ValueError(f"need three (scorings, things) tables without NaN, got {[part.shape for part in tables]}")
    first_scores, second_scores, third_scores = tables
    each = partial_rank_correlation(first_scores, second_scores, third_scores, rounding)
    usable = ~np.isnan(each)
    shuffles, exact = orders(tables[0].shape[1], limit, draws, seed)
    how = f"all {len(shuffles)} orders" if exact else f"{draws} random orders, add-one"
    method = f"Freedman-Lane shuffles of what recall leaves, {how}; one-sided, approximate"
    if not usable.any():
        nothing = np.array(np.nan)
        return Shuffled(nothing, nothing, nothing, len(shuffles), exact, method)
    first, second = (part[usable] for part in _left(first_scores, second_scores, third_scores, rounding))
    basis = _basis(_ranks(third_scores, rounding)[usable])
    total = np.zeros(len(shuffles))
    for own, other, third in zip(first, second, basis, strict=True):
        shuffled = other[shuffles]
        shuffled = shuffled - (shuffled @ third.T) @ third
        below = np.sqrt(np.square(own).sum() * np.square(shuffled).sum(axis=-1))
        total += np.divide(shuffled @ own, below, out=np.zeros(len(shuffles)), where=below > NOTHING)
    means, value = total / len(first), float(each[usable].mean())
    p, least = (means >= value - TIE).mean(), (means >= means.max() - TIE).mean()
    return Shuffled(np.array(value), np.array(p), np.array(least), len(shuffles), exact, method)


def _ranks(values: ArrayLike, rounding: int | None) -> np.ndarray:
    scores = np.asarray(values, dtype=float)
    if scores.ndim == 0 or scores.shape[-1] < 3:
        raise ValueError(f"a partial correlation needs at least 3 things on the last axis, got shape {scores.shape}")
    if np.isinf(scores).any():
        raise ValueError("a score is infinite")
    rounded = scores if rounding is None else np.round(scores, rounding) + 0.0
    ranks = rankdata(rounded, axis=-1)
    return np.where(np.isnan(scores).any(axis=-1, keepdims=True), np.nan, ranks)


def _basis(ranks: np.ndarray) -> np.ndarray:
    """(..., 2, C) orthonormal rows that span the constant and a ranking; the second is 0 for a constant ranking."""
    count = ranks.shape[-1]
    flat = np.full(ranks.shape, 1 / np.sqrt(count))
    centred = ranks - ranks.mean(axis=-1, keepdims=True)
    length = np.sqrt(np.square(centred).sum(axis=-1, keepdims=True))
    lean = np.divide(centred, length, out=np.zeros(centred.shape), where=length > NOTHING)
    return np.stack([flat, lean], axis=-2)


def _left(x: ArrayLike, y: ArrayLike, given: ArrayLike, rounding: int | None) -> tuple[np.ndarray, np.ndarray]:
    """What the third ranking leaves of the two others; all 0 where that is nothing, NaN where a score is NaN."""
    ranked = np.broadcast_arrays(*(_ranks(part, rounding) for part in (x, y, given)))
    third = _basis(np.nan_to_num(ranked[2]))
    found = []
    for ranks in ranked[:2]:
        inside = np.einsum("...kc,...c->...k", third, ranks)
        rest = ranks - np.einsum("...kc,...k->...c", third, inside)
        size = np.sqrt(np.square(ranks).sum(axis=-1, keepdims=True))
        nothing = np.sqrt(np.square(rest).sum(axis=-1, keepdims=True)) <= NOTHING * size
        found.append(np.where(nothing, 0.0, rest) + 0.0 * ranked[2])
    return found[0], found[1]
