"""Share of pairs for which a judge kept its verdict when the order of the answers was swapped; nothing is dropped."""

from collections.abc import Iterator
from dataclasses import replace

from tawazun.estimates import Estimate
from tawazun.judging.verdicts import FATES
from tawazun.measures.context import Context, Simple, faceted
from tawazun.measures.judging import ONE_ORDER, counted, sittings

UNIT = "share of pairs"
SAID = {
    "kept": "the same answer won under both orders",
    "first": "whatever stood first won under both orders",
    "last": "whatever stood last won under both orders",
    "tied": "an order in which both answers came out equal",
    "failed": "unread, refused or missing in an order",
}


def compute(context: Context) -> Iterator[Estimate]:
    """Per judge and rubric: the share kept, by country, then what became of the rest."""
    for one in sittings(context, "judge_yield", "one"):
        row = replace(one.row, unit=UNIT)
        if one.verdicts is None:
            yield replace(row, why=ONE_ORDER)
            continue
        fate, level = one.verdicts.fate, context.keys.level
        yield counted(row, fate == "kept", level, SAID["kept"])
        for group, own in one.groups.items():
            yield counted(replace(row, group=group), (fate == "kept")[own], level, SAID["kept"])
        for name in FATES[1:]:
            yield counted(replace(row, facet=faceted(row, name)), fate == name, level, SAID[name])


MEASURE = Simple(
    "judge_yield",
    "Share of pairs on which a judge keeps its verdict when the order is swapped",
    UNIT,
    "order-swapped judging as in AceGPT (Huang et al. 2024, arXiv 2309.12053); docs/methods.md",
    compute,
)
