"""Skill: how much of the way from a floor to a perfect match a subject has come, in JS similarity.

skill = (S_model - S_floor) / (S_ceiling - S_floor), as a ratio of means over the same items. The ceiling is how like
the people are to themselves (split-half) where the source has microdata, else 1 (identical distributions). Floor and
ceiling are part of the facet. 0 is no better than the floor.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.closeness import JS_SIMILARITY, UNCORRECTED, Pair, ceiling_of, floor_pairs, pair
from tawazun.measures.context import Context, Simple, faceted, number, rows
from tawazun.measures.cube import Cube
from tawazun.measures.people import People
from tawazun.measures.replies import reply_draws
from tawazun.measures.spread import Replicates, drawn_again, joined, left_out, replicates
from tawazun.places import group
from tawazun.stats.delta import multinomial_variance

SMALLEST_GAP = 1e-6


def compute(context: Context) -> Iterator[Estimate]:
    """One row per subject, population and floor."""
    for name, made in context.cubes.items():
        sides = [side for side in context.people[name] if not np.isnan(side.p).all()]
        wanted = JS_SIMILARITY.items(made)
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
    row = replace(base, population=side.names[c], unit="share of the way from floor to ceiling", source=side.source)
    found = pair(made, reps, side, c, wanted)
    if found is None:
        yield replace(row, why="no item that both the respondent and the population answered as a distribution")
        return
    scores = _scores(found)
    for floor, name, low_pair in floor_pairs(context, made, side, c, wanted):
        kept = np.isin(found.items, low_pair.items)
        top, ceiling = ceiling_of(side, c, found.items[kept])
        faced = replace(row, group=name, facet=faceted(base, f"floor={floor};ceiling={ceiling}"))
        if not kept.any():
            yield replace(faced, why="the floor and the respondent share no item")
            continue
        floor_scores = low_pair.score(JS_SIMILARITY, low_pair.reps.whole[None])[0]
        bottom = float(floor_scores[np.isin(low_pair.items, found.items)].mean())
        if top - bottom < SMALLEST_GAP:
            yield replace(faced, why="the floor is already as close as the ceiling: there is no way left to go")
            continue
        human = human_variance(found, low_pair, side, members_of(side, c, floor, name), (bottom, top))
        yield _skill(context, faced, found, (scores, kept), (bottom, top, human))


@dataclass(frozen=True)
class _Scores:
    """Similarities of one pair, item by item: whole (Q,), jack (G, Q), drawn (D, Q)."""

    whole: np.ndarray
    jack: np.ndarray
    drawn: np.ndarray


def _scores(found: Pair) -> _Scores:
    return _Scores(
        found.score(JS_SIMILARITY, found.reps.whole[None])[0],
        found.score(JS_SIMILARITY, found.reps.jack),
        found.score(JS_SIMILARITY, found.reps.drawn),
    )


def members_of(side: People, population: int, floor: str, name: str) -> list[int]:
    """Positions of the peoples whose answers make a floor, beside the own one."""
    if floor != "regional":
        return []
    own = side.places[population]
    return [i for i, place in enumerate(side.places) if place in group(name).members and place != own]


def human_variance(found: Pair, low: Pair, side: People, others: list[int], ends: tuple[float, float]) -> float:
    """Variance of a skill from the human side: the same people make the score and, in part, the floor.

    The ceiling is taken as known. NaN where a number of people is not known.
    """
    bottom, top = ends
    items = np.intersect1d(found.items, low.items)
    at, below = np.searchsorted(found.items, items), np.searchsorted(low.items, items)
    model, people, n_eff, codes = found.reps.whole[at], found.human[at], found.n_eff[at], found.codes[at]
    floor = low.reps.whole[below]
    score = float(JS_SIMILARITY.score(model, people, codes).mean())
    by_score = 1 / (top - bottom)
    by_floor = (score - top) / (top - bottom) ** 2
    own = by_score * JS_SIMILARITY.gradient(model, people, codes) + by_floor * JS_SIMILARITY.gradient(
        floor, people, codes
    )
    curved = JS_SIMILARITY.variance(model, people, codes, n_eff) - multinomial_variance(
        JS_SIMILARITY.gradient(model, people, codes), people, n_eff
    )
    total = (multinomial_variance(own, people, n_eff) + by_score**2 * np.maximum(curved, 0.0)).sum()
    for other in others:
        share, theirs = side.p[other][items], side.n_eff[other][items]
        moved = by_floor * JS_SIMILARITY.gradient(people, floor, codes) / len(others)
        part = multinomial_variance(moved, np.nan_to_num(share), theirs)
        total += np.where(np.isnan(share).any(axis=-1), 0.0, part).sum()
    return float(total) / len(items) ** 2


def _skill(
    context: Context, row: Estimate, found: Pair, scores: tuple[_Scores, np.ndarray], ends: tuple[float, float, float]
) -> Estimate:
    each, kept = scores
    bottom, top, variance = ends

    def skill(block: np.ndarray) -> np.ndarray:
        return np.asarray((block[:, kept].mean(axis=-1) - bottom) / (top - bottom))[:, None]

    value = skill(each.whole[None])[0]
    human = np.sqrt(variance)
    part = left_out(skill(each.jack), found.reps.unit) if len(each.jack) else None
    if part is None and len(each.drawn):
        part = drawn_again(skill(each.drawn))
    spread = joined(value, part, np.array([human]), context.keys.level)[0]
    return replace(
        row,
        value=number(value[0]),
        low=spread.low,
        high=spread.high,
        level=spread.level,
        n=int(kept.sum()),
        method="; ".join(m for m in (f"ratio of means over items, {UNCORRECTED}", spread.method) if m),
        why=spread.why,
    )


MEASURE = Simple(
    "skill",
    "Share of the way from a floor to a perfect match",
    "share of the way from floor to ceiling",
    "Murphy (1988), Mon. Wea. Rev. 116: skill score against a reference forecast",
    compute,
)
