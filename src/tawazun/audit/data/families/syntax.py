"""Syntax: how deep sentences nest and how far words stand from what they depend on, where a parser is installed."""

from collections.abc import Callable, Sequence

import numpy as np

from tawazun.audit.data.batches import Batch
from tawazun.audit.data.parsers import Heads, parser_for
from tawazun.audit.data.records import Family, Metric, Values, no_shard


def rows(batch: Batch) -> Values:
    """Means over the sentences of every text; no value without a parser or without a sentence of two tokens."""
    found = {name: np.full(len(batch.samples), np.nan) for name in FORMULAS}
    parse = parser_for(batch.language).parse
    if parse is None:
        return found
    for row, sentences in enumerate(parse(batch.texts)):
        several = [heads for heads in sentences if len(heads) > 1]
        for name, formula in FORMULAS.items():
            if several:
                found[name][row] = np.mean([formula(heads) for heads in several])
    return found


def depth(heads: Heads) -> int:
    """Arcs from the root to the word farthest from it. Errors: ValueError for heads that go in a circle.

    >>> depth([1, 1, 1, 2])
    2
    """
    deepest = 0
    for token in range(len(heads)):
        steps, at = 0, token
        while heads[at] != at:
            at, steps = heads[at], steps + 1
            if steps > len(heads):
                raise ValueError("the heads of a sentence go in a circle")
        deepest = max(deepest, steps)
    return deepest


def distance(heads: Heads) -> float:
    """Mean distance between a word and its head, the root's being 0.

    Source   Oya (2011), PAAP 16, as textdescriptives' `dependency_distance_mean`
    """
    return float(np.mean([abs(head - token) for token, head in enumerate(heads)]))


def adjacent(heads: Heads) -> float:
    """Share of words whose head stands beside them (`prop_adjacent_dependency_relation` of textdescriptives)."""
    return float(np.mean([abs(head - token) == 1 for token, head in enumerate(heads)]))


FORMULAS: dict[str, Callable[[Sequence[int]], float]] = {
    "dependency_depth": depth, "dependency_distance": distance, "adjacent_share": adjacent,
}  # fmt: skip
FAMILY = Family(
    "syntax",
    "how deep sentences nest, where a parser is installed",
    (
        Metric("dependency_depth", "row", "arcs", "mean over sentences of the longest way to the root", "own",
               "rises with the length of sentences"),
        Metric("dependency_distance", "row", "tokens", "mean over sentences of |position - position of the head|",
               "Oya 2011", "rises with the length of sentences"),
        Metric("adjacent_share", "row", "share of tokens", "tokens beside their head / tokens", "Oya 2011",
               "falls as sentences grow"),
    ),
    rows,
    no_shard,
)  # fmt: skip
