"""Semantics: how close sentences, questions with their answers, and rows are to each other, as vectors.

The vectors come from whatever embeds texts (`Batch.embed`, texts to an array of one row each); which model that was is
the caller's to keep beside the numbers.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from tawazun.audit.data.batches import Batch, Embed
from tawazun.audit.data.records import Family, Metric, Values
from tawazun.audit.data.sentences import sentences

MOST_SENTENCES, CLUSTERS, STEPS = 12, 10, 20


def rows(batch: Batch) -> Values:
    """Coherence, closeness of what was answered to what was asked, and distance from the middle of the shard."""
    names = ("coherence", "response_similarity", "centroid_distance")
    if batch.embed is None or not batch.samples:
        return {name: np.full(len(batch.samples), np.nan) for name in names}
    asked = _vectors(batch.embed, [one.instruction for one in batch.samples])
    answered = _vectors(batch.embed, [one.response for one in batch.samples])
    whole = _vectors(batch.embed, batch.texts)
    middle = _unit(np.nanmean(whole, axis=0, keepdims=True)) if np.isfinite(whole).any() else whole[:1]
    return {
        "coherence": coherence(batch.embed, [one.response for one in batch.samples]),
        "response_similarity": (asked * answered).sum(axis=1),
        "centroid_distance": 1 - (whole * middle).sum(axis=1),
    }


def shard(batch: Batch) -> Mapping[str, float]:
    """Mean closeness of two rows, and how evenly rows fall into ten clusters."""
    names = ("pairwise_similarity", "cluster_entropy")
    if batch.embed is None:
        return dict.fromkeys(names, float("nan"))
    vectors = _vectors(batch.embed, batch.texts)
    vectors = vectors[np.isfinite(vectors).all(axis=1)]
    count = len(vectors)
    if count < 2:
        return dict.fromkeys(names, float("nan"))
    # the mean over pairs follows from the length of the sum: |sum|² = N + sum over pairs
    total = float(vectors.sum(axis=0) @ vectors.sum(axis=0))
    return {"pairwise_similarity": (total - count) / (count * (count - 1)), "cluster_entropy": cluster_entropy(vectors)}


def coherence(embed: Embed, texts: Sequence[str]) -> np.ndarray:
    """Mean cosine of each sentence with the next, over the first 12 sentences; NaN for fewer than two."""
    split = [sentences(text)[:MOST_SENTENCES] for text in texts]
    flat = [one for own in split for one in own]
    found = np.full(len(texts), np.nan)
    if not flat:
        return found
    vectors = _vectors(embed, flat)
    at = 0
    for i, own in enumerate(split):
        if len(own) > 1:
            block = vectors[at : at + len(own)]
            found[i] = float((block[1:] * block[:-1]).sum(axis=1).mean())
        at += len(own)
    return found


def cluster_entropy(vectors: np.ndarray, clusters: int = CLUSTERS) -> float:
    """Entropy of the shares of spherical k-means clusters over log2 of their number: 1 = even, 0 = one cluster.

    Seeded by the farthest-point rule from the vector nearest the middle, so that a result can be repeated.
    NaN for fewer rows than clusters.
    """
    if len(vectors) < clusters:
        return float("nan")
    first = int(np.argmax(vectors @ vectors.mean(axis=0)))
    chosen = [first]
    nearest = vectors @ vectors[first]
    for _ in range(clusters - 1):
        chosen.append(int(np.argmin(nearest)))
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
    centres = vectors[chosen]
    for _ in range(STEPS):
        own = np.argmax(vectors @ centres.T, axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, own, vectors)
        centres = np.where(np.linalg.norm(sums, axis=1, keepdims=True) > 0, _unit(sums), centres)
    shares = np.bincount(own, minlength=clusters) / len(vectors)
    shares = shares[shares > 0]
    return float(-(shares * np.log2(shares)).sum() / np.log2(clusters)) + 0.0


def _vectors(embed: Embed, texts: Sequence[str]) -> np.ndarray:
    """Vectors of length 1, NaN for a text without letters or digits."""
    having = [i for i, text in enumerate(texts) if any(letter.isalnum() for letter in text)]
    if not having:
        return np.full((len(texts), 1), np.nan)
    made = np.asarray(embed([texts[i] for i in having]), dtype=float)
    found = np.full((len(texts), made.shape[1]), np.nan)
    found[having] = _unit(made)
    return found


def _unit(vectors: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)


MODEL = "of the model's window; long texts are read in part"
FAMILY = Family(
    "semantics",
    "closeness of sentences, answers and rows as vectors",
    (
        Metric(
            "coherence",
            "row",
            "cosine",
            "mean cosine of each sentence of the answer with the next",
            "after Foltz et al. 1998",
            "free of length from two sentences on",
        ),
        Metric("response_similarity", "row", "cosine", "cosine of what was asked with what was answered", "own", MODEL),
        Metric("centroid_distance", "row", "1 - cosine", "1 - cosine with the mean of the shard", "own", MODEL),
        Metric(
            "pairwise_similarity", "shard", "cosine", "mean cosine of two rows", "own", "free of the number of rows"
        ),
        Metric(
            "cluster_entropy",
            "shard",
            "share of log2 10",
            "entropy over 10 spherical k-means clusters",
            "own",
            "rises slightly with the number of rows",
        ),
    ),
    rows,
    shard,
)
