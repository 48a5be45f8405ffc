"""Kogut and Singh's distance between index profiles, in units of the people's variance over the places compared.

Between two places of one side it is free of the constants, so that the model's distances between countries can be set
beside the people's: their mean, and whether the same pairs are far apart. Between a place of the model and its people
it depends on the free constants, and is given only where the study says what they are.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple, faceted, tested
from tawazun.measures.indexing import formulas
from tawazun.measures.playing import index_points, joint_interval, together, with_interval
from tawazun.measures.ranking import FEWEST, ROUND, Ranking, rankings
from tawazun.seeds import seed_for
from tawazun.stats.distances import kogut_singh
from tawazun.stats.permutation import mantel

UNIT = "mean squared difference in units of the people's variance"
EXACT_UP_TO = 40_320
FREE = (
    "the constants of the indices are free: set measure.constants to anchor or fixed to compare with the people's level"
)


def compute(context: Context) -> Iterator[Estimate]:
    """Per ranking: each place against its people, the mean over pairs of places, and the pairs' agreement."""
    for ranking in rankings(context, "kogut_singh"):
        row = replace(ranking.base, unit=UNIT)
        known = ranking.complete
        row = replace(row, n=int(known.sum()))
        if known.sum() < FEWEST:
            why = f"{int(known.sum())} places have every index on both sides; this distance needs {FEWEST}"
            yield replace(row, why=why)
            continue
        human = ranking.human[known]
        variances = human.var(axis=0, ddof=1)
        if not (variances > 0).all():
            yield replace(row, why="the people of these places all have the same score on an index")
            continue
        yield from _own(context, ranking, row, known, variances)
        yield from _pairs(context, ranking, row, known, variances)


def _points(ranking: Ranking) -> np.ndarray:
    """(I, Q) weights of the formulas."""
    return np.array([formula.weights for formula in formulas(ranking.made)])


def _own(
    context: Context, ranking: Ranking, row: Estimate, known: np.ndarray, variances: np.ndarray
) -> Iterator[Estimate]:
    """Each place against its own people."""
    policy = context.keys.constants
    row = replace(row, facet=faceted(row, f"against its people;constants={policy}"))
    if policy == "none":
        yield replace(row, why=FREE)
        return
    used, human = _points(ranking), ranking.human[known]
    own = np.array([formula.index.constant for formula in formulas(ranking.made)])
    fixed = np.array([context.keys.fixed_constants.get(name, 0.0) for name in ranking.indices])
    joint = together([reps for reps, kept in zip(ranking.values, known, strict=True) if kept])

    def distances(points: np.ndarray) -> np.ndarray:
        # anchoring is done anew for every replicate, because it moves with the wordings too
        added = (human - points).mean(axis=-2, keepdims=True) if policy == "anchor" else fixed
        return kogut_singh(points + added, human, variances)

    values = distances(ranking.model[known])
    words = f"over {len(ranking.indices)} indices; variances over {int(known.sum())} places"
    for k, c in enumerate(np.flatnonzero(known)):

        def distance(block: np.ndarray, k: int = k) -> np.ndarray:
            return np.asarray(distances(index_points(block, used) + own)[:, k])

        found = joint_interval(joint, distance, context.keys.level, None, (0.0, np.inf))
        faced = replace(row, persona=row.persona or ranking.places[c], population=f"{row.source}/{ranking.places[c]}")
        yield with_interval(faced, float(values[k]), found, words)


def _between(points: np.ndarray, variances: np.ndarray) -> np.ndarray:
    """(..., C, I) -> (..., C, C) distances between places."""
    return kogut_singh(points[..., :, None, :], points[..., None, :, :], variances)


def _pairs(
    context: Context, ranking: Ranking, row: Estimate, known: np.ndarray, variances: np.ndarray
) -> Iterator[Estimate]:
    """How far apart the model's places are on average, beside the people's, and whether the same pairs are."""
    count = int(known.sum())
    i, j = np.triu_indices(count, 1)
    human = _between(ranking.human[known], variances)
    joint = together([reps for reps, kept in zip(ranking.values, known, strict=True) if kept])
    used = _points(ranking)

    def ratio(points: np.ndarray) -> np.ndarray:
        return np.asarray(_between(points, variances)[..., i, j].mean(axis=-1) / human[i, j].mean())

    found = joint_interval(
        joint, lambda block: ratio(index_points(block, used)), context.keys.level, None, (0.0, np.inf)
    )
    faced = replace(row, facet=faceted(row, "between places, model over people"), unit="ratio of mean distances")
    words = (
        f"mean over {len(i)} pairs; the people's mean is {human[i, j].mean():.3f}; wording noise is inside the model's"
    )
    yield with_interval(faced, float(ratio(ranking.model[known])), found, words)
    own = _between(ranking.model[known], variances)
    test = mantel(
        own,
        human,
        correlation="spearman",
        alternative="greater",
        rounding=ROUND,
        limit=EXACT_UP_TO,
        seed=seed_for("kogut_singh", context.seed) % 2**32,
    )
    faced = replace(
        row, facet=faceted(row, "same pairs far apart"), unit="rank correlation over pairs", method=test.method
    )
    if not np.isfinite(test.value):
        yield replace(faced, why="all pairs are equally far apart on one side")
        return
    yield tested(context, replace(faced, value=float(test.value)), float(test.p), float(test.minimum_p))


MEASURE = Simple(
    "kogut_singh",
    "Distances between index profiles of places, in units of the people's variance",
    UNIT,
    "Kogut & Singh (1988), J. Int. Bus. Stud. 19(3), p. 422",
    compute,
    gated=True,
)
