"""New pieces for a tokenizer of byte-pair encoding, learnt from a corpus on top of the pieces it has.

Learning goes on where the old tokenizer stopped: words are cut into old pieces, then the most frequent neighbours are
joined, again and again. Every new piece is two pieces joined, every old text still has its tokens, and a text that has
no new neighbours is cut as before (as the stages of AraLLaMA's vocabulary, arXiv 2412.12310, here in one).
"""

import heapq
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tawazun.errors import Refused

WORDS = 500_000  # different words that are kept; rarer ones are let go when there are more
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Pieces:
    """What was learnt.

    merges   neighbours to join, in order, as the tokenizer spells them
    added    new piece -> the old pieces it is made of
    """

    merges: tuple[Pair, ...]
    added: Mapping[str, tuple[str, ...]]


def learn_pieces(tokenizer: Any, texts: Iterable[str], count: int, least: int = 2) -> Pieces:
    """At most `count` new pieces from a corpus; fewer where no two neighbours stand together `least` times.

    tokenizer   a fast one of `transformers`
    Errors      Refused for a tokenizer that is not of byte-pair encoding
    """
    words = word_counts(tokenizer, texts)
    model = tokenizer.backend_tokenizer.model
    cut = [([token.value for token in model.tokenize(word)], n) for word, n in sorted(words.items())]
    known = set(tokenizer.get_vocab())
    return _joined([(pieces, n) for pieces, n in cut if set(pieces) <= known and len(pieces) > 1], known, count, least)


def word_counts(tokenizer: Any, texts: Iterable[str]) -> Counter[str]:
    """How often each word stands in a corpus, as the tokenizer cuts words before pieces. Errors: Refused."""
    backend = tokenizer.backend_tokenizer
    if json.loads(backend.to_str())["model"]["type"] != "BPE":
        raise Refused("vocabulary: only tokenizers of byte-pair encoding can be extended; this one is of another kind")
    found: Counter[str] = Counter()
    for text in texts:
        plain = backend.normalizer.normalize_str(text) if backend.normalizer else text
        if backend.pre_tokenizer:
            found.update(word for word, _ in backend.pre_tokenizer.pre_tokenize_str(plain))
        else:
            found.update(re.findall("▁*[^▁]+", plain))
        if len(found) > 2 * WORDS:
            found = Counter(dict(found.most_common(WORDS)))
    return found


def _joined(words: list[tuple[list[str], int]], known: set[str], count: int, least: int) -> Pieces:
    """Join the most frequent neighbours until `count` new pieces are there; ties by spelling."""
    pairs: Counter[Pair] = Counter()
    where: dict[Pair, set[int]] = defaultdict(set)
    for i, (pieces, n) in enumerate(words):
        for pair in pairwise(pieces):
            pairs[pair] += n
            where[pair].add(i)
    # entries go stale when a count changes; a stale one is put back with its count of now
    heap = [(-n, pair) for pair, n in pairs.items()]
    heapq.heapify(heap)
    merges: list[Pair] = []
    added: dict[str, tuple[str, ...]] = {}
    while heap and len(added) < count:
        n, pair = heapq.heappop(heap)
        if -n != pairs[pair]:
            if pairs[pair] >= least:
                heapq.heappush(heap, (-pairs[pair], pair))
            continue
        if -n < least:
            break
        merges.append(pair)
        new = pair[0] + pair[1]
        if new not in known and new not in added:
            added[new] = (*added.get(pair[0], (pair[0],)), *added.get(pair[1], (pair[1],)))
        for changed in _join(words, where.pop(pair), pair, pairs, where):
            heapq.heappush(heap, (-pairs[changed], changed))
        del pairs[pair]
    return Pieces(tuple(merges), added)


def _join(
    words: list[tuple[list[str], int]], rows: set[int], pair: Pair, pairs: Counter[Pair], where: dict[Pair, set[int]]
) -> set[Pair]:
    """Join a pair in every word that has it; returns pairs that are more frequent than before."""
    more: set[Pair] = set()
    for i in rows:
        pieces, n = words[i]
        made: list[str] = []
        at = 0
        while at < len(pieces):
            both = at + 1 < len(pieces) and (pieces[at], pieces[at + 1]) == pair
            made.append(pieces[at] + pieces[at + 1] if both else pieces[at])
            at += 2 if both else 1
        before = Counter(pairwise(pieces))
        after = Counter(pairwise(made))
        for other in before.keys() | after.keys():
            change = (after[other] - before[other]) * n
            if other != pair and change:
                pairs[other] += change
                if change > 0:
                    more.add(other)
            if after[other]:
                where[other].add(i)
            elif other != pair:
                where[other].discard(i)
        words[i] = (made, n)
    return more
