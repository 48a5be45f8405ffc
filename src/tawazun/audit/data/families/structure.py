"""Structure: sizes, sentences, signs, lists, code, and how long an answer is beside what was asked."""

import numpy as np
import polars as pl

from tawazun.audit.data.batches import Batch
from tawazun.audit.data.characters import CODE, SCRIPTS, Characters
from tawazun.audit.data.records import Family, Metric, Values, no_shard, per

TAG = r"</?[A-Za-z][^<>\n]*>"
FENCE, BOLD, LINK = "```", "**", "]("
BULLETS = "-*•·●▪"
NUMBERED = ".)、）:："
INDENT = 8


def rows(batch: Batch) -> Values:
    """Sizes and shares of every text."""
    found = batch.characters
    size = np.diff(found.starts)
    series = batch.series
    lines = found.count("newline") + (size > 0)
    sentences = sentence_counts(found)
    words = word_counts(found)
    heads = line_heads(found)
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
        "list_share": per(found.at_row(heads[list_items(found, heads)]), lines),
        "code_share": per(_code_lines(found, series, lines), lines),
        "markup_rate": per(_markup(found, series, heads), size, 1000),
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
    stops = np.flatnonzero(kinds == CODE["stop"])
    after = np.minimum(stops + 1, len(kinds) - 1)
    white = (kinds[after] == CODE["space"]) | (kinds[after] == CODE["newline"]) | found.first[after] | (stops == after)
    ends = np.flatnonzero((kinds == CODE["final"]) | (kinds == CODE["newline"]))
    begins = np.unique(np.concatenate((found.starts[:-1][np.diff(found.starts) > 0], ends, stops[white])))
    written = np.maximum.reduceat((kinds < len(SCRIPTS)).view(np.uint8), begins)
    return found.at_row(begins[written > 0])


def line_heads(found: Characters) -> np.ndarray:
    """Where every line begins behind its indent of at most eight spaces. Shapes: (L,)."""
    if not len(found.kinds):
        return np.zeros(0, dtype=np.int64)
    behind = np.flatnonzero(found.kinds == CODE["newline"]) + 1
    heads = np.union1d(found.starts[:-1][np.diff(found.starts) > 0], behind[behind < len(found.kinds)])
    for _ in range(INDENT):
        spaces = found.kinds[heads] == CODE["space"]
        heads = np.where(spaces & (heads + 1 < len(found.kinds)), heads + 1, heads)
    return np.unique(heads)


def list_items(found: Characters, heads: np.ndarray) -> np.ndarray:
    """Which lines begin with a bullet and a space, or with up to three digits and a sign behind them. Shapes: (L,)."""
    points, kinds, last = found.points, found.kinds, len(found.kinds) - 1
    bullet = np.isin(points[heads], _points(BULLETS)) & (kinds[np.minimum(heads + 1, last)] == CODE["space"])
    at = heads
    for _ in range(3):
        at = np.where(kinds[at] == CODE["digit"], np.minimum(at + 1, last), at)
    numbered = (kinds[heads] == CODE["digit"]) & np.isin(points[at], _points(NUMBERED))
    # 3.14 at the beginning of a line is a number
    return bullet | (numbered & (kinds[np.minimum(at + 1, last)] != CODE["digit"]))


def _code_lines(found: Characters, series: pl.Series, lines: np.ndarray) -> np.ndarray:
    """Lines that end in ; { or }, or lines between fences where those are more. Shapes: (R,)."""
    behind = np.union1d(np.flatnonzero(found.kinds == CODE["newline"]), found.starts[1:][np.diff(found.starts) > 0])
    last = behind[behind > 0] - 1
    signs = last[np.isin(found.points[last], _points(";{}"))]
    fenced = np.zeros(len(series))
    for i in np.flatnonzero(series.str.contains(FENCE, literal=True).to_numpy()):
        fenced[i] = sum(part.count("\n") for part in str(series[int(i)]).split(FENCE)[1::2])
    return np.minimum(np.maximum(found.at_row(signs), fenced), lines)


def _markup(found: Characters, series: pl.Series, heads: np.ndarray) -> np.ndarray:
    """Tags, pairs of **, links and headings of every text. Shapes: (R,)."""
    tags = series.str.count_matches(TAG).to_numpy()
    bold = series.str.count_matches(BOLD, literal=True).to_numpy() // 2
    links = series.str.count_matches(LINK, literal=True).to_numpy()
    return tags + bold + links + found.at_row(heads[found.points[heads] == ord("#")])


def _points(letters: str) -> np.ndarray:
    return np.array([ord(letter) for letter in letters], dtype=np.uint32)


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
            "lines that end in ; { } or stand between fences / lines",
            "own",
            FREE,
        ),
        Metric(
            "markup_rate",
            "row",
            "per 1,000 characters",
            "tags, bold, lines that begin with #, links / characters",
            "own",
            FREE,
        ),
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
