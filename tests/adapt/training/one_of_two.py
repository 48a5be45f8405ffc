"""One of two processes that train a cut model, as the launcher begins them: `python -m … OUT METHOD STEPS [FAULT]`.

FAULT   kill: ends itself after the checkpoint of step 2; lose: the second loses its numbers before that of step 4
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from transformers import Trainer, TrainerCallback

from tawazun.adapt.training import checkpoints
from tawazun.adapt.training.cut import is_cut
from tawazun.errors import TawazunError
from tests.adapt.training.conftest import small, small_stage


def _holds_parts(trainer: Trainer) -> None:
    """Fail where a process would hold the whole model after all."""
    prepared = trainer._prepare_for_training

    def prepare(*given: Any, **named: Any) -> Any:
        found = prepared(*given, **named)
        assert is_cut(trainer.model) and PartialState().num_processes == 2
        return found

    trainer._prepare_for_training = prepare


class _Loses(TrainerCallback):  # type: ignore[misc]
    def on_step_end(self, args: Any, state: Any, control: Any, *, model: Any, **kwargs: Any) -> None:
        if state.global_step == 4 and not PartialState().is_main_process:
            with torch.no_grad():
                next(one for one in model.parameters() if one.requires_grad).to_local().fill_(float("nan"))


def _dies(trainer: Trainer) -> None:
    put = checkpoints._put

    def deadly(made: Path, folder: Path, keep: int) -> None:
        put(made, folder, keep)
        os.kill(os.getpid(), signal.SIGKILL)

    checkpoints._put = deadly


def main(out: str, method: str, steps: str, fault: str = "") -> None:
    """Train, and say a failure in one line."""
    torch.set_num_threads(1)
    recipe = small(method=method, rate=1e-3 if method == "lora" else 1e-4, steps=int(steps))

    def own(trainer: Trainer) -> None:
        _holds_parts(trainer)
        {"": lambda _: None, "kill": _dies, "lose": lambda one: one.add_callback(_Loses())}[fault](trainer)

    try:
        small_stage(recipe, Path(out), own)
    except TawazunError as error:
        sys.exit(f"said: {error}")


if __name__ == "__main__":
    main(*sys.argv[1:])
