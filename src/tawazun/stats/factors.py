"""Principal components turned to simple structure, and how a refitted plane compares with a published one.

The conventions are those of `principal` in the R package psych, which the published cultural map was made with:
components of the correlation matrix, varimax with Kaiser's normalisation, components in order of the variance they
carry, signs that make the loadings of a component sum to something positive, and regression weights R^-1 L.
"""

from dataclasses import dataclass
from itertools import combinations
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike

from tawazun.stats.agreement import tucker_phi
from tawazun.stats.projection import PlaneConstants, project
from tawazun.stats.shares import check_whole

SAME, SIMILAR = 0.95, 0.85
"""Congruence from which factors are called the same, or similar (Lorenzo-Seva & ten Berge 2006)."""
STARTS = 4


@dataclass(frozen=True)
class Moments:
    """Weighted first and second moments of I items: centre (I,), scale (I,), correlation (I, I)."""

    centre: np.ndarray
    scale: np.ndarray
    correlation: np.ndarray


@dataclass(frozen=True)
class Components:
    """Rotated principal components of I items: loadings and weights (I, F), share (F,) of the items' variance each."""

    loadings: np.ndarray
    weights: np.ndarray
    share: np.ndarray


@dataclass(frozen=True)
class Plane:
    """Constants of a projection: see `PlaneConstants`."""

    centre: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[tuple[float, ...], ...]
    stretch: tuple[float, ...]
    shift: tuple[float, ...]


@dataclass(frozen=True)
class PlaneRefit:
    """A plane fitted again, beside the published one.

    plane           its constants, for `project`; stretch and shift are the published ones, which nobody estimates
    loadings        (I, 2) of the new components, in the published order and direction
    congruence      (2,) Tucker's congruence of the loadings per axis; NaN where an axis cannot be compared
    weight_congruence  (2,) the same over weights, which move more when items overlap
    share           (2,) share of the items' variance per axis
    points, published_points   (C, 2) places under the new and the published constants, in map units
    displacement    (C,) how far each place moved; NaN where an item of it is missing
    """

    plane: Plane
    loadings: np.ndarray
    congruence: np.ndarray
    weight_congruence: np.ndarray
    share: np.ndarray
    points: np.ndarray
    published_points: np.ndarray
    displacement: np.ndarray

    @property
    def furthest(self) -> int | None:
        """Row of the place that moved most; None when no place has every item."""
        return None if np.isnan(self.displacement).all() else int(np.nanargmax(self.displacement))

    @property
    def verdict(self) -> str:
        """`same` (both axes at least .95), `similar` (at least .85) or `different`."""
        least = float(self.congruence.min())
        return "same" if least >= SAME else "similar" if least >= SIMILAR else "different"


def moments(values: ArrayLike, weights: ArrayLike | None = None) -> Moments:
    """Weighted means, standard deviations and correlations, each over the rows that have what it needs.

    Shapes   values: (N, I), NaN is missing; weights: (N,), at least 0 (default 1 each).
    Returns  centre, scale (divisor: sum of weights) and pairwise-complete correlations.
    Unit     that of the items; correlations none.
    Errors   ValueError for other shapes, infinite values, negative weights, an item that does not vary, or two items
             that fewer than 3 rows share.
    Source   psych::principal with raw data and missing values: correlations over pairwise complete rows.
    """
    table = np.asarray(values, dtype=float)
    if table.ndim != 2 or table.shape[1] < 2 or np.isinf(table).any():
        raise ValueError(f"values must be a finite (rows, items) table with at least 2 items, got {table.shape}")
    w = np.ones(len(table)) if weights is None else np.asarray(weights, dtype=float)
    if w.shape != (len(table),) or not np.isfinite(w).all() or (w < 0).any():
        raise ValueError(f"weights must be {len(table)} finite numbers of at least 0, got shape {w.shape}")
    there = ~np.isnan(table) & (w > 0)[:, None]
    shared = there.T.astype(float) @ there
    if shared.min() < 3:
        at = tuple(int(i) for i in np.argwhere(shared < 3)[0])
        raise ValueError(f"items {at[0]} and {at[1]} are answered together by {shared[at]:.0f} rows; 3 are the least")
    held = there.astype(float) * w[:, None]
    centre = np.where(there, table, 0.0).T @ w / held.sum(axis=0)
    off = np.where(there, table - centre, 0.0)
    scale = np.sqrt((held * off**2).sum(axis=0) / held.sum(axis=0))
    if (scale <= 1e-12 * np.maximum(1.0, np.abs(centre))).any():
        raise ValueError(f"item {int(np.argmin(scale))} does not vary")
    return Moments(centre, scale, _pairwise(off, there.astype(float), w))


def _pairwise(off: np.ndarray, there: np.ndarray, w: np.ndarray) -> np.ndarray:
    total = there.T @ (there * w[:, None])
    mean = (off * w[:, None]).T @ there / total  # [i, j]: mean of i where j is there too
    square = (off**2 * w[:, None]).T @ there / total - mean**2
    cross = off.T @ (off * w[:, None]) / total - mean * mean.T
    spread = np.sqrt(np.maximum(square * square.T, 0.0))
    if (spread <= 0).any():
        at = tuple(int(i) for i in np.argwhere(spread <= 0)[0])
        raise ValueError(f"item {at[0]} does not vary where item {at[1]} is answered")
    found = cross / spread
    np.fill_diagonal(found, 1.0)
    return (found + found.T) / 2


def varimax(loadings: ArrayLike, *, normalise: bool = True, limit: int = 500) -> tuple[np.ndarray, np.ndarray]:
    """Loadings turned so that each factor has few large ones: the varimax criterion.

    Every pair of factors is turned to its best angle in turn until no angle is left; with two factors that is the
    solution. With more there can be several tops, so the climb starts from the loadings as they are and from a few
    fixed turns; the highest end counts (the first of equals).

    Shapes   loadings: (I, F), F >= 1. Returns the turned loadings (I, F) and the orthogonal matrix (F, F).
    Returns  loadings @ turn
    Unit     that of the loadings.
    Errors   ValueError for other shapes, a NaN, or factors that still turn after `limit` rounds.
    Source   Kaiser (1958), Psychometrika 23(3); `normalise`: rows are first scaled to length 1 and back (Kaiser 1959).
             The solution of stats::varimax of R.
    """
    table = np.asarray(loadings, dtype=float)
    if table.ndim != 2 or not np.isfinite(table).all() or 0 in table.shape:
        raise ValueError(f"loadings must be a finite (items, factors) table, got shape {table.shape}")
    factors = table.shape[1]
    length = np.sqrt(np.square(table).sum(axis=1)) if normalise else np.ones(len(table))
    rows = table / np.where(length > 0, length, 1.0)[:, None]
    rng = np.random.default_rng(1)
    starts = [np.eye(factors)] + [np.linalg.qr(rng.normal(size=(factors, factors)))[0] for _ in range(STARTS)]
    ends = [_climb(rows, start, limit) for start in (starts if factors > 1 else starts[:1])]
    heights = np.array([_simplicity(rows @ turn) for turn in ends])
    turn = ends[int(np.argmax(heights > heights.max() - 1e-9 * max(1.0, abs(heights.max()))))]
    return table @ turn, turn


def _simplicity(loadings: np.ndarray) -> float:
    return float(np.square(loadings).var(axis=0).sum())


def _climb(rows: np.ndarray, turn: np.ndarray, limit: int) -> np.ndarray:
    for _ in range(limit):
        most = 0.0
        for a, b in combinations(range(rows.shape[1]), 2):
            angle = _best_angle(rows @ turn[:, a], rows @ turn[:, b])
            most = max(most, abs(angle))
            c, s = np.cos(angle), np.sin(angle)
            turn = turn.copy()
            turn[:, [a, b]] = turn[:, [a, b]] @ np.array([[c, -s], [s, c]])
        if most < 1e-10:
            return turn
    raise ValueError(f"varimax was still turning after {limit} rounds over all pairs of factors")


def _best_angle(x: np.ndarray, y: np.ndarray) -> float:
    """The turn of two columns at which their squared entries vary most (Kaiser 1958, in closed form)."""
    u, v = x**2 - y**2, 2 * x * y
    over = 2 * (u * v).mean() - 2 * u.mean() * v.mean()
    under = (u**2 - v**2).mean() - u.mean() ** 2 + v.mean() ** 2
    size = max(float((u**2 + v**2).mean()), 1e-300)
    return 0.0 if max(abs(over), abs(under)) < 1e-13 * size else float(np.arctan2(over, under)) / 4


def principal(correlation: ArrayLike, factors: int) -> Components:
    """The first principal components of a correlation matrix, turned by varimax, with regression scoring weights.

    Shapes   correlation: (I, I), 1 on the diagonal; factors F from 1 to I. Returns loadings and weights (I, F).
    Returns  Components in order of the variance they carry after turning; each column of loadings sums to >= 0
    Unit     loadings: correlations of items with components; scores of standardised items @ weights have variance 1.
    Errors   ValueError when it is no correlation matrix, or singular (an item is a mixture of others).
    Source   psych::principal (Revelle): rotate = "varimax", weights = R^-1 L (Thurstone 1935, regression).
    """
    table = np.asarray(correlation, dtype=float)
    square = table.ndim == 2 and table.shape[0] == table.shape[1]
    if not square or not np.allclose(table, table.T, atol=1e-8) or not np.allclose(np.diag(table), 1.0, atol=1e-8):
        raise ValueError(f"need a symmetric correlation matrix with 1 on its diagonal, got shape {table.shape}")
    check_whole(factors, "factors", 1)
    if factors > len(table):
        raise ValueError(f"{len(table)} items have at most {len(table)} components, not {factors}")
    values, vectors = np.linalg.eigh(table)
    if values[0] < 1e-8:
        raise ValueError(
            f"the correlation matrix is singular (smallest eigenvalue {values[0]:.2g}): an item is a mixture of "
            "others, or pairwise missing answers contradict each other"
        )
    first = np.argsort(values)[::-1][:factors]
    turned, _ = varimax(vectors[:, first] * np.sqrt(values[first])) if factors > 1 else _unturned(vectors, values)
    turned = turned[:, np.argsort(-np.square(turned).sum(axis=0), kind="stable")]
    turned = turned * np.where(turned.sum(axis=0) < 0, -1.0, 1.0)
    return Components(turned, np.linalg.solve(table, turned), np.square(turned).sum(axis=0) / len(table))


def _unturned(vectors: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return vectors[:, -1:] * sqrt(values[-1]), np.eye(1)


def published_loadings(weights: ArrayLike) -> np.ndarray:
    """The loadings behind published scoring weights of rotated principal components.

    With components V D V' of the correlations and a turn T, loadings are L = V D^1/2 T and weights R^-1 L =
    V D^-1/2 T, so that L is the transposed pseudo-inverse of the weights: no correlation matrix is needed.

    Shapes   weights: (I, F), independent columns. Returns (I, F).
    Returns  correlations of items with components
    Unit     none.
    Errors   ValueError for other shapes or dependent columns.
    Source   own derivation; for the published cultural map the result is its own varimax solution to 1e-5.
    """
    table = np.asarray(weights, dtype=float)
    if table.ndim != 2 or not np.isfinite(table).all() or np.linalg.matrix_rank(table) < table.shape[1]:
        raise ValueError(f"weights must be a finite (items, factors) table of full rank, got shape {table.shape}")
    return np.linalg.pinv(table).T


def refit_plane(
    values: ArrayLike, weights: ArrayLike | None, place_values: ArrayLike, published: PlaneConstants
) -> PlaneRefit:
    """Fit a published plane again on people's answers and say how far it, and every place on it, has moved.

    Shapes   values: (N, I) one row per person, NaN missing; weights: (N,); place_values: (C, I) item means of places.
             Items stand in the order of the published constants.
    Returns  PlaneRefit; axes are matched to the published ones by the larger total congruence, either way round.
    Unit     points and displacements: map units of the published plane.
    Errors   as `moments` and `principal`; ValueError when the number of items differs from the published one.
    Source   two-component varimax solution scored out of sample, as in Tao et al. (2024), PNAS Nexus 3(9) pgae346;
             congruence: Tucker (1951).
    """
    old = np.asarray(published.weights, dtype=float)
    people, places = np.asarray(values, dtype=float), np.asarray(place_values, dtype=float)
    if people.ndim != 2 or people.shape[1] != len(old) or places.ndim != 2 or places.shape[1] != len(old):
        raise ValueError(f"the published plane has {len(old)} items, got values {people.shape} and {places.shape}")
    basis = moments(people, weights)
    found = principal(basis.correlation, old.shape[1])
    target = published_loadings(old)
    order, sign = _matched(found.loadings, target)
    loadings, weight = found.loadings[:, order] * sign, found.weights[:, order] * sign
    plane = Plane(
        tuple(basis.centre.tolist()),
        tuple(basis.scale.tolist()),
        tuple(tuple(row) for row in weight.tolist()),
        tuple(published.stretch),
        tuple(published.shift),
    )
    before, after = project(places, published), project(places, plane)
    return PlaneRefit(
        plane=plane,
        loadings=loadings,
        congruence=tucker_phi(loadings, target),
        weight_congruence=tucker_phi(weight, old),
        share=found.share[order],
        points=after,
        published_points=before,
        displacement=np.sqrt(np.square(after - before).sum(axis=1)),
    )


def _matched(found: np.ndarray, target: np.ndarray) -> tuple[list[int], np.ndarray]:
    """Order and signs of two found axes that fit a target best."""
    straight, crossed = tucker_phi(found, target), tucker_phi(found[:, ::-1], target)
    order = [0, 1] if np.abs(straight).sum() >= np.abs(crossed).sum() else [1, 0]
    best = straight if order == [0, 1] else crossed
    return order, np.where(best < 0, -1.0, 1.0)
