"""Grades of a system's answers over those of a reference's answers to the same prompts, over several runs of a judge.

A failed grade is shown under both treatments: its prompt is left out of both sums, or it counts as 0.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.instruments.judged import REFERENCE
from tawazun.measures.context import Context, Simple, faceted
from tawazun.measures.judging import Sitting, sittings
from tawazun.stats.equivalence import ratio_interval

UNIT = "ratio of grades"


def compute(context: Context) -> Iterator[Estimate]:
    """Per judge, rubric and system: the mean ratio over runs under both treatments, its spread, and the failures."""
    for one in sittings(context, "judge_ratio", "number"):
        beside = {q.tagged("pair"): at for at, q in enumerate(one.questions) if q.tagged("role") == REFERENCE}
        systems: dict[str, list[tuple[int, int]]] = {}
        for at, question in enumerate(one.questions):
            if question.tagged("pair") in beside and question.tagged("role") != REFERENCE:
                systems.setdefault(question.tagged("system"), []).append((at, beside[question.tagged("pair")]))
        for system, pairs in sorted(systems.items()):
            yield from _system(context, one, system, np.array(pairs))


def _system(context: Context, one: Sitting, system: str, pairs: np.ndarray) -> Iterator[Estimate]:
    grades = np.stack([one.grades(seed)[pairs] for seed in one.seeds])
    reference = one.questions[pairs[0, 1]].tagged("system") or REFERENCE
    row = replace(one.row, group=f"system:{system}", reference=reference, unit=UNIT)
    failed = np.isnan(grades).any(axis=-1)
    words = (
        f"{len(grades)} runs of {len(pairs)} prompts, {int(failed.sum())} of {failed.size} pairs with a failed grade"
    )
    left_out = np.where(failed[..., None], np.nan, grades)
    for name, kept in (("failed=left out", left_out), ("failed=0", np.nan_to_num(grades))):
        own = replace(row, facet=faceted(row, name), method=words, n=float(len(pairs)))
        each = _ratios(kept)
        yield _mean(own, kept, each, context.keys.level)
        yield _spread(own, each)
    share = replace(row, facet=faceted(row, "failed"), unit="share of grades", method=words, n=float(grades.size))
    yield replace(share, value=float(np.isnan(grades).mean()), why="no interval: a count of what failed")


def _ratios(grades: np.ndarray) -> np.ndarray:
    """(R,) sum over sum of each run, from (R, N, 2) grades; NaN where there is nothing to divide by."""
    above, below = np.nansum(grades, axis=1).T
    return np.divide(above, below, out=np.full(len(grades), np.nan), where=below > 0)


def _mean(row: Estimate, grades: np.ndarray, each: np.ndarray, level: float) -> Estimate:
    if not np.isfinite(each).any():
        return replace(row, why="no grade of the reference to divide by")
    row = replace(row, value=float(np.nanmean(each)), method=f"{row.method}; mean over runs")
    # prompts are what was sampled: mean grades over runs, one pair a prompt
    there = ~np.isnan(grades).all(axis=(0, 2))
    own = np.nanmean(grades[:, there], axis=0)
    n = len(own)
    if n < 2:
        return row.because("no interval: one prompt does not vary")
    if np.ptp(own) == 0:
        return row.because("no interval: the judge gives every answer the same grade, so this says nothing of them")
    spread = np.cov(own.T) / n
    low, high = ratio_interval(
        own[:, 0].mean(), own[:, 1].mean(), variance_above=spread[0, 0], variance_below=spread[1, 1],
        covariance=spread[0, 1], df=n - 1, level=level,
    )  # fmt: skip
    if not (np.isfinite(low) and low <= row.value <= high):  # type: ignore[operator]
        return row.because("no interval: the reference's grades may be 0")
    words = f"{row.method}; interval over prompts (Fieller), runs averaged"
    return replace(row, low=float(low), high=float(high), level=level, method=words)


def _spread(row: Estimate, each: np.ndarray) -> Estimate:
    found = each[np.isfinite(each)]
    row = replace(row, facet=faceted(row, "sd over runs"), n=float(len(found)))
    if len(found) < 2:
        return replace(row, why="one run has no spread: ask with three seeds")
    return replace(row, value=float(found.std(ddof=1)), why="no interval: a spread over a few runs")


MEASURE = Simple(
    "judge_ratio",
    "Grades of a system's answers over a reference's, over several runs of a judge",
    UNIT,
    "Chiang et al. (2023), Vicuna; three runs as in AceGPT (Huang et al. 2024, arXiv 2309.12053)",
    compute,
)
