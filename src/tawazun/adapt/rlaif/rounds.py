"""Rounds of a run: each begins where the one before it ended, draws fresh replies, and is written down when it ends.

rounds/N/checkpoints/       of the trainer while it runs
rounds/N/end.safetensors    what was trained, at the end of the round
rounds/N/round.json         last: the round is over
"""

import json
import shutil
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from tawazun.adapt.rlaif.keeping import Keeper
from tawazun.adapt.rlaif.trainers import Course, forget_reference, make_trainer
from tawazun.adapt.rlaif.weights import put_back, read_weights, trained, write_weights
from tawazun.adapt.training.checkpoints import step_of
from tawazun.adapt.training.models import Opened
from tawazun.adapt.training.running import alone_first, is_first, resuming, train
from tawazun.adapt.training.watch import Progress
from tawazun.errors import BadFile, TrainingFailed
from tawazun.runs.writing import write_text
from tawazun.seeds import seed_for

FOLDER, RECORD, END, RESUMED = "rounds", "round.json", "end.safetensors", "resumed.json"
SIGNS = ("reward", "merit", "kl", "entropy", "distinct", "refused", "unread", "completions/mean_length")
EDGE = 5  # rows of history that the start and the end of a round are the mean of
AfterRound = Callable[[int, Opened, Path], None]


@dataclass(frozen=True)
class Round:
    """What a round came to.

    steps       made; kept: the step whose weights are its end, 0 = those it began with
    collapsed   why it was stopped before its last step; empty where it was not
    resumed     steps after which it was taken up by another process
    began, ended   mean of each sign over its first and last rows of history
    log         the trainer's rows
    start       what the collapse watch held the run against: the first round's own first steps
    """

    number: int
    steps: int
    kept: int
    collapsed: str
    resumed: list[int]
    began: dict[str, float]
    ended: dict[str, float]
    log: list[dict[str, Any]]
    start: dict[str, float] = field(default_factory=dict)

    @property
    def facts(self) -> dict[str, Any]:
        """For the lineage: all but the rows."""
        return {name: value for name, value in asdict(self).items() if name not in ("log", "start")}


def learn_rounds(
    course: Course,
    opened: Opened,
    out: Path,
    progress: Progress,
    after: AfterRound = lambda number, opened, folder: None,
) -> list[dict[str, Any]]:
    """Train an opened base round by round; returns the log of all, steps counted on, with the round of each row.

    after    called when a round has ended, with its number, the model at its end, and the round's folder
    Errors   TrainingFailed, WriteFailed; BadFile for the end of a round that cannot be read
    """
    start = trained(opened.model) if course.recipe.rl.beta and course.recipe.rl.reference == "start" else None
    log: list[dict[str, Any]] = []
    done, held = 0, dict[str, float]()
    for number in range(1, course.recipe.rl.rounds + 1):
        folder = out / FOLDER / str(number)
        if (folder / RECORD).is_file():
            one = read_round(folder)
            put_back(opened.model, read_weights(folder / END))
        else:
            one = _round(course, opened, folder, number, start, progress, held)
        held = one.start
        after(number, opened, folder)
        log += [{**row, "step": row["step"] + done, "round": number} for row in one.log]
        done += one.steps
        if one.collapsed and not one.kept:
            # it ended where it began, and so would the next one
            break
    return log


def read_rounds(out: Path) -> list[Round]:
    """The rounds that are over, in order."""
    found = (read_round(file.parent) for file in (out / FOLDER).glob(f"*/{RECORD}"))
    return sorted(found, key=lambda one: one.number)


def read_round(folder: Path) -> Round:
    """What a round came to. Errors: BadFile."""
    try:
        return Round(**json.loads((folder / RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise BadFile(f"{folder / RECORD}: cannot be read; choose another --out") from error


def _round(
    course: Course, opened: Opened, folder: Path, number: int, start: dict[str, torch.Tensor] | None,
    progress: Progress, held: dict[str, float],
) -> Round:  # fmt: skip
    """One round. held: what the watch of the round before held it against; empty in the first one."""
    recipe = course.recipe
    seed = recipe.seed if number == 1 else seed_for("round", recipe.seed, number) % 2**31
    begun = start
    if recipe.rl.beta and begun is None:
        begun = trained(opened.model)
    alone_first(lambda: folder.mkdir(parents=True, exist_ok=True))
    resumed = _resumed(folder)
    trainer = make_trainer(course, opened, folder, seed, begun)
    keeper = Keeper(folder, recipe.watch.bounds, opened.model, held)
    trainer.add_callback(keeper)
    with warnings.catch_warnings():
        # TRL reads a name that transformers is about to drop, once a step
        warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
        log = train(trainer, recipe.train, progress=progress, more=keeper.more)
    steps = int(trainer.state.global_step)
    forget_reference(opened)
    if keeper.collapsed:
        put_back(opened.model, read_weights(_best_of(keeper, folder, number, steps)))
    rows = [one for one in log if "merit" in one]
    kept = keeper.best[0] if keeper.collapsed else steps
    made = Round(
        number, steps, kept, keeper.collapsed, resumed, _mean(rows[:EDGE]), _mean(rows[-EDGE:]), log, keeper.start
    )
    alone_first(lambda: _write(folder, made, opened))
    return made


def _best_of(keeper: Keeper, folder: Path, number: int, steps: int) -> Path:
    """Weights of the best step of a collapsed round; those it began with where it kept none."""
    if keeper.best[0]:
        return keeper.best_file
    if number > 1:
        return folder.parent / str(number - 1) / END
    raise TrainingFailed(
        f"round {number}: {keeper.collapsed} after {steps} steps, before anything was kept; lower train.rate "
        "or train.save_every, raise rl.beta, or choose a distributional reward"
    )


def _resumed(folder: Path) -> list[int]:
    """Steps after which a round was taken up, this time among them."""
    file = folder / RESUMED
    found: list[int] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
    last = resuming(folder / "checkpoints")
    if last is not None:
        found = [*found, step_of(last)]
        if is_first():
            write_text(file, json.dumps(found))
    return found


def _write(folder: Path, made: Round, opened: Opened) -> None:
    write_weights(folder / END, trained(opened.model))
    write_text(folder / RECORD, json.dumps(asdict(made)))
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    for old in folder.glob("best-*.safetensors"):
        old.unlink(missing_ok=True)


def _mean(rows: list[dict[str, Any]]) -> dict[str, float]:
    found = {name: [float(one[name]) for one in rows if one.get(name) is not None] for name in SIGNS}
    return {name.rpartition("/")[2]: sum(own) / len(own) for name, own in found.items() if own}
