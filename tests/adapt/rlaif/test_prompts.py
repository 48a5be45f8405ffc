"""Prompts: what may be trained on, whose shares may be used, and a placebo that keeps nothing in its place."""

from dataclasses import replace

import numpy as np
import pytest

from tawazun.adapt.corpora.records import Document, Tags
from tawazun.adapt.corpora.survey import SurveyPlan
from tawazun.adapt.rlaif.prompts import LEAST, Prompts, open_prompts, shuffled_people, survey_prompts
from tawazun.adapt.rlaif.stage import every_row
from tawazun.errors import BadStudy, Refused
from tawazun.instruments import Instrument, instrument
from tawazun.populations import Population, load_populations

PLACE = "atlas-1/x-jazalia"


@pytest.fixture(scope="module")
def atlas() -> Instrument:
    return instrument("atlas")


@pytest.fixture(scope="module")
def people() -> Population:
    return load_populations(PLACE, data=None, halves=0)[0]


def plan(**given: object) -> SurveyPlan:
    return SurveyPlan(**{"languages": ("en",), "wordings": ("w1",), "persona": "none", **given})  # type: ignore[arg-type]


def of_source(people: Population, **changes: str) -> Population:
    return replace(people, source=replace(people.source, **changes))  # type: ignore[arg-type]


def test_every_item_beside_its_people_s_shares_but_those_held_out(atlas: Instrument, people: Population) -> None:
    made = survey_prompts(plan(held_out=("a01", "a02"), orders=("forward", "reversed")), atlas, [people])
    assert len(made.posed) == 2 * (len(atlas.questions) - 2)
    assert "atlas:a01" not in made.items and made.left_out["a01"] == "held out"
    one = made.posed[1]
    assert one.ask is not None and one.ask.framing.order == "reversed"
    answer = people.answer(one.ask.question.id)
    assert answer is not None and answer.p is not None
    np.testing.assert_allclose(one.shares, answer.p, atol=1e-12)
    assert [one.number for one in made.posed] == list(range(len(made.posed)))


def test_two_peoples_of_one_prompt_stay_apart(atlas: Instrument, people: Population) -> None:
    other = load_populations("atlas-1/x-qamaria", data=None, halves=0)[0]
    made = survey_prompts(plan(items=("a01",)), atlas, [people, other])
    first, second = made.posed
    assert first.messages == second.messages and first.people != second.people
    assert first.shares is not None and second.shares is not None
    assert not np.allclose(first.shares, second.shares)


def test_items_on_rights_need_a_reason(atlas: Instrument, people: Population) -> None:
    tagged = replace(
        atlas,
        questions=tuple(
            replace(one, tags=(*one.tags, "rights")) if one.id == "a05" else one for one in atlas.questions
        ),
    )
    assert "rights" in survey_prompts(plan(), tagged, [people]).left_out["a05"]
    assert "atlas:a05" in survey_prompts(plan(rights="the ministry asked"), tagged, [people]).items


def test_terms_of_the_people_are_kept(atlas: Instrument, people: Population) -> None:
    with pytest.raises(Refused, match="no reward is made of its shares"):
        survey_prompts(plan(), atlas, [of_source(people, redistribute="no")])
    with pytest.raises(Refused, match="allows no derivatives"):
        survey_prompts(plan(), atlas, [of_source(people, licence="CC-BY-ND-4.0")])
    few = of_source(people, redistribute="aggregates")
    few = replace(
        few, answers=tuple(replace(one, n=LEAST - 1.0) if one.item == "a07" else one for one in people.answers)
    )
    made = survey_prompts(plan(), atlas, [few])
    assert "atlas:a07" not in made.items and "9 people" in made.left_out["a07"]


def test_nothing_left_says_why(atlas: Instrument, people: Population) -> None:
    with pytest.raises(BadStudy, match=r"none is left \(a02: held out"):
        survey_prompts(plan(held_out=tuple(one.id for one in atlas.questions[1:]), items=()), atlas, [
            replace(people, answers=())
        ])  # fmt: skip
    with pytest.raises(BadStudy, match="not 'atlas'"):
        survey_prompts(plan(), atlas, [replace(people, instrument="vsm13")])


def test_shuffled_people_leave_no_item_its_own_shares(atlas: Instrument, people: Population) -> None:
    made = survey_prompts(plan(orders=("forward", "reversed")), atlas, [people])
    moved = shuffled_people(made, seed=3)
    assert [one.ask for one in moved.posed] == [one.ask for one in made.posed]
    for before, after in zip(made.posed, moved.posed, strict=True):
        assert before.shares is not None and after.shares is not None
        assert not np.array_equal(before.shares, after.shares)
    # the same shares are there, and every framing of an item has the same
    assert sorted(map(_text, made.posed)) == sorted(map(_text, moved.posed))
    by_item: dict[str, set[str]] = {}
    for one in moved.posed:
        assert one.ask is not None
        by_item.setdefault(one.ask.question.id, set()).add(_text(one))
    assert all(len(own) == 1 for own in by_item.values())


def _text(one: object) -> str:
    return str(one.shares)  # type: ignore[attr-defined]


def test_open_prompts_end_where_the_assistant_would_speak() -> None:
    rows = [
        Document("own", "f.jsonl", 1, "Tell me of the sea.", Tags(licence="CC0-1.0")),
        Document(
            "own", "f.jsonl", 2, "", Tags(licence="CC0-1.0"), (("system", "s"), ("user", "u"), ("assistant", "a"))
        ),
    ]
    made: Prompts = open_prompts(rows)
    assert [one.messages for one in made.posed] == [
        (("user", "Tell me of the sea."),),
        (("system", "s"), ("user", "u")),
    ]
    assert made.items == () and made.sources == (("own", "CC0-1.0"),)
    with pytest.raises(BadStudy, match=r"f.jsonl row 3: no user's turn"):
        open_prompts([Document("own", "f.jsonl", 3, "x", messages=(("assistant", "a"),))])
    with pytest.raises(Refused, match="no derivatives"):
        open_prompts([replace(rows[0], tags=Tags(licence="CC-BY-ND"))])


@pytest.mark.parametrize("blocks", [2, None])
def test_a_stream_is_read_to_its_end(blocks: int | None) -> None:
    class Source:
        def __init__(self) -> None:
            self.blocks = blocks

        def block(self, number: int) -> list[Document]:
            return [Document("own", "hub", 10 * number + at, "x") for at in range(2)] if number < 2 else []

    assert [one.number for one in every_row(Source())] == [0, 1, 10, 11]  # type: ignore[arg-type]
