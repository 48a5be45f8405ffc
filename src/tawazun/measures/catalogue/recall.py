"""Does the respondent recall the published figures, and does it agree with the people beyond what it recalls?

figures         rank agreement and mean absolute error of the figures it gives for places that have a published one
invented        share of replies that give a figure where none is published
beyond recall   partial rank correlation of its personas' index scores with the people's, the recalled figures taken
                out of both; the plain rank correlation over the same places stands beside it
elsewhere       rank agreement of its personas with another source, on places for which this one publishes nothing
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple, faceted, number, tested
from tawazun.measures.playing import framing_draws, joint_interval, together, with_interval
from tawazun.measures.ranking import FEWEST, ROUND, Ranking, index_draws, rank_interval, rankings
from tawazun.measures.recalling import Recall, against, published, recalls
from tawazun.measures.spread import Interval
from tawazun.seeds import seed_for
from tawazun.stats.partial import partial_permutation, partial_rank_correlation
from tawazun.stats.ranks import joint_permutation_tau, kendall_tau_b
from tawazun.stats.resampling import bootstrap_sd, cluster_sd, t_interval

EXACT_UP_TO = 40_320
DRAWS = 999
MOST_DRAWS = 400
FEWEST_PARTIAL = 5
TAU, POINTS, SHARE, PARTIAL = "tau-b", "index points", "share of replies", "partial rank correlation"
SAME = "floor:same-for-all"
NOT_ASKED = "no recalled figures: ask an instrument such as hofstede_recall in mode sample or generate"


def compute(context: Context) -> Iterator[Estimate]:
    """Per recalling subject and source; then per ranking of places, beyond what the same respondent recalls."""
    found = list(recalls(context))
    for one in found:
        sides = [
            side for side in context.people.get(one.target, []) if np.isfinite(published(context, one, side)).any()
        ]
        if not sides:
            yield replace(one.base, why=f"no published scores of {one.target} among the study's populations")
        for side in sides:
            yield from _figures(context, against(one.base, side), one, published(context, one, side))
    for ranking in rankings(context, "recall"):
        yield from _beyond(context, ranking, found)
        yield from _elsewhere(context, ranking, found)


# ---- the figures themselves


def _figures(context: Context, row: Estimate, one: Recall, truth: np.ndarray) -> Iterator[Estimate]:
    for i, name in enumerate(one.indices):
        yield from _index(context, replace(row, item=name), one, truth, [i])
    yield from _index(
        context, replace(row, facet=faceted(row, "all indices")), one, truth, list(range(len(one.indices)))
    )
    yield _invented(row, one, truth)


def _index(context: Context, row: Estimate, one: Recall, truth: np.ndarray, indices: list[int]) -> Iterator[Estimate]:
    """Rank agreement and error over the places that have every one of these figures on both sides."""
    known = (np.isfinite(one.figures) & np.isfinite(truth))[:, indices].all(axis=1)
    own, people = one.figures[known][:, indices], truth[known][:, indices]
    row = replace(row, n=int(known.sum()))
    ranked = replace(row, facet=faceted(row, "figures;rank agreement"), unit=TAU)
    if known.sum() < FEWEST:
        yield replace(
            ranked, why=f"{int(known.sum())} places with a figure given and published; a ranking needs {FEWEST}"
        )
        return
    test = joint_permutation_tau(
        own, people, rounding=ROUND, limit=EXACT_UP_TO, seed=seed_for("recall", context.seed) % 2**32, draws=DRAWS
    )
    again, clusters = framing_draws(context, one.made.instrument.name, [one.reps], MOST_DRAWS)
    drawn = one.laid_out(again[:, 0])[:, known][:, :, indices] if len(again) else np.zeros((0, *own.shape))
    taus = kendall_tau_b(np.swapaxes(drawn, 1, 2), people.T, ROUND) if len(drawn) else np.zeros((0, len(indices)))
    spread = rank_interval(context, test.mean, _mean(taus), clusters, (-1.0, 1.0))
    if np.isfinite(test.mean):
        yield tested(context, with_interval(ranked, test.mean, spread, test.method), test.p_mean, test.minimum_p_mean)
    else:
        yield replace(ranked, why="one side gives every place the same figure: the ranking is undefined")
    yield from _error(context, row, one, (known, people), indices)


def _mean(taus: np.ndarray) -> np.ndarray:
    there = ~np.isnan(taus)
    total, count = np.where(there, taus, 0.0).sum(axis=-1), there.sum(axis=-1)
    return np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)


def _error(
    context: Context, row: Estimate, one: Recall, sides: tuple[np.ndarray, np.ndarray], indices: list[int]
) -> Iterator[Estimate]:
    known, people = sides

    def error(block: np.ndarray) -> np.ndarray:
        laid = one.laid_out(block[:, 0])[:, known][:, :, indices]
        return np.asarray(np.abs(laid - people).mean(axis=(1, 2)))

    faced = replace(row, facet=faceted(row, "figures;absolute error"), unit=POINTS)
    value = float(np.abs(one.figures[known][:, indices] - people).mean())
    spread = joint_interval(together([one.reps]), error, context.keys.level, 0.0, (0.0, np.inf))
    yield with_interval(faced, value, spread, f"mean over {people.size} figures; a figure is the mean of its replies")
    yield replace(
        faced,
        respondent=SAME,
        reference=row.respondent,
        value=float(np.abs(people - people.mean(axis=0)).mean()),
        method="error of giving every place the published mean of these places",
    )


def _invented(row: Estimate, one: Recall, truth: np.ndarray) -> Estimate:
    unpublished = np.isnan(truth) & (one.items >= 0)
    shares = one.given[unpublished]
    shares = shares[~np.isnan(shares)]
    row = replace(row, facet=faceted(row, "invented"), unit=SHARE, n=len(shares))
    if not len(shares):
        return replace(row, why=f"{int(unpublished.sum())} figures were asked that this source does not publish")
    method = "replies that give a figure where this source publishes none; another source may have one"
    return replace(row, value=float(shares.mean()), method=method, why="no interval: a description of these items")


# ---- beyond recall


def _recalled_by(ranking: Ranking, found: list[Recall]) -> Recall | None:
    """What the respondent of a ranking recalls of its instrument, in the same language where it was asked so."""
    name = ranking.made.instrument.name
    own = [one for one in found if one.target == name and one.base.respondent == ranking.base.respondent]
    same = [one for one in own if one.base.language == ranking.base.language]
    return next(iter(same or own), None)


def _beyond(context: Context, ranking: Ranking, found: list[Recall]) -> Iterator[Estimate]:
    row = replace(ranking.base, unit=PARTIAL)
    one = _recalled_by(ranking, found)
    if one is None:
        yield replace(row, facet=faceted(row, "beyond recall"), why=NOT_ASKED)
        return
    row = replace(row, reference=f"recalled in {one.base.language}, {one.base.mode}")
    figures = np.full(ranking.model.shape, np.nan)
    for c, place in enumerate(ranking.places):
        for i, name in enumerate(ranking.indices):
            if place in one.places and name in one.indices:
                figures[c, i] = one.figures[one.places.index(place), one.indices.index(name)]
    for i, name in enumerate(ranking.indices):
        yield _partial(context, ranking, replace(row, item=name), (one, figures), [i])
    faced = replace(row, facet=faceted(row, "average over indices"))
    yield _partial(context, ranking, faced, (one, figures), list(range(len(ranking.indices))))
    yield _plain(ranking, faced, figures)


def _shared(ranking: Ranking, figures: np.ndarray, indices: list[int]) -> np.ndarray:
    """(C,) places with these indices played, published and recalled."""
    both = np.isfinite(ranking.model) & np.isfinite(ranking.human) & np.isfinite(figures)
    return np.asarray(both[:, indices].all(axis=1))


def _partial(
    context: Context, ranking: Ranking, row: Estimate, recalled: tuple[Recall, np.ndarray], indices: list[int]
) -> Estimate:
    one, figures = recalled
    known = _shared(ranking, figures, indices)
    row = replace(row, facet=faceted(row, "beyond recall"), n=int(known.sum()))
    if known.sum() < FEWEST_PARTIAL:
        return replace(
            row, why=f"{int(known.sum())} places played, published and recalled; this needs {FEWEST_PARTIAL}"
        )
    model, human, third = (part[known][:, indices].T for part in (ranking.model, ranking.human, figures))
    test = partial_permutation(
        model,
        human,
        third,
        rounding=ROUND,
        limit=EXACT_UP_TO,
        seed=seed_for("recall", context.seed) % 2**32,
        draws=DRAWS,
    )
    if not np.isfinite(test.value):
        return replace(row, why="the recalled figures rank the places as one side does: nothing is left beyond them")
    spread = _partial_interval(context, ranking, one, (known, indices), (human, third), float(test.value))
    return tested(
        context, with_interval(row, float(test.value), spread, test.method), float(test.p), float(test.minimum_p)
    )


def _partial_interval(
    context: Context,
    ranking: Ranking,
    one: Recall,
    where: tuple[np.ndarray, list[int]],
    sides: tuple[np.ndarray, np.ndarray],
    value: float,
) -> Interval:
    """Wordings of the personas' items vary, and wordings of the questions for figures, each with its own t."""
    (known, indices), (human, third) = where, sides
    parts, words = [], []
    drawn, clusters = index_draws(context, ranking)
    if len(drawn):
        each = partial_rank_correlation(
            np.swapaxes(drawn[:MOST_DRAWS, known][:, :, indices], 1, 2), human, third, ROUND
        )
        parts.append((_mean(each), clusters))
        words.append("personas'")
    again, groups = framing_draws(context, one.made.instrument.name, [one.reps], MOST_DRAWS)
    if len(again):
        order = [one.places.index(place) for place, kept in zip(ranking.places, known, strict=True) if kept]
        names = [one.indices.index(ranking.indices[i]) for i in indices]
        laid = np.swapaxes(one.laid_out(again[:, 0])[:, order][:, :, names], 1, 2)
        model = ranking.model[known][:, indices].T
        parts.append((_mean(partial_rank_correlation(model, human, laid, ROUND)), groups))
        words.append("figures'")
    sds = [
        (float(cluster_sd(draws, count)), count - 1) if count else (float(bootstrap_sd(draws)), np.inf)
        for draws, count in ((draws[np.isfinite(draws)], count) for draws, count in parts)
        if len(draws) > 1
    ]
    if not sds or sum(sd for sd, _ in sds) == 0:
        return Interval(None, None, None, "", "nothing varies that an interval could be made from")
    low, high = (float(bound) for bound in t_interval(value, sds, context.keys.level))
    method = f"bootstrap over the {' and the '.join(words)} wordings or replies, t"
    return Interval(max(low, -1.0), min(high, 1.0), context.keys.level, method, "")


def _plain(ranking: Ranking, row: Estimate, figures: np.ndarray) -> Estimate:
    known = _shared(ranking, figures, list(range(len(ranking.indices))))
    row = replace(row, facet=faceted(row, "before recall is taken out"), unit="rank correlation", n=int(known.sum()))
    if known.sum() < FEWEST_PARTIAL:
        return replace(
            row, why=f"{int(known.sum())} places played, published and recalled; this needs {FEWEST_PARTIAL}"
        )
    nothing = np.zeros(int(known.sum()))
    each = partial_rank_correlation(ranking.model[known].T, ranking.human[known].T, nothing, ROUND)
    why = "for comparison: see rank_agreement for its interval and test"
    return replace(row, value=number(float(_mean(each))), method="Spearman over the same places", why=why)


# ---- places without a published figure


def _elsewhere(context: Context, ranking: Ranking, found: list[Recall]) -> Iterator[Estimate]:
    """Agreement with this source on the places for which the recalled source publishes nothing."""
    if _recalled_by(ranking, found) is None:
        return
    for other in context.people[ranking.made.instrument.name]:
        if other.source == ranking.side.source:
            continue
        row = replace(ranking.base, unit=TAU, reference=other.source)
        row = replace(row, facet=faceted(row, f"places without a figure in {other.source}"))
        for i, name in enumerate(ranking.indices):
            ready = other.ready.get(name, np.full(len(other.places), np.nan))
            there = {place for place, score in zip(other.places, ready, strict=True) if np.isfinite(score)}
            known = ranking.known(i) & np.array([place not in there for place in ranking.places])
            yield _tau_there(context, replace(row, item=name, n=int(known.sum())), ranking, known, i)


def _tau_there(context: Context, row: Estimate, ranking: Ranking, known: np.ndarray, index: int) -> Estimate:
    if known.sum() < FEWEST:
        why = f"{int(known.sum())} places with a score here and none there; a ranking needs {FEWEST}"
        return replace(row, why=why)
    model, human = (part[known, index][:, None] for part in (ranking.model, ranking.human))
    seed = seed_for("recall", context.seed) % 2**32
    test = joint_permutation_tau(model, human, rounding=ROUND, limit=EXACT_UP_TO, seed=seed, draws=DRAWS)
    drawn, clusters = index_draws(context, ranking)
    again = kendall_tau_b(drawn[:, known, index], human[:, 0], ROUND) if len(drawn) else np.zeros(0)
    spread = rank_interval(context, test.mean, again, clusters, (-1.0, 1.0))
    if not np.isfinite(test.mean):
        return replace(row, why="one side gives every place the same score: the ranking is undefined")
    return tested(context, with_interval(row, test.mean, spread, test.method), test.p_mean, test.minimum_p_mean)


MEASURE = Simple(
    "recall",
    "Recall of the published figures, and agreement beyond what is recalled",
    TAU,
    "Tawazun; Freedman & Lane (1983), J. Bus. Econ. Stat. 1(4), for the test beyond recall",
    compute,
    gated=True,
)
