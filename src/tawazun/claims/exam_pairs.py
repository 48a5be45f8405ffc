"""Two respondents set against each other on a benchmark: the same items, the same prompt, the same way of choosing.

The difference of two scores is one number per item, so that what makes an item hard drops out. Its error comes from
leaving topics out, as that of the scores does. Nobody is compared across modes, prompts, orders or prompt versions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from tawazun.claims.asked import Asked
from tawazun.claims.differences import Difference, Outcome, outcome_of
from tawazun.claims.gathering import Gathered
from tawazun.claims.likeness import View, refuse_other_languages, refuse_unlike
from tawazun.claims.matching import NARROW, check_respondent
from tawazun.claims.records import Levels
from tawazun.claims.verdicts import Evidence
from tawazun.claims.yardsticks import Yardstick
from tawazun.errors import BadStudy, Refused
from tawazun.measures.catalogue import accuracy, macro_f1
from tawazun.measures.exams import Bench, PromptKind, Sheet, benches, markings, prompt_kinds, sheets
from tawazun.measures.exams_scores import Kind
from tawazun.measures.exams_tallies import difference, error_of
from tawazun.stats.combined import Part, one_sided_p
from tawazun.stats.resampling import t_interval

EXAM_SCORES: Mapping[str, tuple[Kind, Yardstick]] = {
    "accuracy": (accuracy.WHOLE, Yardstick("accuracy", accuracy.SHARE, "of accuracy", 1, None)),
    "macro_f1": (macro_f1.KIND, Yardstick("macro_f1", "F1", "of macro F1", 1, None)),
}
NOTHING = 1e-12
SAME = "both score alike on every item that was left out: the error cannot be told from nothing"
# the choice by length is another score; one of the two is compared, and its facet says which
BY_LENGTH = "norm=chars"
LIMITS = (
    "items and topics are taken as a sample of what could be asked; each prompt is a score of its own",
    "a key may be wrong: where a benchmark has suspected keys, see the rows key=suspected of `measure`",
)


@dataclass(frozen=True)
class ExamPair:
    """A difference on one benchmark under one prompt, before its family is corrected for.

    row     above 0 the first scores higher
    parts   standard error with its degrees of freedom; empty where there is none
    sheets  of both, under one prompt; unit: what the row's `clusters` are
    """

    row: Difference
    parts: tuple[Part, ...]
    closed: tuple[str, ...]
    sheets: tuple[Sheet, Sheet]
    unit: str

    def evidence(self, levels: Levels) -> Evidence:
        """What the rules look at."""
        return score_evidence(self.row.value, self.parts, levels, self.row.smallest_effect, self.closed, self.row.why)


def score_evidence(
    value: float, parts: Sequence[Part], levels: Levels, delta: float | None, closed: tuple[str, ...], why: str
) -> Evidence:
    """What the rules look at in a difference of scores; `parts` is empty where it has no error."""
    own = list(parts)
    p = [one_sided_p(value, own, null=0.0, alternative=side) for side in ("greater", "less")] if own else None
    return Evidence(
        value=value,
        interval=_bounds(value, own, levels.level),
        inner=_bounds(value, own, 1 - 2 * levels.alpha),
        p_for=p[0] if p else None,
        p_against=p[1] if p else None,
        minimum_p=None,
        delta=delta,
        closed=closed,
        why=why,
    )


def exam_pairs(gathered: Gathered, asked: Asked) -> list[ExamPair]:
    """Every pair of respondents on every benchmark, persona, language, mode and prompt that they have.

    Errors   Refused for respondents that were not asked alike; BadStudy when there are not two to compare
    """
    kind, _ = EXAM_SCORES[asked.measure]
    narrow = {key: (asked.narrow or {}).get(key, "") for key in NARROW}
    found: list[ExamPair] = []
    for bench in benches(gathered.context):
        if narrow["instrument"] in ("", bench.made.instrument.name) and kind.fits(gathered.context, bench):
            found += _on(gathered, asked, bench, kind, narrow)
    if not found:
        raise BadStudy(
            f"nothing to compare: no two respondents answered one benchmark that {asked.measure} is made of "
            "(an instrument with a key, and for macro_f1 one whose items share their labels)"
        )
    return found


def exam_outcome(row: Difference, pair: ExamPair, alpha: float) -> Outcome:
    """The words for a pair; what is closer to people is here what scores higher."""
    found = outcome_of(row, pair, alpha)
    higher: dict[Outcome, Outcome] = {
        "first is closer": "first scores higher",
        "second is closer": "second scores higher",
    }
    return higher.get(found, found)


def _on(gathered: Gathered, asked: Asked, bench: Bench, kind: Kind, narrow: Mapping[str, str]) -> Iterator[ExamPair]:
    made = bench.made
    named = [check_respondent(gathered, label) for label in asked.respondents] or list(gathered.respondents)
    there = {subject.respondent for subject in made.subjects}
    labels = [label for label in named if label in there]
    if len(labels) < 2:
        return
    if not narrow["language"]:
        refuse_other_languages(made, labels)
    for first, second in combinations(labels, 2):
        for view in exam_views(bench, first, second, narrow):
            _refuse_unlike(gathered, bench, view, (first, second))
            pairs = exam_sheets(bench, first, view), exam_sheets(bench, second, view)
            for prompt, sheet in pairs[0].items():
                other = pairs[1].get(prompt)
                if other is not None:
                    yield _pair(gathered, asked, (bench, kind), (first, second), (sheet, other), view)


def exam_views(bench: Bench, first: str, second: str, narrow: Mapping[str, str]) -> list[View]:
    """Personas, perspectives and languages that both have; mode and decoding stay open where they differ in them."""
    kinds: list[dict[View, set[tuple[str, str]]]] = [{}, {}]
    for found, label in zip(kinds, (first, second), strict=True):
        for one in bench.made.subjects:
            wanted = all(narrow[key] in ("", getattr(one, key)) for key in NARROW[1:])
            if one.respondent == label and wanted:
                view = View(bench.made.instrument.name, one.persona, one.perspective, one.language, "", "")
                found.setdefault(view, set()).add((one.mode, one.setting))
    out = []
    for view, ways in kinds[0].items():
        if ways == kinds[1].get(view):
            out += [replace(view, mode=mode, setting=setting) for mode, setting in sorted(ways)]
        elif view in kinds[1]:
            out.append(view)
    return out


def _refuse_unlike(gathered: Gathered, bench: Bench, view: View, labels: tuple[str, str]) -> None:
    """Errors: Refused naming what two respondents were not asked alike in."""
    asked = [_prompts(bench, label, view) for label in labels]
    for what in ("wording", "labels", "context", "placement"):
        levels = [sorted({getattr(prompt, what) for prompt in prompts}) for prompts in asked]
        if levels[0] != levels[1]:
            name = "worked examples" if what == "context" else what
            shown = [", ".join(level or "none" for level in found) or "nothing" for found in levels]
            raise Refused(
                f"{labels[0]} and {labels[1]} differ in {name} on {view.instrument} ({shown[0]} against {shown[1]}): "
                "scores under two prompts are two scores, and they are not ranked"
            )
    refuse_unlike(gathered, view, labels)


def _prompts(bench: Bench, label: str, view: View) -> list[PromptKind]:
    return [prompt for s in _subjects(bench, label, view) for prompt, _ in prompt_kinds(bench.made, s)]


def _subjects(bench: Bench, label: str, view: View) -> list[int]:
    return [
        s
        for s, one in enumerate(bench.made.subjects)
        if (one.respondent, one.persona, one.perspective, one.language)
        == (label, view.persona, view.perspective, view.language)
        and view.mode in ("", one.mode)
        and view.setting in ("", one.setting)
    ]


def exam_sheets(bench: Bench, label: str, view: View) -> dict[PromptKind, Sheet]:
    """What a respondent answered in a view, by prompt; the choice by length is left out."""
    every = [sheet for s in _subjects(bench, label, view) for sheet in sheets(bench, s)]
    return {sheet.prompt: sheet for sheet in every if sheet.rule != BY_LENGTH}


def _pair(
    gathered: Gathered,
    asked: Asked,
    score: tuple[Bench, Kind],
    labels: tuple[str, str],
    pair: tuple[Sheet, Sheet],
    view: View,
) -> ExamPair:
    bench, kind = score
    marking, exam = markings(bench)[0], bench.exam
    tallies = [tally for sheet in pair if (tally := kind.mark(bench, sheet.choices, marking)) is not None]
    gap = difference(tallies[0], tallies[1])
    if not len(gap.items):
        raise Refused(f"{labels[0]} and {labels[1]} share no answered item on {view.instrument}")
    shared = [one.only(np.isin(one.items, gap.items)) for one in tallies]
    value, error = gap.averaged(exam.over), error_of(gap, exam.clusters, exam.over)
    known = error.df > 0 and error.sd > NOTHING
    parts: tuple[Part, ...] = ((error.sd, error.df),) if known else ()
    delta, origin = declared_effect(gathered, asked.measure, asked.smallest_effect)
    bounds = _bounds(value, list(parts), gathered.level)
    p = [one_sided_p(value, list(parts), null=0.0, alternative=side) for side in ("greater", "less")] if parts else []
    closed = tuple(closed_for(gathered, labels, view))
    lost = len(tallies[0].items) + len(tallies[1].items) - 2 * len(gap.items)
    left = f", {lost} answered by one of them left out" if lost else ""
    over = f"mean over each {exam.over}, equal weights; " if exam.over else ""
    row = Difference(
        first=labels[0],
        second=labels[1],
        population=f"{view.instrument}, {pair[0].facet.replace('prompt=', '').replace(';', ', ')}",
        instrument=view.instrument,
        persona=view.persona,
        perspective=view.perspective,
        language=view.language,
        mode=view.mode,
        measure=asked.measure,
        unit=kind.unit,
        value=value,
        low=bounds[0] if bounds else None,
        high=bounds[1] if bounds else None,
        level=gathered.level,
        p=min(1.0, 2 * min(p)) if p else None,
        minimum_p=None,
        p_holm=None,
        p_bh=None,
        smallest_effect=delta,
        smallest_effect_from=origin,
        p_equivalent=_equivalent(value, list(parts), delta),
        p_equivalent_holm=None,
        outcome="cannot be told apart",
        matters=None if delta is None else abs(value) >= delta,
        first_closeness=shared[0].averaged(exam.over),
        second_closeness=shared[1].averaged(exam.over),
        items=len(gap.items),
        clusters=error.units,
        method=f"{over}paired over {len(gap.items)} {gap.word}{left}; {error.words}",
        why="; ".join(part for part in ("" if known else SAME, *closed) if part),
    )
    return ExamPair(row, parts, closed, pair, error.unit)


def _bounds(value: float, parts: Sequence[Part], level: float) -> tuple[float, float] | None:
    if not parts:
        return None
    low, high = t_interval(value, list(parts), level)
    return float(low), float(high)


def _equivalent(value: float, parts: list[Part], delta: float | None) -> float | None:
    """The larger p of two one-sided tests against the smallest effect of interest, or None."""
    if delta is None or not parts:
        return None
    above = one_sided_p(value, parts, null=-delta, alternative="greater")
    return max(above, one_sided_p(value, parts, null=delta, alternative="less"))


def declared_effect(gathered: Gathered, measure: str, declared: float | None) -> tuple[float | None, str]:
    """The smallest effect of interest of a score and where it came from: as declared, else the studies' own."""
    if declared is not None:
        return declared, "declared"
    own = {part.study.measure.smallest_effect for part in gathered.parts if part.study.measure.primary == measure} - {
        None
    }
    return (own.pop(), "declared by the study") if len(own) == 1 else (None, "none was declared")


def closed_for(gathered: Gathered, labels: Sequence[str], view: View) -> Iterator[str]:
    """Closed gates of both, as sentences."""
    for (label, instrument, persona, perspective, language, mode, setting), gates in gathered.closed.items():
        looked = (view.instrument, view.persona, view.perspective, view.language, view.mode, view.setting)
        if label in labels and (instrument, persona, perspective, language, mode, setting) == looked:
            yield from (f"{label}: {reason}" for reason in gates.reasons)
