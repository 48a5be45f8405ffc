"""A small stage that trains the planted model on made-up rows, and a process that is killed while it does."""

import os
import signal
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import Trainer, TrainingArguments

from tawazun.adapt.training import checkpoints
from tawazun.adapt.training.folder import Lesson
from tawazun.adapt.training.keys import StageRecipe, stage_from
from tawazun.adapt.training.models import Opened
from tawazun.adapt.training.running import arguments, train
from tawazun.api.training import Given, Trained, adapt_stage

SMALL: dict[str, Any] = {
    "name": "a test",
    "base": {"model": "planted", "device": "cpu"},
    "train": {"method": "lora", "rank": 2, "steps": 6, "batch": 4, "rate": 1e-3, "save_every": 2, "log_every": 1},
}


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """What a step computes must not depend on how busy the machine is."""
    torch.set_num_threads(1)


def small(**train: Any) -> StageRecipe:
    """The small recipe with keys of `[train]` changed."""
    return stage_from({**SMALL, "train": {**SMALL["train"], **train}}, "small.toml", StageRecipe)


def rows(count: int = 32) -> list[dict[str, list[int]]]:
    """Made-up rows of equal length."""
    made = [[20 + (7 * i + 3 * k) % 200 for k in range(12)] for i in range(count)]
    return [{"input_ids": one, "labels": one} for one in made]


def stacked_rows(batch: list[dict[str, list[int]]]) -> dict[str, torch.Tensor]:
    """Rows as a batch."""
    return {key: torch.tensor([one[key] for one in batch]) for key in batch[0]}


def small_stage(
    recipe: StageRecipe, out: Path, own: Callable[[Trainer], None] = lambda trainer: None, given: Given = Given()
) -> Trained:
    """Train on the made-up rows; `own` may change the trainer before it runs."""

    def prepare(base: Any, folder: Path) -> Lesson:
        def learn(opened: Opened, folder: Path, progress: Any) -> list[dict[str, Any]]:
            args = arguments(TrainingArguments, opened, folder, recipe.seed, remove_unused_columns=False)
            trainer = Trainer(model=opened.model, args=args, train_dataset=rows(), data_collator=stacked_rows)
            own(trainer)
            return train(trainer, recipe.train, progress=progress, in_parts=True)

        return Lesson({"rows": "1"}, [("made up", "CC0-1.0")], learn)

    return adapt_stage(recipe, "small", prepare, out, given)


def killed_while(work: Callable[[], object]) -> int:
    """Do some work in a process of its own; returns the signal that ended it, 0 where it came to its end."""
    child = os.fork()
    if not child:
        # threads that a fork begins find the parent's pool, which torch then calls invalid
        os.environ["HF_DEACTIVATE_ASYNC_LOAD"] = "1"
        try:
            work()
        except BaseException:  # the child of a fork must not go on with the tests of its parent
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.WTERMSIG(os.waitpid(child, 0)[1])


def kill_in_save(monkeypatch: pytest.MonkeyPatch, step: int, *, before: bool) -> None:
    """From now on this process kills itself when a step's checkpoint is put in place, before or after."""
    put = checkpoints._put

    def deadly(made: Path, folder: Path, keep: int) -> None:
        mine = int(made.name.rpartition("-")[2]) == step
        if mine and before:
            (made / "trainer_state.json").unlink()
            made.replace(folder / made.name)  # as a torn one would lie there
            os.kill(os.getpid(), signal.SIGKILL)
        put(made, folder, keep)
        if mine:
            os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(checkpoints, "_put", deadly)


def weights(kept: Path) -> bytes:
    """What was trained, byte by byte."""
    file = next(one for one in kept.iterdir() if one.suffix == ".safetensors")
    return file.read_bytes()
