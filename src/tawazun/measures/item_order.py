"""Whether a respondent puts items in the people's order: a rank correlation over items, not over places.

Items are the instrument, not a sample: the interval says how the correlation would move with other wordings or other
replies, and nothing about other items. Reply noise pulls a rank correlation towards 0, so the correlation of item means
over few replies is a lower figure than the same model would reach with many; the method names the fewest replies.
"""

from collections.abc import Iterator
from dataclasses import astuple, replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, number, rows
from tawazun.measures.cube import Cube
from tawazun.measures.people import People
from tawazun.measures.ranking import rank_interval
from tawazun.measures.replies import value_draws, value_spread
from tawazun.measures.spread import Replicates, replicates
from tawazun.seeds import stream
from tawazun.stats.rank_correlation import spearman, spearman_table
from tawazun.stats.resampling import cluster_weights

MEASURE = "item_agreement"
UNIT = "Spearman correlation over items"
FEWEST = 5
ROUND = 9


def item_rows(context: Context) -> Iterator[Estimate]:
    """Every subject against every population with item means."""
    for name, made in context.cubes.items():
        wanted = _scaled(made)
        for subject, base in enumerate(rows(MEASURE, name, made)):
            row = replace(base, unit=UNIT)
            sides = [side for side in context.people[name] if not np.isnan(side.value[:, wanted]).all()]
            if not sides:
                if context.people[name] or context.keys.populations:
                    yield replace(row, why="no population with item means for this instrument")
                continue
            reps, drawn, words = _varied(context, made, subject)
            for side in sides:
                yield from _against(context, row, (reps, drawn, words), side, wanted)


def _scaled(made: Cube) -> np.ndarray:
    """(Q,) items whose means say something: ordinal ones, two options, and ready values."""
    return np.array([q.kind not in ("one", "text") or q.ordinal or q.cells == 2 for q in made.questions], dtype=bool)


def _varied(context: Context, made: Cube, subject: int) -> tuple[Replicates, np.ndarray, str]:
    """Item means, the same with wordings or replies drawn again (D, Q), and how."""
    again = value_draws(context, made, subject)
    words = ""
    if again is None:
        again, words = _borrowed(context, made, subject)
    reps = replicates(made, subject, made.value, again)
    if len(reps.each):
        weights = cluster_weights(len(reps.each), context.keys.draws, stream(MEASURE, context.seed)) / len(reps.each)
        return reps, weights @ reps.each, f"{len(reps.each)} {reps.unit}"
    return reps, reps.drawn, words


def _borrowed(context: Context, made: Cube, subject: int) -> tuple[np.ndarray | None, str]:
    """Draws where some items have one reply: their spread is taken from the items that have several."""
    found = value_spread(made, subject)
    if found is None:
        return None, ""
    value, sd, replies = found
    there = ~np.isnan(value)
    several = there & (replies >= 2) & ~np.isnan(sd)
    if several.sum() < FEWEST or not (replies[there] >= 1).all():
        return None, ""
    pooled = float(np.sqrt(np.average(np.square(sd[several]), weights=replies[several] - 1)))
    width = np.where(several, np.nan_to_num(sd), pooled) / np.sqrt(np.where(there, replies, 1.0))
    rng = stream(MEASURE, context.seed, made.instrument.name, astuple(made.subjects[subject]))
    drawn = value + rng.standard_normal((context.keys.draws, len(value))) * width
    single = int((there & ~several).sum())
    return drawn, f"{single} item(s) with one reply take the pooled spread of the others"


def _drawn_again(drawn: np.ndarray, joint: np.ndarray, people: np.ndarray) -> np.ndarray:
    """(D, C) the correlation with each people in every draw; peoples with the same items share one ranking of draws."""
    found = np.full((len(drawn), len(people)), np.nan)
    for both in np.unique(joint, axis=0) if len(drawn) else []:
        same = (joint == both).all(axis=-1)
        if both.sum() >= FEWEST:
            found[:, same] = spearman_table(drawn[:, both], people[same][:, both].round(ROUND))
    return found


def _against(
    context: Context, row: Estimate, mine: tuple[Replicates, np.ndarray, str], side: People, wanted: np.ndarray
) -> Iterator[Estimate]:
    reps, drawn, words = mine
    joint = wanted & ~np.isnan(reps.whole) & ~np.isnan(side.value)
    again = _drawn_again(drawn, joint, side.value)
    for c, population in enumerate(side.names):
        faced = replace(row, population=population, source=side.source)
        both = joint[c]
        count = int(both.sum())
        if count < FEWEST:
            yield replace(faced, n=count, why=f"{count} item(s) with a value on both sides; an order needs {FEWEST}")
            continue
        human = side.value[c, both].round(ROUND)
        value = float(spearman(reps.whole[both].round(ROUND), human))
        if not np.isfinite(value):
            yield replace(faced, n=count, why="one side gives every item the same value: there is no order")
            continue
        spread = rank_interval(context, value, again[:, c], len(reps.each), (-1.0, 1.0))
        unknown = "excludes human error" if spread.low is not None else ""
        method = f"item means over {count} items, ties share their mean rank"
        yield replace(
            faced,
            value=number(value),
            low=spread.low,
            high=spread.high,
            level=spread.level,
            n=count,
            method="; ".join(m for m in (method, spread.method, words, unknown) if m),
            why=spread.why,
        )
