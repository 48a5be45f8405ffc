"""Replies with what prompts and samples share computed once, against the library's own loop with the same draws.

Random-weight Llama models (tiny: 1 M parameters; 85M: 85 M in the body and a vocabulary of 32,000) and prompts of the
shape of a survey: personas x questions x orders, with a short persona (about 10 tokens) or a long card (about 115).
Every row draws tokens at temperature 1 up to a fixed number, one reply or eight to a prompt. The peer is `generate` of
transformers on rows of equal prompt length, which is what replies were made with before; each row has its own random
stream, so both give the same texts, which is checked. CPU-seconds of each, in one process, one after the other.

    python benchmarks/generation.py [--size tiny|85M] [--repeats 3]
"""

import argparse
import statistics
import time
from typing import Any

import numpy as np
import torch
from transformers import AutoTokenizer, GenerationConfig, LlamaConfig, LlamaForCausalLM

from tawazun.atlas import model_folder
from tawazun.engine import LoadedModel, Sampling, generate
from tawazun.engine.model import Room
from tawazun.engine.self_check import how_shared

SIZES = {
    "tiny": {"hidden_size": 128, "num_hidden_layers": 4, "intermediate_size": 344, "vocab_size": 2_048},
    "85M": {"hidden_size": 768, "num_hidden_layers": 12, "intermediate_size": 2_048, "vocab_size": 32_000},
}
HEADS = {"tiny": 4, "85M": 12}
PERSONAS = {"short": 10, "long": 115}
QUESTION, OPTIONS, ORDERS, TAIL = 26, 5, 4, 8
TOKENS = 2048  # of a forward pass, as on any CPU
# prompts at one sample each, prompts at eight, tokens of a reply
DESIGN = {"tiny": (192, 24, 48), "85M": (24, 6, 24)}
SAMPLES = (1, 8)
SAME = 0.98  # a draw within rounding of a border may fall on its other side


def model_of(size: str) -> LoadedModel:
    """A random-weight model that is loaded as a respondent's would be; no token ends a reply."""
    torch.manual_seed(0)
    heads = HEADS[size]
    module = LlamaForCausalLM(
        LlamaConfig(**SIZES[size], num_attention_heads=heads, num_key_value_heads=heads, max_position_embeddings=1024)
    ).eval()
    module.generation_config = GenerationConfig()  # as loading does: a checkpoint's own stops are not ours
    words = AutoTokenizer.from_pretrained(model_folder(), local_files_only=True)
    made = LoadedModel(module, words, {}, torch.device("cpu"), 1024, (), Room(TOKENS))
    return made.shared_by(how_shared(made))


def prompts_of(persona: str, vocabulary: int, count: int) -> list[list[int]]:
    """Token lists: persona, question, order of options, instruction; four orders of a question, then the next."""
    rng = np.random.default_rng(0)

    def some(tokens: int) -> list[int]:
        return rng.integers(10, vocabulary - 10, tokens).tolist()

    head, tail = some(3 + PERSONAS[persona]), some(TAIL)
    made = []
    while len(made) < count:
        stem, menu = some(QUESTION + int(rng.integers(-6, 7))), [some(3) for _ in range(OPTIONS)]
        for _ in range(ORDERS):
            made.append([*head, *stem, *(token for at in rng.permutation(OPTIONS) for token in menu[at]), *tail])
    return made[:count]


def passed(model: LoadedModel) -> tuple[list[int], Any]:
    """A growing list of the tokens of every forward pass, and the hook that fills it."""
    seen: list[int] = []
    hook = model.module.register_forward_pre_hook(
        lambda module, args, more: seen.append(more["input_ids"].numel()), with_kwargs=True
    )
    return seen, hook


def row(model: LoadedModel, size_name: str, persona: str, samples: int, repeats: int) -> str:
    """Equality, then medians of CPU-seconds."""
    *counts, tokens = DESIGN[size_name]
    prompts = prompts_of(persona, SIZES[size_name]["vocab_size"], counts[SAMPLES.index(samples)])
    rows = [prompt for prompt in prompts for _ in range(samples)]
    sampling, seeds = Sampling(tokens, 1.0, 1.0), range(len(rows))
    ways = {"ours": model, "peer": model.shared_by("none")}
    texts: dict[str, list[str | None]] = {}
    through: dict[str, int] = {}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats):
        for name, way in ways.items():
            seen, hook = passed(way)
            start = time.process_time()
            texts[name] = generate(way, rows, sampling, seeds)
            seconds[name].append(time.process_time() - start)
            hook.remove()
            through[name] = sum(seen)
    same = sum(one == other for one, other in zip(*texts.values(), strict=True)) / len(rows)
    assert same >= SAME, same
    ours, peer = (len(rows) / statistics.median(seconds[name]) for name in ways)
    length = sum(map(len, prompts)) / len(prompts)
    return (
        f"| {size_name} | {length:.0f} | {samples} | {len(rows)} | {tokens} | {same:.1%} "
        f"| {through['ours'] / through['peer']:.2f} | {peer:,.1f} | {ours:,.1f} | {ours / peer:.1f}x |"
    )


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", choices=SIZES, action="append")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    torch.set_num_threads(1)
    heads = "model", "prompt tokens", "samples", "replies", "reply tokens", "same text", "tokens computed, ours/peer"
    print(f"| {' | '.join(heads)} | peer, replies/CPU-s | ours, replies/CPU-s | ratio |")
    print("|---|" + "---:|" * 9)
    for size_name in given.size or SIZES:
        model = model_of(size_name)
        for persona in PERSONAS:
            for samples in SAMPLES:
                print(row(model, size_name, persona, samples, given.repeats), flush=True)


if __name__ == "__main__":
    main()
