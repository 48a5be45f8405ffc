"""Claims about scores on a benchmark: who knows more, who knows as much, and whether anybody beats knowing nothing.

Two respondents are paired item by item under one prompt, as `compare --measure accuracy` pairs them; topics carry the
error. There is no people to be close to: a claim names a measure and, where the runs hold several, the benchmark and
the prompt.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

import numpy as np

from tawazun.claims.asked import Asked
from tawazun.claims.exam_pairs import (
    EXAM_SCORES,
    LIMITS,
    NOTHING,
    SAME,
    ExamPair,
    closed_for,
    declared_effect,
    exam_pairs,
    exam_sheets,
    exam_views,
    score_evidence,
)
from tawazun.claims.gathering import Gathered
from tawazun.claims.likeness import View
from tawazun.claims.limits import LOST
from tawazun.claims.matching import check_respondent
from tawazun.claims.records import ClaimKeys, Found, Levels, Need
from tawazun.claims.verdicts import Evidence, Rule, Ruling
from tawazun.errors import BadStudy, Refused
from tawazun.measures.exams import Bench, Sheet, benches, markings
from tawazun.measures.exams_floors import Floor, floors
from tawazun.measures.exams_scores import Best, Cut, Kind, best_floor
from tawazun.measures.exams_tallies import Error, Tally, difference, error_of
from tawazun.stats.combined import clusters_needed
from tawazun.stats.resampling import t_interval

T = TypeVar("T")


class ScoreKeys(ClaimKeys):
    """What claims about scores have in common.

    respondent   a label of the runs
    measure      accuracy or macro_f1
    prompt       `w1 letters 0-shot`, as in the facets of the scores; needed when several were asked
    """

    respondent: str
    measure: Literal["accuracy", "macro_f1"]
    prompt: str = ""


class ScorePairKeys(ScoreKeys):
    """`other`: the respondent that the first is set against."""

    other: str


@dataclass(frozen=True)
class Above:
    """One respondent's score over a floor, on one benchmark under one prompt.

    gap     item by item; value: of the gap, whose floor may be an expectation
    """

    bench: Bench
    view: View
    sheet: Sheet
    score: Tally
    best: Best
    gap: Tally
    value: float
    error: Error


def judge_scores(gathered: Gathered, keys: ScorePairKeys, levels: Levels, rule: Rule) -> Found:
    """The difference of two respondents' scores, by a rule of `verdicts`.

    Errors   UnknownName, Refused as `compare`; BadStudy for one respondent twice, no benchmark, or several
    """
    labels = (keys.respondent, keys.other)
    if labels[0] == labels[1]:
        raise BadStudy(f"other: {keys.other!r} is the respondent itself; a claim is about two")
    for label in labels:
        _check_marked(gathered, keys, label)
    asked = Asked(keys.measure, (), labels, keys.smallest_effect, narrow=keys.narrow)
    pair = _one(keys, [(_place(one), one.sheets[0].prompt.words, one) for one in exam_pairs(gathered, asked)])
    evidence = pair.evidence(levels)
    row = pair.row
    own = {
        f"{keys.measure} of {row.first}": row.first_closeness,
        f"{keys.measure} of {row.second}": row.second_closeness,
    }
    subject = (
        f"{_score_words(keys)} of {row.first} minus that of {row.second}, on {row.items} items of {row.population}"
    )
    found = _found(gathered, keys, (evidence, rule(evidence, levels.alpha)), labels, subject)
    bench = next(one for one in benches(gathered.context) if one.made.instrument.name == row.instrument)
    return replace(
        found,
        method=f"t over {row.clusters} {_plural(pair.unit)}; {row.method}",
        origin=row.smallest_effect_from,
        instrument=row.instrument,
        language=row.language,
        facts=own | {"items": row.items, _plural(pair.unit): row.clusters, **_lost(pair.sheets, labels)},
        needs=tuple(_needs(pair.parts, row.clusters, pair.unit, evidence.delta, levels)),
        limits=(*_pair_limits(gathered, keys, bench, pair), *found.limits, _not_for(bench)),
    )


def judge_above(gathered: Gathered, keys: ScoreKeys, levels: Levels, rule: Rule, named: str = "") -> Found:
    """A respondent's score minus that of a floor: the best trivial one, or the one that is named.

    Errors   as `judge_scores`; BadStudy naming the floors that a benchmark has
    """
    _check_marked(gathered, keys, keys.respondent)
    every = list(_every_above(gathered, keys, named))
    one = _one(keys, [(_where(above), above.sheet.prompt.words, above) for above in every])
    bench, error, floor = one.bench, one.error, one.best.floor
    parts = ((error.sd, error.df),) if error.df > 0 and error.sd > NOTHING else ()
    delta, origin = declared_effect(gathered, keys.measure, keys.smallest_effect)
    closed = tuple(closed_for(gathered, (keys.respondent,), one.view))
    evidence = score_evidence(one.value, parts, levels, delta, closed, "" if parts else SAME)
    subject = f"{_score_words(keys)} of {keys.respondent} minus that of floor:{floor.name} ({floor.method}), on "
    subject += f"{len(one.gap.items)} {one.gap.word} of {_where(one)}"
    found = _found(gathered, keys, (evidence, rule(evidence, levels.alpha)), (keys.respondent,), subject)
    own = {f"{keys.measure} of {keys.respondent}": one.value + one.best.value}
    return replace(
        found,
        method=f"t over {error.units} {_plural(error.unit)}; {error.words}",
        origin=origin,
        instrument=one.view.instrument,
        language=one.view.language,
        facts=own
        | {f"{keys.measure} of floor:{floor.name}": one.best.value, "items": len(one.gap.items)}
        | {_plural(error.unit): error.units, **_lost((one.sheet,), (keys.respondent,))},
        needs=tuple(_needs(parts, error.units, error.unit, delta, levels)),
        limits=(*found.limits, _not_for(bench)),
    )


def _found(
    gathered: Gathered,
    keys: ScoreKeys,
    judged: tuple[Evidence, Ruling],
    labels: Sequence[str],
    subject: str,
) -> Found:
    """What both forms say alike; the rest is filled in by them."""
    kind, yardstick = EXAM_SCORES[keys.measure]
    only = "It holds for this prompt and mode: a score under others is another score."
    return Found(
        evidence=judged[0],
        ruling=judged[1],
        unit=kind.unit,
        short=yardstick.short,
        method="",
        origin="",
        respondents=tuple(labels),
        instrument="",
        language="",
        subject=subject,
        limits=(only, *(f"{line[0].upper()}{line[1:]}." for line in LIMITS)),
    )


def _check_marked(gathered: Gathered, keys: ScoreKeys, label: str) -> None:
    """Errors: UnknownName for a label that the runs do not have; BadStudy when it answered no such benchmark."""
    check_respondent(gathered, label)
    kind, _ = EXAM_SCORES[keys.measure]
    every = [bench for bench in benches(gathered.context) if kind.fits(gathered.context, bench)]
    names = [bench.made.instrument.name for bench in every]
    if keys.instrument and keys.instrument not in names:
        held = ", ".join(names) or "none"
        raise BadStudy(
            f"instrument: {keys.instrument!r} is no benchmark with {keys.measure} here; the runs hold {held}"
        )
    there = [bench for bench in every if any(one.respondent == label for one in bench.made.subjects)]
    if not [bench for bench in there if keys.instrument in ("", bench.made.instrument.name)]:
        where = keys.instrument or f"any benchmark that has {keys.measure} (an instrument with a key)"
        raise BadStudy(f"{label} was not asked {where}")


def _one(keys: ScoreKeys, found: Sequence[tuple[str, str, T]]) -> T:
    """The one thing that a claim is about, out of (where, prompt, thing). Errors: BadStudy for none or several."""
    fitting = [one for one in found if keys.prompt in ("", one[1])]
    if not fitting:
        prompts = ", ".join(dict.fromkeys(repr(prompt) for _, prompt, _ in found)) or "nothing that fits"
        raise BadStudy(f"prompt: {keys.prompt!r} was not asked; the runs hold {prompts}")
    if len(fitting) > 1:
        shown = "; ".join(dict.fromkeys(where for where, _, _ in fitting))
        raise BadStudy(
            "the runs hold more than one score that this could be about: name the instrument, prompt, language, "
            f"persona or mode that is meant ({shown})"
        )
    return fitting[0][2]


def _place(one: ExamPair) -> str:
    return f"{one.row.population}, {one.row.language}, persona {one.row.persona}, {one.row.mode}"


def _where(one: Above) -> str:
    shown = one.sheet.facet.replace("prompt=", "").replace(";", ", ")
    return f"{one.view.instrument}, {shown}, {one.view.language}, persona {one.view.persona}, {one.view.mode}"


def _every_above(gathered: Gathered, keys: ScoreKeys, named: str) -> Iterator[Above]:
    kind, _ = EXAM_SCORES[keys.measure]
    for bench in benches(gathered.context):
        if keys.instrument not in ("", bench.made.instrument.name) or not kind.fits(gathered.context, bench):
            continue
        for view in exam_views(bench, keys.respondent, keys.respondent, keys.narrow):
            for sheet in exam_sheets(bench, keys.respondent, view).values():
                yield _above(kind, bench, (view, sheet), named)


def _above(kind: Kind, bench: Bench, what: tuple[View, Sheet], named: str) -> Above:
    view, sheet = what
    marking, over = markings(bench)[0], bench.exam.over
    score = kind.mark(bench, sheet.choices, marking)
    if score is None or not len(score.items):
        raise Refused(f"no item of {view.instrument} was answered in full under {sheet.prompt.words}")
    offered = floors(bench, marking, view.language, sheet.prompt.wording)
    best = best_floor(kind, bench, score, Cut("", over), (marking, _named(offered, named, view)))
    if best is None:
        raise BadStudy(f"floor: {named!r} has no {kind.measure} on {view.instrument}")
    gap = difference(score, best.tally)
    value = score.averaged(over) - best.value
    return Above(bench, view, sheet, score, best, gap, value, error_of(gap, bench.exam.clusters, over))


def _named(offered: Sequence[Floor], name: str, view: View) -> list[Floor]:
    """The floors to choose from: all, or the one that is named, be it read off the key of the items themselves."""
    if not name:
        return list(offered)
    chosen = [replace(floor, trivial=True) for floor in offered if floor.name == name]
    if not chosen:
        names = ", ".join(floor.name for floor in offered)
        raise BadStudy(f"floor: {view.instrument} has no floor {name!r}; it has {names}")
    return chosen


def _pair_limits(gathered: Gathered, keys: ScorePairKeys, bench: Bench, pair: ExamPair) -> Iterator[str]:
    """Who of the two is not shown to know anything, and what only one of them answered."""
    view = View(pair.row.instrument, pair.row.persona, pair.row.perspective, pair.row.language, pair.row.mode, "")
    kind, _ = EXAM_SCORES[keys.measure]
    low = []
    for label, sheet in zip((keys.respondent, keys.other), pair.sheets, strict=True):
        one = _above(kind, bench, (view, sheet), "")
        bottom = t_interval(one.value, [(one.error.sd, one.error.df)], gathered.level)[0] if one.error.df > 0 else -1.0
        if not bottom > 0:
            low.append(f"{label} ({one.value + one.best.value:.3f} against {one.best.value:.3f})")
    if low:
        yield f"Not shown to be above the best floor, which knows nothing: {' and '.join(low)}."
    every = [kind.mark(bench, sheet.choices, markings(bench)[0]) for sheet in pair.sheets]
    count = max(len(tally.items) for tally in every if tally is not None)
    if count > pair.row.items and 1 - pair.row.items / count > LOST:
        yield f"{count - pair.row.items} of {count} items were answered by one of them only and are left out."


def _needs(
    parts: Sequence[tuple[float, float]], units: int, unit: str, delta: float | None, levels: Levels
) -> Iterator[Need]:
    """How many topics or items would bring the interval under the smallest effect of interest."""
    if delta is None or not parts or units < 2:
        return
    enough = clusters_needed(parts[0][0] * units**0.5, 0.0, width=delta, level=levels.level)
    why = f"for an interval no wider than the smallest effect of interest on either side ({delta:.3g})"
    yield Need(_plural(unit), units, enough, why if enough is not None else "cannot be reached by any sensible number")


def _lost(sheets: Sequence[Sheet], labels: Sequence[str]) -> Mapping[str, Any]:
    """Refused and unread replies of each, which count as wrong; nothing where they were not observed."""
    found = {}
    for label, sheet in zip(labels, sheets, strict=True):
        for name, shares in sheet.lost.items():
            if np.isfinite(shares).any():
                found[f"{name} of {label}"] = float(np.nanmean(shares))
    return found


def _not_for(bench: Bench) -> str:
    made = bench.made.instrument
    return f"{made.name} is not for: {made.not_for}."


def _score_words(keys: ScoreKeys) -> str:
    return {"accuracy": "Accuracy", "macro_f1": "Macro F1"}[keys.measure]


def _plural(unit: str) -> str:
    return unit if unit.endswith("s") else f"{unit.removesuffix('y')}ies" if unit.endswith("y") else f"{unit}s"
