"""Do the items of an index hang together over countries? Cronbach's alpha and split-half over country means.

One model is one sample, so the reliability of its replies is not that of a person: what can be asked is whether the
items of an index rank the *countries* alike, in the model and among its people. Items are turned to the index's
direction by the sign of their coefficient; free constants do not matter.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple, faceted, number
from tawazun.measures.indexing import Formula, formulas, subject_values
from tawazun.measures.people import People
from tawazun.measures.playing import Played, joint_interval, played, together, with_interval
from tawazun.measures.spread import Replicates
from tawazun.seeds import seed_for
from tawazun.stats.agreement import cronbach_alpha, split_halves

UNIT = "reliability over country means"
FEWEST = 3
HALVINGS = 1000
FLAT = "the places do not differ on the sum of these items: a scale that does not vary has no reliability"


def compute(context: Context) -> Iterator[Estimate]:
    """Per arm and index: alpha and split-half of the model's country means, then alpha of the people's."""
    for name, made in context.cubes.items():
        if not made.instrument.indices:
            continue
        values = subject_values(context, made)
        for arm in played("reliability", name, made):
            joint = together([values[s] for s in arm.subjects])
            whole = np.array([values[s].whole for s in arm.subjects]).reshape(len(arm.subjects), len(made.questions))
            for formula in formulas(made):
                row = replace(arm.base, item=formula.index.name, unit=UNIT)
                yield from _model(context, row, formula, whole, joint)
                for side in context.people[name]:
                    yield _people(row, formula, arm, side)


def _oriented(block: np.ndarray, formula: Formula) -> np.ndarray:
    """(..., C, Q) -> (..., C, K) the formula's items, each in its direction."""
    used = np.flatnonzero(formula.weights)
    return np.asarray(block[..., used] * np.sign(formula.weights[used]))


def _lacking(formula: Formula, scores: np.ndarray) -> tuple[np.ndarray, str]:
    """Places with every item, and why they are too few, or empty."""
    if formula.missing:
        return np.zeros(0, dtype=bool), f"items not asked: {', '.join(formula.missing)}"
    if scores.shape[-1] < 2:
        return np.zeros(0, dtype=bool), "an index of one item has no other to agree with"
    known = ~np.isnan(scores).any(axis=-1)
    if known.sum() < FEWEST:
        return (
            known,
            f"{int(known.sum())} places with every item of the index; reliability over countries needs {FEWEST}",
        )
    return known, ""


def _model(
    context: Context, row: Estimate, formula: Formula, whole: np.ndarray, joint: Replicates | None
) -> Iterator[Estimate]:
    known, why = _lacking(formula, _oriented(whole, formula))
    if why:
        yield replace(row, why=why)
        return
    row = replace(row, n=int(known.sum()), why=formula.index.warning)

    def alpha(block: np.ndarray) -> np.ndarray:
        return cronbach_alpha(_oriented(block[..., known, :], formula))

    level = context.keys.level
    words = f"over {int(known.sum())} country means of {int((formula.weights != 0).sum())} items"
    faced, value = replace(row, facet=faceted(row, "alpha")), float(alpha(whole))
    if not np.isfinite(value):
        yield replace(faced, why=FLAT)
        return
    yield with_interval(faced, value, joint_interval(joint, alpha, level, 0.0, (-np.inf, 1.0)), words)
    halves = _halves(context, formula, whole[known])
    faced = replace(row, facet=faceted(row, "split-half"))
    if not np.isfinite(halves).all():
        yield replace(faced, why="a half does not vary over the places, or two halves run exactly against each other")
        return

    def split(block: np.ndarray) -> np.ndarray:
        return np.array([np.median(_halves(context, formula, one[known])) for one in block])

    words = f"median of {len(halves)} halvings, {halves.min():.2f} to {halves.max():.2f}, {words}; Spearman and Brown"
    spread = joint_interval(joint, split, level, 0.0, (-np.inf, 1.0))
    yield with_interval(faced, float(np.median(halves)), spread, words)


def _halves(context: Context, formula: Formula, scores: np.ndarray) -> np.ndarray:
    """Reliabilities of every halving of (C, Q) country means."""
    seed = seed_for("reliability", context.seed) % 2**32
    return split_halves(_oriented(scores, formula), limit=HALVINGS, seed=seed)


def _people(row: Estimate, formula: Formula, arm: Played, side: People) -> Estimate:
    """Alpha of the people of the same places, for comparison."""
    places = [c for place in arm.places if (c := side.where(place)) is not None]
    scores = _oriented(side.value[places], formula)
    row = replace(row, population=side.source, source=side.source, facet=faceted(row, "alpha of the people"))
    if not places or np.isnan(scores).all():
        return replace(row, why="the source has no item answers for the places played")
    known, why = _lacking(formula, scores)
    if why:
        return replace(row, why=why)
    value = float(cronbach_alpha(scores[known]))
    method = "over country means of the people of the same places"
    why = "computed from the human side alone: no interval over framings" if np.isfinite(value) else FLAT
    return replace(row, n=int(known.sum()), value=number(value), method=method, why=why)


MEASURE = Simple(
    "reliability",
    "Whether the items of an index rank the countries alike: alpha and split-half over country means",
    UNIT,
    "Cronbach (1951), Psychometrika 16(3); Spearman (1910) and Brown (1910), Br. J. Psychol. 3(3)",
    compute,
)
