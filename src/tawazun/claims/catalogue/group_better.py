"""`group-better`: models of one kind are closer to a people than models of another kind."""

from tawazun.claims.gathering import Gathered
from tawazun.claims.grouped import GroupKeys, judge_groups
from tawazun.claims.records import Found, Kind, Levels
from tawazun.claims.verdicts import directional


class Keys(GroupKeys):
    """As every claim about groups."""


def judge(gathered: Gathered, keys: Keys, levels: Levels) -> Found:
    """The difference of the groups' means, with models as units."""
    return judge_groups(gathered, keys, levels, directional)


KIND = Kind("group-better", "models of one kind are closer to a people than models of another kind", Keys, judge)
