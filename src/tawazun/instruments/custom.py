"""A user's own benchmark from a JSONL, JSON, CSV or Parquet file: one row per item.

Columns   question (also stem, prompt)
          options (a list, or a record under A, B …), or columns A, B …, option_1, option_2 …; none for an open question
          answer: the option's text, a letter of any script, a number from 1, or true/false; for an open question a
          text, a list of texts, or text -> how many people gave it
          id, split (test, dev or train), topic, category, country, language, author, source, licence: where there are
An item without an id is named by its row. `split = dev` or `train` makes a row a worked example. Statements without
options are answered with one pair of words, the same for all. What a row leaves open is not guessed: a key that is no
option, or that names two, is an error that says row and column.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tawazun.data.rows import Row, read_rows
from tawazun.errors import BadFile, UserError
from tawazun.instruments.building import ExamBuilder
from tawazun.instruments.custom_keys import (
    TRUE,
    accepted,
    affirmative,
    listed_options,
    pair_of,
    position,
    truth_word,
    without_labels,
)
from tawazun.instruments.exams import Exam, Template
from tawazun.instruments.records import Instrument
from tawazun.seeds import digest
from tawazun.source import Source

PREFIX = "custom:"
STEMS = ("question", "stem", "prompt", "Question")
DIMENSIONS = ("topic", "category", "subcategory", "country", "dialect", "level")
SPLITS = {"": False, "test": False, "eval": False, "validation": True, "dev": True, "train": True}
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
PLAIN_LETTERS = re.compile(r"[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Read:
    """A file as a benchmark; `faults` holds rows that were left out, only when they were asked to be."""

    instrument: Instrument
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Habits:
    """What the rows of a file have in common.

    stem         the column of questions
    pair         the two answers to its statements; None where questions without options are open ones
    texts_only   every key is an option's text
    positive     code of the option that a yes-sayer gives, where all items have the same two answers
    """

    stem: str
    pair: tuple[str, str] | None
    texts_only: bool
    positive: float | None


def load_custom(path: Path, *, name: str = "", lenient: bool = False) -> Read:
    """A user's file as a benchmark.

    name      of the instrument; `custom:FILE` when empty
    lenient   leave out rows that break a rule and say so, for an audit; otherwise the first one is an error
    Errors    BadFile naming file, row and column
    """
    rows = read_rows(path)
    stem = next((column for column in STEMS if column in rows[0].fields), None)
    if stem is None:
        raise BadFile(f"{path}: the column 'question' is missing; the file has {', '.join(list(rows[0].fields)[:20])}")
    language = _language(path, rows, stem, lenient)
    builder = ExamBuilder(language, author=_said(rows, "author") or path.name, columns={"question": stem})
    habits = _habits(rows, stem)
    faults = []
    for row in rows:
        try:
            _add(builder, row, habits)
        except UserError as error:
            if not lenient:
                raise
            faults.append(str(error))
    groups = tuple(one for one in DIMENSIONS if any(_label(row, one) for row in rows))
    exam = Exam(
        metric="macro_f1" if habits.positive else "accuracy",
        groups=groups,
        clusters=groups[0] if groups else "",
        positive=habits.positive,
    )
    instrument = builder.instrument(
        exam,
        name=name or f"{PREFIX}{path.name}",
        title=f"{path.name}, a user's own benchmark",
        source=Source(
            cite=_said(rows, "source") or f"user's file {path.name}",
            where=path.name,
            version=digest(path.read_bytes().hex()),
            licence=_said(rows, "licence") or _said(rows, "license") or "not said",
            terms="as the file's owner says",
            redistribute="aggregates",
        ),
        not_for="anything that its owner does not vouch for: it was not reviewed here",
        tags=("no-persona", "benchmark"),
        templates=(Template("w1", language), Template("cot", language, reasons=True)),
    )
    if not instrument.questions and not lenient:
        raise BadFile(f"{path}: every row is a worked example (column split); there is nothing to ask")
    if not instrument.gold:
        instrument = replace(instrument, exam=replace(exam, metric="sem_b" if instrument.references else "judge"))
    return Read(instrument, tuple(faults))


def _said(rows: Sequence[Row], column: str) -> str:
    """What every row that says anything says; joined where they differ."""
    found = dict.fromkeys(_label(row, column) for row in rows)
    return "; ".join(text for text in found if text)[:300]


def _label(row: Row, column: str) -> str:
    """A short text of a row; empty where the row, or the file, does not have it."""
    value = row.fields.get(column)
    return row.text(column, empty=True) if value is not None else ""


def _language(path: Path, rows: Sequence[Row], stem: str, lenient: bool) -> str:
    """The one language of a file. English is taken for granted only of questions in Latin letters."""
    said = {language for row in rows if (language := _label(row, "language"))}
    if len(said) > 1:
        listed = ", ".join(sorted(said)[:10])
        raise BadFile(f"{path}: column language: one file is one language, this one has {listed}")
    if said:
        language = said.pop()
        if not LANGUAGE.fullmatch(language):
            raise BadFile(f"{path}: column language: a code such as ar, ar-EG or zh is needed, not {language[:40]!r}")
        return language
    letters = [letter for row in rows for letter in str(row.fields.get(stem)) if letter.isalpha()]
    if not lenient and sum(bool(PLAIN_LETTERS.match(letter)) for letter in letters) * 2 < len(letters):
        raise BadFile(f"{path}: the column 'language' is missing, and the questions do not look English: say ar, zh, …")
    return "en"


def _habits(rows: Sequence[Row], stem: str) -> _Habits:
    bare, by_text, lists = [], True, set()
    for row in rows:
        try:
            options = listed_options(row)
        except UserError:
            continue
        if options:
            by_text = by_text and str(row.fields.get("answer")).strip() in options
            lists.add(tuple(options))
        else:
            bare.append(truth_word(row))
    pair = pair_of(bare) if bare and all(bare) else None
    if bare:
        lists.add(pair or ())
    return _Habits(stem, pair, by_text, affirmative(lists))


def _add(builder: ExamBuilder, row: Row, habits: _Habits) -> None:
    split = _label(row, "split").casefold()
    if split not in SPLITS:
        raise row.fault("split", f"{split[:40]!r}; allowed: {', '.join(name for name in SPLITS if name)}")
    item = _label(row, "id") or f"row-{row.number}"
    asked = row.text(habits.stem)
    tags = tuple(f"{one}:{text}" for one in DIMENSIONS if (text := _label(row, one)))
    example = SPLITS[split]
    listed = listed_options(row)
    options, labelled = without_labels(row, listed)
    if options:
        whole = labelled and str(row.fields.get("answer")).strip() in listed
        gold = position(row, listed if whole else options, texts_only=habits.texts_only)
        builder.choice(row, item, asked, options, gold, tags=tags, example=example)
        if labelled:
            builder.repair(item, row, "option_prefix", "the labels that stand in front of its options are taken off")
    elif habits.pair:
        gold = 0 if truth_word(row) in TRUE else 1
        builder.choice(row, item, asked, habits.pair, gold, tags=tags, example=example)
    else:
        builder.open(row, item, asked, accepted(row), tags=tags, example=example)
