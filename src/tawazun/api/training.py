"""Train a model: one flow for every stage, from a recipe to a folder that says what the model is made of.

recipe -> base and data found and checked -> asked before -> trained, checkpoint by checkpoint -> asked after -> records
"""

import gc
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from tawazun.adapt.training.cut import gathered, is_cut, put_in
from tawazun.adapt.training.folder import (
    DATA,
    Lesson,
    base_settings,
    lineage,
    manifest,
    open_respondent,
    refuse_other_data,
    trained_folder,
)
from tawazun.adapt.training.keys import StageRecipe, stage_digest, stage_toml
from tawazun.adapt.training.losses import read_losses, tell_losses
from tawazun.adapt.training.models import Opened, open_base, save_trained
from tawazun.adapt.training.running import alone_first, is_first, resuming
from tawazun.adapt.training.watch import Progress, history_table
from tawazun.api.training_scores import check_score, run_after, run_before, score_rows
from tawazun.errors import UserError
from tawazun.respondents import Settings, respondent_id
from tawazun.runs.adaptations import AdaptFolder
from tawazun.runs.writing import write_parquet

if TYPE_CHECKING:
    from tawazun.respondents.catalogue.hf import HF

Prepare = Callable[["HF", Path], Lesson]  # the base as a respondent, and the training's folder
Say = Callable[[str], None]


@dataclass(frozen=True)
class Given:
    """Where a recipe is read: its folder, local copies of data sets, and what the command line allows and is told.

    progress   is called as the training goes on; say: a line for the reader
    """

    folder: Path = Path()
    data: str | Path | None = None
    remote_code: bool = False
    progress: Progress = lambda step: None
    say: Say = lambda line: None


@dataclass(frozen=True)
class Trained:
    """A finished training: its folder, what was trained in it, and what lineage.json says."""

    path: Path
    kept: Path
    lineage: dict[str, Any]


def adapt_stage(recipe: StageRecipe, method: str, prepare: Prepare, out: str | Path, given: Given = Given()) -> Trained:
    """Train what a recipe asks for into a folder, or take up a training that was stopped.

    method    how lineage and manifest name the stage: `pretrain`, `sft`, `dpo` …
    prepare   finds and checks what is learnt from; it may write into the folder, and is called again on every start
    Errors    UserError before any weight is moved; Failure when a model or disk let us down (the same call goes on)
    """
    settings = base_settings(recipe, given.folder, given.remote_code)
    check_score(recipe, given.folder, given.data)
    respondent: HF | None = open_respondent(settings)
    assert respondent is not None
    identity = dict(respondent.identity)
    with _held(out, recipe, identity) as held:

        def ask() -> None:
            if held is not None and recipe.score is not None and respondent is not None:
                run_before(recipe, held.path, respondent, given.folder, given.data)

        lesson = _prepared(prepare, respondent, Path(out), held)
        alone_first(ask)
        respondent = None  # two copies of a large model do not fit
        gc.collect()
        log = _trained(recipe, settings, identity, lesson, Path(out), given)
        if held is not None:
            record = _finished(recipe, method, settings, identity, lesson, held, log, given)
    kept = trained_folder(Path(out))
    assert kept is not None
    return Trained(Path(out), kept, record if held is not None else {})


@contextmanager
def _held(out: str | Path, recipe: StageRecipe, identity: dict[str, str]) -> Iterator[AdaptFolder | None]:
    """The folder, held by the first process; None in the others."""
    digests = {"recipe": stage_digest(recipe), "model": respondent_id(identity)}
    with AdaptFolder.hold(out, stage_toml(recipe), digests) if is_first() else nullcontext() as held:
        yield held


def _prepared(prepare: Prepare, respondent: "HF", out: Path, held: AdaptFolder | None) -> Lesson:
    """What is learnt, found by one process first. A mistake leaves a folder that a mended recipe may take."""
    found: list[Lesson] = []

    def first() -> None:
        try:
            found.append(prepare(respondent, out))
        except UserError:
            if held is not None and trained_folder(out) is None and resuming(out / "checkpoints") is None:
                (out / DATA).unlink(missing_ok=True)
                held.release()
            raise
        refuse_other_data(out, found[0].hashes)

    alone_first(first)
    return found[0] if found else prepare(respondent, out)


def _trained(
    recipe: StageRecipe, settings: Settings, identity: dict[str, str], lesson: Lesson, out: Path, given: Given
) -> pl.DataFrame:
    """Its history; what was trained before is not trained again."""
    if trained_folder(out) is not None and (out / "history.parquet").is_file():
        return pl.read_parquet(out / "history.parquet")
    if lesson.grown is not None:
        settings = replace(settings, model=str(lesson.grown), revision="", adapter="")

    def anew(settings: Settings = settings) -> Opened:
        return open_base(
            settings, identity, recipe.train, recipe.seed,
            head=lesson.head, labels=lesson.labels, whole=lesson.grown is not None,
        )  # fmt: skip

    opened = anew()
    texts = [*((keys, given.folder) for keys in recipe.losses), *lesson.losses]
    tell_losses(texts, opened, out, "before")
    log = history_table(lesson.learn(opened, out, given.progress))
    tell_losses(texts, opened, out, "after")
    parts = gathered(opened.model) if is_cut(opened.model) else None

    def keep() -> None:
        write_parquet(out / "history.parquet", log)
        kept = opened
        if parts is not None:  # what was cut cannot be put together in its place: a whole model takes its weights
            kept = anew(replace(settings, device="cpu"))
            put_in(kept.model, parts)
        save_trained(kept, kept.model, out, template=lesson.template)

    alone_first(keep)
    return log


def _finished(
    recipe: StageRecipe, method: str, settings: Settings, identity: dict[str, str], lesson: Lesson, held: AdaptFolder,
    log: pl.DataFrame, given: Given,
) -> dict[str, Any]:  # fmt: skip
    out = held.path
    for name, table in lesson.tables.items():
        held.write_table(name, table)
    scores: list[dict[str, Any]] = []
    if recipe.score is not None:
        kept = trained_folder(out)
        assert kept is not None
        run_after(recipe, out, kept, given.folder, given.data, given.remote_code)
        scores = score_rows(out / "before", out / "after")
    told = {"scores": scores, **({"losses": read_losses(out)} if recipe.losses or lesson.losses else {})}
    record = lineage(recipe, method, settings, identity, lesson, out, told)
    held.write_json("lineage", record)
    held.finish(manifest(recipe, method, identity, log))
    return record


def open_lineage(path: str | Path) -> dict[str, Any]:
    """What lineage.json of a finished training says."""
    found: dict[str, Any] = json.loads((Path(path) / "lineage.json").read_text(encoding="utf-8"))
    return found
