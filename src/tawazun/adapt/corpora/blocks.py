"""Where the blocks of a local file begin, and the rows of one: JSONL, CSV and Parquet, in bounded memory."""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import polars as pl

from tawazun.errors import BadFile

ROWS = 1024
BYTES = 4_000_000
LONGEST = 4_000_000


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a block begins: file, byte (row of a Parquet file), rows before it in the file, rows it has."""

    file: int
    byte: int
    before: int
    rows: int


def hash_of(path: Path) -> str:
    """BLAKE2b-128 of a file's content, read in parts."""
    with path.open("rb") as file:
        made = blake2b(digest_size=16)
        while part := file.read(1 << 20):
            made.update(part)
    return made.hexdigest()


def spots_of(path: Path, name: str, number: int) -> list[Spot]:
    """Blocks of a file, `number` being which of its source's files it is. Errors: BadFile."""
    suffix = path.suffix.lower()
    if suffix == ".txt":
        return [Spot(number, 0, 0, 1)] if path.stat().st_size else []
    if suffix == ".parquet":
        rows = _scanned(path, name).select(pl.len()).collect().item()
        return [Spot(number, at, at, min(ROWS, rows - at)) for at in range(0, rows, ROWS)]
    starts = _row_starts(path, name, quoted=suffix == ".csv")
    spots: list[Spot] = []
    first = at = before = rows = 0
    for at, end in starts:
        if not rows:
            first = at
        rows += 1
        if rows == ROWS or end - first >= BYTES:
            spots.append(Spot(number, first, before, rows))
            before, rows = before + rows, 0
    return [*spots, Spot(number, first, before, rows)] if rows else spots


def joined(spots: Sequence[Spot]) -> list[Spot]:
    """Runs of text files next to each other, a block each."""
    made: list[Spot] = []
    for spot in spots:
        last = made[-1] if made else None
        if last and last.rows < 64 and last.file + last.rows == spot.file:
            made[-1] = Spot(last.file, 0, 0, last.rows + 1)
        else:
            made.append(spot)
    return made


def _row_starts(path: Path, name: str, *, quoted: bool) -> Iterator[tuple[int, int]]:
    """Bytes at which each row begins and ends; empty lines are no rows, and the header of a CSV file is none."""
    with path.open("rb") as file:
        at, quotes, start, header = 0, 0, 0, quoted
        while line := file.readline(LONGEST + 1):
            if len(line) > LONGEST:
                raise BadFile(f"{name}: the line at byte {at:,} is longer than {LONGEST // 1_000_000} MB")
            start = at if not quotes % 2 else start
            at += len(line)
            quotes = quotes % 2 + line.count(b'"') if quoted else 0
            if quotes % 2:
                if at - start > LONGEST:
                    raise BadFile(
                        f"{name}: the row at byte {start:,} is longer than {LONGEST // 1_000_000} MB; a quote is open"
                    )
                continue
            if header:
                header = False
            elif line.strip() or at - start > len(line):
                yield start, at
        if quotes % 2:
            raise BadFile(f"{name}: the quote opened in the row at byte {start:,} is never closed")


def lines(path: Path, name: str, spot: Spot) -> Iterator[dict[str, Any]]:
    """Records of a JSONL file from a block on. Errors: BadFile naming the row."""
    with path.open("rb") as file:
        file.seek(spot.byte)
        number = spot.before
        while line := file.readline():
            if not line.strip():
                continue
            number += 1
            try:
                made = json.loads(line.decode("utf-8-sig"))
            except UnicodeDecodeError as error:
                raise BadFile(f"{name} row {number}: not UTF-8; save the file as UTF-8") from error
            except (ValueError, RecursionError) as error:
                raise BadFile(f"{name} row {number}: not JSON ({str(error).splitlines()[0]})") from error
            if not isinstance(made, dict):
                raise BadFile(f"{name} row {number}: a record is needed, not {type(made).__name__}")
            yield made


def cells(path: Path, name: str, spot: Spot) -> Iterator[dict[str, Any]]:
    """Rows of a CSV file from a block on, as texts by header. Errors: BadFile naming the row."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            headers = next(csv.reader(file))
        with path.open("rb") as raw:
            raw.seek(spot.byte)
            csv.field_size_limit(LONGEST)
            table = csv.reader(line.decode("utf-8") for line in raw)
            for number, found in enumerate((row for row in table if row), start=spot.before + 1):
                if len(found) != len(headers):
                    raise BadFile(f"{name} row {number}: {len(found)} cells under {len(headers)} headers")
                yield dict(zip(headers, found, strict=True))
    except UnicodeDecodeError as error:
        raise BadFile(f"{name}: not UTF-8 after row {spot.before}; save the file as UTF-8") from error
    except csv.Error as error:
        raise BadFile(f"{name}: cannot be read as CSV after row {spot.before} ({error})") from error


def _scanned(path: Path, name: str) -> pl.LazyFrame:
    try:
        table = pl.scan_parquet(path)
        table.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise BadFile(f"{name}: cannot be read as Parquet ({str(error).splitlines()[0]})") from error
    return table


def parquet(path: Path, name: str, spot: Spot) -> Iterator[dict[str, Any]]:
    """Rows of a block of a Parquet file. Errors: BadFile."""
    yield from _scanned(path, name).slice(spot.byte, spot.rows).collect().iter_rows(named=True)
