"""Training a reward model: TRL's trainer for pairs, the plain one of transformers for grades."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tawazun.adapt.preferences.tokens import silent, whole
from tawazun.adapt.reward.findings import judge
from tawazun.adapt.reward.keys import RewardRecipe
from tawazun.adapt.reward.rows import RewardSet
from tawazun.adapt.reward.scoring import RECORD, RewardModel, expected
from tawazun.adapt.training.models import Opened
from tawazun.adapt.training.running import arguments, is_first, train
from tawazun.adapt.training.watch import Progress
from tawazun.runs.writing import write_parquet, write_text
from tawazun.seeds import canonical_json

SEEN = 2000  # training answers that the scale of rewards is taken from


def learn_reward(
    recipe: RewardRecipe,
    train_set: RewardSet,
    held_out: RewardSet | None,
    opened: Opened,
    out: Path,
    progress: Progress,
    file: str = "",
) -> list[dict[str, Any]]:
    """Train an opened base with a head; then its scale, and what it is worth on held-out pairs, into the folder.

    file   what the held-out rows are called
    """
    with silent():
        trainer = (
            _pairwise(recipe, train_set, opened, out)
            if recipe.reward.head == "pairwise"
            else _graded(recipe, train_set, opened, out)
        )
    log = train(trainer, recipe.train, progress=progress)
    if is_first():
        facts = _scale(recipe, train_set, opened)
        write_text(out / RECORD, canonical_json(facts) + "\n")
        if held_out is not None and held_out.pairs:
            model = RewardModel(opened.model, opened.tokenizer, opened.device, facts)
            for name, table in judge(model, recipe, train_set, held_out, file).items():
                write_parquet(out / f"{name}.parquet", table)
    return log


def levels_of(recipe: RewardRecipe, train_set: RewardSet) -> tuple[float, ...]:
    """Grades that the head has a number for; none but for classes."""
    return train_set.levels if recipe.reward.head == "classes" else ()


def _pairwise(recipe: RewardRecipe, found: RewardSet, opened: Opened, out: Path) -> Any:
    from datasets import Dataset
    from trl import RewardConfig, RewardTrainer

    rows = [
        {
            "chosen_ids": whole(opened.tokenizer, one.prompt, one.chosen),
            "rejected_ids": whole(opened.tokenizer, one.prompt, one.rejected),
        }
        for one in found.pairs
    ]
    own: dict[str, Any] = {"max_length": None, "disable_dropout": True}
    own["center_rewards_coefficient"] = recipe.reward.center or None
    return RewardTrainer(
        model=opened.model,
        args=arguments(RewardConfig, opened, out, recipe.seed, **own),
        train_dataset=Dataset.from_list(rows),
        processing_class=opened.tokenizer,
    )


def _graded(recipe: RewardRecipe, found: RewardSet, opened: Opened, out: Path) -> Any:
    from transformers import Trainer, TrainingArguments

    levels = levels_of(recipe, found)
    kind = "single_label_classification" if levels else "regression"
    for config in {
        id(one): one for one in (opened.model.config, getattr(opened.model, "base_model", opened.model).config)
    }.values():
        config.problem_type = kind
    mean, sd = _grades(found)
    rows: list[dict[str, Any]] = [
        {
            "input_ids": whole(opened.tokenizer, one.prompt, one.answer),
            "labels": levels.index(one.grade) if levels else (one.grade - mean) / sd,
        }
        for one in found.graded
    ]
    pad = int(opened.tokenizer.pad_token_id)
    args = arguments(TrainingArguments, opened, out, recipe.seed, remove_unused_columns=False)
    return Trainer(model=opened.model, args=args, train_dataset=rows, data_collator=lambda some: _batch(some, pad))  # type: ignore[arg-type]


def _batch(rows: Sequence[Mapping[str, Any]], pad: int) -> dict[str, torch.Tensor]:
    """Rows padded on the right."""
    longest = max(len(one["input_ids"]) for one in rows)
    ids = torch.full((len(rows), longest), pad)
    mask = torch.zeros_like(ids)
    for row, one in enumerate(rows):
        ids[row, : len(one["input_ids"])] = torch.tensor(one["input_ids"])
        mask[row, : len(one["input_ids"])] = 1
    return {"input_ids": ids, "attention_mask": mask, "labels": torch.tensor([one["labels"] for one in rows])}


def _grades(found: RewardSet) -> tuple[float, float]:
    given = np.array([one.grade for one in found.graded])
    return float(given.mean()), float(given.std()) or 1.0


def _scale(recipe: RewardRecipe, found: RewardSet, opened: Opened) -> dict[str, Any]:
    """What the head's numbers mean, from the training answers: every one, or as many spread over them."""
    graded = found.graded[:: -(-len(found.graded) // SEEN)]
    facts: dict[str, Any] = {"head": recipe.reward.head, "levels": list(levels_of(recipe, found))}
    model = RewardModel(opened.model, opened.tokenizer, opened.device, facts)
    raw = model.raw([(one.prompt, one.answer) for one in graded])
    own = expected(raw, facts)
    mean, sd = _grades(found)
    facts |= {"mean": float(own.mean()), "sd": float(own.std()) or 1.0, "answers": len(graded)}
    if recipe.reward.head == "regression":
        told = np.array([(one.grade - mean) / sd for one in graded])
        facts |= {"error": float(np.sqrt(np.mean((own - told) ** 2))), "grades": {"mean": mean, "sd": sd}}
    return facts
