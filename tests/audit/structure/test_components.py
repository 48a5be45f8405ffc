"""Components of training sets: their number, their loadings, planted corpora, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tawazun.audit.components import Cube, Fit, Size, Structure, cleaned, compared, cube_of, drawn, structure_of
from tawazun.audit.components.fitting import aligned, eigenvalues_of, parallel_analysis
from tawazun.audit.components.kept import content_of, structures_from
from tawazun.audit.data import Choice
from tawazun.errors import BadFile, BadStudy
from tests.audit.structure.planted import DIALS, Dials, Manner, corpus, cube, design, embed, rows_of

QUICK = Fit(draws=100)


@pytest.fixture(scope="module")
def fitted() -> Structure:
    return structure_of(cube(20, 1), Fit(draws=200))


def test_planted_components_are_found_and_named_by_what_loads_on_them(fitted: Structure) -> None:
    assert fitted.above == fitted.count == 2
    first, second = (set(name.replace("+", "").replace("-", "").split()) for name in fitted.names)
    assert {name[:5] for name in first} == {"toy.a"} and {name[:5] for name in second} == {"toy.b"}
    own = [i for i, name in enumerate(fitted.metrics) if "own" in name]
    leave_out = (fitted.low[own] > 0) | (fitted.high[own] < 0)
    assert leave_out.mean() <= 0.2
    assert (fitted.stability > 0.7).all() and (fitted.subspace >= fitted.stability - 1e-9).all()


def test_scores_have_mean_0_and_variance_1_and_loadings_are_correlations(fitted: Structure) -> None:
    scores = fitted.scores.reshape(-1, 2)
    assert scores.mean(axis=0) == pytest.approx([0, 0], abs=1e-9) and scores.std(axis=0) == pytest.approx([1, 1])
    values = fitted.cube.chosen(fitted.metrics).reshape(-1, len(fitted.metrics))
    correlations = np.corrcoef(values.T, scores.T)[: len(fitted.metrics), len(fitted.metrics) :]
    assert correlations == pytest.approx(fitted.loadings, abs=1e-9)
    assert fitted.eigenvalues.sum() == pytest.approx(len(fitted.metrics))


def test_the_largest_loading_is_positive_whatever_the_signs_of_metrics() -> None:
    base = cube(16, 3)
    for turned in (base, replace(base, values=-base.values)):
        one = structure_of(turned, QUICK)
        top = np.abs(one.loadings).argmax(axis=0)
        assert (one.loadings[top, np.arange(one.count)] > 0).all()


def test_varimax_keeps_what_is_explained_and_scores_uncorrelated() -> None:
    base = cube(20, 4)
    plain, turned = (structure_of(base, Fit(rotate, 2, 100)) for rotate in ("none", "varimax"))
    assert plain.share.sum() == pytest.approx(turned.share.sum())
    assert np.corrcoef(turned.scores.reshape(-1, 2).T)[0, 1] == pytest.approx(0, abs=1e-9)


def by_eigenvectors(values: np.ndarray, count: int) -> np.ndarray:
    """Loadings of the textbook: eigenvectors of the correlations, each as long as the root of its eigenvalue."""
    sizes, axes = np.linalg.eigh(np.corrcoef(values.reshape(-1, values.shape[-1]).T))
    return axes[:, ::-1][:, :count] * np.sqrt(sizes[::-1][:count])


def varimax_by_singular_values(loadings: np.ndarray) -> np.ndarray:
    """Kaiser's varimax as R and MATLAB iterate it: all components at once, where the package turns pairs."""
    length = np.linalg.norm(loadings, axis=1, keepdims=True)
    rows, turn = loadings / length, np.eye(loadings.shape[1])
    for _ in range(500):
        turned = rows @ turn
        left, _, right = np.linalg.svd(rows.T @ (turned**3 - turned * (turned**2).mean(axis=0)))
        turn = left @ right
    return rows @ turn * length


@pytest.mark.parametrize("count", [2, 3])
def test_loadings_are_those_of_eigenvectors_and_of_varimax_by_singular_values(count: int) -> None:
    base = cube(20, 5)
    plain, turned = (structure_of(base, Fit(rotate, count, 100)) for rotate in ("none", "varimax"))
    by_hand = by_eigenvectors(base.chosen(plain.metrics), count)
    assert aligned(by_hand, plain.loadings) == pytest.approx(plain.loadings, abs=1e-9)
    assert aligned(varimax_by_singular_values(by_hand), turned.loadings) == pytest.approx(turned.loadings, abs=1e-6)


def test_parallel_analysis_of_independent_shards_is_that_of_independent_normal_numbers() -> None:
    """Horn's simulation draws new numbers instead of shuffling those there are; the bounds are the same."""
    rng, (sets, metrics) = np.random.default_rng(7), (60, 8)
    values = rng.normal(size=(sets, 1, metrics)) + 1.5 * rng.normal(size=(sets, 1, 1))
    found, bound, p = parallel_analysis(values, 400, 1)
    drawn_anew = np.array([
        np.linalg.eigvalsh(np.corrcoef(rng.normal(size=(sets, metrics)).T))[::-1] for _ in range(400)
    ])  # fmt: skip
    assert bound == pytest.approx(np.percentile(drawn_anew, 95, axis=0), abs=0.06)
    assert (p[0], p[1] > 0.05) == (pytest.approx(1 / 401), True) and (found > bound).sum() == 1


@settings(max_examples=20, deadline=None)
@given(st.integers(5, 12), st.integers(2, 4), st.integers(0, 1000))
def test_shuffles_keep_how_much_sets_differ(sets: int, shards: int, seed: int) -> None:
    """Eigenvalues add up to the number of metrics, of the data and of chance; p lies in (0, 1]."""
    values = np.random.default_rng(seed).normal(size=(sets, shards, 6))
    found, chance, p = parallel_analysis(values, 100, seed)
    assert found.sum() == pytest.approx(6) and (np.diff(found) <= 1e-9).all()
    assert chance[0] >= 1 and ((p > 0) & (p <= 1)).all()
    assert eigenvalues_of(values * 3 + 5) == pytest.approx(found)


def test_whole_sets_are_shuffled_not_shards() -> None:
    """Metrics that differ between sets and share nothing: shuffled shard by shard they make components."""
    found = [structure_of(cube(10, seed, strength=0.0), QUICK).above for seed in range(20)]
    assert np.mean([count > 0 for count in found]) <= 0.2
    rng = np.random.default_rng(0)
    values = cube(10, 0, strength=0.0).values
    free = [eigenvalues_of(rng.permuted(values.reshape(40, -1), axis=0).reshape(values.shape))[0] for _ in range(50)]
    assert eigenvalues_of(values)[0] > np.percentile(free, 95)


def cube_with(values: np.ndarray) -> Cube:
    names = tuple(f"set-{i}" for i in range(len(values)))
    return Cube("en", names, tuple(f"toy.m{i}" for i in range(values.shape[2])), values, 100)


def test_samples_of_one_set_have_no_component_of_sets() -> None:
    """Metrics that go together inside any text are no way in which sets differ."""
    false, kept = [], []
    loading = np.zeros((2, 14))
    loading[0, :8] = loading[1, 8:] = 0.9
    for seed in range(20):
        rng = np.random.default_rng(seed)
        own = rng.normal(size=(12, 4, 14)) * np.sqrt(1 - np.square(loading).sum(axis=0))
        shards = rng.normal(size=(12, 4, 2)) @ loading + own
        one = structure_of(cube_with(shards), Fit(draws=100))
        false.append(one.above > 0)
        said = any("sets differ no more than shards of one set do" in note for note in one.notes)
        assert said or one.above == 2
        kept.append(structure_of(cube_with(shards + rng.normal(size=(12, 1, 2)) @ loading), Fit(draws=100)).above == 2)
    assert np.mean(false) <= 0.2 and np.mean(kept) >= 0.7


def test_a_component_of_one_odd_set_is_told() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(12, 1, 22)) + 0.3 * rng.normal(size=(12, 4, 22))
    values[4] += 10 * np.sign(rng.normal(size=22))
    notes = structure_of(cube_with(values), Fit(draws=100)).notes
    assert any("component 1 is mostly how set-4 differs from all others" in note for note in notes)


def test_alignment_undoes_order_and_sign() -> None:
    loadings = np.linalg.qr(np.random.default_rng(2).normal(size=(9, 3)))[0]
    assert aligned(loadings[:, [2, 0, 1]] * [-1, 1, -1], loadings) == pytest.approx(loadings)


def test_metrics_that_cannot_carry_components_are_left_out_with_a_reason() -> None:
    base = cube(8, 5)
    values = base.values.copy()
    values[:, :, 0] = 3.0
    values[2, 1, 1] = np.nan
    values[:, :, 3] = values[:, :, 2] * -2 + 1
    values[:, :, 4] = 0.0
    values[6, :, 4] = 1.0
    kept, dropped = cleaned(replace(base, values=values, steady=frozenset({base.metrics[3]})))
    assert dropped[base.metrics[0]] == "constant"
    assert dropped[base.metrics[1]] == "no value in 1 of 32 shards"
    assert dropped[base.metrics[4]] == "differs in one set only"
    # of two that say the same, the one that is free of length stays
    assert dropped[base.metrics[2]] == f"r = -1.00 with {base.metrics[3]}" and base.metrics[3] in kept
    assert set(kept) | set(dropped) == set(base.metrics) and not set(kept) & set(dropped)


def test_what_cannot_be_fitted_is_refused_in_one_line() -> None:
    with pytest.raises(BadStudy, match=r"1 set in 'en'.*need 5 or more of one language, 12 for bounds"):
        structure_of(cube(1, 1))
    base = cube(6, 1)
    with pytest.raises(BadStudy, match=r"0 of 22 metrics can carry components.*constant"):
        structure_of(replace(base, values=np.ones_like(base.values)))
    twice = base.values.copy()
    twice[4] = twice[1]
    with pytest.raises(BadStudy, match="set-1 and set-4 hold the same rows"):
        structure_of(replace(base, values=twice))
    for bad in ({"rotate": "promax"}, {"count": -1}, {"draws": 3}):
        with pytest.raises(BadStudy, match="--"):
            Fit(**bad)  # type: ignore[arg-type]
    assert "move with each of them" in structure_of(base, QUICK).notes[0]


def test_new_sets_are_scored_on_fitted_components_or_refused(fitted: Structure) -> None:
    other = cube(3, 9)
    expected = (other.chosen(fitted.metrics) - fitted.centre) / fitted.scale @ fitted.weights
    assert fitted.projected(other) == pytest.approx(expected)
    with pytest.raises(BadStudy, match="components of 'en' say nothing of a set in 'ar'"):
        fitted.projected(cube(3, 9, language="ar"))
    with pytest.raises(BadStudy, match="shards of 100 rows"):
        fitted.projected(replace(other, rows=50))
    with pytest.raises(BadStudy, match="need the metric"):
        fitted.projected(replace(other, metrics=tuple(f"x{name}" for name in other.metrics)))


def test_a_structure_comes_back_from_json_as_it_was(fitted: Structure) -> None:
    from json import dumps, loads
    from pathlib import Path

    back = structures_from(loads(dumps(content_of({"en": fitted}), allow_nan=False)), Path("f"))["en"]
    assert np.array_equal(back.scores, fitted.scores) and back.names == fitted.names and back.dropped == fitted.dropped
    none = structure_of(cube(6, 3, strength=0.0), QUICK)
    again = structures_from(loads(dumps(content_of({"en": none}))), Path("f"))["en"]
    assert again.weights.shape == none.weights.shape
    for bad in ({}, [], {"kind": "components", "version": 1, "languages": {"en": {"cube": 3}}}):
        with pytest.raises(BadFile, match="components"):
            structures_from(bad, Path("f"))


def test_languages_with_one_structure_are_alike_and_with_none_are_not() -> None:
    same = compared(structure_of(cube(80, 1), QUICK), structure_of(cube(80, 2, language="ar"), QUICK))
    assert all(one.verdict in ("same", "similar") and one.p < 0.05 for one in same) and len(same) == 2
    other = cube(80, 3, language="ar")
    mixed = np.random.default_rng(4).permutation(len(other.metrics))
    apart = compared(
        structure_of(cube(80, 1), QUICK), structure_of(replace(other, values=other.values[:, :, mixed]), QUICK)
    )
    assert not any(one.verdict in ("same", "similar") for one in apart)
    few = replace(other, metrics=tuple(f"ar.{i}" for i in range(len(other.metrics))))
    with pytest.raises(BadStudy, match="0 metrics in common; 8 are needed"):
        compared(structure_of(cube(80, 1), QUICK), structure_of(few, QUICK))


def test_samples_are_equal_reproducible_and_spread_over_the_set() -> None:
    rows = rows_of([f"row number {i} of this set" for i in range(1000)])
    one = drawn("a", rows, Size(20, 3), language="en")[0]
    again = drawn("b", rows, Size(20, 3), language="en")[0]
    assert one.shards == again.shards and [len(shard) for shard in one.shards] == [20, 20, 20] and one.seen == 1000
    numbers = [sample.number for shard in one.shards for sample in shard]
    assert len(set(numbers)) == 60 and max(numbers) > 800 and min(numbers) < 200
    assert drawn("a", rows[:50], Size(20, 3), language="en")[0].shards == ()
    assert {found.language for found in drawn("a", rows_of(["これは日本語です。"] * 40), Size(10, 2))} == {"ja"}


def test_sets_of_nothing_but_copies_are_measured() -> None:
    """One row over and over is an extreme, not an error: its near-duplicate share is all but 1."""
    made = cube_of([drawn("a", rows_of(["the same old words again and again"] * 40), Size(20, 2), language="en")[0]])
    assert made.values[0, :, made.metrics.index("diversity.near_duplicate_share")] == pytest.approx(0.95)


def planted_cube(sets: int, seed: int) -> tuple[Cube, np.ndarray]:
    dials = design(sets, seed)
    return measured([(Dials(*row), Manner.drawn(100 * seed + i), i) for i, row in enumerate(dials)]), dials


def measured(made: list[tuple[Dials, Manner, int]]) -> Cube:
    size = Size(80, 2)
    sets = [
        drawn(f"set-{i}", rows_of(corpus(dials, 160, seed, manner)), size, language="en")[0]
        for i, (dials, manner, seed) in enumerate(made)
    ]
    return cube_of(sets, Choice("en", ("lexical", "diversity", "scripts", "semantics"), embed=embed))


NAMED = {
    "vocabulary": ("lexical.pool_types", 1), "coherence": ("semantics.coherence", 1),
    "copies": ("diversity.near_duplicate_share", 1), "switching": ("scripts.code_switch_share", 1),
}  # fmt: skip
LOADS = {
    "vocabulary": "lexical.pool_types", "coherence": "semantics.coherence", "copies": "diversity.near_duplicate_share",
    "switching": "scripts.script_latin",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_planted_corpora_are_ranked_by_the_metric_named_for_it_and_by_the_component_that_loads_on_it(seed: int) -> None:
    from scipy.stats import spearmanr

    made, dials = planted_cube(24, seed)
    one = structure_of(made, Fit("varimax", 4, 100))
    assert one.above >= 2
    steps = (0.0, 0.33, 0.67, 1.0)
    for j, dial in enumerate(DIALS):
        metric, _ = NAMED[dial]
        values = made.values[:, :, made.metrics.index(metric)].mean(axis=1)
        by_metric = spearmanr(values, dials[:, j]).statistic
        k = int(np.abs(one.loadings[one.metrics.index(LOADS[dial])]).argmax()) if LOADS[dial] in one.metrics else -1
        by_component = spearmanr(one.set_scores[:, k], dials[:, j]).statistic if k >= 0 else float("nan")
        rising = measured([(Dials(**{dial: step}), Manner(), 7) for step in steps])
        ladder = one.projected(rising).mean(axis=1)[:, k]
        print(f"seed {seed} {dial}: {metric} {by_metric:.2f}, component {k + 1} {by_component:.2f}, "
              f"ladder {np.round(ladder, 2)}")  # fmt: skip
        assert by_metric > 0.8
        assert (np.diff(rising.values[:, :, made.metrics.index(metric)].mean(axis=1)) > 0).all()
        assert (np.diff(ladder) > 0).all() or (np.diff(ladder) < 0).all()
        assert abs(by_component) > 0.7
