"""Differential evolution best/1/bin: the best member plus one scaled difference, crossed with the parent.

Faster and greedier than rand/1/bin; bounds are kept by reflection, dither draws one F per generation.
"""

import numpy as np

from tawazun.adapt.search.evolution import DifferentialSettings, Parents, best_one, dithered, trials
from tawazun.adapt.search.records import Method, Task
from tawazun.adapt.search.sampling import first


class BestOne:
    """One generation: a trial per parent."""

    def __init__(self, task: Task, settings: DifferentialSettings) -> None:
        self._task, self._settings = task, settings
        self.parents = Parents(first(task.space, settings.candidates, task.rng))

    def propose(self) -> np.ndarray:
        """The next candidates, (n, d)."""
        if not self.parents.scored:
            return self.parents.x
        rng = self._task.rng
        mutants = best_one(rng, self.parents, dithered(rng, self._settings))
        return trials(rng, self.parents, mutants, self._settings.cr, self._task.space)

    def learn(self, x: np.ndarray, values: np.ndarray) -> None:
        """Keep each trial that is not worse than its parent."""
        self.parents.take(x, values)


OPTIMISER = Method(
    settings=DifferentialSettings,
    begin=BestOne,
    summary="differential evolution best/1/bin",
    source="Storn (1996), NAFIPS, 519-523; Price, Storn & Lampinen (2005), Differential Evolution, section 3.3",
)
