"""Resampling for instruments whose items are fixed: framings, replies and humans vary, items never do.

Two things go wrong when framings are few, and both are measured in tests/stats/test_coverage.py:

Width    A percentile bootstrap is far too narrow (nominal 95 %, a linear index: .68 with 2 framings, .88 with 5). So
         `t_interval` takes each part's standard error with its own degrees of freedom. Parts are joined by their
         half-widths, not by Satterthwaite's degrees of freedom, which fall short when a part with 1 or 2 degrees of
         freedom meets a well-known one (.87 with 2 framings, .92 with 3). With 2 framings the interval is honest and
         nearly useless (t = 12.7).
Centre   Distances between sampled distributions are too large, and averaging over items shrinks the interval but not
         the bias: an interval around an uncorrected similarity misses the noise-free one far more often than it says,
         and percentiles of resampled distances miss it nearly always. Subtract `jackknife_bias` (framings) and
         `bootstrap_bias` (humans), or correct the divergence by `js_bias`, before asking for bounds.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri
from scipy.stats import t as student

from tawazun.stats.shares import check_counts, check_level, check_shares, check_whole


def cluster_weights(n_clusters: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """How often each cluster enters each bootstrap draw.

    Shapes   Returns (D, G); every row sums to G.
    Returns  whole numbers as floats.
    Unit     times drawn.
    Errors   ValueError when there are fewer than 2 clusters (one cluster does not vary) or no draws.
    Source   Davison & Hinkley (1997), Bootstrap Methods and their Application, section 3.8.
    """
    check_whole(n_clusters, "n_clusters", 2)
    check_whole(draws, "draws", 1)
    return rng.multinomial(n_clusters, np.full(n_clusters, 1 / n_clusters), size=draws).astype(float)


def crossed_weights(sizes: Sequence[int], draws: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Independent cluster weights for every factor of a crossed design, to be multiplied.

    Multiplying weights counts the variance that belongs to single cells once per factor, so intervals are on the wide
    side when cells are noisy. Only factors that were sampled belong here: items only when the items are a sample.

    Shapes   sizes: numbers of clusters per factor. Returns a list of (D, size).
    Returns  weights as in `cluster_weights`.
    Unit     times drawn.
    Errors   as `cluster_weights`.
    Source   Owen (2007), Ann. Appl. Stat. 1(2), the pigeonhole bootstrap.
    """
    return [cluster_weights(size, draws, rng) for size in sizes]


def weighted_means(values: ArrayLike, weights: Sequence[np.ndarray]) -> np.ndarray:
    """Means over the first axes of an array, one per bootstrap draw; NaN cells count for nothing.

    Shapes   values: (G1, ..., Gm, *rest); weights: m arrays (D, Gi). Returns (D, *rest).
    Returns  NaN where every weighted cell is NaN.
    Unit     that of the values.
    Errors   ValueError when a weight array does not fit its axis.
    Source   ratio of weighted sums.

    >>> weighted_means([1.0, 3.0], [np.array([[1.0, 1.0], [2.0, 0.0]])])
    array([2., 1.])
    """
    cells = np.asarray(values, dtype=float)
    if not weights or len(weights) > cells.ndim:
        raise ValueError(f"got {len(weights)} weight arrays for values of shape {cells.shape}")
    for axis, weight in enumerate(weights):
        if weight.ndim != 2 or weight.shape[1] != cells.shape[axis]:
            raise ValueError(f"weights {axis} must be (draws, {cells.shape[axis]}), got {weight.shape}")
    there = ~np.isnan(cells)
    total, count = np.where(there, cells, 0.0), there.astype(float)
    total, count = (np.tensordot(weights[0], part, axes=(1, 0)) for part in (total, count))
    for weight in weights[1:]:
        total, count = (np.einsum("dg,dg...->d...", weight, part) for part in (total, count))
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def multinomial_draws(p: ArrayLike, n: ArrayLike | None, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Shares drawn again as if n people (or replies) had answered once more.

    A size that is not whole (an effective sample size) is rounded up or down at random, draw by draw, with the chance
    that makes the variance of a share exactly p (1 - p) / n.

    Shapes   p: (..., K); n: broadcasts to the leading axes. Returns (D, ..., K).
    Returns  shares; p itself in every draw where n is inf or None (no sampling error). NaN where p or n is NaN.
    Unit     shares of 1.
    Errors   as `check_shares`; ValueError when a size is under 1.
    Source   parametric bootstrap; Efron & Tibshirani (1993), section 6.5. The mixing of sizes is ours.
    """
    shares, sizes = check_shares(p, "p"), check_counts(n, "n")
    check_whole(draws, "draws", 1)
    if (sizes < 1).any():
        raise ValueError(f"n must be at least 1, got {float(np.nanmin(sizes)):g}")
    sizes = np.broadcast_to(sizes, shares.shape[:-1])
    known = ~np.isnan(shares).any(axis=-1) & ~np.isnan(sizes)
    sampled = known & np.isfinite(sizes)
    out = np.empty((draws, *shares.shape))
    out[:] = np.where(known[..., None], shares, np.nan)
    if sampled.any():
        chances = shares[sampled]
        whole = _whole_sizes(sizes[sampled], draws, rng)
        counts = rng.multinomial(whole, chances / chances.sum(axis=-1, keepdims=True))
        out[:, sampled] = counts / whole[..., None]
    return out


def _whole_sizes(sizes: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """(D, N) whole numbers whose mean reciprocal is 1 / size."""
    low = np.floor(sizes)
    chance = (1 / sizes - 1 / (low + 1)) / (1 / low - 1 / (low + 1))
    return (low + (rng.random((draws, len(sizes))) >= chance)).astype(np.int64)


def cluster_sd(draws: ArrayLike, n_clusters: int) -> np.ndarray:
    """Standard error from a bootstrap over G clusters, corrected for the bootstrap's G - 1 over G.

    Shapes   draws: (D, ...). Returns (...).
    Returns  [0, inf); NaN where a draw is NaN.
    Unit     that of the draws.
    Errors   ValueError for fewer than 2 draws or clusters.
    Source   Davison & Hinkley (1997), section 2.3: the plug-in variance is short by the factor (G - 1) / G.
    """
    check_whole(n_clusters, "n_clusters", 2)
    return bootstrap_sd(draws) * np.sqrt(n_clusters / (n_clusters - 1))


def bootstrap_sd(draws: ArrayLike) -> np.ndarray:
    """Standard deviation over draws (D - 1 in the denominator).

    Shapes   draws: (D, ...). Returns (...).
    Returns  [0, inf); NaN where a draw is NaN.
    Unit     that of the draws.
    Errors   ValueError for fewer than 2 draws.
    Source   Efron & Tibshirani (1993), section 6.2.
    """
    values = np.asarray(draws, dtype=float)
    if values.ndim == 0 or len(values) < 2:
        raise ValueError(f"a standard deviation needs at least 2 draws, got shape {values.shape}")
    return values.std(axis=0, ddof=1)


def jackknife_sd(left_out: ArrayLike) -> np.ndarray:
    """Standard error from a statistic recomputed with each of G clusters left out in turn.

    Shapes   left_out: (G, ...). Returns (...).
    Returns  [0, inf); for a mean of equally heavy clusters it is exactly their sd over the root of G.
    Unit     that of the statistic.
    Errors   ValueError for fewer than 2 clusters.
    Source   Efron & Tibshirani (1993), eq. 11.5.

    >>> round(float(jackknife_sd([1.5, 1.0, 0.5])), 4)  # the mean of 0, 1 and 2, each left out: 1 / root 3
    0.5774
    """
    values = np.asarray(left_out, dtype=float)
    if values.ndim == 0 or len(values) < 2:
        raise ValueError(f"a jackknife needs at least 2 clusters, got shape {values.shape}")
    groups = len(values)
    return np.sqrt((groups - 1) / groups * np.square(values - values.mean(axis=0)).sum(axis=0))


def jackknife_bias(value: ArrayLike, left_out: ArrayLike) -> np.ndarray:
    """First-order bias of a statistic of G clusters, to be subtracted from it.

    Shapes   value: (...); left_out: (G, ...) the statistic with each cluster left out. Returns (...).
    Returns  (G - 1) times (mean of the left-out values - value); 0 for a mean.
    Unit     that of the statistic.
    Errors   ValueError for fewer than 2 clusters.
    Source   Quenouille (1956), Biometrika 43(3-4).

    >>> float(jackknife_bias(1.0, [1.5, 1.0, 0.5]))
    0.0
    """
    values = np.asarray(left_out, dtype=float)
    if values.ndim == 0 or len(values) < 2:
        raise ValueError(f"a jackknife needs at least 2 clusters, got shape {values.shape}")
    return (len(values) - 1) * (values.mean(axis=0) - np.asarray(value, dtype=float))


def bootstrap_bias(value: ArrayLike, draws: ArrayLike) -> np.ndarray:
    """First-order bias of a statistic, to be subtracted from it: how much higher it is, on average, in the draws.

    Shapes   value: (...); draws: (D, ...). Returns (...).
    Returns  mean of the draws - value.
    Unit     that of the statistic.
    Errors   ValueError without draws.
    Source   Efron & Tibshirani (1993), section 10.2.
    """
    values = np.asarray(draws, dtype=float)
    if values.ndim == 0 or not len(values):
        raise ValueError(f"a bias needs draws, got shape {values.shape}")
    return values.mean(axis=0) - np.asarray(value, dtype=float)


def t_interval(
    estimate: ArrayLike, components: Sequence[tuple[ArrayLike, ArrayLike]], level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of an estimate whose error is a sum of independent parts, each with its own degrees of freedom.

    Framings enter with `cluster_sd` (or `jackknife_sd`) and G - 1 degrees of freedom; replies and humans with their
    bootstrap or delta standard error and inf. The half-width is the root of the sum of squares of the parts' own
    half-widths t(df) sd; it is Student's for one part, and for two normal parts covers .95 to .99 of a nominal .95 from
    2 clusters on. The bounds are symmetric and know no limits: clip them where the scale ends.

    Shapes   estimate: (...); components: (sd, df) pairs that broadcast against it. Returns two arrays (...).
    Returns  low, high; equal to the estimate when every sd is 0. NaN where the estimate or an sd is NaN.
    Unit     that of the estimate.
    Errors   ValueError without components, for a negative or infinite sd, df not positive, level outside (0, 1).
    Source   Howe (1974), JASA 69(347); against Satterthwaite (1946), see `satterthwaite_df`.

    >>> low, high = t_interval(0.0, [(1.0, 4)], 0.95)
    >>> round(float(high), 3)
    2.776
    """
    check_level(level)
    value = np.asarray(estimate, dtype=float)
    square = np.zeros(value.shape)
    for scale, free in _components(components):
        square = square + np.square(_quantiles_of_student((1 + level) / 2, free) * scale)
    half = np.sqrt(square)
    return value - half, value + half


def _quantiles_of_student(at: float, free: np.ndarray) -> np.ndarray:
    return np.array([_student(at, df) for df in free.ravel().tolist()]).reshape(free.shape)


@lru_cache(maxsize=4096)
def _student(at: float, df: float) -> float:
    return float(student.ppf(at, df))


def satterthwaite_df(components: Sequence[tuple[ArrayLike, ArrayLike]]) -> np.ndarray:
    """Degrees of freedom of a standard error made of several parts, for tests that need one number.

    With parts of 1 or 2 degrees of freedom, tests at 5 % reject up to 13 % of true hypotheses: prefer 5 clusters.

    Shapes   components: (sd, df) pairs that broadcast. Returns (...).
    Returns  [smallest df, inf]; inf when no part has finite df or every sd is 0.
    Unit     degrees of freedom.
    Errors   as `t_interval`.
    Source   Satterthwaite (1946), Biometrics Bull. 2(6), eq. 17.

    >>> float(satterthwaite_df([(1.0, 4), (1.0, 4)]))
    8.0
    """
    variance, spread = np.zeros(()), np.zeros(())
    for scale, free in _components(components):
        variance = variance + np.square(scale)
        spread = spread + np.power(scale, 4) / free
    return np.divide(np.square(variance), spread, out=np.full(spread.shape, np.inf), where=spread != 0)


def _components(components: Sequence[tuple[ArrayLike, ArrayLike]]) -> list[tuple[np.ndarray, np.ndarray]]:
    if not components:
        raise ValueError("an interval needs at least one (sd, df) component")
    checked = []
    for sd, df in components:
        scale, free = np.asarray(sd, dtype=float), np.asarray(df, dtype=float)
        if (scale < 0).any() or np.isinf(scale).any():
            raise ValueError(f"sd must be finite and not negative, got {scale.tolist()}")
        if not (free > 0).all():
            raise ValueError(f"df must be positive (inf for a known variance), got {free.tolist()}")
        checked.append((scale, free))
    return checked


def percentile_interval(draws: ArrayLike, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Plain percentile bounds over draws; too narrow below about 20 clusters.

    Shapes   draws: (D, ...). Returns two arrays (...).
    Returns  low, high; NaN where a draw is NaN.
    Unit     that of the draws.
    Errors   ValueError for fewer than 2 draws or a level outside (0, 1).
    Source   Efron & Tibshirani (1993), section 13.3.
    """
    check_level(level)
    values = np.asarray(draws, dtype=float)
    if values.ndim == 0 or len(values) < 2:
        raise ValueError(f"bounds need at least 2 draws, got shape {values.shape}")
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high


def bca_interval(
    estimate: ArrayLike, draws: ArrayLike, left_out: ArrayLike, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Bias-corrected and accelerated bootstrap bounds; better than percentiles for skewed statistics of many clusters.

    Shapes   estimate: (...); draws: (D, ...); left_out: (G, ...) jackknife values. Returns two arrays (...).
    Returns  low, high; NaN where anything is NaN or all draws lie on one side of the estimate (no correction exists).
    Unit     that of the estimate.
    Errors   as `percentile_interval` and `jackknife_sd`.
    Source   Efron (1987), JASA 82(397), eqs. 2.3 and 6.6.
    """
    check_level(level)
    value, values, jack = (np.asarray(part, dtype=float) for part in (estimate, draws, left_out))
    if values.ndim == 0 or len(values) < 2 or jack.ndim == 0 or len(jack) < 2:
        raise ValueError(f"bounds need 2 draws and 2 clusters, got shapes {values.shape} and {jack.shape}")
    below = (values < value).mean(axis=0) + (values == value).mean(axis=0) / 2
    shift = ndtri(np.where((below > 0) & (below < 1), below, np.nan))
    lean = jack.mean(axis=0) - jack
    cubes, squares = np.power(lean, 3).sum(axis=0), np.square(lean).sum(axis=0)
    pull = np.divide(cubes, 6 * np.power(squares, 1.5), out=np.zeros_like(cubes), where=squares > 0)
    ends = []
    for side in ((1 - level) / 2, (1 + level) / 2):
        z = shift + ndtri(side)
        ends.append(_quantiles(values, ndtr(shift + z / (1 - pull * z))))
    return ends[0], ends[1]


def _quantiles(draws: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Linear quantiles of each column of draws at its own probability."""
    ordered = np.sort(draws, axis=0)
    known = ~np.isnan(at)
    place = np.where(known, at, 0.0) * (len(draws) - 1)
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, len(draws) - 1)
    first, second = (np.take_along_axis(ordered, i[None], axis=0)[0] for i in (low, high))
    return np.where(known, first + (place - low) * (second - first), np.nan)


def bootstrap_t_interval(
    estimate: ArrayLike, sd: ArrayLike, draws: ArrayLike, draw_sds: ArrayLike, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Studentised bootstrap bounds: the draws' own t statistics take the place of Student's table.

    Shapes   estimate, sd: (...); draws, draw_sds: (D, ...) statistic and its standard error in each draw.
    Returns  low, high; NaN where anything is NaN. A draw whose standard error is 0 (all clusters the same) counts as
             infinitely far, so that with few clusters the bounds become infinite instead of too narrow.
    Unit     that of the estimate.
    Errors   as `percentile_interval`; ValueError when an sd is negative.
    Source   Davison & Hinkley (1997), section 5.2.1.
    """
    check_level(level)
    value, scale, values, scales = (np.asarray(part, dtype=float) for part in (estimate, sd, draws, draw_sds))
    if values.ndim == 0 or len(values) < 2 or values.shape != scales.shape:
        raise ValueError(f"draws and their sds must both be (draws, ...), got {values.shape} and {scales.shape}")
    if (scale < 0).any() or (scales < 0).any():
        raise ValueError("a standard error cannot be negative")
    away = values - value
    far = np.where(away == 0, 0.0, np.copysign(np.inf, away))
    ratios = np.divide(away, scales, out=far, where=(scales > 0) | np.isnan(scales))
    # nearest ranks, because interpolating towards an infinite statistic has no meaning
    tails = [np.quantile(ratios, side, axis=0, method="nearest") for side in ((1 + level) / 2, (1 - level) / 2)]
    with np.errstate(invalid="ignore"):
        return value - tails[0] * scale, value - tails[1] * scale
