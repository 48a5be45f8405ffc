"""Gradient descent through the expected read-out: the strong baseline where a model's weights are at hand.

Adam (Kingma & Ba 2015) on the same points z that the other optimisers search. Accounting: a pass back through frozen
weights costs about what the pass forward did, so a step counts as two evaluations; as three where the prompts of the
fit do not go through in one piece, because the loss needs all answers before any can be followed back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tawazun.adapt.layout import Layout, Piece
from tawazun.adapt.recipe_keys import GRADIENT
from tawazun.adapt.search.optimiser import SAME
from tawazun.adapt.search.records import STATE, Best, Budget, Found, Generation, Space
from tawazun.engine import score_with_gradient
from tawazun.errors import BadStudy, RespondentFailed, StudyChanged
from tawazun.seeds import digest_bytes, digest_of, stream

IN_ONE_PIECE = 2
IN_PIECES = 3
TOKENS_AT_ONCE = 4096  # prompt tokens whose activations are held at once
Slope = Callable[[np.ndarray], tuple[float, np.ndarray]]  # z (d,) -> the loss there and its gradient (d,)


@dataclass(frozen=True)
class DescentSettings:
    """Options of the descent; decay rates as published, the step in units of the space's initial spread."""

    step: float = 0.1
    beta_1: float = 0.9
    beta_2: float = 0.999


class Descent:
    """Adam from a space's starting point, one point at a time; seeds other than 0 begin beside it.

    best, evaluations, generations, values, varied   as those of an `Optimiser`
    """

    name = GRADIENT

    def __init__(self, space: Space, budget: Budget, *, seed: int, options: Mapping[str, object], cost: int) -> None:
        """`cost` is what a step counts. Errors: BadStudy for an option that does not fit."""
        self.space, self.budget, self._seed, self._cost = space, budget, seed, cost
        self.settings = _settings(options)
        drawn = stream("descent", seed).standard_normal(space.dimensions)
        begin = space.mean if seed == 0 else space.mean + 0.5 * space.spread * drawn
        self.z = np.clip(begin, space.low, space.high)
        self._first, self._second = np.zeros_like(self.z), np.zeros_like(self.z)
        self.best: Best | None = None
        self.generations = 0
        self.improved_at = 0
        self._values: list[float] = []

    @property
    def evaluations(self) -> int:
        """What was spent so far."""
        return self.generations * self._cost

    @property
    def over(self) -> bool:
        """Whether another step would be more than the budget."""
        return self.evaluations + self._cost > self.budget.evaluations

    @property
    def varied(self) -> bool:
        """Whether any value differed from the first by more than rounding."""
        return not np.isclose(self._values, self._values[:1], rtol=SAME, atol=SAME**2).all()

    def take(self, value: float, gradient: np.ndarray) -> None:
        """One step from where it stands. A value or gradient that is no number makes no step."""
        self.generations += 1
        sound = bool(np.isfinite(value) and np.isfinite(gradient).all())
        self._values.append(value if sound else np.inf)
        if sound and value < (np.inf if self.best is None else self.best.value):
            self.best = Best(self.z.copy(), value, self.generations, self.evaluations)
            self.improved_at = self.generations
        if not sound:
            return
        keys, scaled = self.settings, gradient * self.space.spread
        self._first = keys.beta_1 * self._first + (1 - keys.beta_1) * scaled
        self._second = keys.beta_2 * self._second + (1 - keys.beta_2) * scaled**2
        mean = self._first / (1 - keys.beta_1**self.generations)
        size = np.sqrt(self._second / (1 - keys.beta_2**self.generations)) + 1e-12
        moved = self.z - keys.step * self.space.spread * mean / size
        self.z = np.clip(moved, self.space.low, self.space.high)

    def facts(self) -> dict[str, object]:
        """What makes this search the search it is."""
        bounds = np.stack([self.space.low, self.space.high, self.space.mean, self.space.spread])
        options = {one.name: getattr(self.settings, one.name) for one in fields(self.settings)}
        return {
            "optimiser": self.name, "options": options, "seed": self._seed, "cost": self._cost,
            "evaluations": self.budget.evaluations, "space": digest_bytes(bounds.tobytes()),
        }  # fmt: skip

    def state(self) -> dict[str, np.ndarray | int | str]:
        """Everything that `restore` needs."""
        found = self.best
        place = [0, 0.0, 0] if found is None else [found.generation, found.value, found.evaluation]
        return {
            "z": self.z, "first": self._first, "second": self._second, "values": np.array(self._values),
            "found": np.array(place, dtype=np.float64), "facts": digest_of(self.facts()),
        }  # fmt: skip

    def restore(self, state: STATE, best: np.ndarray) -> None:
        """Continue where `state` was taken, bit for bit; `best` is the best point there. Errors: StudyChanged."""
        if state["facts"] != digest_of(self.facts()):
            raise StudyChanged("the saved descent has other options, another seed, budget or space than this one")
        self.z, self._first, self._second = (np.array(state[name]) for name in ("z", "first", "second"))
        self._values = np.asarray(state["values"]).tolist()
        self.generations = len(self._values)
        generation, value, evaluation = np.asarray(state["found"]).tolist()
        self.improved_at = int(generation)
        self.best = Best(best.copy(), value, int(generation), int(evaluation)) if best.size else None


def descend(
    descent: Descent,
    slope: Slope,
    on_generation: Callable[[Descent, tuple[Generation, ...]], None] | None = None,
    history: Sequence[Generation] = (),
) -> Found:
    """Run a descent to its end, from wherever it stands.

    Errors   BadStudy for a budget below one step, or an objective that never changes; RespondentFailed where no step
             got a finite value
    """
    rows = tuple(history)
    if descent.over and not descent.generations:
        raise BadStudy("search.evaluations: a gradient step counts as several; the budget does not hold one")
    while not descent.over:
        begun = perf_counter()
        value, gradient = slope(descent.z)
        descent.take(value, gradient)
        rows = (*rows, _row(descent, value, perf_counter() - begun))
        if on_generation is not None:
            on_generation(descent, rows)
        if _standing(descent):
            break
    if descent.best is None:
        raise RespondentFailed(f"none of {descent.generations} gradient steps got a finite value")
    return Found(descent.best, rows, descent.evaluations, "budget" if descent.over else "stale")


def _standing(descent: Descent) -> bool:
    """Whether to stop early. Raises where the objective does not depend on the prompt."""
    budget = descent.budget
    if descent.generations == budget.constant_after + 1 and not descent.varied:
        if descent.best is None:
            raise RespondentFailed(f"none of {descent.generations} gradient steps got a finite value")
        raise BadStudy(f"the objective is constant: {descent.generations} gradient steps all scored the same")
    return bool(budget.stale) and descent.generations - descent.improved_at >= budget.stale


def _row(descent: Descent, value: float, seconds: float) -> Generation:
    sound = bool(np.isfinite(value))
    best = None if descent.best is None else descent.best.value
    median = value if sound else None
    return Generation(descent.generations, descent.evaluations, best, median, 0.0, int(not sound), seconds)


def _settings(options: Mapping[str, object]) -> DescentSettings:
    offered = [one.name for one in fields(DescentSettings)]
    for key, value in options.items():
        if key not in offered:
            raise BadStudy(f"optimiser {GRADIENT!r} has no option {key!r}; its options: {', '.join(offered)}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < np.inf:
            raise BadStudy(f"option {key!r} of optimiser {GRADIENT!r} cannot be {value!r}")
    return DescentSettings(**{key: float(value) for key, value in options.items()})  # type: ignore[arg-type]


# ---- shares with a gradient


class Differentiable:
    """The read-out of a layout as a function that can be followed back to the vectors."""

    def __init__(self, layout: Layout) -> None:
        """Errors: BadStudy for asks of several prompts, or replies that are drawn."""
        if any(one.part or one.readout is None for one in layout.pieces):
            raise BadStudy("a gradient needs the expected read-out of questions with one prompt each")
        self._layout = layout
        self._groups = _groups(layout.pieces, layout.place.tokens)

    @property
    def cost(self) -> int:
        """What a step counts, in evaluations."""
        return IN_ONE_PIECE if len(self._groups) == 1 else IN_PIECES

    def slope(self, vectors: np.ndarray, loss: Callable[[Tensor], Tensor]) -> tuple[float, np.ndarray]:
        """Loss and its gradient (tokens, width) at one prompt's vectors (tokens, width).

        loss   takes shares (1, Q, K) in float64
        """
        model = self._layout.model
        held = torch.tensor(vectors, dtype=torch.float32, device=model.device, requires_grad=True)
        with model.virtual.holding(held) as numbers, torch.enable_grad():
            if len(self._groups) == 1:
                value = loss(self._shares([self._scores(self._groups[0], numbers)]))
                value.backward()
                return value.item(), _gradient(held)
            with torch.no_grad():
                known = [self._scores(group, numbers) for group in self._groups]
            leaves = [one.detach().requires_grad_() for one in known]
            value = loss(self._shares(leaves))
            value.backward()
            for group, leaf in zip(self._groups, leaves, strict=True):
                self._scores(group, numbers).backward(leaf.grad)
            return value.item(), _gradient(held)

    def _scores(self, group: Sequence[Piece], numbers: range) -> Tensor:
        """Log-probabilities of every sequence of some pieces, end to end."""
        starts: list[list[int]] = []
        ends: list[tuple[int, ...]] = []
        for one in group:
            assert one.readout is not None
            prompt = [*one.head, *numbers, *one.tail][: one.readout.keep]
            starts += [prompt] * len(one.readout.sequences)
            ends += one.readout.sequences
        return score_with_gradient(self._layout.model, starts, ends)

    def _shares(self, scores: Sequence[Tensor]) -> Tensor:
        """(1, Q, K) shares among the options, averaged over framings, from every sequence's log-probability."""
        layout = self._layout
        flat = torch.cat(list(scores)).double().cpu()
        at_question = {one.id: row for row, one in enumerate(layout.questions)}
        total = torch.zeros(len(layout.questions), max(one.cells for one in layout.questions), dtype=torch.float64)
        asked = torch.zeros(len(layout.questions), dtype=torch.float64)
        at = 0
        for piece in (one for group in self._groups for one in group):
            assert piece.readout is not None
            width = len(piece.readout.sequences)
            p = _among_options(piece, flat[at : at + width])
            row = at_question[layout.asks[piece.ask].question.id]
            cells = torch.tensor(piece.order)
            total = total.index_put((torch.full_like(cells, row), cells), p, accumulate=True)
            asked[row] += 1
            at += width
        return (total / asked[:, None])[None]


def _among_options(piece: Piece, scores: Tensor) -> Tensor:
    """Shares (shown options,) among the options; the same sums as `shares_of_many`."""
    assert piece.readout is not None
    sequences = piece.readout.sequences
    mass = torch.exp(scores - scores.detach().max())
    own = mass
    for i, longer in enumerate(sequences):
        begins = [j for j, one in enumerate(sequences) if len(one) < len(longer) and longer[: len(one)] == one]
        if begins:
            place = torch.tensor([max(begins, key=lambda j: len(sequences[j]))])
            own = own.index_add(0, place, -mass[i : i + 1])
    owners = torch.tensor(piece.readout.owners)
    p = torch.zeros(len(piece.order), dtype=scores.dtype).index_add(0, owners, own.clamp(min=0))
    return p / p.sum()


def _groups(pieces: Sequence[Piece], tokens: int) -> list[list[Piece]]:
    """Pieces in their order, cut where their tokens would be more than go through at once."""
    groups: list[list[Piece]] = [[]]
    held = 0
    for one in pieces:
        size = len(one.head) + tokens + len(one.tail)
        if groups[-1] and held + size > TOKENS_AT_ONCE:
            groups.append([])
            held = 0
        groups[-1].append(one)
        held += size
    return groups


def _gradient(held: Any) -> np.ndarray:
    return np.asarray(held.grad.double().cpu().numpy())
