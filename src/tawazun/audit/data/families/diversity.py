"""Diversity: how much rows repeat themselves and each other."""

import zlib
from collections.abc import Mapping

import numpy as np

from tawazun.audit.data.batches import Batch
from tawazun.audit.data.bleu import self_bleu
from tawazun.audit.data.duplicates import near_duplicate_share
from tawazun.audit.data.records import Family, Metric, Values, per
from tawazun.audit.data.richness import first_words
from tawazun.audit.data.words import Words
from tawazun.seeds import stream

POOL, BYTES, FEWEST_BYTES, SAMPLE, LONGEST = 10_000, 100_000, 200, 100, 200
LEVEL = 6


def rows(batch: Batch) -> Values:
    """Repetition inside every text."""
    words = batch.words
    two, _ = distinct(words, 2)
    three, repeated = distinct(words, 3)
    return {
        "distinct_1": per(np.bincount(words.types[0], minlength=len(words.lengths)), words.lengths),
        "distinct_2": two,
        "distinct_3": three,
        "repetition_3": repeated,
        "compression": np.array([_compressed(text.encode("utf-8", "replace")) for text in batch.texts]),
    }


def distinct(words: Words, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Different runs of n words over all, and the share of runs that stand twice or more. Shapes: (R,) each."""
    codes, own = words.runs(n)
    count = len(words.lengths)
    total = np.bincount(own, minlength=count)
    # the text in the high 24 bits, 40 bits of the run below: sorted once, each text's equal runs lie together
    keys = (codes >> np.uint64(24)) | (own.astype(np.uint64) << np.uint64(40))
    keys.sort()
    new = np.concatenate(([True], keys[1:] != keys[:-1])) if len(keys) else np.zeros(0, dtype=bool)
    heads = np.flatnonzero(new)
    sizes = np.diff(np.concatenate((heads, [len(keys)])))
    of = (keys[heads] >> np.uint64(40)).astype(np.int64)
    repeated = np.bincount(of, weights=np.where(sizes > 1, sizes, 0), minlength=count)
    return per(np.bincount(of, minlength=count), total), per(repeated, total)


def _compressed(content: bytes) -> float:
    return len(content) / len(zlib.compress(content, LEVEL)) if len(content) >= FEWEST_BYTES else float("nan")


def shard(batch: Batch) -> Mapping[str, float]:
    """Repetition between the texts of a shard."""
    pool = first_words(batch.words, POOL)
    found = {f"pool_distinct_{n}": float(distinct(pool, n)[0][0]) if pool else float("nan") for n in (1, 2, 3)}
    joined = "\n".join(batch.texts).encode("utf-8", "replace") if len(batch.texts) else b""
    whole = joined[:BYTES]
    found["pool_compression"] = len(whole) / len(zlib.compress(whole, LEVEL)) if len(joined) >= BYTES else float("nan")
    scores = self_bleu(sampled(batch.words))
    found["self_bleu"] = float(np.nanmean(scores)) if np.isfinite(scores).any() else float("nan")
    found["near_duplicate_share"] = near_duplicate_share(batch.words)
    return found


def sampled(words: Words) -> Words:
    """At most 100 texts drawn by a fixed seed, each cut to its first 200 words."""
    having = np.flatnonzero(words.lengths > 0)
    if len(having) > SAMPLE:
        having = np.sort(stream("self-bleu", len(having)).choice(having, SAMPLE, replace=False))
    parts = [words.ids[words.starts[i] : min(words.starts[i] + LONGEST, words.starts[i + 1])] for i in having]
    starts = np.concatenate(([0], np.cumsum([len(part) for part in parts], dtype=np.int64)))
    ids = np.concatenate(parts) if parts else words.ids[:0]
    return Words(ids, starts, words.vocabulary, words.segmenter)


FALLS = "falls as a text grows"
EQUAL = "over equally many words (10,000), so free of length; none in a smaller shard"
FAMILY = Family(
    "diversity",
    "how much rows repeat themselves and each other",
    (
        Metric("distinct_1", "row", "share", "different words / words", "Li et al. 2016", FALLS),
        Metric("distinct_2", "row", "share", "different runs of 2 words / runs", "Li et al. 2016", FALLS),
        Metric("distinct_3", "row", "share", "different runs of 3 words / runs", "Li et al. 2016", FALLS),
        Metric(
            "repetition_3",
            "row",
            "share of runs",
            "runs of 3 words that stand twice or more / runs",
            "after Rae et al. 2021",
            "rises with length",
        ),
        Metric(
            "compression",
            "row",
            "ratio",
            "UTF-8 bytes / bytes after zlib (level 6)",
            "own",
            "rises with length; none under 200 bytes",
        ),
        *(
            Metric(
                f"pool_distinct_{n}", "shard", "share", f"different runs of {n} words / runs", "Li et al. 2016", EQUAL
            )
            for n in (1, 2, 3)
        ),
        Metric(
            "pool_compression",
            "shard",
            "ratio",
            "bytes / bytes after zlib, of the first 100,000 bytes",
            "own",
            "over equally many bytes; none in a smaller shard",
        ),
        Metric(
            "self_bleu",
            "shard",
            "0 to 100",
            "mean BLEU-4 of 100 rows against the other 99, first 200 words each",
            "Zhu et al. 2018",
            "rises with the length of rows; falls below 100 rows",
        ),
        Metric(
            "near_duplicate_share",
            "shard",
            "share of rows",
            "1 - groups / rows; MinHash agreement >= .8 over runs of 3 words",
            "Broder 1997",
            "rises with the rows of a shard",
        ),
    ),
    rows,
    shard,
)
