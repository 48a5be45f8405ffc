"""What a reply of a server says, by its shape alone."""

from typing import Any

import pytest

from tawazun.answers import FILTERED, read_reply
from tawazun.respondents.endpoint_shapes import texts_of


def choice(content: str | None, **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "message": {"role": "assistant", "content": content}, **more}]}


def read_of(text: str, kind: str = "one") -> tuple[bool, bool]:
    reading = read_reply(text, ("yes", "no"), ("A", "B"), "en", kind)
    return reading.refused, reading.unread


@pytest.mark.parametrize("content", ["", None, "  \n"])
@pytest.mark.parametrize("kind", ["one", "text"])
def test_what_a_filter_kept_back_is_a_refusal_and_not_an_empty_reply(content: str | None, kind: str) -> None:
    (text,) = texts_of(choice(content, finish_reason="content_filter"), "chat", 1)
    assert text == FILTERED and read_of(text, kind) == (True, False)
    (text,) = texts_of(choice(content, finish_reason="stop"), "chat", 1)
    assert text != FILTERED and read_of(text) == (False, True)


def test_a_reply_that_a_filter_cut_short_keeps_its_text() -> None:
    (text,) = texts_of(choice("A. yes", finish_reason="content_filter"), "chat", 1)
    assert text == "A. yes" and read_of(text) == (False, False)


def test_a_models_own_refusal_is_its_text() -> None:
    reply = {"choices": [{"index": 0, "message": {"content": None, "refusal": "I can't help with that."}}]}
    assert texts_of(reply, "chat", 1) == ["I can't help with that."]
