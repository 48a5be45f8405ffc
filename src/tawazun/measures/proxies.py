"""Whose people are a closer proxy for the target than the model is? A rank, and the gap to the reference people.

Both sides of the comparison are freed of sampling noise where the number of people is known: two sampled peoples look
farther apart than an exact model and a people, and would otherwise flatter the model.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tawazun.cells import parse_persona
from tawazun.estimates import Estimate
from tawazun.instruments import Projection
from tawazun.measures.averages import Average, averages
from tawazun.measures.context import Context, faceted, number, rows
from tawazun.measures.corrected import pooled
from tawazun.measures.cube import Cube
from tawazun.measures.maps import AXES, Point, on_map, points
from tawazun.measures.people import People
from tawazun.measures.spread import BROKEN, FEW, interval
from tawazun.stats.distances import js_bias, js_divergence

UNIT = "other peoples closer to the target than the respondent"
LISTED = 5


@dataclass(frozen=True)
class Race:
    """How much farther from one target the respondent is than each of C other peoples; NaN for the target itself.

    others   (C,) distance of each people to the target
    gaps     (C,) the respondent's distance minus theirs, over the same items; low, high: its bounds, NaN where none
    names    (C,) populations
    items    how many items at most
    """

    others: np.ndarray
    gaps: np.ndarray
    low: np.ndarray
    high: np.ndarray
    names: tuple[str, ...]
    items: int
    unit: str
    method: str
    why: str


def proxy_rows(context: Context) -> Iterator[Estimate]:
    """Every subject and target by answers, then by the instrument's map."""
    yield from _by_answers(context)
    yield from _by_map(context)


def people_divergences(context: Context, made: Cube, side: People) -> np.ndarray:
    """(C, C, Q) JS divergence between populations, bias subtracted where the number of people is known."""

    def divergences() -> np.ndarray:
        shares = np.where(made.distributed[:, None], side.p, np.nan)
        plain = js_divergence(shares[:, None], shares[None])
        return plain - np.nan_to_num(js_bias(shares[:, None], shares[None], side.n_eff[:, None], side.n_eff[None]))

    return context.once(("people divergences", made.instrument.name, side.source), divergences)


def _by_answers(context: Context) -> Iterator[Estimate]:
    for name, made in context.cubes.items():
        sides = [side for side in context.people[name] if not np.isnan(side.p).all()]
        for subject, base in enumerate(rows("proxy_rank", name, made)):
            row = replace(base, unit=UNIT)
            if not sides and made.distributed.any() and context.people[name] and made.instrument.projection is None:
                yield replace(row, why="no people of this instrument answered as distributions")
            for side in sides:
                place = made.subjects[subject].place
                for target in range(len(side.names)):
                    if not place or side.places[target] == place:
                        named = replace(row, population=side.names[target], source=side.source)
                        found = _race(context, made, averages(context, made)[subject], side, target)
                        yield from _ranked(context, named, found, side.named(context.keys.reference), target)


def _race(context: Context, made: Cube, average: Average, side: People, target: int) -> Race | None:
    peoples = people_divergences(context, made, side)[target]
    own = ~np.isnan(average.whole).any(axis=-1) & made.distributed & ~np.isnan(side.p[target]).any(axis=-1)
    masks = ~np.isnan(peoples) & own
    masks[target] = False
    there = masks.any(axis=-1)
    if not own.any():
        return None
    others, model, low, high = (np.full(len(side.names), np.nan) for _ in range(4))
    words = ""
    # populations that were asked the same items share one evaluation
    for mask in np.unique(masks[there], axis=0):
        found = pooled(made, replace(average, whole=np.where(mask[:, None], average.whole, np.nan)), _one(side, target))
        least, most, words = found.bounds(average, 1.0, context.keys.level)
        same = (masks == mask).all(axis=-1)
        others[same] = np.where(mask, peoples[same], 0.0).sum(axis=-1) / mask.sum()
        model[same], low[same], high[same] = found.corrected(1.0)[0], least[0], most[0]
    known = not np.isnan(side.n_eff[masks]).any() and not np.isnan(side.n_eff[target][masks.any(axis=0)]).any()
    count = int(masks.sum(axis=-1).max())
    corrected = "bias of sampling subtracted" if known else "uncorrected where the number of people is unknown"
    method = "; ".join(
        m for m in (f"mean JS divergence over the same items ({count} at most), {corrected}", words) if m
    )
    gaps = [part - others for part in (model, low, high)]
    return Race(
        others, gaps[0], gaps[1], gaps[2], side.names, count, "mean JS divergence (bits)", method, "" if words else FEW
    )


def _one(side: People, population: int) -> People:
    """One population of a source alone."""
    return replace(
        side,
        names=side.names[population : population + 1],
        places=side.places[population : population + 1],
        p=side.p[population : population + 1],
        n_eff=side.n_eff[population : population + 1],
        halved=side.halved[population : population + 1],
    )


def _ranked(
    context: Context, row: Estimate, found: Race | None, reference: int | None, target: int
) -> Iterator[Estimate]:
    if found is None:
        yield replace(row, why="no item that the respondent, the target and another people share")
        return
    there = np.isfinite(found.gaps)
    if not there.any():
        yield replace(row, why="the source has no other people to compare with")
        return
    closer = np.flatnonzero(there & (found.gaps > 0))
    nearest = closer[np.argsort(found.others[closer], kind="stable")]
    listed = ", ".join(found.names[c] for c in nearest[:LISTED])
    more = f" and {len(nearest) - LISTED} more" if len(nearest) > LISTED else ""
    bounded = bool(np.isfinite(found.low[there]).all())
    yield replace(
        row,
        value=float(len(closer)),
        low=float((found.low[there] > 0).sum()) if bounded else None,
        high=float((found.high[there] > 0).sum()) if bounded else None,
        level=context.keys.level if bounded else None,
        n=int(there.sum()),
        method=f"of {int(there.sum())} peoples, counted at the ends of the respondent's interval; {found.method}",
        why="; ".join(
            w
            for w in (
                f"closer: {listed}{more}" if len(closer) else "no people is closer",
                found.why or ("" if bounded else BROKEN),
            )
            if w
        ),
    )
    if reference is None or reference == target or not there[reference]:
        return
    gap = float(found.gaps[reference])
    side = "the reference people are closer" if gap > 0 else "the respondent is closer"
    yield replace(
        row,
        reference=found.names[reference],
        facet=faceted(row, "respondent minus reference"),
        unit=found.unit,
        value=gap,
        low=number(found.low[reference]),
        high=number(found.high[reference]),
        level=context.keys.level if np.isfinite(found.low[reference]) else None,
        n=found.items,
        method=f"distance of the respondent minus that of the reference, to the target; {found.method}",
        why="; ".join(w for w in (side, found.why or ("" if np.isfinite(found.low[reference]) else BROKEN)) if w),
    )


def _by_map(context: Context) -> Iterator[Estimate]:
    for made, projection, found in points(context, "proxy_rank"):
        for side in context.people[made.instrument.name]:
            if AXES[0] not in side.ready:
                continue
            for point in found:
                if not point.base.respondent.startswith("floor:"):
                    yield from _on_map(context, projection, point, side)


def _on_map(context: Context, projection: Projection, point: Point, side: People) -> Iterator[Estimate]:
    row = replace(point.base, unit=UNIT, source=side.source, facet=faceted(point.base, "map"))
    if point.missing:
        why = f"the map needs all its items; without a readable answer: {', '.join(point.missing)}"
        yield replace(row, population=side.source, why=why)
        return
    people = np.stack([side.ready[axis] for axis in AXES], axis=1)
    at, place = on_map(projection), parse_persona(point.base.persona).place
    targets = [c for c in range(len(side.names)) if not place or side.places[c] == place]
    for target in targets:

        def distance(block: np.ndarray, end: np.ndarray = people[target]) -> np.ndarray:
            return np.asarray(np.linalg.norm(at(block) - end, axis=-1))

        spread = interval(point.reps, distance, context.keys.level, None, (0.0, np.inf))
        model = [float(distance(point.reps.whole[None])[0])]
        model += [np.nan if x is None else x for x in (spread.low, spread.high)]
        others = np.linalg.norm(people - people[target], axis=-1)
        others[target] = np.nan
        method = "; ".join(m for m in ("Euclidean distance on the map", spread.method) if m)
        gaps = [end - others for end in model]
        count = len(projection.items)
        race = Race(others, gaps[0], gaps[1], gaps[2], side.names, count, "map units", method, spread.why)
        yield from _ranked(
            context, replace(row, population=side.names[target]), race, side.named(context.keys.reference), target
        )
