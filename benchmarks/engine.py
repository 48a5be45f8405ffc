"""Scoring with what prompts share computed once, against a batched forward pass per prompt, lm-evaluation-harness and
Inspect's `hf/` provider.

Random-weight Llama models (tiny: 1 M parameters; 85M: 85 M in the body and a vocabulary of 32,000) and prompts of the
shape of a survey: personas x questions x option orders, with a short persona (about 10 tokens) or a long card (about
115). Two requests: the letters of five options at the last position, and the options' texts of several tokens.
Equality with every peer comes first; then CPU-seconds of each, in one process, one after the other. Peers whose time
grows with the number of prompts alone are given part of them (neighbours, so that what they could share is there) and
their time is scaled up. Inspect generates one token, so it is compared on letters only, and by the token it chooses.
Peak memory is measured in a process for each, above what the process holds before it scores.

    python benchmarks/engine.py [--size tiny|85M] [--repeats 3] [--no-memory]
"""

import argparse
import asyncio
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from tawazun.engine import LoadedModel, ModelChoice, load_model, score_continuations, score_next

SIZES = {
    "tiny": {"hidden_size": 128, "num_hidden_layers": 4, "intermediate_size": 344, "vocab_size": 2_048},
    "85M": {"hidden_size": 768, "num_hidden_layers": 12, "intermediate_size": 2_048, "vocab_size": 32_000},
}
PERSONAS = {"short": 10, "long": 115}
DESIGN = {"tiny": (8, 24, 4), "85M": (2, 4, 4)}  # personas, questions, orders
GIVEN = {"tiny": 128, "85M": 8}  # prompts that peers are given
OPTIONS, QUESTION, TAIL = 5, 26, 8
WAYS = ("ours", "plain", "lm-eval", "inspect")
BARS = {("text", "short", "lm-eval"): 5.0, ("text", "long", "lm-eval"): 5.0, ("letters", "long", "lm-eval"): 3.0,
        ("letters", "short", "plain"): 1.4, ("letters", "long", "plain"): 3.5}  # fmt: skip
MOST_COMPUTED = 1.5
Tokens = list[int]


@dataclass(frozen=True)
class Request:
    """Prompts and what may follow each."""

    kind: str
    prompts: list[Tokens]
    ends: list[list[Tokens]]

    def part(self, count: int) -> "Request":
        """The first prompts."""
        return Request(self.kind, self.prompts[:count], self.ends[:count])

    @property
    def unique(self) -> int:
        """Tokens that must go through a model: what sequences have in common counts once, last tokens never."""
        every = sorted(
            {(*prompt, *end[:-1]) for prompt, own in zip(self.prompts, self.ends, strict=True) for end in own}
        )
        return len(every[0]) + sum(len(b) - shared(a, b) for a, b in pairwise(every))


def shared(one: Sequence[int], other: Sequence[int]) -> int:
    """Tokens that two sequences begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def saved(folder: Path, size: str) -> Path:
    """A random-weight model whose token t is the word `wt`, so that every prompt is a text too."""
    torch.manual_seed(0)
    shape = SIZES[size]
    heads = 4 if size == "tiny" else 12
    config = LlamaConfig(
        **shape, num_attention_heads=heads, num_key_value_heads=heads, max_position_embeddings=1024,
        bos_token_id=None, eos_token_id=0,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    words = Tokenizer(models.WordLevel({f"w{t}": t for t in range(shape["vocab_size"])}, unk_token="w1"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    PreTrainedTokenizerFast(tokenizer_object=words, eos_token="w0", pad_token="w0").save_pretrained(folder)
    return folder


def request_of(size: str, persona: str, kind: str) -> Request:
    """The survey that a size of model is asked."""
    return survey(DESIGN[size], persona, kind, SIZES[size]["vocab_size"])


def survey(design: tuple[int, int, int], persona: str, kind: str, vocabulary: int) -> Request:
    """Persona, question, order of options, instruction; then a letter each, or an option's text."""
    rng = np.random.default_rng(0)
    personas, questions, orders = design

    def some(count: int) -> Tokens:
        return rng.integers(40, vocabulary, count).tolist()

    header, tail = some(3), some(TAIL)
    heads = [[*header, *some(PERSONAS[persona] + int(rng.integers(-1, 2)))] for _ in range(personas)]
    stems = [some(QUESTION + int(rng.integers(-6, 7))) for _ in range(questions)]
    options = [[some(3) for _ in range(OPTIONS)] for _ in range(questions)]
    shuffles = [rng.permutation(OPTIONS) for _ in range(orders)]
    prompts = [
        [*head, *stem, *(token for at in shuffle for token in menu[at]), *tail]
        for head in heads
        for stem, menu in zip(stems, options, strict=True)
        for shuffle in shuffles
    ]
    letters = [[[20 + k] for k in range(OPTIONS)] for _ in prompts]
    texts = [[[30 + k, *some(2 + k % 3)] for k in range(OPTIONS)] for _ in prompts]
    return Request(kind, prompts, letters if kind == "letters" else texts)


def ours(model: LoadedModel, asked: Request) -> np.ndarray:
    """Our engine, in the way of sharing that the model was loaded with."""
    if asked.kind == "letters":
        return np.concatenate(score_next(model, asked.prompts, [[end[0] for end in own] for own in asked.ends]))
    starts = [prompt for prompt, own in zip(asked.prompts, asked.ends, strict=True) for _ in own]
    return score_continuations(model, starts, [end for own in asked.ends for end in own])


def harness(model: LoadedModel) -> Callable[[Request], np.ndarray]:
    """lm-evaluation-harness's own scoring of the same tokens."""
    from lm_eval.models.huggingface import HFLM

    peer = HFLM(pretrained=model.module, tokenizer=model.tokenizer, batch_size=32, max_length=1024)

    def score(asked: Request) -> np.ndarray:
        flat = [
            ((str(i), str(k)), list(prompt), list(end))
            for i, (prompt, own) in enumerate(zip(asked.prompts, asked.ends, strict=True))
            for k, end in enumerate(own)
        ]
        return np.array([score for score, _ in peer._loglikelihood_tokens(flat, disable_tqdm=True)])

    return score


def inspect(folder: Path) -> Callable[[Request], list[int]]:
    """The token that Inspect's `hf/` provider chooses after each prompt, 32 at a time."""
    from inspect_ai.model import GenerateConfig, get_model

    peer = get_model(
        "hf/random", model_path=str(folder), tokenizer_path=str(folder), device="cpu", do_sample=False,
        chat_template="{{ messages[0]['content'] }}",
    )  # fmt: skip
    settings = GenerateConfig(max_tokens=1, max_connections=32)

    async def replies(texts: Sequence[str]) -> list[Any]:
        return await asyncio.gather(*(peer.generate(text, config=settings) for text in texts))

    def choose(asked: Request) -> list[int]:
        texts = [" ".join(f"w{token}" for token in prompt) for prompt in asked.prompts]
        return [int(out.completion.strip().removeprefix("w") or 0) for out in asyncio.run(replies(texts))]

    return choose


def timed(work: Callable[[], Any], repeats: int) -> tuple[Any, float]:
    """The result and the median CPU-seconds."""
    seconds, found = [], None
    for _ in range(repeats):
        start = time.process_time()
        found = work()
        seconds.append(time.process_time() - start)
    return found, statistics.median(seconds)


def computed(model: LoadedModel, work: Callable[[], Any]) -> int:
    """Tokens that go through a model, padding included."""
    tokens = [0]

    def count(module: Any, args: Any, kwargs: Any) -> None:
        tokens[0] += kwargs["input_ids"].numel()

    hook = model.module.register_forward_pre_hook(count, with_kwargs=True)
    try:
        work()
    finally:
        hook.remove()
    return tokens[0]


def compare(size: str, folder: Path, repeats: int) -> None:
    """Print a row per persona and request: equality, then times."""
    model = load_model(ModelChoice(str(folder)))
    peers = {"plain": partial(ours, model.shared_by("none")), "lm-eval": harness(model), "Inspect": inspect(folder)}
    for persona, kind in product(PERSONAS, ("letters", "text")):
        asked = request_of(size, persona, kind)
        part = asked.part(GIVEN[size])
        tokens = computed(model, partial(ours, model, asked)) / asked.unique
        found, mine = timed(partial(ours, model, asked), repeats)
        ratios, gaps = {}, []
        for who, peer in peers.items():
            if who == "Inspect" and kind == "text":
                continue
            theirs, seconds = timed(partial(peer, part), repeats)
            if who == "Inspect":
                every = score_next(model, part.prompts, [range(SIZES[size]["vocab_size"])] * len(part.prompts))
                assert theirs == [int(one.argmax()) for one in every], f"{who} chooses other tokens"
            else:
                gaps.append(np.abs(found[: len(theirs)] - theirs).max())
                assert gaps[-1] < 1e-4, f"{who} differs by {gaps[-1]}"
            ratios[who] = seconds * len(asked.prompts) / len(part.prompts) / mine
        cells = [_barred(ratios.get(who), BARS.get((kind, persona, who))) for who in peers]
        rate = len(asked.prompts) / mine
        share = f"{tokens:.2f} ({'meets' if tokens <= MOST_COMPUTED else 'FAILS'})"
        what = f"{size} | {persona} | {kind} | {len(asked.prompts)} | {rate:,.1f} | {share} | {max(gaps):.0e}"
        print(f"| {what} | {' | '.join(cells)} |", flush=True)


def _barred(ratio: float | None, bar: float | None) -> str:
    told = "" if bar is None or ratio is None else f" (bar {bar:g}: {'meets' if ratio >= bar else 'FAILS'})"
    return "-" if ratio is None else f"{ratio:.1f}x{told}"


def peak(way: str, size: str, folder: Path, persona: str, kind: str) -> float:
    """Megabytes that one way takes above what is there once the model is loaded; Linux only."""
    model = load_model(ModelChoice(str(folder)))
    asked = request_of(size, persona, kind).part(GIVEN[size])
    work: Callable[[Request], Any] = {
        "ours": lambda: lambda part: ours(model, part),
        "plain": lambda: lambda part: ours(model.shared_by("none"), part),
        "lm-eval": lambda: harness(model),
        "inspect": lambda: inspect(folder),
    }[way]()
    work(asked.part(1))
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts again
    before = _kilobytes("VmRSS")
    work(asked)
    return (_kilobytes("VmHWM") - before) / 1e3


def _kilobytes(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


def memory(size: str, folder: Path) -> None:
    """Print what each way takes, each in its own process."""
    for persona, kind in product(PERSONAS, ("letters", "text")):
        cells = []
        for way in WAYS:
            if way == "inspect" and kind == "text":
                cells.append("-")
                continue
            command = [sys.executable, __file__, "--peak", way, size, str(folder), persona, kind]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            cells.append(f"{float(done.stdout.split()[-1]):.0f}")
        print(f"| {size} | {persona} | {kind} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Print two tables."""
    logging.disable(logging.WARNING)
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", choices=SIZES, action="append")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--no-memory", action="store_true")
    parser.add_argument("--peak", nargs=5, help=argparse.SUPPRESS)
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.peak:
        way, size, folder, persona, kind = given.peak
        print(peak(way, size, Path(folder), persona, kind))
        return
    with tempfile.TemporaryDirectory() as root:
        folders = {size: saved(Path(root) / size, size) for size in given.size or SIZES}
        heads = "model", "persona", "request", "prompts", "prompts/CPU-s", "tokens/unique (bar 1.5)", "difference"
        print(f"| {' | '.join(heads)} | a forward per prompt | lm-eval | Inspect |")
        print("|---|---|---|---:|---:|---|---:|---|---|---|")
        for size, folder in folders.items():
            compare(size, folder, given.repeats)
        if not given.no_memory:
            print(f"\n| model | persona | request | {' MB | '.join(WAYS)} MB |\n|---|---|---|---:|---:|---:|---:|")
            for size, folder in folders.items():
                memory(size, folder)


if __name__ == "__main__":
    main()
