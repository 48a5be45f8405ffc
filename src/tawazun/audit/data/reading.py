"""Rows of a training set's files, one after another in bounded memory: JSONL, JSON, CSV, TSV, Parquet, text, folders.

What is wrong with a row is a `Fault` in its place in the stream, never an exception: a set is read to its end.
"""

import codecs
import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl

from tawazun.audit.data.encodings import decoded
from tawazun.audit.data.records import Fault
from tawazun.errors import BadFile

LONGEST_LINE = 16_000_000
LINES, LISTS = (".jsonl", ".ndjson", ".txt", ".md", ".csv", ".tsv"), (".json", ".parquet")
CHUNK = 1_000_000
BROKEN = (EOFError, OSError, zlib.error)
PARQUET_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Raw:
    """One row as its file has it. `encoding` is what was guessed where it was not UTF-8."""

    file: str
    number: int
    fields: dict[str, Any]
    encoding: str = ""


Rows = Iterator[Raw | Fault]


def files_of(path: Path) -> list[Path]:
    """The files of a set: itself, or every file of a known kind below a folder, by name.

    Errors   BadFile when there is none
    """
    if path.is_file():
        if kind_of(path) not in READERS:
            raise BadFile(f"{path}: rows come from {', '.join((*LINES, *LISTS))}, not {path.suffix or 'no suffix'!r}")
        return [path]
    if not path.is_dir():
        raise BadFile(f"{path}: there is no such file or folder; a set of the Hub is named hub:OWNER/NAME")
    found = sorted(one for one in path.rglob("*") if one.is_file() and kind_of(one) in READERS)
    # a README beside shards describes them and is no shard
    found = [one for one in found if one.suffix.lower() != ".md" and not one.name.startswith(".")]
    if not found:
        raise BadFile(f"{path}: no file in this folder ends in {', '.join((*LINES, *LISTS))}")
    return found


def kind_of(path: Path) -> str:
    """The suffix that says how a file is read, without `.gz`."""
    name = path.name.lower().removesuffix(".gz")
    return "." + name.rpartition(".")[2] if "." in name else ""


def read_files(path: Path, separator: str = "") -> Rows:
    """Every row of a file or folder, and every fault where it stands.

    separator   line that divides rows of a text file; without one every line is a row
    Errors      BadFile when nothing can be read at all
    """
    for file in files_of(path):
        name = file.name if path.is_file() else file.relative_to(path).as_posix()
        kind = kind_of(file)
        if kind in (".txt", ".md") and separator:
            yield from _blocks(file, name, separator)
        else:
            yield from READERS[kind](file, name)


def _opened(path: Path) -> Any:
    """A file to be read as bytes, unpacked where it is packed, UTF-16 turned into UTF-8. Errors: OSError."""
    file: Any = gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb")  # noqa: SIM115
    head = file.read(2)
    file.seek(0)
    if head in (b"\xff\xfe", b"\xfe\xff"):
        return _Recoded(io.TextIOWrapper(file, encoding="utf-16", errors="replace", newline="\n"))
    return file


class _Recoded:
    """A UTF-16 file read as lines of UTF-8."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self.text = text

    def readline(self, limit: int = -1) -> bytes:
        return self.text.readline(limit).encode("utf-8", "replace")

    def read(self, size: int = -1) -> bytes:
        return self.text.read(size).encode("utf-8", "replace")

    def __enter__(self) -> "_Recoded":
        return self

    def __exit__(self, *_: object) -> None:
        self.text.close()


def lines_of(path: Path, name: str) -> Iterator[tuple[int, bytes] | Fault]:
    """Number and bytes of every line; one above 16 MB is passed over in pieces, and told."""
    number = 0
    try:
        with _opened(path) as file:
            while line := file.readline(LONGEST_LINE + 1):
                number += 1
                if len(line) <= LONGEST_LINE:
                    yield number, line
                    continue
                size = len(line)
                while not line.endswith(b"\n") and (line := file.readline(CHUNK)):
                    size += len(line)
                most = f"{LONGEST_LINE / 1e6:.0f} MB at most are read, so it is left out"
                yield Fault(name, number, "too-long", f"a line of {size / 1e6:,.0f} MB; {most}", False)
    except BROKEN as error:
        yield _broken(name, number + 1, error)


def _broken(name: str, number: int, error: Exception) -> Fault:
    return Fault(name, number, "broken-file", f"it cannot be read from here on ({error})", False)


def _jsonl(path: Path, name: str) -> Rows:
    for one in lines_of(path, name):
        if isinstance(one, Fault):
            yield one
            continue
        number, line = one
        text, encoding = decoded(line)
        if not text.strip():
            continue
        yield _parsed(name, number, text, encoding)


def _parsed(name: str, number: int, text: str, encoding: str) -> Raw | Fault:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        why = error.msg if isinstance(error, json.JSONDecodeError) else type(error).__name__
        return Fault(name, number, "not-json", f"not JSON ({why})", False)
    if isinstance(value, str):
        value = {"text": value}
    if not isinstance(value, dict):
        return Fault(name, number, "not-a-record", f"a row is a record, not {type(value).__name__}", False)
    return Raw(name, number, value, encoding)


def _json(path: Path, name: str) -> Rows:
    """Records of a JSON list, decoded one after another from a buffer that holds little more than one of them."""
    number = 0
    try:
        with _opened(path) as file:
            for one in _records(codecs.getreader("utf-8-sig")(file, "replace")):
                number += 1
                if isinstance(one, dict):
                    yield Raw(name, number, one)
                elif one is None:
                    yield Fault(name, number, "not-json", "no record here; what follows is left out", False)
                else:
                    yield Fault(name, number, "not-a-record", f"a row is a record, not {type(one).__name__}", False)
    except BROKEN as error:
        yield _broken(name, number + 1, error)


def _records(reader: codecs.StreamReader) -> Iterator[object]:
    """Every value of a JSON list; None, and the end, where one cannot be read."""
    decoder, buffer, at, step = json.JSONDecoder(), "", 0, CHUNK
    while True:
        at = _skipped(buffer, at)
        try:
            value, at = decoder.raw_decode(buffer, at)
        except (ValueError, RecursionError):
            more = reader.read(step)
            buffer, at, step = buffer[at:] + more, 0, min(2 * step, LONGEST_LINE)
            if more and len(buffer) <= 2 * LONGEST_LINE:
                continue
            if buffer.strip(" \t\r\n],"):
                yield None
            return
        step = CHUNK
        yield "null" if value is None else value


def _skipped(buffer: str, at: int) -> int:
    while at < len(buffer) and buffer[at] in " \t\r\n,[":
        at += 1
    return at


def _csv(path: Path, name: str) -> Rows:
    held: list[Fault] = []
    guessed: list[str] = []
    # the caller's limit is restored by nobody else, and this one only widens it
    csv.field_size_limit(max(LONGEST_LINE, csv.field_size_limit()))

    def texts() -> Iterator[str]:
        for one in lines_of(path, name):
            if isinstance(one, Fault):
                held.append(one)
                continue
            text, encoding = decoded(one[1])
            guessed.append(encoding)
            yield text.replace("\0", "\ufffd")

    lines = texts()
    first = next(lines, "")
    reader = csv.reader(chain([first] if first else [], lines), delimiter=_delimiter(path, first))
    header: list[str] = []
    while True:
        guessed.clear()
        try:
            fields = next(reader, None)
        except csv.Error as error:
            if "field limit" in str(error):
                # where the field ends nobody knows: what comes next may be inside of it
                yield from held
                why = f"a field above {LONGEST_LINE / 1e6:.0f} MB, perhaps a quote that is never closed"
                yield Fault(name, reader.line_num, "broken-file", f"{why}; what follows is left out", False)
                return
            held.append(Fault(name, reader.line_num, "csv", f"not CSV ({error}); reading goes on behind it", False))
            fields = []
        yield from held
        held.clear()
        if fields is None:
            return
        if not header:
            header = [one.strip() for one in fields]
        elif fields and len(fields) != len(header):
            yield Fault(name, reader.line_num, "fields", f"{len(fields)} fields under {len(header)} headers", False)
        elif fields:
            encoding = next((one for one in guessed if one), "")
            yield Raw(name, reader.line_num, dict(zip(header, fields, strict=True)), encoding)


def _delimiter(path: Path, header: str) -> str:
    """What divides the fields: tabs in a TSV; semicolons where the header has them and no comma; else commas."""
    if kind_of(path) == ".tsv":
        return "\t"
    return ";" if ";" in header and "," not in header else ","


def _text(path: Path, name: str) -> Rows:
    for one in lines_of(path, name):
        if isinstance(one, Fault):
            yield one
            continue
        text, encoding = decoded(one[1])
        if text.strip():
            yield Raw(name, one[0], {"text": text.strip()}, encoding)


def _blocks(path: Path, name: str, separator: str) -> Rows:
    block: list[str] = []
    begins, size, guess = 1, 0, ""
    for one in lines_of(path, name):
        if isinstance(one, Fault):
            yield one
            continue
        text, encoding = decoded(one[1])
        if text.strip() == separator:
            if body := "".join(block).strip():
                yield Raw(name, begins, {"text": body}, guess)
            block, begins, size, guess = [], one[0] + 1, 0, ""
        elif size <= LONGEST_LINE:
            block.append(text)
            size += len(text)
            guess = guess or encoding
    if body := "".join(block).strip():
        yield Raw(name, begins, {"text": body}, guess)


def _parquet(path: Path, name: str) -> Rows:
    try:
        table = pl.scan_parquet(path)
        total = table.select(pl.len()).collect().item()
        for start in range(0, total, PARQUET_ROWS):
            rows = table.slice(start, PARQUET_ROWS).collect().iter_rows(named=True)
            for number, fields in enumerate(rows, start=start + 1):
                yield Raw(name, number, fields)
    except (pl.exceptions.PolarsError, OSError) as error:
        why = str(error).splitlines()[0][:120]
        yield Fault(name, 0, "broken-file", f"not Parquet, or cut off ({why})", False)


READERS: dict[str, Callable[[Path, str], Rows]] = {
    ".jsonl": _jsonl, ".ndjson": _jsonl, ".json": _json, ".csv": _csv, ".tsv": _csv, ".parquet": _parquet,
    ".txt": _text, ".md": _text,
}  # fmt: skip
