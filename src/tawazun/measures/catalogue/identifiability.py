"""Whether the place that a persona plays can be told: is it nearest to its own people among its region's?"""

from collections.abc import Iterator

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple
from tawazun.measures.deviations import identifiability_rows
from tawazun.measures.families import holm_family


def compute(context: Context) -> Iterator[Estimate]:
    """Per panel top-1 accuracy and mean rank with their chance levels, then the rank of each place."""
    yield from holm_family(identifiability_rows(context), "every identifiability test of the run")


MEASURE = Simple(
    "identifiability",
    "Are personas nearest to their own people?",
    "share of places, rank",
    "nearest centroid; permutation of labels: Ojala & Garriga (2010), J. Mach. Learn. Res. 11, test 1",
    compute,
)
