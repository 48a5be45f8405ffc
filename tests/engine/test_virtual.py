"""A vector put in the place of a token is to the model what the same vector is in `inputs_embeds`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoConfig, AutoModelForCausalLM, Gemma3nForCausalLM, Gemma3nTextConfig

from tawazun.engine import (
    LoadedModel,
    ModelChoice,
    Sampling,
    VirtualTokens,
    generate,
    load_model,
    score_continuations,
    score_next,
    score_with_gradient,
)
from tawazun.errors import Refused, RespondentFailed
from tests import tiny_models

WANTED = [5, 9, 77, 301]


def block(rows: int, seed: int = 0, width: int = 32) -> torch.Tensor:
    return torch.randn(rows, width, generator=torch.Generator().manual_seed(seed)) * 0.4


@torch.inference_mode()
def from_vectors(model: LoadedModel, tokens: list[int], held: torch.Tensor) -> torch.Tensor:
    """Log-probabilities after tokens, by `inputs_embeds` alone."""
    first = model.virtual.first
    rows = [held[one - first] if one >= first else model.virtual.of([one])[0] for one in tokens]
    logits = model.module(inputs_embeds=torch.stack(rows)[None], use_cache=False).logits
    return torch.log_softmax(logits[0].double(), dim=-1)


def nested(first: int, rows: int, seed: int = 1) -> list[list[int]]:
    """Prompts that share beginnings, with virtual tokens before, inside and behind what is shared."""
    rng = np.random.default_rng(seed)
    found = []
    stems = [rng.integers(4, 400, 14).tolist() for _ in range(2)]
    for row in range(rows):
        for stem in stems:
            found += [
                [first + row, *stem, 7, 8],
                [first + row, *stem, first + (row + 1) % rows, 9],
                [*stem, 11, first + row],
                [*stem, *stem[:3]],
            ]
    return found


def test_virtual_tokens_are_their_vectors_on_every_architecture(model: LoadedModel) -> None:
    held = block(3)
    with model.virtual.holding(held) as numbers:
        prompts = nested(numbers.start, 3)
        scores = score_next(model, prompts, [WANTED] * len(prompts))
        for prompt, found in zip(prompts, scores, strict=True):
            expected = from_vectors(model, prompt, held)[-1, WANTED]
            assert found == pytest.approx(expected.numpy(), abs=1e-4)


def test_continuations_follow_virtual_tokens(model: LoadedModel) -> None:
    held = block(2, seed=3)
    with model.virtual.holding(held) as numbers:
        prompts = [[numbers[0], 5, 6, 7], [5, 6, 7, *numbers], [numbers[1]]] * 2
        ends = [(8, 9), (8, 9, 10), (4,), (8, 9, 4), (3,), (4, 8)]
        found = score_continuations(model, prompts, ends)
        for prompt, end, score in zip(prompts, ends, found, strict=True):
            logs = from_vectors(model, [*prompt, *end], held)
            assert score == pytest.approx(sum(float(logs[len(prompt) - 1 + k, t]) for k, t in enumerate(end)), abs=1e-4)


def test_replies_follow_virtual_tokens(model: LoadedModel) -> None:
    held = block(2, seed=4) * 2
    with model.virtual.holding(held) as numbers:
        prompts = [[*numbers, 5, 6, 7], [5, 6, 7, 8, numbers[1]]]
        said = generate(model, prompts, Sampling(4, 0.0, 1.0), [1, 2])
        for prompt, text in zip(prompts, said, strict=True):
            tokens = list(prompt)
            for _ in range(4):
                tokens.append(int(from_vectors(model, tokens, held)[-1].argmax()))
            new = tokens[len(prompt) :]
            new = new[: next((at for at, token in enumerate(new) if token in model.stops), len(new))]
            assert text == model.decode(new)


def test_nothing_is_left_behind(llama: LoadedModel) -> None:
    before = score_next(llama, [[5, 6, 7]], [WANTED])[0]
    table = llama.module.get_input_embeddings()
    with llama.virtual.holding(block(2)):
        assert score_next(llama, [[5, 6, 7]], [WANTED])[0].tobytes() == before.tobytes()
    assert not table._forward_hooks and not table._forward_pre_hooks
    assert score_next(llama, [[5, 6, 7]], [WANTED])[0].tobytes() == before.tobytes()


def test_a_models_own_vectors_give_its_own_numbers(model: LoadedModel) -> None:
    tokens = [9, 4, 30, 31, 200]
    with model.virtual.holding(model.virtual.of(tokens)) as numbers:
        found = score_next(model, [list(numbers)], [WANTED])[0]
    assert found == pytest.approx(score_next(model, [tokens], [WANTED])[0], abs=1e-5)


def test_what_is_written_into_held_vectors_is_read(llama: LoadedModel) -> None:
    held = block(2)
    with llama.virtual.holding(held) as numbers:
        first = score_next(llama, [[*numbers, 5]], [WANTED])[0]
        held.copy_(block(2, seed=9))
        second = score_next(llama, [[*numbers, 5]], [WANTED])[0]
        assert np.abs(first - second).max() > 1e-2
        assert second == pytest.approx(from_vectors(llama, [*numbers, 5], held)[-1, WANTED].numpy(), abs=1e-4)


def test_a_population_is_never_copied(llama: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """50,000 candidates of two tokens are held; a prompt looks up its own two rows."""
    held = torch.zeros(100_000, 32)
    held[-2:] = block(2)
    looked_up = []
    plain = torch.Tensor.__getitem__

    def watched(self: torch.Tensor, key: Any) -> Any:
        found = plain(self, key)
        if self is held:
            looked_up.append(found.shape[0])
        return found

    with llama.virtual.holding(held) as numbers:
        assert all(kept is held for _, kept in llama.virtual._blocks)
        monkeypatch.setattr(torch.Tensor, "__getitem__", watched)
        found = score_next(llama, [[*numbers[-2:], 5]], [WANTED])[0]
        monkeypatch.undo()
        assert looked_up == [2]
        assert found == pytest.approx(from_vectors(llama, [*numbers[-2:], 5], held)[-1, WANTED].numpy(), abs=1e-4)


@settings(max_examples=20, deadline=None)
@given(sizes=st.lists(st.integers(1, 4), min_size=1, max_size=4), data=st.data())
def test_several_blocks_keep_apart(tiny: VirtualTokens, sizes: list[int], data: st.DataObject) -> None:
    blocks = [block(size, seed=i) for i, size in enumerate(sizes)]
    held = [tiny.hold(one) for one in blocks]
    try:
        assert len({number for one in held for number in one}) == sum(sizes)
        gone = data.draw(st.integers(0, len(sizes) - 1))
        if len(sizes) > 1:
            tiny.release(held[gone])
        left = [i for i in range(len(sizes)) if len(sizes) == 1 or i != gone]
        pairs = [(number, blocks[i][k]) for i in left for k, number in enumerate(held[i])]
        wanted = data.draw(st.permutations(pairs))
        found = tiny._rows(torch.tensor([number for number, _ in wanted]), torch.zeros(1, 32))
        assert torch.equal(found, torch.stack([row for _, row in wanted]))
        more = tiny.hold(block(2, seed=50))
        assert not set(more) & {number for number, _ in pairs}
        tiny.release(more)
    finally:
        for one in held:
            tiny.release(one)


@pytest.fixture(scope="module")
def tiny() -> VirtualTokens:
    return VirtualTokens(tiny_models.model("llama", 400).eval())


def test_a_number_without_a_vector_is_one_line(llama: LoadedModel) -> None:
    with (
        llama.virtual.holding(block(2)) as numbers,
        pytest.raises(RespondentFailed, match="1 virtual tokens of a prompt have no vectors"),
    ):
        score_next(llama, [[5, numbers.stop]], [WANTED])


@pytest.mark.parametrize("shape", [(2, 31), (0, 32), (32,), (1, 2, 32)])
def test_vectors_of_another_shape_are_refused(llama: LoadedModel, shape: tuple[int, ...]) -> None:
    with pytest.raises(RespondentFailed, match="no virtual tokens of this model"):
        llama.virtual.hold(torch.zeros(shape))


def per_layer(words: int) -> Any:
    """A Gemma 3n: every layer looks tokens up in a table of its own."""
    torch.manual_seed(0)
    config = Gemma3nTextConfig(
        vocab_size=words, hidden_size=32, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2,
        intermediate_size=48, head_dim=8, vocab_size_per_layer_input=words, hidden_size_per_layer_input=16,
        laurel_rank=8, num_kv_shared_layers=0, initializer_range=0.2, activation_sparsity_pattern=[0.0] * 4,
        sliding_window=8, layer_types=tiny_models.LAYERS, altup_num_inputs=2, max_position_embeddings=512,
    )  # fmt: skip
    made = Gemma3nForCausalLM(config).eval()
    for layer in made.model.layers:
        torch.nn.init.ones_(layer.altup.correct_output_scale)  # at 0, as made, layers do not listen to their tables
    return made


def test_a_model_that_reads_tokens_in_its_layers_takes_no_vectors() -> None:
    virtual = VirtualTokens(per_layer(400))
    with pytest.raises(Refused, match=r"^Gemma3nForCausalLM: reads token numbers elsewhere") as caught:
        virtual.hold(block(2))
    assert "\n" not in str(caught.value)
    assert not virtual._hooks and not virtual._blocks


SHAPE = {"vocab_size": 400, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "pad_token_id": 0}
OTHERS = {  # narrow embeddings, a norm behind them, a factor on them, experts, no positions, cache-free
    "opt": {**SHAPE, "ffn_dim": 48, "word_embed_proj_dim": 32, "max_position_embeddings": 128},
    "bloom": {"vocab_size": 400, "hidden_size": 32, "n_layer": 2, "n_head": 4},
    "granite": {**SHAPE, "intermediate_size": 48, "num_key_value_heads": 2, "embedding_multiplier": 3.0},
    "mixtral": {**SHAPE, "intermediate_size": 48, "num_key_value_heads": 2, "num_local_experts": 4},
    "mamba2": {**{k: SHAPE[k] for k in ("vocab_size", "hidden_size", "num_hidden_layers")}, "num_heads": 8,
               "head_dim": 8, "state_size": 8, "n_groups": 1},
    "rwkv": {"vocab_size": 400, "hidden_size": 32, "num_hidden_layers": 2},
}  # fmt: skip


@torch.inference_mode()
@pytest.mark.parametrize("kind", OTHERS)
def test_other_architectures_take_vectors(kind: str) -> None:
    torch.manual_seed(0)
    module = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **OTHERS[kind])).eval()
    for weights in module.parameters():
        if weights.ndim > 1:
            torch.nn.init.normal_(weights, std=0.2)
    virtual = VirtualTokens(module)
    held = block(2)
    with virtual.holding(held) as numbers:
        found = module(input_ids=torch.tensor([[5, *numbers, 9, 30]]), use_cache=False).logits
    rows = torch.cat([virtual.of([5]), held, virtual.of([9, 30])])[None]
    assert torch.allclose(found, module(inputs_embeds=rows, use_cache=False).logits, atol=1e-5)
    other = module(input_ids=torch.tensor([[5, 7, 7, 9, 30]]), use_cache=False).logits
    assert float((found - other).abs().max()) > 1e-2


def test_a_model_whose_table_cannot_be_read_takes_no_vectors() -> None:
    whole = tiny_models.model("llama", 400).eval()
    whole.get_input_embeddings().weight = torch.nn.Parameter(
        torch.zeros(400, 32, dtype=torch.int8), requires_grad=False
    )
    with pytest.raises(Refused, match="embedding table cannot be read"):
        VirtualTokens(whole).hold(block(2))
    spread = tiny_models.model("llama", 400).eval()
    spread.hf_device_map = {"model.layers.0": 0, "model.layers.1": 1}
    with pytest.raises(Refused, match="several devices"):
        VirtualTokens(spread).hold(block(2))


def test_half_precision_takes_vectors(folders: Callable[[str], Path]) -> None:
    whole = load_model(ModelChoice(str(folders("qwen"))))
    half = load_model(ModelChoice(str(folders("qwen")), dtype="bfloat16"))
    held = block(2)
    scores = []
    for model in (whole, half):
        with model.virtual.holding(held) as numbers:
            scores.append(score_next(model, [[*numbers, 5, 6]], [WANTED])[0])
    assert scores[1] == pytest.approx(scores[0], abs=0.2)


# ---- gradients


def test_gradients_are_those_of_small_steps(model: LoadedModel) -> None:
    held = block(2, seed=7).requires_grad_(True)
    with model.virtual.holding(held) as numbers:
        prompts = [[*numbers, 5, 6, 7], [5, 6, *numbers], [5, 6, *numbers]]
        ends = [(8,), (9, 10), (9, 11, 12)]
        scores = score_with_gradient(model, prompts, ends)
        assert scores.detach().numpy() == pytest.approx(score_continuations(model, prompts, ends), abs=1e-4)
        (slope,) = torch.autograd.grad(scores.sum(), held)
        direction = slope / slope.norm()
        step = 1e-2
        with torch.no_grad():
            held += step * direction
            up = score_with_gradient(model, prompts, ends).sum().item()
            held -= 2 * step * direction
            down = score_with_gradient(model, prompts, ends).sum().item()
    assert (up - down) / (2 * step) == pytest.approx(float(slope.norm()), rel=0.05)
    assert all(weights.grad is None for weights in model.module.parameters())


def test_gradients_of_nothing_are_refused(llama: LoadedModel) -> None:
    with pytest.raises(RespondentFailed, match="without tokens"):
        score_with_gradient(llama, [[5]], [()])
    with pytest.raises(RespondentFailed, match="without tokens"):
        score_with_gradient(llama, [[]], [(5,)])
    assert score_with_gradient(llama, [], []).shape == (0,)
