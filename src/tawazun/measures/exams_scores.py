"""Rows of a benchmark's scores: pooled and averaged, by group, beside every floor, and against the best of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.instruments import Exam
from tawazun.measures.context import Context, faceted, rows
from tawazun.measures.cube import Cube
from tawazun.measures.exams import Bench, Marking, benches, markings, prompt_kinds, sheets
from tawazun.measures.exams_floors import Floor, floors
from tawazun.measures.exams_tallies import Tally, difference, error_of, with_error

ABOVE = "above the best floor"
PEEKED = "computed from the key and the texts alone: nothing was asked"
# tally of an answer sheet, or None where a marking has no such score
Mark = Callable[[Bench, np.ndarray, Marking], Tally | None]
# tally of a floor, and its value where that is not what the tally reads
MarkFloor = Callable[[Bench, Floor, Marking], Tally | None]
Value = Callable[[Tally, Floor], float]


@dataclass(frozen=True)
class Kind:
    """One way to mark a benchmark.

    facet     what tells it from the measure's usual way; empty for that
    mark      answer sheets; mark_floor: floors; floor_value: the value of a floor over some units
    breakdown whether groups are reported
    fits      whether a benchmark has such a score
    """

    measure: str
    unit: str
    facet: str
    mark: Mark
    mark_floor: MarkFloor
    floor_value: Value
    breakdown: bool = True
    fits: Callable[[Context, Bench], bool] = lambda context, bench: True


@dataclass(frozen=True, slots=True)
class Cut:
    """Which units a row is about: all, averaged over a dimension, or one group."""

    facet: str = ""
    over: str = ""
    group: str = ""

    def of(self, tally: Tally) -> Tally:
        """The tally over the units of the cut."""
        if not self.group:
            return tally
        dimension, _, label = self.group.partition(":")
        return tally.only(tally.groups(dimension) == tally.bench.groups(dimension)[0].index(label))


def score_rows(context: Context, kind: Kind) -> Iterator[Estimate]:
    """Every row of one kind of score, for every benchmark of a context that has it."""
    for bench in (one for one in benches(context) if kind.fits(context, one)):
        marked, name = markings(bench), bench.made.instrument.name
        for subject, base in enumerate(rows(kind.measure, name, bench.made)):
            yield from _subject(context, kind, bench, (subject, base), marked)
        for language, wording in _languages(bench.made):
            base = Estimate(kind.measure, "", name, language=language, unit=kind.unit, why=PEEKED)
            for marking in marked:
                yield from _floors(kind, bench, base, marking, floors(bench, marking, language, wording))


def _languages(made: Cube) -> list[tuple[str, str]]:
    """Each language that was asked, with the first wording in it."""
    found: dict[str, str] = {}
    for subject, one in enumerate(made.subjects):
        for prompt, _ in prompt_kinds(made, subject):
            found.setdefault(one.language, prompt.wording)
    return sorted(found.items())


def cuts(exam: Exam, tally: Tally, marking: Marking, breakdown: bool) -> list[Cut]:
    """The rows of a score: the headline first, pooled where the headline is an average, then each group."""
    found = [Cut("", exam.over)]
    if exam.over:
        found.append(Cut("pooled"))
    if not breakdown or marking.facet:
        return found
    dimensions = dict.fromkeys((*([exam.over] if exam.over else []), *exam.groups))
    for dimension in dimensions:
        names = tally.bench.groups(dimension)[0]
        there = [names[at] for at in np.unique(tally.groups(dimension))]
        found += [Cut(group=f"{dimension}:{label}") for label in there if label]
    return found


def _subject(
    context: Context, kind: Kind, bench: Bench, who: tuple[int, Estimate], marked: Sequence[Marking]
) -> Iterator[Estimate]:
    subject, base = who
    exam = bench.exam
    level = context.keys.level
    for sheet in sheets(bench, subject):
        for marking in marked:
            tally = kind.mark(bench, sheet.choices, marking)
            if tally is None:
                continue
            facet = ";".join(part for part in (faceted(base, sheet.facet), marking.facet, kind.facet) if part)
            row = replace(base, unit=kind.unit, facet=facet, method=sheet.method)
            if not len(tally.items):
                yield replace(row, why=f"none of the {tally.word} was asked in full")
                continue
            language = bench.made.subjects[subject].language
            low = floors(bench, marking, language, sheet.prompt.wording)
            for cut in cuts(exam, tally, marking, kind.breakdown):
                part, own = cut.of(tally), _cut_row(row, exam, cut)
                # a group that is a cluster itself has none to leave out
                clusters = "" if cut.group.partition(":")[0] == exam.clusters else exam.clusters
                error = error_of(part, clusters, cut.over)
                yield with_error(own, part, part.averaged(cut.over), error, level)
                if not cut.group:
                    yield from _above(kind, bench, own, (tally, cut), (marking, low), level)


def _cut_row(row: Estimate, exam: Exam, cut: Cut) -> Estimate:
    facet = ";".join(part for part in (row.facet, cut.facet) if part)
    words = f"mean over each {exam.over}, equal weights" if cut.over else ""
    method = "; ".join(part for part in (row.method, words) if part)
    return replace(row, facet=facet, group=cut.group, method=method)


def _floors(kind: Kind, bench: Bench, base: Estimate, marking: Marking, low: Sequence[Floor]) -> Iterator[Estimate]:
    exam = bench.exam
    facet = ";".join(part for part in (marking.facet, kind.facet) if part)
    for floor in low:
        tally = kind.mark_floor(bench, floor, marking)
        if tally is None or not len(tally.items):
            continue
        row = replace(base, respondent=f"floor:{floor.name}", facet=facet, method=floor.method)
        for cut in cuts(exam, tally, marking, kind.breakdown):
            part = cut.of(tally)
            value = _floor_value(kind, part, floor, cut)
            own = _cut_row(row, exam, cut)
            method = f"{own.method}; over {len(part.items)} {part.word}"
            yield replace(own, value=value if np.isfinite(value) else None, n=float(len(part.items)), method=method)


def _floor_value(kind: Kind, tally: Tally, floor: Floor, cut: Cut) -> float:
    if not cut.over:
        return kind.floor_value(tally, floor)
    own = tally.groups(cut.over)
    each = np.array([kind.floor_value(tally.only(own == one), floor) for one in np.unique(own)])
    return float(each.mean())


def _above(
    kind: Kind,
    bench: Bench,
    row: Estimate,
    score: tuple[Tally, Cut],
    beside: tuple[Marking, Sequence[Floor]],
    level: float,
) -> Iterator[Estimate]:
    """The score minus that of the best floor on the same units; floors that mostly read the key are passed over."""
    tally, cut = score
    best = best_floor(kind, bench, tally, cut, beside)
    if best is None:
        return
    gap = difference(tally, best.tally)
    own = replace(row, facet=";".join((row.facet, ABOVE)), reference=f"floor:{best.floor.name}", unit="difference")
    own = replace(own, method="; ".join((row.method, f"minus {best.value:.4g}: {best.floor.method}")))
    value = tally.averaged(cut.over) - best.value
    yield with_error(own, gap, value, error_of(gap, bench.exam.clusters, cut.over), level)


@dataclass(frozen=True, slots=True)
class Best:
    """A floor, its value on the units of a tally, and its own tally over them."""

    floor: Floor
    value: float
    tally: Tally


def best_floor(
    kind: Kind, bench: Bench, tally: Tally, cut: Cut, beside: tuple[Marking, Sequence[Floor]]
) -> Best | None:
    """The trivial floor that scores most on the units of a tally; None without one.

    beside   the marking, and the floors to choose from: those that read the key of the item itself are passed over
    """
    marking, low = beside
    best: Best | None = None
    for floor in low:
        other = kind.mark_floor(bench, floor, marking) if floor.trivial else None
        if other is None:
            continue
        shared = other.only(np.isin(other.items, tally.items))
        value = _floor_value(kind, shared, floor, cut)
        if np.isfinite(value) and (best is None or value > best.value):
            best = Best(floor, value, shared)
    return best
