"""Two sets of rows held against each other on one metric: difference, effect, and an interval of both."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.stats import rankdata

from tawazun.seeds import stream

DRAWS = 1_000
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Contrast:
    """How a metric differs between two sets.

    difference  mean of the first minus mean of the second, in the metric's unit
    auc         probability that a row of the first has more than a row of the second, ties as half; .5 = no difference
    low, high   95 % percentile bootstrap interval of each, rows (or pairs of rows) drawn anew
    n           rows with a value in each
    p           two-sided, by shuffling rows between the sets (in kinds, or in pairs): exact where sets are alike, where
                the interval of a small or skewed set leaves out 0 a little too often
    """

    difference: float
    low: float
    high: float
    auc: float
    auc_low: float
    auc_high: float
    n: tuple[int, int]
    p: float

    @property
    def clear(self) -> bool:
        """Whether the sets differ: the interval leaves out 0 and p is at most .05."""
        return (self.low > 0 or self.high < 0) and self.p <= 0.05


def contrast(first: np.ndarray, second: np.ndarray, draws: int = DRAWS) -> Contrast:
    """Hold the rows of two sets against each other.

    Rows count as independent; see `contrast_within` and `contrast_pairs` for sets of other mixes and for pairs.
    Shapes   first (N,), second (M,); NaN = a row without a value. All NaN when either has fewer than two values.
    Source   Efron (1979); Hanley & McNeil (1982), Radiology 143, for the AUC as a rank statistic
    """
    a, b = first[np.isfinite(first)], second[np.isfinite(second)]
    if min(len(a), len(b)) < 2:
        none = float("nan")
        return Contrast(none, none, none, none, none, none, (len(a), len(b)), none)
    random = stream("contrast", len(a), len(b))

    def again() -> tuple[float, float]:
        return _told(random.choice(a, len(a)), random.choice(b, len(b)))

    def moved() -> float:
        return _shuffled(random, a, b)

    return _bounded(_told(a, b), again, moved, draws, (len(a), len(b)))


def contrast_within(
    first: np.ndarray, second: np.ndarray, kinds: tuple[np.ndarray, np.ndarray], draws: int = DRAWS
) -> Contrast:
    """Hold rows against rows of the same kind: the difference is not that one set has more of one kind of text.

    Differences and areas of kinds are averaged by n m / (n + m); kinds with fewer than two values on a side are left
    out, and rows are drawn anew inside a kind.
    Shapes   as `contrast`; kinds: of every row, (N,) and (M,)
    Source   van Elteren (1960), Bull. Inst. Int. Stat. 37, for the weights
    """
    held = [(first[(kinds[0] == one) & np.isfinite(first)], second[(kinds[1] == one) & np.isfinite(second)])
            for one in sorted(set(kinds[0]) & set(kinds[1]))]  # fmt: skip
    held = [(a, b) for a, b in held if min(len(a), len(b)) >= 2]
    if not held:
        return contrast(first[:0], second[:0])
    weights = np.array([len(a) * len(b) / (len(a) + len(b)) for a, b in held])
    random = stream("contrast within", *map(len, (one for both in held for one in both)))

    def again(fresh: bool = True) -> tuple[float, float]:
        drawn = [(random.choice(a, len(a)), random.choice(b, len(b))) if fresh else (a, b) for a, b in held]
        gap, under = np.average([_told(*both) for both in drawn], axis=0, weights=weights)
        return float(gap), float(under)

    def moved() -> float:
        return float(np.average([_shuffled(random, a, b) for a, b in held], weights=weights))

    n = sum(len(a) for a, _ in held), sum(len(b) for _, b in held)
    return _bounded(again(fresh=False), again, moved, draws, n)


def contrast_pairs(first: np.ndarray, second: np.ndarray, draws: int = DRAWS) -> Contrast:
    """Hold rows against their counterparts (answers to one question): pairs are drawn anew, never rows.

    Shapes   first, second (N,) in one order; pairs without both values are left out
    """
    both = np.isfinite(first) & np.isfinite(second)
    a, b = first[both], second[both]
    if len(a) < 2:
        return contrast(a[:0], b[:0])
    random = stream("contrast of pairs", len(a))

    def again() -> tuple[float, float]:
        chosen = random.integers(len(a), size=len(a))
        return _told(a[chosen], b[chosen])

    def moved() -> float:
        return float(((a - b) * random.choice((-1.0, 1.0), len(a))).mean())

    return _bounded(_told(a, b), again, moved, draws, (len(a), len(b)))


def counterparts(first: Sequence[str], second: Sequence[str], least: float) -> tuple[np.ndarray, np.ndarray]:
    """Rows of one set that are versions of rows of the other: each row once, so that shared words are most in all.

    Versions that were edited share most of their words, and an average hides what the edits did among rows that have
    nothing to do with each other; pairs go into `contrast_pairs`.

    least    share of the words of both that a pair must have in common (Jaccard, different words)
    Returns  numbers of the rows of each, (P,) and (P,), in the order of the first
    """
    vocabulary: dict[str, int] = {}
    one, two = (
        [{vocabulary.setdefault(word, len(vocabulary)) for word in WORD.findall(text.lower())} for text in texts]
        for texts in (first, second)
    )
    shared = np.array([[len(a & b) / max(1, len(a | b)) for b in two] for a in one]).reshape(len(one), len(two))
    rows, columns = linear_sum_assignment(-shared)
    alike = shared[rows, columns] >= least
    return rows[alike], columns[alike]


def _shuffled(random: np.random.Generator, a: np.ndarray, b: np.ndarray) -> float:
    """Difference of means when rows change sides."""
    rows = random.permutation(np.concatenate((a, b)))
    return float(rows[: len(a)].mean() - rows[len(a) :].mean())


def _told(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    return float(a.mean() - b.mean()), area(a, b)


def _bounded(
    found: tuple[float, float], again: Callable[[], tuple[float, float]], moved: Callable[[], float], draws: int,
    n: tuple[int, int],
) -> Contrast:  # fmt: skip
    bar = abs(found[0]) * (1 - 1e-9)
    p = (1 + sum(abs(moved()) >= bar for _ in range(draws))) / (1 + draws)
    low, high = np.percentile([again() for _ in range(draws)], (2.5, 97.5), axis=0)
    return Contrast(found[0], float(low[0]), float(high[0]), found[1], float(low[1]), float(high[1]), n, p)


def area(a: np.ndarray, b: np.ndarray) -> float:
    """Probability that a value of `a` is above one of `b`, ties as half."""
    ranks = rankdata(np.concatenate((a, b)))
    return float((ranks[: len(a)].sum() - len(a) * (len(a) + 1) / 2) / (len(a) * len(b)))
