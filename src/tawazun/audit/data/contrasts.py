"""Two sets of rows held against each other on one metric: difference, effect, and an interval of both."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from tawazun.seeds import stream

DRAWS = 1_000


@dataclass(frozen=True, slots=True)
class Contrast:
    """How a metric differs between two sets.

    difference  mean of the first minus mean of the second, in the metric's unit
    auc         probability that a row of the first has more than a row of the second, ties as half; .5 = no difference
    low, high   95 % percentile bootstrap interval of each, rows drawn anew in either set
    n           rows with a value in each
    """

    difference: float
    low: float
    high: float
    auc: float
    auc_low: float
    auc_high: float
    n: tuple[int, int]


def contrast(first: np.ndarray, second: np.ndarray, draws: int = DRAWS) -> Contrast:
    """Hold the rows of two sets against each other.

    Rows count as independent: answers to one question in both sets are not paired here.
    Shapes   first (N,), second (M,); NaN = a row without a value. All NaN when either has fewer than two values.
    Source   Efron (1979); Hanley & McNeil (1982), Radiology 143, for the AUC as a rank statistic
    """
    a, b = first[np.isfinite(first)], second[np.isfinite(second)]
    if min(len(a), len(b)) < 2:
        none = float("nan")
        return Contrast(none, none, none, none, none, none, (len(a), len(b)))
    random = stream("contrast", len(a), len(b))
    gaps, areas = np.empty(draws), np.empty(draws)
    for i in range(draws):
        one, other = random.choice(a, len(a)), random.choice(b, len(b))
        gaps[i], areas[i] = one.mean() - other.mean(), area(one, other)
    low, high = np.percentile(gaps, (2.5, 97.5))
    auc_low, auc_high = np.percentile(areas, (2.5, 97.5))
    return Contrast(
        float(a.mean() - b.mean()),
        float(low),
        float(high),
        area(a, b),
        float(auc_low),
        float(auc_high),
        (len(a), len(b)),
    )


def area(a: np.ndarray, b: np.ndarray) -> float:
    """Probability that a value of `a` is above one of `b`, ties as half."""
    ranks = rankdata(np.concatenate((a, b)))
    return float((ranks[: len(a)].sum() - len(a) * (len(a) + 1) / 2) / (len(a) * len(b)))
