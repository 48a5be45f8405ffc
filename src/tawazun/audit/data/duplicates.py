"""Rows that say nearly the same: MinHash signatures, compared where a band of them is equal."""

import numpy as np

from tawazun.audit.data.words import Words, scattered
from tawazun.seeds import stream

HASHES = 64
BAND = 4
SHINGLE = 3
ALIKE = 0.8


def signatures(words: Words, hashes: int = HASHES) -> np.ndarray:
    """Smallest hash of a text's runs of three words under each of `hashes` hash functions.

    The share of equal places of two signatures estimates the Jaccard similarity of their runs, with a standard error
    of at most .5 / sqrt(hashes). Texts of fewer than three words go by their words.
    Shapes   returns (R, hashes) uint32; a text without words has the largest number everywhere
    Source   Broder (1997), Compression and Complexity of Sequences
    """
    codes, rows = words.runs(SHINGLE)
    short = np.bincount(rows, minlength=len(words.lengths)) == 0
    if short.any():
        single = short[words.rows]
        codes = np.concatenate((codes, scattered(words.ids[single].astype(np.uint64))))
        rows = np.concatenate((rows, words.rows[single]))
        order = np.argsort(rows, kind="stable")
        codes, rows = codes[order], rows[order]
    found = np.full((len(words.lengths), hashes), np.iinfo(np.uint32).max, dtype=np.uint32)
    if not len(codes):
        return found
    heads = np.flatnonzero(np.concatenate(([True], rows[1:] != rows[:-1])))
    having = rows[heads]
    draws = stream("minhash", hashes).integers(0, 2**63, size=(hashes, 2), dtype=np.uint64)
    high = (codes >> np.uint64(32)).astype(np.uint32)
    low = codes.astype(np.uint32)
    with np.errstate(over="ignore"):
        for i, (times, plus) in enumerate(draws.astype(np.uint32)):
            # a product of 32 bits keeps its high bits mixed when the other half is folded in
            mixed = (low * (times | np.uint32(1))) ^ (high + plus)
            found[having, i] = np.minimum.reduceat(mixed * np.uint32(0x9E3779B1), heads)
    return found


def near_duplicate_share(words: Words) -> float:
    """Rows that another row of the batch stands for, over all rows with words: 1 - groups / rows.

    Two rows are of one group when their signatures agree in `ALIKE` of their places. NaN for fewer than two rows.
    """
    used = np.flatnonzero(words.lengths > 0)
    if len(used) < 2:
        return float("nan")
    found = signatures(words)[used]
    parent = list(range(len(used)))
    for start in range(0, HASHES, BAND):
        keys = np.zeros(len(used), dtype=np.uint64)
        for i in range(start, start + BAND):
            keys = scattered(keys + found[:, i])
        order = np.argsort(keys, kind="stable")
        beside = np.flatnonzero(keys[order][1:] == keys[order][:-1])
        left, right = order[beside], order[beside + 1]
        alike = (found[left] == found[right]).mean(axis=1) >= ALIKE
        for one, other in zip(left[alike].tolist(), right[alike].tolist(), strict=True):
            parent[_root(parent, one)] = _root(parent, other)
    groups = sum(_root(parent, i) == i for i in range(len(used)))
    return 1 - groups / len(used)


def _root(parent: list[int], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i
