"""Hashes: what may move a draw, and what never may."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.cells import Asker, Framing, cell_of, combine, order_indices, parse_persona, prompts
from tawazun.errors import BadStudy, UnknownName
from tawazun.instruments import Instrument, Question, Wording, pair_codes
from tawazun.respondents import respondent_id
from tawazun.seeds import canonical_json, seed_for, stream
from tests.toys import SOURCE, toy

BASE = Framing("none", "self", "en", "w1")


def framed(**changes: str) -> Framing:
    from dataclasses import replace

    return replace(BASE, **changes)  # type: ignore[arg-type]


def test_asks_do_not_depend_on_what_was_asked_before() -> None:
    instrument = toy()
    pairs = list(product(instrument.questions, (BASE, framed(order="reversed"), framed(persona="EGY"))))
    one, other = Asker(1), Asker(1)
    forward = {(q.id, f): one.ask(instrument, q, f).ask for q, f in pairs}
    backward = {(q.id, f): other.ask(instrument, q, f).ask for q, f in reversed(pairs)}
    assert forward == backward
    assert len(set(forward.values())) == len(pairs)


@pytest.mark.parametrize(
    "change",
    [
        {"persona": "EGY", "perspective": "persona"},
        {"persona": "EGY", "perspective": "observer"},
        {"wording": "w2"},
        {"order": "reversed"},
        {"labels": "digits"},
        {"placement": "user"},
        {"context": "An example."},
        {"decoding": "t=1,p=1,max=8,seed=1", "mode": "sample"},
    ],
)
def test_every_factor_makes_another_ask(change: dict[str, str]) -> None:
    instrument = toy()
    question = instrument.questions[0]
    asker = Asker(0)
    assert asker.ask(instrument, question, framed(**change)).ask != asker.ask(instrument, question, BASE).ask


def test_a_changed_wording_makes_a_new_ask_and_only_its_own() -> None:
    before = toy()
    first = before.questions[0]
    text = Wording("w1", "en", "Another text?", first.wordings[0].options)
    changed = Question(first.id, "one", first.codes, (text, *first.wordings[1:]), ordinal=True)
    after = Instrument("toy", "A toy", (changed, *before.questions[1:]), SOURCE, "x")

    def hashes(one: Instrument) -> dict[tuple[str, str], str]:
        asker = Asker(0)
        return {(q.id, w): asker.ask(one, q, framed(wording=w)).ask for q in one.questions for w in ("w1", "w2")}

    old, new = hashes(before), hashes(after)
    assert {key for key in old if old[key] != new[key]} == {("q1", "w1")}


def test_the_label_is_not_part_of_who_answers() -> None:
    identity = {"kind": "hf", "model": "m", "weights": "abc"}
    assert respondent_id(identity) == respondent_id(dict(reversed(identity.items())))
    assert respondent_id({**identity, "weights": "abd"}) != respondent_id(identity)
    assert cell_of("a" * 32, "x") != cell_of("a" * 32, "y")


@given(st.integers(2, 9), st.integers(0, 5), st.text(max_size=8))
def test_orders_are_permutations_that_only_their_name_moves(count: int, number: int, item: str) -> None:
    for order in ("forward", "reversed", f"rotate-{number}", f"shuffle-{number}"):
        made = order_indices(order, count, 7, item)
        assert sorted(made) == list(range(count))
        assert made == order_indices(order, count, 7, item)


def test_shuffles_differ_between_items_and_numbers() -> None:
    drawn = {order_indices(f"shuffle-{n}", 6, 0, item) for n in range(6) for item in "abcdef"}
    assert len(drawn) > 20


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=2, unique=True))
def test_streams_depend_on_their_parts_alone(pair: list[int]) -> None:
    a, b = pair
    assert seed_for("x", a) == seed_for("x", a) != seed_for("x", b)
    assert stream(a, "ask", 0).random() != stream(a, "ask", 1).random()


def test_canonical_json_has_one_spelling() -> None:
    assert canonical_json({"b": 1, "a": ["é"]}) == '{"a":["é"],"b":1}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json(float("nan"))


def test_personas_have_one_spelling() -> None:
    assert parse_persona("EGY?sex=f&age=18-29").text == "EGY?age=18-29&sex=f"
    assert parse_persona("human").place == ""
    for bad, error in (("Egypt", UnknownName), ("EGY?age=29-18", BadStudy), ("EGY?sex=f&sex=m", BadStudy)):
        with pytest.raises(error):
            parse_persona(bad)


def test_personas_speak_their_language() -> None:
    instrument = toy()
    english = Asker(0).ask(instrument, instrument.questions[0], framed(persona="EGY?sex=f", perspective="persona"))
    assert "Egypt" in english.who and "woman" in english.who
    assert english.prompts[0].messages[0] == ("system", english.who)
    user = Asker(0).ask(
        instrument, instrument.questions[0], framed(persona="EGY", perspective="persona", placement="user")
    )
    assert [role for role, _ in user.prompts[0].messages] == ["user"]


def several(kind: str) -> Instrument:
    texts = ("apples", "pears", "plums")
    codes = {"some": (1.0, 0.0, -1.0), "pair": pair_codes(3, lambda a, b: 10 * a + b)}[kind]
    question = Question("q", kind, codes, (Wording("w1", "en", "Which?", texts),), pick=2)  # type: ignore[arg-type]
    return Instrument("fruit", "Fruit", (question,), SOURCE, "x")


def test_some_is_one_yes_no_prompt_per_option() -> None:
    instrument = several("some")
    ask = Asker(0).ask(instrument, instrument.questions[0], framed(order="reversed"))
    assert len(ask.prompts) == 3
    assert all(one.options == ("No", "Yes") and one.order == (1, 0) for one in ask.prompts)
    p, off = combine(ask.question, [(np.array([0.2, 0.7]), 0.1), (np.array([0.5, 0.5]), 0.0), (np.array([1, 0]), 0.0)])
    assert p == pytest.approx([0.2, 0.5, 1.0])
    assert off == pytest.approx(0.1 / 3)


def test_pair_asks_the_second_after_each_first_and_keeps_its_sum() -> None:
    instrument = several("pair")
    ask = Asker(0).ask(instrument, instrument.questions[0], framed(order="rotate-1"))
    assert len(ask.prompts) == 4
    first, *seconds = ask.prompts
    assert first.options == ("pears", "plums", "apples")
    assert seconds[0].options == ("pears", "plums") and seconds[0].order == (0, 1)
    assert seconds[1].options == ("plums", "apples") and seconds[1].order == (1, 0)
    first_p, rest = np.array([0.5, 0.3, 0.1]), [(np.array([0.6, 0.3]), 0.1)] * 3
    p, off = combine(ask.question, [(first_p, 0.1), *rest])
    assert len(p) == 6
    assert p.sum() + off == pytest.approx(1.0)
    assert p[:2] == pytest.approx([0.3, 0.15])


def test_reply_modes_ask_everything_in_one_prompt() -> None:
    for kind in ("some", "pair"):
        instrument = several(kind)
        ask = Asker(0).ask(instrument, instrument.questions[0], framed(mode="sample", decoding="t=1,p=1,max=8,seed=0"))
        assert len(ask.prompts) == 1
        assert ask.prompts == prompts(ask.shown, ask.framing, ask.who)


def test_a_missing_text_names_what_there_is() -> None:
    instrument = toy()
    with pytest.raises(BadStudy, match="en/w1, en/w2, en/w3"):
        Asker(0).ask(instrument, instrument.questions[0], framed(language="ar"))
