"""A soft prompt on disk gives the numbers that PEFT gives, stands where it says, and fits its own model only."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel, PromptTuningConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from tawazun.engine import (
    MARK,
    Chat,
    LoadedModel,
    ModelChoice,
    SoftPrompt,
    base_of,
    filled,
    load_model,
    marked,
    read_soft_prompt,
    score_next,
    write_soft_prompt,
)
from tawazun.errors import BadFile, Refused, UserError
from tests import tiny_models
from tests.engine.test_virtual import block, from_vectors

Folders = Callable[[str], Path]
TALK = [("system", "You are a person."), ("user", "Is it so?")]


def made_by_peft(base: Path, folder: Path, seed: int = 0) -> Path:
    """An adapter as PEFT saves it, with vectors that matter."""
    config = PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=4)
    wrapped = get_peft_model(AutoModelForCausalLM.from_pretrained(base), config)
    weight = wrapped.prompt_encoder["default"].embedding.weight
    weight.data.copy_(block(4, seed, weight.shape[1]))
    wrapped.save_pretrained(folder)
    return folder


@torch.inference_mode()
def by_peft(base: Path, adapter: Path, tokens: list[int]) -> torch.Tensor:
    plain = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32).eval()
    wrapped = PeftModel.from_pretrained(plain, str(adapter)).eval()
    ids = torch.tensor([tokens])
    return wrapped(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0, -1]


@torch.inference_mode()
def by_us(model: LoadedModel, tokens: list[int]) -> torch.Tensor:
    assert model.standing is not None
    return model.module(torch.tensor([[*model.standing.tokens, *tokens]]), use_cache=False).logits[0, -1]


@pytest.mark.parametrize("kind", ["llama", "gpt2", "gemma", "gemma3", "qwen", "mistral", "falcon_h1"])
def test_peft_gives_the_same_logits(folders: Folders, tmp_path: Path, kind: str) -> None:
    base, tokens = folders(kind), [9, 4, 30, 31, 200, 7]
    adapter = made_by_peft(base, tmp_path / "adapter")
    model = load_model(ModelChoice(str(base), adapter=str(adapter)))
    assert model.standing is not None and model.standing.position == "before"
    expected = by_peft(base, adapter, tokens)
    assert torch.allclose(by_us(model, tokens), expected, atol=1e-5, rtol=0)
    scores = score_next(model, [[*model.standing.tokens, *tokens]], [[5, 9]])[0]
    assert scores == pytest.approx(torch.log_softmax(expected, -1)[[5, 9]].numpy(), abs=1e-5)
    plain = load_model(ModelChoice(str(base))).module(torch.tensor([tokens])).logits[0, -1]
    assert float((expected - plain).abs().max()) > 0.1


def test_what_we_write_loads_with_peft_alone(folders: Folders, tmp_path: Path) -> None:
    base, tokens = folders("qwen"), [9, 4, 30]
    plain = load_model(ModelChoice(str(base)))
    adapter = write_soft_prompt(tmp_path / "ours", SoftPrompt(block(3), base=base_of(plain), start={"text": "Egypt"}))
    (adapter / "soft_prompt.json").rename(tmp_path / "aside.json")
    expected = by_peft(base, adapter, tokens)
    (tmp_path / "aside.json").rename(adapter / "soft_prompt.json")
    model = load_model(ModelChoice(str(base), adapter=str(adapter)))
    assert torch.allclose(by_us(model, tokens), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("position", ["before", "persona", "after"])
def test_what_is_written_is_read(tmp_path: Path, position: Any) -> None:
    prompt = SoftPrompt(block(3), position, {"config": "c", "weights": "w"}, {"text": "مصر", "seed": 3})
    found = read_soft_prompt(write_soft_prompt(tmp_path, prompt))
    assert torch.equal(found.vectors, prompt.vectors) and found.position == position
    assert found.base == prompt.base and found.start == prompt.start and len(found.file) == 32
    assert not list(tmp_path.glob("*.part"))


# ---- where they stand


@pytest.mark.parametrize(
    ("position", "with_user", "expected"),
    [
        ("before", False, TALK),
        ("persona", False, [("system", f"{MARK}You are a person."), TALK[1]]),
        ("after", False, [TALK[0], ("user", f"Is it so?{MARK}")]),
    ],
)
def test_messages_show_the_place(position: str, with_user: bool, expected: list[tuple[str, str]]) -> None:
    assert marked(TALK, position, with_user=with_user) == expected


def test_without_a_persona_the_vectors_are_the_persona() -> None:
    alone = TALK[1:]
    assert marked(alone, "persona") == [("system", MARK), *alone]
    assert marked(alone, "persona", with_user=True) == [("user", f"{MARK}\nIs it so?")]


TEMPLATES = [tiny_models.CHAT, tiny_models.NO_SYSTEM, None]


@pytest.mark.parametrize("template", TEMPLATES, ids=["system", "no system", "plain"])
@pytest.mark.parametrize("position", ["persona", "after"])
def test_a_text_reads_the_same_around_its_vectors(
    folders: Folders, tmp_path: Path, template: str | None, position: Any
) -> None:
    base = tiny_models.save(tmp_path / "base", "llama", tiny_models.tokenizer(template))
    adapter = write_soft_prompt(tmp_path / "adapter", SoftPrompt(block(3), position))
    plain, model = load_model(ModelChoice(str(base))), load_model(ModelChoice(str(base), adapter=str(adapter)))
    assert model.standing is not None
    for talk in (TALK, TALK[1:]):
        text = Chat(model.tokenizer).text(marked(talk, position), "Answer:")
        left, right = text.split(MARK)
        tokens = model.encode([text, "Is it so?"])
        assert tokens[0] == [*plain.encode([left])[0], *model.standing.tokens, *plain.encode([right])[0]]
        assert tokens[1] == plain.encode(["Is it so?"])[0]
        held = block(3)
        expected = from_vectors(model, tokens[0], held)[-1, [5, 9]]
        assert score_next(model, [tokens[0]], [[5, 9]])[0] == pytest.approx(expected.numpy(), abs=1e-4)


def test_a_mark_is_filled_wherever_it_stands() -> None:
    assert filled([1, 9, 2, 9], 9, (7, 8)) == [1, 7, 8, 2, 7, 8]
    assert filled([1, 2], 9, (7, 8)) == [1, 2]


# ---- facts


def test_file_and_position_are_part_of_the_facts(folders: Folders, tmp_path: Path) -> None:
    base = folders("llama")
    plain = load_model(ModelChoice(str(base))).facts

    def facts(name: str, **changes: Any) -> dict[str, str]:
        prompt = replace(SoftPrompt(block(3)), **changes)
        adapter = write_soft_prompt(tmp_path / name, prompt)
        return dict(load_model(ModelChoice(str(base), adapter=str(adapter))).facts)

    kinds = [facts("a"), facts("b", position="persona"), facts("c", position="after"), facts("d", vectors=block(3, 5))]
    assert len({one["adapter"] for one in [plain, *kinds]}) == 5
    assert all({**one, "adapter": ""} == plain for one in kinds)
    assert facts("e", start={"seed": 9}) == kinds[0]


# ---- what is refused


@pytest.fixture
def base(folders: Folders) -> Path:
    return folders("llama")


def refusal(base: Path, adapter: Path, kind: type[UserError]) -> str:
    with pytest.raises(kind) as caught:
        load_model(ModelChoice(str(base), adapter=str(adapter)))
    text = str(caught.value)
    assert "\n" not in text and len(text) < 500
    return text


def test_an_adapter_of_another_model_is_refused(base: Path, folders: Folders, tmp_path: Path) -> None:
    other = base_of(load_model(ModelChoice(str(folders("qwen")))))
    adapter = write_soft_prompt(tmp_path / "a", SoftPrompt(block(2), "persona", other))
    assert "another configuration" in refusal(base, adapter, Refused)
    wide = write_soft_prompt(tmp_path / "b", SoftPrompt(block(2, width=40)))
    assert "have 40 numbers, not 32" in refusal(base, wide, Refused)
    own = base_of(load_model(ModelChoice(str(base))))
    fits = write_soft_prompt(tmp_path / "c", SoftPrompt(block(2), "after", own))
    assert load_model(ModelChoice(str(base), adapter=str(fits))).standing is not None


@pytest.mark.parametrize("kind", ["P_TUNING", "PREFIX_TUNING", "MULTITASK_PROMPT_TUNING", "CPT"])
def test_soft_prompts_of_other_kinds_are_refused(base: Path, tmp_path: Path, kind: str) -> None:
    (tmp_path / "adapter_config.json").write_text(json.dumps({"peft_type": kind}))
    assert f"kind {kind}" in refusal(base, tmp_path, Refused)


def changed(file: Path, **values: object) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("version", 2, "version 2; this release reads version 1"),
        ("position", "middle", "position is one of before, persona, after, not 'middle'"),
        ("tokens", "3", "tokens is a whole number from 1"),
        ("width", True, "width is a whole number from 1"),
        ("tokens", 7, "vectors of shape (3, 32)"),
        ("base", ["c"], "base is an object"),
    ],
)
def test_broken_settings_are_one_line(base: Path, tmp_path: Path, key: str, value: object, said: str) -> None:
    write_soft_prompt(tmp_path, SoftPrompt(block(3), "after"))
    changed(tmp_path / "soft_prompt.json", **{key: value})
    assert said in refusal(base, tmp_path, BadFile)


def spoil(*, name: str, vectors: torch.Tensor) -> Callable[[Path], object]:
    return lambda file: save_file({name: vectors}, file)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda file: file.unlink(), "is missing"),
        (lambda file: file.write_bytes(b"nothing"), "cannot be read as safetensors"),
        (spoil(name="other", vectors=block(3)), "has no tensor prompt_embeddings"),
        (spoil(name="prompt_embeddings", vectors=torch.ones(3, 32, dtype=torch.long)), "is a table of numbers"),
        (spoil(name="prompt_embeddings", vectors=block(3) / 0), "no numbers"),
    ],
    ids=["missing", "damaged", "other name", "whole numbers", "infinite"],
)
def test_broken_vectors_are_one_line(base: Path, tmp_path: Path, change: Callable[[Path], object], said: str) -> None:
    write_soft_prompt(tmp_path, SoftPrompt(block(3), "persona"))
    change(tmp_path / "soft_prompt.safetensors")
    assert said in refusal(base, tmp_path, BadFile)


@pytest.mark.parametrize(
    ("changes", "kind", "said"),
    [
        ({"task_type": "SEQ_2_SEQ_LM"}, Refused, "encoder-decoder"),
        ({"num_transformer_submodules": 2}, Refused, "encoder-decoder"),
        ({"num_virtual_tokens": None}, BadFile, "whole numbers"),
        ({"token_dim": 31}, BadFile, "vectors of shape"),
    ],
)
def test_broken_peft_settings_are_one_line(
    base: Path, tmp_path: Path, changes: dict[str, object], kind: type[UserError], said: str
) -> None:
    made_by_peft(base, tmp_path)
    changed(tmp_path / "adapter_config.json", **changes)
    assert said in refusal(base, tmp_path, kind)


def test_pickled_vectors_are_refused(base: Path, tmp_path: Path) -> None:
    made_by_peft(base, tmp_path)
    torch.save(load_file(tmp_path / "adapter_model.safetensors"), tmp_path / "adapter_model.bin")
    (tmp_path / "adapter_model.safetensors").unlink()
    assert "pickled weights" in refusal(base, tmp_path, Refused)


def test_a_model_that_takes_no_vectors_is_one_line(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tawazun.engine.virtual.VirtualTokens._tried", lambda self, table: False)
    write_soft_prompt(tmp_path / "a", SoftPrompt(block(3)))
    assert "LlamaForCausalLM: reads token numbers elsewhere" in refusal(base, tmp_path / "a", Refused)


def test_a_copied_model_saved_anew_may_drop_its_base(base: Path, tmp_path: Path) -> None:
    anew = shutil.copytree(base, tmp_path / "anew")
    changed(anew / "config.json", some_new_key=1)
    own = base_of(load_model(ModelChoice(str(base))))
    adapter = write_soft_prompt(tmp_path / "a", SoftPrompt(block(2), base=own))
    assert "take `base` out" in refusal(anew, adapter, Refused)
    changed(adapter / "soft_prompt.json", base={})
    assert load_model(ModelChoice(str(anew), adapter=str(adapter))).standing is not None
