"""What looks on while a trainer runs: stops at a loss that is no number, tells how far it is, and keeps the history."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import polars as pl
from transformers import TrainerCallback

from tawazun.adapt.training.checkpoints import last_whole, step_of
from tawazun.errors import TrainingFailed

NAMES = {"learning_rate": "rate", "num_input_tokens_seen": "tokens", "num_tokens": "tokens"}
LEFT_OUT = (
    "total_flos",
    "train_runtime",
    "train_samples_per_second",
    "train_steps_per_second",
    "train_tokens_per_second",
)


@dataclass(frozen=True, slots=True)
class Step:
    """How far a training is: step of steps, loss (nats), tokens a second (None where they are not counted), seconds."""

    step: int
    steps: int
    loss: float | None
    speed: float | None
    seconds: float


Progress = Callable[[Step], None]


class Watch(TrainerCallback):  # type: ignore[misc]
    """Looks on; one for each run of a trainer."""

    def __init__(self, checkpoints: Path, progress: Progress = lambda step: None) -> None:
        """`checkpoints` is where the trainer's lie."""
        self._checkpoints, self._progress = checkpoints, progress
        self._began, self._before = perf_counter(), 0.0

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Seconds go on from those of the run that was stopped."""
        self._began = perf_counter()
        self._before = next((row["seconds"] for row in reversed(state.log_history) if "seconds" in row), 0.0)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """The last step has its row whatever `log_every` is."""
        if state.global_step >= state.max_steps:
            control.should_log = True

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        """Check the numbers, and put the time into the history. Errors: TrainingFailed."""
        found = dict(logs or {})
        for name in ("loss", "grad_norm"):
            if name in found and not math.isfinite(float(found[name])):
                raise TrainingFailed(self._no_number(name, state.global_step))
        seconds = self._before + perf_counter() - self._began
        state.log_history[-1]["seconds"] = seconds
        tokens = found.get("num_input_tokens_seen", found.get("num_tokens"))
        speed = float(tokens) / seconds if tokens and seconds else None
        if state.is_world_process_zero and "train_loss" not in found:
            loss = float(found["loss"]) if "loss" in found else None
            self._progress(Step(state.global_step, state.max_steps, loss, speed, seconds))

    def _no_number(self, name: str, step: int) -> str:
        last = last_whole(self._checkpoints)
        kept = f"the checkpoint of step {step_of(last)} is whole and kept" if last else "nothing was kept before it"
        what = "loss" if name == "loss" else "gradient"
        return f"step {step}: the {what} is not a number; {kept}. Begin anew with a smaller rate, or look at the rows"


def history_table(log: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows of `history.parquet` from a trainer's log: step, loss, rate, tokens, seconds, and what else it counted."""
    rows = []
    for one in log:
        if "train_loss" in one:
            continue
        row = {NAMES.get(key, key): value for key, value in one.items() if key not in LEFT_OUT}
        rows.append({"step": row.pop("step"), **{key: float(value) for key, value in row.items() if _number(value)}})
    schema = {"step": pl.Int64, "loss": pl.Float64, "rate": pl.Float64, "seconds": pl.Float64}
    names = dict.fromkeys([*schema, *(key for row in rows for key in row)])
    whole = [{name: row.get(name) for name in names} for row in rows]
    return pl.DataFrame(whole, schema={name: schema.get(name, pl.Float64) for name in names})


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
