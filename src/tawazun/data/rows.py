"""Rows of a benchmark's file with their numbers and types kept: JSONL, JSON, CSV, TSV, Parquet.

`tables` reads everything as text, which suits surveys; benchmarks have lists and nested records, so theirs come as
dictionaries. A file is read in bounded memory, line by line where the format allows it.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from tawazun.errors import BadFile

SUFFIXES = (".jsonl", ".json", ".csv", ".tsv", ".parquet")
SHEETS = (".xlsx", ".xls", ".ods", ".numbers", ".txt")
LONGEST_LINE = 4_000_000
LONGEST_TEXT = 1_000_000
LARGEST_FILE = 2_000_000_000
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars", ",": "commas"}

HALVES = re.compile("[\ud800-\udfff]")
MARKS = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    number   its line as an editor shows it (the header of a CSV is line 1); of a list of records, which one it is
    at       which row of data it is, from 1; 0 = the same as `number`
    """

    file: str
    number: int
    fields: dict[str, Any]
    at: int = 0

    @property
    def where(self) -> str:
        """`line 7, row 5`, or `row 5` where both are the same."""
        return _spot(self.number, self.at)

    def holding(self, fields: dict[str, Any]) -> "Row":
        """Other fields in the place of this row."""
        return Row(self.file, self.number, fields, self.at)

    def fault(self, column: str, why: str) -> BadFile:
        """The error that names this row and a column."""
        return BadFile(f"{self.file} {self.where}, column {column}: {why}")

    def text(self, column: str, *, empty: bool = False) -> str:
        """A text, without white space at its ends. Errors: BadFile when it is absent, not a text, or empty."""
        value = self.fields.get(column)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            if value is None and empty:
                return ""
            raise self.fault(column, f"a text is needed, not {'nothing' if value is None else type(value).__name__}")
        found = str(value).strip()
        if not found and not empty:
            raise self.fault(column, "it is empty")
        if len(found) > LONGEST_TEXT:
            raise self.fault(column, f"{len(found):,} letters are more than a text has ({LONGEST_TEXT:,} at most)")
        if HALVES.search(found):
            raise self.fault(column, "half of a surrogate pair stands alone in it, which is no character")
        return found

    def whole(self, column: str) -> int:
        """A whole number. Errors: BadFile."""
        found = self.text(column)
        if not found.lstrip("-").isdecimal():
            raise self.fault(column, f"a whole number is needed, not {found[:40]!r}")
        return int(found)

    def texts(self, column: str) -> list[str]:
        """A list of texts, or one spelled as JSON. Errors: BadFile when it is none, or one of them is not a text."""
        value = self.fields.get(column)
        if isinstance(value, str) and value.lstrip().startswith("["):
            try:
                value = json.loads(value)
            except ValueError as error:
                raise self.fault(column, "it begins like a JSON list and is none") from error
        if not isinstance(value, list):
            raise self.fault(column, f"a list is needed, not {'nothing' if value is None else type(value).__name__}")
        if any(isinstance(one, bool) or not isinstance(one, str | int | float) for one in value):
            raise self.fault(column, "every member of the list must be a text")
        return [str(one).strip() for one in value]


def read_rows(path: Path, columns: Sequence[str] = (), *, root: Path | None = None) -> list[Row]:
    """Every row of a file.

    columns   those it must have; root: the folder that errors and rows leave out of its name
    Errors    BadFile when it is missing, empty, too large, not UTF-8, of another format, or lacks a column
    """
    name = str(path.relative_to(root)) if root is not None and path.is_relative_to(root) else str(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        sheet = "; save the sheet as CSV (UTF-8)" if suffix in SHEETS else ""
        came = suffix or "a file without suffix"
        raise BadFile(f"{name}: rows come from {', '.join(SUFFIXES)}, not {came!r}{sheet}")
    if not path.is_file():
        raise BadFile(f"{name}: there is no such file")
    size = path.stat().st_size
    if size == 0:
        raise BadFile(f"{name}: the file is empty")
    if size > LARGEST_FILE:
        raise BadFile(f"{name}: {size / 1e9:.1f} GB is more than a benchmark has ({LARGEST_FILE / 1e9:.0f} GB at most)")
    read = {".jsonl": _jsonl, ".json": _json, ".parquet": _parquet}.get(suffix, _csv)
    rows = list(read(path, name))
    if not rows:
        raise BadFile(f"{name}: there are no rows")
    for column in columns:
        if not any(column in row.fields for row in rows):
            have = ", ".join(list(rows[0].fields)[:20])
            raise BadFile(f"{name}: the column {column!r} is missing; the file has {have}")
        for row in rows:
            if column not in row.fields:
                raise row.fault(column, "this row does not have it")
    return rows


def _jsonl(path: Path, name: str) -> Iterator[Row]:
    with path.open("rb") as file:
        number = at = 0
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            at += bool(line.strip())
            if len(line) > LONGEST_LINE:
                raise BadFile(f"{name} {_spot(number, at)}: the line is longer than {LONGEST_LINE // 1_000_000} MB")
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise _not_utf8(name, _spot(number, at), _broken(_loose_json(line)), error) from error
            if text.strip():
                yield Row(name, number, _record(_parsed(text, name, number, at), name, _spot(number, at)), at)


def _json(path: Path, name: str) -> Iterator[Row]:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + raw.count(b"\n", 0, error.start)
        raise _not_utf8(name, f"line {line}", "", error) from error
    held = _parsed(text, name)
    if isinstance(held, dict):
        lists = [value for value in held.values() if isinstance(value, list)]
        tables = [value for value in lists if value and all(isinstance(one, dict) for one in value)]
        if len(tables) == 1 < len(lists):
            lists = tables
        if len(lists) == 1:
            held = lists[0]
        else:
            # {"id": {...}} as some sets write their items
            held = [{"id": key, **_record(value, name, f"key {key[:40]!r}")} for key, value in held.items()]
    if not isinstance(held, list):
        raise BadFile(f"{name}: a JSON file holds a list of records, or one list under a name")
    for number, one in enumerate(held, start=1):
        yield Row(name, number, _record(one, name, f"row {number}"))


def _csv(path: Path, name: str) -> Iterator[Row]:
    # bytes that are not UTF-8 come through as marks, so that their row and column can be named
    text = path.read_bytes().decode("utf-8-sig", "surrogateescape")
    csv.field_size_limit(LONGEST_LINE)
    skipped, delimiter = _delimiter(text.partition("\n")[0].strip("\r"))
    delimiter = "\t" if path.suffix.lower() == ".tsv" else delimiter
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        if skipped:
            next(table)
        headers = next(table, None)
        if not headers or not any(headers):
            raise BadFile(f"{name}: the first line has no headers")
        if any(MARKS.search(one) for one in headers):
            raise _not_utf8(name, "line 1, the headers")
        if why := other_separator(headers, path.suffix):
            raise BadFile(f"{name}: {why}")
        if twice := sorted({one for one in headers if one and headers.count(one) > 1}):
            raise BadFile(f"{name}: the header {twice[0]!r} stands twice")
        at, line = 0, table.line_num + 1
        for fields in table:
            first, line = line, table.line_num + 1
            if not any(fields):
                continue
            at += 1
            if len(fields) != len(headers):
                raise BadFile(f"{name} {_spot(first, at)}: {len(fields)} fields under {len(headers)} headers")
            made = {key: value for key, value in zip(headers, fields, strict=True) if key}
            if column := _broken(made):
                raise _not_utf8(name, _spot(first, at), column)
            yield Row(name, first, made, at)
    except csv.Error as error:
        raise BadFile(f"{name} line {table.line_num}: cannot be read as CSV ({error})") from error


def other_separator(headers: Sequence[str], suffix: str) -> str:
    """What to do about a table whose one header is a line with another separator; empty where it has its own."""
    found = [sign for sign in SEPARATORS if len(headers) == 1 and sign in headers[0]]
    if not found:
        return ""
    wanted = "tabs" if suffix.lower() == ".tsv" else "commas"
    shown = headers[0][:40]
    named = " or, with tabs, name it .tsv" if found[0] == "\t" else ""
    return f"columns are set apart by {SEPARATORS[found[0]]} ({shown!r}); save it with {wanted} between columns{named}"


def _spot(number: int, at: int) -> str:
    return f"line {number}, row {at}" if at and at != number else f"row {number}"


def _delimiter(first: str) -> tuple[bool, str]:
    """Whether the first line only names the delimiter (`sep=;`), and which it is.

    Spreadsheets write semicolons or tabs where a comma is the decimal mark; a header without any comma tells them.
    """
    if told := re.fullmatch('"?sep=([,;\t])"?', first):
        return True, told[1]
    return False, "," if "," in first else next((mark for mark in ";\t" if mark in first), ",")


def _parquet(path: Path, name: str) -> Iterator[Row]:
    try:
        for number, one in enumerate(pl.read_parquet(path).iter_rows(named=True), start=1):
            yield Row(name, number, one)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise BadFile(f"{name}: cannot be read as Parquet ({str(error).splitlines()[0]})") from error


def _not_utf8(name: str, spot: str, column: str = "", error: UnicodeDecodeError | None = None) -> BadFile:
    where = f"{name} {spot}" + (f", column {column}" if column else "")
    return BadFile(f"{where}: not UTF-8{f' (byte {error.start})' if error else ''}; save the file as UTF-8")


def _loose_json(line: bytes) -> Any:
    try:
        return json.loads(line.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError):
        return None


def _broken(fields: Any) -> str:
    """The first column with bytes that were not UTF-8; empty when it cannot be told."""
    if not isinstance(fields, dict):
        return ""
    return next((str(key) for key, value in fields.items() if MARKS.search(f"{key}{value}")), "")


class _KeyTwice(Exception):
    """A key that stands twice in one record, of which a parser would keep the last."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _KeyTwice(next(key for at, key in enumerate(keys) if key in keys[:at]))
    return made


def _parsed(text: str, name: str, number: int = 0, at: int = 0) -> Any:
    """A line's value, with the row it is; or a whole file's, with neither."""
    try:
        return json.loads(text, parse_constant=lambda word: None, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) and not at else 0
        where = f" {_spot(number, at)}" if at else f" line {line}" if line else ""
        raise BadFile(f"{name}{where}: not JSON ({str(error).splitlines()[0]})") from error
    except _KeyTwice as error:
        where = f" {_spot(number, at)}" if at else ""
        raise BadFile(f"{name}{where}: the key {str(error)[:40]!r} stands twice in one record") from error


def _record(one: Any, name: str, spot: str) -> dict[str, Any]:
    if not isinstance(one, dict):
        raise BadFile(f"{name} {spot}: a row is a record with named fields, not a {type(one).__name__}")
    return one
