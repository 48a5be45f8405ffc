"""Index profiles as differences between places, people beside the respondent.

The constants of such indices are free, so a level alone means nothing. Both sides are therefore centred on their own
mean over the same places, index by index, and only the pattern of differences is drawn. The bars are the intervals of
the respondent's index before centring.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from markupsafe import Markup

from tawazun.report.material import Material, Row, is_floor, subject
from tawazun.report.naming import Subject
from tawazun.report.rounding import known, shown
from tawazun.report.svg import Scale, element, markup, picture, ticks, titled

FEWEST = 2
MOST = 8
WIDTH, LINE, LEFT = 340.0, 20.0, 112.0


@dataclass(frozen=True)
class Placed:
    """One place on one index: the respondent's and the people's difference from the panel mean, in index points."""

    place: str
    model: float
    human: float
    half: tuple[float, float] | None
    model_text: str
    human_text: str


@dataclass(frozen=True)
class Panel:
    """One index of a profile."""

    index: str
    picture: Markup
    placed: tuple[Placed, ...]
    absent: tuple[str, ...]


@dataclass(frozen=True)
class Profile:
    """One respondent's places in one language, beside one source of people."""

    instrument: str
    respondent: str
    arm: str
    source: str
    constants: str
    panels: tuple[Panel, ...]
    human_error: bool


def profiles(material: Material, instrument: str) -> list[Profile]:
    """Every profile of an instrument: a panel needs two places that both sides have."""
    groups: dict[tuple[str, ...], list[tuple[Subject, Row]]] = {}
    for row in material.measures.get("index", []):
        one = subject(row)
        if row["instrument"] != instrument or is_floor(row) or not known(row["value"]) or one.attributes:
            continue
        if material.names.stands_for(one):
            played = "place" if one.place else one.persona
            language = one.language if one.place else ""
            key = (one.respondent, one.perspective, language, one.mode, one.setting, played)
            groups.setdefault(key, []).append((one, row))
    found = []
    for source, values in human_indices(material, instrument).items():
        ordered = sorted(groups.values(), key=lambda rows: material.position(rows[0][0]))
        found += [made for rows in ordered if (made := _profile(material, instrument, source, values, rows))]
    return found


def human_indices(material: Material, instrument: str) -> dict[str, dict[str, dict[str, float]]]:
    """source -> index -> place -> index points of people.

    Returns  ready scores where the source has them, else the formula over item means with constant 0 where the run
             says the formula and every item of it has a mean.
    Unit     index points, whose constant is free.
    """
    about = material.instruments[instrument].get("indices", {})
    formulas: Mapping[str, Any] = {name: one.get("terms", {}) for name, one in about.items()}
    own = material.humans.filter((pl.col("instrument") == instrument) & pl.col("value").is_not_null())
    found: dict[str, dict[str, dict[str, float]]] = {}
    for (source,), table in own.group_by("source", maintain_order=True):
        if material.human_sources.get(str(source), {}).get("redistribute") == "no":
            continue
        items: dict[str, dict[str, float]] = {}
        for place, item, value in table.select("place", "item", "value").iter_rows():
            items.setdefault(place, {})[item] = value
        for place, values in items.items():
            for name in {*formulas, *(row["item"] for row in material.measures.get("index", []))}:
                terms = formulas.get(name, {})
                score = values.get(name)
                if score is None and terms and all(item in values for item in terms):
                    score = sum(weight * values[item] for item, weight in terms.items())
                if score is not None:
                    found.setdefault(str(source), {}).setdefault(name, {})[place] = score
    return found


def _profile(
    material: Material,
    instrument: str,
    source: str,
    values: Mapping[str, Mapping[str, float]],
    rows: Sequence[tuple[Subject, Row]],
) -> Profile | None:
    panels = []
    for index in dict.fromkeys(row["item"] for _, row in rows):
        at = {material.names.stands_for(one): row for one, row in rows if row["item"] == index}
        panel = _panel(material, instrument, index, at, values.get(index, {}))
        if panel is not None:
            panels.append(panel)
    if not panels:
        return None
    one, row = rows[0]
    facets = dict(part.split("=", 1) for part in row["facet"].split(";") if "=" in part)
    arm = material.names.language(one.language) if one.place else material.words.plain("profile.by_language")
    if one.perspective == "observer":
        arm = f"{arm}, {material.words.plain('profile.observer')}"
    return Profile(
        instrument, one.respondent, ", ".join(part for part in (arm, one.setting) if part), source,
        facets.get("constants", "none"), tuple(panels), _has_error(material, source),
    )  # fmt: skip


def _has_error(material: Material, source: str) -> bool:
    return material.human_sources.get(source, {}).get("human_error") == "sampled"


def _panel(
    material: Material, instrument: str, index: str, model: Mapping[str, Row], human: Mapping[str, float]
) -> Panel | None:
    both = [place for place in model if place in human]
    if len(both) < FEWEST:
        return None
    model_mean = sum(model[place]["value"] for place in both) / len(both)
    human_mean = sum(human[place] for place in both) / len(both)
    placed = []
    for place in both:
        row = model[place]
        offset = row["value"] - model_mean
        half = None
        if known(row["low"]) and known(row["high"]):
            half = (row["low"] - row["value"], row["high"] - row["value"])
        bounds = (offset + half[0], offset + half[1]) if half else (None, None)
        human_offset = human[place] - human_mean
        name = material.names.place(place)
        texts = (shown(offset, *bounds).text, shown(human_offset).value)
        placed.append(Placed(name, offset, human_offset, half, *texts))
    placed.sort(key=lambda one: -one.human)
    title = material.index_title(instrument, index)
    absent = tuple(material.names.place(place) for place in model if place not in human)
    return Panel(title, _draw(material, title, placed), tuple(placed), absent)


def _draw(material: Material, title: str, placed: Sequence[Placed]) -> Markup:
    words = material.words
    height = LINE * len(placed) + 26
    ends = [abs(value) for one in placed for value in (one.model, one.human, *(one.model + h for h in one.half or ()))]
    reach = max(ends) * 1.08 or 1.0
    scale = Scale((-reach, reach), (LEFT, WIDTH - 8))
    described = words.plain("profile.described", n=len(placed))
    root = picture((WIDTH, height), words.plain("profile.title", index=title), described, "profile")
    for mark in ticks(-reach, reach, 5):
        at = scale(mark)
        if at > WIDTH - 16:
            continue
        element(root, "line", class_="grid zero" if mark == 0 else "grid", x1=at, x2=at, y1=0, y2=height - 22)
        text = f"{mark:+g}".replace("-", "−") if mark else "0"
        element(root, "text", text, class_="tick", x=at, y=height - 8, text_anchor="middle")
    for i, one in enumerate(placed):
        y = LINE * (i + 0.5)
        element(root, "text", _cut(one.place), class_="label", x=LEFT - 8, y=y + 4, text_anchor="end")
        element(root, "line", class_="gap", x1=scale(one.human), x2=scale(one.model), y1=y, y2=y)
        if one.half:
            low, high = scale(one.model + one.half[0]), scale(one.model + one.half[1])
            element(root, "line", class_="bar model", x1=low, x2=high, y1=y, y2=y)
        said = words.plain("profile.said", place=one.place, people=one.human_text, model=one.model_text)
        titled(root, "circle", said, class_="mark human", cx=scale(one.human), cy=y, r=4.5)
        titled(root, "circle", said, class_="mark model", cx=scale(one.model), cy=y, r=4.5)
    return markup(root)


def _cut(name: str) -> str:
    return name if len(name) <= 16 else f"{name[:15]}…"
