"""1 - root of the mean JS divergence without the bias of sampled distances, and how far it tracks people's entropy."""

from collections.abc import Iterator

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple
from tawazun.measures.corrected import UNIT, corrected_rows
from tawazun.measures.entropy import entropy_rows


def compute(context: Context) -> Iterator[Estimate]:
    """Subjects and floors against every population, then the regressions on entropy."""
    yield from corrected_rows(context)
    yield from entropy_rows(context)


MEASURE = Simple(
    "js_similarity_corrected",
    "Closeness of answer distributions, corrected for sampling noise",
    UNIT,
    "Lin (1991) for the divergence; Grosse et al. (2002), Phys. Rev. E 65, 041905, for its bias",
    compute,
)
