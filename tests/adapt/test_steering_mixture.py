"""Mixtures of people: margins, samples raked to them, answers averaged; and what cannot be people."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.adapt.steering_mixture import (
    NOT_MET,
    People,
    mixture_steering,
    people_of,
    rake,
    read_people,
    sample_people,
)
from tawazun.answers import Outcome
from tawazun.cells import Ask, Asker, Framing
from tawazun.errors import BadAnswers, BadFile, BadStudy, UserError
from tawazun.instruments import instrument
from tawazun.respondents.steered import Steered

ATLAS = instrument("atlas")
SEX = {"f": 0.52, "m": 0.48}
AGES = {"18-29": 0.3, "30-49": 0.4, "50-99": 0.3}
SCHOOL = {"low": 0.2, "middle": 0.5, "high": 0.3}
WHERE = {"urban": 0.6, "rural": 0.4}
ALL = {"sex": SEX, "age": AGES, "education": SCHOOL, "settlement": WHERE}


class Split:
    """Women choose the first option, men the last: the answer is who was asked."""

    batch = 64
    modes = ("logprob",)

    def __init__(self) -> None:
        self.identity = {"kind": "split"}
        self.asked: list[Ask] = []

    def answer(self, asks: Any, samples: int, study_seed: int) -> Any:
        for one in asks:
            self.asked.append(one)
            first = "sex=f" in one.framing.persona
            rest = (0.0,) * (one.question.cells - 1)
            yield Outcome(p=(1.0, *rest) if first else (*rest, 1.0), off_menu=0.0)


def ask(item: str = "a01", language: str = "en") -> Ask:
    question = ATLAS.question(item)
    assert question is not None
    return Asker(0).ask(ATLAS, question, Framing("none", "self", language, "w1"))


def test_all_kinds_of_people_answer_and_count_by_their_share() -> None:
    inner = Split()
    made = mixture_steering("EGY", people_of({"sex": SEX, "age": AGES}, "a census"), ["en"], count=10, seed=0)
    (found,) = Steered(inner, made, "it").answer([ask()], 1, 0)
    assert found.p is not None and found.p[0] == pytest.approx(0.52) and found.p[-1] == pytest.approx(0.48)
    assert len(inner.asked) == 6
    assert {one.who for one in inner.asked} >= {
        "You are a person from Egypt. You are between 18 and 29 years old. You are a woman."
    }
    assert any("all 6 kinds of people; margins only: attributes are taken as independent" in n for n in made.notes)


def test_a_sample_meets_the_margins_it_was_raked_to() -> None:
    people = people_of(ALL, "a census")
    drawn = sample_people(people, 12, 1)
    assert len(drawn.profiles) <= 12 < len(people.cells) and not drawn.whole and drawn.gap < NOT_MET
    for key, values in ALL.items():
        for value, share in values.items():
            got = sum(w for one, w in zip(drawn.profiles, drawn.weights, strict=True) if (key, value) in one)
            assert got == pytest.approx(share, abs=NOT_MET)
    assert sample_people(people, 12, 1) == drawn != sample_people(people, 12, 2)


def test_samples_are_right_on_average() -> None:
    """What the weights do for a joint cell: over seeds it gets its share, within four standard errors."""
    people = people_of({"sex": SEX, "age": AGES, "settlement": WHERE}, "a census")
    cell = (("age", "18-29"), ("settlement", "urban"), ("sex", "f"))
    got = []
    for seed in range(300):
        try:
            drawn = sample_people(people, 8, seed)
        except BadStudy:
            continue
        got.append(dict(zip(drawn.profiles, drawn.weights, strict=True)).get(cell, 0.0))
    assert len(got) > 200
    assert np.mean(got) == pytest.approx(people.cells[cell], abs=4 * np.std(got) / np.sqrt(len(got)))


margins = st.lists(st.floats(0.1, 1), min_size=2, max_size=2).map(lambda x: [one / sum(x) for one in x])


@given(margins, margins, st.integers(0, 10**6))
def test_raking_meets_margins_and_keeps_odds(sex: list[float], where: list[float], seed: int) -> None:
    profiles = [tuple(sorted({"sex": s, "settlement": w}.items())) for s, w in product("fm", ("urban", "rural"))]
    start = np.random.default_rng(seed).uniform(0.1, 1, 4)
    own = {"sex": dict(zip("fm", sex, strict=True)), "settlement": dict(zip(("urban", "rural"), where, strict=True))}
    made, gap = rake(profiles, start, own)
    assert gap < 1e-6 and made.sum() == pytest.approx(1) and (made > 0).all()
    # iterative proportional fitting leaves the odds ratio of the start (Deming & Stephan 1940)
    assert made[0] * made[3] / (made[1] * made[2]) == pytest.approx(
        start[0] * start[3] / (start[1] * start[2]), rel=1e-4
    )


def test_people_of_a_file_are_counted_together(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("sex,age,weight\nf,18-29,2\nf,18-29,1\nm,30-49,1\n", encoding="utf-8")
    found = read_people(file, "weight")
    young = (("age", "18-29"), ("sex", "f"))
    assert found.joint and found.cells == {young: 0.75, (("age", "30-49"), ("sex", "m")): 0.25}
    assert read_people(file).cells[young] == pytest.approx(2 / 3)
    assert found.margins["sex"] == {"f": 0.75, "m": 0.25}
    note = mixture_steering("EGY", found, ["en"], count=5, seed=0).notes[1]
    assert "attributes known together; shares from people.csv" in note and "1.6" in note


def test_margins_of_a_file_are_read_as_shares_or_counts(tmp_path: Path) -> None:
    shares, counts = tmp_path / "shares.csv", tmp_path / "counts.csv"
    shares.write_text("attribute,value,share\nsex,f,.5\nsex,m,.5\nsettlement,urban,1\n", encoding="utf-8")
    counts.write_text("attribute,value,count\nsex,f,30\nsex,m,30\nsettlement,urban,60\n", encoding="utf-8")
    assert read_people(shares).cells == read_people(counts).cells
    assert not read_people(shares).joint


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "needs margins of at least one attribute"),
        ({"sex": {"f": 0.5, "m": 0.4}}, "margins of sex sum to 0.9, not 1"),
        ({"sex": {"f": 52, "m": 48}}, "look like percentages, divide by 100"),
        ({"sex": {"f": 1.5, "m": -0.5}}, "the share of m is from 0, not -0.5"),
        ({"sex": {"f": float("nan"), "m": 0.5}}, "the share of f is from 0"),
        ({"sex": {"x": 1.0}}, "sex is one of f, m, not 'x'"),
        ({"age": {"old": 1.0}}, "age is a range such as 18-29, not 'old'"),
        ({"faith": {"any": 1.0}}, "margins of 'faith'; people have age, sex, education, settlement"),
    ],
)
def test_margins_that_cannot_be_are_refused(given: Any, says: str) -> None:
    with pytest.raises(BadStudy, match=says.replace("?", r"\?")):
        people_of(given, "a test")


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("a,b\n1,2\n", BadFile, "needs columns attribute, value and share"),
        ("sex\nf\nx\n", BadAnswers, "line 3: persona"),
        ("sex,age\nf,\n", BadAnswers, "line 2: an empty cell"),
        ("sex,weight\nf,-1\n", BadAnswers, "line 2: a share, count or weight is a number from 0, not '-1'"),
        ("sex,weight\nf,0\n", BadAnswers, "weights that are all 0"),
        ("attribute,value,share\nsex,f,.5\nsex,f,.5\n", BadAnswers, "line 3: sex=f stands twice"),
        ("attribute,value,share\nsex,f,half\n", BadAnswers, "line 2: a share"),
        ("attribute,value,share\nsex,f,.5\n", BadStudy, "margins of sex sum to 0.5"),
        ("", BadFile, "not a CSV file"),
    ],
)
def test_files_that_are_no_people_are_refused(tmp_path: Path, text: str, error: type, says: str) -> None:
    file = tmp_path / "people.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(error) as caught:
        read_people(file, "weight" if "weight" in text else "")
    assert says in str(caught.value) and "\n" not in str(caught.value)
    assert isinstance(caught.value, UserError)


def test_a_missing_file_and_column_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="not there"):
        read_people(tmp_path / "none.csv")
    (tmp_path / "people.csv").write_text("sex\nf\n", encoding="utf-8")
    with pytest.raises(BadFile, match="no column of weights 'w'"):
        read_people(tmp_path / "people.csv", "w")


def test_a_sample_that_leaves_somebody_out_is_refused() -> None:
    rare = people_of({"sex": {"f": 0.999, "m": 0.001}, "age": AGES}, "a test")
    with pytest.raises(BadStudy, match="nobody of sex=m"):
        sample_people(rare, 3, 0)
    with pytest.raises(BadStudy, match="1 to 1000 profiles, not 0"):
        sample_people(rare, 0, 0)
    many = {"age": {f"{low}-{low + 1}": 1 / 10_000 for low in range(10_000)}}
    with pytest.raises(BadStudy, match="are too many"):
        people_of({**ALL, **many}, "a test")


def test_a_language_without_sentences_is_refused() -> None:
    people = People({(("sex", "f"),): 1.0}, "a test", joint=True)
    with pytest.raises(BadStudy, match="tlh"):
        mixture_steering("EGY", people, ["tlh"], count=2, seed=0)
