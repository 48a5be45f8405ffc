"""Replies, token by token. Each row has its own random stream, so a draw depends on its seed alone.

Rows of one batch have prompts of equal length: nothing is padded, so every architecture's own cache is right.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from transformers import GenerationConfig, LogitsProcessor, LogitsProcessorList

from tawazun.engine.forward import in_batches
from tawazun.engine.model import LoadedModel
from tawazun.engine.scoring import check_lengths


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are drawn.

    max_new_tokens  where a reply is cut
    temperature     0 = always the most probable token
    top_p           keep the fewest tokens that hold this much probability
    """

    max_new_tokens: int
    temperature: float
    top_p: float


def generate(
    model: LoadedModel, prompts: Sequence[Sequence[int]], sampling: Sampling, seeds: Sequence[int]
) -> list[str | None]:
    """A reply to each prompt, in order; None where the model's numbers were not numbers.

    seeds    one per prompt; the same prompt and seed give the same reply whatever else is asked
    Errors   RespondentFailed for an empty prompt, one without room for a reply, or too little memory for one row
    """
    check_lengths(model, [len(prompt) + sampling.max_new_tokens for prompt in prompts if len(prompt)])
    by_length: dict[int, list[int]] = {}
    for i, prompt in enumerate(prompts):
        by_length.setdefault(len(prompt), []).append(i)
    check_lengths(model, list(by_length))
    texts: list[str | None] = [None] * len(prompts)
    for length, group in sorted(by_length.items()):

        def work(batch: list[int], group: list[int] = group) -> list[str | None]:
            chosen = [group[k] for k in batch]
            return _replies(model, [prompts[i] for i in chosen], sampling, [seeds[i] for i in chosen])

        each = length + sampling.max_new_tokens
        for i, text in zip(group, in_batches([each] * len(group), model.room, len(group), work), strict=True):
            texts[i] = text
    return texts


@torch.inference_mode()
def _replies(
    model: LoadedModel, prompts: Sequence[Sequence[int]], sampling: Sampling, seeds: Sequence[int]
) -> list[str | None]:
    ids = torch.tensor([list(prompt) for prompt in prompts], device=model.device)
    draw = _Draw(sampling, seeds)
    made = model.module.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        generation_config=_plan(model, sampling.max_new_tokens),
        logits_processor=LogitsProcessorList([draw]),
    )
    texts: list[str | None] = []
    for row, tokens in enumerate(made[:, ids.shape[1] :].tolist()):
        end = next((at for at, token in enumerate(tokens) if token in model.stops), len(tokens))
        broken = draw.broken.get(row, len(tokens)) < end
        texts.append(None if broken else model.decode(tokens[:end]))
    return texts


def _plan(model: LoadedModel, max_new_tokens: int) -> GenerationConfig:
    """Greedy search over scores that `_Draw` has already decided."""
    stops = list(model.stops) or None
    return GenerationConfig(
        max_new_tokens=max_new_tokens, do_sample=False, eos_token_id=stops, pad_token_id=stops[0] if stops else 0
    )


class _Draw(LogitsProcessor):
    """Draws one token per row and leaves every other token without a chance.

    broken   row -> the first step at which its scores were not numbers
    """

    def __init__(self, sampling: Sampling, seeds: Sequence[int]) -> None:
        self.sampling = sampling
        self.streams = [np.random.default_rng(seed) for seed in seeds]
        self.broken: dict[int, int] = {}
        self.step = 0

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        bad = ~torch.isfinite(torch.logsumexp(scores.float(), dim=-1))
        for row in bad.nonzero().flatten().tolist():
            self.broken.setdefault(row, self.step)
        self.step += 1
        wide = torch.where(bad[:, None], torch.zeros_like(scores), scores).double()
        if self.sampling.temperature == 0:
            chosen = wide.argmax(dim=-1)
        else:
            draws = torch.tensor([stream.random() for stream in self.streams], dtype=torch.float64)
            chosen = pick(wide / self.sampling.temperature, self.sampling.top_p, draws.to(scores.device))
        decided = torch.full_like(scores, -torch.inf)
        return decided.scatter_(1, chosen[:, None], 0.0)


def pick(logits: Tensor, top_p: float, draws: Tensor) -> Tensor:
    """The token of each row at which the running sum of probabilities passes the row's draw.

    Shapes   logits (B, V), draws (B,) in [0, 1); returns (B,) token numbers
    Source   inverse transform sampling; the cut at `top_p` after Holtzman et al. (2020), "The Curious Case of Neural
             Text Degeneration", ICLR, section 3.1: the smallest set whose probability reaches p
    """
    p = torch.softmax(logits, dim=-1)
    if top_p < 1:
        ordered, tokens = p.sort(dim=-1, descending=True, stable=True)
        before = ordered.cumsum(dim=-1) - ordered
        kept = torch.where((before < top_p) | (before == 0), ordered, torch.zeros_like(ordered))
        p = torch.zeros_like(p).scatter(1, tokens, kept)
    running = p.cumsum(dim=-1)
    whole = running[:, -1:]
    passed = (running <= draws[:, None] * whole) & (running < whole)  # never past the last token with a chance
    return passed.sum(dim=-1)
