"""A user's table read as text, with row numbers, so that every fault can be named by file and row.

CSV, TSV, JSONL, Parquet and XLSX come out alike: one column of text per header, null where a cell is empty, and the
column `ROW` with the row as an editor shows it: of a text file the line that it begins on, also after cells of several
lines and empty lines; the header of a CSV or a sheet is row 1. Several files that belong together are one table with
the column `FILE`, the name of each row's file without its suffix.
"""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
from fastexcel import FastExcelError

from tawazun.data.rows import other_separator
from tawazun.errors import BadAnswers, BadFile

ROW = "#row"
FILE = "#file"
SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet", ".xlsx")


def data_file(data: Path | None, relative: str, name: str) -> Path:
    """A source's file in the data folder. Errors: BadFile saying what is needed and how to give it."""
    if data is None:
        raise BadFile(f"{name} reads {relative} from a data folder: give --data DIR or TAWAZUN_DATA")
    path = data / relative
    if not path.is_file():
        raise BadFile(f"{name} needs {relative}, which is not in {data}")
    return path


def read_table(path: Path) -> pl.DataFrame:
    """The table as text with `ROW`. Errors: BadFile when missing, empty, not UTF-8, of another format or ragged."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise BadFile(f"{path}: a table is one of {', '.join(SUFFIXES)}, not {suffix or 'a file without suffix'!r}")
    if not path.is_file():
        raise BadFile(f"{path}: there is no such file")
    if path.stat().st_size == 0:
        raise BadFile(f"{path}: the file is empty")
    try:
        table, lines = _read(path, suffix)
        texts = table.with_columns(pl.all().cast(pl.String).str.strip_chars().replace("", None))
    except (pl.exceptions.PolarsError, FastExcelError) as error:
        raise BadFile(f"{path}: cannot be read as {suffix[1:]}: {str(error).splitlines()[0]}") from error
    if taken := {ROW, FILE} & set(texts.columns):
        raise BadFile(f"{path}: the header {sorted(taken)[0]!r} is kept for our own use; rename it")
    if texts.is_empty() or not texts.columns:
        raise BadFile(f"{path}: there are no rows under the header")
    if len(lines) == texts.height:
        return texts.select(pl.Series(ROW, lines, dtype=pl.UInt32), pl.all())
    return texts.with_row_index(ROW, 1 if suffix in (".jsonl", ".parquet") else 2)


def read_tables(folder: Path, pattern: str) -> tuple[pl.DataFrame, tuple[Path, ...]]:
    """The rows of every file that a name or pattern (`gpt4_*.xlsx`) stands for, with `ROW` and `FILE`, and the files.

    Errors   BadFile when no file fits the pattern, and as `read_table`.
    """
    if not any(mark in pattern for mark in "*?["):
        paths: tuple[Path, ...] = (folder / pattern,)
    else:
        start = Path(pattern).anchor
        paths = tuple(sorted((Path(start) if start else folder).glob(pattern.removeprefix(start))))
        if not paths:
            raise BadFile(f"{folder / pattern}: no file fits this pattern")
    tables = [read_table(path).with_columns(pl.lit(path.stem).alias(FILE)) for path in paths]
    return pl.concat(tables, how="diagonal"), paths


def _read(path: Path, suffix: str) -> tuple[pl.DataFrame, list[int]]:
    """A table and the line that each of its rows begins on; no lines where the file has none."""
    if suffix == ".parquet":
        return pl.read_parquet(path), []
    if suffix == ".xlsx":
        return pl.read_excel(path, engine="calamine", infer_schema_length=0), []
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadFile(f"{path}: cannot be read ({error.strerror})") from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadFile(f"{path} row {line}: not UTF-8 (byte {error.start}); save the file as UTF-8") from error
    if not text.strip():
        raise BadFile(f"{path}: the file is empty")
    if suffix == ".jsonl":
        filled = [number for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
        return pl.read_ndjson(text.encode(), infer_schema_length=None), filled
    separator = "\t" if suffix == ".tsv" else ","
    headers = next(csv.reader(io.StringIO(text), delimiter=separator))
    if why := other_separator(headers, suffix):
        raise BadFile(f"{path}: {why}")
    if twice := sorted({name for name in headers if name and headers.count(name) > 1}):
        raise BadFile(f"{path}: the header {twice[0]!r} stands twice; rename or remove one")
    lines = _refuse_ragged(path, text, separator, headers)
    return pl.read_csv(text.encode(), separator=separator, infer_schema=False), lines


def _refuse_ragged(path: Path, text: str, separator: str, headers: Sequence[str]) -> list[int]:
    """The line that each row begins on, the header left out.

    Errors   BadFile for a row with more or fewer cells than headers: a cell that is missing shifts those after it and
             is not empty
    """
    rows = csv.reader(io.StringIO(text), delimiter=separator)
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    lines, line = [], 1
    for cells in rows:
        lines.append(line)
        line = rows.line_num + 1
        if cells and len(cells) != len(headers):
            kind = path.suffix[1:].lower()
            mark = "tabs" if separator == "\t" else "commas"
            raise BadFile(
                f"{path} line {rows.line_num}: cannot be read as {kind}: {len(cells)} cells under {len(headers)} "
                f"headers; put texts with {mark} between double quotes and keep the {mark} of empty cells"
            )
    return lines[1:]


def chosen_rows(table: pl.DataFrame, where: Mapping[str, object], path: str) -> pl.DataFrame:
    """The rows that have the wanted values (`{"wave": [6, 7]}`). Errors: BadFile for an unknown column or no row."""
    for column, wanted in where.items():
        if column not in table.columns:
            raise BadFile(f"{path}: where names the column {column!r}; the file has {_headers(table)}")
        allowed = [code_text(value) for value in (wanted if isinstance(wanted, list | tuple) else (wanted,))]
        table = table.filter(code_column(column).is_in(allowed))
    if table.is_empty():
        raise BadFile(f"{path}: no row is left by where = {dict(where)}")
    return table


def our_columns(
    table: pl.DataFrame, names: Sequence[str], columns: Mapping[str, str], fill: Mapping[str, object], path: str
) -> pl.DataFrame:
    """`ROW`, `FILE` and those of `names` that the file has, under our names, with constants filled in.

    A column may be `#row` or `#file`, where the place of a row says what it is about.

    Errors   BadFile for a column that the file lacks, or one that is both in the file and filled in.
    """
    picked = [pl.col(name) for name in (ROW, FILE) if name in table.columns]
    for ours in names:
        theirs = columns.get(ours, ours)
        if ours in columns and theirs not in table.columns:
            raise BadFile(f"{path}: columns says {ours} = {theirs!r}; the file has {_headers(table)}")
        if ours in fill and theirs in table.columns:
            raise BadFile(f"{path}: {ours} is both the column {theirs!r} and filled in; keep one")
        if ours in fill:
            picked.append(pl.lit(code_text(fill[ours])).alias(ours))
        elif theirs in table.columns:
            picked.append(pl.col(theirs).cast(pl.String).alias(ours))
    return table.select(picked)


def translated(table: pl.DataFrame, values: Mapping[str, Mapping[str, str]]) -> pl.DataFrame:
    """The table with `values` (our column -> {theirs -> ours}) applied.

    What is not listed stays, or becomes what `"*"` says.
    """
    made = []
    for column, pairs in values.items():
        if column not in table.columns:
            continue
        known = {code_text(theirs): code_text(ours) for theirs, ours in pairs.items() if theirs != "*"}
        text = code_column(column)
        rest = pl.lit(code_text(pairs["*"])) if "*" in pairs else text
        made.append(text.replace_strict(known, default=rest, return_dtype=pl.String).alias(column))
    return table.with_columns(made)


def code_text(value: object) -> str:
    """How a code is spelled as text: `1`, `1.0` and `"1"` are the same code."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).strip()
    whole, dot, rest = text.partition(".")
    return whole if dot and whole.lstrip("-").isdigit() and not rest.strip("0") else text


def code_column(column: str) -> pl.Expr:
    """`code_text` of a whole text column."""
    return pl.col(column).str.replace(r"^(-?\d+)\.0*$", "$1")


def number(text: str | None, what: str, where: str) -> float:
    """A finite number. Errors: BadAnswers naming `where` and `what`."""
    try:
        value = float(text) if text is not None else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadAnswers(f"{where}: {what} is a number, not {'empty' if text is None else repr(text)}")
    return value


def _headers(table: pl.DataFrame) -> str:
    headers = [name for name in table.columns if name not in (ROW, FILE)]
    return ", ".join(headers[:20]) + (f", … ({len(headers)} in all)" if len(headers) > 20 else "")
