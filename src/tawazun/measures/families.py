"""Families of tests: which p-values are read together, and what that costs."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.stats.permutation import holm


def holm_family(estimates: Iterable[Estimate], family: str) -> list[Estimate]:
    """The same rows, those with a p given Holm's adjusted p over the family, which `family` describes."""
    rows = list(estimates)
    tested = [i for i, row in enumerate(rows) if row.p is not None]
    adjusted = holm(np.array([rows[i].p for i in tested], dtype=float)) if tested else np.zeros(0)
    for i, p in zip(tested, adjusted, strict=True):
        method = f"{rows[i].method}; p adjusted by Holm over {len(tested)} tests: {family}"
        rows[i] = replace(rows[i], p_adjusted=float(p), method=method)
    return rows
