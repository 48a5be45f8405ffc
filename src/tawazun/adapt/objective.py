"""The objective of a search: from option probabilities of many candidates to one number each.

`index`          sum_i w_i |d_i + c_i - t_i| / sum_i w_i over index scores d (L1, as Masoud et al. 2025)
`js_divergence`  sum_q w_q JS(p_q, h_q) / sum_q w_q over items, base 2, from 0 to 1
`w1`             sum_q w_q W1(p_q, h_q) / sum_q w_q over items, in scale lengths (Rubner et al. 2000)

plus `regulariser` times the mean squared distance of the vectors from the start, in standard deviations. Shares are
those among the options, averaged over the framings of the fit. The same formulas serve NumPy arrays and, for gradients,
torch tensors (`losses` takes either).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tawazun.adapt.recipe_keys import Loss
from tawazun.adapt.targets import Constants, Target
from tawazun.errors import BadStudy
from tawazun.instruments import Index, Question

TINY = 1e-30  # keeps a logarithm's gradient finite where a share is 0


@dataclass(frozen=True, eq=False)
class Objective:
    """What candidates are scored against, for one target.

    codes     (Q, K) number of each option, 0 beyond a question's options
    human     (Q, K) shares of the people; NaN for index targets
    formulas  (D, Q) coefficients of the indices; (D,) for the others
    goals     (D,) scores to reach, less the constants and the formulas' own
    weights   (D,) for `index`, (Q,) for the others; they sum to 1
    lengths   (Q,) length of each scale
    """

    loss: Loss
    codes: np.ndarray
    human: np.ndarray
    formulas: np.ndarray
    goals: np.ndarray
    weights: np.ndarray
    lengths: np.ndarray

    def losses(self, p: np.ndarray) -> np.ndarray:
        """Values (n,) of shares (n, Q, K) among the options; NaN where a question has none."""
        return np.asarray(_loss(self, p, np))

    def indices(self, p: np.ndarray) -> np.ndarray:
        """(n, D) index scores of shares (n, Q, K), without constants."""
        return np.asarray((p * self.codes).sum(axis=-1) @ self.formulas.T)

    def terms(self, p: np.ndarray) -> np.ndarray:
        """(n, D) or (n, Q) distances that the loss is the weighted mean of."""
        return np.asarray(_terms(self, p, np))


def make_objective(
    loss: Loss,
    target: Target,
    questions: Sequence[Question],
    indices: Sequence[Index],
    *,
    weights: Mapping[str, float],
    constants: Constants,
) -> Objective:
    """The objective of one target over the questions of the fit.

    weights  index or item -> weight; 1 where none is given
    Errors   BadStudy for a weight of something that is not in the objective, or weights that are all 0
    """
    codes = np.zeros((len(questions), max(one.cells for one in questions)))
    human = np.full(codes.shape, np.nan)
    for row, one in enumerate(questions):
        codes[row, : one.cells] = one.codes
        if loss != "index":
            human[row] = 0.0
            human[row, : one.cells] = target.shares[one.id]
    names = [index.name for index in indices] if loss == "index" else [one.id for one in questions]
    at = {one.id: i for i, one in enumerate(questions)}
    formulas = np.zeros((len(indices), len(questions)))
    for row, index in enumerate(indices):
        for item, weight in index.terms.items():
            formulas[row, at[item]] = weight
    own = np.array([index.constant for index in indices])
    goals = np.array([target.scores[index.name] for index in indices]) - own - constants.values
    lengths = np.array([max(one.codes) - min(one.codes) for one in questions])
    return Objective(loss, codes, human, formulas, goals, _weights(weights, names), lengths)


def _weights(given: Mapping[str, float], names: Sequence[str]) -> np.ndarray:
    folded = {name.casefold(): name for name in names}
    for name in given:
        if name.casefold() not in folded:
            raise BadStudy(f"objective.weights: {name!r} is not in the objective, which has {', '.join(names)}")
    own = {folded[name.casefold()]: weight for name, weight in given.items()}
    weights = np.array([own.get(name, 1.0) for name in names], dtype=np.float64)
    if not weights.sum() > 0:
        raise BadStudy("objective.weights: all weights are 0")
    return np.asarray(weights / weights.sum())


def _loss(one: Objective, p: Any, lib: Any) -> Any:
    return (_terms(one, p, lib) * _like(one.weights, p, lib)).sum(-1)


def _terms(one: Objective, p: Any, lib: Any) -> Any:
    codes, human = _like(one.codes, p, lib), _like(one.human, p, lib)
    if one.loss == "index":
        means = (p * codes).sum(-1)
        return abs(means @ _like(one.formulas.T, p, lib) - _like(one.goals, p, lib))
    if one.loss == "w1":
        # cells beyond a question's options are 0 on both sides and repeat no code: the gap is closed there
        gaps = abs((p - human).cumsum(-1))[..., :-1]
        steps = _like(_steps(one.codes), p, lib)
        return (gaps * steps).sum(-1) / _like(one.lengths, p, lib)
    middle = (p + human) / 2
    return (_relative(p, middle, lib) + _relative(human + 0 * p, middle, lib)) / 2


def _relative(p: Any, q: Any, lib: Any) -> Any:
    """Kullback-Leibler divergence in bits over the last axis, 0 log 0 = 0."""
    return (p * (lib.log2(p + TINY) - lib.log2(q + TINY))).sum(-1)


def _steps(codes: np.ndarray) -> np.ndarray:
    """(Q, K - 1) distance from each option to the next."""
    return np.abs(np.diff(codes, axis=1))


def _like(values: np.ndarray, p: Any, lib: Any) -> Any:
    return values if lib is np else lib.as_tensor(values, dtype=p.dtype, device=p.device)


def torch_loss(one: Objective, p: Any) -> Any:
    """`losses` of a tensor (n, Q, K), with its gradient."""
    import torch

    return _loss(one, p, torch)
