"""`equivalent`: two respondents are equally close to a people, but for differences too small to matter."""

from tawazun.claims.gathering import Gathered
from tawazun.claims.pairwise import PairKeys, judge_pair
from tawazun.claims.records import Found, Kind, Levels
from tawazun.claims.verdicts import equivalent
from tawazun.claims.yardsticks import Side


class Keys(PairKeys):
    """`other`: the respondent that is claimed to be as close."""

    other: str


def judge(gathered: Gathered, keys: Keys, levels: Levels) -> Found:
    """Two one-sided tests of the difference of the two."""
    sides = (Side("respondent", keys.respondent), Side("respondent", keys.other))
    return judge_pair(gathered, keys, levels, sides, equivalent)


KIND = Kind("equivalent", "two respondents are equally close to a people (two one-sided tests)", Keys, judge)
