"""The error of people who answer every item: what halves tell, what an assumed correlation gives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.stats.delta import multinomial_variance
from tawazun.stats.shared_people import assumed_variance, halved_variances, shared_covariance

N, ITEMS, OPTIONS, SPLITS = 400, 12, 3, 400
variances = st.lists(st.floats(0, 10), min_size=1, max_size=8)


def sample(rng: np.random.Generator, tie: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shares (Q, K) of N people whose answers hang together, the same in random halves, and every person's choice."""
    stands = np.sqrt(tie) * rng.normal(size=(N, 1)) + np.sqrt(1 - tie) * rng.normal(size=(N, ITEMS))
    chosen = np.digitize(stands, [-0.5, 0.7])
    table = (chosen[:, :, None] == np.arange(OPTIONS)).astype(float)
    first = rng.permuted(np.tile(np.arange(N) < N // 2, (SPLITS, 1)), axis=1)
    halves = np.array([[table[half].mean(axis=0), table[~half].mean(axis=0)] for half in first])
    return table.mean(axis=0), halves, chosen


@pytest.mark.parametrize("tie", [0.0, 0.3])
def test_halves_tell_the_variance_that_persons_have(tie: float) -> None:
    """Against the textbook: the variance over persons of each person's own contribution, divided by their number."""
    rng = np.random.default_rng(3)
    shares, halves, chosen = sample(rng, tie)
    slopes = rng.normal(size=(2, ITEMS, OPTIONS)) + np.arange(OPTIONS)
    each = np.array([slope[np.arange(ITEMS), chosen].sum(axis=1) for slope in slopes])
    truth = np.cov(each) / N
    found = shared_covariance(slopes, shares, np.full(ITEMS, N), halves, 0.1)
    assert found == pytest.approx(truth, rel=0.25)
    alone = float(multinomial_variance(slopes[0], shares, np.full(ITEMS, N)).sum())
    assert (found[0, 0] > 1.5 * alone) == (tie > 0)


def test_curved_figures_have_a_curved_part() -> None:
    rng = np.random.default_rng(4)
    _, halves, _ = sample(rng, 0.0)
    linear, curved = halved_variances(halves[:, :, 0, 0])
    assert curved < linear / 100
    centred = halves[:, :, 0, 0] - halves[:, :, 0, 0].mean()
    linear, curved = halved_variances(np.square(centred))
    assert linear == pytest.approx(0, abs=1e-12) and curved > 0
    with pytest.raises(ValueError, match="two or more splits"):
        halved_variances(halves[:1, :, 0, 0])


@given(variances, st.floats(0, 1), st.floats(0, 1))
def test_an_assumed_correlation_only_widens(each: list[float], one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert assumed_variance(each, low) <= assumed_variance(each, high) * (1 + 1e-12) + 1e-300
    assert assumed_variance(each, 0.0) == pytest.approx(sum(each))
    assert assumed_variance(each, 1.0) == pytest.approx(sum(np.sqrt(each)) ** 2)


def test_a_correlation_is_between_0_and_1() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        assumed_variance([1.0], 1.5)


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_an_assumed_covariance_is_one_of_something(seed: int, correlation: float) -> None:
    """No combination of two sums has a variance below 0, and the variance of their difference is exact."""
    rng = np.random.default_rng(seed)
    slopes, shares = rng.normal(size=(2, 4, 3)), rng.dirichlet(np.ones(3), 4)
    table = shared_covariance(slopes, shares, np.full(4, 50.0), None, correlation)
    assert np.linalg.eigvalsh(table)[0] >= -1e-12
    both = assumed_variance(multinomial_variance(slopes[0] - slopes[1], shares, np.full(4, 50.0)), correlation)
    assert np.array([1, -1]) @ table @ [1, -1] == pytest.approx(float(both), abs=1e-12)


def test_items_without_halves_are_added_as_if_they_went_along() -> None:
    rng = np.random.default_rng(5)
    shares, halves, _ = sample(rng, 0.3)
    lacking = halves.copy()
    lacking[:, :, :4] = np.nan
    slopes, sizes = rng.normal(size=(1, ITEMS, OPTIONS)), np.full(ITEMS, float(N))
    told = shared_covariance(slopes[:, 4:], shares[4:], sizes[4:], halves[:, :, 4:], 0.1)[0, 0]
    rest = shared_covariance(slopes[:, :4], shares[:4], sizes[:4], None, 0.1)[0, 0]
    assert shared_covariance(slopes, shares, sizes, lacking, 0.1)[0, 0] == pytest.approx(
        (np.sqrt(told) + np.sqrt(rest)) ** 2
    )
    assert shared_covariance(slopes, shares, sizes, lacking, 0.0)[0, 0] == pytest.approx(
        told + multinomial_variance(slopes[0, :4], shares[:4], sizes[:4]).sum()
    )
