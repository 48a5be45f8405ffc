"""Share of a benchmark's items that are answered right, per prompt, beside what knowing nothing scores.

Where a question is made of several statements it is right when all are; statements by themselves have rows beside it.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple, faceted, rows
from tawazun.measures.exams import Bench, Marking, Sheet, benches, sheets
from tawazun.measures.exams_floors import Floor
from tawazun.measures.exams_scores import Kind, score_rows
from tawazun.measures.exams_tallies import (
    Tally,
    accuracy_tally,
    bundle_tally,
    error_of,
    one_true_tally,
    over_orders,
    ratio_tally,
    with_error,
)

SHARE = "share of points"


def _bundle(bench: Bench) -> str:
    return bench.exam.bundle


def _whole(bench: Bench, choices: np.ndarray, marking: Marking) -> Tally:
    if _bundle(bench):
        return bundle_tally(bench, choices, marking.gold, _bundle(bench))
    return accuracy_tally(bench, choices, marking.gold)


def _whole_floor(bench: Bench, floor: Floor, marking: Marking) -> Tally | None:
    if floor.choices is not None:
        return _whole(bench, floor.choices[None], marking)
    if bench.exam.positive is None:
        return None
    return one_true_tally(bench, marking.gold, bench.exam.bundle, bench.exam.positive)


def _statements(bench: Bench, choices: np.ndarray, marking: Marking) -> Tally | None:
    return accuracy_tally(bench, choices, marking.gold) if _bundle(bench) else None


def _statement_floor(bench: Bench, floor: Floor, marking: Marking) -> Tally | None:
    return None if floor.choices is None else _statements(bench, floor.choices[None], marking)


WHOLE = Kind("accuracy", SHARE, "", _whole, _whole_floor, lambda tally, floor: tally.value)
STATEMENTS = Kind(
    "accuracy", SHARE, "statements", _statements, _statement_floor, lambda tally, floor: tally.value, breakdown=False
)


def compute(context: Context) -> Iterator[Estimate]:
    """Questions first, then statements where questions are made of them; then what no reply said of each prompt."""
    yield from score_rows(context, WHOLE)
    yield from score_rows(context, STATEMENTS)
    for bench in benches(context):
        for subject, base in enumerate(rows("accuracy", bench.made.instrument.name, bench.made)):
            for sheet in sheets(bench, subject):
                yield from _lost(context, bench, base, sheet)


def _lost(context: Context, bench: Bench, base: Estimate, sheet: Sheet) -> Iterator[Estimate]:
    """Refused and unread replies of one prompt, which count as wrong answers."""
    if base.mode == "logprob":
        return
    for name, shares in sheet.lost.items():
        tally = ratio_tally(bench, over_orders(shares))
        if len(tally.items):
            row = replace(base, facet=f"{faceted(base, sheet.facet)};{name}", unit="share of replies")
            yield with_error(row, tally, tally.value, error_of(tally, bench.exam.clusters), context.keys.level)


MEASURE = Simple(
    "accuracy",
    "Share of a benchmark answered right, beside baselines",
    SHARE,
    "docs/methods.md; scoring modes as in Gao et al. (2024), lm-evaluation-harness",
    compute,
)
