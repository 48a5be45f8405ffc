"""Arabic: vowel signs, stretching, clitics, spoken varieties against the standard, Arabic in Latin letters."""

import re
from collections.abc import Sequence

import numpy as np
import polars as pl

from tawazun.audit.data.batches import Batch
from tawazun.audit.data.lexicon import hits, told_apart
from tawazun.audit.data.lists import listed, translated
from tawazun.audit.data.records import Family, Metric, Values, no_shard, per

BEFORE = ("وال", "فال", "بال", "كال", "لل")
BEHIND = ("هما", "كما", "هم", "كم", "هن", "نا", "ها", "ني")


def rows(batch: Batch) -> Values:
    """Signs, clitics and cues of every text."""
    found = batch.characters
    words = batch.words
    letters = found.count("Arabic")
    cues = hits(words, DIALECTS, clitics=True)
    spoken = cues.sum(axis=1)
    standard = hits(words, STANDARD, clitics=True)[:, 0]
    return {
        "diacritics": per(found.count("harakat"), letters),
        "tatweel": per(found.count("tatweel"), letters, 1000),
        "clitics": per(words.per_row(clitic_flags(words.vocabulary)[words.ids]), words.lengths),
        **{f"dialect_{name}": per(cues[:, i], words.lengths, 100) for i, name in enumerate(DIALECTS.classes)},
        "dialect": per(spoken, words.lengths, 100),
        "dialect_balance": (spoken - standard) / (spoken + standard + 1.0),
        "arabizi": per(_latin_words(batch.series), words.lengths, 100),
        "translationese": per(hits(words, translated("ar"), clitics=True)[:, 0], words.lengths, 100),
    }


def clitic_flags(vocabulary: Sequence[str]) -> np.ndarray:
    """Whether a word carries the article behind a preposition or conjunction, or a pronoun at its end.

    A stem of three letters must be left, and a word that only looks so is counted too: a rate, not an analysis.
    """

    def carries(word: str) -> bool:
        return any(word.startswith(one) and len(word) >= len(one) + 3 for one in BEFORE) or any(
            word.endswith(one) and len(word) >= len(one) + 3 for one in BEHIND
        )

    return np.array([carries(word) for word in vocabulary], dtype=bool)


def _latin_words(series: pl.Series) -> np.ndarray:
    """Words of Latin letters with digits in the place of Arabic letters, outside links. Shapes: (R,)."""
    plain_text = series.str.replace_all(r"https?://\S+|@\w+", " ")
    return np.array([sum(1 for _ in _ARABIZI.finditer(text)) for text in plain_text.to_list()], dtype=float)


DIALECTS, STANDARD = told_apart(listed("dialects_ar")), listed("standard_ar")
# digits in the place of letters that Latin has not: 3 for ʿayn, 7 for ḥāʾ ...
_ARABIZI = re.compile(r"(?i)\b(?=[a-z]*[2356789][a-z]|[a-z]+[2356789])(?=[a-z2356789]*[a-z]{2})[a-z2356789]{3,14}\b")
FREE = "free of length in the mean"
OWN = "own list; cues, not a classifier"
FAMILY = Family(
    "arabic",
    "vowel signs, clitics, spoken varieties, Latin letters",
    (
        Metric("diacritics", "row", "per letter", "vowel signs / Arabic letters", "own", FREE),
        Metric("tatweel", "row", "per 1,000 letters", "stretching signs / Arabic letters", "own", FREE),
        Metric(
            "clitics",
            "row",
            "share of words",
            "words with a written clitic before the article or a pronoun behind",
            "own rules, after Habash 2010",
            FREE,
        ),
        *(
            Metric(f"dialect_{name}", "row", "per 100 words", f"words used in {name} Arabic alone / words", OWN, FREE)
            for name in DIALECTS.classes
        ),
        Metric("dialect", "row", "per 100 words", "words of any spoken variety / words", OWN, FREE),
        Metric(
            "dialect_balance",
            "row",
            "-1 to 1",
            "(spoken - standard) / (spoken + standard + 1) cue words",
            OWN,
            "nearer 0 in short texts",
        ),
        Metric("arabizi", "row", "per 100 words", "Latin words with digits for Arabic letters / words", "own", FREE),
        Metric(
            "translationese", "row", "per 100 words", "wordings that translations into Arabic favour / words", OWN, FREE
        ),
    ),
    rows,
    no_shard,
    ("ar",),
)
