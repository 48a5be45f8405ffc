"""Templates, options without labels, and worked examples: what a benchmark's items look like when they are asked."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.cells import Asker, Framing, shots_text
from tawazun.errors import BadStudy
from tawazun.instruments import Exam, Instrument, Question, Template, Wording
from tawazun.interview import Plan, make_plan
from tawazun.measures.exams import PromptKind
from tawazun.source import Source
from tests.toys import study

SOURCE = Source("none", "none", "1", "none", "none", "yes")


def item(name: str, stem: str, *options: str, topic: str = "trees") -> Question:
    text = Wording("w1", "en", stem, options)
    return Question(name, "one", tuple(float(i) for i in range(len(options))), (text,), tags=(f"topic:{topic}",))


ASKED = item("q1", "Which tree bears dates?", "oak", "palm")
EXAM = Instrument(
    name="toy_exam",
    title="A toy",
    questions=(ASKED, item("q2", "Which bird hoots?", "owl", "hen", topic="birds")),
    source=SOURCE,
    not_for="anything",
    exam=Exam(clusters="topic"),
    gold={"q1": 1.0, "q2": 0.0, "d1": 0.0, "d2": 1.0, "d3": 1.0, "d4": 0.0},
    examples=(
        item("d1", "Which tree bears figs?", "fig", "elm"),
        item("d2", " which TREE bears dates", "oak", "palm"),
        item("d3", "Which tree bears olives?", "fir", "olive"),
        item("d4", "Which bird swims?", "duck", "kite", topic="birds"),
    ),
    templates=(
        Template("bare", "en", text="Q: {stem}\n{options}", option="{label}) {text}", head="About {topic}.", cue="A:"),
        Template("said", "en", text="{instruction}\n{stem}", instruction="Say one of {labels}."),
        Template("cot", "en", reasons=True),
    ),
)


def shown(**change: str) -> str:
    framing = Framing(persona="none", perspective="self", language="en", wording="w1")
    return Asker(0).ask(EXAM, ASKED, replace(framing, **change)).prompts[0].messages[0][1]


def test_a_plain_item_is_shown_as_a_survey_question() -> None:
    assert shown() == "Which tree bears dates?\nA. oak\nB. palm\nReply with the label of one option only."


def test_a_template_lays_an_item_out() -> None:
    assert shown(wording="bare") == "About trees.\n\nQ: Which tree bears dates?\nA) oak\nB) palm"
    assert shown(wording="said") == "Say one of A, B.\nWhich tree bears dates?"


def test_options_may_stand_without_labels_or_not_at_all() -> None:
    assert shown(labels="text") == "Which tree bears dates?\n- oak\n- palm\nReply with one of these answers only."
    assert shown(labels="cloze") == "Which tree bears dates?"


def test_worked_examples_are_of_the_same_topic_and_never_the_item_itself() -> None:
    text = shown(context=shots_text(2))
    assert [text.count(word) for word in ("figs", "olives", "dates", "swims")] == [1, 1, 1, 0]
    assert text.startswith(
        "Which tree bears figs?\nA. fig\nB. elm\nReply with the label of one option only.\nAnswer: A\n\n"
    )
    assert shown(context=shots_text(1)).count("Answer:") == 1


def test_a_level_shows_as_many_worked_examples_as_it_says() -> None:
    text = shown(context=shots_text(3))
    assert [text.count(word) for word in ("figs", "olives", "dates", "swims", "Answer:")] == [1, 1, 1, 1, 3]
    assert text.index("olives") < text.index("swims") < text.index("dates")
    with pytest.raises(BadStudy, match=r"shots: toy_exam has 3 worked examples in the topic trees, not 5"):
        shown(context=shots_text(5))
    keys = {name: EXAM.gold[name] for name in ("q1", "q2", "d2")}
    alone = replace(EXAM, exam=Exam(), examples=EXAM.examples[1:2], gold=keys)
    framing = Framing(persona="none", perspective="self", language="en", wording="w1", context=shots_text(1))
    with pytest.raises(BadStudy, match=r"toy_exam has 0 worked examples beside q1, not 1"):
        Asker(0).ask(alone, ASKED, framing)
    assert "dates" in Asker(0).ask(alone, EXAM.questions[1], framing).prompts[0].messages[0][1]


def test_too_many_worked_examples_are_refused_before_anything_is_asked() -> None:
    def planned(shots: list[int | str]) -> Plan:
        ask = {"instruments": ["toy_exam"], "mode": "generate", "shots": shots}
        return make_plan(study(ask=ask), [EXAM])

    assert len(planned([0, 1])) == 4
    more = "; .up to 2. shows what there is"
    with pytest.raises(BadStudy, match=rf"shots: toy_exam has 1 worked examples in the topic birds, not 2{more}"):
        planned([0, 2])
    assert len(planned([0, 1, "up to 2"])) == 6


def test_up_to_so_many_worked_examples_shows_what_the_topic_has_and_says_so() -> None:
    text = shown(context=shots_text("up to 5"))
    assert [text.count(word) for word in ("figs", "olives", "dates", "swims", "Answer:")] == [1, 1, 1, 0, 2]
    assert shown(context=shots_text("up to 1")) == shown(context=shots_text(1))
    framing = Framing(persona="none", perspective="self", language="en", wording="w1", context=shots_text(1))
    most = replace(framing, context=shots_text("up to 1"))
    assert Asker(0).ask(EXAM, ASKED, framing).ask != Asker(0).ask(EXAM, ASKED, most).ask
    kinds = [PromptKind("w1", "letters", shots_text(level), "system").words for level in (0, 2, "up to 2")]
    assert kinds == ["w1 letters 0-shot", "w1 letters 2-shot", "w1 letters up-to-2-shot"]
    alone = replace(EXAM, exam=Exam(), examples=EXAM.examples[1:2], gold={k: EXAM.gold[k] for k in ("q1", "q2", "d2")})
    with pytest.raises(BadStudy, match=r"toy_exam has 0 worked examples beside q1, not 1"):
        Asker(0).ask(alone, ASKED, most)


@pytest.mark.parametrize("level", [-1, 1000, "up to 0", "up to", "at most 5", "²", "5 or so", True])
def test_a_level_of_worked_examples_is_a_number_or_up_to_one(level: int | str) -> None:
    if level is not True:
        with pytest.raises(BadStudy, match="a number of worked examples from 0 to 999, or"):
            shots_text(level)
    with pytest.raises(BadStudy, match="a number of worked examples"):
        study(ask={"instruments": ["toy_exam"], "shots": [level, level]})


def test_worked_examples_follow_the_order_and_the_labels_of_the_item() -> None:
    text = shown(context=shots_text(1), order="reversed", labels="digits")
    assert "1. elm\n2. fig" in text and "Answer: 2" in text
    assert "Answer: fig" in shown(context=shots_text(1), labels="text")


def test_everything_shown_is_part_of_the_ask() -> None:
    framing = Framing(persona="none", perspective="self", language="en", wording="bare")
    changed = replace(EXAM, templates=(replace(EXAM.templates[0], cue="Reply:"),))
    assert Asker(0).ask(EXAM, ASKED, framing).ask != Asker(0).ask(changed, ASKED, framing).ask
    shot = replace(framing, wording="w1", context=shots_text(1))
    other = replace(EXAM, gold={**EXAM.gold, "d1": 1.0})
    assert Asker(0).ask(EXAM, ASKED, shot).ask != Asker(0).ask(other, ASKED, shot).ask


def test_one_asker_keeps_numbers_of_worked_examples_apart() -> None:
    asker = Asker(0)
    framing = Framing(persona="none", perspective="self", language="en", wording="w1")
    seen = [asker.ask(EXAM, ASKED, replace(framing, context=shots_text(k))).prompts[0].messages[0][1] for k in (0, 2)]
    assert [text.count("Answer:") for text in seen] == [0, 2]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"wording": "cot"}, "reasons first"),
        ({"wording": "bare", "labels": "runes"}, "unknown script"),
        ({"wording": "w9"}, "has no text"),
    ],
)
def test_what_cannot_be_shown_is_refused(change: dict[str, str], why: str) -> None:
    with pytest.raises(BadStudy, match=why):
        shown(**change)


def test_an_exam_without_a_development_split_has_no_worked_examples() -> None:
    framing = Framing(persona="none", perspective="self", language="en", wording="w1", context=shots_text(2))
    with pytest.raises(BadStudy, match="development split"):
        Asker(0).ask(replace(EXAM, examples=(), gold={}), ASKED, framing)


@given(st.text(min_size=1).filter(str.strip), st.text(min_size=1), st.text(min_size=1))
def test_braces_in_a_text_stay_as_they_are(stem: str, one: str, two: str) -> None:
    made = replace(EXAM, questions=(item("q1", stem, one, two),), gold={}, examples=())
    framing = Framing(persona="none", perspective="self", language="en", wording="bare")
    text = Asker(0).ask(made, made.questions[0], framing).prompts[0].messages[0][1]
    assert text == f"About trees.\n\nQ: {stem}\nA) {one}\nB) {two}"
