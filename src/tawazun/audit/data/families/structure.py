"""Structure: sizes, sentences, signs, lists, code, and how long an answer is beside what was asked."""

import numpy as np
import polars as pl

from tawazun.audit.data.batches import Batch
from tawazun.audit.data.characters import CODE, SCRIPTS, Characters
from tawazun.audit.data.records import Family, Metric, Values, no_shard, per

ITEM = r"(?m)^[ \t]*(?:[-*•·●▪]|\(?[\p{Nd}]{1,3}[.)、）:]|[一二三四五六七八九十]+、)[ \t　]*\S"
MARKUP = r"</?[A-Za-z][^<>\n]{0,200}>|\*\*[^*\n]+\*\*|(?m:^#{1,6} )|\[[^\]\n]+\]\([^)\s]+\)"
FENCE = "```"
CODE_LINE = r"(?m)^[^\n]*(?:[;{}]|\)\s*:|=>|->|\bdef \w+\(|\bimport \w+|\breturn\b)[ \t]*$"


def rows(batch: Batch) -> Values:
    """Sizes and shares of every text."""
    found = batch.characters
    size = np.diff(found.starts)
    series = batch.series
    lines = found.count("newline") + (size > 0)
    sentences = sentence_counts(found)
    words = word_counts(found)
    asked = np.array([len(one.instruction) for one in batch.samples])
    answered = np.array([len(one.response) for one in batch.samples])
    return {
        "characters": size.astype(float),
        "words": words.astype(float),
        "sentences": sentences.astype(float),
        "turns": np.array([one.turns for one in batch.samples], dtype=float),
        "sentence_words": per(words, sentences),
        "word_letters": per(found.letters + found.count("mark", "harakat", "digit"), words),
        "punctuation_share": per(found.count("punctuation", "stop", "final"), size),
        "digit_share": per(found.count("digit"), size),
        "symbol_share": per(found.count("symbol"), size),
        "emoji_rate": per(found.count("emoji"), size, 1000),
        "list_share": per(series.str.count_matches(ITEM).to_numpy(), lines),
        "code_share": _code_share(series, lines),
        "markup_rate": per(series.str.count_matches(MARKUP).to_numpy(), size, 1000),
        "response_ratio": per(np.where(asked > 0, answered, 0), asked),
    }


def word_counts(found: Characters) -> np.ndarray:
    """Runs of letters, marks and digits in every text. Shapes: (R,)."""
    inside = np.zeros(len(CODE), dtype=bool)
    inside[[*range(len(SCRIPTS)), CODE["mark"], CODE["harakat"], CODE["tatweel"], CODE["digit"]]] = True
    word = inside[found.kinds]
    before = np.concatenate(([False], word[:-1])) & ~found.first
    return found.per_row(word & ~before)


def sentence_counts(found: Characters) -> np.ndarray:
    """Stretches with a letter between ends of sentences or lines. Shapes: (R,).

    A full stop ends a sentence only before white space or the end of the text: 3.14 is one sentence.
    """
    kinds = found.kinds
    if not len(kinds):
        return np.zeros(len(found.starts) - 1, dtype=np.int64)
    behind = np.concatenate((kinds[1:], [CODE["space"]]))
    last = np.concatenate((found.first[1:], [True]))
    white = (behind == CODE["space"]) | (behind == CODE["newline"]) | last
    ends = (kinds == CODE["final"]) | (kinds == CODE["newline"]) | ((kinds == CODE["stop"]) & white)
    stretch = np.cumsum(ends | found.first, dtype=np.int64)
    letter = np.flatnonzero(kinds < len(SCRIPTS))
    new = np.concatenate(([True], stretch[letter][1:] != stretch[letter][:-1])) if len(letter) else letter
    flags = np.zeros(len(kinds), dtype=bool)
    flags[letter[new]] = True
    return found.per_row(flags)


def _code_share(series: pl.Series, lines: np.ndarray) -> np.ndarray:
    """Lines that look like code, and lines between fences, over all lines."""
    looks = series.str.count_matches(CODE_LINE).to_numpy().astype(float)
    fenced = np.zeros(len(series))
    for i in np.flatnonzero(series.str.contains(FENCE, literal=True).to_numpy()):
        parts = str(series[int(i)]).split(FENCE)[1::2]
        fenced[i] = sum(part.count("\n") for part in parts)
    return per(np.minimum(np.maximum(looks, fenced), lines), lines)


FREE, GROWS = "free of length in the mean", "is a length"
FAMILY = Family(
    "structure",
    "sizes, sentences, signs, lists and code",
    (
        Metric("characters", "row", "code points", "code points of what was asked and answered", "own", GROWS),
        Metric(
            "words",
            "row",
            "words",
            "runs of letters, marks and digits; not words in Chinese, Japanese or Thai",
            "own",
            GROWS,
        ),
        Metric(
            "sentences", "row", "sentences", "stretches with a letter between . ! ? ؟ 。 । or line ends", "own", GROWS
        ),
        Metric("turns", "row", "messages", "messages of a conversation", "own", GROWS),
        Metric("sentence_words", "row", "words", "words / sentences", "own", FREE),
        Metric("word_letters", "row", "letters", "letters, marks and digits / words", "own", FREE),
        Metric("punctuation_share", "row", "share of characters", "punctuation / characters", "own", FREE),
        Metric("digit_share", "row", "share of characters", "digits of any script / characters", "own", FREE),
        Metric("symbol_share", "row", "share of characters", "symbols (Unicode S) / characters", "own", FREE),
        Metric("emoji_rate", "row", "per 1,000 characters", "emoji / characters", "own", FREE),
        Metric("list_share", "row", "share of lines", "lines that begin like a list item / lines", "own", FREE),
        Metric(
            "code_share",
            "row",
            "share of lines",
            "lines that look like code or stand between fences / lines",
            "own",
            FREE,
        ),
        Metric("markup_rate", "row", "per 1,000 characters", "tags, bold, headings, links / characters", "own", FREE),
        Metric(
            "response_ratio",
            "row",
            "ratio",
            "characters answered / characters asked; none for plain text",
            "own",
            "falls as what is asked grows",
        ),
    ),
    rows,
    no_shard,
)
