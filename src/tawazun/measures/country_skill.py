"""Better than the region? How far a persona comes from the mean of its region's other peoples to its own people.

value = (S - S_regional) / (S_ceiling - S_regional), a ratio of sums over items (and places). The floor leaves the own
place out, so it can be known without ever having asked there; a stereotype that was made with the place in it may score
up to one C-th of the way above 0, which is why a second floor keeps it in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.averages import REPLY_WORDS, Average, averages
from tawazun.measures.closeness import ceiling_of
from tawazun.measures.context import Context, faceted, number, rows
from tawazun.measures.cube import Cube
from tawazun.measures.people import People, regional_mean, regional_variance
from tawazun.measures.spread import Interval, Part, joined, left_out
from tawazun.places import group
from tawazun.stats.delta import js_distance_gradient, js_divergence_gradient, multinomial_variance
from tawazun.stats.distances import js_bias, js_distance, js_divergence, js_noise_bias
from tawazun.stats.resampling import t_interval

UNIT = "share of the way from the regional mean to the ceiling"
FLOORS = ("regional", "regional-with-own")
SAME = "these people are not told from their regional mean beyond sampling noise: there is no way to go"


@dataclass(frozen=True)
class Region:
    """The people of one place against the mean of its region, over the Q items that both have.

    shares   (Q, K) of the regional mean; others: populations in it
    far      (Q,) JS distance between the people and the mean; differ: whether that is beyond sampling noise
    """

    side: People
    population: int
    name: str
    floor: str
    others: tuple[int, ...]
    shares: np.ndarray
    far: np.ndarray
    items: np.ndarray
    differ: bool


@dataclass(frozen=True)
class Way:
    """One subject on its way from the region to the people: sums over items, and what moves them.

    above, below   numerator and denominator; jack: (G,) numerator with a cluster of framings left out
    near           (Q,) distance of the subject to the people
    """

    average: Average
    region: Region
    ceiling: str
    above: float
    below: float
    jack: np.ndarray
    near: np.ndarray
    items: np.ndarray


def region_of(context: Context, made: Cube, side: People, population: int, name: str, floor: str) -> Region | None:
    """A place against its region, made once; None where no other people of the region answered."""

    def find() -> Region | None:
        own, members = side.places[population], group(name).members
        left = own if floor == "regional" else ""
        shares = regional_mean(side, members, left)
        others = tuple(i for i, place in enumerate(side.places) if place in members and place != left)
        human = side.p[population]
        there = made.distributed & ~np.isnan(shares).any(axis=-1) & ~np.isnan(human).any(axis=-1)
        items = np.flatnonzero(there)
        if not len(items) or set(others) <= {population}:
            return None
        variance = regional_variance(side, members, left)[items]
        ends = (human[items], shares[items], side.n_eff[population][items], variance)
        far = js_distance(human[items], shares[items])
        return Region(
            side, population, name, floor, others, shares[items], far, items, _differ(made, items, ends, context)
        )

    return context.once(("region", made.instrument.name, side.source, population, name, floor), find)


def _differ(
    made: Cube, items: np.ndarray, ends: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray], context: Context
) -> bool:
    human, shares, n_eff, variance = ends
    plain = js_divergence(human, shares)
    bias = js_bias(human, shares, n_eff, None) + js_noise_bias(shares, human, variance, 0.0)
    if np.isnan(bias).any():
        return bool(plain.sum() > 1e-12)
    slope = js_divergence_gradient(shares, human)
    other = js_divergence_gradient(human, shares)
    free = np.array([max(made.questions[q].cells - 1, 1) for q in items])
    # the region's covariance between options is not kept: its variances alone bound it from above
    first = multinomial_variance(slope, human, n_eff) + (np.square(other) * variance).sum(axis=-1)
    sd = float(np.sqrt((first + 2 * np.square(bias) / free).sum())) / len(items)
    low, _ = t_interval((plain - bias).mean(), [(sd, np.inf)], context.keys.level)
    return bool(low > 0)


def country_skill_rows(context: Context) -> Iterator[Estimate]:
    """Personas against their own people and subjects without a place against all, per group; then over places."""
    for name, made in context.cubes.items():
        sides = [side for side in context.people[name] if not np.isnan(side.p).all()]
        ways: dict[tuple[str, ...], list[tuple[Estimate, Way]]] = {}
        for subject, base in enumerate(rows("country_skill", name, made)):
            row, one = replace(base, unit=UNIT), made.subjects[subject]
            if not context.keys.groups or not sides:
                why = "no people of this instrument answered as distributions"
                yield replace(
                    row, why=why if context.keys.groups else "no group is declared: name one in measure.groups"
                )
                continue
            for side in sides:
                for c, region, floor in _targets(context, side, one.place):
                    named = replace(row, population=side.names[c], source=side.source, group=region)
                    found = _way(context, made, averages(context, made)[subject], side, (c, region, floor))
                    facet = f"floor={floor};ceiling={found.ceiling if found else 'identical'}"
                    named = replace(named, facet=faceted(base, facet))
                    yield _filled(context, named, [found] if found else [])
                    if found and one.place == one.persona:
                        key = (one.respondent, one.perspective, one.language, one.mode, one.setting)
                        ways.setdefault((*key, region, side.source, floor), []).append((named, found))
        for members in ways.values():
            first = members[0][0]
            facet = faceted(first, "over places")
            yield _filled(
                context,
                replace(first, persona="", population=first.source, facet=facet),
                [way for _, way in members],
            )


def _targets(context: Context, side: People, place: str) -> Iterator[tuple[int, str, str]]:
    for region in context.keys.groups:
        members = group(region).members
        for c, own in enumerate(side.places):
            if own in members and (not place or own == place):
                for floor in FLOORS:
                    yield c, region, floor


def _way(context: Context, made: Cube, average: Average, side: People, target: tuple[int, str, str]) -> Way | None:
    region = region_of(context, made, side, *target)
    if region is None:
        return None
    kept = ~np.isnan(average.whole[region.items]).any(axis=-1)
    items = region.items[kept]
    if not len(items):
        return None
    own, human = average.only(items), side.p[target[0]][items]
    narrowed = replace(region, shares=region.shares[kept], far=region.far[kept], items=items)
    near = js_distance(own.whole, human)
    top, ceiling = ceiling_of(side, target[0], items)
    bottom = float(narrowed.far.sum())
    jack = bottom - js_distance(own.jack, human).sum(axis=-1)
    below = bottom - len(items) * (1 - top)
    return Way(own, narrowed, ceiling, bottom - float(near.sum()), below, jack, near, items)


def _filled(context: Context, row: Estimate, ways: Sequence[Way]) -> Estimate:
    if not ways:
        return replace(row, why="no item that the respondent, these people and others of their region share")
    row = replace(row, n=len(ways[0].items) if len(ways) == 1 else len(ways))
    below = sum(one.below for one in ways)
    if below <= 0 or not any(one.region.differ for one in ways):
        return replace(row, why=SAME)
    value = sum(one.above for one in ways) / below
    spread = _interval(context, ways, value, below)
    over = f" and {len(ways)} places" if len(ways) > 1 else ""
    words = f"ratio of sums over {len(ways[0].items)} items{over}"
    return replace(
        row,
        value=number(value),
        low=spread.low,
        high=spread.high,
        level=spread.level,
        method="; ".join(m for m in (words, spread.method) if m),
        why=spread.why,
    )


def _interval(context: Context, ways: Sequence[Way], value: float, below: float) -> Interval:
    part: Part | None = None
    groups = {len(one.jack) for one in ways}
    if len(groups) == 1 and groups != {0}:
        jack = np.sum([one.jack for one in ways], axis=0) / below
        part = left_out(jack[:, None], ways[0].average.unit)
    elif all(one.average.sampled for one in ways):
        square = 0.0
        for one in ways:
            human = one.region.side.p[one.region.population][one.items]
            square += (
                float(one.average.reply_sd(js_distance_gradient(human, one.average.whole, one.near)[None])[0]) ** 2
            )
        part = np.array([np.sqrt(square)]) / below, np.inf, REPLY_WORDS
    sd = np.sqrt(sum(_human_variance(one, value) for one in ways)) / below
    return joined(np.array([value]), part, np.array([sd]), context.keys.level)[0]


def _human_variance(one: Way, value: float) -> float:
    """Variance of numerator - value * denominator from the own people and, through the mean, from the region's."""
    region, side = one.region, one.region.side
    human = side.p[region.population][one.items]
    toward = (1 - value) * js_distance_gradient(region.shares, human, region.far)
    toward = toward - js_distance_gradient(one.average.whole, human, one.near)
    total = float(multinomial_variance(toward, human, side.n_eff[region.population][one.items]).sum())
    slope = (1 - value) * js_distance_gradient(human, region.shares, region.far)
    others = list(region.others)
    shares = side.p[others][:, one.items]
    there = ~np.isnan(shares).any(axis=-1)
    count = np.maximum(there.sum(axis=0), 1)[:, None]
    each = multinomial_variance(slope / count, np.nan_to_num(shares), side.n_eff[others][:, one.items])
    return total + float(np.where(there, each, 0.0).sum())
