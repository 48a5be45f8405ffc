"""A user's own benchmark from a JSONL, JSON, CSV or Parquet file: one row per item.

Columns   question (also stem, prompt)
          options (a list, or a record under A, B …), or columns A, B …, a, b …, option_1, choice_1, optionA …
          answer: the option's text, a letter of any script, a number from 1, or true/false; for an open question a
          text, a list of texts, or text -> how many people gave it
          kind: `open` for a question without options in a file where others have some
          id, split (test, dev or train), topic, category, country, language, author, source, licence: where there are
An item without an id is named by its row. `split = dev` or `train` makes a row a worked example. Statements without
options are answered with one pair of words of the file's language, the same for all. What a row leaves open is not
guessed: a key that is no option, or that may be two, is an error that says row and column.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tawazun.data.rows import Row, read_rows
from tawazun.errors import BadFile, UserError
from tawazun.instruments.building import ExamBuilder
from tawazun.instruments.custom_columns import DIMENSIONS, STEMS, said, tidy
from tawazun.instruments.custom_keys import (
    CYRILLIC,
    TRUE,
    Reading,
    accepted,
    affirmative,
    listed_options,
    looks_like_label,
    names_option,
    number_key,
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
SPLITS = {"": False, "test": False, "eval": False, "validation": True, "dev": True, "train": True}
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
PLAIN_LETTERS = re.compile(r"[A-Za-z]")
OPEN, CHOICE = "open", "choice"


@dataclass(frozen=True, slots=True)
class Read:
    """A file as a benchmark; `faults` holds rows that were left out, only when they were asked to be."""

    instrument: Instrument
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Habits:
    """What the rows of a file have in common.

    stem         the column of questions
    optioned     some row has options
    truths       keys of its statements, as words for true and false; empty where rows without options are open ones
    pair         the two answers to its statements; None where there are none, or its language has no such pair here
    reading      how keys are read
    positive     code of the option that a yes-sayer gives, where all items have the same two answers
    """

    stem: str
    optioned: bool
    truths: frozenset[str]
    pair: tuple[str, str] | None
    reading: Reading
    positive: float | None


def load_custom(path: Path, *, name: str = "", lenient: bool = False) -> Read:
    """A user's file as a benchmark.

    name      of the instrument; `custom:FILE` when empty
    lenient   leave out rows that break a rule and say so, for an audit; otherwise the first one is an error
    Errors    BadFile naming file, row and column
    """
    rows = tidy(read_rows(path))
    stem = next((column for column in STEMS if any(column in row.fields for row in rows)), None)
    if stem is None:
        raise BadFile(f"{path}: the column 'question' is missing; the file has {', '.join(list(rows[0].fields)[:20])}")
    language = _language(path, rows, stem, lenient)
    builder = ExamBuilder(language, author=_said(rows, "author") or path.name, columns={"question": stem})
    habits = _habits(rows, stem, language)
    faults = []
    for row in rows:
        try:
            _add(builder, row, habits, lenient)
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


def _habits(rows: Sequence[Row], stem: str, language: str) -> _Habits:
    bare, lists, from_one, optioned = [], set(), False, False
    texts: list[bool] = []
    for row in rows:
        try:
            options, labels = listed_options(row)
            if not options:
                if _kind(row) != OPEN:
                    bare.append(row)
                continue
            texts.append(_by_text(row, options, labels))
        except UserError:
            continue
        optioned = True
        lists.add(tuple(options))
        from_one = from_one or number_key(row) == len(options)
    words = [] if optioned else [word for row in bare if (word := truth_word(row))]
    truths = frozenset(words) if len(words) * 2 > len(bare) else frozenset()
    pair = pair_of(truths, language) if truths else None
    if bare and not optioned:
        lists.add(pair or ())
    reading = Reading(all(texts), from_one, language.split("-")[0] in CYRILLIC)
    return _Habits(stem, optioned, truths, pair, reading, affirmative(lists))


def _by_text(row: Row, options: list[str], labels: Sequence[str]) -> bool:
    """Whether a key is an option's text; a key that is no option at all does not count against it."""
    if names_option(row, options):
        return True
    try:
        position(row, options, labels, Reading(texts_only=False, from_one=True, cyrillic=False))
    except UserError:
        return True
    return False


def _kind(row: Row) -> str:
    """What a row says it is: `open`, `choice` or nothing. Errors: BadFile for any other word."""
    kind = _label(row, "kind").casefold()
    if kind not in ("", OPEN, CHOICE):
        raise row.fault("kind", f"{kind[:40]!r}; allowed: {OPEN}, {CHOICE}")
    return kind


def _add(builder: ExamBuilder, row: Row, habits: _Habits, lenient: bool) -> None:
    _refuse_nul(row)
    split = _label(row, "split").casefold()
    if split not in SPLITS:
        raise row.fault("split", f"{split[:40]!r}; allowed: {', '.join(name for name in SPLITS if name)}")
    item = _label(row, "id") or f"row-{row.number}"
    asked = row.text(habits.stem)
    tags = tuple(f"{one}:{text}" for one in DIMENSIONS if (text := _label(row, one)))
    example = SPLITS[split]
    listed, labels = listed_options(row)
    options, own = without_labels(row, listed)
    if options and _kind(row) == OPEN:
        raise row.fault("kind", f"an {OPEN} question has no options, this one has {len(options)}")
    if options:
        if not lenient:  # an audit has a check of its own for it
            _refuse_case(row, options)
        gold = position(row, listed if own and names_option(row, listed) else options, own or labels, habits.reading)
        builder.choice(row, item, asked, options, gold, tags=tags, example=example)
        if own:
            builder.repair(item, row, "option_prefix", "the labels that stand in front of its options are taken off")
        return
    truth = _statement(row, habits)
    if truth:
        builder.choice(row, item, asked, habits.pair or (), 0 if truth in TRUE else 1, tags=tags, example=example)
    else:
        builder.open(row, item, asked, accepted(row), tags=tags, example=example)


def _statement(row: Row, habits: _Habits) -> str:
    """The word for true or false that is the key of a row without options; empty for an open question.

    Errors   BadFile for a row that may be neither
    """
    kind = _kind(row)
    if kind == OPEN:
        return ""
    if habits.optioned or kind == CHOICE:
        raise row.fault("options", f"it has none, and others have; write kind = {OPEN} where a question is open")
    if habits.truths:
        found = truth_word(row)
        if not found:
            words = ", ".join(sorted(habits.truths))
            raise row.fault("answer", f"{str(row.fields.get('answer'))[:40]!r}; most rows have one of {words}")
        if habits.pair is None:
            raise row.fault("answer", f"{found!r} has no pair in this language here; give every row its two options")
        return found
    if said(row.fields, "answer") and looks_like_label(row):
        found = str(row.fields["answer"]).strip()[:40]
        why = f"{found!r} looks like an option's label, and the row has no options"
        raise row.fault("answer", f"{why}; write kind = {OPEN} where it is a text, true or false where it is that")
    return ""


def _refuse_case(row: Row, options: Sequence[str]) -> None:
    """Errors: BadFile for two options that differ in capitals only."""
    lowered = [option.casefold() for option in options]
    for at, option in enumerate(lowered):
        if option in lowered[:at] and options[at] not in options[:at]:
            raise row.fault("options", f"option {at + 1} ({options[at][:40]!r}) differs from another in capitals only")


def _refuse_nul(row: Row) -> None:
    for column, value in row.fields.items():
        members = (
            value if isinstance(value, list) else [*value, *value.values()] if isinstance(value, dict) else [value]
        )
        if any(isinstance(one, str) and "\0" in one for one in members):
            raise row.fault(column, "a NUL character stands in it, which is no text")
