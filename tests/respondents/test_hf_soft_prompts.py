"""A soft prompt as the adapter of a local model: where it stands in a prompt, and that it is part of who answers."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from tokenizers.processors import TemplateProcessing
from transformers import AutoModelForCausalLM

from tawazun.engine import MARK, SoftPrompt, base_of, write_soft_prompt
from tawazun.engine.soft_prompts import OTHER_WEIGHTS
from tawazun.errors import RespondentFailed
from tawazun.respondents import respondent_id
from tests import tiny_models
from tests.respondents.test_hf import ask, readable, respondent

LETTERS = ("A", "B", "C", "D")


def vectors(seed: int = 0) -> torch.Tensor:
    return torch.randn(3, 32, generator=torch.Generator().manual_seed(seed)) * 0.4


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("soft")
    opened = tiny_models.tokenizer(None)
    opened.backend_tokenizer.post_processor = TemplateProcessing(
        single="<|user|> $A", pair=None, special_tokens=[("<|user|>", opened.convert_tokens_to_ids("<|user|>"))]
    )
    words = {"chat": tiny_models.tokenizer(), "folded": tiny_models.tokenizer(tiny_models.NO_SYSTEM)}
    for name, made in {**words, "plain": tiny_models.tokenizer(None), "opened": opened}.items():
        tiny_models.save(root / name, "llama", made)
    for position in ("before", "persona", "after"):
        write_soft_prompt(root / position, SoftPrompt(vectors(), position))  # type: ignore[arg-type]
    return root


def expected(made: Any, pieces: Sequence[str | torch.Tensor], labels: Sequence[str] = LETTERS) -> list[float]:
    """Probability of each label, bare or after a space, after texts and vectors, from `inputs_embeds` alone."""
    words, module = made._model.tokenizer, made._model.module

    def rows(text: str) -> torch.Tensor:
        return module.get_input_embeddings()(torch.tensor(words(text, add_special_tokens=False)["input_ids"]))

    start = torch.cat([rows(one) if isinstance(one, str) else one for one in pieces])
    ends = {
        label: [words(space + label, add_special_tokens=False)["input_ids"] for space in ("", " ")] for label in labels
    }
    found = []
    with torch.inference_mode():
        logs = torch.log_softmax(module(inputs_embeds=start[None], use_cache=False).logits[0, -1].double(), -1)
    for label in labels:
        assert all(len(one) == 1 for one in ends[label])
        found.append(sum(math.exp(float(logs[one[0]])) for one in ends[label]))
    return found


def shares(made: Any, **framing: str) -> list[float]:
    outcome = readable(made, ask("one", **framing))
    assert outcome.p is not None
    return [float(p) for p in outcome.p]


QUESTION = "How important is time?"


def pieces(base: str, position: str, system: str, user: str) -> list[str | torch.Tensor]:
    """The prompt of each layout cut at the vectors, written by hand."""
    soft = vectors()
    if position == "before":
        whole = {
            "chat": f"<|system|>{system}<|end|><|user|>{user}<|end|><|assistant|>"
            if system
            else f"<|user|>{user}<|end|><|assistant|>",
            "plain": f"{system}\n\n{user}\nAnswer:" if system else f"{user}\nAnswer:",
            "opened": f"<|user|>{system}\n\n{user}\nAnswer:" if system else f"<|user|>{user}\nAnswer:",
        }[base]
        return [soft, whole]
    if position == "persona":
        return {
            "chat": ["<|system|>", soft, f"{system}<|end|><|user|>{user}<|end|><|assistant|>"],
            "folded": ["<|user|>", soft, f"{system}\n\n{user}<|end|><|assistant|>"],
            "plain": [soft, f"{system}\n\n{user}\nAnswer:"],
        }[base]
    before = f"<|system|>{system}<|end|>" if system else ""
    return {
        "chat": [f"{before}<|user|>{user}", soft, "<|end|><|assistant|>"],
        "plain": [f"{system}\n\n{user}" if system else user, soft, "\nAnswer:"],
    }[base]


@pytest.mark.parametrize(
    ("base", "position"),
    [
        ("chat", "before"), ("plain", "before"), ("opened", "before"), ("chat", "persona"), ("folded", "persona"),
        ("plain", "persona"), ("chat", "after"), ("plain", "after"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("persona", ["none", "EGY"])
def test_vectors_stand_where_they_should(root: Path, base: str, position: str, persona: str) -> None:
    made = respondent(root / base, adapter=str(root / position))
    one = ask("one", persona=persona, perspective="self" if persona == "none" else "persona")
    messages = dict(one.prompts[0].messages)
    assert messages["user"].startswith(QUESTION) and bool(messages.get("system")) == (persona != "none")
    found = readable(made, one).p
    assert found is not None
    hand = expected(made, pieces(base, position, messages.get("system", ""), messages["user"]))
    assert list(found) == pytest.approx(hand, abs=1e-5)


def test_a_persona_in_the_user_text_keeps_its_place(root: Path) -> None:
    made = respondent(root / "chat", adapter=str(root / "persona"))
    one = ask("one", persona="EGY", perspective="persona", placement="user")
    ((role, text),) = one.prompts[0].messages
    assert role == "user"
    hand = expected(made, ["<|user|>", vectors(), f"\n{text}<|end|><|assistant|>"])
    assert list(readable(made, one).p or ()) == pytest.approx(hand, abs=1e-5)


@pytest.mark.parametrize("base", ["chat", "folded", "plain"])
def test_a_personas_own_vectors_in_its_place_are_the_persona(root: Path, tmp_path: Path, base: str) -> None:
    spoken = ask("one", persona="EGY", perspective="persona")
    plain = respondent(root / base)
    own = plain._model.virtual.of(plain._model.encode([spoken.who])[0])
    made = respondent(root / base, adapter=str(write_soft_prompt(tmp_path / "a", SoftPrompt(own, "persona"))))
    assert readable(made, ask("one")).p == pytest.approx(readable(plain, spoken).p, abs=1e-5)
    assert readable(plain, ask("one")).p != pytest.approx(readable(plain, spoken).p, abs=1e-4)


@torch.inference_mode()
def test_the_whole_way_equals_peft(root: Path) -> None:
    made = respondent(root / "chat", adapter=str(root / "before"))
    plain = AutoModelForCausalLM.from_pretrained(root / "chat", dtype=torch.float32).eval()
    wrapped = PeftModel.from_pretrained(plain, str(root / "before")).eval()
    one = ask("one")
    text = f"<|user|>{one.prompts[0].messages[0][1]}<|end|><|assistant|>"
    words = made._model.tokenizer
    ids = torch.tensor([words(text, add_special_tokens=False)["input_ids"]])
    logs = torch.log_softmax(wrapped(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0, -1].double(), -1)
    hand = [
        sum(
            math.exp(float(logs[words(space + label, add_special_tokens=False)["input_ids"][0]])) for space in ("", " ")
        )
        for label in LETTERS
    ]
    assert list(readable(made, one).p or ()) == pytest.approx(hand, abs=1e-5)


def test_every_kind_of_read_out_sees_the_vectors(root: Path) -> None:
    plain = respondent(root / "chat")
    for position in ("before", "persona", "after"):
        made = respondent(root / "chat", adapter=str(root / position))
        for item, labels in (
            ("one", "letters"),
            ("ten", "digits"),
            ("two", "text"),
            ("some", "letters"),
            ("pair", "letters"),
        ):
            own, other = (readable(who, ask(item, labels=labels)).p for who in (made, plain))
            assert own is not None and other is not None
            assert max(abs(a - b) for a, b in zip(own, other, strict=True)) > 1e-6


def test_replies_see_the_vectors(root: Path) -> None:
    texts = set()
    for adapter in ("", "before", "persona", "after"):
        made = respondent(root / "chat", adapter=str(root / adapter) if adapter else "")
        (said,) = made.answer([ask("one", mode="generate", decoding="t=0,p=1,max=12,seed=0")], 1, 0)
        assert said.text
        texts.add(tuple(said.text))
    assert len(texts) == 4


def test_the_file_and_its_position_say_who_answers(root: Path, tmp_path: Path) -> None:
    other = write_soft_prompt(tmp_path / "other", SoftPrompt(vectors(1), "after"))
    adapters = ["", *(str(root / name) for name in ("before", "persona", "after")), str(other)]
    ids = [respondent_id(respondent(root / "chat", adapter=one).identity) for one in adapters]
    assert len(set(ids)) == 5


def test_other_weights_of_the_same_architecture_are_noted(root: Path, tmp_path: Path) -> None:
    own = base_of(respondent(root / "chat")._model)
    fits = write_soft_prompt(tmp_path / "fits", SoftPrompt(vectors(), base=own))
    assert respondent(root / "chat", adapter=str(fits)).notes == []
    other = write_soft_prompt(tmp_path / "other", SoftPrompt(vectors(), base={**own, "weights": "0" * 32}))
    assert respondent(root / "chat", adapter=str(other)).notes == [OTHER_WEIGHTS]


def test_a_template_that_loses_the_place_is_one_line(root: Path, tmp_path: Path) -> None:
    deaf = tiny_models.CHAT.replace("m['content']", f"m['content'] | replace('{MARK}', '')")
    tiny_models.save(tmp_path / "deaf", "llama", tiny_models.tokenizer(deaf))
    made = respondent(tmp_path / "deaf", adapter=str(root / "after"))
    with pytest.raises(RespondentFailed, match="no single place for the adapter's virtual tokens"):
        made.answer([ask("one")], 1, 0)
