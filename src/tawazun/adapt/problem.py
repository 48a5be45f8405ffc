"""What a fit searches: from points z to prompts, their answers and the objective, and its gradient."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tawazun.adapt.crowd import Crowd
from tawazun.adapt.gradient import IN_ONE_PIECE, Differentiable
from tawazun.adapt.ground import Ground
from tawazun.adapt.layout import Layout
from tawazun.adapt.objective import Objective, torch_loss
from tawazun.adapt.recipe_keys import GRADIENT
from tawazun.adapt.search.records import Space
from tawazun.adapt.spaces import PromptSpace, TableFacts
from tawazun.adapt.starts import Start, find_space, model_facts, points_of, shared_space
from tawazun.adapt.targets import Constants, Target, panel_of
from tawazun.errors import BadStudy

NO_GRADIENT = 'search.optimiser: a gradient needs objective.readout = "expected"'


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
