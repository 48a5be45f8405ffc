"""How far two distributions over the same options are apart.

Logarithms are base 2 everywhere, so the Jensen-Shannon divergence and distance lie in [0, 1]. The *distance* is the
root of the divergence; many papers print one under the name of the other, and their numbers cannot be compared.
Nothing is corrected for sampling here: `js_bias` gives what to subtract, from the mean of divergences, before a root.

Loops run over options, never over rows, so that memory is that of the result and not of the result times K.
"""

import numpy as np
from numpy.typing import ArrayLike

from tawazun.stats.shares import check_counts, check_pair, check_shares, row_sums

# just inside -1: log1p stays finite where a share is zero, and the share multiplies it away
EDGE = -1 + 2**-53


def js_divergence(p: ArrayLike, q: ArrayLike) -> np.ndarray:
    """Jensen-Shannon divergence between distributions over the same options.

    Shapes   p, q: (..., K), leading axes broadcast. Returns (...).
    Returns  [0, 1]; 0 same, 1 no option shared. NaN where a row has a NaN.
    Unit     bits (base 2); squared distance. Upward biased for sampled shares, see `js_bias`.
    Errors   ValueError for negative shares, rows that do not sum to 1, different numbers of options.
    Source   Lin (1991), IEEE Trans. Inf. Theory 37(1), eq. 4.1 with equal weights.

    >>> float(js_divergence([1.0, 0.0], [0.0, 1.0]))
    1.0
    """
    p, q = check_pair(p, q)
    total = np.zeros(np.broadcast_shapes(p.shape, q.shape)[:-1])
    u, part = np.empty_like(total), np.empty_like(total)
    for a, b in zip(_by_option(p), _by_option(q), strict=True):
        # with u = (a - b) / (a + b): a log(a/m) + b log(b/m) = a log1p(u) + b log1p(-u), exact near a = b
        np.maximum(np.add(a, b, out=part), np.finfo(float).tiny, out=part)
        np.divide(np.subtract(a, b, out=u), part, out=u)
        np.multiply(np.log1p(np.maximum(u, EDGE, out=part), out=part), a, out=part)
        np.maximum(np.negative(u, out=u), EDGE, out=u)
        # both terms together before the total, so that swapping the sides changes no digit
        total += np.add(part, np.multiply(np.log1p(u, out=u), b, out=u), out=part)
    return np.clip(total / (2 * np.log(2)), 0.0, 1.0)


def js_distance(p: ArrayLike, q: ArrayLike) -> np.ndarray:
    """Jensen-Shannon distance, the root of the base-2 divergence; it obeys the triangle inequality.

    Shapes   p, q: (..., K), leading axes broadcast. Returns (...).
    Returns  [0, 1]; NaN where a row has a NaN.
    Unit     root of bits.
    Errors   as `js_divergence`.
    Source   Endres & Schindelin (2003), IEEE Trans. Inf. Theory 49(7).

    >>> round(float(js_distance([0.5, 0.5], [1.0, 0.0])), 4)
    0.5579
    """
    return np.sqrt(js_divergence(p, q))


def js_bias(p: ArrayLike, q: ArrayLike, n_p: ArrayLike | None, n_q: ArrayLike | None) -> np.ndarray:
    """First-order upward bias of the plug-in Jensen-Shannon divergence when p and q are sampled shares.

    Twice differentiated in p, each option gives q / (2 p (p + q)); times half the sampling variance p (1 - p) / n that
    is q (1 - p) / (4 n (p + q)), summed over options and divided by ln 2; the q side is the same with letters swapped.
    An option that a side never chose adds nothing for that side. At p = q each side gives (K - 1) / (8 n ln 2).

    Shapes   p, q: (..., K); n_p, n_q: broadcast against the leading axes. Returns (...).
    Returns  what to subtract from the divergence (pooled over items before any root, never clipped per item).
             NaN where a size or a row is NaN.
    Unit     bits.
    Errors   as `js_divergence`; ValueError when a size is not positive. None or inf: that side is exact.
    Source   own derivation (second-order delta method), verified by simulation; the p = q case is Grosse et al. (2002),
             Phys. Rev. E 65, 041905.

    >>> round(float(js_bias([0.25] * 4, [0.25] * 4, 100, None)), 6)
    0.00541
    """
    p, q = check_pair(p, q)
    sizes = check_counts(n_p, "n_p"), check_counts(n_q, "n_q")
    lead = np.broadcast_shapes(p.shape[:-1], q.shape[:-1], sizes[0].shape, sizes[1].shape)
    sums = np.zeros((2, *np.broadcast_shapes(p.shape, q.shape)[:-1]))
    for k in range(p.shape[-1]):
        a, b = p[..., k], q[..., k]
        both = np.maximum(a + b, np.finfo(float).tiny)
        sums[0] += b * np.where(a > 0, 1 - a, a) / both
        sums[1] += a * np.where(b > 0, 1 - b, b) / both
    return np.broadcast_to((sums[0] / sizes[0] + sums[1] / sizes[1]) / (4 * np.log(2)), lead).copy()


def js_noise_bias(p: ArrayLike, q: ArrayLike, variance_p: ArrayLike, variance_q: ArrayLike) -> np.ndarray:
    """First-order upward bias of the plug-in Jensen-Shannon divergence for shares with any known sampling variance.

    For averages over framings, whose shares vary more (or less) than those of a multinomial sample: the variance of a
    mean over G framings is the variance between framings divided by G. `js_bias` is the case p (1 - p) / n.

    Shapes   p, q, variance_p, variance_q: (..., K), broadcasting. Returns (...).
    Returns  what to subtract from the divergence; options with share 0 add nothing. NaN where anything is NaN.
    Unit     bits.
    Errors   as `js_divergence`; ValueError for a negative variance.
    Source   as `js_bias`: half of q / (2 p (p + q) ln 2) times the variance, summed over options and sides.

    >>> p = np.array([0.25] * 4)
    >>> round(float(js_noise_bias(p, p, p * (1 - p) / 100, 0 * p)), 6)
    0.00541
    """
    p, q = check_pair(p, q)
    spread = [np.asarray(part, dtype=float) for part in (variance_p, variance_q)]
    if any((part < 0).any() for part in spread):
        raise ValueError("a variance cannot be negative")
    sides = []
    for own, other, variance in ((p, q, spread[0]), (q, p, spread[1])):
        below = own * (own + other)
        curve = np.divide(other, below, out=np.zeros(below.shape), where=(below > 0) | np.isnan(below))
        sides.append((curve * variance).sum(axis=-1))
    return (sides[0] + sides[1]) / (4 * np.log(2))


def total_variation(p: ArrayLike, q: ArrayLike) -> np.ndarray:
    """Total variation: the share of answers that would have to move to another option.

    Shapes   p, q: (..., K), leading axes broadcast. Returns (...).
    Returns  [0, 1]; NaN where a row has a NaN.
    Unit     share of answers.
    Errors   as `js_divergence`.
    Source   Levin, Peres & Wilmer (2009), Markov Chains and Mixing Times, prop. 4.2.

    >>> float(total_variation([0.5, 0.5, 0.0], [0.0, 0.5, 0.5]))
    0.5
    """
    p, q = check_pair(p, q)
    total = np.zeros(np.broadcast_shapes(p.shape, q.shape)[:-1])
    for k in range(p.shape[-1]):
        total += np.abs(p[..., k] - q[..., k])
    return total / 2


def entropy(p: ArrayLike) -> np.ndarray:
    """Shannon entropy of distributions.

    Shapes   p: (..., K). Returns (...).
    Returns  [0, log2 K]; NaN where a row has a NaN.
    Unit     bits.
    Errors   as `js_divergence`.
    Source   Shannon (1948), Bell Syst. Tech. J. 27, section 6.

    >>> float(entropy([0.25, 0.25, 0.25, 0.25]))
    2.0
    """
    shares = check_shares(p, "p")
    return np.abs(-(shares * np.log2(np.maximum(shares, np.finfo(float).tiny))).sum(axis=-1))


def kl_divergence(p: ArrayLike, q: ArrayLike, *, smoothing: float, options: ArrayLike | None = None) -> np.ndarray:
    """Kullback-Leibler divergence of q from p after both are mixed with the uniform distribution.

    The result depends on the smoothing, so there is no default: print it with the number.

    Shapes   p, q: (..., K); options: number of real options per row when rows are padded (default K). Returns (...).
    Returns  [0, inf); inf when smoothing is 0 and q misses an option of p. NaN where a row has a NaN.
    Unit     bits.
    Errors   as `js_divergence`; ValueError when smoothing is outside [0, 1).
    Source   Kullback & Leibler (1951), Ann. Math. Stat. 22(1); p' = (1 - s) p + s / K, likewise q.

    >>> float(kl_divergence([1.0, 0.0], [0.5, 0.5], smoothing=0.0))
    1.0
    """
    if not 0 <= smoothing < 1:
        raise ValueError(f"smoothing must lie in [0, 1), got {smoothing!r}")
    p, q = check_pair(p, q)
    width = p.shape[-1]
    real = np.asarray(width if options is None else options, dtype=float)
    if (real < 1).any() or (real > width).any():
        raise ValueError(f"options must lie between 1 and {width}, got {real.min():g} to {real.max():g}")
    total = np.zeros(np.broadcast_shapes(p.shape[:-1], q.shape[:-1], real.shape))
    for k in range(width):
        extra = np.where(k < real, smoothing / real, 0.0)
        a, b = (1 - smoothing) * p[..., k] + extra, (1 - smoothing) * q[..., k] + extra
        with np.errstate(divide="ignore", invalid="ignore"):
            total += np.where(a == 0, np.where(np.isnan(b), np.nan, 0.0), a * np.log2(a / b))
    return np.maximum(total, 0.0)


def wasserstein1(p: ArrayLike, q: ArrayLike, codes: ArrayLike) -> np.ndarray:
    """Wasserstein-1 (earth mover's) distance on the options' numeric codes, in any order.

    Shapes   p, q: (..., K); codes: (K,) or (..., K) broadcasting against the rows. Returns (...).
    Returns  [0, max code - min code]; NaN where a row has a NaN or has fewer than two codes.
    Unit     code points.
    Errors   as `js_divergence`; ValueError when a code is infinite or mass sits where a code is NaN.
             Padding: a NaN code, or a repeated one, adds no length; a 0 beyond the scale would. An item whose codes
             are all NaN (nominal) has no W1: NaN.
    Source   Vallender (1974), Theory Probab. Appl. 18(4): the integral of |F - G|.

    >>> float(wasserstein1([1.0, 0, 0], [0, 0, 1.0], [1, 2, 10]))
    9.0
    """
    total, _ = _between_cdfs(p, q, codes, squared=False)
    return total


def w1_similarity(p: ArrayLike, q: ArrayLike, codes: ArrayLike) -> np.ndarray:
    """One minus the Wasserstein-1 distance as a share of the length of the scale.

    Shapes   p, q: (..., K); codes: (K,) or (..., K). Returns (...).
    Returns  [0, 1]; 1 same, 0 all mass at opposite ends. NaN as in `wasserstein1`.
    Unit     share of the scale: 1 - W1 / (max code - min code).
    Errors   as `wasserstein1`.
    Source   Santurkar et al. (2023), arXiv 2303.17548, section 3 (there on positions instead of codes).

    >>> float(w1_similarity([1.0, 0, 0], [0, 1.0, 0], [1, 2, 3]))
    0.5
    """
    total, length = _between_cdfs(p, q, codes, squared=False)
    return np.clip(1 - total / length, 0.0, 1.0)


def energy_distance(p: ArrayLike, q: ArrayLike, codes: ArrayLike) -> np.ndarray:
    """Energy distance on the options' numeric codes: the root of twice the integral of (F - G) squared.

    Shapes   p, q: (..., K); codes: (K,) or (..., K). Returns (...).
    Returns  [0, root of twice the length of the scale]; NaN as in `wasserstein1`.
    Unit     root of code points.
    Errors   as `wasserstein1`.
    Source   Szekely & Rizzo (2013), J. Stat. Plan. Inference 143(8); same convention as `scipy.stats.energy_distance`.

    >>> round(float(energy_distance([1.0, 0.0], [0.0, 1.0], [1, 2])), 4)
    1.4142
    """
    total, _ = _between_cdfs(p, q, codes, squared=True)
    return np.sqrt(2 * total)


def kogut_singh(a: ArrayLike, b: ArrayLike, variances: ArrayLike) -> np.ndarray:
    """Kogut and Singh's distance between two profiles of index scores.

    Shapes   a, b: (..., D); variances: (D,) over a named panel of countries. Returns (...).
    Returns  [0, inf); NaN where a score is missing.
    Unit     mean squared difference in units of the panel's variance.
    Errors   ValueError when a variance is not positive.
    Source   Kogut & Singh (1988), J. Int. Bus. Stud. 19(3), p. 422.

    >>> float(kogut_singh([10.0, 0.0], [0.0, 0.0], [25.0, 1.0]))
    2.0
    """
    spread = np.asarray(variances, dtype=float)
    if not (spread > 0).all():
        raise ValueError(f"variances must be positive, got {spread.tolist()}")
    return (np.square(np.asarray(a, dtype=float) - np.asarray(b, dtype=float)) / spread).mean(axis=-1)


def _between_cdfs(p: ArrayLike, q: ArrayLike, codes: ArrayLike, squared: bool) -> tuple[np.ndarray, np.ndarray]:
    """The integral of |F - G| (or its square) over the codes, and the length of the scale; NaN where there is none."""
    p, q = check_pair(p, q)
    values = np.asarray(codes, dtype=np.float64)
    width = p.shape[-1]
    if values.ndim == 0 or values.shape[-1] != width:
        raise ValueError(f"codes must give a number for each of {width} options, got shape {values.shape}")
    if np.isinf(values).any():
        raise ValueError("codes must be finite (NaN for padding), got an infinite one")
    steps = np.diff(values, axis=-1)
    if np.isnan(values).any():
        _no_mass_on_padding(p, values, "p")
        _no_mass_on_padding(q, values, "q")
    if not (steps >= 0).all():
        order = np.argsort(values, axis=-1, kind="stable")  # NaN last
        steps = np.diff(np.take_along_axis(values, order, axis=-1), axis=-1)
        p, q = _sorted(p, order), _sorted(q, order)
    known = np.where(np.isnan(steps), 0.0, steps)
    lead = np.broadcast_shapes(p.shape[:-1], q.shape[:-1], values.shape[:-1])
    total, gap = np.zeros(lead), np.zeros(lead)
    for k in range(width - 1):
        gap = gap + (p[..., k] - q[..., k])
        part = np.square(gap) if squared else np.abs(gap)
        total += part * known[..., k]
    length = row_sums(known)
    length = np.where(length > 0, length, np.nan)
    return total + 0 * (length + p[..., -1] + q[..., -1]), length


def _by_option(shares: np.ndarray) -> np.ndarray:
    """(K, ...) copy in which each option's shares lie side by side in memory: three times as fast to loop over."""
    return np.ascontiguousarray(np.moveaxis(shares, -1, 0))


def _sorted(shares: np.ndarray, order: np.ndarray) -> np.ndarray:
    shape = np.broadcast_shapes(shares.shape, order.shape)
    return np.take_along_axis(np.broadcast_to(shares, shape), np.broadcast_to(order, shape), axis=-1)


def _no_mass_on_padding(shares: np.ndarray, values: np.ndarray, name: str) -> None:
    """Rows without any code are nominal and may hold mass; elsewhere a NaN code must have none."""
    padded = np.isnan(values) & ~np.isnan(values).all(axis=-1, keepdims=True)
    if padded.any() and (np.where(padded, np.nan_to_num(shares), 0.0) > 0).any():
        raise ValueError(f"{name} has mass on an option whose code is NaN (padding)")
