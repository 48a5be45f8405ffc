"""The difference between two sides in closeness to the same people, with all that is needed to test it.

Each item's difference is one number (framings averaged first, then populations of the target), and items weigh the
same. Wordings are left out in turn for the error; items are not drawn again, because they are the instrument. The
items do carry the permutation test: if the two sides were interchangeable, each item's difference could as well have
had the other sign, with all its framings at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from tawazun.claims.likeness import View
from tawazun.claims.matching import Target
from tawazun.claims.sameness import Sameness, sameness
from tawazun.claims.silence import Reach, moved_apart, reach_of
from tawazun.claims.yardsticks import Closeness, Side, Yardstick, closeness, items_of, people_covariance
from tawazun.errors import BadStudy
from tawazun.measures.context import Context
from tawazun.measures.cube import Cube
from tawazun.measures.spread import FEW
from tawazun.seeds import seed_for
from tawazun.stats.combined import Part, half_width, one_sided_p
from tawazun.stats.permutation import sign_flip
from tawazun.stats.power import skewness
from tawazun.stats.resampling import bootstrap_sd, jackknife_sd, t_interval

# sign patterns are all looked at up to 2^14
EXACT_UP_TO = 16_384
DRAWS = 9_999
MOST_DRAWS = 99_999
SIDES: tuple[Literal["greater"], Literal["less"]] = ("greater", "less")
# an error below this is rounding
NOTHING = 1e-12
CONSTANT = "the answers do not change between {unit}: their error cannot be told from them"


@dataclass(frozen=True)
class Contrast:
    """Closeness of the first side minus closeness of the second; above 0 the first is closer.

    items      names of the items used, `map` alone for the map
    dropped    items left out because they are answered under one wording only
    each       (J,) differences per item; value: their mean
    sides      closeness of both sides in the measure's own direction
    cluster_sd standard error from wordings (or framings, or replies), None when nothing varied
    clusters   number of wordings or framings; 0 for replies or nothing
    unit       `wordings`, `framings` or `replies`
    human_sd   standard error from the people, None when their number is unknown
    shift      what sampling and wordings alone do to `value`, to first order
    why        why there is no interval
    skew       skewness of the clusters' own differences; None with fewer than 3
    human_df   degrees of freedom of `human_sd`; people: how it was made
    reach      how far refused and unread replies could have put either side
    sameness   the two sides with noise taken out, for verdicts of sameness; None where a measure has no such scale
    """

    measure: Yardstick
    items: tuple[str, ...]
    dropped: int
    each: np.ndarray
    value: float
    sides: tuple[float, float]
    cluster_sd: float | None
    clusters: int
    unit: str
    human_sd: float | None
    shift: float
    why: str
    sameness: Sameness | None = None
    skew: float | None = None
    human_df: float = np.inf
    people: str = "people by delta method"
    reach: tuple[Reach, Reach] | None = None

    @property
    def parts(self) -> list[Part]:
        """The parts of the error with their degrees of freedom; none when there is no interval."""
        if self.cluster_sd is None:
            return []
        df = self.clusters - 1 if self.clusters else np.inf
        return [(self.cluster_sd, df), (self.human_sd or 0.0, self.human_df)]

    def interval(self, level: float) -> tuple[float, float] | None:
        """Bounds at a level, or None."""
        if not self.parts:
            return None
        low, high = t_interval(self.value, self.parts, level)
        return float(low), float(high)

    def half(self, level: float) -> float | None:
        """Half the length of the interval at a level, or None."""
        return half_width(self.parts, level) if self.parts else None

    def edges(self) -> "tuple[Contrast, ...]":
        """The contrast at both ends of what refused and unread replies could have made of it; empty if none was."""
        ends = None if self.reach is None else moved_apart(*self.reach)
        return tuple(replace(self, each=each, value=float(each.mean()), reach=None) for each in ends or ())

    @property
    def method(self) -> str:
        """How the interval was made, for a line of text."""
        people = f"; {self.people}" if self.human_sd else "; excludes human error"
        if not self.parts:
            return self.why
        own = f"jackknife over {self.clusters} {self.unit}, t" if self.clusters else "replies drawn again"
        return own + (people if self.human_sd != 0.0 else "")


@dataclass(frozen=True)
class Tested:
    """One-sided p-values of a contrast.

    p_for, p_against   of "the first is closer" and of the opposite; None when no test is possible
    minimum_p          the smallest one-sided p that these data allow; None where it has no bound
    method             one line
    """

    p_for: float | None
    p_against: float | None
    minimum_p: float | None
    method: str

    @property
    def two_sided(self) -> float | None:
        """Twice the smaller p."""
        if self.p_for is None or self.p_against is None:
            return None
        return min(1.0, 2 * min(self.p_for, self.p_against))


def draws_for(tests: int, alpha: float) -> int:
    """How many random sign patterns let one of so many tests reach alpha after Holm, with a factor of ten to spare."""
    return int(min(MOST_DRAWS, max(DRAWS, 20 * tests / alpha)))


def contrast(
    context: Context,
    measure: Yardstick,
    made: Cube,
    target: Target,
    view: View,
    pair: tuple[Side, Side],
    subjects: tuple[Sequence[int], Sequence[int]],
) -> Contrast:
    """The contrast of two sides against a target.

    made       answers restricted to the cells that both sides have
    subjects   of each side, one per population of the target; ignored for people and floors
    Errors     BadStudy when no item is left that both sides and every population have
    """
    first, second = _sides(context, measure, made, target, pair, subjects)
    names = items_of(measure, made)
    whole = [np.array([one.whole for one in side]) for side in (first, second)]
    there = np.isfinite(whole[0]).all(axis=0) & np.isfinite(whole[1]).all(axis=0)
    kept = np.flatnonzero(there & _varied([*first, *second]))
    if not len(kept):
        raise BadStudy(
            f"{pair[0].words} and {pair[1].words} share no item with every population of {target.name} "
            f"({view.words}, {measure.name})"
        )
    each = (whole[0] - whole[1])[:, kept].mean(axis=0)
    sides = (float(whole[0][:, kept].mean()), float(whole[1][:, kept].mean()))
    sd, clusters, unit, why, skew = _cluster_error(first, second, kept)
    human, human_df, people = _human_error(first, second, target, made, measure, kept)
    if sd is not None and max(sd, human or 0.0) < NOTHING:
        sd, why = None, CONSTANT.format(unit=unit)
    alike = None
    if measure.bare is not None and sd is not None:
        plain = measure.bare is measure
        bare = (first, second) if plain else _sides(context, measure.bare, made, target, pair, subjects)
        alike = sameness(measure, bare, kept, target, made, clusters)
    return Contrast(
        measure,
        tuple(names[j] for j in kept),
        int(there.sum()) - len(kept),
        each,
        float(each.mean()),
        (measure.toward * sides[0], measure.toward * sides[1]),
        sd,
        clusters,
        unit,
        human,
        float(np.mean([a.shift[kept] - b.shift[kept] for a, b in zip(first, second, strict=True)])),
        why,
        alike,
        skew,
        human_df,
        people,
        (
            reach_of(measure, made, pair[0], subjects[0], first, target, kept),
            reach_of(measure, made, pair[1], subjects[1], second, target, kept),
        ),
    )


def _sides(
    context: Context,
    measure: Yardstick,
    made: Cube,
    target: Target,
    pair: tuple[Side, Side],
    subjects: tuple[Sequence[int], Sequence[int]],
) -> tuple[list[Closeness], list[Closeness]]:
    """Closeness of both sides to every population of a target."""
    first, second = (
        [
            closeness(context, measure, made, side, (own[k] if own else -1, target.side, c))
            for k, c in enumerate(target.at)
        ]
        for side, own in zip(pair, subjects, strict=True)
    )
    return first, second


def _varied(sides: Sequence[Closeness]) -> np.ndarray:
    """(J,) items that every side still has when any one wording is left out; all of them when nothing is left out."""
    whole = np.ones(sides[0].whole.shape, dtype=bool)
    blocks = [np.isfinite(one.jack).all(axis=0) for one in sides if len(one.jack)]
    found = whole & np.all(blocks, axis=0) if blocks else whole
    # with items that each have one wording only, an interval is not to be had, but the difference is
    return found if found.any() else whole


def _cluster_error(
    first: Sequence[Closeness], second: Sequence[Closeness], kept: np.ndarray
) -> tuple[float | None, int, str, str, float | None]:
    """(standard error, clusters, unit, why there is none, skewness) of the mean over items and populations."""
    sides = [*first, *second]
    unit = next((one.unit for one in sides if len(one.jack)), "wordings")
    groups = {len(one.jack) for one in sides if len(one.jack)}
    if len(groups) > 1:
        return None, 0, unit, f"the populations were asked under different numbers of {unit}: no interval", None
    skew = None
    if groups:
        left = _differences([(a.jack, b.jack) for a, b in zip(first, second, strict=True)], first, second, kept)
        sd = float(jackknife_sd(left))
        clusters = groups.pop()
        skew = skewness(-left)
    else:
        drawn = {len(one.drawn) for one in sides if len(one.drawn)}
        if not drawn:
            return None, 0, unit, FEW, None
        fewest = min(drawn)
        pairs = [(a.drawn[:fewest], b.drawn[:fewest]) for a, b in zip(first, second, strict=True)]
        sd = float(bootstrap_sd(_differences(pairs, first, second, kept)))
        clusters, unit = 0, "replies"
    if not np.isfinite(sd):
        return None, clusters, unit, "every item is answered under one wording only: no interval", None
    return sd, clusters, unit, "", skew


def _differences(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    first: Sequence[Closeness],
    second: Sequence[Closeness],
    kept: np.ndarray,
) -> np.ndarray:
    """(B,) mean differences in replicates; a side that does not vary stands as it is."""
    found = []
    for (one, other), a, b in zip(pairs, first, second, strict=True):
        left = one[:, kept] if len(one) else a.whole[None, kept]
        right = other[:, kept] if len(other) else b.whole[None, kept]
        found.append((left - right).mean(axis=-1))
    length = max(len(row) for row in found)
    return np.mean([np.broadcast_to(row, length) for row in found], axis=0)


def _human_error(
    first: Sequence[Closeness],
    second: Sequence[Closeness],
    target: Target,
    made: Cube,
    measure: Yardstick,
    kept: np.ndarray,
) -> tuple[float | None, float, str]:
    """Standard error of the value from the people of the target and of the sides, its degrees of freedom, and words."""
    if measure.scale is None:
        return None, np.inf, ""
    at = np.flatnonzero(measure.scale.items(made))[kept]
    both = [_difference(a, b) for a, b in zip(first, second, strict=True)]
    table, df = people_covariance([both], kept, target.side, (target.at, at))
    sd = float(np.sqrt(max(table[0, 0], 0.0))) if np.isfinite(table[0, 0]) else None
    words = list(dict.fromkeys(target.side.error_words(c, at) for c in target.at))
    return sd, df, "; ".join(words).replace("humans by", "people by")


def _difference(a: Closeness, b: Closeness) -> Closeness:
    """The first side with the slopes of the difference."""
    assert a.gradient is not None and b.gradient is not None
    against = tuple((population, -slope) for population, slope in b.own)
    return replace(a, gradient=a.gradient - b.gradient, own=(*a.own, *against))


def tested(found: Contrast, seed: int, names: Sequence[str], draws: int = DRAWS) -> Tested:
    """One-sided tests of a contrast: sign flips over items, or t over wordings for the map.

    seed, names   what random sign patterns depend on, where there are too many to look at all; draws: how many
    """
    if found.measure.scale is None:
        if not found.parts:
            return Tested(None, None, None, found.why)
        p = [one_sided_p(found.value, found.parts, null=0.0, alternative=side) for side in SIDES]
        return Tested(p[0], p[1], None, f"t over {found.clusters} {found.unit}")
    key = seed_for("sign flips", seed, *names) % 2**32
    each = np.where(np.abs(found.each) < NOTHING, 0.0, found.each)
    flips = sign_flip(np.stack([each, -each]), alternative="greater", limit=EXACT_UP_TO, seed=key, draws=draws)
    method = flips.method.removesuffix("; greater").replace("blocks", "items")
    p_for, p_against = (float(p) for p in flips.p)
    least = float(flips.minimum_p.max())
    return Tested(p_for, p_against, least, f"{method}; all framings of an item together")
