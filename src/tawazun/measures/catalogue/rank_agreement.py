"""Kendall's tau-b between a respondent's ranking of places and the people's, per index and on average.

Scores are rounded to six decimals before they are ranked. A ranking that is constant on either side is undefined and
counted, never -1 and never 0. The test relabels places jointly over all indices; where even the best possible
ranking could not reach alpha, there is no test and the row says so.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple, faceted, number
from tawazun.measures.ranking import FEWEST, ROUND, Ranking, index_draws, rank_interval, rankings
from tawazun.seeds import seed_for
from tawazun.stats.ranks import JointTau, joint_permutation_tau, kendall_tau_b

EXACT_UP_TO = 40_320


def compute(context: Context) -> Iterator[Estimate]:
    """One row per ranking and index, and one for the average."""
    for ranking in rankings(context, "rank_agreement"):
        drawn, clusters = index_draws(context, ranking)
        for i, name in enumerate(ranking.indices):
            yield _one(context, ranking, i, name, (drawn, clusters))
        yield _average(context, ranking, (drawn, clusters))


def _test(context: Context, model: np.ndarray, human: np.ndarray) -> JointTau:
    seed = seed_for("rank_agreement", context.seed) % 2**32
    return joint_permutation_tau(model, human, rounding=ROUND, limit=EXACT_UP_TO, seed=seed)


def _one(context: Context, ranking: Ranking, index: int, name: str, draws: tuple[np.ndarray, int]) -> Estimate:
    known = ranking.known(index)
    count = int(known.sum())
    row = replace(ranking.base, item=name, n=count)
    if count < FEWEST:
        return replace(row, why=f"{count} places with this index on both sides; a ranking needs {FEWEST}")
    human = ranking.human[known, index]
    tau = float(kendall_tau_b(ranking.model[known, index], human, ROUND))
    if not np.isfinite(tau):
        if context.keys.undefined_rank == "minus-one":
            return replace(row, value=-1.0, method="constant ranking counted as -1 (undefined_rank = minus-one)")
        return replace(row, why="one side gives every place the same score: the ranking is undefined")
    drawn, clusters = draws
    spread = rank_interval(context, tau, kendall_tau_b(drawn[:, known, index], human, ROUND), clusters, (-1.0, 1.0))
    warned = "; ".join(part for part in (spread.why, ranking.made.instrument.indices[index].warning) if part)
    tested = _test(context, ranking.model[known, index][:, None], human[:, None])
    return _tested(
        context,
        replace(row, value=tau, low=spread.low, high=spread.high, level=spread.level, why=warned),
        (float(tested.p[0]), float(tested.minimum_p[0])),
        "; ".join(m for m in (tested.method, spread.method) if m),
    )


def _average(context: Context, ranking: Ranking, draws: tuple[np.ndarray, int]) -> Estimate:
    known = np.array([ranking.known(i) for i in range(len(ranking.indices))])
    had = known.any(axis=1)  # an index that one side does not have at all is left out and counted, it stops no average
    whole = known[had].all(axis=0) if had.any() else np.zeros(len(ranking.places), dtype=bool)
    count = int(whole.sum())
    row = replace(ranking.base, facet=faceted(ranking.base, "average over indices"))
    if count < FEWEST:
        return replace(row, n=0, why=f"{count} places have every index on both sides; a ranking needs {FEWEST}")
    human = ranking.human[whole][:, had]
    tested = _test(context, ranking.model[whole][:, had], human)
    absent = int((~had).sum())
    undefined = int(had.sum()) - tested.defined
    if undefined and context.keys.undefined_rank == "minus-one":
        value = float(np.where(np.isnan(tested.tau), -1.0, tested.tau).mean())
        words = f"{undefined} constant ranking(s) counted as -1 (undefined_rank = minus-one)"
        return replace(row, value=value, n=int(had.sum()), method=words)
    if not tested.defined:
        return replace(row, n=0, why="every ranking is undefined: one side gives every place the same score")
    drawn, clusters = draws
    taus = kendall_tau_b(drawn[:, whole][:, :, had].transpose(0, 2, 1), human.T, ROUND)
    usable = ~np.isnan(tested.tau)
    spread = rank_interval(context, tested.mean, taus[:, usable].mean(axis=-1), clusters, (-1.0, 1.0))
    left = ranking.places and len(ranking.places) - count
    notes = [
        spread.why,
        f"{undefined} of {int(had.sum())} rankings undefined and left out of the average" if undefined else "",
        f"{absent} indices that the people or the respondent do not have left out" if absent else "",
        f"{left} place(s) without every index left out" if left else "",
    ]
    filled = replace(
        row,
        value=number(tested.mean),
        low=spread.low,
        high=spread.high,
        level=spread.level,
        n=tested.defined,
        why="; ".join(note for note in notes if note),
    )
    method = f"mean over {tested.defined} indices of {count} places; {tested.method}"
    return _tested(
        context,
        filled,
        (tested.p_mean, tested.minimum_p_mean),
        "; ".join(m for m in (method, spread.method) if m),
    )


def _tested(context: Context, row: Estimate, p: tuple[float, float], method: str) -> Estimate:
    """The row with its p, or with why no test is possible at all."""
    value, least = p
    described = replace(row, method=f"{method}; smallest attainable p {least:.3g}")
    if not np.isfinite(value):
        return described
    if least > context.keys.alpha:
        return described.because(
            f"no test: with these places the smallest attainable p is {least:.3g}, above alpha {context.keys.alpha:g}"
        )
    return replace(described, p=value)


MEASURE = Simple(
    "rank_agreement",
    "Agreement of the ranking of places with the people's",
    "tau-b",
    "Kendall (1945); Masoud et al. (2023), arXiv 2309.12342, for the use",
    compute,
    gated=True,
)
