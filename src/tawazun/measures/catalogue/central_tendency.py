"""Leaning towards the middle: mass on the middle option (or the two middle ones) of ordered items."""

from collections.abc import Iterator

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple
from tawazun.measures.cube import Cube
from tawazun.measures.style import Habit, habit_rows

UNIT = "share of answers"
FEWEST_OPTIONS = 3


def _reads(made: Cube) -> np.ndarray:
    out = np.full(made.p.shape[2:], np.nan)
    for line, question, ordinal in zip(out, made.questions, made.ordinal, strict=True):
        count = question.cells
        if ordinal and count >= FEWEST_OPTIONS:
            order = np.argsort(question.codes)
            line[:] = 0.0
            line[order[(count - 1) // 2 : count // 2 + 1]] = 1.0
    return out


def _weights(made: Cube, known: np.ndarray) -> np.ndarray | str:
    if not known.any():
        return "no ordered item with three options or more"
    return np.asarray(known / known.sum())


def _neutral(made: Cube, weights: np.ndarray) -> float:
    shares = [np.nansum(line) / max(q.cells, 1) for line, q in zip(_reads(made), made.questions, strict=True)]
    return float(np.array(shares) @ weights)


HABIT = Habit(
    "central_tendency",
    UNIT,
    _reads,
    _weights,
    _neutral,
    "equal shares",
    "mass on the middle option or the two middle ones",
)


def compute(context: Context) -> Iterator[Estimate]:
    """Per subject against equal shares and its people; over places."""
    return habit_rows(context, HABIT)


MEASURE = Simple(
    "central_tendency",
    "Mass on the middle of the scale, against the people's",
    UNIT,
    "Douven (2018), Psychon. Bull. Rev. 25, on central tendency in ratings",
    compute,
)
