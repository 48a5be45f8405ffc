"""Share of a benchmark's items that are answered right, per prompt, beside what knowing nothing scores.

Where a question is made of several statements it is right when all are; statements by themselves have rows beside it.
"""

from collections.abc import Iterator

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple
from tawazun.measures.exams import Bench, Marking
from tawazun.measures.exams_floors import Floor
from tawazun.measures.exams_scores import Kind, score_rows
from tawazun.measures.exams_tallies import Tally, accuracy_tally, bundle_tally, one_true_tally

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
    """Questions first, then statements where questions are made of them."""
    yield from score_rows(context, WHOLE)
    yield from score_rows(context, STATEMENTS)


MEASURE = Simple(
    "accuracy",
    "Share of a benchmark answered right, beside baselines",
    SHARE,
    "docs/methods.md; scoring modes as in Gao et al. (2024), lm-evaluation-harness",
    compute,
)
