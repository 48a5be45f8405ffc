"""Mean F1 over the labels that a benchmark's items share (yes / no, yes / no / neutral), with each label's own rows.

Only where all items have the same labels, or the benchmark names it as its metric: a macro F1 over the positions of
options that differ from item to item says nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple, faceted, rows
from tawazun.measures.exams import Bench, Marking, benches, markings, sheets
from tawazun.measures.exams_floors import RANDOM, Floor
from tawazun.measures.exams_scores import Kind, score_rows
from tawazun.measures.exams_tallies import Tally, class_choices, class_reads, error_of, f1_tally, with_error
from tawazun.stats.classification import guessing_f1


def labels(context: Context, bench: Bench) -> tuple[str, ...]:
    """Names of the labels in the order of their codes; none where items do not share them."""
    return context.once(("exam labels", bench.made.instrument.name), lambda: _labels(bench))


def _labels(bench: Bench) -> tuple[str, ...]:
    made = bench.made
    language = made.subjects[0].language
    for wording in made.instrument.wording_ids(language)[:1]:
        pairs = zip(made.questions, bench.texts(language, wording), strict=True)
        found = {tuple(sorted(zip(one.codes, texts, strict=True))) for one, texts in pairs if texts}
        if len(found) == 1:
            return tuple(text for _, text in found.pop())
    named = bench.exam.metric == "macro_f1" or bench.exam.positive is not None
    return tuple(f"{code:g}" for code in bench.classes) if named else ()


def _mark(bench: Bench, choices: np.ndarray, marking: Marking) -> Tally | None:
    return f1_tally(bench, choices, marking.gold)


def _mark_floor(bench: Bench, floor: Floor, marking: Marking) -> Tally | None:
    return None if floor.choices is None else _mark(bench, floor.choices[None], marking)


def _floor_value(tally: Tally, floor: Floor) -> float:
    """What is read off the floor's counts; of a guesser the expectation, which is not F1 of expected counts."""
    if floor.name != RANDOM or floor.choices is None:
        return tally.value
    gold = tally.sums.reshape(len(tally.items), -1, 3)[..., 2].argmax(axis=-1)
    return guessing_f1(class_choices(tally.bench, floor.choices)[tally.items], gold)


KIND = Kind(
    "macro_f1", "F1", "", _mark, _mark_floor, _floor_value, fits=lambda context, bench: bool(labels(context, bench))
)


def compute(context: Context) -> Iterator[Estimate]:
    """The macro F1, then F1, recall and how often it was answered of each label."""
    yield from score_rows(context, KIND)
    for bench in benches(context):
        names, marked, name = labels(context, bench), markings(bench), bench.made.instrument.name
        for subject, base in enumerate(rows("macro_f1", name, bench.made) if names and marked else ()):
            for sheet in sheets(bench, subject):
                tally = f1_tally(bench, sheet.choices, marked[0].gold)
                row = replace(base, facet=faceted(base, sheet.facet), method=sheet.method)
                yield from _by_label(context, row, tally, names)


def _by_label(context: Context, row: Estimate, tally: Tally, names: Sequence[str]) -> Iterator[Estimate]:
    for position, label in enumerate(names):
        for words, read in class_reads(position).items():
            own = replace(tally, read=read)
            unit = "F1" if words.startswith("F1") else "share"
            faced = replace(row, facet=f"{row.facet};{words} {label}", unit=unit)
            yield with_error(faced, own, own.value, error_of(own, tally.bench.exam.clusters), context.keys.level)


MEASURE = Simple(
    "macro_f1",
    "Mean F1 over the labels of a benchmark, beside baselines",
    "F1",
    "Huang et al. (2024), AceGPT (ACVA's two-class score); van Rijsbergen (1979) for F1",
    compute,
)
