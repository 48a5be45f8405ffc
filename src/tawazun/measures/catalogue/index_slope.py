"""Slope of the model's index scores on the people's over places: 1 the same spread, below 1 shrunk, below 0 reversed.

A ranking says nothing of size; a slope does, and free constants drop out of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple, faceted
from tawazun.measures.indexing import formulas
from tawazun.measures.playing import index_points, joint_interval, together, with_interval
from tawazun.measures.ranking import FEWEST, Ranking, rankings

UNIT = "model's points per point among people"


def compute(context: Context) -> Iterator[Estimate]:
    """Per ranking: one row per index, and one over all indices in units of the people's spread."""
    for ranking in rankings(context, "index_slope"):
        row = replace(ranking.base, unit=UNIT)
        for i, name in enumerate(ranking.indices):
            known = ranking.known(i)
            warned = replace(row, item=name, why=ranking.made.instrument.indices[i].warning)
            yield _one(context, ranking, warned, known, [i])
        whole = ranking.complete
        every = list(range(len(ranking.indices)))
        yield _one(context, ranking, replace(row, facet=faceted(row, "all indices")), whole, every)


def _one(context: Context, ranking: Ranking, row: Estimate, known: np.ndarray, indices: list[int]) -> Estimate:
    count = int(known.sum())
    row = replace(row, n=count)
    if count < FEWEST:
        return replace(row, why=f"{count} places with these scores on both sides; a slope needs {FEWEST}")
    human = ranking.human[known][:, indices]
    spread = human.std(axis=0)
    if not (spread > 0).all():
        return replace(row, why="the people of these places all have the same score: there is no slope")
    used = np.array([formula.weights for formula in formulas(ranking.made)])[indices]
    joint = together([reps for reps, kept in zip(ranking.values, known, strict=True) if kept])
    slope = _slope(human, spread)
    found = joint_interval(joint, lambda block: slope(index_points(block, used)), context.keys.level, None)
    words = f"least squares over {count} places"
    if len(indices) > 1:
        words += f" and {len(indices)} indices, each in units of the people's standard deviation"
    return with_interval(row, float(slope(ranking.model[known][None][..., indices])[0]), found, words)


def _slope(human: np.ndarray, spread: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """(B, C, I) model points -> (B,) slope on (C, I) human points, each index in units of its human spread."""
    x = (human - human.mean(axis=0)) / spread

    def slope(points: np.ndarray) -> np.ndarray:
        y = (points - points.mean(axis=-2, keepdims=True)) / spread
        return np.asarray((y * x).sum(axis=(-2, -1)) / np.square(x).sum())

    return slope


MEASURE = Simple(
    "index_slope",
    "Slope of the model's index scores on the people's over places",
    UNIT,
    "least squares; Masoud et al. (2023), arXiv 2309.12342, for the indices",
    compute,
    gated=True,
)
