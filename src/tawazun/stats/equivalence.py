"""Saying "no different" or "no worse" with evidence, how likely a design is to succeed at it, and ratios.

A large p-value of an ordinary test is not evidence of sameness. Equivalence needs a bound that was fixed before the
answers were seen; so does non-inferiority (`one_sided` against minus the margin). All functions take an estimate with
its standard error and degrees of freedom and work on arrays of them.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr
from scipy.stats import chi2, nct
from scipy.stats import t as student

from tawazun.stats.shares import check_level

# a design that needs more than this is not a design
MOST = 10_000_000


@dataclass(frozen=True)
class Equivalence:
    """Two one-sided tests of an estimate against a lower and an upper bound; every field has the estimate's shape.

    p            the larger of p_above and p_below
    p_above      p of "not above the lower bound", p_below of "not below the upper bound"
    low, high    interval at level 1 - 2 alpha: inside the bounds exactly when p <= alpha
    equivalent   whether p <= alpha
    """

    p: np.ndarray
    p_above: np.ndarray
    p_below: np.ndarray
    low: np.ndarray
    high: np.ndarray
    equivalent: np.ndarray


def tost(
    estimate: ArrayLike, se: ArrayLike, df: ArrayLike, *, bounds: tuple[ArrayLike, ArrayLike], alpha: float
) -> Equivalence:
    """Two one-sided tests: is the estimate inside the bounds, beyond its error?

    Shapes   estimate, se, df and both bounds broadcast.
    Returns  Equivalence; NaN (and not equivalent) where the estimate or its error is NaN. With se 0 the p is 0 inside
             the bounds and 1 on them or outside.
    Unit     p: probability; low and high: that of the estimate.
    Errors   ValueError when a lower bound is not below its upper one, se is negative, df not positive, or alpha outside
             (0, .5].
    Source   Schuirmann (1987), J. Pharmacokinet. Biopharm. 15(6).

    >>> bool(tost(0.1, 0.2, 30, bounds=(-0.5, 0.5), alpha=0.05).equivalent)
    True
    """
    lower, upper = (np.asarray(side, dtype=float) for side in bounds)
    if not (lower < upper).all():
        raise ValueError(f"the lower bound must be below the upper one, got {lower.tolist()} and {upper.tolist()}")
    _check_alpha(alpha)
    value, scale, free = _estimate(estimate, se, df)
    above = one_sided(value, scale, free, null=lower, alternative="greater")
    below = one_sided(value, scale, free, null=upper, alternative="less")
    p = np.maximum(above, below)
    half = student.ppf(1 - alpha, free) * scale
    return Equivalence(p, above, below, value - half, value + half, p <= alpha)


def root_bound(first: ArrayLike, second: ArrayLike, delta: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """A bound on the difference of two roots, turned over to the difference of what stands under them.

    With r = root(a) - root(b) and s = root(a) + root(b), a - b = r s and 2 (a + b) = r^2 + s^2. So |r| < delta exactly
    where |a - b| < delta s with s^2 = 2 (a + b) - delta^2, and s is never below delta where r reaches it. The bound
    depends on a + b alone, stays smooth where one of them is 0, and is defined where noise takes one below 0.

    Shapes   all broadcast. Returns two arrays (...).
    Returns  bound: delta max(delta, s); slope: its derivative by a and by b alike, which a test has to count in.
    Unit     bound: that of `first` (squared); slope: none.
    Errors   ValueError when delta is not positive.
    Source   own; measured in benchmarks/calibration.py.

    >>> bound, slope = root_bound(0.09, 0.04, 0.1)
    >>> round(float(bound), 6), round(float(slope), 3)
    (0.05, 0.2)
    """
    a, b, most = np.broadcast_arrays(*(np.asarray(part, dtype=float) for part in (first, second, delta)))
    if not (most > 0).all():
        raise ValueError(f"a bound must be positive, got {most.tolist()}")
    square = 2 * (a + b) - most**2
    above = square > most**2
    total = np.sqrt(np.where(above, square, most**2))
    return most * total, np.where(above, most / total, 0.0)


def one_sided(
    estimate: ArrayLike, se: ArrayLike, df: ArrayLike, *, null: ArrayLike, alternative: Literal["greater", "less"]
) -> np.ndarray:
    """One-sided p-value of an estimate against a value: superiority at 0, non-inferiority at minus the margin.

    Shapes   all broadcast. Returns (...).
    Returns  [0, 1]; NaN where the estimate or its error is NaN. With se 0: 0 beyond the value, else 1.
    Unit     probability.
    Errors   ValueError when se is negative or df not positive, or for another alternative.
    Source   Student (1908), Biometrika 6(1).

    >>> round(float(one_sided(2.0, 1.0, np.inf, null=0.0, alternative="greater")), 4)
    0.0228
    """
    if alternative not in ("greater", "less"):
        raise ValueError(f"alternative must be 'greater' or 'less', got {alternative!r}")
    value, scale, free = _estimate(estimate, se, df)
    gap = value - np.asarray(null, dtype=float)
    gap = gap if alternative == "greater" else -gap
    certain = np.where(gap > 0, np.inf, -np.inf)
    ratio = np.divide(gap, scale, out=np.where(np.isnan(gap), np.nan, certain), where=scale != 0)
    return student.sf(ratio, free)


def superiority_power(effect: ArrayLike, se: ArrayLike, df: ArrayLike, *, alpha: float) -> np.ndarray:
    """How often a one-sided test at alpha finds an effect of this size.

    Shapes   all broadcast. Returns (...).
    Returns  [0, 1]; alpha itself at effect 0.
    Unit     probability.
    Errors   ValueError when se is not positive, df not positive, or alpha outside (0, .5].
    Source   Cohen (1988), Statistical Power Analysis, section 2.5: the non-central t.

    >>> round(float(superiority_power(0.0, 1.0, 9, alpha=0.05)), 3)
    0.05
    """
    _check_alpha(alpha)
    value, scale, free = _estimate(effect, se, df, positive=True)
    shift = value / scale
    finite = np.where(np.isfinite(free), free, 1.0)
    by_t = nct.sf(student.ppf(1 - alpha, finite), finite, shift)
    by_normal = ndtr(shift - student.ppf(1 - alpha, np.inf))
    return np.where(np.isfinite(free), by_t, by_normal)


def equivalence_power(
    effect: ArrayLike, se: ArrayLike, df: ArrayLike, *, bounds: tuple[float, float], alpha: float
) -> np.ndarray:
    """How often `tost` finds equivalence when the true difference is `effect`.

    Shapes   effect, se, df broadcast. Returns (...).
    Returns  [0, 1]; 0 where the error is too large for any estimate to pass.
    Unit     probability.
    Errors   as `superiority_power`; ValueError when the lower bound is not below the upper one.
    Source   Phillips (1990), J. Pharmacokinet. Biopharm. 18(2): the normal chance given the estimated error, averaged
             over 400 equally likely values of it.

    >>> round(float(equivalence_power(0.0, 0.1, np.inf, bounds=(-0.3, 0.3), alpha=0.05)), 3)
    0.825
    """
    _check_alpha(alpha)
    if not bounds[0] < bounds[1]:
        raise ValueError(f"the lower bound must be below the upper one, got {bounds}")
    value, scale, free = np.broadcast_arrays(*_estimate(effect, se, df, positive=True))
    nodes = (np.arange(400) + 0.5) / 400
    finite = np.where(np.isfinite(free), free, 1.0)[..., None]
    errors = np.where(np.isfinite(free)[..., None], np.sqrt(chi2.ppf(nodes, finite) / finite), 1.0) * scale[..., None]
    reach = student.ppf(1 - alpha, free)[..., None] * errors
    centre, true_error = value[..., None], scale[..., None]
    chance = ndtr((bounds[1] - reach - centre) / true_error) - ndtr((bounds[0] + reach - centre) / true_error)
    return np.maximum(chance, 0.0).mean(axis=-1)


def needed_units(
    sd: float, effect: float, *, bounds: tuple[float, float] | None, alpha: float, power: float, per_unit: int = 1
) -> int | None:
    """The smallest number of independent units (framings, items, models) that reaches a power, by t with n - 1 df.

    Shapes   sd: of one unit; effect: the true difference; bounds: None for superiority, else for equivalence.
    Returns  a whole number of at least 2 and a multiple of `per_unit`; None when none under ten million does (an effect
             of 0 or on a bound).
    Unit     units.
    Errors   ValueError when sd is not positive, or alpha or power outside their ranges.
    Source   own: search over `superiority_power` or `equivalence_power`, which rise with n.

    >>> needed_units(1.0, 0.5, bounds=None, alpha=0.05, power=0.8)
    27
    """
    check_level(power, "power")
    if not sd > 0:
        raise ValueError(f"sd must be positive, got {sd!r}")

    def reached(units: int) -> bool:
        n = units * per_unit
        if n < 2:
            return False
        error, df = sd / np.sqrt(n), n - 1
        if bounds is None:
            return bool(superiority_power(effect, error, df, alpha=alpha) >= power)
        return bool(equivalence_power(effect, error, df, bounds=bounds, alpha=alpha) >= power)

    high = 1
    while not reached(high):
        high *= 2
        if high * per_unit > MOST:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high * per_unit


def ratio_interval(
    above: ArrayLike,
    below: ArrayLike,
    *,
    variance_above: ArrayLike,
    variance_below: ArrayLike,
    covariance: ArrayLike,
    df: ArrayLike,
    level: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of a ratio of two estimates, such as a skill; there are none when the denominator may be 0.

    Shapes   all broadcast. Returns two arrays (...).
    Returns  low, high; NaN where the denominator's own interval holds 0, or anything is NaN.
    Unit     that of above / below.
    Errors   ValueError for a negative variance, df not positive, level outside (0, 1).
    Source   Fieller (1954), J. R. Stat. Soc. B 16(2).
    """
    check_level(level)
    top, bottom, vt, vb, c, free = (
        np.asarray(part, dtype=float) for part in (above, below, variance_above, variance_below, covariance, df)
    )
    if (vt < 0).any() or (vb < 0).any():
        raise ValueError("a variance cannot be negative")
    if not (free > 0).all():
        raise ValueError(f"df must be positive, got {free.tolist()}")
    square = np.square(student.ppf((1 + level) / 2, free))
    a, b, e = np.square(bottom) - square * vb, top * bottom - square * c, np.square(top) - square * vt
    a = np.where(a > 0, a, np.nan)
    root = np.sqrt(np.maximum(np.square(b) - a * e, 0.0))
    return (b - root) / a, (b + root) / a


def _estimate(
    estimate: ArrayLike, se: ArrayLike, df: ArrayLike, positive: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    value, scale, free = (np.asarray(part, dtype=float) for part in (estimate, se, df))
    if (scale < 0).any() or (positive and (scale == 0).any()):
        raise ValueError(f"se must be {'positive' if positive else 'zero or more'}, got {scale.tolist()}")
    if not (free > 0).all():
        raise ValueError(f"df must be positive (inf for a known error), got {free.tolist()}")
    return value, scale, free


def _check_alpha(alpha: float) -> None:
    if not 0 < alpha <= 0.5:
        raise ValueError(f"alpha must lie in (0, .5], got {alpha!r}")
