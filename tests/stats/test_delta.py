"""The delta method against drawing people again."""

import numpy as np
import pytest

from tawazun.stats.delta import (
    js_distance_gradient,
    js_divergence_gradient,
    multinomial_variance,
    w1_gradient,
)
from tawazun.stats.distances import js_distance, js_divergence, wasserstein1

CODES = np.array([1.0, 2.0, 3.0, 5.0])
SCORES = {
    "js_divergence": (js_divergence, lambda p, h: js_divergence_gradient(p, h)),
    "js_distance": (js_distance, lambda p, h: js_distance_gradient(p, h, js_distance(p, h))),
    "w1": (lambda p, h: wasserstein1(p, h, CODES), lambda p, h: w1_gradient(p, h, CODES)),
}


@pytest.mark.parametrize("name", SCORES)
def test_standard_errors_agree_with_drawing_again(name: str) -> None:
    score, gradient = SCORES[name]
    rng = np.random.default_rng(3)
    for _ in range(5):
        p, h = rng.dirichlet(np.ones(4) * 2, size=2)
        drawn = rng.multinomial(2000, h, size=20_000) / 2000
        said = np.sqrt(multinomial_variance(gradient(p, h), h, np.array(2000.0)))
        assert said == pytest.approx(score(p, drawn).std(), rel=0.05)


@pytest.mark.parametrize("name", SCORES)
def test_gradients_agree_with_small_steps(name: str) -> None:
    score, gradient = SCORES[name]
    rng = np.random.default_rng(4)
    p, h = rng.dirichlet(np.ones(4) * 3, size=2)
    for a, b in ((0, 1), (2, 3), (3, 0)):
        step = np.zeros(4)
        step[[a, b]] = 1e-6, -1e-6
        slope = (score(p, h + step) - score(p, h - step)) / 2e-6
        made = gradient(p, h)
        assert made[a] - made[b] == pytest.approx(float(slope), rel=1e-3)


def test_no_people_no_error_and_unknown_people_unknown_error() -> None:
    p, h = np.array([0.2, 0.8]), np.array([0.5, 0.5])
    gradient = js_divergence_gradient(p, h)
    assert multinomial_variance(gradient, h, np.array(np.inf)) == 0
    assert np.isnan(multinomial_variance(gradient, h, np.array(np.nan)))
    assert np.isfinite(js_distance_gradient(h, h, js_distance(h, h))).all()
