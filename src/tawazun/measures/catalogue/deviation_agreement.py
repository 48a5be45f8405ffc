"""Correlation and slope of the model's deviations from the regional mean on the people's."""

from collections.abc import Iterator

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple
from tawazun.measures.deviations import deviation_rows
from tawazun.measures.families import holm_family


def compute(context: Context) -> Iterator[Estimate]:
    """Per panel correlation and slope, then the slope of each place."""
    yield from holm_family(deviation_rows(context), "every deviation_agreement test of the run")


MEASURE = Simple(
    "deviation_agreement",
    "Do places differ from their region in the people's direction?",
    "correlation, slope",
    "own; correction of the slope: Fuller (1987), Measurement Error Models, section 1.1",
    compute,
)
