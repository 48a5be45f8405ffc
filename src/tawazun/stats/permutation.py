"""Tests that shuffle instead of assuming a distribution, and corrections for a family of tests.

All possible shuffles are used when there are few enough; otherwise random ones, with the observed arrangement counted
among them, so that no p is zero. Every result carries the smallest p that these data could have given: a test that
cannot reach .05 must not be read as "no difference".
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from tawazun.stats.ranks import orders
from tawazun.stats.shares import check_whole

Alternative = Literal["greater", "less", "two-sided"]

# shuffled statistics that differ by less than this share of the largest possible value are ties
TIE = 1e-9
# most numbers held at once in a block of shuffles
BLOCK = 8_000_000


@dataclass(frozen=True)
class Shuffled:
    """A statistic with its permutation p-value.

    value      the observed statistic, p and minimum_p: (...), NaN where it is undefined
    minimum_p  the smallest p that these data could have given
    shuffles   how many arrangements were looked at, the observed one included
    exact      whether they are all there are
    method     one line for the scores table
    """

    value: np.ndarray
    p: np.ndarray
    minimum_p: np.ndarray
    shuffles: int
    exact: bool
    method: str


def sign_flip(
    differences: ArrayLike,
    *,
    alternative: Alternative,
    limit: int,
    seed: int,
    draws: int = 9999,
    blocks: ArrayLike | None = None,
) -> Shuffled:
    """Paired test of a mean difference: under the null each difference could as well have had the other sign.

    Shapes   differences: (..., N); blocks: (N,) labels of differences that flip together (items of one topic, framings
             of one wording), each on its own when left out. Value, p, minimum_p: (...).
    Returns  Shuffled with the mean difference; NaN differences are left out, a row without any is NaN. All 2^blocks
             sign patterns are used when there are at most `limit`, else `draws` random ones plus the observed one.
    Unit     value: that of the differences; p: probability.
    Errors   ValueError for no differences, infinite ones, labels of another length, limit or draws < 1.
    Source   Fisher (1935), The Design of Experiments, section 21; Phipson & Smyth (2010), SAGMB 9(1).

    >>> found = sign_flip([1.0, 2.0, 3.0], alternative="two-sided", limit=8, seed=0)
    >>> float(found.value), float(found.p), float(found.minimum_p)
    (2.0, 0.25, 0.25)
    """
    values = np.asarray(differences, dtype=float)
    if values.ndim == 0 or values.shape[-1] == 0:
        raise ValueError(f"a paired test needs differences on the last axis, got shape {values.shape}")
    if np.isinf(values).any():
        raise ValueError("a difference is infinite")
    _check(alternative, limit, draws)
    labels = np.arange(values.shape[-1]) if blocks is None else np.asarray(blocks)
    if labels.shape != values.shape[-1:]:
        raise ValueError(f"blocks must label {values.shape[-1]} differences, got shape {labels.shape}")
    names, member = np.unique(labels, return_inverse=True)
    there = ~np.isnan(values)
    sums = np.where(there, values, 0.0) @ np.eye(len(names))[member]
    count = there.sum(axis=-1)
    exact = len(names) < 63 and 2 ** len(names) <= limit
    signs = _signs(len(names), exact, draws, seed)
    p, least = _tails(sums.reshape(-1, len(names)), signs, alternative)
    gone = count == 0
    p, least = (np.where(gone, np.nan, part.reshape(gone.shape)) for part in (p, least))
    value = np.divide(sums.sum(axis=-1), count, out=np.full(gone.shape, np.nan), where=~gone)
    how = f"all {len(signs)} sign patterns" if exact else f"{draws} random sign patterns, add-one"
    method = f"paired sign flips over {len(names)} blocks, {how}; {alternative}"
    return Shuffled(value, p, least, len(signs), exact, method)


def mantel(
    a: ArrayLike,
    b: ArrayLike,
    *,
    correlation: Literal["spearman", "pearson"],
    alternative: Alternative,
    rounding: int | None,
    limit: int,
    seed: int,
    draws: int = 9999,
) -> Shuffled:
    """Do two sets of distances between the same things rise and fall together? Labels of one are shuffled.

    Mantel's test does not see a reversal: a model that mirrors every country's deviation keeps all distances.

    Shapes   a, b: (C, C) symmetric, C >= 3; the diagonal is ignored.
    Returns  Shuffled with the correlation over pairs; NaN where either side has no spread. All C! relabellings are used
             when there are at most `limit`, else `draws` random ones plus the observed one.
    Unit     value: correlation in [-1, 1]; p: probability.
    Errors   ValueError for other shapes, a matrix that is not symmetric, NaN or inf off the diagonal.
    Source   Mantel (1967), Cancer Research 27(2); rounding (decimals, None for none) comes before ranking.
    """
    _check(alternative, limit, draws)
    first, second = _distances(a, "a", rounding), _distances(b, "b", rounding)
    if first.shape != second.shape:
        raise ValueError(f"a and b must be over the same things, got {first.shape} and {second.shape}")
    size = len(first)
    i, j = np.triu_indices(size, 1)
    x, y = first[i, j], second[i, j]
    if correlation == "spearman":
        x, y = rankdata(x), rankdata(y)
    x, y = x - x.mean(), y - y.mean()
    shuffles, exact = orders(size, limit, draws, seed)
    how = f"all {len(shuffles)} relabellings" if exact else f"{draws} random relabellings, add-one"
    method = f"Mantel test ({correlation}) over {len(x)} pairs, {how}; {alternative}"
    scale = np.sqrt((x @ x) * (y @ y))
    if scale <= 1e-12 * max(len(x), 1):
        nothing = np.array(np.nan)
        return Shuffled(nothing, nothing, nothing, len(shuffles), exact, method)
    square = np.zeros((size, size))
    square[i, j] = square[j, i] = y
    found = np.concatenate(
        [square[part[:, i], part[:, j]] @ x / scale for part in np.array_split(shuffles, -(-shuffles.size // BLOCK))]
    )
    value = float(x @ y / scale)
    at, seen = _directed(np.array(value), alternative), _directed(found, alternative)
    p, least = (seen >= at - TIE).mean(), (seen >= seen.max() - TIE).mean()
    return Shuffled(np.array(value), np.array(p), np.array(least), len(shuffles), exact, method)


def holm(p: ArrayLike) -> np.ndarray:
    """Holm's adjusted p-values: the chance of any false alarm in the family stays under the level.

    Shapes   p: (M,). Returns (M,).
    Returns  [0, 1]; a NaN (a test that could not be made) stays NaN and is not counted in the family.
    Unit     probability.
    Errors   ValueError when p is not one row or leaves [0, 1].
    Source   Holm (1979), Scand. J. Stat. 6(2).

    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    return _adjusted(p, lambda sorted_p: np.maximum.accumulate(sorted_p * np.arange(len(sorted_p), 0, -1)))


def benjamini_hochberg(p: ArrayLike) -> np.ndarray:
    """Benjamini and Hochberg's adjusted p-values: the expected share of false alarms stays under the level.

    Shapes   p: (M,). Returns (M,).
    Returns  [0, 1]; a NaN stays NaN and is not counted in the family.
    Unit     probability.
    Errors   as `holm`.
    Source   Benjamini & Hochberg (1995), J. R. Stat. Soc. B 57(1).

    >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.04, 0.04]
    """

    def steps(sorted_p: np.ndarray) -> np.ndarray:
        scaled = sorted_p * len(sorted_p) / np.arange(1, len(sorted_p) + 1)
        return np.minimum.accumulate(scaled[::-1])[::-1]

    return _adjusted(p, steps)


def _check(alternative: str, limit: int, draws: int) -> None:
    if alternative not in ("greater", "less", "two-sided"):
        raise ValueError(f"alternative must be 'greater', 'less' or 'two-sided', got {alternative!r}")
    check_whole(limit, "limit", 1)
    check_whole(draws, "draws", 1)


def _signs(count: int, exact: bool, draws: int, seed: int) -> np.ndarray:
    """(B, count) of +1 and -1, the first row all +1."""
    if exact:
        return 1.0 - 2.0 * ((np.arange(2**count)[:, None] >> np.arange(count)) & 1)
    rng = np.random.default_rng(seed)
    drawn = 1.0 - 2.0 * rng.integers(0, 2, (draws, count))
    return np.vstack([np.ones(count), drawn])


def _directed(statistic: np.ndarray, alternative: Alternative) -> np.ndarray:
    """The statistic turned so that large values speak against the null."""
    if alternative == "two-sided":
        return np.abs(statistic)
    return statistic if alternative == "greater" else -statistic


def _tails(sums: np.ndarray, signs: np.ndarray, alternative: Alternative) -> tuple[np.ndarray, np.ndarray]:
    """One-sided (or two-sided) p and smallest p of each row of block sums (L, B)."""
    p, least = np.empty(len(sums)), np.empty(len(sums))
    step = max(1, BLOCK // len(signs))
    for start in range(0, len(sums), step):
        part = sums[start : start + step]
        found = _directed(signs @ part.T, alternative)
        slack = TIE * np.abs(part).sum(axis=1)
        p[start : start + step] = (found >= found[0] - slack).mean(axis=0)
        least[start : start + step] = (found >= found.max(axis=0) - slack).mean(axis=0)
    return p, least


def _distances(values: ArrayLike, name: str, rounding: int | None) -> np.ndarray:
    square = np.asarray(values, dtype=float)
    if square.ndim != 2 or square.shape[0] != square.shape[1] or len(square) < 3:
        raise ValueError(f"{name} must be (C, C) with at least 3 things, got shape {square.shape}")
    off = ~np.eye(len(square), dtype=bool)
    if not np.isfinite(square[off]).all():
        raise ValueError(f"{name} has a distance that is NaN or infinite: leave those things out first")
    if not np.allclose(square, square.T, rtol=1e-9, atol=1e-12, equal_nan=True):
        raise ValueError(f"{name} must be symmetric")
    return square if rounding is None else np.round(square, rounding)


def _adjusted(p: ArrayLike, steps: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    values = np.asarray(p, dtype=float)
    if values.ndim != 1:
        raise ValueError(f"a family of p-values is one row, got shape {values.shape}")
    known = ~np.isnan(values)
    if ((values[known] < 0) | (values[known] > 1)).any():
        raise ValueError(f"p-values must lie in [0, 1], got {values.tolist()}")
    out = np.full(values.shape, np.nan)
    order = np.argsort(values[known], kind="stable")
    adjusted = np.empty(len(order))
    adjusted[order] = np.minimum(steps(values[known][order]), 1.0)
    out[known] = adjusted
    return out
