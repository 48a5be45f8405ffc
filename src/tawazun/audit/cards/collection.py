"""Reviewing a list of data sets: one outcome per entry, whatever happens to the others.

A list is JSONL, JSON, CSV, TSV or Parquet with a column `id` (or `name`, `dataset`, `repo`, `folder`). A row that
brings facts (likes, downloads, licence, date …) is reviewed from them; one that brings only a name is looked up: a
folder beside the list, else the Hub.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tawazun.audit.cards.folder import from_folder
from tawazun.audit.cards.hub import from_hub
from tawazun.audit.cards.records import CRITERIA, FROM_SILENCE, Facts, Outcome, Review
from tawazun.audit.cards.review import checked, review
from tawazun.audit.cards.rubric import level, months
from tawazun.data.cards import CardReader
from tawazun.data.rows import Row, read_rows
from tawazun.errors import BadFile

NAMES = ("id", "name", "dataset", "repo", "repo_id", "folder")
GIVEN = ("likes", "downloads", "models", "spaces", "last_modified", "license", "licence", "documentation_score")
COUNTS = ("likes", "downloads", "models", "spaces", "rows")
STOP_AFTER = 3  # sets in a row for which the Hub did not answer


@dataclass(frozen=True, slots=True)
class Collection:
    """A list reviewed.

    reviews    one per entry, in the order of the list
    date, dated   the pinned day of the review, and how it came about
    distinct   names without doubles; twice: names that stand in the list more than once, with how often
    notes      about the list as a whole
    """

    reviews: tuple[Review, ...]
    date: str
    dated: str
    distinct: int
    twice: Mapping[str, int]
    notes: tuple[str, ...] = ()

    @property
    def outcomes(self) -> dict[str, int]:
        """Outcome -> number of entries."""
        return dict(Counter(one.facts.outcome for one in self.reviews))

    @property
    def counted_again(self) -> dict[str, tuple[int, int]]:
        """Criterion -> (published levels that come out again from the list's own facts, levels it records)."""
        held = [one for one in self.reviews if one.facts.recorded]
        made = {name: [one.criterion(name) for one in held] for name in CRITERIA}
        return {
            name: (sum(not one.lost for one in all_of_them), len(held)) for name, all_of_them in made.items() if held
        }


def review_collection(
    path: Path,
    today: str,
    *,
    date: str = "",
    reader: Callable[[], CardReader] | None = None,
    told: Callable[[int, int], None] = lambda done, all: None,
) -> Collection:
    """Review every entry of a list.

    today    the day that recency is counted to where nothing pins another
    date     the day the user pins; otherwise, where the list records published levels of recency, the one month that
             gives all of them again
    reader   makes the reader of cards, when a name has to be looked up; None = nothing is asked of any network
    told     called with (entries done, entries)
    Errors   BadFile for a list that cannot be read or has no names; BadStudy for a date that is none
    """
    rows = read_rows(path)
    column = next((one for one in NAMES if any(one in row.fields for row in rows)), "")
    if not column:
        raise BadFile(f"{path}: no column of names; one of {', '.join(NAMES)} is needed")
    found, notes = _once(rows, column, _Lookup(path.parent, reader), told)
    pinned, dated = _pinned(found, date, today)
    names = Counter(one.id.casefold() for one in found)
    return Collection(
        tuple(review(one, pinned) for one in found),
        pinned,
        dated,
        len(names),
        {name: count for name, count in names.items() if count > 1},
        tuple(notes),
    )


def _once(
    rows: Sequence[Row], column: str, look: "_Lookup", told: Callable[[int, int], None]
) -> tuple[list[Facts], list[str]]:
    """Facts of every entry, doubles under one task left out, and a note for each of them."""
    found, notes = [], []
    seen: dict[tuple[str, str], int] = {}
    for done, row in enumerate(rows, start=1):
        facts = _facts(row, column, look)
        key = (facts.id.casefold(), facts.task)
        if key in seen:
            again = f"stands in row {seen[key]} already, under the same task; counted once"
            notes.append(f"{row.where}: {facts.id!r} {again}")
        else:
            seen[key] = row.at or row.number
            found.append(facts)
        told(done, len(rows))
    return found, notes


class _Lookup:
    """Facts of names, each asked for once; the Hub is left alone after it did not answer several times running."""

    def __init__(self, folder: Path, reader: Callable[[], CardReader] | None) -> None:
        self._folder, self._make = folder, reader
        self._reader: CardReader | None = None
        self._known: dict[str, Facts] = {}
        self._silent = 0

    def facts(self, name: str, task: str) -> Facts:
        if name not in self._known:
            self._known[name] = self._found(name)
        known = self._known[name]
        return replace(known, task=task or known.task)

    def _found(self, name: str) -> Facts:
        local = self._folder / name
        if local.is_dir() or (local.suffix == ".md" and local.is_file()):
            try:
                return replace(from_folder(local), id=name)
            except BadFile as error:
                return _nothing(name, "unreadable", str(error))
        if self._make is None:
            return _nothing(name, "unreachable", "no folder beside the list, and the Hub is not to be asked")
        if self._silent >= STOP_AFTER:
            return _nothing(name, "unreachable", f"not asked: the Hub did not answer for {STOP_AFTER} sets in a row")
        if self._reader is None:
            self._reader = self._make()
        facts = from_hub(name, self._reader)
        self._silent = self._silent + 1 if facts.outcome == "unreachable" else 0
        return facts


def _nothing(name: str, outcome: Outcome, why: str) -> Facts:
    return Facts(name, outcome=outcome, why=why, untold=FROM_SILENCE, card_read=False)


def _facts(row: Row, column: str, look: _Lookup) -> Facts:
    name = str(row.fields.get(column) or "").strip()
    task = str(row.fields.get("task") or "").strip()
    if not name:
        return replace(_nothing(f"({row.where})", "unreadable", f"{row.where} has no name"), task=task)
    if not any(row.fields.get(key) not in (None, "") for key in GIVEN):
        return look.facts(name, task)
    return _from_row(row, name, task)


def _from_row(row: Row, name: str, task: str) -> Facts:
    wrong: list[str] = []
    likes, downloads, models, spaces, rows = (_whole(row, key, wrong) for key in COUNTS)
    halves = [_whole(row, key, wrong) for key in ("documentation_score", "annotation_score")]
    acl = _texts(row.fields.get("acl"))
    doi = _texts(row.fields.get("doi"))
    levels = row.fields.get("levels_published")
    licence = row.fields.get("license", row.fields.get("licence"))
    scores = (halves[0], halves[1]) if halves[0] is not None and halves[1] is not None else None
    notes = ["it stands here as counted by somebody else: nothing was looked up"]
    return Facts(
        id=name,
        task=task,
        likes=likes,
        downloads=downloads,
        models=models,
        spaces=spaces,
        rows=rows,
        last_modified=_date(row, wrong),
        licence=str(licence).strip() if licence not in (None, "") else None,
        arxiv=_texts(row.fields.get("arxiv")),
        acl=tuple(dict.fromkeys(acl)),
        doi=doi,
        acl_counted=len(acl),
        doi_counted=bool(doi),
        scores=scores,
        untold=_untold(row),
        card_read=False,
        recorded=dict(levels) if isinstance(levels, dict) else {},
        outcome="partly" if wrong else "reviewed",
        why="; ".join(wrong),
        notes=() if isinstance(levels, dict) else tuple(notes),
    )


def _untold(row: Row) -> tuple[str, ...]:
    columns = {"licensing": ("license", "licence"), "scientific": ("arxiv", "acl", "doi")}
    return tuple(name for name, keys in columns.items() if row.fields.keys().isdisjoint(keys))


def _whole(row: Row, key: str, wrong: list[str]) -> int | None:
    value = row.fields.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 and value == int(value):
        return int(value)
    wrong.append(f"{row.where}, {key}: {str(value)[:40]!r} is no count")
    return None


def _date(row: Row, wrong: list[str]) -> str:
    value = str(row.fields.get("last_modified") or "").strip()
    if value and not (
        value[:4].isdecimal() and value[4:5] == "-" and value[5:7].isdecimal() and 1 <= int(value[5:7]) <= 12
    ):
        wrong.append(f"{row.where}, last_modified: {value[:40]!r} is no date (YYYY-MM-DD)")
        return ""
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if value is None or (isinstance(value, str) and value.strip().casefold() in ("", "none", "null", "nan")):
        return ()
    if isinstance(value, str):
        return tuple(one.strip() for one in value.strip("[]").replace("'", "").split(",") if one.strip())
    return tuple(str(one) for one in value) if isinstance(value, list | tuple) else (str(value),)


def _pinned(found: Sequence[Facts], date: str, today: str) -> tuple[str, str]:
    if date:
        return checked(date), "as given"
    dated = [one for one in found if one.recorded.get("recency") and one.last_modified]
    if dated and (fitting := [month for month in _months_after(dated) if _gives_again(dated, month)]):
        if len(fitting) == 1:
            return fitting[0], f"the only month that gives all {len(dated)} recorded levels of recency again"
        return fitting[0], f"the first of {len(fitting)} months that give all recorded levels of recency again"
    return checked(today), "today; give --date to count to another day"


def _months_after(dated: Sequence[Facts]) -> list[str]:
    newest = max(one.last_modified for one in dated)
    first = 12 * int(newest[:4]) + int(newest[5:7]) - 1
    return [f"{month // 12:04}-{month % 12 + 1:02}" for month in range(first, first + 36)]


def _gives_again(dated: Sequence[Facts], month: str) -> bool:
    return all(level("recency", months(one.last_modified, month)) == one.recorded["recency"] for one in dated)
