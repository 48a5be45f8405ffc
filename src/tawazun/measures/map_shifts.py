"""The shift from the default to a persona on an instrument's map: gain in distance, and the way past the people."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tawazun.cells import parse_persona
from tawazun.estimates import Estimate
from tawazun.instruments import Projection
from tawazun.measures.context import Context, faceted, number
from tawazun.measures.maps import AXES, Point, on_map, points
from tawazun.measures.people import People
from tawazun.measures.shifts import NO_DEFAULT
from tawazun.measures.spread import joined, left_out
from tawazun.places import group

Found = tuple[Estimate, str, np.ndarray, np.ndarray]


def map_rows(context: Context, measure: str) -> Iterator[Estimate]:
    """One row per persona of a place with its people on the map, then the mean over each group and its parts."""
    for made, projection, found in points(context, measure):
        starts = {_key(one): one for wanted in ("human", "none") for one in found if one.base.persona == wanted}
        for side in context.people[made.instrument.name]:
            if AXES[0] not in side.ready:
                continue
            shifted = []
            for point in found:
                place = parse_persona(point.base.persona).place if point.base.persona else ""
                c = side.where(place) if place else None
                if c is None:
                    continue
                row = replace(
                    point.base, facet=faceted(point.base, "map"), population=side.names[c], source=side.source
                )
                start = starts.get(_key(point))
                if start is None or start.missing or point.missing:
                    why = NO_DEFAULT if start is None else "the map needs all its items, of the default too"
                    yield replace(row, why=why)
                    continue
                one = _shift(measure, projection, row, (point, start), side, c)
                shifted.append((one[0], place, one[1], one[2]))
                yield _filled(context, one[0], one[1], one[2], point.reps.unit)
            yield from _means(context, shifted)


def _key(point: Point) -> tuple[str, ...]:
    base = point.base
    return base.respondent, base.language, base.mode, base.facet


def _shift(
    measure: str, projection: Projection, row: Estimate, both: tuple[Point, Point], side: People, c: int
) -> tuple[Estimate, np.ndarray, np.ndarray]:
    """The row with its unit, the value (1,), and the values with a cluster of framings left out (G, 1)."""
    target = np.array([side.ready[axis][c] for axis in AXES])
    at = on_map(projection)

    def read(persona: np.ndarray, default: np.ndarray) -> np.ndarray:
        if measure == "gain":
            return np.asarray(np.linalg.norm(default - target, axis=-1) - np.linalg.norm(persona - target, axis=-1))
        way = target - default
        return np.asarray(((persona - target) * way).sum(axis=-1) / np.square(way).sum(axis=-1))

    point, start = both
    value = read(at(point.reps.whole[None]), at(start.reps.whole[None]))
    same = len(point.reps.jack) == len(start.reps.jack)
    jack = read(at(point.reps.jack), at(start.reps.jack)) if same else np.zeros(0)
    unit = (
        "map units, default minus persona" if measure == "gain" else "share of the way from the default to the people"
    )
    words = (
        "distance to the people on the map, default minus persona"
        if measure == "gain"
        else "projection on the way from the default to the people, minus 1: above 0 past them, below 0 short of them"
    )
    return replace(row, unit=unit, method=words, n=len(projection.items)), value, jack[:, None]


def _filled(context: Context, row: Estimate, value: np.ndarray, jack: np.ndarray, unit: str) -> Estimate:
    spread = joined(value, left_out(jack, unit), np.array([np.nan]), context.keys.level)[0]
    return replace(
        row,
        value=number(value[0]),
        low=spread.low,
        high=spread.high,
        level=spread.level,
        method="; ".join(m for m in (row.method, spread.method) if m),
        why=spread.why,
    )


def _means(context: Context, shifted: list[Found]) -> Iterator[Estimate]:
    arms: dict[tuple[str, ...], list[Found]] = {}
    for one in shifted:
        row = one[0]
        if row.persona == one[1]:
            arms.setdefault((row.respondent, row.perspective, row.language, row.mode, row.facet), []).append(one)
    for own in arms.values():
        for name in context.keys.groups:
            region = group(name)
            for facet, members in (
                ("over places", region.members),
                *((f"part={p}", m) for p, m in region.parts.items()),
            ):
                inside = [one for one in own if one[1] in members]
                if not inside:
                    continue
                row = inside[0][0]
                named = replace(
                    row,
                    persona="",
                    population=row.source,
                    group=name,
                    facet=faceted(row, facet),
                    n=len(inside),
                    method=f"mean over {len(inside)} places: {row.method}",
                )
                sizes = {len(one[3]) for one in inside}
                jack = np.mean([one[3] for one in inside], axis=0) if len(sizes) == 1 else np.zeros((0, 1))
                yield _filled(context, named, np.mean([one[2] for one in inside], axis=0), jack, "framings")
