"""How far a judge agrees with people on the same answers, overall and by country, beside people among themselves."""

from collections.abc import Iterator
from dataclasses import replace

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple, faceted
from tawazun.measures.judge_agreement import AGREES, CEILING, grade_ceiling, grade_rows, verdict_ceiling, verdict_rows
from tawazun.measures.judging import ONE_ORDER, judges, sittings

UNIT = "agreement"


def compute(context: Context) -> Iterator[Estimate]:
    """Rows of each judge and rubric where people labelled anything, then the ceiling of each file of answers."""
    for one in sittings(context, "agreement", "one"):
        if one.made.instrument.references and one.verdicts is None:
            yield replace(one.row, facet=faceted(one.row, "share"), unit=AGREES, why=ONE_ORDER)
        elif one.made.instrument.references:
            yield from verdict_rows(context, one)
    for one in sittings(context, "agreement", "number"):
        if one.made.instrument.references:
            yield from grade_rows(context, one)
    for name, made in context.cubes.items():
        base = Estimate("agreement", CEILING, name, unit=UNIT)
        if judges(made.instrument, "one") and made.instrument.references:
            yield from verdict_ceiling(context, made, base)
        if judges(made.instrument, "number") and made.instrument.references:
            yield from grade_ceiling(context, made, base)


MEASURE = Simple(
    "agreement",
    "Agreement of a judge with people, and of people with each other",
    UNIT,
    "Cohen (1960); Krippendorff (2011); Spearman (1904) with Bonett & Wright (2000); docs/methods.md",
    compute,
)
