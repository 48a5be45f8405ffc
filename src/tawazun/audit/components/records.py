"""What components speak of: equal samples of sets, their metrics as a cube, and the structure fitted to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from tawazun.audit.data import Sample
from tawazun.errors import BadStudy


@dataclass(frozen=True, slots=True)
class Drawn:
    """Equally many rows of one language, drawn from one set and cut into shards.

    seen    rows of the language in the whole set
    shards  each a tuple of equally many samples; empty when the set holds too few rows
    """

    dataset: str
    language: str
    seen: int
    shards: tuple[tuple[Sample, ...], ...]


@dataclass(frozen=True)
class Cube:
    """Metrics of equal shards of sets of one language.

    values   (D, S, M): sets, shards, metrics; NaN where a shard has no value
    rows     of every shard
    steady   metrics that do not depend on the length of texts, by name
    """

    language: str
    datasets: tuple[str, ...]
    metrics: tuple[str, ...]
    values: np.ndarray
    rows: int
    steady: frozenset[str] = frozenset()

    def chosen(self, metrics: tuple[str, ...]) -> np.ndarray:
        """Values of these metrics, (D, S, M')."""
        return self.values[:, :, [self.metrics.index(name) for name in metrics]]

    def without(self, dataset: str) -> "Cube":
        """The same without one set."""
        keep = [i for i, name in enumerate(self.datasets) if name != dataset]
        names = tuple(self.datasets[i] for i in keep)
        return Cube(self.language, names, self.metrics, self.values[keep], self.rows, self.steady)


@dataclass(frozen=True)
class Structure:
    """The components of the metrics of sets of one language.

    metrics      the M that were kept; `dropped` says of each other why it was not
    centre, scale  (M,) over all shards of the language: z = (value - centre) / scale
    weights      (M, K): score = z @ weights; scores have variance 1 over shards
    loadings     (M, K) correlations of metrics with components; `low`, `high` their 95 % bootstrap bounds over sets
    share        (K,) of the metrics' variance
    eigenvalues  of all components, `chance` their 95th percentile when metrics are independent
    p            of each: the larger of that of its eigenvalue and that of sets differing on it more than shards do
    stability    (K,) mean congruence of a component with its counterpart in bootstrap draws
    subspace     (K,) the same after turning the draw's components as a whole (Procrustes), which flatters
    names        (K,) top metrics whose bounds leave out 0; `unnamed` when there is none
    cube         what it was fitted to
    notes        what to know before it is used
    """

    cube: Cube
    metrics: tuple[str, ...]
    dropped: Mapping[str, str]
    centre: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    loadings: np.ndarray
    low: np.ndarray
    high: np.ndarray
    share: np.ndarray
    eigenvalues: np.ndarray
    chance: np.ndarray
    p: np.ndarray
    stability: np.ndarray
    subspace: np.ndarray
    names: tuple[str, ...]
    rotate: str
    notes: tuple[str, ...] = field(default=())

    @property
    def language(self) -> str:
        """Of every set."""
        return self.cube.language

    @property
    def count(self) -> int:
        """Components, K."""
        return self.weights.shape[1]

    @property
    def above(self) -> int:
        """Components that stand above chance."""
        return above_chance(self.p)

    @property
    def scores(self) -> np.ndarray:
        """Scores of every shard, (D, S, K)."""
        return self.projected(self.cube)

    @property
    def set_scores(self) -> np.ndarray:
        """Scores of every set, the mean over its shards, (D, K)."""
        return np.asarray(self.scores.mean(axis=1))

    def projected(self, cube: Cube) -> np.ndarray:
        """Scores of shards on these components, (D, S, K).

        Errors   BadStudy for another language, another size of shards, or a metric that is not there
        """
        if cube.language != self.language:
            raise BadStudy(
                f"components of {self.language!r} say nothing of a set in {cube.language!r}: "
                "metrics are standardised within a language"
            )
        if cube.rows != self.cube.rows:
            raise BadStudy(f"components of shards of {self.cube.rows} rows were fitted, not of {cube.rows}")
        gone = [name for name in self.metrics if name not in cube.metrics]
        if gone:
            raise BadStudy(f"the components need the metric {gone[0]!r}, which was not measured here")
        values = cube.chosen(self.metrics)
        if not np.isfinite(values).all():
            at = int(np.argwhere(~np.isfinite(values))[0][2])
            raise BadStudy(f"{cube.datasets[0]}: a shard has no value of {self.metrics[at]!r}, which components need")
        return np.asarray((values - self.centre) / self.scale @ self.weights)


def above_chance(p: np.ndarray, level: float = 0.05) -> int:
    """Components before the first whose eigenvalue is no larger than chance makes it."""
    beyond = np.flatnonzero(p > level)
    return int(beyond[0]) if len(beyond) else len(p)
