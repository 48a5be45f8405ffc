"""Search spaces of soft prompts: what they reach, how they start, and what they refuse."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from tawazun.adapt.search import Budget, make_optimiser, search
from tawazun.adapt.spaces import (
    Projection,
    PromptSpace,
    anchor_space,
    fitted,
    full_space,
    persona_space,
    pick_anchors,
    principal_components,
    projection_space,
    table_facts,
    text_space,
)
from tawazun.errors import BadStudy, UnknownName

WIDTH = 12
TABLE = np.random.default_rng(0).normal(0.1, np.linspace(0.2, 2, WIDTH), (500, WIDTH))
FACTS = table_facts(TABLE)
START = TABLE[[3, 14, 15]]
NAMES = ["Egypt", "Jordan", "Morocco", "Japan", "Brazil", "Norway", "Kenya", "India"]
ANCHORS = {name: TABLE[40 + at] for at, name in enumerate(NAMES)}

SPACES: dict[str, Callable[[], PromptSpace]] = {
    "full": lambda: full_space(FACTS, START),
    "text": lambda: text_space(FACTS, START),
    "projection": lambda: projection_space(FACTS, START, Projection(5, 1.0, seed=1)),
    "anchors": lambda: anchor_space(ANCHORS, components=4, tokens=3, excluded=["China"]),
    "persona": lambda: persona_space(FACTS, START),
    "persona in a subspace": lambda: persona_space(FACTS, START, Projection(7, 0.5, seed=2)),
}


@pytest.mark.parametrize("kind", SPACES)
def test_a_space_starts_where_it_says(kind: str) -> None:
    prompt = SPACES[kind]()
    assert kind.startswith(prompt.kind)
    assert (prompt.tokens, prompt.width) == (3, WIDTH)
    assert prompt.unit
    begun = prompt.vectors(prompt.space.mean[None])[0]
    wanted = np.tile(np.mean(list(ANCHORS.values()), axis=0), (3, 1)) if kind == "anchors" else START
    assert np.allclose(begun, wanted, rtol=0, atol=1e-12)
    assert prompt.space.bounded


@pytest.mark.parametrize("kind", SPACES)
@settings(max_examples=20)
@given(seed=st.integers(0, 999), count=st.integers(0, 5))
def test_points_and_vectors_are_each_others_inverse(kind: str, seed: int, count: int) -> None:
    prompt = SPACES[kind]()
    space = prompt.space
    z = np.random.default_rng(seed).uniform(space.low, space.high, (count, space.dimensions))
    vectors = prompt.vectors(z)
    assert vectors.shape == (count, 3, WIDTH) and vectors.dtype == np.float64
    assert np.allclose(prompt.points(vectors), z, atol=1e-9)
    # one at a time, and in another order, gives the same prompts
    order = np.random.default_rng(seed).permutation(count)
    assert np.allclose(prompt.vectors(z[order]), vectors[order], atol=1e-12)


@pytest.mark.parametrize("kind", SPACES)
def test_maps_are_linear_around_their_start(kind: str) -> None:
    prompt = SPACES[kind]()
    a, b = np.random.default_rng(3).normal(size=(2, 1, prompt.space.dimensions))
    zero = prompt.vectors(0 * a)
    wanted = 2 * (prompt.vectors(a) - zero) - 3 * (prompt.vectors(b) - zero)
    assert np.allclose(prompt.vectors(2 * a - 3 * b) - zero, wanted, atol=1e-9)


def test_the_closest_point_to_what_cannot_be_reached_is_the_least_squares_one() -> None:
    prompt = SPACES["projection"]()
    outside = prompt.vectors(np.ones((1, 5))) + np.random.default_rng(0).normal(size=(1, 3, WIDTH))
    z = prompt.points(outside)
    left = (outside - prompt.vectors(z)).ravel()
    assert prompt.basis is not None
    assert np.allclose(prompt.basis @ left, 0, atol=1e-9)


def test_the_full_space_is_the_vectors_within_three_standard_deviations() -> None:
    prompt = full_space(FACTS, START)
    assert prompt.space.dimensions == 3 * WIDTH
    z = np.arange(3.0 * WIDTH)[None]
    assert np.array_equal(prompt.vectors(z)[0], z.reshape(3, WIDTH))
    assert np.allclose(prompt.space.low[:WIDTH], TABLE.mean(axis=0) - 3 * TABLE.std(axis=0))
    assert np.allclose(prompt.space.high[WIDTH : 2 * WIDTH], TABLE.mean(axis=0) + 3 * TABLE.std(axis=0))
    assert np.allclose(prompt.space.spread[-WIDTH:], 0.5 * TABLE.std(axis=0))


def test_a_start_beyond_three_standard_deviations_widens_the_bounds_to_hold_it() -> None:
    far = START.copy()
    far[1, 2] = 99.0
    space = full_space(FACTS, far).space
    assert space.high[WIDTH + 2] == 99.0 == space.mean[WIDTH + 2]
    assert (np.delete(space.high, WIDTH + 2) < 10).all()


def test_text_offsets_count_in_standard_deviations() -> None:
    prompt = text_space(FACTS, START)
    moved = prompt.vectors(np.full((1, 36), 2.0))[0]
    assert np.allclose(moved, START + 2 * TABLE.std(axis=0))
    assert (prompt.space.low == -3).all() and (prompt.space.high == 3).all() and (prompt.space.spread == 0.5).all()


def test_a_random_subspace_has_the_stated_scale_and_is_made_by_its_seed() -> None:
    facts = table_facts(np.random.default_rng(1).normal(0, np.linspace(0.5, 2, 64), (300, 64)))
    start = np.zeros((20, 64))
    prompt = projection_space(facts, start, Projection(50, 0.7, seed=4))
    assert prompt.space.dimensions == 50
    assert (prompt.space.spread == 1).all()
    vectors = prompt.vectors(np.random.default_rng(2).standard_normal((400, 50)))
    relative = vectors.std(axis=0) / facts.sd
    assert np.sqrt((relative**2).mean()) == pytest.approx(0.7, rel=0.02)
    again = projection_space(facts, start, Projection(50, 0.7, seed=4))
    other = projection_space(facts, start, Projection(50, 0.7, seed=5))
    assert prompt.basis is not None and again.basis is not None and other.basis is not None
    assert np.array_equal(prompt.basis, again.basis)
    assert not np.allclose(prompt.basis, other.basis)


@settings(max_examples=40)
@given(rows=st.integers(3, 30), width=st.integers(2, 40), seed=st.integers(0, 99))
def test_components_are_those_of_scikit_learn(rows: int, width: int, seed: int) -> None:
    table = np.random.default_rng(seed).normal(size=(rows, width)) * np.linspace(0.1, 3, width)
    count = min(rows - 1, width)
    theirs = PCA(count, svd_solver="full").fit(table)
    mean, directions, sd = principal_components(table, count)
    assert np.allclose(mean, theirs.mean_)
    assert np.allclose(sd, np.sqrt(theirs.explained_variance_))
    assert np.allclose(directions, theirs.components_, atol=1e-6)


def test_the_anchor_basis_is_their_components_by_one_and_a_half_standard_deviations() -> None:
    prompt = anchor_space(ANCHORS, components=4, tokens=2)
    theirs = PCA(4, svd_solver="full").fit(np.array(list(ANCHORS.values())))
    z = np.random.default_rng(0).normal(size=(3, 8))
    scores = z.reshape(3, 2, 4) * 1.5 * np.sqrt(theirs.explained_variance_)
    assert np.allclose(prompt.vectors(z), theirs.inverse_transform(scores.reshape(-1, 4)).reshape(3, 2, WIDTH))
    assert (prompt.space.low == -2).all() and (prompt.space.high == 2).all()
    assert np.allclose(prompt.space.spread, 2 / 3)


def test_all_components_reach_every_anchor_within_the_bounds_nearly_always() -> None:
    prompt = anchor_space(ANCHORS, components=7)
    vectors = np.array(list(ANCHORS.values()))[:, None]
    z = prompt.points(vectors)
    assert np.allclose(prompt.vectors(z), vectors)
    assert np.abs(z).max() < 2
    assert np.allclose(z.std(axis=0, ddof=1), 2 / 3)


def test_the_anchor_basis_does_not_depend_on_the_order_of_names() -> None:
    other = anchor_space(dict(reversed(ANCHORS.items())), components=4)
    first = anchor_space(ANCHORS, components=4)
    assert first.basis is not None and other.basis is not None
    assert np.allclose(first.basis, other.basis, atol=1e-9)


def test_a_search_finds_a_hidden_name_between_its_anchors() -> None:
    """A planted target in the span of the anchors: evolution gets closer than the nearest anchor and random search."""
    rng = np.random.default_rng(5)
    anchors = {f"c{at}": rng.normal(size=32) for at in range(20)}
    weights = rng.dirichlet(np.ones(20))
    target = sum(weight * vector for weight, vector in zip(weights, anchors.values(), strict=True))
    target = target + 0.8 * (anchors["c3"] - target)
    prompt = anchor_space(anchors, components=16, excluded=["target"])

    def objective(z: np.ndarray) -> np.ndarray:
        return np.asarray(np.linalg.norm(prompt.vectors(z)[:, 0] - target, axis=1))

    def distance(name: str, seed: int) -> float:
        return search(make_optimiser(name, prompt.space, Budget(640), seed=seed), objective).best.value

    nearest = min(float(np.linalg.norm(vector - target)) for vector in anchors.values())
    assert objective(np.zeros((1, 16)))[0] > nearest
    for seed in range(3):
        for name in ("de_pbest_1", "cma_es"):
            assert distance(name, seed) < 0.8 * distance("random_search", seed)
        # what 16 of 19 directions can reach at best, and how near the search comes
        floor = objective(prompt.points(target[None, None]))[0]
        assert floor <= distance("cma_es", seed) < floor + 1.0


def test_table_facts_are_those_of_the_whole_table_in_any_type() -> None:
    for kind, exact in ((np.float64, 1e-12), (np.float32, 1e-6), (np.float16, 1e-3)):
        facts = table_facts(TABLE.astype(kind), rows=7)
        assert np.allclose(facts.mean, TABLE.mean(axis=0), atol=exact * 5)
        assert np.allclose(facts.sd, TABLE.std(axis=0), rtol=exact * 5)


def test_a_start_text_is_repeated_and_cut() -> None:
    assert np.array_equal(fitted(START, 7), START[[0, 1, 2, 0, 1, 2, 0]])
    assert np.array_equal(fitted(START, 2), START[:2])
    assert fitted(START.astype(np.float32), 3).dtype == np.float64


def test_anchors_are_picked_by_name() -> None:
    picked = pick_anchors(ANCHORS, ["Kenya", "Egypt"])
    assert list(picked) == ["Kenya", "Egypt"] and picked["Egypt"] is ANCHORS["Egypt"]
    with pytest.raises(
        UnknownName, match=re.escape("2 of 3 anchors: Jordon, Atlantis; the closest to 'Jordon' is 'Jor")
    ):
        pick_anchors(ANCHORS, ["Jordon", "Kenya", "Atlantis"])


def nan_in(table: np.ndarray) -> np.ndarray:
    broken = table.copy()
    broken[1, 1] = np.nan
    return broken


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: anchor_space(ANCHORS, components=8), "8 anchors differ in 7 directions at most, 8 were asked for"),
        (lambda: anchor_space(ANCHORS, components=0), "0 were asked for"),
        (lambda: anchor_space(ANCHORS, components=2, tokens=0), "at least 1 token"),
        (lambda: anchor_space(ANCHORS, components=2, excluded=["Norway"]), "the target 'Norway' is among the anchors"),
        (lambda: anchor_space(ANCHORS, components=2, excluded=[" norway "]), "the target 'Norway' is among"),
        (lambda: anchor_space({}, components=2), "one width, got shapes: none"),
        (lambda: anchor_space({**ANCHORS, "x": np.zeros(3)}, components=2), r"got shapes: \(3,\), \(12,\)"),
        (lambda: anchor_space({"a": START, "b": START}, components=1), r"got shapes: \(3, 12\)"),
        (lambda: anchor_space({**ANCHORS, "x": nan_in(START)[1]}, components=2), "anchor 'x' holds NaN"),
        (lambda: anchor_space(dict.fromkeys(NAMES, START[0]), components=2), "do not differ in 2 directions"),
        (lambda: anchor_space({n: START[i % 3] for i, n in enumerate(NAMES)}, components=3), "do not differ in 3"),
        (lambda: full_space(FACTS, START[:, :5]), r"start has shape \(3, 5\), the model's vectors have a width of 12"),
        (lambda: full_space(FACTS, START[0]), "start has shape"),
        (lambda: text_space(FACTS, START[:0]), "start has shape"),
        (lambda: text_space(FACTS, nan_in(START)), "the start holds NaN"),
        (
            lambda: projection_space(FACTS, START, Projection(37, 1.0, 0)),
            "37 components is larger than the prompt's 36",
        ),
        (lambda: Projection(0, 1.0, 0), "components >= 1"),
        (lambda: Projection(3, 0.0, 0), "scale above 0"),
        (lambda: Projection(3, float("nan"), 0), "scale above 0"),
        (lambda: fitted(START, 0), "one token or more for 0 virtual tokens"),
        (lambda: fitted(START[:0], 2), "one token or more"),
        (lambda: table_facts(nan_in(TABLE)), "holds NaN or infinite"),
        (lambda: table_facts(TABLE[:1]), "two rows or more"),
        (lambda: table_facts(TABLE * (np.arange(WIDTH) > 1)), "does not vary in 2 of 12 coordinates"),
    ],
)
def test_what_cannot_be_a_space_is_refused_in_one_line(make: Callable[[], object], message: str) -> None:
    with pytest.raises(BadStudy, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_prompts_beyond_memory_are_refused_before_they_are_made() -> None:
    wide = table_facts(np.random.default_rng(0).normal(size=(3, 4096)))
    prompt = text_space(wide, np.zeros((20, 4096)))
    prompt.check_memory(3000)
    with pytest.raises(BadStudy, match=r"4,000 x 20 virtual tokens of width 4,096 take 2\.4 GiB \(at most 2\)"):
        prompt.check_memory(4000)
    with pytest.raises(BadStudy, match="5,000 x 20 virtual tokens"):
        projection_space(wide, np.zeros((20, 4096)), Projection(5000, 1.0, 0))
    anchors = {str(at): wide.mean + at * wide.sd for at in range(3)}
    with pytest.raises(BadStudy, match="1 x 99,999 virtual tokens"):
        anchor_space(anchors, components=1, tokens=99_999)
    with pytest.raises(BadStudy, match="use fewer virtual tokens"):
        prompt.vectors(np.broadcast_to(0.0, (4000, 20 * 4096)))


def test_points_of_another_size_are_refused() -> None:
    prompt = SPACES["anchors"]()
    with pytest.raises(ValueError, match="need points of 12 coordinates"):
        prompt.vectors(np.zeros((2, 11)))
    with pytest.raises(ValueError, match="need prompts of shape"):
        prompt.points(np.zeros((2, 4, WIDTH)))
