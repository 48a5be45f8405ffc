"""Errors made of several parts: tests that agree with `resampling.t_interval`, and how many clusters would do.

An interval of two parts (wordings by t, people by the normal) joins their half-widths, so a p-value that is to agree
with it cannot be Student's: it is found by turning the interval round.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from scipy.stats import t as student

from tawazun.stats.resampling import t_interval
from tawazun.stats.shares import check_level, check_whole

Part = tuple[float, float]

# halvings of [0, .5]: the p-value is known to 2^-52
STEPS = 52
# a design that needs more clusters than this is not a design
MOST = 1_000_000


def one_sided_p(
    estimate: float, parts: Sequence[Part], *, null: float, alternative: Literal["greater", "less"]
) -> float:
    """One-sided p of an estimate against a value when its error has several parts.

    Shapes   estimate, null: numbers; parts: (sd, df) pairs.
    Returns  [0, 1]: the smallest alpha at which the bound of `t_interval` at level 1 - 2 alpha excludes the value; with
             one part it is Student's. With every sd 0: 0 beyond the value, 1 before it, .5 on it.
    Unit     probability.
    Errors   as `t_interval`; ValueError for another alternative.
    Source   own: inversion of Howe's (1974) interval, see `t_interval`.

    >>> round(one_sided_p(2.0, [(1.0, float("inf"))], null=0.0, alternative="greater"), 4)
    0.0228
    """
    if alternative not in ("greater", "less"):
        raise ValueError(f"alternative must be 'greater' or 'less', got {alternative!r}")
    t_interval(estimate, parts, 0.5)
    gap = (estimate - null) if alternative == "greater" else (null - estimate)
    reach = abs(gap)
    sds, dfs = (np.array(side, dtype=float) for side in zip(*parts, strict=True))
    if not sds.any():
        return 0.5 if gap == 0 else float(gap < 0)
    low, high = 0.0, 0.5
    for _ in range(STEPS):
        middle = (low + high) / 2
        if middle > 0 and float(np.square(student.isf(middle, dfs) * sds).sum()) < reach**2:
            high = middle
        else:
            low = middle
    return high if gap >= 0 else 1 - high


def half_width(parts: Sequence[Part], level: float) -> float:
    """Half the length of `t_interval`.

    Shapes   parts: (sd, df) pairs.
    Returns  [0, inf).
    Unit     that of the sds.
    Errors   as `t_interval`.
    Source   see `t_interval`.

    >>> round(half_width([(1.0, 4)], 0.95), 3)
    2.776
    """
    low, high = t_interval(0.0, parts, level)
    return float(high - low) / 2


def clusters_needed(sd: float, fixed_sd: float, *, width: float, level: float, fewest: int = 2) -> int | None:
    """The smallest number of clusters whose interval has a half-width of at most `width`.

    Shapes   sd: of one cluster; fixed_sd: of what more clusters do not change (people).
    Returns  a whole number of at least `fewest`; None when what does not change is too wide by itself, or when more
             than a million would be needed.
    Unit     clusters.
    Errors   ValueError when an sd is negative, width not positive, level outside (0, 1), fewest under 2.
    Source   search over `half_width`, which falls with the number of clusters.

    >>> clusters_needed(1.0, 0.0, width=0.5, level=0.95)
    18
    """
    check_level(level)
    check_whole(fewest, "fewest", 2)
    if min(sd, fixed_sd) < 0 or not width > 0:
        raise ValueError(f"sds must not be negative and width must be positive, got {sd}, {fixed_sd}, {width}")

    def reached(count: int) -> bool:
        return half_width([(sd / np.sqrt(count), count - 1), (fixed_sd, np.inf)], level) <= width

    if not reached(MOST):
        return None
    low, high = fewest - 1, fewest
    while not reached(high):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high
