"""MENAValues: 864 items of two surveys, WVS-7 (291) and the Arab Opinion Index 2022 (573), read from the user's copy.

No text of the sheet ships with the package: ids, scales and wordings are read from it and live in memory only. An item
of WVS-7 keeps its own id (`Q1`, `MENA_06`), one of the Arab Opinion Index is `aoi-292`, its number in the sheet; either
answers to `item-292`. The two surveys stay apart by the tags `wvs-7` and `aoi-2022`.

Options are the integers from Min to MAX, except where an item of the Arab Opinion Index lists fewer: then the listed
codes and those that people gave. Codes outside the scale (0 = "not applicable") are no options. The sheet's own flag
`Scale` stays as the tag `scale-y` or `scale-n`; `ordinal` follows it, except where the options plainly have no order:
`s` on Q3 is a misprint of `y`; an option that rejects both statements, a code without a label, and the items of NOMINAL
make an item nominal.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path

import polars as pl
from fastexcel import FastExcelError

from tawazun.errors import BadFile
from tawazun.instruments.records import Instrument, Question, Wording
from tawazun.source import Source

FILE = "mena_values/menavalues_benchmark.xlsx"
ROWS = ("Source", "Sub Question", "Min", "MAX", "Scale", "Category", "Full Question")
SURVEYS = {"WVS 7": "wvs-7", "The 2022 Arab Opinion Index": "aoi-2022"}

NOMINAL = {
    "Q56": "better, worse, about the same: not in this order",
    "MENA_17": "three sectors to work in",
    "aoi-413": "three views of the state",
    "aoi-457": "three kinds of candidate",
    "aoi-462": "four relations to a party",
    "aoi-472": "once, several times, never: not in this order",
    "aoi-473": "once, several times, never: not in this order",
    "aoi-474": "once, several times, never: not in this order",
    "aoi-475": "once, several times, never: not in this order",
    "aoi-600": "the last option is not on the scale",
    "aoi-632": "nine conditions of democracy",
    "aoi-678": "a kind of person or no preference",
}

RIGHTS = re.compile(
    r"\b(wom[ae]n|wife|wives|husbands?|girls?|gender|minorit|homosexual|gay|lesbian|violen|tortur|beat|kill|terror"
    r"|death penalty|abortion|divorce|suicide|euthanasia|prostitut|sex\b|racis|discriminat|refugee|immigra|equal"
    r"|different (race|religion)|honou?r)",
    re.IGNORECASE,
)

SOURCE = Source(
    cite="MENAValues benchmark (2025), arXiv 2510.13154; World Values Survey wave 7; Arab Opinion Index 2022, Arab "
    "Center for Research and Policy Studies",
    where="https://github.com/llm-lab-org/MENA-Values-Benchmark-Evaluating-Cultural-Alignment-and-Multilingual-Bias-in-"
    "Large-Language-Models",
    version="6b47213",
    licence="MIT (benchmark); the surveys have terms of their own",
    terms="non-commercial research; cite the surveys; texts are not redistributed",
    redistribute="aggregates",
)

_LABEL = re.compile(r"(?<![\w.'])(\d{1,2})\s?(?:[:.)]|-(?=\s))\s*(?=\S)")
_EMPTY = re.compile(r"\(No (?:data|values <= \d+), \{\}\)")
_CELL = re.compile(r"\((?P<mean>[-\d.]+), \{(?P<shares>.*)\}\)")
_SHARE = re.compile(r"'(?P<code>\d+)(?:\.0)?': '(?P<percent>[\d.]+)%'")
_NOT_ON_A_SCALE = re.compile(r"disagree with both|not agree with either", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Item:
    """One column of the sheet.

    text     the question as the sheet has it; `stem` is its part before the list of options
    labels   option texts by code, as far as the sheet's question lists them
    shares   country as the sheet spells it -> code -> percent, as printed; empty where the sheet says "No data"
    """

    number: int
    id: str
    survey: str
    title: str
    low: int
    high: int
    flag: str
    category: str
    text: str
    stem: str
    labels: Mapping[int, str]
    shares: Mapping[str, Mapping[int, float]]

    @property
    def codes(self) -> tuple[int, ...]:
        """The options' codes in order."""
        scale = range(self.low, self.high + 1)
        ends_only = set(self.labels) <= {self.low, self.high} and len(scale) > 2
        if self.survey == "wvs-7" or ends_only:
            return tuple(scale)
        given = {code for shares in self.shares.values() for code in shares}
        return tuple(code for code in scale if code in self.labels or code in given)

    @property
    def ordinal(self) -> bool:
        """Whether the options are ordered: the sheet's flag, with the exceptions of the module's first lines."""
        listed = self.survey == "aoi-2022" and set(self.labels) - {self.low, self.high}
        unlabelled = listed and any(code not in self.labels for code in self.codes)
        rejecting = any(_NOT_ON_A_SCALE.search(text) for text in self.labels.values())
        return self.flag in ("y", "s") and not unlabelled and not rejecting and self.id not in NOMINAL


@dataclass(frozen=True, slots=True)
class Sheet:
    """The benchmark's sheet: items in its order, and its countries as it spells them."""

    items: tuple[Item, ...]
    countries: tuple[str, ...]


def read_sheet(path: Path) -> Sheet:
    """The sheet of a file. Errors: BadFile naming the row label, country or cell that cannot be read."""
    if not path.is_file():
        raise BadFile(f"menavalues needs {FILE}, which is not in {path.parent.parent}")
    stat = path.stat()
    return _read(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4)
def _read(path: Path, changed: int, size: int) -> Sheet:
    try:
        raw = pl.read_excel(path, engine="calamine", has_header=False, infer_schema_length=0)
    except (pl.exceptions.PolarsError, FastExcelError) as error:
        raise BadFile(f"{path}: cannot be read as a sheet: {str(error).splitlines()[0]}") from error
    rows: dict[str, tuple[str | None, ...]] = {str(label): tuple(cells) for label, *cells in raw.iter_rows()}
    absent = [label for label in ROWS if label not in rows]
    if absent:
        raise BadFile(f"{path}: no row is called {absent[0]!r}; the sheet has items in columns and {', '.join(ROWS)}")
    countries = tuple(label for label in rows if label not in (*ROWS, "Sub Category"))
    width = len(rows["Source"])
    return Sheet(tuple(_item(path, rows, countries, i) for i in range(width)), countries)


def _item(path: Path, rows: Mapping[str, tuple[str | None, ...]], countries: tuple[str, ...], i: int) -> Item:
    where, fields = f"{path} item {i + 1}", {label: rows[label][i] or "" for label in ROWS}
    survey = SURVEYS.get(fields["Source"])
    if survey is None:
        raise BadFile(f"{where}: unknown survey {fields['Source']!r}; known: {', '.join(SURVEYS)}")
    if fields["Scale"] not in ("y", "n", "s") or not (fields["Min"].isdigit() and fields["MAX"].isdigit()):
        raise BadFile(f"{where}: Scale is y or n and Min and MAX are whole numbers, not {fields}")
    low, high = int(fields["Min"]), int(fields["MAX"])
    name, _, title = fields["Sub Question"].partition(": ")
    text = fields["Full Question"].replace("Provide a number only.", "").strip()
    stem, labels = _labelled(text, low, high)
    return Item(
        number=i + 1,
        id=name if survey == "wvs-7" else f"aoi-{i + 1}",
        survey=survey,
        title=title,
        low=low,
        high=high,
        flag=fields["Scale"],
        category=fields["Category"],
        text=text,
        stem=stem,
        labels=labels,
        shares={
            country: _shares(cell, f"{where}, {country}")
            for country in countries
            if (cell := rows[country][i]) is not None
        },
    )


def _shares(cell: str, where: str) -> dict[int, float]:
    """Percentages by code, as printed. A cell without data is empty."""
    if _EMPTY.fullmatch(cell):
        return {}
    found = _CELL.fullmatch(cell)
    pairs = _SHARE.findall(found["shares"]) if found else []
    shares = {int(code): float(percent) for code, percent in pairs}
    if not found or len(shares) != found["shares"].count("':") or abs(sum(shares.values()) - 100) > 0.5:
        raise BadFile(f"{where}: not a cell of (mean, {{code: percent}}) that sums to 100: {cell[:60]!r}")
    return shares


def _labelled(text: str, low: int, high: int) -> tuple[str, dict[int, str]]:
    """The question's own words, and its option texts by code where it lists them (`1: …, 2: …`)."""
    marks: list[re.Match[str]] = []
    for mark in _LABEL.finditer(text):
        code = int(mark[1])
        if low - 1 <= code <= high + 1 and (not marks or code > int(marks[-1][1])):
            marks.append(mark)
    labels = {
        int(mark[1]): re.sub(r",? or$", "", text[mark.end() : after.start() if after else None].strip(" ,.;\n"))
        for mark, after in zip_longest(marks, marks[1:])
    }
    return (text[: marks[0].start()].strip() if marks else text), labels


def _question(item: Item) -> Question:
    codes = item.codes
    listed = all(item.labels.get(code) for code in codes)
    options = tuple(item.labels[code] if listed else str(code) for code in codes)
    wording = Wording(
        "w1", "en", item.stem if listed else item.text, options, author="MENAValues benchmark (2025)", status="official"
    )
    rights = RIGHTS.search(f"{item.title} {item.text}")
    return Question(
        item.id,
        "one",
        tuple(float(code) for code in codes),
        (wording,) if len(codes) > 1 else (),
        ordinal=item.ordinal,
        tags=(item.survey, f"scale-{'n' if item.flag == 'n' else 'y'}", *(("rights",) if rights else ())),
        aliases=(f"item-{item.number}",),
        title=item.title or item.category.capitalize(),
    )


def load_instrument(data: Path) -> Instrument:
    """The instrument, from the sheet in a data folder. Errors: BadFile."""
    sheet = read_sheet(data / FILE)
    return Instrument(
        name="menavalues",
        title="MENAValues: WVS-7 and Arab Opinion Index 2022",
        questions=tuple(_question(item) for item in sheet.items),
        source=SOURCE,
        not_for="pooling the two surveys into one score, means of nominal items, or claims about subgroups: the sheet "
        "has national marginals without numbers of people or weights",
    )
