"""What sequences have in common: a tree of token runs in which every shared beginning stands once.

A branch is cut off where sharing it saves enough; a split that would save a few tokens only is not worth a branch of
its own, and its tokens are repeated in the branches below it. Nothing here computes with a model.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

LEAST = 4  # tokens that a branch must save; fewer cost more in bookkeeping than they spare
DEEPEST = 200  # nested splits that are looked at


@dataclass(slots=True)
class Branch:
    """A run of tokens after everything that stands above it.

    start   position of its first token in the sequences
    spots   position inside the branch -> the (sequence, number of the spot) that are read there
    """

    tokens: list[int]
    start: int
    children: list["Branch"] = field(default_factory=list)
    spots: dict[int, list[tuple[int, int]]] = field(default_factory=dict)


def grow(sequences: Sequence[Sequence[int]], spots: Sequence[Sequence[int]], *, levels: int = 8) -> list[Branch]:
    """The branches that no other branch stands above.

    sequences   at least one token each; doubles share everything
    spots       positions of each sequence that are read
    levels      most branches on the way to a token; 2 gives one shared beginning and what follows it
    """
    return _Tree(sequences, spots, levels).roots()


def size(branches: Sequence[Branch]) -> int:
    """Tokens in branches and everything below them."""
    return sum(len(one.tokens) + size(one.children) for one in branches)


class _Tree:
    def __init__(self, sequences: Sequence[Sequence[int]], spots: Sequence[Sequence[int]], levels: int) -> None:
        owners: dict[tuple[int, ...], list[int]] = {}
        for i, one in enumerate(sequences):
            owners.setdefault(tuple(one), []).append(i)
        self._sorted = sorted(owners)
        self._owners = [owners[one] for one in self._sorted]
        self._spots = spots
        self._levels = levels
        self._shared = _shared(self._sorted)

    def roots(self) -> list[Branch]:
        return self._grow(0, len(self._sorted), 0, [], 0)

    def _grow(self, low: int, high: int, depth: int, path: list[Branch], nested: int) -> list[Branch]:
        """Branches for the sorted sequences low … high - 1, which agree on `depth` tokens that stand above."""
        if high - low == 1:
            return [self._leaf(low, depth, path)]
        if nested > DEEPEST:
            return [self._leaf(i, depth, path) for i in range(low, high)]
        common = int(self._shared[low + 1 : high].min())
        splits = [low, *(low + 1 + np.flatnonzero(self._shared[low + 1 : high] == common)).tolist(), high]
        groups = list(pairwise(splits))
        room = len(path) + 2 <= self._levels
        if not room or not self._worth(groups, common, depth, last=len(path) + 2 == self._levels):
            return [one for a, b in groups for one in self._grow(a, b, depth, path, nested + 1)]
        branch = Branch(list(self._sorted[low][depth:common]), depth)
        here = [*path, branch]
        if len(self._sorted[low]) == common:
            self._end(low, here)
            groups = groups[1:]
        branch.children = [one for a, b in groups for one in self._grow(a, b, common, here, nested + 1)]
        return [branch]

    def _worth(self, groups: list[tuple[int, int]], common: int, depth: int, *, last: bool) -> bool:
        if (len(groups) - 1) * (common - depth) < LEAST:
            return False
        if not last:
            return True
        # the only cut that is left: here, or deeper in each group
        here = (groups[-1][1] - groups[0][0] - 1) * (common - depth)
        return here >= sum(self._best(a, b, depth, 0) for a, b in groups)

    def _best(self, low: int, high: int, depth: int, nested: int) -> int:
        """Tokens that one cut in each of some groups of these sequences can save."""
        if high - low == 1 or nested > DEEPEST:
            return 0
        common = int(self._shared[low + 1 : high].min())
        splits = [low, *(low + 1 + np.flatnonzero(self._shared[low + 1 : high] == common)).tolist(), high]
        deeper = sum(self._best(a, b, depth, nested + 1) for a, b in pairwise(splits))
        return max((high - low - 1) * (common - depth), deeper)

    def _leaf(self, at: int, depth: int, path: list[Branch]) -> Branch:
        branch = Branch(list(self._sorted[at][depth:]), depth)
        self._end(at, [*path, branch])
        return branch

    def _end(self, at: int, path: list[Branch]) -> None:
        """Note where the spots of a sequence lie on its way through the tree."""
        for i in self._owners[at]:
            for k, spot in enumerate(self._spots[i]):
                branch = next(one for one in reversed(path) if one.start <= spot)
                branch.spots.setdefault(spot - branch.start, []).append((i, k))


def _shared(ordered: Sequence[Sequence[int]]) -> np.ndarray:
    """(N,) tokens that each sequence shares with the one before it; 0 for the first."""
    width = max(len(one) for one in ordered)
    table = np.full((len(ordered), width), -1, dtype=np.int64)
    for line, one in zip(table, ordered, strict=True):
        line[: len(one)] = one
    lengths = np.array([len(one) for one in ordered])
    differ = table[1:] != table[:-1]
    first = np.where(differ.any(axis=1), differ.argmax(axis=1), width)
    return np.concatenate([[0], np.minimum(first, np.minimum(lengths[1:], lengths[:-1]))])
