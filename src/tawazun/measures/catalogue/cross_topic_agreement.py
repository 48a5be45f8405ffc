"""Does alignment on some topics say anything about the others? No overall culture score without it.

Halves of an index   the model's ranking of places on half of an index's items against the people's on the other half,
                     beside what the people's own halves give (`ceiling:people`)
Topics               whether the places that are close to their people on half of the topics are so on the other half
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from scipy.stats import rankdata

from tawazun.estimates import Estimate
from tawazun.instruments import Instrument, Question
from tawazun.measures.averages import averages
from tawazun.measures.context import Context, Simple, faceted, tested
from tawazun.measures.indexing import Formula, formulas
from tawazun.measures.playing import framing_draws, index_points, with_interval
from tawazun.measures.ranking import FEWEST, ROUND, Ranking, rank_interval, rankings
from tawazun.seeds import seed_for, stream
from tawazun.stats.distances import js_distance
from tawazun.stats.ranks import JointTau, joint_permutation_tau, kendall_tau_b

UNIT = "tau-b"
EXACT_UP_TO = 5_040
DRAWS = 999
MOST_DRAWS = 200
MOST_HALVINGS = 50
CEILING = "ceiling:people"


@dataclass(frozen=True)
class Halves:
    """Index points of half of the items, in the index's direction: first and second (D, Q) weights of D halvings."""

    first: np.ndarray
    second: np.ndarray


def compute(context: Context) -> Iterator[Estimate]:
    """Per ranking: halves of every index and their average, then topics."""
    for ranking in rankings(context, "cross_topic_agreement"):
        row = replace(ranking.base, unit=UNIT, n=len(ranking.places))
        yield from _halved_indices(context, ranking, row)
        yield _topics(context, ranking, row)


def split(count: int, rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray]]:
    """Distinct ways to halve so many things (one half may have one more), at most `MOST_HALVINGS`, drawn at random."""
    half, everything = count // 2, np.arange(count)
    chosen = [part for part in combinations(range(count), half) if 2 * half < count or 0 in part]
    if len(chosen) > MOST_HALVINGS:
        chosen = [chosen[k] for k in sorted(rng.choice(len(chosen), MOST_HALVINGS, replace=False))]
    return [(np.array(part), np.setdiff1d(everything, part)) for part in chosen]


def _halves(context: Context, formula: Formula) -> Halves:
    """Every halving of an index's items, in both directions."""
    used = np.flatnonzero(formula.weights)
    first, second = [], []
    for a, b in split(len(used), stream("halves", context.seed, formula.index.name)):
        masks = [np.isin(np.arange(len(formula.weights)), used[part]) * formula.weights for part in (a, b)]
        first += masks
        second += masks[::-1]
    return Halves(np.array(first), np.array(second))


def _halved_indices(context: Context, ranking: Ranking, row: Estimate) -> Iterator[Estimate]:
    row = replace(row, facet=faceted(row, "halves of the index"))
    human = ranking.side.value[[ranking.side.places.index(place) for place in ranking.places]]
    model = np.array([reps.whole for reps in ranking.values]).reshape(human.shape)
    usable = [formula for formula in formulas(ranking.made) if (formula.weights != 0).sum() > 1 and not formula.missing]
    items = np.array([formula.weights != 0 for formula in usable]).any(axis=0) if usable else np.zeros(0, dtype=bool)
    known = ~(np.isnan(human) | np.isnan(model))[:, items].any(axis=1) if usable else np.zeros(0, dtype=bool)
    if known.sum() < FEWEST:
        why = f"{int(known.sum())} places have every item of the indices on both sides; a ranking needs {FEWEST}"
        yield replace(row, why=why if usable else "no index whose items can be halved")
        return
    values = [reps for reps, kept in zip(ranking.values, known, strict=True) if kept]
    sides = model[known], human[known]
    drawn, clusters = framing_draws(context, ranking.made.instrument.name, values, MOST_DRAWS)
    halves = [_halves(context, formula) for formula in usable]
    for formula, each in zip(usable, halves, strict=True):
        yield from _half_rows(context, replace(row, item=formula.index.name), each, sides, (drawn, clusters))
    whole = Halves(np.concatenate([one.first for one in halves]), np.concatenate([one.second for one in halves]))
    faced = replace(row, facet=faceted(row, "average over indices"))
    yield from _half_rows(context, faced, whole, sides, (drawn, clusters))


def _half_rows(
    context: Context,
    row: Estimate,
    halves: Halves,
    sides: tuple[np.ndarray, np.ndarray],
    drawn: tuple[np.ndarray, int],
) -> Iterator[Estimate]:
    model, human = sides
    row = replace(row, n=len(model))
    first, second = index_points(model, halves.first), index_points(human, halves.second)
    found = _test(context, first, second)
    if not found.defined:
        yield replace(row, why="one side gives every place the same score on the halves: no ranking is defined")
        return
    again, clusters = drawn
    taus = kendall_tau_b(np.swapaxes(index_points(again, halves.first), 1, 2), second.T, ROUND) if len(again) else again
    spread = rank_interval(context, found.mean, _means(taus) if len(again) else np.zeros(0), clusters, (-1.0, 1.0))
    words = f"model on one half of the items, people on the other, mean over {found.defined} halvings; {found.method}"
    yield tested(context, with_interval(row, found.mean, spread, words), found.p_mean, found.minimum_p_mean)
    people = _means(kendall_tau_b(index_points(human, halves.first).T, second.T, ROUND)[None])[0]
    yield replace(
        row,
        respondent=CEILING,
        reference=row.respondent,
        value=float(people) if np.isfinite(people) else None,
        method="people on one half of the items, people on the other",
        why="computed from the human side alone: no interval over framings",
    )


def _test(context: Context, x: np.ndarray, y: np.ndarray) -> JointTau:
    seed = seed_for("cross_topic_agreement", context.seed) % 2**32
    return joint_permutation_tau(x, y, rounding=ROUND, limit=EXACT_UP_TO, seed=seed, draws=DRAWS)


def _means(taus: np.ndarray) -> np.ndarray:
    """(B, D) -> (B,) mean over the defined ones, NaN where there is none."""
    there = ~np.isnan(taus)
    count = there.sum(axis=-1)
    total = np.where(there, taus, 0.0).sum(axis=-1)
    return np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)


def topic_of(instrument: Instrument, question: Question) -> str:
    """What an item is about: its `dimension:` or `topic:` tag, else the index that uses it, else its first tag."""
    for tag in question.tags:
        if tag.startswith(("dimension:", "topic:")):
            return tag
    for index in instrument.indices:
        if question.id in index.terms:
            return index.name
    return question.tags[0] if question.tags else ""


def _topics(context: Context, ranking: Ranking, row: Estimate) -> Estimate:
    row = replace(row, facet=faceted(row, "topics"))
    topics, closeness = _closeness(context, ranking)
    known = np.isfinite(closeness).all(axis=1)
    row = replace(row, n=int(known.sum()))
    if known.sum() < FEWEST or len(topics) < 2:
        why = f"{int(known.sum())} places and {len(topics)} topics on both sides; this needs {FEWEST} and 2"
        return replace(row, why=why)
    near = closeness[known]
    pairs = split(len(topics), stream("topics", context.seed, ranking.made.instrument.name))
    first, second = (np.stack([near[:, pair[k]].mean(axis=1) for pair in pairs], axis=1) for k in (0, 1))
    found = _test(context, first, second)
    if not found.defined:
        return replace(row, why="every place is equally close: no ranking is defined")
    words = (
        f"places ranked by closeness to their people on one half of {len(topics)} topics against the other half, "
        f"mean over {found.defined} halvings; {found.method}"
    )
    why = "no interval: a ranking of places, judged by its p"
    return tested(context, replace(row, value=found.mean, method=words, why=why), found.p_mean, found.minimum_p_mean)


def _closeness(context: Context, ranking: Ranking) -> tuple[Sequence[str], np.ndarray]:
    """Topics, and (C, T) how close each place is on each: JS similarity of its items, else nearness of its ranks."""
    made, side = ranking.made, ranking.side
    populations = [side.places.index(place) for place in ranking.places]
    human = side.p[populations]
    if np.isnan(human).all() or not made.distributed.any():
        ranks = [rankdata(np.nan_to_num(points), axis=0) for points in (ranking.model, ranking.human)]
        known = np.isfinite(ranking.model) & np.isfinite(ranking.human)
        return ranking.indices, np.where(known, -np.abs(ranks[0] - ranks[1]), np.nan)
    model = np.array([averages(context, made)[s].whole for s in ranking.subjects]).reshape(human.shape)
    near = np.where(made.distributed, 1 - js_distance(model, human), np.nan)
    groups: dict[str, list[int]] = {}
    for q in np.flatnonzero(~np.isnan(near).any(axis=0)):
        groups.setdefault(topic_of(made.instrument, made.questions[q]), []).append(int(q))
    return tuple(groups), np.array([near[:, items].mean(axis=1) for items in groups.values()]).reshape(-1, len(near)).T


MEASURE = Simple(
    "cross_topic_agreement",
    "Whether agreement on some topics says anything about the others",
    UNIT,
    "Khan, Casper & Hadfield-Menell (2025), arXiv 2503.08688, on extrapolability",
    compute,
    gated=True,
)
