"""The shipped texts are our own words, cleanly written, and say one thing in different ways."""

import csv
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from tawazun.instruments import Wording, instrument

LONGEST_SHARED_RUN = 7
SCRIPTS = {"en": "LATIN", "ar": "ARABIC", "zh": "CJK", "hi": "DEVANAGARI"}
BUNDLED = [instrument(name) for name in ("vsm13", "vsm13_advice", "cultural_map", "hofstede_recall")]


def shipped() -> Iterator[tuple[str, Wording]]:
    """Every shipped wording with its place, for messages."""
    for part in BUNDLED:
        for question in part.questions:
            for wording in question.wordings:
                yield f"{part.name}:{question.id} {wording.language}/{wording.id}", wording


def shipped_texts() -> Iterator[tuple[str, str]]:
    """Every shipped text: stems, options, descriptors."""
    for where, wording in shipped():
        yield where, wording.stem
        yield from ((where, option) for option in wording.options)
    for part in BUNDLED:
        for one in part.descriptors:
            yield from ((f"{part.name} {one.id} {one.language}", text) for text in (one.human, one.place, one.observer))


def words(text: str) -> list[str]:
    """Words without case or punctuation."""
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    """Every run of `length` words."""
    said = words(text)
    return {tuple(said[at : at + length]) for at in range(len(said) - length + 1)}


def theirs(folder: Path) -> list[str]:
    """The prompts and descriptors of another project, whole and by line."""
    found: list[str] = []
    for name, column in (("Prompts_Questions.csv", "prompt"), ("Prompts_Respondent_Descriptors.csv", -1)):
        with (folder / "cultural_map" / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                text = row[column] if isinstance(column, str) else list(row.values())[column]
                found += [text, *text.splitlines()]
    return [text for text in found if words(text)]


@pytest.mark.data
def test_no_text_is_that_of_another_project(data_folder: Path) -> None:
    foreign = theirs(data_folder)
    assert len(foreign) > 40
    known = {tuple(words(text)) for text in foreign}
    long_runs = set().union(*(runs(text, LONGEST_SHARED_RUN + 1) for text in foreign))
    for where, text in shipped_texts():
        assert tuple(words(text)) not in known, (where, text)
        assert not runs(text, LONGEST_SHARED_RUN + 1) & long_runs, (where, text)


def test_the_run_check_sees_a_copied_run() -> None:
    copied = "one two three four five six seven eight"
    assert runs(f"zero {copied}!", 8) & runs(f"{copied.upper()} nine", 8)
    assert not runs("one two three four five six seven", 8)


def test_texts_are_clean() -> None:
    for where, text in shipped_texts():
        assert text == unicodedata.normalize("NFC", text).strip(), (where, text)
        assert not re.search(r"\s{2}|[\n\t\"'](?![a-z])|\.\.\.|\u0640", text), (where, text)


def test_letters_are_of_the_language_script() -> None:
    for where, wording in shipped():
        for text in (wording.stem, *wording.options):
            letters = [unicodedata.name(c) for c in text if c.isalpha()]
            assert all(name.startswith(SCRIPTS[wording.language]) for name in letters), (where, text)
    for part in BUNDLED:
        for one in part.descriptors:
            text = (one.human + one.place + one.observer).replace("{place}", "")
            assert all(unicodedata.name(c).startswith(SCRIPTS[one.language]) for c in text if c.isalpha()), one.id


def test_no_wording_repeats_another() -> None:
    for part in BUNDLED:
        for question in part.questions:
            for language in part.languages:
                stems = [tuple(words(w.stem)) for w in question.wordings if w.language == language]
                assert len(set(stems)) == len(stems), (part.name, question.id, language)


def test_items_of_one_wording_differ() -> None:
    for part in BUNDLED:
        for language in part.languages:
            for wording in part.wording_ids(language):
                stems = [w.stem for q in part.questions if (w := q.worded(language, wording))]
                assert len(set(stems)) == len(part.questions), (part.name, language, wording)


def test_arabic_uses_no_judging_word_for_homosexuality() -> None:
    for where, text in shipped_texts():
        assert not re.search("شذوذ|شاذ|لواط", text), (where, text)
