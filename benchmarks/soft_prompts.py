"""Candidates a second of a population of soft prompts, against the loop that PEFT alone allows.

The loop sets the weights of a PEFT `PROMPT_TUNING` adapter and forwards each question, one candidate after another.
Ours puts all candidates and questions through at once: before everything (`before`, PEFT's own place) or after the
question, where the questions' keys and values are kept. Random-weight models of `benchmarks/engine.py`, 24 questions of
about 115 tokens of which a card of 75 is the same (as a survey's instructions are), five letters read. Before timing,
the same vectors before everything give the loop's log-probabilities; CPU-seconds of one process, median of repeats.

    python benchmarks/soft_prompts.py [--size tiny|85M] [--repeats 3] [--questions 24]
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from engine import SIZES, saved

from tawazun.adapt.population import Bank, Cut, Population
from tawazun.engine import LoadedModel, ModelChoice, load_model

CARD, QUESTION, TAIL, LETTERS = 75, 35, 5, (20, 21, 22, 23, 24)
QUESTIONS = 24
CANDIDATES = {"tiny": (32, 4), "85M": (8, 1)}  # ours at once, and those that the loop is given
BARS = {("tiny", "after"): 10.0, ("85M", "after"): 10.0, ("tiny", "before"): 2.0, ("85M", "before"): 1.3}
Scores = list[np.ndarray]


def prompts_of(vocabulary: int, questions: int = QUESTIONS, seed: int = 0) -> list[list[int]]:
    """Questions of about 115 tokens behind one card."""
    rng = np.random.default_rng(seed)

    def some(count: int) -> list[int]:
        return rng.integers(40, vocabulary, count).tolist()

    card, tail = some(CARD), some(TAIL)
    return [[*card, *some(QUESTION + int(rng.integers(-5, 6))), *tail] for _ in range(questions)]


def vectors_of(model: LoadedModel, candidates: int, tokens: int = 1, seed: int = 1) -> np.ndarray:
    """Random soft prompts (candidates, tokens, width) of the size of the model's own embeddings."""
    own = model.virtual.of(range(64)).float().cpu().numpy()
    drawn = np.random.default_rng(seed).normal(0, own.std(), (candidates, tokens, own.shape[1]))
    return np.asarray(drawn, dtype=np.float32)


def cuts_of(prompts: Sequence[Sequence[int]], position: str) -> list[Cut]:
    """The prompts cut where the vectors stand: before everything, or after the question and before its last tokens."""
    at = {"before": lambda one: 0, "after": lambda one: len(one) - TAIL}[position]
    return [Cut(tuple(one[: at(one)]), tuple(one[at(one) :]), LETTERS) for one in prompts]


def population(model: LoadedModel, prompts: Sequence[Sequence[int]], position: str, bank: Bank) -> Population:
    """The questions laid out for a population; of `after`, what stands before the vectors is computed here."""
    return Population(model, bank, cuts_of(prompts, position), keep=position == "after")


def ours(model: LoadedModel, prompts: Sequence[Sequence[int]], position: str, vectors: np.ndarray) -> Scores:
    """A whole population at once, in (candidates, letters) per question."""
    bank = Bank(model, vectors.shape[1], len(vectors))
    try:
        laid = population(model, prompts, position, bank)
        bank.put(vectors)
        return laid.score(len(vectors))
    finally:
        bank.close()


def peft_loop(wrapped: Any, prompts: Sequence[Sequence[int]], vectors: np.ndarray) -> Scores:
    """Set the weights, forward each question, candidate by candidate."""
    weight = wrapped.prompt_encoder["default"].embedding.weight
    rows = []
    with torch.inference_mode():
        for one in vectors:
            weight.data.copy_(torch.from_numpy(one))
            own = []
            for prompt in prompts:
                ids = torch.tensor([list(prompt)], device=weight.device)
                logits = wrapped(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0, -1]
                own.append(torch.log_softmax(logits.float(), -1)[list(LETTERS)].cpu().numpy())
            rows.append(own)
    return [np.stack([own[number] for own in rows]) for number in range(len(prompts))]


def wrapped_by_peft(model: LoadedModel, tokens: int) -> Any:
    """PEFT's own model around ours, with room for so many virtual tokens."""
    from peft import PromptTuningConfig, get_peft_model

    made = get_peft_model(model.module, PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=tokens))
    return made.eval().to(model.device)


def timed(work: Callable[[], object], repeats: int) -> float:
    """Median CPU-seconds."""
    spent = []
    for _ in range(repeats):
        begun = time.process_time()
        work()
        spent.append(time.process_time() - begun)
    return statistics.median(spent)


def compare(size: str, repeats: int, questions: int) -> list[str]:
    """Table rows of one size."""
    with tempfile.TemporaryDirectory() as folder:
        model = load_model(ModelChoice(str(saved(Path(folder), size)), device="cpu"))
    prompts = prompts_of(SIZES[size]["vocab_size"], questions)
    many, few = CANDIDATES[size]
    vectors = vectors_of(model, many)
    own = ours(model, prompts, "before", vectors[:few])
    wrapped = wrapped_by_peft(model, vectors.shape[1])
    peers = peft_loop(wrapped, prompts, vectors[:few])
    gap = max(float(np.abs(a - b).max()) for a, b in zip(own, peers, strict=True))
    loop = few / timed(lambda: peft_loop(wrapped, prompts, vectors[:few]), repeats)
    rows = []
    for position in ("before", "after"):
        bank = Bank(model, vectors.shape[1], many)
        laid = population(model, prompts, position, bank)
        bank.put(vectors)
        rate = many / timed(lambda laid=laid: laid.score(many), repeats)  # type: ignore[misc]
        bank.close()
        bar = BARS[size, position]
        met = "meets" if rate / loop >= bar else "MISSES"
        shown = f"{gap:.0e}" if position == "before" else "see tests"
        rows.append(
            f"| {size} | {position} | {rate:.1f} | {loop:.2f} | {rate / loop:.1f}x (bar {bar:g}: {met}) | {shown} |"
        )
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=list(SIZES), default=None)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    given = parser.parse_args()
    print("| model | position | candidates/CPU-s | PEFT loop | faster | largest difference |")
    print("|---|---|---:|---:|---|---|")
    for size in [given.size] if given.size else list(SIZES):
        print("\n".join(compare(size, given.repeats, given.questions)), flush=True)
