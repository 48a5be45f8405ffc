"""Columns of a user's own benchmark: how they may be spelled, and which of them hold the options."""

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from tawazun.data.rows import Row
from tawazun.errors import BadFile

STEMS = ("question", "stem", "prompt")
DIMENSIONS = ("topic", "category", "subcategory", "country", "dialect", "level")
KNOWN = frozenset(
    (*STEMS, *DIMENSIONS, "answer", "options", "choices", "id", "split", "language", "author", "source", "licence",
     "license", "kind")
)  # fmt: skip
# what a mistyped name would silently take away
NEEDED = ("question", "answer", "options", "choices", "language", "split", "kind")
OPTION = re.compile(r"(?:(option|choice|opt)s?[ _-]?)?([^\W\d_]|\d{1,2})", re.I)
OPTION_LIKE = re.compile(
    r"(option|choice|opt|answer|ans|alternative|alt|distractor|response|ending)s?[ _-]?([^\W\d_]|\d{1,2})", re.I
)
CLOSE = 0.8


def tidy(rows: Sequence[Row]) -> list[Row]:
    """Rows whose columns are spelled as they are known: no spaces at the ends, known names in lower case.

    Errors   BadFile for a column that stands twice, and for one that looks like a known name that is missing
    """
    made = [row.holding(_spelled(row)) for row in rows]
    present = {column for row in made for column in row.fields}
    for column in sorted(present - KNOWN):
        if OPTION.fullmatch(column) or OPTION_LIKE.fullmatch(column):
            continue
        for name in NEEDED:
            if name not in present and _mistyped(column.casefold(), name) and not _replaced(name, present):
                raise BadFile(f"{rows[0].file}: unknown column {column!r}; did you mean {name!r}?")
    return made


def option_columns(row: Row, series: Sequence[Sequence[str]]) -> tuple[list[str], tuple[str, ...]]:
    """Columns that hold the options of a row, in order, and the label that each one's name is.

    series   labels of several scripts, in order
    Errors   BadFile where one is left out, where two sets of columns may be meant, or where none can be read
    """
    groups: dict[object, dict[int, str]] = {}
    for column in row.fields:
        for key, at in _places(column, series):
            groups.setdefault(key, {})[at] = column
    whole = [group for group in groups.values() if len(group) > 1 or 0 in group]
    distinct: list[dict[int, str]] = []
    for group in sorted(whole, key=lambda one: (-len(one), max(one))):
        if not any(set(group.values()) <= set(other.values()) for other in distinct):
            distinct.append(group)
    if not distinct:
        _refuse_unread(row)
        return [], ()
    if len(distinct) > 1:
        first, second = (next(iter(one.values())) for one in distinct[:2])
        raise row.fault(second, f"options stand in two sets of columns, {first} and others, {second} and others")
    found = distinct[0]
    last = found[max(found)]
    for at in range(max(found)):
        if at not in found:
            name = _missing(last, at, series)
            raise row.fault(name, f"the file has {last} and no {name}, so a letter would be another's")
    columns = [found[at] for at in range(len(found))]
    return columns, tuple(_mark(column) for column in columns)


def _spelled(row: Row) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for column, value in row.fields.items():
        name = column.strip()
        if name.casefold() in KNOWN:
            name = name.casefold()
        if name in fields:
            raise row.fault(name, "the column stands twice")
        fields[name] = value
    return fields


def _mistyped(column: str, name: str) -> bool:
    near = abs(len(column) - len(name)) <= 1 and column[:1] == name[:1]
    return near and SequenceMatcher(None, column, name).ratio() >= CLOSE


def _replaced(name: str, present: set[str]) -> bool:
    """Whether another column does what a missing one would."""
    for group in (STEMS, ("options", "choices")):
        if name in group:
            return bool(present & set(group))
    return False


def _places(column: str, series: Sequence[Sequence[str]]) -> list[tuple[object, int]]:
    """The sets of columns that a name may belong to, and its position in each."""
    match = OPTION.fullmatch(column)
    if match is None:
        return []
    start, mark = column[: match.start(2)].casefold(), match[2]
    if mark.isdecimal():
        return [((start, "digits"), int(mark) - 1)] if match[1] and int(mark) >= 1 else []
    case = mark.isupper() if not start else None
    upper = mark.upper()
    return [((start, case, number), one.index(upper)) for number, one in enumerate(series) if upper in one]


def _mark(column: str) -> str:
    match = OPTION.fullmatch(column)
    return match[2].upper() if match else column


def _missing(last: str, at: int, series: Sequence[Sequence[str]]) -> str:
    match = OPTION.fullmatch(last)
    mark = match[2] if match else last
    if mark.isdecimal():
        return f"{last.removesuffix(mark)}{at + 1}"
    own = next(one for one in series if mark.upper() in one)
    return f"{last.removesuffix(mark)}{own[at] if mark.isupper() else own[at].lower()}"


def _refuse_unread(row: Row) -> None:
    """Errors: BadFile for columns that look like options and are not spelled as options are."""
    if any(row.fields.get(column) not in (None, "") for column in ("options", "choices")):
        return
    found = [column for column in row.fields if OPTION_LIKE.fullmatch(column)]
    if len(found) > 1:
        raise row.fault(
            found[0], "it looks like one of several options; call these columns A, B … or option_1, option_2 …"
        )


def said(fields: Mapping[str, Any], column: str) -> bool:
    """Whether a row has anything in a column."""
    return fields.get(column) not in (None, "", [], {})
