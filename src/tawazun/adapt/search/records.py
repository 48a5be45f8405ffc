"""The records of a search: where it may look, how long, and what it leaves behind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from tawazun.errors import BadStudy

Start = Literal["gaussian", "uniform"]
STATE = Mapping[str, np.ndarray | int | str]


@dataclass(frozen=True, eq=False)
class Space:
    """Where candidates may lie, and where the first of them are drawn.

    low, high  (d,) bounds of each coordinate, -inf and inf where there is none
    mean       (d,) the starting point: always the first candidate of all
    spread     (d,) standard deviation of the others around it (`gaussian`)
    start      `gaussian` around the mean, or `uniform` between the bounds

    Errors     BadStudy for shapes that differ, bounds that cross, a mean outside them, a spread that is not above 0.
    """

    low: np.ndarray
    high: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    start: Start = "gaussian"

    def __post_init__(self) -> None:
        for name in ("low", "high", "mean", "spread"):
            kept = np.array(getattr(self, name), dtype=np.float64)
            kept.setflags(write=False)
            object.__setattr__(self, name, kept)
        _check(self)

    @property
    def dimensions(self) -> int:
        """How many coordinates a candidate has."""
        return self.mean.size

    @property
    def bounded(self) -> bool:
        """Whether every coordinate has two bounds."""
        return bool(np.isfinite(self.low).all() and np.isfinite(self.high).all())


def box(
    dimensions: int, low: float, high: float, *, mean: float = 0.0, spread: float, start: Start = "gaussian"
) -> Space:
    """A space whose coordinates all have the same bounds, mean and spread."""
    lows, highs, means, spreads = (np.full(dimensions, value) for value in (low, high, mean, spread))
    return Space(lows, highs, means, spreads, start)


def _check(space: Space) -> None:
    shapes = {space.low.shape, space.high.shape, space.mean.shape, space.spread.shape}
    if len(shapes) > 1 or space.mean.ndim != 1 or not space.mean.size:
        listed = ", ".join(str(shape) for shape in sorted(shapes))
        raise BadStudy(f"low, high, mean and spread of a search space must be vectors of one length, got {listed}")
    if not np.isfinite(space.mean).all():
        raise BadStudy("the starting point of a search has a coordinate that is NaN or infinite")
    if not (np.isfinite(space.spread) & (space.spread > 0)).all():
        raise BadStudy("the initial spread of a search must be a number above 0 in every coordinate")
    if not (space.low < space.high).all():
        raise BadStudy("the lower bound of a search must be below the upper one in every coordinate")
    outside = int(((space.mean < space.low) | (space.mean > space.high)).sum())
    if outside:
        raise BadStudy(f"the starting point of the search is outside its bounds in {outside} coordinates")
    if space.start not in ("gaussian", "uniform"):
        raise BadStudy(f"first candidates are drawn 'gaussian' or 'uniform', not {space.start!r}")
    if space.start == "uniform" and not space.bounded:
        raise BadStudy("first candidates can be uniform only between two finite bounds in every coordinate")


@dataclass(frozen=True)
class Budget:
    """When a search ends.

    evaluations     candidates scored in all; the last generation is cut to meet it exactly
    stale           generations without a better best before an early stop; 0 for none
    constant_after  generations after which an objective that never changed ends the search with an error
    """

    evaluations: int
    stale: int = 0
    constant_after: int = 3

    def __post_init__(self) -> None:
        if self.evaluations < 1 or self.stale < 0 or self.constant_after < 1:
            raise BadStudy(
                f"a budget needs evaluations >= 1, stale >= 0 and constant_after >= 1, got {self.evaluations}, "
                f"{self.stale} and {self.constant_after}"
            )


@dataclass(frozen=True)
class Generation:
    """One row of `history.parquet`.

    generation   counted from 1; evaluations: candidates scored so far
    best         lowest value so far; median: of this generation's finite values; None where there is none
    spread       root mean square standard deviation of this generation's candidates, in units of the initial spread
    failed       candidates of this generation without a finite value
    seconds      what scoring this generation took
    """

    generation: int
    evaluations: int
    best: float | None
    median: float | None
    spread: float
    failed: int
    seconds: float


@dataclass(frozen=True, eq=False)
class Best:
    """The best candidate so far: x (d,), its value, and the generation and evaluation (from 1) that found it."""

    x: np.ndarray
    value: float
    generation: int
    evaluation: int


@dataclass(frozen=True)
class Found:
    """What a search leaves: the best candidate, one row per generation, and why it stopped."""

    best: Best
    history: tuple[Generation, ...]
    evaluations: int
    stopped: Literal["budget", "stale", "done"]


class Strategy(Protocol):
    """What one file of the catalogue brings: candidates out, values in.

    `propose` gives (n, d) candidates inside the bounds, or (0, d) when there is nothing left to try. `learn` gets the
    first m <= n of them with their values; a value is finite or +inf (worst). `m < n` only where the budget ended.
    """

    def propose(self) -> np.ndarray:
        """The next candidates, (n, d)."""

    def learn(self, x: np.ndarray, values: np.ndarray) -> None:
        """Take in what they scored, (m, d) and (m,)."""


@dataclass(frozen=True)
class Task:
    """What a strategy is told before it begins: the space, its own random stream and the whole budget."""

    space: Space
    rng: np.random.Generator
    evaluations: int


@dataclass(frozen=True)
class Method:
    """One optimiser of the catalogue: its options (a frozen record with the published defaults) and how it begins."""

    settings: type[Any]
    begin: Callable[[Task, Any], Strategy]
    summary: str
    source: str
