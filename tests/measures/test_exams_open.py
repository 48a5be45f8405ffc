"""Open answers: what counts as holding an accepted one, in scripts with and without spaces."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.instruments import Exam, Instrument, Question, Wording
from tawazun.measures.exams_open import accepted_answers, answer_words, capped, holds, points
from tests.measures import exam_toys as toys
from tests.measures.by_hand import one
from tests.toys import SOURCE


@pytest.mark.parametrize(
    ("reply", "answer", "held"),
    [
        ("People eat Koshari, mostly.", "koshari", True),
        ("It is cous-cous", "couscous", False),
        ("They play backgammon there", "back", False),
        ("a bowl of rice and lentils", "rice and lentils", True),
        ("lentils and rice", "rice and lentils", False),
        ("<think>football?</think> Handball.", "football", False),
        ("يأكل الناس الكُشَري عادةً", "كشري", True),
        ("الكشـــري", "الكشرى", True),
        ("أكلة شعبيّة: ملوخيّة", "ملوخية", True),
        ("والأرز", "أرز", True),
        ("بلاد كثيرة", "لاد", False),
        ("朝ごはんに味噌汁を飲みます", "味噌汁", True),
        ("朝ごはんにパンを食べます", "味噌汁", False),
        ("中国人过年吃饺子。", "饺子", True),
        ("लोग दाल और चावल खाते हैं", "चावल", True),
        ("चावलों", "चावल", False),
        ("about 10 times", "10", True),
        ("about 100 times", "10", False),
    ],
)  # fmt: skip
def test_an_answer_is_held_word_by_word(reply: str, answer: str, held: bool) -> None:
    assert holds(answer_words(reply), answer_words(answer)) is held


def test_weights_are_those_of_the_commonest_answer_held() -> None:
    accepted = accepted_answers({"Tea": 3.0, "tea!": 1.0, "coffee": 2.0, "": 9.0, "milk": 0.0})
    assert sorted(accepted.values()) == [2.0, 4.0]
    assert points(answer_words("coffee"), accepted, weighted=True) == 0.5
    assert points(answer_words("coffee or tea"), accepted, weighted=True) == 1.0
    assert points(answer_words("milk"), accepted, weighted=False) == 0.0


@given(st.text(max_size=80), st.text(max_size=12))
def test_nothing_is_held_by_accident(reply: str, answer: str) -> None:
    words = answer_words(answer)
    assert holds(answer_words(reply), words) <= bool(words)
    assert not words or holds(words, words)
    assert len(capped(answer_words(reply * 9))) <= 40


def opened() -> Instrument:
    """Two questions about drinks, in two places."""
    made = [
        Question(f"o{k}", "text", (), (Wording("w1", "en", "What do people drink?", ()),), tags=(f"place:{place}",))
        for k, place in enumerate(("here", "there"))
    ]
    references = {"o0": {"tea": 4.0, "mint tea": 1.0}, "o1": {"coffee": 3.0, "tea": 1.0}}
    exam = Exam(metric="sem_b", groups=("place",))
    return Instrument("toy_open", "A toy", tuple(made), SOURCE, "anything", exam=exam, references=references)


def cells(*replies: tuple[str, ...]) -> list[dict[str, Any]]:
    shared = {"refused": 0.0, "unread": 0.0, "off_menu": None, "mode": "sample", "decoding": "t=1"}
    return [{"question": f"o{k}", "text": list(texts), "n": len(texts), **shared} for k, texts in enumerate(replies)]


def test_both_scores_stand_with_their_floor_and_their_groups() -> None:
    asked = cells(("Tea.", "water"), ("tea and also " + "something " * 20 + "coffee",))
    held, weighed = (toys.scores(name, opened(), asked) for name in ("sem_b", "sem_w"))
    prompt = "prompt=w1 letters 0-shot"
    assert one(held, facet=prompt, group="").value == 0.75
    assert one(weighed, facet=prompt, group="").value == 0.75
    assert one(weighed, facet=f"{prompt};first 20 words", group="").value == pytest.approx((0.5 + 1 / 3) / 2)
    assert one(held, facet=prompt, group="place:here").value == 0.5
    assert one(held, respondent="floor:commonest-answer").value == 1.0
    assert one(weighed, respondent="floor:commonest-answer").value == pytest.approx((1 + 1 / 3) / 2)
    assert toys.scores("accuracy", opened(), asked) == []


def test_shares_without_replies_say_what_is_missing() -> None:
    asked = [cell | {"text": None} for cell in cells(("tea",), ("tea",))]
    assert "no replies were kept" in one(toys.scores("sem_b", opened(), asked), respondent="model").why
