"""The run loop: ask, score a whole population at once, tell; until the budget, a standstill, or nothing is left."""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Literal

import numpy as np
import polars as pl

from tawazun.adapt.search.optimiser import Optimiser
from tawazun.adapt.search.records import Found, Generation
from tawazun.errors import BadStudy, RespondentFailed

Objective = Callable[[np.ndarray], np.ndarray]
OnGeneration = Callable[[Optimiser, tuple[Generation, ...]], None]

COLUMNS = {
    "generation": pl.Int64, "evaluations": pl.Int64, "best": pl.Float64, "median": pl.Float64, "spread": pl.Float64,
    "failed": pl.Int64, "seconds": pl.Float64,
}  # fmt: skip


def search(
    optimiser: Optimiser,
    objective: Objective,
    on_generation: OnGeneration | None = None,
    history: Sequence[Generation] = (),
) -> Found:
    """Run an optimiser to its end, from wherever it stands.

    objective      takes a population (n, d) and gives its values (n,), lower is better, NaN or inf where it failed
    on_generation  called with the optimiser and the rows so far after every generation: the place to save and to show
    history        the rows of a search that is resumed

    Errors   BadStudy when the objective is constant; RespondentFailed when no candidate got a finite value; ValueError
             for values of another shape.
    """
    rows = tuple(history)
    if len(rows) != optimiser.generations:
        raise ValueError(f"{len(rows)} rows of history for a search of {optimiser.generations} generations")
    while (stopped := _stopped(optimiser)) is None:
        x = optimiser.ask()
        begun = perf_counter()
        values = np.asarray(objective(x), dtype=np.float64)
        seconds = perf_counter() - begun
        if values.shape != (len(x),):
            raise ValueError(f"the objective gave values of shape {values.shape} for {len(x)} candidates")
        optimiser.tell(x, values)
        rows = (*rows, _row(optimiser, x, values, seconds))
        if on_generation is not None:
            on_generation(optimiser, rows)
    if optimiser.best is None:
        raise RespondentFailed(_nothing(optimiser))
    return Found(optimiser.best, rows, optimiser.evaluations, stopped)


def history_table(rows: Sequence[Generation]) -> pl.DataFrame:
    """The rows of `history.parquet`, one per generation."""
    return pl.DataFrame([{name: getattr(row, name) for name in COLUMNS} for row in rows], schema=COLUMNS)


def _stopped(optimiser: Optimiser) -> Literal["budget", "stale", "done"] | None:
    """Why a search ends here, or None. Raises where it ends without a result."""
    budget = optimiser.budget
    over = optimiser.evaluations >= budget.evaluations
    done = not over and not len(optimiser.ask())
    _check_varied(optimiser, ended=over or done)
    if over:
        return "budget"
    if done:
        return "done"
    standing = optimiser.generations - optimiser.improved_at
    # a search that has no best yet is not stale but failing, which the check above ends
    return "stale" if budget.stale and optimiser.best is not None and standing >= budget.stale else None


def _check_varied(optimiser: Optimiser, ended: bool) -> None:
    """Refuse to go on, or to end with a "best", where every candidate scored the same."""
    if optimiser.varied or not optimiser.evaluations:
        return
    if not ended and optimiser.generations < optimiser.budget.constant_after:
        return
    if optimiser.best is None:
        raise RespondentFailed(_nothing(optimiser))
    # one candidate alone has nothing to differ from
    if optimiser.evaluations > 1:
        raise BadStudy(
            f"the objective is constant: {optimiser.evaluations} candidates in {optimiser.generations} generations all "
            f"scored {optimiser.best.value:.6g}; check that the prompt reaches the model and that it does not refuse "
            "every question"
        )


def _nothing(optimiser: Optimiser) -> str:
    return (
        f"none of {optimiser.evaluations} candidates got a finite value in {optimiser.generations} generations: the "
        "model's probabilities are NaN or every question was lost"
    )


def _row(optimiser: Optimiser, x: np.ndarray, values: np.ndarray, seconds: float) -> Generation:
    finite = values[np.isfinite(values)]
    scaled = x.std(axis=0) / optimiser.space.spread
    return Generation(
        generation=optimiser.generations,
        evaluations=optimiser.evaluations,
        best=None if optimiser.best is None else optimiser.best.value,
        median=float(np.median(finite)) if finite.size else None,
        spread=float(np.sqrt(np.mean(scaled**2))),
        failed=int(values.size - finite.size),
        seconds=seconds,
    )
