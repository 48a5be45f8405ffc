"""How often a judge's kept verdict goes to the longer answer, beside how often people's does on the same pairs.

Longer may be better: the share alone accuses nobody. A judge far above the people who labelled the same pairs does.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple, faceted
from tawazun.measures.judge_agreement import majority
from tawazun.measures.judging import LABELS, ONE_ORDER, Sitting, counted, people_counts, sittings

UNIT = "share of kept verdicts"
WORDS = "kept verdicts that went to the answer with more characters; pairs of one length left out"


def compute(context: Context) -> Iterator[Estimate]:
    """Per judge and rubric: the share of every kept verdict, then of those on labelled pairs, then of people's."""
    for one in sittings(context, "judge_length_bias", "one"):
        row = replace(one.row, unit=UNIT)
        if one.verdicts is None:
            yield replace(row, why=ONE_ORDER)
            continue
        longer, level = _longer(one), context.keys.level
        chosen, most = one.verdicts.chosen, majority(people_counts(one.made, LABELS))
        kept = (chosen >= 0) & (longer >= 0)
        yield counted(row, (chosen == longer)[kept], level, WORDS)
        labelled = kept & np.isin(most, (0, 1))
        if not labelled.any():
            continue
        for facet, side in (("labelled", chosen), ("people", most)):
            words = f"{WORDS}; pairs where most people chose one answer" + ("; their choice" * (facet == "people"))
            yield counted(replace(row, facet=faceted(row, facet)), (side == longer)[labelled], level, words)


def _longer(one: Sitting) -> np.ndarray:
    """(Q,) which answer has more characters, 0 or 1; -1 where both have as many."""
    lengths = np.array([[len(text) for text in question.wordings[0].options] for question in one.questions])
    return np.where(lengths[:, 0] == lengths[:, 1], -1, (lengths[:, 1] > lengths[:, 0]).astype(int))


MEASURE = Simple(
    "judge_length_bias",
    "How often a judge's kept verdict goes to the longer answer, beside people's",
    UNIT,
    "Dubois et al. (2024), Length-controlled AlpacaEval, arXiv 2404.04475 (the problem; the share is ours)",
    compute,
)
