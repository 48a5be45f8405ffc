"""How far an answer moves when only the order of the options changes: JS distance between orders, over items."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.arms import NO_OPTIONS, UNIT, framing_gaps, gap_rows
from tawazun.measures.context import Context, Simple, rows


def compute(context: Context) -> Iterator[Estimate]:
    """One row per subject."""
    for name, made in context.cubes.items():
        for base, found in zip(rows("order_effect", name, made), framing_gaps(context, made, "order"), strict=True):
            if np.isnan(found.distance).all():
                why = "one option order only: ask with orders = ['forward', 'reversed']"
                yield replace(base, unit=UNIT, why=why if made.distributed.any() else NO_OPTIONS)
                continue
            yield from gap_rows(context, made, base, found, "mean over items and pairs of orders")


MEASURE = Simple(
    "order_effect",
    "Shift of the answers when only the option order changes",
    UNIT,
    "Dominguez-Olmedo et al. (2023) on order bias; the distance as in js_similarity",
    compute,
)
