"""How well one ranking of countries follows another, and what chance alone would give.

Scores are rounded before they are ranked: without it the sixteenth digit decides ties (the case-4 average of the 2023
CAT preprint is .185 rounded and .165 unrounded). Equal scores for all have no tau: it is NaN, counted by the caller,
never -1 and never 0. With few countries chance is strong, so every p comes with the smallest p that the data allow.
"""

from dataclasses import dataclass
from itertools import permutations
from math import factorial

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from tawazun.stats.shares import check_whole

# permutation statistics that differ by less than this are ties
TIE = 1e-9
# cells of the largest block of relabelled sign matrices held at once
BLOCK = 8_000_000


def kendall_tau_b(x: ArrayLike, y: ArrayLike, rounding: int | None) -> np.ndarray:
    """Kendall's tau-b between two scorings of the same things.

    Shapes   x, y: (..., C), leading axes broadcast. Returns (...).
    Returns  [-1, 1]; NaN where either side is constant or fewer than two things have both scores. Things with a NaN on
             either side are left out of that row.
    Unit     none.
    Errors   ValueError when C < 2, the lengths differ, or a score is infinite.
    Source   Kendall (1945), Biometrika 33(3); rounding (decimals, None for none) is applied to both sides first.

    >>> float(kendall_tau_b([1.0, 2.0, 3.0, 4.0], [1.0, 3.0, 2.0, 4.0], rounding=6))
    0.6666666666666666
    """
    sx, sy = _pair_signs(_scores(x, "x", rounding)), _pair_signs(_scores(y, "y", rounding))
    if sx.shape[-1] != sy.shape[-1]:
        raise ValueError(f"x and y must score the same things, got shapes {np.shape(x)} and {np.shape(y)}")
    both = ~(np.isnan(sx) | np.isnan(sy))
    sx, sy = np.where(both, sx, 0.0), np.where(both, sy, 0.0)
    scale = np.sqrt(np.square(sx).sum(axis=-1) * np.square(sy).sum(axis=-1))
    return _ratio((sx * sy).sum(axis=-1), scale)


def tau_null_sd(n: int) -> float:
    """Standard deviation of Kendall's tau between two random rankings without ties.

    Shapes   n: number of things ranked.
    Returns  (0, 1]; the mean over D independent dimensions has this divided by the root of D.
    Unit     tau.
    Errors   ValueError when n < 2.
    Source   Kendall (1938), Biometrika 30: the root of 2 (2n + 5) / (9 n (n - 1)).

    >>> round(tau_null_sd(4), 4)
    0.4907
    """
    check_whole(n, "n", 2)
    return float(np.sqrt(2 * (2 * n + 5) / (9 * n * (n - 1))))


@dataclass(frozen=True)
class JointTau:
    """Rank agreement over several dimensions, tested by relabelling countries in all of them at once.

    tau          (D,) tau-b by dimension, NaN where undefined
    mean         mean over the defined dimensions, NaN when there are none
    defined      number of defined dimensions
    p            (D,) one-sided p (agreement at least this high), NaN where undefined
    p_mean       one-sided p of the mean
    minimum_p    (D,) and minimum_p_mean: the smallest p any model could have got with these scores, ties included
    relabellings how many were looked at; exact when they are all there are
    method       one line for the scores table
    """

    tau: np.ndarray
    mean: float
    defined: int
    p: np.ndarray
    p_mean: float
    minimum_p: np.ndarray
    minimum_p_mean: float
    relabellings: int
    exact: bool
    method: str


def joint_permutation_tau(
    x: ArrayLike, y: ArrayLike, *, rounding: int | None, limit: int, seed: int, draws: int = 9999
) -> JointTau:
    """Tau-b by dimension and its mean, with permutation p-values that keep each country's dimensions together.

    Shapes   x, y: (C, D) scores of the same countries, C >= 2.
    Returns  JointTau. All C! relabellings of y are used when there are at most `limit`; else `draws` random ones, with
             the observed labelling counted among them.
    Unit     tau; p as probability.
    Errors   ValueError for a NaN or infinite score, other shapes, C < 2, or limit or draws < 1.
    Source   Good (2005), Permutation, Parametric and Bootstrap Tests; add-one: Phipson & Smyth (2010), SAGMB 9(1).
    """
    first, second = (_scores(side, name, rounding) for side, name in ((x, "x"), (y, "y")))
    if first.ndim != 2 or first.shape != second.shape:
        raise ValueError(f"x and y must both be (countries, dimensions), got {first.shape} and {second.shape}")
    if np.isnan(first).any() or np.isnan(second).any():
        raise ValueError("joint relabelling needs every score: leave out countries or dimensions with a NaN first")
    countries, dimensions = first.shape
    shuffles, exact = orders(countries, limit, draws, seed)
    tau = kendall_tau_b(first.T, second.T, None)
    usable = ~np.isnan(tau)
    seen = _relabelled(first[:, usable], second[:, usable], shuffles)
    p, least = np.full(dimensions, np.nan), np.full(dimensions, np.nan)
    p[usable] = (seen >= tau[usable] - TIE).mean(axis=0)
    least[usable] = (seen >= seen.max(axis=0) - TIE).mean(axis=0)
    mean, p_mean, least_mean = np.nan, np.nan, np.nan
    if usable.any():
        means, mean = seen.mean(axis=1), float(tau[usable].mean())
        p_mean, least_mean = float((means >= mean - TIE).mean()), float((means >= means.max() - TIE).mean())
    how = f"all {len(seen)} relabellings" if exact else f"{draws} random relabellings, add-one"
    method = f"tau-b; countries relabelled jointly over {int(usable.sum())} dimensions, {how}; one-sided"
    return JointTau(tau, mean, int(usable.sum()), p, p_mean, least, least_mean, len(seen), exact, method)


def orders(count: int, limit: int, draws: int, seed: int) -> tuple[np.ndarray, bool]:
    """Relabellings of things: all of them when there are at most `limit`, else the identity and random ones.

    Shapes   Returns (B, count) whole numbers, the first row in order, and whether they are all.
    Errors   ValueError when count, limit or draws is under 1.
    """
    for value, name in ((count, "count"), (limit, "limit"), (draws, "draws")):
        check_whole(value, name, 1)
    if factorial(count) <= limit:
        return np.array(list(permutations(range(count)))), True
    rng = np.random.default_rng(seed)
    drawn = rng.permuted(np.tile(np.arange(count), (draws, 1)), axis=1)
    return np.vstack([np.arange(count), drawn]), False


def mean_rank_displacement(x: ArrayLike, y: ArrayLike, rounding: int | None) -> np.ndarray:
    """Mean absolute difference between the ranks of the same things on two sides; tied scores share their mean rank.

    Shapes   x, y: (..., C), leading axes broadcast. Returns (...).
    Returns  [0, C/2]; NaN when fewer than two things have both scores (others are left out of that row).
    Unit     ranks.
    Errors   as `kendall_tau_b`.
    Source   Spearman's footrule divided by C; Diaconis & Graham (1977), J. R. Stat. Soc. B 39(2).

    >>> float(mean_rank_displacement([1.0, 2.0, 3.0], [3.0, 2.0, 1.0], rounding=6))
    1.3333333333333333
    """
    rx, ry = _both_ranks(x, y, rounding, "average")
    gaps = np.abs(rx - ry)
    count = (~np.isnan(gaps)).sum(axis=-1)
    return np.where(count > 1, _ratio(np.nansum(gaps, axis=-1), count.astype(float)), np.nan)


def expected_rank_displacement(x: ArrayLike, y: ArrayLike, rounding: int | None) -> np.ndarray:
    """What `mean_rank_displacement` is on average when y's labels are shuffled at random, its ties kept.

    Shapes   x, y: (..., C), leading axes broadcast. Returns (...).
    Returns  exact expectation, the mean over all pairs of |rank of x - rank of y|; (C^2 - 1) / (3 C) without ties.
    Unit     ranks.
    Errors   as `kendall_tau_b`.
    Source   own: each thing is equally likely to get each of y's ranks.

    >>> float(expected_rank_displacement([1.0, 2.0, 3.0], [3.0, 2.0, 1.0], rounding=6))
    0.8888888888888888
    """
    rx, ry = _both_ranks(x, y, rounding, "average")
    gaps = np.abs(rx[..., :, None] - ry[..., None, :])
    count = (~np.isnan(rx)).sum(axis=-1)
    return np.where(count > 1, _ratio(np.nansum(gaps, axis=(-2, -1)), np.square(count.astype(float))), np.nan)


def misranked(x: ArrayLike, y: ArrayLike, *, rounding: int | None, exclude_constant: bool) -> np.ndarray:
    """Share of dimensions in which a country's rank on one side is not its rank on the other.

    Ranks run from the highest score; tied scores all take the best rank of the tie, as the published tables do.

    Shapes   x, y: (..., C, D), leading axes broadcast. Returns (..., C).
    Returns  [0, 1]; NaN for a country without a usable dimension. A dimension counts for a country when it has both
             scores and, if constants are excluded, when neither side gives all countries the same score.
    Unit     share of dimensions.
    Errors   as `kendall_tau_b`.
    Source   Masoud et al. (2023), arXiv 2309.12342v1, table 3 (formula inferred from the printed counts).

    >>> misranked([[1.0], [2.0], [3.0]], [[1.0], [3.0], [2.0]], rounding=6, exclude_constant=False)
    array([0., 1., 1.])
    """
    rx, ry = _dimension_ranks(x, y, rounding, exclude_constant)
    known = ~np.isnan(rx)
    return _ratio(((rx != ry) & known).sum(axis=-2).astype(float), known.sum(axis=-2).astype(float))


def misranked_by_chance(x: ArrayLike, y: ArrayLike, *, rounding: int | None, exclude_constant: bool) -> np.ndarray:
    """What `misranked` is on average when y's countries are shuffled at random, its ties kept.

    Shapes   x, y: (..., C, D), leading axes broadcast. Returns (..., C).
    Returns  exact expectation by country: the share of y's ranks that are not its own; 1 - 1/C without ties.
    Unit     share of dimensions.
    Errors   as `kendall_tau_b`.
    Source   own: each country is equally likely to get each of y's ranks.

    >>> float(misranked_by_chance([[1.0], [2.0]], [[1.0], [2.0]], rounding=6, exclude_constant=False)[0])
    0.5
    """
    rx, ry = _dimension_ranks(x, y, rounding, exclude_constant)
    known = ~np.isnan(rx)
    count = known.sum(axis=-1, keepdims=True).astype(float)
    same = (rx[..., :, None] == ry[..., None, :]).sum(axis=-1)
    differs = np.where(known, 1 - _ratio(same.astype(float), np.broadcast_to(count, same.shape)), 0.0)
    return _ratio(differs.sum(axis=-2), known.sum(axis=-2).astype(float))


def _scores(values: ArrayLike, name: str, rounding: int | None) -> np.ndarray:
    scores = np.asarray(values, dtype=np.float64)
    if np.isinf(scores).any():
        raise ValueError(f"{name} has an infinite score")
    return scores if rounding is None else np.round(scores, rounding) + 0.0


def _pair_signs(scores: np.ndarray) -> np.ndarray:
    count = scores.shape[-1] if scores.ndim else 0
    if count < 2:
        raise ValueError(f"a ranking needs at least two things on the last axis, got shape {scores.shape}")
    i, j = np.triu_indices(count, 1)
    return np.sign(scores[..., i] - scores[..., j])


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(np.shape(below), np.nan), where=below > 0)


def _relabelled(x: np.ndarray, y: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """(B, D) tau-b of x with y relabelled by each order; no dimension is constant."""
    countries, dimensions = x.shape
    i, j = np.triu_indices(countries, 1)
    sx = _pair_signs(x.T).astype(np.float32)
    table = np.sign(y[:, None, :] - y[None, :, :]).astype(np.int8).reshape(countries**2, dimensions)
    scale = np.sqrt(np.square(sx).sum(axis=1) * np.square(_pair_signs(y.T)).sum(axis=1))
    out = np.empty((len(orders), dimensions))
    size = max(1, BLOCK // len(i))
    for start in range(0, len(orders), size):
        block = orders[start : start + size]
        cells = block[:, i] * countries + block[:, j]
        for d in range(dimensions):
            out[start : start + size, d] = table[:, d][cells].astype(np.float32) @ sx[d]
    return out / scale


def _both_ranks(x: ArrayLike, y: ArrayLike, rounding: int | None, ties: str) -> tuple[np.ndarray, np.ndarray]:
    first, second = _scores(x, "x", rounding), _scores(y, "y", rounding)
    if min(first.ndim, second.ndim) < 1 or first.shape[-1] != second.shape[-1] or first.shape[-1] < 2:
        raise ValueError(f"x and y must score the same two or more things, got {first.shape} and {second.shape}")
    gone = np.isnan(first) | np.isnan(second)
    sides = (np.where(gone, np.nan, side) for side in (first, second))
    rx, ry = (rankdata(-side, method=ties, axis=-1, nan_policy="omit") for side in sides)
    return rx, ry


def _dimension_ranks(
    x: ArrayLike, y: ArrayLike, rounding: int | None, exclude_constant: bool
) -> tuple[np.ndarray, np.ndarray]:
    """(..., D, C) ranks with the best rank for ties, NaN where a dimension does not count."""
    first, second = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if min(first.ndim, second.ndim) < 2 or first.shape[-2:] != second.shape[-2:]:
        raise ValueError(f"x and y must both be (..., countries, dimensions), got {first.shape} and {second.shape}")
    rx, ry = _both_ranks(np.swapaxes(first, -1, -2), np.swapaxes(second, -1, -2), rounding, "min")
    if exclude_constant:
        # with the best rank for ties, a constant dimension ranks every country first
        flat = ~((np.nan_to_num(rx) > 1).any(axis=-1) & (np.nan_to_num(ry) > 1).any(axis=-1))
        rx, ry = np.where(flat[..., None], np.nan, rx), np.where(flat[..., None], np.nan, ry)
    return rx, ry
