"""Which branches of a tree go through a model side by side in one row.

A row continues what its parents left. Small subtrees of one parent (the orders of a question, the options of a prompt)
share a row: their parent's keys and values are fetched once for all of them and nothing is kept for what stands below.
A token sees its own branch, the branches above it and everything that the row continues; never its neighbours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from tawazun.engine.tree import Branch, size

FOLDED = 160  # most tokens below a branch that go into its own row
WIDE = 192  # most tokens of a row that several branches of one parent share

Owners = list[tuple[int, int]]


@dataclass(slots=True)
class Row:
    """Tokens that go through a model together, after what `above` kept.

    above    number of the row it continues, among those that kept something for it
    tokens   of its branches, each before those below it
    places   true position of each token in its sequence
    until    for each token, the first place in the row that no longer sees it: the end of its branch's subtree
    spots    place in the row -> the (sequence, number of the spot) that are read there
    below    branches that continue the row in rows of their own; then the row is one branch
    """

    above: int
    tokens: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    until: list[int] = field(default_factory=list)
    spots: dict[int, Owners] = field(default_factory=dict)
    below: list[Branch] = field(default_factory=list)

    @property
    def forked(self) -> bool:
        """Whether some tokens do not see all that stand before them."""
        return bool(self.until) and min(self.until) < len(self.tokens)

    def take(self, branch: Branch) -> None:
        """Add a branch and everything below it."""
        first = len(self.tokens)
        self.tokens += branch.tokens
        self.places += range(branch.start, branch.start + len(branch.tokens))
        for at, owners in branch.spots.items():
            self.spots[first + at] = owners
        self.until += [0] * len(branch.tokens)
        for one in branch.children:
            self.take(one)
        self.until[first : first + len(branch.tokens)] = [len(self.tokens)] * len(branch.tokens)


def rows_of(branches: Sequence[Branch], above: int, *, folded: int = FOLDED, apart: bool = False) -> list[Row]:
    """The rows of branches that continue one row.

    folded  most tokens below a branch that go into its own row
    apart   no two of them share a row: they continue nothing, so that nothing would be saved
    """
    rows: list[Row] = []
    shared: Row | None = None
    for one in branches:
        below = size(one.children)
        if below > folded:
            rows.append(alone(one, above))
            continue
        if apart or shared is None or len(shared.tokens) + len(one.tokens) + below > WIDE:
            shared = Row(above)
            rows.append(shared)
        shared.take(one)
    return rows


def alone(branch: Branch, above: int) -> Row:
    """The row of one branch, without what is below it."""
    row = Row(above, below=branch.children)
    row.take(Branch(branch.tokens, branch.start, spots=branch.spots))
    return row


def padded(rows: Sequence[Sequence[int]], filler: int) -> np.ndarray:
    """(rows, widest) numbers, filled up on the right."""
    table = np.full((len(rows), max(map(len, rows))), filler, dtype=np.int64)
    for line, one in zip(table, rows, strict=True):
        line[: len(one)] = one
    return table
