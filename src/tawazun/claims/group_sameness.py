"""Whether two groups of models are as close as each other with noise taken out, a model being the unit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tawazun.claims.matching import Target
from tawazun.claims.sameness import Direction, gap, past
from tawazun.claims.yardsticks import Closeness, Yardstick, people_covariance
from tawazun.measures.cube import Cube
from tawazun.stats.combined import Part, one_sided_p
from tawazun.stats.groups import group_test
from tawazun.stats.resampling import jackknife_sd


@dataclass(frozen=True)
class GroupSameness:
    """Mean squared distances of models from the same people.

    squares      (N,) JS divergences or squared cumulative differences, freed of noise to first order
    raw          (N,) the same, not freed
    left         (G, N) with a wording left out, not freed; G = 0 when none was
    first        (N,) whether a model is of the first group; blocks: N names
    people       (2, 2) covariance of the groups' means from the people, 0 where their number is unknown
    root         whether a bound is one on the difference of the roots
    """

    squares: np.ndarray
    raw: np.ndarray
    left: np.ndarray
    first: np.ndarray
    blocks: tuple[str, ...]
    people: np.ndarray
    root: bool

    @property
    def noise(self) -> float | None:
        """What noise adds to the difference, in the unit of the bound; None where no block has both groups."""
        weights = _weights(self.first, self.blocks)
        if not weights.any():
            return None
        raw, freed = (gap(*(float(x) for x in own @ weights), root=self.root) for own in (self.raw, self.squares))
        return raw - freed

    def p(self, delta: float, moved: float = 0.0) -> tuple[float, float] | None:
        """One-sided p of "above minus delta" and of "below delta"; None where models give no error."""
        return _both(self._p(-delta - moved, "greater"), self._p(delta - moved, "less"))

    def p_apart(self, moved: float = 0.0) -> tuple[float, float] | None:
        """One-sided p of "above 0" and of "below 0", for a difference moved by so much."""
        return _both(self._p(-moved, "greater"), self._p(-moved, "less"))

    def _p(self, bound: float, side: Direction) -> float | None:
        weights = _weights(self.first, self.blocks)
        if not weights.any():
            return None
        one, two = (float(x) for x in self.squares @ weights)
        estimate, slopes = past(one, two, bound, root=self.root)
        parts = self._parts(slopes, weights)
        return None if parts is None else one_sided_p(estimate, parts, null=0.0, alternative=side)

    def _parts(self, slopes: np.ndarray, weights: np.ndarray) -> list[Part] | None:
        turned = np.where(self.first, slopes[0], -slopes[1]) * self.squares
        models = group_test(turned, self.first, blocks=self.blocks, limit=1, seed=0, draws=1)
        if not np.isfinite(models.se):
            return None
        each = weights @ slopes
        found = [(models.se, models.df), (float(np.sqrt(max(slopes @ self.people @ slopes, 0.0))), np.inf)]
        # all models answer the same wordings, which their spread does not show
        return [*found, (float(jackknife_sd(self.left @ each)), len(self.left) - 1.0)] if len(self.left) else found


def _both(one: float | None, two: float | None) -> tuple[float, float] | None:
    return None if one is None or two is None else (one, two)


def group_sameness(
    measure: Yardstick,
    closenesses: Sequence[Sequence[Closeness]],
    kept: np.ndarray,
    target: Target,
    made: Cube,
    groups: tuple[np.ndarray, Sequence[str]],
) -> GroupSameness:
    """Models on the bare scale of a measure.

    closenesses  by model and population of the target, by `measure.bare`
    groups       (N,) whether a model is of the first group, and N block names
    """
    values = [np.mean([(one.shift - one.whole)[kept].mean() for one in side]) for side in closenesses]
    assert measure.scale is not None
    at = np.flatnonzero(measure.scale.items(made))[kept]
    weights = _weights(*groups)
    means = [[_mean(closenesses, own, k) for k in range(len(target.at))] for own in weights.T]
    covariance = np.nan_to_num(people_covariance(means, kept, target.side, (target.at, at))[0])
    sizes = {len(one.jack) for side in closenesses for one in side}
    left = np.zeros((0, len(closenesses)))
    if len(sizes) == 1 and sizes != {0}:
        left = np.array([np.mean([-one.jack[:, kept].mean(axis=-1) for one in side], axis=0) for side in closenesses]).T
    whole = left if np.isfinite(left).all() else left[:0]
    root = measure.bare is not measure
    raw = [np.mean([-one.whole[kept].mean() for one in side]) for side in closenesses]
    return GroupSameness(np.array(values), np.array(raw), whole, groups[0], tuple(groups[1]), covariance, root)


def _mean(closenesses: Sequence[Sequence[Closeness]], weights: np.ndarray, population: int) -> Closeness:
    """A weighted mean of models, as far as the people move it."""
    slopes = np.array([side[population].gradient for side in closenesses])
    return replace(closenesses[0][population], gradient=np.einsum("n,njk->jk", weights, slopes), own=())


def _weights(first: np.ndarray, blocks: Sequence[str]) -> np.ndarray:
    """(N, 2) weights of models in the means of the two groups: equal in a block, blocks with both sides equal."""
    names = np.asarray(blocks)
    found = np.zeros((len(first), 2))
    both = [name for name in dict.fromkeys(blocks) if 0 < first[names == name].sum() < (names == name).sum()]
    for name in both:
        for side, own in enumerate((first, ~first)):
            inside = own & (names == name)
            found[inside, side] = 1 / (inside.sum() * len(both))
    return found
