"""TRL's GRPO and RLOO trainers of one round, and the one reward function that they call.

GRPO: Shao et al. (2024), arXiv 2402.03300; without division by a group's spread as Liu et al. (2025), arXiv 2503.20783.
RLOO: Ahmadian et al. (2024), arXiv 2402.14740.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from tawazun.adapt.rlaif.keys import RlaifRecipe
from tawazun.adapt.rlaif.reading import GroupReader
from tawazun.adapt.rlaif.records import Posed
from tawazun.adapt.rlaif.scoring import Mix
from tawazun.adapt.rlaif.weights import REFERENCE, put_back
from tawazun.adapt.training.models import Opened
from tawazun.adapt.training.running import arguments
from tawazun.engine.chat import Chat, Messages, folded

NO_THOUGHTS = {"enable_thinking": False}  # as studies ask


@dataclass(frozen=True)
class Course:
    """What a run learns from: its recipe, prompts and rewards."""

    recipe: RlaifRecipe
    posed: Sequence[Posed]
    mix: Mix


def make_trainer(
    course: Course, opened: Opened, folder: Path, seed: int, reference: Mapping[str, torch.Tensor] | None
) -> Any:
    """The trainer of a round.

    reference   what was trained of the model that the KL penalty is held against; None = the model as it comes
    """
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer, RLOOConfig, RLOOTrainer

    keys = course.recipe.rl
    tokenizer = laid_out(opened.tokenizer)
    own: dict[str, Any] = {
        "beta": keys.beta,
        "num_generations": keys.group,
        "max_completion_length": keys.max_completion_length,
        "temperature": keys.temperature,
        "chat_template_kwargs": NO_THOUGHTS,
        "include_num_input_tokens_seen": "no",  # the trainer counts them itself
    }
    given = {
        "model": opened.model,
        "reward_funcs": [reward_function(course)],
        "train_dataset": Dataset.from_list(list(rows_of(course.posed, tokenizer))),
        "processing_class": tokenizer,
    }
    trainer: Any
    if keys.method == "grpo":
        own |= {"scale_rewards": keys.scale_rewards, "loss_type": keys.loss_type or "dapo"}
        trainer = GRPOTrainer(args=arguments(GRPOConfig, opened, folder, seed, **own), **given)
    else:
        own |= {"normalize_advantages": keys.scale_rewards == "batch"}
        trainer = RLOOTrainer(args=arguments(RLOOConfig, opened, folder, seed, **own), **given)
    if reference is not None:
        _hold_against(trainer, opened, reference)
    return trainer


def laid_out(tokenizer: Any) -> Any:
    """A copy of a tokenizer that lays prompts out as a study does, with padding on the left."""
    made = copy.deepcopy(tokenizer)
    made.padding_side = "left"
    made.chat_template = Chat(tokenizer).template
    return made


def rows_of(posed: Sequence[Posed], tokenizer: Any) -> Sequence[dict[str, Any]]:
    """The rows that TRL draws replies for: messages, and the number of the prompt."""
    chat = Chat(tokenizer)
    own = chat.facts["system"] == "own role"
    return [{"prompt": turns(one.messages if own else folded(one.messages)), "row": one.number} for one in posed]


def turns(messages: Messages) -> list[dict[str, str]]:
    """Messages as chat templates take them."""
    return [{"role": role, "content": text} for role, text in messages]


def reward_function(course: Course) -> Callable[..., list[float]]:
    """The rewards of a recipe as the function that TRL calls with every batch of replies."""
    reader = GroupReader(course.posed, course.recipe.rl.group)

    def rewards(
        completions: list[Any], completion_ids: list[Any], row: list[int], log_metric: Any, **rest: Any
    ) -> list[float]:
        texts = [one[0]["content"] for one in completions]
        found, facts = course.mix.score(reader.read(row, texts, [len(one) for one in completion_ids]))
        for name, value in facts.items():
            log_metric(name, value)
        return [float(one) for one in found.ravel()]

    return rewards


def _hold_against(trainer: Any, opened: Opened, reference: Mapping[str, torch.Tensor]) -> None:
    """Make a trainer's reference the given weights: TRL takes those of the base's folder, or of the round's start."""
    if opened.additions:
        renamed = {name.replace(".default.", REFERENCE): one for name, one in reference.items()}
        put_back(opened.model, renamed)
    else:
        put_back(trainer.accelerator.unwrap_model(trainer.ref_model), reference)


def forget_reference(opened: Opened) -> None:
    """Take TRL's frozen copy of the additions away, so that it is not kept with what was trained."""
    if opened.additions and "ref" in opened.model.peft_config:
        opened.model.delete_adapter("ref")
