"""The page of a data set's representation: countries by topic, variety and origin, what is missing, what matters."""

from collections.abc import Sequence
from dataclasses import dataclass

from tawazun.audit.records import SEVERITIES
from tawazun.audit.representation import Coverage, Interests
from tawazun.places import group, place
from tawazun.report.documents import document

SHADES = 6
MOST = 14
TITLES = {"topic": "topics", "variety": "language varieties", "origin": "native, translated, generated"}


@dataclass(frozen=True)
class Cell:
    """Rows of one country on one value; `shade` 0 is fewest, SHADES - 1 most, -1 none."""

    text: str
    shade: int


@dataclass(frozen=True)
class Line:
    """One country (or a region named without one): all its rows, and those on each value."""

    name: str
    rows: Cell
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Heat:
    """Countries by one dimension; `left` values are beyond the columns shown."""

    title: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    left: int


def coverage_page(covered: Coverage, maps: Sequence[Interests], name: str) -> str:
    """The page of a data set as one HTML text that loads nothing."""
    return document(
        "coverage.html.jinja",
        styles=("style.css", "set.css"),
        name=name,
        group=group(covered.group).title,
        findings=sorted([*covered.gaps, *covered.warnings], key=lambda one: SEVERITIES.index(one.severity)),
        covered=covered,
        inside=f"{sum(covered.members.values()):,.0f}",
        there=sum(1 for n in covered.members.values() if n),
        heats=[_heat(covered, dimension) for dimension in TITLES if covered.counts[dimension]],
        unsaid=[title for dimension, title in TITLES.items() if not covered.counts[dimension]],
        maps=maps,
        place=lambda code: place(code).english,
    )


def _heat(covered: Coverage, dimension: str) -> Heat:
    values = tuple(covered.counts[dimension])
    shown = values[:MOST]
    cross = covered.crosses[dimension]
    others = [name for name in covered.counts["country"] if name.startswith("region:")]
    codes = [*sorted(covered.members, key=lambda code: (-covered.members[code], place(code).english)), *others]
    most = max((cross.get((code, value), 0.0) for code in codes for value in shown), default=0.0)
    rows = {code: covered.counts["country"].get(code, 0.0) for code in codes}
    lines = tuple(
        Line(
            _name(code),
            _cell(rows[code], max(rows.values(), default=0.0)),
            tuple(_cell(cross.get((code, value), 0.0), most) for value in shown),
        )
        for code in codes
    )
    return Heat(TITLES[dimension], shown, lines, len(values) - len(shown))


def _name(code: str) -> str:
    region = code.removeprefix("region:")
    return f"“{region}” and no country" if region != code else place(code).english


def _cell(n: float, most: float) -> Cell:
    if not n:
        return Cell("0", -1)
    shade = min(SHADES - 1, int(SHADES * (n / most) ** 0.5)) if most else 0
    return Cell(f"{n:,.0f}" if n >= 1 else "<1", shade)
