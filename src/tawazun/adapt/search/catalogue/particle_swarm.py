"""Particle swarm with a global best: constricted (the default), or with an inertia and two pulls of one's own.

A particle that crosses a bound is reflected and its speed in that coordinate turns around. A particle without any
finite value yet feels no pull to itself.
"""

from dataclasses import dataclass

import numpy as np

from tawazun.adapt.search.records import Method, Task
from tawazun.adapt.search.sampling import drawn, first, reflected
from tawazun.errors import BadStudy


@dataclass(frozen=True)
class SwarmSettings:
    """Options: either `phi` (constriction), or all of inertia (w), own (c1) and group (c2)."""

    candidates: int = 20
    phi: float | None = None
    inertia: float | None = None
    own: float | None = None
    group: float | None = None

    def __post_init__(self) -> None:
        if self.candidates < 2:
            raise BadStudy(f"a particle swarm needs at least 2 candidates, got {self.candidates}")
        given = [part for part in (self.inertia, self.own, self.group) if part is not None]
        if len(given) not in (0, 3) or (given and self.phi is not None):
            raise BadStudy("a particle swarm takes either phi, or all three of inertia, own and group")
        if min(given, default=0.0) < 0 or (given and given[0] >= 1):
            raise BadStudy(f"a particle swarm needs 0 <= inertia < 1 and pulls of at least 0, got {given}")
        if self.phi is not None and self.phi <= 4:
            raise BadStudy(f"a constricted swarm needs phi above 4, got {self.phi}")

    def pulls(self) -> tuple[float, float, float]:
        """Inertia, own and group pull.

        >>> [round(part, 4) for part in SwarmSettings().pulls()]
        [0.7298, 1.4962, 1.4962]
        """
        if self.inertia is not None and self.own is not None and self.group is not None:
            return self.inertia, self.own, self.group
        phi = 4.1 if self.phi is None else self.phi
        constriction = float(2 / abs(2 - phi - np.sqrt(phi**2 - 4 * phi)))
        return constriction, constriction * phi / 2, constriction * phi / 2


class Swarm:
    """One generation: every particle moves once."""

    def __init__(self, task: Task, settings: SwarmSettings) -> None:
        self._task, self._settings = task, settings
        count = settings.candidates
        self._x = first(task.space, count, task.rng)
        self._speed = (drawn(task.space, count, task.rng) - self._x) / 2
        self._own, self._values = self._x.copy(), np.full(count, np.inf)
        self._moved = False

    def propose(self) -> np.ndarray:
        """The next candidates, (n, d)."""
        if self._moved:
            self._move()
        return self._x

    def learn(self, x: np.ndarray, values: np.ndarray) -> None:
        """Each particle remembers the best place it was at."""
        better = np.flatnonzero(values < self._values[: len(values)])
        self._own[better], self._values[better] = x[better], values[better]
        self._moved = True

    def _move(self) -> None:
        inertia, own, group = self._settings.pulls()
        rng, space = self._task.rng, self._task.space
        pulls = rng.random((2, *self._x.shape))
        known = np.isfinite(self._values)
        speed = inertia * self._speed + own * pulls[0] * (self._own - self._x) * known[:, None]
        if known.any():
            speed += group * pulls[1] * (self._own[np.argmin(self._values)] - self._x)
        moved = self._x + speed
        crossed = (moved < space.low) | (moved > space.high)
        self._x, self._speed = reflected(moved, space), np.where(crossed, -speed, speed)


OPTIMISER = Method(
    settings=SwarmSettings,
    begin=Swarm,
    summary="particle swarm, global best, constricted",
    source="Clerc & Kennedy (2002), IEEE Trans. Evol. Comput. 6(1), 58-73; Eberhart & Shi (2000), IEEE CEC, 84-88",
)
