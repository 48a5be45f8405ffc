"""Items that stand in a corpus as pages, code and addresses write them, over two rows, or in a study that is named."""

import html
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.adapt.contamination import Haystack, check_corpus, needles_of
from tawazun.adapt.contamination.views import laid_bare
from tawazun.adapt.corpora.records import Document
from tawazun.adapt.sft.keys import SftRecipe
from tawazun.adapt.training.keys import stage_from
from tawazun.adapt.training.leaks import check_leaks
from tawazun.errors import Refused
from tawazun.instruments import instrument

ENGLISH = instrument("vsm13").question("m04").worded("en", "w1").stem  # type: ignore[union-attr]
ARABIC = instrument("vsm13").question("m04").worded("ar", "w1").stem  # type: ignore[union-attr]
FILLER = "The market opens at dawn and the boats come in with the tide."
HAYSTACK = Haystack(needles_of([instrument("vsm13")])[0])


def rows(*texts: str, file: str = "web.jsonl") -> list[Document]:
    return [Document("web", file, number, text) for number, text in enumerate(texts, start=1)]


@pytest.mark.parametrize("written", [
    " ".join(f"<i class='w'>{word}</i>" for word in ENGLISH.split()), ENGLISH.replace(" ", "&nbsp;"),
    f"```json\n{json.dumps({'q': ARABIC})}\n```", json.dumps(f"Q:\n{ENGLISH}"), f"https://x.org/?q={quote(ARABIC)}",
    f"<p>{html.escape(ENGLISH).replace('job', '<!-- a note -->job')}</p>",
])  # fmt: skip
def test_what_a_page_or_a_file_of_code_puts_around_letters_hides_nothing(written: str) -> None:
    (leak,) = check_corpus(rows(FILLER, f"{FILLER} {written}"), HAYSTACK).leaks
    assert (leak.item, leak.how, leak.row) == ("vsm13:m04", "normalised", 2)


def test_an_item_over_two_rows_is_found_in_both() -> None:
    words = ENGLISH.split()
    one, two = " ".join(words[:9]), " ".join(words[9:])
    found = check_corpus(rows(FILLER, f"{FILLER} {one}", f"{two} {FILLER}"), HAYSTACK)
    assert sorted((leak.item, leak.row) for leak in found.leaks) == [("vsm13:m04", 2), ("vsm13:m04", 3)]
    # rows that are no neighbours say nothing together, and a whole item is told once
    apart = [*rows(f"{FILLER} {one}"), *rows(f"{two} {FILLER}", file="other.jsonl")]
    assert {leak.how for leak in check_corpus(apart, HAYSTACK).leaks} == {"paraphrase"}
    assert [leak.row for leak in check_corpus(rows(f"{FILLER} {ENGLISH}", FILLER), HAYSTACK).leaks] == [1]


def test_the_plainest_way_is_told_once() -> None:
    (leak,) = check_corpus(rows(f"<b>{ENGLISH}</b> &amp; more"), HAYSTACK).leaks
    assert leak.how == "exact"


@given(st.text(alphabet="ab <>&;%\\u06n27tا0Dé", max_size=40))
def test_any_text_can_be_laid_bare(text: str) -> None:
    bare = laid_bare(text)
    assert bare == text or any(sign in text for sign in "<&%\\")


def recipe(**changes: Any) -> SftRecipe:
    table = {
        "name": "a test", "base": {"model": "planted"}, "train": {"steps": 1},
        "source": [{"name": "chats", "files": "chats.jsonl", "language": "en"}],
    }  # fmt: skip
    return stage_from({**table, **changes}, "sft.toml", SftRecipe)


STUDY = """
version = 1
name = "values"
[[respondent]]
name = "a"
kind = "uniform"
[ask]
instruments = ["vsm13"]
languages = ["en"]
"""


def test_the_study_that_scores_is_looked_for(tmp_path: Path) -> None:
    (tmp_path / "values.toml").write_text(STUDY)
    with pytest.raises(Refused, match="vsm13:m04"):
        check_leaks(recipe(score={"study": "values.toml"}), lambda: rows(ENGLISH), folder=tmp_path, data=None)
    # a shipped study is named without a file
    atlas = instrument("atlas").questions[0].wordings[0].stem
    with pytest.raises(Refused, match="atlas:"):
        check_leaks(recipe(score={"study": "demo"}), lambda: rows(atlas), folder=tmp_path, data=None)


def test_official_texts_of_the_users_are_looked_for(tmp_path: Path) -> None:
    own = "How weighty is it to you that the post you hold is one nobody can take from you?"
    row = {
        "question": "m04",
        "language": "en",
        "wording": "official",
        "stem": own,
        "options": ["a", "b", "c", "d", "e"],
    }
    (tmp_path / "official.jsonl").write_text(json.dumps(row) + "\n")
    score = {"ask": {"instruments": ["vsm13"], "languages": ["en"], "texts": ["vsm13=official.jsonl"]}}
    with pytest.raises(Refused, match="vsm13:m04"):
        check_leaks(recipe(score=score), lambda: rows(f"{FILLER} {own}"), folder=tmp_path, data=None)
