"""Rows high and low on a component, and random ones: as many of each source and of each length.

Rows of a source are laid in order of their words and cut into small groups; from each group all subsets take equally
many rows. What is left between them is the component — and not which source or how long.
"""

from dataclasses import dataclass

import numpy as np

from tawazun.errors import Refused
from tawazun.seeds import stream

GROUPS = (64, 32, 16, 8)
ALIKE = 0.02
FEWEST = 20


@dataclass(frozen=True)
class Pool:
    """Rows that subsets are made of: source (R,) as a number, words (R,), and names of the sources."""

    source: np.ndarray
    words: np.ndarray
    names: tuple[str, ...]

    def shares(self, rows: np.ndarray) -> dict[str, float]:
        """Share of each source among rows."""
        counts = np.bincount(self.source[rows], minlength=len(self.names))
        return {name: float(count / max(1, len(rows))) for name, count in zip(self.names, counts, strict=True)}


@dataclass(frozen=True)
class Chosen:
    """Rows high and low on one component, as positions in the pool.

    group     rows of a group inside which they were chosen
    contrast  mean contribution of high less low, in the set's score
    """

    high: np.ndarray
    low: np.ndarray
    group: int
    contrast: float


def chosen(pool: Pool, score: np.ndarray, size: int) -> Chosen:
    """Rows high and low on a component, matched on source and words to 2 % of each other.

    Groups begin with 64 rows and are halved until the words match; smaller ones match better and contrast less.

    Shapes   score: (R,), NaN for rows that cannot be scored and are never chosen
    Errors   Refused for a size above half of the rows, for rows that do not differ, or words that cannot be matched
    """
    usable = np.flatnonzero(np.isfinite(score))
    _possible(len(usable), size)
    if np.ptp(score[usable]) <= 1e-12:
        raise Refused("rows do not differ on the component: there is no high and no low")
    for width in GROUPS:
        parts = grouped(pool, usable, size, width)
        high = np.concatenate([rows[np.argsort(-score[rows], kind="stable")[:take]] for rows, take in parts])
        low = np.concatenate([rows[np.argsort(score[rows], kind="stable")[:take]] for rows, take in parts])
        words = [float(pool.words[one].sum()) for one in (high, low)]
        if abs(words[0] - words[1]) <= ALIKE * max(words):
            return Chosen(np.sort(high), np.sort(low), width, float(score[high].mean() - score[low].mean()))
    raise Refused(
        f"high and low rows differ in words by {abs(words[0] - words[1]) / max(words):.0%} even among {GROUPS[-1]} of "
        "one length: this component is length, and subsets matched on length cannot show it"
    )


def random_draw(pool: Pool, usable: np.ndarray, size: int, width: int, seed: int, number: int) -> np.ndarray:
    """Random rows by the same groups. Shapes: usable (R',) positions that may be chosen."""
    _possible(len(usable), size)
    draw = stream("random subset", seed, number)
    parts = grouped(pool, usable, size, width)
    return np.sort(np.concatenate([draw.choice(rows, take, replace=False) for rows, take in parts]))


def unmatched_sources(pool: Pool, score: np.ndarray, size: int) -> dict[str, dict[str, float]]:
    """Shares of sources among the rows that are highest and lowest of all: what choosing without matching would do."""
    usable = np.flatnonzero(np.isfinite(score))
    order = usable[np.argsort(-score[usable], kind="stable")]
    return {"high": pool.shares(order[:size]), "low": pool.shares(order[-size:])}


def grouped(pool: Pool, usable: np.ndarray, size: int, width: int) -> list[tuple[np.ndarray, int]]:
    """Rows of one source and like length, with how many of them to take; these add up to `size`.

    Numbers are rounded along the order, so that each source and each stretch of lengths gets its part to a row.
    """
    order = usable[np.lexsort((pool.words[usable], pool.source[usable]))]
    edges = [0]
    for source in range(len(pool.names)):
        count = int((pool.source[usable] == source).sum())
        groups = max(1, round(count / width)) if count else 0
        begin = edges[-1]
        edges += [begin + round(count * (i + 1) / groups) for i in range(groups)]
    cuts = np.array(edges)
    takes = np.diff(np.floor(cuts * size / len(usable) + 0.5).astype(int))
    parts = [(order[a:b], int(take)) for a, b, take in zip(cuts[:-1], cuts[1:], takes, strict=True)]
    return [(rows, take) for rows, take in parts if take]


def _possible(rows: int, size: int) -> None:
    if size < FEWEST:
        raise Refused(f"--size {size}: a subset has {FEWEST} rows or more")
    if 2 * size > rows:
        raise Refused(f"--size {size:,}: high and low rows together are more than the {rows:,} that can be scored")
