"""How well components say what a set, or a family of models, that was left out would change — beside the plain mean.

A line per benchmark: change = level of the model + slopes · scores. When a set is left out its own scores come from
components fitted to the other sets, so that nothing of it has been seen. Sets of one origin are left out together.
"""

from dataclasses import dataclass, replace

import numpy as np

from tawazun.audit.components import Structure
from tawazun.audit.components.fitting import projected_without
from tawazun.audit.prediction.panels import Panel
from tawazun.errors import Refused
from tawazun.stats.permutation import benjamini_hochberg, sign_flip

SETS_A_COMPONENT = 5
FLIPS = 4_096


@dataclass(frozen=True)
class Line:
    """level (N,) of each model at the middle of the scores; slopes, middle (K,)."""

    level: np.ndarray
    slopes: np.ndarray
    middle: np.ndarray

    def at(self, scores: np.ndarray) -> np.ndarray:
        """Expected change at scores (K,), of each model (N,)."""
        return np.asarray(self.level + (scores - self.middle) @ self.slopes)


@dataclass(frozen=True)
class LeftOut:
    """Errors of predictions of what was left out, of one benchmark: predicted minus seen, (D, N), NaN where none.

    by_line, by_mean   the components' and the plain mean's
    """

    by_line: np.ndarray
    by_mean: np.ndarray


@dataclass(frozen=True, slots=True)
class Skill:
    """How much better than the mean the components predict one benchmark, over what was left out.

    left_out   `set`, `family` of models, or `both` together: a new set for a model of a new family
    error, floor  root mean square error of the components and of the mean, in the benchmark's unit
    skill      1 - (error / floor)²; 0 = no better than the mean, below 0 = worse
    better, n  origins of sets (or families) predicted better, of how many
    p, q       one-sided sign flips over origins; q after Benjamini and Hochberg over the benchmarks. NaN for families:
               what a set did by luck it did to all of them, so that families left out are no test of components
    noise      = root of the mean square of the results' own standard errors
    """

    benchmark: str
    left_out: str
    error: float
    floor: float
    skill: float
    better: int
    n: int
    p: float
    q: float
    noise: float


def line_of(scores: np.ndarray, change: np.ndarray) -> Line:
    """Least squares; a model without any change has level NaN. Shapes: scores (D, K); change (D, N)."""
    there = np.isfinite(change)
    d, n = np.nonzero(there)
    middle = scores.mean(axis=0)
    table = np.concatenate((np.eye(change.shape[1])[n], scores[d] - middle), axis=1)
    found = np.linalg.lstsq(table, change[there], rcond=None)[0]
    level = np.where(there.any(axis=0), found[: change.shape[1]], np.nan)
    return Line(level, found[change.shape[1] :], middle)


def components_used(sets: int, count: int) -> int:
    """Components of a line: at least five sets for each, at least one."""
    return min(count, max(1, sets // SETS_A_COMPONENT))


def scores_without(structure: Structure, panel: Panel, used: int) -> list[np.ndarray]:
    """Scores (D, K) of the panel's sets on components fitted without each set in turn."""
    rows = [structure.cube.datasets.index(name) for name in panel.datasets]
    made: dict[int, np.ndarray] = {}
    for part in panel.parts:
        own = projected_without(structure, *(panel.datasets[d] for d in part))[rows][:, :used]
        made |= {int(d): own for d in part}
    return [made[d] for d in range(len(panel.datasets))]


def _others(panel: Panel, d: int) -> np.ndarray:
    """Which sets are not of the origin of set d, (D,)."""
    own = panel.origins or panel.datasets
    return np.array([one != own[d] for one in own])


def without_sets(scores: list[np.ndarray], change: np.ndarray, panel: Panel) -> LeftOut:
    """Each origin of sets left out in turn. Shapes: scores D times (D, K); change (D, N)."""
    by_line, by_mean = np.full(change.shape, np.nan), np.full(change.shape, np.nan)
    for d, own in enumerate(scores):
        rest = _others(panel, d)
        by_line[d] = line_of(own[rest], change[rest]).at(own[d]) - change[d]
        by_mean[d] = _means(change[rest]) - change[d]
    return LeftOut(by_line, by_mean)


def without_families(scores: np.ndarray, change: np.ndarray, panel: Panel) -> LeftOut:
    """Each family of models left out in turn; its level is taken to be the others' mean. Shapes: scores (D, K)."""
    by_line, by_mean = np.full(change.shape, np.nan), np.full(change.shape, np.nan)
    for family in panel.groups:
        own = panel.members(family)
        line = line_of(scores, change[:, ~own])
        level = float(np.nanmean(line.level))
        said = level + (scores - line.middle) @ line.slopes
        by_line[:, own] = said[:, None] - change[:, own]
        by_mean[:, own] = float(np.nanmean(_means(change[:, ~own]))) - change[:, own]
    return LeftOut(by_line, by_mean)


def without_both(scores: list[np.ndarray], change: np.ndarray, panel: Panel) -> LeftOut:
    """Each set and each family left out together: a new set for a model of a new family."""
    by_line, by_mean = np.full(change.shape, np.nan), np.full(change.shape, np.nan)
    for d, own_scores in enumerate(scores):
        rest = _others(panel, d)
        for family in panel.groups:
            own = panel.members(family)
            line = line_of(own_scores[rest], change[rest][:, ~own])
            said = float(np.nanmean(line.at(own_scores[d])))
            by_line[d, own] = said - change[d, own]
            by_mean[d, own] = float(np.nanmean(_means(change[rest][:, ~own]))) - change[d, own]
    return LeftOut(by_line, by_mean)


def skills_of(structure: Structure, panel: Panel) -> list[Skill]:
    """Errors on each set, each family, and each pair of both left out, of every benchmark, beside the mean's.

    Errors   Refused when there are too few sets for a line with one component
    """
    used = usable_components(structure, panel)
    without = scores_without(structure, panel, used)
    rows = [structure.cube.datasets.index(name) for name in panel.datasets]
    whole = structure.set_scores[rows][:, :used]
    made: list[Skill] = []
    for b, benchmark in enumerate(panel.benchmarks):
        change = panel.change[:, :, b]
        noise = (
            float(np.sqrt(np.nanmean(panel.variance[:, :, b])))
            if np.isfinite(panel.variance[:, :, b]).any()
            else np.nan
        )
        made.append(_skill(benchmark, "set", without_sets(without, change, panel), panel.parts, noise))
        if len(panel.groups) > 1:
            left = without_families(whole, change, panel)
            made.append(_skill(benchmark, "family", left, [panel.members(one) for one in panel.groups], noise))
            made.append(_skill(benchmark, "both", without_both(without, change, panel), panel.parts, noise))
    return _adjusted(made)


def _adjusted(skills: list[Skill]) -> list[Skill]:
    """With q over the benchmarks, apart for what was left out."""
    found = {kind: benjamini_hochberg([one.p for one in skills if one.left_out == kind])
             for kind in {one.left_out for one in skills}}  # fmt: skip
    queues = {kind: iter(map(float, qs)) for kind, qs in found.items()}
    return [replace(one, q=next(queues[one.left_out])) for one in skills]


def usable_components(structure: Structure, panel: Panel) -> int:
    """How many components a line takes. Errors: Refused without one, or with fewer than five sets with results."""
    if not structure.count:
        raise Refused("no component stands above chance, so there is nothing to predict with")
    sets = len(panel.parts)
    if sets < SETS_A_COMPONENT:
        raise Refused(f"{sets} sets with results: a line with one component needs {SETS_A_COMPONENT} or more")
    return components_used(sets, structure.count)


def _skill(benchmark: str, kind: str, left: LeftOut, groups: list[np.ndarray], noise: float) -> Skill:
    both = np.isfinite(left.by_line) & np.isfinite(left.by_mean)
    line, mean = (np.where(both, np.square(one), np.nan) for one in (left.by_line, left.by_mean))
    error, floor = float(np.nanmean(line)), float(np.nanmean(mean))
    gain = mean - line
    units = [gain[:, own] if kind == "family" else gain[own] for own in groups]
    gains = np.array([float(np.nanmean(one)) for one in units if np.isfinite(one).any()])
    p = float("nan") if kind == "family" else float(sign_flip(gains, alternative="greater", limit=FLIPS, seed=1).p)
    skill = 1 - error / floor if floor > 0 else float("nan")
    return Skill(benchmark, kind, float(np.sqrt(error)), float(np.sqrt(floor)), skill, int((gains > 0).sum()),
                 len(gains), p, float("nan"), noise)  # fmt: skip


def _means(change: np.ndarray) -> np.ndarray:
    """Mean over sets of every model, NaN without any."""
    there = np.isfinite(change)
    count = there.sum(axis=0)
    total = np.where(there, change, 0.0).sum(axis=0)
    return np.asarray(np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0))
