"""Would the rank agreement be the same with other countries? Countries left out, and smaller sets of them.

A CAT of four countries has four points; these rows say how far the average tau wanders when the same respondent and
people are compared over fewer of the same countries. The bounds are the range over sets, not a confidence interval.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from math import comb

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple, faceted
from tawazun.measures.ranking import FEWEST, ROUND, Ranking, rankings
from tawazun.seeds import stream
from tawazun.stats.ranks import kendall_tau_b

UNIT = "tau-b"
SIZES = (3, 4, 5, 7, 10, 15, 20)
SETS = 200
RANGE = 0.9
FEWEST_SETS = 2


def compute(context: Context) -> Iterator[Estimate]:
    """Per ranking: every country left out in turn, then random sets of so many countries."""
    for ranking in rankings(context, "rank_stability"):
        known = ranking.complete
        count = int(known.sum())
        row = replace(ranking.base, n=count, unit=UNIT)
        if count <= FEWEST:
            yield replace(row, why=f"{count} places have every index on both sides; leaving one out needs {FEWEST + 1}")
            continue
        yield _left_out(ranking, row, np.flatnonzero(known))
        for size in SIZES:
            if size < count:
                yield _sets(context, ranking, row, np.flatnonzero(known), size)


def _tau(ranking: Ranking, places: np.ndarray) -> float:
    """Mean tau-b over the indices that are defined for these places; NaN when none is."""
    taus = kendall_tau_b(ranking.model[places].T, ranking.human[places].T, ROUND)
    return float(np.nanmean(taus)) if np.isfinite(taus).any() else float("nan")


def _left_out(ranking: Ranking, row: Estimate, places: np.ndarray) -> Estimate:
    taus = np.array([_tau(ranking, np.delete(places, k)) for k in range(len(places))])
    faced = replace(row, facet=faceted(row, "one place left out"))
    if not np.isfinite(taus).all():
        return replace(faced, why="without one of the places no ranking is defined")
    whole = _tau(ranking, places)
    far = int(np.abs(taus - whole).argmax())
    method = (
        f"mean over {len(places)} places left out in turn, with the lowest and highest; all places {whole:.3f}; "
        f"furthest from it without {ranking.places[places[far]]}: {taus[far]:.3f}"
    )
    low, high = float(taus.min()), float(taus.max())
    return replace(faced, value=float(taus.mean()), low=low, high=high, level=1.0, method=method, why=NOT_AN_INTERVAL)


def _sets(context: Context, ranking: Ranking, row: Estimate, places: np.ndarray, size: int) -> Estimate:
    faced = replace(row, facet=faceted(row, f"places={size}"))
    every = comb(len(places), size)
    if every <= SETS:
        chosen = [np.array(part) for part in combinations(places, size)]
    else:
        rng = stream("rank_stability", context.seed, row.respondent, row.language, size)
        chosen = [rng.choice(places, size, replace=False) for _ in range(SETS)]
    taus = np.array([_tau(ranking, part) for part in chosen])
    known = taus[np.isfinite(taus)]
    if len(known) < FEWEST_SETS:
        return replace(faced, why="no set of places has a defined ranking")
    low, high = (float(x) for x in np.quantile(known, [(1 - RANGE) / 2, (1 + RANGE) / 2]))
    how = f"all {len(chosen)}" if every <= SETS else f"{SETS} random"
    method = f"mean over {how} sets of {size} of {len(places)} places, with the range of the middle {RANGE:.0%}"
    share = f"{float((known > 0).mean()):.0%} of the sets above 0"
    return replace(
        faced,
        value=float(known.mean()),
        low=low,
        high=high,
        level=RANGE,
        method=f"{method}; {share}",
        why=NOT_AN_INTERVAL,
    )


NOT_AN_INTERVAL = "a range over sets of places, no confidence interval"

MEASURE = Simple(
    "rank_stability",
    "How far the rank agreement wanders with which countries are compared",
    UNIT,
    "Masoud et al. (2023), arXiv 2309.12342, limitations: whether the number of countries changes the result",
    compute,
    gated=True,
)
