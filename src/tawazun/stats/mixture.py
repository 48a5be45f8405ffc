"""Whose answers are these? A distribution as a mixture of several populations' distributions.

Weights are non-negative and sum to 1. They are only meaningful when the populations differ: neighbours that are closer
to each other than their noise, or a population that a mixture of the others imitates, share weight arbitrarily. So look
at `separation` first, merge with `close_groups`, and say that they were merged. A mixture that fits badly is no answer
either: read the weights beside `distance`.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.optimize import nnls

from tawazun.stats.shares import check_shares

# the likelihood search stops when no weights could be better by more than this, in bits per answer
ENOUGH = 1e-7
MOST_STEPS = 20_000


@dataclass(frozen=True)
class Mixture:
    """Mixture weights and how well they fit.

    weights   (S,) summing to 1; NaN when no item is known on all sides
    distance  root mean squared Euclidean distance per item between the target and the fitted mixture
    gap       how far, at most, the fit may be from the best one (bits per answer); 0 for least squares
    items     number of items used
    """

    weights: np.ndarray
    distance: float
    gap: float
    items: int


def mixture_weights(
    target: ArrayLike,
    sources: ArrayLike,
    *,
    method: Literal["least_squares", "likelihood"],
    item_weights: ArrayLike | None = None,
    source_noise: ArrayLike | None = None,
) -> Mixture:
    """The mixture of populations that comes closest to a target over many items.

    `least_squares` minimises squared differences of shares; `likelihood` maximises the chance that the mixture gives
    the target's answers, and so heeds rare options more.

    Shapes   target: (I, K); sources: (S, I, K); item_weights: (I,), equal when left out; source_noise: (S,) mean over
             items of the summed sampling variances of each source (least squares only): without it, noisier sources
             lose weight.
    Returns  Mixture; items with a NaN on any side are left out.
    Unit     weights: shares of 1.
    Errors   ValueError for other shapes, bad shares, negative item weights or noise, another method, or (likelihood) an
             option the target chose and no source ever does.
    Source   Haskell & Hanson (1981), Math. Program. 21, for the constraint; Dempster, Laird & Rubin (1977), section
             4.3, for the likelihood. Subtracting the noise from the Gram matrix is ours.

    >>> mixture_weights([[0.25, 0.75]], [[[1.0, 0.0]], [[0.0, 1.0]]], method="least_squares").weights.round(6).tolist()
    [0.25, 0.75]
    """
    wanted, offered = check_shares(target, "target"), check_shares(sources, "sources")
    if wanted.ndim != 2 or offered.ndim != 3 or offered.shape[1:] != wanted.shape or not len(offered):
        raise ValueError(f"need target (I, K) and sources (S, I, K), got {wanted.shape} and {offered.shape}")
    if method not in ("least_squares", "likelihood"):
        raise ValueError(f"method must be 'least_squares' or 'likelihood', got {method!r}")
    weight = np.ones(len(wanted)) if item_weights is None else np.asarray(item_weights, dtype=float)
    if weight.shape != (len(wanted),) or not (weight >= 0).all():
        raise ValueError(f"item_weights must be {len(wanted)} numbers of at least 0")
    noise = np.zeros(len(offered)) if source_noise is None else np.asarray(source_noise, dtype=float)
    if noise.shape != (len(offered),) or not (noise >= 0).all():
        raise ValueError(f"source_noise must be {len(offered)} variances of at least 0")
    known = ~(np.isnan(wanted).any(axis=-1) | np.isnan(offered).any(axis=(0, -1))) & (weight > 0)
    if not known.any():
        return Mixture(np.full(len(offered), np.nan), float("nan"), float("nan"), 0)
    wanted, offered, weight = wanted[known], offered[:, known], weight[known] / weight[known].sum()
    if method == "least_squares":
        found, gap = _least_squares(wanted, offered, weight, noise), 0.0
    else:
        found, gap = _likelihood(wanted, offered, weight)
    rest = wanted - np.tensordot(found, offered, axes=1)
    return Mixture(found, float(np.sqrt(weight @ np.square(rest).sum(axis=-1))), gap, int(known.sum()))


def separation(sources: ArrayLike) -> np.ndarray:
    """How far each population is from the best mixture of all others: what its weight can be told from.

    Shapes   sources: (S, I, K), S at least 2. Returns (S,).
    Returns  [0, root 2]; near 0, or under its sampling noise, its weight cannot be told apart.
    Unit     root mean squared Euclidean distance per item.
    Errors   as `mixture_weights`; ValueError for fewer than two sources.
    Source   own: the residual of `mixture_weights` of each on the rest.
    """
    offered = check_shares(sources, "sources")
    if offered.ndim != 3 or len(offered) < 2:
        raise ValueError(f"separation needs at least 2 sources (S, I, K), got shape {offered.shape}")
    rest = [np.delete(offered, s, axis=0) for s in range(len(offered))]
    fits = [mixture_weights(own, others, method="least_squares") for own, others in zip(offered, rest, strict=True)]
    return np.array([fit.distance for fit in fits])


def close_groups(sources: ArrayLike, threshold: float) -> np.ndarray:
    """Which populations to merge: groups in which every pair is closer than a threshold.

    Shapes   sources: (S, I, K). Returns (S,) group numbers from 0, in order of first appearance.
    Returns  each on its own when no pair is that close; pairs without a common item are never merged.
    Unit     threshold: root mean squared Euclidean distance per item, such as twice its noise.
    Errors   as `check_shares`; ValueError for other shapes or a negative threshold.
    Source   Sorensen (1948), complete linkage.
    """
    offered = check_shares(sources, "sources")
    if offered.ndim != 3 or not len(offered):
        raise ValueError(f"sources must be (S, I, K), got shape {offered.shape}")
    if not threshold >= 0:
        raise ValueError(f"threshold must be at least 0, got {threshold!r}")
    if len(offered) == 1:
        return np.zeros(1, dtype=np.int64)
    i, j = np.triu_indices(len(offered), 1)
    gaps = np.square(offered[i] - offered[j]).sum(axis=-1)
    there = ~np.isnan(gaps)
    count = there.sum(axis=-1)
    mean = np.where(there, gaps, 0.0).sum(axis=-1) / np.maximum(count, 1)
    far = np.where(count > 0, np.sqrt(mean), 2.0 + threshold)
    labels = fcluster(linkage(far, "complete"), threshold, criterion="distance")
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse]


def merged_sources(sources: ArrayLike, groups: ArrayLike) -> np.ndarray:
    """The mean distribution of each group, every member counting once.

    Shapes   sources: (S, I, K); groups: (S,) numbers from 0. Returns (M, I, K).
    Returns  shares; NaN for an item that a member lacks.
    Unit     shares of 1.
    Errors   as `check_shares`; ValueError when groups does not fit or skips a number.
    Source   definition.
    """
    offered, numbers = check_shares(sources, "sources"), np.asarray(groups)
    if numbers.shape != offered.shape[:1] or set(numbers.tolist()) != set(range(int(numbers.max()) + 1)):
        raise ValueError(f"groups must number {len(offered)} sources from 0 without gaps, got {numbers.tolist()}")
    return np.stack([offered[numbers == g].mean(axis=0) for g in range(int(numbers.max()) + 1)])


def _least_squares(target: np.ndarray, sources: np.ndarray, weight: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Exact least squares on the simplex by one non-negative least-squares problem.

    With weights w that sum to 1 the misfit is |M w| for M = sources - target. Minimising |M u|^2 + (1 - sum u)^2 over
    u >= 0 gives a multiple of the best w, because in a fixed direction its least value is |M w|^2 / (1 + |M w|^2).
    """
    gaps = ((sources - target) * np.sqrt(weight)[:, None]).reshape(len(sources), -1)
    values, vectors = np.linalg.eigh(gaps @ gaps.T - np.diag(noise))
    root = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
    free, _ = nnls(np.vstack([root, np.ones(len(sources))]), np.append(np.zeros(len(sources)), 1.0))
    return free / free.sum()


def _likelihood(target: np.ndarray, sources: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, float]:
    """Expectation-maximisation; since the likelihood is concave, the largest slope bounds what is left to gain."""
    mass = (target * weight[:, None]).ravel()
    used = mass > 0
    mass, table = mass[used], sources.reshape(len(sources), -1)[:, used]
    if (table.sum(axis=0) == 0).any():
        raise ValueError("the target chose an option that no source ever does: use least_squares or leave the item out")
    found = np.full(len(sources), 1 / len(sources))
    gap = np.inf
    for _ in range(MOST_STEPS):
        slopes = table @ (mass / (found @ table))
        gap = float((slopes.max() - 1) / np.log(2))
        if gap <= ENOUGH:
            break
        found = found * slopes
        found = found / found.sum()
    return found, max(gap, 0.0)
