"""Marked answer sheets as sums: one line per unit, from which a score is read for any set of units at once.

A unit is an item, or a question whose statements must all be right. Because a score is a function of sums, leaving
units out or setting two sheets side by side is arithmetic.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.exams import Bench
from tawazun.stats.classification import class_f1, clustered_error, confusion_sums, macro_f1, share_interval
from tawazun.stats.resampling import t_interval

# with fewer clusters than this, clusters are too few to say how much they vary
ENOUGH_CLUSTERS = 20
Read = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Tally:
    """What each unit adds to a score.

    bench   the benchmark whose items are meant
    items   (U,) item of each unit; of a question with several statements, the first
    sums    (U, M); read: (..., M) sums -> (...) score
    word    what a unit is: `items` or `questions`
    left    marked units that a subject was not asked, or not in full
    share   whether the score lies between 0 and 1; a difference does not
    """

    bench: Bench
    items: np.ndarray
    sums: np.ndarray
    read: Read
    word: str = "items"
    left: int = 0
    share: bool = True

    def groups(self, dimension: str) -> np.ndarray:
        """(U,) position of each unit's group among those of a dimension; one group where there is no dimension."""
        return self.bench.groups(dimension)[1][self.items]

    def only(self, kept: np.ndarray) -> "Tally":
        """The same over some units."""
        return replace(self, items=self.items[kept], sums=self.sums[kept])

    @cached_property
    def value(self) -> float:
        """The score over all units."""
        return float(self.read(self.sums.sum(axis=0)))

    def averaged(self, dimension: str) -> float:
        """The mean over the groups of a dimension, each weighing the same; the score itself without a dimension."""
        own = self.groups(dimension)
        each = np.array([float(self.read(self.sums[own == one].sum(axis=0))) for one in np.unique(own)])
        return float(each[~np.isnan(each)].mean()) if (~np.isnan(each)).any() else float("nan")


def accuracy_of(sums: np.ndarray) -> np.ndarray:
    """(..., 2) points and units -> share of points."""
    points, units = sums[..., 0], sums[..., 1]
    return np.divide(points, units, out=np.full(units.shape, np.nan), where=units > 0.5)


def ratio_tally(bench: Bench, points: np.ndarray) -> Tally:
    """A mean over items. Shapes: points (Q,), NaN where an item does not count."""
    items = np.flatnonzero(~np.isnan(points))
    own = points[items]
    return Tally(bench, items, np.stack([own, np.ones(len(own))], axis=-1), accuracy_of)


def item_points(choices: np.ndarray, gold: np.ndarray) -> np.ndarray:
    """(O, Q) points: the share of each answer on the right option; NaN where not asked or not marked."""
    marked = gold >= 0
    at = np.broadcast_to(np.where(marked, gold, 0)[:, None], (*choices.shape[:-1], 1))
    points = np.take_along_axis(choices, at, axis=-1)[..., 0]
    return np.where(marked, points, np.nan)


def accuracy_tally(bench: Bench, choices: np.ndarray, gold: np.ndarray) -> Tally:
    """Points item by item. Shapes: choices (O, Q, K) as in `Sheet`; gold (Q,)."""
    tally = ratio_tally(bench, over_orders(item_points(choices, gold)))
    return replace(tally, left=int((gold >= 0).sum()) - len(tally.items))


def bundle_tally(bench: Bench, choices: np.ndarray, gold: np.ndarray, dimension: str) -> Tally:
    """Points question by question: the chance that every statement of it is right, order by order."""
    members = bundles(bench, gold, dimension)
    points = item_points(choices, gold)
    each = np.array([over_orders(points[:, own].prod(axis=1, keepdims=True))[0] for own in members])
    kept = np.flatnonzero(~np.isnan(each))
    first = np.array([own[0] for own in members], dtype=np.int64)
    sums = np.stack([each[kept], np.ones(len(kept))], axis=-1)
    return Tally(bench, first[kept], sums, accuracy_of, "questions", len(members) - len(kept))


def bundles(bench: Bench, gold: np.ndarray, dimension: str) -> list[np.ndarray]:
    """Items of each question; a question of which the instrument has a statement that was not asked is left out."""
    made = bench.made
    asked = {question.id: q for q, question in enumerate(made.questions)}
    found: dict[str, list[int]] = {}
    for question in made.instrument.questions:
        found.setdefault(question.tagged(dimension), []).append(asked.get(question.id, -1))
    whole = [np.array(own) for name, own in found.items() if name and min(own) >= 0]
    return [own for own in whole if (gold[own] >= 0).all()]


def one_true_tally(bench: Bench, gold: np.ndarray, dimension: str, positive: float) -> Tally:
    """Expected points of one who takes one statement of each question for true, all as likely."""
    members = bundles(bench, gold, dimension)
    points = []
    for own in members:
        true = sum(bench.made.questions[q].codes[gold[q]] == positive for q in own)
        points.append(1 / len(own) if true == 1 else 0.0)
    sums = np.stack([np.array(points), np.ones(len(points))], axis=-1)
    return Tally(bench, np.array([own[0] for own in members], dtype=np.int64), sums, accuracy_of, "questions")


def over_orders(points: np.ndarray) -> np.ndarray:
    """(O, ...) -> (...) means over the orders that were asked; NaN where none was."""
    there = ~np.isnan(points)
    count = there.sum(axis=0)
    total = np.where(there, points, 0.0).sum(axis=0)
    return np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)


def class_choices(bench: Bench, choices: np.ndarray) -> np.ndarray:
    """(Q, K) by option -> (Q, C) by code."""
    found = np.zeros((len(choices), len(bench.classes)))
    items = np.broadcast_to(np.arange(len(choices))[:, None], choices.shape)
    np.add.at(found, (items, bench.class_at), np.where(bench.there, choices, 0.0))
    return found


def f1_tally(bench: Bench, choices: np.ndarray, gold: np.ndarray) -> Tally:
    """Counts behind F1, item by item; read as macro F1. Shapes: choices (O, Q, K); gold (Q,)."""
    mean = over_orders(choices)
    marked = gold >= 0
    items = np.flatnonzero(marked & ~np.isnan(mean).all(axis=-1))
    right = bench.class_at[items, gold[items]]
    own = class_choices(bench, np.nan_to_num(mean))[items]
    flat = confusion_sums(own, right).reshape(len(items), 3 * len(bench.classes))
    return Tally(bench, items, flat, lambda block: macro_f1(_by_class(block)), left=int(marked.sum()) - len(items))


def _by_class(block: np.ndarray) -> np.ndarray:
    return block.reshape(*block.shape[:-1], -1, 3)


def class_reads(position: int) -> dict[str, Read]:
    """What else is read off the counts of one class: F1, recall, and how often it was the answer."""

    def given(block: np.ndarray) -> np.ndarray:
        counts = _by_class(block)
        return accuracy_of(np.stack([counts[..., position, 1], counts[..., 2].sum(axis=-1)], axis=-1))

    return {
        "F1 of": lambda block: class_f1(_by_class(block))[..., position],
        "recall of": lambda block: accuracy_of(_by_class(block)[..., position, ::2]),
        "share answering": given,
    }


def difference(first: Tally, second: Tally) -> Tally:
    """The score of the first minus that of the second over the units that both have."""
    both = np.intersect1d(first.items, second.items)
    one, other = (tally.only(np.isin(tally.items, both)) for tally in (first, second))
    width = one.sums.shape[1]

    def read(block: np.ndarray) -> np.ndarray:
        return np.asarray(first.read(block[..., :width]) - second.read(block[..., width:]))

    return replace(one, sums=np.concatenate([one.sums, other.sums], axis=-1), read=read, share=False)


@dataclass(frozen=True, slots=True)
class Error:
    """Standard error of a score, its degrees of freedom, the number of independent units, and how it was made.

    unit   what the units are: `topic`, or `items`
    """

    sd: float
    df: float
    units: int
    words: str
    unit: str


def error_of(tally: Tally, clusters: str, over: str = "") -> Error:
    """The error of a tally, by leaving out clusters, or items where clusters are too few.

    over   dimension whose groups weigh the same, or empty
    """
    count = len(tally.items)
    own = tally.groups(clusters) if clusters else np.arange(count)
    found = len(np.unique(own))
    unit = clusters
    if clusters and found >= ENOUGH_CLUSTERS:
        words = f"jackknife over {found} groups of {clusters}, t"
    else:
        few = f" ({found} of {clusters}, under {ENOUGH_CLUSTERS}, are too few to leave out)" if clusters else ""
        unit = tally.word
        own, words = np.arange(count), f"jackknife over {count} {tally.word}, t; {tally.word} taken as independent{few}"
        found = count
    groups = tally.groups(over)
    if over and (found == count or clusters != over):
        words += f", inside each {over}"
    if over and found < count and clusters != over:
        own = _without_lone(own, groups)
    sd, df = clustered_error(tally.sums, np.unique(own, return_inverse=True)[1], groups, tally.read)
    return Error(sd, df, found, words, unit)


def _without_lone(own: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Cluster of each unit; where a group has one cluster only, its units are clusters of their own."""
    found = own.copy()
    for group in np.unique(groups):
        here = np.flatnonzero(groups == group)
        if len(np.unique(own[here])) == 1:
            found[here] = own.max() + 1 + here
    return found


def with_error(row: Estimate, tally: Tally, value: float, error: Error, level: float) -> Estimate:
    """The row with value, bounds and how they were made; without bounds it says why."""
    words = f"over {len(tally.items)} {tally.word}" + (
        f", {tally.left} left out without an answer" if tally.left else ""
    )
    method = "; ".join(part for part in (row.method, words) if part)
    row = replace(row, value=value if np.isfinite(value) else None, n=float(len(tally.items)), method=method)
    if row.value is None:
        return row.because("nothing to divide by")
    if np.isnan(error.sd) or error.df <= 0:
        return row.because("no interval: one unit does not vary")
    if not tally.share and error.sd < 1e-12:
        return row.because("no interval: the difference is the same on every unit")
    if tally.share:
        low, high = share_interval(value, error.sd, error.df, max(1, error.units), level)
    else:
        ends = t_interval(value, [(error.sd, error.df)], level)
        low, high = (float(np.clip(end, -1.0, 1.0)) for end in ends)
    return replace(row, low=low, high=high, level=level, method=f"{method}; {error.words}")
