"""Lists of words and phrases found in texts, with the class each belongs to."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from tawazun.audit.data.words import Words, scattered

# what is written before an Arabic word without a space: and, so, by, for, like, the
CLITICS = ("وال", "فال", "بال", "كال", "ولل", "لل", "ال", "و", "ف", "ب", "ل", "ك")
MARKS = "[\u0640\u064b-\u065f\u0670]"
ALIF = str.maketrans("أإآىة", "ااايه")
LONGEST = 4


@dataclass(frozen=True)
class Lexicon:
    """Phrases by class. Phrases are plain: lower case, without vowel signs, alif and the like in one spelling."""

    phrases: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in order."""
        return tuple(self.phrases)

    def joined(self, other: "Lexicon") -> "Lexicon":
        """Both lists together."""
        names = dict.fromkeys((*self.phrases, *other.phrases))
        none: frozenset[str] = frozenset()
        return Lexicon({name: self.phrases.get(name, none) | other.phrases.get(name, none) for name in names})


def lexicon(lists: Mapping[str, str | Iterable[str]]) -> Lexicon:
    """Phrases by class, from lists or from texts with a comma (`،`, `、`) between phrases."""
    made = {}
    for name, given in lists.items():
        parts = given.replace("،", ",").replace("、", ",").split(",") if isinstance(given, str) else given
        made[name] = frozenset(plain(part) for part in parts if part.strip())
    return Lexicon(made)


def told_apart(found: Lexicon) -> Lexicon:
    """Classes that share no phrase: what stands in several goes into a class `shared`."""
    seen = Counter(phrase for phrases in found.phrases.values() for phrase in phrases)
    several = frozenset(phrase for phrase, count in seen.items() if count > 1)
    return Lexicon({**{name: phrases - several for name, phrases in found.phrases.items()}, "shared": several})


def plain(text: str) -> str:
    """A phrase as it is compared: lower case, without vowel signs, one spelling of alif, one space between words."""
    kept = "".join(letter for letter in text if letter != "\u0640" and not "\u064b" <= letter <= "\u0670")
    return " ".join(kept.lower().translate(ALIF).split())


def hits(words: Words, found: Lexicon, clitics: bool = False) -> np.ndarray:
    """How many phrases of each class stand in every text, whole words only.

    clitics  whether an Arabic word is also looked up without what is written before it
    Shapes   returns (R, classes)
    """
    counts = np.zeros((len(words.lengths), len(found.classes)))
    known: dict[str, list[int]] = {}
    for i, word in enumerate(words.vocabulary):
        for form in _forms(word if word.isascii() else plain(word), clitics):
            known.setdefault(form, []).append(i)
    for column, name in enumerate(found.classes):
        single: list[int] = []
        phrases: dict[int, list[np.ndarray]] = {}
        for phrase in found.phrases[name]:
            parts = [known.get(part) for part in phrase.split()]
            if len(parts) == 1 and parts[0]:
                single.extend(parts[0])
            elif 1 < len(parts) <= LONGEST and all(parts):
                phrases.setdefault(len(parts), []).extend(_spellings([one for one in parts if one]))
        if single:
            flags = np.zeros(len(words.vocabulary), dtype=bool)
            flags[single] = True
            counts[:, column] = words.per_row(flags[words.ids])
        for n, several in phrases.items():
            codes, rows = words.runs(n)
            counts[:, column] += words.per_row(np.isin(codes, coded(np.array(several))), rows)
    return counts


def _forms(word: str, clitics: bool) -> set[str]:
    found = {word}
    if clitics:
        for before in CLITICS:
            if word.startswith(before) and len(word) - len(before) >= 3:
                found.add(word[len(before) :])
                if before.endswith("لل"):
                    found.add("ال" + word[len(before) :])
    return found


def _spellings(parts: list[list[int]], most: int = 64) -> list[np.ndarray]:
    """Every way to write a phrase with the words that occur."""
    made: list[list[int]] = [[]]
    for one in parts:
        made = [[*start, i] for start in made for i in one][:most]
    return [np.array(one) for one in made]


def coded(ids: np.ndarray) -> np.ndarray:
    """Runs of words as `Words.runs` numbers them. Shapes: ids (P, n); returns (P,) uint64."""
    codes = np.zeros(len(ids), dtype=np.uint64)
    with np.errstate(over="ignore"):
        for i in range(ids.shape[1]):
            codes = scattered(codes * np.uint64(31) + scattered(ids[:, i].astype(np.uint64) + np.uint64(1)))
    return codes


def substring_hits(texts: pl.Series, found: Lexicon) -> np.ndarray:
    """How many phrases of each class stand anywhere in every text, for scripts without spaces.

    Of phrases that begin at the same letter the longest counts; one that is in two classes counts in both.
    Shapes   returns (R, classes)
    """
    counts = np.zeros((len(texts), len(found.classes)))
    columns: dict[str, list[int]] = {}
    for column, name in enumerate(found.classes):
        for phrase in found.phrases[name]:
            columns.setdefault(phrase, []).append(column)
    if not columns or not len(texts):
        return counts
    matched = texts.str.to_lowercase().str.extract_many(
        sorted(columns, key=lambda one: (-len(one), one)), leftmost=True
    )
    for row, phrases in enumerate(matched.to_list()):
        for phrase in phrases:
            counts[row, columns[phrase]] += 1
    return counts
