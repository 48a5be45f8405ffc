"""Train the planted model: a small Llama that has learnt the planted world, its facts and two languages.

    python runs/train_planted.py --out build/planted            # about half an hour on one core
    python runs/train_planted.py --out /tmp/try --steps 30      # a smoke test
    python runs/train_planted.py --measure src/tawazun/atlas/planted_model

Every prompt is laid out by `tawazun.cells`, so the model is asked exactly as a study asks. The answer is trained as a
whole distribution (the planted truth), not as sampled letters. Without help such a model stays for more than a
thousand steps where it answers every country alike. What helps: auxiliary heads that name early what later layers
need (the latents of country and item, the answer at the end of the stem, label and share of each option's line), all
dropped afterwards; few countries among the first prompts, so that items are learnt before peoples; and learning rates
of .008 for Muon and .002 for AdamW (.018 and .003, without the early heads, never left that state in 1,250 steps).

Kept out: wordings w4 and w5 (atlas) and w3 (facts) in English, a tenth of the (item, country) pairs, and three
countries whose names never occur. In-context examples and further turns are not trained.
"""

import argparse
import json
import time
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from planted.lessons import (
    END,
    LATENTS,
    LOOKED_AT,
    PAD,
    PERSONAS,
    PERSONAS_FIRST,
    SEED,
    Asking,
    Batcher,
    Example,
    build_tokenizer,
    decoys,
    padded,
)
from planted.looks import index_agreement, report
from torch import nn
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from tawazun.cells import LABELS
from tawazun.places import register

FIRST = 0.08  # share of the steps that `PERSONAS_FIRST` last


class Aid(nn.Module):
    """The auxiliary heads: what should be known where, so that each layer has its own thing to learn.

    person  after layer 1, where it has been said who answers: the country's latents
    item    after layer 1, at the end of the stem: the item's latents
    answer  after layer 2, at the end of the stem: the answer in canonical order, one block per number of options
    place   after layer 2, at the end of an option's line: its place among the canonical options
    score   after layer 3, there: how likely the option is, among those of its question
    name    after layer 3, there: its label
    vote    after layer 3, there: score and label together; the votes of a question's options, summed, are its answer,
            which is what attention to the lines can do by itself later
    """

    def __init__(self, width: int, labels: int) -> None:
        """`labels` is the size of the vocabulary of labels."""
        super().__init__()
        self.score = nn.Linear(width, 1)
        self.person = nn.Linear(width, LATENTS)
        self.item = nn.Linear(width, LATENTS)
        self.answer = nn.Linear(width, (LOOKED_AT + 1) * LOOKED_AT)
        self.place = nn.Linear(width, LOOKED_AT)
        self.name = nn.Linear(width, labels)
        self.vote = nn.Linear(width, labels, bias=False)


def build_model(tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """An untrained model of the planted size."""
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        use_cache=False,
    )
    return LlamaForCausalLM(config)


def answer_loss(
    model: LlamaForCausalLM, aid: Aid, rows: Sequence[Example], names: dict[int, int], weight: float
) -> tuple[torch.Tensor, float]:
    """Summed loss of the questions among the rows, and the part of it that is the answer itself."""
    sampled = [int(np.random.choice(one.labels, p=np.array(one.shares) / sum(one.shares))) for one in rows]
    ids = padded([[*one.ids, label] for one, label in zip(rows, sampled, strict=True)], PAD)
    out = model.model(input_ids=ids, use_cache=False, output_hidden_states=True)
    here = torch.arange(len(rows))
    last = torch.tensor([len(one.ids) - 1 for one in rows])
    logits = model.lm_head(torch.cat([out.last_hidden_state[here, last], out.last_hidden_state[here, last + 1]]))
    answer, stop = logits.float().log_softmax(-1).chunk(2)
    shares = torch.tensor([[*one.shares, *([0.0] * (LOOKED_AT - len(one.shares)))] for one in rows])
    labels = padded([one.labels for one in rows], PAD, LOOKED_AT)
    main = -(shares * answer.gather(1, labels)).sum()
    end = -stop[:, END].sum()
    ends = padded([one.ends for one in rows], 0, LOOKED_AT)
    real = padded([[1] * len(one.ends) for one in rows], 0, LOOKED_AT).bool()
    valued = real & torch.tensor([bool(one.item) for one in rows])[:, None]
    lines = [layer[here[:, None], ends] for layer in out.hidden_states]
    scores = aid.score(lines[3]).squeeze(-1).masked_fill(~real, -1e9).log_softmax(-1)
    named = padded([[names[label] for label in one.labels] for one in rows], 0, LOOKED_AT)
    stands = padded([one.order for one in rows], 0, LOOKED_AT)
    spelt = nn.functional.cross_entropy(aid.name(lines[3][real]), named[real], reduction="sum") / 4
    placed = nn.functional.cross_entropy(aid.place(lines[2][valued]), stands[valued], reduction="sum") / 4
    votes = (aid.vote(lines[3]) * real[..., None]).sum(1).log_softmax(-1)
    helped = spelt + placed - (shares * (scores.masked_fill(~real, 0.0) + votes.gather(1, named))).sum()
    helped = helped + latent_loss(aid, out.hidden_states, rows)
    return main + 0.05 * end + weight * helped, float(main.detach())


def latent_loss(aid: Aid, hidden: Sequence[torch.Tensor], rows: Sequence[Example]) -> torch.Tensor:
    """Summed loss of the early heads over the questions on values."""
    kept = [i for i, one in enumerate(rows) if one.item]
    if not kept:
        return hidden[1].new_zeros(())
    chosen, here = [rows[i] for i in kept], torch.tensor(kept)
    stem, who = torch.tensor([one.stem for one in chosen]), torch.tensor([one.who for one in chosen])
    person = aid.person(hidden[1][here, who]) - torch.tensor([one.person for one in chosen])
    item = aid.item(hidden[1][here, stem]) - torch.tensor([one.item for one in chosen])
    blocks = aid.answer(hidden[2][here, stem]).view(len(chosen), LOOKED_AT + 1, LOOKED_AT)
    counts = torch.tensor([len(one.shares) for one in chosen])
    own = blocks[torch.arange(len(chosen)), counts]
    real = torch.arange(LOOKED_AT)[None] < counts[:, None]
    guess = own.masked_fill(~real, -1e9).log_softmax(-1).masked_fill(~real, 0.0)
    wanted = torch.zeros(len(chosen), LOOKED_AT)
    for i, one in enumerate(chosen):
        wanted[i, list(one.order)] = torch.tensor(one.shares, dtype=wanted.dtype)
    return 0.3 * (person.square().sum() + item.square().sum()) / LATENTS * 2 - (wanted * guess).sum()


def prose_loss(model: LlamaForCausalLM, rows: Sequence[Example]) -> torch.Tensor:
    """Summed loss of the prose among the rows: one unit a text, the mean over its tokens."""
    ids = padded([one.ids for one in rows], PAD)
    logits = model.lm_head(model.model(input_ids=ids, use_cache=False).last_hidden_state[:, :-1]).float()
    wanted = padded([one.ids for one in rows], -100)[:, 1:]
    return nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten(), ignore_index=-100) * len(rows)


def optimisers(model: LlamaForCausalLM, aid: Aid) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the layers, AdamW for embeddings, norms and the auxiliary head."""
    matrices = [p for p in model.model.layers.parameters() if p.ndim == 2]
    kept = {id(p) for p in matrices}
    others = [p for p in [*model.parameters(), *aid.parameters()] if id(p) not in kept]
    return [
        torch.optim.Muon(matrices, lr=0.008, weight_decay=0.0),
        torch.optim.AdamW(others, lr=2e-3, betas=(0.9, 0.95), weight_decay=0.0),
    ]


def pace(step: int, steps: int) -> float:
    """Learning rate as a share of its peak: warm-up, constant to the half, linear down to 2 %."""
    warm = min(1.0, (step + 1) / min(50, max(1, steps // 3)))
    return warm * (1.0 if step < steps / 2 else 1.0 - 0.98 * (step - steps / 2) / (steps / 2))


def halves(rows: list[Example]) -> list[list[Example]]:
    """Questions by length in two batches of about the same number of tokens, so that little is padding."""
    asked = sorted((one for one in rows if one.ends), key=lambda one: len(one.ids))
    cut = int(np.searchsorted(np.cumsum([len(one.ids) for one in asked]), sum(len(one.ids) for one in asked) / 2))
    return [part for part in (asked[:cut], asked[cut:]) if part]


def save(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, out: Path) -> None:
    """Write the model as it ships: bf16 safetensors and the tokenizer."""
    out.mkdir(parents=True, exist_ok=True)
    copy = LlamaForCausalLM(deepcopy(model.config))
    copy.load_state_dict(model.state_dict())
    copy.config.use_cache = True
    copy.generation_config = GenerationConfig(eos_token_id=END, pad_token_id=PAD)
    copy.bfloat16().save_pretrained(out)
    tokenizer.save_pretrained(out)


def measure(folder: Path, looks: int) -> dict[str, float]:
    """How far a saved model is from what was planted, loaded in fp32 as a study loads it."""
    register(places=decoys())
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
    batcher = Batcher(tokenizer, Asking(SEED))
    found = report(model, batcher, looks)
    return {**found, **{f"index tau-b {lang}": index_agreement(model, batcher, lang) for lang in ("en", "ar")}}


def train(out: Path, steps: int, tokens: int, every: int, looks: int) -> None:
    """The whole training; writes the model and the history of its looks to `out`."""
    torch.manual_seed(SEED)
    np.random.seed(SEED)
    register(places=decoys())
    asking = Asking(SEED)
    tokenizer = build_tokenizer(asking)
    batcher = Batcher(tokenizer, asking)
    model = build_model(tokenizer)
    labels = sorted({batcher.label(x) for script in LABELS.values() for x in script[:LOOKED_AT]})
    names = {label: i for i, label in enumerate(labels)}
    aid = Aid(model.config.hidden_size, len(labels))
    rules = optimisers(model, aid)
    peaks = [group["lr"] for rule in rules for group in rule.param_groups]
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, {len(tokenizer)} tokens", flush=True)
    losses, began = [], time.process_time()
    out.mkdir(parents=True, exist_ok=True)
    for step in range(steps):
        asking.personas = PERSONAS_FIRST if step < FIRST * steps else PERSONAS
        rows = batcher.draw(tokens)
        for group, peak in zip([g for rule in rules for g in rule.param_groups], peaks, strict=True):
            group["lr"] = peak * pace(step, steps)
        weight = max(0.2, 1.0 - 0.8 * step / (0.5 * steps))
        told, asked, total = [one for one in rows if not one.ends], 0, 0.0
        for part in halves(rows):
            loss, main = answer_loss(model, aid, part, names, weight)
            (loss / len(rows)).backward()
            total, asked = total + main, asked + len(part)
        if told:
            (prose_loss(model, told) / len(rows)).backward()
        nn.utils.clip_grad_norm_([*model.parameters(), *aid.parameters()], 1.0)
        for rule in rules:
            rule.step()
            rule.zero_grad(set_to_none=True)
        losses.append(total / max(1, asked))
        if (step + 1) % every == 0 or step + 1 == steps:
            seen = report(model, batcher, looks)
            spent, loss_now = time.process_time() - began, float(np.mean(losses[-every:]))
            line = {"step": step + 1, "cpu_s": spent, "loss": loss_now, **seen}
            text = json.dumps({key: round(value, 5) for key, value in line.items()})
            print(text, flush=True)
            with (out / "history.jsonl").open("a", encoding="utf-8") as log:
                log.write(text + "\n")
            save(model, tokenizer, out)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="folder for the model and its history")
    parser.add_argument("--measure", type=Path, help="a folder with a trained model: measure it and train nothing")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--tokens", type=int, default=2048, help="tokens a step")
    parser.add_argument("--every", type=int, default=250, help="steps between two looks")
    parser.add_argument("--looks", type=int, default=150, help="prompts of each kind in a look")
    given = parser.parse_args()
    if min(given.steps, given.every, given.looks) < 1 or given.tokens < 64:
        parser.error("--steps, --every and --looks are at least 1, --tokens at least 64")
    if (given.out is None) == (given.measure is None):
        parser.error("give either --out or --measure")
    torch.set_num_threads(1)
    if given.measure:
        print(
            json.dumps({key: round(value, 5) for key, value in measure(given.measure, given.looks).items()}, indent=1)
        )
    else:
        train(given.out, given.steps, given.tokens, given.every, given.looks)


if __name__ == "__main__":
    main()
