"""Index scores of each subject, in index points, with the constants policy in every row."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple, faceted, number, rows
from tawazun.measures.cube import Cube
from tawazun.measures.indexing import anchored, anchors, constants, formulas, index_matrix, subject_values
from tawazun.measures.people import People
from tawazun.measures.spread import Interval, Replicates, Statistic, interval, joined, left_out


def compute(context: Context) -> Iterator[Estimate]:
    """One row per subject and index."""
    for name, made in context.cubes.items():
        if not made.instrument.indices:
            continue
        values = subject_values(context, made)
        matrix = index_matrix(made, values)
        sides = [s for s in context.people[name] if s.ready or not np.isnan(s.value).all()]
        panel = sides[0] if sides else None
        for subject, base in enumerate(rows("index", name, made)):
            yield from _subject(context, made, base, (subject, values, matrix), panel)


def _panel(made: Cube, subject: int) -> list[int]:
    """Subjects compared with this one under one protocol: same respondent, language, mode and setting."""
    one = made.subjects[subject]
    return [
        s
        for s, other in enumerate(made.subjects)
        if (other.respondent, other.language, other.mode, other.setting, other.perspective)
        == (one.respondent, one.language, one.mode, one.setting, one.perspective)
    ]


def _subject(
    context: Context, made: Cube, base: Estimate, who: tuple[int, list[Replicates], np.ndarray], panel: People | None
) -> Iterator[Estimate]:
    subject, values, matrix = who
    members = _panel(made, subject)
    added, policy = constants(context, made, matrix, members, panel)
    held = anchors(context, made, members, panel) if context.keys.constants == "anchor" and panel else None
    for i, formula in enumerate(formulas(made)):
        row = replace(
            base,
            item=formula.index.name,
            unit="index points",
            facet=faceted(base, policy),
            source=formula.index.source.cite,
        )
        value = number(matrix[subject, i] + added[i])
        if value is None:
            yield replace(row, why=_why_missing(context, formula.missing, made, matrix[subject, i]))
            continue
        spread = _spread(context, values, subject, formula.statistic, held)
        shift = float(added[i])
        yield replace(
            row,
            value=value,
            low=None if spread.low is None else spread.low + shift,
            high=None if spread.high is None else spread.high + shift,
            level=spread.level,
            n=len(formula.index.terms),
            method="; ".join(m for m in ("formula over item means", spread.method) if m),
            why="; ".join(w for w in (spread.why, formula.index.warning) if w),
        )


def _spread(
    context: Context, values: list[Replicates], subject: int, statistic: Statistic, panel: dict[int, int] | None
) -> Interval:
    """The interval around the index with constant 0; an anchored one lets the panel's mean vary with the wordings."""
    reps, level = values[subject], context.keys.level
    if panel is None:
        return interval(reps, statistic, level, 0.0)
    jack = anchored(values, panel, subject, statistic)
    if jack is None:
        return Interval(None, None, None, "", "no interval: the anchoring places were not asked in the same wordings")
    part = left_out(jack, reps.unit)
    return joined(statistic(reps.whole[None]), part, np.zeros(1), level)[0]


def _why_missing(context: Context, missing: tuple[str, ...], made: Cube, raw: float) -> str:
    if missing:
        return f"items not asked: {', '.join(missing)}"
    if not np.isfinite(raw):
        return "an item of the formula has no readable answer"
    return "anchoring needs at least two matched places, all with human scores"


MEASURE = Simple(
    "index",
    "Index scores: linear formulas over item means",
    "index points",
    "Hofstede & Minkov (2013), VSM 2013 manual, and each instrument's own formulas",
    compute,
)
