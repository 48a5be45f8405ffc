"""Rows with tags: the country, topic, language variety and origin of each row of a data set, as its makers say.

A country is resolved by code (`EGY`), by name in the languages we have, or by the word for its people ("Egyptian"). A
word for a whole region ("Arab", "Middle East") is kept apart: it names no country. What cannot be read is counted and
listed, never dropped and never guessed.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tawazun.data.rows import Row, read_rows
from tawazun.errors import BadFile
from tawazun.places import find_place, places
from tawazun.places.registry import folded
from tawazun.populations.codes import survey_place

DIMENSIONS = ("country", "topic", "variety", "origin")
ORIGINS = {
    "native": "native", "original": "native", "human": "native", "localised": "native", "localized": "native",
    "translated": "translated", "translation": "translated", "machine-translated": "translated", "mt": "translated",
    "human-translated": "translated",
    "generated": "generated", "synthetic": "generated", "machine-generated": "generated",
}  # fmt: skip
REGIONS = frozenset("""
    arab|arabs|arabic|arab world|arab countries|arab culture|arabian|mena|middle east|middle eastern|north africa|gulf
    northern africa|gcc|levant|maghreb|africa|african|asia|asian|europe|european|south asia|east asia|latin america
    western|west|islamic|muslim world|global|international|multi|multiple|العالم العربي|عربي|الخليج|الشرق الأوسط
    """.strip().replace("\n    ", "|").split("|"))  # fmt: skip
BRACKETS = re.compile(r"\(([^()]{1,80})\)")
CODE = re.compile(r"[A-Z]{2,3}")
# ISO 639-3 codes of varieties that are one country's
VARIETIES = {
    "arz": "EGY",
    "ary": "MAR",
    "arq": "DZA",
    "aeb": "TUN",
    "ayl": "LBY",
    "apd": "SDN",
    "acm": "IRQ",
    "mey": "MRT",
}
NOTHING = frozenset(("", "none", "null", "nan", "n/a", "na", "unknown", "-", "prefer not to say", "not stated"))
SEVERAL = ";"  # between several values of one cell


@dataclass(frozen=True, slots=True)
class Tagged:
    """Tags of every row of a data set.

    rows      one mapping per row: dimension -> values (several where a row has several); an empty tuple = no tag
    weights   how many rows of the data each stands for: 1, or the column `count`
    unread    dimension -> values that could not be read, with how many rows have them
    """

    rows: tuple[Mapping[str, tuple[str, ...]], ...]
    weights: tuple[int, ...]
    unread: Mapping[str, Mapping[str, int]]

    @property
    def total(self) -> int:
        """All rows, with and without tags."""
        return sum(self.weights)


def read_tags(path: Path, columns: Mapping[str, str] | None = None) -> Tagged:
    """Tags from a table of rows (JSONL, JSON, CSV, TSV, Parquet).

    columns   ours -> theirs (`{"country": "location.birth_country"}`); a dot goes into a nested record
    Errors    BadFile when the file cannot be read, a named column is missing, or no dimension is there
    """
    wanted = dict(columns or {})
    if unknown := sorted(wanted.keys() - {*DIMENSIONS, "count"}):
        raise BadFile(f"{path}: {unknown[0]!r} is no dimension; there are {', '.join(DIMENSIONS)} and count")
    read = read_rows(path)
    for ours, theirs in wanted.items():
        if not any(field(row, theirs) is not None for row in read):
            raise BadFile(f"{path}: column {theirs!r} (for {ours}) is missing or empty in every row")
    there = [one for one in DIMENSIONS if one in wanted or any(one in row.fields for row in read)]
    if not there:
        raise BadFile(f"{path}: no column of {', '.join(DIMENSIONS)}; name them with --column country=THEIRS")
    records = [{one: field(row, wanted.get(one, one)) for one in there} for row in read]
    return tagged(records, [weight(row, wanted.get("count", "count")) for row in read])


def tagged(records: Sequence[Mapping[str, Any]], weights: Sequence[int] | None = None) -> Tagged:
    """Tags from records in memory: dimension -> a text, several texts, or nothing."""
    unread: dict[str, Counter[str]] = {one: Counter() for one in DIMENSIONS}
    counted = tuple(weights) if weights is not None else (1,) * len(records)
    rows = []
    for record, count in zip(records, counted, strict=True):
        row = {}
        for dimension in DIMENSIONS:
            values = []
            for text in texts(record.get(dimension)):
                value = _value(dimension, text)
                if value:
                    values.append(value)
                else:
                    unread[dimension][text] += count
            row[dimension] = tuple(dict.fromkeys(values))
        rows.append(row)
    return Tagged(tuple(rows), counted, {one: dict(counts.most_common()) for one, counts in unread.items() if counts})


def field(row: Row, name: str) -> Any:
    """A column of a row, by name, else by its path into nested records (`location.birth_country`)."""
    if name in row.fields:
        return row.fields[name]
    value: Any = row.fields
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def weight(row: Row, name: str) -> int:
    """How many rows a row stands for. Errors: BadFile when it is no count."""
    value = field(row, name)
    if value is None or value == "":
        return 1
    text = str(value).strip()
    if not text.isdecimal():
        raise row.fault(name, f"a count is needed, not {text[:40]!r}")
    return int(text)


def texts(value: Any) -> list[str]:
    """The texts of a cell; a cell that says it holds nothing has none."""
    several = value if isinstance(value, list | tuple) else str(value).split(SEVERAL) if value is not None else []
    return [text for one in several if (text := str(one).strip()).casefold() not in NOTHING]


def _value(dimension: str, text: str) -> str:
    if dimension == "country":
        # `Native (Arab)`, `Egypt (urban)`: the whole, then what stands in brackets, then what is left without them
        parts = (text, *BRACKETS.findall(text), BRACKETS.sub("", text).strip())
        found = (place_code(part) or (f"region:{folded(part)}" if _is_region(part) else "") for part in parts)
        return next(filter(None, found), "")
    if dimension == "origin":
        return ORIGINS.get(text.casefold().replace("_", "-"), "")
    return text


def place_code(text: str) -> str:
    """The code of a country or a part of one by code, name or word for its people; empty when there is none.

    >>> [place_code(text) for text in ("EGY", "EG", "Egypt", "مصر", "Egyptian", "Arab world", "x")]
    ['EGY', 'EGY', 'EGY', 'EGY', 'EGY', '', '']
    """
    code = (survey_place(text) if CODE.fullmatch(text) else None) or text
    found = places().get(code) or find_place(text) or places().get(_spoken().get(folded(text), ""))
    return found.code if found and found.kind != "aggregate" else ""


def home(variety: str) -> str:
    """The country that a variety is of: `ar-EG`, `arz`, `Egyptian Arabic` -> `EGY`; empty where it names none."""
    language, _, region = variety.partition("-")
    if region:
        return place_code(region.rpartition("-")[2].upper())
    return VARIETIES.get(language) or place_code(language.split()[0].capitalize() if language.strip() else "")


def _is_region(text: str) -> bool:
    found = find_place(text)
    return folded(text) in REGIONS or (found is not None and found.kind == "aggregate")


@cache
def _spoken() -> dict[str, str]:
    """Names in other languages and words for people -> code; what means two places means none."""
    found: dict[str, str] = {}
    twice = set()
    for code, one in places().items():
        for name in one.names.values():
            for word in filter(None, (folded(name.name), folded(name.people))):
                if found.setdefault(word, code) != code:
                    twice.add(word)
    return {word: code for word, code in found.items() if word not in twice}
