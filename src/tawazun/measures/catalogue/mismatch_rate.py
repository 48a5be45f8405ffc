"""First-token read-out against the text of the replies, for the same asks: how often they name different options.

The rate stands beside the rate that replies drawn from the read-out would give (`floor:read-out`), and p is the chance
of a rate this high then. The distance between both distributions follows.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.arms import gap_between, gap_rows
from tawazun.measures.context import Context, Simple, faceted, rows
from tawazun.measures.cube import Cube
from tawazun.measures.mismatch import Mismatch, mismatches
from tawazun.measures.spread import interval, replicates
from tawazun.seeds import stream

UNIT = "share of asks"
CHANCE = "floor:read-out"


def compute(context: Context) -> Iterator[Estimate]:
    """Per subject with both modes: the rate, its chance level, and the distance between both distributions."""
    for name, made in context.cubes.items():
        bases = rows("mismatch_rate", name, made)
        found = mismatches(context, made)
        for one in found:
            row = replace(bases[one.twins.told], reference="logprob", unit=UNIT)
            if np.isnan(one.rate):
                yield replace(row, why=one.why)
                continue
            yield from _rate(context, made, row, one)
            yield from _distance(context, made, row, one)
        paired = {made.subjects[one.twins.told].respondent for one in found}
        for respondent in dict.fromkeys(one.respondent for one in made.subjects):
            if respondent not in paired:
                why = "answers in one mode only: ask with mode = ['logprob', 'sample']"
                yield Estimate("mismatch_rate", respondent, name, unit=UNIT, why=why)


def _rate(context: Context, made: Cube, row: Estimate, one: Mismatch) -> Iterator[Estimate]:
    reps = replicates(made, 0, one.missed[None], None)
    reps = reps.only(np.flatnonzero(~np.isnan(reps.whole)))
    spread = interval(reps, lambda block: block.mean(axis=-1), context.keys.level, 0.0, (0.0, 1.0))
    tested = "" if one.p is None else f"p against {one.draws} draws of replies from the read-out, add-one"
    least = "" if one.p is None else f"smallest attainable p {1 / (one.draws + 1):.3g}"
    words = ("the likeliest option of the replies is not the read-out's, mean over items", tested, least, spread.method)
    yield replace(
        row,
        value=one.rate,
        low=spread.low,
        high=spread.high,
        level=spread.level,
        n=float((~np.isnan(one.missed)).sum()),
        p=one.p,
        method="; ".join(word for word in words if word),
        why="; ".join(word for word in (one.why, spread.why) if word),
    )
    if one.chance is not None:
        yield replace(
            row,
            respondent=CHANCE,
            reference=row.respondent,
            facet=faceted(row, "chance"),
            value=one.chance,
            method=f"mean of {one.draws} draws of as many replies from the read-out",
        )


def _distance(context: Context, made: Cube, row: Estimate, one: Mismatch) -> Iterator[Estimate]:
    exact = np.where(np.isnan(one.twins.p).any(axis=-1), np.nan, np.inf)
    rng = stream("mismatch distance", context.seed, made.instrument.name, one.twins.told)
    found = gap_between(made, (one.twins.p, exact), (one.twins.q, one.twins.replies), rng)
    faced = replace(row, facet=faceted(row, "distance"))
    yield from gap_rows(context, made, faced, found, "read-out against replies, mean over items")


MEASURE = Simple(
    "mismatch_rate",
    "Share of asks in which the replies name another option than the read-out",
    UNIT,
    "Wang et al. (2024), arXiv 2402.14499",
    compute,
)
