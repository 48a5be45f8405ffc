"""LoRA on the answers of people: the arm that a soft prompt's economy is measured against.

Supervised tuning on infinitely many drawn answers of the target's people to the items of the fit comes to one
cross-entropy: -sum_k h_k log p_k, h the people's shares and p the model's probabilities of the options. That is what is
descended here (Adam, Kingma & Ba 2015), through low-rank additions to every linear layer (Hu et al. 2022). It sees more
of the people than an index objective does: shares of every item of the fit, not index scores alone.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from torch import Tensor

from tawazun.adapt.ground import Ground
from tawazun.adapt.recipe import fit_facts
from tawazun.adapt.targets import Target
from tawazun.engine import score_with_gradient
from tawazun.engine.eight_bits import INT8
from tawazun.engine.model import LoadedModel
from tawazun.engine.worn import take_off, wrap
from tawazun.errors import BadStudy, MissingExtra, RespondentFailed
from tawazun.respondents.reading import Part, Reader
from tawazun.runs.writing import write_text
from tawazun.seeds import digest_of, seed_for

RANK = 8
STEP = 1e-3
PER_STEP = 3  # evaluations that a step counts as: the pass back through weights costs two passes forward
TOKENS_AT_ONCE = 4096
TINY = 1e-12
FACTS = "training.json"
Lesson = tuple[Part, Tensor]  # a prompt, and the people's shares (shown options,)


@dataclass(frozen=True)
class Trained:
    """A trained adapter: what was spent on it, and the loss (nats per question) before and after."""

    evaluations: int
    seconds: float
    parameters: int
    before: float
    after: float


def train_lora(ground: Ground, target: Target, *, seed: int, folder: Path, evaluations: int) -> Trained:
    """Train a LoRA adapter on the people's shares of the items of the fit; one that is there already is read.

    The additions are put on the frozen model that is loaded, and taken off: nothing is loaded a second time.

    evaluations   budget as the searches': a step counts as three
    folder        of the adapter, which PEFT and any `hf` respondent load
    Errors        BadStudy where the people have no shares, no step fits, or the weights are held in few bits;
                  MissingExtra without peft
    """
    digest = digest_of([fit_facts(ground.recipe), target.name, seed, evaluations, dict(ground.respondent.identity)])
    if (found := _kept(folder, digest)) is not None:
        return found
    if lost := [one.id for one in ground.questions if one.id not in target.shares]:
        raise BadStudy(f"{target.name} has no shares for {', '.join(lost[:4])}: ready scores alone train nothing")
    steps = evaluations // PER_STEP
    if not steps:
        raise BadStudy(f"{evaluations} evaluations hold no step, which counts as {PER_STEP}")
    if ground.recipe.base.dtype == INT8:
        raise BadStudy(f'base.dtype = "{INT8}": weights in few bits take no LoRA here')
    lessons = _lessons(ground, ground.respondent.reader, target)
    wrapped = _opened(ground.model, seed)
    try:
        tuned = [one for one in wrapped.parameters() if one.requires_grad]
        begun = perf_counter()
        losses = _descend(ground.model, tuned, lessons, steps)
        parameters = sum(one.numel() for one in tuned)
        made = Trained(steps * PER_STEP, perf_counter() - begun, parameters, losses[0], losses[-1])
        wrapped.save_pretrained(str(folder), safe_serialization=True)
    finally:
        take_off(ground.model.module, wrapped)
    write_text(folder / FACTS, json.dumps({"digest": digest, **asdict(made)}, indent=2) + "\n")
    return made


def _opened(model: LoadedModel, seed: int) -> Any:
    """A model with low-rank additions, which alone are tuned; the additions start as nothing."""
    try:
        from peft import LoraConfig
    except ModuleNotFoundError as error:
        raise MissingExtra("LoRA needs the library peft: pip install 'tawazun[adapt]'") from error
    config = LoraConfig(
        r=RANK, lora_alpha=2 * RANK, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM"
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(seed_for("lora", seed))
        return wrap(model.module, config)


def _lessons(ground: Ground, reader: Reader, target: Target) -> list[Lesson]:
    found = []
    for one in reader.laid(ground.asks):
        if one.fault or len(one.parts) > 1 or one.parts[0].readout is None:
            why = one.fault or "questions of several prompts"
            raise BadStudy(f"LoRA cannot be trained on {one.ask.question.id}: {why}")
        shares = torch.tensor(target.shares[one.ask.question.id], dtype=torch.float32)
        found.append((one.parts[0], shares[torch.tensor(one.parts[0].prompt.order)].to(reader.model.device)))
    return found


def _descend(model: LoadedModel, tuned: Sequence[Tensor], lessons: Sequence[Lesson], steps: int) -> list[float]:
    """Loss (nats per question) before each step, and after the last."""
    optimiser = torch.optim.Adam(list(tuned), lr=STEP)
    found = []
    for _ in range(steps):
        optimiser.zero_grad()
        found.append(_loss(model, lessons, back=True))
        if not found[-1] < float("inf"):
            raise RespondentFailed("LoRA: the model gave no numbers; nothing was kept")
        optimiser.step()
    return [*found, _loss(model, lessons, back=False)]


def _loss(model: LoadedModel, lessons: Sequence[Lesson], *, back: bool) -> float:
    """Mean cross-entropy over all lessons; its gradient is gathered batch by batch."""
    total, at = 0.0, 0
    while at < len(lessons):
        end, tokens = at, 0
        while end < len(lessons) and (end == at or tokens + len(lessons[end][0].tokens) <= TOKENS_AT_ONCE):
            tokens += len(lessons[end][0].tokens)
            end += 1
        with torch.set_grad_enabled(back):
            value = _batch_loss(model, lessons[at:end]) / len(lessons)
        if back:
            value.backward()  # type: ignore[no-untyped-call]
        total += value.item()
        at = end
    return total


def _batch_loss(model: LoadedModel, lessons: Sequence[Lesson]) -> Tensor:
    starts: list[list[int]] = []
    ends: list[tuple[int, ...]] = []
    for part, _ in lessons:
        assert part.readout is not None
        starts += [part.tokens[: part.readout.keep]] * len(part.readout.sequences)
        ends += part.readout.sequences
    scores = score_with_gradient(model, starts, ends)
    total, at = torch.zeros((), device=model.device), 0
    for part, shares in lessons:
        assert part.readout is not None
        own = scores[at : at + len(part.readout.sequences)]
        owners = torch.tensor(part.readout.owners, device=model.device)
        mass = torch.zeros(len(shares), device=model.device).index_add(0, owners, own.exp())
        total = total - (shares * mass.clamp(min=TINY).log()).sum()
        at += len(part.readout.sequences)
    return total


def _kept(folder: Path, digest: str) -> Trained | None:
    """What was trained here for the same recipe, model, seed and budget."""
    file = folder / FACTS
    if not file.is_file():
        return None
    found = json.loads(file.read_text(encoding="utf-8"))
    return Trained(**found) if found.pop("digest") == digest else None
