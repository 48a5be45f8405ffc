"""`scores-above-floor`: a respondent knows something: it scores above what knowing nothing scores on a benchmark."""

from tawazun.claims.exam_claims import ScoreKeys, judge_above
from tawazun.claims.gathering import Gathered
from tawazun.claims.records import Found, Kind, Levels
from tawazun.claims.verdicts import at_least


class Keys(ScoreKeys):
    """`floor`: `random`, `majority`, `group-majority` …; empty = the best that does not read the items' own key."""

    floor: str = ""


def judge(gathered: Gathered, keys: Keys, levels: Levels) -> Found:
    """The score minus the floor's, on the same items."""
    return judge_above(gathered, keys, levels, at_least, keys.floor)


KIND = Kind("scores-above-floor", "a respondent beats a floor of a benchmark: it knows something", Keys, judge)
