"""The section on benchmarks: a picture and the numbers per respondent, floors, groups, figures printed elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from tawazun.report.exam_names import (
    Prompt,
    floor_text,
    measure_text,
    mode_text,
    norm_text,
    prompt,
    prompt_text,
    variant_text,
)
from tawazun.report.exams import LOST, Bench, Line, Mark, benches
from tawazun.report.material import Material
from tawazun.report.rounding import fixed, known, percent, shown
from tawazun.report.strips import HEIGHT, at_percent, axis
from tawazun.report.svg import Scale, element, markup, ticks, titled

MOST_LINES = 48
MOST_COLUMNS = 6
MOST_GROUPS = 240
SCALE = Scale((0.0, 1.0), (0.0, 100.0))


@dataclass(frozen=True)
class Cell:
    """A number of a table: as printed, its interval, and why it has none or may not be read."""

    value: str = ""
    interval: str = ""
    why: str = ""
    beside: str = ""


@dataclass(frozen=True)
class Drawn:
    """One line of the section: the picture and every number of it."""

    respondent: str
    arm: str
    asked: str
    prompt: Prompt
    mode: str
    norm: str
    items: str
    picture: Markup
    closed: bool
    score: Cell
    floor: str
    gap: Cell
    told: str
    scores: tuple[Cell, ...]
    lost: tuple[Cell, ...]
    variants: tuple[Cell, ...]


@dataclass(frozen=True)
class Grouped:
    """Scores by group of one respondent: a column per prompt, then two floors; `left` columns were left out."""

    respondent: str
    heads: tuple[str, ...]
    floors: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[Cell, ...]], ...]
    left: int
    left_rows: int


@dataclass(frozen=True)
class Floors:
    """What needs no model, in one language: (name, a cell per measure and second score)."""

    language: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Exam:
    """Everything the section shows of one benchmark."""

    name: str
    title: str
    not_for: str
    licence: str
    metric: str
    measures: tuple[str, ...]
    variants: tuple[str, ...]
    lines: tuple[Drawn, ...]
    left_out: int
    floors: tuple[Floors, ...]
    groups: tuple[Grouped, ...]
    published: tuple[Mapping[str, str], ...]
    axis: Markup
    level: float | None


def exams(material: Material) -> list[Exam]:
    """Every benchmark of the run that has a score."""
    return [_exam(material, one) for one in benches(material)]


def _exam(material: Material, one: Bench) -> Exam:
    words, about = material.words, material.instruments[one.instrument]
    respondents = list(dict.fromkeys(line.subject.respondent for line in one.lines))
    rows = [mark.row for line in one.lines for mark in line.marks.values()]
    return Exam(
        one.instrument,
        material.instrument_title(one.instrument),
        str(about.get("not_for", "")),
        str(about.get("licence", "")),
        measure_text(words, one.metric),
        tuple(measure_text(words, name) for name in one.measures),
        tuple(variant_text(words, name) for name in one.variants),
        tuple(_drawn(material, one, line) for line in one.lines[:MOST_LINES]),
        max(0, len(one.lines) - MOST_LINES),
        tuple(_floors(material, one)),
        tuple(found for name in respondents if (found := _grouped(material, one, name)) is not None),
        tuple(_printed(figure) for figure in one.published),
        axis(SCALE),
        next((row["level"] for row in rows if known(row["level"])), None),
    )


def _drawn(material: Material, one: Bench, line: Line) -> Drawn:
    words, mark = material.words, line.marks.get(one.metric)
    items = next((each.row["n"] for each in line.marks.values() if known(each.row["n"])), None)
    gap = mark.gap if mark else None
    floor = ""
    if mark and mark.floor_value is not None:
        floor = f"{floor_text(words, mark.floor)} {fixed(mark.floor_value, mark.shown.decimals)}"
    return Drawn(
        line.subject.respondent,
        material.names.arm(line.subject),
        prompt_text(words, line),
        prompt(line),
        mode_text(words, line.mode),
        norm_text(words, line.norm) if line.norm else "",
        f"{items:,.0f}" if items is not None else "",
        _picture(material, one, line, mark),
        any(each.closed for each in line.marks.values()),
        _cell(mark),
        floor,
        Cell(gap.value, gap.interval, str(mark.above["why"])) if gap and mark and mark.above else Cell(),
        words.plain(f"exam.verdict.{mark.told}") if mark and floor else "",
        tuple(_cell(line.marks.get(name)) for name in one.measures),
        tuple(_share(line.lost.get(name)) for name in LOST),
        tuple(_variant(material, one, line, name) for name in one.variants),
    )


def _cell(mark: Mark | None) -> Cell:
    return Cell(mark.shown.value, mark.shown.interval, mark.why) if mark else Cell()


def _share(row: Any) -> Cell:
    if row is None or not known(row["value"]):
        return Cell()
    found = percent(row["value"], row["low"], row["high"])
    return Cell(f"{found.value} %", found.interval, row["why"])


def _variant(material: Material, one: Bench, line: Line, name: str) -> Cell:
    """A second score, in the headline's measure where it has one, with its own best floor."""
    marks = line.variants.get(name, {})
    measure = one.metric if one.metric in marks else next(iter(marks), "")
    mark, words = marks.get(measure), material.words
    if mark is None:
        return Cell()
    beside = "" if measure == one.metric else measure_text(words, measure)
    if mark.floor_value is not None:
        value = fixed(mark.floor_value, mark.shown.decimals)
        floor = words.plain("exam.beside", floor=floor_text(words, mark.floor), value=value)
        beside = "; ".join(part for part in (beside, floor) if part)
    return Cell(mark.shown.value, mark.shown.interval, mark.why, beside)


def _picture(material: Material, one: Bench, line: Line, mark: Mark | None) -> Markup:
    """The score as a disc with its interval, floors as lines; the best of them dashed."""
    words = material.words
    floors = one.floors.get((line.subject.language, "", ""), {}).get(one.metric, {})
    value = mark.shown if mark else None
    named = ", ".join(f"{floor_text(words, name)} {shown(score).value}" for name, score in floors.items())
    said = words.plain(
        "exam.said", subject=material.names.subject(line.subject), asked=prompt_text(words, line),
        mode=mode_text(words, line.mode), measure=measure_text(words, one.metric),
        value=value.text if value else words.plain("floor.unknown"), floors=named or words.plain("floor.unknown"),
    )  # fmt: skip
    root = element(None, "svg", class_="strip", height=HEIGHT, width="100%", role="img", aria_label=said)
    for at in (at_percent(SCALE(tick)) for tick in ticks(0.0, 1.0, 5)):
        element(root, "line", class_="grid", x1=at, x2=at, y1=0, y2=HEIGHT)
    for name, score in floors.items():
        best = " uniform" if mark and name == mark.floor else " other"
        place = at_percent(SCALE(score))
        title = f"{floor_text(words, name)}: {shown(score).value}"
        titled(root, "line", title, class_=f"floor{best}", x1=place, x2=place, y1=2, y2=HEIGHT - 2)
    if mark is None or value is None or not known(mark.row["value"]):
        return markup(root)
    if value.interval:
        low, high = (at_percent(SCALE(mark.row[end])) for end in ("low", "high"))
        element(root, "line", class_="bar own", x1=low, x2=high, y1=HEIGHT / 2, y2=HEIGHT / 2)
    closed = " closed" if mark.closed else ""
    middle = at_percent(SCALE(mark.row["value"]))
    titled(root, "circle", value.text, class_=f"mark own{closed}", cx=middle, cy=HEIGHT / 2, r=6)
    return markup(root)


def _floors(material: Material, one: Bench) -> list[Floors]:
    """Every floor by language: a column per measure, and per second score where floors have one."""
    words, found = material.words, []
    asked = {line.subject.language: None for line in one.lines}
    languages = list(dict.fromkeys([*asked, *(language for language, _, _ in one.floors)]))
    for language in languages:
        columns = [
            (variant, measure)
            for variant in ("", *one.variants)
            for measure in one.measures
            if one.floors.get((language, variant, ""), {}).get(measure)
        ]
        heads = [
            ", ".join([measure_text(words, measure), *([variant_text(words, variant)] if variant else [])])
            for variant, measure in columns
        ]
        tables = [one.floors[(language, variant, "")][measure] for variant, measure in columns]
        names = list(dict.fromkeys(name for table in tables for name in table))
        rows = [
            (floor_text(words, name), tuple(shown(table[name]).value if name in table else "" for table in tables))
            for name in names
        ]
        if rows:
            found.append(Floors(material.names.language(language) if language else "", tuple(heads), tuple(rows)))
    return found


def _grouped(material: Material, one: Bench, respondent: str) -> Grouped | None:
    """The headline's measure by group; floors are those of the first line's language."""
    words = material.words
    lines = [line for line in one.of(respondent) if line.groups]
    groups = list(dict.fromkeys(group for line in lines for group in line.groups))
    if not groups:
        return None
    heads = tuple(_head(material, lines, line) for line in lines[:MOST_COLUMNS])
    language = lines[0].subject.language
    names = [
        name
        for name in ("random", "majority")
        if any(name in one.floors.get((language, "", group), {}).get(one.metric, {}) for group in groups)
    ]
    rows = []
    for group in groups[:MOST_GROUPS]:
        dimension, _, label = group.partition(":")
        cells = [_group_cell(line.groups.get(group, {}).get(one.metric)) for line in lines[:MOST_COLUMNS]]
        own = one.floors.get((language, "", group), {}).get(one.metric, {})
        cells += [Cell(shown(own[name]).value if name in own else "") for name in names]
        rows.append((dimension, label, tuple(cells)))
    return Grouped(
        respondent,
        heads,
        tuple(floor_text(words, name) for name in names),
        tuple(rows),
        max(0, len(lines) - MOST_COLUMNS),
        max(0, len(groups) - MOST_GROUPS),
    )


def _head(material: Material, lines: list[Line], line: Line) -> str:
    """A prompt's own parts; who is played and how answers were taken where that is not the same everywhere."""
    parts = [line.prompt, norm_text(material.words, line.norm) if line.norm else ""]
    if len({each.mode for each in lines}) > 1:
        parts.append(mode_text(material.words, line.mode))
    if len({material.names.arm(each.subject) for each in lines}) > 1:
        parts.append(material.names.arm(line.subject))
    return ", ".join(part for part in parts if part)


def _group_cell(row: Any) -> Cell:
    return _cell(Mark(row)) if row else Cell()


def _printed(figure: Mapping[str, Any]) -> Mapping[str, str]:
    found = {key: str(figure.get(key, "")) for key in ("who", "metric", "setting", "source")}
    value = figure.get("value")
    return {**found, "value": shown(float(value)).value if isinstance(value, int | float) else ""}
