"""The error that people bring to a sum over items which the same people answered.

A person who leans one way on one item leans on others too, so the items' errors do not average out as those of
strangers would. With answers person by person the error is read off random halves of the people, all items at once:
halves differ from each other as often again as a sample differs from its people. Without them the correlation is
unknown and has to be taken from somewhere: `assumed_variance` says what follows from it.
"""

import numpy as np
from numpy.typing import ArrayLike

from tawazun.stats.delta import multinomial_variance


def assumed_variance(each: ArrayLike, correlation: float) -> np.ndarray:
    """Variance of a sum whose terms correlate by `correlation` in the direction in which they are added.

    It is an upper bound where some terms pull against each other.

    Shapes   each: (..., Q) variances of the terms. Returns (...).
    Returns  the sum of variances for 0, the square of the summed standard errors for 1; NaN where a term is NaN.
    Unit     square of that of the terms.
    Errors   ValueError for a correlation outside [0, 1].
    Source   Kish (1965), Survey Sampling, ch. 5: variance of a sum with a common correlation of its terms.

    >>> float(assumed_variance([1.0, 1.0], 0.5))
    3.0
    """
    if not 0 <= correlation <= 1:
        raise ValueError(f"a correlation of items is between 0 and 1, not {correlation:g}")
    terms = np.maximum(np.asarray(each, dtype=float), 0.0)
    alone = terms.sum(axis=-1)
    if not correlation:
        return np.asarray(alone)
    return np.asarray((1 - correlation) * alone + correlation * np.square(np.sqrt(terms).sum(axis=-1)))


def halved_variances(scores: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Variance of a figure of sampled people, from the figure in random halves of them, time after time.

    Half of n people stray from all n, by sampling without replacement, as much as n people stray from everybody. The
    difference of two halves holds what is linear in the people's shares, their mean what is curved.

    Shapes   scores: (R, 2, ...), R at least 2. Returns (...) twice.
    Returns  linear part, curved part; their sum is the variance; about R degrees of freedom.
    Unit     square of that of the scores.
    Errors   ValueError for fewer than two splits.
    Source   McCarthy (1969), Review of the International Statistical Institute 37(3), on half-sample replication; here
             with random halves, all items of a split alike. Checked by simulation in benchmarks/people.py.
    """
    table = np.asarray(scores, dtype=float)
    if table.ndim < 2 or table.shape[0] < 2 or table.shape[1] != 2:
        raise ValueError(f"need two or more splits in two halves, (R, 2, ...), got {table.shape}")
    apart, middle = (table[:, 0] - table[:, 1]) / 2, table.mean(axis=1)
    return np.asarray(np.square(apart).mean(axis=0)), np.asarray(middle.var(axis=0, ddof=1))


def shared_covariance(
    slopes: np.ndarray, h: np.ndarray, n_eff: np.ndarray, halves: np.ndarray | None, correlation: float
) -> np.ndarray:
    """Covariance, from the people, of J sums over items, to first order in the people's shares.

    Shapes   slopes: (J, Q, K) of each sum by the shares; h: (Q, K); n_eff: (Q,); halves: (R, 2, Q, K), NaN at items
             without them, or None. Returns (J, J).
    Returns  from the halves where there are any; `correlation` of the items, taken in the direction of each sum, for
             the rest; both parts are joined as if they went together.
    Unit     product of those of the sums.
    Errors   as `assumed_variance`; NaN where an n_eff is.
    Source   polarisation: cov(a, b) = (var(a) + var(b) - var(a - b)) / 2, so that a difference of two is exact.
    """
    count = len(slopes)
    pairs = [(i, j) for i in range(count) for j in range(i, count)]
    wanted = np.array([slopes[i] if i == j else slopes[i] - slopes[j] for i, j in pairs])
    found = _variances(wanted, h, n_eff, halves, correlation)
    own = dict(zip(pairs, found.tolist(), strict=True))
    table = np.empty((count, count))
    for i, j in pairs:
        table[i, j] = table[j, i] = own[i, j] if i == j else (own[i, i] + own[j, j] - own[i, j]) / 2
    return table


def _variances(
    slopes: np.ndarray, h: np.ndarray, n_eff: np.ndarray, halves: np.ndarray | None, correlation: float
) -> np.ndarray:
    """(J,) variances of J sums."""
    split = split_items(halves, len(h))
    alone = assumed_variance(multinomial_variance(slopes, h, n_eff)[:, ~split], correlation)
    if halves is None or not split.any():
        return alone
    apart = (halves[:, 0, split] - halves[:, 1, split]) / 2
    told = np.square(np.einsum("rqk,jqk->rj", apart, slopes[:, split])).mean(axis=0)
    return together(told, alone, correlation)


def split_items(halves: np.ndarray | None, items: int) -> np.ndarray:
    """(Q,) which items have halves; halves: (R, 2, Q, K), NaN at items without them, or None."""
    if halves is None or len(halves) < 2:
        return np.zeros(items, dtype=bool)
    return np.asarray(np.isfinite(halves).all(axis=(0, 1, 3)))


def together(told: ArrayLike, alone: ArrayLike, correlation: float) -> np.ndarray:
    """Variance of a sum of two parts of which only one has halves: as if they went together, unless 0 is assumed.

    Shapes   told, alone: (...). Returns (...).
    Unit     square of that of the parts.
    """
    first, second = np.asarray(told, dtype=float), np.asarray(alone, dtype=float)
    return np.asarray(first + second + (2 * np.sqrt(first * second) if correlation else 0.0))
