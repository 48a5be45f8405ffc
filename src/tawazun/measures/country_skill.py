"""Better than the region? How far a persona comes from the mean of its region's peoples to its own people.

value = (S - S_regional) / (S_ceiling - S_regional), ratios of sums over items (and places), with S = 1 - JS divergence
and the bias of every sampled side taken out: the people themselves are at 1 whatever was sampled, which is the ceiling.
The region's mean counts every country once, the own one too, because a stereotype is made of all of them; over a mean
that leaves the own country out, such a stereotype would score 1 - (1 - 1/C)^2 for being a C-th right. The floor is put
as near to the people as its sampling noise allows, so that a bare copy of the region's published shares is not above 0.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.averages import REPLY_WORDS, Average, averages
from tawazun.measures.context import Context, faceted, number, rows
from tawazun.measures.cube import Cube
from tawazun.measures.people import People, regional_mean, regional_variance
from tawazun.measures.spread import Interval, Part, joined, left_out
from tawazun.places import group
from tawazun.stats.delta import js_divergence_gradient
from tawazun.stats.distances import js_bias, js_divergence, js_noise_bias
from tawazun.stats.resampling import t_interval
from tawazun.stats.shared_people import assumed_variance

UNIT = "share of the way from the regional mean to the people"
FLOOR = "regional-with-own"
SAME = "these people are not told from their regional mean beyond sampling noise: there is no way to go"


@dataclass(frozen=True)
class Region:
    """The people of one place against the mean of its region, over the Q items that both have.

    shares   (Q, K) of the regional mean; members: populations in it, the own one among them
    far      (Q,) JS divergence between the people and the mean, bias taken out where the numbers of people are known
    own_bias (Q,) what was taken out of it for the own people; known: whether the numbers of people are
    """

    side: People
    population: int
    members: tuple[int, ...]
    shares: np.ndarray
    far: np.ndarray
    own_bias: np.ndarray
    items: np.ndarray
    known: bool
    differ: bool


@dataclass(frozen=True)
class Way:
    """One subject on its way from the region to the people, item by item.

    near      (Q,) JS divergence of the subject from the people, bias taken out; jack: (G,) its sum, nothing taken out
    own_bias, noise  (Q,) what was taken out for the people and for the subject
    """

    average: Average
    region: Region
    near: np.ndarray
    own_bias: np.ndarray
    noise: np.ndarray
    jack: np.ndarray

    @property
    def above(self) -> float:
        """Numerator."""
        return float((self.region.far - self.near).sum())

    @property
    def below(self) -> float:
        """Denominator."""
        return float(self.region.far.sum())


def region_of(context: Context, made: Cube, side: People, population: int, name: str) -> Region | None:
    """A place against its region, made once; None where no other people of the region answered."""

    def find() -> Region | None:
        members = group(name).members
        shares, human = regional_mean(side, members, ""), side.p[population]
        inside = tuple(i for i, place in enumerate(side.places) if place in members)
        others = regional_mean(side, members, side.places[population])
        there = made.distributed & ~np.isnan(shares + others + human).any(axis=-1)
        items = np.flatnonzero(there)
        if not len(items):
            return None
        variance = regional_variance(side, members, "")[items]
        own_bias = js_bias(human[items], shares[items], side.n_eff[population][items], None)
        bias = own_bias + js_noise_bias(shares[items], human[items], variance, 0.0)
        known = not np.isnan(bias).any()
        plain = js_divergence(human[items], shares[items])
        far = plain - bias if known else plain
        found = Region(side, population, inside, shares[items], far, np.nan_to_num(own_bias), items, known, True)
        return replace(found, differ=_differ(context, made, found, bias))

    return context.once(("region", made.instrument.name, side.source, population, name), find)


def _differ(context: Context, made: Cube, region: Region, bias: np.ndarray) -> bool:
    if not region.known:
        return bool(region.far.sum() > 1e-12)
    slopes: dict[int, np.ndarray] = {}
    _add_floor(slopes, region, 1.0, len(made.questions))
    free = _free(made, region.items)
    linear = _people_variance(region.side, slopes)
    curved = float(assumed_variance(2 * np.square(bias) / free, region.side.item_correlation**2))
    low, _ = t_interval(float(region.far.sum()), [(float(np.sqrt(linear + curved)), np.inf)], context.keys.level)
    return bool(low > 0)


def _free(made: Cube, items: np.ndarray) -> np.ndarray:
    return np.array([max(made.questions[q].cells - 1, 1) for q in items])


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
                for c, region in _targets(context, side, one.place):
                    named = replace(row, population=side.names[c], source=side.source, group=region)
                    named = replace(named, facet=faceted(base, f"floor={FLOOR};ceiling=the people"))
                    found = _way(context, made, averages(context, made)[subject], side, (c, region))
                    yield _filled(context, made, named, [found] if found else [])
                    if found and one.place == one.persona:
                        key = (one.respondent, one.perspective, one.language, one.mode, one.setting)
                        ways.setdefault((*key, region, side.source), []).append((named, found))
        for members in ways.values():
            first = members[0][0]
            facet = faceted(first, "over places")
            yield _filled(
                context,
                made,
                replace(first, persona="", population=first.source, facet=facet),
                [way for _, way in members],
            )


def _targets(context: Context, side: People, place: str) -> Iterator[tuple[int, str]]:
    for region in context.keys.groups:
        members = group(region).members
        for c, own in enumerate(side.places):
            if own in members and (not place or own == place):
                yield c, region


def _way(context: Context, made: Cube, average: Average, side: People, target: tuple[int, str]) -> Way | None:
    region = region_of(context, made, side, *target)
    if region is None:
        return None
    kept = ~np.isnan(average.whole[region.items]).any(axis=-1)
    items = region.items[kept]
    if not len(items):
        return None
    own, human = average.only(items), side.p[target[0]][items]
    narrowed = replace(
        region, shares=region.shares[kept], far=region.far[kept], own_bias=region.own_bias[kept], items=items
    )
    own_bias = js_bias(human, own.whole, side.n_eff[target[0]][items], None) if region.known else np.zeros(len(items))
    noise = js_noise_bias(own.whole, human, np.nan_to_num(own.variance), 0.0)
    near = js_divergence(own.whole, human) - own_bias - noise
    return Way(own, narrowed, near, own_bias, noise, js_divergence(own.jack, human).sum(axis=-1))


def _filled(context: Context, made: Cube, row: Estimate, ways: Sequence[Way]) -> Estimate:
    if not ways:
        return replace(row, why="no item that the respondent, these people and others of their region share")
    row = replace(row, n=len(ways[0].region.items) if len(ways) == 1 else len(ways))
    below = sum(one.below for one in ways)
    if below <= 0 or not any(one.region.differ for one in ways):
        return replace(row, why=SAME)
    value = sum(one.above for one in ways) / below
    spread = _interval(context, made, ways, value, below)
    over = f" and {len(ways)} places" if len(ways) > 1 else ""
    known = all(one.region.known for one in ways)
    words = [
        f"ratio of sums of JS divergences over {len(ways[0].region.items)} items{over}",
        "bias of every sampled side taken out"
        if known
        else "uncorrected for the people's sampling, excludes human error",
        spread.method,
    ]
    return replace(
        row,
        value=number(value),
        low=spread.low,
        high=spread.high,
        level=spread.level,
        method="; ".join(m for m in words if m),
        why=spread.why,
    )


def _interval(context: Context, made: Cube, ways: Sequence[Way], value: float, below: float) -> Interval:
    part: Part | None = None
    groups = {len(one.jack) for one in ways}
    if len(groups) == 1 and groups != {0}:
        jack = np.sum([one.jack for one in ways], axis=0) / below
        part = left_out(jack[:, None], ways[0].average.unit)
    elif all(one.average.sampled for one in ways):
        square = 0.0
        for one in ways:
            human = one.region.side.p[one.region.population][one.region.items]
            slope = js_divergence_gradient(human, one.average.whole)
            square += float(one.average.reply_sd(slope[None])[0]) ** 2
        part = np.array([np.sqrt(square)]) / below, np.inf, REPLY_WORDS
    sd = np.sqrt(_human_variance(made, ways, value)) / below
    return joined(np.array([value]), part, np.array([sd]), context.keys.level)[0]


def _human_variance(made: Cube, ways: Sequence[Way], value: float) -> float:
    """Variance of numerator - value * denominator from every people that stands in it; NaN where one is unknown.

    One people stands in its own term and in every regional mean, so its slopes are added before they are squared.
    """
    side = ways[0].region.side
    slopes: dict[int, np.ndarray] = {}
    curved = 0.0
    for one in ways:
        region = one.region
        _add_floor(slopes, region, 1 - value, len(made.questions))
        human = side.p[region.population][region.items]
        own = slopes.setdefault(region.population, np.zeros((len(made.questions), human.shape[-1])))
        own[region.items] -= js_divergence_gradient(one.average.whole, human)
        bias = (1 - value) * region.own_bias - one.own_bias
        noise = one.noise if not len(one.average.jack) else np.zeros_like(one.noise)
        free = _free(made, region.items)
        rho = side.item_correlation**2
        curved += float(assumed_variance(2 * np.square(bias) / free, rho))
        curved += float((2 * np.square(noise) / free + 4 * one.noise * one.own_bias / free).sum())
    return _people_variance(side, slopes) + curved


def _add_floor(slopes: dict[int, np.ndarray], region: Region, weight: float, questions: int) -> None:
    """Add weight * the gradient of the floor's divergence with respect to every people that stands in it."""
    side, items = region.side, region.items
    human = side.p[region.population][items]

    def add(population: int, slope: np.ndarray) -> None:
        slopes.setdefault(population, np.zeros((questions, human.shape[-1])))[items] += slope

    add(region.population, weight * js_divergence_gradient(region.shares, human))
    toward = weight * js_divergence_gradient(human, region.shares)
    there = ~np.isnan(side.p[list(region.members)][:, items]).any(axis=-1)
    count = np.maximum(there.sum(axis=0), 1)
    for member, answered in zip(region.members, there, strict=True):
        add(member, np.where(answered, 1 / count, 0.0)[:, None] * toward)


def _people_variance(side: People, slopes: dict[int, np.ndarray]) -> float:
    """Variance of a sum from the sampling of independent peoples, given its (Q, K) slopes by each."""
    total = 0.0
    for population, slope in slopes.items():
        items = np.flatnonzero((slope != 0).any(axis=-1))
        if len(items):
            total += float(side.covariance(population, items, slope[None][:, items])[0][0, 0])
    return total
