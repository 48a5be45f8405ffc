"""What is loaded, what is refused, and the facts that name a model."""

import json
import shutil
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModelForCausalLM,
    BertConfig,
    BertLMHeadModel,
    GPT2Config,
    T5Config,
    T5ForConditionalGeneration,
)

from tawazun.engine import Chat, ModelChoice, load_model, score_next
from tawazun.engine.chat import TODAY
from tawazun.errors import BadFile, BadStudy, MissingExtra, Refused, RespondentFailed, UserError
from tests import tiny_models

Folders = Callable[[str], Path]


@pytest.fixture
def folder(folders: Folders, tmp_path: Path) -> Path:
    """A copy of the tiny Llama that a test may spoil."""
    return shutil.copytree(folders("llama"), tmp_path / "llama")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test may reach the Hub, nor what this machine has cached of it."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


def refusal(folder: Path | str, kind: type[UserError], **settings: object) -> str:
    with pytest.raises(kind) as caught:
        load_model(ModelChoice(str(folder), **settings))  # type: ignore[arg-type]
    text = str(caught.value)
    assert "\n" not in text and len(text) < 400
    return text


def edit(file: Path, **changes: object) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


# ---- paths


@pytest.mark.parametrize("path", ["/nowhere/at/all", "./gone", "owner/not-here", "not-here", "a/b/c"])
def test_a_missing_model_is_one_line(path: str) -> None:
    assert f"model path missing: {path!r}" in refusal(path, BadFile)


def test_a_file_is_not_a_model_folder(folder: Path) -> None:
    assert "is a file" in refusal(folder / "config.json", BadFile)


def test_a_folder_has_no_revision(folder: Path) -> None:
    assert "revision: 'v2' of " in refusal(folder, BadStudy, revision="v2")


def hub_copy(folder: Path, cache: Path, commit: str) -> None:
    """What the Hub's client leaves behind after a download."""
    repository = cache / "models--owner--name"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    shutil.copytree(folder, repository / "snapshots" / commit)


def test_a_hub_name_is_read_from_its_local_copy(folder: Path, tmp_path: Path) -> None:
    commit = "a" * 40
    hub_copy(folder, tmp_path / "hub", commit)
    there, here = load_model(ModelChoice("owner/name")), load_model(ModelChoice(str(folder)))
    assert there.facts == {**here.facts, "revision": commit}
    assert load_model(ModelChoice("owner/name", commit)).facts == there.facts
    assert "'owner/name' at revision 'v2'" in refusal("owner/name", BadFile, revision="v2")


def test_a_hub_copy_in_shards_is_read(folder: Path, tmp_path: Path) -> None:
    whole = load_model(ModelChoice(str(folder)))
    in_shards(folder)
    hub_copy(folder, tmp_path / "hub", "b" * 40)
    model = load_model(ModelChoice("owner/name"))
    assert score_next(model, [[5, 6]], [[7]])[0] == pytest.approx(score_next(whole, [[5, 6]], [[7]])[0])


# ---- weights


def in_shards(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    names = sorted(tensors)
    files = {"model-1.safetensors": names[::2], "model-2.safetensors": names[1::2]}
    for file, held in files.items():
        save_file({name: tensors[name] for name in held}, folder / file, metadata={"format": "pt"})
    index = {"metadata": {}, "weight_map": {name: file for file, held in files.items() for name in held}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "model.safetensors").unlink()


def test_a_missing_shard_is_named(folder: Path) -> None:
    in_shards(folder)
    (folder / "model-2.safetensors").unlink()
    assert "model-2.safetensors" in refusal(folder, BadFile)


def test_pickled_weights_are_refused_without_being_read(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    torch.save(tensors, folder / "pytorch_model.bin")
    assert load_model(ModelChoice(str(folder))).context == 512
    (folder / "model.safetensors").unlink()
    assert "pickled weights (pytorch_model.bin)" in refusal(folder, Refused)


def test_weights_that_lack_a_tensor_are_refused(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    gone = "model.layers.1.mlp.up_proj.weight"
    del tensors[gone]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    text = refusal(folder, BadFile)
    assert gone in text and "1 tensors" in text


def test_weights_of_another_shape_are_refused(folder: Path) -> None:
    edit(folder / "config.json", intermediate_size=50)
    refusal(folder, BadFile)


@pytest.mark.parametrize("keep", [0, 7, 5000])
def test_damaged_weights_are_one_line(folder: Path, keep: int) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:keep])
    assert "weights cannot be read" in refusal(folder, BadFile)


def test_a_folder_without_weights_says_what_was_expected(folder: Path, tmp_path: Path) -> None:
    (folder / "model.safetensors").unlink()
    assert "expected model.safetensors" in refusal(folder, BadFile)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "no weights here" in refusal(empty, BadFile)
    (empty / "adapter_config.json").write_text("{}")
    assert "this is an adapter" in refusal(empty, BadFile)


@pytest.mark.parametrize("text", ["", "[]", "{", "\ufffd"])
def test_a_broken_config_is_one_line(folder: Path, text: str) -> None:
    (folder / "config.json").write_text(text)
    assert "config.json" in refusal(folder, BadFile)


def test_a_missing_tokenizer_is_one_line(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("not json")
    assert "tokenizer cannot be read" in refusal(folder, BadFile)


# ---- what is not a causal model of the library


def test_encoder_decoder_models_are_refused(tmp_path: Path) -> None:
    words = tiny_models.tokenizer()
    config = T5Config(
        vocab_size=len(words), d_model=16, d_kv=4, d_ff=16, num_layers=1, num_heads=2, decoder_start_token_id=0
    )
    T5ForConditionalGeneration(config).save_pretrained(tmp_path / "t5")
    words.save_pretrained(tmp_path / "t5")
    assert "encoder-decoder" in refusal(tmp_path / "t5", Refused)


def test_models_that_look_ahead_are_refused(tmp_path: Path) -> None:
    words = tiny_models.tokenizer()
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        initializer_range=0.5, is_decoder=True,
    )  # fmt: skip
    BertLMHeadModel(config).save_pretrained(tmp_path / "bert")
    words.save_pretrained(tmp_path / "bert")
    load_model(ModelChoice(str(tmp_path / "bert")))
    edit(tmp_path / "bert" / "config.json", is_decoder=False)
    assert "not a causal model" in refusal(tmp_path / "bert", Refused)


def test_a_model_without_words_is_refused(folder: Path) -> None:
    edit(folder / "config.json", model_type="vit", architectures=["ViTModel"])
    assert "'vit' is not a causal language model" in refusal(folder, Refused)


def test_an_unknown_architecture_is_one_line(folder: Path) -> None:
    edit(folder / "config.json", model_type="neverheard")
    assert "'neverheard'" in refusal(folder, BadFile)


def test_remote_code_runs_only_on_request(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
    plain = load_model(ModelChoice(str(folder)))
    ran = folder / "ran"
    (folder / "mine.py").write_text(
        f"from pathlib import Path\nPath({str(ran)!r}).touch()\n"
        "from transformers import LlamaConfig, LlamaForCausalLM\n"
        "class MyConfig(LlamaConfig):\n    model_type = 'mine'\n"
        "class MyModel(LlamaForCausalLM):\n    config_class = MyConfig\n"
    )
    mapped = {"AutoConfig": "mine.MyConfig", "AutoModelForCausalLM": "mine.MyModel"}
    edit(folder / "config.json", model_type="mine", auto_map=mapped, architectures=["MyModel"])
    assert "brings its own code" in refusal(folder, Refused)
    assert not ran.exists()
    model = load_model(ModelChoice(str(folder), remote_code=True))
    assert ran.exists()
    assert score_next(model, [[5, 6]], [[7]])[0] == pytest.approx(score_next(plain, [[5, 6]], [[7]])[0])


# ---- settings


def test_unknown_settings_name_what_is_allowed(folder: Path) -> None:
    assert "allowed: auto, float32, float16, bfloat16, int8" in refusal(folder, BadStudy, dtype="int3")
    assert "allowed: auto, cpu, cuda" in refusal(folder, BadStudy, device="abacus")
    assert "is not on this machine" in refusal(folder, BadStudy, device="cuda:99")


def test_auto_is_float32_on_a_cpu(folder: Path) -> None:
    tensors = {name: tensor.bfloat16() for name, tensor in load_file(folder / "model.safetensors").items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    edit(folder / "config.json", dtype="bfloat16")
    assert load_model(ModelChoice(str(folder), device="cpu")).facts["dtype"] == "float32"
    assert load_model(ModelChoice(str(folder), device="cpu", dtype="bfloat16")).facts["dtype"] == "bfloat16"


def test_an_adapter_without_its_library_names_the_extra(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    assert "pip install 'tawazun[adapt]'" in refusal(folder, MissingExtra, adapter=str(folder))


def adapter(base: Path, folder: Path) -> Any:
    """A random LoRA, saved; returns the model that its library makes of it."""
    peft = pytest.importorskip("peft", reason="peft comes with the extra adapt")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings = peft.LoraConfig(task_type="CAUSAL_LM", r=4, target_modules=["q_proj"], init_lora_weights=False)
        made = peft.get_peft_model(AutoModelForCausalLM.from_pretrained(base), settings).eval()
        made.save_pretrained(folder)
    return made


def test_an_adapter_moves_the_scores_and_its_own_fact(folder: Path, tmp_path: Path) -> None:
    made = adapter(folder, tmp_path / "lora")
    plain = load_model(ModelChoice(str(folder)))
    model = load_model(ModelChoice(str(folder), adapter=str(tmp_path / "lora")))
    with torch.inference_mode():
        expected = torch.log_softmax(made(torch.tensor([[5, 6, 7]])).logits[0, -1], dim=-1)[:9]
    assert score_next(model, [[5, 6, 7]], [range(9)])[0] == pytest.approx(expected.numpy(), abs=1e-5)
    assert score_next(plain, [[5, 6, 7]], [range(9)])[0] != pytest.approx(expected.numpy(), abs=1e-3)
    assert {key for key in plain.facts if plain.facts[key] != model.facts[key]} == {"adapter"}


def test_broken_adapters_are_one_line(folder: Path, tmp_path: Path) -> None:
    lora = tmp_path / "lora"
    adapter(folder, lora)
    assert "adapter_config.json is missing" in refusal(folder, BadFile, adapter=str(folder))
    assert "model path missing" in refusal(folder, BadFile, adapter=str(tmp_path / "nowhere"))
    tensors = load_file(lora / "adapter_model.safetensors")
    torch.save(tensors, lora / "adapter_model.bin")
    tensors.pop(sorted(tensors)[0])
    save_file(tensors, lora / "adapter_model.safetensors")
    assert "lacks tensors" in refusal(folder, BadFile, adapter=str(lora))
    (lora / "adapter_model.safetensors").unlink()
    assert "adapter_model.bin" in refusal(folder, Refused, adapter=str(lora))
    edit(lora / "adapter_config.json", peft_type="PREFIX_TUNING")
    assert "soft prompt of kind PREFIX_TUNING" in refusal(folder, Refused, adapter=str(lora))


# ---- facts


def test_facts_do_not_depend_on_where_the_folder_lies(folder: Path, folders: Folders) -> None:
    assert load_model(ModelChoice(str(folder))).facts == load_model(ModelChoice(str(folders("llama")))).facts


def changed(before: Path, change: Callable[[Path], object]) -> set[str]:
    old = load_model(ModelChoice(str(before))).facts
    change(before)
    new = load_model(ModelChoice(str(before))).facts
    return {key for key in old if old[key] != new[key]}


def one_weight(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors["model.norm.weight"][3] += 1e-6
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def test_each_change_moves_its_own_fact(folder: Path) -> None:
    assert changed(folder, one_weight) == {"weights"}
    assert changed(folder, lambda f: (f / "chat_template.jinja").write_text(tiny_models.CHAT + " ")) == {"template"}
    assert changed(folder, lambda f: edit(f / "config.json", rope_theta=5000.0, rms_norm_eps=1e-3)) == {"config"}
    assert changed(folder, lambda f: edit(f / "config.json", transformers_version="9.9")) == set()
    assert changed(folder, lambda f: edit(f / "tokenizer_config.json", model_max_length=99)) == {"tokenizer"}
    assert changed(folder, lambda f: edit(f / "generation_config.json", eos_token_id=[1, 2])) == {"stops"}


def test_a_checkpoints_sampling_habits_are_put_aside(folder: Path) -> None:
    edit(folder / "generation_config.json", do_sample=True, temperature=0.1, top_k=3, repetition_penalty=9.0)
    settings = load_model(ModelChoice(str(folder))).module.generation_config
    assert settings.repetition_penalty in (None, 1.0) and not settings.do_sample


# ---- laying out a conversation

TALK = [("system", "You are a person."), ("user", "Is it so?")]


def chat(template: str | None) -> Chat:
    return Chat(tiny_models.tokenizer(template))


def test_a_template_is_used_as_it_is() -> None:
    made = chat(tiny_models.CHAT)
    expected = "<|system|>You are a person.<|end|><|user|>Is it so?<|end|><|assistant|>"
    assert made.text(TALK, "Answer:") == expected
    assert made.facts["system"] == "own role" and made.facts["layout"] == "template"


@pytest.mark.parametrize(
    "template",
    [tiny_models.NO_SYSTEM, tiny_models.CHAT.replace("{{ '<|'", "{% if m['role'] == 'user' %}{{ '<|'")
     .replace("{% endfor %}", "{% endif %}{% endfor %}")],
    ids=["refuses", "drops"],
)  # fmt: skip
def test_without_a_system_role_the_text_goes_before_the_user(template: str) -> None:
    made = chat(template)
    assert made.facts["system"] == "before the user text"
    assert made.text(TALK, "Answer:") == "<|user|>You are a person.\n\nIs it so?<|end|><|assistant|>"
    assert made.text(TALK[1:], "Answer:") == "<|user|>Is it so?<|end|><|assistant|>"


def test_the_plain_layout_ends_with_the_cue() -> None:
    made = chat(None)
    assert made.text(TALK, "Answer:") == "You are a person.\n\nIs it so?\nAnswer:"
    assert made.text(TALK[1:], "الإجابة:") == "Is it so?\nالإجابة:"


def test_a_templates_clock_stands_still() -> None:
    made = chat("{{ strftime_now('%d %b %Y') }}" + tiny_models.CHAT)
    assert made.text(TALK, "").startswith("01 Jan 2025<|system|>")
    assert made.facts["clock"] == TODAY.date().isoformat()
    assert chat(tiny_models.CHAT).facts["clock"] == ""


def test_a_clock_asked_in_another_way_stands_still_too() -> None:
    made = chat("{% set form = '%d %b' %}{% if strftime_now is defined %}{{ strftime_now(form) }}{% endif %}|")
    assert made.text(TALK, "") == "2025-01-01|"


@pytest.mark.parametrize("start", ["\n  x", " {%- if true %} y{% endif %}", "{% if true %}\nz{% endif %}"])
def test_stopping_the_clock_moves_no_white_space(start: str) -> None:
    words = tiny_models.tokenizer(start + tiny_models.CHAT)
    messages = [{"role": role, "content": text} for role, text in TALK]
    plain = words.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert Chat(words).text(TALK, "") == plain


def test_reasoning_is_not_opened() -> None:
    made = chat(tiny_models.CHAT + "{% if enable_thinking is not defined or enable_thinking %}<think>{% endif %}")
    assert "<think>" not in made.text(TALK, "") and made.facts["reasoning"] == "off"


def test_a_template_that_refuses_says_so() -> None:
    made = chat("{% if messages|length > 1 %}{{ raise_exception('one only') }}{% endif %}" + tiny_models.CHAT)
    with pytest.raises(RespondentFailed, match="refuses messages of user, user"):
        made.text([("user", "a"), ("user", "b")], "")


def test_gpt2_positions_are_its_context(folders: Folders) -> None:
    assert GPT2Config().n_positions == 1024
    assert load_model(ModelChoice(str(folders("gpt2")))).context == 128


@pytest.mark.parametrize("template", ["{% for m in messages %}{{ m.content }}", "{{ messages[0].nothing.there }}"])
def test_a_broken_template_is_one_line(template: str) -> None:
    with pytest.raises(BadFile, match="chat template is broken"):
        chat(template)


def test_a_token_that_the_model_has_no_vector_for_is_one_line(folders: Callable[[str], Path], tmp_path: Path) -> None:
    folder = tmp_path / "more"
    shutil.copytree(folders("llama"), folder)
    model = load_model(ModelChoice(str(folder)))
    model.tokenizer.add_tokens(["<|extra|>"])
    rows = model.module.config.vocab_size
    assert model.encode(["a person from Egypt"])
    with pytest.raises(BadFile, match=rf"'<\|extra\|>' is number {rows}, the model has {rows}"):
        model.encode(["a person <|extra|> from Egypt"])
