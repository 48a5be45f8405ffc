"""Tables of results whose relation to components is known."""

import numpy as np

from tawazun.audit.components import Structure
from tawazun.audit.prediction import Panel


def panel(
    structure: Structure, seed: int, *, slope: float = 0.0, families: int = 3, each: int = 2, benchmarks: int = 2,
    shared: float = 0.7, apart: float = 0.0,
) -> Panel:  # fmt: skip
    """Changes that rise by `slope` with the first component's score, noise of variance 1 around it.

    shared   correlation root of the noise: what a set does to every model and benchmark, whatever its score
    apart    how much the slope differs between families, as a standard deviation
    """
    rng = np.random.default_rng(seed)
    scores = structure.set_scores[:, 0]
    models = families * each
    own = np.repeat(slope + apart * rng.normal(size=families), each)
    noise = shared * rng.normal(size=(len(scores), 1, 1)) + np.sqrt(1 - shared**2) * rng.normal(
        size=(len(scores), models, benchmarks)
    )
    change = rng.normal(size=(1, models, 1)) + scores[:, None, None] * own[None, :, None] + noise
    names = tuple(f"model-{i}" for i in range(models))
    return Panel(
        structure.cube.datasets, names, tuple(f"family-{i // each}" for i in range(models)),
        tuple(f"bench-{i}" for i in range(benchmarks)), change, np.full(change.shape, np.nan),
    )  # fmt: skip


def lines(made: Panel) -> list[str]:
    """A panel as the lines of a CSV."""
    rows = ["dataset,model,family,benchmark,change"]
    for d, dataset in enumerate(made.datasets):
        for m, model in enumerate(made.models):
            for b, benchmark in enumerate(made.benchmarks):
                rows.append(f"{dataset},{model},{made.families[m]},{benchmark},{float(made.change[d, m, b])!r}")
    return rows
