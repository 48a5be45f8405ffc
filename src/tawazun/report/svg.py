"""Scales and elements for pictures drawn here.

Pictures are written as SVG by hand, not by a plotting library: colours come from the page's own style sheet (so that
dark mode and print follow), text stays text in the reader's fonts, every mark carries its own title, and equal runs
give equal bytes. ElementTree does the escaping.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from xml.etree import ElementTree as ET

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear map from data to picture units."""

    data: tuple[float, float]
    picture: tuple[float, float]

    def __call__(self, value: float) -> float:
        """Where a value lies."""
        (low, high), (start, end) = self.data, self.picture
        return start + (value - low) / (high - low) * (end - start)


def ticks(low: float, high: float, wanted: int = 6) -> list[float]:
    """Round numbers between two bounds, about as many as wanted.

    >>> ticks(0.0, 1.0, 5)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    raw = (high - low) / max(1, wanted)
    if not raw > 0:
        return [low]
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw - 1e-12)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(n * step, 10) + 0.0 for n in range(first, last + 1)]


def number(value: float) -> str:
    """A coordinate in few characters."""
    return f"{value:.1f}".removesuffix(".0")


def element(parent: ET.Element | None, tag: str, text: str = "", **attributes: object) -> ET.Element:
    """A new element inside a parent; a trailing or inner underscore of a name stands for nothing or a hyphen."""
    named = {
        key.rstrip("_").replace("_", "-"): number(value) if isinstance(value, float) else str(value)
        for key, value in attributes.items()
    }
    made = ET.Element(tag, named) if parent is None else ET.SubElement(parent, tag, named)
    made.text = text or None
    return made


def titled(parent: ET.Element, tag: str, title: str, **attributes: object) -> ET.Element:
    """A mark with a title of its own, which browsers show on hover."""
    made = element(parent, tag, "", **attributes)
    element(made, "title", title)
    return made


def picture(size: tuple[float, float], title: str, description: str, class_: str) -> ET.Element:
    """An empty picture with a title and a description for those who do not see it."""
    key = blake2b(f"{title}|{description}|{size}|{class_}".encode(), digest_size=6).hexdigest()
    root = element(
        None,
        "svg",
        viewBox=f"0 0 {number(size[0])} {number(size[1])}",
        role="img",
        class_=class_,
        aria_labelledby=f"t{key} d{key}",
    )
    element(root, "title", title, id=f"t{key}")
    element(root, "desc", description, id=f"d{key}")
    return root


def markup(root: ET.Element) -> Markup:
    """The picture as text, safe to put into a page."""
    return Markup(ET.tostring(root, encoding="unicode", short_empty_elements=True))


def path(points: Sequence[tuple[float, float]], closed: bool = True) -> str:
    """Path data through points."""
    steps = " ".join(f"{'M' if i == 0 else 'L'}{number(x)} {number(y)}" for i, (x, y) in enumerate(points))
    return steps + (" Z" if closed else "")


def symbol(kind: int, x: float, y: float, r: float) -> str:
    """Path data of one of eight shapes of about the same area, so that colour is never the only sign."""
    turns: dict[int, tuple[int, float, float]] = {1: (4, 45, 1.15), 2: (4, 0, 1.3), 3: (3, -90, 1.4), 4: (3, 90, 1.4)}
    turns |= {5: (5, -90, 1.2), 6: (6, 0, 1.15)}
    if kind in turns:
        sides, start, stretch = turns[kind]
        angles = [math.radians(start + 360 * i / sides) for i in range(sides)]
        return path([(x + r * stretch * math.cos(a), y + r * stretch * math.sin(a)) for a in angles])
    if kind == 7:
        arm, t = r * 1.25, r * 0.45
        corners = [(-t, -arm), (t, -arm), (t, -t), (arm, -t), (arm, t), (t, t)]
        corners += [(t, arm), (-t, arm), (-t, t), (-arm, t), (-arm, -t), (-t, -t)]
        return path([(x + dx, y + dy) for dx, dy in corners])
    arc = f"a{number(r)} {number(r)} 0 1 0"
    return f"M{number(x - r)} {number(y)} {arc} {number(2 * r)} 0 {arc} {number(-2 * r)} 0 Z"
