"""JADE: current-to-pbest/1 with an archive, whose F and CR follow what succeeded.

Differs from the paper in the bounds (reflected, not halfway to the parent).
"""

from dataclasses import dataclass

import numpy as np

from tawazun.adapt.search.adaptation import drawn_rates, drawn_scales, lehmer_mean
from tawazun.adapt.search.evolution import Archive, Parents, check_share, to_best, trials
from tawazun.adapt.search.records import Method, Task
from tawazun.adapt.search.sampling import first
from tawazun.errors import BadStudy


@dataclass(frozen=True)
class JadeSettings:
    """Options: size of the population, share p of leaders, and c, the rate at which F and CR are learnt."""

    candidates: int = 30
    p: float = 0.05
    c: float = 0.1

    def __post_init__(self) -> None:
        if self.candidates < 4:
            raise BadStudy(f"JADE needs at least 4 candidates, got {self.candidates}")
        check_share(self.p)
        if not 0 <= self.c <= 1:
            raise BadStudy(f"JADE needs c between 0 and 1, got {self.c}")


class Jade:
    """One generation: a trial per parent, each with its own F and CR."""

    def __init__(self, task: Task, settings: JadeSettings) -> None:
        self._task, self._settings = task, settings
        self.parents = Parents(first(task.space, settings.candidates, task.rng))
        self.archive = Archive(task.space.dimensions, settings.candidates)
        self.f = self.cr = 0.5
        self._scales = self._rates = np.empty(0)

    def propose(self) -> np.ndarray:
        """The next candidates, (n, d)."""
        if not self.parents.scored:
            return self.parents.x
        rng, count = self._task.rng, len(self.parents.x)
        self._rates = drawn_rates(rng, np.full(count, self.cr))
        self._scales = drawn_scales(rng, np.full(count, self.f))
        top = max(1, round(self._settings.p * count))
        mutants = to_best(rng, self.parents, self.archive, self._scales, top)
        return trials(rng, self.parents, mutants, self._rates, self._task.space)

    def learn(self, x: np.ndarray, values: np.ndarray) -> None:
        """Keep trials that are not worse, archive the beaten, and move F and CR to those that succeeded."""
        won = self.parents.take(x, values)
        self.archive.add(won.beaten, self._task.rng)
        if won.index.size:
            c, scales = self._settings.c, self._scales[won.index]
            self.cr = (1 - c) * self.cr + c * float(self._rates[won.index].mean())
            self.f = (1 - c) * self.f + c * lehmer_mean(scales, np.ones(scales.size))


OPTIMISER = Method(
    settings=JadeSettings,
    begin=Jade,
    summary="JADE: adaptive differential evolution with archive",
    source="Zhang & Sanderson (2009), IEEE Trans. Evol. Comput. 13(5), 945-958",
)
