"""Letters counted by kind: one look at each character, all rows of a batch at once."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

# scripts come first: their order is the order of columns
SCRIPTS = (
    "Latin", "Arabic", "Han", "Hiragana", "Katakana", "Devanagari", "Cyrillic", "Hangul", "Greek", "Hebrew", "Thai",
    "Bengali", "Other",
)  # fmt: skip
SIGNS = (
    "mark", "harakat", "tatweel", "digit", "space", "newline", "stop", "final", "punctuation", "symbol", "emoji",
    "bidi", "control", "broken",
)  # fmt: skip
KINDS = SCRIPTS + SIGNS
CODE = {name: code for code, name in enumerate(KINDS)}
BLOCKS = (
    ("Arabic", 0x0600, 0x06FF), ("Arabic", 0x0750, 0x077F), ("Arabic", 0x08A0, 0x08FF), ("Arabic", 0xFB50, 0xFDFF),
    ("Arabic", 0xFE70, 0xFEFF), ("Han", 0x3005, 0x3007), ("Han", 0x3400, 0x4DBF), ("Han", 0x4E00, 0x9FFF),
    ("Han", 0xF900, 0xFAFF), ("Hiragana", 0x3041, 0x309F), ("Katakana", 0x30A0, 0x30FF), ("Katakana", 0x31F0, 0x31FF),
    ("Katakana", 0xFF66, 0xFF9F), ("Devanagari", 0x0900, 0x097F), ("Cyrillic", 0x0400, 0x052F),
    ("Hangul", 0x1100, 0x11FF), ("Hangul", 0x3130, 0x318F), ("Hangul", 0xAC00, 0xD7AF), ("Greek", 0x0370, 0x03FF),
    ("Greek", 0x1F00, 0x1FFF), ("Hebrew", 0x0590, 0x05FF), ("Thai", 0x0E00, 0x0E7F), ("Bengali", 0x0980, 0x09FF),
    ("Latin", 0x0041, 0x024F), ("Latin", 0x1E00, 0x1EFF), ("Latin", 0xFF21, 0xFF5A),
)  # fmt: skip
FINAL = "!?؟。！？｡।॥…"
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
# what may stand in a word without being a letter: joiners between letters of Arabic, Persian and Indic scripts
JOINERS = "\u200c\u200d"
ABOVE = (0x20000, 0x1F000, 0x1FAFF)


@cache
def table() -> np.ndarray:
    """Kind of every character of the first plane. Shapes: (65,536,) uint8."""
    kinds = np.array([_kind(chr(point)) for point in range(0x10000)], dtype=np.uint8)
    for name, first, last in BLOCKS:
        block = kinds[first : last + 1]
        block[block == CODE["Other"]] = CODE[name]
    kinds[0x064B : 0x0652 + 1] = kinds[0x0670] = CODE["harakat"]
    for letters, name in ((FINAL, "final"), (BIDI, "bidi"), (JOINERS, "mark"), ("ـ", "tatweel"), (".", "stop")):
        for letter in letters:
            kinds[ord(letter)] = CODE[name]
    kinds[ord("\n")] = CODE["newline"]
    kinds[0xFFFD] = CODE["broken"]
    return kinds


def _kind(letter: str) -> int:
    category = unicodedata.category(letter)
    if letter.isspace():
        return CODE["space"]
    name = {"L": "Other", "M": "mark", "N": "digit", "P": "punctuation", "S": "symbol", "C": "control", "Z": "space"}
    if category == "So" and ord(letter) >= 0x2600:
        return CODE["emoji"]
    return CODE[name[category[0]]]


@dataclass(frozen=True)
class Characters:
    """Characters of R texts laid end to end.

    kinds    (N,) uint8 positions in `KINDS`
    starts   (R + 1,) where each text begins
    points   (N,) code points
    """

    kinds: np.ndarray
    starts: np.ndarray
    points: np.ndarray

    @cached_property
    def counts(self) -> np.ndarray:
        """How many of each kind every text has. Shapes: (R, kinds)."""
        found = np.zeros((len(self.starts) - 1, len(KINDS)), dtype=np.int64)
        bounds = self.starts.tolist()
        # a loop over texts: each one stays in the cache, which a single count over all of them does not
        for row in range(len(found)):
            found[row] = np.bincount(self.kinds[bounds[row] : bounds[row + 1]], minlength=len(KINDS))
        return found

    def count(self, *names: str) -> np.ndarray:
        """Characters of these kinds in every text. Shapes: (R,)."""
        return self.counts[:, [CODE[name] for name in names]].sum(axis=1)

    @cached_property
    def letters(self) -> np.ndarray:
        """Letters of any script in every text. Shapes: (R,)."""
        return self.counts[:, : len(SCRIPTS)].sum(axis=1)

    def per_row(self, flags: np.ndarray) -> np.ndarray:
        """How many flags every text has. Shapes: flags (N,) bool; returns (R,)."""
        return self.at_row(np.flatnonzero(flags))

    def at_row(self, places: np.ndarray) -> np.ndarray:
        """How many of some places every text has. Shapes: places (M,) in order; returns (R,)."""
        return np.diff(np.searchsorted(places, self.starts))

    @cached_property
    def first(self) -> np.ndarray:
        """Whether a character is the first of its text. Shapes: (N,) bool."""
        flags = np.zeros(len(self.kinds), dtype=bool)
        flags[self.starts[:-1][np.diff(self.starts) > 0]] = True
        return flags


def characters(texts: Sequence[str]) -> Characters:
    """The characters of texts; half a surrogate pair counts as broken."""
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    joined = "".join(texts).encode("utf-32-le", errors="surrogatepass")
    points = np.frombuffer(joined, dtype=np.uint32)
    kinds = table()[np.minimum(points, 0xFFFF)]
    above = np.flatnonzero(points > 0xFFFF)
    if len(above):
        high = points[above]
        emoji = (high >= ABOVE[1]) & (high <= ABOVE[2])
        kinds[above] = np.where(emoji, CODE["emoji"], np.where(high >= ABOVE[0], CODE["Han"], CODE["Other"]))
    kinds[(points >= 0xD800) & (points <= 0xDFFF)] = CODE["broken"]
    return Characters(kinds, np.concatenate(([0], np.cumsum(lengths))), points)
