"""Permutation tests equal full enumeration, and corrections equal statsmodels."""

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import squareform
from scipy.stats import pearsonr, permutation_test, spearmanr
from statsmodels.stats.multitest import multipletests

from tawazun.stats.permutation import benjamini_hochberg, holm, mantel, sign_flip

families = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@given(families)
@settings(max_examples=5, deadline=None)  # statsmodels takes 50 ms for one Holm correction
def test_corrections_agree_with_statsmodels(p):
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-12)
    assert benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1], abs=1e-12)
    assert (benjamini_hochberg(p) <= holm(p) + 1e-12).all()


def test_a_test_that_could_not_be_made_is_no_member_of_its_family():
    assert holm([0.02, np.nan, 0.5]).tolist()[::2] == holm([0.02, 0.5]).tolist()
    assert np.isnan(holm([0.02, np.nan])[1])
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        holm([1.2])
    with pytest.raises(ValueError, match="one row"):
        benjamini_hochberg([[0.1]])


@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
def test_sign_flips_are_the_full_enumeration(alternative):
    rng = np.random.default_rng(1)
    differences = rng.integers(-3, 5, (2, 3, 7)).astype(float)
    found = sign_flip(differences, alternative=alternative, limit=128, seed=0)
    assert found.exact
    assert found.value.shape == found.p.shape == (2, 3)
    patterns = np.array(list(product([1, -1], repeat=7)))
    for row in np.ndindex(2, 3):
        null = (patterns * differences[row]).mean(axis=1)
        at = differences[row].mean()
        null, at = {"greater": (null, at), "less": (-null, -at), "two-sided": (abs(null), abs(at))}[alternative]
        assert found.p[row] == pytest.approx((null >= at - 1e-9).mean())
        assert found.minimum_p[row] == pytest.approx((null >= null.max() - 1e-9).mean())


def test_sign_flips_agree_with_scipy():
    differences = np.random.default_rng(2).normal(0.4, 1, 9)
    other = permutation_test(
        (differences, np.zeros(9)), lambda a, b, axis: (a - b).mean(axis), permutation_type="samples", n_resamples=1000
    )
    assert sign_flip(differences, alternative="two-sided", limit=512, seed=0).p == pytest.approx(other.pvalue)


def test_four_pairs_cannot_reach_five_per_cent_two_sided_and_zeros_make_it_worse():
    found = sign_flip([5.0, 6.0, 7.0, 8.0], alternative="two-sided", limit=100, seed=0)
    assert found.p == found.minimum_p == 2 / 16
    assert sign_flip([5.0, 6.0, 7.0, 0.0], alternative="two-sided", limit=100, seed=0).minimum_p == 4 / 16
    assert sign_flip([0.0, 0.0], alternative="greater", limit=100, seed=0).p == 1


def test_differences_of_a_block_flip_together_and_missing_ones_are_left_out():
    differences = [1.0, 2.0, np.nan, 4.0, 8.0, 16.0]
    found = sign_flip(differences, alternative="greater", limit=100, seed=0, blocks=["a", "a", "b", "b", "c", "c"])
    assert found.value == pytest.approx(31 / 5)
    assert found.minimum_p == 1 / 8
    assert np.isnan(sign_flip([[np.nan, np.nan]], alternative="greater", limit=9, seed=0).p).all()


def test_random_sign_flips_add_one_and_follow_the_seed():
    differences = np.random.default_rng(3).normal(0.2, 1, 16)
    exact = sign_flip(differences, alternative="greater", limit=2**16, seed=0)
    drawn = sign_flip(differences, alternative="greater", limit=100, seed=4, draws=4999)
    assert not drawn.exact
    assert drawn.shuffles == 5000
    assert drawn.p == pytest.approx(exact.p, abs=4 * np.sqrt(exact.p * (1 - exact.p) / 5000))
    assert drawn.p == sign_flip(differences, alternative="greater", limit=100, seed=4, draws=4999).p
    assert sign_flip(np.ones(40), alternative="greater", limit=100, seed=0, draws=99).p == 0.01


def test_sign_flips_keep_their_level():
    rng = np.random.default_rng(5)
    p = sign_flip(rng.normal(size=(4000, 10)), alternative="two-sided", limit=1024, seed=0).p
    assert (p <= 0.05).mean() == pytest.approx(0.05, abs=2 * np.sqrt(0.05 * 0.95 / 4000))


@pytest.mark.parametrize("correlation", ["spearman", "pearson"])
@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
def test_mantel_is_the_full_enumeration(correlation, alternative):
    rng = np.random.default_rng(6)
    a, b = (squareform(rng.integers(1, 6, 10).astype(float)) for _ in range(2))
    found = mantel(a, b, correlation=correlation, alternative=alternative, rounding=9, limit=120, seed=0)
    one = {"spearman": spearmanr, "pearson": pearsonr}[correlation]
    null = np.array(
        [one(squareform(a), squareform(b[np.ix_(order, order)])).statistic for order in permutations(range(5))]
    )
    at = null[0]
    assert found.exact
    assert found.value == pytest.approx(at)
    null, at = {"greater": (null, at), "less": (-null, -at), "two-sided": (abs(null), abs(at))}[alternative]
    assert found.p == pytest.approx((null >= at - 1e-9).mean())
    assert found.minimum_p == pytest.approx((null >= null.max() - 1e-9).mean())


def points(count, seed):
    return np.random.default_rng(seed).normal(size=(count, 3))


def gaps(x):
    return np.linalg.norm(x[:, None] - x[None], axis=-1)


def test_mantel_sees_the_same_structure_and_not_a_mirror_image_of_it():
    x = points(12, 7)
    for other in (2 * x + 1, -x):
        found = mantel(
            gaps(x), gaps(other), correlation="spearman", alternative="greater", rounding=9, limit=1, seed=0, draws=499
        )
        assert found.value == pytest.approx(1)
        assert found.p == found.minimum_p == 1 / 500


def test_mantel_of_a_flat_structure_is_undefined_and_bad_matrices_are_refused():
    flat = np.ones((4, 4)) - np.eye(4)
    keys = {"correlation": "spearman", "alternative": "greater", "rounding": 9, "limit": 24, "seed": 0}
    found = mantel(gaps(points(4, 8)), flat, **keys)
    assert np.isnan([found.value, found.p, found.minimum_p]).all()
    with pytest.raises(ValueError, match="at least 3"):
        mantel(np.zeros((2, 2)), np.zeros((2, 2)), **keys)
    with pytest.raises(ValueError, match="symmetric"):
        mantel(np.arange(16.0).reshape(4, 4), flat, **keys)
    with pytest.raises(ValueError, match="NaN or infinite"):
        mantel(np.where(flat > 0, np.nan, 0), flat, **keys)
    with pytest.raises(ValueError, match="same things"):
        mantel(np.ones((5, 5)) - np.eye(5), flat, **keys)
    with pytest.raises(ValueError, match="alternative"):
        mantel(flat, flat, **{**keys, "alternative": "both"})


@pytest.mark.parametrize(
    ("differences", "keys", "line"),
    [
        ([], {}, "last axis"),
        ([np.inf], {}, "infinite"),
        ([1.0], {"blocks": [1, 2]}, "blocks must label 1"),
        ([1.0], {"limit": 0}, "limit"),
        ([1.0], {"draws": 0}, "draws"),
    ],
)
def test_sign_flip_refuses_what_it_cannot_test(differences, keys, line):
    with pytest.raises(ValueError, match=line):
        sign_flip(differences, **{"alternative": "greater", "limit": 8, "seed": 0, **keys})
