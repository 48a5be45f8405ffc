"""Right and wrong answers: choices from scores, F1, what guessing earns, and errors when topics are what was sampled.

A benchmark's items are a sample of what could have been asked, and items of one topic are alike. So whole topics are
left out in turn; where categories weigh the same whatever their size, topics are left out inside their category.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit
from scipy.stats import binom
from scipy.stats import t as student

from tawazun.stats.shares import check_level, check_whole

# scores closer than this are tied: they differ by rounding
TIED = 1e-9


def best_shares(scores: ArrayLike) -> np.ndarray:
    """The highest score takes the choice; options that tie share it equally.

    Shapes   scores: (..., K), NaN where there is no such option. Returns (..., K).
    Returns  shares that sum to 1; NaN where no option has a score.
    Unit     shares of 1.
    Source   argmax; a tie broken by position would favour whoever puts the key first.

    >>> best_shares([-1.0, -2.0, -1.0])
    array([0.5, 0. , 0.5])
    """
    values = np.asarray(scores, dtype=float)
    known = ~np.isnan(values)
    filled = np.where(known, values, -np.inf)
    top = filled.max(axis=-1, keepdims=True, initial=-np.inf)
    tied = known & (filled >= top - TIED)
    count = tied.sum(axis=-1, keepdims=True)
    return np.divide(tied, count, out=np.full(values.shape, np.nan), where=count > 0)


def confusion_sums(choices: ArrayLike, gold: ArrayLike) -> np.ndarray:
    """What every item adds to the counts behind F1. Shares count as fractions, so sums are expected counts.

    Shapes   choices: (Q, C) share of an item's answer given to each class, at most 1 in all; gold: (Q,) class.
             Returns (Q, C, 3): right, given, true.
    Returns  [0, 1].
    Unit     items.
    Errors   ValueError when shapes disagree or a class does not exist.
    Source   counts of a confusion matrix.
    """
    given, true = np.asarray(choices, dtype=float), np.asarray(gold)
    if given.ndim != 2 or true.shape != given.shape[:1]:
        raise ValueError(f"choices (Q, C) and gold (Q,) are needed, got {given.shape} and {true.shape}")
    if true.size and (true.min() < 0 or true.max() >= given.shape[1]):
        raise ValueError(f"gold names a class outside 0..{given.shape[1] - 1}")
    own = np.eye(given.shape[1])[true]
    return np.stack([given * own, given, own], axis=-1)


def class_f1(sums: ArrayLike) -> np.ndarray:
    """F1 of each class: 2 right / (given + true).

    Shapes   sums: (..., C, 3) as in `confusion_sums`, added up. Returns (..., C).
    Returns  [0, 1]; 0 for a class that is never given; NaN for one that is neither given nor true.
    Unit     F1.
    Source   van Rijsbergen (1979), Information Retrieval, ch. 7.
    """
    right, given, true = np.moveaxis(np.asarray(sums, dtype=float), -1, 0)
    below = given + true
    return np.divide(2 * right, below, out=np.full(below.shape, np.nan), where=below > TIED)


def macro_f1(sums: ArrayLike) -> np.ndarray:
    """Mean F1 over the classes that are true of any item.

    Shapes   sums: (..., C, 3). Returns (...).
    Returns  [0, 1]; NaN where no item is left.
    Unit     F1.
    Source   mean of class F1, as `sklearn.metrics.f1_score(average="macro")` over the labels that occur in the key.
    """
    counts = np.asarray(sums, dtype=float)
    each, there = class_f1(counts), counts[..., 2] > TIED
    total, number = np.where(there, each, 0.0).sum(axis=-1), there.sum(axis=-1)
    return np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0)


def guessing_f1(chances: ArrayLike, gold: ArrayLike) -> float:
    """Expected macro F1 of a guesser that gives each item's classes independently with these chances, exactly.

    For an item of class c that is guessed right, F1 gains 2 / (true + given), and how many of the other items are
    given c is a sum of independent draws.

    Shapes   chances: (Q, C); gold: (Q,) class.
    Returns  [0, 1]; NaN without items.
    Unit     F1.
    Errors   as `confusion_sums`.
    Source   linearity of expectation; derivation ours.

    >>> round(guessing_f1(np.full((8711, 2), 0.5), np.arange(8711) >= 5224), 3)
    0.495
    """
    given, true = np.asarray(chances, dtype=float), np.asarray(gold).astype(np.int64)
    confusion_sums(given, true)
    found = []
    for own in np.unique(true):
        column = np.round(given[:, own], 12)
        here = int((true == own).sum())
        each = dict(zip(*np.unique(column, return_counts=True), strict=True))
        total = 0.0
        for chance, count in zip(*np.unique(column[true == own], return_counts=True), strict=True):
            others = _number_given({**each, chance: each[chance] - 1})
            total += 2 * count * chance * float((others / (here + 1 + np.arange(len(others)))).sum())
        found.append(total)
    return float(np.mean(found)) if found else float("nan")


def _number_given(counts: dict[float, int]) -> np.ndarray:
    """Chances of 0, 1, 2 … successes among independent draws: chance of success -> how many draws."""
    found = np.ones(1)
    for chance, count in counts.items():
        found = np.convolve(found, binom.pmf(np.arange(count + 1), count, chance))
    return found


def clustered_error(
    sums: ArrayLike,
    clusters: ArrayLike,
    groups: ArrayLike,
    read: Callable[[np.ndarray], np.ndarray],
) -> tuple[float, float]:
    """Standard error and degrees of freedom of a mean over groups of a statistic of sums, by leaving clusters out.

    With one group it is the delete-one-cluster jackknife. With several, clusters are left out inside their group, which
    stays what it is; where a group is one cluster, the groups themselves are what varies, and one stratum holds them.
    Clusters of unequal size count as fewer: degrees of freedom are those of the effective number, (sum of sizes)^2 /
    sum of squared sizes, minus one per stratum.

    Shapes   sums: (U, M) what every unit adds; clusters, groups: (U,) integers; read: (..., M) -> (...).
    Returns  (sd, df); NaN and 0 with fewer than 2 clusters.
    Unit     that of the statistic.
    Source   Rust & Rao (1996), Stat. Methods Med. Res. 5(3), stratified jackknife (JKn); one stratum: Efron &
             Tibshirani (1993), eq. 11.5; effective number after Kish (1965), Survey Sampling, section 11.7.
    """
    parts = np.asarray(sums, dtype=float)
    cells, own = np.unique(np.asarray(clusters), return_inverse=True)
    kinds, group = np.unique(np.asarray(groups), return_inverse=True)
    if len(cells) < 2:
        return float("nan"), 0.0
    blocks = np.zeros((len(cells), len(kinds), parts.shape[1]))
    np.add.at(blocks, (own, group), parts)
    there = np.zeros((len(cells), len(kinds)), dtype=bool)
    there[own, group] = True
    left = read(blocks.sum(axis=0) - blocks)
    kept = ~np.isnan(left)
    count = kept.sum(axis=1)
    each = np.divide(np.where(kept, left, 0.0).sum(axis=1), count, out=np.full(len(cells), np.nan), where=count > 0)
    nested = bool((there.sum(axis=1) == 1).all() and (there.sum(axis=0) > 1).all())
    strata = there.argmax(axis=1) if nested else np.zeros(len(cells), dtype=np.int64)
    sizes = np.bincount(own).astype(float) if nested or len(kinds) == 1 else np.ones(len(cells))
    variance = df = 0.0
    for stratum in np.unique(strata):
        here, size = each[strata == stratum], sizes[strata == stratum]
        variance += (len(here) - 1) / len(here) * float(np.square(here - here.mean()).sum())
        df += float(np.square(size.sum()) / np.square(size).sum()) - 1
    return float(np.sqrt(variance)), max(1.0, df)


def share_interval(value: float, sd: float, df: float, units: int, level: float) -> tuple[float, float]:
    """Bounds of a share (or an F1) from its standard error, on the logit scale, where they cannot leave 0..1.

    A share of exactly 0 or 1 has no standard error to go by: it gets the exact binomial bound for as many trials as
    there are independent units.

    Shapes   scalars.
    Returns  low, high; both the value where it does not vary inside (0, 1); NaN where the standard error is.
    Unit     that of the value.
    Errors   ValueError for a level outside (0, 1) or fewer than one unit.
    Source   Korn & Graubard (1998), Surv. Methodol. 24(2), logit interval with t; Clopper & Pearson (1934) at the ends.

    >>> tuple(round(x, 2) for x in share_interval(0.98, 0.02, 49, 50, 0.95))
    (0.86, 1.0)
    >>> tuple(round(x, 3) for x in share_interval(1.0, 0.0, 19, 20, 0.95))
    (0.832, 1.0)
    """
    check_level(level)
    check_whole(units, "units", 1)
    if value <= TIED or value >= 1 - TIED:
        far = ((1 - level) / 2) ** (1 / units)
        return (0.0, 1 - far) if value <= TIED else (far, 1.0)
    if np.isnan(sd) or sd <= TIED:
        return (float("nan"), float("nan")) if np.isnan(sd) else (value, value)
    centre, half = np.log(value / (1 - value)), float(student.ppf((1 + level) / 2, df)) * sd / (value * (1 - value))
    return float(expit(centre - half)), float(expit(centre + half))
