"""Which of a group's places a source has people of, and enough of them, item by item: whom the numbers cannot show."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple
from tawazun.measures.cube import Cube
from tawazun.measures.people import People
from tawazun.places import group

UNIT = "share of the group's places"
ENOUGH = 300.0
FACETS = (f"effective n of {ENOUGH:g} or more", "any people")


def compute(context: Context) -> Iterator[Estimate]:
    """Per source and group: mean over items, each item, and each place of the group."""
    for name, made in context.cubes.items():
        for region in context.keys.groups:
            for side in context.people[name]:
                yield from _of_group(made, side, region)


def _of_group(made: Cube, side: People, region: str) -> Iterator[Estimate]:
    members = group(region).members
    at = [side.where(place) for place in members]
    has = np.zeros((len(members), len(made.questions)), dtype=bool)
    enough = has.copy()
    for m, c in enumerate(at):
        if c is not None:
            has[m] = ~np.isnan(side.value[c]) | ~np.isnan(side.p[c]).all(axis=-1)
            enough[m] = has[m] & (np.nan_to_num(side.n_eff[c]) >= ENOUGH)
    unknown = bool(has.any() and np.isnan(side.n_eff[[c for c in at if c is not None]]).all())
    row = Estimate(
        "coverage", f"floor:{side.source}", made.instrument.name, population=side.source, group=region, unit=UNIT
    )
    row = replace(row, source=side.source, why="a count of people: no interval")
    if side.ready and not has.any():
        ready = [m for m, c in enumerate(at) if c is not None]
        words = f"{len(ready)} of {len(members)} places have ready scores, no answers to items"
        yield replace(row, facet=FACETS[1], value=len(ready) / len(members), n=len(members), method=words)
        return
    for facet, there in zip(FACETS, (enough, has), strict=True):
        named = replace(row, facet=facet)
        if unknown and facet == FACETS[0]:
            yield replace(named, n=len(members), why="the source does not say how many people stand behind its shares")
            continue
        absent = ", ".join(place for place, line in zip(members, there, strict=True) if not line.any())
        words = f"mean over {len(made.questions)} items of {len(members)} places"
        words += f"; no item of: {absent}" if absent else ""
        yield replace(named, value=float(there.mean()), n=len(members), method=words)
        for question, column in zip(made.questions, there.T, strict=True):
            words = f"{int(column.sum())} of {len(members)} places"
            yield replace(named, item=question.id, value=float(column.mean()), n=len(members), method=words)
        for place, line, c in zip(members, there, at, strict=True):
            yield _of_place(named, side, place, line, c)


def _of_place(row: Estimate, side: People, place: str, line: np.ndarray, c: int | None) -> Estimate:
    named = replace(row, population=f"{side.source}/{place}", unit="share of items", n=len(line))
    thin = (
        "" if c is None or not side.thin[c] else f"; {side.thin[c]:g} items left out: fewer than two effective people"
    )
    words = f"{int(line.sum())} of {len(line)} items{thin}"
    return replace(named, value=float(line.mean()), method=words)


MEASURE = Simple(
    "coverage",
    "Places of a group with people in a source",
    UNIT,
    "own count; the question: Keleg (2025), arXiv 2503.15003",
    compute,
)
