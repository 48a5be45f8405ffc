"""What every row adds to a set's score on a component.

A set's score is linear in its metrics, and a row metric of a set is the mean over its rows; so the score's part that
rests on row metrics is the mean of what rows contribute. Metrics of whole shards (near-duplicates, pooled richness)
cannot be chosen for row by row; `carried` says how much of a component that leaves.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tawazun.audit.components import Structure
from tawazun.audit.data import Batch, family
from tawazun.errors import Refused

LEAST, TAIL = 0.5, 1.0


@dataclass(frozen=True, slots=True)
class Carried:
    """What of a component rests on metrics of single rows.

    metrics  those row metrics among the kept ones; share of the component's squared loadings on them
    weights  (M',) change of the set's score by one unit of each metric
    centre   (M',) their means over the fitted sets
    """

    component: int
    metrics: tuple[str, ...]
    share: float
    weights: np.ndarray
    centre: np.ndarray


def carried(structure: Structure, component: int) -> Carried:
    """What rows can be chosen by. `component` counts from 0.

    Errors   Refused for a component that is not there, or that rests on metrics of whole shards by more than half
    """
    if not 0 <= component < structure.count:
        raise Refused(f"component {component + 1}: {structure.language!r} has {structure.count} components")
    kept = [i for i, name in enumerate(structure.metrics) if _is_row(name)]
    squares = np.square(structure.loadings[:, component])
    share = float(squares[kept].sum() / squares.sum())
    if share < LEAST:
        raise Refused(
            f"component {component + 1} ({structure.names[component]}) rests on metrics of whole shards by "
            f"{1 - share:.0%}; rows cannot be chosen for it"
        )
    weights = structure.weights[kept, component] / structure.scale[kept]
    return Carried(component, tuple(structure.metrics[i] for i in kept), share, weights, structure.centre[kept])


def _is_row(name: str) -> bool:
    group, _, metric = name.partition(".")
    return any(one.name == metric and one.level == "row" for one in family(group).metrics)


def row_values(batch: Batch, metrics: tuple[str, ...]) -> np.ndarray:
    """Row metrics of a batch, (R, M'); NaN where a row has none."""
    found: dict[str, np.ndarray] = {}
    for group in dict.fromkeys(name.partition(".")[0] for name in metrics):
        values: Mapping[str, np.ndarray] = family(group).rows(batch)
        found.update({f"{group}.{name}": column for name, column in values.items()})
    return np.stack([np.asarray(found[name], dtype=float) for name in metrics], axis=1)


def contributions(values: np.ndarray, part: Carried) -> np.ndarray:
    """What each row adds to the set's score, (R,); NaN for a row without metrics that carry half the weight.

    Metrics are drawn in to their 1st and 99th percentile over the pool, so that no row is chosen for one freak value.
    Shapes   values: (R, M') over the whole pool
    """
    there = np.isfinite(values)
    low, high = np.ones(values.shape[1]), np.ones(values.shape[1])
    for j in range(values.shape[1]):
        own = values[there[:, j], j]
        low[j], high[j] = np.percentile(own, (TAIL, 100 - TAIL)) if len(own) else (0.0, 0.0)
    drawn_in = np.clip(np.where(there, values, part.centre), low, high)
    score = (np.where(there, drawn_in, part.centre) - part.centre) @ part.weights
    # how much a metric moves the score between rows says how much is lost where it is missing
    size = np.abs(part.weights) * drawn_in.std(axis=0)
    covered = (there * size).sum(axis=1)
    return np.where(covered >= LEAST * size.sum() - 1e-12, score, np.nan)
