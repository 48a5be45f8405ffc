"""Bounds of mixture weights that stay honest where a weight is 0 or 1.

A weight that is held at 0 by its constraint does not vary when the data do, so neither a jackknife nor drawing the
peoples again shows how large it might be. Here a test is turned round instead: a value belongs to the bounds unless the
best mixture with that value fits worse than the best mixture of all by more than noise explains. Where
several constraints meet in a corner, how much noise explains is found by drawing it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls
from scipy.special import chdtri, ndtri, stdtrit

# an equation that must hold weighs so many times what the data weigh
FIRM = 1e4
# a bound is found when it is known to this share of the scale
CLOSE = 1e-4
MOST_STEPS = 30
# or when the misfit is this near to its limit, as a share of it
ENOUGH = 1e-3
# a drawn limit moves a bound when it is this many times what one direction gives
WORTH_IT = 1.05
# misfits below this share of the sources' own size are rounding
NOTHING = 1e-11
# weights this many standard errors above 0 are taken to stay above it
FAR = 4.0
# products whose smallest root is below this share of the largest cannot be divided by
FLAT = 1e-10


@dataclass(frozen=True)
class Spread:
    """The noise of a mixture fit, as covariances of the products of S sources with shares, summed over items.

    answers  (S, S) of the products with the answers, from wordings or replies; free: its degrees of freedom
    people   (S, S, S) of the products with the shares of each source (first axis), from the people behind them
    """

    answers: np.ndarray
    free: float
    people: np.ndarray

    def covariance(self, weights: np.ndarray, swollen: float = 1.0) -> np.ndarray:
        """(S, S) of the products with what a mixture leaves, the answers' part times a factor."""
        people = np.square(weights) @ self.people.reshape(len(weights), -1)
        return np.asarray(swollen * self.answers + people.reshape(self.answers.shape))


def wording_noise(sources: np.ndarray, wordings: np.ndarray) -> np.ndarray:
    """Covariance of the products of the sources with a mean over wordings.

    Shapes   sources: (S, I, K); wordings: (G, I, K), G at least 2. Returns (S, S).
    Returns  positive semi-definite of rank G - 1 at most.
    Unit     share to the fourth power.
    Errors   ValueError for fewer than 2 wordings.
    Source   definition of the standard error of a mean.
    """
    if len(wordings) < 2:
        raise ValueError(f"a spread over wordings needs at least 2, got {len(wordings)}")
    seen = wordings.reshape(len(wordings), -1) @ sources.reshape(len(sources), -1).T
    moved = seen - seen.mean(axis=0)
    return np.asarray(moved.T @ moved / (len(seen) * (len(seen) - 1)))


def product_noise(sources: np.ndarray, shares: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Covariance of the products of the sources with shares that are sampled, summed over items.

    Shapes   sources: (S, I, K); shares: (T, I, K) sampled from n: (T, I). Returns (T, S, S).
    Returns  positive semi-definite; 0 where n is inf. p (1 - p) / (n - 1) stands for the variance of a share.
    Unit     share to the fourth power.
    Errors   none of its own.
    Source   the multinomial covariance, taken from both sides.
    """
    flat = sources.reshape(len(sources), -1)
    out = np.empty((len(shares), len(sources), len(sources)))
    for t, (own, size) in enumerate(zip(shares, n, strict=True)):
        rate = 1 / (np.maximum(size, 1 + 1e-9) - 1)
        mean = (sources * own).sum(axis=-1)
        out[t] = flat * (own * rate[:, None]).ravel() @ flat.T - mean * rate @ mean.T
    return out


def weight_bounds(
    products: np.ndarray,
    spread: Spread,
    combinations: np.ndarray,
    *,
    level: float,
    draws: int,
    rounds: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of linear combinations of mixture weights, such as one weight or the sum of a region's.

    Misfit is w' G w. A value of a combination is kept when the misfit T that it costs is at most the noise in the
    direction in which it moves the fit: where no constraint binds, T is the square of one normal variable. Near
    constraints more than one direction counts: there the limit is drawn, with the value as the truth.

    Shapes   products: (S, S) from `gap_products`; combinations: (J, S); draws: at least 2, of each limit; rounds: how
             often a bound that its limit has moved gets a new limit. Returns two arrays (J,).
    Returns  between the least and the greatest coefficient, the fitted value inside; that value alone where nothing
             varies.
    Unit     that of the combination.
    Errors   ValueError for a NaN.
    Source   Rust & Burrus (1972), Mathematical Programming and the Numerical Solution of Linear Equations, chapter 6;
             on why one direction falls short near corners: Batlle et al. (2023), arXiv 2310.02461. Drawing the limit
             there is ours.
    """
    if np.isnan(products).any():
        raise ValueError("inner products hold a NaN: leave those items out first")
    values, vectors = np.linalg.eigh(products)
    root = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
    shared = _Shared(root, np.linalg.pinv(root), _across(values, vectors), _fit(root))
    searches = (_Search(shared, row, spread, level, (draws, rounds), rng) for row in np.atleast_2d(combinations))
    low, high = zip(*(search.bounds() for search in searches), strict=True)
    return np.array(low), np.array(high)


@dataclass(frozen=True)
class _Shared:
    """What the bounds of one mixture share; see `_across`. fitted: the best mixture of all."""

    root: np.ndarray
    inverse: np.ndarray
    across: np.ndarray | None
    fitted: np.ndarray


class _Search:
    """The bounds of one combination."""

    def __init__(
        self,
        shared: _Shared,
        row: np.ndarray,
        spread: Spread,
        level: float,
        effort: tuple[int, int],
        rng: np.random.Generator,
    ) -> None:
        self.row, self.spread, self.level, self.rng = row, spread, level, rng
        self.root, self.inverse, self.across, self.fitted = shared.root, shared.inverse, shared.across, shared.fitted
        self.draws, self.rounds = effort
        root = self.root
        # how the mixture moves and what it costs, per unit of the combination, while no constraint binds
        self.way, self.price = np.zeros(len(row)), np.inf
        if self.across is not None and (ease := float(row @ self.across @ row)) > FLAT / np.square(root).max():
            self.way, self.price = self.across @ row / ease, 1 / ease
        self.inside = bool(np.isfinite(self.price) and (self.fitted > 0).all())
        self.best = float(np.square(root @ self.fitted).sum())
        self.rounding = NOTHING * max(float(np.square(root).sum()), 1e-300)
        self.far = float(ndtri((1 + level) / 2))
        self.swollen = 1.0 if np.isinf(spread.free) else float(stdtrit(spread.free, (1 + level) / 2) / self.far) ** 2
        # d directions together reach no farther than d squares of normal variables do
        self.most = float(np.sqrt(chdtri(len(root), 1 - level))) / self.far

    def bounds(self) -> tuple[float, float]:
        """Low, high."""
        at = float(self.row @ self.fitted)
        if np.sqrt(np.abs(self.spread.covariance(self.fitted, self.swollen)).max()) <= self.rounding:
            return at, at
        low, high = (self._bound(at, float(end)) for end in (self.row.min(), self.row.max()))
        return min(low, at), max(high, at)

    def _bound(self, at: float, end: float) -> float:
        if abs(end - at) <= CLOSE:
            return end
        last = self._held(end)
        if last.reached <= 1:
            return end
        # an end that one weight alone can leave is no corner
        corner = (self.row != end).sum() > 1 and last.reached <= self.most
        if corner and last.cost <= self._drawn(last):
            return end
        found = _crossing(lambda value: self._held(value).reached - 1, (at, -1.0), (end, last.reached - 1))
        limit = 0.0
        for _ in range(self.rounds):
            own = self._held(found)
            limit, before = max(self._drawn(own), own.cost), limit
            if limit <= WORTH_IT * max(before, own.cost):
                break
            if limit >= last.cost:
                return end
            found = _crossing(
                lambda value: np.sqrt(self._held(value).cost / limit) - 1,  # noqa: B023
                (found, np.sqrt(own.cost / limit) - 1),
                (end, np.sqrt(last.cost / limit) - 1),
            )
        return found

    def _held(self, value: float) -> "_Held":
        away = value - float(self.row @ self.fitted)
        held = self.fitted + away * self.way
        if self.inside and (held >= 0).all():
            cost = away**2 * self.price
        else:
            held = _fit_at(self.root, self.row, value)
            cost = float(np.square(self.root @ held).sum()) - self.best
        if cost <= self.rounding:
            return _Held(value, held, 0.0, 0.0)
        turn = held - self.fitted
        limit = self.far * np.sqrt(max(float(turn @ self.spread.covariance(held, self.swollen) @ turn), 0.0))
        return _Held(value, held, cost, cost / limit if limit > 0 else np.inf)

    def _drawn(self, truth: "_Held") -> float:
        """What holding a value may cost at this level when the mixture that holds it is the truth.

        0 where no constraint is near: one direction is exact there, and a drawn limit only rougher. Else the cost is
        taken for a multiple of a chi-square with the drawn mean and variance, and stretched as far as few wordings
        stretch it in the direction from the fit.
        """
        noise, turn = self.spread.covariance(truth.weights), truth.weights - self.fitted
        if self.across is not None:
            varied = (self.across @ noise * self.across).sum(axis=1)
            if (truth.weights > FAR * np.sqrt(np.maximum(varied, 0.0))).all():
                return 0.0
        values, vectors = np.linalg.eigh(noise)
        errors = self.rng.normal(size=(self.draws, len(noise))) * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
        costs = self._costs(truth, errors)
        if costs is None:
            return 0.0
        mean, wide, one = float(costs.mean()), float(costs.var(ddof=1)), float(turn @ noise @ turn)
        if min(mean, wide, one) <= 0:
            return 0.0
        stretch = float(turn @ self.spread.covariance(truth.weights, self.swollen) @ turn) / one
        return stretch * wide / (2 * mean) * float(chdtri(2 * mean**2 / wide, 1 - self.level))

    def _costs(self, truth: "_Held", errors: np.ndarray) -> np.ndarray | None:
        """(D,) what holding the value costs after errors of the products (D, S); None where no constraint binds.

        Where every source has weight and keeps it, equations alone give both mixtures.
        """
        costs, left = np.empty(len(errors)), np.ones(len(errors), dtype=bool)
        if self.across is not None and np.isfinite(self.price) and (truth.weights > 0).all():
            steps = errors @ self.across
            moved = steps @ self.row
            left = (np.minimum(steps, steps - moved[:, None] * self.way) < -truth.weights).any(axis=1)
            if not left.any():
                return None
            costs = np.square(moved) * self.price
        seen = self.root @ truth.weights + errors[left] @ self.inverse
        costs[left] = _costs_of(self.root, seen, self.row, truth.value)
        return costs


@dataclass(frozen=True)
class _Held:
    """The best mixture that holds a value, what that costs, and the cost in limits of one direction."""

    value: float
    weights: np.ndarray
    cost: float
    reached: float


def _crossing(excess: Callable[[float], float], inside: tuple[float, float], outside: tuple[float, float]) -> float:
    """Where `excess` passes 0 between two values with their excess: regula falsi, halved where it stalls."""
    (near, under), (far, over), last = inside, outside, 0
    for step in range(MOST_STEPS):
        if abs(far - near) <= CLOSE:
            break
        share = 0.5 if step % 4 == 3 or not np.isfinite(over) else under / (under - over)
        middle = near + min(max(share, 0.001), 0.999) * (far - near)
        found = excess(middle)
        if abs(found) <= ENOUGH:
            return middle
        if found <= 0:
            near, under, over, last = middle, found, over / 2 if last < 0 else over, -1
        else:
            far, over, under, last = middle, found, under / 2 if last > 0 else under, 1
    return far


def _across(values: np.ndarray, vectors: np.ndarray) -> np.ndarray | None:
    """(S, S) how the best weights that sum to 1 answer to the products with the data while none of them is 0.

    From the eigenvalues and vectors of the products; None where these hardly differ in some direction.
    """
    if values.min() <= FLAT * values.max():
        return None
    flat = vectors / values @ vectors.T
    total = flat.sum(axis=0)
    return np.asarray(flat - np.outer(total, total) / total.sum())


def _costs_of(root: np.ndarray, seen: np.ndarray, row: np.ndarray, value: float) -> np.ndarray:
    """(D,) how much more than the best mixture of all leaves the best one that holds a value, of data (D, R).

    As `_fit` and `_fit_at`, by what the two leave: of a misfit m, the first leaves m / (1 + m).
    """
    rows, count = root.shape
    firm = FIRM * max(float(np.abs(root).max()), 1e-150)
    free, held = np.ones((rows + 1, count)), np.full((rows + 2, count), firm)
    held[-1] = firm * row
    wanted = np.zeros(rows + 1), np.append(np.zeros(rows), (firm, firm * value))
    wanted[0][-1] = 1.0
    left = np.empty((2, len(seen)))
    for d, one in enumerate(seen):
        np.subtract(root, one[:, None], out=free[:rows])
        held[:rows] = free[:rows]
        left[:, d] = nnls(free, wanted[0])[1], nnls(held, wanted[1])[1]
    least, most = np.square(left)
    return np.asarray(np.maximum(most - least / (1 - least), 0.0))


def _fit(root: np.ndarray) -> np.ndarray:
    """(S,) weights of at least 0 that sum to 1 and make |root w| smallest; see `simplex_weights`."""
    rows, count = root.shape
    table, wanted = np.ones((rows + 1, count)), np.zeros(rows + 1)
    table[:rows], wanted[rows] = root, 1.0
    free, _ = nnls(table, wanted)
    return free / free.sum()


def _fit_at(root: np.ndarray, row: np.ndarray, value: float) -> np.ndarray:
    """The same with row . w held at a value."""
    rows, count = root.shape
    firm = FIRM * max(float(np.abs(root).max()), 1e-150)
    table, wanted = np.full((rows + 2, count), firm), np.zeros(rows + 2)
    table[:rows], table[-1] = root, firm * row
    wanted[-2:] = firm, firm * value
    free, _ = nnls(table, wanted)
    return free / free.sum()
