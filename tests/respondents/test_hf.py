"""A local model's answers against a plain forward pass of each prompt alone, recomputed here from the text up."""

import json
import math
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from tokenizers.processors import TemplateProcessing

from tawazun.answers import Outcome, check
from tawazun.answers.thoughts import without_thought
from tawazun.cells import Ask, Asker, Decoding, Framing, parse_decoding
from tawazun.engine import Chat, opened
from tawazun.errors import BadFile, BadStudy
from tawazun.instruments import Instrument, Question, Wording, pair_codes
from tawazun.respondents import Settings, make_respondent, reading, respondent_id
from tawazun.respondents.catalogue import hf
from tawazun.respondents.replies import told
from tests import tiny_models
from tests.toys import SOURCE

BASE = Framing("none", "self", "en", "w1")
TALK = "t=1,p=1,max=6,seed=0"


def worded(stem: str, options: Sequence[str], arabic: Sequence[str] = ()) -> tuple[Wording, ...]:
    made = (Wording("w1", "en", stem, tuple(options)),)
    return (*made, Wording("w1", "ar", "كم عدد الخيارات؟", tuple(arabic))) if arabic else made


FOUR = ("of little importance", "undecided", "important", "very important")
FOUR_AR = ("نعم", "لا", "أوافق", "لا أوافق")
TEN = tuple(f"step {n} of ten" for n in range(1, 11))
ITEMS = Instrument(
    "toy",
    "A toy",
    (
        Question("one", "one", (1, 2, 3, 4), worded("How important is time?", FOUR, FOUR_AR), ordinal=True),
        Question("two", "one", (0, 1), worded("Is it so?", ("yes", "no"))),
        Question("ten", "one", tuple(range(1, 11)), worded("Where do you stand?", TEN), ordinal=True),
        Question("same", "one", (1, 2), worded("Which?", ("often", "often"))),
        Question("some", "some", (1, 1, 1), worded("Which do you name?", FOUR[:3]), pick=2),
        Question("pair", "pair", pair_codes(3, lambda a, b: a - b), worded("Which comes first?", FOUR[:3])),
        Question("long", "one", (1, 2), worded("Why? " * 300, ("yes", "no"))),
        Question("number", "number", (0, 100), worded("How many?", ())),
    ),
    SOURCE,
    "anything real",
)


def ask(item: str, seed: int = 0, **changes: str) -> Ask:
    question = ITEMS.question(item)
    assert question is not None
    return Asker(seed).ask(ITEMS, question, replace(BASE, **changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("hf")
    for kind in ("llama", "qwen"):
        tiny_models.save(root / kind, kind)
    tiny_models.save(root / "plain", "gpt2", tiny_models.tokenizer(None))
    tiny_models.save(root / "blind", "llama", tiny_models.short_sighted())
    return root


def respondent(folder: Path, **settings: Any) -> hf.HF:
    made = make_respondent(Settings("a model", "hf", model=str(folder), **settings))
    assert isinstance(made, hf.HF)
    return made


@pytest.fixture(scope="module")
def llama(root: Path) -> hf.HF:
    return respondent(root / "llama")


class Naive:
    """The same model, asked one text at a time by the shortest code that can be right."""

    def __init__(self, made: hf.HF) -> None:
        self.words, self.module = made._model.tokenizer, made._model.module

    def text(self, messages: Sequence[tuple[str, str]], cue: str) -> str:
        if not self.words.chat_template:
            return "\n\n".join(text for _, text in messages) + "\n" + cue
        return "".join(f"<|{role}|>{text}<|end|>" for role, text in messages) + "<|assistant|>"

    def tokens(self, text: str) -> list[int]:
        return list(self.words(text, add_special_tokens=False)["input_ids"])

    @torch.inference_mode()
    def chance(self, before: list[int], after: list[int]) -> float:
        """Probability of tokens after others, with the full softmax in double precision."""
        logits = self.module(torch.tensor([[*before, *after]]), use_cache=False).logits[0].double()
        logs = torch.log_softmax(logits, dim=-1)
        return math.exp(sum(float(logs[len(before) - 1 + k, token]) for k, token in enumerate(after)))

    def labels(self, text: str, labels: Sequence[str]) -> list[float]:
        """Probability of each label, its spellings added up."""
        start = self.tokens(text)
        full = [[self.tokens(text + space + label) for space in ("", " ")] for label in labels]
        assert all(one[: len(start)] == start for spelled in full for one in spelled)
        return [sum(self.chance(start, one[len(start) :]) for one in spelled) for spelled in full]


def readable(made: hf.HF, one: Ask) -> Outcome:
    outcome = made.answer([one], 1, 0)[0]
    assert outcome.error is None, outcome.error
    return check(outcome, one.question, "test")


# ---- reading probabilities


@pytest.mark.parametrize("kind", ["llama", "qwen", "plain"])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"order": "reversed"},
        {"order": "shuffle-1", "labels": "digits"},
        {"persona": "EGY", "perspective": "persona"},
        {"persona": "EGY", "perspective": "observer", "placement": "user"},
        {"context": "An example."},
    ],
)
def test_an_answer_is_the_full_softmax_at_the_last_position(root: Path, kind: str, changes: dict[str, str]) -> None:
    made = respondent(root / kind)
    one = ask("one", **changes)
    naive, prompt = Naive(made), one.prompts[0]
    shown = naive.labels(naive.text(prompt.messages, prompt.cue), prompt.labels)
    expected = [shown[prompt.order.index(k)] for k in range(4)]
    outcome = readable(made, one)
    assert outcome.p == pytest.approx(expected, abs=1e-5)
    assert outcome.off_menu == pytest.approx(1 - sum(expected), abs=1e-5)
    assert outcome.off_menu is not None and 0.5 < outcome.off_menu < 1
    assert outcome.refused is None and outcome.unread is None and outcome.n is None


# after a space each of these letters is one token here, and bare it is two; each of these digits is always several
@pytest.mark.parametrize("script", ["ar-letters", "ar-digits"])
def test_arabic_labels(root: Path, script: str) -> None:
    made = respondent(root / "qwen")
    one = ask("one", language="ar", labels=script, order="reversed")
    naive, prompt = Naive(made), one.prompts[0]
    shown = naive.labels(naive.text(prompt.messages, prompt.cue), prompt.labels)
    outcome = readable(made, one)
    assert outcome.p == pytest.approx(shown[::-1], rel=1e-3, abs=0)
    assert outcome.off_menu == pytest.approx(1 - sum(shown), abs=1e-5)
    assert made.notes and made.notes[0].startswith(f"{script} (ar): ")


def test_labels_of_two_tokens_are_scored_whole_and_apart_from_shorter_ones(llama: hf.HF) -> None:
    one = ask("ten", labels="digits")
    naive, prompt = Naive(llama), one.prompts[0]
    text = naive.text(prompt.messages, prompt.cue)
    assert [len(naive.tokens(text + end)) - len(naive.tokens(text)) for end in ("1", " 1", "10", " 10")] == [1, 2, 2, 3]
    shown = naive.labels(text, prompt.labels)
    expected = [shown[0] - shown[9], *shown[1:]]
    outcome = readable(llama, one)
    assert outcome.p == pytest.approx(expected, abs=1e-6)
    assert outcome.p is not None and outcome.p[9] == pytest.approx(shown[9], rel=1e-3)
    assert outcome.off_menu == pytest.approx(1 - sum(expected), abs=1e-5)
    assert any(note.startswith("digits (en): labels are not all single tokens") for note in llama.notes)


def test_option_texts_are_scored_when_labels_are_all_alike(root: Path) -> None:
    made = respondent(root / "blind")
    one = ask("one", labels="ar-letters", order="rotate-1")
    naive, prompt = Naive(made), one.prompts[0]
    start = naive.tokens(f"{prompt.messages[0][1]}\n{prompt.cue}")
    chances = [naive.chance(start, naive.tokens(option)) for option in prompt.options]
    outcome = readable(made, one)
    expected = [chances[prompt.order.index(k)] / sum(chances) for k in range(4)]
    assert outcome.p == pytest.approx(expected, abs=1e-5)
    assert outcome.off_menu is None
    assert "option texts scored" in made.notes[0]


def test_options_that_nothing_tells_apart_are_an_error(root: Path) -> None:
    outcome = respondent(root / "blind").answer([ask("same", labels="ar-letters")], 1, 0)[0]
    assert outcome == Outcome(error="neither labels nor option texts can be told apart by the model's tokeniser")


def test_a_some_question_is_one_yes_or_no_per_option(llama: hf.HF) -> None:
    one = ask("some", order="reversed")
    naive, yes, off = Naive(llama), [], []
    for prompt in one.prompts:
        shown = naive.labels(naive.text(prompt.messages, prompt.cue), prompt.labels)
        yes.append(shown[prompt.options.index("Yes")])
        off.append(1 - sum(shown))
    outcome = readable(llama, one)
    assert outcome.p == pytest.approx(yes, abs=1e-5)
    assert outcome.off_menu == pytest.approx(np.mean(off), abs=1e-5)


def test_a_pair_is_a_first_choice_and_then_a_second(llama: hf.HF) -> None:
    one = ask("pair", order="shuffle-2")
    naive = Naive(llama)
    asked = [naive.labels(naive.text(p.messages, p.cue), p.labels) for p in one.prompts]
    expected = []
    for first in range(3):
        for second in range(3):
            if second != first:
                then = one.prompts[1 + first]
                at = then.options.index(FOUR[second])
                expected.append(asked[0][one.prompts[0].order.index(first)] * asked[1 + first][at])
    outcome = readable(llama, one)
    assert outcome.p == pytest.approx(expected, abs=1e-5)
    assert outcome.off_menu == pytest.approx(1 - sum(expected), abs=1e-5)


@pytest.mark.parametrize(("chat", "begun"), [(None, [1]), (tiny_models.CHAT, [])])
def test_a_beginning_token_opens_plain_texts_only(tmp_path: Path, chat: str | None, begun: list[int]) -> None:
    """A template spells its own beginning; a plain text gets the one that the tokeniser would add."""
    words = tiny_models.tokenizer(chat)
    words.backend_tokenizer.post_processor = TemplateProcessing(
        single="<|system|> $A <|end|>", special_tokens=[("<|system|>", 1), ("<|end|>", 0)]
    )
    made = respondent(tiny_models.save(tmp_path / "model", "llama", words))
    one = ask("one")
    naive, prompt = Naive(made), one.prompts[0]
    text = naive.text(prompt.messages, prompt.cue)
    start = [*begun, *naive.tokens(text)]
    assert made.reader.encode([text]) == [start]
    ends = [[naive.tokens(text + space + label)[len(start) - len(begun) :] for space in ("", " ")] for label in "ABCD"]
    assert readable(made, one).p == pytest.approx(
        [sum(naive.chance(start, e) for e in both) for both in ends], abs=1e-5
    )


def mixed() -> list[Ask]:
    """Every kind of ask, readable or not, in one list."""
    return [
        ask("one"), ask("ten", labels="digits"), ask("number"), ask("some"), ask("long"), ask("pair", labels="digits"),
        ask("two", order="reversed"), ask("one", language="ar", labels="ar-letters"), ask("same"), ask("ten"),
    ]  # fmt: skip


def same(one: Outcome, other: Outcome) -> bool:
    if one.error or other.error:
        return one == other
    return one.p == pytest.approx(other.p, abs=1e-5) and one.off_menu == pytest.approx(other.off_menu, abs=1e-5)


def test_asks_do_not_disturb_each_other(llama: hf.HF) -> None:
    together = llama.answer(mixed(), 1, 0)
    assert all(same(a, llama.answer([one], 1, 0)[0]) for a, one in zip(together, mixed(), strict=True))
    backwards = llama.answer(mixed()[::-1], 1, 0)[::-1]
    assert all(same(a, b) for a, b in zip(together, backwards, strict=True))
    faults = {one.question.id: a.error for one, a in zip(mixed(), together, strict=True) if a.error}
    assert faults.keys() == {"number", "long"}
    assert "kind 'number'" in str(faults["number"]) and "longer than the model's 512" in str(faults["long"])


def test_numbers_that_are_none_are_an_error_of_their_own_ask(root: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(root / "qwen", tmp_path / "qwen")
    tensors = load_file(folder / "model.safetensors")
    words = tiny_models.tokenizer()
    ill = words("?")["input_ids"][0]
    assert ill not in words("".join(p.messages[-1][1] for p in ask("one").prompts).replace("?", ""))["input_ids"]
    tensors["model.embed_tokens.weight"][ill] = torch.nan
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    made = respondent(folder)
    healthy = Question("ok", "one", (1, 2), worded("Is it so.", ("yes", "no")))
    well = Asker(0).ask(ITEMS, healthy, BASE)
    ailing = ask("one")
    assert made.answer([ailing, well], 1, 0)[0] == Outcome(error=hf.NOT_NUMBERS)
    assert made.answer([ailing, well], 1, 0)[1].error is None
    talk = {"mode": "sample", "decoding": TALK}
    assert made.answer([ask("one", **talk)], 2, 0)[0] == Outcome(error=hf.NOT_NUMBERS)


def test_the_label_check_is_kept_for_prompts_that_end_alike(llama: hf.HF, monkeypatch: pytest.MonkeyPatch) -> None:
    llama.answer([ask("one")], 1, 0)
    looked: list[str] = []
    monkeypatch.setattr(reading, "label_readout", lambda encode, text, tokens, labels: looked.append(text))
    again = llama.answer([ask("one", persona="EGY", perspective="persona")], 1, 0)[0]
    assert looked == [] and again.p is not None


def test_labels_of_several_tokens_follow_the_whole_prompt_after_others_that_end_alike(root: Path) -> None:
    made = respondent(root / "llama")
    alone = respondent(root / "llama")
    ten = ask("ten", labels="digits")
    longer = ask("ten", labels="digits", persona="EGY", perspective="persona")
    first, second = made.answer([ten, longer], 1, 0)
    assert second.p == pytest.approx(alone.answer([longer], 1, 0)[0].p, abs=1e-6)
    assert first.p != pytest.approx(second.p, abs=1e-6)


# ---- replies


def test_replies_depend_on_their_seed_alone(llama: hf.HF) -> None:
    talk = {"mode": "sample", "decoding": TALK}
    asks = [ask("one", **talk), ask("pair", **talk), ask("number", **talk), ask("one", order="reversed", **talk)]
    once = llama.answer(asks, 5, 7)
    assert llama.answer(asks, 5, 7) == once
    assert llama.answer(asks[::-1], 5, 7)[::-1] == once
    assert [llama.answer([one], 5, 7)[0] for one in asks] == once
    fewer = llama.answer(asks, 3, 7)
    assert [a.text[:3] for a in once if a.text] == [a.text for a in fewer]
    assert all(a.text != b.text for a, b in zip(once, llama.answer(asks, 5, 8), strict=True))
    assert all(len(set(a.text or ())) > 1 for a in once)


def test_at_temperature_zero_all_replies_are_one(llama: hf.HF) -> None:
    outcome = llama.answer([ask("one", mode="generate", decoding="t=0,p=1,max=6,seed=0")], 4, 0)[0]
    assert outcome.n == 4 and outcome.text is not None and len(set(outcome.text)) == 1


def speaking(made: hf.HF, monkeypatch: pytest.MonkeyPatch, *said: str) -> None:
    """Let the model say these texts in turn."""

    def scripted(model: Any, prompts: Sequence[Any], *more: Any) -> list[str | None]:
        return [said[k % len(said)] for k in range(len(prompts))]

    monkeypatch.setattr(hf, "generate", scripted)


def test_replies_are_read_into_canonical_shares(llama: hf.HF, monkeypatch: pytest.MonkeyPatch) -> None:
    speaking(llama, monkeypatch, "A", "A", "D", "the weather is fine today")
    outcome = llama.answer([ask("one", mode="sample", decoding=TALK, order="reversed")], 4, 0)[0]
    assert outcome.p == (0.25, 0, 0, 0.5)
    assert (outcome.refused, outcome.unread, outcome.off_menu, outcome.n) == (0, 0.25, None, 4)
    assert outcome.text == ("A", "A", "D", "the weather is fine today")
    check(outcome, ask("one").question, "test")


def test_pairs_mentions_and_numbers_are_read(llama: hf.HF, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = {"mode": "sample", "decoding": TALK}
    speaking(llama, monkeypatch, "B, C")
    pair = llama.answer([ask("pair", order="rotate-1", **talk)], 1, 0)[0]
    shown = ask("pair", order="rotate-1", **talk).prompts[0].order
    cell = [(a, b) for a in range(3) for b in range(3) if a != b].index((shown[1], shown[2]))
    assert pair.p == tuple(float(k == cell) for k in range(6))
    speaking(llama, monkeypatch, "A, C", "C")
    some = llama.answer([ask("some", **talk)], 2, 0)[0]
    assert some.p == (0.5, 0.0, 1.0)
    speaking(llama, monkeypatch, "40", "50", "none of your business")
    number = llama.answer([ask("number", **talk)], 3, 0)[0]
    assert number.p is None and number.value == 45 and number.sd == pytest.approx(50**0.5)
    assert (number.refused or 0) + (number.unread or 0) == pytest.approx(1 / 3)


def test_replies_that_have_no_room_are_an_error_of_their_own(llama: hf.HF) -> None:
    talk = {"mode": "sample", "decoding": "t=1,p=1,max=6,seed=0"}
    long, fine = llama.answer([ask("long", **talk), ask("two", **talk)], 1, 0)
    assert "do not fit 512" in str(long.error) and fine.error is None


# ---- reasoning, and replies that stop at their answer

SWITCH = (
    "{% for m in messages %}{{ '<|' + m['role'] + '|>' + m['content'] + '<|end|>' }}{% endfor %}"
    "{{ '<|assistant|>' }}{% if not enable_thinking %}{{ '<think>\n\n</think>\n\n' }}{% endif %}"
)
ALWAYS = tiny_models.CHAT + "{{ '<think>\n' }}{# </think> #}"
LONG = "B\n\nExplanation: tradition and family matter a lot to the people here."


@pytest.fixture(scope="module")
def thinker(tmp_path_factory: pytest.TempPathFactory) -> hf.HF:
    folder = tmp_path_factory.mktemp("thinker")
    return respondent(tiny_models.save(folder / "model", "llama", tiny_models.tokenizer(SWITCH)))


@pytest.mark.parametrize("template", [SWITCH, ALWAYS])
def test_a_thinking_prompt_ends_where_a_thought_is_open(template: str) -> None:
    made = Chat(tiny_models.tokenizer(template))
    said = [("user", "Hello")]
    assert made.thoughts == ("<think>", "</think>")
    assert made.text(said, "", thinking=True) == "<|user|>Hello<|end|><|assistant|><think>\n"
    assert opened(made.text(said, "")) == (template == ALWAYS)
    assert Chat(tiny_models.tokenizer()).thoughts is None


def test_reasoning_is_kept_beside_the_reply_and_never_read(thinker: hf.HF) -> None:
    one = ask("one", mode="sample", decoding="t=1,p=1,max=6,think=9,seed=0")
    outcome = thinker.answer([one], 4, 3)[0]
    assert outcome.text is not None and thinker.answer([one], 4, 3)[0] == outcome
    assert all(text.startswith("<think>\n") and text.count("</think>") == 1 for text in outcome.text)
    bare = told(one, [without_thought(text) for text in outcome.text])
    assert replace(bare, text=None) == replace(outcome, text=None)
    plain = thinker.answer([ask("one", mode="sample", decoding="t=1,p=1,max=6,seed=0")], 4, 3)[0]
    assert not any("<think>" in text for text in plain.text or ())


def test_a_model_that_cannot_think_is_not_asked_to(llama: hf.HF, thinker: hf.HF) -> None:
    with pytest.raises(BadStudy, match=r"ask.decoding: reasoning = 9, .* knows no reasoning"):
        llama.answer([ask("one", mode="sample", decoding="t=1,p=1,max=6,think=9,seed=0")], 1, 0)
    far = thinker.answer([ask("one", mode="sample", decoding="t=1,p=1,max=6,think=900,seed=0")], 1, 0)[0]
    assert "do not fit 512" in str(far.error)
    with pytest.raises(BadStudy, match=r'reasoning needs a model on this machine \(kind "hf"\); an endpoint'):
        parse_decoding("t=1,p=1,max=6,think=9,seed=0").only_drawn("an endpoint")


def untils(made: hf.HF, monkeypatch: pytest.MonkeyPatch, *asks: Ask) -> list[Any]:
    """What the engine is given to tell when a reply may stop."""
    seen: list[Any] = []

    def scripted(model: Any, prompts: Sequence[Any], sampling: Any, seeds: Any, until: Sequence[Any]) -> list[str]:
        seen.extend(until)
        return ["B"] * len(prompts)

    monkeypatch.setattr(hf, "generate", scripted)
    made.answer(asks, 1, 0)
    return seen


def test_a_reply_may_stop_at_its_answer_if_the_decoding_says_so(llama: hf.HF, monkeypatch: pytest.MonkeyPatch) -> None:
    early = {"mode": "sample", "decoding": "t=1,p=1,max=64,stop=answer,seed=0"}
    until, some = untils(llama, monkeypatch, ask("one", **early), ask("some", **early))
    assert until(LONG) and not until("B") and not until("Answer: B\n\nHowever, many people see it") and some is None
    assert untils(llama, monkeypatch, ask("one", mode="sample", decoding="t=1,p=1,max=64,seed=0")) == [None]
    assert ask("one", **early).ask != ask("one", mode="sample", decoding="t=1,p=1,max=64,seed=0").ask


def test_nothing_stops_inside_a_thought_that_the_prompt_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = respondent(tiny_models.save(tmp_path / "always", "llama", tiny_models.tokenizer(ALWAYS)))
    early = {"mode": "sample", "decoding": "t=1,p=1,max=64,stop=answer,seed=0"}
    until = untils(made, monkeypatch, ask("one", **early))[0]
    assert not until(LONG) and until(f"A or C?\n</think>\n\n{LONG}")
    thinking = untils(
        made, monkeypatch, ask("one", mode="sample", decoding="t=1,p=1,max=64,think=9,stop=answer,seed=0")
    )
    assert thinking[0](LONG)


@given(st.floats(0, 10), st.floats(0, 1), st.integers(1, 999), st.integers(-9, 9), st.integers(0, 9999), st.booleans())
def test_a_decoding_is_its_spelling(t: float, p: float, most: int, seed: int, reasoning: int, stop: bool) -> None:
    made = Decoding(float(f"{t:g}"), float(f"{p:g}"), most, seed, reasoning, "answer" if stop else "")
    assert parse_decoding(made.text) == made and made.text.endswith(f",seed={seed}")
    assert ("think=" in made.text, "stop=" in made.text) == (reasoning > 0, stop)


# ---- who answers


def test_identity_is_what_can_move_an_answer(root: Path, tmp_path: Path) -> None:
    def identity(folder: Path, name: str = "x", **settings: Any) -> str:
        return respondent_id(hf.HF(Settings(name, "hf", model=str(folder), **settings)).identity)

    folder = shutil.copytree(root / "llama", tmp_path / "elsewhere")
    first = identity(root / "llama")
    assert identity(folder) == first == identity(folder, name="another label")
    assert identity(folder, dtype="bfloat16") != first
    (folder / "chat_template.jinja").write_text(tiny_models.NO_SYSTEM)
    templated = identity(folder)
    tensors = load_file(folder / "model.safetensors")
    tensors["model.norm.weight"][0] += 1e-6
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    assert len({first, templated, identity(folder)}) == 3


def test_identity_has_no_path_and_every_value_is_text(llama: hf.HF, root: Path) -> None:
    assert all(isinstance(value, str) for value in llama.identity.values())
    assert str(root) not in json.dumps(dict(llama.identity))
    needed = {"kind", "model", "revision", "weights", "tokenizer", "template", "dtype", "adapter"}
    assert needed <= llama.identity.keys()


def test_a_stable_model_is_another_respondent(llama: hf.HF, root: Path) -> None:
    """Its last bits are others, so nothing that was kept of the usual way may answer for it."""
    stable = respondent(root / "llama", options={"stable": True}).identity
    assert respondent_id(stable) != respondent_id(llama.identity)
    assert {key: value for key, value in stable.items() if key != "stable"} == llama.identity


def test_a_path_is_seen_from_the_study(root: Path) -> None:
    made = hf.HF(Settings("x", "hf", model="llama", folder=root))
    assert made.identity["model"] == "folder"


def test_the_shipped_model_goes_by_its_name(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hf, "model_folder", lambda: root / "llama")
    assert hf.HF(Settings("x", "hf", model="planted")).identity["model"] == "planted"


def test_a_large_model_is_asked_less_at_once(llama: hf.HF, monkeypatch: pytest.MonkeyPatch) -> None:
    assert llama.batch == 512
    monkeypatch.setattr(hf, "ASK_TOKENS", 64 * 100_000)
    assert hf._batch(llama._model) == 16


def test_settings_that_make_no_sense_are_one_line(root: Path) -> None:
    with pytest.raises(BadStudy, match=r"respondent a: .*needs model"):
        hf.HF(Settings("a", "hf"))
    with pytest.raises(BadStudy, match="takes the option stable, not 'depth'"):
        hf.HF(Settings("a", "hf", model=str(root / "llama"), options={"depth": 3}))
    with pytest.raises(BadFile, match=r"model path missing: './nowhere'"):
        hf.HF(Settings("a", "hf", model="./nowhere"))


def test_respondents_load_no_torch_until_one_is_made() -> None:
    code = "import sys, tawazun, tawazun.respondents, tawazun.respondents.readout; print('torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
