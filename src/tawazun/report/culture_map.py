"""The cultural map: peoples as small marks by zone, respondents as large ones with intervals, one unit on both axes.

Two pictures of the same data, one laid out for a wide and one for a narrow screen, because labels that are scaled down
cannot be read. Which places are labelled is decided by what stands near the respondents and by what stands alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

import polars as pl
from markupsafe import Markup

from tawazun.report.labels import Box, free_box
from tawazun.report.material import Material, Row, subject
from tawazun.report.naming import Subject
from tawazun.report.rounding import Shown, known, shown
from tawazun.report.svg import Scale, element, markup, path, picture, symbol, ticks, titled

AXES = ("map_x", "map_y")


@dataclass(frozen=True, slots=True)
class Person:
    """The people of one place on the map."""

    population: str
    place: str
    name: str
    zone: str
    x: float
    y: float


@dataclass(frozen=True)
class Point:
    """A respondent on the map, as one of its subjects.

    bounds   ((low, high) of x, (low, high) of y), None where there is no interval
    target   the people it plays, where they are on the map
    floor    answers at random instead of a respondent
    """

    who: Subject
    label: str
    x: float
    y: float
    shown: tuple[Shown, Shown]
    bounds: tuple[tuple[float, float] | None, tuple[float, float] | None]
    target: Person | None
    closed: bool
    floor: bool
    why: str


@dataclass(frozen=True)
class CultureMap:
    """The map of one instrument: pictures and the table behind them."""

    instrument: str
    axes: tuple[str, str]
    zones: tuple[tuple[str, Markup, int], ...]
    wide: Markup
    narrow: Markup
    people: tuple[Person, ...]
    points: tuple[Point, ...]
    source: str


@dataclass(frozen=True)
class Layout:
    """Sizes of one of the two pictures."""

    name: str
    width: float
    margin: tuple[float, float, float, float]  # top, right, bottom, left
    text: float
    people: float
    points: float
    labels: int


WIDE = Layout("wide", 960, (16, 20, 44, 52), 12.5, 4.6, 8.5, 56)
NARROW = Layout("narrow", 360, (12, 10, 36, 34), 10.5, 3.2, 6.5, 14)


def culture_maps(material: Material) -> list[CultureMap]:
    """A map per instrument that placed a respondent on one."""
    return [made for name in material.instruments if (made := _of(material, name)) is not None]


def _of(material: Material, instrument: str) -> CultureMap | None:
    rows = {axis: _axis_rows(material, instrument, axis) for axis in AXES}
    people = _people(material, instrument)
    at = {one.place: one for one in people}
    points = [_point(material, x, rows["map_y"][who], at) for who, x in rows["map_x"].items() if who in rows["map_y"]]
    if not any(not point.floor for point in points):
        return None
    first = next(iter(rows["map_x"].values())), next(iter(rows["map_y"].values()))
    axes = (_axis_name(material, first[0]), _axis_name(material, first[1]))
    zones = _zones(material, people)
    sources = sorted({one.population.rsplit("/", 1)[0] for one in people})
    return CultureMap(
        instrument,
        axes,
        tuple((zone, _swatch(i), sum(one.zone == zone for one in people)) for i, zone in enumerate(zones)),
        _draw(material, WIDE, axes, people, points, zones),
        _draw(material, NARROW, axes, people, points, zones),
        tuple(people),
        tuple(points),
        ", ".join(sources),
    )


def _axis_name(material: Material, row: Row) -> str:
    """What an axis goes from and to, in the page's language where it has the words."""
    name = str(row["unit"]).removeprefix("map units, ")
    return _spoken(material, "axis", name)


def _zones(material: Material, people: Sequence[Person]) -> list[str]:
    """Zones on the map, in one order (and so in the same colours) in every language."""
    names = [*sorted(set(material.names.zones.values())), material.words.plain("map.no_zone")]
    present = {one.zone for one in people}
    return [zone for name in names if (zone := _spoken(material, "zone", name)) in present]


def _spoken(material: Material, head: str, name: str) -> str:
    key = f"{head}.{name.lower().replace(' & ', '_').replace('-', '_').replace(' ', '_')}"
    return material.words.plain(key) if material.words.has(key) else name


def _axis_rows(material: Material, instrument: str, axis: str) -> dict[Subject, Row]:
    rows = material.measures.get(axis, [])
    return {subject(row): row for row in rows if row["instrument"] == instrument and known(row["value"])}


def _people(material: Material, instrument: str) -> list[Person]:
    own = material.humans.filter((pl.col("instrument") == instrument) & pl.col("item").is_in(AXES))
    found: dict[str, dict[str, float]] = {}
    for population, item, value in own.select("population", "item", "value").iter_rows():
        if known(value):
            found.setdefault(population, {})[item] = value
    other = material.words.plain("map.no_zone")
    people = []
    for population, at in found.items():
        if len(at) == 2:
            place = material.places[population][0]
            zone = _spoken(material, "zone", material.names.zones.get(place, other))
            people.append(Person(population, place, material.names.place(place), zone, at["map_x"], at["map_y"]))
    return people


def _point(material: Material, x: Row, y: Row, people: dict[str, Person]) -> Point:
    who = subject(x)
    floor = who.respondent == "floor:uniform"
    label = material.words.plain("floor.uniform") if floor else who.respondent
    bounds = [(row["low"], row["high"]) if known(row["low"]) and known(row["high"]) else None for row in (x, y)]
    return Point(
        who,
        label,
        x["value"],
        y["value"],
        (shown(x["value"], x["low"], x["high"]), shown(y["value"], y["low"], y["high"])),
        (bounds[0], bounds[1]),
        people.get(material.names.stands_for(who)),
        not (x["interpretable"] and y["interpretable"]),
        floor,
        x["why"],
    )


def _swatch(zone: int) -> Markup:
    root = element(None, "svg", viewBox="0 0 16 16", width=16, height=16, class_="swatch", aria_hidden="true")
    element(root, "path", class_=f"z z{zone % 8}", d=symbol(zone % 8, 8, 8, 5))
    return markup(root)


def _draw(
    material: Material,
    layout: Layout,
    axes: tuple[str, str],
    people: Sequence[Person],
    points: Sequence[Point],
    zones: Sequence[str],
) -> Markup:
    xs, ys = _extent(people, points)
    top, right, bottom, left = layout.margin
    inner = layout.width - left - right
    unit = inner / (xs[1] - xs[0])
    height = top + bottom + unit * (ys[1] - ys[0])
    across, up = Scale(xs, (left, layout.width - right)), Scale(ys, (height - bottom, top))
    names = ", ".join(dict.fromkeys(point.label for point in points if not point.floor))
    title = material.words.plain("map.title", names=names)
    described = material.words.plain("map.described", n=len(people), x=axes[0], y=axes[1])
    root = picture((layout.width, height), title, described, f"map {layout.name}")
    _frame(root, layout, (across, up), (xs, ys), axes, height)
    for one in people:
        where = f"{one.name} · {one.zone} ({one.x:.2f}, {one.y:.2f})".replace("-", "−")
        kind = zones.index(one.zone) % 8
        titled(
            root, "path", where, class_=f"z z{kind}", data_zone=zones.index(one.zone),
            d=symbol(kind, across(one.x), up(one.y), layout.people),
        )  # fmt: skip
    for point in points:
        _draw_point(material, root, layout, (across, up), point)
    _labels(root, layout, (across, up), (layout.width, height), people, points)
    return markup(root)


def _extent(people: Sequence[Person], points: Sequence[Point]) -> tuple[tuple[float, float], tuple[float, float]]:
    found = []
    for axis in (0, 1):
        values = [one.x if axis == 0 else one.y for one in people]
        for point in points:
            values += [(point.x, point.y)[axis], *(point.bounds[axis] or ())]
        found.append((math.floor(min(values) * 2 - 0.4) / 2, math.ceil(max(values) * 2 + 0.4) / 2))
    return found[0], found[1]


def _frame(
    root: ET.Element,
    layout: Layout,
    scales: tuple[Scale, Scale],
    extent: tuple[tuple[float, float], tuple[float, float]],
    axes: tuple[str, str],
    height: float,
) -> None:
    across, up = scales
    (x0, x1), (y0, y1) = across.picture, up.picture
    for mark in ticks(*extent[0], 8 if layout is WIDE else 5):
        at = across(mark)
        element(root, "line", class_="grid" if mark else "grid zero", x1=at, x2=at, y1=y1, y2=y0)
        text = f"{mark:g}".replace("-", "−")
        element(root, "text", text, class_="tick", x=at, y=y0 + layout.text + 4, text_anchor="middle")
    for mark in ticks(*extent[1], 8 if layout is WIDE else 5):
        at = up(mark)
        element(root, "line", class_="grid" if mark else "grid zero", x1=x0, x2=x1, y1=at, y2=at)
        text = f"{mark:g}".replace("-", "−")
        element(root, "text", text, class_="tick", x=x0 - 6, y=at + layout.text / 3, text_anchor="end")
    element(
        root, "text", f"{axes[0]} →", class_="axis-name", x=(x0 + x1) / 2, y=height - 4, text_anchor="middle"
    )  # fmt: skip
    x, y = layout.text, (y0 + y1) / 2
    element(
        root, "text", f"{axes[1]} →", class_="axis-name", x=x, y=y, text_anchor="middle",
        transform=f"rotate(-90 {x:.1f} {y:.1f})",
    )  # fmt: skip


def _draw_point(
    material: Material, root: ET.Element, layout: Layout, scales: tuple[Scale, Scale], point: Point
) -> None:
    across, up = scales
    x, y = across(point.x), up(point.y)
    if point.target is not None:
        element(
            root, "path", class_="toward", d=path([(x, y), (across(point.target.x), up(point.target.y))], closed=False)
        )
    kind = "random" if point.floor else "closed" if point.closed else ""
    order = [one.name for one in material.study.respondent]
    number = order.index(point.who.respondent) % 6 if point.who.respondent in order else 0
    group = element(root, "g", class_=f"point r{number} {kind}".strip())
    arm = "" if point.floor else f" ({material.names.arm(point.who)})"
    element(group, "title", f"{point.label}{arm}: {point.shown[0].text}, {point.shown[1].text}")
    if point.bounds[0] is not None:
        element(group, "line", class_="bar", x1=across(point.bounds[0][0]), x2=across(point.bounds[0][1]), y1=y, y2=y)
    if point.bounds[1] is not None:
        element(group, "line", class_="bar", x1=x, x2=x, y1=up(point.bounds[1][0]), y2=up(point.bounds[1][1]))
    if point.floor:
        r = layout.points * 0.75
        element(group, "path", class_="cross", d=f"M{x - r:.1f} {y - r:.1f} L{x + r:.1f} {y + r:.1f} "
                f"M{x - r:.1f} {y + r:.1f} L{x + r:.1f} {y - r:.1f}")  # fmt: skip
    else:
        element(group, "circle", class_="mark", cx=x, cy=y, r=layout.points)
        element(group, "text", "ABCDEF"[number], class_="letter", x=x, y=y + layout.points * 0.48, text_anchor="middle")


def _labels(
    root: ET.Element,
    layout: Layout,
    scales: tuple[Scale, Scale],
    size: tuple[float, float],
    people: Sequence[Person],
    points: Sequence[Point],
) -> None:
    """Names where they fit without covering a mark or another name: respondents first, then peoples by interest."""
    across, up = scales
    at = [(across(one.x), up(one.y), layout.people) for one in people]
    at += [(across(one.x), up(one.y), layout.points + 1) for one in points]
    taken = [Box(x - r, y - r, x + r, y + r) for x, y, r in at]
    for point in points:
        taken += [Box(across(b[0]), up(point.y) - 2, across(b[1]), up(point.y) + 2) for b in (point.bounds[0],) if b]
        taken += [Box(across(point.x) - 2, up(b[1]), across(point.x) + 2, up(b[0])) for b in (point.bounds[1],) if b]
    wanted: dict[str, tuple[float, float, float, str]] = {}
    shown_points = sorted(points, key=lambda one: bool(one.who.place))[: layout.labels]
    for point in shown_points:
        arms = len([each for each in points if each.label == point.label])
        text = point.label if arms == 1 or point.floor else f"{point.label} · {point.who.place or point.who.language}"
        wanted.setdefault(
            text, (across(point.x), up(point.y), layout.points + 2, "name" if not point.floor else "name random")
        )
    budget = len(wanted) + layout.labels
    for one in sorted(people, key=lambda one: _interest(one, people, points)):
        wanted.setdefault(one.name, (across(one.x), up(one.y), layout.people + 1, "people"))
    placed = 0
    for text, (x, y, r, class_) in wanted.items():
        if placed >= budget:
            return
        own = 1.12 if class_ != "people" else 1.0
        box = free_box(text, x, y, r, layout.text * own, taken, size)
        if box is not None:
            taken.append(box)
            placed += 1
            element(root, "text", text, class_=f"label {class_}", x=box.left, y=box.bottom - layout.text * 0.25)


def _interest(one: Person, people: Sequence[Person], points: Sequence[Point]) -> float:
    """Small for peoples near a respondent, and for peoples who stand alone."""
    near = min((math.dist((one.x, one.y), (p.x, p.y)) for p in points if not p.floor), default=9.0)
    alone = min((math.dist((one.x, one.y), (p.x, p.y)) for p in people if p is not one), default=9.0)
    return min(near, 2.0) - 6 * min(alone, 0.4)
