"""Any respondent under a steering: what it is asked, what comes back, and what is refused."""

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun import api
from tawazun.answers import Outcome, check
from tawazun.atlas import persona_shares, world
from tawazun.cells import Ask, Asker, Decoding, Framing
from tawazun.errors import BadFile, BadStudy
from tawazun.instruments import instrument
from tawazun.respondents import (
    Respondent,
    Settings,
    Steering,
    Voice,
    make_respondent,
    read_steering,
    respondent_id,
    write_steering,
)
from tawazun.respondents.steered import Steered, average
from tests.fault_server import serve
from tests.toys import study

ATLAS = instrument("atlas")


def voice(place: str, weight: float = 1.0, **more: Any) -> Voice:
    says = {"en": (f"You are from {place}.", f"You live in {place}.")}
    return Voice(**{"weight": weight, "persona": place, "perspective": "persona", "says": says, **more})


def steering(*voices: Voice, **more: Any) -> Steering:
    return Steering(**{"kind": "persona", "title": "a test", "voices": voices, **more})


def ask(item: str = "a01", persona: str = "none", wording: str = "w1", **more: Any) -> Ask:
    question = ATLAS.question(item)
    assert question is not None
    perspective = "persona" if persona.startswith("x-") else "self"
    framing = Framing(**{"persona": persona, "perspective": perspective, "language": "en", "wording": wording, **more})
    return Asker(7).ask(ATLAS, question, framing)


class Scripted:
    """Answers from what it reads, and remembers what it was asked."""

    modes = ("logprob", "sample", "generate")
    batch = 12

    def __init__(self, reads: Any = None) -> None:
        self.identity = {"kind": "scripted"}
        self.asked: list[Ask] = []
        self._reads = reads or (lambda one: Outcome(p=(1.0,) + (0.0,) * (one.question.cells - 1), off_menu=0.0))

    def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> Iterator[Outcome]:
        self.asked += asks
        yield from map(self._reads, asks)


def places() -> list[str]:
    here = world()
    return [code for code, role in zip(here.places, here.roles, strict=True) if role == "known"]


# ---- the words


def test_the_persona_replaces_a_generic_descriptor_and_follows_the_wording() -> None:
    inner = Scripted()
    list(Steered(inner, steering(voice(places()[0])), "it").answer(
        [ask(), ask(wording="w2"), ask(wording="w3"), ask(persona="human")], 1, 0))  # fmt: skip
    place = places()[0]
    assert [one.who for one in inner.asked] == [
        f"You are from {place}.", f"You live in {place}.", f"You are from {place}.", f"You are from {place}.",
    ]  # fmt: skip
    assert {(one.framing.persona, one.framing.perspective) for one in inner.asked} == {(place, "persona")}
    assert inner.asked[0].prompts[0].messages[0] == ("system", f"You are from {place}.")


def test_who_is_played_already_is_left_alone_or_spoken_over() -> None:
    home, guest = places()[:2]
    inner = Scripted()
    made = Steered(inner, steering(voice(home)), "it")
    played = ask(persona=guest)
    list(made.answer([played], 1, 0))
    assert inner.asked == [played]
    assert any("1 asks that play somebody were left" in line for line in made.notes)
    over = Scripted()
    spoken = Voice(says={"*": ("Think twice.",)}, context={"en": "It rains there."})
    list(Steered(over, steering(spoken, over="everybody"), "it").answer([played], 1, 0))
    assert over.asked[0].framing.persona == guest
    assert over.asked[0].who == f"Think twice. {played.who}"
    assert over.asked[0].prompts[0].messages[1][1].startswith("It rains there.\n\n")


def test_a_restated_ask_is_the_ask_that_a_study_would_make() -> None:
    """The own persona by steering and by `personas` is one and the same question to the model, hash and all."""
    place = places()[0]
    own = ask(persona=place)
    inner = Scripted()
    said = Voice(persona=place, perspective="persona", says={"en": (own.who,)})
    plain = ask()
    list(Steered(inner, steering(said), "it").answer([plain], 1, 0))
    assert inner.asked == [own]
    assert plain.ask != own.ask


def test_context_stands_before_the_question_and_worked_examples_stay() -> None:
    facts = instrument("atlas_facts")
    question = facts.questions[0]
    framing = Framing("none", "self", "en", "w1")
    inner = Scripted()
    made = Steered(inner, steering(Voice(context={"en": "Some people said yes."})), "it")
    list(made.answer([Asker(0).ask(facts, question, framing)], 1, 0))
    assert inner.asked[0].who == ""
    assert inner.asked[0].prompts[0].messages[-1][1].startswith("Some people said yes.\n\n")


def test_own_descriptors_of_an_instrument_come_before_the_general_ones() -> None:
    said = voice(places()[0], own={"atlas": {"en": ("You were born there.",)}})
    assert said.sentence("atlas", "en", "w5") == "You were born there."
    assert said.sentence("vsm13", "en", "w2") == f"You live in {places()[0]}."
    assert said.sentence("vsm13", "en-GB", "w1") == f"You are from {places()[0]}."
    assert said.sentence("vsm13", "hi", "w1") is None


def test_a_language_without_words_is_said_cell_by_cell() -> None:
    made = Steered(Scripted(), steering(voice(places()[0])), "it")
    found = list(made.answer([ask(), ask(language="ar"), ask(item="a02")], 1, 0))
    assert [one.error for one in found] == [None, "it: the steering has no words in 'ar'; it has en", None]


# ---- the planted world


def planted(folder: Path, made: Steering, **keys: Any) -> Respondent:
    adapter = str(write_steering(folder, made))
    found = make_respondent(Settings("it", "planted", adapter=adapter, **keys))
    assert isinstance(found, Respondent)
    return found


def test_two_halves_are_the_average_of_their_answers(tmp_path: Path) -> None:
    one, two = places()[:2]
    made = planted(tmp_path, steering(voice(one, 0.25), voice(two, 0.75)))
    items = [question.id for question in ATLAS.questions]
    found = list(made.answer([ask(item) for item in items], 1, 0))
    for item, outcome in zip(items, found, strict=True):
        column = world().column(item)
        cells = world().cells[column]
        expected = 0.25 * persona_shares(one, "en")[column, :cells] + 0.75 * persona_shares(two, "en")[column, :cells]
        assert np.allclose(outcome.p or (), expected, atol=1e-12)
        check(outcome, ATLAS.questions[column], "here")
    assert made.batch == 4096 // 2


def test_a_plain_steering_gives_the_personas_own_answers(tmp_path: Path) -> None:
    place = places()[0]
    made = planted(tmp_path, steering(voice(place)))
    plain = make_respondent(Settings("it", "planted"))
    assert isinstance(plain, Respondent)
    (steered,), (own,) = list(made.answer([ask()], 1, 0)), list(plain.answer([ask(persona=place)], 1, 0))
    assert steered == own


def test_replies_of_a_mixture_count_as_fewer(tmp_path: Path) -> None:
    one, two = places()[:2]
    made = planted(tmp_path, steering(voice(one, 0.25), voice(two, 0.75)))
    (found,) = made.answer([ask(mode="sample", decoding=Decoding().text)], 40, 3)
    assert found.n == pytest.approx(1 / (0.25**2 / 40 + 0.75**2 / 40))
    assert sum(found.p or ()) + (found.refused or 0) + (found.unread or 0) == pytest.approx(1)
    assert found.text is None


def test_a_study_joins_plain_and_steered_respondents(tmp_path: Path) -> None:
    write_steering(tmp_path / "near", steering(voice(places()[0])))
    made = study(
        respondent=[
            {"name": "plain", "kind": "planted"},
            {"name": "steered", "kind": "planted", "adapter": "near"},
            {"name": "floor", "kind": "uniform", "adapter": "near"},
        ],
        ask={"items": ["a01", "a02"], "personas": ["none", places()[1]]},
    )
    run = api.run(made, tmp_path / "run", folder=tmp_path)
    by = {label: run.answers.filter(respondent=label).sort("ask") for label in ("plain", "steered", "floor")}
    assert by["plain"]["ask"].to_list() == by["steered"]["ask"].to_list() == by["floor"]["ask"].to_list()
    assert by["plain"]["context"].to_list() == by["steered"]["context"].to_list()
    differ = by["plain"].with_columns(other=by["steered"]["p"]).filter(persona="none")
    assert all(list(p) != list(q) for p, q in differ.select("p", "other").iter_rows())
    same = by["plain"].with_columns(other=by["steered"]["p"]).filter(persona=places()[1])
    assert all(list(p) == list(q) for p, q in same.select("p", "other").iter_rows())
    assert len({one[0] for one in run.answers.select("respondent_id").unique().iter_rows()}) == 3


# ---- passing on


def test_an_endpoint_is_steered_and_tells_what_came_early() -> None:
    with serve() as server:
        settings = Settings("it", "endpoint", model="planted", base_url=server.url)
        inner = make_respondent(settings)
        assert isinstance(inner, Respondent)
        made = Steered(inner, steering(voice(places()[0])), "it")
        heard: list[int] = []
        made.early = lambda at, said: heard.append(at)
        asks = [ask(language="ar"), ask(mode="sample", decoding=Decoding().text), ask("a02")]
        found = list(made.answer(asks, 2, 0))
        said = list(made.replies(asks[1:2], [[0, 1]], 0))
        made.rest()
    assert found[0].error and "no words" in found[0].error
    assert found[2].error is None and set(heard) <= {1, 2}
    assert isinstance(said[0], Sequence) and len(said[0]) == 2
    assert all(f"You are from {places()[0]}." in prompt for prompt in server.good)
    assert made.usage["requests"] >= 3 and made.notes[0] == "steered (persona): a test"


def test_several_voices_give_no_single_replies_and_no_early_ones() -> None:
    class Telling(Scripted):
        early = None

        def replies(self, asks: Any, wanted: Any, seed: int) -> Any:
            return iter(())

    two = steering(voice(places()[0], 0.5), voice(places()[1], 0.5))
    assert hasattr(Steered(Telling(), steering(voice(places()[0])), "it"), "replies")
    assert not hasattr(Steered(Telling(), two, "it"), "replies")
    assert not hasattr(Steered(Telling(), two, "it"), "early")
    assert Steered(Telling(), two, "it").batch == 6


def test_a_respondent_that_gives_too_little_is_not_covered_up() -> None:
    class Short(Scripted):
        def answer(self, asks: Any, samples: int, study_seed: int) -> Iterator[Outcome]:
            yield from list(super().answer(asks, samples, study_seed))[:-1]

    with pytest.raises(ValueError):
        list(Steered(Short(), steering(voice(places()[0], 0.5), voice(places()[1], 0.5)), "it").answer([ask()], 1, 0))
    assert len(list(Steered(Short(), steering(voice(places()[0])), "it").answer([ask(), ask("a02")], 1, 0))) == 1


# ---- averages

shares = st.lists(st.floats(0.01, 1), min_size=3, max_size=3).map(lambda x: tuple(one / sum(x) for one in x))


@given(st.lists(st.tuples(st.floats(0.05, 1), shares, st.floats(0, 0.5)), min_size=2, max_size=6))
def test_an_average_keeps_the_rules_of_an_answer(parts: list[tuple[float, tuple[float, ...], float]]) -> None:
    total = sum(weight for weight, _, _ in parts)
    outcomes = [
        (weight / total, Outcome(p=tuple((1 - off) * one for one in p), off_menu=off, value=p[0], sd=off, loglik=p))
        for weight, p, off in parts
    ]
    found = average(outcomes)
    assert found.p is not None and found.value is not None and found.sd is not None and found.off_menu is not None
    assert sum(found.p) + found.off_menu == pytest.approx(1)
    assert min(p[0] for _, p, _ in parts) - 1e-12 <= found.value <= max(p[0] for _, p, _ in parts) + 1e-12
    second = sum(w * (one.sd**2 + one.value**2) for w, one in outcomes)  # type: ignore[operator]
    assert found.sd == pytest.approx(math.sqrt(max(0, second - found.value**2)), abs=1e-6)
    assert found.loglik is not None
    likelihood = sum(w * math.exp(p[0]) for (w, _), (_, p, _) in zip(outcomes, parts, strict=True))
    assert found.loglik[0] == pytest.approx(math.log(likelihood))
    assert average(outcomes[::-1]).value == pytest.approx(found.value)


def test_what_one_voice_cannot_say_nobody_says() -> None:
    whole = Outcome(p=(0.5, 0.5), off_menu=0.0, refused=0.0, unread=0.0, n=4.0)
    lost = Outcome(p=(0.5, 0.5), off_menu=None, refused=0.0, unread=0.0, n=4.0, loglik=(-math.inf, 0.0))
    assert average([(0.5, whole), (0.5, lost)]).off_menu is None
    assert average([(0.5, whole), (0.5, lost)]).n == pytest.approx(8)
    assert average([(0.5, lost), (0.5, lost)]).loglik == (-math.inf, 0.0)
    failed = average([(0.5, whole), (0.5, Outcome(error="no luck"))])
    assert failed == Outcome(error="one of 2 voices: no luck")


# ---- files and refusals


def test_a_file_is_read_back_and_its_digest_is_in_the_identity(tmp_path: Path) -> None:
    made = steering(
        voice(places()[0], 0.5, own={"atlas": {"en": ("You.",)}}, context={"*": "Text."}), voice(places()[1], 0.5),
        over="everybody", sources=("a book",), notes=("a note",),
    )  # fmt: skip
    folder = write_steering(tmp_path / "deep" / "er", made)
    assert read_steering(folder) == made
    one = make_respondent(Settings("it", "uniform", adapter=str(folder)))
    two = make_respondent(Settings("it", "uniform"))
    assert one.identity == {**two.identity, "steering": made.digest}
    assert respondent_id(one.identity) != respondent_id(two.identity)
    changed = steering(voice(places()[0]))
    assert changed.digest != made.digest and changed.digest == steering(voice(places()[0])).digest


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not UTF-8 JSON"),
        ("[]", "not a steering of version 1"),
        ('{"version": 2}', "not a steering of version 1"),
        ('{"version": 1, "kind": "x", "title": "y", "voices": [], "colour": 1}', "unknown key 'colour'"),
        ('{"version": 1, "kind": "x", "title": "y", "voices": []}', "1 to 1000 voices, not 0"),
        ('{"version": 1, "kind": "x", "title": "y", "voices": 3}', "voices is a list"),
        ('{"version": 1, "kind": "", "title": "y", "voices": [{"context": {"en": "a"}}]}', "one of them is empty"),
        ('{"version": 1, "kind": 1, "title": "y", "voices": [{"context": {"en": "a"}}]}', "kind is a text"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "steering.json").write_text(text, encoding="utf-8")
    with pytest.raises(BadFile, match=r"steering\.json: ") as caught:
        read_steering(tmp_path)
    assert says in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("one", "says"),
    [
        ({}, "changes nothing"),
        ({"says": {"en": []}}, "empty sentence"),
        ({"says": {"en": ["  "]}}, "empty sentence"),
        ({"says": {"en": "You"}}, "a list of texts"),
        ({"says": ["You"]}, "a table was expected"),
        ({"context": {"en": 3}}, "en is a text"),
        ({"context": {"en": "shots=3"}}, "begins with shots="),
        ({"weight": "1", "context": {"en": "a"}}, "weight is a number"),
        ({"weight": 0.5, "context": {"en": "a"}}, "sum to 1, not to 0.5"),
        ({"weight": -1, "context": {"en": "a"}}, "above 0"),
        ({"persona": "x-nowhere", "perspective": "persona", "says": {"en": ["a"]}}, "x-nowhere"),
        ({"persona": "none", "perspective": "persona", "says": {"en": ["a"]}}, "does not go with"),
        ({"perspective": "god", "says": {"en": ["a"]}}, "perspective is one of"),
        ({"own": {"atlas": {"en": ["a"]}}, "context": {"en": "a"}}, "needs says"),
        ("you", "a voice is a table"),
        ({"wieght": 1, "says": {"en": ["a"]}}, "unknown key 'wieght'"),
    ],
)
def test_a_bad_voice_is_named(tmp_path: Path, one: Any, says: str) -> None:
    table = {"version": 1, "kind": "x", "title": "y", "voices": [one]}
    (tmp_path / "steering.json").write_text(json.dumps(table), encoding="utf-8")
    with pytest.raises(BadFile) as caught:
        read_steering(tmp_path)
    assert says in str(caught.value)


def test_who_cannot_be_steered(tmp_path: Path) -> None:
    folder = str(write_steering(tmp_path, steering(voice(places()[0]))))
    none = Settings("it", "endpoint", model="m", base_url="http://127.0.0.1:1", adapter=str(tmp_path / "no"))
    with pytest.raises(BadStudy, match=r"has no steering\.json, and kind 'endpoint' takes no other adapter"):
        make_respondent(none)
    (tmp_path / "answers.csv").write_text("question,option,share\na01,1,1\n", encoding="utf-8")
    with pytest.raises(BadStudy, match="answered before"):
        make_respondent(Settings("it", "recorded", file="answers.csv", folder=tmp_path, adapter=folder))
