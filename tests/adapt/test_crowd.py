"""Candidates scored by many workers have the values of one process, whichever workers are lost."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tawazun.adapt.crowd import LayOut, crowd_of
from tawazun.adapt.ground import Ground, base_settings
from tawazun.adapt.problem import Problem, make_problem
from tawazun.adapt.soft_prompt import Fitted, fit
from tawazun.engine import read_soft_prompt
from tawazun.errors import BadFile, Failure
from tawazun.respondents import Settings
from tawazun.workers import Local, Standing, Terms, open_engine
from tests.workers.hands import FakeHands
from tests.workers.ray_here import kill_one_worker

Make = Callable[..., Ground]


@dataclass(frozen=True)
class Near(Local):
    """Workers that are objects of this process."""

    hands: FakeHands = field(default_factory=FakeHands)

    def stay(self, function: Callable[..., Any], make: Callable[[], Any], like: Settings) -> Standing:
        return Standing(self.hands, 3, function, make, Terms())


def spread(ground: Ground, problem: Problem, engine: Any) -> Problem:
    settings = base_settings(ground.recipe, ground.folder)
    return replace(problem, crowd=crowd_of(engine, settings, problem.layout, ground.respondent.identity))


def found(ground: Ground, root: Path) -> Fitted:
    (made,) = fit(ground, ground.targets, seed=0, folders=[root / "adapter"], checkpoints=root / "saved")
    return made


def drawn(problem: Problem, count: int = 8) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.5, (count, problem.space.dimensions))


@pytest.mark.parametrize("position", ["before", "after"])
@pytest.mark.parametrize("stable", [True, False])
def test_values_are_those_of_one_process(grounded: Make, position: str, stable: bool) -> None:
    ground = grounded(base={"options": {"stable": stable}}, search={"position": position})
    problem = make_problem(ground, ground.targets)
    hands = FakeHands(seed=1, flaky=0.2)
    many = spread(ground, problem, Near(hands))
    apart = 0 if stable else 1e-5
    for count in (1, 2, 8, 8):
        z = drawn(problem, count)
        vectors = problem.vectors(z)
        for one, other in zip(problem.answers(vectors), problem.answers(vectors, many.crowd), strict=True):
            assert np.abs(one - other).max() <= apart
        span = 100 if problem.objectives[0].loss == "index" else 1  # index points
        assert np.abs(problem.values(z) - many.values(z)).max() <= apart * span
    assert len(hands.hired) > 3  # some were lost, and others did their work
    problem.layout.close()


def test_a_search_ends_where_one_process_ends_and_starts_nobody_again(grounded: Make, tmp_path: Path) -> None:
    ground = grounded(base={"options": {"stable": True}})
    one = found(ground, tmp_path / "one")
    hands = FakeHands()
    many = found(replace(ground, engine=Near(hands)), tmp_path / "many")
    assert torch.equal(*(read_soft_prompt(made.folder).vectors for made in (one, many))) and one.value == many.value
    assert len(hands.done) == 3 * many.history.height and all(worker.dead for worker in hands.hired)
    unused = FakeHands()
    again = found(replace(ground, engine=Near(unused)), tmp_path / "many")
    assert again.value == many.value and not unused.hired


def test_replies_are_drawn_as_in_one_process(grounded: Make) -> None:
    ground = grounded(base={"options": {"stable": True}}, objective={"readout": "sampled", "samples": 1})
    problem = make_problem(ground, ground.targets)
    z = drawn(problem, 2)
    assert np.array_equal(problem.values(z), spread(ground, problem, Near()).values(z), equal_nan=True)
    problem.layout.close()


def test_candidates_that_no_worker_can_score_end_in_one_line(grounded: Make) -> None:
    ground = grounded()
    problem = make_problem(ground, ground.targets)
    many = spread(ground, problem, Near(FakeHands(fatal=lambda item: True)))
    with pytest.raises(Failure, match=r"no worker could score|the workers fail at everything"):
        many.values(drawn(problem))
    problem.layout.close()


def test_a_worker_with_another_model_is_refused(grounded: Make) -> None:
    ground = grounded()
    with make_problem(ground, ground.targets).layout as layout:
        identity = {**ground.respondent.identity, "weights": "another"}
        make = LayOut(base_settings(ground.recipe, Path()), layout.asks, layout.questions, layout.place, identity)
        with pytest.raises(BadFile, match="on a worker, 'another' here"):
            make()


def test_this_process_alone_needs_nobody(grounded: Make) -> None:
    ground = grounded()
    with make_problem(ground, ground.targets).layout as layout:
        assert crowd_of(Local(), base_settings(ground.recipe, Path()), layout, ground.respondent.identity) is None


@pytest.mark.slow
def test_ray_gives_the_same_though_a_worker_is_killed(grounded: Make) -> None:
    pytest.importorskip("ray")
    ground = grounded(base={"options": {"stable": True}})
    problem = make_problem(ground, ground.targets)
    z = drawn(problem)
    with open_engine("ray", workers=2) as engine:
        many = spread(ground, problem, engine)
        assert many.crowd is not None
        assert np.array_equal(problem.values(z), many.values(z))
        assert kill_one_worker() != os.getpid()
        assert np.array_equal(problem.values(z), many.values(z))
        many.crowd.close()
    problem.layout.close()
