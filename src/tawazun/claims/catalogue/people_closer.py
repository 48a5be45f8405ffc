"""`people-closer`: other people are a closer proxy for a people than a respondent is."""

from tawazun.claims.catalogue.closer_than_people import Keys, people_of
from tawazun.claims.gathering import Gathered
from tawazun.claims.pairwise import judge_pair
from tawazun.claims.records import Found, Kind, Levels
from tawazun.claims.verdicts import directional
from tawazun.claims.yardsticks import Side


def judge(gathered: Gathered, keys: Keys, levels: Levels) -> Found:
    """The other people's closeness minus that of the respondent."""
    sides = (people_of(gathered, keys), Side("respondent", keys.respondent))
    return judge_pair(gathered, keys, levels, sides, directional)


KIND = Kind("people-closer", "other people are a closer proxy for a people than a respondent is", Keys, judge)
