"""How far a persona goes past its people, item by item, as a share of the way from the model's default answers."""

from collections.abc import Iterator
from dataclasses import replace

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple, faceted
from tawazun.measures.map_shifts import map_rows
from tawazun.measures.shift_terms import overshoot_of_noise, overshoot_terms
from tawazun.measures.shifts import shift_rows, shifts

UNIT = "share of the way from the default to the people"


def compute(context: Context) -> Iterator[Estimate]:
    """One row per persona, then groups and their parts; what noise alone would give; the same on the map."""
    words = "way past the people on the items where the persona passes them, ratio of sums over items"
    yield from shift_rows(context, "overshoot", UNIT, overshoot_terms, words, needs_way=True, has_map=True)
    yield from _floors(context)
    yield from map_rows(context, "overshoot")


def _floors(context: Context) -> Iterator[Estimate]:
    for one in shifts(context, "overshoot", UNIT, has_map=True):
        if isinstance(one, Estimate) or not one.items.any():
            continue
        below = float(overshoot_terms(one).sums[1])
        if below > 0:
            yield replace(
                one.row,
                facet=faceted(one.row, "noise-floor"),
                value=overshoot_of_noise(one) / below,
                n=int(one.items.sum()),
                method="what noise alone would add for a persona exactly at its people; subtracted from its score",
                why="a line to read by: no interval",
            )


MEASURE = Simple(
    "overshoot",
    "How far a persona goes past its people",
    UNIT,
    "own; the question: AlKhamissi et al. (2024) and Khan, Casper & Hadfield-Menell (2025) on steering past the target",
    compute,
)
