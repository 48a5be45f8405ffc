"""Scoring on a GPU, as a share of what its matrix products reach in the same run.

Random-weight models of the shapes of Qwen2.5-0.5B, Qwen2.5-1.5B and Llama-3.1-8B in bfloat16 (nothing is downloaded)
and the survey prompts of `benchmarks/engine.py`: 16 personas x 24 questions x 4 orders, letters and texts, short and
long personas. A batched forward pass per prompt gives the same log-probabilities first. The work that is counted is
what cannot be left out: two operations per weight of the layers and unique token, and per weight of the head and spot
that is read; attention is not counted, so shares are a little low. Seconds are by the clock, the median of repeats.

A second table has candidates a second of a population of soft prompts against PEFT's own loop, with the questions of
`benchmarks/soft_prompts.py`. The same vectors give the same log-probabilities first: before everything, those of the
loop; after the question, those of a forward pass per prompt.

    python benchmarks/gpu.py [--shape qwen2.5-1.5b] [--repeats 3]
    python benchmarks/gpu.py --device cpu --shape tiny      # only tries the script
"""

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import torch
from engine import PERSONAS, Request, ours, survey
from soft_prompts import ours as put_through
from soft_prompts import peft_loop, population, prompts_of, vectors_of, wrapped_by_peft
from transformers import AutoModelForCausalLM, LlamaConfig, PreTrainedConfig, Qwen2Config

from tawazun.adapt.population import Bank
from tawazun.engine import LoadedModel
from tawazun.engine.room import room_on
from tawazun.engine.self_check import how_shared

SHAPES: dict[str, PreTrainedConfig] = {
    "qwen2.5-0.5b": Qwen2Config(
        vocab_size=151_936, hidden_size=896, num_hidden_layers=24, num_attention_heads=14, num_key_value_heads=2,
        intermediate_size=4_864, max_position_embeddings=32_768, tie_word_embeddings=True,
    ),
    "qwen2.5-1.5b": Qwen2Config(
        vocab_size=151_936, hidden_size=1_536, num_hidden_layers=28, num_attention_heads=12, num_key_value_heads=2,
        intermediate_size=8_960, max_position_embeddings=32_768, tie_word_embeddings=True,
    ),
    "llama-3.1-8b": LlamaConfig(
        vocab_size=128_256, hidden_size=4_096, num_hidden_layers=32, num_attention_heads=32, num_key_value_heads=8,
        intermediate_size=14_336, max_position_embeddings=131_072,
    ),
    "tiny": LlamaConfig(
        vocab_size=512, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        intermediate_size=96, max_position_embeddings=512,
    ),
}  # fmt: skip
DESIGN = {"tiny": (2, 3, 4)}  # else:
FULL = (16, 24, 4)
CANDIDATES = {"tiny": (4, 2)}  # soft prompts at once, and those that PEFT's loop is given; else:
MANY = (64, 4)
GIVEN = 64  # prompts whose numbers are compared with those of a forward pass each
SIDE = {"cuda": 8_192, "cpu": 512}  # of the matrices that measure the ceiling
LIMIT = {torch.bfloat16: 0.15, torch.float32: 1e-4}  # largest difference of log-probabilities
BAR = 0.5


def model_of(shape: str, device: torch.device, dtype: torch.dtype) -> LoadedModel:
    """A random-weight model, loaded as a respondent's would be."""
    torch.manual_seed(0)
    with device:
        module = AutoModelForCausalLM.from_config(SHAPES[shape], dtype=dtype).eval().requires_grad_(False)
    context = SHAPES[shape].max_position_embeddings
    made = LoadedModel(module, None, {}, device, context, (0,), room_on(device, module))
    return made.shared_by(how_shared(made))


def clocked(work: Callable[[], Any], device: torch.device, repeats: int) -> float:
    """The median of seconds by the clock, after one run that is not counted."""
    seconds = []
    for _ in range(repeats + 1):
        _wait(device)
        start = time.perf_counter()
        work()
        _wait(device)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:])


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def ceiling(device: torch.device, dtype: torch.dtype) -> float:
    """Operations per second of one large matrix product."""
    side = SIDE[device.type]
    one, other = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    return 2 * side**3 / clocked(lambda: one @ other, device, 20)


def operations(model: LoadedModel, asked: Request) -> float:
    """Operations that no way of scoring leaves out."""
    head = model.module.get_output_embeddings().weight
    table = model.module.get_input_embeddings().weight
    outside = {id(one): one.numel() for one in (head, table)}
    layers = sum(one.numel() for one in model.module.parameters()) - sum(outside.values())
    spots = sum(
        len({tuple(end[:at]) for end in own for at in range(len(end))}) for own in asked.ends
    )  # the beginnings of a prompt's ends, the empty one included, are what tokens are read after
    return 2.0 * (layers * asked.unique + head.numel() * spots)


def row(model: LoadedModel, name: tuple[str, str, str], asked: Request, top: float, repeats: int) -> str:
    """Equality, then speed and memory."""
    device = model.device
    part = asked.part(GIVEN)
    gap = float(np.abs(ours(model, part) - ours(model.shared_by("none"), part)).max())
    assert gap <= LIMIT[model.module.dtype], f"{name}: differs from a forward pass per prompt by {gap}"
    memory = "-"
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    seconds = clocked(partial(ours, model, asked), device, repeats)
    if device.type == "cuda":
        memory = f"{torch.cuda.max_memory_allocated(device) / 2**30:.1f}"
    share = operations(model, asked) / seconds / top
    told = "" if name[0] == "tiny" else f" (bar {BAR:.0%}: {'meets' if share >= BAR else 'FAILS'})"
    return (
        f"| {' | '.join(name)} | {model.sharing} | {model.room.tokens} | {len(asked.prompts) / seconds:,.0f} "
        f"| {memory} | {share:.0%}{told} | {gap:.1e} |"
    )


def soft_prompt_rows(shape: str, model: LoadedModel, repeats: int) -> list[str]:
    """A population of soft prompts beside PEFT's loop, for each place of the vectors: equality, then speed."""
    many, few = CANDIDATES.get(shape, MANY)
    prompts, vectors = prompts_of(int(SHAPES[shape].vocab_size)), vectors_of(model, many)
    plain = model.shared_by("none")
    after = put_through(plain, prompts, "after", vectors[:few])
    wrapped = wrapped_by_peft(model, vectors.shape[1])
    right = {"before": peft_loop(wrapped, prompts, vectors[:few]), "after": after}
    loop = few / clocked(lambda: peft_loop(wrapped, prompts, vectors[:few]), model.device, repeats)
    rows = []
    for position, peers in right.items():
        bank = Bank(model, vectors.shape[1], many)
        laid = population(model, prompts, position, bank)
        bank.put(vectors)
        gap = max(float(np.abs(a[:few] - b).max()) for a, b in zip(laid.score(many), peers, strict=True))
        assert gap <= LIMIT[model.module.dtype], f"{shape}, {position}: differs by {gap}"
        rate = many / clocked(partial(laid.score, many), model.device, repeats)
        bank.close()
        rows.append(f"| {shape} | {position} | {many} | {rate:,.1f} | {loop:,.2f} | {rate / loop:.1f}x | {gap:.1e} |")
    return rows


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--shape", choices=SHAPES, action="append")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    if given.device == "cuda" and not torch.cuda.is_available():
        parser.exit(2, "gpu.py: no CUDA device on this machine; --device cpu --shape tiny tries the script\n")
    device = torch.device(given.device)
    dtype = torch.bfloat16 if given.device == "cuda" else torch.float32
    top = ceiling(device, dtype)
    kind = torch.cuda.get_device_name(device) if given.device == "cuda" else "cpu"
    print(f"{kind}, {dtype}, torch {torch.__version__}: {top / 1e12:.2f} TFLOP/s in one matrix product\n")
    print("| shape | persona | request | sharing | tokens a pass | questions/s | GiB | of the ceiling | difference |")
    print("|---|---|---|---|---:|---:|---:|---|---:|")
    shapes = given.shape or [one for one in SHAPES if one != "tiny"]
    for shape in shapes:
        model = model_of(shape, device, dtype)
        for persona, request in product(PERSONAS, ("letters", "text")):
            asked = survey(DESIGN.get(shape, FULL), persona, request, int(SHAPES[shape].vocab_size))
            print(row(model, (shape, persona, request), asked, top, given.repeats), flush=True)
        del model
        _give_back(device)
    print("\n| shape | soft prompts | at once | candidates/s | PEFT loop | faster | difference |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for shape in shapes:
        print("\n".join(soft_prompt_rows(shape, model_of(shape, device, dtype), given.repeats)), flush=True)
        _give_back(device)


def _give_back(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
