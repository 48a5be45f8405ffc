"""Finished runs side by side: compare respondents and decide claims."""

from collections.abc import Sequence
from pathlib import Path

from tawazun.claims import Finding, Gathered, decide, gather, load_claim, read_part
from tawazun.claims.asked import Asked
from tawazun.claims.comparison import Comparison
from tawazun.claims.comparison import compare as compare_gathered
from tawazun.claims.exam_pairs import EXAM_SCORES
from tawazun.claims.yardsticks import YARDSTICKS
from tawazun.data import data_folder
from tawazun.runs import Run, open_run


def gather_runs(runs: Sequence[Run | str | Path], *, data: str | Path | None = None) -> Gathered:
    """Finished runs side by side, for `compare` and `claim`. Errors: BadFile, Refused, StudyChanged."""
    opened = [one if isinstance(one, Run) else open_run(one) for one in runs]
    return gather([read_part(one) for one in opened], data=data_folder(data))


def compare(
    runs: Sequence[Run | str | Path],
    *,
    measure: str = "",
    populations: Sequence[str] = (),
    smallest_effect: float | None = None,
    data: str | Path | None = None,
) -> Comparison:
    """Every pair of respondents of finished runs against every population, corrected over all of them.

    measure   js_similarity, w1_similarity, js_divergence or map_distance against people; accuracy or macro_f1 on
              benchmarks; empty = the studies' primary measure, else js_similarity
    Errors    Refused for respondents that were not asked in the same way; BadStudy when there is nothing to compare
    """
    gathered = gather_runs(runs, data=data)
    return compare_gathered(
        gathered, Asked(measure or usual_measure(gathered), tuple(populations), (), smallest_effect)
    )


def usual_measure(gathered: Gathered) -> str:
    """The primary measure that the studies agree on when it can be compared, else js_similarity."""
    named = {part.study.measure.primary for part in gathered.parts} & {*YARDSTICKS, *EXAM_SCORES}
    return named.pop() if len(named) == 1 else "js_similarity"


def claim(
    file: str | Path,
    runs: Sequence[Run | str | Path],
    *,
    overrides: Sequence[str] = (),
    data: str | Path | None = None,
) -> Finding:
    """The finding of a claim file about finished runs, with `key=value` overrides.

    Errors   BadStudy, UnknownName, Refused: one clear line
    """
    return decide(gather_runs(runs, data=data), load_claim(file, overrides))
