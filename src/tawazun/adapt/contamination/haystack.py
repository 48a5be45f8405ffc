"""Finding items in texts.

An index holds every pair of neighbouring words of every needle. A text's own pairs are looked up in it; where one is
found, three things can follow. `normalised`: all words of the needle stand there in order (letters made alike: case,
marks, signs, spaces). `exact`: the text has the needle letter by letter as well. `paraphrase`: the words around hold at
least `PARAPHRASE` of the needle's distinctive words, a word counting by how few items have it (log(1 + items / items
with it)), and half of its rarest words, so that a lead-in that many items share is no evidence. An inflected word
counts as the word itself. A rewording that shares no two neighbouring words with any wording of the item cannot be
found by words, and is not.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from tawazun.adapt.contamination.needles import Needle
from tawazun.adapt.corpora.codes import Coded, Codes, Ints, coded, words_of

How = Literal["exact", "normalised", "paraphrase"]
WAYS: tuple[How, ...] = ("paraphrase", "normalised", "exact")  # the plainest last
PARAPHRASE = 0.7  # calibrated in benchmarks/contamination.py; see docs/training-data.md
PAIRS = 0.1  # share of a needle's pairs, by weight, that a place must have to be looked at closely
LEAST = 0.6  # share of a paraphrase's words, by weight, that stand there to the letter
RARE = 0.75  # a word with this share of the weight of a needle's rarest word is one of its rarest
COMMON = 20  # pairs of more items than this are no evidence, unless a needle has no other
AROUND = 40  # words around a short stem in which its options must stand
BITS = 22


@dataclass(frozen=True, slots=True)
class Hit:
    """A needle in a text.

    row       which of the texts
    share     of the needle's distinctive words that are there; 1 unless `paraphrase`
    excerpt   the words around, letters made alike
    """

    row: int
    needle: Needle
    how: How
    share: float
    excerpt: str


class Haystack:
    """An index of needles that any number of texts can be held against."""

    def __init__(
        self, needles: Sequence[Needle], threshold: float = PARAPHRASE, *, watched: Collection[str] | None = None
    ) -> None:
        """`threshold` is the share of distinctive words that makes a paraphrase; above 1 none is looked for.

        watched  items that are reported (held-out ones, say); None = all. Give the needles of every item all the same,
                 as they tell which words belong to an item and which to its instrument's lead-ins
        """
        self.needles, self._threshold = tuple(needles), threshold
        self._reported = np.array([watched is None or one.item in watched for one in needles], dtype=bool)
        self._at = {one: i for i, one in enumerate(self.needles)}
        words = coded([one.text for one in needles])
        self._lengths: Ints = np.diff(words.starts)
        self._codes: Codes = words.runs(words.starts[:-1], self._lengths)
        items = {item: i for i, item in enumerate(dict.fromkeys(one.item for one in needles))}
        self._item = np.array([items[one.item] for one in needles], dtype=np.int64)
        self._index(words, len(items))

    def _index(self, words: Coded, items: int) -> None:
        """Pairs with where they stand, sorted by code, and how much each weighs."""
        heavy = _rarity(words.words, self._item[words.rows], items)
        codes, at = words.every(2)
        needle = words.rows[at]
        weight = heavy[at] * heavy[at + 1]
        held = _items_with(codes, self._item[needle])
        rarest = np.full(len(self.needles), np.iinfo(np.int64).max)
        np.minimum.at(rarest, needle, held)
        # needles that are not reported have told what is rare, which is all they are for
        kept = ((held <= COMMON) | (held == rarest[needle])) & self._reported[needle]
        self._whole = np.bincount(needle, weight, len(self.needles))
        order = np.argsort(codes[kept], kind="stable")
        self._pairs = codes[kept][order]
        self._needle, self._weight = needle[kept][order], weight[kept][order]
        self._offset = (at - words.starts[needle])[kept][order]
        self._sieve = np.zeros(1 << BITS, dtype=bool)
        self._sieve[self._pairs >> np.uint64(64 - BITS)] = True
        edges = words.starts
        self._own = [
            dict(
                zip(words.words[edges[i] : edges[i + 1]].tolist(), heavy[edges[i] : edges[i + 1]].tolist(), strict=True)
            )
            for i in range(len(self.needles))
        ]
        self._heavy = [sum(own.values()) for own in self._own]
        self._words = [
            dict(zip(words_of(one.text), heavy[words.starts[i] : words.starts[i + 1]].tolist(), strict=True))
            for i, one in enumerate(self.needles)
        ]

    def search(self, texts: Sequence[str], *, whole: bool = False) -> list[Hit]:
        """Every item found, once for each text: the plainest way it stands there; `whole` looks for no paraphrase."""
        if not texts:
            return []
        words = coded(texts)
        at, entry = self._looked_up(words)
        best: dict[tuple[int, int], Hit] = {}
        for hit in self._whole_ones(words, at, entry, texts):
            _keep(best, (hit.row, int(self._item[self._at[hit.needle]])), hit)
        for hit in () if whole else self._paraphrased(words, at, entry, texts, set(best)):
            _keep(best, (hit.row, int(self._item[self._at[hit.needle]])), hit)
        return [best[key] for key in sorted(best)]

    def _looked_up(self, words: Coded) -> tuple[Ints, Ints]:
        """Pairs of the texts that are in the index: the word at which each begins, and which entry it is."""
        codes, at = words.every(2)
        seen = self._sieve[codes >> np.uint64(64 - BITS)]
        codes, at = codes[seen], at[seen]
        low = np.searchsorted(self._pairs, codes, side="left")
        count = np.searchsorted(self._pairs, codes, side="right") - low
        entry = np.repeat(low - np.concatenate(([0], np.cumsum(count)[:-1])), count) + np.arange(count.sum())
        return np.repeat(at, count), entry.astype(np.int64)

    def _whole_ones(self, words: Coded, at: Ints, entry: Ints, texts: Sequence[str]) -> Iterator[Hit]:
        needle, start = self._needle[entry], at - self._offset[entry]
        length = self._lengths[needle]
        row = words.rows[at]
        fits = (start >= words.starts[row]) & (start + length <= words.starts[row + 1])
        needle, start, length, row = needle[fits], start[fits], length[fits], row[fits]
        same = words.runs(start, length) == self._codes[needle]
        for k, r, s in dict.fromkeys(zip(needle[same], row[same], start[same], strict=True)):
            one = self.needles[k]
            own, begin = words_of(texts[r]), int(s - words.starts[r])
            end = begin + int(self._lengths[k])
            if one.options:
                wide = f" {' '.join(own[max(0, begin - AROUND) : end + AROUND])} "
                if sum(f" {' '.join(words_of(option))} " in wide for option in one.options) < 2:
                    continue
            how: How = "exact" if one.text in texts[r] else "normalised"
            yield Hit(int(r), one, how, 1.0, " ".join(own[max(0, begin - 4) : end + 4]))

    def _paraphrased(
        self, words: Coded, at: Ints, entry: Ints, texts: Sequence[str], found: Collection[tuple[int, int]]
    ) -> Iterator[Hit]:
        if self._threshold > 1:
            return
        split: dict[int, list[str]] = {}
        for r, k, start in self._places(words, at, entry):
            if self.needles[k].options or (r, int(self._item[k])) in found:
                continue
            length = int(self._lengths[k])
            low = max(words.starts[r], start - length // 4 - 1)
            high = min(words.starts[r + 1], low + length + length // 2 + 2)
            plain = set(words.words[low:high].tolist())
            # inflected words may add to what stands there to the letter, but not all of it
            if sum(w for code, w in self._own[k].items() if code in plain) < LEAST * self._threshold * self._heavy[k]:
                continue
            if r not in split:
                split[r] = words_of(texts[r])
            window = split[r][low - words.starts[r] : high - words.starts[r]]
            share = contained(self._words[k], window)
            if share >= self._threshold:
                yield Hit(r, self.needles[k], "paraphrase", share, " ".join(window))

    def _places(self, words: Coded, at: Ints, entry: Ints) -> Iterator[tuple[int, int, int]]:
        """Text, needle and likely beginning, where enough of a needle's pairs stand near each other."""
        needle, row = self._needle[entry], words.rows[at]
        start = at - self._offset[entry]
        # of one place are pairs whose needle would begin within its own length
        order = np.lexsort((start, needle, row))
        row, needle, start, weight = row[order], needle[order], start[order], self._weight[entry][order]
        apart = (np.diff(row) != 0) | (np.diff(needle) != 0) | (np.diff(start) > self._lengths[needle[:-1]] // 2 + 1)
        group = np.concatenate(([0], np.cumsum(apart)))[: len(row)]
        if not len(row):
            return
        first = np.flatnonzero(np.diff(group, prepend=-1))
        enough = np.bincount(group, weight) >= PAIRS * self._whole[needle[first]]
        last = np.concatenate((first[1:], [len(row)]))
        middle = (first + last) // 2
        yield from zip(
            row[first][enough].tolist(), needle[first][enough].tolist(), start[middle][enough].tolist(), strict=True
        )


def contained(weights: dict[str, float], window: Sequence[str]) -> float:
    """Share of a needle's words, by weight, that stand among others; an inflected word stands for the word.

    0 where fewer than half of its rarest words do
    """
    near = set(window)
    found = {word for word in weights if word in near or any(_inflected(word, one) for one in near)}
    rarest = {word for word, weight in weights.items() if weight >= RARE * max(weights.values())}
    if 2 * len(found & rarest) < len(rarest):
        return 0.0
    return sum(weights[word] for word in found) / sum(weights.values())


def _inflected(one: str, other: str) -> bool:
    """Whether two words share their letters but for a short beginning or end (`السوق`, `للسوق`; `trust`, `trusted`)."""
    short, long = sorted((one, other), key=len)
    if len(short) < 4 or len(long) - len(short) > 3:
        return False
    return short in long or (len(long) > 6 and short[: len(long) - 3] == long[: len(long) - 3])


def _rarity(words: Codes, items_of: Ints, items: int) -> npt.NDArray[np.float64]:
    """log(1 + items / items with the word). Shapes: (W,)."""
    found: npt.NDArray[np.float64] = np.log1p(items / _items_with(words, items_of))
    return found


def _items_with(codes: Codes, items_of: Ints) -> Ints:
    """How many items have each code. Shapes: (W,)."""
    _, which = np.unique(codes, return_inverse=True)
    pairs = np.unique(np.stack((which, items_of)), axis=1)
    found: Ints = np.bincount(pairs[0])[which]
    return found


def _keep(best: dict[tuple[int, int], Hit], key: tuple[int, int], hit: Hit) -> None:
    if key not in best or _rank(hit) > _rank(best[key]):
        best[key] = hit


def _rank(hit: Hit) -> tuple[int, float]:
    return WAYS.index(hit.how), hit.share
