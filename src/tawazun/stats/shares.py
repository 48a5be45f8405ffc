"""What a distribution over options must keep to before any statistic touches it.

A row is the last axis. A row with a NaN is "not known": it passes and every statistic of it is NaN. Everything else
must be non-negative and sum to 1; a row that sums to .999 is a mistake upstream and is refused, not renormalised.
Options beyond a question's own are padding: they hold 0.
"""

from numbers import Real

import numpy as np
from numpy.typing import ArrayLike

TOLERANCE = 1e-6


def check_shares(values: ArrayLike, name: str) -> np.ndarray:
    """The shares as a float array, once they are known to be distributions.

    Shapes   values: (..., K), K >= 1.
    Returns  (..., K) float64; rows with a NaN pass unchanged.
    Unit     shares of 1.
    Errors   ValueError naming the first bad row when an entry is negative or a row does not sum to 1 (within 1e-6).
    Source   Kolmogorov's axioms; the tolerance is ours.

    >>> check_shares([[0.25, 0.75]], "p")
    array([[0.25, 0.75]])
    """
    shares = np.asarray(values, dtype=np.float64)
    if shares.ndim == 0 or shares.shape[-1] == 0:
        raise ValueError(f"{name} must have options on its last axis, got shape {shares.shape}")
    below = shares < 0
    if below.any():
        at = tuple(int(i) for i in np.argwhere(below)[0][:-1])
        raise ValueError(f"{name} has a negative share in row {at}: {shares[at].tolist()}")
    total = row_sums(shares)
    off = np.abs(total - 1) > TOLERANCE
    if off.any():
        at = tuple(int(i) for i in np.argwhere(off)[0])
        raise ValueError(f"{name} must sum to 1 over options, row {at} sums to {total[at]:.9g}")
    return shares


def row_sums(values: np.ndarray) -> np.ndarray:
    """Sums over the last axis, as a product with ones: several times as fast as `sum` over a handful of options.

    Shapes   values: (..., K). Returns (...).
    Returns  NaN where a row has a NaN; booleans are counted.
    Unit     that of the values.
    Errors   none.
    Source   addition.

    >>> row_sums(np.array([[0.25, 0.75], [1.0, 2.0]]))
    array([1., 3.])
    """
    return np.asarray(values @ np.ones(values.shape[-1]))


def check_pair(p: ArrayLike, q: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Two checked arrays of shares over the same options, whose other axes broadcast.

    Errors   ValueError when they have different numbers of options or axes that do not broadcast.
    """
    first, second = check_shares(p, "p"), check_shares(q, "q")
    if first.shape[-1] != second.shape[-1]:
        raise ValueError(f"p has {first.shape[-1]} options and q {second.shape[-1]}: they need the same options")
    np.broadcast_shapes(first.shape, second.shape)
    return first, second


def check_counts(n: ArrayLike | None, name: str) -> np.ndarray:
    """Sample sizes as floats: None and inf mean no sampling error, NaN means unknown.

    Errors   ValueError when a size is zero or negative.
    """
    sizes = np.asarray(np.inf if n is None else n, dtype=np.float64)
    if (sizes <= 0).any():
        raise ValueError(f"{name} must be positive (inf for no sampling error), got {float(np.nanmin(sizes))}")
    return sizes


def check_whole(value: int, name: str, least: int) -> int:
    """A whole number that is at least `least`. Errors: ValueError naming it."""
    if not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")
    return int(value)


def check_level(level: float, name: str = "level") -> float:
    """A level (or power) inside (0, 1). Errors: ValueError naming it."""
    if not isinstance(level, Real) or not 0 < level < 1:
        raise ValueError(f"{name} must lie between 0 and 1, got {level!r}")
    return float(level)
