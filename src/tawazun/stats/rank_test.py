"""Permutation tests of Spearman's correlation, and how many things they need."""

from functools import cache, lru_cache
from math import factorial, pi

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm, rankdata
from scipy.stats import t as student

from tawazun.seeds import seed_for
from tawazun.stats.permutation import BLOCK, TIE, Shuffled
from tawazun.stats.ranks import orders
from tawazun.stats.shares import check_level, check_whole

EXACT, MOST = 40_320, 300
"""Shuffles up to which all are looked at (8 things), and the most things that a search for a sample size tries."""


def spearman_test(x: ArrayLike, y: ArrayLike, *, limit: int = EXACT, draws: int = 9_999, seed: int = 0) -> Shuffled:
    """Do scorings rise and fall with another? Two-sided, the things of `x` shuffled.

    Shapes   x: (N,), N >= 3; y: (..., N), without NaN. Value, p, minimum_p: (...).
    Returns  Shuffled with Spearman's correlation, ties sharing their mean rank; NaN where a side is constant. All N!
             shuffles are used when there are at most `limit`, else `draws` random ones plus the observed one.
    Unit     value: correlation in [-1, 1]; p: probability.
    Errors   ValueError for other shapes or a score that is not finite.
    Source   Pitman (1937), Suppl. J. R. Stat. Soc. 4(2); Phipson & Smyth (2010), SAGMB 9(1).

    >>> found = spearman_test([1, 2, 3, 4], [[10, 30, 20, 40], [1, 2, 3, 4]])
    >>> found.value.round(2).tolist(), found.p.round(3).tolist()
    ([0.8, 1.0], [0.333, 0.083])
    """
    first, second = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if first.ndim != 1 or second.ndim < 1 or second.shape[-1] != len(first) or len(first) < 3:
        raise ValueError(f"x and y must score the same three or more things, got {first.shape} and {second.shape}")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("every thing needs a finite score on both sides")
    own = _standard(rankdata(first))
    others = _standard(rankdata(second, axis=-1)).reshape(-1, len(first))
    shuffles, exact = shuffles_of(len(first), limit, draws, seed)
    value, p, least = (np.empty(len(others)) for _ in range(3))
    step = max(1, BLOCK // len(shuffles))
    moved = own[shuffles]
    for start in range(0, len(others), step):
        found = np.abs(moved @ others[start : start + step].T)
        value[start : start + step] = others[start : start + step] @ own
        p[start : start + step] = (found >= found[0] - TIE).mean(axis=0)
        least[start : start + step] = (found >= found.max(axis=0) - TIE).mean(axis=0)
    gone = ~np.isfinite(value)
    p, least = np.where(gone, np.nan, p), np.where(gone, np.nan, least)
    how = f"all {len(shuffles)} shuffles" if exact else f"{draws} random shuffles, add-one"
    shape = second.shape[:-1]
    method = f"Spearman's correlation over {len(first)} things, {how}; two-sided"
    return Shuffled(value.reshape(shape), p.reshape(shape), least.reshape(shape), len(shuffles), exact, method)


@lru_cache(maxsize=4)
def shuffles_of(count: int, limit: int, draws: int, seed: int) -> tuple[np.ndarray, bool]:
    """`ranks.orders`, kept for the next test over as many things."""
    return orders(count, limit, draws, seed)


def _standard(ranks: np.ndarray) -> np.ndarray:
    """Ranks with mean 0 and length 1; NaN where they are all the same."""
    moved = ranks - ranks.mean(axis=-1, keepdims=True)
    length = np.sqrt(np.square(moved).sum(axis=-1, keepdims=True))
    return np.asarray(np.divide(moved, length, out=np.full(moved.shape, np.nan), where=length > 1e-12))


def spearman_interval(value: ArrayLike, n: int, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of Spearman's correlation.

    Shapes   value: (...). Returns two arrays (...).
    Returns  low, high in [-1, 1]; -1 and 1 for fewer than four things; NaN where the value is.
    Unit     correlation.
    Errors   ValueError for a level outside (0, 1).
    Source   Bonett & Wright (2000), Psychometrika 65(1): Fisher's z with variance (1 + r²/2) / (n - 3).

    >>> low, high = spearman_interval(0.5, 20)
    >>> round(float(low), 2), round(float(high), 2)
    (0.05, 0.78)
    """
    check_level(level)
    r = np.asarray(value, dtype=float)
    if n < 4:
        return np.where(np.isnan(r), np.nan, -1.0), np.where(np.isnan(r), np.nan, 1.0)
    half = norm.ppf((1 + level) / 2) * np.sqrt((1 + r**2 / 2) / (n - 3))
    z = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12))
    return np.tanh(z - half), np.tanh(z + half)


def fewest_things(alpha: float) -> int:
    """Things from which Spearman's permutation test can reach alpha at all: 2 / n! is at most alpha.

    >>> fewest_things(0.05), fewest_things(0.05 / 24)
    (5, 7)
    """
    check_level(alpha, "alpha")
    n = 3
    while 2 / factorial(n) > alpha:
        n += 1
    return n


@cache
def spearman_power(correlation: float, n: int, alpha: float, *, draws: int = 4_000) -> float:
    """Chance that Spearman's permutation test reaches alpha where the people's correlation is as given.

    Shapes   correlation: Spearman's, of two normal scores.
    Returns  [0, 1] with a Monte-Carlo error of at most sqrt(.25 / draws).
    Unit     probability.
    Errors   ValueError for a correlation outside (-1, 1), n < 3, alpha outside (0, 1).
    Source   simulation; Pearson's r = 2 sin(pi rho / 6); null: all shuffles up to 8 things, Student's t above.
    """
    if not -1 < correlation < 1:
        raise ValueError(f"a correlation lies between -1 and 1, got {correlation!r}")
    check_whole(n, "n", 3)
    check_level(alpha, "alpha")
    rng = np.random.default_rng(seed_for("spearman power", n, draws) % 2**32)
    r = 2 * np.sin(pi * correlation / 6)
    x, noise = rng.standard_normal((2, draws, n))
    a, b = (_standard(rankdata(one, axis=-1)) for one in (x, r * x + np.sqrt(1 - r**2) * noise))
    return float((np.abs((a * b).sum(axis=-1)) >= _critical(n, alpha) - TIE).mean())


@cache
def _critical(n: int, alpha: float) -> float:
    """Smallest |rho| whose two-sided p is at most alpha; 2 where there is none."""
    if n > 8:
        bar = student.ppf(1 - alpha / 2, n - 2)
        return float(bar / np.sqrt(n - 2 + bar**2))
    shuffles, _ = shuffles_of(n, EXACT, 1, 0)
    own = _standard(np.arange(1.0, n + 1))
    found = np.abs(own[shuffles] @ own).round(9)
    values, counts = np.unique(found, return_counts=True)
    tails = counts[::-1].cumsum()[::-1] / len(found)
    reached = values[tails <= alpha]
    return float(reached[0]) if len(reached) else 2.0


def things_needed(correlation: float, alpha: float, power: float = 0.8) -> int | None:
    """The fewest things with which the test finds a correlation with a power; None when 300 do not.

    >>> things_needed(0.7, 0.05)
    14
    """
    low, high = 2, 3
    while spearman_power(correlation, high, alpha) < power:
        low, high = high, 2 * high
        if high > MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if spearman_power(correlation, middle, alpha) >= power else (middle, high)
    return high
