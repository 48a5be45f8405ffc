"""Texts before the question: examples from human answers, descriptions, and the check that they give nothing away."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tawazun.adapt.steering_context import Shots, description_steering, examples_steering
from tawazun.adapt.steering_leaks import Leaks
from tawazun.answers import Outcome
from tawazun.cells import Asker, Framing
from tawazun.errors import BadStudy
from tawazun.instruments import Instrument, Question, Wording, instrument
from tawazun.populations import Population, load_populations
from tawazun.respondents import Respondent, Settings, Steering, make_respondent
from tawazun.respondents.steered import Steered
from tests.toys import SOURCE

ATLAS = instrument("atlas")
PEOPLE = load_populations("atlas-1/x-marsouk", data=None)[0]
ITEMS = [question.id for question in ATLAS.questions]
MEASURED = [(ATLAS, ITEMS[::2])]


def made(told: Any = "sampled", count: int = 6, seed: int = 1, languages: tuple[str, ...] = ("en",)) -> Steering:
    return examples_steering(PEOPLE, ATLAS, MEASURED, Shots(count, told), languages, seed=seed)


def text_of(steering: Steering, language: str = "en") -> str:
    return steering.voices[0].context[language]


def named(steering: Steering) -> list[str]:
    """The items that a steering says it shows."""
    return re.findall(r"a\d\d", next(note for note in steering.notes if " examples (" in note))


def test_examples_are_other_items_with_the_people_s_answers() -> None:
    steering = made()
    items, text = named(steering), text_of(steering)
    assert len(set(items)) == 6 and not set(items) & set(ITEMS[::2])
    assert text.startswith("People from Marsouk gave these answers")
    for item in items:
        question = ATLAS.question(item)
        assert question is not None
        stem = question.worded("en", "w1")
        assert stem is not None and f"Question: {stem.stem}\nAnswer: " in text
        said = text.split(stem.stem)[1].split("\n")[1].removeprefix("Answer: ")
        answer = PEOPLE.answer(item)
        assert answer is not None and answer.p is not None and answer.p[stem.options.index(said)] > 0
    assert PEOPLE.source.cite in steering.sources and steering.over == "everybody"


def test_both_languages_show_the_same_items_and_answers() -> None:
    steering = made(languages=("en", "ar"))
    for item in named(steering):
        question = ATLAS.question(item)
        assert question is not None
        at = []
        for language, label in (("en", "Answer: "), ("ar", "الإجابة: ")):
            wording = question.worded(language, "w1")
            assert wording is not None
            said = text_of(steering, language).split(wording.stem)[1].split("\n")[1].removeprefix(label)
            at.append(wording.options.index(said))
        assert at[0] == at[1]


def test_sampled_answers_are_faithful_to_the_shares_and_modal_ones_are_not() -> None:
    """Over seeds, an option is shown about as often as people gave it; the commonest answer hides the rest."""
    only = replace(PEOPLE, answers=tuple(one for one in PEOPLE.answers if one.item == "a02"))
    answer, question = PEOPLE.answer("a02"), ATLAS.question("a02")
    assert answer is not None and answer.p is not None and question is not None
    options = question.worded("en", "w1").options  # type: ignore[union-attr]
    seen = {"sampled": np.zeros(5), "modal": np.zeros(5)}
    runs = 300
    for told, counts in seen.items():
        for seed in range(runs):
            steering = examples_steering(only, ATLAS, [], Shots(1, told), ["en"], seed=seed)  # type: ignore[arg-type]
            counts[options.index(text_of(steering).rsplit("Answer: ", 1)[1])] += 1 / runs
    error = np.sqrt(np.array(answer.p) * (1 - np.array(answer.p)) / runs)
    assert (np.abs(seen["sampled"] - answer.p) < 4 * error + 1e-9).all()
    assert seen["modal"][int(np.argmax(answer.p))] == pytest.approx(1)


def test_shares_are_told_of_every_option() -> None:
    steering = made("shares", count=1)
    answer = PEOPLE.answer(named(steering)[0])
    assert answer is not None and answer.p is not None
    shown = [int(one) for one in re.findall(r"(\d+)%", text_of(steering))]
    assert shown == sorted((round(100 * p) for p in answer.p), reverse=True)


def test_the_same_seed_gives_the_same_text_and_another_seed_another() -> None:
    assert made().digest == made().digest != made(seed=2).digest


def test_the_respondent_gets_the_text_and_nothing_else() -> None:
    """The exact planted respondent makes no use of context, so examples move nothing there: null by construction."""
    plain = make_respondent(Settings("it", "planted"))
    assert isinstance(plain, Respondent)
    question = ATLAS.question(ITEMS[0])
    assert question is not None
    ask = Asker(0).ask(ATLAS, question, Framing("none", "self", "en", "w1"))
    (with_text,), (without,) = Steered(plain, made(), "it").answer([ask], 1, 0), plain.answer([ask], 1, 0)
    assert with_text == without

    class Copycat:
        """Answers what the last example answered, which is what in-context learning is at its crudest."""

        identity, batch, modes = {"kind": "copycat"}, 8, ("logprob",)

        def answer(self, asks: Any, samples: int, study_seed: int) -> Any:
            for one in asks:
                text = one.prompts[0].messages[-1][1]
                said = re.findall(r"Answer: (.*)", text)
                yield Outcome(p=tuple(float(k == len(said)) for k in range(one.question.cells)), off_menu=0.0)

    (found,) = Steered(Copycat(), made(count=3), "it").answer([ask], 1, 0)
    assert found.p == (0.0, 0.0, 0.0, 1.0, 0.0)


def toy(*stems: str, tags: dict[int, tuple[str, ...]] | None = None) -> Instrument:
    """An instrument with these stems as items q1, q2, …"""
    questions = tuple(
        Question(f"q{n}", "one", (1.0, 2.0), (Wording("w1", "en", stem, ("no", "yes")),), tags=(tags or {}).get(n, ()))
        for n, stem in enumerate(stems, start=1)
    )
    return Instrument("toy", "A toy", questions, SOURCE, "anything real")


def people(of: Instrument) -> Population:
    answers = tuple(replace(PEOPLE.answers[0], item=one.id, p=(0.4, 0.6), value=1.6) for one in of.questions)
    return replace(PEOPLE, instrument=of.name, answers=answers)


STEMS = (
    "Is it right that a daughter chooses her own husband?",
    "Is it right, that a daughter chooses her own HUSBAND",
    "Should the village elders settle quarrels about water?",
    "Do you think a good harvest depends on the moon?",
    "Would you lend your tools to a stranger?",
)


def test_planted_leaks_are_found_and_left_out() -> None:
    """q2 is q1 in other signs; q4 asks for q1's twin; q3 and q5 are clean."""
    of = toy(*STEMS, tags={4: ("twin:toy.q1",)})
    steering = examples_steering(people(of), of, [(of, ["q1"])], Shots(2, "modal"), ["en"], seed=0)
    notes = " | ".join(steering.notes)
    assert "2 examples (modal)" in notes and "q3, q5" in notes
    assert "left out, measured: q1" in notes
    assert "left out, near-duplicate of a measured item: q2" in notes
    assert "left out, measured in another frame: q4" in notes
    with pytest.raises(BadStudy, match=r"has 2 items that can be examples, not 3 \(left out: measured: 1; near-dup"):
        examples_steering(people(of), of, [(of, ["q1"])], Shots(3), ["en"], seed=0)


def test_a_leak_across_instruments_is_found() -> None:
    own, other = toy(*STEMS), replace(toy(STEMS[0].upper()), name="other")
    steering = examples_steering(people(own), own, [(other, ["q1"])], Shots(3), ["en"], seed=0)
    assert "near-duplicate of a measured item: q1, q2" in " | ".join(steering.notes)


def test_advice_twins_are_the_items_they_are_twins_of() -> None:
    advice, vsm = instrument("vsm13_advice"), instrument("vsm13")
    leaks = Leaks([(vsm, [one.id for one in vsm.questions])])
    assert all(leaks.same("vsm13_advice", one) for one in advice.questions)


def test_items_on_rights_are_no_examples_without_a_reason() -> None:
    of = toy(*STEMS[2:], tags={1: ("rights",)})
    with pytest.raises(BadStudy, match="about rights: 1"):
        examples_steering(people(of), of, [], Shots(3), ["en"], seed=0)
    opened = examples_steering(people(of), of, [], Shots(3, rights="the study is about them"), ["en"], seed=0)
    assert any("the study is about them" in note for note in opened.notes)


@pytest.mark.parametrize("name", ["atlas", "vsm13", "cultural_map"])
def test_few_pairs_of_different_items_are_taken_for_one(name: str) -> None:
    """At most one pair of an instrument's items is so alike in frame (justifiable: A, or B) that it counts as one."""
    of = instrument(name)
    worded = [(one, one.worded("en", "w1")) for one in of.questions]
    pairs = hits = 0
    for one, wording in worded:
        leaks = Leaks([(of, [one.id])])
        for other, text in worded:
            if other is not one and wording and text:
                pairs += 1
                hits += leaks.found(text.stem) is not None
        assert wording is None or leaks.found(f"Well. {wording.stem} Tell me.") is not None
    assert pairs > 50 and hits <= 2


def test_a_description_is_checked_and_named() -> None:
    clean = {"en": "A dry country of small towns.", "ar": "بلد جاف."}
    steering = description_steering("EGY", clean, MEASURED, source="an almanac")
    assert text_of(steering) == "About Egypt: A dry country of small towns."
    assert steering.sources == ("an almanac",)
    stem = ATLAS.questions[0].worded("en", "w2")
    assert stem is not None
    with pytest.raises(BadStudy, match=r"gives away atlas:a01 \(en/w2, 100%"):
        description_steering("EGY", {"en": f"They were asked: {stem.stem} Most said yes."}, MEASURED, source="a book")


@pytest.mark.parametrize(
    ("texts", "source", "says"),
    [
        ({}, "a book", "needs texts by language and its source"),
        ({"en": "Text."}, "", "needs texts by language and its source"),
        ({"en": " "}, "a book", "has no description in 'en'"),
        ({"tlh": "tlhIngan"}, "a book", "has no name in 'tlh'"),
    ],
)
def test_a_description_that_is_none_is_refused(texts: Any, source: str, says: str) -> None:
    with pytest.raises(BadStudy, match=says):
        description_steering("EGY", texts, [], source=source)


def test_examples_that_cannot_be_are_refused() -> None:
    with pytest.raises(BadStudy, match="1 or more, not 0"):
        Shots(0)
    with pytest.raises(BadStudy, match="one of sampled, modal, shares, not 'loud'"):
        Shots(1, "loud")  # type: ignore[arg-type]
    with pytest.raises(BadStudy, match="answered 'atlas', not 'vsm13'"):
        examples_steering(PEOPLE, instrument("vsm13"), [], Shots(1), ["en"], seed=0)
    with pytest.raises(BadStudy, match="no item 'zz' in atlas"):
        Leaks([(ATLAS, ["zz"])])
    with pytest.raises(BadStudy, match=r"without a text in the wording w1: 60"):
        examples_steering(PEOPLE, ATLAS, [], Shots(1), ["hi"], seed=0)
    scores = replace(PEOPLE, answers=tuple(replace(one, p=None) for one in PEOPLE.answers))
    with pytest.raises(BadStudy, match="without shares of single answers: 60"):
        examples_steering(scores, ATLAS, [], Shots(1), ["en"], seed=0)
