"""What may be claimed of an arm, from readings that are made up so that the truth is known."""

from typing import Any

import numpy as np
import pytest

from tawazun.adapt.ablation.columns import VALUES
from tawazun.adapt.ablation.keys import BASE, AblationRecipe, ablation_from
from tawazun.adapt.ablation.rows import REFUSED, SUPPORTED, Claim, claims, table_rows
from tawazun.adapt.table_records import Column, Reading, Readings
from tawazun.seeds import stream
from tests.adapt.ablation.tiny import HELD, sft, table

ITEMS = 24
VALUE = Column(VALUES, "held-out items", "JS distance", -1, "gain", sample=True)
KNOWN = Column("knowledge:facts", "knowledge", "share of points", 1, "loss")


def recipe(**changes: Any) -> AblationRecipe:
    made = [
        {"name": "sft", "stages": [sft()]},
        {"name": "placebo", "control": "placebo", "stages": [sft("x-norvane")]},
    ]
    return ablation_from(table(**{"seeds": [0, 1, 2], "arm": made, **changes}), "made up")


def readings(gain: float, count: int, name: str, noise: float = 0.01) -> Readings:
    """Items that all begin at a distance of their own and come closer by `gain`, more or less."""
    begin = 0.3 + 0.1 * stream("items").standard_normal(ITEMS)
    found: dict[int | None, Reading] = {}
    for number in range(count) if count else [None]:
        each = begin - gain + noise * stream(name, number).standard_normal(ITEMS)
        mean, half = float(each.mean()), float(2 * each.std() / ITEMS**0.5)
        items = {f"i{n}": float(one) for n, one in enumerate(each)}
        found[number] = Reading(mean, mean - half, mean + half, ITEMS, items=items)
    return found


def changes(value: float, half: float) -> Readings:
    return {number: Reading(value, value - half, value + half, 50) for number in range(3)}


def told(one: AblationRecipe, gain: float, placebo: float, count: int = 3, fixed: tuple[str, ...] = ()) -> Claim:
    found = {
        VALUES: {
            BASE: readings(0, 0, "base", 0), "sft": readings(gain, count, "sft"),
            "placebo": readings(placebo, count, "placebo"),
        },
        KNOWN.name: {BASE: {None: Reading(0.0, 0.0, 0.0)}, "sft": changes(0.0, 0.02), "placebo": changes(0.0, 0.02)},
    }  # fmt: skip
    rows = table_rows(one, [VALUE, KNOWN], found, {})
    return claims(one, rows, found, fixed)[0]


def test_a_gain_that_the_placebo_does_not_have_is_supported() -> None:
    claim = told(recipe(), gain=0.1, placebo=0.0)
    assert claim.verdict == SUPPORTED
    assert claim.why == ()


def test_a_placebo_that_does_as_well_refuses_the_claim() -> None:
    claim = told(recipe(), gain=0.1, placebo=0.1)
    assert claim.verdict == REFUSED
    assert any(one.startswith("placebo does as well") for one in claim.why)


def test_a_model_that_moves_away_refuses_the_claim() -> None:
    claim = told(recipe(), gain=-0.1, placebo=0.0)
    assert any(one.startswith("base does better") for one in claim.why)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"seeds": [0, 1]}, "3 seeds are needed, there are 2"),
        ({"resamples": 0}, "1 draws of the corpora for each seed are needed, there are 0"),
        ({"gate": {"items": 30}}, "30 held-out items are needed, 24 could be read"),
    ],
)
def test_below_the_gate_nothing_is_claimed(changed: dict[str, Any], why: str) -> None:
    claim = told(recipe(**changed), gain=0.1, placebo=0.0)
    assert claim.verdict == REFUSED
    assert why in claim.why


def test_a_corpus_that_is_not_drawn_anew_refuses_the_claim() -> None:
    claim = told(recipe(), gain=0.1, placebo=0.0, fixed=("web",))
    assert claim.verdict == REFUSED
    assert "web" in claim.why[0]


def test_a_loss_of_knowledge_stands_beside_the_gain() -> None:
    one = recipe()
    found = {
        VALUES: {BASE: readings(0, 0, "base", 0), "sft": readings(0.1, 3, "sft"), "placebo": readings(0, 3, "placebo")},
        KNOWN.name: {BASE: {None: Reading(0.0, 0.0, 0.0)}, "sft": changes(-0.3, 0.02), "placebo": changes(0.0, 0.02)},
    }
    claim = claims(one, table_rows(one, [VALUE, KNOWN], found, {}), found, ())[0]
    changed = [row for row in table_rows(one, [KNOWN], found, {}) if row.arm == "sft"]
    assert [(row.versus, row.outcome) for row in changed] == [("", "worse"), (BASE, "worse")]
    assert claim.deploy == "do not deploy"
    assert claim.verdict == SUPPORTED  # of values; the page says both


def test_false_claims_are_rare_where_nothing_was_learnt() -> None:
    rng = np.random.default_rng(7)
    one, wrong = recipe(), 0
    for _trial in range(200):
        items = rng.normal(0, 0.05, (3, 3, ITEMS))  # arm and placebo: repetitions by items about the same truth
        shared = 0.3 + rng.normal(0, 0.05, ITEMS)

        def arm(number: int, items: np.ndarray = items, shared: np.ndarray = shared) -> Readings:
            found: dict[int | None, Reading] = {}
            for rep in range(3):
                each = shared + items[number, rep]
                half = float(2.07 * each.std(ddof=1) / ITEMS**0.5)
                named = {f"i{n}": float(v) for n, v in enumerate(each)}
                found[rep] = Reading(
                    float(each.mean()), float(each.mean()) - half, float(each.mean()) + half, 24, items=named
                )
            return found

        base: Readings = {None: arm(2)[0]}
        found = {VALUES: {BASE: base, "sft": arm(0), "placebo": arm(1)}}
        wrong += claims(one, table_rows(one, [VALUE], found, {}), found, ())[0].verdict == SUPPORTED
    assert wrong <= 10


def test_the_tiny_recipe_holds_out_what_it_says() -> None:
    assert set(recipe().values.items) == set(HELD)


def test_what_a_stage_added_is_the_difference_from_the_arm_that_it_goes_on_from() -> None:
    made = [
        {"name": "sft", "stages": [sft()]},
        {"name": "more", "stages": [sft(), sft("x-takumo")]},
        {"name": "placebo", "control": "placebo", "stages": [sft("x-norvane")]},
    ]
    one = recipe(arm=made)
    gains = {"sft": 0.1, "more": 0.15, "placebo": 0.0}
    found = {VALUES: {BASE: readings(0, 0, "base", 0), **{name: readings(g, 3, name) for name, g in gains.items()}}}
    rows = {(row.arm, row.versus): row for row in table_rows(one, [VALUE], found, {})}
    assert one.before(one.arm[1]) == "sft"
    assert one.before(one.arm[0]) == one.before(one.arm[2]) == ""
    assert rows["more", "sft"].value == pytest.approx(-0.05, abs=0.01)
    assert rows["more", "sft"].outcome == "win"
    assert ("sft", "more") not in rows
