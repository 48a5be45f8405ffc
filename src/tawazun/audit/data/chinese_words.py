"""Chinese cut into words exactly as jieba cuts it, in less time.

jieba takes the logarithm of a word's frequency each time the word is looked at, and finds words that its dictionary
lacks anew each time they come up. Here both are kept. Its dictionary, its model of unknown words and its rules are used
as they are, and a test holds the results equal.
"""

from collections.abc import Iterator
from functools import lru_cache
from math import log
from typing import Any

KEPT = 50_000


class Cutter:
    """jieba's accurate mode, with its model of unknown words."""

    def __init__(self, jieba: Any) -> None:
        """`jieba` with its dictionary loaded."""
        total = log(jieba.dt.total)
        self._known: dict[str, int] = jieba.dt.FREQ
        # a piece that is only the beginning of words has frequency 0 and is no word
        self._weights = {word: log(count) - total for word, count in self._known.items() if count}
        self._unseen = log(1) - total
        self._han, self._skip = jieba.re_han_default, jieba.re_skip_default

        @lru_cache(KEPT)
        def unknown(text: str) -> tuple[str, ...]:
            return tuple(jieba.finalseg.cut(text))

        self._unknown = unknown

    def __call__(self, text: str) -> Iterator[str]:
        """Words and what stands between them, in order; joined they are the text."""
        for block in self._han.split(text):
            if not block:
                continue
            if self._han.match(block):
                yield from self._words(block)
                continue
            for part in self._skip.split(block):
                if self._skip.match(part):
                    yield part
                else:
                    yield from part

    def _words(self, block: str) -> Iterator[str]:
        ends = self._ends(block)
        at, single = 0, ""
        while at < len(block):
            end = ends[at]
            if end - at == 1:
                single += block[at]
            else:
                yield from self._singles(single)
                single = ""
                yield block[at:end]
            at = end
        yield from self._singles(single)

    def _singles(self, text: str) -> tuple[str, ...]:
        """Characters that stand alone in the best path: words of their own, or together one that is not known."""
        if len(text) < 2 or self._known.get(text):
            return tuple(text)
        return self._unknown(text)

    def _ends(self, block: str) -> list[int]:
        """Where the word that begins at each character ends, on the most probable path to the end of the block."""
        known, weights, size = self._known, self._weights, len(block)
        scores, ends = [0.0] * (size + 1), [0] * size
        for begin in range(size - 1, -1, -1):
            best, chosen, end = -1e300, begin + 1, begin + 1
            piece = block[begin]
            while piece in known:
                weight = weights.get(piece)
                if weight is not None and (score := weight + scores[end]) >= best:
                    best, chosen = score, end
                if end == size:
                    break
                end += 1
                piece = block[begin:end]
            if best == -1e300:
                best = self._weights.get(block[begin], self._unseen) + scores[begin + 1]
            scores[begin], ends[begin] = best, chosen
        return ends
