"""How far an estimate could have come out otherwise: framings, replies and humans vary, items never do.

Framings   delete-one-cluster jackknife over wordings (over framings when there is one wording), t with G - 1 degrees
           of freedom. For an index it is the exact t interval over wordings. Reply noise is inside it.
Replies    only when one framing was asked: parametric draws from the observed shares (or the recorded sd).
Humans     delta method for the multinomial with n_eff people, where the source gives a number of people.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tawazun.measures.cube import Cube, by_framing
from tawazun.stats.resampling import t_interval

FEW = "one framing and no repeated replies: nothing varies that an interval could be made from"


@dataclass(frozen=True)
class Replicates:
    """A subject's item means (or shares) and what they become when the data vary.

    whole    (Q[, K]) the estimate itself
    jack     (G, Q[, K]) with one cluster left out; G = 0 when there is only one
    each     (G, Q[, K]) the mean of each cluster, the whole where a cluster has no answer; G = 0 as for `jack`
    drawn    (D, Q[, K]) with replies drawn again; D = 0 when framings vary or replies are exact or single
    unit     what a cluster is: `wordings` or `framings`
    """

    whole: np.ndarray
    jack: np.ndarray
    each: np.ndarray
    drawn: np.ndarray
    unit: str

    def only(self, items: np.ndarray) -> "Replicates":
        """The same over some items."""
        return Replicates(self.whole[items], self.jack[:, items], self.each[:, items], self.drawn[:, items], self.unit)


def fixed(whole: np.ndarray) -> Replicates:
    """Replicates of something that does not vary."""
    none = np.zeros((0, *whole.shape))
    return Replicates(whole, none, none, none, "wordings")


def replicates(made: Cube, subject: int, array: np.ndarray, draws: np.ndarray | None) -> Replicates:
    """Replicates of a subject's average over framings.

    array   (S, F, Q) or (S, F, Q, K); draws: (D, Q[, K]) drawn again when the subject has one framing, else None
    """
    sums, counts = by_framing(made, subject, array)
    total, count = sums.sum(axis=0), counts.sum(axis=0)
    whole = _mean(total, count)
    jack = each = np.zeros((0, *whole.shape))
    if len(sums) > 1:
        jack = _mean(total - sums, count - counts)
        jack = np.where(np.isnan(jack), whole, jack)
        each = _mean(sums, counts)
        each = np.where(np.isnan(each), whole, each)
    wordings = len({framing[0] for framing in made.framings}) > 1
    drawn = draws if draws is not None and len(sums) == 1 else np.zeros((0, *whole.shape))
    return Replicates(whole, jack, each, drawn, "wordings" if wordings else "framings")


def _mean(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    return np.divide(total, count, out=np.full(np.broadcast(total, count).shape, np.nan), where=count > 0)


@dataclass(frozen=True)
class Interval:
    """Bounds with how they were made, or with why there are none."""

    low: float | None
    high: float | None
    level: float | None
    method: str
    why: str


def interval(
    reps: Replicates,
    statistic: Callable[[np.ndarray], np.ndarray],
    level: float,
    human_sd: float | None,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> Interval:
    """The interval of a statistic of a subject's averages.

    statistic   maps (B, Q[, K]) to (B,)
    human_sd    standard error from the human side; 0 when no humans enter, None when their error is unknown
    """
    parts: list[tuple[float, float]] = []
    words: list[str] = []
    if len(reps.jack):
        values = statistic(reps.jack)
        groups = len(values)
        parts.append((float(np.sqrt((groups - 1) / groups * np.square(values - values.mean()).sum())), groups - 1))
        words.append(f"jackknife over {groups} {reps.unit}, t")
    elif len(reps.drawn):
        parts.append((float(np.std(statistic(reps.drawn), ddof=1)), np.inf))
        words.append(f"{len(reps.drawn)} draws of replies")
    if not parts:
        return Interval(None, None, None, "", FEW)
    if human_sd is None:
        words.append("excludes human error")
    elif human_sd > 0:
        parts.append((human_sd, np.inf))
        words.append("humans by delta method")
    value = float(statistic(reps.whole[None])[0])
    if not np.isfinite(value) or not all(np.isfinite(sd) for sd, _ in parts):
        return Interval(None, None, None, "", "the interval could not be computed from these replicates")
    low, high = t_interval(value, parts, level)
    return Interval(max(low, bounds[0]), min(high, bounds[1]), level, "; ".join(words), "")
