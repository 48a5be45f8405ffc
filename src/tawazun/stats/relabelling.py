"""Does one side of a comparison belong to the other, place by place? Labels of one side are shuffled."""

import numpy as np
from numpy.typing import ArrayLike

from tawazun.stats.permutation import TIE, Shuffled
from tawazun.stats.ranks import orders


def matched_mean(table: ArrayLike, *, limit: int, seed: int, draws: int = 9999) -> Shuffled:
    """Mean agreement of matched pairs against what it is when the labels of one side are shuffled; one-sided, high.

    Shapes   table: (C, C), agreement of each thing of one side with each of the other; the diagonal is the match.
    Returns  Shuffled with the mean of the diagonal; NaN when an entry is NaN. All C! relabellings are used when there
             are at most `limit`, else `draws` random ones plus the observed one.
    Unit     value: that of the table; p: probability.
    Errors   ValueError when the table is not square or smaller than 2.
    Source   Ojala & Garriga (2010), J. Mach. Learn. Res. 11, test 1.

    >>> found = matched_mean([[1.0, 0.0], [0.0, 1.0]], limit=2, seed=0)
    >>> float(found.value), float(found.p)
    (1.0, 0.5)
    """
    square = np.asarray(table, dtype=float)
    if square.ndim != 2 or square.shape[0] != square.shape[1] or len(square) < 2:
        raise ValueError(f"the table must be (C, C) with at least 2 things, got shape {square.shape}")
    shuffles, exact = orders(len(square), limit, draws, seed)
    how = f"all {len(shuffles)} relabellings" if exact else f"{draws} random relabellings, add-one"
    method = f"mean of matched pairs, {how}; greater"
    if np.isnan(square).any():
        nothing = np.array(np.nan)
        return Shuffled(nothing, nothing, nothing, len(shuffles), exact, method)
    found = square[np.arange(len(square)), shuffles].mean(axis=1)
    slack = TIE * max(float(np.abs(square).max()), np.finfo(float).tiny)
    p, least = (found >= found[0] - slack).mean(), (found >= found.max() - slack).mean()
    return Shuffled(np.array(found[0]), np.array(p), np.array(least), len(shuffles), exact, method)
