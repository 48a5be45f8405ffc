"""Judging: what a judge said of pairs of answers, files to be judged, and people who judge beside it."""

from tawazun.judging.collecting import collect_grades, collect_pairs
from tawazun.judging.kept import kept_verdicts
from tawazun.judging.verdicts import FATES, Verdicts, verdicts

__all__ = ["FATES", "Verdicts", "collect_grades", "collect_pairs", "kept_verdicts", "verdicts"]
