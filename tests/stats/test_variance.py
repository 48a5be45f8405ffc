"""Variance components agree with statsmodels and with planted ones, and shares of variance with their definition."""

import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.formula.api import ols

from tawazun.stats.variance import (
    between_share,
    crossed_components,
    framings_needed,
    generalisability,
    moments,
    nested_components,
    share_components,
    two_way_components,
)


def planted(shape, sds, seed, nested=False):
    """(R, C, I, F) values with the named random effects; framings inside items when nested."""
    rng = np.random.default_rng(seed)
    r, c, i, f = shape
    sizes = {
        "country": (r, c, 1, 1),
        "item": (r, 1, i, 1),
        "framing": (r, 1, i, f) if nested else (r, 1, 1, f),
        "country:item": (r, c, i, 1),
        "country:framing": (r, c, i, f) if nested else (r, c, 1, f),
        "item:framing": (r, 1, i, f),
        "country:item:framing": (r, c, i, f),
    }
    return sum((sd * rng.normal(size=sizes[name]) for name, sd in sds.items()), np.zeros(shape))


@pytest.mark.parametrize("nested", [False, True])
def test_planted_components_are_recovered_on_average_with_their_errors(nested):
    sds = {"country": 0.6, "item": 1.0, "framing": 0.5, "country:item": 0.8, "country:framing": 0.4}
    if not nested:
        sds |= {"item:framing": 0.3, "country:item:framing": 0.7}
    values = planted((3000, 6, 5, 4), sds, 1, nested)
    found = (nested_components if nested else crossed_components)(values)
    assert list(found.value) == list(sds)
    for name, sd in sds.items():
        spread = found.value[name].std()
        assert found.value[name].mean() == pytest.approx(sd**2, abs=4 * spread / np.sqrt(3000))
        assert np.sqrt(np.square(found.sd[name]).mean()) == pytest.approx(spread, rel=0.1)


def test_two_way_is_recovered_and_negative_components_are_kept():
    values = planted((4000, 5, 1, 3), {"framing": 0.5, "country:item:framing": 1.0}, 2)[:, :, 0]
    found = two_way_components(values)
    assert (found.value["country"] < 0).mean() > 0.4  # no country effect: half of the estimates fall below 0
    assert found.value["country"].mean() == pytest.approx(0, abs=0.02)
    assert found.value["framing"].mean() == pytest.approx(0.25, abs=0.03)
    assert found.value["country:framing"].mean() == pytest.approx(1, abs=0.05)


def long(values):
    index = np.indices(values.shape).reshape(values.ndim, -1)
    return pd.DataFrame({"y": values.ravel(), **{"cif"[k]: index[k] for k in range(values.ndim)}})


def mixed(frame, parts):
    """REML components of crossed random effects."""
    frame = frame.assign(one=1)
    model = sm.MixedLM.from_formula("y ~ 1", groups="one", vc_formula=parts, re_formula="0", data=frame)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = model.fit(reml=True)
    return dict(zip(model.exog_vc.names, fit.vcomp, strict=True)), fit.scale


def test_components_of_a_balanced_design_are_those_of_restricted_maximum_likelihood():
    """The two estimators coincide for balanced data when no component is negative."""
    two = planted((1, 6, 1, 4), {"country": 1.0, "framing": 0.8, "country:item:framing": 0.5}, 3)[0, :, 0]
    ours = two_way_components(two).value
    theirs, scale = mixed(long(two).rename(columns={"i": "f"}), {"c": "0 + C(c)", "f": "0 + C(f)"})
    assert (ours["country"], ours["framing"]) == pytest.approx((theirs["c"], theirs["f"]), rel=1e-3)
    assert ours["country:framing"] == pytest.approx(scale, rel=1e-3)


def test_nested_components_are_those_of_restricted_maximum_likelihood():
    sds = {"country": 1.0, "item": 0.9, "framing": 0.7, "country:item": 0.8, "country:framing": 0.5}
    values = planted((1, 5, 4, 3), sds, 5, nested=True)[0]
    ours = nested_components(values).value
    parts = {"c": "0 + C(c)", "i": "0 + C(i)", "f": "0 + C(i):C(f)", "ci": "0 + C(c):C(i)"}
    theirs, scale = mixed(long(values), parts)
    expected = [theirs["c"], theirs["i"], theirs["f"], theirs["ci"], scale]
    assert min(ours.values()) > 0
    assert list(ours.values()) == pytest.approx(expected, rel=5e-3)


def test_mean_squares_are_those_of_an_analysis_of_variance():
    values = planted((1, 4, 3, 3), {"country": 1.0, "country:item:framing": 1.0}, 6)[0]
    found = crossed_components(values)
    frame = long(values)
    table = sm.stats.anova_lm(ols("y ~ C(c) * C(i) + C(c) * C(f) + C(i) * C(f)", frame).fit(), typ=1)
    names = {"country": "C(c)", "item": "C(i)", "framing": "C(f)", "country:item": "C(c):C(i)"}
    names |= {"country:framing": "C(c):C(f)", "item:framing": "C(i):C(f)", "country:item:framing": "Residual"}
    for ours, theirs in names.items():
        assert found.df[ours] == table.loc[theirs, "df"]
        assert found.mean_square[ours] == pytest.approx(table.loc[theirs, "sum_sq"] / table.loc[theirs, "df"])


def test_known_reply_noise_is_taken_out_of_the_residual_only():
    values = planted((2000, 5, 1, 4), {"country": 0.7, "country:item:framing": 1.0}, 7)[:, :, 0]
    bare, net = two_way_components(values), two_way_components(values, noise=np.full((5, 4), 0.6))
    assert net.value["country:framing"] == pytest.approx(bare.value["country:framing"] - 0.6)
    assert net.value["country"] == pytest.approx(bare.value["country"])
    with pytest.raises(ValueError, match="negative"):
        two_way_components(values, noise=-1.0)


def test_share_components_of_two_options_are_twice_those_of_one_share():
    first = np.random.default_rng(8).uniform(0.2, 0.8, (6, 4))
    both = np.stack([first, 1 - first], axis=-1)
    alone, summed = two_way_components(first), share_components(both)
    for name in alone.value:
        assert summed.value[name] == pytest.approx(2 * alone.value[name])
        assert np.isnan(summed.sd[name])
    padded = np.concatenate([both, np.zeros((6, 4, 1))], axis=-1)
    assert share_components(padded).value["country"] == pytest.approx(summed.value["country"])


@given(st.permutations(range(3)), st.permutations(range(5)))
def test_share_components_forget_the_names_of_options_and_countries(options, countries):
    shares = np.random.default_rng(9).dirichlet(np.ones(3), (5, 4))
    expected, found = share_components(shares), share_components(shares[list(countries)][..., list(options)])
    for name, component in expected.value.items():
        assert found.value[name] == pytest.approx(component)


def test_missing_cells_make_their_row_unknown_and_small_designs_are_refused():
    values = np.random.default_rng(10).normal(size=(2, 3, 3))
    values[1, 0, 0] = np.nan
    assert np.isnan(two_way_components(values).value["country"]).tolist() == [False, True]
    with pytest.raises(ValueError, match="at least 2 of each"):
        two_way_components(np.ones((3, 1)))
    with pytest.raises(ValueError, match="at least 2 of each"):
        nested_components(np.ones((3, 2)))


def test_generalisability_and_the_number_of_framings():
    assert generalisability(2.0, 6.0, 3) == 0.5
    assert generalisability(-0.1, 1.0, 2) == pytest.approx(-0.25)
    assert np.isnan(generalisability(-1.0, 1.0, 2))
    needed = framings_needed([1.0, 1.0, 1.0, 0.0, -1.0, np.nan], [4.0, 0.0, -1.0, 1.0, 1.0, 1.0], 0.8)
    assert needed[:5].tolist() == [16, 1, 1, np.inf, np.inf]
    assert np.isnan(needed[5])
    for signal, error in ((1.0, 2.7), (0.3, 5.0)):
        n = framings_needed(signal, error, 0.7)
        assert generalisability(signal, error, n) >= 0.7 > generalisability(signal, error, n - 1)
    with pytest.raises(ValueError, match="n must be positive"):
        generalisability(1.0, 1.0, 0)
    with pytest.raises(ValueError, match="target"):
        framings_needed(1.0, 1.0, 1.0)


def test_generalisability_is_the_squared_correlation_with_the_true_score():
    rng = np.random.default_rng(11)
    true = rng.normal(size=200_000)
    means = true + rng.normal(scale=2, size=(200_000, 5)).mean(axis=1)
    assert generalisability(1.0, 4.0, 5) == pytest.approx(np.corrcoef(true, means)[0, 1] ** 2, abs=0.01)


@given(st.lists(st.floats(0.01, 1), min_size=4, max_size=4), st.permutations([1.0, 2.0, 5.0, 9.0]))
def test_moments_are_numpys(weights, codes):
    p = np.array(weights) / np.sum(weights)
    mean, variance = moments(p, codes)
    assert mean == pytest.approx(np.average(codes, weights=p))
    assert variance == pytest.approx(np.average((np.array(codes) - mean) ** 2, weights=p))


def test_moments_of_nominal_and_padded_items():
    p = np.array([[0.5, 0.5, 0.0], [0.2, 0.3, 0.5]])
    mean, variance = moments(p, [[1, 3, np.nan], [np.nan] * 3])
    assert (mean[0], variance[0]) == (2, 1)
    assert np.isnan([mean[1], variance[1]]).all()
    with pytest.raises(ValueError, match="mass on an option"):
        moments(p, [1, 2, np.nan])
    with pytest.raises(ValueError, match="each of 3 options"):
        moments(p, [1, 2])


def test_between_share_splits_the_variance_of_pooled_answers():
    rng = np.random.default_rng(12)
    p, codes = rng.dirichlet(np.ones(5), 7), np.array([1, 2, 3, 4, 5])
    pooled = moments(p.mean(axis=0), codes)[1]
    assert between_share(p, codes) == pytest.approx(moments(p, codes)[0].var() / pooled)
    assert between_share(p, 10 - 2 * codes) == pytest.approx(between_share(p, codes))
    assert between_share(np.tile(p[:1], (4, 1)), codes) == pytest.approx(0, abs=1e-12)
    gone = np.vstack([p, np.full((1, 5), np.nan)])
    assert between_share(gone, codes) == pytest.approx(between_share(p, codes))
    assert np.isnan(between_share(gone[-2:], codes))
    assert np.isnan(between_share(np.eye(5)[[0, 0]], codes))
