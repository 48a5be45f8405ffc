"""Seeds that agree say nothing of other items: intervals of held-out columns hold the error of the items."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tawazun.adapt.table import change_row, difference_row, mean_over_targets, over, value_row
from tawazun.adapt.table_arms import Arm
from tawazun.adapt.table_records import DEFAULT, Column, Reading, Readings
from tawazun.adapt.table_rows import over_targets, rows_of
from tests.adapt.test_table_planted import planted_ground

HELD = Column("held_out", "held-out items", "JS distance", -1, "gain", sample=True)
FIT = Column("fit", "fit", "index points", -1, "gain")
GAPS = dict(zip("abcdefgh", (-0.2, 0.15, -0.1, 0.1, -0.25, 0.05, -0.02, 0.03), strict=True))
PERSONA: Readings = {None: Reading(0.4, items=dict.fromkeys(GAPS, 0.4))}


def tuned(moved: float = 0.0) -> Readings:
    """Three seeds that agree, and differ from the persona up and down by item."""
    found: dict[int | None, Reading] = {}
    for seed, noise in enumerate((0.0, 0.001, -0.001)):
        items = {name: 0.4 + gap + moved + noise for name, gap in GAPS.items()}
        found[seed] = Reading(float(np.mean(list(items.values()))), 0.3, 0.5, items=items)
    return found


def test_agreeing_seeds_do_not_win_on_items_that_disagree() -> None:
    row = difference_row(("de", "persona"), HELD, "t", tuned(), PERSONA)
    fit = difference_row(("de", "persona"), FIT, "t", tuned(), PERSONA)
    assert row and fit
    assert (row.outcome, fit.outcome) == ("tie", "win")
    assert "over 8 items" in row.method


def test_the_interval_is_that_of_seeds_and_items_together() -> None:
    row = difference_row(("de", "persona"), HELD, "t", tuned(), PERSONA)
    assert row and row.low is not None and row.high is not None
    mean = float(np.mean(list(GAPS.values())))
    seeds, items = over([mean, mean + 0.001, mean - 0.001], "seeds", 3), over(list(GAPS.values()), "items", 3)
    halves = [(one.high - one.low) / 2 for one in (seeds, items) if one.low is not None and one.high is not None]
    assert (row.high - row.low) / 2 == pytest.approx(math.hypot(*halves))
    assert (row.high + row.low) / 2 == pytest.approx(mean)


def test_a_gain_on_every_item_is_still_a_win() -> None:
    row = difference_row(("de", "persona"), HELD, "t", tuned(-0.3), PERSONA)
    both = difference_row(("de", "random_search"), HELD, "t", tuned(-0.3), tuned())
    assert row and both
    assert (row.outcome, both.outcome) == ("win", "win")


def test_a_value_over_seeds_holds_the_error_of_its_items() -> None:
    row = value_row("de", HELD, "t", tuned())
    assert row.low is not None and row.high is not None
    assert (row.high - row.low) / 2 > 0.1


def test_without_items_in_common_there_is_no_verdict() -> None:
    row = difference_row(("de", "persona"), HELD, "t", tuned(), {None: Reading(0.4, items={"z": 0.4})})
    assert row
    assert (row.low, row.outcome) == (None, "")
    assert "items in common" in row.why


def test_means_over_targets_keep_the_items() -> None:
    targets = mean_over_targets([tuned(), tuned(0.1)])
    persona = mean_over_targets([PERSONA, PERSONA])
    row = difference_row(("de", "persona"), HELD, "all targets", targets, persona)
    assert row
    assert row.outcome == "tie"
    assert row.value == pytest.approx(float(np.mean(list(GAPS.values()))) + 0.05)
    assert "targets, as they are" in value_row("de", HELD, "all targets", targets).method


def test_rounding_is_no_win() -> None:
    noise: Readings = {seed: Reading(-1e-8 + seed * 1e-10) for seed in range(3)}
    row = difference_row(("near", "default"), FIT, "t", noise, {None: Reading(0.0)})
    assert row and row.high is not None and row.high < 0
    assert row.outcome == "tie"


EXAM = Column("knowledge:exam", "knowledge", "share of points", 1, "loss")


def test_over_targets_not_worse_needs_the_items_too() -> None:
    few: Readings = {seed: Reading(0.0, -0.3, 0.3, n=10) for seed in range(3)}
    assert change_row("de", EXAM, "t", few, 0.02).outcome == "not shown"
    row = change_row("de", EXAM, "all targets", mean_over_targets([few, few]), 0.02)
    assert (row.low, row.high) == (pytest.approx(-0.3), pytest.approx(0.3))
    assert row.outcome == "not shown"


def test_a_change_whose_items_have_no_error_is_not_shown() -> None:
    bare: Readings = {seed: Reading(0.01) for seed in range(3)}
    row = change_row("de", EXAM, "t", bare, 0.02)
    assert (row.low, row.outcome) == (None, "not shown")
    assert "items' error is unknown" in row.why


def test_a_value_over_targets_holds_the_error_of_its_items() -> None:
    one, both = (value_row("de", HELD, "t", own) for own in (tuned(), mean_over_targets([tuned(), tuned()])))
    assert both.low == pytest.approx(one.low)
    assert both.high == pytest.approx(one.high)


def test_the_error_of_items_without_an_interval_is_taken_over_them() -> None:
    """Of several languages a reading has no interval of its own; its items have."""
    bare = {seed: replace(one, low=None, high=None) for seed, one in tuned().items()}
    row = value_row("de", HELD, "t", bare)
    assert row.low is not None and row.high is not None
    items = over([0.4 + gap for gap in GAPS.values()], "items", 3)
    assert items.low is not None and items.high is not None
    assert (row.high - row.low) / 2 >= (items.high - items.low) / 2
    nothing = value_row("de", HELD, "t", {seed: Reading(0.4 + seed / 100) for seed in range(3)})
    assert nothing.low is None and "seeds alone would hide it" in nothing.why


def test_seeds_that_are_copies_of_one_adapter_win_nothing(tmp_path: Path) -> None:
    """Searches that end at the same point are one search: seeds that cannot differ show no spread."""

    def searched(*held: bytes) -> Arm:
        folders: dict[int | None, Path | None] = {}
        for seed, content in enumerate(held):
            folders[seed] = folder = tmp_path / content.decode() / str(seed)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "soft_prompt.safetensors").write_bytes(content)
        return Arm("de_pbest_1", folders)

    default: Readings = {None: Reading(5.0)}
    reached: Readings = {seed: Reading(4.0) for seed in range(3)}
    ground = planted_ground()
    for held, outcome in (((b"a", b"b", b"c"), "win"), ((b"a", b"a", b"a"), ""), ((b"a", b"b", b"b"), "")):
        arms = [Arm(DEFAULT, {None: None}), searched(*held)]
        found = {"fit": {DEFAULT: default, "de_pbest_1": reached}}
        rows = rows_of(ground, "t", arms, {"fit": FIT}, found, {})
        (row,) = [one for one in rows if one.versus == DEFAULT]
        assert row.outcome == outcome
        assert ("counted once: seed" in row.why) == (not outcome)
        everybody = over_targets(ground, {"t": arms, "u": arms}, {"fit": FIT}, {"t": found, "u": found})
        assert [one.outcome for one in everybody if one.versus == DEFAULT] == [outcome]
