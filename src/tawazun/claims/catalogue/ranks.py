"""`ranks`: a respondent orders places on an instrument's indices as their people do.

Countries are relabelled jointly over all indices. Where even a perfect ranking could not reach alpha there is no test,
and the claim says how many places one needs.
"""

from dataclasses import dataclass, replace
from math import factorial

import numpy as np
import polars as pl
from pydantic import Field

from tawazun.claims.contrast import NOTHING
from tawazun.claims.gathering import Gathered
from tawazun.claims.likeness import View
from tawazun.claims.limits import general_limits, one_wording
from tawazun.claims.matching import check_respondent, find_target
from tawazun.claims.records import ClaimKeys, Found, Kind, Levels, Need
from tawazun.claims.verdicts import Evidence, at_least
from tawazun.errors import BadStudy
from tawazun.measures.ranking import FEWEST, ROUND, Ranking, index_draws, rank_interval, rankings
from tawazun.seeds import seed_for
from tawazun.stats.ranks import JointTau, joint_permutation_tau, kendall_tau_b

EXACT_UP_TO = 40_320


class Keys(ClaimKeys):
    """`source`: the people, such as `hofstede-2015`; `index`: one index, or empty for the mean over all.

    smallest_effect   smallest tau of interest
    """

    respondent: str
    source: str
    index: str = ""
    smallest_effect: float | None = Field(default=None, gt=0, lt=1)


@dataclass(frozen=True)
class Bounds:
    """Intervals of the mean tau: at the claim's level, and of two one-sided tests; `why` when there are none."""

    clusters: int
    interval: tuple[float, float] | None
    inner: tuple[float, float] | None
    why: str

    @property
    def flat(self) -> bool:
        """Whether no wording changed the ranking, so that the interval has no length."""
        return self.interval is not None and self.interval[0] == self.interval[1]


def judge(gathered: Gathered, keys: Keys, levels: Levels) -> Found:
    """Mean tau-b over indices with its joint permutation test."""
    label = check_respondent(gathered, keys.respondent)
    target = find_target(gathered, keys.source)
    ranking = _ranking(gathered, keys, target.side.source)
    at = _indices(ranking, keys.index)
    whole = np.asarray(np.array([ranking.known(i) for i in at]).all(axis=0))
    count = int(whole.sum())
    if count < FEWEST:
        raise BadStudy(f"{count} places have every index on both sides; a ranking needs {FEWEST}")
    model, human = ranking.model[whole][:, at], ranking.human[whole][:, at]
    for_it, against = (_test(gathered, side, human) for side in (model, -model))
    bounds = _bounds(gathered, ranking, (whole, at), for_it, levels)
    value = for_it.mean if np.isfinite(for_it.mean) else None
    evidence = Evidence(
        value=value,
        interval=bounds.interval,
        inner=bounds.inner,
        p_for=for_it.p_mean if value is not None else None,
        p_against=against.p_mean if value is not None else None,
        minimum_p=for_it.minimum_p_mean if value is not None else None,
        delta=keys.smallest_effect,
        closed=_closed(gathered, ranking, label),
        why="every ranking is constant: nothing can be ranked" if value is None else bounds.why,
        open=one_wording(_wordings(gathered, ranking, label), keys.words or gathered.words),
    )
    base = ranking.base
    view = View(ranking.made.instrument.name, "own", base.perspective, base.language, base.mode, "")
    words = keys.index or f"{for_it.defined} indices"
    return Found(
        evidence=evidence,
        ruling=at_least(evidence, levels.alpha),
        unit="tau-b",
        short="tau-b",
        method=for_it.method + (f"; interval over {bounds.clusters} framing clusters, t" if bounds.clusters else ""),
        origin="declared" if keys.smallest_effect else "not declared: any agreement above 0 counts",
        respondents=(label,),
        instrument=view.instrument,
        language=base.language,
        subject=f"Rank agreement of {label} with {target.side.source} over {count} places on {words} of "
        f"{view.instrument}",
        facts={
            "places": count,
            "indices": for_it.defined,
            "undefined rankings": len(at) - for_it.defined,
            "tau by index": {ranking.indices[i]: _plain(t) for i, t in zip(at, for_it.tau, strict=True)},
        },
        needs=_needs(count, for_it, levels),
        limits=(
            *general_limits(gathered, view, [label]),
            "Orders are compared, not levels: a respondent may rank every place right and be far from all of them.",
            *(["No wording changed the ranking: the verdict rests on the relabelling alone."] if bounds.flat else []),
        ),
    )


def _ranking(gathered: Gathered, keys: Keys, source: str) -> Ranking:
    found = [
        one
        for one in rankings(gathered.context, "rank_agreement")
        if (one.base.respondent, one.base.population) == (keys.respondent, source)
        and keys.language in ("", one.base.language)
        and keys.perspective in ("", one.base.perspective)
        and keys.mode in ("", one.base.mode)
    ]
    if not found:
        raise BadStudy(
            f"no ranking of {keys.respondent} against {source}: it needs index scores of places on both sides"
        )
    if len(found) > 1:
        bases = [one.base for one in found]
        offered = ", ".join(f"{one.language or 'by language'}/{one.perspective}/{one.mode}" for one in bases)
        raise BadStudy(f"more than one ranking: name language, perspective or mode ({offered})")
    return found[0]


def _indices(ranking: Ranking, name: str) -> list[int]:
    if not name:
        return [i for i in range(len(ranking.indices)) if ranking.known(i).any()]
    if name not in ranking.indices:
        raise BadStudy(f"index: no index {name!r}; allowed: {', '.join(ranking.indices)}")
    return [ranking.indices.index(name)]


def _test(gathered: Gathered, model: np.ndarray, human: np.ndarray) -> JointTau:
    seed = seed_for("rank_agreement", gathered.context.seed) % 2**32
    return joint_permutation_tau(model, human, rounding=ROUND, limit=EXACT_UP_TO, seed=seed)


def _bounds(
    gathered: Gathered, ranking: Ranking, which: tuple[np.ndarray, list[int]], found: JointTau, levels: Levels
) -> Bounds:
    """Bounds of the mean tau at both levels, from wordings (or replies) drawn again."""
    whole, at = which
    drawn, clusters = index_draws(gathered.context, ranking)
    if not len(drawn) or not np.isfinite(found.mean):
        return Bounds(clusters, None, None, "one framing and no repeated replies: no interval")
    known = ~np.isnan(found.tau)
    human = ranking.human[whole][:, at]
    taus = kendall_tau_b(drawn[:, whole][:, :, at].transpose(0, 2, 1), human.T, ROUND)[:, known].mean(axis=-1)
    if np.isfinite(taus).all() and float(np.ptp(taus)) < NOTHING:
        if clusters < FEWEST:
            return Bounds(clusters, None, None, "no draw of so few framings changed the ranking: no interval")
        same = (found.mean, found.mean)
        return Bounds(clusters, same, same, "")
    made = []
    for level in (levels.level, 1 - 2 * levels.alpha):
        keys = gathered.context.keys.model_copy(update={"level": level})
        spread = rank_interval(replace(gathered.context, keys=keys), found.mean, taus, clusters, (-1.0, 1.0))
        if spread.low is None or spread.high is None:
            return Bounds(clusters, None, None, spread.why)
        made.append((spread.low, spread.high))
    return Bounds(clusters, made[0], made[1], "")


def _wordings(gathered: Gathered, ranking: Ranking, label: str) -> int:
    own = (pl.col("respondent") == label) & (pl.col("instrument") == ranking.made.instrument.name)
    return gathered.answers.filter(own & pl.col("error").is_null())["wording"].n_unique()


def _closed(gathered: Gathered, ranking: Ranking, label: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    base = ranking.base
    for (who, instrument, persona, perspective, language, *_), gates in gathered.closed.items():
        if (who, instrument, perspective) != (label, base.instrument, base.perspective):
            continue
        if base.language in ("", language) and (persona in ranking.places or not base.language):
            found |= dict.fromkeys(f"{persona}: {reason}" for reason in gates.reasons)
    return tuple(found)


def _needs(count: int, found: JointTau, levels: Levels) -> tuple[Need, ...]:
    if not np.isfinite(found.minimum_p_mean) or found.minimum_p_mean <= levels.alpha:
        return ()
    if 1 / factorial(count) <= levels.alpha:
        return (Need("places", count, None, "ties keep the test from alpha, not the number of places"),)
    places = count
    while 1 / factorial(places) > levels.alpha:
        places += 1
    return (Need("places", count, places, "for relabelling to reach alpha"),)


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


KIND = Kind("ranks", "a respondent orders places on the indices as their people do", Keys, judge)
