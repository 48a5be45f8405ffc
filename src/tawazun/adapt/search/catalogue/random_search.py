"""Random search: the control that every other optimiser must beat at the same number of evaluations.

All candidates come from the distribution that the others only start from, the starting point among them.
"""

from dataclasses import dataclass

import numpy as np

from tawazun.adapt.search.records import Method, Task
from tawazun.adapt.search.sampling import check_population, drawn, first
from tawazun.errors import BadStudy


@dataclass(frozen=True)
class RandomSettings:
    """Options: how many candidates are drawn at a time; the candidates do not depend on it."""

    candidates: int = 32

    def __post_init__(self) -> None:
        if self.candidates < 1:
            raise BadStudy(f"random search needs at least 1 candidate at a time, got {self.candidates}")


class RandomSearch:
    """One generation: fresh draws, whatever the earlier ones scored."""

    def __init__(self, task: Task, settings: RandomSettings) -> None:
        check_population(settings.candidates, task.space.dimensions)
        self._task, self._settings = task, settings
        self._begun = False

    def propose(self) -> np.ndarray:
        """The next candidates, (n, d)."""
        draw = drawn if self._begun else first
        return draw(self._task.space, self._settings.candidates, self._task.rng)

    def learn(self, x: np.ndarray, values: np.ndarray) -> None:
        """Nothing is learnt."""
        self._begun = True


OPTIMISER = Method(
    settings=RandomSettings,
    begin=RandomSearch,
    summary="random search, the control",
    source="Bergstra & Bengio (2012), JMLR 13, 281-305",
)
