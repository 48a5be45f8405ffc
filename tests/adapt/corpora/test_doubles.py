"""Doubles: planted copies are found and told apart, other rows stay, and a killed pass ends at the same list."""

import json
from pathlib import Path

import numpy as np
import pytest

from tawazun.adapt.corpora.codes import alike, coded
from tawazun.adapt.corpora.doubles import ALIKE, Doubles, signatures
from tawazun.adapt.corpora.sources import CorpusKeys, CorpusSource, open_source
from tawazun.errors import StudyChanged
from tawazun.seeds import stream

WORDS = [f"كلمة{i}" if i % 2 else f"word{i}" for i in range(400)]


def text(seed: int, n: int = 120) -> str:
    draw = stream("doubles-test", seed)
    return " ".join(WORDS[i] for i in draw.integers(0, len(WORDS), n))


def sources(folder: Path, **texts: list[str]) -> list[CorpusSource]:
    made = []
    for name, own in texts.items():
        lines = "\n".join(json.dumps({"text": one}) for one in own)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
        made.append(open_source(CorpusKeys(name=name, files=f"{name}.jsonl"), folder))
    return made


def test_planted_doubles_are_found_and_told_apart(tmp_path: Path) -> None:
    changed = text(1).split()
    changed[60] = "another"
    rewritten = text(2).split()
    rewritten[::4] = [f"new{i}" for i in range(30)]
    first = [text(i) for i in range(20)]
    second = [
        text(0),
        "  " + text(3).replace("word", "WORD").replace("ل", "لـ") + "!",
        " ".join(changed),
        " ".join(rewritten),
        text(99),
    ]
    doubles = Doubles(tmp_path / "d.sqlite", sources(tmp_path, a=[*first, first[5]], b=second))
    list(doubles.find())
    found = {(one.source, one.number): (one.how, one.first) for one in doubles}
    assert found == {
        ("a", 21): ("exact", ("a", "a.jsonl", 6)),
        ("b", 1): ("exact", ("a", "a.jsonl", 1)),
        ("b", 2): ("normalised", ("a", "a.jsonl", 4)),
        ("b", 3): ("near", ("a", "a.jsonl", 2)),
    }
    assert doubles.counts() == {
        "a": {"exact within": 1},
        "b": {"exact across": 1, "normalised across": 1, "near across": 1},
    }
    rows = open_source(CorpusKeys(name="b", files="b.jsonl"), tmp_path).block(0)
    assert [doubles.has(row) for row in rows] == [True, True, True, False, False]


def test_a_killed_pass_ends_at_the_same_list(tmp_path: Path) -> None:
    texts = [text(i % 900, 12) for i in range(2100)]
    made = sources(tmp_path, a=texts[:1500], b=texts[1500:])
    whole = Doubles(tmp_path / "whole.sqlite", made)
    assert len(list(whole.find())) == 3
    part = Doubles(tmp_path / "part.sqlite", made)
    next(part.find())
    part.close()
    again = Doubles(tmp_path / "part.sqlite", made)
    assert len(list(again.find())) == 2
    assert list(again) == list(whole) and len(list(whole)) == 1200


def test_a_list_of_other_sources_is_refused(tmp_path: Path) -> None:
    Doubles(tmp_path / "d.sqlite", sources(tmp_path, a=["one text"])).close()
    with pytest.raises(StudyChanged, match="other sources"):
        Doubles(tmp_path / "d.sqlite", sources(tmp_path, a=["another text"]))


def test_signatures_estimate_the_jaccard_similarity() -> None:
    gaps = []
    for seed in range(12):
        one = text(seed, 200).split()
        other = list(one)
        other[seed * 8 : seed * 16] = [f"x{i}" for i in range(seed * 8)]
        sets = [{tuple(words[i : i + 5]) for i in range(196)} for words in (one, other)]
        signs = signatures(coded([" ".join(one), " ".join(other)]))
        gaps.append(float((signs[0] == signs[1]).mean()) - len(sets[0] & sets[1]) / len(sets[0] | sets[1]))
    # the standard error of one estimate is at most .056
    assert abs(np.mean(gaps)) < 0.05 and np.max(np.abs(gaps)) < 0.2
    assert ALIKE == 0.8


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("الكَلِمَةُ الأُولى", "الكلمه الاولي"),
        ("كتـــــاب، جديد", "كتاب جديد"),
        ("Don’t  STOP", "don t stop"),
        ("Café №٣", "cafe no3"),
        ("漢字、かな", "漢字かな"),
    ],
)
def test_texts_that_differ_in_signs_alone_have_the_same_words(one: str, other: str) -> None:
    words = coded([one, other])
    assert words.words[: words.starts[1]].tolist() == words.words[words.starts[1] :].tolist()


def test_codes_do_not_depend_on_the_batch() -> None:
    alone, beside = coded(["the cat sat on the mat"]), coded(["other words", "", "the cat sat on the mat"])
    assert alone.every(3)[0].tolist() == beside.every(3)[0][-4:].tolist()
    assert len(set(alone.words.tolist())) == 5
    assert alike("  A,  b ") == "a b" and coded(["", "  ", "."]).starts.tolist() == [0, 0, 0, 0]
