"""Closeness of answers as distributions: what js_similarity, js_divergence, w1_similarity and skill share.

Distances are taken per item between the average over framings and the population's shares, then averaged over items
with equal weight. Rows: every subject against every population (averages over items), and item by item where a
subject plays that population's place or nobody. Floors answer as `floor:uniform`, `floor:modal`, `floor:regional` and
`floor:POPULATION` for the study's reference; the facet `nearest` is the population's nearest neighbour, a line to read
by and no ceiling. `ceiling:split-half` is how like the people are to themselves, where a source has microdata.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from tawazun.estimates import Estimate, varied
from tawazun.measures.context import Context, number, rows
from tawazun.measures.cube import Cube
from tawazun.measures.people import People, regional_mean
from tawazun.measures.replies import reply_draws
from tawazun.measures.spread import Part, Replicates, drawn_again, fixed, joined, left_out, replicates
from tawazun.places import group
from tawazun.stats.delta import (
    js_distance_gradient,
    js_distance_variance,
    js_divergence_gradient,
    js_divergence_variance,
    w1_gradient,
    w1_variance,
)
from tawazun.stats.distances import js_distance, js_divergence, w1_similarity
from tawazun.stats.shared_people import assumed_variance, halved_variances, split_items, together
from tawazun.study import ITEM_CORRELATION

UNCORRECTED = "uncorrected for sampling noise, as its interval is"
FLOORS = ("uniform", "modal", "regional", "reference")


@dataclass(frozen=True, slots=True)
class Scale:
    """One way to say how close two distributions are.

    score      (p, h, codes) -> (...), for arrays (..., K)
    gradient   (p, h, codes) -> (..., K): of the score with respect to h, for the human error
    variance   (p, h, codes, n_eff) -> (...): of the score from the human side, also where the two sides are equal
    items      which questions of a cube it applies to
    toward     1 when more is closer, -1 when less is
    """

    name: str
    unit: str
    score: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
    gradient: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
    variance: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]
    items: Callable[[Cube], np.ndarray]
    toward: int = 1


def _spread_codes(codes: np.ndarray) -> np.ndarray:
    return np.maximum(codes.max(axis=-1) - codes.min(axis=-1), 1e-12)


JS_SIMILARITY = Scale(
    "js_similarity",
    "1 - JS distance (base 2)",
    lambda p, h, codes: 1 - js_distance(p, h),
    lambda p, h, codes: -js_distance_gradient(p, h, js_distance(p, h)),
    lambda p, h, codes, n_eff: js_distance_variance(p, h, n_eff, js_distance(p, h)),
    lambda cube: cube.distributed,
)
JS_DIVERGENCE = Scale(
    "js_divergence",
    "JS divergence (bits)",
    lambda p, h, codes: js_divergence(p, h),
    lambda p, h, codes: js_divergence_gradient(p, h),
    lambda p, h, codes, n_eff: js_divergence_variance(p, h, n_eff),
    lambda cube: cube.distributed,
    toward=-1,
)
W1_SIMILARITY = Scale(
    "w1_similarity",
    "1 - W1 / (max - min code)",
    w1_similarity,
    lambda p, h, codes: -w1_gradient(p, h, codes) / _spread_codes(codes)[..., None],
    lambda p, h, codes, n_eff: w1_variance(p, h, codes, n_eff) / _spread_codes(codes) ** 2,
    lambda cube: cube.ordinal,
)


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of one pair, item by item: of the average (Q,), and of its replicates, jack (G, Q) and drawn (D, Q)."""

    whole: np.ndarray
    jack: np.ndarray
    drawn: np.ndarray

    def part(self, statistic: Callable[[np.ndarray], np.ndarray], unit: str) -> Part | None:
        """What framings, else replies, contribute to J statistics of the items' scores, (B, Q) -> (B, J)."""
        if len(self.jack):
            return left_out(statistic(self.jack), unit)
        return drawn_again(statistic(self.drawn)) if len(self.drawn) else None


@dataclass(frozen=True)
class Pair:
    """A subject's replicates and a population's shares over the items that both have.

    halves       (R, 2, Q, K) the population in random halves, NaN where an item has none; None without any
    correlation  of the items of one person, where there are no halves
    """

    reps: Replicates
    human: np.ndarray
    n_eff: np.ndarray
    codes: np.ndarray
    items: np.ndarray
    halves: np.ndarray | None = None
    correlation: float = ITEM_CORRELATION

    def score(self, scale: Scale, block: np.ndarray) -> np.ndarray:
        """(B, Q, K) model shares -> (B, Q) scores."""
        return scale.score(block, self.human, self.codes)

    def scores(self, scale: Scale) -> Scores:
        """The scores of the average and of everything that could have been it."""
        both = self.score(scale, np.concatenate([self.reps.whole[None], self.reps.jack]))
        return Scores(both[0], both[1:], self.score(scale, self.reps.drawn))

    def mean(self, scale: Scale) -> float:
        """The mean score over items."""
        return float(self.score(scale, self.reps.whole).mean())

    def human_sd(self, scale: Scale) -> np.ndarray:
        """(Q,) standard error of each item's score from the human side; NaN where n is unknown."""
        return np.sqrt(scale.variance(self.reps.whole, self.human, self.codes, self.n_eff))

    def average_error(self, scale: Scale, each: np.ndarray) -> tuple[float, float]:
        """Standard error of the mean over items from the people, who answered them all, and its degrees of freedom."""
        split = split_items(self.halves, len(each))
        alone = float(assumed_variance(np.square(each[~split]), self.correlation))
        if self.halves is None or not split.any() or not np.isfinite(alone):
            return float(np.sqrt(assumed_variance(np.square(each), self.correlation))) / len(each), np.inf
        scores = scale.score(self.reps.whole[split], self.halves[:, :, split], self.codes[split]).sum(axis=-1)
        told = float(sum(halved_variances(scores)))
        return float(np.sqrt(together(told, alone, self.correlation))) / len(each), float(len(scores))


def pair(made: Cube, reps: Replicates, side: People, population: int, wanted: np.ndarray) -> Pair | None:
    """What a subject and a population have in common, or None when that is no item."""
    human = side.p[population]
    both = wanted & ~np.isnan(reps.whole).any(axis=-1) & ~np.isnan(human).any(axis=-1)
    items = np.flatnonzero(both)
    if not len(items):
        return None
    return Pair(
        reps.only(items),
        human[items],
        side.n_eff[population][items],
        made.tight_codes[items],
        items,
        side.halves_of(population, items),
        side.item_correlation,
    )


def estimates(context: Context, scale: Scale) -> Iterator[Estimate]:
    """Every row of one closeness measure."""
    for name, made in context.cubes.items():
        sides = [side for side in context.people[name] if not np.isnan(side.p).all()]
        wanted = scale.items(made)
        if not sides or not wanted.any():
            yield from unavailable(context, scale.name, scale.unit, made)
            continue
        for subject, base in enumerate(rows(scale.name, name, made)):
            reps = replicates(made, subject, made.p, reply_draws(context, made, subject))
            for side in sides:
                yield from _against(context, scale, made, (subject, base), reps, side, wanted)
        for side in sides:
            yield from floor_rows(context, scale, made, side, wanted)


def unavailable(context: Context, measure: str, unit: str, made: Cube) -> Iterator[Estimate]:
    """A row with the reason for every subject, where people were named but none can be compared with."""
    name = made.instrument.name
    if not context.people[name] and not context.keys.populations:
        return
    why = "no population with distributions for this instrument"
    if left_out := sum(float(side.thin.sum()) for side in context.people[name]):
        why += f" ({left_out:g} answers left out: fewer than two effective people behind them)"
    if any(not np.isnan(side.p).all() for side in context.people[name]):
        kinds = "ordinal items" if measure == "w1_similarity" else "items answered as distributions"
        why = f"the instrument has no {kinds}"
    for base in rows(measure, name, made):
        yield replace(base, unit=unit, why=why)


def _against(
    context: Context,
    scale: Scale,
    made: Cube,
    who: tuple[int, Estimate],
    reps: Replicates,
    side: People,
    wanted: np.ndarray,
) -> Iterator[Estimate]:
    subject, base = who
    place = made.subjects[subject].place
    for c, population in enumerate(side.names):
        found = pair(made, reps, side, c, wanted)
        row = replace(base, population=population, unit=scale.unit, source=side.source)
        if found is None:
            yield replace(row, why="no item that both the respondent and the population answered as a distribution")
            continue
        scores, human_sd = found.scores(scale), found.human_sd(scale)
        words = side.error_words(c, found.items)
        yield _average(context, row, found, scores, found.average_error(scale, human_sd), words)
        if not place or place == side.places[c]:
            yield from _items(context, row, made, found, scores, human_sd)


def _average(
    context: Context, row: Estimate, found: Pair, scores: Scores, human: tuple[float, float], words: str
) -> Estimate:
    """The average over items, with its interval; `human` is the people's standard error and degrees of freedom."""
    count = len(found.items)
    value = scores.whole.mean(keepdims=True)
    part = scores.part(lambda block: block.mean(axis=-1, keepdims=True), found.reps.unit)
    sd, df = human
    spread = joined(value, part, np.array([sd]), context.keys.level, (0.0, 1.0), words, df)[0]
    return replace(
        row,
        value=number(value[0]),
        low=spread.low,
        high=spread.high,
        level=spread.level,
        n=count,
        method="; ".join(m for m in (f"mean over {count} items, {UNCORRECTED}", spread.method) if m),
        why=spread.why,
    )


def _items(
    context: Context, row: Estimate, made: Cube, found: Pair, scores: Scores, human_sd: np.ndarray
) -> Iterator[Estimate]:
    part = scores.part(lambda block: block, found.reps.unit)
    spreads = joined(scores.whole, part, human_sd, context.keys.level, (0.0, 1.0))
    return varied(
        replace(row, n=1),
        item=[made.questions[q].id for q in found.items],
        value=[number(value) for value in scores.whole.tolist()],
        low=[spread.low for spread in spreads],
        high=[spread.high for spread in spreads],
        level=[spread.level for spread in spreads],
        method=[spread.method for spread in spreads],
        why=[spread.why for spread in spreads],
    )


def floor_shares(
    context: Context, made: Cube, side: People, population: int, floor: str
) -> list[tuple[str, str, np.ndarray]]:
    """(label, group, (Q, K) shares) of a floor for one population; several for `regional`, one per declared group."""
    human = side.p[population]
    if floor == "uniform":
        cells = np.array([q.cells for q in made.questions])[:, None]
        return [(floor, "", np.where(np.arange(human.shape[-1]) < cells, 1.0 / np.maximum(cells, 1), 0.0))]
    if floor == "modal":
        shares = np.zeros_like(human)
        known = ~np.isnan(human).any(axis=-1)
        shares[known, human[known].argmax(axis=-1)] = 1.0
        shares[~known] = np.nan
        return [(floor, "", shares)]
    if floor == "reference":
        at = side.named(context.keys.reference)
        return [] if at is None or at == population else [(side.names[at], "", side.p[at])]
    own = side.places[population]
    names = [name for name in context.keys.groups if own in group(name).members]
    return [(floor, name, regional_mean(side, group(name).members, own)) for name in names]


def floor_pairs(
    context: Context, made: Cube, side: People, population: int, wanted: np.ndarray
) -> list[tuple[str, str, Pair]]:
    """(floor, group, pair) for every floor that a population has."""

    def pairs() -> list[tuple[str, str, Pair]]:
        found = []
        for floor in FLOORS:
            for label, name, shares in floor_shares(context, made, side, population, floor):
                both = pair(made, fixed(shares), side, population, wanted)
                if both is not None:
                    found.append((label, name, both))
        return found

    key = ("floor pairs", made.instrument.name, side.source, population, wanted.tobytes())
    return context.once(key, pairs)


def floor_rows(context: Context, scale: Scale, made: Cube, side: People, wanted: np.ndarray) -> Iterator[Estimate]:
    """One row per population and floor, and one for the population's nearest neighbour."""
    for c, population in enumerate(side.names):
        row = Estimate(
            measure=scale.name,
            respondent="",
            instrument=made.instrument.name,
            population=population,
            unit=scale.unit,
            source=side.source,
            why="computed from the human side alone: no interval over framings",
        )
        for floor, name, found in floor_pairs(context, made, side, c, wanted):
            yield _floor_row(replace(row, respondent=f"floor:{floor}", group=name), scale, found)
        if scale is JS_SIMILARITY and np.isfinite(side.itself[c][wanted]).any():
            yield _ceiling(row, side, c, wanted)
        near = _nearest(scale, made, side, c, wanted)
        if near is not None:
            yield _floor_row(replace(row, respondent=f"floor:{near[0]}", facet="nearest"), scale, near[1])


def ceiling_of(side: People, population: int, items: np.ndarray) -> tuple[float, str]:
    """The ceiling of a mean JS similarity over some items, and its name: people against themselves, else identical."""
    itself = side.itself[population][items]
    if len(itself) and np.isfinite(itself).all():
        return float(1 - itself.mean()), "split-half"
    return 1.0, "identical"


def _ceiling(row: Estimate, side: People, population: int, wanted: np.ndarray) -> Estimate:
    """What a respondent with exactly the right shares would score, given how few people were asked."""
    known = 1 - side.itself[population][wanted]
    known = known[np.isfinite(known)]
    method = f"mean over {len(known)} items, random halves of the people brought to the size of the sample"
    return replace(row, respondent="ceiling:split-half", value=number(float(known.mean())), n=len(known), method=method)


def _floor_row(row: Estimate, scale: Scale, found: Pair) -> Estimate:
    count = len(found.items)
    return replace(row, value=number(found.mean(scale)), n=count, method=f"mean over {count} items")


def _nearest(scale: Scale, made: Cube, side: People, population: int, wanted: np.ndarray) -> tuple[str, Pair] | None:
    """The other population of the source that scores closest, over the items that it shares with this one."""
    best: tuple[float, str, Pair] | None = None
    for c, name in enumerate(side.names):
        found = pair(made, fixed(side.p[c]), side, population, wanted) if c != population else None
        if found is None:
            continue
        close = scale.toward * found.mean(scale)
        if best is None or close > best[0]:
            best = (close, name, found)
    return None if best is None else best[1:]
