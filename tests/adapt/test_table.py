"""The arithmetic of the honest table: intervals over seeds, paired differences, verdicts, margins."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tawazun.adapt.recipe_keys import TableKeys
from tawazun.adapt.table import (
    change_row,
    described,
    difference_row,
    mean_over_targets,
    outcome_of,
    over,
    value_row,
    with_margin,
    within,
)
from tawazun.adapt.table_deploy import NO, OPEN, YES, deployment, guarded, mark_of
from tawazun.adapt.table_records import Column, Reading, Readings, Row, table_frame

LESS = Column("fit", "fit", "index points", -1, "gain")
HELD = Column("held_out", "held-out items", "JS distance", -1, "gain", sample=True)
MORE = Column("knowledge:exam", "knowledge", "share of points", 1, "loss")
values = st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=8)


def seeds(*numbers: float) -> dict[int | None, Reading]:
    return {seed: Reading(number) for seed, number in enumerate(numbers)}


@given(values)
def test_the_interval_over_seeds_is_students(numbers: list[float]) -> None:
    row = value_row("de", LESS, "EGY", seeds(*numbers))
    sem = stats.sem(numbers)
    assert row.value == pytest.approx(np.mean(numbers))
    assert row.low is not None
    assert row.value is not None
    assert row.value - row.low == pytest.approx(stats.t.ppf(0.975, len(numbers) - 1) * sem, abs=1e-6)
    assert row.n == len(numbers)
    assert "seeds" in row.method


@given(values, values)
def test_a_difference_is_that_of_the_arms_and_turns_with_them(one: list[float], other: list[float]) -> None:
    n = min(len(one), len(other))
    a, b = seeds(*one[:n]), seeds(*other[:n])
    there, back = difference_row(("a", "b"), LESS, "EGY", a, b), difference_row(("b", "a"), LESS, "EGY", b, a)
    assert there
    assert back
    assert there.value == pytest.approx(-back.value, abs=1e-9)  # type: ignore[operator]
    assert {there.outcome, back.outcome} in ({"win", "loss"}, {"tie"})


def test_two_seeds_have_no_interval_and_say_so() -> None:
    row = value_row("de", LESS, "EGY", seeds(1.0, 2.0))
    assert (row.value, row.low, row.high, row.level) == (1.5, None, None, None)
    assert "3 seeds are needed" in row.why


def test_an_arm_without_seeds_keeps_the_interval_of_its_measure() -> None:
    row = value_row("persona", LESS, "EGY", {None: Reading(3.0, 2.0, 4.0, 8.0, "jackknife over wordings")})
    assert (row.low, row.high, row.n, row.method) == (2.0, 4.0, 8.0, "jackknife over wordings")
    bare = value_row("persona", LESS, "EGY", {None: Reading(3.0)})
    assert bare.low is None
    assert bare.why


def test_a_seed_that_failed_is_counted_and_its_reason_kept_where_all_did() -> None:
    some: dict[int | None, Reading] = {0: Reading(1.0), 1: Reading(1.2), 2: Reading(1.1), 3: Reading(why="NaN")}
    row = value_row("de", LESS, "EGY", some)
    assert row.n == 3
    assert "seeds without a value: 1" in row.why
    none = value_row("de", LESS, "EGY", {0: Reading(why="all refused"), 1: Reading(why="all refused")})
    assert (none.value, none.why, none.interpretable) == (None, "all refused", False)


def test_a_closed_gate_withholds_the_verdict_and_keeps_the_value() -> None:
    closed: dict[int | None, Reading] = {
        seed: Reading(one, interpretable=False, why="mass 0.2") for seed, one in enumerate((1.0, 1.1, 0.9))
    }
    row = difference_row(("de", "default"), LESS, "EGY", closed, {None: Reading(9.0)})
    assert row
    assert row.value == pytest.approx(-8.0)
    assert (row.outcome, row.interpretable) == ("", False)
    assert "mass 0.2" in row.why


def test_arms_without_seeds_are_paired_over_items() -> None:
    one = Reading(2.0, items={"a": 1.0, "b": 2.0, "c": 3.0})
    other = Reading(3.0, items={"a": 2.01, "b": 3.0, "c": 3.99})
    row = difference_row(("persona", "default"), HELD, "EGY", {None: one}, {None: other})
    assert row
    assert row.outcome == "win"
    assert row.value == pytest.approx(-1.0)
    assert "over 3 items" in row.method
    fit = difference_row(("persona", "default"), LESS, "EGY", {None: one}, {None: other})
    assert fit
    assert (fit.value, fit.low, fit.outcome) == (pytest.approx(-1.0), None, "")
    assert "all items that there are" in fit.why
    few = difference_row(("p", "d"), HELD, "EGY", {None: Reading(1.0, items={"a": 1.0})}, {None: other})
    assert few
    assert few.low is None
    assert few.outcome == ""


def test_a_weighted_column_keeps_its_own_difference() -> None:
    one = Reading(5.0, items={"a": 1.0, "b": 2.0, "c": 3.0})
    other = Reading(9.0, items={"a": 1.5, "b": 2.7, "c": 3.6})
    row = difference_row(("persona", "default"), HELD, "EGY", {None: one}, {None: other})
    assert row
    assert row.value == -4.0
    assert row.low is not None
    assert row.high is not None
    assert (row.low + row.high) / 2 == pytest.approx(-4.0)


@pytest.mark.parametrize(
    ("low", "high", "better", "outcome"),
    [
        (-2, -1, -1, "win"),
        (1, 2, -1, "loss"),
        (-1, 1, -1, "tie"),
        (1, 2, 1, "win"),
        (-2, -1, 1, "loss"),
        (0, 1, 1, "tie"),
    ],
)
def test_the_whole_interval_decides(low: float, high: float, better: int, outcome: str) -> None:
    assert outcome_of(Row("a", "c", "t", value=0.0, low=low, high=high), better) == outcome


def test_a_difference_without_direction_or_interval_has_no_verdict() -> None:
    assert outcome_of(Row("a", "c", "t", value=1.0, low=1.0, high=2.0), 0) == ""
    assert outcome_of(Row("a", "c", "t", value=1.0), 1) == ""


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [(-0.01, 0.02, "non-inferior"), (-0.03, 0.01, "not shown"), (-0.09, -0.03, "worse"), (-0.02, 0.0, "not shown")],
)
def test_non_inferiority_is_shown_by_the_whole_interval(low: float, high: float, outcome: str) -> None:
    assert with_margin(Row("a", "c", "t", value=(low + high) / 2, low=low, high=high), 0.02).outcome == outcome
    assert with_margin(Row("a", "c", "t", value=0.0), 0.02).outcome == "not shown"


def test_a_change_over_seeds_holds_the_error_of_the_items_too() -> None:
    tight: dict[int | None, Reading] = {seed: Reading(-0.01, -0.06, 0.04) for seed in range(3)}
    row = change_row("de", MORE, "EGY", tight, 0.02)
    assert row.low == pytest.approx(-0.06)  # seeds agree, items do not: the interval is theirs
    assert row.outcome == "not shown"
    spread: dict[int | None, Reading] = {
        0: Reading(-0.05, -0.1, 0.0),
        1: Reading(0.0, -0.05, 0.05),
        2: Reading(0.05, 0.0, 0.1),
    }
    wide, seeds_alone = change_row("de", MORE, "EGY", spread, 0.02), over([-0.05, 0.0, 0.05], "seeds", 3)
    assert wide.high is not None
    assert seeds_alone.high is not None
    assert wide.high == pytest.approx(math.hypot(seeds_alone.high, 0.05))


def test_means_over_targets_need_every_target() -> None:
    both = mean_over_targets([seeds(1.0, 2.0, 3.0), seeds(3.0, 4.0, 5.0)])
    assert [one.value for one in both.values()] == [2.0, 3.0, 4.0]
    assert mean_over_targets([seeds(1.0), {}]) == {}
    assert mean_over_targets([{0: Reading(1.0)}, {0: Reading(None, why="x")}]) == {}
    assert mean_over_targets([]) == {}


def test_rows_become_a_table_with_the_contracts_columns() -> None:
    frame = table_frame([Row("de", "fit", "EGY", value=1.0, n=3.0), Row("pso", "fit", "EGY", why="absent")])
    assert frame.columns[:5] == ["arm", "column", "target", "versus", "value"]
    assert set("value low high level unit n method interpretable why".split()) <= set(frame.columns)
    assert frame["value"].to_list() == [1.0, None]
    assert table_frame([]).height == 0


def test_bounds_stop_where_the_scale_does() -> None:
    assert within(Row("a", "c", "t", value=1.0, low=-2.0, high=4.0), 0.0).low == 0.0
    assert within(Row("a", "c", "t", value=1.0), 0.0).low is None
    bare = described(Row("a", "c", "t", value=1.0, low=0.0, high=2.0), "a reason")
    assert (bare.low, bare.high, bare.why) == (None, None, "a reason")


def test_an_adapter_that_lost_knowledge_is_marked() -> None:
    kept, lost = Reading(0.0, -0.01, 0.01), Reading(-0.3, -0.4, -0.2)
    open_ = Reading(-0.01, -0.05, 0.03)
    both = {"knowledge:exam": kept, "trust:exam": kept}
    assert mark_of(both, 0.02) == {"verdict": YES, "why": [], "margin": 0.02}
    assert mark_of({"knowledge:exam": kept, "refusal:harm": kept}, 0.02)["verdict"] == YES
    worse = mark_of({"knowledge:exam": lost, "trust:exam": kept}, 0.02)
    assert worse["verdict"] == NO
    assert "worse by more than 0.02" in worse["why"][0]
    assert len(worse["why"]) == 1
    unshown = mark_of({"knowledge:exam": open_}, 0.02)
    assert unshown["verdict"] == NO
    assert "not shown" in unshown["why"][0]
    assert mark_of({"trust:exam": Reading(why="refused")}, 0.02)["verdict"] == NO
    assert mark_of({}, 0.02)["verdict"] == OPEN


@pytest.mark.parametrize(
    ("side", "missing"), [("knowledge", "trust"), ("trust", "knowledge"), ("refusal", "knowledge")]
)
def test_one_side_alone_clears_nothing(side: str, missing: str) -> None:
    mark = mark_of({f"{side}:exam": Reading(0.0, -0.01, 0.01)}, 0.02)
    assert mark["verdict"] == OPEN
    assert missing in mark["why"][0]


def test_a_benchmark_that_was_named_and_not_read_is_no_pass() -> None:
    recipe = SimpleNamespace(table=TableKeys(knowledge=["exam"], trust=["lost"], margin=0.02))
    adapter = SimpleNamespace(optimiser="de", seed=0, target=SimpleNamespace(place="EGY"))
    kept: dict[str, dict[str, Readings]] = {"knowledge:exam": {"de": {0: Reading(0.0, -0.01, 0.01)}}}
    (mark,) = deployment(SimpleNamespace(recipe=recipe), [adapter], {"EGY": kept})  # type: ignore[arg-type,list-item]
    assert (mark["verdict"], mark["why"]) == (NO, ["trust:lost: not measured"])


def test_categories_do_not_decide_about_deployment() -> None:
    assert guarded("knowledge:exam")
    assert guarded("trust:aratrust")
    assert not guarded("trust:aratrust/Privacy")
    assert not guarded("trust")
    assert not guarded("fit")
