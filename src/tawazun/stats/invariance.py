"""Does a composite measure one thing in every country? Multi-group one-factor models of growing strictness.

Configural: the same items hang together everywhere. Metric: with the same loadings, so that relations can be compared.
Scalar: with the same intercepts too, so that *means of countries* can be compared. A composite whose scalar model does
not fit ranks countries by how they use the items as much as by what they think.

Model of group g: mean = tau + lambda * kappa, covariance = phi * lambda lambda' + diag(theta); maximum likelihood from
group means and covariances with divisor n. The first group has kappa 0 and phi 1 (configural: every group).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.stats import chi2

Model = Literal["configural", "metric", "scalar"]
MODELS: tuple[Model, ...] = ("configural", "metric", "scalar")
CUT_OFF = -0.01
"""A step whose CFI falls by more than this is rejected (Cheung & Rensvold 2002, Struct. Equ. Modeling 9(2))."""
FLOOR = 1e-3


@dataclass(frozen=True)
class Fit:
    """One fitted model over G groups and I items.

    chi_square, df, p   likelihood ratio against the saturated model; p is NaN when df is 0
    cfi        comparative fit index against items that do not correlate; rmsea NaN when df is 0
    loadings, intercepts, residuals   (G, I); latent_means, latent_variances (G,)
    improper   groups with a residual variance at its floor, a thousandth of the item's variance (a Heywood case):
               do not trust their loadings
    converged  whether the search ended with a flat gradient
    """

    model: Model
    chi_square: float
    df: int
    p: float
    cfi: float
    rmsea: float
    loadings: np.ndarray
    intercepts: np.ndarray
    residuals: np.ndarray
    latent_means: np.ndarray
    latent_variances: np.ndarray
    improper: tuple[int, ...]
    converged: bool


@dataclass(frozen=True)
class Invariance:
    """The three fits and what each step costs; baseline is (chi-square, df) of items that do not correlate."""

    configural: Fit
    metric: Fit
    scalar: Fit
    baseline: tuple[float, int]

    @property
    def delta_cfi(self) -> tuple[float, float]:
        """CFI(metric) - CFI(configural) and CFI(scalar) - CFI(metric)."""
        return self.metric.cfi - self.configural.cfi, self.scalar.cfi - self.metric.cfi

    @property
    def comparable(self) -> str:
        """`means`, `relations`, `neither`: how far comparisons between groups go by the cut-off on each step.

        The configural model itself is not judged here: look at its CFI and RMSEA before anything else.
        """
        metric, scalar = self.delta_cfi
        if not metric >= CUT_OFF:
            return "neither"
        return "means" if scalar >= CUT_OFF else "relations"


@dataclass(frozen=True)
class GroupMoments:
    """Sufficient statistics of G groups and I items; covariances have the divisor n.

    labels   group names; means (G, I); covariances (G, I, I); sizes (G,): people, or effective people where weighted
    """

    labels: tuple[str, ...]
    means: np.ndarray
    covariances: np.ndarray
    sizes: np.ndarray


def group_moments(values: ArrayLike, groups: Sequence[str], weights: ArrayLike | None = None) -> GroupMoments:
    """Means and covariances per group over the rows that answered every item.

    Shapes   values: (N, I), NaN is missing; groups: (N,); weights: (N,), at least 0.
    Returns  groups in sorted order; sizes are Kish's (sum w)^2 / sum w^2, so that unequal weights cost what they cost
    Unit     that of the items.
    Errors   ValueError for other shapes, or a group with no more complete rows than items.
    Source   listwise deletion; effective size: Kish (1965), Survey Sampling, section 11.7.
    """
    table, names = np.asarray(values, dtype=float), np.asarray(groups, dtype=str)
    w = np.ones(len(table)) if weights is None else np.asarray(weights, dtype=float)
    if table.ndim != 2 or names.shape != (len(table),) or w.shape != (len(table),) or (w < 0).any():
        raise ValueError(f"need (rows, items), one group and one weight >= 0 per row, got {table.shape}, {names.shape}")
    whole = ~np.isnan(table).any(axis=1) & (w > 0)
    labels = tuple(np.unique(names).tolist())
    means, covariances, sizes = [], [], []
    for label in labels:
        own = whole & (names == label)
        if own.sum() <= table.shape[1]:
            raise ValueError(f"group {label} has {own.sum()} rows with every item; more than {table.shape[1]} needed")
        share = w[own] / w[own].sum()
        mean = share @ table[own]
        off = table[own] - mean
        means.append(mean)
        covariances.append((off * share[:, None]).T @ off)
        sizes.append(1 / np.square(share).sum())
    return GroupMoments(labels, np.array(means), np.array(covariances), np.array(sizes))


def invariance(means: ArrayLike, covariances: ArrayLike, sizes: ArrayLike) -> Invariance:
    """Configural, metric and scalar one-factor models of several groups, with CFI, RMSEA and the cost of each step.

    Shapes   means: (G, I), covariances: (G, I, I) with divisor n, sizes: (G,); G >= 2, I >= 3.
    Returns  Invariance
    Unit     chi-square: n times the discrepancy, summed over groups; loadings and the rest: those of the items, with
             the first group's factor as the yardstick.
    Errors   ValueError for other shapes, values that are not finite, a covariance that is not positive definite, or a
             group with no more people than items.
    Source   Joreskog (1971), Psychometrika 36(4); Meredith (1993), Psychometrika 58(4). CFI: Bentler (1990), Psychol.
             Bull. 107(2), with the independence model that leaves means free. RMSEA: Steiger (1998), Struct. Equ.
             Modeling 5(4), for several groups: sqrt(G) * sqrt(max(0, chi2 - df) / (df N)).
    """
    m, s, n = (np.asarray(part, dtype=float) for part in (means, covariances, sizes))
    _check(m, s, n)
    middle = n @ m / n.sum()
    unit = np.sqrt(np.einsum("g,gii->i", n, s) / n.sum())
    m, s = (m - middle) / unit, s / np.outer(unit, unit)
    logs = np.linalg.slogdet(s)[1]
    items = m.shape[1]
    base = float((n * (np.log(np.einsum("gii->gi", s)).sum(axis=1) - logs)).sum()), len(m) * items * (items - 1) // 2
    fits = {model: _fit(model, (m, s, n, logs), base) for model in MODELS}
    back = {model: _rescaled(fit, middle, unit) for model, fit in fits.items()}
    return Invariance(back["configural"], back["metric"], back["scalar"], base)


def _check(m: np.ndarray, s: np.ndarray, n: np.ndarray) -> None:
    if m.ndim != 2 or s.shape != (*m.shape, m.shape[-1]) or n.shape != (len(m),):
        raise ValueError(f"need means (G, I), covariances (G, I, I), sizes (G,), got {m.shape}, {s.shape}, {n.shape}")
    groups, items = m.shape
    if groups < 2 or items < 3:
        raise ValueError(f"at least 2 groups and 3 items identify the models, got {groups} and {items}")
    if not all(np.isfinite(part).all() for part in (m, s, n)):
        raise ValueError("means, covariances and sizes must be finite")
    for g in range(groups):
        if not np.allclose(s[g], s[g].T) or np.linalg.eigvalsh(s[g])[0] <= 1e-10 * np.trace(s[g]):
            raise ValueError(f"the covariance of group {g} is not positive definite: an item is a mixture of others")
        if n[g] <= items:
            raise ValueError(f"group {g} has {n[g]:g} people for {items} items; more are needed")


Data = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class _Layout:
    """How a model's free numbers become loadings, intercepts, log residuals, log variances and means, all per group."""

    model: Model
    groups: int
    items: int

    @property
    def sizes(self) -> tuple[int, int, int, int, int]:
        """Free loadings, intercepts (0: as observed), residuals, latent variances, latent means."""
        own, free = self.groups * self.items, self.groups - 1
        if self.model == "configural":
            return own, 0, own, 0, 0
        return self.items, self.items if self.model == "scalar" else 0, own, free, free if self.model == "scalar" else 0

    def read(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray | None, np.ndarray, np.ndarray, np.ndarray]:
        """Loadings (G, I), intercepts (G, I) or None, residuals (G, I), variances (G,), means (G,)."""
        a, b, c, d, _ = np.cumsum(self.sizes)
        full = (self.groups, self.items)
        loadings = np.broadcast_to(x[:a].reshape(-1, self.items), full)
        intercepts = np.broadcast_to(x[a:b], full) if b > a else None
        variances = np.concatenate([[1.0], np.exp(x[c:d])]) if d > c else np.ones(self.groups)
        means = np.concatenate([[0.0], x[d:]]) if len(x) > d else np.zeros(self.groups)
        return loadings, intercepts, np.exp(x[b:c]).reshape(full), variances, means

    def packed(
        self,
        loadings: np.ndarray,
        intercepts: np.ndarray,
        residuals: np.ndarray,
        variances: np.ndarray,
        means: np.ndarray,
    ) -> np.ndarray:
        """Gradients per group, collected on the free numbers (those of residuals and variances: on their logs)."""
        a, b, _, d, e = self.sizes
        parts = [
            loadings.ravel() if a > self.items or self.groups == 1 else loadings.sum(axis=0),
            intercepts.sum(axis=0) if b else np.zeros(0),
            residuals.ravel(),
            variances[1:] if d else np.zeros(0),
            means[1:] if e else np.zeros(0),
        ]
        return np.concatenate(parts)


def _objective(layout: _Layout, data: Data) -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
    m, s, n, logs = data
    share = n / n.sum()

    def discrepancy(x: np.ndarray) -> tuple[float, np.ndarray]:
        loadings, intercepts, residuals, variances, means = layout.read(x)
        off = np.zeros_like(m) if intercepts is None else m - intercepts - loadings * means[:, None]
        sigma = variances[:, None, None] * loadings[:, :, None] * loadings[:, None, :]
        sigma = sigma + residuals[:, :, None] * np.eye(layout.items)
        inverse = np.linalg.inv(sigma)
        seen = s + off[:, :, None] * off[:, None, :]
        value = np.linalg.slogdet(sigma)[1] + np.einsum("gij,gji->g", inverse, seen) - logs - layout.items
        slope = inverse - inverse @ seen @ inverse
        pull = -2 * np.einsum("gij,gj->gi", inverse, off)
        along = np.einsum("gij,gj->gi", slope, loadings)
        gradient = layout.packed(
            share[:, None] * (2 * variances[:, None] * along + means[:, None] * pull),
            share[:, None] * pull,
            share[:, None] * np.einsum("gii->gi", slope) * residuals,
            share * np.einsum("gi,gi->g", loadings, along) * variances,
            share * np.einsum("gi,gi->g", loadings, pull),
        )
        return float(share @ value), gradient

    return discrepancy


def _start(layout: _Layout, data: Data) -> np.ndarray:
    m, s, n, _ = data
    pooled = np.einsum("g,gij->ij", n, s) / n.sum()
    values, vectors = np.linalg.eigh(pooled)
    first = vectors[:, -1] * np.sqrt(max(values[-1] - 0.5, 0.3))
    first = first * (1 if first.sum() >= 0 else -1)
    a, b, _, d, e = layout.sizes
    own = np.einsum("gii->gi", s)
    residuals = np.log(np.maximum(own - first**2, 0.3 * own))
    means = ((m - m[0]) @ first / (first @ first))[1:]
    loadings = np.tile(first, a // layout.items)
    return np.concatenate([loadings, m[0][:b], residuals.ravel(), np.zeros(d), means[:e]])


def _fit(model: Model, data: Data, base: tuple[float, int]) -> Fit:
    layout = _Layout(model, *data[0].shape)
    start, objective = _start(layout, data), _objective(layout, data)
    _, first, last, _, _ = np.cumsum(layout.sizes)
    logs = slice(first, last)
    least = float(np.log(FLOOR))
    bounds = [(least, None) if first <= i < last else (None, None) for i in range(len(start))]
    settings = {"maxiter": 5000, "maxfun": 20000, "ftol": 1e-15, "gtol": 1e-9, "maxcor": 30}
    found = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds, options=settings)
    value, slope = objective(found.x)
    at_floor = found.x[logs] < least + 1e-6
    slope[logs] = np.where(at_floor, 0.0, slope[logs])
    return _judged(layout, data, base, (found.x, value, bool(np.abs(slope).max() < 1e-5)))


def _judged(layout: _Layout, data: Data, base: tuple[float, int], found: tuple[np.ndarray, float, bool]) -> Fit:
    m, _, n, _ = data
    x, value, converged = found
    groups, items = m.shape
    loadings, intercepts, residuals, variances, means = layout.read(x)
    turn = np.where(loadings.sum(axis=1) < 0, -1.0, 1.0)
    free = len(x) + (groups * items if intercepts is None else 0)
    square, df = max(0.0, value * float(n.sum())), groups * items * (items + 3) // 2 - free
    excess = max(square - df, 0.0)
    most = max(base[0] - base[1], excess, 0.0)
    return Fit(
        model=layout.model,
        chi_square=square,
        df=df,
        p=float(chi2.sf(square, df)) if df else float("nan"),
        cfi=1 - excess / most if most > 0 else 1.0,
        rmsea=float(np.sqrt(groups * excess / (df * n.sum()))) if df else float("nan"),
        loadings=loadings * turn[:, None],
        intercepts=m.copy() if intercepts is None else intercepts.copy(),
        residuals=residuals,
        latent_means=means * turn,
        latent_variances=variances,
        improper=tuple(np.flatnonzero((residuals < FLOOR * (1 + 1e-5)).any(axis=1)).tolist()),
        converged=converged,
    )


def _rescaled(fit: Fit, middle: np.ndarray, unit: np.ndarray) -> Fit:
    return replace(
        fit,
        loadings=fit.loadings * unit,
        intercepts=fit.intercepts * unit + middle,
        residuals=fit.residuals * unit**2,
    )
