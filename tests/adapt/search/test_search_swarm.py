"""Particle swarm: one step by hand, walls, and particles that have no value yet."""

from copy import deepcopy

import numpy as np
import pytest

from tawazun.adapt.search import box
from tawazun.adapt.search.catalogue.particle_swarm import Swarm, SwarmSettings
from tawazun.adapt.search.records import Task

OWN = SwarmSettings(candidates=5, inertia=0.6, own=1.2, group=0.8)


def begun(half: float, values: list[float]) -> Swarm:
    swarm = Swarm(Task(box(3, -half, half, spread=1), np.random.default_rng(4), 99), OWN)
    swarm.learn(swarm.propose(), np.array(values))
    return swarm


def test_a_step_is_that_of_the_paper() -> None:
    swarm = begun(50, [3.0, 1.0, 2.0, 5.0, 4.0])
    for values in ([4.0, 0.5, 1.0, 6.0, 4.5], [9.0] * 5):
        x, speed = swarm._x.copy(), swarm._speed.copy()
        own, group = swarm._own.copy(), swarm._own[1].copy()
        pulls = deepcopy(swarm._task.rng).random((2, 5, 3))
        wanted = 0.6 * speed + 1.2 * pulls[0] * (own - x) + 0.8 * pulls[1] * (group - x)
        moved = swarm.propose()
        assert np.allclose(moved, x + wanted)
        swarm.learn(moved, np.array(values))
    # only particles 1 and 2 ever got better
    assert swarm._values.tolist() == [3.0, 0.5, 1.0, 5.0, 4.0]


def test_a_particle_turns_around_where_it_meets_a_wall() -> None:
    swarm = begun(1, [3.0, 1.0, 2.0, 5.0, 4.0])
    swarm._speed = np.full((5, 3), 1.5)
    x, rng = swarm._x.copy(), deepcopy(swarm._task.rng)
    pulls = rng.random((2, 5, 3))
    free = x + 0.9 + 1.2 * pulls[0] * (swarm._own - x) + 0.8 * pulls[1] * (swarm._own[1] - x)
    hit = np.abs(free) > 1
    moved = swarm.propose()
    assert hit.any() and not hit.all()
    assert np.allclose(moved[~hit], free[~hit])
    assert (np.abs(moved) <= 1).all()
    assert (np.sign(swarm._speed[hit]) == -np.sign((free - x)[hit])).all()
    assert (np.sign(swarm._speed[~hit]) == np.sign((free - x)[~hit])).all()


def test_a_particle_without_a_value_feels_the_group_alone() -> None:
    failed = float("inf")
    swarm = begun(50, [failed, 1.0, failed, 5.0, 4.0])
    moved = swarm.propose()
    swarm.learn(moved, np.array([failed, 2.0, failed, 6.0, 6.0]))
    x, speed = swarm._x.copy(), swarm._speed.copy()
    pulls = deepcopy(swarm._task.rng).random((2, 5, 3))
    wanted = 0.6 * speed + 0.8 * pulls[1] * (swarm._own[1] - x)
    moved = swarm.propose()
    assert np.allclose(moved[[0, 2]], (x + wanted)[[0, 2]])
    assert not np.allclose(moved[3], (x + wanted)[3])


def test_a_swarm_in_which_all_failed_glides_on() -> None:
    swarm = begun(50, [float("inf")] * 5)
    x, speed = swarm._x.copy(), swarm._speed.copy()
    assert np.allclose(swarm.propose(), x + 0.6 * speed)


@pytest.mark.parametrize(("phi", "inertia"), [(4.1, 0.729844), (4.5, 0.5), (5.0, 0.381966)])
def test_constriction_is_that_of_clerc_and_kennedy(phi: float, inertia: float) -> None:
    found = SwarmSettings(phi=phi).pulls()
    assert found == pytest.approx((inertia, inertia * phi / 2, inertia * phi / 2), rel=1e-5)
