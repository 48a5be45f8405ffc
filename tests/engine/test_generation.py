"""Replies: against plain loops and the library's own, draws against their distribution, seeds alone decide."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import GenerationConfig

from tawazun.answers.thoughts import with_thought, without_thought
from tawazun.engine import LoadedModel, ModelChoice, Sampling, Thoughts, generate, load_model, score_next
from tawazun.engine.writing import LOOK_EVERY, pick
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


def family() -> list[list[int]]:
    """Prompts that share beginnings of several depths, of several lengths, some of them the same, in no order."""
    rng = np.random.default_rng(5)

    def some(count: int) -> list[int]:
        return rng.integers(5, 440, count).tolist()

    start = some(14)
    stems = [start + some(12), start + some(9), some(20)]
    made = [stem + some(1 + k) for stem in stems for k in range(3)]
    made += [start, stems[0], made[1], made[1], stems[0] + some(3)]
    return [made[k] for k in rng.permutation(len(made))]


@torch.inference_mode()
def by_library(model: LoadedModel, prompt: list[int], count: int) -> str:
    """The library's own greedy reply to one prompt."""
    ids = torch.tensor([prompt])
    made = model.module.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        generation_config=GenerationConfig(max_new_tokens=count, do_sample=False, eos_token_id=0, pad_token_id=0),
    )
    return model.decode(made[0, len(prompt) :].tolist())


def test_greedy_equals_the_library(model: LoadedModel) -> None:
    found = generate(model, family(), Sampling(12, 0.0, 1.0), range(20)[: len(family())])
    assert found == [by_library(model, prompt, 12) for prompt in family()]


@pytest.mark.parametrize("sampling", [Sampling(12, 1.0, 1.0), Sampling(9, 0.7, 0.8)])
def test_draws_equal_the_library_loop_with_the_same_draws(model: LoadedModel, sampling: Sampling) -> None:
    seeds = range(40, 40 + len(family()))
    found = generate(model, family(), sampling, seeds)
    assert found == generate(model.shared_by("none"), family(), sampling, seeds)
    assert found == generate(model.shared_by("alone"), family(), sampling, seeds)
    assert len(set(found)) == len(found)


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_no_company_changes_a_reply(llama_of_session: LoadedModel, data: st.DataObject) -> None:
    model = replace(llama_of_session, room=replace(llama_of_session.room, tokens=data.draw(st.integers(8, 400))))
    stems = [[5 + k, 6, 7, 8 + k, 9, 10, 11, 12, 13] for k in range(3)]
    prompts = data.draw(
        st.lists(
            st.builds(lambda k, more: stems[k] + more, st.integers(0, 2), st.lists(st.integers(20, 30), max_size=40)),
            min_size=1, max_size=12,
        )
    )  # fmt: skip
    sampling = Sampling(5, 1.0, 1.0)
    once = generate(model, prompts, sampling, range(len(prompts)))
    alone = [generate(model, [prompt], sampling, [seed])[0] for seed, prompt in enumerate(prompts)]
    assert once == alone


@contextmanager
def watched(model: LoadedModel) -> Iterator[list[tuple[int, int]]]:
    """Shapes (rows, tokens) of everything that goes through the model inside."""
    shapes: list[tuple[int, int]] = []

    def look(module: Any, args: Any, kwargs: Any) -> None:
        shapes.append(tuple(kwargs["input_ids"].shape))

    handle = model.module.register_forward_pre_hook(look, with_kwargs=True)
    try:
        yield shapes
    finally:
        handle.remove()


def test_samples_share_their_prompt_and_prompts_their_beginning(llama: LoadedModel) -> None:
    start = list(range(5, 45))
    prompts = [[*start, 100 + k, 101, 102] for k in range(4)]
    with watched(llama) as shapes:
        generate(llama, [one for one in prompts for _ in range(6)], Sampling(3, 1.0, 1.0), range(24))
    assert sum(rows * tokens for rows, tokens in shapes[:2]) == 40 + 4 * 3
    assert shapes[2:] == [(24, 1), (24, 1)]


def test_rows_of_a_sliding_model_share_a_copied_cache(folders: Callable[[str], Path]) -> None:
    model = load_model(ModelChoice(str(folders("mistral"))))
    prompts = [[*range(5, 45), 100 + k, 101] for k in range(3)]
    with watched(model) as shapes:
        generate(model, [one for one in prompts for _ in range(4)], Sampling(3, 1.0, 1.0), range(12))
    assert shapes == [(1, 40), (3, 2), (12, 1), (12, 1)]


def test_finished_rows_are_dropped(llama: LoadedModel) -> None:
    llama = speaker(llama, stop=3.0)
    sampling = Sampling(40, 1.0, 1.0)
    with watched(llama) as shapes:
        made = generate(llama, PROMPTS * 10, sampling, range(60))
    rows = [rows for rows, _ in shapes[shapes.index((60, 1)) :]]
    assert rows == sorted(rows, reverse=True) and rows[-1] < 60 / 2
    assert made == generate(llama.shared_by("none"), PROMPTS * 10, sampling, range(60))


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


# ---- replies that stop early


def speaker(model: LoadedModel, stop: float = -1e4) -> LoadedModel:
    """The model with a head that says printable ASCII only; `stop` is added to the logits of its special tokens."""
    old = model.module.get_output_embeddings()
    count = len(model.tokenizer)
    head = torch.nn.Linear(old.weight.shape[1], count)
    with torch.no_grad():
        head.weight.copy_(old.weight[:count])
        head.bias.copy_(
            torch.tensor([0.0 if model.decode([k]).isprintable() and model.decode([k]).isascii() else -1e4
                          for k in range(count)])
        )  # fmt: skip
        head.bias[list(model.added)] = stop
    model.module.set_output_embeddings(head)
    return model


@pytest.mark.parametrize("sharing", ["tree", "none", "alone"])
def test_a_reply_stops_where_it_may(llama: LoadedModel, sharing: Any) -> None:
    model, sampling = speaker(llama).shared_by(sharing), Sampling(24, 1.0, 1.0)
    whole = generate(model, PROMPTS, sampling, SEEDS)
    looked: list[list[str]] = [[] for _ in PROMPTS]

    def until(row: int, text: str) -> bool:
        looked[row].append(text)
        return row % 2 == 0 and len(looked[row]) == 2

    untils = [lambda text, row=row: until(row, text) for row in range(len(PROMPTS))]
    cut = generate(model, PROMPTS, sampling, SEEDS, untils)
    for row, (short, full) in enumerate(zip(cut, whole, strict=True)):
        assert short is not None and full is not None
        assert (short == looked[row][1] and full.startswith(short)) if row % 2 == 0 else short == full
        assert all(full.startswith(text) for text in looked[row])
        assert len(looked[row]) == (2 if row % 2 == 0 else 24 // LOOK_EVERY - 1)
    assert cut != whole
    assert generate(model, PROMPTS, sampling, SEEDS, [None] * len(PROMPTS)) == whole


# ---- reasoning

CLOSING = (40, 41, 42)


def thinking(model: LoadedModel, budget: int, close: str = "", most: int = 6, temperature: float = 0.0) -> Sampling:
    close = close or model.decode(CLOSING)
    return Sampling(most, temperature, 1.0, Thoughts(budget, close, CLOSING))


@pytest.mark.parametrize("budget", [0, 1, 5])
def test_a_thought_is_closed_when_its_budget_is_used_up(model: LoadedModel, budget: int) -> None:
    model = speaker(model)
    found = generate(model, PROMPTS, thinking(model, budget), SEEDS)
    for prompt, text in zip(PROMPTS, found, strict=True):
        thought = greedy_tokens(model, prompt, budget)
        assert len(thought) == budget, "the model of this test should not stop by itself"
        reply = greedy_tokens(model, [*prompt, *thought, *CLOSING], 6)
        assert text == with_thought(model.decode(thought), model.decode(reply))
        assert without_thought(text) == model.decode(reply).lstrip()


@pytest.mark.parametrize("sharing", ["tree", "none"])
def test_a_thought_that_closes_by_itself_leaves_the_reply_its_own_length(llama: LoadedModel, sharing: Any) -> None:
    model = speaker(llama).shared_by(sharing)
    written = greedy_tokens(model, PROMPTS[0], 11)
    close = model.decode([written[4]])
    assert close and close not in model.decode(written[:4])
    text = generate(model, [PROMPTS[0]], thinking(model, 20, close), [1])[0]
    assert text == with_thought(model.decode(written[:4]), model.decode(written[5:11]))


def test_a_special_token_closes_a_thought_and_is_not_kept(llama: LoadedModel) -> None:
    """`<|user|>` is dropped when text is decoded for people; it must be seen all the same."""
    model = speaker(llama, stop=3.0)
    model = replace(model, stops=())
    sampling = Sampling(6, 1.0, 1.0, Thoughts(30, "<|user|>", CLOSING))
    texts = generate(model, PROMPTS * 8, sampling, range(48))
    thoughts = [(text or "").removeprefix("<think>\n").partition("\n</think>")[0] for text in texts]
    assert min(map(len, thoughts)) < 10 < 40 < max(map(len, thoughts))
    assert all("<|" not in (text or "") for text in texts)


def test_reasoning_depends_on_the_seed_alone_and_may_stop_early(llama: LoadedModel) -> None:
    llama = speaker(llama)
    sampling = thinking(llama, 7, temperature=1.0, most=12)
    once = generate(llama, PROMPTS, sampling, SEEDS)
    assert once == [generate(llama, [p], sampling, [s])[0] for p, s in zip(PROMPTS, SEEDS, strict=True)]
    assert once == generate(llama.shared_by("none"), PROMPTS, sampling, SEEDS)
    seen: list[str] = []
    cut = generate(llama, PROMPTS, sampling, SEEDS, [lambda text: bool(seen.append(text)) or True] * len(PROMPTS))
    for short, full in zip(cut, once, strict=True):
        assert short is not None and full is not None and full.startswith(short) and len(short) < len(full)
    assert all("<think>" not in text for text in seen)


def test_a_stop_inside_a_thought_leaves_no_reply(llama: LoadedModel) -> None:
    model = speaker(llama, stop=2.0)
    texts = generate(model, PROMPTS * 8, Sampling(5, 1.0, 1.0, Thoughts(9, "</think>", CLOSING)), range(48))
    ended = [text for text in texts if without_thought(text or "") == ""]
    assert 5 < len(ended) < 48 and all((text or "").startswith("<think>\n") for text in texts)
