"""Index values of subjects and populations, and the constants policy, for `index` and the rankings."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tawazun.instruments import Index
from tawazun.measures.context import Context
from tawazun.measures.cube import Cube
from tawazun.measures.people import People, index_values
from tawazun.measures.replies import value_draws
from tawazun.measures.spread import Replicates, replicates

FEWEST_ANCHORS = 2


@dataclass(frozen=True)
class Formula:
    """An index over the questions of a cube: a weight per question, 0 for those it does not use.

    missing   items of the formula that nobody answered
    """

    index: Index
    weights: np.ndarray
    missing: tuple[str, ...]

    @property
    def statistic(self) -> Callable[[np.ndarray], np.ndarray]:
        """(B, Q) item means -> (B,) index points without a free constant; NaN where a used item is missing."""
        used = np.flatnonzero(self.weights)
        return lambda block: block[:, used] @ self.weights[used] + self.index.constant


def formulas(made: Cube) -> list[Formula]:
    """The instrument's indices over the cube's questions."""
    at = {question.id: i for i, question in enumerate(made.questions)}
    found = []
    for index in made.instrument.indices:
        weights = np.zeros(len(made.questions))
        for item, weight in index.terms.items():
            if item in at:
                weights[at[item]] = weight
        found.append(Formula(index, weights, tuple(item for item in index.terms if item not in at)))
    return found


def subject_values(context: Context, made: Cube) -> list[Replicates]:
    """Replicates of item means, one per subject."""
    return [replicates(made, s, made.value, value_draws(context, made, s)) for s in range(len(made.subjects))]


def index_matrix(made: Cube, values: list[Replicates]) -> np.ndarray:
    """(S, I) index points with constant 0; NaN where an item is missing."""
    whole = np.array([reps.whole for reps in values]).reshape(len(values), len(made.questions))
    columns = []
    for formula in formulas(made):
        columns.append(np.full(len(values), np.nan) if formula.missing else formula.statistic(whole))
    return np.array(columns).T if columns else np.zeros((len(values), 0))


def matched_place(context: Context, made: Cube, subject: int) -> str:
    """The place a subject stands for: the one it plays, else the one its language stands for, else empty."""
    one = made.subjects[subject]
    if one.place:
        return one.place
    return context.keys.language_places.get(one.language, "")


def constants(
    context: Context, made: Cube, matrix: np.ndarray, members: list[int], side: People | None
) -> tuple[np.ndarray, str]:
    """(I,) constants to add for a set of subjects compared with each other, and the policy's words.

    `anchor` adds the mean of (human - model) over the matched places of the panel, so a level error that all
    places share becomes invisible.
    """
    names = [index.name for index in made.instrument.indices]
    keys = context.keys
    if keys.constants == "none" or not names:
        return np.zeros(len(names)), "constants=none"
    if keys.constants == "fixed":
        return np.array([keys.fixed_constants.get(name, 0.0) for name in names]), "constants=fixed"
    if side is None:
        return np.full(len(names), np.nan), "constants=anchor"
    human = index_values(side, made.instrument, made.questions)
    found = np.full(len(names), np.nan)
    panel = anchors(context, made, members, side)
    for i, name in enumerate(names):
        if name not in human:
            continue
        gaps = [human[name][place] - matrix[s, i] for s, place in panel.items()]
        known = [gap for gap in gaps if np.isfinite(gap)]
        if len(known) >= FEWEST_ANCHORS and len(known) == len(gaps):
            found[i] = float(np.mean(known))
    return found, f"constants=anchor:{side.source}"


def anchors(context: Context, made: Cube, members: list[int], side: People) -> dict[int, int]:
    """Subject -> position of its people, for the places of a panel; each place once, personas with attributes never."""
    found: dict[int, int] = {}
    for s in members:
        place = matched_place(context, made, s)
        at = side.where(place) if "?" not in made.subjects[s].persona else None
        if at is not None and at not in found.values():
            found[s] = at
    return found


def anchored(
    values: list[Replicates], panel: dict[int, int], subject: int, statistic: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray | None:
    """(G, 1) anchored index with each cluster left out, up to a constant; None when the panel's clusters differ.

    The panel's mean moves with the wordings too, so what all its places share drops out of the interval.
    """
    blocks = [values[s].jack for s in (subject, *panel)]
    if not panel or len({len(block) for block in blocks}) != 1 or len(blocks[0]) == 0:
        return None
    own, *others = (statistic(block) for block in blocks)
    return (own - np.mean(others, axis=0))[:, None]
