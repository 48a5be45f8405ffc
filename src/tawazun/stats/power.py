"""How likely a design is to reach a verdict, before anybody is asked.

The estimate is a mean difference of closeness; wordings (clusters) give it an error with few degrees of freedom, people
one that more wordings do not change. A verdict asks for three things of the estimate at once (see claims/verdicts): its
interval leaves 0 out, it is at least as large as a floor, and a sign-flip test over items agrees. Given the estimated
error all three are a single bound that the estimate must pass, so the chance is one integral over that error.

That integral takes effects of wordings for normal. With 5 or 10 wordings and a skewness of 1 it is off by up to 13
points; means and standard deviations of Pearson's type III with that skewness take its place then (within 5 points for
three families of shapes, benchmarks/calibration.py).
"""

from collections.abc import Callable
from functools import cache, lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri
from scipy.stats import chi2
from scipy.stats import t as student

from tawazun.seeds import seed_for
from tawazun.stats.permutation import sign_flip
from tawazun.stats.ranks import joint_permutation_tau
from tawazun.stats.shares import check_level, check_whole

NODES = 400
# flips are counted up to 2^14
COUNTED = 14
# a search for an effect or a number of wordings stops here
MOST_CLUSTERS = 10_000
# beyond so many clusters skewness is averaged away
SKEWED_UP_TO = 60
SKEWED_DRAWS = 20_000
MOST_SKEW = 2.0


def verdict_power(
    effect: float, *, sd: float, clusters: int, fixed_sd: float, bar: float, level: float, skew: float = 0.0
) -> float:
    """Chance that an interval lies above 0 and its estimate at or above a bar.

    Shapes   effect: the true difference; sd: of one cluster; fixed_sd: error that clusters do not change; bar: what the
             estimate must reach besides (the smallest effect, the bound of another test), 0 for nothing; skew: of the
             clusters' effects, above 0 when a few lie far on the side of the effect.
    Returns  [0, 1].
    Unit     probability.
    Errors   ValueError for fewer than 2 clusters, a negative or no error at all, level outside (0, 1), a skewness
             beyond 2.
    Source   own: the normal chance given the estimated error, averaged over 400 equally likely values of it, with the
             half-width of `resampling.t_interval`; without people and bar it is Student's non-central t.

    >>> round(verdict_power(0.0, sd=1.0, clusters=5, fixed_sd=0.0, bar=0.0, level=0.95), 3)
    0.025
    """
    if _skewed(skew, clusters, sd):
        own, half = _drawn(sd, clusters, fixed_sd, level, skew)
        return float(_above(effect + own - np.maximum(half, bar), fixed_sd).mean())
    half, error = _half_widths(sd, clusters, fixed_sd, level)
    return float(ndtr((effect - np.maximum(half, bar)) / error).mean())


def equivalence_verdict_power(
    effect: float, *, sd: float, clusters: int, fixed_sd: float, bound: float, alpha: float, skew: float = 0.0
) -> float:
    """Chance that the interval of two one-sided tests lies inside plus or minus a bound.

    Shapes   as `verdict_power`; bound above 0.
    Returns  [0, 1]; 0 where the error is too large for any estimate to pass.
    Unit     probability.
    Errors   as `verdict_power`; ValueError when the bound is not positive.
    Source   Phillips (1990), J. Pharmacokinet. Biopharm. 18(2), with an error of two parts as in `verdict_power`.
    """
    if not bound > 0:
        raise ValueError(f"a bound must be positive, got {bound!r}")
    if _skewed(skew, clusters, sd):
        own, half = _drawn(sd, clusters, fixed_sd, 1 - 2 * alpha, skew)
        inside = _above(bound - half - effect - own, fixed_sd) - _above(half - bound - effect - own, fixed_sd)
        return float(np.maximum(inside, 0.0).mean())
    half, error = _half_widths(sd, clusters, fixed_sd, 1 - 2 * alpha)
    chance = ndtr((bound - half - effect) / error) - ndtr((half - bound - effect) / error)
    return float(np.maximum(chance, 0.0).mean())


def skewness(values: ArrayLike) -> float | None:
    """Skewness of a sample, adjusted for its size; None with fewer than 3 values or without any spread.

    Shapes   values: (N,).
    Returns  a number; with 5 values its own standard error is near 1.
    Unit     none.
    Errors   none; None where a value is NaN.
    Source   Joanes & Gill (1998), The Statistician 47(1), G1.

    >>> round(skewness([0.0, 0.0, 0.0, 4.0]), 6)
    2.0
    """
    sample = np.asarray(values, dtype=float)
    count = len(sample)
    spread = float(sample.std()) if count else 0.0
    if count < 3 or not spread > 1e-12:
        return None
    third = float((((sample - sample.mean()) / spread) ** 3).mean())
    return third * float(np.sqrt(count * (count - 1))) / (count - 2)


def sign_flip_bar(item_sd: float, items: int, alpha: float) -> float:
    """How large a mean difference over items must be for a one-sided sign-flip test to reach alpha.

    Under flips a mean of I differences has variance (mean square) / I, and the mean square holds the mean itself. Up to
    14 items the flips are counted instead, for items that lie like the normal scores of such a sample, because flips of
    few items have shorter tails than the normal.

    Shapes   item_sd: spread of the items' differences around their mean.
    Returns  [0, inf); inf when even differences of one sign could not reach alpha: 2^-I > alpha.
    Unit     that of the differences.
    Errors   ValueError for a negative sd, fewer than 1 item, alpha outside (0, .5).
    Source   own: z = mean / sqrt(mean square / I) solved for the mean.

    >>> round(sign_flip_bar(1.0, 25, 0.05), 3)
    0.348
    """
    check_whole(items, "items", 1)
    if item_sd < 0 or not 0 < alpha < 0.5:
        raise ValueError(f"item_sd must not be negative and alpha inside (0, .5), got {item_sd}, {alpha}")
    z = -float(ndtri(alpha))
    if items * np.log(2) < -np.log(alpha):
        return float("inf")
    if items <= COUNTED:
        return item_sd * _counted_bar(items, alpha)
    return z * item_sd / float(np.sqrt(items - z**2)) if items > z**2 else float("inf")


@cache
def _counted_bar(items: int, alpha: float) -> float:
    """The bar for items with standard deviation 1."""
    scores = ndtri((np.arange(items) + 0.625) / (items + 0.25))
    scores = scores / scores.std(ddof=1) if items > 1 else scores
    low, high = 0.0, float(np.abs(scores).max())
    while high - low > 1e-4:
        middle = (low + high) / 2
        p = sign_flip(scores + middle, alternative="greater", limit=2**COUNTED, seed=0).p
        low, high = (low, middle) if p <= alpha else (middle, high)
    return high


def smallest_found(power_of: Callable[[float], float], power: float, start: float) -> float | None:
    """The smallest effect that reaches a power, for a power that rises with the effect.

    Shapes   power_of: effect -> power; start: a first guess above 0.
    Returns  the effect to 1 part in 10,000; None when none under a million times the guess does.
    Unit     that of the effect.
    Errors   ValueError when power is outside (0, 1) or start not positive.
    Source   bisection.
    """
    check_level(power, "power")
    if not start > 0:
        raise ValueError(f"start must be positive, got {start!r}")
    high = start
    while power_of(high) < power:
        high *= 2
        if high > 1e6 * start:
            return None
    low = 0.0
    while high - low > 1e-4 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if power_of(middle) >= power else (middle, high)
    return high


def clusters_for(power_of: Callable[[int], float], power: float) -> int | None:
    """The smallest number of clusters that reaches a power, for a power that rises with them.

    Shapes   power_of: number of clusters (2 or more) -> power.
    Returns  a whole number of at least 2; None when ten thousand do not.
    Unit     clusters.
    Errors   ValueError when power is outside (0, 1).
    Source   doubling, then bisection.
    """
    check_level(power, "power")
    low, high = 1, 2
    while power_of(high) < power:
        low, high = high, 2 * high
        if high > MOST_CLUSTERS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power_of(middle) >= power else (middle, high)
    return high


def rank_power(correlation: float, places: int, indices: int, *, alpha: float, draws: int, seed: int) -> float:
    """Chance that a joint permutation test of rank agreement reaches alpha, by simulation.

    Shapes   correlation: of a respondent's index scores with the people's, normal scores, indices independent.
    Returns  [0, 1] with a Monte-Carlo error of at most sqrt(.25 / draws); 0 when 1 / places! is above alpha.
    Unit     probability.
    Errors   ValueError for a correlation outside [-1, 1], alpha outside (0, 1), fewer than 2 places, 1 index
             or 1 draw.
    Source   simulation of `ranks.joint_permutation_tau`: all relabellings up to 6 places (7 for an alpha under .004),
             else random ones, ten times as many as alpha needs.
    """
    if not -1 <= correlation <= 1:
        raise ValueError(f"a correlation lies between -1 and 1, got {correlation!r}")
    check_whole(places, "places", 2)
    check_whole(indices, "indices", 1)
    check_whole(draws, "draws", 1)
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie between 0 and 1, got {alpha!r}")
    limit, shuffles = (5040 if alpha < 0.004 else 720), max(499, int(10 / alpha))
    rng = np.random.default_rng(seed_for("rank power", seed, places, indices) % 2**32)
    found = 0
    for number in range(draws):
        people = rng.standard_normal((places, indices))
        noise = rng.standard_normal((places, indices))
        model = correlation * people + np.sqrt(1 - correlation**2) * noise
        test = joint_permutation_tau(model, people, rounding=None, limit=limit, seed=number, draws=shuffles)
        found += test.p_mean <= alpha
    return found / draws


def group_power(effect: float, sd: float, first: int, second: int, *, bar: float, level: float) -> float:
    """Chance that the interval of a difference of two groups of models lies above 0 and the estimate above a bar.

    Shapes   sd: between models of one kind; first, second: models of each.
    Returns  [0, 1].
    Unit     probability.
    Errors   ValueError for fewer than 2 models a side or an sd that is not positive.
    Source   as `verdict_power`, with first + second - 2 degrees of freedom.
    """
    check_whole(first, "first", 2)
    check_whole(second, "second", 2)
    if not sd > 0:
        raise ValueError(f"sd must be positive, got {sd!r}")
    check_level(level)
    df = first + second - 2
    error = sd * float(np.sqrt(1 / first + 1 / second))
    half = student.ppf((1 + level) / 2, df) * error * np.sqrt(chi2.ppf(_nodes(), df) / df)
    return float(ndtr((effect - np.maximum(half, bar)) / error).mean())


def _skewed(skew: float, clusters: int, sd: float) -> bool:
    """Whether the shape of the clusters' effects has to be counted in."""
    if not abs(skew) <= MOST_SKEW:
        raise ValueError(f"a skewness lies between -{MOST_SKEW:g} and {MOST_SKEW:g} here, got {skew!r}")
    return bool(skew) and sd > 0 and clusters <= SKEWED_UP_TO


def _drawn(sd: float, clusters: int, fixed_sd: float, level: float, skew: float) -> tuple[np.ndarray, np.ndarray]:
    """(SKEWED_DRAWS,) errors of the mean from clusters, and half-widths of the interval that go with them."""
    _half_widths(sd, clusters, fixed_sd, level)
    means, spreads = _pearson(clusters, round(skew, 3))
    reach = student.ppf((1 + level) / 2, clusters - 1) * sd * spreads / np.sqrt(clusters)
    return sd * means, np.sqrt(np.square(reach) + (ndtri((1 + level) / 2) * fixed_sd) ** 2)


@lru_cache(maxsize=64)
def _pearson(clusters: int, skew: float) -> tuple[np.ndarray, np.ndarray]:
    """Means and standard deviations of samples of Pearson's type III with mean 0 and sd 1."""
    rng = np.random.default_rng(seed_for("skewed effects", clusters, skew) % 2**32)
    shape = 4 / skew**2
    drawn = (rng.gamma(shape, size=(SKEWED_DRAWS, clusters)) - shape) / np.sqrt(shape)
    means = drawn.mean(axis=1)
    # what the draws lean by chance is taken out
    means = means - means.mean()
    return np.sign(skew) * means, drawn.std(axis=1, ddof=1)


def _above(gap: np.ndarray, sd: float) -> np.ndarray:
    """Chance that a normal error of this sd keeps a gap above 0."""
    return ndtr(gap / sd) if sd > 0 else (gap > 0).astype(float)


def _half_widths(sd: float, clusters: int, fixed_sd: float, level: float) -> tuple[np.ndarray, float]:
    """(NODES,) equally likely half-widths of the interval, and the true error of the estimate."""
    check_whole(clusters, "clusters", 2)
    check_level(level)
    if min(sd, fixed_sd) < 0 or max(sd, fixed_sd) == 0:
        raise ValueError(f"an error must be known: sd {sd!r}, fixed_sd {fixed_sd!r}")
    df = clusters - 1
    own = sd * np.sqrt(chi2.ppf(_nodes(), df) / df / clusters)
    reach = np.square(student.ppf((1 + level) / 2, df) * own) + (ndtri((1 + level) / 2) * fixed_sd) ** 2
    return np.sqrt(reach), float(np.sqrt(sd**2 / clusters + fixed_sd**2))


def _nodes() -> np.ndarray:
    return (np.arange(NODES) + 0.5) / NODES
