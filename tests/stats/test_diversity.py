"""Planted pathologies of diversity are seen by the statistic named for them, and by no other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tawazun.stats.diversity import (
    deviation_agreement,
    framing_noise,
    homogenisation,
    homogenisation_of_noise,
    identifiability,
    inter_distances,
    multinomial_noise,
    own_ranks,
    squared_distances,
    top_shares,
)
from tawazun.stats.permutation import mantel


def people(countries=7, items=80, options=4, seed=0):
    """Distributions around a regional one, by log-odds."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(items, options)) + 0.4 * rng.normal(size=(countries, items, options))
    shares = np.exp(logits)
    return shares / shares.sum(axis=-1, keepdims=True)


def stretched(human, factor):
    """A region whose countries deviate `factor` times as much (negative: the other way)."""
    mean = human.mean(axis=0)
    return mean + factor * (human - mean)


def test_multinomial_noise_is_unbiased():
    rng = np.random.default_rng(1)
    p = np.array([0.6, 0.3, 0.1])
    sampled = rng.multinomial(8, p, 100_000) / 8
    assert multinomial_noise(sampled, 8).mean() == pytest.approx((p * (1 - p)).sum() / 8, rel=0.01)
    assert multinomial_noise(p, None) == 0
    assert np.isnan(multinomial_noise([p, p], [np.nan, 1])).all()


def test_framing_noise_is_the_squared_standard_error():
    rng = np.random.default_rng(2)
    values = rng.normal(size=(20_000, 4, 2, 3))
    assert framing_noise(values).mean(axis=0) == pytest.approx([3 / 4, 3 / 4], rel=0.03)
    assert np.square(values.mean(axis=1)).sum(axis=-1).mean() == pytest.approx(3 / 4, rel=0.03)
    with pytest.raises(ValueError, match="2 framings"):
        framing_noise(np.ones((1, 2, 3)))


@given(st.integers(0, 50))
@settings(max_examples=10)
def test_distances_without_noise_are_plain_means_over_common_items(seed):
    x, y = people(3, 6, seed=seed), people(4, 6, seed=seed + 99)
    x[1, 2] = np.nan
    found = squared_distances(x, y, 0, 0)
    assert found.shape == (3, 4)
    plain = np.square(x[:, None] - y[None]).sum(axis=-1)
    assert found == pytest.approx(np.nanmean(plain, axis=-1))
    assert squared_distances(y, x, 0, 0) == pytest.approx(found.T)


def test_distances_are_debiased_where_plain_ones_are_too_large():
    rng = np.random.default_rng(3)
    human = people(5, 40, seed=4)
    truth = inter_distances(human, 0)
    raw, fair = [], []
    for _ in range(300):
        sampled = rng.multinomial(60, human) / 60
        raw.append(inter_distances(sampled, 0))
        fair.append(inter_distances(sampled, multinomial_noise(sampled, 60)))
    off = ~np.eye(5, dtype=bool)
    error = np.std(fair, axis=0)[off].max() / np.sqrt(300)
    assert np.mean(fair, axis=0)[off] == pytest.approx(truth[off], abs=4 * error)
    assert (np.mean(raw, axis=0)[off] > truth[off] + 10 * error).all()
    assert (np.diagonal(fair, axis1=1, axis2=2) == 0).all()


def test_missing_and_unknown_sides_have_no_distance():
    x = people(3, 4)
    x[0] = np.nan
    found = inter_distances(x, 0)
    assert np.isnan(found[0]).all()
    assert np.isnan(found[:, 0]).all()
    assert found[1, 2] > 0
    noise = np.zeros((3, 4))
    noise[1, 0] = np.nan
    assert np.isnan(squared_distances(x[1:], x[1:], noise[1:], 0)[0]).all()
    with pytest.raises(ValueError, match="groups, items, options"):
        squared_distances(x, x[:, :2], 0, 0)
    with pytest.raises(ValueError, match="negative"):
        squared_distances(x, x, -1, 0)


@pytest.mark.parametrize("factor", [0.0, 0.5, 1.0, 1.4, -1.0])
def test_homogenisation_is_the_square_of_the_stretch_and_deviations_give_its_sign(factor):
    human = people()
    model = stretched(human, factor)
    ratio = homogenisation(inter_distances(model, 0), inter_distances(human, 0))
    assert ratio == pytest.approx(factor**2, abs=1e-12)
    found = deviation_agreement(model, human, human_noise=0)
    assert found.slope == pytest.approx(factor, abs=1e-12)
    assert found.cells == 7 * 80
    if factor:
        assert found.correlation == pytest.approx(np.sign(factor))
    else:
        assert np.isnan(found.correlation)


def test_a_mirror_passes_structure_and_homogenisation_and_is_caught_by_deviations():
    human = people(8)
    mirror = stretched(human, -1)
    keys = {"correlation": "spearman", "alternative": "greater", "rounding": 9, "limit": 1, "seed": 0, "draws": 199}
    structure = mantel(inter_distances(mirror, 0), inter_distances(human, 0), **keys)
    assert structure.value == pytest.approx(1)
    assert structure.p <= 0.01
    assert deviation_agreement(mirror, human, human_noise=0).slope < -0.99


def test_a_stereotype_scores_its_noise_and_nothing_beyond_it():
    rng = np.random.default_rng(5)
    human = people()
    gaps = inter_distances(human, 0)
    stereotype = np.broadcast_to(human.mean(axis=0), human.shape)
    raw, fair, expected = [], [], []
    for _ in range(200):
        replies = rng.multinomial(40, stereotype) / 40
        noise = multinomial_noise(replies, 40)
        raw.append(homogenisation(inter_distances(replies, 0), gaps))
        fair.append(homogenisation(inter_distances(replies, noise), gaps))
        expected.append(homogenisation_of_noise(noise, gaps))
    assert np.mean(raw) == pytest.approx(np.mean(expected), rel=0.02)
    assert np.mean(raw) > 0.2  # uncorrected, a pure stereotype looks diverse
    assert np.mean(fair) == pytest.approx(0, abs=4 * np.std(fair) / np.sqrt(200))


def test_homogenisation_without_human_differences_is_undefined():
    human = people(3)
    flat = inter_distances(np.broadcast_to(human[0], human.shape), 0)
    assert np.isnan(homogenisation(inter_distances(human, 0), flat))
    with pytest.raises(ValueError, match="same countries"):
        homogenisation(np.zeros((3, 3)), np.zeros((4, 4)))
    with pytest.raises(ValueError, match="at least 2 countries"):
        homogenisation(np.zeros((1, 1)), np.zeros((1, 1)))


def test_the_slope_is_right_after_the_peoples_noise_is_taken_out():
    rng = np.random.default_rng(6)
    human = people(5, 60, seed=7)
    model = stretched(human, 0.8)
    raw, fair = [], []
    for _ in range(300):
        sampled = rng.multinomial(80, human) / 80
        raw.append(deviation_agreement(model, sampled, human_noise=0).slope)
        fair.append(deviation_agreement(model, sampled, human_noise=multinomial_noise(sampled, 80)).slope)
    assert np.mean(raw) < 0.72
    assert np.mean(fair) == pytest.approx(0.8, abs=0.01)


def test_a_shift_of_the_whole_region_is_no_deviation_and_missing_cells_are_left_out_on_both_sides():
    human = people(4, 10)
    model = stretched(human, 0.5) + np.array([0.1, -0.1, 0.0, 0.0])
    found = deviation_agreement(model, human, human_noise=0)
    assert found.slope == pytest.approx(0.5)
    assert found.correlation == pytest.approx(1)
    holes = human.copy()
    holes[0, 3], holes[:3, 4] = np.nan, np.nan
    partly = deviation_agreement(stretched(human, 0.5), holes, human_noise=0)
    assert partly.cells == 40 - 1 - 4  # an item that one country alone has says nothing
    assert partly.slope == pytest.approx(0.5)
    with pytest.raises(ValueError, match="countries, items, options"):
        deviation_agreement(human[0], human[0], human_noise=0)
    with pytest.raises(ValueError, match="negative"):
        deviation_agreement(human, human, human_noise=-1)


def test_own_country_is_found_when_the_model_plays_it_and_chance_rules_when_it_does_not():
    human = people()
    right = squared_distances(stretched(human, 0.5), human, 0, 0)
    assert top_shares(right).tolist() == [1] * 7
    assert own_ranks(right).tolist() == [1] * 7
    alike = squared_distances(np.broadcast_to(human.mean(axis=0), human.shape), human, 0, 0)
    assert top_shares(alike).mean() == pytest.approx(1 / 7)
    assert own_ranks(alike).mean() == pytest.approx(4)
    tied = np.zeros((3, 3))
    assert top_shares(tied).tolist() == pytest.approx([1 / 3] * 3)
    assert own_ranks(tied).tolist() == [2, 2, 2]
    holes = right.copy()
    holes[2, 0] = np.nan
    assert np.isnan(top_shares(holes)).sum() == np.isnan(own_ranks(holes)).sum() == 1


@pytest.mark.parametrize("statistic", ["top", "rank"])
def test_identifiability_is_tested_against_all_relabellings(statistic):
    human = people(5)
    right = squared_distances(stretched(human, 0.5), human, 0, 0)
    found = identifiability(right, statistic=statistic, limit=120, seed=0)
    assert found.exact
    assert found.value == 1
    assert found.p == found.minimum_p == 1 / 120
    alike = identifiability(np.tile(right[:1], (5, 1)), statistic=statistic, limit=120, seed=0)
    assert alike.p == 1
    assert np.isnan(identifiability(np.full((3, 3), np.nan), statistic=statistic, limit=6, seed=0).p)
    drawn = identifiability(right, statistic=statistic, limit=10, seed=0, draws=499)
    assert not drawn.exact
    assert drawn.p == pytest.approx(1 / 120, abs=0.015)
    with pytest.raises(ValueError, match="statistic must be"):
        identifiability(right, statistic="mode", limit=6, seed=0)
    with pytest.raises(ValueError, match="one"):
        identifiability(right[None], statistic=statistic, limit=6, seed=0)


def test_identifiability_keeps_its_level_for_random_distances():
    rng = np.random.default_rng(8)
    p = [identifiability(rng.random((5, 5)), statistic="rank", limit=120, seed=0).p for _ in range(800)]
    assert np.mean(np.array(p) <= 0.05) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 800)
