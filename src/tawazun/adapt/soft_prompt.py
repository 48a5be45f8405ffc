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
from tawazun.adapt.crowd import Crowd, crowd_of
from tawazun.adapt.gradient import IN_ONE_PIECE, Descent, Differentiable, descend
from tawazun.adapt.ground import Ground, base_settings
from tawazun.adapt.layout import Layout
from tawazun.adapt.objective import Objective, torch_loss
from tawazun.adapt.recipe import CONTROL, GRADIENT, SearchKeys, fit_facts
from tawazun.adapt.search import Budget, Found, Generation, Owner, history_table, make_optimiser, search
from tawazun.adapt.search.checkpoints import keep_checkpoints, latest_checkpoint, resume
from tawazun.adapt.search.records import Space
from tawazun.adapt.spaces import PromptSpace, TableFacts
from tawazun.adapt.starts import Start, find_space, model_facts, points_of, shared_space
from tawazun.adapt.targets import Constants, Target, panel_of
from tawazun.engine import SoftPrompt, base_of, write_soft_prompt
from tawazun.errors import BadStudy
from tawazun.runs.writing import write_text

Progress = Callable[[Generation], None]
Announce = Callable[[Target, Constants], None]
NO_GRADIENT = 'search.optimiser: a gradient needs objective.readout = "expected"'
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


@dataclass(frozen=True, eq=False)
class Problem:
    """What is searched: prompts of one target, or of several with one shared part.

    vectors   points (n, d) -> prompts (n, targets, tokens, width)
    values    points (n, d) -> objective (n,), by the crowd of workers where there is one
    """

    ground: Ground
    layout: Layout
    targets: tuple[Target, ...]
    constants: tuple[Constants, ...]
    objectives: tuple[Objective, ...]
    prompts: PromptSpace
    space: Space
    facts: TableFacts | None
    began: Start
    crowd: Crowd | None = None

    def vectors(self, z: np.ndarray) -> np.ndarray:
        """Prompts (n, targets, tokens, width) of points (n, d). Errors: BadStudy beyond memory."""
        points = z[:, None] if len(self.targets) == 1 else points_of(z, len(self.targets))
        flat = self.prompts.vectors(np.asarray(points).reshape(-1, self.prompts.space.dimensions))
        return flat.reshape(len(z), len(self.targets), self.prompts.tokens, self.prompts.width)

    def answers(self, vectors: np.ndarray, crowd: Crowd | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Shares (n, targets, Q, K) and the options' mass (n, targets, Q) of prompts (n, targets, tokens, width)."""
        keys = self.ground.recipe.objective
        flat = vectors.reshape(-1, *vectors.shape[2:])
        asked = crowd or self.layout
        if keys.readout == "expected":
            p, mass = asked.shares(flat)
        else:
            p, mass = asked.replies(flat, keys.samples, self.ground.recipe.seed)
        return p.reshape(*vectors.shape[:2], *p.shape[1:]), mass.reshape(*vectors.shape[:2], -1)

    def values(self, z: np.ndarray) -> np.ndarray:
        """The objective (n,) of points (n, d): the mean over targets; NaN where a question has no answer."""
        vectors = self.vectors(z)
        p, _ = self.answers(vectors, self.crowd)
        losses = [one.losses(p[:, at]) for at, one in enumerate(self.objectives)]
        return np.mean(losses, axis=0) + self._penalty(vectors)

    def slope(self, z: np.ndarray, through: Differentiable) -> tuple[float, np.ndarray]:
        """The objective of one point (d,) and its gradient."""
        vectors = self.vectors(z[None])[0]
        value, gradients = 0.0, np.zeros_like(vectors)
        for at, one in enumerate(self.objectives):
            own, gradients[at] = through.slope(vectors[at], lambda p, one=one: torch_loss(one, p)[0])  # type: ignore[misc]
            value += own / len(self.objectives)
        gradients /= len(self.objectives)
        scale = self.ground.recipe.objective.regulariser
        if scale and self.facts is not None:
            away = (vectors - self._origin()) / self.facts.sd
            value += scale * float((away**2).mean())
            gradients += scale * 2 * away / self.facts.sd / away.size
        return value, self._pulled_back(gradients)

    def _penalty(self, vectors: np.ndarray) -> np.ndarray:
        scale = self.ground.recipe.objective.regulariser
        if not scale or self.facts is None:
            return np.zeros(len(vectors))
        away = (vectors - self._origin()) / self.facts.sd
        return np.asarray(scale * (away**2).reshape(len(vectors), -1).mean(axis=1))

    def _origin(self) -> np.ndarray:
        return self.prompts.vectors(self.prompts.space.mean[None])[0]

    def _pulled_back(self, gradients: np.ndarray) -> np.ndarray:
        """Gradient (d,) in z from gradients (targets, tokens, width) in vectors; the map is linear."""
        own = []
        for one in gradients:
            if self.prompts.basis is None:
                own.append(one.ravel() * self.prompts.scale)
            else:
                own.append((one.reshape(-1, self.prompts.basis.shape[1]) @ self.prompts.basis.T).ravel())
        return own[0] if len(own) == 1 else np.concatenate([np.sum(own, axis=0), *own])


def check_problem(ground: Ground, targets: Sequence[Target]) -> None:
    """Refuse what shows before the model is asked: a space, its memory, a panel, a gradient that cannot be.

    Errors   those of `find_space` and `panel_of`; BadStudy beyond memory
    """
    prompts, _ = find_space(ground.recipe, ground.model, ground.instrument, targets, ground.everybody)
    prompts.check_memory(_most(ground, targets))
    keys, search_keys = ground.recipe.objective, ground.recipe.search
    if ground.indices and keys.constants == "anchor":
        for one in targets:
            panel_of(keys, ground.everybody, [one])
    if search_keys.optimiser == GRADIENT:
        if keys.readout != "expected":
            raise BadStudy(NO_GRADIENT)
        if search_keys.evaluations < IN_ONE_PIECE:
            raise BadStudy(
                f"search.evaluations: a gradient step counts as {IN_ONE_PIECE}; the budget does not hold one"
            )


def _most(ground: Ground, targets: Sequence[Target]) -> int:
    """Prompts that are held at once."""
    return max(1, ground.recipe.search.population or 64) * len(targets)


def make_problem(ground: Ground, targets: Sequence[Target]) -> Problem:
    """Lay a fit out: space, constants, objective, prompts. The caller closes its `layout`.

    Errors   those of `find_space`, `Ground.constants` and `Layout`
    """
    prompts, began = find_space(ground.recipe, ground.model, ground.instrument, targets, ground.everybody)
    space = prompts.space if len(targets) == 1 else shared_space(prompts.space, len(targets))
    constants = tuple(ground.constants(one) for one in targets)
    objectives = tuple(ground.objective(*pair) for pair in zip(targets, constants, strict=True))
    facts = model_facts(ground.model) if ground.recipe.objective.regulariser else None
    most = _most(ground, targets)
    prompts.check_memory(most)
    layout = ground.layout(prompts.tokens, most)
    return Problem(ground, layout, tuple(targets), constants, objectives, prompts, space, facts, began)


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
