"""How far places are from each other: among people and as played, side by side, on one scale of shades.

A model can be near to every people and still have lost the differences between them; here they are seen as a pale
square beside a dark one. `homogenisation` and `structure` put a number with an interval on the same comparison.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from markupsafe import Markup

from tawazun.report.items import SUBJECT, answered, mean_shares
from tawazun.report.material import Material
from tawazun.report.naming import Subject
from tawazun.report.rounding import fixed
from tawazun.report.svg import element, markup, picture
from tawazun.report.tables import Columns
from tawazun.report.tiles import label_of
from tawazun.stats.distances import js_distance

SHADES = 6
FEWEST = 3
MOST_PLACES = 40
MOST = 8
CELL, HEAD = 10.0, 16.0
NAMES = ("respondent", "instrument", "arm", "source", "place", "other", "people", "model")

EMPTY = Markup()

Shares = Mapping[tuple[str, str], Sequence[float]]


@dataclass(frozen=True)
class Distances:
    """Distances between places of one respondent in one way of asking, beside those between their people.

    values   (2, C, C): people, model; mean JS distance (base 2) over the items that both have
    """

    instrument: str
    respondent: str
    arm: str
    source: str
    places: tuple[str, ...]
    items: int
    values: np.ndarray
    people: Markup = EMPTY
    model: Markup = EMPTY
    ends: tuple[str, str] = ("", "")


def distances(material: Material) -> list[Distances]:
    """Every arm that plays three or more places which have people with distributions, drawn."""
    people = material.keep(("distances", "people"), lambda: _people(material))
    arms = material.keep(("distances", "arms"), lambda: _arms(material))
    found = []
    for (who, shares), (instrument, source) in (
        (arm, key) for arm in arms.items() for key in people if key[0] == arm[0].instrument
    ):
        own = people[instrument, source]
        places = [place for place in dict.fromkeys(place for place, _ in shares) if any(p == place for p, _ in own)]
        items = _shared(places, shares, own)
        if FEWEST <= len(places) <= MOST_PLACES and items:
            values = np.stack([_between(places, items, own), _between(places, items, shares)])
            made = Distances(instrument, who.respondent, _arm(material, who), source, tuple(places), len(items), values)
            found.append(_drawn(material, made))
    return found


def distance_payload(material: Material, found: Sequence[Distances]) -> dict[str, Any]:
    """Every pair of places of every arm, for the page's script."""
    table = Columns.of(NAMES, ("people", "model"))
    for one in found:
        names = [material.names.place(place) for place in one.places]
        head = (one.respondent, material.instrument_title(one.instrument), one.arm, one.source)
        for i in range(len(names)):
            for j in range(i):
                people, model = float(one.values[0, i, j]), float(one.values[1, i, j])
                texts = (*head, names[j], names[i], fixed(people, 3), fixed(model, 3))
                orders = (None,) * 6 + (people, model)
                table.add(zip(texts, orders, strict=True))
    titles = {
        "people": "distance.people",
        "model": "distance.model",
        "place": "profile.place",
        "other": "distance.other",
    }
    return table.payload([material.words.plain(titles.get(name, f"column.{name}")) for name in NAMES])


def _people(material: Material) -> dict[tuple[str, str], dict[tuple[str, str], Sequence[float]]]:
    """(instrument, source) -> (place, item) -> shares."""
    found: dict[tuple[str, str], dict[tuple[str, str], Sequence[float]]] = {}
    table = material.humans.filter(pl.col("p").is_not_null() & (pl.col("place") != ""))
    for instrument, source, place, item, p in table.select("instrument", "source", "place", "item", "p").iter_rows():
        found.setdefault((instrument, source), {})[place, item] = p
    return found


def _arms(material: Material) -> dict[Subject, dict[tuple[str, str], Sequence[float]]]:
    """A way of asking without its place -> (place, item) -> shares; only questions of one answer."""
    kinds = material.questions.filter(pl.col("kind") == "one").select("instrument", "question").unique()
    table = answered(material).join(kinds, on=["instrument", "question"], how="semi")
    table = table.filter(
        ~pl.col("persona").is_in(["none", "human", ""]) & ~pl.col("persona").str.contains("?", literal=True)
    )
    found: dict[Subject, dict[tuple[str, str], Sequence[float]]] = {}
    for key, shares in mean_shares(table, [*SUBJECT, "question"]).items():
        who = Subject(*key[:-1])
        found.setdefault(replace(who, persona=""), {})[who.place, key[-1]] = shares
    return dict(sorted(found.items(), key=lambda pair: material.position(pair[0])))


def _shared(places: Sequence[str], *sides: Shares) -> list[str]:
    """Items that every place has on both sides, with as many options."""
    items = dict.fromkeys(item for _, item in sides[0])
    return [
        item
        for item in items
        if all((place, item) in side for place in places for side in sides)
        and len({len(side[place, item]) for place in places for side in sides}) == 1
    ]


def _between(places: Sequence[str], items: Sequence[str], shares: Shares) -> np.ndarray:
    """(C, C) mean distance over items."""
    total = np.zeros((len(places), len(places)))
    for item in items:
        p = np.array([shares[place, item] for place in places], dtype=float)
        p = p / p.sum(axis=1, keepdims=True)
        total += js_distance(p[:, None, :], p[None, :, :])
    found: np.ndarray = total / len(items)
    return found


def _arm(material: Material, one: Subject) -> str:
    words = material.words
    played = words.plain("tile.observed" if one.perspective == "observer" else "tile.played")
    parts = (played, material.names.language(one.language) if one.language else "", one.setting)
    return words.plain("list.comma").join(part for part in parts if part)


def _drawn(material: Material, one: Distances) -> Distances:
    off = one.values[:, ~np.eye(len(one.places), dtype=bool)]
    low, high = float(off.min()), float(off.max())
    words = material.words
    said = [
        words.plain(f"distance.{side}_said", respondent=one.respondent, arm=one.arm, source=one.source)
        for side in ("people", "model")
    ]
    drawn = [_square(material, one.places, one.values[k], (low, high), said[k]) for k in (0, 1)]
    return replace(one, people=drawn[0], model=drawn[1], ends=(fixed(low, 2), fixed(high, 2)))


def _square(
    material: Material, places: Sequence[str], values: np.ndarray, ends: tuple[float, float], title: str
) -> Markup:
    count, (low, high) = len(places), ends
    size = HEAD + count * CELL
    root = picture((size, size), title, material.words.plain("distance.described"), "distances")
    root.set("width", f"{min(480.0, size * 3):g}")
    paths: list[list[str]] = [[] for _ in range(SHADES)]
    for i in range(count):
        for j in range(count):
            if i != j:
                share = (values[i, j] - low) / (high - low) if high > low else 0.0
                spot = f"M{HEAD + j * CELL + 0.2:g} {HEAD + i * CELL + 0.2:g}h9.6v9.6h-9.6z"
                paths[min(SHADES - 1, int(share * SHADES))].append(spot)
    for shade, squares in enumerate(paths):
        if squares:
            element(root, "path", "", class_=f"s{shade}", d="".join(squares))
    for i, place in enumerate(places):
        at, label = HEAD + (i + 0.5) * CELL, label_of(place, material.names.place(place))
        element(root, "text", label, x=HEAD - 1.5, y=at + 1.6, class_="edge", text_anchor="end")
        element(
            root,
            "text",
            label,
            x=0,
            y=0,
            class_="edge",
            transform=f"translate({at + 1.6:g} {HEAD - 1.5:g}) rotate(-90)",
        )
    return markup(root)
