"""GlobalOpinionQA: questions of Pew's Global Attitudes Surveys and of the World Values Survey, from the user's copy.

No text of the data set ships with the package: it is read from any CSV or Parquet in `globalopinionqa/` of the data
folder that has the columns question, selections, options and source. An item's id is its source (`gas` or `wvs`) and a
hash of question and options, so it stays the same whatever the order of rows; where the file has the same question
with other answers again (another year: the data set does not say which), a second hash tells the rows apart.

Options that are no answer (don't know, refused, codes for missing) are taken out of the scale. Options are ordinal
only where `instruments.scales` knows their order; they then stand in that order. All other items are nominal. Rows
without a question or options, or with fewer than two answers to choose from, are no items.
"""

import ast
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import polars as pl

from tawazun.errors import BadFile
from tawazun.instruments.catalogue.menavalues import RIGHTS
from tawazun.instruments.records import Instrument, Question, Wording
from tawazun.instruments.scales import plain, scale_codes
from tawazun.seeds import digest_of
from tawazun.source import Source

FOLDER = "globalopinionqa"
USUAL = f"{FOLDER}/data.csv"
COLUMNS = ("question", "selections", "options", "source")
SOURCES = ("GAS", "WVS")
GET = "get it from https://huggingface.co/datasets/Anthropic/llm_global_opinions (CC BY-NC-SA 4.0)"

SOURCE = Source(
    cite="Durmus, E. et al. (2023). Towards Measuring the Representation of Subjective Global Opinions in Language "
    "Models (GlobalOpinionQA), arXiv 2306.16388; questions and answers of the Pew Global Attitudes Surveys and the "
    "World Values Survey",
    where="https://huggingface.co/datasets/Anthropic/llm_global_opinions",
    version="2023",
    licence="CC BY-NC-SA 4.0",
    terms="non-commercial, share alike; the surveys have terms of their own; texts are not redistributed",
    redistribute="aggregates",
)

_DICTIONARY = re.compile(r"\s*(?:defaultdict\(\s*<class 'list'>\s*,\s*)?(\{.*\})\s*\)?\s*", re.DOTALL)
_NO_ANSWER = frozenset(
    "dk, don't know, dont know, do not know, no answer, na, n/a, ref, refused, refuse, no opinion, not sure, unsure, "
    "not asked, not asked in survey, not applicable, not available, unknown, missing, other missing, can't say, "
    "cannot say, prefer not to say, prefer not to answer".split(", ")
)


@dataclass(frozen=True, slots=True)
class Item:
    """One row of the data set that can be asked.

    row      as an editor shows it (the header of a CSV is row 1)
    options  answers in canonical order; kept: their places in the row's lists; codes: their numbers, in the same order
    listed   whether the row's options have one for no answer
    width    length of the row's lists
    shares   place as the row spells it -> its list, as it stands
    """

    row: int
    id: str
    survey: str
    text: str
    options: tuple[str, ...]
    kept: tuple[int, ...]
    codes: tuple[float, ...]
    ordinal: bool
    listed: bool
    width: int
    shares: Mapping[str, Sequence[object]]


def no_answer(option: str) -> bool:
    """Whether an option is no answer: don't know, refused, or a code for missing.

    >>> [no_answer(text) for text in ("DK/Refused", "Missing; Unknown", "None of these", "Don’t know (VOL)")]
    [True, True, False, True]
    """
    text = plain(re.sub(r"\(vol\.?\)", "", option, flags=re.IGNORECASE))
    parts = [part.strip() for part in re.split(r"[/;,]| or ", text) if part.strip()]
    return text in _NO_ANSWER or parts[:1] in (["missing"], ["other missing"]) or set(parts) <= _NO_ANSWER


def find_file(data: Path) -> Path:
    """The data set's table in a data folder. Errors: BadFile saying what is needed and where to get it."""
    folder = data / FOLDER
    usual = data / USUAL
    if usual.is_file():
        return usual
    tables = sorted(folder.glob("*.csv")) + sorted(folder.glob("*.parquet")) if folder.is_dir() else []
    fitting = [path for path in tables if set(COLUMNS) <= set(_headers(path))]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise BadFile(f"{folder}: {', '.join(path.name for path in fitting)} all fit; keep one, or name it data.csv")
    raise BadFile(f"globalopinionqa needs {USUAL}, which is not in {data}: {GET}")


def _headers(path: Path) -> list[str]:
    try:
        scan = pl.scan_parquet(path) if path.suffix == ".parquet" else pl.scan_csv(path, infer_schema=False)
        return scan.collect_schema().names()
    except (pl.exceptions.PolarsError, OSError):
        return []


def read_items(path: Path) -> tuple[Item, ...]:
    """The items of a file, in its order. Errors: BadFile naming the row and column that cannot be read."""
    stat = path.stat()
    return _read(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4)
def _read(path: Path, changed: int, size: int) -> tuple[Item, ...]:
    try:
        table = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise BadFile(f"{path}: cannot be read as {path.suffix[1:]}: {str(error).splitlines()[0]}") from error
    absent = [column for column in COLUMNS if column not in table.columns]
    if absent:
        raise BadFile(f"{path}: there is no column {absent[0]!r}; needed: {', '.join(COLUMNS)}")
    first = 1 if path.suffix == ".parquet" else 2
    found = [
        item
        for row, cells in enumerate(table.select(pl.col(COLUMNS).cast(pl.String)).iter_rows(), first)
        if (item := _item(path, row, *("" if cell is None else cell.strip() for cell in cells))) is not None
    ]
    if not found:
        raise BadFile(f"{path}: no row has a question, options and answers")
    return _told_apart(found)


def _item(path: Path, row: int, text: str, selections: str, options: str, source: str) -> Item | None:
    where = f"{path.name} row {row}"
    if source.upper() not in SOURCES:
        raise BadFile(f"{where}: source is GAS or WVS, not {source!r}")
    if not text or not options:
        return None
    named = _options(options, f"{where}, column options")
    kept = tuple(i for i, option in enumerate(named) if option and not no_answer(option))
    if len(kept) < 2:
        return None
    codes = scale_codes([named[i] for i in kept])
    ordinal = codes is not None
    numbers = codes if codes is not None else tuple(float(i + 1) for i in range(len(kept)))
    order = list(range(len(kept)))
    if ordinal and list(numbers) not in (sorted(numbers), sorted(numbers, reverse=True)):
        order.sort(key=lambda i: numbers[i])
    tag = source.lower()
    return Item(
        row=row,
        id=f"{tag}-{digest_of([source.upper(), text, list(named)])[:10]}",
        survey=tag,
        text=text,
        options=tuple(named[kept[i]] for i in order),
        kept=tuple(kept[i] for i in order),
        codes=tuple(numbers[i] for i in order),
        ordinal=ordinal,
        listed=len(kept) < len(named),
        width=len(named),
        shares=_selections(selections, f"{where}, column selections"),
    )


def _literal(text: str, where: str) -> object:
    """A Python literal, read without running anything."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise BadFile(f"{where}: not a Python literal: {text[:60]!r}") from error


def _options(text: str, where: str) -> tuple[str, ...]:
    value = _literal(text, where)
    if not isinstance(value, list | tuple):
        raise BadFile(f"{where}: a list is needed, not {text[:60]!r}")
    return tuple(_option(option) for option in value)


def _option(option: object) -> str:
    if isinstance(option, float) and math.isfinite(option) and option.is_integer():
        return str(int(option))
    return "" if option is None else " ".join(str(option).split())


def _selections(text: str, where: str) -> dict[str, Sequence[object]]:
    if not text:
        return {}
    found = _DICTIONARY.fullmatch(text)
    value = _literal(found[1], where) if found else None
    if not isinstance(value, dict):
        raise BadFile(f"{where}: not defaultdict(<class 'list'>, {{place: shares}}): {text[:60]!r}")
    for place, shares in value.items():
        if not isinstance(place, str) or not isinstance(shares, list | tuple):
            raise BadFile(f"{where}: every place has a list of shares, not {place!r}: {shares!r}")
    return value


def _told_apart(items: Sequence[Item]) -> tuple[Item, ...]:
    """Items with ids of their own: rows that repeat a question get a hash of their answers; copies are dropped."""
    often = Counter(item.id for item in items)
    made: dict[str, Item] = {}
    for item in items:
        again = digest_of({place: [str(share) for share in shares] for place, shares in item.shares.items()})[:4]
        own = item if often[item.id] == 1 else replace(item, id=f"{item.id}-{again}")
        made.setdefault(own.id, own)
    return tuple(made.values())


def _question(item: Item) -> Question:
    author = "Durmus et al. (2023), after the survey"
    return Question(
        id=item.id,
        kind="one",
        codes=item.codes,
        wordings=(Wording("w1", "en", item.text, item.options, author=author, status="official"),),
        ordinal=item.ordinal,
        tags=(item.survey, *(("rights",) if RIGHTS.search(item.text) else ())),
    )


def load_instrument(data: Path) -> Instrument:
    """The instrument, from the table in a data folder. Errors: BadFile."""
    return Instrument(
        name="globalopinionqa",
        title="GlobalOpinionQA: Pew Global Attitudes and World Values Survey",
        questions=tuple(_question(item) for item in read_items(find_file(data))),
        source=SOURCE,
        not_for="means or W1 over nominal items, claims with intervals on the human side (no numbers of people), or "
        "pooling of years: the data set does not say when a question was asked. Its authors warn that construct "
        "validity for language models may be limited",
    )
