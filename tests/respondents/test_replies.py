"""Replies that stop at their answer: cut where the engine would cut, they read as the whole reply reads."""

from functools import cache
from typing import Any

import pytest

from tawazun.answers.readers import read_reply
from tawazun.engine.writing import LOOK_EVERY
from tawazun.instruments import Question, Wording
from tawazun.respondents.replies import Layout, answered, pooled
from tests import tiny_models
from tests.answers.test_readers import TABLES
from tests.answers.test_settling import AGREE, LABELS

MORE = "\n\nTradition and family life are important to many people here, and it has long been so in this place.\n"


Shown = tuple[Question, Layout]


def shown(options: tuple[str, ...], labels: tuple[str, ...], kind: str, bounds: Any, language: str = "en") -> Shown:
    """A question and the menu that is shown with it."""
    cells = len(options) * (len(options) - 1 if kind == "pair" else 1)
    codes = tuple(bounds) if bounds else tuple(range(1, cells + 1))
    question = Question("q", kind, codes, (Wording("w1", language, "What do you say?", options),))  # type: ignore[arg-type]
    return question, Layout(language, options, labels, tuple(range(len(options))))


@cache
def words() -> Any:
    return tiny_models.tokenizer()


def cut(asked: Shown, reply: str) -> str | None:
    """Where a reply of these words would stop, looked at as the engine looks; None where it would not."""
    tokens = words()(reply)["input_ids"]
    for count in range(LOOK_EVERY, len(tokens), LOOK_EVERY):
        text = words().decode(tokens[:count], skip_special_tokens=True)
        if not text.endswith("\ufffd") and answered(*asked, text):
            return str(text)
    return None


@pytest.mark.parametrize("language", TABLES)
def test_a_hard_case_that_stops_reads_as_the_whole(language: str) -> None:
    made = TABLES[language]
    stopped = 0
    for name, reply, _ in (*made.ONE, *made.NUMBERS):
        options, labels, kind, pick, bounds = made.MENUS[name]
        if kind not in ("one", "number"):
            continue
        for whole in (reply, reply + MORE):
            early = cut(shown(options, labels, kind, bounds, language), whole)
            if early is not None:
                stopped += 1
                readings = [read_reply(text, options, labels, language, kind, pick, bounds=bounds)
                            for text in (early, whole)]  # fmt: skip
                assert readings[0].chosen == readings[1].chosen, whole
                assert readings[0].number == readings[1].number, whole
    assert stopped > 5


def test_what_is_asked_shows_its_menu() -> None:
    outcome = pooled(*shown(AGREE, LABELS, "one", None), ["B", "B\n\nExplanation: it fits.", "who knows"])
    assert outcome.p == pytest.approx((0, 2 / 3, 0, 0, 0)) and outcome.unread == pytest.approx(1 / 3)


def test_a_later_word_can_overturn_so_stopping_is_another_decoding() -> None:
    """Why `stop` is part of a decoding's name: a reply that takes itself back is cut before it does."""
    asked, whole = shown(AGREE, LABELS, "one", None), "B because tradition matters. Final answer: A"
    early = cut(asked, whole)
    assert early is not None
    assert pooled(*asked, [early]).p == (0, 1, 0, 0, 0) and pooled(*asked, [whole]).p == (1, 0, 0, 0, 0)


@pytest.mark.parametrize("kind", ["pair", "some"])
def test_lists_are_written_to_their_end(kind: str) -> None:
    assert cut(shown(AGREE, LABELS, kind, None), "B" + MORE) is None
    assert cut(shown(AGREE, LABELS, "one", None), "B" + MORE) is not None
