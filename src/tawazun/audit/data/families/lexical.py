"""Lexical richness: how many different words, and how rare they are."""

from collections.abc import Mapping

import numpy as np

from tawazun.audit.data.batches import Batch
from tawazun.audit.data.records import Family, Metric, Values, per
from tawazun.audit.data.richness import (
    first_words,
    hapax_share,
    hdd,
    mattr,
    mtld,
    rarity,
    word_entropy,
    yules_k,
)

WINDOW, FEWEST, POOL = 50, 50, 10_000


def rows(batch: Batch) -> Values:
    """Richness of every text; MTLD of texts under 50 words is left out, it is not stable there."""
    words = batch.words
    runs = mtld(words)
    runs[words.lengths < FEWEST] = np.nan
    return {
        "mattr": mattr(words, WINDOW), "mtld": runs, "hdd": hdd(words), "hapax_share": hapax_share(words),
        "yules_k": yules_k(words), "word_entropy": word_entropy(words), "rarity": rarity(words),
    }  # fmt: skip


def shard(batch: Batch) -> Mapping[str, float]:
    """Richness of the first 10,000 words of a shard as one text."""
    pool = first_words(batch.words, POOL)
    names = ("pool_types", "pool_hapax_share", "pool_yules_k", "pool_word_entropy")
    if pool is None:
        return dict.fromkeys(names, float("nan"))
    types = per(np.array([len(pool.types[0])]), pool.lengths)
    values = (types, hapax_share(pool), yules_k(pool), word_entropy(pool))
    return {name: float(value[0]) for name, value in zip(names, values, strict=True)}


LEVEL = "nearly free of length from the fewest words on"
FALLS = "falls as a text grows"
EQUAL = "over equally many words (10,000), so free of length; none in a smaller shard"
FAMILY = Family(
    "lexical",
    "how many different words, and how rare",
    (
        Metric(
            "mattr", "row", "share", "mean types / 50 over all windows of 50 words", "Covington & McFall 2010", LEVEL
        ),
        Metric(
            "mtld",
            "row",
            "words",
            "mean run of words with types / words > .72, both ways",
            "McCarthy & Jarvis 2010",
            "stable from about 100 words; none below 50",
        ),
        Metric(
            "hdd",
            "row",
            "share",
            "sum over words of P(in 42 drawn words) / 42",
            "McCarthy & Jarvis 2007",
            "nearly free of length from 42 words on",
        ),
        Metric("hapax_share", "row", "share of words", "words that stand once / words", "own", FALLS),
        Metric(
            "yules_k",
            "row",
            "none",
            "10,000 (sum c² - N) / N²",
            "Yule 1944; Tweedie & Baayen 1998",
            "free of length in theory, noisy in short texts",
        ),
        Metric(
            "word_entropy", "row", "bits", "-sum p log2 p over the words of a row", "Shannon 1948", "rises with length"
        ),
        Metric(
            "rarity",
            "row",
            "bits",
            "mean of -log2(share of the word in the shard)",
            "own",
            "free of a row's length; rises with the shard's size",
        ),
        Metric("pool_types", "shard", "share of words", "types / words", "own", EQUAL),
        Metric("pool_hapax_share", "shard", "share of words", "words that stand once / words", "own", EQUAL),
        Metric("pool_yules_k", "shard", "none", "10,000 (sum c² - N) / N²", "Yule 1944", EQUAL),
        Metric("pool_word_entropy", "shard", "bits", "-sum p log2 p", "Shannon 1948", EQUAL),
    ),
    rows,
    shard,
)
