"""Whether two sides are as close as each other, or one is closer, with what sampling and wordings alone do taken out.

Noise on both sides pulls every distance up, near ones more than far ones, and so makes two respondents look more alike
than they are: two that differ by exactly the bound were called equivalent in 6 to 64 % of cases. A mean of *squared*
distances (JS divergence; squared differences of cumulative shares for W1) can be freed of that noise; a mean of roots
cannot. So a verdict of sameness is given on means of squares. A bound on similarity is a bound on the difference of
their roots, and is turned over to the squares at the level at which the two sides stand (`root_bound`).

Where one side is noisier than the other (fewer replies, fewer people, answers that scatter more), the same noise makes
it look farther away, so a direction must be shown on means of squares too. Leaving wordings out in turn takes out 97 to
120 % of what 15 replies an item add to a divergence, and 105 to 108 % of 50: too much, if anything, while the
difference as it is measured has all of it. What both show is not the work of noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tawazun.claims.matching import Target
from tawazun.claims.yardsticks import Closeness, Yardstick, people_covariance
from tawazun.measures.cube import Cube
from tawazun.stats.combined import Part, one_sided_p
from tawazun.stats.equivalence import root_bound
from tawazun.stats.resampling import bootstrap_sd, jackknife_sd

Direction = Literal["greater", "less"]


@dataclass(frozen=True)
class Sameness:
    """Mean squared distances of two sides from the same people.

    squares      of the first and the second side, JS divergences or squared cumulative differences, freed of noise to
                 first order; they may fall below 0
    raw          the same, not freed
    left         (B, 2) with a cluster left out or replies drawn again, not freed
    clusters     number of wordings or framings, 0 for replies drawn again
    people       (2, 2) covariance from the people, 0 where their number is unknown
    root         whether a bound is one on the difference of the roots
    """

    squares: tuple[float, float]
    raw: tuple[float, float]
    left: np.ndarray
    clusters: int
    people: np.ndarray
    root: bool

    @property
    def value(self) -> float:
        """The difference in the unit of the bound, above 0 where the first side is closer."""
        return gap(*self.squares, root=self.root)

    @property
    def noise(self) -> float:
        """What noise adds to the difference, in the unit of the bound."""
        return gap(*self.raw, root=self.root) - self.value

    def p(self, delta: float, moved: float = 0.0) -> tuple[float, float]:
        """One-sided p of "above minus delta" and of "below delta", for a difference moved by so much."""
        return self._p(-delta - moved, "greater"), self._p(delta - moved, "less")

    def p_apart(self, moved: float = 0.0) -> tuple[float, float]:
        """One-sided p of "above 0" and of "below 0", for a difference moved by so much."""
        return self._p(-moved, "greater"), self._p(-moved, "less")

    def _p(self, bound: float, side: Direction) -> float:
        estimate, slopes = past(*self.squares, bound, root=self.root)
        return one_sided_p(estimate, self._parts(slopes), null=0.0, alternative=side)

    def _parts(self, slopes: np.ndarray) -> list[Part]:
        """Parts of the error of a sum of the two squares with these slopes."""
        moved = self.left @ slopes
        own = (float(bootstrap_sd(moved)), np.inf)
        if self.clusters:
            own = float(jackknife_sd(moved)), self.clusters - 1.0
        return [own, (float(np.sqrt(max(slopes @ self.people @ slopes, 0.0))), np.inf)]


def past(first: float, second: float, bound: float, *, root: bool) -> tuple[float, np.ndarray]:
    """How far the second square lies above the first by more than a bound, with its slopes by the two.

    bound   on the difference of the roots where `root`; it may be 0 or negative
    """
    if root and bound:
        width, slope = (float(np.sign(bound) * x) for x in root_bound(first, second, abs(bound)))
    else:
        width, slope = bound, 0.0
    return second - first - width, np.array([-1.0 - slope, 1.0 - slope])


def gap(first: float, second: float, *, root: bool) -> float:
    """The second square minus the first, or the difference of their roots.

    Written with sum and difference, the roots' difference stays defined when noise takes a square below 0.
    """
    if not root:
        return second - first
    away, total = second - first, second + first
    rest = max(total**2 - away**2, 0.0) if total > 0 else 0.0
    square = total - rest**0.5 if rest else abs(away)
    return float(np.sign(away) * max(square, 0.0) ** 0.5)


def sameness(
    measure: Yardstick,
    sides: tuple[Sequence[Closeness], Sequence[Closeness]],
    kept: np.ndarray,
    target: Target,
    made: Cube,
    clusters: int,
) -> Sameness:
    """Two sides on the bare scale of a measure.

    sides      closeness by `measure.bare` to each population of the target, that is minus the square
    kept       items that enter; clusters: as `Contrast.clusters`
    """
    freed = [float(np.mean([(one.shift - one.whole)[kept].mean() for one in side])) for side in sides]
    raw = [float(np.mean([-one.whole[kept].mean() for one in side])) for side in sides]
    left = _stacked([_left(side, kept, clusters) for side in sides]).T
    covariance = _people_covariance(measure, sides, kept, target, made)
    return Sameness((freed[0], freed[1]), (raw[0], raw[1]), left, clusters, covariance, measure.bare is not measure)


def _left(side: Sequence[Closeness], kept: np.ndarray, clusters: int) -> np.ndarray:
    """(B,) mean squares in replicates; (1,) where a side does not vary."""
    found = []
    for one in side:
        block = one.jack if clusters else one.drawn
        found.append(-(block if len(block) else one.whole[None])[:, kept].mean(axis=-1))
    return _stacked(found).mean(axis=0)


def _stacked(rows: Sequence[np.ndarray]) -> np.ndarray:
    """Rows of one length: the shortest of those that vary, one that does not vary repeated."""
    length = min((len(row) for row in rows if len(row) > 1), default=1)
    return np.array([row[:length] if len(row) > 1 else np.repeat(row, length) for row in rows])


def _people_covariance(
    measure: Yardstick,
    sides: tuple[Sequence[Closeness], Sequence[Closeness]],
    kept: np.ndarray,
    target: Target,
    made: Cube,
) -> np.ndarray:
    """(2, 2) covariance of two mean squares from the people: the target's, and those that are a side themselves."""
    assert measure.scale is not None
    at = np.flatnonzero(measure.scale.items(made))[kept]
    return np.nan_to_num(people_covariance(sides, kept, target.side, (target.at, at))[0])
