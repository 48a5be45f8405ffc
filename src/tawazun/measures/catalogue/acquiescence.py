"""Leaning towards agreement whatever is said: agreement over items whose content cancels out.

Only scales that are keyed both ways count: on each, agreement with the items that raise it and with those that lower it
weighs the same, so that holding a view adds nothing and agreeing with everything adds up.
"""

from collections.abc import Iterator

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple
from tawazun.measures.cube import Cube
from tawazun.measures.style import Habit, agreement_end, habit_rows, keyed, unit_codes

UNIT = "share of the scale towards agreement"
MIDDLE = 0.5


def _reads(made: Cube) -> np.ndarray:
    scaled = unit_codes(made)
    ends = np.array([agreement_end(question) for question in made.questions])[:, None]
    return np.where(ends == 0, np.nan, np.where(ends > 0, scaled, 1 - scaled))


def _weights(made: Cube, known: np.ndarray) -> np.ndarray | str:
    scales: dict[str, dict[int, list[int]]] = {}
    for q, question in enumerate(made.questions):
        scale, direction = keyed(made.instrument, question)
        if known[q] and direction:
            scales.setdefault(scale, {}).setdefault(direction, []).append(q)
    balanced = [sides for sides in scales.values() if len(sides) == 2]
    if not balanced:
        if scales:
            return (
                "every scale has agreement items of one direction only: agreeing cannot be told from holding the view"
            )
        return "no item asks for agreement (tags agreement:high or agreement:low)"
    weights = np.zeros(len(made.questions))
    for sides in balanced:
        for items in sides.values():
            weights[items] = 1 / (2 * len(items) * len(balanced))
    return weights


HABIT = Habit(
    "acquiescence",
    UNIT,
    _reads,
    _weights,
    lambda made, weights: MIDDLE,
    "the middle",
    "agreement over scales keyed both ways, both directions weighing the same",
)


def compute(context: Context) -> Iterator[Estimate]:
    """Per subject against the middle and its people; over places."""
    return habit_rows(context, HABIT)


MEASURE = Simple(
    "acquiescence",
    "Lean towards agreement over items keyed both ways",
    UNIT,
    "Billiet & McClendon (2000), Struct. Equ. Modeling 7(4), for balanced scales",
    compute,
)
