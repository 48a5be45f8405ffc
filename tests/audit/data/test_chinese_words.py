"""Chinese words: the same as jieba's own, on anything."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tawazun.audit.data.chinese_words import Cutter

jieba = pytest.importorskip("jieba")
COMMON = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多"
)


@pytest.fixture(scope="module")
def cut() -> Any:
    jieba.setLogLevel("WARNING")
    jieba.initialize()
    return Cutter(jieba)


@given(
    text=st.text(
        st.one_of(st.sampled_from(COMMON), st.sampled_from("a1. ,。-%#龘㐀\n𠀀"), st.characters()), max_size=60
    )
)
@settings(max_examples=150)
@example(text="")
@example(text="程序员祝海林和朱会震是在孙健的左面和右面")
@example(text="韩玉赏鉴3.14%的C++代码")
def test_any_text_is_cut_as_jieba_cuts_it(cut: Any, text: str) -> None:
    assert list(cut(text)) == list(jieba.cut(text))
    assert "".join(cut(text)) == text


def test_words_of_the_dictionary_in_any_order_are_cut_as_jieba_cuts_them(cut: Any) -> None:
    draw = random.Random(4)
    words = draw.sample(sorted(jieba.dt.FREQ), 6_000)
    for i in range(0, len(words), 30):
        text = "".join(words[i : i + 30])
        assert list(cut(text)) == list(jieba.cut(text))


@pytest.mark.data
def test_real_answers_are_cut_as_jieba_cuts_them(cut: Any, data_folder: Path) -> None:
    rows = json.loads((data_folder / "zh_demo" / "alpaca_zh_demo.json").read_text(encoding="utf-8"))
    for one in rows[:400]:
        assert list(cut(one["output"])) == list(jieba.cut(one["output"]))
