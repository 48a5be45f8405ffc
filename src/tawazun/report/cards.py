"""The page of a list of data cards: the map of tasks by criterion, the gaps, and every set with its outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from tawazun.audit.cards.collection import Collection
from tawazun.audit.cards.gaps import GapMap, Line
from tawazun.audit.cards.records import CRITERIA, LEVELS, Review
from tawazun.report import svg
from tawazun.report.documents import document

BAR = (96.0, 14.0)
SHADES = 6
MOST_SETS = 1_000
TITLES = {
    "popularity": "Popularity",
    "adoption": "Adoption",
    "recency": "Recency",
    "documentation": "Documentation",
    "licensing": "Licensing",
    "scientific": "Scientific contribution",
}
MODES = {"published": "As published", "corrected": "Corrected"}


@dataclass(frozen=True)
class Cell:
    """Counts of one task on one criterion, and a bar of their shares."""

    text: str
    bar: Markup | str


@dataclass(frozen=True)
class Row:
    """One task of the map; `shade` 0 is fewest entries, SHADES - 1 most, -1 none at all."""

    dimension: str
    task: str
    n: int
    share: str
    shade: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Set:
    """One reviewed set: its outcome, a level per criterion (corrected, and as published where it differs), fields."""

    id: str
    task: str
    outcome: str
    why: str
    levels: tuple[tuple[str, str], ...]
    missing: str


def cards_page(done: Collection, gaps: GapMap, name: str) -> str:
    """The page of a reviewed list as one HTML text that loads nothing."""
    return document(
        "cards.html.jinja",
        styles=("style.css", "cards.css"),
        name=name,
        done=done,
        gaps=gaps.gaps,
        maps={title: _rows(gaps, mode) for mode, title in MODES.items()},
        criteria=[TITLES[one] for one in CRITERIA],
        lost={TITLES[one]: pair for one, pair in done.counted_again.items() if pair[0] < pair[1]},
        sets=[_set(one) for one in done.reviews[:MOST_SETS]],
        left=max(0, len(done.reviews) - MOST_SETS),
    )


def _rows(gaps: GapMap, mode: str) -> list[Row]:
    most = max((line.n for line in gaps.lines), default=0)
    return [_row(line, line.published if mode == "published" else line.corrected, most) for line in _lines(gaps)]


def _lines(gaps: GapMap) -> Sequence[Line]:
    return (*gaps.lines, gaps.total)


def _row(line: Line, counts: Mapping[str, tuple[int, int, int, int]], most: int) -> Row:
    shade = min(SHADES - 1, int(SHADES * line.n / (most + 1))) if line.n else -1
    cells = tuple(_cell(line.task, name, counts[name]) for name in CRITERIA)
    dimension = "" if line.dimension == "all" else line.dimension
    return Row(dimension, line.task, line.n, f"{100 * line.share:.1f} %", shade, cells)


def _cell(task: str, name: str, counts: tuple[int, int, int, int]) -> Cell:
    levelled = sum(counts[:3])
    if not levelled:
        return Cell("—", "")
    text = "/".join(f"{n:,}" for n in counts[:3]) + (f" +{counts[3]:,}" if counts[3] else "")
    words = ", ".join(f"{level} {n:,}" for level, n in zip(LEVELS, counts[:3], strict=True))
    root = svg.picture(BAR, f"{task}, {TITLES[name]}", words, "levels")
    at = 0.0
    for index, n in enumerate(counts[:3]):
        width = BAR[0] * n / levelled
        if n:
            svg.element(root, "rect", x=at, y=0.0, width=width, height=BAR[1], class_=f"level{index}")
        at += width
    return Cell(text, svg.markup(root))


def _set(one: Review) -> Set:
    levels = []
    for made in one.criteria:
        own, theirs = made.level or "—", made.published_level or "—"
        levels.append((own, "" if own == theirs else f"published: {theirs}. {made.why}"))
    missing = ", ".join(field.name for field in one.fields if field.state in ("absent", "placeholder"))
    facts = one.facts
    return Set(facts.id, facts.task, facts.outcome, facts.why, tuple(levels), missing)
