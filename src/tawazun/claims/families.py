"""p-values corrected within a declared family, tests made elsewhere included; an impossible test stays None."""

from collections.abc import Sequence

import numpy as np

from tawazun.stats.permutation import benjamini_hochberg, holm

Steps = list[float | None]


def by_holm(p: Sequence[float | None], count: int) -> Steps:
    """Holm's p-values of a family of `count` tests, of which these were made here."""
    return [_plain(value) for value in holm(_padded(p, count))[: len(p)]]


def by_benjamini_hochberg(p: Sequence[float | None], count: int) -> Steps:
    """Benjamini and Hochberg's p-values, as `by_holm`."""
    return [_plain(value) for value in benjamini_hochberg(_padded(p, count))[: len(p)]]


def _padded(p: Sequence[float | None], count: int) -> np.ndarray:
    """The p-values with those of tests made elsewhere, which count as 1; NaN where there is none."""
    values = np.array([np.nan if one is None else one for one in p], dtype=float)
    return np.concatenate([values, np.ones(max(0, count - len(values)))])


def _plain(value: float | np.floating) -> float | None:
    return float(value) if np.isfinite(value) else None
