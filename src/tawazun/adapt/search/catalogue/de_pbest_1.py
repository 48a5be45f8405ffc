"""Differential evolution current-to-pbest/1 with an archive and fixed (or dithered) F and CR.

The mutation of JADE without its adaptation, for short searches in which there is little to adapt from.
"""

from dataclasses import dataclass

import numpy as np

from tawazun.adapt.search.evolution import Archive, Parents, check_differential, check_share, to_best, trials
from tawazun.adapt.search.records import Method, Task
from tawazun.adapt.search.sampling import first


@dataclass(frozen=True)
class PBestSettings:
    """Options: size of the population, F (dithered per generation up to `f_high`), CR, and the share p of leaders."""

    candidates: int = 20
    f: float = 0.4
    f_high: float | None = 0.7
    cr: float = 0.9
    p: float = 0.15
    archive: bool = True

    def __post_init__(self) -> None:
        check_differential(self.candidates, self.f, self.f_high, self.cr)
        check_share(self.p)


class PBestOne:
    """One generation: a trial per parent, moved to one of the best."""

    def __init__(self, task: Task, settings: PBestSettings) -> None:
        self._task, self._settings = task, settings
        self.parents = Parents(first(task.space, settings.candidates, task.rng))
        self.archive = Archive(task.space.dimensions, settings.candidates if settings.archive else 0)

    def propose(self) -> np.ndarray:
        """The next candidates, (n, d)."""
        if not self.parents.scored:
            return self.parents.x
        rng, settings, count = self._task.rng, self._settings, len(self.parents.x)
        f = settings.f if settings.f_high is None else float(rng.uniform(settings.f, settings.f_high))
        top = max(1, round(settings.p * count))
        mutants = to_best(rng, self.parents, self.archive, np.full(count, f), top)
        return trials(rng, self.parents, mutants, settings.cr, self._task.space)

    def learn(self, x: np.ndarray, values: np.ndarray) -> None:
        """Keep each trial that is not worse than its parent, and archive the beaten."""
        self.archive.add(self.parents.take(x, values).beaten, self._task.rng)


OPTIMISER = Method(
    settings=PBestSettings,
    begin=PBestOne,
    summary="differential evolution current-to-pbest/1/bin with archive, fixed or dithered F",
    source="Zhang & Sanderson (2009), IEEE Trans. Evol. Comput. 13(5), eq. 7, without the adaptation of F and CR",
)
