"""What looks on while a policy is trained: the collapse watch, and the best step so far, both kept over kills."""

import json
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from tawazun.adapt.rlaif.collapse import Bounds, CollapseWatch
from tawazun.adapt.rlaif.weights import trained, write_weights
from tawazun.adapt.training.running import is_first, resuming
from tawazun.runs.writing import write_text

STATE = "watch.json"


class Keeper(TrainerCallback):  # type: ignore[misc]
    """Looks on; one for each round.

    collapsed   why the run was stopped; empty while it goes well
    best        step and merit of the best checkpoint so far; step 0 before the first one
    """

    def __init__(self, folder: Path, bounds: Bounds, model: Any, start: Mapping[str, float] = {}) -> None:
        """`folder` is the round's; what an earlier process saw up to its last checkpoint is taken in.

        start   what the first round was held against: a policy that narrows a little in every round is seen too
        """
        self._folder, self._model = folder, model
        self._watch, self._merits = CollapseWatch(bounds, dict(start)), deque[float](maxlen=bounds.window)
        self.collapsed, self.best = "", (0, float("-inf"))
        last = resuming(folder / "checkpoints")
        if last is not None:
            state = json.loads((last / STATE).read_text(encoding="utf-8"))
            self._watch = CollapseWatch.of(bounds, state["watch"])
            self._merits.extend(state["merits"])
            self.best = (state["best"][0], state["best"][1]) if state["best"] else self.best

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        """Take in a row of history, and stop the run where it has collapsed."""
        if not logs or "merit" not in logs:
            return
        self._merits.append(float(logs["merit"]))
        self.collapsed = self._watch.see(float(logs["entropy"]), float(logs["distinct"]))
        if self.collapsed:
            control.should_training_stop = True

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """A checkpoint is whole: the weights of earlier best steps are no longer needed."""
        self.best = self._best_at(state.global_step)
        if is_first():
            for old in self._folder.glob("best-*.safetensors"):
                if old != self.best_file:
                    old.unlink(missing_ok=True)

    def more(self, folder: Path, step: int) -> None:
        """Write what a later process needs into a checkpoint, and the weights of a step that is the best so far."""
        best = self._best_at(step)
        if best[0] == step:
            write_weights(self._folder / f"best-{step}.safetensors", trained(self._model))
        state = {"watch": self._watch.state, "merits": list(self._merits), "best": list(best) if best[0] else None}
        write_text(folder / STATE, json.dumps(state))

    @property
    def start(self) -> dict[str, float]:
        """What the watch holds the run against."""
        return dict(self._watch.start)

    @property
    def best_file(self) -> Path:
        """Weights of the best step."""
        return self._folder / f"best-{self.best[0]}.safetensors"

    def _best_at(self, step: int) -> tuple[int, float]:
        """The best step as of this one; a collapsed one is never it."""
        better = not self.collapsed and bool(self._merits) and self._merit > self.best[1]
        return (step, self._merit) if better else self.best

    @property
    def _merit(self) -> float:
        return sum(self._merits) / len(self._merits)
