"""Texts from a user's own file: official questionnaires, translations or revisions that may not be shipped.

One row is one wording of one item. CSV has the options in one cell, separated by ` | `; JSONL has them as a list. A
wording replaces the shipped one of the same item, language and id, and is added otherwise.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from tawazun.errors import BadFile
from tawazun.instruments.records import Instrument, Question, Status, Wording
from tawazun.source import Redistribute

NEEDED = ("question", "language", "wording", "stem", "options")
OPTIONAL = ("author", "translator", "native_reviewer", "status")
SEPARATOR = "|"
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the file with its place in it, for messages."""

    where: str
    cells: Mapping[str, object]

    def text(self, column: str) -> str:
        """A cell without the blanks around it. Errors: BadFile when it is not text."""
        value = self.cells.get(column)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise BadFile(f"{self.where}: {column} must be text, not {value!r}")
        return value.strip()


def with_texts(instrument: Instrument, file: Path) -> Instrument:
    """The instrument with the wordings of a CSV or JSONL file added to its own.

    Columns  question (id or alias), language (BCP 47), wording (an id such as `official`), stem, options; optional:
             author, translator, native_reviewer, status (draft | reviewed | official, which is the default)
    Returns  a new instrument; once a text of status `official` is in it, its source allows figures but no texts
    Errors   BadFile naming file, row and what was allowed
    """
    added: dict[tuple[str, str, str], Wording] = {}
    for row in _rows(file):
        question, wording = _wording(row, instrument)
        key = (question.id, wording.language, wording.id)
        if key in added:
            raise BadFile(f"{row.where}: {question.id} {wording.language}/{wording.id} stands twice; keep one row")
        added[key] = wording
    if not added:
        raise BadFile(f"{file}: no row; each row is one wording with {', '.join(NEEDED)}")
    questions = tuple(_worded(question, added) for question in instrument.questions)
    official = any(wording.status == "official" for wording in added.values())
    return replace(_guarded(instrument, file) if official else instrument, questions=questions)


def _worded(question: Question, added: Mapping[tuple[str, str, str], Wording]) -> Question:
    own = {(question.id, one.language, one.id): one for one in question.wordings}
    own.update({key: wording for key, wording in added.items() if key[0] == question.id})
    return replace(question, wordings=tuple(own.values()))


def _guarded(instrument: Instrument, file: Path) -> Instrument:
    """The instrument under terms that keep its texts out of pages and run folders."""
    source = instrument.source
    terms = f"{source.terms}; official texts from the user's file {file.name}: use and show them as their owner allows"
    allowed: Redistribute = "no" if source.redistribute == "no" else "aggregates"
    return replace(instrument, source=replace(source, terms=terms, redistribute=allowed))


def _wording(row: _Row, instrument: Instrument) -> tuple[Question, Wording]:
    item = row.text("question")
    question = instrument.question(item)
    if question is None:
        ids = ", ".join(one.id for one in instrument.questions)
        raise BadFile(f"{row.where}: {instrument.name} has no item {item!r}; allowed: {ids}")
    stem = row.text("stem")
    if not stem:
        raise BadFile(f"{row.where}: {question.id} has an empty stem; write the question")
    wording = Wording(
        id=_matching(row, "wording", NAME, "letters, digits, _ . -"),
        language=_matching(row, "language", LANGUAGE, "a BCP 47 tag such as ar or ar-EG"),
        stem=stem,
        options=_options(row, question),
        author=row.text("author"),
        translator=row.text("translator"),
        native_reviewer=row.text("native_reviewer"),
        status=_status(row),
    )
    return question, wording


def _matching(row: _Row, column: str, pattern: re.Pattern[str], allowed: str) -> str:
    value = row.text(column)
    if not pattern.fullmatch(value):
        raise BadFile(f"{row.where}: {column} {value!r} is not allowed; give {allowed}")
    return value


def _status(row: _Row) -> Status:
    value = row.text("status") or "official"
    for allowed in get_args(Status):
        if value == allowed:
            status: Status = allowed
            return status
    raise BadFile(f"{row.where}: status {value!r} is not allowed; give {', '.join(get_args(Status))}")


def _options(row: _Row, question: Question) -> tuple[str, ...]:
    value = row.cells.get("options")
    if isinstance(value, list):
        if not all(isinstance(one, str) for one in value):
            raise BadFile(f"{row.where}: options must be a list of texts, not {value!r}")
        options = tuple(one.strip() for one in value)
    else:
        text = row.text("options")
        options = tuple(one.strip() for one in text.split(SEPARATOR)) if text else ()
    if len(options) != question.options:
        raise BadFile(
            f"{row.where}: {question.id} needs {question.options} options in canonical order "
            f"(` {SEPARATOR} ` between them in CSV, a list in JSONL), {len(options)} came"
        )
    if not all(options):
        raise BadFile(f"{row.where}: option {options.index('') + 1} of {question.id} is empty; write all")
    if len(set(options)) != len(options):
        raise BadFile(f"{row.where}: two options of {question.id} read the same; make each its own text")
    return options


def _rows(file: Path) -> Iterator[_Row]:
    kind = file.suffix.lower()
    if kind not in (".csv", ".jsonl"):
        raise BadFile(f"{file}: texts are read from .csv or .jsonl files, not {kind or 'a file without an ending'}")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile(f"{file}: not UTF-8 (byte {error.start}); save it as UTF-8") from error
    except OSError as error:
        raise BadFile(f"{file}: cannot be read ({error.strerror}); give the path of a .csv or .jsonl file") from error
    if not text.strip():
        raise BadFile(f"{file}: empty; it needs rows with {', '.join(NEEDED)}")
    return _csv_rows(file, text) if kind == ".csv" else _jsonl_rows(file, text)


def _check_columns(where: str, columns: list[str], needed: tuple[str, ...]) -> None:
    missing = [name for name in needed if name not in columns]
    unknown = [name for name in columns if name not in (*NEEDED, *OPTIONAL)]
    doubled = [name for name in columns if columns.count(name) > 1]
    for what, names in (("misses", missing), ("has the unknown", unknown), ("has twice the", doubled)):
        if names:
            raise BadFile(
                f"{where}: {what} column(s) {', '.join(map(repr, dict.fromkeys(names)))}; "
                f"needed: {', '.join(NEEDED)}; optional: {', '.join(OPTIONAL)}"
            )


def _csv_rows(file: Path, text: str) -> Iterator[_Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns: list[str] = []
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = [name.strip() for name in cells]
                _check_columns(f"{file}, row {number}", columns, NEEDED)
                continue
            if len(cells) != len(columns):
                raise BadFile(f"{file}, row {number}: {len(cells)} cells, the header has {len(columns)}; quote commas")
            yield _Row(f"{file}, row {number}", dict(zip(columns, cells, strict=True)))
    except csv.Error as error:
        raise BadFile(f"{file}, row {number + 1}: not CSV ({error}); quote cells with commas or line breaks") from error


def _jsonl_rows(file: Path, text: str) -> Iterator[_Row]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{file}, row {number}"
        try:
            value = json.loads(line)
        except ValueError as error:
            raise BadFile(f"{where}: not JSON ({error}); each line is one object") from error
        if not isinstance(value, dict):
            raise BadFile(f"{where}: each line is one JSON object, not {type(value).__name__}")
        _check_columns(where, list(value), NEEDED)
        yield _Row(where, value)
