"""Skill: how much of the way from a floor to a perfect match a subject has come, in JS similarity.

skill = (S_model - S_floor) / (S_ceiling - S_floor), as a ratio of means over the same items. The ceiling is how like
the people are to themselves (split-half) where the source has microdata, else 1 (identical distributions). Floor and
ceiling are part of the facet. 0 is no better than the floor.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.closeness import (
    JS_SIMILARITY,
    UNCORRECTED,
    Pair,
    Scores,
    ceiling_of,
    floor_pairs,
    pair,
    unavailable,
)
from tawazun.measures.context import Context, Simple, faceted, number, rows
from tawazun.measures.cube import Cube
from tawazun.measures.people import People
from tawazun.measures.replies import reply_draws
from tawazun.measures.spread import Replicates, joined, replicates
from tawazun.places import group
from tawazun.stats.delta import js_distance_gradient, js_distance_variance, multinomial_variance
from tawazun.stats.shares import row_sums

SMALLEST_GAP = 1e-6
UNIT = "share of the way from floor to ceiling"


def compute(context: Context) -> Iterator[Estimate]:
    """One row per subject, population and floor."""
    for name, made in context.cubes.items():
        sides = [side for side in context.people[name] if not np.isnan(side.p).all()]
        wanted = JS_SIMILARITY.items(made)
        if not sides or not wanted.any():
            yield from unavailable(context, "skill", UNIT, made)
            continue
        for subject, base in enumerate(rows("skill", name, made)):
            reps = replicates(made, subject, made.p, reply_draws(context, made, subject))
            for side in sides:
                for c in range(len(side.names)):
                    yield from _subject(context, made, (base, reps), (side, c), wanted)


def _subject(
    context: Context, made: Cube, who: tuple[Estimate, Replicates], whom: tuple[People, int], wanted: np.ndarray
) -> Iterator[Estimate]:
    base, reps = who
    side, c = whom
    row = replace(base, population=side.names[c], unit=UNIT, source=side.source)
    found = pair(made, reps, side, c, wanted)
    if found is None:
        yield replace(row, why="no item that both the respondent and the population answered as a distribution")
        return
    scored, ways = _scored(found), []
    for floor in floors_of(context, made, side, c, wanted):
        kept, below = _shared(found.items, floor.pair.items)
        top, ceiling = ceiling_of(side, c, found.items[kept])
        faced = replace(row, group=floor.group, facet=faceted(base, f"floor={floor.name};ceiling={ceiling}"))
        if not len(kept):
            yield replace(faced, why="the floor and the respondent share no item")
            continue
        bottom = float(floor.scores[below].mean())
        if top - bottom < SMALLEST_GAP:
            yield replace(faced, why="the floor is already as close as the ceiling: there is no way left to go")
            continue
        human = human_variance(found, scored, floor, (kept, below), (bottom, top))
        ways.append(_Way(faced, kept, bottom, top, human))
    yield from _skills(context, found, scored.scores, ways)


def _shared(ours: np.ndarray, theirs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions, in two sorted lists of items, of those that both have."""
    if len(ours) == len(theirs) and (ours == theirs).all():
        every = np.arange(len(ours))
        return every, every
    both = np.intersect1d(ours, theirs)
    return np.searchsorted(ours, both), np.searchsorted(theirs, both)


@dataclass(frozen=True)
class _Way:
    """From one floor to the ceiling: the row to fill, the items used, both ends, and the variance from people."""

    row: Estimate
    kept: np.ndarray
    bottom: float
    top: float
    variance: float


@dataclass(frozen=True)
class Floor:
    """A floor of one population and what its people's error moves in it, item by item: the same for every subject.

    scores     (Q,) similarity of the floor; slope: (Q, K) its gradient with respect to the own people
    own        (Q,) variance of the floor's similarity from the own people; others: from the peoples that make the floor
    """

    name: str
    group: str
    pair: Pair
    scores: np.ndarray
    slope: np.ndarray
    own: np.ndarray
    others: np.ndarray


def floors_of(context: Context, made: Cube, side: People, population: int, wanted: np.ndarray) -> list[Floor]:
    """The floors of a population, made once."""
    key = ("skill floors", made.instrument.name, side.source, population)
    return context.once(
        key, lambda: [_floor(side, population, *one) for one in floor_pairs(context, made, side, population, wanted)]
    )


def _floor(side: People, population: int, name: str, region: str, low: Pair) -> Floor:
    shares, people, codes = low.reps.whole, low.human, low.codes
    slope = JS_SIMILARITY.gradient(shares, people, codes)
    others, moved = np.zeros(len(low.items)), JS_SIMILARITY.gradient(people, shares, codes)
    members = members_of(side, population, name, region)
    for other in members:
        share, theirs = side.p[other][low.items], side.n_eff[other][low.items]
        part = multinomial_variance(moved / len(members), np.nan_to_num(share), theirs)
        others += np.where(np.isnan(share).any(axis=-1), 0.0, part)
    scores = low.score(JS_SIMILARITY, shares[None])[0]
    return Floor(name, region, low, scores, slope, multinomial_variance(slope, people, low.n_eff), others)


@dataclass(frozen=True)
class _Scored:
    """Similarities of one pair, and their error from people.

    slope   (Q, K) gradient with respect to the people
    human   (Q,) variance from the people, also where both sides are equal
    """

    scores: Scores
    slope: np.ndarray
    human: np.ndarray


def _scored(found: Pair) -> _Scored:
    scores = found.scores(JS_SIMILARITY)
    ends, distance = (found.reps.whole, found.human), 1 - scores.whole
    slope = -js_distance_gradient(*ends, distance)
    # the curved part of the variance, which a gradient does not show, cannot take any of the straight one away
    straight = multinomial_variance(slope, found.human, found.n_eff)
    curved = js_distance_variance(*ends, found.n_eff, distance)
    return _Scored(scores, slope, straight + np.maximum(curved - straight, 0.0))


def members_of(side: People, population: int, floor: str, name: str) -> list[int]:
    """Positions of the peoples whose answers make a floor, beside the own one."""
    if floor != "regional":
        return []
    own = side.places[population]
    return [i for i, place in enumerate(side.places) if place in group(name).members and place != own]


def human_variance(
    found: Pair, scored: _Scored, floor: Floor, shared: tuple[np.ndarray, np.ndarray], ends: tuple[float, float]
) -> float:
    """Variance of a skill from the human side: the same people make the score and, in part, the floor.

    The ceiling is taken as known. NaN where a number of people is not known.
    """
    (at, below), (bottom, top) = shared, ends
    by_score = 1 / (top - bottom)
    by_floor = (float(scored.scores.whole[at].mean()) - top) / (top - bottom) ** 2
    people, slopes = found.human[at], (scored.slope[at], floor.slope[below])
    moved = [people * slope for slope in slopes]
    both = (row_sums(moved[0] * slopes[1]) - row_sums(moved[0]) * row_sums(moved[1])) / found.n_eff[at]
    total = by_score**2 * scored.human[at] + 2 * by_score * by_floor * both
    total = float((total + by_floor**2 * (floor.own[below] + floor.others[below])).sum())
    return max(total, 0.0) / len(at) ** 2 if np.isfinite(total) else float("nan")


def _skills(context: Context, found: Pair, scores: Scores, ways: Sequence[_Way]) -> Iterator[Estimate]:
    if not ways:
        return

    def skill(block: np.ndarray) -> np.ndarray:
        return np.stack([(block[:, w.kept].mean(axis=-1) - w.bottom) / (w.top - w.bottom) for w in ways], axis=-1)

    values = skill(scores.whole[None])[0]
    part = scores.part(skill, found.reps.unit)
    sd = np.sqrt(np.array([way.variance for way in ways]))
    for way, value, spread in zip(ways, values, joined(values, part, sd, context.keys.level), strict=True):
        yield replace(
            way.row,
            value=number(value),
            low=spread.low,
            high=spread.high,
            level=spread.level,
            n=len(way.kept),
            method="; ".join(m for m in (f"ratio of means over items, {UNCORRECTED}", spread.method) if m),
            why=spread.why,
        )


MEASURE = Simple(
    "skill",
    "Share of the way from a floor to a perfect match",
    UNIT,
    "Murphy (1988), Mon. Wea. Rev. 116: skill score against a reference forecast",
    compute,
)
