"""`above-floor`: a respondent has skill: it is closer to a people than a floor that knows nothing of them."""

from dataclasses import replace
from typing import Literal

from tawazun.claims.gathering import Gathered
from tawazun.claims.pairwise import PairKeys, judge_pair
from tawazun.claims.records import Found, Kind, Levels
from tawazun.claims.verdicts import at_least
from tawazun.claims.yardsticks import Side
from tawazun.errors import BadStudy


class Keys(PairKeys):
    """`floor`: uniform, modal or regional; `group`: the region of a regional floor."""

    floor: Literal["uniform", "modal", "regional"]
    group: str = ""


def judge(gathered: Gathered, keys: Keys, levels: Levels) -> Found:
    """The respondent's closeness minus the floor's; skill is the same over what is left above the floor."""
    if (keys.floor == "regional") != bool(keys.group):
        raise BadStudy("group: a regional floor needs the group that is the region, and only a regional floor has one")
    sides = (Side("respondent", keys.respondent), Side(keys.floor, keys.group))
    found = judge_pair(gathered, keys, levels, sides, at_least)
    if keys.measure == "js_divergence" or found.evidence.value is None:
        return found
    bottom = found.facts[f"{keys.measure} of {sides[1].words}"]
    skill = found.evidence.value / (1 - bottom) if bottom < 1 else None
    return replace(found, facts={**found.facts, "skill": skill})


KIND = Kind("above-floor", "a respondent beats a floor: skill above 0", Keys, judge)
