"""How often a nominal 95 % interval covers the truth when framings are few. The table it prints is the published one.

The world: 24 items, 5 options; every framing shifts every item's log-odds; humans are sampled (n = 400 per item); the
model's probabilities are exact. The truth is what an endless supply of framings and humans would give. `index` is a
linear statistic (a weighted sum of item means), `similarity` a curved one (one minus the mean JS distance).
"""

import numpy as np
import pytest

from tawazun.stats.distances import js_distance
from tawazun.stats.resampling import (
    cluster_sd,
    cluster_weights,
    multinomial_draws,
    percentile_interval,
    t_interval,
    weighted_means,
)

ITEMS, OPTIONS, PEOPLE, DRAWS, LEVEL = 24, 5, 400, 200, 0.95
CODES = np.arange(1.0, OPTIONS + 1)


def softmax(x):
    y = np.exp(x - x.max(axis=-1, keepdims=True))
    return y / y.sum(axis=-1, keepdims=True)


class World:
    """A planted respondent and people, with framings to draw."""

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.logits = rng.normal(size=(ITEMS, OPTIONS))
        self.human = softmax(self.logits + rng.normal(scale=0.7, size=(ITEMS, OPTIONS)))
        self.weights = rng.normal(size=ITEMS)
        self.model = np.mean([self.framings(2000, rng).mean(axis=0) for _ in range(20)], axis=0)

    def framings(self, count, rng):
        return softmax(self.logits + rng.normal(scale=0.5, size=(count, ITEMS, OPTIONS)))

    def index(self, model, human):
        return ((model - human) @ CODES) @ self.weights

    def similarity(self, model, human):
        return 1 - js_distance(model, human).mean(axis=-1)


def coverage(world, statistic, groups, replications, seed):
    """Share of t intervals and of percentile intervals that hold the truth."""
    rng = np.random.default_rng(seed)
    truth = statistic(world.model, world.human)
    hits = np.zeros(2)
    for _ in range(replications):
        framings = world.framings(groups, rng)
        people = rng.multinomial(PEOPLE, world.human) / PEOPLE
        whole = framings.mean(axis=0)
        value = statistic(whole, people)
        models = weighted_means(framings, [cluster_weights(groups, DRAWS, rng)])
        humans = multinomial_draws(people, PEOPLE, DRAWS, rng)
        parts = [
            (cluster_sd(statistic(models, people), groups), groups - 1),
            (statistic(whole, humans).std(ddof=1), np.inf),
        ]
        low, high = t_interval(value, parts, LEVEL)
        plain = percentile_interval(statistic(models, humans), LEVEL)
        hits += [low <= truth <= high, plain[0] <= truth <= plain[1]]
    return hits / replications


def test_linear_statistic_is_covered_with_five_framings():
    """The short form of the calibration below: 300 replications, within four Monte-Carlo errors."""
    world = World(3)
    by_t, by_percentile = coverage(world, world.index, 5, 300, seed=4)
    assert by_t >= 0.95 - 4 * np.sqrt(0.95 * 0.05 / 300)
    assert by_percentile < by_t


@pytest.mark.slow
@pytest.mark.parametrize("name", ["index", "similarity"])
@pytest.mark.parametrize("groups", [2, 5, 10, 20])
def test_actual_coverage(name, groups):
    world = World(3)
    replications = 2000
    by_t, by_percentile = coverage(world, getattr(world, name), groups, replications, seed=groups)
    error = np.sqrt(0.95 * 0.05 / replications)
    print(f"\n{name}, {groups} framings: t {by_t:.3f}, percentile {by_percentile:.3f} (MC error {error:.3f})")
    if name == "index":
        assert abs(by_t - 0.95) < 4 * error + (0.02 if groups < 20 else 0)
