"""What became of each pair that a judge saw twice, the second time with the order swapped.

kept      the same answer won under both orders
first     whatever stood first won, under both orders; last: whatever stood last
tied      an order in which the answers came out exactly equal
failed    an order that was not asked or failed, or in which most replies were refused or unread
Nothing is dropped: the five make up every pair.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

FATES = ("kept", "first", "last", "tied", "failed")
ORDERS = ("forward", "reversed")
EQUAL = 1e-9


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Verdicts of one judge over Q pairs.

    fate      (Q,) names out of `FATES`
    chosen    (Q,) 0-based answer that won, in canonical order; -1 where the verdict is not kept
    """

    fate: np.ndarray
    chosen: np.ndarray

    def shares(self) -> dict[str, float]:
        """Share of all pairs that met each fate."""
        return {name: float((self.fate == name).mean()) for name in FATES} if len(self.fate) else {}


def verdicts(p: ArrayLike, lost: ArrayLike) -> Verdicts:
    """What became of pairs that were judged forward and reversed.

    Shapes   p: (2, Q, 2) shares of the two answers in canonical order, forward first, NaN where there is none;
             lost: (2, Q) share of replies refused or unread, NaN where nothing of the kind can be observed.
    Errors   ValueError for other shapes.
    """
    shares, gone = np.asarray(p, dtype=float), np.nan_to_num(np.asarray(lost, dtype=float))
    if shares.ndim != 3 or shares.shape[0] != 2 or shares.shape[2] != 2 or gone.shape != shares.shape[:2]:
        raise ValueError(f"p is (2, pairs, 2) and lost (2, pairs), got {shares.shape} and {gone.shape}")
    lead = shares[..., 1] - shares[..., 0]
    failed = (np.isnan(lead) | (gone > 0.5)).any(axis=0)
    tied = ~failed & (np.abs(lead) <= EQUAL).any(axis=0)
    second = lead > 0
    kept = ~failed & ~tied & (second[0] == second[1])
    # forward shows answer 0 first, reversed shows answer 1 first
    first = ~failed & ~tied & ~second[0] & second[1]
    fate = np.select([failed, tied, kept, first], ["failed", "tied", "kept", "first"], "last")
    return Verdicts(fate, np.where(kept, second[0].astype(np.int64), -1))
