"""The mean grade of a system's answers, overall and by country: what benchmarks that leave scoring to a judge report.

A failed grade is shown under both treatments: its answer is left out, or it counts as 0.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.instruments.judged import MOST
from tawazun.measures.context import Context, Simple, faceted
from tawazun.measures.judging import Sitting, sittings
from tawazun.stats.classification import share_interval

UNIT = f"grade from 0 to {MOST:g}"


def compute(context: Context) -> Iterator[Estimate]:
    """Per judge, rubric and system: the mean grade under both treatments, by country, and the failures."""
    for one in sittings(context, "judge_grade", "number"):
        systems = np.array([question.tagged("system") for question in one.questions], dtype=object)
        for system in sorted({*systems.tolist()}):
            yield from _system(context, one, system, systems == system)


def _system(context: Context, one: Sitting, system: str, own: np.ndarray) -> Iterator[Estimate]:
    level, grades = context.keys.level, one.grades()
    words = f"mean over {int(own.sum())} answers, runs averaged; answers independent"
    row = replace(one.row, group=f"system:{system}" if system else "", unit=UNIT, method=words)
    for name, kept in (("failed=left out", grades), ("failed=0", np.nan_to_num(grades))):
        yield _mean(replace(row, facet=faceted(row, name)), kept[own], level)
    for country, there in one.groups.items():
        about = faceted(row, f"failed=left out;{country}")
        yield _mean(replace(row, facet=about), grades[own & there], level)
    failed = replace(row, facet=faceted(row, "failed"), unit="share of answers", n=float(own.sum()))
    yield replace(failed, value=float(np.isnan(grades[own]).mean()), why="no interval: a count of what failed")


def _mean(row: Estimate, grades: np.ndarray, level: float) -> Estimate:
    read = grades[np.isfinite(grades)]
    row = replace(row, n=float(len(read)))
    if not len(read):
        return replace(row, why="no grade was read")
    row = replace(row, value=float(read.mean()))
    if len(read) < 2:
        return row.because("no interval: one answer does not vary")
    if np.ptp(read) == 0:
        return row.because("no interval: the judge gives every answer the same grade, so this says nothing of them")
    shares = read / MOST
    error = float(shares.std(ddof=1)) / len(read) ** 0.5
    low, high = share_interval(float(shares.mean()), error, len(read) - 1, len(read), level)
    return replace(row, low=MOST * low, high=MOST * high, level=level)


MEASURE = Simple(
    "judge_grade",
    "Mean grade of a system's answers",
    UNIT,
    "graded answers as in Vicuna (Chiang et al. 2023) and Palm (Alwajih et al. 2025); docs/methods.md",
    compute,
)
