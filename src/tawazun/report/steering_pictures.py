"""Pictures of an adaptation: how the searches went, where answers moved, and which items gained or lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from xml.etree import ElementTree as ET

import polars as pl
from markupsafe import Markup

from tawazun.report.svg import Scale, element, markup, path, picture, ticks, titled

WIDTH, HEIGHT = 640.0, 340.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 120.0, 14.0, 40.0
COLOURS = 6
ROW = 17.0
MOST_ITEMS = 40
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Drawn:
    """A picture with the table behind it: names of the columns and rows of text."""

    picture: Markup
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """An arm on two dimensions; `kind`: `start`, `own` (the recipe's search) or `other`."""

    title: str
    kind: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Shift:
    """One item's distance to the people before and after."""

    item: str
    before: float
    after: float


def convergence(history: pl.DataFrame, titles: Mapping[str, str], place: str) -> Drawn | None:
    """Best value by evaluations: a thin line per seed, a thick one for the median of the seeds of an arm."""
    own = history.filter((pl.col("target") == place) & pl.col("best").is_not_null())
    if not own.height:
        return None
    arms = own["arm"].unique(maintain_order=True).to_list()
    lines = {
        arm: [
            one.sort("evaluations").select("evaluations", "best").rows()
            for _, one in own.filter(pl.col("arm") == arm).group_by("seed", maintain_order=True)
        ]
        for arm in arms
    }
    values = [value for each in lines.values() for line in each for _, value in line]
    x, y = _scales((0.0, float(own["evaluations"].max())), (min(values), max(values)))  # type: ignore[arg-type]
    last = {arm: median(line[-1][1] for line in each) for arm, each in lines.items()}
    told = "; ".join(f"{titles.get(arm, arm)} ends at {value:.4g}" for arm, value in last.items())
    root = picture((WIDTH, HEIGHT), f"Best objective by evaluations, {place}", told, "steer lines")
    _axes(root, x, y, "evaluations", "objective, best so far")
    heights = _apart([(arm, y(value)) for arm, value in last.items()])
    for number, arm in enumerate(arms):
        colour = f"r{number % COLOURS}"
        for line in lines[arm]:
            element(root, "path", d=path([(x(a), y(b)) for a, b in line], closed=False), class_=f"curve {colour}")
        middle = [(x(a), y(b)) for a, b in _median_line(lines[arm])]
        titled(root, "path", titles.get(arm, arm), d=path(middle, closed=False), class_=f"curve middle {colour}")
        element(root, "text", titles.get(arm, arm), x=WIDTH - RIGHT + 8, y=heights[arm] + 4)
    rows = [
        (titles.get(arm, arm), f"{len(each)}", *(f"{f(line[-1][1] for line in each):.4g}" for f in (min, median, max)))
        for arm, each in lines.items()
    ]
    return Drawn(markup(root), ("Arm", "Seeds", "Best end", "Median end", "Worst end"), tuple(rows))


def _median_line(lines: Sequence[Sequence[tuple[int, float]]]) -> list[tuple[float, float]]:
    """The median over seeds at every number of evaluations that one of them stopped at."""
    stops = sorted({at for line in lines for at, _ in line})
    found = []
    for stop in stops:
        known = [max((one for one in line if one[0] <= stop), key=lambda one: one[0], default=None) for line in lines]
        values = [one[1] for one in known if one is not None]
        if len(values) == len(lines):
            found.append((float(stop), float(median(values))))
    return found


def before_after(spots: Sequence[Spot], goal: tuple[float, float], names: tuple[str, str], place: str) -> Drawn:
    """Arms on two indices, an arrow from the untuned model to the tuned one, and what is left to the people."""
    every = [(one.x, one.y) for one in spots] + [goal]
    x, y = _scales(*((min(v), max(v)) for v in zip(*every, strict=True)))  # type: ignore[arg-type]
    start = next(one for one in spots if one.kind == "start")
    own = next((one for one in spots if one.kind == "own"), start)
    told = (
        f"The untuned model is at {start.x:.0f}, {start.y:.0f}, the tuned one at {own.x:.0f}, {own.y:.0f}, the people "
        f"of {place} at {goal[0]:.0f}, {goal[1]:.0f}."
    )
    root = picture((WIDTH, HEIGHT), f"Before and after on {names[0]} and {names[1]}, {place}", told, "steer")
    _axes(root, x, y, names[0], names[1])
    ends = [(x(one.x), y(one.y)) for one in (start, own)]
    element(root, "path", d=path([ends[1], (x(goal[0]), y(goal[1]))], closed=False), class_="left")
    element(root, "path", d=path(ends, closed=False), class_="arrow")
    _tip(root, ends[0], ends[1])
    gx, gy = x(goal[0]), y(goal[1])
    cross = titled(root, "path", f"people of {place}", d=f"M{gx - 7:.1f} {gy:.1f} h14 M{gx:.1f} {gy - 7:.1f} v14")
    cross.set("class", "goal")
    heights = _apart([(one.title, y(one.y)) for one in spots] + [("people", gy)])
    for letter, one in zip(LETTERS, spots, strict=False):
        kind = "" if one.kind == "own" else one.kind
        titled(root, "circle", one.title, cx=x(one.x), cy=y(one.y), r=5.5, class_=f"arm-dot {kind}")
        element(root, "text", letter, x=x(one.x) + 7, y=y(one.y) - 5, class_="letter-label")
        element(root, "text", f"{letter}  {one.title}", x=WIDTH - RIGHT + 8, y=heights[one.title] + 4)
    element(root, "text", "+  people", x=WIDTH - RIGHT + 8, y=heights["people"] + 4)
    rows = [(one.title, f"{one.x:.1f}", f"{one.y:.1f}") for one in spots]
    rows.append(("people", f"{goal[0]:.1f}", f"{goal[1]:.1f}"))
    return Drawn(markup(root), ("Arm", *names), tuple(rows))


def item_shifts(shifts: Sequence[Shift], place: str) -> Drawn:
    """One line per item from its distance before to after, the most changed first."""
    ordered = sorted(shifts, key=lambda one: one.after - one.before)
    shown = ordered if len(ordered) <= MOST_ITEMS else [*ordered[: MOST_ITEMS // 2], *ordered[-MOST_ITEMS // 2 :]]
    height = TOP + BOTTOM + ROW * len(shown)
    most = max(max(one.before, one.after) for one in shown) or 1.0
    x = Scale((0.0, most * 1.04), (LEFT + 40, WIDTH - 20))
    closer = sum(one.after < one.before for one in shifts)
    told = f"{closer} of {len(shifts)} items came closer to the people, {len(shifts) - closer} did not."
    root = picture((WIDTH, height), f"Held-out items before and after, {place}", told, "steer")
    for tick in ticks(0.0, most):
        element(root, "path", d=f"M{x(tick):.1f} {TOP} V{height - BOTTOM + 4:.1f}", class_="grid")
        element(root, "text", f"{tick:g}", x=x(tick), y=height - BOTTOM + 18, text_anchor="middle", class_="tick")
    element(
        root, "text", "JS distance to the people", x=x(most / 2), y=height - 6, text_anchor="middle", class_="axis-name"
    )
    for number, one in enumerate(shown):
        at = TOP + ROW * (number + 0.5)
        kind = "closer" if one.after < one.before else "farther"
        words = f"{one.item}: {one.before:.3f} before, {one.after:.3f} after"
        titled(root, "path", words, d=f"M{x(one.before):.1f} {at:.1f} H{x(one.after):.1f}", class_=kind)
        element(root, "circle", cx=x(one.before), cy=at, r=3.4, class_="arm-dot start")
        element(root, "circle", cx=x(one.after), cy=at, r=3.8, class_="arm-dot")
        element(root, "text", one.item, x=LEFT + 30, y=at + 4, text_anchor="end")
    rows = [(one.item, f"{one.before:.3f}", f"{one.after:.3f}", f"{one.after - one.before:+.3f}") for one in ordered]
    return Drawn(markup(root), ("Item", "Before", "After", "Change"), tuple(rows))


def _scales(x: tuple[float, float], y: tuple[float, float]) -> tuple[Scale, Scale]:
    (left, right), (low, high) = (_widened(*one) for one in (x, y))
    return Scale((left, right), (LEFT, WIDTH - RIGHT)), Scale((low, high), (HEIGHT - BOTTOM, TOP))


def _widened(low: float, high: float) -> tuple[float, float]:
    room = (high - low) * 0.05 or 1.0
    return low - room, high + room


def _axes(root: ET.Element, x: Scale, y: Scale, across: str, up: str) -> None:
    for tick in ticks(*x.data):
        element(root, "path", d=f"M{x(tick):.1f} {TOP} V{HEIGHT - BOTTOM:.1f}", class_="grid")
        element(root, "text", f"{tick:g}", x=x(tick), y=HEIGHT - BOTTOM + 16, text_anchor="middle", class_="tick")
    for tick in ticks(*y.data):
        element(root, "path", d=f"M{LEFT} {y(tick):.1f} H{WIDTH - RIGHT:.1f}", class_="grid")
        element(root, "text", f"{tick:g}", x=LEFT - 6, y=y(tick) + 4, text_anchor="end", class_="tick")
    middle = (LEFT + WIDTH - RIGHT) / 2
    element(root, "text", across, x=middle, y=HEIGHT - 6, text_anchor="middle", class_="axis-name")
    height = (TOP + HEIGHT - BOTTOM) / 2
    turn = f"rotate(-90 12 {height:.1f})"
    element(root, "text", up, x=12.0, y=height, text_anchor="middle", class_="axis-name", transform=turn)


def _apart(wanted: Sequence[tuple[str, float]], room: float = 14.0) -> dict[str, float]:
    """Heights of labels, moved down until none covers another."""
    found: dict[str, float] = {}
    at = TOP - room
    for name, height in sorted(wanted, key=lambda one: one[1]):
        at = max(height, at + room)
        found[name] = at
    over = max(0.0, at - (HEIGHT - BOTTOM))
    return {name: height - over for name, height in found.items()}


def _tip(root: ET.Element, start: tuple[float, float], end: tuple[float, float]) -> None:
    """The head of an arrow."""
    length = ((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2) ** 0.5
    if length < 12:
        return
    ux, uy = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    back = (end[0] - 14 * ux, end[1] - 14 * uy)
    sides = [(back[0] - 5 * uy, back[1] + 5 * ux), (back[0] + 5 * uy, back[1] - 5 * ux)]
    element(root, "path", d=path([(end[0] - 4 * ux, end[1] - 4 * uy), *sides]), class_="tip")
