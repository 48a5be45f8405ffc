"""L-SHADE: JADE's mutation with a memory of successful F and CR, and a population that shrinks with the budget.

Differs from the paper in the bounds (reflected) and, where `candidates` is left out, in a cap: the published 18 per
coordinate, but never more than a twentieth of the budget, because a short search would be over before it began.
"""

from dataclasses import dataclass

import numpy as np

from tawazun.adapt.search.adaptation import drawn_rates, drawn_scales, gain_weights, lehmer_mean
from tawazun.adapt.search.evolution import Archive, Parents, check_share, to_best, trials
from tawazun.adapt.search.records import Method, Task
from tawazun.adapt.search.sampling import first
from tawazun.errors import BadStudy

# members that are left when the budget ends
FEWEST = 4


@dataclass(frozen=True)
class LShadeSettings:
    """Options: first size of the population, length of the memory, share p of leaders, archive per member."""

    candidates: int | None = None
    memory: int = 6
    p: float = 0.11
    archive: float = 2.6

    def __post_init__(self) -> None:
        if self.candidates is not None and self.candidates < FEWEST:
            raise BadStudy(f"L-SHADE needs at least {FEWEST} candidates, got {self.candidates}")
        if self.memory < 1 or self.archive < 0:
            raise BadStudy(f"L-SHADE needs memory >= 1 and archive >= 0, got {self.memory} and {self.archive}")
        check_share(self.p)


class LShade:
    """One generation: a trial per parent, each with F and CR from a random place of the memory."""

    def __init__(self, task: Task, settings: LShadeSettings) -> None:
        self._task, self._settings = task, settings
        published = min(18 * task.space.dimensions, max(FEWEST, task.evaluations // 20))
        self._begun_with = settings.candidates or published
        self.parents = Parents(first(task.space, self._begun_with, task.rng))
        self.archive = Archive(task.space.dimensions, round(settings.archive * self._begun_with))
        self.f, self.cr = np.full(settings.memory, 0.5), np.full(settings.memory, 0.5)
        self._place, self._evaluations = 0, 0
        self._scales = self._rates = np.empty(0)

    def propose(self) -> np.ndarray:
        """The next candidates, (n, d)."""
        if not self.parents.scored:
            return self.parents.x
        rng, count = self._task.rng, len(self.parents.x)
        place = rng.integers(0, self._settings.memory, count)
        self._rates, self._scales = drawn_rates(rng, self.cr[place]), drawn_scales(rng, self.f[place])
        top = min(count, max(2, round(self._settings.p * count)))
        mutants = to_best(rng, self.parents, self.archive, self._scales, top)
        return trials(rng, self.parents, mutants, self._rates, self._task.space)

    def learn(self, x: np.ndarray, values: np.ndarray) -> None:
        """Keep trials that are not worse, archive the beaten, remember F and CR, and shrink the population."""
        self._evaluations += len(values)
        won = self.parents.take(x, values)
        if won.index.size:
            self._remember(self._scales[won.index], self._rates[won.index], gain_weights(won.gains))
        self.parents.shrink(self._size())
        self.archive.capacity = round(self._settings.archive * len(self.parents.x))
        self.archive.add(won.beaten, self._task.rng)

    def _remember(self, scales: np.ndarray, rates: np.ndarray, weights: np.ndarray) -> None:
        ended = bool(np.isnan(self.cr[self._place])) or rates.max() == 0
        self.f[self._place] = lehmer_mean(scales, weights)
        self.cr[self._place] = np.nan if ended else lehmer_mean(rates, weights)
        self._place = (self._place + 1) % self._settings.memory

    def _size(self) -> int:
        used = self._evaluations / self._task.evaluations
        return max(FEWEST, round(self._begun_with + (FEWEST - self._begun_with) * min(1.0, used)))


OPTIMISER = Method(
    settings=LShadeSettings,
    begin=LShade,
    summary="L-SHADE: success-history adaptation with linear population reduction",
    source="Tanabe & Fukunaga (2014), IEEE CEC, 1658-1665",
)
