"""From one row per person to weighted shares with their own error, place by place.

n counts the people with a readable answer to the item; n_eff is Kish's (Σw)²/Σw², so deff = n / n_eff is the cost of
unequal weights only: clustering of interviews is not in it, and a source that knows better should give shares. Every
answer also comes in random halves of its people (`populations.halves`), where each half has enough of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

from tawazun.answers import Outcome, check
from tawazun.data.tables import ROW, code_column, code_text, number
from tawazun.errors import BadAnswers, BadFile, BadStudy
from tawazun.instruments import Instrument, Question
from tawazun.populations.halves import SEED, random_halves, split_half
from tawazun.populations.records import HALVES, HumanAnswer
from tawazun.populations.shares import moments, option_index, option_of

Lookup = Callable[[str, str], float]
Made = list[tuple[str, HumanAnswer]]


@dataclass(frozen=True)
class Persons:
    """The people of a file.

    table     their rows as text, with `ROW`
    place     our code per row
    weight    above 0 per row
    missing   codes that mean "no answer"
    values    our column or question id -> {theirs -> ours}
    halves    how often to split every place's people in two; 0 for never
    """

    file: str
    table: pl.DataFrame
    place: pl.Series
    weight: pl.Series
    missing: frozenset[str]
    values: Mapping[str, Mapping[str, str]]
    halves: int = HALVES

    @cached_property
    def first(self) -> np.ndarray:
        """(R, N) the first half of every place's people, time after time; it hangs on the order of rows in the file."""
        return random_halves(self.place.to_list(), times=self.halves, seed=SEED, name=self.file)

    def halved(self, question: Question, values: pl.Series | pl.DataFrame, made: Made) -> Made:
        """Answers with the same item in halves of their people; `values` in the order of persons, null is no answer."""
        several = isinstance(values, pl.DataFrame)
        table = values.to_numpy().astype(float)
        if several:
            table = np.where(np.isnan(table).any(axis=1, keepdims=True), np.nan, table)
        cells = 0 if several else question.cells
        weight, place = self.weight.to_numpy(), self.place.to_list()
        found = split_half(table, weight, place, self.first, cells=cells, codes=question.codes)
        return [(place, replace(answer, halves=found.get(place, ()))) for place, answer in made]

    def read(self, ours: str, theirs: str, lookup: Lookup) -> pl.Series:
        """One column as numbers, null where the answer is missing. `lookup` reads one code and raises BadAnswers."""
        item = ours.split("/", 1)[0]
        pairs = {**self.values.get(item, {}), **self.values.get(ours, {})}
        translate = {code_text(key): code_text(value) for key, value in pairs.items()}
        texts = self.table.select(
            code_column(theirs).replace(dict.fromkeys(self.missing)).replace(translate).alias("text"), pl.col(ROW)
        )
        firsts = texts.drop_nulls().group_by("text", maintain_order=True).agg(pl.col(ROW).first())
        known = {text: lookup(text, f"{self.file} row {row}, column {theirs}") for text, row in firsts.rows()}
        if not known:
            return pl.Series([None] * texts.height, dtype=pl.Float64)
        return texts["text"].replace_strict(known, default=None, return_dtype=pl.Float64)


def weights(table: pl.DataFrame, column: str, file: str) -> pl.Series:
    """The weight of every row; `none` gives everyone 1. Errors: BadFile without the column, BadAnswers for w <= 0."""
    if not column:
        raise BadStudy(f"{file}: microdata need the name of their weight column, or weight = 'none'")
    if column == "none":
        return pl.Series([1.0] * table.height, dtype=pl.Float64)
    if column not in table.columns:
        raise BadFile(f"{file}: there is no weight column {column!r}")
    weight = table[column].cast(pl.Float64, strict=False)
    good = weight.is_finite() & (weight > 0)
    if not good.fill_null(False).all():
        row, text = table.filter(~good.fill_null(False)).select(ROW, column).row(0)
        raise BadAnswers(
            f"{file} row {row}: weight {column} is above 0, not {'empty' if text is None else text}; "
            "leave such people out with where"
        )
    return weight


def person_answers(persons: Persons, asked: Instrument, columns: Mapping[str, str]) -> dict[str, list[HumanAnswer]]:
    """Every place's answers. `columns`: question id, `id/2` or `id/first` -> their header; empty: headers that are ids.

    Errors   BadStudy for an unknown item, BadFile for a column that is not there, BadAnswers for a code by its row.
    """
    found: dict[str, list[HumanAnswer]] = {place: [] for place in persons.place.unique().to_list()}
    plan = _plan(persons, asked, columns)
    persons = replace(persons, values=_translations(persons, asked, plan))
    for question, parts in plan.items():
        for place, answer in _answers(persons, question, parts):
            found[place].append(answer)
    return found


def _plan(persons: Persons, asked: Instrument, columns: Mapping[str, str]) -> dict[Question, dict[str, str]]:
    """Question -> part (`""`, `2`, `first`) -> their header."""
    given = columns or {name: name for name in persons.table.columns if name != ROW and asked.question(name)}
    plan: dict[Question, dict[str, str]] = {}
    for ours, theirs in given.items():
        item, _, part = ours.partition("/")
        question = asked.question(ours) or asked.question(item)
        if question is None:
            raise BadStudy(
                f"{persons.file}: columns names {ours!r}, which is neither place nor an item of {asked.name}"
            )
        if theirs not in persons.table.columns:
            raise BadFile(f"{persons.file}: columns says {ours} = {theirs!r}, but there is no such column")
        plan.setdefault(question, {})["" if asked.question(ours) else part] = theirs
    if not plan:
        raise BadFile(f"{persons.file}: no header is an item of {asked.name}; name the items under columns")
    for question, parts in plan.items():
        need = _parts(question)
        if set(parts) != set(need):
            raise BadStudy(
                f"{persons.file}: the {question.kind} question {question.id} needs "
                f"{', '.join(f'{question.id}/{part}' if part else question.id for part in need)} under columns"
            )
    return plan


def _translations(
    persons: Persons, asked: Instrument, plan: Mapping[Question, Mapping[str, str]]
) -> dict[str, Mapping[str, str]]:
    """Their codes -> ours by question id (or `id/part`), however `values` spells the question."""
    found: dict[str, Mapping[str, str]] = {}
    for key, pairs in persons.values.items():
        if key == "place":
            continue
        item, _, part = key.partition("/")
        question = asked.question(key) or asked.question(item)
        if question is None:
            raise BadStudy(f"{persons.file}: values names {key!r}, which is neither place nor an item of {asked.name}")
        if question not in plan:
            raise BadStudy(f"{persons.file}: values names {key!r}, an item that no column of this file is read for")
        ours = question.id if asked.question(key) else f"{question.id}/{part}"
        if ours in found:
            raise BadStudy(f"{persons.file}: values names {ours} twice, once as {key!r}; keep one of the two tables")
        found[ours] = pairs
    return found


def _parts(question: Question) -> tuple[str, ...]:
    if question.kind == "some":
        return tuple(str(i + 1) for i in range(question.cells))
    return ("first", "second") if question.kind == "pair" else ("",)


def _answers(persons: Persons, question: Question, parts: Mapping[str, str]) -> list[tuple[str, HumanAnswer]]:
    base = pl.DataFrame({"place": persons.place, "w": persons.weight})
    if question.kind == "some":
        return _several(persons, question, parts, base)
    if question.kind == "pair":
        value = _pairs(persons, question, parts)
    elif question.kind == "one":
        value = persons.read(question.id, parts[""], _option_reader(question))
    elif question.kind == "text":
        raise BadStudy(f"{persons.file}: the text question {question.id} has no shares to count")
    else:
        value = persons.read(question.id, parts[""], _value_reader(question))
    frame = base.with_columns(value.alias("v")).drop_nulls("v")
    return persons.halved(question, value, _ready(question, frame) if question.cells == 0 else _shares(question, frame))


def _shares(question: Question, frame: pl.DataFrame) -> list[tuple[str, HumanAnswer]]:
    sums = frame.group_by("place", "v").agg(pl.col("w").sum())
    by_place: dict[str, dict[int, float]] = {}
    for place, cell, weight in sums.rows():
        by_place.setdefault(place, {})[int(cell)] = weight
    made = []
    for place, n, total, n_eff in _sizes(frame):
        p = tuple(by_place[place].get(cell, 0.0) / total for cell in range(question.cells))
        mean, sd = moments(question, p)
        made.append((place, HumanAnswer(question.id, p, mean, sd, n, n_eff, n / n_eff)))
    return made


def _ready(question: Question, frame: pl.DataFrame) -> list[tuple[str, HumanAnswer]]:
    mean = (pl.col("w") * pl.col("v")).sum() / pl.col("w").sum()
    square = (pl.col("w") * (pl.col("v") - mean) ** 2).sum() / pl.col("w").sum()
    values = {
        place: (m, s**0.5) for place, m, s in frame.group_by("place").agg(mean.alias("m"), square.alias("s")).rows()
    }
    return [
        (place, HumanAnswer(question.id, None, *values[place], n, n_eff, n / n_eff))
        for place, n, _, n_eff in _sizes(frame)
    ]


def _several(
    persons: Persons, question: Question, parts: Mapping[str, str], base: pl.DataFrame
) -> list[tuple[str, HumanAnswer]]:
    names = _parts(question)
    read = pl.DataFrame([persons.read(f"{question.id}/{part}", parts[part], _mention).alias(part) for part in names])
    frame = base.hstack(read).drop_nulls()
    marginals = {
        place: tuple(shares)
        for place, *shares in frame.group_by("place")
        .agg(((pl.col("w") * pl.col(part)).sum() / pl.col("w").sum()).alias(part) for part in names)
        .rows()
    }
    made = []
    for place, n, _, n_eff in _sizes(frame):
        p = tuple(min(1.0, share) for share in marginals[place])
        mean, sd = moments(question, p)
        made.append((place, HumanAnswer(question.id, p, mean, sd, n, n_eff, n / n_eff)))
    return persons.halved(question, read, made)


def _pairs(persons: Persons, question: Question, parts: Mapping[str, str]) -> pl.Series:
    picks = [persons.read(f"{question.id}/{part}", parts[part], _pick_reader(question)) for part in ("first", "second")]
    same = (picks[0] == picks[1]).fill_null(False)
    if same.any():
        row = persons.table.filter(same)[ROW][0]
        raise BadAnswers(f"{persons.file} row {row}: first and second choice of {question.id} are the same option")
    cell = {tuple(float(x) for x in text.split(",")): i for text, i in option_index(question).items()}
    joined = [None if None in pair else float(cell[pair]) for pair in zip(*picks, strict=True)]
    return pl.Series(joined, dtype=pl.Float64)


def _sizes(frame: pl.DataFrame) -> list[tuple[str, float, float, float]]:
    """(place, n, Σw, n_eff) in order of place; rounding never lifts n_eff above n."""
    sizes = frame.group_by("place").agg(
        pl.len().cast(pl.Float64).alias("n"),
        pl.col("w").sum().alias("total"),
        (pl.col("w").sum() ** 2 / (pl.col("w") ** 2).sum()).alias("n_eff"),
    )
    return [(place, n, total, min(n, n_eff)) for place, n, total, n_eff in sizes.sort("place").rows()]


def _option_reader(question: Question) -> Lookup:
    def read(text: str, where: str) -> float:
        return float(option_of(question, text, f"{where} (name codes of no answer under missing)"))

    return read


def _value_reader(question: Question) -> Lookup:
    def read(text: str, where: str) -> float:
        value = number(text, question.id, where)
        check(Outcome(value=value), question, where)
        return value

    return read


def _pick_reader(question: Question) -> Lookup:
    def read(text: str, where: str) -> float:
        if not (text.isdigit() and 1 <= int(text) <= question.options):
            raise BadAnswers(f"{where}: {question.id} has the options 1 to {question.options}, not {text!r}")
        return float(text)

    return read


def _mention(text: str, where: str) -> float:
    if text not in ("0", "1"):
        raise BadAnswers(f"{where}: 1 is mentioned and 0 is not, {text!r} came; translate it under values or missing")
    return float(text)
