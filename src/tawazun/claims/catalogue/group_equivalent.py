"""`group-equivalent`: models of two kinds are equally close to a people, but for differences too small to matter."""

from tawazun.claims.gathering import Gathered
from tawazun.claims.grouped import GroupKeys, judge_groups
from tawazun.claims.records import Found, Kind, Levels
from tawazun.claims.verdicts import equivalent


class Keys(GroupKeys):
    """As every claim about groups."""


def judge(gathered: Gathered, keys: Keys, levels: Levels) -> Found:
    """Two one-sided tests of the difference of the groups' means, with models as units."""
    return judge_groups(gathered, keys, levels, equivalent)


KIND = Kind("group-equivalent", "models of two kinds are equally close to a people (two one-sided tests)", Keys, judge)
