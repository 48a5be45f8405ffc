"""Share of indices on which a place's rank is not its rank among people, beside its chance level.

Ranks run from the highest score and tied places take the best rank of the tie, which is the reading under which the
published tables come out. With few places most ranks differ by chance alone, so the chance level stands beside it.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple, faceted, number
from tawazun.measures.ranking import FEWEST, ROUND, Ranking, rankings
from tawazun.stats.ranks import misranked, misranked_by_chance

CHANCE = "floor:random-ranking"


def compute(context: Context) -> Iterator[Estimate]:
    """Per ranking: one row per place and one for their mean, each followed by its chance level."""
    for ranking in rankings(context, "misranked"):
        yield from _of(ranking)


def _of(ranking: Ranking) -> Iterator[Estimate]:
    row = replace(ranking.base, unit="share of indices")
    if len(ranking.places) < FEWEST:
        yield replace(row, n=len(ranking.places), why=f"{len(ranking.places)} places; a ranking needs {FEWEST}")
        return
    both = np.isfinite(ranking.model) & np.isfinite(ranking.human)
    model, human = (np.where(both, side, np.nan) for side in (ranking.model, ranking.human))
    shares = misranked(model, human, rounding=ROUND, exclude_constant=True)
    chance = misranked_by_chance(model, human, rounding=ROUND, exclude_constant=True)
    for place, share, by_chance in zip(ranking.places, shares, chance, strict=True):
        own = replace(row, reference=place, n=len(ranking.indices))
        yield from _pair(own, share, by_chance, faceted(own, f"place={place}"))
    yield from _pair(
        replace(row, n=len(ranking.places)),
        float(np.nanmean(shares)) if np.isfinite(shares).any() else np.nan,
        float(np.nanmean(chance)) if np.isfinite(chance).any() else np.nan,
        faceted(row, "mean over places"),
    )


def _pair(row: Estimate, share: float, by_chance: float, facet: str) -> Iterator[Estimate]:
    why = "no interval: a count of ranks; compare with its chance level" if np.isfinite(share) else "no usable index"
    yield replace(row, facet=facet, value=number(share), method="rank differs from the people's rank", why=why)
    yield replace(
        row,
        respondent=CHANCE,
        facet=f"{facet};chance;of={row.respondent}",
        value=number(by_chance),
        method="exact expectation when the people's ranking is shuffled, ties kept",
        why="" if np.isfinite(by_chance) else "no usable index",
    )


MEASURE = Simple(
    "misranked",
    "Share of indices on which a place is misranked",
    "share of indices",
    "Masoud et al. (2023), arXiv 2309.12342v1, table 3",
    compute,
    gated=True,
)
