"""`closer`: one respondent is closer to a people than another respondent is."""

from tawazun.claims.gathering import Gathered
from tawazun.claims.pairwise import PairKeys, judge_pair
from tawazun.claims.records import Found, Kind, Levels
from tawazun.claims.verdicts import directional
from tawazun.claims.yardsticks import Side


class Keys(PairKeys):
    """`other`: the respondent that is claimed to be further away."""

    other: str


def judge(gathered: Gathered, keys: Keys, levels: Levels) -> Found:
    """The difference of the two."""
    sides = (Side("respondent", keys.respondent), Side("respondent", keys.other))
    return judge_pair(gathered, keys, levels, sides, directional)


KIND = Kind("closer", "a respondent is closer to a people than another respondent", Keys, judge)
