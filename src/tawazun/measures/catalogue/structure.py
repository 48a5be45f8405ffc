"""Whether the model's distances between places are arranged like the people's: Mantel's test.

It does not see a reversal, so no structure is claimed where `deviation_agreement` is not positive.
"""

from collections.abc import Iterator

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple
from tawazun.measures.differences import structure_rows
from tawazun.measures.families import holm_family


def compute(context: Context) -> Iterator[Estimate]:
    """One row per panel."""
    yield from holm_family(structure_rows(context), "every structure test of the run")


MEASURE = Simple(
    "structure",
    "Arrangement of the places: Mantel test of model against people",
    "Spearman correlation over pairs of places",
    "Mantel (1967), Cancer Research 27(2); Keleg (2025), arXiv 2503.15003, for the question",
    compute,
)
