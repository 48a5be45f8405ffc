"""Self-BLEU: how much each of some texts repeats runs of words of the others."""

import numpy as np

from tawazun.audit.data.words import Words

ORDER = 4


def self_bleu(words: Words) -> np.ndarray:
    """BLEU of every text with all others as references, 0 to 100.

    Clipping needs the largest count of a run among the other texts: the largest of all, or the second largest for the
    text that has the largest, so all texts are scored in one pass.
    Shapes   returns (R,), NaN for a text without words or with no other beside it
    Source   Papineni et al. (2002), ACL, with exponential smoothing and effective order as sacrebleu scores sentences;
             Zhu et al. (2018), SIGIR, for self-BLEU
    """
    rows = len(words.lengths)
    lengths = words.lengths
    if rows < 2:
        return np.full(rows, np.nan)
    logs, orders, smooth = np.zeros(rows), np.zeros(rows), np.ones(rows)
    correct_any = np.zeros(rows, dtype=bool)
    for n in range(1, ORDER + 1):
        total = np.maximum(lengths - n + 1, 0)
        correct = _clipped(*words.runs(n), rows)
        missed = (correct == 0) & (total > 0)
        smooth = np.where(missed, smooth * 2, smooth)
        precision = np.where(missed, 1 / smooth, correct) / np.maximum(total, 1)
        logs += np.where(total > 0, np.log(np.where(total > 0, precision, 1.0)), 0.0)
        orders += total > 0
        correct_any |= correct > 0
    found = 100 * _brevity(lengths) * np.exp(logs / np.maximum(orders, 1))
    found[~correct_any] = 0.0
    found[lengths == 0] = np.nan
    return found


def _clipped(codes: np.ndarray, rows: np.ndarray, count: int) -> np.ndarray:
    """Runs of each text that other texts have too, each as often as the text that has it most."""
    if not len(codes):
        return np.zeros(count)
    order = np.lexsort((rows, codes))
    codes, rows = codes[order], rows[order]
    new = np.flatnonzero(np.concatenate(([True], (codes[1:] != codes[:-1]) | (rows[1:] != rows[:-1]))))
    own = np.diff(np.concatenate((new, [len(codes)])))
    codes, rows = codes[new], rows[new]
    group = np.cumsum(np.concatenate(([True], codes[1:] != codes[:-1]))) - 1
    order = np.lexsort((-own, group))
    codes, rows, own, group = codes[order], rows[order], own[order], group[order]
    heads = np.flatnonzero(np.concatenate(([True], group[1:] != group[:-1])))
    sizes = np.diff(np.concatenate((heads, [len(group)])))
    largest = own[heads]
    second = np.where(sizes > 1, own[np.minimum(heads + 1, len(own) - 1)], 0)
    is_head = np.zeros(len(own), dtype=bool)
    is_head[heads] = True
    others = np.where(is_head, second[group], largest[group])
    return np.bincount(rows, weights=np.minimum(own, others), minlength=count)


def _brevity(lengths: np.ndarray) -> np.ndarray:
    """Brevity penalty against the other text whose length is closest, the shorter of two that are equally close."""
    gaps = np.abs(lengths[:, None] - lengths[None, :]).astype(float)
    np.fill_diagonal(gaps, np.inf)
    closest = gaps.min(axis=1)
    reference = np.where(gaps == closest[:, None], lengths[None, :], np.iinfo(np.int64).max).min(axis=1)
    shorter = lengths < reference
    return np.where(shorter & (lengths > 0), np.exp(1 - reference / np.maximum(lengths, 1)), 1.0)
