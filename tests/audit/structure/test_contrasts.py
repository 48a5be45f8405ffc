"""Contrasts of two sets: by kinds of rows, and by pairs."""

import numpy as np
import pytest

from tawazun.audit.data.contrasts import contrast, contrast_pairs, contrast_within, counterparts


def test_a_mix_of_kinds_is_no_difference_within_kinds() -> None:
    rng = np.random.default_rng(1)
    kinds = np.repeat(["grammar", "recipe"], (160, 40)), np.repeat(["grammar", "recipe"], (40, 160))
    first, second = (np.where(own == "grammar", 3.0, 0.0) + rng.normal(size=200) for own in kinds)
    assert contrast(first, second).low > 1
    within = contrast_within(first, second, kinds)
    assert within.low < 0 < within.high and within.auc_low < 0.5 < within.auc_high
    assert contrast_within(first + 1, second, kinds).low > 0.5


def test_kinds_of_one_side_are_left_out() -> None:
    found = contrast_within(
        np.array([1.0, 2, 3, 9, 9]), np.array([1.0, 2, np.nan]), (np.array([*"aaabb"]), np.array([*"aaa"]))
    )
    assert found.n == (3, 2) and found.difference == pytest.approx(0.5)
    assert np.isnan(contrast_within(np.ones(3), np.ones(3), (np.array([*"aaa"]), np.array([*"bbb"]))).difference)


def test_pairs_are_drawn_together() -> None:
    rng = np.random.default_rng(2)
    hard = 5 * rng.normal(size=40)
    first, second = hard + 1 + 0.2 * rng.normal(size=40), hard
    paired, free = contrast_pairs(first, second), contrast(first, second)
    assert paired.difference == pytest.approx(free.difference)
    assert 0.8 < paired.low < paired.high < 1.2 and free.low < 0
    first[0], second[1] = np.nan, np.nan
    assert contrast_pairs(first, second).n == (38, 38)


@pytest.mark.slow
def test_halves_of_one_set_differ_in_about_five_percent() -> None:
    rng = np.random.default_rng(3)
    rows = rng.poisson(2, size=400).astype(float)
    seen = []
    for _ in range(200):
        moved = rng.permutation(rows)
        found = contrast(moved[:200], moved[200:], draws=100)
        seen.append(found.clear)
    # three standard errors of 200 worlds
    assert np.mean(seen) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_edited_rows_find_what_they_were_made_of() -> None:
    made_of = ["boil the rice with two cups of water", "fry an onion in butter", "a line that was thrown away"]
    edited = ["a new line of nobody else", "fry an onion in olive oil", "boil the rice with two glasses of water"]
    rows, others = counterparts(edited, made_of, 0.4)
    assert list(zip(rows.tolist(), others.tolist(), strict=True)) == [(1, 1), (2, 0)]
    # each row once, although both rows have their best counterpart in the same
    rows, others = counterparts(["one two three", "one two three"], ["one two three"], 0.3)
    assert len(rows) == len(others) == 1
    assert [len(one) for one in counterparts([], ["x"], 0.3)] == [0, 0]
    assert [len(one) for one in counterparts(["", "!"], ["", "?"], 0.1)] == [0, 0]
