"""Words of a batch as numbers: which word stands where, when it stood there before, and runs of words as one number."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Words:
    """Words of R texts laid end to end.

    ids         (N,) position of each word in `vocabulary`
    starts      (R + 1,) where each text begins
    vocabulary  every word that occurs, once
    segmenter   what cut the texts into words
    """

    ids: np.ndarray
    starts: np.ndarray
    vocabulary: Sequence[str]
    segmenter: str

    @cached_property
    def lengths(self) -> np.ndarray:
        """Words of every text. Shapes: (R,)."""
        return np.diff(self.starts)

    @cached_property
    def rows(self) -> np.ndarray:
        """Which text each word is of. Shapes: (N,)."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    @cached_property
    def _sorted(self) -> tuple[np.ndarray, np.ndarray]:
        """Keys of (text, word) in order, and where they stand."""
        keys = self.rows * np.int64(max(1, len(self.vocabulary))) + self.ids
        bits = len(keys).bit_length()
        if len(keys) and int(keys.max()) < 1 << (62 - bits):
            # key and place in one number: a plain sort is several times faster than one that keeps track of places
            both = np.sort((keys << bits) | np.arange(len(keys)))
            return both >> bits, both & ((1 << bits) - 1)
        order = np.argsort(keys, kind="stable")
        return keys[order], order

    @cached_property
    def previous(self) -> np.ndarray:
        """Where in the batch the same word last stood in the same text, -1 for nowhere. Shapes: (N,)."""
        keys, order = self._sorted
        found = np.full(len(keys), -1, dtype=np.int64)
        same = keys[1:] == keys[:-1]
        found[order[1:][same]] = order[:-1][same]
        return found

    @cached_property
    def types(self) -> tuple[np.ndarray, np.ndarray]:
        """Every different word of every text: which text, and how often it stands there. Shapes: (T,) each."""
        keys, _ = self._sorted
        if not len(keys):
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        first = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
        return keys[first] // max(1, len(self.vocabulary)), np.diff(np.concatenate((first, [len(keys)])))

    @cached_property
    def frequencies(self) -> np.ndarray:
        """How often each word of the vocabulary stands in the batch. Shapes: (V,)."""
        return np.bincount(self.ids, minlength=len(self.vocabulary))

    def per_row(self, values: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
        """Sums of values of words (or of anything with its rows) by text. Shapes: values (N,); returns (R,)."""
        of = self.rows if rows is None else rows
        # without any word bincount forgets that weights are not whole
        return np.bincount(of, weights=values, minlength=len(self.lengths)).astype(float)

    def runs(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Every run of n words inside one text as one number, and which text it is of.

        Two different runs have the same number once in about 2^64 pairs. Shapes: (M,) uint64 and (M,)
        """
        count = len(self.ids) - n + 1
        if count <= 0:
            return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)
        inside = self.rows[:count] == self.rows[n - 1 :]
        codes = np.zeros(count, dtype=np.uint64)
        own = scattered(self.ids.astype(np.uint64) + np.uint64(1))
        for i in range(n):
            codes = scattered(codes * np.uint64(31) + own[i : i + count])
        return codes[inside], self.rows[:count][inside]


def scattered(codes: np.ndarray) -> np.ndarray:
    """Numbers mixed so that near ones fall far apart (splitmix64). Shapes: (N,) uint64."""
    with np.errstate(over="ignore"):
        mixed = codes + MIX
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return mixed ^ (mixed >> np.uint64(31))


def numbered(lists: pl.Series, segmenter: str) -> Words:
    """Words from lists of words. Shapes: lists (R,) of List[String]."""
    lengths = lists.list.len().to_numpy().astype(np.int64)
    starts = np.concatenate(([0], np.cumsum(lengths)))
    # an empty list explodes to one null, which is no word
    flat = lists.filter(pl.Series(lengths > 0)).explode()
    vocabulary = flat.unique(maintain_order=True)
    if not len(flat):
        return Words(np.zeros(0, dtype=np.int64), starts, [], segmenter)
    ids = flat.cast(pl.Enum(vocabulary)).to_physical().to_numpy().astype(np.int64)
    return Words(ids, starts, vocabulary.to_list(), segmenter)
