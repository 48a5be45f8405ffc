"""Planted leaks are found and named, clean text is not accused, and the run stops unless told to go on."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.adapt.contamination import (
    Haystack,
    check_corpus,
    evaluation_instruments,
    needles_of,
    refuse_leaks,
)
from tawazun.adapt.contamination.checking import BATCH, without_leaks
from tawazun.adapt.contamination.haystack import contained
from tawazun.adapt.contamination.needles import Needle
from tawazun.adapt.corpora.codes import coded, words_of
from tawazun.adapt.corpora.records import Document
from tawazun.adapt.training.keys import ContaminationKeys
from tawazun.adapt.training.leaks import hold_against
from tawazun.errors import BadFile, Refused, UnknownName
from tawazun.instruments import Instrument, Question, Wording, instrument
from tawazun.seeds import stream
from tawazun.source import Source

HERE = Path()
SOURCE = Source("Tests", "here", "1", "CC0-1.0", "", "yes")
FILLER = (
    "The market opens at dawn and the boats come in with the tide. A baker sells bread near the old bridge, and "
    "children walk to school along the river. يفتح السوق عند الفجر وتعود القوارب مع المد، ويبيع الخباز الخبز قرب الجسر."
)


@pytest.fixture(scope="module")
def haystack() -> Haystack:
    needles, _ = needles_of(evaluation_instruments(["atlas", "vsm13", "cultural_map"], None, HERE))
    return Haystack(needles)


def rows(*texts: str) -> list[Document]:
    return [Document("native", "news.jsonl", i, text) for i, text in enumerate(texts, start=1)]


def stem(item: str, language: str, wording: str) -> str:
    name, _, question = item.partition(":")
    found = instrument(name).question(question)
    assert found is not None
    worded = found.worded(language, wording)
    assert worded is not None
    return worded.stem


@pytest.mark.parametrize(("item", "language", "wording"), [
    ("atlas:a07", "en", "w1"), ("atlas:a07", "en", "w5"), ("atlas:a31", "ar", "w2"), ("vsm13:m01", "ar", "w1"),
    ("vsm13:m05", "zh", "w1"), ("vsm13:m09", "hi", "w1"),
])  # fmt: skip
def test_every_wording_in_every_language_is_found(haystack: Haystack, item: str, language: str, wording: str) -> None:
    text = stem(item, language, wording)
    marked = "".join(f"{letter}ـ" if letter == "ل" else letter for letter in text.upper()).replace(" ", "  ")
    found = check_corpus(rows(FILLER, f"{FILLER} {text} {FILLER}", f"{FILLER}\n«{marked}»"), haystack)
    ours = [leak for leak in found.leaks if leak.item == item]
    assert [(leak.row, leak.how) for leak in ours] == [(2, "exact"), (3, "normalised" if marked != text else "exact")]
    assert all(leak.language == language and leak.source == "native" for leak in ours)
    assert 1 not in {leak.row for leak in found.leaks}


def test_light_paraphrases_are_found_and_named(haystack: Haystack) -> None:
    """One word in five left out, replaced or swapped: nine in ten are found."""
    stems = [one for one in haystack.needles if one.part == "stem" and not one.options and len(one.text.split()) > 6]
    picked = [stems[i] for i in stream("paraphrases").permutation(len(stems))[:100]]
    texts = []
    for i, one in enumerate(picked):
        draw, words = stream("paraphrase", i), one.text.split()
        at = draw.permutation(len(words))[: max(1, len(words) // 5)]
        for k in at:
            words[k] = "" if k % 2 else "indeed"
        texts.append(f"{FILLER} {' '.join(words)} {FILLER}")
    hits = {hit.row: hit for hit in haystack.search(texts)}
    right = [i for i, one in enumerate(picked) if i in hits and hits[i].needle.item == one.item]
    assert len(right) >= 85
    assert sum(hits[i].how == "paraphrase" for i in right) >= 75


def test_inflected_words_stand_for_the_word() -> None:
    assert contained({"سوق": 1.0, "trusted": 1.0}, ["trust"]) == 0.5
    assert contained({"السوق": 2.0, "خبز": 1.0}, ["للسوق", "والسوق"]) == pytest.approx(2 / 3)


def test_clean_text_is_not_accused(haystack: Haystack, data_folder: Path) -> None:
    english = json.loads((data_folder / "zh_demo" / "alpaca_en_demo.json").read_text(encoding="utf-8"))
    arabic = [
        json.loads(line) for line in (data_folder / "acva" / "difficulty-easy-TF_test.jsonl").open(encoding="utf-8")
    ]
    texts = [row["output"] for row in english] + [row["question"] for row in arabic]
    found = check_corpus(rows(*(text for text in texts if text)), haystack)
    assert found.rows > 9000 and len({leak.row for leak in found.leaks}) <= 2


def test_the_run_stops_unless_told_to_go_on(haystack: Haystack) -> None:
    leaky = rows(FILLER, stem("vsm13:m04", "en", "w1"), FILLER)
    found = check_corpus(leaky, haystack)
    with pytest.raises(Refused, match=r"vsm13:m04; first native: news.jsonl row 2 \(exact\).*go_on") as told:
        refuse_leaks(found)
    assert "\n" not in str(told.value) and found.table().height == len(found.leaks) == 1
    assert "because the paper did" in refuse_leaks(found, "because the paper did")
    kept = list(without_leaks(leaky, found))
    assert [one.number for one in kept] == [1, 3]
    assert refuse_leaks(check_corpus(kept, haystack)).startswith("no item")


def own(stem_text: str, options: tuple[str, ...], codes: tuple[float, ...]) -> Instrument:
    question = Question("q1", "one", codes, (Wording("w1", "en", stem_text, options),))
    return Instrument("mine", "Mine", (question,), SOURCE, "nothing")


def test_a_short_stem_counts_only_with_its_options() -> None:
    needles, short = needles_of([own("Camel milk is", ("sweet", "salty", "sour"), (1, 2, 3))])
    assert short == () and needles[0].options == ("sweet", "salty", "sour")
    found = check_corpus(rows("Camel milk is good.", "Camel milk is: A. sweet B. salty C. sour"), Haystack(needles))
    assert [(leak.row, leak.how) for leak in found.leaks] == [(2, "exact")]


def test_an_item_that_is_too_short_is_named() -> None:
    needles, short = needles_of([own("Water", ("a", "b"), (1, 2))])
    assert needles == () and short == ("mine:q1",)
    found = check_corpus(rows(FILLER), Haystack(needles), short)
    assert found.words == "no item of 0 texts found in 1 rows; 1 items are too short to be looked for"


def test_a_long_option_is_looked_for_by_itself() -> None:
    option = "he should first ask the oldest neighbour who remembers the flood"
    needles, _ = needles_of([own("What should the new miller of the valley do first?", (option, "nothing"), (1, 2))])
    (leak,) = check_corpus(rows(f"{FILLER} They said {option}."), Haystack(needles)).leaks
    assert (leak.part, leak.item) == ("option", "mine:q1")


def test_a_custom_file_is_looked_for_too(tmp_path: Path) -> None:
    row = {
        "id": "x1",
        "question": "Which river feeds the mills of Norvane in spring?",
        "choices": ["Ell", "Om"],
        "answer": "Ell",
    }
    (tmp_path / "own.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    found, _ = needles_of(evaluation_instruments(["custom:own.jsonl"], None, tmp_path))
    assert [needle.item.rpartition(":")[2] for needle in found] == ["x1"]
    (leak,) = check_corpus(rows(f"{FILLER} {row['question']}"), Haystack(found)).leaks
    assert leak.how == "exact"


def test_every_instrument_on_hand_is_looked_for_and_named() -> None:
    found = evaluation_instruments(["every", "atlas"], None, HERE)
    names = [one.name for one in found]
    assert (
        names[0] == "atlas" and len(names) == len(set(names)) and {"vsm13", "cultural_map", "atlas_facts"} < set(names)
    )
    assert "acva" not in names  # its questions are in a data folder
    stem = instrument("vsm13").questions[3].wordings[0].stem
    with pytest.raises(Refused, match="vsm13:"):
        hold_against(ContaminationKeys(), found, lambda: rows(f"{FILLER} {stem}"))
    held = hold_against(ContaminationKeys(), found, lambda: rows(FILLER))
    assert held is not None and held.facts["instruments"] == names


@pytest.mark.parametrize(
    ("name", "error"), [("custom:none.jsonl", BadFile), ("acva", BadFile), ("nothing", UnknownName)]
)
def test_what_cannot_be_read_is_not_passed_over(name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        evaluation_instruments([name], None, HERE)


def test_a_row_longer_than_a_batch_is_read_whole(haystack: Haystack) -> None:
    text = FILLER * (2 * BATCH // len(FILLER)) + stem("atlas:a07", "en", "w1")
    (leak,) = check_corpus(rows(text), haystack).leaks
    assert leak.row == 1 and leak.item == "atlas:a07"


@given(st.lists(st.text(alphabet="aB é،لـ漢かก1٣.\n ﻻ½", max_size=20), max_size=4))
def test_words_and_their_codes_are_the_same_words(texts: list[str]) -> None:
    words = coded(texts)
    own_words = [word for text in texts for word in words_of(text)]
    assert len(own_words) == len(words.words)
    assert len(set(own_words)) == len(set(words.words.tolist()))
    assert words.words.tolist() == [code for text in texts for code in coded([text]).words.tolist()]


def test_an_empty_corpus_and_needles_of_one_text_twice() -> None:
    twice = [Needle(item, "en", "w1", "stem", "the very same words stand here") for item in ("a:1", "b:1")]
    assert Haystack(twice).search([""]) == [] and check_corpus([], Haystack(twice)).rows == 0
    assert [hit.needle.item for hit in Haystack(twice).search([twice[0].text])] == ["a:1", "b:1"]
