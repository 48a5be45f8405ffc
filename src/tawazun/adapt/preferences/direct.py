"""DPO and KTO on judged pairs: a model moves towards what was chosen and is held near what it was; no reward model.

The reference is the model as the recipe's base has it: the same weights without the new additions, or a copy of them
where every weight is trained. DPO: Rafailov et al. (2023), arXiv 2305.18290. KTO: Ethayarajh et al. (2024), arXiv
2402.01306, on the same answers one by one; what is chosen is desirable and what is rejected is not.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
import torch
from pydantic import Field, model_validator

from tawazun.adapt.corpora.survey import SurveyPlan
from tawazun.adapt.preferences.sets import Preference
from tawazun.adapt.preferences.tokens import Encoded, encoded, silent
from tawazun.adapt.training.keys import StageRecipe, Strict
from tawazun.adapt.training.models import Opened
from tawazun.adapt.training.running import arguments, is_first, train
from tawazun.adapt.training.watch import Progress
from tawazun.runs.writing import write_parquet

HELD_OUT = "held_out.parquet"
ROWS = 8  # held-out pairs computed at once


class DirectKeys(Strict):
    """`[rl]` with method dpo or kto.

    beta          how near the model is held to what it was
    loss          of DPO: sigmoid (Rafailov et al.), hinge, ipo; of KTO: kto, apo_zero_unpaired; the first where empty
    smoothing     share of the verdicts that are taken to be wrong (DPO, sigmoid)
    desirable, undesirable   weights of chosen and rejected answers (KTO)
    """

    method: Literal["dpo", "kto"]
    beta: float = Field(default=0.1, gt=0)
    loss: Literal["", "sigmoid", "hinge", "ipo", "kto", "apo_zero_unpaired"] = ""
    smoothing: float = Field(default=0, ge=0, lt=0.5)
    desirable: float = Field(default=1, gt=0)
    undesirable: float = Field(default=1, gt=0)

    def model_post_init(self, context: Any) -> None:
        """Refuse a loss of the other method."""
        own = {"dpo": ("", "sigmoid", "hinge", "ipo"), "kto": ("", "kto", "apo_zero_unpaired")}[self.method]
        if self.loss not in own:
            raise ValueError(f"loss = {self.loss!r} is none of {self.method}; allowed: {', '.join(own[1:])}")


class SetKeys(Strict):
    """`[pairs]`: preference sets, as `tawazun adapt preferences` exports them.

    held_out   a file of pairs that are not trained on, for the score before and after
    too_long   what is done with a pair that is longer than train.context
    go_on      why a one-sided set is trained on all the same
    """

    file: str = Field(min_length=1)
    held_out: str = ""
    too_long: Literal["refuse", "drop"] = "refuse"
    licence: str = ""
    go_on: str = ""


class PeopleKeys(Strict):
    """`[people]`: pairs of survey answers with people's verdicts, as `preferences.people` makes them.

    instrument, populations   as in a study; the other keys are those of a survey source of `adapt sft`
    held_out   items that no training pair is made of; pairs of them, in `held_wordings`, are scored before and after
    each       pairs of each question as asked
    lot        a placebo: who wins is drawn by lot
    """

    instrument: str = Field(min_length=1)
    populations: list[str] = Field(min_length=1)
    languages: list[str] = Field(default=["en"], min_length=1)
    wordings: list[str] = Field(min_length=1)
    items: list[str] = Field(default=[])
    held_out: list[str] = Field(default=[])
    held_wordings: list[str] = Field(default=[])
    orders: list[str] = Field(default=["forward"], min_length=1)
    labels: str = "letters"
    placement: Literal["system", "user"] = "system"
    persona: Literal["own", "none"] = "none"
    rights: str = ""
    each: int = Field(default=4, ge=1)
    lot: bool = False
    go_on: str = ""

    def plan(self, seed: int) -> SurveyPlan:
        """What training pairs are made of. Errors: BadStudy for what is trained on and held out at once."""
        return SurveyPlan(
            tuple(self.languages), tuple(self.wordings), tuple(self.items), tuple(self.held_out),
            tuple(self.held_wordings), tuple(self.orders), self.labels, self.placement, self.persona,
            rights=self.rights, seed=seed,
        )  # fmt: skip

    def held_plan(self, seed: int) -> SurveyPlan:
        """What held-out pairs are made of."""
        return replace(
            self.plan(seed),
            items=tuple(self.held_out),
            held_out=(),
            wordings=tuple(self.held_wordings or self.wordings),
            held_wordings=(),
            rights=self.rights or "only scored",
        )


class DirectRecipe(StageRecipe):
    """A recipe of DPO or KTO, on `[pairs]` or on `[people]`."""

    rl: DirectKeys
    pairs: SetKeys | None = None
    people: PeopleKeys | None = None

    @model_validator(mode="after")
    def _one(self) -> "DirectRecipe":
        if (self.pairs is None) == (self.people is None):
            raise ValueError("give either pairs or people")
        if self.rl.method == "kto" and self.train.batch // self.train.accumulation < 2:
            raise ValueError("train.batch: kto estimates its baseline from the other rows, so give two or more at once")
        return self


@dataclass(frozen=True)
class DirectSets:
    """Pairs to train on and pairs held out."""

    train: Sequence[Preference]
    held_out: Sequence[Preference]


def learn_direct(
    recipe: DirectRecipe, sets: DirectSets, opened: Opened, out: Path, progress: Progress
) -> list[dict[str, Any]]:
    """Train an opened base; returns the log. Held-out pairs are scored before and after into `held_out.parquet`.

    Errors   TrainingFailed, WriteFailed
    """
    held = [encoded(opened.tokenizer, one) for one in sets.held_out]
    # on a later start the base is itself again here: checkpoints are taken up by `train`
    before = margins(opened.model, opened.device, held) if held else np.zeros(0)
    with silent():
        trainer = _trainer(recipe, sets, opened, out)
    log = train(trainer, recipe.train, progress=progress)
    _forget_reference(opened)
    if held and is_first():
        after = margins(opened.model, opened.device, held)
        write_parquet(out / HELD_OUT, _held_out(sets.held_out, before, after))
    return log


def _trainer(recipe: DirectRecipe, sets: DirectSets, opened: Opened, out: Path) -> Any:
    from datasets import Dataset
    from trl import DPOConfig, DPOTrainer, KTOConfig, KTOTrainer

    rows = Dataset.from_list([one.record() for one in sets.train])
    keys = recipe.rl
    own: dict[str, Any] = {"beta": keys.beta, "max_length": recipe.train.context, "disable_dropout": True}
    given = {
        "model": opened.model,
        # TRL would load a reference from the base's folder, without an adapter that was merged into it
        "ref_model": None if opened.additions else copy.deepcopy(opened.model),
        "train_dataset": rows,
        "processing_class": opened.tokenizer,
    }
    if keys.method == "dpo":
        own |= {"loss_type": [keys.loss or "sigmoid"], "label_smoothing": keys.smoothing}
        return DPOTrainer(args=arguments(DPOConfig, opened, out, recipe.seed, **own), **given)
    own |= {"loss_type": keys.loss or "kto", "desirable_weight": keys.desirable, "undesirable_weight": keys.undesirable}
    return KTOTrainer(args=arguments(KTOConfig, opened, out, recipe.seed, **own), **given)


def _forget_reference(opened: Opened) -> None:
    """Take TRL's frozen copy of the additions away, so that it is not kept with what was trained."""
    if opened.additions and "ref" in opened.model.peft_config:
        opened.model.delete_adapter("ref")


def margins(model: Any, device: torch.device, pairs: Sequence[Encoded]) -> np.ndarray:
    """(N,) log-probability of the chosen answer minus that of the rejected one, in nats, given the prompt."""
    texts = [(one.prompt, answer) for one in pairs for answer in (one.chosen, one.rejected)]
    order = sorted(range(len(texts)), key=lambda i: len(texts[i][0]) + len(texts[i][1]))
    found = np.zeros(len(texts))
    was = model.training
    model.eval()
    for at in range(0, len(order), 2 * ROWS):
        some = order[at : at + 2 * ROWS]
        found[some] = _log_probabilities(model, device, [texts[i] for i in some])
    model.train(was)
    return found[0::2] - found[1::2]


@torch.no_grad()
def _log_probabilities(
    model: Any, device: torch.device, texts: Sequence[tuple[Sequence[int], Sequence[int]]]
) -> np.ndarray:
    """(N,) summed log-probabilities of answers after their prompts; padded on the right, which masks nothing real."""
    longest = max(len(prompt) + len(answer) for prompt, answer in texts)
    ids = torch.zeros((len(texts), longest), dtype=torch.long)
    mask, own = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, (prompt, answer) in enumerate(texts):
        size = len(prompt) + len(answer)
        ids[row, :size] = torch.tensor([*prompt, *answer])
        mask[row, :size] = 1
        own[row, len(prompt) : size] = 1
    ids, mask, own = ids.to(device), mask.to(device), own.to(device)
    logits = model(input_ids=ids, attention_mask=mask).logits[:, :-1].float()
    told = logits.log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0]
    found: np.ndarray = (told * own[:, 1:]).sum(-1).double().cpu().numpy()
    return found


def _held_out(pairs: Sequence[Preference], before: np.ndarray, after: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": [one.id for one in pairs],
            "country": [one.country for one in pairs],
            "before": before,
            "after": after,
        },
        schema={"id": pl.String, "country": pl.String, "before": pl.Float64, "after": pl.Float64},
    )
