"""One contract over every optimiser: bounds, budget, failures, and a trajectory that resumes bit for bit."""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tawazun.adapt.search import Budget, Optimiser, Space, box, find_method, make_optimiser, optimiser_names, search
from tawazun.errors import BadStudy, MissingExtra, StudyChanged, UnknownName

NAMES = optimiser_names()
SEARCHING = [name for name in NAMES if name != "fixed"]
# every optimiser whose steps depend on the order of values only; L-SHADE weighs by how much was gained
BY_RANK = [name for name in SEARCHING if name != "lshade"]
INF = float("inf")


def small(name: str) -> dict[str, object]:
    """A small population, where the optimiser has one."""
    return {} if name == "fixed" else {"candidates": 6}


def sphere(x: np.ndarray) -> np.ndarray:
    return ((x - 0.7) ** 2).sum(axis=1)


def lossy(x: np.ndarray) -> np.ndarray:
    """A sphere on which a fifth of the candidates fail, each in one of three ways."""
    values = sphere(x)
    kind = np.floor(np.abs(x[:, 0]) * 1000).astype(int) % 15
    for at, broken in enumerate((np.nan, np.inf, -np.inf)):
        values[kind == at] = broken
    return values


def trajectory(
    optimiser: Optimiser, objective: Callable[[np.ndarray], np.ndarray], generations: int
) -> list[np.ndarray]:
    """Candidates of the next generations."""
    asked = []
    for _ in range(generations):
        x = optimiser.ask()
        if not len(x):
            break
        asked.append(x)
        optimiser.tell(x, objective(x))
    return asked


def same(first: list[np.ndarray], second: list[np.ndarray]) -> bool:
    return len(first) == len(second) and all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@st.composite
def spaces(draw: st.DrawFn) -> Space:
    """Spaces of 2 to 5 coordinates with two, one or no bounds, and a mean anywhere, on a bound too."""
    dimensions = draw(st.integers(2, 5))
    number = st.floats(-50, 50)
    mean = np.array(draw(st.lists(number, min_size=dimensions, max_size=dimensions)))
    room = st.sampled_from([0.0, 0.01, 1.0, 20.0, INF])
    below = np.array(draw(st.lists(room, min_size=dimensions, max_size=dimensions)))
    above = np.array(draw(st.lists(room, min_size=dimensions, max_size=dimensions)))
    above[(below == 0) & (above == 0)] = 1.0
    spread = np.array(draw(st.lists(st.floats(0.01, 100), min_size=dimensions, max_size=dimensions)))
    bounded = np.isfinite(below).all() and np.isfinite(above).all()
    start = draw(st.sampled_from(["gaussian", "uniform"])) if bounded else "gaussian"
    return Space(mean - below, mean + above, mean, spread, start)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_the_catalogue_keeps_its_promises(name: str) -> None:
    method = find_method(name)
    assert method.summary and method.source
    assert method.settings() == method.settings()


@pytest.mark.parametrize("name", NAMES)
def test_the_page_names_every_optimiser_and_option(name: str) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "search.md").read_text()
    rows = re.findall(rf"^\| `{name}` \|([^|]*)\|", page, re.M)
    assert len(rows) == 1
    if rows[0].strip() != "the same":
        assert re.findall(r"`(\w+)`", rows[0]) == [option.name for option in fields(find_method(name).settings)]


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=12)
@given(space=spaces(), seed=st.integers(0, 2**32))
def test_candidates_stay_within_the_bounds_and_the_mean_is_the_first(name: str, space: Space, seed: int) -> None:
    optimiser = make_optimiser(name, space, Budget(60), seed=seed, options=small(name))
    asked = trajectory(optimiser, lossy, 10)
    assert np.array_equal(asked[0][0], space.mean)
    every = np.concatenate(asked)
    assert np.isfinite(every).all()
    assert (every >= space.low).all() and (every <= space.high).all()
    assert every.dtype == np.float64


@pytest.mark.parametrize("name", SEARCHING)
@settings(max_examples=10)
@given(evaluations=st.integers(2, 50), seed=st.integers(0, 99))
def test_the_budget_is_met_exactly(name: str, evaluations: int, seed: int) -> None:
    scored: list[int] = []

    def objective(x: np.ndarray) -> np.ndarray:
        scored.append(len(x))
        return sphere(x)

    optimiser = make_optimiser(name, box(3, -2, 2, spread=0.5), Budget(evaluations), seed=seed, options=small(name))
    found = search(optimiser, objective)
    assert sum(scored) == found.evaluations == optimiser.evaluations == evaluations
    assert found.stopped == "budget"
    assert found.history[-1].evaluations == evaluations
    assert len(optimiser.ask()) == 0


@pytest.mark.parametrize("objective", [sphere, lossy])
@pytest.mark.parametrize("name", NAMES)
def test_a_restored_search_continues_bit_for_bit_at_every_generation(
    name: str, objective: Callable[[np.ndarray], np.ndarray]
) -> None:
    space, budget = box(4, -3, 3, spread=1.0), Budget(64)

    def fresh() -> Optimiser:
        return make_optimiser(name, space, budget, seed=5, options=small(name))

    whole = trajectory(fresh(), objective, 99)
    for done in range(len(whole) + 1):
        before = fresh()
        trajectory(before, objective, done)
        after = fresh()
        after.restore(before.state())
        # also between ask and tell
        asked = before.ask()
        again = fresh()
        again.restore(before.state())
        assert np.array_equal(again.ask(), asked)
        assert same(trajectory(after, objective, 99), whole[done:])
        if before.best is not None:
            assert again.best is not None
            assert np.array_equal(again.best.x, before.best.x)
            assert (again.best.value, again.best.evaluation) == (before.best.value, before.best.evaluation)
            assert (again.improved_at, again.varied) == (before.improved_at, before.varied)


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_makes_the_search_and_nothing_global_does(name: str) -> None:
    def run(seed: int) -> np.ndarray:
        return np.concatenate(trajectory(make_optimiser(name, space, Budget(40), seed=seed), sphere, 9))

    space = box(6, -3, 3, spread=1.0)
    np.random.seed(3)
    before = np.random.get_state()[1].copy()  # type: ignore[index,union-attr]
    first = run(1)
    assert np.array_equal(np.random.get_state()[1], before)  # type: ignore[index]
    np.random.seed(4)
    assert np.array_equal(run(1), first)
    assert name == "fixed" or not np.array_equal(run(2), first)


@pytest.mark.parametrize("name", BY_RANK)
def test_only_the_order_of_values_steers(name: str) -> None:
    def run(objective: Callable[[np.ndarray], np.ndarray]) -> list[np.ndarray]:
        return trajectory(make_optimiser(name, space, Budget(90), seed=2, options=small(name)), objective, 15)

    space = box(4, -3, 3, spread=1.0)
    assert same(run(sphere), run(lambda x: np.exp(3 * sphere(x)) - 7))


@pytest.mark.parametrize("name", SEARCHING)
def test_failed_candidates_are_never_best(name: str) -> None:
    optimiser = make_optimiser(name, box(4, -3, 3, spread=1.0), Budget(240), seed=8, options=small(name))
    found = search(optimiser, lossy)
    assert np.isfinite(found.best.value)
    assert found.best.value == sphere(found.best.x[None])[0]
    assert sum(row.failed for row in found.history) == int((optimiser.values == INF).sum()) > 10
    assert found.best.value == optimiser.values.min()
    # failures are no obstacle either: the search still goes down from where it began
    assert name == "random_search" or found.best.value < 0.5 * sphere(np.zeros((1, 4)))[0]


@pytest.mark.parametrize("name", SEARCHING)
def test_a_population_that_fails_at_first_recovers(name: str) -> None:
    """The first two generations have no value at all: whatever comes later must still be found."""
    optimiser = make_optimiser(name, box(4, -3, 3, spread=1.0), Budget(240), seed=8, options=small(name))
    for _ in range(2):
        x = optimiser.ask()
        optimiser.tell(x, np.full(len(x), np.nan))
        assert optimiser.best is None
    trajectory(optimiser, sphere, 99)
    assert optimiser.best is not None
    assert optimiser.best.value < 2.0


@pytest.mark.parametrize("name", [name for name in SEARCHING if name != "random_search"])
def test_every_optimiser_beats_random_search_on_the_sphere(name: str) -> None:
    def best(which: str, seed: int) -> float:
        mean = np.random.default_rng(seed).uniform(-2, 2, 16)
        space = Space(np.full(16, -3.0), np.full(16, 3.0), mean, np.ones(16))
        return search(make_optimiser(which, space, Budget(640), seed=seed), sphere).best.value

    ours = [best(name, seed) for seed in range(6)]
    control = [best("random_search", seed) for seed in range(6)]
    assert all(a < b for a, b in zip(ours, control, strict=True))


@given(candidates=st.integers(1, 40))
def test_random_search_does_not_depend_on_its_batches(candidates: int) -> None:
    def run(size: int) -> np.ndarray:
        optimiser = make_optimiser("random_search", space, Budget(50), seed=4, options={"candidates": size})
        return np.concatenate(trajectory(optimiser, sphere, 99))

    space = box(3, -1, 1, spread=2.0)
    assert np.array_equal(run(candidates), run(50))


def test_the_fixed_arm_is_scored_once() -> None:
    found = search(make_optimiser("fixed", box(3, -1, 1, mean=0.5, spread=1), Budget(100), seed=0), sphere)
    assert (found.evaluations, found.stopped, len(found.history)) == (1, "done", 1)
    assert found.best.x.tolist() == [0.5] * 3


@pytest.mark.parametrize("name", NAMES)
def test_what_the_objective_does_to_its_input_harms_no_search(name: str) -> None:
    optimiser = make_optimiser(name, box(3, -1, 1, spread=0.5), Budget(30), seed=0, options=small(name))
    x = optimiser.ask()
    with pytest.raises(ValueError, match="read-only"):
        x += 1
    values = sphere(x)
    optimiser.tell(x, values)
    values[:] = -1
    assert optimiser.values.min() >= 0


@pytest.mark.parametrize(
    ("x", "values"),
    [
        (np.zeros((6, 3)), np.zeros(6)),
        (None, np.zeros(5)),
        (None, np.zeros((6, 1))),
        (np.zeros((0, 3)), np.zeros(0)),
    ],
)
def test_values_of_other_candidates_are_refused(x: np.ndarray | None, values: np.ndarray) -> None:
    optimiser = make_optimiser("de_rand_1", box(3, -1, 1, spread=0.5), Budget(30), seed=0, options={"candidates": 6})
    with pytest.raises(ValueError, match="tell needs the 6 candidates"):
        optimiser.tell(optimiser.ask() if x is None else x, values)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("de_rand_1", {"candidats": 9}, "no option 'candidats'; its options: candidates, f, f_high, cr"),
        ("de_rand_1", {"candidates": 3}, "at least 4 candidates, got 3"),
        ("de_rand_1", {"candidates": 6.5}, "cannot be 6.5"),
        ("de_rand_1", {"candidates": True}, "cannot be True"),
        ("de_rand_1", {"f": "0.5"}, "cannot be '0.5'"),
        ("de_rand_1", {"f": float("nan")}, "cannot be nan"),
        ("de_rand_1", {"f": 0.9, "f_high": 0.4}, "0 < f <= f_high <= 2"),
        ("de_best_1", {"cr": 1.2}, "cr between 0 and 1"),
        ("de_best_1", {"f": None}, "cannot be None"),
        ("de_pbest_1", {"p": 0}, "above 0 and at most 1"),
        ("de_pbest_1", {"archive": 1}, "cannot be 1"),
        ("jade", {"c": -0.1}, "c between 0 and 1"),
        ("jade", {"candidates": 2}, "at least 4"),
        ("lshade", {"memory": 0}, "memory >= 1"),
        ("lshade", {"candidates": 3}, "at least 4"),
        ("particle_swarm", {"inertia": 0.7}, "either phi, or all three"),
        ("particle_swarm", {"phi": 4}, "phi above 4"),
        ("particle_swarm", {"inertia": 1, "own": 1, "group": 1}, "inertia < 1"),
        ("particle_swarm", {"candidates": 1}, "at least 2"),
        ("random_search", {"candidates": 0}, "at least 1"),
        ("cma_es", {"sigma": 0}, "sigma above 0"),
        ("sep_cma_es", {"candidates": 2}, "at least 4"),
        ("fixed", {"candidates": 2}, "its options: none"),
        ("jade", {"candidates": 10**9}, "1,000,000,000 candidates of 3 coordinates take 22.4 GiB"),
        ("random_search", {"candidates": 10**9}, "22.4 GiB"),
        ("sep_cma_es", {"candidates": 10**9}, "22.4 GiB"),
    ],
)
def test_options_that_do_not_fit_are_refused_in_one_line(name: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(BadStudy, match=message) as caught:
        make_optimiser(name, box(3, -1, 1, spread=0.5), Budget(30), seed=0, options=options)
    assert "\n" not in str(caught.value)


def test_unknown_optimisers_and_spaces_that_are_too_small_or_large() -> None:
    with pytest.raises(UnknownName, match="unknown optimiser 'cmaes' — did you mean 'cma_es'"):
        make_optimiser("cmaes", box(3, -1, 1, spread=1), Budget(9), seed=0)
    with pytest.raises(BadStudy, match="at least 2 coordinates"):
        make_optimiser("cma_es", box(1, -1, 1, spread=1), Budget(9), seed=0)
    with pytest.raises(BadStudy, match="use sep_cma_es"):
        make_optimiser("cma_es", box(5000, -1, 1, spread=1), Budget(9), seed=0)
    with pytest.raises(BadStudy, match="2,000 candidates of 200,000 coordinates"):
        make_optimiser("lshade", box(200_000, -1, 1, spread=1), Budget(40_000), seed=0)
    wide = make_optimiser("sep_cma_es", box(20_000, -1, 1, spread=1), Budget(20), seed=0, options={"candidates": 4})
    assert search(wide, sphere).evaluations == 20


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"low": [0.0, 0.0]}, "vectors of one length"),
        ({"mean": [0.0, np.nan, 0.0]}, "NaN or infinite"),
        ({"spread": [1.0, 0.0, 1.0]}, "above 0"),
        ({"low": [-1.0, 1.0, -1.0]}, "below the upper"),
        ({"mean": [0.0, 2.0, 3.0]}, "outside its bounds in 2 coordinates"),
        ({"start": "normal"}, "'gaussian' or 'uniform', not 'normal'"),
        ({"start": "uniform", "low": [-INF, -1.0, -1.0]}, "two finite bounds"),
    ],
)
def test_spaces_that_cannot_be_searched_are_refused(change: dict[str, object], message: str) -> None:
    good: dict[str, object] = {"low": -np.ones(3), "high": np.ones(3), "mean": np.zeros(3), "spread": np.ones(3)}
    with pytest.raises(BadStudy, match=message):
        Space(**(good | change))  # type: ignore[arg-type]


@pytest.mark.parametrize("numbers", [(0, 0, 3), (5, -1, 3), (5, 0, 0)])
def test_budgets_that_make_no_sense_are_refused(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(BadStudy, match="a budget needs evaluations >= 1"):
        Budget(*numbers)


def test_the_state_of_another_search_is_refused() -> None:
    space, other = box(3, -1, 1, spread=0.5), box(3, -1, 1, spread=0.6)
    state = make_optimiser("jade", space, Budget(90), seed=1).state()
    for changed in (
        make_optimiser("jade", space, Budget(90), seed=2),
        make_optimiser("jade", space, Budget(91), seed=1),
        make_optimiser("jade", other, Budget(90), seed=1),
        make_optimiser("jade", space, Budget(90), seed=1, options={"c": 0.2}),
        make_optimiser("lshade", space, Budget(90), seed=1),
    ):
        with pytest.raises(StudyChanged, match="another optimiser, option, seed, budget or space"):
            changed.restore(state)


def test_a_state_that_this_machine_cannot_replay_is_refused() -> None:
    optimiser = make_optimiser("jade", box(3, -1, 1, spread=0.5), Budget(90), seed=1)
    trajectory(optimiser, sphere, 2)
    drifted = optimiser.state() | {"values": np.append(optimiser.values[1:], 3.0), "trace": "0" * 32}
    fresh = make_optimiser("jade", box(3, -1, 1, spread=0.5), Budget(90), seed=1)
    with pytest.raises(StudyChanged, match="draws other candidates; continue it as it was begun"):
        fresh.restore(drifted)
    assert fresh.evaluations == 0


def test_cma_is_asked_for_in_one_line_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cma", None)
    for module in ("catalogue.cma_es", "covariance"):
        monkeypatch.delitem(sys.modules, f"tawazun.adapt.search.{module}", raising=False)
    with pytest.raises(MissingExtra, match=r"needs the library cma: pip install 'tawazun\[adapt\]'"):
        make_optimiser("cma_es", box(3, -1, 1, spread=0.5), Budget(9), seed=0)


def test_the_search_itself_loads_neither_cma_nor_torch() -> None:
    code = "import sys, tawazun.adapt.search; print({'cma', 'torch'} & sys.modules.keys())"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"
