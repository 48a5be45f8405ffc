"""What every differential evolution shares: parents, selection, the archive, and the scale of a difference.

A failed candidate (value inf) may be replaced by another one, but never enters an archive, and turning a failure into a
value says nothing about F or CR, so it is no success.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tawazun.adapt.search.records import Space, Task
from tawazun.adapt.search.sampling import crossed, first, partners, reflected, second_partners
from tawazun.errors import BadStudy


@dataclass(frozen=True)
class DifferentialSettings:
    """Options of plain differential evolution.

    candidates  size of the population (NP)
    f           scale of a difference; with `f_high`, drawn anew for each generation between the two (dither)
    cr          chance that a coordinate comes from the mutant
    """

    candidates: int = 20
    f: float = 0.5
    f_high: float | None = None
    cr: float = 0.7

    def __post_init__(self) -> None:
        check_differential(self.candidates, self.f, self.f_high, self.cr)


def check_differential(candidates: int, f: float, f_high: float | None, cr: float) -> None:
    """Refuse options outside what differential evolution is defined for. Errors: BadStudy."""
    if candidates < 4:
        raise BadStudy(f"differential evolution needs at least 4 candidates, got {candidates}")
    if not 0 < f <= 2 or (f_high is not None and not f <= f_high <= 2):
        raise BadStudy(f"differential evolution needs 0 < f <= f_high <= 2, got f = {f} and f_high = {f_high}")
    if not 0 <= cr <= 1:
        raise BadStudy(f"differential evolution needs cr between 0 and 1, got {cr}")


def check_share(p: float) -> None:
    """Refuse a share of best members outside (0, 1]. Errors: BadStudy."""
    if not 0 < p <= 1:
        raise BadStudy(f"p, the share of best members to move to, must be above 0 and at most 1, got {p}")


def dithered(rng: np.random.Generator, settings: DifferentialSettings) -> float:
    """The scale of a difference for one generation."""
    if settings.f_high is None:
        return settings.f
    return float(rng.uniform(settings.f, settings.f_high))


@dataclass(frozen=True, eq=False)
class Successes:
    """Trials that beat a parent with a finite value: their indices (s,), by how much (s,), the beaten (s, d)."""

    index: np.ndarray
    gains: np.ndarray
    beaten: np.ndarray


class Parents:
    """The members of a population (n, d) and their values (n,), inf until they are known."""

    def __init__(self, x: np.ndarray) -> None:
        self.x = x.copy()
        self.values = np.full(len(x), np.inf)
        self.scored = False

    def take(self, trials: np.ndarray, values: np.ndarray) -> Successes:
        """Each trial (m, d) takes its parent's place when it is not worse; gives the strict improvements."""
        old, kept = self.values[: len(values)].copy(), self.x[: len(values)].copy()
        index = np.flatnonzero((values < old) & np.isfinite(old))
        replaced = np.flatnonzero(values <= old)
        self.x[replaced], self.values[replaced] = trials[replaced], values[replaced]
        self.scored = True
        return Successes(index, old[index] - values[index], kept[index])

    def shrink(self, count: int) -> None:
        """Keep the best `count` members, in their order."""
        stay = np.sort(np.argsort(self.values, kind="stable")[:count])
        self.x, self.values = self.x[stay], self.values[stay]


class Archive:
    """Beaten parents, at most `capacity`; when it is full, random ones leave."""

    def __init__(self, dimensions: int, capacity: int) -> None:
        self.x = np.empty((0, dimensions))
        self.capacity = capacity

    def add(self, beaten: np.ndarray, rng: np.random.Generator) -> None:
        """Take in beaten parents (s, d) and drop what is too much."""
        every = np.concatenate([self.x, beaten])
        if len(every) > self.capacity:
            every = every[np.sort(rng.permutation(len(every))[: self.capacity])]
        self.x = every


def rand_one(rng: np.random.Generator, parents: Parents, f: float) -> np.ndarray:
    """Mutants (n, d): one random member plus a scaled difference of two others, all distinct."""
    a, b, c = partners(rng, len(parents.x), 3).T
    return parents.x[a] + f * (parents.x[b] - parents.x[c])


def best_one(rng: np.random.Generator, parents: Parents, f: float) -> np.ndarray:
    """Mutants (n, d): the best member plus a scaled difference of two others."""
    a, b = partners(rng, len(parents.x), 2).T
    return parents.x[np.argmin(parents.values)] + f * (parents.x[a] - parents.x[b])


def to_best(rng: np.random.Generator, parents: Parents, archive: Archive, f: np.ndarray, top: int) -> np.ndarray:
    """Mutants (n, d): each member moved to one of the `top` best and by a difference with the archive (f: (n,))."""
    count = len(parents.x)
    leaders = np.argsort(parents.values, kind="stable")[:top]
    best = parents.x[leaders[rng.integers(0, top, count)]]
    first = partners(rng, count, 1)[:, 0]
    pool = np.concatenate([parents.x, archive.x])
    second = second_partners(rng, first, len(pool))
    scale = f[:, None]
    return parents.x + scale * (best - parents.x) + scale * (parents.x[first] - pool[second])


def trials(
    rng: np.random.Generator, parents: Parents, mutants: np.ndarray, rate: np.ndarray | float, space: Space
) -> np.ndarray:
    """Candidates (n, d): mutants crossed with their parents, folded back at the bounds."""
    every = np.broadcast_to(np.asarray(rate, dtype=np.float64), len(parents.x))
    return reflected(crossed(rng, parents.x, mutants, every), space)


Mutation = Callable[[np.random.Generator, Parents, float], np.ndarray]


class OneDifference:
    """Strategy of plain differential evolution: a trial per parent, from mutants made with one scaled difference."""

    def __init__(self, mutation: Mutation, task: Task, settings: DifferentialSettings) -> None:
        self._mutation, self._task, self._settings = mutation, task, settings
        self.parents = Parents(first(task.space, settings.candidates, task.rng))

    def propose(self) -> np.ndarray:
        """The next candidates, (n, d)."""
        if not self.parents.scored:
            return self.parents.x
        rng = self._task.rng
        mutants = self._mutation(rng, self.parents, dithered(rng, self._settings))
        return trials(rng, self.parents, mutants, self._settings.cr, self._task.space)

    def learn(self, x: np.ndarray, values: np.ndarray) -> None:
        """Keep each trial that is not worse than its parent."""
        self.parents.take(x, values)
