"""Do components of sets go with what training on them changed? Every test shuffles whole sets."""

from dataclasses import dataclass

import numpy as np

from tawazun.audit.prediction.panels import Panel, by_origin
from tawazun.errors import Refused
from tawazun.stats.permutation import benjamini_hochberg
from tawazun.stats.rank_test import (
    EXACT,
    fewest_things,
    shuffles_of,
    spearman_interval,
    spearman_power,
    spearman_test,
    things_needed,
)

LEVEL = 0.05
DRAWS, MOST_DRAWS = 9_999, 99_999


@dataclass(frozen=True, slots=True)
class Association:
    """Of one component with one model's change on one benchmark, over sets.

    rho, low, high  Spearman's correlation and its 95 % bounds
    p, minimum_p    of a permutation test, and the least that so few sets could give; q after Benjamini and Hochberg
    """

    component: int
    model: str
    benchmark: str
    n: int
    rho: float
    low: float
    high: float
    p: float
    minimum_p: float
    q: float


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """Whether families of models answer to a component differently.

    slopes  family → change in standard deviations of the benchmarks' changes, by one of the component's scores
    """

    component: int
    slopes: dict[str, float]
    n: int
    p: float
    q: float


@dataclass(frozen=True)
class Associations:
    """The grid of components × models × benchmarks.

    sets    that count: sets of one origin are one
    power   chance that a test of the grid finds a correlation of `effect`; `needed` sets for .8, None when over 300
    """

    cells: tuple[Association, ...]
    families: tuple[Heterogeneity, ...]
    sets: int
    tests: int
    effect: float
    power: float
    needed: int | None
    method: str


def associated(scores: np.ndarray, panel: Panel, *, effect: float, seed: int = 1) -> Associations:
    """Correlate components with changes over the whole grid; sets of one origin are averaged into one first.

    Shapes   scores: (D, K) of the panel's sets
    effect   the correlation that would be worth finding; the power and the sets needed are for it
    Errors   Refused when no test of the grid could reach 5 % with so few sets; ValueError for other shapes
    Source   Spearman (1904); permutation p: Phipson & Smyth (2010); Benjamini & Hochberg (1995)
    """
    if scores.ndim != 2 or len(scores) != len(panel.datasets):
        raise ValueError(f"scores of {len(panel.datasets)} sets are needed, got shape {scores.shape}")
    scores, panel = by_origin(scores, panel)
    tests = scores.shape[1] * len(panel.models) * len(panel.benchmarks)
    alpha = LEVEL / max(tests, 1)
    enough(len(scores), tests, effect)
    cells, method = _grid(scores, panel, seed)
    found = benjamini_hochberg([one.p for one in cells])
    cells = [_adjusted(one, float(q)) for one, q in zip(cells, found, strict=True)]
    apart = [_heterogeneity(scores[:, k], k, panel, seed) for k in range(scores.shape[1])]
    kept = [one for one in apart if one is not None]
    qs = benjamini_hochberg([one.p for one in kept])
    families = [Heterogeneity(one.component, one.slopes, one.n, one.p, float(q))
                for one, q in zip(kept, qs, strict=True)]  # fmt: skip
    power = spearman_power(effect, len(scores), alpha)
    return Associations(
        tuple(cells), tuple(families), len(scores), tests, effect, power, things_needed(effect, alpha), method
    )


def enough(sets: int, tests: int, effect: float) -> None:
    """Errors: Refused for so few sets that nothing could be found, or no component."""
    if not tests:
        raise Refused("no component stands above chance, so there is nothing to hold against results")
    alpha = LEVEL / tests
    least = fewest_things(alpha)
    if sets >= max(least, 5):
        return
    needed = things_needed(effect, alpha)
    raise Refused(
        f"{sets} sets with results: with {tests} tests none could reach 5 % below {max(least, 5)} sets, and "
        f"{needed or 'more than 300'} are needed to find a correlation of {effect:g} with a power of .8"
    )


def draws_for(tests: int) -> int:
    """Random shuffles: so many that one correlation alone can reach a fifth of Bonferroni's bar, within reason."""
    return min(MOST_DRAWS, max(DRAWS, round(5 * tests / LEVEL) - 1))


def _adjusted(one: Association, q: float) -> Association:
    return Association(
        one.component, one.model, one.benchmark, one.n, one.rho, one.low, one.high, one.p, one.minimum_p, q
    )


def _grid(scores: np.ndarray, panel: Panel, seed: int) -> tuple[list[Association], str]:
    made: list[Association] = []
    method = ""
    draws = draws_for(scores.shape[1] * len(panel.models) * len(panel.benchmarks))
    for k in range(scores.shape[1]):
        by_sets: dict[bytes, list[tuple[int, int]]] = {}
        for m in range(len(panel.models)):
            for b in range(len(panel.benchmarks)):
                by_sets.setdefault(np.isfinite(panel.change[:, m, b]).tobytes(), []).append((m, b))
        for there, where in by_sets.items():
            chosen = np.frombuffer(there, dtype=bool)
            n = int(chosen.sum())
            if n < 5:
                made += [_untested(k, panel, m, b, n) for m, b in where]
                continue
            changes = np.stack([panel.change[chosen, m, b] for m, b in where])
            found = spearman_test(scores[chosen, k], changes, draws=draws, seed=seed)
            low, high = spearman_interval(found.value, n)
            method = method or found.method
            made += [
                Association(k, panel.models[m], panel.benchmarks[b], n, float(found.value[i]), float(low[i]),
                            float(high[i]), float(found.p[i]), float(found.minimum_p[i]), float("nan"))
                for i, (m, b) in enumerate(where)
            ]  # fmt: skip
    return made, method


def _untested(k: int, panel: Panel, m: int, b: int, n: int) -> Association:
    none = float("nan")
    return Association(k, panel.models[m], panel.benchmarks[b], n, none, none, none, none, none, none)


def _heterogeneity(score: np.ndarray, k: int, panel: Panel, seed: int) -> Heterogeneity | None:
    """Slopes of families on a component, and a test of whether they are one.

    What a family gained more than the families' mean does not depend on the score when slopes are equal, whatever they
    are; sets can then change places, so the test is exact for the families at hand. None with one family.
    """
    groups = panel.groups
    if len(groups) < 2:
        return None
    gained = _by_family(panel)
    there = np.isfinite(gained).all(axis=1)
    if there.sum() < 5:
        return None
    gained, own = gained[there], score[there] - score[there].mean()
    square = float(own @ own)
    if square <= 1e-12:
        return None
    slopes = own @ (gained - gained.mean(axis=0)) / square
    beyond = gained - gained.mean(axis=1, keepdims=True)
    beyond = beyond - beyond.mean(axis=0)
    shuffles, _ = shuffles_of(len(own), EXACT, DRAWS, seed)
    found = np.square(own[shuffles] @ beyond).sum(axis=1)
    p = float((found >= found[0] * (1 - 1e-9)).mean())
    return Heterogeneity(k, dict(zip(groups, map(float, slopes), strict=True)), len(own), p, float("nan"))


def _by_family(panel: Panel) -> np.ndarray:
    """Changes in standard deviations of each benchmark, models' means taken off, averaged within families: (D, F)."""
    off = panel.change - np.nanmean(panel.change, axis=0, keepdims=True)
    spread = np.sqrt(np.nanmean(np.square(off), axis=(0, 1)))
    scaled = np.divide(off, spread, out=np.full(off.shape, np.nan), where=spread > 1e-12)
    whole = np.full((len(panel.datasets), len(panel.groups)), np.nan)
    for f, family in enumerate(panel.groups):
        own = scaled[:, panel.members(family)].reshape(len(scaled), -1)
        there = np.isfinite(own).any(axis=1)
        whole[there, f] = np.nanmean(own[there], axis=1)
    return whole
