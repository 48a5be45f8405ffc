"""How often a nominal 95 % interval covers the truth when framings are few. The table it prints is the published one.

The world: 24 items, 5 options; every framing shifts every item's log-odds; humans are sampled (n = 400 per item); the
model's probabilities are exact. The truth is what an endless supply of framings and humans would give. `index` is a
linear statistic (a weighted sum of item means), `similarity` a curved one (one minus the mean JS distance).
"""

import numpy as np
import pytest

from tawazun.stats.distances import js_distance
from tawazun.stats.resampling import (
    bootstrap_bias,
    bootstrap_sd,
    cluster_weights,
    jackknife_bias,
    jackknife_sd,
    multinomial_draws,
    percentile_interval,
    t_interval,
    weighted_means,
)

ITEMS, OPTIONS, PEOPLE, DRAWS, LEVEL = 24, 5, 400, 200, 0.95
ERROR = np.sqrt(LEVEL * (1 - LEVEL))
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
    """Shares of intervals that hold the truth: t, t around the bias-corrected value, percentiles."""
    rng = np.random.default_rng(seed)
    truth = statistic(world.model, world.human)
    hits = np.zeros(3)
    for _ in range(replications):
        framings = world.framings(groups, rng)
        people = rng.multinomial(PEOPLE, world.human) / PEOPLE
        whole = framings.mean(axis=0)
        value = statistic(whole, people)
        left_out = statistic((framings.sum(axis=0) - framings) / (groups - 1), people)
        models = weighted_means(framings, [cluster_weights(groups, DRAWS, rng)])
        humans = multinomial_draws(people, PEOPLE, DRAWS, rng)
        redrawn = statistic(whole, humans)
        parts = [(jackknife_sd(left_out), groups - 1), (bootstrap_sd(redrawn), np.inf)]
        low, high = t_interval(value, parts, LEVEL)
        bias = jackknife_bias(value, left_out) + bootstrap_bias(value, redrawn)
        plain = percentile_interval(statistic(models, humans), LEVEL)
        hits += [low <= truth <= high, low <= truth + bias <= high, plain[0] <= truth <= plain[1]]
    return hits / replications


def test_linear_statistic_is_covered_with_five_framings_and_percentiles_are_not():
    """The short form of the calibration below: 300 replications, four Monte-Carlo errors."""
    world = World(3)
    by_t, corrected, by_percentile = coverage(world, world.index, 5, 300, seed=4)
    assert by_t >= 0.95 - 4 * ERROR / np.sqrt(300)
    assert abs(corrected - by_t) < 0.05
    assert by_percentile < 0.93


def test_similarity_needs_its_bias_removed_before_its_interval_can_be_believed():
    world = World(3)
    by_t, corrected, by_percentile = coverage(world, world.similarity, 10, 200, seed=5)
    assert by_percentile < by_t < 0.9
    assert corrected >= 0.95 - 4 * ERROR / np.sqrt(200)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["index", "similarity"])
@pytest.mark.parametrize("groups", [2, 5, 10, 20])
def test_actual_coverage(name, groups):
    """Never under the nominal level beyond Monte-Carlo error once the bias is removed; at 20 within .93 to .97."""
    replications = 2000
    world = World(3)
    found = coverage(world, getattr(world, name), groups, replications, seed=groups)
    by_t, corrected, by_percentile = found
    error = ERROR / np.sqrt(replications)
    line = f"t {by_t:.3f}, bias-corrected t {corrected:.3f}, percentile {by_percentile:.3f}"
    print(f"\n{name}, {groups} framings: {line} (MC error {error:.3f})")
    assert corrected > 0.95 - 4 * error
    if groups == 20:
        assert 0.93 <= corrected <= 0.97
