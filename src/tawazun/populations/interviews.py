"""One row per interview: the microdata of a value survey, read column by column, kept as numbers.

A CSV is read in blocks and only the columns that are asked for are kept, so memory follows the number of interviews
and not the size of the file.
Negative codes (of a scale that goes below 0: codes below it) are missing answers. Any other code off the scale, a text,
or an interview that stands twice is an error that names file, column and row.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from tawazun.errors import BadAnswers, BadFile
from tawazun.populations.codes import survey_place

ROW = "#row"
BLOCK = 8 << 20
TRIES = 50
Kind = Literal["option", "pair", "mentions", "value"]


@dataclass(frozen=True, slots=True)
class Asked:
    """Where an item's answers stand.

    kind       option: one code; pair: first and second choice; mentions: one column per option; value: a ready number
    columns    headers in canonical order, without regard to case
    low, high  codes of the scale, whole numbers in between; negative ones below low are no answer
    apart      codes above the scale that mean "does not apply", counted like no answer
    parts      for a value: columns to add (+1) or take off (-1) where the ready number is missing, 1 when mentioned
    """

    item: str
    kind: Kind
    columns: tuple[str, ...]
    low: int
    high: int
    apart: tuple[int, ...] = ()
    parts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a survey's file; of several spellings the first that the file has is taken.

    name      of the population source, for messages; folder: where its table lies in the data folder
    get       how a user comes by the file
    keep      (column, least, most): a filter on a wave or year, the first whose column is there
    by_year   years of a place are surveys of their own, to be averaged as equals; else all its interviews are one
    asked     per item, alternatives in order of preference
    """

    name: str
    folder: str
    get: str
    place: tuple[str, ...]
    weight: tuple[str, ...]
    year: tuple[str, ...]
    person: tuple[str, ...]
    keep: tuple[tuple[str, int, int], ...]
    by_year: bool
    asked: tuple[tuple[Asked, ...], ...]


@dataclass(frozen=True)
class Interviews:
    """Interviews with a usable weight, as numbers.

    groups    (place, year) of each group; the year is 0 where a place is one group
    years     place -> years of its interviews, as far as the file says
    group     (N,) group of each interview; weight: (N,) above 0
    asked     items that the file has, in the layout's order
    values    item -> (N,) option from 0 (option, pair) or ready number, NaN without an answer; mentions: (N, K) of 0, 1
    notes     place -> what a reader must know; absent: place -> why none of its interviews can be used
    """

    file: str
    groups: tuple[tuple[str, int], ...]
    years: Mapping[str, tuple[int, ...]]
    group: np.ndarray
    weight: np.ndarray
    asked: Mapping[str, Asked]
    values: Mapping[str, np.ndarray]
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)

    @property
    def places(self) -> tuple[str, ...]:
        """Places with interviews, in order."""
        return tuple(sorted({place for place, _ in self.groups}))


def table_in(data: Path | None, layout: Layout) -> Path:
    """The one table of a survey in the data folder. Errors: BadFile saying what is needed and how to get it."""
    if data is None:
        raise BadFile(f"{layout.name} reads {layout.folder}/ from a data folder: give --data DIR or TAWAZUN_DATA")
    folder = data / layout.folder
    tables = [path for suffix in ("*.csv", "*.parquet") for path in sorted(folder.glob(suffix))]
    if not tables:
        raise BadFile(
            f"{layout.name} needs a CSV or Parquet table in {layout.folder}/, which is not in {data}: {layout.get}"
        )
    if len(tables) > 1:
        raise BadFile(
            f"{folder}: {', '.join(path.name for path in tables)}: keep the one table that {layout.name} reads"
        )
    return tables[0]


def read_interviews(path: Path, layout: Layout) -> Interviews:
    """The interviews of a file. Errors: BadFile and BadAnswers naming the column and row."""
    stat = path.stat()
    return _read(path, layout, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=2)
def _read(path: Path, layout: Layout, changed: int, size: int) -> Interviews:
    headers = _headers(path)
    columns = _Columns(path, headers, layout)
    frame = _collected(path, columns)
    if frame.is_empty():
        raise BadFile(
            f"{path}: no interview is left of {columns.kept or 'the file'}; is this the file of {layout.name}?"
        )
    frame = frame.with_columns(_places(path, frame, columns.place))
    weight = frame[columns.weight].to_numpy()
    usable = np.isfinite(weight) & (weight > 0)
    notes, absent = _unweighted(frame["#place"], usable)
    _no_interview_twice(path, frame, columns)
    frame = frame.filter(pl.Series(usable))
    if frame.is_empty():
        raise BadAnswers(f"{path}: column {columns.weight} has no weight above 0")
    year = frame[columns.year].fill_null(0) if columns.year else pl.zeros(frame.height, eager=True)
    labelled = frame.select("#place", year.cast(pl.Int64).alias("#year"))
    seen = labelled.unique().sort("#place", "#year").rows()
    if not layout.by_year:
        labelled = labelled.with_columns(pl.lit(0, pl.Int64).alias("#year"))
    groups = labelled.unique().sort("#place", "#year")
    index = labelled.join(groups.with_row_index("#group"), on=["#place", "#year"], how="left", maintain_order="left")
    return Interviews(
        file=path.name,
        groups=tuple(groups.rows()),
        years={place: tuple(y for own, y in seen if own == place and y) for place, _ in seen},
        group=index["#group"].to_numpy().astype(np.int64),
        weight=frame[columns.weight].to_numpy(),
        asked=columns.asked,
        values={item: _answers(path, frame, one, columns.header) for item, one in columns.asked.items()},
        notes=notes,
        absent=absent,
    )


def _headers(path: Path) -> list[str]:
    try:
        if path.suffix == ".parquet":
            return pl.scan_parquet(path).collect_schema().names()
        with path.open("rb") as file:
            first = file.readline(1 << 20)
        return _parsed(first, _separator(first), None, {}).columns
    except (pl.exceptions.PolarsError, OSError) as error:
        raise BadFile(f"{path}: cannot be read as {path.suffix[1:]}: {str(error).splitlines()[0]}") from error


def _separator(first: bytes) -> str:
    return max((",", ";", "\t"), key=lambda mark: first.count(mark.encode()))


def _parsed(
    text: bytes, separator: str, columns: Sequence[str] | None, types: Mapping[str, type[pl.DataType]]
) -> pl.DataFrame:
    return pl.read_csv(
        text,
        separator=separator,
        columns=list(columns) if columns is not None else None,
        infer_schema=False,
        schema_overrides=dict(types),
        null_values=["", " ", "NA"],
        encoding="utf8-lossy",
    )


def _blocks(path: Path) -> Iterator[bytes]:
    """The rows of a CSV in blocks of a few megabytes, each under the header line, cut between rows."""
    with path.open("rb") as file:
        header, rest = file.readline(1 << 20), b""
        while chunk := file.read(BLOCK):
            rest += chunk
            cut = _between_rows(rest)
            if cut:
                yield header + rest[:cut]
                rest = rest[cut:]
        if rest.strip():
            yield header + rest


def _between_rows(block: bytes) -> int:
    """Where the last whole row ends: not inside a quoted text that holds line breaks."""
    last = cut = block.rfind(b"\n") + 1
    for _ in range(TRIES):
        if not cut or block.count(b'"', 0, cut) % 2 == 0:
            return cut
        cut = block.rfind(b"\n", 0, cut - 1) + 1
    return last


class _Columns:
    """The headers of a file that a layout needs, each under the file's own spelling."""

    def __init__(self, path: Path, headers: Sequence[str], layout: Layout) -> None:
        self._own = {name.strip().lstrip("\ufeff").casefold(): name for name in headers}
        self.place = self._need(path, layout.place, "country")
        self.weight = self._need(path, layout.weight, "weight")
        self.year = self._first(layout.year)
        self.person = self._first(layout.person)
        self.filter: tuple[str, int, int] | None = next(
            ((name, least, most) for column, least, most in layout.keep if (name := self._first((column,)))), None
        )
        self.kept = f"{self.filter[0]} {self.filter[1]}-{self.filter[2]}" if self.filter else ""
        self.asked: dict[str, Asked] = {}
        for alternatives in layout.asked:
            found = next((one for one in alternatives if self._has(one)), None)
            if found is not None:
                self.asked[found.item] = found
        if not self.asked:
            wanted = ", ".join(alternatives[0].columns[0] for alternatives in layout.asked)
            raise BadFile(f"{path}: none of the items {wanted} is there; is this the file of {layout.name}?")

    def _has(self, one: Asked) -> bool:
        whole = all(column.casefold() in self._own for column in one.columns)
        return whole or (bool(one.parts) and all(column.casefold() in self._own for column, _ in one.parts))

    def _first(self, names: Sequence[str]) -> str:
        return next((self._own[name.casefold()] for name in names if name.casefold() in self._own), "")

    def _need(self, path: Path, names: Sequence[str], what: str) -> str:
        found = self._first(names)
        if not found:
            raise BadFile(f"{path}: no {what} column: one of {', '.join(names)} is needed")
        return found

    def header(self, name: str) -> str:
        """The file's spelling of a column, or empty."""
        return self._own.get(name.casefold(), "")

    def wanted(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """The rows of the waves or years that are kept."""
        if self.filter is None:
            return frame
        name, least, most = self.filter
        return frame.filter(pl.col(name).is_between(least, most))

    @property
    def numbers(self) -> list[str]:
        """Every column that holds numbers."""
        items = [*(c for one in self.asked.values() for c in one.columns)]
        items += [c for one in self.asked.values() for c, _ in one.parts]
        names = [self.weight, self.year, *(self.header(c) for c in items), self.filter[0] if self.filter else ""]
        return list(dict.fromkeys(name for name in names if name))


def _collected(path: Path, columns: _Columns) -> pl.DataFrame:
    numbers = columns.numbers
    texts = [name for name in dict.fromkeys((columns.place, columns.person)) if name and name not in numbers]
    try:
        if path.suffix == ".parquet":
            scan = pl.scan_parquet(path).with_row_index(ROW, 1).select(ROW, *numbers, *texts)
            typed = scan.with_columns(pl.col(numbers).cast(pl.Float64), pl.col(texts).cast(pl.String))
            return columns.wanted(typed).collect()
        with path.open("rb") as file:
            separator = _separator(file.readline(1 << 20))
        types: dict[str, type[pl.DataType]] = dict.fromkeys(numbers, pl.Float64)
        row, parts = 2, []
        for block in _blocks(path):
            part = _parsed(block, separator, [*numbers, *texts], types).with_row_index(ROW, row)
            row += part.height
            parts.append(columns.wanted(part.lazy()).collect())
        return pl.concat(parts) if parts else pl.DataFrame()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise BadFile(_unreadable(path, str(error))) from error


def _unreadable(path: Path, said: str) -> str:
    found = re.search(r"could not parse `(.*?)` as dtype `f64` at column '(.*?)'", said)
    if found:
        return (
            f"{path}: column {found[2]} holds {found[1]!r}; codes are numbers: export the file with codes, not labels"
        )
    return f"{path}: cannot be read as {path.suffix[1:]}: {said.splitlines()[0]}"


def _places(path: Path, frame: pl.DataFrame, column: str) -> pl.Series:
    firsts = frame.group_by(column, maintain_order=True).agg(pl.col(ROW).first()).rows()
    codes = {}
    for code, row in firsts:
        found = None if code is None else survey_place(code)
        if found is None:
            raise BadAnswers(f"{path.name} row {row}, column {column}: no country has the ISO 3166-1 code {code!r}")
        codes[code] = found
    return frame[column].replace_strict(codes, return_dtype=pl.String).alias("#place")


def _unweighted(place: pl.Series, usable: np.ndarray) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Places where interviews without a usable weight were left out, and those where that is all of them."""
    counts = pl.DataFrame({"place": place, "usable": usable}).group_by("place").agg(
        (~pl.col("usable")).sum().alias("lost"), pl.len().alias("all")
    )  # fmt: skip
    notes: dict[str, tuple[str, ...]] = {}
    absent: dict[str, str] = {}
    for code, lost, everyone in counts.sort("place").rows():
        if lost == everyone:
            absent[code] = f"none of its {everyone} interviews has a weight above 0"
        elif lost:
            notes[code] = (f"{lost} of {everyone} interviews without a weight above 0 left out",)
    return notes, absent


def _no_interview_twice(path: Path, frame: pl.DataFrame, columns: _Columns) -> None:
    if not columns.person:
        return
    keys = ["#place", *([columns.year] if columns.year else []), columns.person]
    twice = frame.filter(pl.col(columns.person).is_not_null() & pl.struct(keys).is_duplicated())
    if twice.height:
        first = twice.row(0, named=True)
        rows = twice.filter(pl.col(columns.person) == first[columns.person])[ROW].to_list()[:2]
        raise BadAnswers(
            f"{path.name} rows {rows[0]} and {rows[-1]}: interview {columns.person} = {first[columns.person]} of "
            f"{first['#place']} stands twice ({twice.height} rows in all are repeated); keep one of each"
        )


def _answers(path: Path, frame: pl.DataFrame, one: Asked, header: Callable[[str], str]) -> np.ndarray:
    def read(column: str, low: int, high: int) -> np.ndarray:
        return _codes(path, frame, header(column), (low, high), one.apart)

    if one.kind == "option":
        return read(one.columns[0], one.low, one.high) - one.low
    if one.kind == "pair":
        first, second = (read(column, one.low, one.high) - one.low for column in one.columns)
        cell = first * (one.high - one.low) + second - (second > first)
        return np.where(first == second, np.nan, cell)
    if one.kind == "mentions":
        table = np.stack([(read(column, 0, 2) == 1) + 0 * read(column, 0, 2) for column in one.columns], axis=-1)
        return np.where(np.isnan(table).any(axis=-1, keepdims=True), np.nan, table)
    ready = read(one.columns[0], one.low, one.high) if header(one.columns[0]) else np.full(frame.height, np.nan)
    if one.parts and all(header(column) for column, _ in one.parts):
        marks = [sign * np.where(np.isnan(read(c, 0, 2)), np.nan, read(c, 0, 2) == 1) for c, sign in one.parts]
        ready = np.where(np.isnan(ready), np.sum(marks, axis=0), ready)
    return ready


def _codes(path: Path, frame: pl.DataFrame, column: str, scale: tuple[int, int], apart: Sequence[int]) -> np.ndarray:
    """One column's codes, NaN below the scale or where the question does not apply."""
    codes = frame[column].to_numpy().astype(float)
    low, high = scale
    missing = np.isnan(codes) | (codes < min(low, 0)) | np.isin(codes, apart)
    bad = ~missing & ((codes < low) | (codes > high) | (codes % 1 != 0))
    if bad.any():
        at = int(np.argmax(bad))
        raise BadAnswers(
            f"{path.name} row {frame[ROW][at]}, column {column}: {codes[at]:g} is not on the scale {low} to {high} "
            f"({int(bad.sum())} such codes); codes below {min(low, 0)} mean no answer"
        )
    return np.where(missing, np.nan, codes)
