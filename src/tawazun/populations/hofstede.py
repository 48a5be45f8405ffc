"""Tables of Hofstede's index scores: what their versions have in common.

Scores are ready composites of a place with no spread and no n behind them, so `human_error` is `none`. A missing score
stays missing, one above 100 stays as printed, and entities are joined to places by name, never by the table's codes.
"""

from collections.abc import Mapping
from pathlib import Path

from tawazun.data.tables import ROW, number, read_table
from tawazun.errors import BadAnswers
from tawazun.places import find_place
from tawazun.populations.records import HumanAnswer, Population, Universe
from tawazun.source import Source

ITEMS = ("pdi", "idv", "mas", "uai", "lto", "ivr")
TERMS = "non-commercial research use; cite; the full table is read from the user's copy and not redistributed"

UNIVERSE = Universe(
    who="matched samples of employees (IBM about 1970, and later replications); LTO and IVR from representative "
    "samples of the World Values Survey",
    dates="1967-2010",
)


def score_rows(path: Path, entity: str) -> list[tuple[str, dict[str, str | None], dict[str, float]]]:
    """(place code, raw row, the scores that are there) per row.

    Errors   BadFile when the file cannot be read or lacks a column; BadAnswers for an entity that is no known place,
             or a place that stands twice.
    """
    table = read_table(path)
    for column in (entity, *ITEMS):
        if column not in table.columns:
            raise BadAnswers(f"{path.name}: there is no column {column!r}; it has {', '.join(table.columns[1:])}")
    rows: list[tuple[str, dict[str, str | None], dict[str, float]]] = []
    seen: dict[str, str] = {}
    for row in table.to_dicts():
        where = f"{path.name} row {row[ROW]}"
        found = find_place(row[entity] or "")
        if found is None:
            raise BadAnswers(f"{where}: the entity {row[entity]!r} is no known place; add an alias to its place")
        if found.code in seen:
            raise BadAnswers(f"{where}: {row[entity]!r} is {found.code} again, as {seen[found.code]!r} above")
        seen[found.code] = row[entity]
        rows.append(
            (found.code, row, {item: number(row[item], item, where) for item in ITEMS if row[item] is not None})
        )
    return rows


def scored(name: str, code: str, scores: Mapping[str, float], source: Source, note: str) -> Population:
    """The population of one place with its ready scores, in the order of ITEMS; the note names what is missing."""
    missing = [item for item in ITEMS if item not in scores]
    notes = [note] if note else []
    if missing:
        notes.append(f"no score for {', '.join(missing)}")
    return Population(
        name=f"{name}/{code}",
        place=code,
        instrument="vsm13",
        holds="indices",
        answers=tuple(HumanAnswer(item, None, scores[item]) for item in ITEMS if item in scores),
        source=source,
        human_error="none",
        universe=UNIVERSE,
        note="; ".join(notes),
    )
