"""Mean number of ranks by which places are displaced, beside what a random ranking would give."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple, faceted
from tawazun.measures.ranking import FEWEST, ROUND, Ranking, index_draws, rank_interval, rankings
from tawazun.stats.ranks import expected_rank_displacement, mean_rank_displacement

CHANCE = "floor:random-ranking"


def compute(context: Context) -> Iterator[Estimate]:
    """Per ranking: one row per index, each followed by its chance level."""
    for ranking in rankings(context, "mean_rank_displacement"):
        drawn, clusters = index_draws(context, ranking)
        for i, name in enumerate(ranking.indices):
            yield from _one(context, ranking, i, name, (drawn, clusters))


def _one(
    context: Context, ranking: Ranking, index: int, name: str, draws: tuple[np.ndarray, int]
) -> Iterator[Estimate]:
    known = ranking.known(index)
    count = int(known.sum())
    row = replace(ranking.base, item=name, n=count, unit="ranks")
    if count < FEWEST:
        yield replace(row, why=f"{count} places with this index on both sides; a ranking needs {FEWEST}")
        return
    model, human = ranking.model[known, index], ranking.human[known, index]
    value = float(mean_rank_displacement(model, human, ROUND))
    drawn, clusters = draws
    again = mean_rank_displacement(drawn[:, known, index], human, ROUND) if len(drawn) else np.zeros(0)
    spread = rank_interval(context, value, again, clusters, (0.0, count / 2))
    method = "mean absolute difference of ranks, ties share their mean rank"
    yield replace(
        row,
        value=value,
        low=spread.low,
        high=spread.high,
        level=spread.level,
        method="; ".join(m for m in (method, spread.method) if m),
        why=spread.why,
    )
    yield replace(
        row,
        respondent=CHANCE,
        reference=row.respondent,
        facet=faceted(row, "chance"),
        value=float(expected_rank_displacement(model, human, ROUND)),
        method="exact expectation under random ranking, ties kept",
    )


MEASURE = Simple(
    "mean_rank_displacement",
    "Mean displacement of places in the ranking",
    "ranks",
    "Spearman's footrule; Diaconis & Graham (1977)",
    compute,
    gated=True,
)
