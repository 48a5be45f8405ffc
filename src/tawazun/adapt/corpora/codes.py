"""Texts as numbers: letters made alike, cut into words, and any run of words as one 64-bit code.

Made alike: compatibility forms (NFKC), case, Latin accents, Arabic marks and tatweel, alef, ya and ta marbuta, digits;
signs and spaces part words. Letters of scripts that are written without spaces are words of their own. A run's code is
a polynomial modulo 2^64 over the mixed codes of its words, so two texts have the same code for the same run whatever
batch they stand in; two different runs have one code by accident once in about 2^64 pairs.
"""

import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

from tawazun.audit.data.words import scattered

Codes = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
TABLE = 0x20000  # letters beyond are emoji and rare Han
BASE = np.uint64(0x9E3779B97F4A7C15)
BACK = np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))
SPACE, SINGLE = 32, 1 << 31
FOLDED = {0x0649: 0x064A, 0x0629: 0x0647, 0x0671: 0x0627, 0x06CC: 0x064A, 0x06A9: 0x0643}
GONE = (
    (0x0300, 0x036F), (0x0591, 0x05C7), (0x0610, 0x061A), (0x0640, 0x0640), (0x064B, 0x065F), (0x0670, 0x0670),
    (0x06D6, 0x06ED), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x2064), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0x00AD, 0x00AD),
)  # fmt: skip
# Thai, Lao, Myanmar, Khmer; kana; Han
UNSPACED = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF))


@dataclass(frozen=True)
class Coded:
    """Words of R texts laid end to end.

    starts  (R + 1,) where each text's words begin
    words   (W,) code of each word
    """

    starts: Ints
    words: Codes

    @cached_property
    def rows(self) -> Ints:
        """Which text each word is of. Shapes: (W,)."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    @cached_property
    def _sums(self) -> tuple[Codes, Codes]:
        with np.errstate(over="ignore"):
            powers = np.cumprod(np.concatenate(([np.uint64(1)], np.full(len(self.words), BASE))))
            sums = np.cumsum(np.concatenate(([np.uint64(0)], self.words * powers[:-1])))
        return sums, _inverses(len(self.words))

    def runs(self, at: Ints, length: Ints | int) -> Codes:
        """Codes of the runs of words that begin at `at`; the caller keeps them inside their texts."""
        sums, back = self._sums
        with np.errstate(over="ignore"):
            found: Codes = scattered((sums[at + length] - sums[at]) * back[at])
        return found

    def every(self, n: int) -> tuple[Codes, Ints]:
        """Every run of n words inside one text: its code, and the word at which it begins."""
        count = max(0, len(self.words) - n + 1)
        at = np.flatnonzero(self.rows[:count] == self.rows[len(self.words) - count :])
        return self.runs(at, n), at


def coded(texts: Sequence[str]) -> Coded:
    """The words of texts as codes."""
    letters, starts = _letters(texts)
    space = letters == SPACE
    single = (letters & SINGLE) > 0
    # a word begins after a space or next to a letter that is a word of its own
    before = np.concatenate(([True], space[:-1] | single[:-1]))
    before[starts[:-1][starts[:-1] < len(letters)]] = True
    first = np.flatnonzero(~space & (before | single))
    after = np.concatenate((space[1:] | single[1:], [True]))
    after[starts[1:][starts[1:] > 0] - 1] = True
    last = np.flatnonzero(~space & (after | single)) + 1
    mixed = scattered((letters & ~np.uint32(SINGLE)).astype(np.uint64))
    whole = Coded(np.array([0, len(letters)]), mixed)
    return Coded(np.searchsorted(first, starts).astype(np.int64), whole.runs(first, last - first))


def alike(text: str) -> str:
    """A text with letters made alike: words parted by one space; equal for texts that differ in signs alone."""
    letters, _ = _letters([text])
    shown = (letters & ~np.uint32(SINGLE)).astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    return " ".join(shown.split())


def _letters(texts: Sequence[str]) -> tuple[npt.NDArray[np.uint32], Ints]:
    """Letters made alike of every text, deleted ones left out, and where each text begins (R + 1,)."""
    forms = [text if text.isascii() else unicodedata.normalize("NFKC", text) for text in texts]
    raw = np.frombuffer("".join(forms).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    ends = np.cumsum([0, *map(len, forms)])
    same = table()
    found = same[np.minimum(raw, TABLE - 1)]
    kept = found != 0
    lengths = np.concatenate(([0], np.cumsum(kept)))
    return found[kept], lengths[ends].astype(np.int64)


@cache
def table() -> npt.NDArray[np.uint32]:
    """Letter -> the letter it counts as; 0 = left out, 32 = parts words, the top bit = a word of its own."""
    made = np.full(TABLE, SPACE, dtype=np.uint32)
    for point in range(min(TABLE, sys.maxunicode)):
        letter = chr(point)
        if unicodedata.category(letter)[0] in "LMN":
            made[point] = _same(letter)
    for low, high in GONE:
        made[low : high + 1] = 0
    for low, high in UNSPACED:
        part = made[low : high + 1]
        part[part > SPACE] |= SINGLE
    made.setflags(write=False)
    return made


def _same(letter: str) -> int:
    digit = unicodedata.digit(letter, -1)
    if digit >= 0:
        return ord("0") + digit
    lower = letter.lower()
    base = unicodedata.normalize("NFD", lower[0])
    stripped = all(any(low <= ord(mark) <= high for low, high in GONE) for mark in base[1:])
    point = ord(base[0]) if stripped else ord(lower[0])
    return FOLDED.get(point, point)


@cache
def _stored(size: int) -> Codes:
    with np.errstate(over="ignore"):
        made: Codes = np.cumprod(np.concatenate(([np.uint64(1)], np.full(size, BACK))), dtype=np.uint64)
    return made


def _inverses(size: int) -> Codes:
    # kept by powers of two, so that batches of near sizes share one
    return _stored(1 << max(10, size.bit_length()))[: size + 1]


def words_of(text: str) -> list[str]:
    """The words that `coded` makes codes of."""
    letters, _ = _letters([text])
    # a letter that is a word of its own gets spaces around it
    single = (letters & SINGLE) > 0
    spaced = np.full((len(letters), 3), SPACE, dtype="<u4")
    spaced[:, 1] = letters & ~np.uint32(SINGLE)
    kept = np.column_stack((single, np.ones(len(letters), dtype=bool), single))
    return spaced[kept].tobytes().decode("utf-32-le", "surrogatepass").split()
