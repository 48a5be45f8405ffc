"""What a score could have been if those who refused had answered: bounds, never a guess.

Refusals are not missing at random: who is silent about religion or the government is not who speaks. So nothing is
filled in. With a share r of refusals and shares p among those who answered, everything that could have been said is
(1 - r) p + r z for any distribution z over the options, and a score is only known between its extremes over z.
"""

import numpy as np
from numpy.typing import ArrayLike

from tawazun.stats.distances import js_divergence, wasserstein1
from tawazun.stats.shares import check_pair
from tawazun.stats.variance import moments


def mean_bounds(p: ArrayLike, refused: ArrayLike, codes: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest mean that the full answers could have had.

    Shapes   p: (..., K); refused: (...) shares; codes: (K,) or (..., K), NaN for padding. Returns two arrays (...).
    Returns  low, high; equal without refusals. NaN where anything is NaN; a row of NaN shares with refused 1 gives the
             whole scale.
    Unit     code points.
    Errors   as `moments`; ValueError for refused outside [0, 1].
    Source   Manski (2003), Partial Identification of Probability Distributions, section 1.2.

    >>> [round(float(x), 6) for x in mean_bounds([0.5, 0.5], 0.2, [1, 2])]
    [1.4, 1.6]
    """
    mean, _ = moments(p, codes)
    rate, values = _rate(refused), np.asarray(codes, dtype=float)
    said = np.where(rate == 1, 0.0, (1 - rate) * mean)
    return said + rate * np.fmin.reduce(values, axis=-1), said + rate * np.fmax.reduce(values, axis=-1)


def js_bounds(
    p: ArrayLike, q: ArrayLike, refused: ArrayLike, options: ArrayLike | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest Jensen-Shannon divergence that p's full answers could have had from q.

    The lowest raises the options that p lacks most towards q until the refused share is used up; the highest puts it on
    one option. Take roots for the distance.

    Shapes   p, q: (..., K); refused: (...) shares of p's side; options: number of real options per row when rows are
             padded (default K). Returns two arrays (...).
    Returns  low, high in [0, 1]; the divergence itself without refusals. NaN where anything is NaN, except that a row
             of NaN shares with refused 1 is bounded by what any answers could give.
    Unit     bits.
    Errors   as `js_divergence`; ValueError for refused outside [0, 1].
    Source   own: the divergence is convex and a sum over options, so its least value has equal x / q wherever z > 0
             (water filling) and its greatest lies at a corner.

    >>> [round(float(x), 4) for x in js_bounds([1.0, 0.0], [0.5, 0.5], 0.5)]
    [0.0, 0.3113]
    """
    said, other, rate = _said(p, q, refused)
    real = np.asarray(said.shape[-1] if options is None else options)
    least = js_divergence(_filled(said, other, rate), other)
    high = np.full(least.shape, -np.inf)
    for k in range(said.shape[-1]):
        corner = said.copy()
        corner[..., k] += rate
        high = np.where(k < real, np.maximum(high, js_divergence(corner, other)), high)
    return least, high


def w1_bounds(p: ArrayLike, q: ArrayLike, refused: ArrayLike, codes: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest Wasserstein-1 distance that p's full answers could have had from q.

    Shapes   p, q: (..., K); refused: (...) shares of p's side; codes: (K,) or (..., K), NaN for padding.
    Returns  low, high; the distance itself without refusals. NaN as in `wasserstein1` and `js_bounds`.
    Unit     code points.
    Errors   as `wasserstein1`; ValueError for refused outside [0, 1].
    Source   own: the least value is a monotone fit to the gap between the two cumulated distributions, found exactly by
             dynamic programming over its possible levels; the greatest lies at a corner.

    >>> [float(x) for x in w1_bounds([0.0, 1.0, 0.0], [0.5, 0.0, 0.5], 0.5, [1, 2, 3])]
    [0.5, 1.0]
    """
    said, other, rate = _said(p, q, refused)
    values = np.broadcast_to(np.asarray(codes, dtype=float), said.shape)
    high = np.full(said.shape[:-1], -np.inf)
    for k in range(said.shape[-1]):
        corner = said.copy()
        corner[..., k] += rate
        real = ~np.isnan(values[..., k, None])
        high = np.fmax(high, wasserstein1(np.where(real, corner, np.nan), other, values))
    high = np.where(np.isinf(high), np.nan, high)
    order = np.argsort(values, axis=-1, kind="stable")
    steps = np.nan_to_num(np.diff(np.take_along_axis(values, order, axis=-1), axis=-1))
    below = np.take_along_axis(other - said, order, axis=-1).cumsum(axis=-1)[..., :-1]
    return np.where(np.isnan(high), np.nan, _monotone_misfit(below, steps, rate)), high


def _monotone_misfit(target: np.ndarray, steps: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Least weighted sum of |R - target| over R that rises from 0 to at most the refused share."""
    levels = np.sort(np.clip(target, 0.0, rate[..., None]), axis=-1)
    cost = np.zeros(levels.shape)
    for k in range(target.shape[-1]):
        step = steps[..., k, None] * np.abs(levels - target[..., k, None])
        cost = np.minimum.accumulate(cost, axis=-1) + step
    return cost.min(axis=-1)


def _filled(said: np.ndarray, other: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """The full answers nearest to `other`: max(said, level x other) with the level at which they sum to 1."""
    ratio = np.divide(said, other, out=np.full(said.shape, np.inf), where=other > 0)
    order = np.argsort(ratio, axis=-1)
    held, room = (np.take_along_axis(part, order, axis=-1).cumsum(axis=-1) for part in (said, other))
    level = np.divide(held + rate[..., None], room, out=np.full(said.shape, np.inf), where=room > 0)
    return np.maximum(said, level.min(axis=-1, keepdims=True) * other)


def _said(p: ArrayLike, q: ArrayLike, refused: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(1 - r) p with everything broadcast to one shape; a row that was all refused said nothing."""
    first, second = check_pair(p, q)
    rate = _rate(refused)
    lead = np.broadcast_shapes(first.shape[:-1], second.shape[:-1], rate.shape)
    shape = (*lead, first.shape[-1])
    rate = np.broadcast_to(rate, lead)
    said = np.where(rate[..., None] == 1, 0.0, (1 - rate[..., None]) * np.broadcast_to(first, shape))
    return said, np.broadcast_to(second, shape), rate


def _rate(refused: ArrayLike) -> np.ndarray:
    rate = np.asarray(refused, dtype=float)
    if ((rate < 0) | (rate > 1)).any():
        raise ValueError(f"refused must be shares in [0, 1], got {float(np.nanmin(rate))} to {float(np.nanmax(rate))}")
    return rate
