"""The run loop: whole populations, history, early stops, and an objective that says nothing."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from tawazun.adapt.search import (
    Budget,
    Generation,
    Optimiser,
    box,
    history_table,
    make_optimiser,
    optimiser_names,
    search,
)
from tawazun.errors import BadStudy, RespondentFailed

SEARCHING = [name for name in optimiser_names() if name != "fixed"]


def ready(name: str = "de_rand_1", budget: Budget | None = None, candidates: int = 8) -> Optimiser:
    return make_optimiser(
        name, box(3, -2, 2, spread=1), budget or Budget(40), seed=3, options={"candidates": candidates}
    )


def sphere(x: np.ndarray) -> np.ndarray:
    return (x**2).sum(axis=1) + 1


def test_history_tells_what_happened() -> None:
    calls: list[tuple[int, int]] = []
    values: list[np.ndarray] = []
    populations: list[np.ndarray] = []

    def objective(x: np.ndarray) -> np.ndarray:
        found = sphere(x)
        found[1:4] = np.nan, np.inf, -np.inf
        populations.append(x)
        values.append(found)
        return found

    found = search(ready(), objective, lambda optimiser, rows: calls.append((optimiser.generations, len(rows))))
    assert calls == [(n, n) for n in range(1, 6)]
    assert found.stopped == "budget"
    for row, x, told in zip(found.history, populations, values, strict=True):
        assert row.failed == 3
        assert row.median == np.median(np.delete(told, [1, 2, 3]))
        assert row.best == min(np.delete(part, [1, 2, 3]).min() for part in values[: row.generation])
        assert row.spread == pytest.approx(np.sqrt(np.mean(x.var(axis=0))))
        assert row.evaluations == 8 * row.generation
        assert 0 <= row.seconds < 5
    assert found.best.value == found.history[-1].best
    table = history_table(found.history)
    assert table.columns == ["generation", "evaluations", "best", "median", "spread", "failed", "seconds"]
    assert table.height == 5 and table["failed"].sum() == 15
    assert history_table([]).schema == table.schema
    assert table.schema["best"] == pl.Float64


def test_a_generation_without_values_has_neither_best_nor_median() -> None:
    told = iter([np.full(8, np.nan), np.full(8, 2.0), np.arange(8.0)])
    rows = search(ready(budget=Budget(24)), lambda x: next(told)).history
    assert (rows[0].best, rows[0].median, rows[0].failed) == (None, None, 8)
    assert history_table(rows)["best"].to_list() == [None, 2.0, 0.0]


@pytest.mark.parametrize("name", SEARCHING)
def test_a_constant_objective_ends_the_search_with_one_line(name: str) -> None:
    optimiser = ready(name, Budget(400, constant_after=4))
    with pytest.raises(BadStudy, match="the objective is constant: 32 candidates in 4 generations all scored 2") as at:
        search(optimiser, lambda x: np.full(len(x), 2.0))
    assert "\n" not in str(at.value)


def test_the_last_digits_of_float32_are_no_difference() -> None:
    noise = np.random.default_rng(0)
    with pytest.raises(BadStudy, match="the objective is constant"):
        search(ready(), lambda x: 400 * (1 + 1e-7 * noise.uniform(-1, 1, len(x))))
    found = search(ready(), lambda x: 400 * (1 + 1e-5 * noise.uniform(-1, 1, len(x))))
    assert found.stopped == "budget"


def test_a_budget_that_ends_first_does_not_hide_a_constant_objective() -> None:
    with pytest.raises(BadStudy, match="12 candidates in 2 generations"):
        search(ready(budget=Budget(12)), lambda x: np.zeros(len(x)))


def test_one_candidate_alone_is_not_called_constant() -> None:
    assert search(ready(budget=Budget(1)), sphere).best.value == 1
    fixed = make_optimiser("fixed", box(3, -2, 2, spread=1), Budget(9, constant_after=1), seed=3)
    assert search(fixed, sphere).stopped == "done"


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_a_model_that_never_answers_is_a_failure_and_not_a_result(broken: float) -> None:
    with pytest.raises(RespondentFailed, match="none of 24 candidates got a finite value in 3 generations"):
        search(ready(), lambda x: np.full(len(x), broken))


def test_a_failing_objective_that_is_constant_otherwise_has_varied() -> None:
    """Failing and not failing is a difference: such a search runs to its end."""
    found = search(ready(), lambda x: np.where(x[:, 0] > 0, np.nan, 2.0))
    assert found.best.value == 2.0 and found.stopped == "budget"


def test_a_standstill_stops_early() -> None:
    values = {1: 5.0, 2: 3.0}
    optimiser = ready(budget=Budget(400, stale=4))

    def objective(x: np.ndarray) -> np.ndarray:
        found = np.full(len(x), 9.0)
        found[0] = values.get(optimiser.generations + 1, 4.0)
        return found

    found = search(optimiser, objective)
    assert (found.stopped, len(found.history)) == ("stale", 6)
    assert (found.best.value, found.best.generation, found.best.evaluation) == (3.0, 2, 9)


def test_a_standstill_is_counted_across_a_restore() -> None:
    def worse(x: np.ndarray) -> np.ndarray:
        return np.arange(len(x)) + float(optimiser.generations > 0)

    optimiser = ready(budget=Budget(400, stale=5))
    whole = search(optimiser, worse)
    states = []
    optimiser = ready(budget=Budget(400, stale=5))
    search(optimiser, worse, lambda at, rows: states.append((at.state(), rows)))
    optimiser = ready(budget=Budget(400, stale=5))
    optimiser.restore(states[2][0])
    again = search(optimiser, worse, history=states[2][1])
    assert (again.stopped, len(again.history)) == (whole.stopped, len(whole.history)) == ("stale", 6)


def test_a_search_that_ended_is_not_begun_again() -> None:
    optimiser = ready()
    first = search(optimiser, sphere)

    def never(x: np.ndarray) -> np.ndarray:
        raise AssertionError("asked again")

    again = search(optimiser, never, history=first.history)
    assert (again.best.value, again.history) == (first.best.value, first.history)


@pytest.mark.parametrize("wrong", [lambda x: np.zeros(len(x) + 1), lambda x: 1.0, lambda x: x])
def test_values_of_another_shape_are_refused(wrong: Callable[[np.ndarray], np.ndarray]) -> None:
    with pytest.raises(ValueError, match="gave values of shape"):
        search(ready(), wrong)


def test_history_must_fit_the_optimiser() -> None:
    row = Generation(1, 8, 1.0, 1.0, 1.0, 0, 0.1)
    with pytest.raises(ValueError, match="1 rows of history for a search of 0 generations"):
        search(ready(), sphere, history=[row])
