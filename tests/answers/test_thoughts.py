"""Reasoning is kept beside a reply, and no reader looks into it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tawazun.answers import read_reply
from tawazun.answers.thoughts import with_thought, without_thought
from tests.answers.test_readers import TABLES, WORDY


@pytest.mark.parametrize("language", TABLES)
def test_the_hard_cases_read_the_same_after_any_thought(language: str) -> None:
    made = TABLES[language]
    thoughts = ("", "So the answer is A.", "Final answer: 2\n\n</thinking> D", '{"answer": "C"}', "I cannot answer.")
    for number, (name, reply, _) in enumerate((*made.ONE, *made.MANY, *made.NUMBERS)):
        options, labels, kind, pick, bounds = made.MENUS[name]
        kept = with_thought(thoughts[number % len(thoughts)], reply)
        asked = (options, labels, language, kind, pick)
        assert read_reply(kept, *asked, bounds=bounds) == read_reply(reply, *asked, bounds=bounds), reply


@pytest.mark.parametrize("language", sorted(WORDY))
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_no_reader_looks_into_a_thought(language: str, data: st.DataObject) -> None:
    menus = TABLES[language].MENUS
    options, labels, kind, pick, bounds = menus[data.draw(st.sampled_from(sorted(menus)))]
    thought, reply = data.draw(WORDY[language]), data.draw(WORDY[language])
    kept = with_thought(thought, reply)
    assert read_reply(kept, options, labels, language, kind, pick, bounds=bounds) == read_reply(
        reply, options, labels, language, kind, pick, bounds=bounds
    )


@given(st.text(), st.text())
def test_a_reply_comes_back_without_its_thought(thought: str, reply: str) -> None:
    kept = with_thought(thought, reply)
    assert kept.startswith("<think>\n") and kept.endswith(reply.lstrip())
    if "</think>" not in thought:
        assert without_thought(kept) == reply.lstrip()


@pytest.mark.parametrize("text", ["", "B", "<think>never closed", "A </think> B", "before <think>\nx\n</think>\n\nB"])
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert without_thought(text) == text
