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

HALVES = re.compile("[\ud800-\udfff]")
MARKS = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `number` is the row as an editor shows it (the header of a CSV is row 1)."""

    file: str
    number: int
    fields: dict[str, Any]

    def fault(self, column: str, why: str) -> BadFile:
        """The error that names this row and a column."""
        return BadFile(f"{self.file} row {self.number}, column {column}: {why}")

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
        number = 0
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise BadFile(f"{name} row {number}: the line is longer than {LONGEST_LINE // 1_000_000} MB")
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise _not_utf8(name, number, _broken(_loose_json(line)), error) from error
            if text.strip():
                yield Row(name, number, _record(_parsed(text, name, number), name, number))


def _json(path: Path, name: str) -> Iterator[Row]:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(name, 1 + raw.count(b"\n", 0, error.start), "", error) from error
    held = _parsed(text, name, 1)
    if isinstance(held, dict):
        lists = [value for value in held.values() if isinstance(value, list)]
        tables = [value for value in lists if value and all(isinstance(one, dict) for one in value)]
        if len(tables) == 1 < len(lists):
            lists = tables
        if len(lists) == 1:
            held = lists[0]
        else:
            # {"id": {...}} as some sets write their items
            held = [{"id": key, **value} for key, value in held.items() if isinstance(value, dict)]
    if not isinstance(held, list):
        raise BadFile(f"{name}: a JSON file holds a list of records, or one list under a name")
    for number, one in enumerate(held, start=1):
        yield Row(name, number, _record(one, name, number))


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
            raise _not_utf8(name, 1)
        if twice := sorted({one for one in headers if one and headers.count(one) > 1}):
            raise BadFile(f"{name}: the header {twice[0]!r} stands twice")
        for fields in table:
            if not any(fields):
                continue
            if len(fields) != len(headers):
                raise BadFile(f"{name} row {table.line_num}: {len(fields)} fields under {len(headers)} headers")
            made = {key: value for key, value in zip(headers, fields, strict=True) if key}
            if column := _broken(made):
                raise _not_utf8(name, table.line_num, column)
            yield Row(name, table.line_num, made)
    except csv.Error as error:
        raise BadFile(f"{name} row {table.line_num}: cannot be read as CSV ({error})") from error


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


def _not_utf8(name: str, row: int, column: str = "", error: UnicodeDecodeError | None = None) -> BadFile:
    where = f"{name} row {row}" + (f", column {column}" if column else "")
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


def _parsed(text: str, name: str, number: int) -> Any:
    try:
        return json.loads(text, parse_constant=lambda word: None)
    except (ValueError, RecursionError) as error:
        where = f" row {number + error.lineno - 1}" if isinstance(error, json.JSONDecodeError) else ""
        raise BadFile(f"{name}{where}: not JSON ({str(error).splitlines()[0]})") from error


def _record(one: Any, name: str, number: int) -> dict[str, Any]:
    if not isinstance(one, dict):
        raise BadFile(f"{name} row {number}: a row is a record with named fields, not a {type(one).__name__}")
    return one
