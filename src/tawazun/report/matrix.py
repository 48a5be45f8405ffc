"""Whom a persona comes close to: personas down, peoples across, so that a stereotype shows as a column.

A persona that moves to its own place darkens the diagonal; one regional stereotype darkens a block or a column. The
numbers stand in the cells, so the table is its own description.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tawazun.report.closeness import Against, against, arms, measure_of, nearest
from tawazun.report.material import Material
from tawazun.report.naming import Subject
from tawazun.report.rounding import Shown, fixed

SHADES = 6
FEWEST = 2
MOST = 24
MOST_MATRICES = 12


@dataclass(frozen=True)
class Cell:
    """One persona against one people; `shade` 0 is farthest, SHADES - 1 closest, inside one table."""

    text: str
    shade: int
    own: bool
    nearest: bool
    closed: bool


@dataclass(frozen=True)
class Line:
    """One persona: its cells in the order of the columns, and the nearest of all peoples."""

    persona: str
    cells: tuple[Cell | None, ...]
    nearest: str
    nearest_shown: Shown
    hit: bool | None


@dataclass(frozen=True)
class Matrix:
    """One respondent in one language against one source; hits counts personas whose nearest people are their own."""

    instrument: str
    respondent: str
    arm: str
    source: str
    peoples: tuple[str, ...]
    lines: tuple[Line, ...]
    all_peoples: int
    hits: int
    played: int
    unit: str


def matrices(material: Material, instrument: str) -> list[Matrix]:
    """A matrix per respondent, language and source with two or more played places that have people."""
    measure = measure_of(material, instrument)
    records = against(material, instrument, measure) if measure else []
    groups: dict[tuple[str, ...], list[Against]] = {}
    for one in records:
        who = one.subject
        perspective = "observer" if who.perspective == "observer" else "self"
        groups.setdefault((who.respondent, who.language, who.mode, who.setting, perspective, one.source), []).append(
            one
        )
    return [made for group in groups.values() if (made := _matrix(material, instrument, group)) is not None]


def _matrix(material: Material, instrument: str, records: Sequence[Against]) -> Matrix | None:
    by_subject = arms(records)
    columns = list(dict.fromkeys(one.population for one in records if one.own and one.subject.place))[:MOST]
    if len(columns) < FEWEST:
        return None
    rows = [one for one in by_subject if not one.place or any(each.own for each in by_subject[one])][: 2 * MOST]
    inside = [one for who in rows for one in by_subject[who] if one.population in columns]
    ends = (min(one.value for one in inside), max(one.value for one in inside))
    lines = [_line(material, who, by_subject[who], columns, ends) for who in rows]
    first = records[0]
    return Matrix(
        instrument,
        first.subject.respondent,
        _arm(material, first.subject),
        first.source,
        tuple(material.names.population(name) for name in columns),
        tuple(lines),
        len({one.population for one in records}),
        sum(line.hit is True for line in lines),
        sum(line.hit is not None for line in lines),
        str(first.row["unit"]),
    )


def _arm(material: Material, one: Subject) -> str:
    parts = [material.names.language(one.language)]
    if one.perspective == "observer":
        parts.append(material.words.plain("profile.observer"))
    return ", ".join(part for part in [*parts, one.setting] if part)


def _line(
    material: Material, who: Subject, records: Sequence[Against], columns: Sequence[str], ends: tuple[float, float]
) -> Line:
    at = {one.population: one for one in records}
    best = nearest(records)
    cells = tuple(_cell(at[name], best, ends) if name in at else None for name in columns)
    hit = best.own if who.place else None
    return Line(material.names.persona(who), cells, material.names.population(best.population), best.shown, hit)


def _cell(one: Against, best: Against, ends: tuple[float, float]) -> Cell:
    low, high = ends
    share = (one.value - low) / (high - low) if high > low else 0.0
    close = share if one.toward > 0 else 1 - share
    shade = min(SHADES - 1, int(close * SHADES))
    return Cell(fixed(one.value, 2), shade, one.own, one is best, not one.row["interpretable"])
