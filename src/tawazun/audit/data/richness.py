"""Formulas of lexical richness over words as numbers, all texts of a batch at once.

Every one of them takes `Words` and returns one value a text, shape (R,), NaN where the text is too short for it.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import gammaln

from tawazun.audit.data.records import per
from tawazun.audit.data.words import Words


def mattr(words: Words, window: int = 50) -> np.ndarray:
    """Mean share of different words in every window of `window` words.

    A word counts in those windows in which it stands first: their number has a closed form from where the same word
    stood before, so the work grows with the words and not with words times window.
    Source   Covington & McFall (2010), Journal of Quantitative Linguistics 17(2)
    """
    lengths = words.lengths
    at = np.arange(len(words.ids)) - words.starts[:-1][words.rows]
    before = np.where(words.previous >= 0, words.previous - words.starts[:-1][words.rows], -1)
    last = np.minimum(at, lengths[words.rows] - window)
    first = np.maximum(np.maximum(before + 1, at - window + 1), 0)
    windows = words.per_row(np.maximum(0, last - first + 1))
    found = per(windows, (lengths - window + 1) * window)
    found[lengths < window] = np.nan
    return found


def mtld(words: Words, threshold: float = 0.72) -> np.ndarray:
    """Mean length of runs of words whose share of different words stays above a threshold, read both ways.

    Only words that stood in the text before can lower the share, so only these are looked at.
    Source   McCarthy & Jarvis (2010), Behavior Research Methods 42(2); the last run counts in part
    """
    if not len(words.ids):
        return np.full(len(words.lengths), np.nan)
    again = np.flatnonzero(words.previous >= 0)
    earlier = words.previous[again]
    forward = _factors(again, earlier, words.starts, threshold)
    # read backwards, a word stands again where it stands later
    total = len(words.ids)
    order = np.argsort(earlier, kind="stable")[::-1]
    mirrored = total - words.starts[::-1]
    back = _factors(total - 1 - earlier[order], total - 1 - again[order], mirrored, threshold)[::-1]
    return (per(words.lengths, forward) + per(words.lengths, back)) / 2


def _factors(again: np.ndarray, earlier: np.ndarray, starts: np.ndarray, threshold: float) -> np.ndarray:
    """Runs of every text, the last in part; 1 for a text in which no word stands twice."""
    bounds: Sequence[int] = np.searchsorted(again, starts).tolist()
    positions: Sequence[int] = again.tolist()
    befores: Sequence[int] = earlier.tolist()
    begins: Sequence[int] = starts.tolist()
    found = np.zeros(len(begins) - 1)
    for row in range(len(found)):
        begin, repeats, factors = begins[row], 0, 0.0
        for i in range(bounds[row], bounds[row + 1]):
            if befores[i] >= begin:
                repeats += 1
                count = positions[i] - begin + 1
                if (count - repeats) / count <= threshold:
                    begin, repeats, factors = positions[i] + 1, 0, factors + 1
        rest = begins[row + 1] - begin
        if rest > 0:
            factors += (1 - (rest - repeats) / rest) / (1 - threshold)
        found[row] = factors or float(begins[row + 1] > begins[row])
    return found


def hdd(words: Words, draws: int = 42) -> np.ndarray:
    """Expected share of different words among `draws` words drawn without putting back.

    Source   McCarthy & Jarvis (2007), Language Testing 24(4); sum over words of P(drawn at least once) / draws
    """
    rows, counts = words.types
    lengths = words.lengths
    size = lengths[rows]
    logs = gammaln(np.arange(max(draws, int(lengths.max(initial=0))) + 1) + 1.0)
    possible = (size - counts >= draws) & (size >= draws)
    rest, whole = np.where(possible, size - counts, draws), np.where(possible, size, draws)
    absent = np.exp(logs[rest] - logs[rest - draws] - logs[whole] + logs[whole - draws])
    found = words.per_row(np.where(possible, 1 - absent, 1.0) / draws, rows)
    found[lengths < draws] = np.nan
    return found


def hapax_share(words: Words) -> np.ndarray:
    """Words that stand once over all words."""
    rows, counts = words.types
    return per(words.per_row(counts == 1, rows), words.lengths)


def yules_k(words: Words) -> np.ndarray:
    """10,000 (sum of squared counts - N) / N².

    Source   Yule (1944); Tweedie & Baayen (1998), Computers and the Humanities 32
    """
    rows, counts = words.types
    squares = words.per_row(counts.astype(float) ** 2, rows)
    return per(squares - words.lengths, words.lengths.astype(float) ** 2, 1e4)


def word_entropy(words: Words) -> np.ndarray:
    """Entropy of the words of a text, in bits: log2 N - sum of c log2 c / N."""
    rows, counts = words.types
    spread = words.per_row(counts * np.log2(counts), rows)
    lengths = words.lengths
    return np.log2(np.where(lengths > 0, lengths, np.nan)) - per(spread, lengths)


def rarity(words: Words) -> np.ndarray:
    """Mean of -log2 of the share that a text's words have in the whole batch, in bits."""
    shares = words.frequencies / max(1, len(words.ids))
    bits = -np.log2(np.where(shares > 0, shares, 1.0))
    return per(words.per_row(bits[words.ids]), words.lengths)


def first_words(words: Words, count: int) -> Words | None:
    """The first `count` words of a batch as one text; None when there are fewer.

    Pooled measures are taken over equally many words, because nearly all of them fall as a text grows.
    """
    if len(words.ids) < count:
        return None
    return Words(words.ids[:count], np.array([0, count]), words.vocabulary, words.segmenter)
