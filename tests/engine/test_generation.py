"""Replies: greedy against a plain loop, draws against the distribution they come from, seeds alone decide."""

import numpy as np
import pytest
import torch

from tawazun.engine import LoadedModel, Sampling, generate, score_next
from tawazun.engine.generation import pick
from tawazun.errors import RespondentFailed

PROMPTS = [[5, 6, 7], [8, 9], [10, 11, 12], [13], [14, 15, 16, 17], [18, 19, 20]]
SEEDS = [101, 102, 103, 104, 105, 106]


@torch.inference_mode()
def greedy_tokens(model: LoadedModel, prompt: list[int], count: int) -> list[int]:
    tokens = list(prompt)
    for _ in range(count):
        best = int(model.module(torch.tensor([tokens]), use_cache=False).logits[0, -1].argmax())
        if best in model.stops:
            break
        tokens.append(best)
    return tokens[len(prompt) :]


def test_greedy_equals_a_plain_loop(model: LoadedModel) -> None:
    found = generate(model, PROMPTS, Sampling(8, 0.0, 1.0), SEEDS)
    assert found == [model.decode(greedy_tokens(model, prompt, 8)) for prompt in PROMPTS]


def test_only_the_seed_decides(model: LoadedModel) -> None:
    sampling = Sampling(8, 1.0, 0.9)
    once = generate(model, PROMPTS, sampling, SEEDS)
    assert generate(model, PROMPTS, sampling, SEEDS) == once
    back = generate(model, PROMPTS[::-1], sampling, SEEDS[::-1])
    assert back[::-1] == once
    assert [generate(model, [p], sampling, [s])[0] for p, s in zip(PROMPTS, SEEDS, strict=True)] == once
    model.room.tokens = 12
    assert generate(model, PROMPTS, sampling, SEEDS) == once
    assert generate(model, PROMPTS, sampling, [seed + 1 for seed in SEEDS]) != once


def test_the_process_random_state_is_left_alone(llama: LoadedModel) -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    first = generate(llama, PROMPTS, Sampling(4, 1.0, 1.0), SEEDS)
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(4)
    assert generate(llama, PROMPTS, Sampling(4, 1.0, 1.0), SEEDS) == first


@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_draws_follow_the_distribution(llama: LoadedModel, temperature: float) -> None:
    draws = 3000
    made = generate(llama, [[5, 6, 7]] * draws, Sampling(1, temperature, 1.0), range(draws))
    logs = score_next(llama, [[5, 6, 7]], [range(len(llama.tokenizer))])[0].astype(float) / temperature
    p = np.exp(logs - logs.max())
    p /= p.sum()
    by_text: dict[str, float] = {}
    for token, share in enumerate(p):
        text = "" if token in llama.stops else llama.decode([token])
        by_text[text] = by_text.get(text, 0.0) + share
    for text, share in by_text.items():
        seen = sum(one == text for one in made) / draws
        assert abs(seen - share) < 5 * np.sqrt(share * (1 - share) / draws) + 1 / draws


def test_a_pick_is_where_the_running_sum_passes_the_draw() -> None:
    p = torch.tensor([[0.5, 0.0, 0.3, 0.2]], dtype=torch.float64)
    at = {0.0: 0, 0.49: 0, 0.5: 2, 0.79: 2, 0.81: 3, 1 - 2**-53: 3}
    for draw, token in at.items():
        assert pick(p.log(), 1.0, torch.tensor([draw], dtype=torch.float64)).tolist() == [token]


@pytest.mark.parametrize(("top_p", "left"), [(0.0, {0}), (0.5, {0}), (0.51, {0, 2}), (0.79, {0, 2}), (0.95, {0, 2, 3})])
def test_top_p_keeps_the_smallest_set_that_reaches_it(top_p: float, left: set[int]) -> None:
    logits = torch.tensor([[0.5, 0.04, 0.3, 0.16]], dtype=torch.float64).log().expand(200, -1)
    draws = torch.linspace(0, 1 - 1e-9, 200, dtype=torch.float64)
    assert set(pick(logits, top_p, draws).tolist()) == left


def test_a_reply_ends_at_a_stop(llama: LoadedModel) -> None:
    with torch.no_grad():
        llama.module.get_output_embeddings().weight[0] = 100.0 * llama.module.get_output_embeddings().weight[0].sign()
    made = generate(llama, PROMPTS * 20, Sampling(40, 5.0, 1.0), range(len(PROMPTS) * 20))
    assert len({len(text or "") for text in made}) > 3
    assert all("<|end|>" not in (text or "") for text in made)


def test_numbers_that_are_none_give_no_text(llama: LoadedModel) -> None:
    with torch.no_grad():
        llama.module.get_input_embeddings().weight[11] = torch.nan
    llama.module.set_output_embeddings(torch.nn.Linear(32, len(llama.tokenizer), bias=False))
    made = generate(llama, [[5, 6], [5, 11], [11, 6]], Sampling(3, 1.0, 1.0), [1, 2, 3])
    assert isinstance(made[0], str) and made[1:] == [None, None]


def test_what_does_not_fit_is_one_line(llama: LoadedModel) -> None:
    with pytest.raises(RespondentFailed, match="longer than the model's 512"):
        generate(llama, [[5] * 500], Sampling(64, 1.0, 1.0), [1])
    with pytest.raises(RespondentFailed, match="without tokens"):
        generate(llama, [[]], Sampling(4, 1.0, 1.0), [1])
    assert generate(llama, [], Sampling(4, 1.0, 1.0), []) == []
