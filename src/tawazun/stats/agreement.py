"""Reliability of scales, agreement of raters, and whether two sides have the same factors.

Scales here are scored over *country means* or over simulated respondents: one model is one sample, and the reliability
of a scale over its replies is not that of a person. What cannot vary has no reliability: NaN, never 0 or 1.
"""

from itertools import combinations
from math import comb
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from tawazun.stats.shares import check_whole

Scale = Literal["nominal", "ordinal", "interval"]


def cronbach_alpha(scores: ArrayLike) -> np.ndarray:
    """Cronbach's alpha of items that are meant to measure one thing; reverse-keyed items must be turned first.

    Shapes   scores: (..., N, K), N respondents (or countries), K items, both at least 2. Returns (...).
    Returns  (-inf, 1]; negative values stand (items that point different ways). NaN where a score is NaN or the total
             does not vary.
    Unit     none.
    Errors   ValueError for fewer than 2 respondents or items.
    Source   Cronbach (1951), Psychometrika 16(3), eq. 2.

    >>> round(float(cronbach_alpha([[1.0, 2.0], [2.0, 2.0], [3.0, 4.0]])), 4)
    0.9231
    """
    values = _table(scores)
    items = values.shape[-1]
    total = values.sum(axis=-1).var(axis=-1, ddof=1)
    parts = values.var(axis=-2, ddof=1).sum(axis=-1)
    ratio = np.divide(parts, total, out=np.full(np.shape(total), np.nan), where=~(total <= 1e-24))
    return items / (items - 1) * (1 - ratio)


def split_halves(scores: ArrayLike, *, limit: int, seed: int) -> np.ndarray:
    """Reliability of a scale from correlating its halves, stepped up by Spearman and Brown, for every way to halve it.

    Shapes   scores: (N, K), both at least 2. Returns (S,): all distinct halvings when there are at most `limit`, else
             `limit` random ones. With odd K one half has an item more.
    Returns  (-inf, 1] each, NaN where a half does not vary; take the median and print the range.
    Unit     none.
    Errors   ValueError for other shapes or limit < 1.
    Source   Spearman (1910) and Brown (1910), Br. J. Psychol. 3(3): 2 r / (1 + r).
    """
    values = _table(scores)
    if values.ndim != 2:
        raise ValueError(f"scores must be (respondents, items), got shape {values.shape}")
    check_whole(limit, "limit", 1)
    items = values.shape[1]
    half = items // 2
    even = 2 * half == items
    count = comb(items, half) // (2 if even else 1)
    if count <= limit:
        chosen = [part for part in combinations(range(items), half) if not even or 0 in part]
    else:
        rng = np.random.default_rng(seed)
        chosen = [tuple(rng.permutation(items)[:half]) for _ in range(limit)]
    member = np.zeros((len(chosen), items))
    for row, part in zip(member, chosen, strict=True):
        row[list(part)] = 1.0
    r = _correlations(values @ member.T, values @ (1 - member).T)
    return np.divide(2 * r, 1 + r, out=np.full(r.shape, -np.inf), where=~(1 + r <= 0))


def krippendorff_alpha(ratings: ArrayLike, scale: Scale) -> float:
    """Krippendorff's alpha: agreement of any number of raters, with missing ratings.

    Shapes   ratings: (R, U), R raters, U units; NaN is "not rated". Codes are numbers.
    Returns  (-inf, 1]; 1 full agreement, 0 what chance gives. NaN where no two ratings meet or all are the same.
    Unit     none.
    Errors   ValueError for other shapes, infinite ratings or another scale.
    Source   Krippendorff (2011), Computing Krippendorff's Alpha-Reliability: the coincidence matrix.

    >>> krippendorff_alpha([[1, 2, 3, 3], [1, 2, 3, 2]], "nominal")
    0.6666666666666667
    """
    values = np.asarray(ratings, dtype=float)
    if values.ndim != 2 or np.isinf(values).any():
        raise ValueError(f"ratings must be a finite (raters, units) table, got shape {values.shape}")
    codes, place = np.unique(values[~np.isnan(values)], return_inverse=True)
    counts = np.zeros((values.shape[1], len(codes)))
    np.add.at(counts, (np.nonzero(~np.isnan(values))[1], place), 1.0)
    counts = counts[counts.sum(axis=1) > 1]
    raters = counts.sum(axis=1, keepdims=True)
    meets = counts / np.maximum(raters - 1, 1)
    coincidences = counts.T @ meets - np.diag(meets.sum(axis=0))
    margin = coincidences.sum(axis=0)
    gap = _disagreement(codes, margin, scale)
    expected = margin @ gap @ margin / (margin.sum() - 1) if margin.sum() > 1 else 0.0
    return float(1 - (coincidences * gap).sum() / expected) if expected > 0 else float("nan")


def cohen_kappa(a: ArrayLike, b: ArrayLike, *, weights: Literal["none", "linear", "quadratic"]) -> float:
    """Cohen's kappa of two raters; weighted kappas take the distance between numeric codes.

    Shapes   a, b: (U,), NaN is "not rated" (the unit is left out).
    Returns  [-1, 1]; 0 what chance gives. NaN without units or when both always give one and the same code.
    Unit     none.
    Errors   ValueError for other shapes, infinite codes or other weights.
    Source   Cohen (1968), Psychol. Bull. 70(4).

    >>> cohen_kappa([1, 1, 2, 2], [1, 1, 2, 1], weights="none")
    0.5
    """
    first, second = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if first.ndim != 1 or first.shape != second.shape or np.isinf(first).any() or np.isinf(second).any():
        raise ValueError(f"two raters give finite codes to the same units, got {first.shape} and {second.shape}")
    both = ~(np.isnan(first) | np.isnan(second))
    codes, place = np.unique(np.concatenate([first[both], second[both]]), return_inverse=True)
    table = np.zeros((len(codes), len(codes)))
    np.add.at(table, (place[: both.sum()], place[both.sum() :]), 1.0)
    far = np.abs(codes[:, None] - codes[None])
    shapes = {"none": (far > 0).astype(float), "linear": far, "quadratic": np.square(far)}
    if weights not in shapes:
        raise ValueError(f"weights must be 'none', 'linear' or 'quadratic', got {weights!r}")
    cost = shapes[weights]
    chance = table.sum(axis=1) @ cost @ table.sum(axis=0) / max(table.sum(), 1)
    return float(1 - (table * cost).sum() / chance) if chance > 0 else float("nan")


def tucker_phi(a: ArrayLike, b: ArrayLike) -> np.ndarray:
    """Tucker's congruence of factors: the cosine between two columns of loadings.

    Above .95 factors are called the same, above .85 similar.

    Shapes   a, b: (..., I, F) loadings of I items on F factors. Returns (..., F).
    Returns  [-1, 1]; NaN where a column is all 0 or holds a NaN.
    Unit     none.
    Errors   ValueError when the shapes do not fit.
    Source   Tucker (1951); cut-offs: Lorenzo-Seva & ten Berge (2006), Methodology 2(2).

    >>> tucker_phi([[1.0], [0.0]], [[1.0], [1.0]]).round(4)
    array([0.7071])
    """
    first, second = _loadings(a, b)
    below = np.sqrt(np.square(first).sum(axis=-2) * np.square(second).sum(axis=-2))
    return np.divide((first * second).sum(axis=-2), below, out=np.full(below.shape, np.nan), where=below != 0)


def procrustes(a: ArrayLike, target: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Loadings turned (and mirrored) as a whole to lie as close as possible to a target's.

    The turn flatters: judge a congruence after it against `congruence_by_chance`.

    Shapes   a, target: (I, F). Returns the turned loadings (I, F) and the orthogonal matrix (F, F).
    Returns  least squares among orthogonal matrices.
    Unit     that of a.
    Errors   ValueError when the shapes do not fit, or for a NaN.
    Source   Schönemann (1966), Psychometrika 31(1).
    """
    first, second = _loadings(a, target)
    if first.ndim != 2 or not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError(f"loadings must be a finite (items, factors) table, got shape {first.shape}")
    left, _, right = np.linalg.svd(first.T @ second)
    turn = left @ right
    return first @ turn, turn


def congruence_by_chance(a: ArrayLike, target: ArrayLike, *, draws: int, seed: int) -> np.ndarray:
    """Tucker's congruence after turning when the items of one side are shuffled: what the turn alone would give.

    Shapes   a, target: (I, F). Returns (D, F).
    Returns  [-1, 1]
    Unit     none.
    Errors   as `procrustes`; ValueError for draws < 1.
    Source   Paunonen (1997), Educ. Psychol. Meas. 57(1).
    """
    first, second = _loadings(a, target)
    rng = np.random.default_rng(seed)
    return np.array(
        [
            tucker_phi(procrustes(first[rng.permutation(len(first))], second)[0], second)
            for _ in range(check_whole(draws, "draws", 1))
        ]
    )


def correlation_gap(a: ArrayLike, b: ArrayLike) -> tuple[float, int]:
    """How differently two groups' items hang together: mean absolute difference of their item correlations.

    Shapes   a: (N, I), b: (M, I) answers of two groups to the same items, without NaN.
    Returns  [0, 2] and the number of item pairs it is over; pairs with an item that does not vary are left out, and NaN
             is returned when none is left.
    Unit     correlation.
    Errors   ValueError for other shapes.
    Source   Libovický (2026), arXiv 2602.04033 (self-correlation distance; the mean absolute form is ours).
    """
    first, second = _table(a), _table(b)
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
        raise ValueError(f"both groups must answer the same items, got {first.shape} and {second.shape}")
    i, j = np.triu_indices(first.shape[1], 1)
    gaps = np.abs(_correlations(first[:, i], first[:, j]) - _correlations(second[:, i], second[:, j]))
    known = ~np.isnan(gaps)
    return (float(gaps[known].mean()) if known.any() else float("nan")), int(known.sum())


def _table(scores: ArrayLike) -> np.ndarray:
    values = np.asarray(scores, dtype=float)
    if values.ndim < 2 or min(values.shape[-2:]) < 2:
        raise ValueError(f"scores need at least 2 respondents and 2 items, got shape {values.shape}")
    return values


def _loadings(a: ArrayLike, b: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    first, second = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if first.ndim < 2 or second.ndim < 2 or first.shape[-2:] != second.shape[-2:]:
        raise ValueError(f"loadings must both be (items, factors), got {first.shape} and {second.shape}")
    return first, second


def _correlations(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Pearson correlation of the columns of two tables; NaN where a column does not vary."""
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    below = np.sqrt(np.square(x).sum(axis=0) * np.square(y).sum(axis=0))
    return np.divide((x * y).sum(axis=0), below, out=np.full(below.shape, np.nan), where=~(below <= 1e-12))


def _disagreement(codes: np.ndarray, margin: np.ndarray, scale: str) -> np.ndarray:
    if scale == "nominal":
        return 1.0 - np.eye(len(codes))
    if scale == "interval":
        return np.square(codes[:, None] - codes[None])
    if scale == "ordinal":
        middle = np.cumsum(margin) - margin / 2
        return np.square(middle[:, None] - middle[None])
    raise ValueError(f"scale must be 'nominal', 'ordinal' or 'interval', got {scale!r}")
