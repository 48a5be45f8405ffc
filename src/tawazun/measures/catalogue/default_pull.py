"""The share of the way from a place's own people to the model's default answers at which its persona stands."""

from collections.abc import Iterator

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple
from tawazun.measures.shift_terms import pull_terms
from tawazun.measures.shifts import shift_rows

UNIT = "share of the way from the own people to the default"


def compute(context: Context) -> Iterator[Estimate]:
    """One row per persona, then groups and their parts."""
    words = "projection on the way from people to default, ratio of sums over items, sampling noise subtracted"
    yield from shift_rows(context, "default_pull", UNIT, pull_terms, words, needs_way=True, has_map=False)


MEASURE = Simple(
    "default_pull",
    "How far a persona stays at the model's default",
    UNIT,
    "own; projection of one difference on another",
    compute,
)
