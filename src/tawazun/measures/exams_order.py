"""What option order does to a benchmark: answers that stay where the options move, and scores by position.

A respondent that knows an answer names the same option wherever it stands; one that likes a position names another
option each time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tawazun.cells import order_indices
from tawazun.errors import BadStudy
from tawazun.estimates import Estimate
from tawazun.measures.context import Context, faceted, rows
from tawazun.measures.exams import Bench, Sheet, benches, markings, sheets
from tawazun.measures.exams_tallies import Tally, error_of, item_points, over_orders, ratio_tally, with_error

NAME = "permutation_consistency"
ONE_ORDER = "one option order was asked: ask at least two, such as forward and reversed"
FLOOR = "computed from the orders alone: nothing was asked"


@dataclass(frozen=True, slots=True)
class Moved:
    """The answers of one sheet, one per option order.

    choices   (O, Q, K) in canonical order, seeds averaged; items that were asked in every order, NaN elsewhere
    shown     (O, Q, K) shown position of each option; -1 beyond an item's options
    """

    names: tuple[str, ...]
    choices: np.ndarray
    shown: np.ndarray

    @property
    def items(self) -> np.ndarray:
        """(Q,) items that were asked in every order."""
        return ~np.isnan(self.choices).any(axis=(0, 2))


def consistency_rows(context: Context) -> Iterator[Estimate]:
    """Per subject and prompt: consistency over orders with what chance gives, then accuracy and picks by position."""
    for bench in benches(context):
        gold, name = markings(bench)[0].gold, bench.made.instrument.name
        for subject, base in enumerate(rows(NAME, name, bench.made)):
            for sheet in sheets(bench, subject):
                row = replace(base, facet=faceted(base, sheet.facet), unit="share", method=sheet.method)
                moved = moved_answers(context.seed, bench, sheet)
                if moved is None:
                    yield replace(row, why="the recorded orders are not orders of this package: positions are unknown")
                    continue
                yield from _stays(context, bench, row, moved)
                yield from _positions(context, bench, row, moved, gold)


def moved_answers(seed: int, bench: Bench, sheet: Sheet) -> Moved | None:
    """A sheet's answers order by order; None where a recorded order has a name of its own."""
    names = tuple(dict.fromkeys(sheet.orders))
    choices = np.stack([over_orders(sheet.choices[[o == name for o in sheet.orders]]) for name in names])
    choices[:, np.isnan(choices).any(axis=(0, 2))] = np.nan
    shown = np.full(choices.shape, -1)
    try:
        for o, name in enumerate(names):
            for q, question in enumerate(bench.made.questions):
                key = f"{bench.made.instrument.name}:{question.id}"
                order = order_indices(name, question.cells, seed, key)
                shown[o, q, list(order)] = range(question.cells)
    except BadStudy:
        return None
    return Moved(names, choices, shown)


def stable_points(choices: np.ndarray) -> np.ndarray:
    """(Q,) chance that one answer from each order names one and the same option; NaN where an order is missing."""
    return np.asarray(choices.prod(axis=0).sum(axis=-1))


def _stays(context: Context, bench: Bench, row: Estimate, moved: Moved) -> Iterator[Estimate]:
    row = replace(row, facet=f"{row.facet};same option in every order")
    if len(moved.names) < 2:
        yield replace(row, why=ONE_ORDER)
        return
    tally = ratio_tally(bench, stable_points(moved.choices))
    if not len(tally.items):
        yield replace(row, why="no item was asked in every order")
        return
    words = f"{row.method}; the same over {len(moved.names)} orders ({', '.join(moved.names)})"
    yield _estimate(context, replace(row, method=words), tally)
    for name, method, points in chance_points(bench, moved):
        value = float(points[moved.items].mean())
        beside = replace(row, respondent=f"floor:{name}", reference=row.respondent, value=value, method=method)
        yield replace(beside, n=float(moved.items.sum()), why=FLOOR)


def chance_points(bench: Bench, moved: Moved) -> list[tuple[str, str, np.ndarray]]:
    """(name, method, (Q,) points) of answers that know nothing of the items."""
    orders = len(moved.names)
    cells = np.maximum(bench.there.sum(axis=1), 1)
    fixed = np.zeros(len(cells))
    for k in range(bench.there.shape[1]):
        # the option at shown position k is the same one in every order
        at = moved.shown == k
        same = at.all(axis=0).any(axis=-1)
        fixed += np.where(bench.there[:, k], same, 0.0)
    found = [
        ("random", f"every option equally likely in each of {orders} orders", cells ** (1.0 - orders)),
        ("position", "one shown position always taken: mean over positions", fixed / cells),
    ]
    given = np.where(moved.items[None, :, None], moved.choices, np.nan)
    shares = np.array([over_orders(one) for one in given])
    own = np.full(len(cells), float(np.nan_to_num(shares).prod(axis=0).sum()))
    words = "the respondent's own shares of each canonical option, whatever is asked: high where labels are favoured"
    return [*found, ("own-shares", words, own)]


def _positions(context: Context, bench: Bench, row: Estimate, moved: Moved, gold: np.ndarray) -> Iterator[Estimate]:
    points = item_points(moved.choices, gold)
    place = np.take_along_axis(moved.shown, np.maximum(gold, 0)[None, :, None].repeat(len(moved.names), 0), axis=-1)
    for k in range(bench.there.shape[1]):
        here = np.where((place[..., 0] == k) & (gold >= 0), points, np.nan)
        correct = replace(row, facet=f"{row.facet};right option shown at {k + 1}", unit="share of points")
        tally = ratio_tally(bench, over_orders(here))
        yield (
            _estimate(context, correct, tally)
            if len(tally.items)
            else replace(correct, why="no right option stood there")
        )
        picked = np.where(moved.shown == k, moved.choices, 0.0).sum(axis=-1)
        picked = np.where(moved.items & bench.there[:, k], picked, np.nan)
        tally = ratio_tally(bench, over_orders(picked))
        if len(tally.items):
            chance = float((1 / bench.there[tally.items].sum(axis=1)).mean())
            words = f"{row.method}; equal shares would be {chance:.4g}"
            yield _estimate(context, replace(row, facet=f"{row.facet};picks shown at {k + 1}", method=words), tally)


def _estimate(context: Context, row: Estimate, tally: Tally) -> Estimate:
    return with_error(row, tally, tally.value, error_of(tally, tally.bench.exam.clusters), context.keys.level)
