"""Adapt a model: fit what a recipe asks for, and run the model before and after on the whole instrument."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tawazun.adapt.ground import Ground
from tawazun.adapt.ground import prepare as prepare_ground
from tawazun.adapt.lineage import constants_record, history, lineage
from tawazun.adapt.problem import check_problem, make_problem
from tawazun.adapt.recipe import Recipe, recipe_digest, recipe_toml
from tawazun.adapt.search.records import Generation
from tawazun.adapt.soft_prompt import Fitted, fit
from tawazun.adapt.targets import Constants, Target
from tawazun.api.finding import find_instrument
from tawazun.api.finding import prepare as prepare_study
from tawazun.api.running import run, run_prepared
from tawazun.data import data_folder
from tawazun.instruments.official import with_texts
from tawazun.respondents import respondent_id
from tawazun.runs import Run
from tawazun.runs.adaptations import AdaptFolder
from tawazun.study import Study, study_from
from tawazun.version import RUN_FORMAT, VERSION
from tawazun.workers import Engine, Local

Progress = Callable[[str, Generation], None]  # what is being fitted, and its latest generation
Say = Callable[[str], None]  # a line for the reader, such as the constants of a target


@dataclass(frozen=True)
class Adapted:
    """A finished adaptation: its folder, and what was fitted."""

    path: Path
    fitted: tuple[Fitted, ...]


@dataclass(frozen=True)
class AdaptSize:
    """What an adaptation costs: searches, evaluations in all, prompts and prompt tokens of one evaluation."""

    searches: int
    evaluations: int
    prompts: int
    tokens: int
    panel: int


def prepare_adaptation(
    recipe: Recipe, *, folder: Path = Path(), data: str | Path | None = None, remote_code: bool = False
) -> Ground:
    """Find everything that a recipe names, and load its model. Errors: the first user's mistake."""
    where = data_folder(data)
    instrument = find_instrument(recipe.objective.instrument, folder, where)
    for text in recipe.ask.texts:
        name, _, file = text.partition("=")
        if name == instrument.name and file:
            instrument = with_texts(instrument, folder / file)
    return prepare_ground(recipe, instrument, folder=folder, data=where, remote_code=remote_code)


def adaptation_size(ground: Ground) -> AdaptSize:
    """What a soft-prompt adaptation would cost; asks the model nothing but what fixes the constants."""
    keys = ground.recipe.search
    sets = target_sets(ground)
    problem = make_problem(ground, sets[0])
    with problem.layout as layout:
        prompts, tokens = layout.size
    searches = len(sets) * len(keys.seeds)
    panel = sum(len(one.panel) for one in problem.constants)
    each = len(sets[0])
    return AdaptSize(searches, searches * keys.evaluations, prompts * each, tokens * each, panel)


def target_sets(ground: Ground) -> list[tuple[Target, ...]]:
    """The targets of each search: all together where the prompt is shared, else one by one."""
    return [ground.targets] if ground.recipe.search.shared else [(one,) for one in ground.targets]


def adapt_soft_prompt(
    recipe: Recipe,
    out: str | Path,
    *,
    folder: Path = Path(),
    data: str | Path | None = None,
    remote_code: bool = False,
    progress: Progress = lambda what, row: None,
    say: Say = lambda line: None,
    finish: Callable[[AdaptFolder, Ground, Sequence[Fitted]], dict[str, Any]] | None = None,
    engine: Engine | None = None,
) -> Adapted:
    """Fit the soft prompts of a recipe into a folder, or take up an adaptation that was stopped.

    out      the adaptation's folder; folder: where the recipe's relative paths start; data: local copies of data sets
    finish   what is made of the adapters before the manifest, which takes in what it returns: the honest table
    engine   of `open_engine`: where candidates are scored; this process unless given
    Errors   UserError before anything is searched; Failure when a model or disk let us down (the same call goes on)
    """
    ground = prepare_adaptation(recipe, folder=folder, data=data, remote_code=remote_code)
    ground = replace(ground, engine=engine or Local())
    digests = {"recipe": recipe_digest(recipe), "model": respondent_id(ground.respondent.identity)}
    for targets in target_sets(ground):
        check_problem(ground, targets)
    with AdaptFolder.hold(out, recipe_toml(recipe), digests) as held:
        run_before(ground, held.path, folder=folder, data=data, remote_code=remote_code)
        fitted = fit_all(ground, held, progress, say)
        held.write_table("history", history(fitted))
        held.write_json("lineage", lineage(ground, fitted))
        for one in fitted:
            run_after(ground, one, held.path, folder=folder, data=data, remote_code=remote_code)
        more = finish(held, ground, fitted) if finish else {}
        held.finish(_manifest(ground, fitted) | more)
    return Adapted(held.path, fitted)


def fit_all(
    ground: Ground, held: AdaptFolder, progress: Progress = lambda what, row: None, say: Say = lambda line: None
) -> tuple[Fitted, ...]:
    """Every search of a recipe: each target, or all together, with each seed; constants are stored and said first."""
    found: list[Fitted] = []
    known: dict[str, dict[str, Any]] = {}
    out = held.path

    def announce(target: Target, constants: Constants) -> None:
        if target.name not in known:
            known[target.name] = constants_record(constants)
            held.write_json("constants", known)
            say(f"{target.name}: {constants.words}")

    for targets in target_sets(ground):
        for seed in ground.recipe.search.seeds:
            label = f"{'+'.join(one.place for one in targets)}, seed {seed}"
            marks = "shared" if len(targets) > 1 else targets[0].place
            found += fit(
                ground,
                targets,
                seed=seed,
                folders=[adapter_folder(ground, out, one, seed) for one in targets],
                checkpoints=out / "checkpoints" / marks / f"seed-{seed}",
                progress=lambda row, label=label: progress(label, row),  # type: ignore[misc]
                announce=announce,
            )
    return tuple(found)


def adapter_folder(ground: Ground, out: Path, target: Target, seed: int, root: str = "adapter") -> Path:
    """Where an adapter (or its run) lies: `adapter/`, with target and seed below it where there are several."""
    several = len(ground.targets) > 1 or len(ground.recipe.search.seeds) > 1
    return out / root / target.place / f"seed-{seed}" if several else out / root


def run_before(
    ground: Ground, out: Path, *, folder: Path, data: str | Path | None = None, remote_code: bool = False
) -> Run:
    """The untuned model on the whole instrument, in `before/`; the model that is loaded is the one that is asked."""
    study = side_study(ground, "before")
    prepared = prepare_study(
        study, folder=folder, data=data, remote_code=remote_code, make=lambda settings: ground.respondent
    )
    return run_prepared(prepared, out / "before")


def run_after(
    ground: Ground, one: Fitted, out: Path, *, folder: Path, data: str | Path | None = None, remote_code: bool = False
) -> Run:
    """The model with an adapter on the whole instrument, in `after/` as `adapter_folder` lays it out."""
    study = side_study(ground, "after", os.path.relpath(one.folder, folder))
    place = adapter_folder(ground, out, one.target, one.seed, "after")
    return run(study, place, folder=folder, data=data, remote_code=remote_code)


def side_study(ground: Ground, side: str, adapter: str = "") -> Study:
    """The study that the untuned or the tuned model answers: every item, in the framings of the fit."""
    recipe = ground.recipe
    table = {
        "name": f"{recipe.name}: {side}",
        "seed": recipe.seed,
        "respondent": [{**recipe.base.model_dump(), **({"name": "adapted", "adapter": adapter} if adapter else {})}],
        "ask": {**recipe.ask.model_dump(), **recipe.reading, "items": []},
        "measure": {"populations": list(recipe.target.populations)},
    }
    return study_from({**table, **recipe.own_for(recipe.target.populations)}, side)


def _manifest(ground: Ground, fitted: Sequence[Fitted]) -> dict[str, Any]:
    return {
        "name": ground.recipe.name,
        "method": "soft prompt",
        "format": RUN_FORMAT,
        "versions": {"tawazun": VERSION},
        "seeds": list(ground.recipe.search.seeds),
        "respondents": {"base": respondent_id(ground.respondent.identity)},
        "counts": {"adapters": len(fitted), "evaluations": _evaluations(ground, fitted)},
    }


def _evaluations(ground: Ground, fitted: Sequence[Fitted]) -> int:
    """Candidates scored in all; a shared search is counted once, not under each of its targets."""
    each = len(target_sets(ground)[0])
    return sum(one.evaluations for one in fitted) // each
