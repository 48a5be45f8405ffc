"""`scores-higher`: a respondent knows more than another one: a higher score on a benchmark, item by item."""

from tawazun.claims.exam_claims import ScorePairKeys, judge_scores
from tawazun.claims.gathering import Gathered
from tawazun.claims.records import Found, Kind, Levels
from tawazun.claims.verdicts import directional


def judge(gathered: Gathered, keys: ScorePairKeys, levels: Levels) -> Found:
    """The difference of the two scores."""
    return judge_scores(gathered, keys, levels, directional)


KIND = Kind("scores-higher", "a respondent scores higher on a benchmark than another respondent", ScorePairKeys, judge)
