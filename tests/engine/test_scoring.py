"""Scores against a forward pass of one text alone, with the full softmax."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tawazun.engine import LoadedModel, ModelChoice, forward, load_model, score_continuations, score_next, scoring
from tawazun.errors import RespondentFailed

VOCABULARY = 455


def texts(count: int, seed: int = 0, shortest: int = 1, longest: int = 40) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    return [rng.integers(4, VOCABULARY, rng.integers(shortest, longest + 1)).tolist() for _ in range(count)]


@torch.inference_mode()
def alone(model: LoadedModel, tokens: Sequence[int]) -> np.ndarray:
    """Log-probabilities after every position, the plain way."""
    logits = model.module(torch.tensor([list(tokens)]), use_cache=False).logits[0]
    return torch.log_softmax(logits.double(), dim=-1).numpy()


def test_next_tokens_equal_one_by_one(model: LoadedModel) -> None:
    prompts = texts(23)
    wanted = [list(range(i % 7, VOCABULARY, 13)) for i in range(len(prompts))]
    found = score_next(model, prompts, wanted)
    for prompt, tokens, scores in zip(prompts, wanted, found, strict=True):
        assert scores.dtype == np.float32
        assert scores == pytest.approx(alone(model, prompt)[-1][tokens], abs=1e-5)


def test_all_next_tokens_sum_to_one(model: LoadedModel) -> None:
    for scores in score_next(model, texts(5), [range(VOCABULARY)] * 5):
        assert np.exp(scores.astype(float)).sum() == pytest.approx(1, abs=1e-6)


def test_continuations_equal_brute_force(model: LoadedModel) -> None:
    prompts, after = texts(15, seed=1), texts(15, seed=2, longest=6)
    found = score_continuations(model, prompts, after)
    for prompt, tokens, total in zip(prompts, after, found, strict=True):
        table = alone(model, [*prompt, *tokens])
        slow = sum(table[len(prompt) - 1 + k][token] for k, token in enumerate(tokens))
        assert total == pytest.approx(slow, abs=1e-4)


def passes(model: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """What goes through the model from now on: the tokens of every row, padding included."""
    rows: list[list[int]] = []
    through = type(model.module).forward

    def watched(self: Any, *args: Any, **kwargs: Any) -> Any:
        rows.extend(kwargs["input_ids"].tolist() if "input_ids" in kwargs else [])
        return through(self, *args, **kwargs)

    monkeypatch.setattr(type(model.module), "forward", watched)
    return rows


def test_continuations_of_one_prompt_share_it(model: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = texts(2, seed=8, shortest=20)
    ends = [[7], [8], [20, 7], [20, 8], [20, 8], [20, 8, 9], [21, 8, 9], [7]]
    asked = [first if k != 3 else second for k in range(len(ends))]
    rows = passes(model, monkeypatch)
    found = score_continuations(model, asked, ends)
    # a row of the first prompt with [20, 8] and [21, 8] after it, one of the second prompt with [20], and padding
    if model.sharing != "none":
        assert sum(len(row) for row in rows) <= 2 * (len(first) + 4)
    for prompt, tokens, total in zip(asked, ends, found, strict=True):
        table = alone(model, [*prompt, *tokens])
        assert total == pytest.approx(sum(table[len(prompt) - 1 + k][t] for k, t in enumerate(tokens)), abs=1e-4)


def test_a_continuation_of_one_token_is_a_next_token(llama: LoadedModel) -> None:
    prompts = texts(9, seed=3)
    ones = score_continuations(llama, prompts, [[7]] * 9)
    assert ones == pytest.approx(np.concatenate(score_next(llama, prompts, [[7]] * 9)), abs=1e-5)


@pytest.mark.parametrize("room", [1, 50, 400, 100_000])
def test_batches_do_not_move_results(model: LoadedModel, room: int) -> None:
    prompts = texts(31, seed=4)
    wanted = [[5, 9, 200]] * 31
    usual = score_next(model, prompts, wanted)
    model.room.tokens = room
    shuffled = np.random.default_rng(5).permutation(31)
    other = score_next(model, [prompts[i] for i in shuffled], [wanted[i] for i in shuffled])
    for at, i in enumerate(shuffled):
        assert other[at] == pytest.approx(usual[i], abs=1e-5)


def test_few_logits_are_held_at_once(llama: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    picked = scoring.picked

    def watched(logits: torch.Tensor, wanted: Any) -> Any:
        sizes.append(len(logits))
        return picked(logits, wanted)

    monkeypatch.setattr(scoring, "picked", watched)
    llama.room.logits = 10 * VOCABULARY
    score_next(llama, texts(25), [[5]] * 25)
    assert max(sizes) == 10
    sizes.clear()
    score_continuations(llama, texts(25), [[5, 6, 7, 8]] * 25)
    assert max(sizes) == 8


def test_logits_that_are_no_numbers_stay_with_their_prompt(llama: LoadedModel) -> None:
    with torch.no_grad():
        llama.module.get_input_embeddings().weight[11] = torch.nan
    # the head is tied to the embedding, so it gets its own healthy copy
    head = torch.nn.Linear(32, VOCABULARY, bias=False)
    llama.module.set_output_embeddings(head)
    good, bad, other = [5, 6, 7], [5, 11, 7], [5, 6]
    scores = score_next(llama, [good, bad, other], [[1, 2]] * 3)
    assert np.isnan(scores[1]).all()
    assert np.isfinite(scores[0]).all() and np.isfinite(scores[2]).all()
    sums = score_continuations(llama, [good, bad], [[3, 4], [3, 4]])
    assert np.isfinite(sums[0]) and np.isnan(sums[1])


def out_of_memory_above(model: LoadedModel, rows: int, error: RuntimeError, monkeypatch: pytest.MonkeyPatch) -> None:
    through = type(model.module).forward

    def tight(self: Any, *args: Any, **kwargs: Any) -> Any:
        if len(kwargs["input_ids"]) > rows:
            raise error
        return through(self, *args, **kwargs)

    monkeypatch.setattr(type(model.module), "forward", tight)


NO_MEMORY = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes"),
]


@pytest.mark.parametrize("error", NO_MEMORY)
def test_less_is_done_at_once_when_memory_runs_out(
    llama: LoadedModel, monkeypatch: pytest.MonkeyPatch, error: RuntimeError
) -> None:
    prompts = texts(20, seed=6, shortest=10, longest=10)
    usual = score_next(llama, prompts, [[5, 6]] * 20)
    before = llama.room.tokens
    out_of_memory_above(llama, 3, error, monkeypatch)
    tight = score_next(llama, prompts, [[5, 6]] * 20)
    assert np.array(tight) == pytest.approx(np.array(usual), abs=1e-5)
    assert 10 <= llama.room.tokens <= 39 < before
    out_of_memory_above(llama, 0, error, monkeypatch)
    with pytest.raises(RespondentFailed, match="out of memory on one prompt of 10 tokens"):
        score_next(llama, prompts, [[5, 6]] * 20)


@pytest.mark.parametrize("kind", ["llama", "mistral"])
def test_memory_that_runs_out_below_a_shared_beginning_is_found(
    folders: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    model = load_model(ModelChoice(str(folders(kind))))
    start = texts(1, seed=2, shortest=30)[0]
    prompts = [[*start, *end] for end in texts(20, seed=3, shortest=4, longest=9)]
    usual = score_next(model, prompts, [[5, 6]] * 20)
    out_of_memory_above(model, 2, NO_MEMORY[0], monkeypatch)
    assert np.array(score_next(model, prompts, [[5, 6]] * 20)) == pytest.approx(np.array(usual), abs=1e-5)


def test_other_failures_are_not_taken_for_a_full_memory(llama: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    out_of_memory_above(llama, 0, RuntimeError("a kernel is broken"), monkeypatch)
    with pytest.raises(RuntimeError, match="a kernel is broken"):
        score_next(llama, [[5]], [[6]])


@torch.inference_mode()
def test_half_precision_models_are_read_in_float32(folders: Callable[[str], Path]) -> None:
    model = load_model(ModelChoice(str(folders("qwen")), dtype="bfloat16"))
    prompts = texts(6, seed=7)
    found = score_next(model, prompts, [range(VOCABULARY)] * 6)
    for prompt, scores in zip(prompts, found, strict=True):
        hidden = model.module.model(torch.tensor([prompt]), use_cache=False).last_hidden_state[0, -1]
        logits = model.module.lm_head.weight.float() @ hidden.float()
        assert scores == pytest.approx(torch.log_softmax(logits, dim=-1).numpy(), abs=0.05)
        # bfloat16 logits have at most 8 significant bits, so their differences are few; these are not
        assert len(np.unique(scores)) > 0.95 * VOCABULARY


@pytest.mark.parametrize("bias", [False, True])
def test_a_half_precision_head_in_pieces_is_one_product(bias: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forward, "HEAD_ROWS", 7)
    torch.manual_seed(0)
    head = torch.nn.Linear(12, 30, bias=bias, dtype=torch.bfloat16)
    hidden = torch.randn(1, 5, 12, dtype=torch.bfloat16)
    expected = hidden.float() @ head.weight.float().T + (head.bias.float() if head.bias is not None else 0.0)
    assert torch.allclose(forward._linear32(head, hidden), expected, atol=1e-6)


def test_bad_requests_are_one_line(llama: LoadedModel) -> None:
    with pytest.raises(RespondentFailed, match="600 tokens is longer than the model's 512"):
        score_next(llama, [[5] * 600], [[6]])
    with pytest.raises(RespondentFailed, match="prompt without tokens"):
        score_next(llama, [[]], [[6]])
    with pytest.raises(RespondentFailed, match="continuation without tokens"):
        score_continuations(llama, [[5]], [[]])
    assert score_next(llama, [], []) == []
    assert score_continuations(llama, [], []).shape == (0,)
