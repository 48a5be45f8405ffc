"""How often a judge's verdict goes with the position of an answer, and to which side it leans."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple, faceted
from tawazun.measures.judging import ONE_ORDER, Sitting, counted, sittings
from tawazun.stats.classification import share_interval

UNIT = "share of decided pairs"
WORDS = "the verdict changed sides with the order; ties and failures left out"


def compute(context: Context) -> Iterator[Estimate]:
    """Per judge and rubric: share of decided pairs that went with the position, by country, and the lean."""
    for one in sittings(context, "judge_position_bias", "one"):
        row = replace(one.row, unit=UNIT)
        if one.verdicts is None:
            yield replace(row, why=ONE_ORDER)
            continue
        fate, level = one.verdicts.fate, context.keys.level
        decided, moved = np.isin(fate, ("kept", "first", "last")), np.isin(fate, ("first", "last"))
        yield counted(row, moved[decided], level, WORDS)
        for group, own in one.groups.items():
            yield counted(replace(row, group=group), moved[decided & own], level, WORDS)
        yield _lean(one, row, level)


def _lean(one: Sitting, row: Estimate, level: float) -> Estimate:
    """Share that went with the first position minus share that went with the last: noise leans nowhere."""
    assert one.verdicts is not None
    fate = one.verdicts.fate
    side = (fate == "first").astype(float) - (fate == "last")
    side = side[np.isin(fate, ("kept", "first", "last"))]
    words = "share that went with the first place minus share that went with the last, of decided pairs"
    row = replace(row, facet=faceted(row, "lean"), unit="difference of shares", method=words, n=float(len(side)))
    if len(side) < 2:
        return replace(row, why="fewer than two decided pairs")
    # moved to 0..1, where bounds cannot leave the scale
    middle, sd = float((side.mean() + 1) / 2), float(side.std(ddof=1) / 2 / np.sqrt(len(side)))
    low, high = (2 * end - 1 for end in share_interval(middle, sd, len(side) - 1, len(side), level))
    return replace(row, value=float(side.mean()), low=low, high=high, level=level)


MEASURE = Simple(
    "judge_position_bias",
    "How often a judge's verdict goes with the position of an answer",
    UNIT,
    "Wang et al. (2024), Large language models are not fair evaluators, ACL; the lean is ours, docs/methods.md",
    compute,
)
