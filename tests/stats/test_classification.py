"""Choices, F1, guessing and clustered errors: against scikit-learn, against enumeration, and by simulation."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from tawazun.stats.classification import (
    best_shares,
    class_f1,
    clustered_error,
    confusion_sums,
    guessing_f1,
    macro_f1,
    share_interval,
)
from tawazun.stats.resampling import jackknife_sd


def mean_of(block: np.ndarray) -> np.ndarray:
    return np.divide(block[..., 0], block[..., 1], out=np.full(block.shape[:-1], np.nan), where=block[..., 1] > 0)


def test_ties_share_the_choice_and_padding_gets_none() -> None:
    assert best_shares([[0.2, 0.5, 0.5, np.nan], [0.0, 0.0, 0.0, 0.0]]).tolist() == [[0, 0.5, 0.5, 0], [0.25] * 4]
    assert best_shares([-np.inf, -3.0]).tolist() == [0, 1]
    assert np.isnan(best_shares([np.nan, np.nan])).all()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60))
def test_scores_agree_with_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    gold, said = (np.array(part) for part in zip(*pairs, strict=True))
    sums = confusion_sums(np.eye(4)[said], gold)
    labels = np.unique(gold)
    assert macro_f1(sums.sum(axis=0)) == pytest.approx(f1_score(gold, said, labels=labels, average="macro"))
    assert sums[..., 0].sum() / len(gold) == pytest.approx(accuracy_score(gold, said))
    each = class_f1(sums.sum(axis=0))[labels]
    assert each.tolist() == pytest.approx(f1_score(gold, said, labels=labels, average=None).tolist())


def test_one_label_for_everything_divides_by_nothing() -> None:
    sums = confusion_sums([[1.0, 0.0]] * 4, [0, 0, 0, 1]).sum(axis=0)
    assert class_f1(sums).tolist() == pytest.approx([6 / 7, 0.0])
    assert np.isnan(class_f1(np.zeros((2, 3)))).all() and np.isnan(macro_f1(np.zeros((2, 3))))
    with pytest.raises(ValueError, match="outside"):
        confusion_sums([[1.0, 0.0]], [2])


@pytest.mark.parametrize("chance", [0.5, 0.2])
def test_guessing_is_worth_what_all_guesses_are_worth_on_average(chance: float) -> None:
    gold = np.array([0, 0, 1, 0, 1])
    chances = np.tile([chance, 1 - chance], (5, 1))
    chances[3] = [0.9, 0.1]
    total = 0.0
    for said in product((0, 1), repeat=5):
        weight = chances[np.arange(5), said].prod()
        total += weight * f1_score(gold, said, average="macro", zero_division=0)
    assert guessing_f1(chances, gold) == pytest.approx(total)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=20))
def test_items_left_out_one_by_one_are_the_plain_jackknife(points: list[float]) -> None:
    sums = np.stack([points, np.ones(len(points))], axis=-1)
    sd, df = clustered_error(sums, np.arange(len(points)), np.zeros(len(points)), mean_of)
    left = (np.sum(points) - np.array(points)) / (len(points) - 1)
    assert sd == pytest.approx(float(jackknife_sd(left)), abs=1e-12) and df == pytest.approx(len(points) - 1)


def test_an_average_over_groups_has_the_error_of_its_strata() -> None:
    rng = np.random.default_rng(3)
    points = [rng.random(6), rng.random(9)]
    sums = np.stack([np.concatenate(points), np.ones(15)], axis=-1)
    groups = np.repeat([0, 1], [6, 9])
    sd, df = clustered_error(sums, np.arange(15), groups, mean_of)
    by_hand = np.sqrt(sum(part.var(ddof=1) / len(part) for part in points)) / 2
    assert sd == pytest.approx(by_hand) and df == pytest.approx(13)


def test_topics_of_unequal_size_count_as_fewer() -> None:
    clusters = np.repeat(np.arange(4), [1, 1, 1, 97])
    sums = np.stack([np.arange(100) % 2.0, np.ones(100)], axis=-1)
    assert clustered_error(sums, clusters, np.zeros(100), mean_of)[1] == 1.0
    assert np.isnan(clustered_error(sums, np.zeros(100), np.zeros(100), mean_of)[0])


@given(st.floats(0.001, 0.999), st.floats(0.0001, 0.5), st.integers(2, 200))
def test_bounds_stay_on_the_scale_and_hold_the_value(value: float, sd: float, units: int) -> None:
    low, high = share_interval(value, sd, units - 1, units, 0.95)
    assert 0 <= low <= value <= high <= 1


def cover(sizes: list[int], mean: float, spread: float, reps: int) -> float:
    """How often 95 % intervals hold the truth when topics differ by `spread` (intraclass correlation)."""
    rng, clusters, hits = np.random.default_rng(5), np.repeat(np.arange(len(sizes)), sizes), 0
    a, b = (x * (1 - spread) / spread for x in (mean, 1 - mean))
    for _ in range(reps):
        points = rng.random(len(clusters)) < rng.beta(a, b, len(sizes))[clusters]
        sums = np.stack([points, np.ones(len(points))], axis=-1).astype(float)
        sd, df = clustered_error(sums, clusters, np.zeros(len(points)), mean_of)
        low, high = share_interval(float(points.mean()), sd, df, len(sizes), 0.95)
        hits += low <= mean <= high
    return hits / reps


@pytest.mark.parametrize(
    ("sizes", "mean"), [([25] * 20, 0.6), ([25] * 20, 0.9), ([2] * 10 + [30] * 8 + [120] * 2, 0.6)]
)
def test_intervals_over_topics_cover(sizes: list[int], mean: float) -> None:
    """Measured over 2,000 draws: .945, .959, .960; with topics taken for items (next test) far less."""
    assert cover(sizes, mean, 0.1, 400) > 0.925


def test_items_of_one_topic_are_not_independent() -> None:
    """The same data with items left out one by one: the interval is far too narrow."""
    rng, hits = np.random.default_rng(6), 0
    clusters = np.repeat(np.arange(20), 25)
    for _ in range(200):
        points = (rng.random(500) < rng.beta(5.4, 3.6, 20)[clusters]).astype(float)
        low, high = share_interval(points.mean(), points.std(ddof=1) / 500**0.5, 499, 500, 0.95)
        hits += low <= 0.6 <= high
    assert hits / 200 < 0.8


@pytest.mark.parametrize("mean", [0.5, 0.9, 0.97])
def test_intervals_over_few_items_cover_near_the_ends(mean: float) -> None:
    """Symmetric t bounds hold .45 (20 items at .97); these .97."""
    rng, hits = np.random.default_rng(7), 0
    for _ in range(1000):
        points = rng.random(20) < mean
        low, high = share_interval(float(points.mean()), points.std(ddof=1) / 20**0.5, 19, 20, 0.95)
        hits += low <= mean <= high
    assert hits / 1000 > 0.95
