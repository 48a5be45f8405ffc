"""Whether the metrics of sets hang together alike in two languages."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from tawazun.audit.components.records import Structure
from tawazun.errors import BadStudy
from tawazun.seeds import stream

FEWEST_SHARED = 8


@dataclass(frozen=True, slots=True)
class Match:
    """A component of one language and the one of another that is most like it.

    congruence  Tucker's, over the metrics that both kept; above .95 called the same, above .85 similar
    chance      its 95th percentile for the best of all pairs when the metrics of one side change places
    p           of that
    """

    first: int
    second: int
    congruence: float
    chance: float
    p: float
    metrics: int

    @property
    def verdict(self) -> str:
        """`same`, `similar`, `different`, or `no better than chance`."""
        if self.p > 0.05:
            return "no better than chance"
        size = abs(self.congruence)
        return "same" if size >= 0.95 else "similar" if size >= 0.85 else "different"


def compared(first: Structure, second: Structure, *, draws: int = 999, seed: int = 1) -> list[Match]:
    """Components of two languages, matched one to one.

    Metrics of one family go together in any language by how they are made, so a congruence above chance is the least to
    be expected; .85 is the bar.

    Source   Tucker (1951); cut-offs: Lorenzo-Seva & ten Berge (2006), Methodology 2(2); null: after Paunonen (1997),
             Educ. Psychol. Meas. 57(1), the largest of all pairs.
    Errors   BadStudy when they share fewer than eight metrics or either has no component
    """
    shared = [name for name in first.metrics if name in second.metrics]
    pair = f"{first.language} and {second.language}"
    if len(shared) < FEWEST_SHARED:
        raise BadStudy(f"{pair} kept {len(shared)} metrics in common; {FEWEST_SHARED} are needed to compare components")
    if not first.count or not second.count:
        raise BadStudy(f"{pair}: one of them has no component above chance, so there is nothing to compare")
    a = first.loadings[[first.metrics.index(name) for name in shared]]
    b = second.loadings[[second.metrics.index(name) for name in shared]]
    phi = _congruences(a, b)
    rng = stream("congruence", seed, len(shared))
    null = np.array([np.abs(_congruences(a, b[rng.permutation(len(b))])).max() for _ in range(draws)])
    bar = float(np.percentile(null, 95))
    rows, columns = linear_sum_assignment(-np.abs(phi))
    return [
        Match(int(i), int(j), float(phi[i, j]), bar, float((1 + (null >= abs(phi[i, j])).sum()) / (1 + draws)),
              len(shared))
        for i, j in zip(rows, columns, strict=True)
    ]  # fmt: skip


def _congruences(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(a, axis=0)[:, None] * np.linalg.norm(b, axis=0)
    return np.divide(a.T @ b, length, out=np.zeros(length.shape), where=length > 0)
