"""No search: the starting point is scored once. For arms such as a persona's own vectors."""

from dataclasses import dataclass

import numpy as np

from tawazun.adapt.search.records import Method, Task


@dataclass(frozen=True)
class FixedSettings:
    """No options."""


class Fixed:
    """One generation of one candidate, then none."""

    def __init__(self, task: Task, settings: FixedSettings) -> None:
        self._left = task.space.mean[None]

    def propose(self) -> np.ndarray:
        """The starting point (1, d), afterwards (0, d)."""
        return self._left

    def learn(self, x: np.ndarray, values: np.ndarray) -> None:
        """Nothing is left to try."""
        self._left = self._left[:0]


OPTIMISER = Method(
    settings=FixedSettings,
    begin=Fixed,
    summary="the starting point, scored once",
    source="definition",
)
