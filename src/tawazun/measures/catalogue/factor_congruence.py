"""Do the items hang together in the model as they do among people? Factors and correlations over countries.

Factors are principal components of the correlations between items over the places that both sides have; the model's
are turned to the people's before Tucker's congruence is taken. Turning flatters, the more so with few places, so the
congruence of shuffled items, turned likewise, stands beside it (`floor:shuffled-items`) and gives the p. Where the
people have index scores only, the correlations between indices are compared instead.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple, faceted, tested
from tawazun.measures.cube import Cube
from tawazun.measures.indexing import formulas, subject_values
from tawazun.measures.people import People, index_values
from tawazun.measures.playing import Played, index_points, joint_interval, played, together, with_interval
from tawazun.measures.spread import Replicates
from tawazun.seeds import seed_for, stream
from tawazun.stats.agreement import congruence_by_chance, correlation_gap, procrustes, tucker_phi

UNIT = "Tucker's phi"
FEWEST_PLACES = 5
FEWEST_COLUMNS = 3
DRAWS = 199
# a column that varies by less is rounding
STILL = 1e-9
CHANCE = "floor:shuffled-items"
NO_INTERVAL = "computed from shuffled items: no interval"


@dataclass(frozen=True)
class Sides:
    """Scores of the same places on the same columns: model and human (C, N).

    level    `items` or `indices`; read: (B, C, Q) item means -> (B, C, N) model scores
    """

    level: str
    model: np.ndarray
    human: np.ndarray
    joint: Replicates | None
    read: Callable[[np.ndarray], np.ndarray]


def compute(context: Context) -> Iterator[Estimate]:
    """Per arm and source: congruence of factors with its chance level, then the gap between correlations."""
    for name, made in context.cubes.items():
        values = subject_values(context, made)
        for arm in played("factor_congruence", name, made):
            for side in context.people[name]:
                row = replace(arm.base, population=side.source, source=side.source, unit=UNIT)
                found = _sides(arm, made, values, side)
                if isinstance(found, str):
                    yield replace(row, why=found)
                    continue
                row = replace(row, n=len(found.model), facet=faceted(row, f"level={found.level}"))
                if found.level == "items":
                    yield from _factors(context, row, found, _how_many(made, found))
                yield from _correlations(context, row, found)


def _sides(arm: Played, made: Cube, values: list[Replicates], side: People) -> Sides | str:
    """What model and people share, or why that is too little."""
    pairs = [(s, c) for s in arm.subjects if (c := side.where(made.subjects[s].place)) is not None]
    if len(pairs) < FEWEST_PLACES:
        return f"{len(pairs)} places were both played and surveyed; correlations over places need {FEWEST_PLACES}"
    model = np.array([values[s].whole for s, _ in pairs])
    items = side.value[[c for _, c in pairs]]
    if not np.isnan(items).all():
        columns = made.ordinal & ~np.isnan(model).any(axis=0) & ~np.isnan(items).any(axis=0)
        columns &= (np.nan_to_num(model).std(axis=0) > STILL) & (np.nan_to_num(items).std(axis=0) > STILL)
        kept = np.flatnonzero(columns)
        joint = together([values[s] for s, _ in pairs])
        human = items[:, kept]
        found = Sides("items", model[:, kept], human, joint, lambda block: block[..., kept])
    else:
        scores = index_values(side, made.instrument, made.questions)
        usable = [formula for formula in formulas(made) if formula.index.name in scores and not formula.missing]
        if not usable:
            return "no index that both sides have"
        weights = np.array([formula.weights for formula in usable])
        points = index_points(model, weights)
        human = np.array([scores[formula.index.name] for formula in usable]).T[[c for _, c in pairs]]
        whole = ~(np.isnan(human) | np.isnan(points)).any(axis=1)
        if whole.sum() < FEWEST_PLACES:
            return f"{int(whole.sum())} places have every index on both sides; correlations need {FEWEST_PLACES}"
        varied = (points[whole].std(axis=0) > STILL) & (human[whole].std(axis=0) > STILL)
        joint = together([values[s] for (s, _), known in zip(pairs, whole, strict=True) if known])
        found = Sides(
            "indices",
            points[whole][:, varied],
            human[whole][:, varied],
            joint,
            lambda block: index_points(block, weights[varied]) if varied.any() else block[..., :0],
        )
    if found.model.shape[1] < FEWEST_COLUMNS:
        return (
            f"{found.model.shape[1]} {found.level} vary on both sides; correlations between them need {FEWEST_COLUMNS}"
        )
    return found


def _how_many(made: Cube, found: Sides) -> int:
    """Factors: two for a map, else one per index, never more than half of the places can carry."""
    wanted = 2 if made.instrument.projection else len(made.instrument.indices) or 1
    places, columns = found.model.shape
    return max(1, min(wanted, (places - 1) // 2, columns - 1))


def loadings(scores: np.ndarray, factors: int) -> np.ndarray:
    """(N, F) loadings of the first principal components of the correlations between columns of (C, N) scores."""
    centred = scores - scores.mean(axis=0)
    scaled = centred / np.sqrt(np.square(centred).sum(axis=0))
    _, values, vectors = np.linalg.svd(scaled, full_matrices=False)
    return np.asarray((values[:factors, None] * vectors[:factors]).T)


def _congruence(model: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(F,) congruence of a model's factors, turned to the people's loadings; NaN when a score is missing."""
    if not np.isfinite(model).all():
        return np.full(target.shape[1], np.nan)
    return tucker_phi(procrustes(loadings(model, target.shape[1]), target)[0], target)


def _factors(context: Context, row: Estimate, found: Sides, factors: int) -> Iterator[Estimate]:
    target = loadings(found.human, factors)
    each = _congruence(found.model, target)

    def mean(block: np.ndarray) -> np.ndarray:
        return np.array([_congruence(one, target).mean() for one in found.read(block)])

    spread = joint_interval(found.joint, mean, context.keys.level, None, (-1.0, 1.0))
    seed = seed_for("factor_congruence", context.seed) % 2**32
    chance = congruence_by_chance(loadings(found.model, factors), target, draws=DRAWS, seed=seed).mean(axis=1)
    p = float((1 + (chance >= each.mean() - 1e-12).sum()) / (DRAWS + 1))
    words = (
        f"mean over {factors} principal components of {found.model.shape[1]} items over {len(found.model)} places, "
        f"turned to the people's; p against {DRAWS} shuffles of the items, turned likewise"
    )
    faced = replace(row, facet=faceted(row, f"mean over {factors} factors"))
    yield tested(context, with_interval(faced, float(each.mean()), spread, words), p, 1 / (DRAWS + 1))
    yield replace(
        faced, respondent=CHANCE, reference=row.respondent, value=float(chance.mean()), method=words, why=NO_INTERVAL
    )
    explained = np.square(target).sum(axis=0) / len(target)
    for number, (phi, share) in enumerate(zip(each, explained, strict=True), start=1):
        method = f"the people's factor {number} explains {share:.0%} of the variance between places"
        yield replace(row, facet=faceted(row, f"factor={number}"), value=float(phi), method=method)


def _correlations(context: Context, row: Estimate, found: Sides) -> Iterator[Estimate]:
    """Mean absolute difference of the correlations between columns, and their congruence."""
    i, j = np.triu_indices(found.model.shape[1], 1)
    target = np.corrcoef(found.human.T)

    def gap(block: np.ndarray) -> np.ndarray:
        whole = [np.isfinite(one).all() for one in found.read(block)]
        pairs_of = zip(found.read(block), whole, strict=True)
        return np.array([correlation_gap(one, found.human)[0] if known else np.nan for one, known in pairs_of])

    value, pairs = correlation_gap(found.model, found.human)
    own = np.corrcoef(found.model.T)
    rng = stream("factor_congruence", context.seed, row.instrument, row.respondent, row.language)
    orders = [rng.permutation(len(own)) for _ in range(DRAWS)]
    chance = np.array([np.abs(own[np.ix_(order, order)] - target)[i, j].mean() for order in orders])
    p = float((1 + (chance <= value + 1e-12).sum()) / (DRAWS + 1))
    faced = replace(row, facet=faceted(row, "correlation gap"), unit="mean absolute difference of correlations")
    words = f"{pairs} pairs over {len(found.model)} places; p against {DRAWS} shuffles of the {found.level}"
    spread = joint_interval(found.joint, gap, context.keys.level, None, (0.0, 2.0))
    yield tested(context, with_interval(faced, value, spread, words), p, 1 / (DRAWS + 1))
    yield replace(
        faced, respondent=CHANCE, reference=row.respondent, value=float(chance.mean()), method=words, why=NO_INTERVAL
    )
    if found.level == "indices":
        phi = float(tucker_phi(own[i, j][:, None], target[i, j][:, None])[0])
        faced = replace(row, facet=faceted(row, "congruence of correlations"))
        yield replace(
            faced, value=phi, method="cosine between the correlations of the indices", why="no interval is given"
        )


MEASURE = Simple(
    "factor_congruence",
    "Whether items hang together over countries in the model as they do among people",
    UNIT,
    "Tucker (1951); Paunonen (1997), Educ. Psychol. Meas. 57(1); correlation gap: Libovický (2026), arXiv 2602.04033",
    compute,
    gated=True,
)
