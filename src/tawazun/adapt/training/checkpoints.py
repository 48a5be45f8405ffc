"""Checkpoints of a trainer that are whole or not there.

The trainer writes into `checkpoints/.saving/`; what is there is then counted, marked and put in place in one step. A
folder without its mark, or with files that are not as marked, is never resumed from. Weights that are no numbers are
never written.
"""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from tawazun.adapt.training.cut import first_said, here, is_cut
from tawazun.engine.loading import one_line
from tawazun.errors import TrainingFailed, WriteFailed

MARK = "whole.json"
SAVING = ".saving"
PREFIX = "checkpoint-"
More = Callable[[Path, int], None]  # writes what else belongs to the checkpoint of a step


def last_whole(folder: Path) -> Path | None:
    """The latest checkpoint that is whole; None where there is none."""
    return next(reversed(whole_ones(folder)), None)


def whole_ones(folder: Path) -> list[Path]:
    """Checkpoints that are whole, by step."""
    found = [one for one in folder.glob(f"{PREFIX}*") if _is_whole(one)]
    return sorted(found, key=step_of)


def step_of(checkpoint: Path) -> int:
    """The step after which a checkpoint was written."""
    return int(checkpoint.name.removeprefix(PREFIX))


def keep_whole(trainer: Any, keep: int, more: More = lambda folder, step: None) -> None:
    """Make a trainer write its checkpoints whole or not at all, and keep the last ones only.

    more   writes what else belongs to a checkpoint, such as where a corpus stands
    """
    own, folder = trainer._save_checkpoint, Path(trainer.args.output_dir)
    state = trainer.state

    def save(model: Any, trial: Any, *rest: Any, **named: Any) -> None:
        step = trainer.state.global_step
        refuse_no_numbers(trainer.model, step, folder)
        saving = folder / SAVING
        if trainer.args.should_save:
            shutil.rmtree(saving, ignore_errors=True)
        trainer.accelerator.wait_for_everyone()
        trainer.args.output_dir = str(saving)
        try:
            own(model, trial, *rest, **named)
            trainer.accelerator.wait_for_everyone()
            if trainer.args.should_save:
                more(saving / f"{PREFIX}{step}", step)
                _put(saving / f"{PREFIX}{step}", folder, keep)
        except (OSError, SafetensorError, RuntimeError) as error:
            shutil.rmtree(saving, ignore_errors=True)
            why = getattr(error, "strerror", None) or one_line(error)
            raise WriteFailed(
                f"the checkpoint of step {step} could not be written ({why}); {_kept(folder)}: make room and run the "
                "same command"
            ) from error
        finally:
            trainer.args.output_dir = str(folder)
        trainer.accelerator.wait_for_everyone()

    assert state is not None
    trainer._save_checkpoint = save


def refuse_no_numbers(module: Any, step: int, folder: Path) -> None:
    """Refuse weights that are no numbers, in whichever process they lie. Errors: TrainingFailed."""
    trained = ((name, here(one)) for name, one in module.named_parameters() if one.requires_grad)
    lost = next((name for name, one in trained if not bool(torch.isfinite(one).all())), "")
    if is_cut(module):
        lost = first_said(lost)
    if lost:
        raise TrainingFailed(
            f"step {step}: {lost} is no longer a number; {_kept(folder)}. Begin anew with a smaller rate or clip"
        )


def _put(made: Path, folder: Path, keep: int) -> None:
    files = {str(one.relative_to(made)): one.stat().st_size for one in sorted(made.rglob("*")) if one.is_file()}
    for name in files:
        with (made / name).open("rb") as file:
            os.fsync(file.fileno())
    with (made / MARK).open("w", encoding="utf-8") as file:
        json.dump(files, file)
        file.flush()
        os.fsync(file.fileno())
    place = folder / made.name
    shutil.rmtree(place, ignore_errors=True)
    made.replace(place)
    shutil.rmtree(folder / SAVING, ignore_errors=True)
    for old in whole_ones(folder)[:-keep]:
        # the mark goes first, so that a checkpoint that is half gone is none
        (old / MARK).unlink(missing_ok=True)
        shutil.rmtree(old, ignore_errors=True)


def _is_whole(checkpoint: Path) -> bool:
    try:
        files = json.loads((checkpoint / MARK).read_text(encoding="utf-8"))
        return all((checkpoint / name).stat().st_size == size for name, size in files.items())
    except (OSError, ValueError):
        return False


def _kept(folder: Path) -> str:
    last = last_whole(folder)
    return f"the checkpoint of step {step_of(last)} is whole and kept" if last else "no checkpoint was written before"
