"""The smallest effect of interest: declared, or half the way from a people to their nearest neighbours.

A difference between two models that is smaller than half the difference between two neighbouring peoples does not
matter for the question "whose answers are these". It is computed from people alone, with the part that their sampling
adds taken out, so no model's answers can move it.
"""

from dataclasses import dataclass

import numpy as np

from tawazun.claims.cumulative import squared_gap, squared_gap_noise
from tawazun.claims.gathering import Gathered
from tawazun.claims.matching import Target
from tawazun.claims.yardsticks import Yardstick
from tawazun.measures.cube import Cube
from tawazun.measures.maps import AXES
from tawazun.measures.people import People
from tawazun.stats.distances import js_bias, js_distance, js_divergence, wasserstein1

SHARE = 0.5


@dataclass(frozen=True)
class Interest:
    """The smallest effect of interest and where it came from; `value` None when there is none."""

    value: float | None
    origin: str


def smallest_effect(
    gathered: Gathered, measure: Yardstick, made: Cube, target: Target, declared: float | None
) -> Interest:
    """The smallest effect of interest for closeness to a target.

    declared   by the claim or command; else by the studies for their primary measure; else from the people
    """
    if declared is not None:
        return Interest(declared, "declared")
    own = {
        part.study.measure.smallest_effect for part in gathered.parts if part.study.measure.primary == measure.name
    } - {None}
    if len(own) == 1:
        return Interest(own.pop(), "declared by the study")
    if len(own) > 1:
        return Interest(None, "the studies of these runs declare different ones: declare it here")
    return from_people(measure, made, target)


def from_people(measure: Yardstick, made: Cube, target: Target) -> Interest:
    """Half the distance between a population and its nearest neighbour, averaged over the target's populations."""
    halves, words = [], []
    for c in target.at:
        near = nearest(measure, made, target.side, c)
        if near is None:
            return Interest(None, f"no other people than those of {target.side.names[c]} to take it from")
        halves.append(SHARE * near[0])
        words.append(f"{target.side.names[c]} to {target.side.names[near[1]]}")
    mean = float(np.mean(halves))
    if not mean > 0:
        return Interest(None, "the nearest people cannot be told apart in this sample: declare it")
    shown = words[0] if len(words) == 1 else f"mean over {len(words)} populations, such as {words[0]}"
    known = measure.scale is not None and np.isfinite(target.side.n_eff).any()
    noise = "sampling taken out" if known else "sampling not taken out, the people's number is unknown"
    return Interest(mean, f"half the distance between nearest neighbours ({shown}; {noise})")


def nearest(measure: Yardstick, made: Cube, side: People, c: int) -> tuple[float, int] | None:
    """(distance, position) of the nearest other population of the source; None when there is none."""
    best: tuple[float, int] | None = None
    for other in range(len(side.names)):
        gap = None if other == c else _gap(measure, made, side, (c, other))
        if gap is not None and (best is None or gap < best[0]):
            best = (gap, other)
    return best


def _gap(measure: Yardstick, made: Cube, side: People, pair: tuple[int, int]) -> float | None:
    """Distance between two populations in the measure's unit, with sampling taken out; None without a common item."""
    if measure.scale is None:
        if not all(axis in side.ready for axis in AXES):
            return None
        points = np.array([[side.ready[axis][k] for axis in AXES] for k in pair])
        gap = float(np.linalg.norm(points[0] - points[1]))
        return gap if np.isfinite(gap) else None
    at = np.flatnonzero(measure.scale.items(made))
    p, q = (side.p[k][at] for k in pair)
    both = np.flatnonzero(~(np.isnan(p).any(axis=-1) | np.isnan(q).any(axis=-1)))
    if not len(both):
        return None
    p, q, codes = p[both], q[both], made.tight_codes[at][both]
    sizes = [np.where(np.isfinite(n), n, np.inf) for n in (side.n_eff[k][at][both] for k in pair)]
    if measure.bits:
        raw = js_divergence(p, q)
        true = float((raw - js_bias(p, q, sizes[0], sizes[1])).mean())
        if measure.name == "js_divergence":
            return max(true, 0.0)
        distance = float(js_distance(p, q).mean())
    else:
        length = np.maximum(codes.max(axis=-1) - codes.min(axis=-1), 1e-12)
        raw = squared_gap(p, q, codes)
        noise = squared_gap_noise(p, codes, sizes[0]) + squared_gap_noise(q, codes, sizes[1])
        true = float((raw - noise).mean())
        distance = float((wasserstein1(p, q, codes) / length).mean())
    # a root of the pooled share of the squared distance that is not sampling
    return distance * float(np.sqrt(max(true, 0.0) / raw.mean())) if raw.mean() > 0 else 0.0
