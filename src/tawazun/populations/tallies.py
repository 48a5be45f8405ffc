"""Weighted answers counted by group, for options, several mentions and ready numbers alike."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LEAST = 10
"""Fewest people behind any figure of a survey that may be shown as aggregates only."""


@dataclass(frozen=True)
class Tally:
    """One item in G groups of interviews.

    shares     (G, K) shares, shares of mentions, or the mean of a ready number (K = 1); NaN without an answer
    square     (G,) mean square of people's own numbers, for the spread of mentions and ready numbers
    n, n_eff   (G,) people with an answer, and effective people
    """

    shares: np.ndarray
    square: np.ndarray
    n: np.ndarray
    n_eff: np.ndarray


def tally(values: np.ndarray, cells: int, codes: Sequence[float], slot: np.ndarray, slots: int, w: np.ndarray) -> Tally:
    """Weighted answers of one item by slot.

    Shapes   values: (N,) options from 0 with cells = K, (N,) ready numbers with cells = 0, or (N, K) mentions;
             slot: (N,) from 0 to slots - 1; w: (N,) above 0; codes: (K,), used for mentions only.
    Returns  Tally over slots
    Unit     shares, or units of the ready number.
    Errors   none: the caller has checked the codes.
    Source   Kish (1965), Survey Sampling, section 11.7, for n_eff.
    """
    several = values.ndim == 2
    there = ~np.isnan(values[:, 0] if several else values)
    at, own, weight = slot[there], values[there], w[there]
    total = np.bincount(at, weight, slots)
    if several or not cells:
        table = own if several else own[:, None]
        sums = np.stack([np.bincount(at, weight * table[:, k], slots) for k in range(table.shape[1])], axis=-1)
        numbers = table @ np.asarray(codes, dtype=float) if several else own
    else:
        sums = np.bincount(at * cells + own.astype(np.int64), weight, slots * cells).reshape(slots, cells)
        numbers = own
    with np.errstate(invalid="ignore", divide="ignore"):
        return Tally(
            shares=sums / total[:, None],
            square=np.bincount(at, weight * numbers**2, slots) / total,
            n=np.bincount(at, minlength=slots).astype(float),
            n_eff=total**2 / np.bincount(at, weight**2, slots),
        )
