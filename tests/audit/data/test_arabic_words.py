"""Arabic words of CAMeL tools: those of its own rules on whole texts, whatever the texts."""

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tawazun.audit.data import batch_of
from tawazun.audit.data.arabic_words import NEEDED, installed, rules
from tawazun.audit.data.countries import country_names
from tawazun.audit.data.segmenters import segmented
from tawazun.audit.data.words import Words

WHY = f"needs {', '.join(NEEDED)}: pip install --no-deps camel-tools emoji regex"
camel = pytest.mark.skipif(not installed(), reason=WHY)
LETTERS = st.sampled_from("ابتةىيأإآءلهـًَُِّْٰٱ،؛؟. \n\u00a0\u200c\u200f#@_5٣ab👍🏽❤️ﷺﻻ²½\u20e3\u0085\x1c")


def words_of(found: Words) -> list[list[str]]:
    """Words of every text as they stand in it."""
    bounds = found.starts.tolist()
    listed = [found.vocabulary[i] for i in found.ids]
    return [listed[begin:end] for begin, end in pairwise(bounds)]


@camel
@given(st.lists(st.text(LETTERS, max_size=40) | st.text(max_size=20), max_size=6))
@example(["", "مَدْرَسَة مدرسة", "5️⃣ 👩‍👩‍👧", "\x1c", "ﷺ", "#️⃣كتب *⃣كتب 5⃣كتب", "كتب#️⃣", "ؤٕ اٗٔ وـٔ", "(«كُتُب»)، K2 İ"])
@settings(max_examples=150)
def test_words_are_those_of_the_rules_on_whole_texts(texts: list[str]) -> None:
    found = segmented(texts, "ar")
    assert found.segmenter.startswith("camel-tools ")
    clean = [text.encode("utf-8", "replace").decode() for text in texts]
    assert words_of(found) == [list(rules()(text)) for text in clean]
    assert found.lengths.tolist() == [len(rules()(text)) for text in clean]


@camel
def test_one_word_in_all_its_spellings_is_one_word() -> None:
    found = segmented(["كَتَبَ كتـــب كتب، (كتب) #كتب", "أحمد احمد إحمد"], "ar-EG")
    assert set(found.vocabulary) == {"كتب", "احمد"} and found.lengths.tolist() == [5, 3]
    assert segmented([], "ar").lengths.tolist() == []


def test_without_camel_tools_arabic_is_cut_by_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tawazun.audit.data.segmenters.installed", lambda: False)
    found = segmented(["كَتَبَ كتب، #كتب"], "ar")
    assert (found.segmenter, list(found.vocabulary)) == ("arabic-light", ["كتب"])
    assert batch_of(["كتب"], "ar").words.segmenter == "arabic-light"


def test_what_is_eaten_names_no_country() -> None:
    """Peanuts are called Sudanese, coconuts Indian, and a cup is written as Cuba."""
    texts = [
        "زبدة الفول السوداني وجوز الهند والزبادي اليوناني",
        "كوبا من الماء",
        "الشعب السوداني يزرع الفول السوداني",
        "زار الهند",
    ]
    found = batch_of(texts, "ar").countries
    column = list(country_names("ar").classes).index
    assert found[0].sum() == 0 and found[1].sum() == 0
    assert found[2, column("SDN")] == 1 and found[3, column("IND")] == 1


def test_amman_is_not_oman() -> None:
    """The city and the country are spelled alike without vowel signs; what leaves no doubt is counted."""
    found = batch_of(["سافرت إلى عمان", "سلطنة عُمان", "الشاعر العماني"], "ar").countries
    column = list(country_names("ar").classes).index("OMN")
    assert found[0].sum() == 0 and found[1, column] == 1 and found[2, column] == 1
