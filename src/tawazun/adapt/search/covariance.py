"""CMA-ES by the library `cma`, in coordinates whose initial standard deviation is 1, with our own random stream.

The library sees ranks instead of values: the method uses nothing else, and an infinite value then harms nobody. A
generation that the budget cut is not learnt from; nothing comes after it.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from tawazun.adapt.search.records import Space, Task
from tawazun.adapt.search.sampling import check_population
from tawazun.errors import BadStudy

with warnings.catch_warnings():
    # the library warns on import where matplotlib is missing, which nothing here draws with
    warnings.simplefilter("ignore")
    import cma

# coordinates above which a full covariance matrix is refused: 4,096 take 128 MiB each for several matrices
WIDEST = 4096


@dataclass(frozen=True)
class CovarianceSettings:
    """Options: size of the population (left out: the library's 4 + 3 ln d), first step in initial spreads."""

    candidates: int | None = None
    sigma: float = 1.0

    def __post_init__(self) -> None:
        if self.candidates is not None and self.candidates < 4:
            raise BadStudy(f"CMA-ES needs at least 4 candidates, got {self.candidates}")
        if not self.sigma > 0:
            raise BadStudy(f"CMA-ES needs a first step sigma above 0, got {self.sigma}")


class Covariance:
    """One generation: draws from the current normal distribution."""

    def __init__(self, task: Task, settings: CovarianceSettings, *, diagonal: bool) -> None:
        space = self._space = task.space
        if space.dimensions < 2:
            raise BadStudy("CMA-ES needs at least 2 coordinates; search one with another optimiser")
        if not diagonal and space.dimensions > WIDEST:
            raise BadStudy(
                f"CMA-ES keeps a matrix of {space.dimensions:,} by {space.dimensions:,} numbers (at most {WIDEST:,}): "
                "use sep_cma_es, or search fewer coordinates"
            )
        check_population(settings.candidates or 1, space.dimensions)
        options = _options(space, settings, task.rng, diagonal)
        with _quiet():
            self._library = cma.CMAEvolutionStrategy(np.zeros(space.dimensions), settings.sigma, options)
            self._library.inject([np.zeros(space.dimensions)], force=True)
        self._points: list[np.ndarray] = []
        self._begun = False

    def propose(self) -> np.ndarray:
        """The next candidates, (n, d), the first of all being the starting point."""
        with _quiet():
            self._points = self._library.ask()
        x = self._space.mean + self._space.spread * np.array(self._points)
        if not self._begun:
            x[0] = self._space.mean
        # scaling back may step over a bound by one bit
        return np.clip(x, self._space.low, self._space.high)

    def learn(self, x: np.ndarray, values: np.ndarray) -> None:
        """Move and reshape the distribution towards the better candidates."""
        self._begun = True
        if len(values) == len(self._points):
            with _quiet():
                self._library.tell(self._points, rankdata(values, method="min").tolist())


def _options(space: Space, settings: CovarianceSettings, rng: np.random.Generator, diagonal: bool) -> dict[str, object]:
    """What the library is told: our random stream, no clock, no files, no words."""
    options: dict[str, object] = {
        "randn": lambda *shape: rng.standard_normal(shape),
        "seed": np.nan,
        "verbose": -9,
        "verb_log": 0,
        "verb_disp": 0,
        "CMA_diagonal": diagonal,
    }
    if settings.candidates is not None:
        options["popsize"] = settings.candidates
    if np.isfinite(space.low).any() or np.isfinite(space.high).any():
        low, high = (space.low - space.mean) / space.spread, (space.high - space.mean) / space.spread
        options["bounds"] = [low.tolist(), high.tolist()]
    return options


def _quiet() -> warnings.catch_warnings:
    """The library's advice (flat values, injected points) is for its own loop, not for ours."""
    return warnings.catch_warnings(action="ignore")
