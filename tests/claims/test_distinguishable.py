"""Telling personas apart: how often regions with a known truth are called so, and what the interval holds."""

from collections.abc import Iterator

import numpy as np
import pytest

from tawazun.claims import Finding
from tests.claims.making import claimed, laid_out, noisy

PLACES = ("EGY", "MAR", "JOR", "TUN", "LBN", "IRQ")
ITEMS, OPTIONS, WORDINGS = 8, 4, 4


def moved(base: np.ndarray, sizes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(C, I, K) shares that leave a common base in directions of their own, as far as `sizes` (C,) say, in log-odds."""
    shares = base * np.exp(sizes[:, None, None] * rng.standard_normal((len(sizes), *base.shape)))
    return np.asarray(shares / shares.sum(axis=-1, keepdims=True))


def judged(
    truth: np.ndarray, model: np.ndarray, rng: np.random.Generator, people: int = 300, delta: float | None = None
) -> Finding:
    """The claim about a respondent whose personas scatter around `model`, against people sampled from `truth`."""
    sampled = {place: rng.multinomial(people, own) / people for place, own in zip(PLACES, truth, strict=True)}
    answers = {("model", place): noisy(own, WORDINGS, 60, rng) for place, own in zip(PLACES, model, strict=True)}
    made = laid_out(answers, sampled, n_eff=float(people))
    return claimed(made, kind="distinguishable", respondent="model", target="made-1", smallest_effect=delta)


def regions(count: int, seed: int) -> Iterator[tuple[np.random.Generator, np.ndarray]]:
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        yield rng, rng.dirichlet(np.full(OPTIONS, 3.0), size=ITEMS)


ALIKE, GRADED = np.full(len(PLACES), 0.6), np.linspace(0.1, 1.3, len(PLACES))


@pytest.mark.parametrize("sizes", [ALIKE, GRADED], ids=["alike", "graded"])
def test_personas_that_move_with_their_people_are_told_apart(sizes: np.ndarray) -> None:
    verdicts = []
    for rng, base in regions(15, 1):
        truth = moved(base, sizes, rng)
        verdicts.append(judged(truth, truth, rng, delta=0.25).verdict)
    assert verdicts.count("supported") >= 13 and "refuted" not in verdicts


def test_one_stereotype_for_all_is_not() -> None:
    verdicts = []
    for rng, base in regions(15, 2):
        truth = moved(base, ALIKE, rng)
        region = np.broadcast_to(truth.mean(axis=0), truth.shape)
        verdicts.append(judged(truth, region, rng, delta=0.25).verdict)
    assert "supported" not in verdicts and verdicts.count("refuted") >= 13


def test_a_mirror_image_is_refuted() -> None:
    verdicts = []
    for rng, base in regions(15, 3):
        truth = moved(base, ALIKE / 2, rng)
        mean = truth.mean(axis=0)
        turned = np.maximum(2 * mean - truth, 0.005)
        verdicts.append(judged(truth, turned / turned.sum(axis=-1, keepdims=True), rng, delta=0.25).verdict)
    assert verdicts.count("refuted") >= 13 and "supported" not in verdicts


def test_the_same_sizes_in_other_directions_are_no_agreement(count: int = 60) -> None:
    """Who is far out among people is far out in the model too, but each has a direction of its own."""
    supported = 0
    for rng, base in regions(count, 4):
        supported += judged(moved(base, GRADED, rng), moved(base, GRADED, rng), rng).verdict == "supported"
    assert supported / count <= 0.05 + 2 * (0.05 * 0.95 / count) ** 0.5


@pytest.mark.parametrize("kept", [0.5, 1.0])
def test_the_interval_holds_a_planted_slope(kept: float, count: int = 80) -> None:
    """100 people a place: half of what the samples differ by is noise."""
    held = 0
    for rng, base in regions(count, 5):
        truth = moved(base, ALIKE / 2, rng)
        mean = truth.mean(axis=0)
        found = judged(truth, mean + kept * (truth - mean), rng, people=100)
        held += found.low is not None and found.high is not None and found.low <= kept <= found.high
    assert held / count >= 0.95 - 2 * (0.05 * 0.95 / count) ** 0.5
