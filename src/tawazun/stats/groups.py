"""Two groups of models, a model being the unit: permutation inside blocks, and t where there are enough.

A block is a family of models by one developer: they share data and habits, so they are compared with each other first
and every family that has both sides counts once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import comb, prod

import numpy as np
from numpy.typing import ArrayLike

from tawazun.stats.permutation import TIE
from tawazun.stats.shares import check_whole


@dataclass(frozen=True)
class GroupTest:
    """Difference of two groups' means with its tests.

    value        mean over blocks of (mean of the first - mean of the second)
    p_greater    one-sided permutation p of "first above second", p_less of the opposite; NaN when no label can move
    minimum_p    the smallest one-sided p that these sizes allow, ties aside
    se, df       of `value`: Welch's for one block, else over blocks; NaN where there are too few
    used         (N,) models in blocks that have both sides
    shuffles     arrangements looked at; exact when they are all there are
    method       one line
    """

    value: float
    p_greater: float
    p_less: float
    minimum_p: float
    se: float
    df: float
    used: np.ndarray
    shuffles: int
    exact: bool
    method: str


def group_test(
    values: ArrayLike, first: ArrayLike, *, blocks: Sequence[str], limit: int, seed: int, draws: int = 9999
) -> GroupTest:
    """Are models of the first group higher than models of the second? Labels move inside blocks only.

    Shapes   values: (N,); first: (N,) whether a model is of the first group; blocks: N names.
    Returns  GroupTest; value NaN when no block has both sides. All arrangements are used when there are at most
             `limit`, else `draws` random ones and the observed one.
    Unit     value, se: those of the values; p: probability.
    Errors   ValueError for values that are not finite, other lengths, limit or draws < 1.
    Source   Fisher (1935), section 21; blocks: Good (2005), Permutation, Parametric and Bootstrap Tests, ch. 4; Welch
             (1947), Biometrika 34(1-2).

    >>> found = group_test([3.0, 4.0, 5.0, 0.0, 1.0, 2.0], [1, 1, 1, 0, 0, 0], blocks=[""] * 6, limit=100, seed=0)
    >>> found.value, found.p_greater, found.minimum_p
    (3.0, 0.05, 0.05)
    """
    scores, sides, names = np.asarray(values, dtype=float), np.asarray(first, dtype=bool), np.asarray(blocks)
    if scores.ndim != 1 or scores.shape != sides.shape or scores.shape != names.shape or not np.isfinite(scores).all():
        raise ValueError(f"values, first and blocks must be N finite numbers and labels, got shape {scores.shape}")
    check_whole(limit, "limit", 1)
    check_whole(draws, "draws", 1)
    members = [np.flatnonzero(names == name) for name in dict.fromkeys(names.tolist())]
    members = [block for block in members if 0 < sides[block].sum() < len(block)]
    used = np.isin(np.arange(len(scores)), np.concatenate(members) if members else [])
    if not members:
        none = float("nan")
        return GroupTest(none, none, none, none, none, none, used, 0, False, "no block has models of both groups")
    ways = prod(comb(len(block), int(sides[block].sum())) for block in members)
    exact = ways <= limit
    per_block = [_differences(scores[block], sides[block], exact, draws, seed + k) for k, block in enumerate(members)]
    if exact:
        found = np.array([sum(row) for row in product(*per_block)]) / len(members)
    else:
        found = np.mean(per_block, axis=0)
    value = found[0]
    slack = TIE * max(1.0, float(np.abs(scores).max()))
    se, df = _standard_error(scores, sides, members, [float(row[0]) for row in per_block])
    how = f"all {len(found)} arrangements" if exact else f"{draws} random arrangements, add-one"
    inside = f" inside {len(members)} blocks" if len(members) > 1 else ""
    return GroupTest(
        value=float(value),
        p_greater=float((found >= value - slack).mean()),
        p_less=float((found <= value + slack).mean()),
        minimum_p=1 / (ways if exact else draws + 1),
        se=se,
        df=df,
        used=used,
        shuffles=len(found),
        exact=exact,
        method=f"permutation of models{inside}, {how}",
    )


def _differences(scores: np.ndarray, sides: np.ndarray, exact: bool, draws: int, seed: int) -> np.ndarray:
    """Differences of one block under every (or random) choice of its first group, the observed one in front."""
    count, size = len(scores), int(sides.sum())
    if exact:
        observed = tuple(np.flatnonzero(sides).tolist())
        chosen = [observed, *(c for c in combinations(range(count), size) if c != observed)]
        masks = np.array([np.isin(np.arange(count), choice) for choice in chosen])
    else:
        rng = np.random.default_rng(seed)
        masks = np.vstack([sides, rng.permuted(np.tile(sides, (draws, 1)), axis=1)])
    return masks @ scores / size - ~masks @ scores / (count - size)


def _standard_error(
    scores: np.ndarray, sides: np.ndarray, members: Sequence[np.ndarray], each: Sequence[float]
) -> tuple[float, float]:
    if len(members) > 1:
        if len(members) < 3:
            return np.nan, np.nan
        return float(np.std(each, ddof=1) / np.sqrt(len(each))), len(each) - 1.0
    own = members[0]
    parts = [scores[own][sides[own]], scores[own][~sides[own]]]
    if min(len(part) for part in parts) < 2:
        return np.nan, np.nan
    each_error = [float(part.var(ddof=1)) / len(part) for part in parts]
    total = sum(each_error)
    if total == 0:
        return 0.0, float(len(own) - 2)
    below = sum(error**2 / (len(part) - 1) for error, part in zip(each_error, parts, strict=True))
    return float(np.sqrt(total)), float(total**2 / below)
