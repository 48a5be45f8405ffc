"""Scoring with what prompts share computed once, against a batched forward pass per prompt and lm-evaluation-harness.

Random-weight Llama models (tiny: 1 M parameters; 85M: 85 M in the body and a vocabulary of 32,000) and prompts of the
shape of a survey: personas x questions x option orders, with a short persona (about 10 tokens) or a long card (about
115). Two requests: the letters of five options at the last position, and the options' texts of several tokens.
Equality with both peers comes first; then CPU-seconds of each, in one process, one after the other. The harness is
given part of the prompts (neighbours, so that what it could share is there) and its time is scaled up.

    python benchmarks/engine.py [--size tiny|85M] [--repeats 3]
"""

import argparse
import logging
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from lm_eval.models.huggingface import HFLM
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

from tawazun.atlas import model_folder
from tawazun.engine import LoadedModel, score_continuations, score_next
from tawazun.engine.loading import TOKENS_ON_CPU
from tawazun.engine.model import Room
from tawazun.engine.sharing import how_shared
from tawazun.engine.tree import grow, size

SIZES = {
    "tiny": {"hidden_size": 128, "num_hidden_layers": 4, "intermediate_size": 344, "vocab_size": 2_048},
    "85M": {"hidden_size": 768, "num_hidden_layers": 12, "intermediate_size": 2_048, "vocab_size": 32_000},
}
PERSONAS = {"short": 10, "long": 115}
DESIGN = {"tiny": (8, 24, 4), "85M": (2, 16, 4)}
OPTIONS, QUESTION, TAIL = 5, 26, 8
BARS = {("text", "short", "lm-eval"): 5.0, ("text", "long", "lm-eval"): 5.0, ("letters", "long", "lm-eval"): 3.0,
        ("letters", "short", "plain"): 1.4, ("letters", "long", "plain"): 3.5}  # fmt: skip


def model_of(size_name: str) -> LoadedModel:
    """A random-weight model that is loaded as a respondent's would be."""
    torch.manual_seed(0)
    shape = SIZES[size_name]
    heads = shape["hidden_size"] // 32 if size_name == "tiny" else 12
    module = LlamaForCausalLM(
        LlamaConfig(**shape, num_attention_heads=heads, num_key_value_heads=heads, max_position_embeddings=1024)
    ).eval()
    words = AutoTokenizer.from_pretrained(model_folder(), local_files_only=True)
    made = LoadedModel(module, words, {}, torch.device("cpu"), 1024, (0,), Room(TOKENS_ON_CPU))
    return made.shared_by(how_shared(made))


def prompts_of(size_name: str, persona: str, vocabulary: int) -> list[list[int]]:
    """Token lists: persona, question, order of options, instruction."""
    rng = np.random.default_rng(0)
    personas, questions, orders = DESIGN[size_name]

    def some(count: int) -> list[int]:
        return rng.integers(10, vocabulary - 10, count).tolist()

    header, tail = some(3), some(TAIL)
    heads = [[*header, *some(PERSONAS[persona] + int(rng.integers(-1, 2)))] for _ in range(personas)]
    stems = [some(QUESTION + int(rng.integers(-6, 7))) for _ in range(questions)]
    options = [[some(3) for _ in range(OPTIONS)] for _ in range(questions)]
    shuffles = [rng.permutation(OPTIONS) for _ in range(orders)]
    return [
        [*head, *stem, *(token for at in shuffle for token in menu[at]), *tail]
        for head in heads
        for stem, menu in zip(stems, options, strict=True)
        for shuffle in shuffles
    ]


def timed(work: Callable[[], Any], repeats: int) -> tuple[Any, float]:
    """The result and the median CPU-seconds."""
    seconds, found = [], None
    for _ in range(repeats):
        start = time.process_time()
        found = work()
        seconds.append(time.process_time() - start)
    return found, statistics.median(seconds)


def harness(peer: HFLM, prompts: Sequence[Sequence[int]], ends: Sequence[Sequence[Sequence[int]]]) -> np.ndarray:
    """lm-evaluation-harness's own scoring of the same tokens."""
    flat = [
        ((str(i), str(k)), list(prompt), list(end))
        for i, (prompt, own) in enumerate(zip(prompts, ends, strict=True))
        for k, end in enumerate(own)
    ]
    return np.array([score for score, _ in peer._loglikelihood_tokens(flat, disable_tqdm=True)])


def compare(size_name: str, repeats: int) -> list[str]:
    """One row per persona length and request."""
    model = model_of(size_name)
    vocabulary = SIZES[size_name]["vocab_size"]
    peer = HFLM(pretrained=model.module, tokenizer=model.tokenizer, batch_size=32, max_length=1024)
    lines = []
    for persona in PERSONAS:
        prompts = prompts_of(size_name, persona, vocabulary)
        rng = np.random.default_rng(1)
        letters = [[[int(t)] for t in range(20, 20 + OPTIONS)] for _ in prompts]
        texts = [
            [[30 + k, *rng.integers(10, vocabulary - 10, 2 + k % 3).tolist()] for k in range(OPTIONS)] for _ in prompts
        ]
        unique = size(grow(prompts, [(0,)] * len(prompts), levels=64))
        for request, ends in (("letters", letters), ("text", texts)):
            lines.append(row(model, peer, prompts, (size_name, persona, request), ends, unique, repeats))
    return lines


def row(
    model: LoadedModel, peer: HFLM, prompts: list[list[int]], name: tuple[str, str, str],
    ends: list[list[list[int]]], unique: int, repeats: int,
) -> str:  # fmt: skip
    """Equality, then times of the three ways."""
    size_name, persona, request = name
    computed = [0]

    def count(module: Any, args: Any, kwargs: Any) -> None:
        computed[0] += kwargs["input_ids"].numel()

    def scored(way: LoadedModel) -> np.ndarray:
        if request == "letters":
            return np.concatenate(score_next(way, prompts, [[end[0] for end in own] for own in ends]))
        return score_continuations(
            way, [p for p in prompts for _ in range(OPTIONS)], [end for own in ends for end in own]
        )

    hook = model.module.register_forward_pre_hook(count, with_kwargs=True)
    ours = scored(model)
    tokens = computed[0]
    hook.remove()
    plain = scored(model.shared_by("none"))
    theirs = harness(peer, prompts[:32], ends[:32])
    assert np.abs(ours - plain).max() < 1e-4, np.abs(ours - plain).max()
    assert np.abs(ours[: len(theirs)] - theirs).max() < 1e-4, np.abs(ours[: len(theirs)] - theirs).max()
    _, mine = timed(lambda: scored(model), repeats)
    _, batched = timed(lambda: scored(model.shared_by("none")), repeats)
    some = prompts[: 128 if size_name == "tiny" else 32]
    _, whole = timed(lambda: harness(peer, some, ends[: len(some)]), 1)
    whole *= len(prompts) / len(some)
    ratios = {"plain": batched / mine, "lm-eval": whole / mine}
    bars = [_barred(who, ratio, BARS.get((request, persona, who))) for who, ratio in ratios.items()]
    return (
        f"| {size_name} | {persona} | {request} | {len(prompts)} | {len(prompts) / mine:,.0f} | {tokens / unique:.2f} "
        f"| {np.abs(ours - plain).max():.0e} | {' | '.join(bars)} |"
    )


def _barred(who: str, ratio: float, bar: float | None) -> str:
    told = "" if bar is None else f" (bar {bar:g}: {'meets' if ratio >= bar else 'FAILS'})"
    return f"{who} {ratio:.1f}x{told}"


def main() -> None:
    """Print a table."""
    logging.disable(logging.WARNING)
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", choices=SIZES, action="append")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    torch.set_num_threads(1)
    heads = "model", "persona", "request", "prompts", "prompts/CPU-s", "tokens/unique", "largest difference"
    print(f"| {' | '.join(heads)} | against a forward per prompt | against lm-eval |")
    print("|---|---|---|---:|---:|---:|---:|---|---|")
    for size_name in given.size or SIZES:
        for line in compare(size_name, given.repeats):
            print(line, flush=True)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
