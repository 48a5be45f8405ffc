"""Fitting a soft prompt on a frozen model: the search loop, from points z to an adapter on disk.

A killed fit is taken up by the same call and goes on bit for bit; a fit that has ended is read from its checkpoint and
scores nothing again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch

from tawazun.adapt.card import card
from tawazun.adapt.crowd import crowd_of
from tawazun.adapt.gradient import Descent, Differentiable, descend
from tawazun.adapt.ground import Ground, base_settings
from tawazun.adapt.problem import NO_GRADIENT, Problem, make_problem
from tawazun.adapt.recipe import fit_facts
from tawazun.adapt.recipe_keys import CONTROL, GRADIENT, SearchKeys
from tawazun.adapt.search import Budget, Found, Generation, Owner, history_table, make_optimiser, search
from tawazun.adapt.search.checkpoints import keep_checkpoints, latest_checkpoint, resume
from tawazun.adapt.starts import Start
from tawazun.adapt.targets import Constants, Target
from tawazun.engine import SoftPrompt, base_of, write_soft_prompt
from tawazun.errors import BadStudy
from tawazun.runs.writing import write_text

Progress = Callable[[Generation], None]
Announce = Callable[[Target, Constants], None]
DIGITS = 6  # of constants in what a checkpoint must agree with


@dataclass(frozen=True, eq=False)
class Fitted:
    """One adapter that a search found.

    folder        of the adapter, ready for `adapter = FOLDER` of any study
    value         the objective there; start: of the space's starting point
    indices       dimension -> the model's score there, constants added; empty for losses over items
    menu          smallest mean probability of a question's options together; NaN where it is unknown
    parameters    numbers in the adapter; searched: coordinates of the search
    seconds       of scoring, all generations together
    history       one row per generation
    """

    target: Target
    seed: int
    optimiser: str
    folder: Path
    value: float
    start: float
    indices: dict[str, float]
    menu: float
    evaluations: int
    seconds: float
    parameters: int
    searched: int
    stopped: str
    history: pl.DataFrame
    constants: Constants
    began: Start


def fit(
    ground: Ground,
    targets: Sequence[Target],
    *,
    seed: int,
    optimiser: str = "",
    folders: Sequence[Path],
    checkpoints: Path,
    progress: Progress = lambda row: None,
    announce: Announce = lambda target, constants: None,
) -> tuple[Fitted, ...]:
    """Search a soft prompt for one target, or one with offsets for several, and write the adapters.

    optimiser    another than the recipe's, at the same budget: the arms of a table
    folders      of the adapters, one per target; checkpoints: where the search is taken up
    announce     told each target's constants before anything is searched
    Errors       StudyChanged for checkpoints of another recipe or model, which stay as they are; BadStudy where the
                 objective is constant; RespondentFailed where nothing has a finite value
    """
    if len(folders) != len(targets):
        raise ValueError("one adapter folder for each target")
    problem = make_problem(ground, targets)
    name = optimiser or ground.recipe.search.optimiser
    for pair in zip(problem.targets, problem.constants, strict=True):
        announce(*pair)
    crowd = crowd_of(
        ground.engine, base_settings(ground.recipe, ground.folder), problem.layout, ground.respondent.identity
    )
    try:
        problem = replace(problem, crowd=crowd)
        found = _searched(problem, name, seed, checkpoints, progress)
        return _written(problem, name, seed, found, folders)
    finally:
        problem.layout.close()
        if crowd:
            crowd.close()


def owner_of(problem: Problem, optimiser: str, seed: int) -> Owner:
    """What a checkpoint must agree with: everything that moves a number."""
    recipe = fit_facts(problem.ground.recipe) | {
        "optimiser": optimiser,
        "fit seed": seed,
        "targets": [_wanted(problem.ground, one) for one in problem.targets],
        "constants": [np.round(one.values, DIGITS).tolist() for one in problem.constants],
        "anchors": list(problem.began.anchors),
        "asks": [one.ask for one in problem.layout.asks],
    }
    recipe["objective"] = {**recipe["objective"], "rights": bool(recipe["objective"]["rights"])}
    recipe.pop("base")
    return Owner(recipe, dict(problem.ground.respondent.identity))


def _wanted(ground: Ground, target: Target) -> list[object]:
    """What the objective takes from a target."""
    if ground.indices:
        return [target.name, {one.name: target.scores[one.name] for one in ground.indices}]
    return [target.name, {one.id: list(target.shares[one.id]) for one in ground.questions}]


def budget_of(keys: SearchKeys, name: str) -> Budget:
    """What one search may spend. Random search is the control: it never stops early, so it has no less than another."""
    return Budget(keys.evaluations, 0 if name == CONTROL else keys.stale)


def _searched(problem: Problem, name: str, seed: int, checkpoints: Path, progress: Progress) -> Found:
    keys = problem.ground.recipe.search
    budget = budget_of(keys, name)
    owner = owner_of(problem, name, seed)
    if name == GRADIENT:
        return _descended(problem, budget, seed, owner, checkpoints, progress)
    optimiser = make_optimiser(name, problem.space, budget, seed=seed, options=keys.settings(name))
    saved = resume(optimiser, checkpoints, owner)
    save = keep_checkpoints(checkpoints, owner)

    def after(state: Any, rows: tuple[Generation, ...]) -> None:
        save(state, rows)
        progress(rows[-1])

    return search(optimiser, problem.values, after, saved.history if saved else ())


def _descended(
    problem: Problem, budget: Budget, seed: int, owner: Owner, checkpoints: Path, progress: Progress
) -> Found:
    if problem.ground.recipe.objective.readout != "expected":
        raise BadStudy(NO_GRADIENT)
    through = Differentiable(problem.layout)
    options = problem.ground.recipe.search.settings(GRADIENT)
    descent = Descent(problem.space, budget, seed=seed, options=options, cost=through.cost)
    saved = latest_checkpoint(checkpoints, owner)
    if saved is not None:
        descent.restore(saved.state, saved.best)
    save = keep_checkpoints(checkpoints, owner)

    def after(state: Any, rows: tuple[Generation, ...]) -> None:
        save(state, rows)
        progress(rows[-1])

    return descend(descent, lambda z: problem.slope(z, through), after, saved.history if saved else ())


def _written(problem: Problem, name: str, seed: int, found: Found, folders: Sequence[Path]) -> tuple[Fitted, ...]:
    points = np.stack([found.best.x, problem.space.mean])
    vectors = problem.vectors(points)
    p, mass = problem.answers(vectors)
    made = []
    for at, (target, folder) in enumerate(zip(problem.targets, folders, strict=True)):
        own = problem.objectives[at]
        prompt = _prompt(problem, vectors[0, at], {**problem.began.facts, "optimiser": name, "seed": seed})
        write_soft_prompt(folder, prompt, base_name=problem.ground.recipe.base.model)
        write_text(folder / "README.md", card(problem.ground, target, prompt.position, vectors.shape[2]))
        scores = own.indices(p[:1, at])[0] + problem.constants[at].values if own.loss == "index" else []
        made.append(
            Fitted(
                target, seed, name, folder,
                value=float(own.losses(p[:1, at])[0]),
                start=float(own.losses(p[1:, at])[0]),
                indices={index.name: float(v) for index, v in zip(problem.ground.indices, scores, strict=True)},
                menu=float(np.min(mass[0, at])),
                evaluations=found.evaluations,
                seconds=sum(row.seconds for row in found.history),
                parameters=vectors[0, at].size,
                searched=problem.space.dimensions,
                stopped=found.stopped,
                history=history_table(found.history),
                constants=problem.constants[at],
                began=problem.began,
            )
        )  # fmt: skip
    return tuple(made)


def _prompt(problem: Problem, vectors: np.ndarray, start: dict[str, object]) -> SoftPrompt:
    held = torch.from_numpy(np.ascontiguousarray(vectors, dtype=np.float32))
    return SoftPrompt(held, problem.layout.place.position, base_of(problem.ground.model), start)
