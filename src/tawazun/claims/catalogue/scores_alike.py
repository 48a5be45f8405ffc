"""`scores-alike`: two respondents know as much, but for differences too small to matter."""

from tawazun.claims.exam_claims import ScorePairKeys, judge_scores
from tawazun.claims.gathering import Gathered
from tawazun.claims.records import Found, Kind, Levels
from tawazun.claims.verdicts import equivalent


def judge(gathered: Gathered, keys: ScorePairKeys, levels: Levels) -> Found:
    """Two one-sided tests of the difference of the two scores."""
    return judge_scores(gathered, keys, levels, equivalent)


KIND = Kind("scores-alike", "two respondents score alike on a benchmark (two one-sided tests)", ScorePairKeys, judge)
