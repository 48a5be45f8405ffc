"""How far an answer moves when only the order of the options changes: JS distance between orders, over items."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple, rows
from tawazun.measures.cube import FRAMING, Cube
from tawazun.measures.spread import interval, replicates
from tawazun.stats.distances import js_distance

ORDER = FRAMING.index("order")


def order_shifts(made: Cube) -> np.ndarray:
    """(S, F, Q) mean JS distance of each framing to the framings that differ from it in option order alone."""
    total = np.zeros(made.p.shape[:3])
    count = np.zeros(made.p.shape[:3])
    for a, b in combinations(range(len(made.framings)), 2):
        same = [x == y for x, y in zip(made.framings[a], made.framings[b], strict=True)]
        if same[ORDER] or not all(s for i, s in enumerate(same) if i != ORDER):
            continue
        distance = js_distance(made.p[:, a], made.p[:, b])
        there = ~np.isnan(distance) & made.distributed
        for f in (a, b):
            total[:, f] += np.where(there, distance, 0.0)
            count[:, f] += there
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def compute(context: Context) -> Iterator[Estimate]:
    """One row per subject."""
    for name, made in context.cubes.items():
        shifts = order_shifts(made)
        for subject, base in enumerate(rows("order_effect", name, made)):
            row = replace(base, unit="JS distance (base 2)")
            if np.isnan(shifts[subject]).all():
                yield replace(row, why="one option order only: ask with orders = ['forward', 'reversed']")
                continue
            reps = replicates(made, subject, shifts, None)
            reps = reps.only(np.flatnonzero(~np.isnan(reps.whole)))
            spread = interval(reps, lambda block: block.mean(axis=-1), context.keys.level, 0.0, (0.0, 1.0))
            yield replace(
                row,
                value=float(reps.whole.mean()),
                low=spread.low,
                high=spread.high,
                level=spread.level,
                n=float(len(reps.whole)),
                method="; ".join(m for m in ("mean over items and pairs of orders", spread.method) if m),
                why=spread.why,
            )


MEASURE = Simple(
    "order_effect",
    "Shift of the answers when only the option order changes",
    "JS distance (base 2)",
    "Dominguez-Olmedo et al. (2023) on order bias; the distance as in js_similarity",
    compute,
)
