"""Differential evolution rand/1/bin: a random member plus one scaled difference, crossed with the parent.

Bounds are kept by reflection. Dither draws one F per generation, as SciPy does.
"""

import numpy as np

from tawazun.adapt.search.evolution import DifferentialSettings, Parents, dithered, rand_one, trials
from tawazun.adapt.search.records import Method, Task
from tawazun.adapt.search.sampling import first


class RandOne:
    """One generation: a trial per parent."""

    def __init__(self, task: Task, settings: DifferentialSettings) -> None:
        self._task, self._settings = task, settings
        self.parents = Parents(first(task.space, settings.candidates, task.rng))

    def propose(self) -> np.ndarray:
        """The next candidates, (n, d)."""
        if not self.parents.scored:
            return self.parents.x
        rng = self._task.rng
        mutants = rand_one(rng, self.parents, dithered(rng, self._settings))
        return trials(rng, self.parents, mutants, self._settings.cr, self._task.space)

    def learn(self, x: np.ndarray, values: np.ndarray) -> None:
        """Keep each trial that is not worse than its parent."""
        self.parents.take(x, values)


OPTIMISER = Method(
    settings=DifferentialSettings,
    begin=RandOne,
    summary="differential evolution rand/1/bin",
    source="Storn & Price (1997), J. Global Optimization 11, 341-359",
)
