"""Kogut and Singh's distance between index profiles, in units of the people's variance over the places compared.

Between two places of one side it is free of the constants, so that the model's distances between countries can be set
beside the people's: their mean, and whether the same pairs are far apart. Between a place of the model and its people
it depends on the free constants, and is given only where the study says what they are.

A squared difference is too large by the sampling variance of its two sides. That of the model (how a difference varies
over wordings, or over drawn replies) and that of the people (items taken as independent) are subtracted index by index
where they are known; the row says what was not.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple, faceted, tested
from tawazun.measures.indexing import formulas
from tawazun.measures.playing import index_points, joint_interval, together, with_interval
from tawazun.measures.ranking import FEWEST, ROUND, Ranking, rankings
from tawazun.measures.spread import Replicates
from tawazun.seeds import seed_for
from tawazun.stats.distances import kogut_singh
from tawazun.stats.permutation import mantel
from tawazun.stats.resampling import bootstrap_sd, jackknife_sd

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
    error, count = people_variance(ranking)[known], int(known.sum())

    def gaps(points: np.ndarray) -> np.ndarray:
        # anchoring is done anew for every replicate, because it moves with the wordings too
        level = (human - points).mean(axis=-2, keepdims=True) if policy == "anchor" else fixed
        return np.asarray(points + level - human)

    if policy == "anchor":
        error = error * (1 - 2 / count) + error.sum(axis=0) / count**2
    of_model = noise(spread(joint, lambda block: gaps(index_points(block, used) + own)), variances)
    of_people = noise(error, variances)
    added = sum((part for part in (of_model, of_people) if part is not None), np.zeros(count))
    values = (np.square(gaps(ranking.model[known])) / variances).mean(axis=-1)
    said, why = _said(of_model, of_people)
    words = f"over {len(ranking.indices)} indices; variances over {count} places; {said}"
    row = replace(row, why=why)
    for k, c in enumerate(np.flatnonzero(known)):

        def distance(block: np.ndarray, k: int = k) -> np.ndarray:
            squares = np.square(gaps(index_points(block, used) + own)[:, k])
            return np.asarray((squares / variances).mean(axis=-1) - added[k])

        found = joint_interval(joint, distance, context.keys.level, None)
        faced = replace(row, persona=row.persona or ranking.places[c], population=f"{row.source}/{ranking.places[c]}")
        yield with_interval(faced, float(values[k] - added[k]), found, f"{words}, {values[k]:.3f} uncorrected")


def people_variance(ranking: Ranking) -> np.ndarray:
    """(C, I) sampling variance of the people's index scores, items taken as independent; NaN where it is unknown."""
    side, questions = ranking.side, ranking.made.questions
    codes = ranking.made.codes
    mean = np.nansum(side.p * codes, axis=-1)
    of_item = (np.nansum(side.p * np.square(codes), axis=-1) - mean**2) / side.n_eff
    some = np.array([question.kind == "some" for question in questions])
    mentions = np.nansum(side.p * (1 - side.p) * np.square(codes), axis=-1) / side.n_eff
    of_item = np.where(np.isnan(side.p).any(axis=-1), np.nan, np.where(some, mentions, of_item))
    at = {question.id: q for q, question in enumerate(questions)}
    found = np.full((len(side.names), len(ranking.indices)), np.nan)
    for i, index in enumerate(ranking.made.instrument.indices):
        if index.name not in side.ready and all(item in at for item in index.terms):
            found[:, i] = sum(weight**2 * of_item[:, at[item]] for item, weight in index.terms.items())
    return found[[side.places.index(place) for place in ranking.places]]


def spread(joint: Replicates | None, statistic: Callable[[np.ndarray], np.ndarray]) -> np.ndarray | None:
    """Sampling variance of a statistic (B, C, Q) -> (B, N, I) of the model's side, or None where nothing varied."""
    if joint is not None and len(joint.jack):
        return np.square(jackknife_sd(statistic(joint.jack)))
    if joint is not None and len(joint.drawn) > 1:
        return np.square(bootstrap_sd(statistic(joint.drawn)))
    return None


def noise(variance: np.ndarray | None, scale: np.ndarray) -> np.ndarray | None:
    """(N,) what sampling adds to N mean squared differences: (N, I) variances in units of (I,); None where unknown."""
    return None if variance is None or not np.isfinite(variance).all() else (variance / scale).mean(axis=-1)


def _said(model: np.ndarray | None, people: np.ndarray | None) -> tuple[str, str]:
    """How a distance was corrected, and for what it was not."""
    sides = {"the model": model, "people": people}
    done = [side for side, part in sides.items() if part is not None]
    left = [side for side, part in sides.items() if part is None]
    words = f"sampling variance of {' and '.join(done) or 'neither side'} subtracted"
    return words, f"sampling error of {' and '.join(left)} is unknown and left in" if left else ""


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
    used, error = _points(ranking), people_variance(ranking)[known]

    def gaps(block: np.ndarray) -> np.ndarray:
        points = index_points(block, used)
        return np.asarray(points[:, i] - points[:, j])

    of_model, of_people = noise(spread(joint, gaps), variances), noise(error[i] + error[j], variances)
    added, theirs = (0.0 if part is None else float(part.mean()) for part in (of_model, of_people))
    apart = float(human[i, j].mean()) - theirs
    said, why = _said(of_model, of_people)
    faced = replace(row, facet=faceted(row, "between places, model over people"), unit="ratio of mean distances")
    if apart > 0:

        def ratio(points: np.ndarray) -> np.ndarray:
            return np.asarray((_between(points, variances)[..., i, j].mean(axis=-1) - added) / apart)

        found = joint_interval(joint, lambda block: ratio(index_points(block, used)), context.keys.level, None)
        value = float(ratio(ranking.model[known]))
        plain = (value * apart + added) / (apart + theirs)
        words = f"mean over {len(i)} pairs; the people's mean is {apart:.3f}; {said}, {plain:.3f} uncorrected"
        yield with_interval(replace(faced, why=why), value, found, words)
    else:
        yield replace(faced, why="the people of these places do not differ beyond sampling noise")
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
