"""RLAIF as a command runs it: GRPO or RLOO in rounds with rewards, or DPO and KTO on judged pairs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tawazun.adapt.preferences.direct import DirectRecipe
from tawazun.adapt.rlaif.keys import DIRECT, RlaifRecipe
from tawazun.adapt.rlaif.stage import Ground, find_prompts, prepare
from tawazun.adapt.training.folder import Lesson, trained_folder
from tawazun.adapt.training.keys import stage_from
from tawazun.adapt.training.models import Opened, save_trained
from tawazun.adapt.training.running import alone_first
from tawazun.api.direct import adapt_direct, direct_size
from tawazun.api.finding import find_instrument, find_populations
from tawazun.api.training import Given, Trained, adapt_stage
from tawazun.api.training_scores import run_after
from tawazun.data import data_folder
from tawazun.study import read_toml, study_from

if TYPE_CHECKING:
    from tawazun.respondents.catalogue.hf import HF

AnyRecipe = RlaifRecipe | DirectRecipe


@dataclass(frozen=True)
class RlaifSize:
    """What a run would train on: prompts, replies of a step, steps of a round (0 = by epochs)."""

    prompts: int
    batch: int
    steps: int
    rounds: int


@dataclass(frozen=True)
class DirectSize:
    """What a run on pairs would train on: pairs, pairs held out, pairs of a step, steps."""

    pairs: int
    held_out: int
    batch: int
    steps: int


def load_rlaif(path: Path) -> AnyRecipe:
    """The recipe of a TOML file, of the kind that its `[rl] method` asks for. Errors: BadFile, BadStudy."""
    return rlaif_from(read_toml(path), path.name)


def rlaif_from(table: Mapping[str, Any], where: str) -> AnyRecipe:
    """The recipe of a plain table. Errors: BadStudy, Refused."""
    rl = table.get("rl")
    direct = isinstance(rl, Mapping) and rl.get("method") in DIRECT
    return stage_from(table, where, DirectRecipe) if direct else stage_from(table, where, RlaifRecipe)


def adapt_rlaif(recipe: AnyRecipe, out: str | Path, given: Given = Given()) -> Trained:
    """Train a model by the rewards, or on the pairs, of a recipe; or take up a training that was stopped.

    Errors   UserError before any weight is moved; Failure when a model or disk let us down (the same call goes on)
    """
    if isinstance(recipe, DirectRecipe):
        return adapt_direct(recipe, out, given)
    ground = _ground(recipe, given)

    def found(base: "HF", folder: Path) -> Lesson:
        return prepare(ground, base, folder, after)

    def after(number: int, opened: Opened, folder: Path) -> None:
        # the last round's end is what the stage itself keeps and asks
        if recipe.score is None or not recipe.rl.score_rounds or number == recipe.rl.rounds:
            return

        def ask() -> None:
            kept = trained_folder(folder) or save_trained(opened, opened.model, folder)
            run_after(recipe, folder, kept, given.folder, given.data, given.remote_code)

        alone_first(ask)

    return adapt_stage(recipe, recipe.rl.method, found, out, given)


def rlaif_size(recipe: AnyRecipe, given: Given = Given()) -> RlaifSize | DirectSize:
    """What a recipe would train on; no model is loaded. Errors: the first user's mistake in its files."""
    if isinstance(recipe, DirectRecipe):
        return DirectSize(**direct_size(recipe, given))
    prompts = find_prompts(_ground(recipe, given))
    return RlaifSize(len(prompts.posed), recipe.train.batch, recipe.train.steps, recipe.rl.rounds)


def _ground(recipe: RlaifRecipe, given: Given) -> Ground:
    where = data_folder(given.data)
    keys = recipe.prompts
    if not keys.instrument:
        return Ground(recipe, None, (), given.folder, where)
    instrument = find_instrument(keys.instrument, given.folder, where)
    own = {key: [one.model_dump() for one in getattr(recipe, key)] for key in ("population", "place", "group")}
    study = study_from(
        {
            "name": recipe.name,
            "respondent": [recipe.base.model_dump()],
            "ask": {"instruments": [keys.instrument]},
            "measure": {"populations": keys.populations},
            **own,
        },
        "prompts",
    )
    return Ground(recipe, instrument, find_populations(study, given.folder, where), given.folder, where)
