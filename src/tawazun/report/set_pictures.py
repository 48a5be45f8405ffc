"""Pictures of a training set: shares of languages and scripts, the spread of a metric, differences, components."""

import math
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from markupsafe import Markup

from tawazun.audit.data.profiles import Difference, Profile
from tawazun.report.labels import Box, free_box
from tawazun.report.rounding import fixed, shown
from tawazun.report.steering_pictures import Drawn
from tawazun.report.svg import Scale, element, markup, picture, symbol, ticks, titled

BAR = (640.0, 30.0)
SPREAD = (200.0, 26.0)
COLOURS = 8
FEWEST = 20
MOST_PARTS = 7
FOREST, ROW, LABEL, MOST_EFFECTS = 640.0, 22.0, 250.0, 16
PLANE = (640.0, 440.0)
MARGIN = 46.0
SIZE = 12.0


def shares(counts: Mapping[str, int], names: Mapping[str, str], title: str) -> Drawn | None:
    """A bar cut by shares, the smallest parts together; with names under the widest."""
    total = sum(counts.values())
    if not total:
        return None
    parts = [(names.get(key, key), count) for key, count in counts.items() if count]
    drawn = parts if len(parts) <= MOST_PARTS + 1 else [
        *parts[:MOST_PARTS], ("others", sum(count for _, count in parts[MOST_PARTS:]))]  # fmt: skip
    told = ", ".join(f"{name} {fixed(100 * count / total, 1)} %" for name, count in drawn)
    root = picture((BAR[0], BAR[1] + 18), title, told, "shares")
    at = 0.0
    for number, (name, count) in enumerate(drawn):
        width = BAR[0] * count / total
        text = f"{name}: {count:,} ({fixed(100 * count / total, 1)} %)"
        titled(root, "rect", text, x=at, y=0.0, width=max(width, 0.6), height=BAR[1], class_=f"z z{number % COLOURS}")
        if width > 7.5 * len(name):
            element(root, "text", name, x=at + 2, y=BAR[1] + 14, class_="tick")
        at += width
    rows = tuple((name, f"{count:,}", f"{fixed(100 * count / total, 2)} %") for name, count in parts)
    return Drawn(markup(root), ("", "Rows", "Share"), rows)


def spread(own: Profile, others: Sequence[Profile]) -> Markup | str:
    """Where rows lie on one metric: a thin line over 90 %, a thick one over half of them, a dot in the middle."""
    drawn = [one for one in (own, *others) if one.percentiles]
    if not own.percentiles:
        return ""
    low, high = min(one.percentiles[0] for one in drawn), max(one.percentiles[-1] for one in drawn)
    if not low < high:
        return ""
    height = SPREAD[1] if len(drawn) < 2 else 12.0 + 12.0 * len(drawn)
    told = "; ".join(" to ".join(shown(value).value for value in one.percentiles[::2]) for one in drawn)
    root = picture((SPREAD[0], height), f"{own.name}: 5th, 50th and 95th percentile", told, "spread")
    x = Scale((low, high), (5.0, SPREAD[0] - 5))
    for number, one in enumerate(drawn):
        y = 13.0 if len(drawn) < 2 else 12.0 + 12.0 * number
        kind = "own" if number == 0 else "other"
        p5, p25, p50, p75, p95 = (x(value) for value in one.percentiles)
        element(root, "line", x1=p5, x2=p95, y1=y, y2=y, class_=f"thin {kind}")
        element(root, "line", x1=p25, x2=p75, y1=y, y2=y, class_=f"thick {kind}")
        element(root, "circle", cx=p50, cy=y, r=3.6, class_=f"middle {kind}")
    return markup(root)


def forest(several: Sequence[Difference], name: str) -> Drawn | None:
    """The largest effects with their intervals, against another set; those of a handful of rows are in the table."""
    sized = [
        one
        for one in several
        if math.isfinite(one.effect) and (not one.here.by_row or min(one.here.n, one.there.n) >= FEWEST)
    ]
    drawn = sized[:MOST_EFFECTS]
    if not drawn:
        return None
    ends = [value for one in drawn for value in (one.effect_low or one.effect, one.effect_high or one.effect, 0.0)]
    x = (
        Scale((min(ends), max(ends)), (LABEL, FOREST - 16))
        if min(ends) < max(ends)
        else Scale((-1, 1), (LABEL, FOREST))
    )
    height = ROW * len(drawn) + 34
    first = drawn[0]
    told = (
        f"Largest: {_label(first)}, {first.effect:+.2f} standard deviations; {len(drawn)} of {len(several)} are drawn."
    )
    root = picture((FOREST, height), f"Differences from {name} in standard deviations of rows", told, "forest")
    for tick in ticks(*x.data, 6):
        element(root, "line", x1=x(tick), x2=x(tick), y1=4.0, y2=height - 26, class_="grid" if tick else "grid zero")
        element(root, "text", fixed(tick, 1), x=x(tick), y=height - 12, text_anchor="middle", class_="tick")
    for number, one in enumerate(drawn):
        y = 4 + ROW * (number + 0.5)
        element(root, "text", _label(one), x=LABEL - 8, y=y + 4, text_anchor="end")
        if one.effect_low is not None and one.effect_high is not None:
            element(root, "line", x1=x(one.effect_low), x2=x(one.effect_high), y1=y, y2=y, class_="bar model")
        title = f"{_label(one)}: {one.effect:+.2f}"
        titled(
            root, "circle", title, cx=x(one.effect), cy=y, r=4.6, class_="mark model" if one.clear else "mark closed"
        )
    return Drawn(markup(root), DIFFERENCE_HEAD, tuple(_difference_row(one) for one in several))


DIFFERENCE_HEAD = ("Metric", "Here", "There", "Difference", "Standard deviations", "Rows or shards")


def _label(one: Difference) -> str:
    return f"{one.here.language} · {one.here.name.replace('_', ' ')}"


def _difference_row(one: Difference) -> tuple[str, ...]:
    effect = "—"
    if math.isfinite(one.effect):
        effect = shown(one.effect, one.effect_low, one.effect_high).text
    return (
        f"{one.here.language} · {one.here.family}.{one.here.name}", shown(one.here.mean).value,
        shown(one.there.mean).value, shown(one.value, one.low, one.high).text, effect,
        f"{one.here.n:,} and {one.there.n:,}",
    )  # fmt: skip


def plane(points: Sequence[tuple[str, bool, float, float]], names: tuple[str, str], language: str) -> Drawn:
    """Sets on two components; a filled mark is a whole set, small ones around it are its shards.

    points   name, whether it stands for the whole set, and its two scores
    """
    x = _around([one[2] for one in points], PLANE[0], turned=False)
    y = _around([one[3] for one in points], PLANE[1], turned=True)
    sets = list(dict.fromkeys(name for name, _, _, _ in points))
    whole = [one for one in points if one[1]]
    told = "; ".join(f"{name} at {a:.1f}, {b:.1f}" for name, _, a, b in whole)
    root = picture(PLANE, f"Sets of {language} on {names[0]} and {names[1]}", told, "plane")
    _axes(root, x, y, names)
    taken: list[Box] = []
    for name, is_set, a, b in sorted(points, key=lambda one: one[1]):
        colour, kind = f"z{sets.index(name) % COLOURS}", sets.index(name) % 8
        size = 6.5 if is_set else 2.6
        mark = titled(root, "path", f"{name}: {a:.2f}, {b:.2f}", d=symbol(kind, x(a), y(b), size))
        mark.set("class", f"z {colour}" if is_set else f"z {colour} part")
        if is_set:
            taken.append(Box(x(a) - 7, y(b) - 7, x(a) + 7, y(b) + 7))
    for name, _, a, b in whole:
        box = free_box(name, x(a), y(b), 8.0, SIZE, taken, PLANE)
        if box is not None:
            taken.append(box)
            element(root, "text", name, x=box.left, y=box.bottom - 2, class_="label name")
    rows = tuple((name, fixed(a, 2), fixed(b, 2)) for name, _, a, b in whole)
    return Drawn(markup(root), ("Set", *names), rows)


def _around(values: Sequence[float], size: float, *, turned: bool) -> Scale:
    low, high = min((*values, 0.0)), max((*values, 0.0))
    room = 0.08 * (high - low) or 1.0
    ends = (size - MARGIN, 16.0) if turned else (MARGIN, size - 16)
    return Scale((low - room, high + room), ends)


def _axes(root: ET.Element, x: Scale, y: Scale, names: tuple[str, str]) -> None:
    for tick in ticks(*x.data, 6):
        element(root, "line", x1=x(tick), x2=x(tick), y1=y.picture[1], y2=y.picture[0],
                class_="grid" if tick else "grid zero")  # fmt: skip
        element(root, "text", fixed(tick, 1), x=x(tick), y=y.picture[0] + 14, text_anchor="middle", class_="tick")
    for tick in ticks(*y.data, 6):
        element(root, "line", x1=x.picture[0], x2=x.picture[1], y1=y(tick), y2=y(tick),
                class_="grid" if tick else "grid zero")  # fmt: skip
        element(root, "text", fixed(tick, 1), x=x.picture[0] - 5, y=y(tick) + 4, text_anchor="end", class_="tick")
    element(root, "text", names[0], x=x.picture[1], y=y.picture[0] + 32, text_anchor="end", class_="axis-name")
    element(root, "text", names[1], x=4.0, y=12.0, class_="axis-name")
