"""Reasons in the page's language: the sentences of gates are known word for word, others stay as they are."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.estimates import Estimate
from tawazun.measures.gates import _massless, _mismatched, _too_wide
from tawazun.report.reasons import OWN, reason_in
from tawazun.report.words import words
from tawazun.study import GateKeys

ARABIC, ENGLISH = words("ar"), words("en")
LATIN = re.compile(r"[A-Za-z]{3}")
BLANKS = {"value": "0.541", "gate": "0.9", "k": "7", "n": "10", "chance": "0.02"}


@pytest.mark.parametrize("key", [key for key in ENGLISH.part("reason") if key not in OWN])
def test_every_reason_of_the_list_is_recognised_and_said_in_arabic(key: str) -> None:
    english, arabic = ENGLISH.plain(f"reason.{key}", **BLANKS), ARABIC.plain(f"reason.{key}", **BLANKS)
    assert reason_in(ARABIC, english) == arabic
    assert reason_in(ENGLISH, english) == english
    assert not LATIN.search(arabic.replace("measure.reference", "").replace("measure.groups", ""))


def test_what_gates_write_is_in_the_list() -> None:
    gates = GateKeys(half_width=0.01)
    wide = Estimate("js_similarity", "one", "toy", value=0.5, low=0.1, high=0.9, level=0.95)
    written = (
        _massless(np.full((2, 4), 0.5), gates),
        _massless(np.array([[0.0] * 9 + [0.4]] * 2), gates),
        *_mismatched((0.9, 0.01), gates),
        *_too_wide(wide, gates),
    )
    for why in written:
        assert why and not LATIN.search(reason_in(ARABIC, why)), why


def test_a_reason_in_several_parts_is_said_part_by_part() -> None:
    said = reason_in(ARABIC, "no interval: one place of a panel; nearest are the people of EGY")
    assert said == "بلا مجال ثقة: مكان واحد من مجموعة؛ \u2066nearest are the people of EGY\u2069"


@given(st.text(max_size=40))
def test_what_is_in_no_list_is_kept_whole(text: str) -> None:
    assert reason_in(ENGLISH, text) == text
    bare = reason_in(ARABIC, f"x{text}").replace("\u2066", "").replace("\u2069", "").replace("؛ ", "; ")
    assert bare == f"x{text}".replace("\u2066", "").replace("\u2069", "").replace("؛ ", "; ")
