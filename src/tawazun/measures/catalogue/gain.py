"""How much closer a persona is to its people than the model's default answers are; below 0 it is farther."""

from collections.abc import Iterator

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple
from tawazun.measures.map_shifts import map_rows
from tawazun.measures.shift_terms import gain_terms
from tawazun.measures.shifts import shift_rows

UNIT = "JS distance, default minus persona"


def compute(context: Context) -> Iterator[Estimate]:
    """One row per persona, then groups and their parts; the same on the instrument's map."""
    words = "mean over items of JS distance to the people, default minus persona, uncorrected"
    yield from shift_rows(context, "gain", UNIT, gain_terms, words, needs_way=False, has_map=True)
    yield from map_rows(context, "gain")


MEASURE = Simple(
    "gain",
    "How much closer a persona is than the default",
    UNIT,
    "Tao et al. (2024), PNAS Nexus 3(9) pgae346: cultural prompting, here per place and never only on average",
    compute,
)
