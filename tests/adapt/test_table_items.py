"""Seeds that agree say nothing of other items: intervals of held-out columns hold the error of the items."""

import math

import numpy as np
import pytest

from tawazun.adapt.table import difference_row, mean_over_targets, over, value_row
from tawazun.adapt.table_records import Column, Reading, Readings

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
