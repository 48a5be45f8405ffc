"""What fewer bits cost: log-probabilities in half precision and with 8-bit weights against float32."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import MambaConfig
from transformers.pytorch_utils import Conv1D

from tawazun.engine import ModelChoice, load_model, score_continuations, score_next, score_with_gradient
from tawazun.engine.eight_bits import EightBits, hold_in_8_bits
from tawazun.errors import BadFile, Refused
from tests.engine.test_loading import adapter, refusal
from tests.engine.test_soft_prompts import changed
from tests.engine.test_virtual import block

Folders = Callable[[str], Path]
# largest difference of a log-probability above -8 (one in 3,000). The tiny models exaggerate it, because their weights
# are random and large. Measured on four architectures: bfloat16 .065 to .106, float16 .006 to .009, int8 .084 to .131
LIMITS = {"bfloat16": 0.15, "float16": 0.015, "int8": 0.15}


def prompts(seed: int = 0) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    start = rng.integers(4, 400, 20).tolist()
    return [[*start, *rng.integers(4, 400, 6).tolist()] for _ in range(6)]


def scores(folder: Path, dtype: str) -> np.ndarray:
    model = load_model(ModelChoice(str(folder), dtype=dtype))
    assert model.facts["dtype"] == {"int8": "int8/float32"}.get(dtype, dtype)
    found = score_next(model, prompts(), [list(range(4, 400))] * 6)
    assert all(one.dtype == np.float32 for one in found)
    return np.stack(found)


@pytest.mark.parametrize("dtype", LIMITS)
@pytest.mark.parametrize("kind", ["llama", "qwen", "gemma3", "mistral"])
def test_fewer_bits_give_nearly_the_same(folders: Folders, kind: str, dtype: str) -> None:
    whole, small = scores(folders(kind), "float32"), scores(folders(kind), dtype)
    gap = float(np.abs(whole - small)[whole > -8].max())
    print(f"{kind} {dtype}: {gap:.3f}")
    assert 0 < gap <= LIMITS[dtype]


def test_8_bit_weights_take_a_quarter(folders: Folders) -> None:
    def size(dtype: str) -> int:
        up = load_model(ModelChoice(str(folders("llama")), dtype=dtype)).module.model.layers[0].mlp.up_proj
        layer = up.held if dtype == "int8" else up.weight
        return layer.numel() * layer.element_size()

    assert size("int8") * 4 == size("float32")


def test_8_bit_scores_do_not_depend_on_company(folders: Folders) -> None:
    model = load_model(ModelChoice(str(folders("qwen")), dtype="int8"))
    assert model.sharing == "tree"
    together = score_next(model, prompts(1), [[5, 9]] * 6)
    for prompt, found in zip(prompts(1), together, strict=True):
        assert score_next(model.shared_by("alone"), [prompt], [[5, 9]])[0] == pytest.approx(found, abs=1e-4)


def test_virtual_tokens_and_gradients_work_in_8_bits(folders: Folders) -> None:
    model = load_model(ModelChoice(str(folders("llama")), dtype="int8"))
    held = block(2).requires_grad_(True)
    with model.virtual.holding(held) as numbers:
        asked = [[*numbers, 5, 6]], [(7, 8)]
        found = score_with_gradient(model, *asked)
        found.sum().backward()
        assert found.detach().numpy() == pytest.approx(score_continuations(model, *asked), abs=1e-4)
    assert held.grad is not None and float(held.grad.abs().max()) > 0


def test_weight_adapters_work_on_8_bits(folders: Folders, tmp_path: Path) -> None:
    adapter(folders("llama"), tmp_path / "lora")
    found = [
        score_next(load_model(ModelChoice(str(folders("llama")), dtype=dtype, adapter=lora)), [[5, 6, 7]], [[8, 9]])[0]
        for dtype, lora in (("int8", ""), ("int8", str(tmp_path / "lora")), ("float32", str(tmp_path / "lora")))
    ]
    assert np.abs(found[0] - found[1]).max() > 1e-3
    assert found[1] == pytest.approx(found[2], abs=0.3)


@pytest.mark.parametrize("kind", ["gpt2", "mamba", "lfm2", "falcon_h1"])
def test_other_architectures_compute_in_8_bits(folders: Folders, kind: str) -> None:
    whole, small = (load_model(ModelChoice(str(folders(kind)), dtype=dtype)) for dtype in ("float32", "int8"))
    assert any(isinstance(layer, EightBits) for layer in small.module.modules())
    one, other = (score_next(model, prompts(2), [list(range(4, 400))] * 6) for model in (whole, small))
    assert 0 < float(np.abs(np.stack(one) - np.stack(other))[np.stack(one) > -8].max()) < 0.3


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 9), st.integers(1, 9), st.integers(0, 10**6), st.sampled_from(["Linear", "Conv1D"]), st.booleans()
)
def test_no_weight_is_off_by_more_than_half_a_step(rows: int, columns: int, seed: int, kind: str, zero: bool) -> None:
    torch.manual_seed(seed)
    layer = torch.nn.Linear(columns, rows) if kind == "Linear" else Conv1D(rows, columns)
    torch.nn.init.normal_(layer.weight)
    if zero:
        layer.weight.data.zero_()
    held = EightBits(layer)
    whole, back = (one if kind == "Linear" else one.T for one in (layer.weight.detach(), held.weight))
    step = whole.abs().amax(dim=1, keepdim=True) / 127
    assert bool(((whole - back).abs() <= 0.501 * step + 1e-12).all())
    states = torch.randn(3, columns)
    expected = states @ back.T + layer.bias.detach()
    assert torch.allclose(held(states), expected, atol=1e-4)


def test_a_model_without_linear_layers_says_so(folders: Folders) -> None:
    bare = torch.nn.Module()
    bare.config, bare.get_output_embeddings = MambaConfig(), lambda: None  # type: ignore[assignment]
    with pytest.raises(Refused, match="no linear layers"):
        hold_in_8_bits(bare, "a model")


def test_weights_in_few_bits_are_not_made_fewer(folders: Folders) -> None:
    model = load_model(ModelChoice(str(folders("llama")))).module
    model.config.quantization_config = {"quant_method": "fp8"}
    with pytest.raises(Refused, match="in few bits as they are"):
        hold_in_8_bits(model, "a model")


def test_weights_in_few_bits_of_a_missing_library_are_one_line(folders: Folders, tmp_path: Path) -> None:
    shutil.copytree(folders("llama"), tmp_path / "few")
    changed(
        tmp_path / "few" / "config.json", quantization_config={"quant_method": "bitsandbytes", "load_in_8bit": True}
    )
    assert "its weights cannot be read" in refusal(tmp_path / "few", BadFile)


def test_a_score_in_half_precision_is_computed_in_whole_at_the_end(folders: Folders) -> None:
    """bfloat16 logits near 20 come in steps of 1/8; normalised scores of one prompt must be finer than that."""
    model = load_model(ModelChoice(str(folders("qwen")), dtype="bfloat16"))
    found = score_next(model, prompts()[:1], [list(range(4, 400))])[0]
    assert len(np.unique(found)) > 380
    total = torch.logsumexp(torch.tensor(score_next(model, prompts()[:1], [list(range(len(model.tokenizer)))])[0]), 0)
    assert float(total) == pytest.approx(0.0, abs=1e-3)
