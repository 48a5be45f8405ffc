"""Running a trainer of transformers or TRL: its arguments from a recipe, and a run that goes on where it was killed.

What a step computes depends on the recipe alone and not on how many processes compute it: `batch` counts the rows of
all of them. On a CPU the final weights after any number of kills are those of a run that was never stopped, bit by bit.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import torch
from accelerate import PartialState
from transformers import PrinterCallback, Trainer, TrainingArguments

from tawazun.adapt.training.checkpoints import More, keep_whole, last_whole, refuse_no_numbers
from tawazun.adapt.training.cut import cut_on_cpus, refuse_other_checkpoint
from tawazun.adapt.training.keys import TrainKeys
from tawazun.adapt.training.models import Opened, in_bfloat16
from tawazun.adapt.training.watch import Progress, Watch
from tawazun.engine.loading import quiet
from tawazun.errors import BadStudy, TrainingFailed
from tawazun.seeds import seed_for

CHECKPOINTS = "checkpoints"
WAIT = timedelta(hours=24)  # others wait while the first process asks the base, or goes over a corpus
Arguments = TypeVar("Arguments", bound=TrainingArguments)


def processes() -> int:
    """How many processes train together; 1 unless started by `accelerate launch` or torchrun."""
    return int(_state().num_processes)


def rows_at_once(keys: TrainKeys) -> int:
    """Rows that one process computes at once. Errors: BadStudy where they cannot be shared out equally."""
    parts = keys.accumulation * processes()
    if keys.batch % parts:
        raise BadStudy(
            f"train.batch: {keys.batch} rows cannot be shared equally by {processes()} processes in "
            f"{keys.accumulation} parts; give a multiple of {parts}"
        )
    return keys.batch // parts


def arguments(kind: type[Arguments], opened: Opened, out: Path, seed: int, **own: Any) -> Arguments:
    """A trainer's arguments from the recipe's `[train]`.

    kind   of arguments: `SFTConfig`, `DPOConfig`, `TrainingArguments` …
    own    what the stage sets itself; comes before what is set here
    """
    keys = opened.keys
    given: dict[str, Any] = {
        "output_dir": str(out / CHECKPOINTS),
        "per_device_train_batch_size": rows_at_once(keys),
        "gradient_accumulation_steps": keys.accumulation,
        "max_steps": keys.steps or -1,
        "num_train_epochs": keys.epochs or 1,
        "learning_rate": keys.rate,
        "lr_scheduler_type": keys.schedule,
        "warmup_steps": keys.warmup,
        "weight_decay": keys.decay,
        "max_grad_norm": keys.clip,
        "optim": "adamw_torch",
        "bf16": in_bfloat16(keys, opened.device) and keys.precision != "pure-bfloat16",
        "activation_checkpointing": keys.gradient_checkpointing,
        "use_cpu": opened.device.type == "cpu",
        "seed": seed_for("train", seed) % 2**31,
        "data_seed": seed_for("train-rows", seed) % 2**31,
        "save_strategy": "steps",
        "save_steps": keys.save_every,
        "save_total_limit": None,  # whole ones are kept by `keep_whole`
        "logging_strategy": "steps",
        "logging_steps": min(keys.log_every, keys.steps or keys.log_every),
        "logging_nan_inf_filter": False,  # a loss that is no number must be seen
        "report_to": "none",
        "disable_tqdm": True,
        "dataloader_num_workers": 0,
        "dataloader_pin_memory": opened.device.type != "cpu",
        "include_num_input_tokens_seen": "non_padding",
    }
    made = kind(**{**given, **own})
    cut_on_cpus()
    return made


def train(
    trainer: Trainer,
    keys: TrainKeys,
    *,
    progress: Progress = lambda step: None,
    more: More = lambda folder, step: None,
    in_parts: bool = False,
) -> list[dict[str, Any]]:
    """Run a trainer to its end, from its last whole checkpoint where there is one; returns its log, row by row.

    more     writes what else belongs to a checkpoint (see `keep_whole`); what it wrote is read by the stage from
             `resuming(trainer)` before it calls this
    in_parts the stage can go on with a model that is left cut over processes (FSDP)
    Errors   BadStudy for a launcher that cuts what cannot be; TrainingFailed for numbers that are none; WriteFailed for
             a disk that is full. The last whole checkpoint is kept, and the same call goes on from it
    """
    checkpoints = Path(str(trainer.args.output_dir))
    cut = bool(getattr(trainer, "is_fsdp_enabled", False))
    if cut and (not in_parts or keys.method == "qlora"):
        what = "weights in 4 bits" if in_parts else "this stage's model"
        raise BadStudy(
            f"the launcher cuts the model over processes (FSDP), which {what} cannot be; give each process the whole "
            "model: a configuration without FSDP"
        )
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(Watch(checkpoints, progress))
    keep_whole(trainer, keys.keep, more)
    last = resuming(checkpoints)
    if last is not None:
        refuse_other_checkpoint(last, cut)
    try:
        with quiet():
            trainer.train(resume_from_checkpoint=None if last is None else str(last))
    except torch.OutOfMemoryError as error:
        raise TrainingFailed(
            "the GPU's memory is too small for a step: raise train.accumulation, lower train.context, or give "
            "gradient_checkpointing = true"
        ) from error
    refuse_no_numbers(trainer.model, trainer.state.global_step, checkpoints)
    return list(trainer.state.log_history)


def resuming(checkpoints: Path) -> Path | None:
    """The checkpoint that `train` will go on from; None for a start."""
    return last_whole(checkpoints)


def is_first() -> bool:
    """Whether this process is the one that writes."""
    return bool(_state().is_main_process)


def alone_first(work: Callable[[], None]) -> None:
    """Do some work in the first process while the others wait for it."""
    if is_first():
        work()
    _state().wait_for_everyone()


def _state() -> PartialState:
    """Which of the processes this is; on a machine without GPUs they have to be told that they compute on CPUs."""
    return PartialState(cpu=not torch.cuda.is_available(), timeout=WAIT)
