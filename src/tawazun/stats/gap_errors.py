"""What the sampling of people does to the sums that regional ratios are made of, without drawing anybody again.

Two sums stand behind every ratio of a region: the people's squared differences between places, and the products of the
model's with the people's. People who are drawn again from their own shares differ more from each other than the people
who were sampled do, by as much noise as the first sampling left. With 100 people a place that is half of all they
differ by, and intervals from such draws hold the truth 86 % of the time instead of 95. Here the noise is taken out of
the variance too.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri, stdtrit

from tawazun.stats.shares import check_counts, check_level, check_shares

# steps that grow by half until a bound is passed, and halvings from there
FARTHEST, HALVINGS = 60, 30


@dataclass(frozen=True)
class GapErrors:
    """Sampling variances of two sums over places and items, from the people alone; every field has shape (...).

    gaps   variance of the people's sum of squares, h' L h
    floor  the part of it that stays when the people do not differ; the rest grows with how much they do
    cross  variance of the sum of products with the model, m' L h
    both   covariance of the two
    """

    gaps: np.ndarray
    floor: np.ndarray
    cross: np.ndarray
    both: np.ndarray


# what people leave whose number is unknown, or that are everybody
NO_ERRORS = GapErrors(*(np.zeros(()) for _ in range(4)))


def pair_mean(there: ArrayLike) -> np.ndarray:
    """The form h' L h that gives the mean over pairs of places of their mean squared distance per item.

    Shapes   there: (C, I) which cells are known. Returns (I, C, C), symmetric, rows summing to 0.
    Returns  pairs without a common item count for nothing; all 0 when no pair has one.
    Unit     share of the mean.
    Errors   ValueError when `there` is not (C, I).
    Source   the Laplacian of a weighted graph: x' L x is the weighted sum of squared differences.

    >>> pair_mean([[True], [True]]).tolist()
    [[[1.0, -1.0], [-1.0, 1.0]]]
    """
    known = _cells(there)
    shared = known @ known.T
    weight = np.divide(1.0, shared, out=np.zeros_like(shared), where=shared > 0)
    np.fill_diagonal(weight, 0.0)
    pairs = (weight > 0).sum() / 2
    if pairs:
        weight /= pairs
    edges = known.T[:, :, None] * known.T[:, None, :] * weight
    return np.asarray(np.eye(len(known)) * edges.sum(axis=-1)[:, :, None] - edges)


def from_mean(there: ArrayLike) -> np.ndarray:
    """The form h' L h that gives the sum of squared deviations from the mean over the places that have an item.

    Shapes   there: (C, I). Returns (I, C, C), symmetric, rows summing to 0.
    Returns  the centring matrix of each item's places.
    Unit     none.
    Errors   as `pair_mean`.
    Source   definition.

    >>> from_mean([[True], [True]]).tolist()
    [[[0.5, -0.5], [-0.5, 0.5]]]
    """
    known = _cells(there).T
    count = np.maximum(known.sum(axis=-1), 1.0)[:, None, None]
    return np.asarray(np.eye(known.shape[1]) * known[:, :, None] - known[:, :, None] * known[:, None, :] / count)


def gap_errors(model: ArrayLike, human: ArrayLike, n: ArrayLike, form: ArrayLike) -> GapErrors:
    """Sampling variances of h' L h and of m' L h when h is sampled and m is given.

    With observed shares h = truth + e, the variance of h' L h is 4 t' L S L t + 2 tr(L S L S), t the truth and S the
    sampling covariance. Putting h in place of t adds 4 tr(L S L S), which is taken off again.

    Shapes   model, human: (..., C, I, K); n: broadcasts to (..., C, I), people or effective people; form: (I, C, C)
             whose rows sum to 0. Cells with a NaN count for nothing: they must be outside the form.
    Returns  variances of at least 0; an n of inf adds nothing.
    Unit     square of that of the sums.
    Errors   as `check_shares`; ValueError when a size is not above 1 or the shapes do not fit.
    Source   variance of a quadratic form: Searle (1971), Linear Models, section 2.5; skewness of the shares is left
             out, which matters to second order only.
    """
    shares, sizes = check_shares(human, "human"), check_counts(n, "n")
    other, weight = np.asarray(model, dtype=float), np.asarray(form, dtype=float)
    fits = shares.ndim >= 3 and weight.shape == (shares.shape[-2], *shares.shape[-3:-2] * 2)
    if not fits or other.shape != shares.shape:
        raise ValueError(
            f"need both sides (..., C, I, K) and a form (I, C, C), got {other.shape}, {shares.shape}, {weight.shape}"
        )
    if (sizes <= 1).any():
        raise ValueError("an error needs more than 1 person")
    there = ~(np.isnan(shares) | np.isnan(other)).any(axis=-1)
    people, own = (np.where(there[..., None], side, 0.0).swapaxes(-3, -2) for side in (shares, other))
    # p (1 - p) / (n - 1) is the unbiased estimate of a share's variance
    rate = np.where(there, 1 / (np.broadcast_to(sizes, there.shape) - 1), 0.0).swapaxes(-2, -1)
    apart, moved = weight @ people, weight @ own

    def summed(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.asarray((rate * _covariance(a, b, people)).sum(axis=(-2, -1)))

    first, squares = summed(apart, apart), np.square(people)
    inner, mixed = people @ people.swapaxes(-1, -2), squares @ people.swapaxes(-1, -2)
    traces = inner - mixed - mixed.swapaxes(-1, -2) + np.square(inner)
    rates = rate[..., :, None] * rate[..., None, :]
    floor = 2 * np.maximum((np.square(weight) * traces * rates).sum(axis=(-3, -2, -1)), 0.0)
    return GapErrors(
        4 * np.maximum(first - floor / 2, 0.0) + floor,
        floor,
        np.maximum(summed(moved, moved), 0.0),
        2 * summed(moved, apart),
    )


def gap_ratio_excludes(
    ratio: ArrayLike,
    above: ArrayLike,
    below: ArrayLike,
    sd: ArrayLike,
    df: float,
    errors: GapErrors,
    level: float,
) -> np.ndarray:
    """Whether above / below cannot be a given ratio, where `below` is a debiased sum of squares of sampled people.

    It cannot be when above - ratio * below is farther from 0 than both sides' errors allow, their half-widths joined.
    Where people came out alike by chance, the variance of their sum of squares came out small too, and ratios would be
    called too large too often. So that variance is the one that belongs to the ratio, with the sum of squares that both
    sums together speak for, unless that makes the whole smaller.

    Shapes   all broadcast. Returns (...), False where the interval of `below` holds 0.
    Returns  booleans; sd and df are those of `above` from the model's side; errors are from the people, with cross and
             both 0 when the people do not enter `above`.
    Unit     ratio: that of above / below.
    Errors   ValueError for a negative sd, df not positive, level outside (0, 1).
    Source   Fieller (1954), J. R. Stat. Soc. B 16(2); the variance under the value that is tested: Cox & Hinkley
             (1974), Theoretical Statistics, section 9.3; joined half-widths: Howe (1974), JASA 69(347).
    """
    check_level(level)
    at, top, bottom, own = (np.asarray(part, dtype=float) for part in (ratio, above, below, sd))
    if (own < 0).any() or not df > 0:
        raise ValueError(f"need an sd of at least 0 and a df above 0, got {own.tolist()} and {df!r}")
    far = float(ndtri((1 + level) / 2))
    wide = far if np.isinf(df) else float(stdtrit(df, (1 + level) / 2))
    known = bottom > far * np.sqrt(errors.gaps)
    # the sum of squares that both sums speak for if their ratio is this one (least squares)
    one, other = errors.cross + np.square(own) - at * errors.both, at * errors.gaps - errors.both
    weight = one + at * other
    shared = np.divide(one * bottom + other * top, weight, out=np.array(0.0 * weight + bottom), where=weight > 0)
    swollen = np.maximum(1.0, np.divide(shared, bottom, out=np.ones_like(shared), where=known))
    allowed = np.maximum(*(_noise(errors, at, grown) for grown in (np.ones_like(swollen), swollen)))
    return known & (np.square(top - at * bottom) > np.square(wide * own) + far**2 * allowed)


def gap_ratio_interval(
    above: float, below: float, sd: float, df: float, errors: GapErrors, level: float
) -> tuple[float, float]:
    """The ratios that `gap_ratio_excludes` leaves.

    Shapes   numbers.
    Returns  low, high; NaN where the interval of `below` holds 0.
    Unit     that of above / below.
    Errors   as `gap_ratio_excludes`.
    Source   as `gap_ratio_excludes`.
    """
    check_level(level)
    far = float(ndtri((1 + level) / 2))
    if not below > far * float(errors.gaps) ** 0.5:
        return float("nan"), float("nan")
    value = above / below

    def outside(ratio: float) -> bool:
        return bool(gap_ratio_excludes(ratio, above, below, sd, df, errors, level))

    wide = sd * (far if np.isinf(df) else float(stdtrit(df, (1 + level) / 2)))
    size = wide**2 + far**2 * float(errors.cross + value**2 * errors.gaps)
    step = size**0.5 / below or max(abs(value), 1.0) * 1e-9
    low, high = (_edge(outside, value, side * step) for side in (-1.0, 1.0))
    return low, high


def _noise(errors: GapErrors, ratio: np.ndarray, swollen: np.ndarray) -> np.ndarray:
    """Variance of above - ratio * below from the people, whose sum of squares is so many times the observed one."""
    grown = errors.floor + swollen * (errors.gaps - errors.floor)
    return np.maximum(errors.cross - 2 * ratio * np.sqrt(swollen) * errors.both + np.square(ratio) * grown, 0.0)


def _edge(outside: Callable[[float], bool], start: float, step: float) -> float:
    inside, beyond = start, start + step
    for _ in range(FARTHEST):
        if outside(beyond):
            break
        inside, step = beyond, 1.5 * step
        beyond = inside + step
    else:
        return float("nan")
    for _ in range(HALVINGS):
        middle = (inside + beyond) / 2
        inside, beyond = (inside, middle) if outside(middle) else (middle, beyond)
    return inside


def _covariance(a: np.ndarray, b: np.ndarray, p: np.ndarray) -> np.ndarray:
    """(..., K) -> (...) covariance of a and b under shares p."""
    return np.asarray((p * a * b).sum(axis=-1) - (p * a).sum(axis=-1) * (p * b).sum(axis=-1))


def _cells(there: ArrayLike) -> np.ndarray:
    known = np.asarray(there)
    if known.ndim != 2:
        raise ValueError(f"known cells must be (C, I), got shape {known.shape}")
    return known.astype(float)
