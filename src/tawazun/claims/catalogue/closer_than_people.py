"""`closer-than-people`: a respondent is closer to a people than other people are."""

from tawazun.claims.gathering import Gathered
from tawazun.claims.matching import find_target
from tawazun.claims.pairwise import PairKeys, judge_pair
from tawazun.claims.records import Found, Kind, Levels
from tawazun.claims.verdicts import directional
from tawazun.claims.yardsticks import Side
from tawazun.errors import BadStudy


class Keys(PairKeys):
    """`people`: the other people, one population of the target's source."""

    people: str


def people_of(gathered: Gathered, keys: Keys) -> Side:
    """The other people as a side. Errors: BadStudy unless they are one population of the target's source."""
    target, others = (find_target(gathered, spec) for spec in (keys.target, keys.people))
    if others.side is not target.side or len(others.at) != 1:
        raise BadStudy(f"people: {keys.people!r} must be one population of {target.side.source}, like the target")
    if others.at[0] in target.at:
        raise BadStudy(f"people: {keys.people!r} is the target itself, or part of it")
    return Side("people", others.names[0])


def judge(gathered: Gathered, keys: Keys, levels: Levels) -> Found:
    """The respondent's closeness minus that of the other people."""
    sides = (Side("respondent", keys.respondent), people_of(gathered, keys))
    return judge_pair(gathered, keys, levels, sides, directional)


KIND = Kind("closer-than-people", "a respondent is closer to a people than other people are", Keys, judge)
