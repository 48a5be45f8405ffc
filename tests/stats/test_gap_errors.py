"""Sampling variances of sums over a region, against sums by hand and against people who are sampled."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student
from tests.measures.synthetic import world

from tawazun.stats.diversity import deviation_agreement, inter_distances, multinomial_noise
from tawazun.stats.equivalence import ratio_interval
from tawazun.stats.gap_errors import NO_ERRORS, GapErrors, from_mean, gap_errors, gap_ratio_interval, pair_mean


def people(*variances: float) -> GapErrors:
    return GapErrors(*(np.array(one) for one in variances))


def quadratic(form: np.ndarray, shares: np.ndarray) -> float:
    return float(np.einsum("cik,icd,dik->", shares, form, shares))


@given(st.integers(0, 10_000))
def test_the_forms_are_the_mean_gap_and_the_sum_of_squared_deviations(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shares, there = world(rng, 4, 5), rng.random((4, 5)) < 0.7
    hidden = np.where(there[..., None], shares, np.nan)
    gaps = inter_distances(hidden, 0.0)[np.triu_indices(4, 1)]
    expected = 0.0 if np.isnan(gaps).all() else np.nanmean(gaps)
    assert quadratic(pair_mean(there), shares) == pytest.approx(expected, abs=1e-12)
    summed = sum(
        np.square(shares[there[:, q], q] - shares[there[:, q], q].mean(axis=0)).sum()
        for q in range(5)
        if there[:, q].any()
    )
    assert quadratic(from_mean(there), shares) == pytest.approx(summed, abs=1e-12)
    for form in (pair_mean(there), from_mean(there)):
        assert np.abs(form.sum(axis=-1)).max() < 1e-12


@pytest.mark.parametrize(("apart", "n"), [(0.05, 60), (0.3, 60), (0.3, 600)])
def test_the_variances_are_those_of_sampled_people(apart: float, n: int) -> None:
    """Also where the people hardly differ, where variances from people drawn again are three times too large."""
    rng = np.random.default_rng(5)
    truth = world(rng, 5, 10, spread=apart)
    model, form, sums, said = world(rng, 5, 10), pair_mean(np.ones((5, 10), bool)), [], []
    for _ in range(1500):
        human = rng.multinomial(n, truth) / n
        noise = np.einsum("icc,ci->", form, multinomial_noise(human, n))
        sums.append((quadratic(form, human) - noise, float(np.einsum("cik,icd,dik->", model, form, human))))
        found = gap_errors(model, human, n, form)
        said.append((found.gaps, found.cross, found.both))
    true = np.cov(np.array(sums).T)
    mean = np.mean(said, axis=0)
    assert mean[0] == pytest.approx(true[0, 0], rel=0.15)
    assert mean[1] == pytest.approx(true[1, 1], rel=0.15)
    assert mean[2] == pytest.approx(true[0, 1], abs=0.15 * np.sqrt(true[0, 0] * true[1, 1]))


def test_all_people_leave_no_error_and_cells_that_are_missing_count_for_nothing() -> None:
    rng = np.random.default_rng(1)
    model, human = world(rng, 3, 4), world(rng, 3, 4)
    there = np.ones((3, 4), bool)
    there[0, 0] = False
    form = from_mean(there)
    whole = gap_errors(model, human, np.inf, form)
    assert (whole.gaps, whole.floor, whole.cross, whole.both) == (0.0, 0.0, 0.0, 0.0)
    hidden = gap_errors(np.where(there[..., None], model, np.nan), human, 50, form)
    again = gap_errors(model, human, np.where(there, 50.0, np.inf), form)
    assert [float(x) for x in vars(hidden).values()] == [float(x) for x in vars(again).values()]


def test_many_regions_at_once_are_each_on_its_own() -> None:
    rng = np.random.default_rng(1)
    model, human = (np.array([world(rng, 3, 4) for _ in range(5)]) for _ in range(2))
    form = pair_mean(np.ones((3, 4), bool))
    many = gap_errors(model, human, 80, form)
    for k in range(5):
        one = gap_errors(model[k], human[k], 80, form)
        assert [float(x) for x in vars(one).values()] == pytest.approx([float(x[k]) for x in vars(many).values()])


@pytest.mark.parametrize(
    ("n", "shape", "words"),
    [(1, (4, 3, 3), "more than 1 person"), (50, (3, 4, 4), "a form"), (0, (4, 3, 3), "positive")],
)
def test_errors_name_what_is_wrong(n: float, shape: tuple[int, ...], words: str) -> None:
    shares = np.full((3, 4, 2), 0.5)
    with pytest.raises(ValueError, match=words):
        gap_errors(shares, shares, n, np.zeros(shape))


def test_a_form_needs_cells() -> None:
    with pytest.raises(ValueError, match="known cells"):
        pair_mean([True, False])


def test_the_sums_are_those_of_the_slope() -> None:
    rng = np.random.default_rng(2)
    model, human = world(rng, 4, 6), world(rng, 4, 6)
    form = from_mean(np.ones((4, 6), bool))
    slope = float(np.einsum("cik,icd,dik->", model, form, human)) / quadratic(form, human)
    assert slope == pytest.approx(float(deviation_agreement(model, human, human_noise=0.0).slope))


def test_without_people_the_bounds_of_a_ratio_are_students() -> None:
    low, high = gap_ratio_interval(3.0, 2.0, 0.5, 4.0, NO_ERRORS, 0.95)
    half = student.ppf(0.975, 4) * 0.5 / 2
    assert (low, high) == pytest.approx((1.5 - half, 1.5 + half))


@given(st.floats(-3, 3), st.floats(0, 0.5), st.floats(0, 0.2), st.floats(-0.9, 0.9))
def test_bounds_are_never_narrower_than_those_of_fieller(above: float, sd: float, spread: float, tie: float) -> None:
    errors = people(spread**2, 0.3 * spread**2, 0.01, tie * 0.1 * spread)
    low, high = gap_ratio_interval(above, 1.0, sd, np.inf, errors, 0.95)
    plain = ratio_interval(
        above, 1.0, variance_above=sd**2 + 0.01, variance_below=spread**2, covariance=errors.both, df=np.inf, level=0.95
    )
    assert low <= float(plain[0]) + 1e-6 and high >= float(plain[1]) - 1e-6
    assert low <= above <= high


def test_no_bounds_where_the_people_may_not_differ() -> None:
    assert np.isnan(gap_ratio_interval(1.0, 1.0, 0.1, 4.0, people(0.3, 0.1, 0.0, 0.0), 0.95)).all()


def test_a_ratio_needs_an_error() -> None:
    with pytest.raises(ValueError, match="an sd"):
        gap_ratio_interval(1.0, 1.0, -0.1, 4.0, NO_ERRORS, 0.95)


def test_a_model_without_differences_has_a_ratio_of_nought_for_certain() -> None:
    assert gap_ratio_interval(0.0, 1.0, 0.0, 4.0, people(0.01, 0.0, 0.0, 0.0), 0.95) == pytest.approx(
        (0.0, 0.0), abs=1e-8
    )
