"""Verdicts of sameness with noise taken out: what differs is not called the same, what is the same is."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.claims.asked import Asked
from tawazun.claims.comparison import compare
from tawazun.claims.cumulative import squared_gap, squared_gap_gradient, squared_gap_noise
from tawazun.claims.matching import find_target, one_view
from tawazun.claims.pairwise import compared
from tawazun.claims.sameness import gap, past
from tawazun.claims.verdicts import Evidence, at_least, equivalent, not_better
from tawazun.claims.yardsticks import Side, yardstick
from tawazun.stats.distances import energy_distance, js_divergence
from tests.claims.making import claimed, laid_out

ITEMS, OPTIONS = 8, 4
SAME: dict[str, Any] = {"kind": "equivalent", "respondent": "a", "other": "b", "target": "made-1/EGY"}
MEASURES = ("js_similarity", "js_divergence", "w1_similarity")


def world(errors: dict[str, float], wordings: int, n: int, rng: np.random.Generator) -> Any:
    """Respondents whose log-odds err by so much, one shape of error for all; n people sampled once per call."""
    plan = np.random.default_rng(5)
    base, shape = plan.normal(0, 0.8, (ITEMS, OPTIONS)), plan.normal(0, 1, (ITEMS, OPTIONS))
    shift = rng.normal(0, 0.3, (wordings, ITEMS, OPTIONS))
    answers = {
        who: softmax(base + size * shape + shift + rng.normal(0, 0.1, shift.shape)) for who, size in errors.items()
    }
    drawn = rng.multinomial(n, softmax(base)) / n
    return laid_out(answers, {"EGY": drawn}, n_eff=float(n))


def softmax(logits: np.ndarray) -> np.ndarray:
    lifted = np.exp(logits)
    found: np.ndarray = lifted / lifted.sum(axis=-1, keepdims=True)
    return found


def true_gap(measure: str, errors: dict[str, float]) -> float:
    """The difference over endless wordings and people, of roots of means for a similarity."""
    plan, rng = np.random.default_rng(5), np.random.default_rng(6)
    base, shape = plan.normal(0, 0.8, (ITEMS, OPTIONS)), plan.normal(0, 1, (ITEMS, OPTIONS))
    shift = rng.normal(0, 0.3, (20_000, ITEMS, OPTIONS)) + rng.normal(0, 0.1, (20_000, ITEMS, OPTIONS))
    sides = [softmax(base + errors[who] * shape + shift).mean(axis=0) for who in "ab"]
    codes = np.tile(np.arange(1.0, OPTIONS + 1), (ITEMS, 1))
    if measure == "w1_similarity":
        squares = [squared_gap(side, softmax(base), codes).mean() for side in sides]
    else:
        squares = [js_divergence(side, softmax(base)).mean() for side in sides]
    return gap(float(squares[0]), float(squares[1]), root=measure != "js_divergence")


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("errors", [{"a": 0.35, "b": 0.6}, {"a": 0.0, "b": 0.4}], ids=["near", "exact"])
def test_what_differs_by_one_and_a_half_bounds_is_hardly_ever_called_equivalent(
    measure: str, errors: dict[str, float], count: int = 20
) -> None:
    rng, bound = np.random.default_rng(21), true_gap(measure, errors) / 1.5
    verdicts = [
        claimed(world(errors, 6, 120, rng), **SAME, measure=measure, smallest_effect=bound).verdict
        for _ in range(count)
    ]
    assert verdicts.count("supported") <= 1


def test_the_difference_as_measured_would_have_called_it_equivalent(count: int = 20) -> None:
    """The fault that the bare scale is there for: noise flattens the difference."""
    errors, rng = {"a": 0.0, "b": 0.4}, np.random.default_rng(22)
    bound, alone = true_gap("js_similarity", errors), 0
    for _ in range(count):
        made = world(errors, 10, 100, rng)
        found = claimed(made, **SAME, smallest_effect=bound, alpha=0.05, level=0.9)
        alone += found.low is not None and found.high is not None and -bound < found.low and found.high < bound
        assert found.verdict != "supported" or (found.value or 0) < bound
    assert alone / count > 0.3


@pytest.mark.parametrize("measure", MEASURES)
def test_what_is_the_same_is_called_equivalent_with_enough_data(measure: str, count: int = 8) -> None:
    errors = {"a": 0.5, "b": 0.5}
    bound = 0.5 * true_gap(measure, {"a": 0.5, "b": 0.8})
    rng = np.random.default_rng(23)
    keys = {**SAME, "measure": measure, "smallest_effect": bound}
    found = [claimed(world(errors, 12, 1500, rng), **keys).verdict for _ in range(count)]
    assert found.count("supported") >= count - 1


def test_a_comparison_says_so_in_its_outcomes() -> None:
    rng = np.random.default_rng(24)
    errors = {"a": 0.5, "b": 0.5, "c": 0.9}
    rows = compare(world(errors, 12, 1500, rng), Asked("js_similarity", ("made-1/EGY",), (), 0.04)).differences
    outcome = {(row.first, row.second): row.outcome for row in rows}
    assert outcome["a", "b"] == "equivalent" and outcome["a", "c"] == outcome["b", "c"] == "first is closer"
    assert [(row.p_equivalent or 0) <= 0.05 for row in rows] == [True, False, False]
    small = compare(world({"a": 0.5, "b": 0.56}, 12, 1500, rng), Asked("js_similarity", ("made-1/EGY",), (), 0.06))
    assert small.differences[0].outcome == "differ by less than matters"
    open_ = compare(world({"a": 0.35, "b": 0.7}, 6, 150, rng), Asked("js_similarity", ("made-1/EGY",), (), 0.1))
    assert open_.differences[0].outcome == "differ, whether enough to matter is open"


@pytest.mark.parametrize("gap_", [0.0, 0.35])
def test_models_of_two_kinds(gap_: float, count: int = 3) -> None:
    rng = np.random.default_rng(25)
    said = []
    for _ in range(count):
        errors = {f"r{k}": 0.5 + 0.05 * rng.standard_normal() for k in range(5)}
        errors |= {f"g{k}": 0.5 + gap_ + 0.05 * rng.standard_normal() for k in range(5)}
        made = world(errors, 6, 600, rng)
        keys = {"models": [f"r{k}" for k in range(5)], "others": [f"g{k}" for k in range(5)], "target": "made-1/EGY"}
        for kind in ("group-equivalent", "group-no-better"):
            said.append(claimed(made, kind=kind, **keys, smallest_effect=0.05).verdict == "supported")
    assert np.mean(said) <= 0.02 if gap_ else np.mean(said) >= 0.9


# --- the parts -----------------------------------------------------------------------------------------------------


squares = st.floats(0.0, 1.0)


@given(squares, squares, st.floats(0.001, 0.9))
def test_the_bound_on_squares_is_the_bound_on_roots(first: float, second: float, delta: float) -> None:
    apart = second**0.5 - first**0.5
    if abs(abs(apart) - delta) < 1e-6:
        return
    assert (past(first, second, delta, root=True)[0] > 0) == (apart > delta)
    assert (past(first, second, -delta, root=True)[0] > 0) == (apart > -delta)


@given(squares, squares)
def test_the_gap_is_the_difference_of_roots(first: float, second: float) -> None:
    assert gap(first, second, root=True) == pytest.approx(second**0.5 - first**0.5, abs=1e-6)
    assert gap(first, second, root=False) == second - first
    assert gap(-0.01, 0.01, root=True) == pytest.approx(0.02**0.5)


@given(st.floats(0.01, 1), st.floats(0.01, 1), st.floats(0.02, 0.5))
def test_slopes_are_those_of_the_estimate(first: float, second: float, delta: float) -> None:
    if abs(2 * (first + second) - 2 * delta**2) < 1e-3:
        return
    step = 1e-7
    for side in (0, 1):
        moved = [first, second]
        moved[side] += step
        for bound in (delta, -delta, 0.0):
            was, slopes = past(first, second, bound, root=True)
            now, _ = past(moved[0], moved[1], bound, root=True)
            assert (now - was) / step == pytest.approx(slopes[side], abs=1e-4)


def test_the_squared_gap_is_the_energy_distance_and_its_noise_is_exact() -> None:
    rng = np.random.default_rng(26)
    codes = np.array([[1.0, 2.0, 4.0, 7.0], [4.0, 1.0, 2.0, 3.0]])
    p, h = rng.dirichlet(np.ones(4), (2, 2))
    length = codes.max(axis=-1) - codes.min(axis=-1)
    once = squared_gap(p, h, codes)
    assert once == pytest.approx(energy_distance(p, h, codes) ** 2 / (2 * length))
    n = 40
    drawn = rng.multinomial(n, h, (20_000, 2)) / n
    noise = squared_gap(p, drawn, codes).mean(axis=0) - once
    assert noise == pytest.approx(squared_gap_noise(h, codes, np.full(2, float(n))), rel=0.05)
    step = 1e-6 * (np.eye(4)[0] - np.eye(4)[2])
    slope = (squared_gap(p, h + step, codes) - once) / 1e-6
    gradient = squared_gap_gradient(p, h, codes)
    assert slope == pytest.approx(gradient[:, 0] - gradient[:, 2], abs=1e-4)


def test_swapping_the_sides_swaps_the_tests() -> None:
    made = world({"a": 0.3, "b": 0.6}, 5, 300, np.random.default_rng(27))
    target = find_target(made, "made-1/EGY")
    view = one_view(made, target, ["a", "b"], {})
    sides = Side("respondent", "a"), Side("respondent", "b")
    one, two = (compared(made, yardstick("js_similarity"), target, view, s, 0.05) for s in (sides, sides[::-1]))
    assert one.p_within == pytest.approx((two.p_within or ())[::-1])
    assert one.found.sameness is not None and two.found.sameness is not None
    assert one.found.sameness.value == pytest.approx(-two.found.sameness.value)


def plain(p_within: tuple[float, float] | None) -> Evidence:
    return Evidence(0.0, (-0.02, 0.02), (-0.01, 0.01), 0.5, 0.5, 0.001, 0.1, p_within=p_within)


@pytest.mark.parametrize(
    ("rule", "word"), [(equivalent, "supported"), (not_better, "supported"), (at_least, "refuted")]
)
def test_noise_taken_out_can_only_take_a_verdict_away(rule: Any, word: str) -> None:
    assert rule(plain(None), 0.05).verdict == rule(plain((0.01, 0.01)), 0.05).verdict == word
    assert rule(plain((0.01, 0.2)), 0.05).verdict == "undecided"
    if rule is equivalent:
        assert rule(plain((0.2, 0.01)), 0.05).verdict == "undecided"
        assert "noise taken out" in rule(plain((0.2, 0.01)), 0.05).reason
