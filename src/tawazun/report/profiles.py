"""Index profiles as differences between places, people beside the respondent; and what its rankings are worth.

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
from tawazun.report.rounding import known, p_text, shown
from tawazun.report.svg import Scale, element, markup, picture, ticks, titled

FEWEST = 2
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
        found += [made for rows in groups.values() if (made := _profile(material, instrument, source, values, rows))]
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
    for mark in ticks(-reach, reach, 4):
        at = scale(mark)
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


@dataclass(frozen=True)
class Ranked:
    """One line of the rankings table."""

    respondent: str
    arm: str
    source: str
    index: str
    value: str
    interval: str
    p: str
    least_p: str
    n: str
    why: str
    average: bool


@dataclass(frozen=True)
class Misranked:
    """Share of indices on which places are misranked, beside its chance level."""

    respondent: str
    arm: str
    source: str
    value: str
    chance: str


def rankings(material: Material, instrument: str) -> list[Ranked]:
    """Agreement of every ranking of places, the average over indices first."""
    found = []
    for row in material.measures.get("rank_agreement", []):
        if row["instrument"] != instrument:
            continue
        has = known(row["value"])
        value = shown(row["value"], row["low"], row["high"]) if has else None
        least = str(row["method"]).partition("smallest attainable p ")[2].partition(";")[0]
        title = material.index_title(instrument, row["item"]) if row["item"] else material.words.plain("rank.average")
        found.append(
            Ranked(
                row["respondent"], _ranking_arm(material, row), row["population"], title,
                value.value if value else "", value.interval if value else "",
                p_text(row["p"]) if known(row["p"]) else "", least, f"{row['n']:g}" if known(row["n"]) else "",
                row["why"], not row["item"],
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (one.respondent, one.arm, one.source, not one.average))


def misranked(material: Material, instrument: str) -> list[Misranked]:
    """The mean over places of every ranking, with what a random ranking would give."""
    rows = [
        row
        for row in material.measures.get("misranked", [])
        if row["instrument"] == instrument and "mean over places" in row["facet"] and known(row["value"])
    ]
    chance = {}
    for row in rows:
        if row["respondent"] == "floor:random-ranking":
            of = row["facet"].partition("of=")[2]
            chance[(of, row["population"], row["language"], row["perspective"])] = row["value"]
    return [
        Misranked(
            row["respondent"], _ranking_arm(material, row), row["population"], f"{shown(row['value'], scale=100).value} %",
            f"{shown(chance[key], scale=100).value} %" if key in chance else "",
        )
        for row in rows
        if not is_floor(row)
        for key in [(row["respondent"], row["population"], row["language"], row["perspective"])]
    ]  # fmt: skip


def _ranking_arm(material: Material, row: Row) -> str:
    if "places by persona" in row["facet"]:
        language = material.names.language(row["language"])
        parts = [material.words.plain("headline.ranking.persona", language=language)]
        if row["perspective"] == "observer":
            parts.append(material.words.plain("profile.observer"))
        return ", ".join(parts)
    return material.words.plain("headline.ranking.language")
