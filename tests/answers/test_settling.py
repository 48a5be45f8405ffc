"""A reading that settles while a reply is still being written must be the reading of the whole reply."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tawazun.answers import read_reply, settled
from tests.answers.test_readers import SAYS, TABLES

AGREE = ("Strongly agree", "Agree", "Neutral", "Disagree", "Strongly disagree")
LABELS = tuple("ABCDE")


def first_settled(reply: str, menu: tuple[Any, ...], language: str) -> tuple[int, Any]:
    """How many characters it takes until a reply settles (one more than it has when it never does), and the reading."""
    options, labels, kind, pick, bounds = menu
    for length in range(1, len(reply) + 1):
        found = settled(reply[:length], options, labels, language, kind, pick, bounds=bounds)
        if found is not None:
            return length, found
    return len(reply) + 1, None


@pytest.mark.parametrize("language", TABLES)
def test_what_settles_is_what_is_read_in_the_end(language: str) -> None:
    made = TABLES[language]
    for name, reply, _ in (*made.ONE, *made.NUMBERS, *made.HOSTILE):
        menu = made.MENUS[name]
        _, early = first_settled(reply, menu, language)
        options, labels, kind, pick, bounds = menu
        if early is not None:
            whole = read_reply(reply, options, labels, language, kind, pick, bounds=bounds)
            assert (early.chosen, early.number) == (whole.chosen, whole.number), reply


@pytest.mark.parametrize(
    ("reply", "by"),
    [
        ("B\n\nExplanation: tradition matters a lot to people here.", "B\n\nExplanation:"),
        ("B because tradition matters a lot.", "B because t"),
        (
            "Answer: B\n\nMany people in this country see the family as the base.",
            "Answer: B\n\nMany people in this country se",
        ),
        ("Let me weigh A and C.\n\nFinal answer: D\n\nHope it helps.", "Let me weigh A and C.\n\nFinal answer: D\n\n"),
        ("So \\boxed{D}\n", "So \\boxed{D}\n"),
        ("<think>A or C?</think><answer>B</answer> and more", "<think>A or C?</think><answer>B</answer>"),
        ('{"answer": "B", "reason": "it fits"}', '{"answer": "B",'),
    ],
)
def test_usual_replies_settle_early(reply: str, by: str) -> None:
    length, _ = first_settled(reply, (AGREE, LABELS, "one", 1, None), "en")
    assert length <= len(by)


@pytest.mark.parametrize(
    "reply",
    [
        "B", "B.", "B\n", "Answer: B", "The answer is B", "A. Strongly agree\n\nB. Agree\n\n", "A\n\nB\n\nC\n\n",
        "Agree\n\nDisagree", "<think>Answer: B\n\nI think that this is the one, but",
        "As an AI I have no opinions.\n\n",
        "Let me think. The answer could be A.\n\nBut then many people would see it in another way.",
        "Answer: B\n\nHowever, many people would see it in another way.",
        "1. B\n\n2. C is the one that I would name here",
        "B or", "Final answer: B", "not B because", "", '{"answer": "B"', '{"reason": "Answer: B", ',
        "I disagree. People",
    ],
)  # fmt: skip
def test_what_may_still_change_does_not_settle(reply: str) -> None:
    for length in range(len(reply) + 1):
        assert settled(reply[:length], AGREE, LABELS, "en") is None, reply[:length]


MORE = (
    "Many people in my country share this view.", "This reflects tradition and family life.", "It has always been so.",
    "Religion plays a role here as well.", "Younger people are less sure about it.",
    "\n\n", "\n", "- history\n- customs\n",
)  # fmt: skip


@pytest.mark.parametrize("language", TABLES)
@given(st.data())
@settings(max_examples=60, deadline=None)
def test_more_prose_does_not_change_what_settled(language: str, data: st.DataObject) -> None:
    options, labels, kind, pick, bounds = TABLES[language].MENUS["agree"]
    index = data.draw(st.integers(0, len(options) - 1))
    named = data.draw(st.sampled_from([labels[index], f"{labels[index]}. {options[index]}"]))
    start = data.draw(st.sampled_from(SAYS[language])).format(named) + data.draw(st.sampled_from(["\n\n", "\n", " "]))
    text = start
    for piece in data.draw(st.lists(st.sampled_from(MORE), max_size=6)):
        early = settled(text, options, labels, language, kind, pick, bounds=bounds)
        text += piece + " "
        if early is not None:
            assert early.chosen == (index,)
            assert read_reply(text, options, labels, language, kind, pick, bounds=bounds).chosen == (index,), text


def test_lists_texts_and_refusals_never_settle() -> None:
    for kind, pick in (("pair", 2), ("some", 3), ("text", 1)):
        assert settled("A, C\n\nBecause these matter to people here.", AGREE, LABELS, "en", kind, pick) is None
    assert settled("I cannot answer this question.\n\nIt is too personal for me.", AGREE, LABELS, "en") is None
    assert settled("Final answer: 40\n", (), (), "en", "number", bounds=(0.0, 100.0)) is not None
