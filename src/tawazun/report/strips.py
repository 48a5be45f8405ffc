"""One line per subject on a common axis: its own (or nearest) people with the interval, the floors, everyone else.

Coordinates are percentages of the width, so a strip fits any column without its text or marks being scaled.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from markupsafe import Markup

from tawazun.report.closeness import FLOORS, MEASURES, Against, against, arms, measure_of, nearest
from tawazun.report.material import Material
from tawazun.report.rounding import fixed, known, shown
from tawazun.report.svg import Scale, element, markup, number, ticks, titled

MOST = 48
HEIGHT = 30


@dataclass(frozen=True)
class Strip:
    """One line: who, compared with whom, the picture, and the same as numbers.

    focus    the people of the picture's mark; own: whether they are the people who are played
    floors   floor -> value as printed
    """

    respondent: str
    arm: str
    focus: str
    own: bool
    closed: bool
    picture: Markup
    value: str
    interval: str
    floors: Mapping[str, str]
    skill: str
    why: str


@dataclass(frozen=True)
class Strips:
    """The strips of one instrument under one axis.

    floors   the floors that occur; left_out: strips that were not drawn; absent: places played that have no people here
    """

    instrument: str
    measure: str
    unit: str
    toward: int
    axis: Markup
    strips: tuple[Strip, ...]
    floors: tuple[str, ...]
    left_out: int
    absent: tuple[str, ...]
    level: float | None


def strips(material: Material, instrument: str) -> Strips | None:
    """The strips of an instrument, or None when it has no closeness to show."""
    measure = measure_of(material, instrument)
    records = against(material, instrument, measure) if measure else []
    if not records:
        return None
    by_subject = arms(records)
    focused = {one: _focus(each) for one, each in by_subject.items()}
    drawn = [one for one, focus in focused.items() if focus is not None]
    absent = tuple(dict.fromkeys(material.names.place(one.place) for one, focus in focused.items() if focus is None))
    scale = Scale(_extent(measure, records), (0.0, 100.0))
    made = [_strip(material, scale, focus, by_subject[one]) for one in drawn[:MOST] if (focus := focused[one])]
    return Strips(
        instrument,
        measure,
        str(records[0].row["unit"]),
        MEASURES[measure],
        axis(scale),
        tuple(made),
        tuple(floor for floor in FLOORS if any(floor in one.floors for one in records)),
        max(0, len(drawn) - MOST),
        absent,
        next((row["level"] for row in (one.row for one in records) if known(row["level"])), None),
    )


@dataclass(frozen=True)
class Gist:
    """The first screen's picture of one respondent on one instrument: lines on one axis, and the signs that occur."""

    axis: Markup
    lines: tuple[tuple[str, Markup], ...]
    measure: str
    signs: tuple[str, ...]


GIST_LINES = 4


def gist(material: Material, instrument: str, respondent: str) -> Gist | None:
    """Lines for the places played in each language, and for what is asked of nobody in particular."""
    measure = measure_of(material, instrument)
    every = against(material, instrument, measure) if measure else []
    records = [one for one in every if one.subject.respondent == respondent]
    if not records:
        return None
    scale = Scale(_extent(measure, every), (0.0, 100.0))
    played: dict[str, list[Against]] = {}
    for one in records:
        if one.own and one.subject.place:
            who = one.subject
            key = ", ".join(part for part in (material.names.language(who.language), who.setting) if part)
            observed = material.words.plain("profile.observer") if who.perspective == "observer" else ""
            played.setdefault(", ".join(part for part in (observed, key) if part), []).append(one)
    lines = [(label, _places_line(material, scale, label, own)) for label, own in played.items()]
    for who, each in arms([one for one in records if not one.subject.place]).items():
        lines.append((material.names.arm(who), _strip(material, scale, nearest(each), each, brief=True).picture))
    signs = ["places"] * bool(played) + ["nearest"] * (len(lines) > len(played)) + ["random"]
    return Gist(axis(scale), tuple(lines[:GIST_LINES]), measure, tuple(signs)) if lines else None


def _places_line(material: Material, scale: Scale, label: str, own: Sequence[Against]) -> Markup:
    """One disc a place with its interval, and the stretch that answers at random cover."""
    values = [one.value for one in own]
    floors = [one.floors["uniform"] for one in own if "uniform" in one.floors]
    ends = [shown(value).value for value in (min(values), max(values), *((min(floors), max(floors)) if floors else ()))]
    unknown = material.words.plain("floor.unknown")
    low, high, floor_low, floor_high = [*ends, unknown, unknown][:4]
    said = material.words.plain(
        "gist.said", label=label, n=len(own), low=low, high=high, floor_low=floor_low, floor_high=floor_high
    )
    root = element(None, "svg", class_="strip", height=HEIGHT, width="100%", role="img", aria_label=said)
    for mark in ticks(*scale.data, 5):
        element(root, "line", class_="grid", x1=at_percent(scale(mark)), x2=at_percent(scale(mark)), y1=0, y2=HEIGHT)
    for one in own:
        title = f"{material.names.place(one.place)}: {material.words.plain('floor.uniform')}"
        if "uniform" in one.floors:
            _floor(root, "uniform", title, at_percent(scale(one.floors["uniform"])))
    for one in own:
        _mark(root, scale, one, f"{material.names.place(one.place)}: {one.shown.text}")
    return markup(root)


def _focus(records: Sequence[Against]) -> Against | None:
    """The people a subject is held against: its own, else (when it plays nobody) the nearest, else nobody."""
    own = next((one for one in records if one.own), None)
    if own is not None or records[0].subject.place:
        return own
    return nearest(records)


def _extent(measure: str, records: Sequence[Against]) -> tuple[float, float]:
    values = [one.value for one in records] + [value for one in records for value in one.floors.values()]
    if MEASURES[measure] > 0:
        return (max(0.0, math.floor(min(values) * 10 - 0.1) / 10), 1.0)
    marks = ticks(0.0, max(values), 6)
    return (0.0, marks[-1] + (marks[1] - marks[0] if len(marks) > 1 else 1.0))


def at_percent(value: float) -> str:
    """A place on a strip, kept inside it."""
    return f"{number(min(100.0, max(0.0, value)))}%"


def axis(scale: Scale) -> Markup:
    """Round numbers along the width, for the head of a table of strips."""
    root = element(None, "svg", class_="axis", height=20, width="100%", aria_hidden="true")
    marks = ticks(*scale.data, 5)
    decimals = 0 if marks[-1] >= 5 and all(float(mark).is_integer() for mark in marks) else 1
    if len({fixed(mark, decimals) for mark in marks}) < len(marks):
        decimals = 2
    for mark in marks:
        at = scale(mark)
        anchor = "start" if at < 3 else "end" if at > 97 else "middle"
        element(root, "text", fixed(mark, decimals), x=at_percent(at), y=14, text_anchor=anchor)
    return markup(root)


def _strip(
    material: Material, scale: Scale, focus: Against, records: Sequence[Against], *, brief: bool = False
) -> Strip:
    """One line; `brief` leaves out all floors but the first."""
    one = focus.subject
    words = material.words
    value, people = focus.shown, material.names.population(focus.population)
    floors = tuple(
        (floor, words.plain(f"floor.short_{floor}"), fixed(focus.floors[floor], value.decimals))
        for floor in FLOORS
        if floor in focus.floors
    )
    said = words.plain(
        "strip.said", subject=material.names.subject(one), people=people, value=value.text,
        floors=", ".join(f"{name} {text}" for _, name, text in floors) or words.plain("floor.unknown"),
    )  # fmt: skip
    root = element(None, "svg", class_="strip", height=HEIGHT, width="100%", role="img", aria_label=said)
    for mark in ticks(*scale.data, 5):
        at = at_percent(scale(mark))
        element(root, "line", class_="grid", x1=at, x2=at, y1=0, y2=HEIGHT)
    _others(root, scale, [each for each in records if each is not focus])
    for floor, name, text in floors[: 1 if brief else None]:
        _floor(root, floor, f"{name}: {text}", at_percent(scale(focus.floors[floor])))
    _mark(root, scale, focus, f"{people}: {value.text}")
    row = focus.skills.get("uniform")
    skill = shown(row["value"], row["low"], row["high"]).text if row else ""
    pairs = {floor: text for floor, _, text in floors}
    return Strip(
        one.respondent, material.names.arm(one), people, focus.own, not focus.row["interpretable"], markup(root),
        value.value, value.interval, pairs, skill, str(focus.row["why"]),
    )  # fmt: skip


def _others(root: ET.Element, scale: Scale, records: Sequence[Against]) -> None:
    """All other peoples as one path of ticks, stretched over the width."""
    if not records:
        return
    middle = HEIGHT / 2
    steps = " ".join(f"M{number(scale(one.value) * 10)} {number(middle - 4)} v8" for one in records)
    inner = element(root, "svg", viewBox=f"0 0 1000 {HEIGHT}", preserveAspectRatio="none", width="100%", height=HEIGHT)
    element(inner, "path", class_="others", d=steps, vector_effect="non-scaling-stroke")


def _floor(root: ET.Element, floor: str, title: str, at: str) -> None:
    made = titled(root, "line", title, class_=f"floor {floor}", x1=at, x2=at, y1=2, y2=HEIGHT - 2)
    made.set("vector-effect", "non-scaling-stroke")


def _mark(root: ET.Element, scale: Scale, focus: Against, title: str) -> None:
    middle = HEIGHT / 2
    kind = "own" if focus.own else "near"
    if focus.bounds is not None:
        low, high = (at_percent(scale(bound)) for bound in focus.bounds)
        element(root, "line", class_=f"bar {kind}", x1=low, x2=high, y1=middle, y2=middle)
    closed = "" if focus.row["interpretable"] else " closed"
    titled(root, "circle", title, class_=f"mark {kind}{closed}", cx=at_percent(scale(focus.value)), cy=middle, r=6)
