"""The places that one respondent played in one arm, side by side, for comparisons of countries within a model."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, number, row, several_settings
from tawazun.measures.cube import Cube
from tawazun.measures.spread import Interval, Replicates, interval
from tawazun.seeds import stream
from tawazun.stats.resampling import cluster_weights

UNEQUAL = "the places were asked under different numbers of framings: no interval"


@dataclass(frozen=True)
class Played:
    """One respondent's places under one language, perspective, mode and decoding.

    base       an estimate with these filled in; subjects and places: C, in order, none of them with attributes
    """

    base: Estimate
    made: Cube
    subjects: tuple[int, ...]
    places: tuple[str, ...]


def played(measure: str, name: str, made: Cube) -> Iterator[Played]:
    """Every arm of every respondent; arms in which nobody of a place is played have no places."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for s, one in enumerate(made.subjects):
        if one.place and one.persona != one.place:
            continue
        perspective = one.perspective if one.place else ""
        groups.setdefault((one.respondent, one.language, one.mode, one.setting, perspective), []).append(s)
    several = several_settings(made)
    for key, members in groups.items():
        if not key[-1] and any(other[:-1] == key[:-1] and other[-1] for other in groups):
            continue
        first = made.subjects[members[0]]
        base = replace(row(measure, name, first, (first.respondent, first.mode) in several), persona="")
        places = members if key[-1] else []
        yield Played(base, made, tuple(places), tuple(made.subjects[s].place for s in places))


def together(parts: Sequence[Replicates]) -> Replicates | None:
    """Replicates of several subjects as one, (…, C, Q); None when they were asked under different numbers of clusters.

    Clusters are left out of all subjects at once, because a wording's shift is shared by the places it is put to.
    """
    if not parts or len({len(one.jack) for one in parts}) != 1 or len({one.unit for one in parts}) != 1:
        return None
    drawn = min(len(one.drawn) for one in parts)
    return Replicates(
        np.stack([one.whole for one in parts]),
        np.stack([one.jack for one in parts], axis=1),
        np.stack([one.each for one in parts], axis=1),
        np.stack([one.drawn[:drawn] for one in parts], axis=1),
        parts[0].unit,
    )


def joint_interval(
    joint: Replicates | None,
    statistic: Callable[[np.ndarray], np.ndarray],
    level: float,
    human_sd: float | None,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> Interval:
    """The interval of a statistic (B, C, Q[, K]) -> (B,) of several places; `human_sd` as in `spread.interval`."""
    if joint is None:
        return Interval(None, None, None, "", UNEQUAL)
    return interval(joint, statistic, level, human_sd, bounds)


def with_interval(row: Estimate, value: float, spread: Interval, words: str) -> Estimate:
    """The row with a value, its interval and how both were made; what is not finite stays without a value."""
    return replace(
        row,
        value=number(value),
        low=spread.low,
        high=spread.high,
        level=spread.level,
        method="; ".join(part for part in (words, spread.method) if part),
        why="; ".join(part for part in (row.why, spread.why) if part),
    )


def framing_draws(context: Context, name: str, parts: Sequence[Replicates], most: int) -> tuple[np.ndarray, int]:
    """(D, C, Q) averages of several subjects with wordings (or replies) drawn again, and G clusters (0 = replies).

    Wordings are drawn jointly, for statistics of ranks, which leaving one out does not move smoothly. D = 0 when
    nothing varies or the subjects were asked under different numbers of wordings.
    """
    joint = together(parts)
    if joint is None:
        return np.zeros((0, len(parts), 0)), 0
    draws = min(context.keys.draws, most)
    if not len(joint.each):
        return joint.drawn[:draws], 0
    count = len(joint.each)
    weights = cluster_weights(count, draws, stream("places", context.seed, name)) / count
    # an item of one wording alone does not vary here, which must not pass for certainty
    each = np.where(np.isnan(joint.jack).any(axis=0), np.nan, joint.each)
    return np.einsum("dg,gcq->dcq", weights, each), count


def index_points(block: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(..., Q) item means and (I, Q) weights -> (..., I) points without constants; NaN where an item used is NaN."""
    used = [np.flatnonzero(line) for line in weights]
    return np.stack([block[..., items] @ line[items] for items, line in zip(used, weights, strict=True)], axis=-1)
