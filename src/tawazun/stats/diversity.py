"""Egypt, or just Arab? Whether a model keeps the differences between countries, and in the right direction.

Three questions, none of which answers another. Are the differences as large (`homogenisation`)? Are they arranged
alike (`mantel` in the permutation file)? Do they point the same way (`deviation_agreement`)? A model that mirrors every
country's deviation passes the first two. Squared distances between sampled distributions are too large by their
sampling variance, so it is subtracted; a debiased distance may be negative and is kept so: only sums of them are used.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from tawazun.stats.permutation import TIE, Shuffled
from tawazun.stats.ranks import orders
from tawazun.stats.shares import check_counts, check_shares


def multinomial_noise(p: ArrayLike, n: ArrayLike | None) -> np.ndarray:
    """Summed sampling variance of observed shares, without bias.

    Shapes   p: (..., K); n: broadcasts to the leading axes. Returns (...).
    Returns  (1 - sum of p squared) / (n - 1); 0 where n is inf or None, NaN where p or n is NaN or n is not above 1.
    Unit     squared share.
    Errors   as `check_shares`; ValueError when a size is not positive.
    Source   the unbiased estimate of p (1 - p) / n, summed over options.

    >>> float(multinomial_noise([0.5, 0.5], 101))
    0.005
    """
    shares, sizes = check_shares(p, "p"), check_counts(n, "n")
    spread = 1 - np.square(shares).sum(axis=-1)
    below = np.broadcast_to(np.where(sizes > 1, sizes - 1, np.nan), np.broadcast_shapes(spread.shape, sizes.shape))
    return np.maximum(spread, 0.0) / below


def framing_noise(values: ArrayLike) -> np.ndarray:
    """Summed sampling variance of a mean over framings, from how the framings differ.

    Shapes   values: (..., G, I, K), G framings (or wordings) at least 2. Returns (..., I).
    Returns  variance between framings (G - 1) over G, summed over K; NaN where a value is NaN.
    Unit     square of the values' unit.
    Errors   ValueError for fewer than 2 framings.
    Source   definition of the standard error of a mean.
    """
    cells = np.asarray(values, dtype=float)
    if cells.ndim < 3 or cells.shape[-3] < 2:
        raise ValueError(f"values must be (..., framings, items, options) with 2 framings, got shape {cells.shape}")
    return cells.var(axis=-3, ddof=1).sum(axis=-1) / cells.shape[-3]


def squared_distances(x: ArrayLike, y: ArrayLike, noise_x: ArrayLike, noise_y: ArrayLike) -> np.ndarray:
    """Debiased mean squared distance per item between every group of one side and every group of the other.

    Shapes   x: (..., A, I, K); y: (..., B, I, K); noise_x, noise_y: (..., A, I) and (..., B, I), or numbers. For item
             means K is 1. Returns (..., A, B).
    Returns  mean over items that both groups have; may be negative; NaN without a common item or with unknown noise.
    Unit     square of the values' unit, per item.
    Errors   ValueError when items or options differ, or noise is negative.
    Source   own: E|x - y|^2 is the squared difference of the truths plus both sampling variances.
    """
    first, second = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if min(first.ndim, second.ndim) < 3 or first.shape[-2:] != second.shape[-2:]:
        raise ValueError(f"both sides must be (..., groups, items, options), got {first.shape} and {second.shape}")
    lengths, masks, flat = [], [], []
    for side, noise in ((first, noise_x), (second, noise_y)):
        known = np.broadcast_to(np.asarray(noise, dtype=float), side.shape[:-1])
        if (known < 0).any():
            raise ValueError("noise is a variance and cannot be negative")
        there = ~np.isnan(side).any(axis=-1)
        filled = np.where(there[..., None], side, 0.0)
        lengths.append(np.where(there, np.square(filled).sum(axis=-1) - known, 0.0))
        masks.append(there.astype(float))
        flat.append(filled.reshape(*filled.shape[:-2], -1))
    turned = [np.swapaxes(part, -1, -2) for part in (masks[1], lengths[1], flat[1])]
    total = lengths[0] @ turned[0] + masks[0] @ turned[1] - 2 * (flat[0] @ turned[2])
    count = masks[0] @ turned[0]
    return np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0)


def inter_distances(x: ArrayLike, noise: ArrayLike) -> np.ndarray:
    """Debiased mean squared distance per item between all pairs of groups of one side.

    Shapes   x: (..., C, I, K); noise: (..., C, I) or a number. Returns (..., C, C), symmetric, diagonal 0.
    Returns  as `squared_distances`.
    Unit     square of the values' unit, per item.
    Errors   as `squared_distances`.
    Source   as `squared_distances`.
    """
    found = squared_distances(x, x, noise, noise)
    diagonal = np.eye(found.shape[-1], dtype=bool)
    return np.where(diagonal & ~np.isnan(found), 0.0, found)


def homogenisation(model: ArrayLike, human: ArrayLike) -> np.ndarray:
    """How large the model's differences between countries are, as a share of the people's: ratio of mean squared gaps.

    Shapes   model, human: (..., C, C) from `inter_distances` over the same countries. Returns (...).
    Returns  1 as large as among people, 0 all countries alike, above 1 exaggerated; may be slightly negative. Pairs
             with a NaN on either side are left out; NaN without pairs or when people do not differ beyond noise.
    Unit     ratio of squared distances.
    Errors   ValueError when the shapes differ or C < 2.
    Source   own; the idea of comparing spreads: Khan, Casper & Hadfield-Menell (2025), arXiv 2503.08688.
    """
    first, second, both = _pairs(model, human)
    above, below = (np.where(both, part, 0.0).sum(axis=-1) for part in (first, second))
    return np.divide(above, below, out=np.full(np.shape(below), np.nan), where=below > 0)


def homogenisation_of_noise(noise: ArrayLike, human: ArrayLike) -> np.ndarray:
    """What a model without any difference between countries would score if nobody subtracted the noise.

    Print it beside `homogenisation`: it says how much of a raw ratio is sampling.

    Shapes   noise: (..., C, I) of the model; human: (..., C, C) from `inter_distances`. Returns (...).
    Returns  [0, inf); NaN as in `homogenisation`.
    Unit     ratio of squared distances.
    Errors   as `homogenisation`.
    Source   own: the mean over pairs of both noises, over the people's mean squared distance.
    """
    spread = np.asarray(noise, dtype=float)
    there = ~np.isnan(spread)
    count = there.sum(axis=-1)
    each = np.divide(np.where(there, spread, 0).sum(axis=-1), count, out=np.full(count.shape, np.nan), where=count > 0)
    return homogenisation(each[..., :, None] + each[..., None, :], human)


@dataclass(frozen=True)
class Deviations:
    """Agreement of two sides' deviations from their own regional means; every field has shape (...).

    correlation  of model with human deviations, cells pooled
    slope        of model on human deviations: below 0 reversed, 0 to 1 shrunk, 1 right, above 1 caricature
    cells        number of (country, item) cells used
    """

    correlation: np.ndarray
    slope: np.ndarray
    cells: np.ndarray


def deviation_agreement(model: ArrayLike, human: ArrayLike, *, human_noise: ArrayLike) -> Deviations:
    """Does a country differ from its region in the model as it does among people?

    Each side's deviations are from its own mean over the countries that both sides have on that item, so a shift shared
    by the whole region does not count. The people's sampling noise would shrink the slope, so it is taken out of the
    denominator; the correlation is left as it is.

    Shapes   model, human: (..., C, I, K); human_noise: (..., C, I) or a number (0 if unknown, and say so).
    Returns  Deviations; NaN where a side has no deviations, or people none beyond noise (slope).
    Unit     correlation and ratio.
    Errors   ValueError when the shapes differ or noise is negative.
    Source   own; correction of the slope: Fuller (1987), Measurement Error Models, section 1.1.
    """
    first, second = np.broadcast_arrays(np.asarray(model, dtype=float), np.asarray(human, dtype=float))
    if first.ndim < 3:
        raise ValueError(f"both sides must be (..., countries, items, options), got shape {first.shape}")
    noise = np.broadcast_to(np.asarray(human_noise, dtype=float), first.shape[:-1])
    if (noise < 0).any():
        raise ValueError("noise is a variance and cannot be negative")
    there = ~(np.isnan(first) | np.isnan(second)).any(axis=-1)
    count = there.sum(axis=-2, keepdims=True)
    there = there & (count > 1)
    axes = (-3, -2, -1)
    sides, moves = [], []
    for side in (first, second):
        filled = np.where(there[..., None], side, 0.0)
        mean = filled.sum(axis=-3, keepdims=True) / np.maximum(count, 1)[..., None]
        sides.append(np.where(there[..., None], filled - mean, 0.0))
        # deviations that are only rounding of the values are none
        moves.append(np.square(sides[-1]).sum(axis=axes) > 1e-20 * np.square(filled).sum(axis=axes))
    cross = (sides[0] * sides[1]).sum(axis=axes)
    of_model, of_human = (np.square(side).sum(axis=axes) for side in sides)
    # of each country's noise, 1 - 1/C is left in the squared deviations from a mean that contains the country
    inflated = np.where(there, noise * (1 - 1 / np.maximum(count, 1)), 0.0).sum(axis=(-2, -1))
    scale, true = np.sqrt(of_model * of_human), of_human - inflated
    correlation = np.divide(cross, scale, out=np.full(np.shape(scale), np.nan), where=moves[0] & moves[1])
    slope = np.divide(cross, true, out=np.full(np.shape(true), np.nan), where=moves[1] & (true > 0))
    return Deviations(correlation, slope, there.sum(axis=(-2, -1)))


def own_ranks(distances: ArrayLike) -> np.ndarray:
    """Among all countries' people, how near are a country's own people to the model that plays it?

    Shapes   distances: (..., C, C), model countries by people's countries. Returns (..., C).
    Returns  [1, C], 1 is nearest; ties share their mean rank; NaN where a row has a NaN. By chance (C + 1) / 2.
    Unit     rank.
    Errors   ValueError when the matrix is not square.
    Source   nearest centroid; Hastie, Tibshirani & Friedman (2009), section 4.3.

    >>> own_ranks([[0.0, 1.0], [0.0, 1.0]]).tolist()
    [1.0, 2.0]
    """
    square = _square(distances)
    ranks = np.asarray(rankdata(square, axis=-1))
    return np.where(np.isnan(square).any(axis=-1), np.nan, np.diagonal(ranks, axis1=-2, axis2=-1))


def top_shares(distances: ArrayLike) -> np.ndarray:
    """Credit for the own people being nearest: 1, or shared among those that tie.

    Shapes   distances: (..., C, C) as in `own_ranks`. Returns (..., C); the mean over countries is top-1 accuracy.
    Returns  [0, 1]; NaN where a row has a NaN. By chance 1 / C, also for a model that answers alike for all countries.
    Unit     share.
    Errors   ValueError when the matrix is not square.
    Source   as `own_ranks`.

    >>> top_shares([[0.0, 1.0], [0.0, 0.0]]).tolist()
    [1.0, 0.5]
    """
    square = _square(distances)
    return np.where(np.isnan(square).any(axis=-1), np.nan, np.diagonal(_credits(square), axis1=-2, axis2=-1))


def identifiability(
    distances: ArrayLike, *, statistic: Literal["top", "rank"], limit: int, seed: int, draws: int = 9999
) -> Shuffled:
    """Can the country that a model plays be told? Top-1 accuracy, or the mean rank, against shuffled country labels.

    Shapes   distances: (C, C), model countries by people's countries.
    Returns  Shuffled; one-sided towards being identifiable (high accuracy, low rank). NaN when a distance is NaN.
    Unit     value: share, or rank; p: probability.
    Errors   ValueError when the matrix is not one square, for another statistic, limit or draws < 1.
    Source   permutation of labels: Ojala & Garriga (2010), J. Mach. Learn. Res. 11, test 1.
    """
    square = _square(distances)
    if square.ndim != 2:
        raise ValueError(f"distances must be one (C, C) matrix, got shape {square.shape}")
    if statistic not in ("top", "rank"):
        raise ValueError(f"statistic must be 'top' or 'rank', got {statistic!r}")
    shuffles, exact = orders(len(square), limit, draws, seed)
    how = f"all {len(shuffles)} relabellings" if exact else f"{draws} random relabellings, add-one"
    method = f"{'top-1 accuracy' if statistic == 'top' else 'mean rank of the own country'}, {how}; one-sided"
    if np.isnan(square).any():
        nothing = np.array(np.nan)
        return Shuffled(nothing, nothing, nothing, len(shuffles), exact, method)
    table = _credits(square) if statistic == "top" else -np.asarray(rankdata(square, axis=-1))
    found = table[np.arange(len(square)), shuffles].mean(axis=1)
    p, least = (found >= found[0] - TIE).mean(), (found >= found.max() - TIE).mean()
    value = found[0] if statistic == "top" else -found[0]
    return Shuffled(np.array(value), np.array(p), np.array(least), len(shuffles), exact, method)


def _credits(square: np.ndarray) -> np.ndarray:
    nearest = square <= square.min(axis=-1, keepdims=True)
    return nearest / np.maximum(nearest.sum(axis=-1, keepdims=True), 1)


def _square(distances: ArrayLike) -> np.ndarray:
    square = np.asarray(distances, dtype=float)
    if square.ndim < 2 or square.shape[-1] != square.shape[-2] or square.shape[-1] < 2:
        raise ValueError(f"distances must be (..., C, C) with at least 2 countries, got shape {square.shape}")
    return square


def _pairs(model: ArrayLike, human: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    first, second = _square(model), _square(human)
    if first.shape[-1] != second.shape[-1]:
        raise ValueError(f"both sides must hold the same countries, got {first.shape} and {second.shape}")
    i, j = np.triu_indices(first.shape[-1], 1)
    a, b = np.broadcast_arrays(first[..., i, j], second[..., i, j])
    return a, b, ~(np.isnan(a) | np.isnan(b))
