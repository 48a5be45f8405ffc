"""Points on an instrument's two-dimensional map, and distances on it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from tawazun.answers import uniform_outcome
from tawazun.estimates import Estimate
from tawazun.instruments import Projection
from tawazun.measures.context import Context, faceted, number, rows
from tawazun.measures.cube import Cube
from tawazun.measures.indexing import subject_values
from tawazun.measures.people import People
from tawazun.measures.spread import Replicates, fixed, interval
from tawazun.stats.projection import project

AXES = ("map_x", "map_y")


@dataclass(frozen=True)
class Point:
    """A subject on the map: its replicates over the map's items in the map's order.

    missing   items of the map without a readable answer
    """

    base: Estimate
    reps: Replicates
    missing: tuple[str, ...]


def points(context: Context, measure: str) -> Iterator[tuple[Cube, Projection, list[Point]]]:
    """Per instrument with a map: every subject, and the uniform floor."""
    for name, made in context.cubes.items():
        projection = made.instrument.projection
        if projection is None:
            continue
        at = {question.id: i for i, question in enumerate(made.questions)}
        found = []
        for base, reps in zip(rows(measure, name, made), subject_values(context, made), strict=True):
            missing = [i for i in projection.items if i not in at or np.isnan(reps.whole[at[i]])]
            order = np.array([at[i] for i in projection.items if i in at], dtype=int)
            found.append(Point(base, reps.only(order), tuple(missing)))
        floor = Estimate(measure, "floor:uniform", name)
        found.append(Point(floor, fixed(_uniform_values(made, projection)), ()))
        yield made, projection, found


def _uniform_values(made: Cube, projection: Projection) -> np.ndarray:
    values = []
    for item in projection.items:
        question = made.instrument.question(item)
        assert question is not None
        outcome = uniform_outcome(question)
        shares = np.array(outcome.p or ())
        total = shares.sum() if question.kind != "some" else 1.0
        values.append(float(shares @ np.array(question.codes)) / total if outcome.p else outcome.value or 0.0)
    return np.array(values)


def on_map(projection: Projection) -> Callable[[np.ndarray], np.ndarray]:
    """(B, 10) item means -> (B, 2) map points."""
    return lambda block: project(block, projection)


def axis_rows(context: Context, axis: int) -> Iterator[Estimate]:
    """Coordinates of every subject on one axis."""
    for _, projection, found in points(context, AXES[axis]):
        for point in found:
            row = replace(point.base, unit=f"map units, {projection.axes[axis]}", source=projection.source.cite)
            yield _filled(context, row, point, projection, lambda xy: xy[:, axis])


def distance_rows(context: Context) -> Iterator[Estimate]:
    """Distances of every subject to every population on the map, their mean, and the nearest."""
    for made, projection, found in points(context, "map_distance"):
        for side in context.people[made.instrument.name]:
            if not set(AXES) <= side.ready.keys():
                continue
            people = np.stack([side.ready[axis] for axis in AXES], axis=1)
            for point in found:
                yield from _distances(context, projection, point, side, people)


def _distances(
    context: Context, projection: Projection, point: Point, side: People, people: np.ndarray
) -> Iterator[Estimate]:
    row = replace(point.base, unit="map units", source=side.source)
    if point.missing:
        yield replace(row, population=side.source, why=_missing(point))
        return
    here = on_map(projection)(point.reps.whole[None])[0]
    each = np.linalg.norm(people - here, axis=1)
    for c, population in enumerate(side.names):
        target = people[c]
        yield _filled(
            context,
            replace(row, population=population),
            point,
            projection,
            lambda xy, target=target: np.linalg.norm(xy - target, axis=-1),  # type: ignore[misc]
        )
    mean = replace(row, population=side.source, facet=faceted(row, f"mean over {len(side.names)}"))
    yield _filled(
        context, mean, point, projection, lambda xy: np.linalg.norm(xy[:, None] - people, axis=-1).mean(axis=-1)
    )
    nearest = int(each.argmin())
    left_out = on_map(projection)(point.reps.jack)
    left_out = left_out[np.isfinite(left_out).all(axis=-1)]
    stable = np.linalg.norm(left_out[:, None] - people, axis=-1).argmin(axis=-1)
    kept = f"nearest with every {point.reps.unit.removesuffix('s')} left out in turn"
    if len(stable) and (stable != nearest).any():
        kept = f"nearest in {int((stable == nearest).sum())} of {len(stable)} {point.reps.unit} left out in turn"
    yield replace(
        row,
        population=side.names[nearest],
        facet=faceted(row, "nearest"),
        value=float(each[nearest]),
        n=len(side.names),
        method="smallest distance from the mean point",
        why=kept if len(stable) else "",
    )


def _missing(point: Point) -> str:
    return f"the map needs all its items; without a readable answer: {', '.join(point.missing)}"


def _filled(
    context: Context,
    row: Estimate,
    point: Point,
    projection: Projection,
    read: Callable[[np.ndarray], np.ndarray],
) -> Estimate:
    if point.missing:
        return replace(row, why=_missing(point))
    at = on_map(projection)

    def statistic(block: np.ndarray) -> np.ndarray:
        return read(at(block))

    bounds = (0.0, np.inf) if row.measure == "map_distance" else (-np.inf, np.inf)
    spread = interval(point.reps, statistic, context.keys.level, None, bounds)
    floor = row.respondent.startswith("floor:")
    return replace(
        row,
        value=number(statistic(point.reps.whole[None])[0]),
        low=spread.low,
        high=spread.high,
        level=spread.level,
        n=len(projection.items),
        method="; ".join(m for m in ("published projection, out of sample", spread.method) if m),
        why="" if floor else spread.why,
    )
