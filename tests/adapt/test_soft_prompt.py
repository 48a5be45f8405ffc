"""A search for a soft prompt lowers its objective, goes on after a kill, and refuses what is not its own."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tawazun.adapt import soft_prompt
from tawazun.adapt.gradient import Descent, DescentSettings, Differentiable, descend
from tawazun.adapt.ground import Ground
from tawazun.adapt.lineage import history, lineage
from tawazun.adapt.problem import make_problem
from tawazun.adapt.recipe_keys import SearchKeys
from tawazun.adapt.search import Budget, box
from tawazun.adapt.search.records import Generation
from tawazun.adapt.soft_prompt import Fitted, budget_of, fit
from tawazun.engine import read_soft_prompt
from tawazun.errors import BadStudy, RespondentFailed, StudyChanged

Make = Callable[..., Ground]


def fitted(ground: Ground, root: Path, seed: int = 0, **keys: Any) -> tuple[Fitted, ...]:
    folders = [root / f"adapter-{at}" for at in range(len(ground.targets))]
    return fit(ground, ground.targets, seed=seed, folders=folders, checkpoints=root / "saved", **keys)


class Killed(Exception):
    """Stands for a killed process."""


def killer(generation: int) -> Callable[[Generation], None]:
    def stop(row: Generation) -> None:
        if row.generation == generation:
            raise Killed

    return stop


@pytest.mark.parametrize("optimiser", ["de_pbest_1", "random_search", "cma_es", "particle_swarm", "gradient"])
def test_every_optimiser_finds_something_better_within_its_budget(
    grounded: Make, tmp_path: Path, optimiser: str
) -> None:
    ground = grounded(search={"evaluations": 40})
    (found,) = fitted(ground, tmp_path, optimiser=optimiser)
    assert found.value < found.start and found.evaluations == 40
    assert found.parameters == 32 and found.searched == 3 and 0 < found.menu <= 1
    assert found.indices.keys() == {"rank"}
    gap = abs(found.indices["rank"] - ground.targets[0].scores["rank"])
    assert found.value == pytest.approx(gap, abs=1e-6)
    best = found.history["best"].to_list()
    assert best == sorted(best, reverse=True) and best[-1] == pytest.approx(found.value, abs=1e-3)


@pytest.mark.parametrize("optimiser", ["jade", "cma_es", "gradient"])
def test_a_killed_search_goes_on_bit_for_bit(grounded: Make, tmp_path: Path, optimiser: str) -> None:
    ground = grounded(search={"evaluations": 32})
    (whole,) = fitted(ground, tmp_path / "whole", optimiser=optimiser)
    for generation in (1, 2):
        with pytest.raises(Killed):
            fitted(ground, tmp_path / "cut", optimiser=optimiser, progress=killer(generation))
    (cut,) = fitted(ground, tmp_path / "cut", optimiser=optimiser)
    a, b = (read_soft_prompt(one.folder).vectors for one in (whole, cut))
    assert torch.equal(a, b) and whole.value == cut.value
    steady = [name for name in whole.history.columns if name != "seconds"]
    assert whole.history.select(steady).equals(cut.history.select(steady))


def test_a_finished_search_asks_nothing_again(grounded: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ground = grounded()
    (first,) = fitted(ground, tmp_path)
    monkeypatch.setattr(soft_prompt.Problem, "values", None)
    (again,) = fitted(ground, tmp_path)
    assert again.value == first.value and again.history.equals(first.history)


def test_seeds_differ_and_repeat(grounded: Make, tmp_path: Path) -> None:
    ground = grounded()
    (a,), (b,), (c,) = (fitted(ground, tmp_path / str(n), seed=seed) for n, seed in enumerate((0, 0, 1)))
    one, two, three = (read_soft_prompt(made.folder).vectors for made in (a, b, c))
    assert torch.equal(one, two) and not torch.equal(one, three)


def test_checkpoints_of_another_recipe_or_model_are_refused_and_kept(grounded: Make, tmp_path: Path) -> None:
    ground = grounded()
    fitted(ground, tmp_path)
    before = {file.name: file.read_bytes() for file in (tmp_path / "saved").iterdir()}
    for other, says in (
        (grounded(objective={"weights": {"rank": 2.0}}), "another recipe: objective"),
        (grounded(seed=5), "another recipe: seed"),
        (grounded("qwen"), "another model"),
    ):
        with pytest.raises(StudyChanged, match=says):
            fitted(other, tmp_path)
    assert {file.name: file.read_bytes() for file in (tmp_path / "saved").iterdir()} == before


@pytest.mark.parametrize("optimiser", ["de_rand_1", "gradient"])
def test_a_constant_objective_is_said(
    grounded: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, optimiser: str
) -> None:
    monkeypatch.setattr(soft_prompt.Problem, "values", lambda self, z: np.full(len(z), 5.0))
    monkeypatch.setattr(soft_prompt.Problem, "slope", lambda self, z, through: (5.0, np.zeros_like(z)))
    with pytest.raises(BadStudy, match="the objective is constant"):
        fitted(grounded(search={"evaluations": 64}), tmp_path, optimiser=optimiser)


@pytest.mark.parametrize("optimiser", ["de_rand_1", "gradient"])
def test_logits_that_are_no_numbers_end_the_search(grounded: Make, tmp_path: Path, optimiser: str) -> None:
    ground = grounded("qwen", search={"evaluations": 64})
    head = ground.model.module.get_output_embeddings()
    kept = head.weight.detach().clone()
    try:
        with torch.no_grad():
            head.weight.fill_(float("nan"))
        with pytest.raises(RespondentFailed, match=r"finite value"):
            fitted(ground, tmp_path, optimiser=optimiser)
    finally:
        with torch.no_grad():
            head.weight.copy_(kept)
    assert not (tmp_path / "adapter-0").exists()


def test_a_candidate_without_numbers_is_the_worst_of_all(grounded: Make, tmp_path: Path) -> None:
    ground = grounded()
    problem = make_problem(ground, ground.targets)
    z = np.zeros((3, 3))
    z[1] = np.nan
    values = problem.values(z)
    problem.layout.close()
    assert np.isfinite(values).tolist() == [True, False, True]


def test_a_regulariser_keeps_the_prompt_near_its_start(grounded: Make, tmp_path: Path) -> None:
    away = []
    for number, weight in enumerate((0.0, 1e5)):
        keys = {"space": "text", "text": "Egypt", "evaluations": 40}
        ground = grounded(search=keys, objective={"regulariser": weight})
        (found,) = fitted(ground, tmp_path / str(number))
        start = make_problem(ground, ground.targets)
        away.append(float(np.abs(read_soft_prompt(found.folder).vectors.numpy() - start.prompts.origin).max()))
        start.layout.close()
    assert away[1] < away[0]


@pytest.mark.parametrize(
    "search",
    [
        {"space": "full", "text": "a person from Egypt", "tokens": 3},
        {"space": "random", "text": "a person from Egypt", "tokens": 3, "components": 5},
        {"space": "persona"},
        {"space": "anchors", "tokens": 2, "position": "before"},
        {"space": "text", "text": "Egypt", "position": "after"},
    ],
)
def test_every_space_and_position_can_be_searched(grounded: Make, tmp_path: Path, search: dict[str, Any]) -> None:
    ground = grounded(search={"evaluations": 16, **search})
    (found,) = fitted(ground, tmp_path)
    kept = read_soft_prompt(found.folder)
    assert kept.position == search.get("position", "persona")
    assert kept.start["space"] == search["space"] and kept.base["weights"] == ground.model.facts["weights"]
    assert (found.folder / "adapter_config.json").exists() == (kept.position == "before")


def test_one_shared_prompt_with_offsets(grounded: Make, tmp_path: Path) -> None:
    people = [f"atlas_exact-1/{one}" for one in ("x-marsouk", "x-norvane", "x-shenrai")]
    ground = grounded(target={"populations": people}, search={"shared": True, "evaluations": 48})
    found = fitted(ground, tmp_path)
    assert [one.target.place for one in found] == ["x-marsouk", "x-norvane", "x-shenrai"]
    assert {one.searched for one in found} == {12} and {one.evaluations for one in found} == {48}
    mean = float(np.mean([one.value for one in found]))
    assert found[0].history["best"][-1] == pytest.approx(mean, abs=1e-3)
    assert mean < float(np.mean([one.start for one in found]))
    blocks = [read_soft_prompt(one.folder).vectors for one in found]
    assert not torch.equal(blocks[0], blocks[1])
    assert "x-norvane" not in found[0].began.anchors


def test_anchored_and_relative_constants_are_fixed_before_the_search(grounded: Make, tmp_path: Path) -> None:
    ground = grounded(objective={"constants": "anchor", "panel": ["x-sahelia", "x-norvane"]})
    (found,) = fitted(ground, tmp_path / "anchor")
    assert found.constants.panel == ("x-sahelia", "x-norvane")
    human = {one.place: one.scores["rank"] for one in ground.everybody}
    model = ground._asked(("x-sahelia", "x-norvane"))[:, 0]
    gaps = [human[code] - value for code, value in zip(("x-sahelia", "x-norvane"), model, strict=True)]
    assert found.constants.values == pytest.approx([np.mean(gaps)])
    relative = grounded(objective={"constants": "relative"}, target={"reference": "x-norvane"})
    assert relative.constants(relative.targets[0]).values == pytest.approx([gaps[1]], abs=1e-4)


def test_drawn_replies_can_be_searched(grounded: Make, tmp_path: Path) -> None:
    ground = grounded(
        objective={"readout": "sampled", "samples": 2, "loss": "js_divergence", "items": ["a01"]},
        target={"dimensions": []},
        ask={"decoding": [{"max_tokens": 2}]},
        search={"evaluations": 8, "population": 4},
    )
    try:
        (found,) = fitted(ground, tmp_path)
    except RespondentFailed as error:  # a random model may name no option in any of its replies
        assert "none of 8 candidates got a finite value" in str(error)
    else:
        assert 0 <= found.value <= 1


def test_the_lineage_says_what_it_was_made_of(grounded: Make, tmp_path: Path) -> None:
    ground = grounded()
    found = fitted(ground, tmp_path)
    made = json.loads(json.dumps(lineage(ground, found)))
    assert made["objective"]["items"] == ["a01", "a02", "a03", "a04"] and len(made["objective"]["held_out"]) == 56
    (one,) = made["adapters"]
    assert one["objective"]["best"] == found[0].value and one["constants"]["policy"] == "fixed"
    assert {source["what"] for source in made["sources"]} == {"instrument atlas", "people atlas_exact-1"}
    assert made["non_commercial"] is False
    assert history(found)["evaluations"].to_list() == [8, 16, 24]


# ---- gradients


@pytest.mark.parametrize(
    "search",
    [{}, {"space": "text", "text": "Egypt", "position": "before"}, {"space": "full", "text": "Egypt"}],
)
@pytest.mark.parametrize("pieces", [True, False])
def test_the_gradient_is_the_slope_of_the_objective(
    grounded: Make, search: dict[str, Any], pieces: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if pieces:
        monkeypatch.setattr("tawazun.adapt.gradient.TOKENS_AT_ONCE", 150)
    objective = {"loss": "js_divergence", "items": ["a01", "a30", "a50"], "regulariser": 0.01}
    ground = grounded(search=search, objective=objective, target={"dimensions": []})
    problem = make_problem(ground, ground.targets)
    through = Differentiable(problem.layout)
    assert through.cost == (3 if pieces else 2)
    rng = np.random.default_rng(0)
    z = problem.space.mean + 0.3 * problem.space.spread * rng.standard_normal(problem.space.dimensions)
    value, gradient = problem.slope(z, through)
    assert value == pytest.approx(problem.values(z[None])[0], abs=1e-5)
    ways = [rng.standard_normal(z.size) * problem.space.spread for _ in range(3)]
    for way in ways:
        step = 0.02
        ends = problem.values(np.stack([z + step * way, z - step * way]))
        assert gradient @ way == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=0.05, abs=2e-4)
    problem.layout.close()


def test_adam_is_adam() -> None:
    """Against torch's own, on a function with a known slope."""
    space = box(3, -10, 10, spread=1.0)
    descent = Descent(space, Budget(40), seed=0, options={"step": 0.05}, cost=2)
    theirs = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    adam = torch.optim.Adam([theirs], lr=0.05, eps=1e-12)
    goal = np.array([1.0, -2.0, 0.5])
    for _ in range(20):
        descent.take(float(((descent.z - goal) ** 2).sum()), 2 * (descent.z - goal))
        adam.zero_grad()
        ((theirs - torch.tensor(goal)) ** 2).sum().backward()
        adam.step()
    assert descent.z == pytest.approx(theirs.detach().numpy(), abs=1e-9) and descent.over


def test_the_control_is_never_stopped_early() -> None:
    keys = SearchKeys(optimiser="jade", evaluations=64, stale=3)
    assert (budget_of(keys, "jade").stale, budget_of(keys, "random_search").stale) == (3, 0)
    assert budget_of(keys, "jade").evaluations == budget_of(keys, "random_search").evaluations == 64


def test_a_descent_keeps_its_budget_and_stops_when_stale() -> None:
    space = box(2, -1, 1, mean=0.5, spread=0.5)

    def slope(z: np.ndarray) -> tuple[float, np.ndarray]:
        return float((z**2).sum()), 2 * z

    found = descend(Descent(space, Budget(21), seed=0, options={}, cost=2), slope)
    assert found.evaluations == 20 and len(found.history) == 10 and found.stopped == "budget"
    stuck = descend(
        Descent(space, Budget(1000, stale=5), seed=0, options={"step": 1.0}, cost=2), lambda z: (z[0] + 2, -z)
    )
    assert stuck.stopped == "stale" and stuck.evaluations < 1000
    with pytest.raises(BadStudy, match="does not hold one"):
        descend(Descent(space, Budget(1), seed=0, options={}, cost=2), slope)


@pytest.mark.parametrize("options", [{"rate": 0.1}, {"step": 0.0}, {"step": True}, {"beta_1": "x"}])
def test_options_of_the_descent_are_checked(options: dict[str, Any]) -> None:
    with pytest.raises(BadStudy, match="optimiser 'gradient'"):
        Descent(box(2, -1, 1, spread=0.5), Budget(4), seed=0, options=options, cost=2)
    assert DescentSettings() == DescentSettings(0.1, 0.9, 0.999)


def test_a_shared_descent_goes_downhill_for_every_target_at_once(grounded: Make, tmp_path: Path) -> None:
    people = [f"atlas_exact-1/{one}" for one in ("x-marsouk", "x-norvane")]
    ground = grounded(target={"populations": people}, search={"shared": True, "evaluations": 40})
    found = fitted(ground, tmp_path, optimiser="gradient")
    assert {one.evaluations for one in found} == {40} and found[0].history.height == 20
    assert sum(one.value for one in found) < sum(one.start for one in found)
    problem = make_problem(ground, ground.targets)
    through, rng = Differentiable(problem.layout), np.random.default_rng(0)
    z, way = (scale * problem.space.spread * rng.standard_normal(problem.space.dimensions) for scale in (0.3, 1.0))
    _, gradient = problem.slope(z, through)
    ends = problem.values(np.stack([z + 0.02 * way, z - 0.02 * way]))
    assert gradient @ way == pytest.approx((ends[0] - ends[1]) / 0.04, rel=0.1, abs=0.2)
    problem.layout.close()


def test_a_gradient_needs_probabilities(grounded: Make, tmp_path: Path) -> None:
    ground = grounded(objective={"readout": "sampled", "samples": 2}, ask={"decoding": [{"max_tokens": 2}]})
    with pytest.raises(BadStudy, match=r'a gradient needs objective\.readout = "expected"'):
        fitted(ground, tmp_path, optimiser="gradient")
