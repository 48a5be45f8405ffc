"""`group-no-better`: models of one kind are not closer to a people by an amount that matters.

Supported only when an advantage as large as the smallest effect of interest is ruled out. That superiority was not
shown leaves the claim undecided: it is no evidence of equality.
"""

from tawazun.claims.gathering import Gathered
from tawazun.claims.grouped import GroupKeys, judge_groups
from tawazun.claims.records import Found, Kind, Levels
from tawazun.claims.verdicts import not_better


class Keys(GroupKeys):
    """As every claim about groups."""


def judge(gathered: Gathered, keys: Keys, levels: Levels) -> Found:
    """The difference of the groups' means, with models as units, against the smallest effect of interest."""
    return judge_groups(gathered, keys, levels, not_better)


KIND = Kind("group-no-better", "models of one kind are no closer to a people by an amount that matters", Keys, judge)
