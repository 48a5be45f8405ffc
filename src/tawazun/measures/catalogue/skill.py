"""Skill: how much of the way from a floor to a perfect match a subject has come, in JS similarity.

skill = (S_model - S_floor) / (1 - S_floor), as a ratio of means over the same items. The ceiling is 1 (identical
distributions) where no split of the human sample can be made; it is part of the facet. 0 is no better than the floor.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.closeness import JS_SIMILARITY, floor_pairs, pair
from tawazun.measures.context import Context, Simple, faceted, number, rows
from tawazun.measures.cube import Cube
from tawazun.measures.people import People
from tawazun.measures.replies import reply_draws
from tawazun.measures.spread import Replicates, interval, replicates

CEILING = 1.0
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
    if pair(made, reps, side, c, wanted) is None:
        yield replace(row, why="no item that both the respondent and the population answered as a distribution")
        return
    for floor, group, low_pair in floor_pairs(context, made, side, c, wanted):
        found = pair(made, reps, side, c, np.isin(np.arange(len(wanted)), low_pair.items))
        faced = replace(row, group=group, facet=faceted(base, f"floor={floor};ceiling=identical"))
        if found is None:
            yield replace(faced, why="the floor and the respondent share no item")
            continue
        kept = np.flatnonzero(np.isin(low_pair.items, found.items))
        floor_scores = low_pair.score(JS_SIMILARITY, low_pair.reps.whole[None])[0][kept]
        bottom = float(floor_scores.mean())
        if CEILING - bottom < SMALLEST_GAP:
            yield replace(faced, why="the floor already equals the population: there is no way left to go")
            continue
        mean = found.mean(JS_SIMILARITY)

        def statistic(block: np.ndarray, mean=mean, bottom=bottom) -> np.ndarray:  # type: ignore[no-untyped-def]
            return np.asarray((mean(block) - bottom) / (CEILING - bottom))

        each = found.human_sd(JS_SIMILARITY)
        known = np.isfinite(each).all()
        human_sd = float(np.sqrt(np.square(each).sum())) / len(each) / (CEILING - bottom) if known else None
        spread = interval(found.reps, statistic, context.keys.level, human_sd)
        yield replace(
            faced,
            value=number(statistic(found.reps.whole[None])[0]),
            low=spread.low,
            high=spread.high,
            level=spread.level,
            n=len(found.items),
            method="; ".join(m for m in ("ratio of means over items", spread.method) if m),
            why=spread.why,
        )


MEASURE = Simple(
    "skill",
    "Share of the way from a floor to a perfect match",
    "share of the way from floor to ceiling",
    "Murphy (1988), Mon. Wea. Rev. 116: skill score against a reference forecast",
    compute,
)
