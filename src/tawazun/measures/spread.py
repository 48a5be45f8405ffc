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
from tawazun.stats.resampling import bootstrap_sd, jackknife_sd, t_interval

HUMAN_WORDS = "humans by delta method"
FEW = "one framing and no repeated replies: nothing varies that an interval could be made from"


@dataclass(frozen=True)
class Replicates:
    """A subject's item means (or shares) and what they become when the data vary.

    whole    (Q[, K]) the estimate itself
    jack     (G, Q[, K]) with one cluster left out; G = 0 when there is only one; NaN for an item of one cluster alone
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
    """Replicates of a subject's average: framings inside a cluster first, then clusters with equal weight.

    array   (S, F, Q) or (S, F, Q, K); draws: (D, Q[, K]) drawn again when the subject has one framing, else None
    """
    sums, counts = by_framing(made, subject, array)
    each = _mean(sums, counts)
    there = ~np.isnan(each)
    total, count = np.where(there, each, 0.0).sum(axis=0), there.sum(axis=0).astype(float)
    whole = _mean(total, count)
    jack = np.zeros((0, *whole.shape))
    if len(sums) > 1:
        # an item of one cluster alone has nothing left without it: NaN, so that no interval pretends to know its spread
        jack = _mean(total - np.where(there, each, 0.0), count - there)
    each = np.where(there, each, whole) if len(sums) > 1 else jack
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


Statistic = Callable[[np.ndarray], np.ndarray]
BROKEN = "no interval: an item that enters was answered in one wording only, or a replicate is undefined"


def intervals(
    reps: Replicates,
    statistic: Statistic,
    level: float,
    human_sd: np.ndarray,
    bounds: tuple[float, float] = (-np.inf, np.inf),
    human_words: str = HUMAN_WORDS,
) -> list[Interval]:
    """The intervals of several statistics of a subject's averages at once.

    statistic   maps (B, Q[, K]) to (B, J)
    human_sd    (J,) standard error from the human side; 0 when no humans enter, NaN when their error is unknown
    """
    value = statistic(reps.whole[None])[0]
    part = left_out(statistic(reps.jack), reps.unit) if len(reps.jack) else None
    if part is None and len(reps.drawn):
        part = drawn_again(statistic(reps.drawn))
    return joined(value, part, human_sd, level, bounds, human_words)


# standard errors (J,), their degrees of freedom, and how they were made
Part = tuple[np.ndarray, float, str]


def left_out(jack: np.ndarray, unit: str) -> Part | None:
    """What framings contribute, from J statistics (G, J) with each cluster left out; None where none was."""
    return (jackknife_sd(jack), len(jack) - 1.0, f"jackknife over {len(jack)} {unit}, t") if len(jack) else None


def drawn_again(draws: np.ndarray, words: str = "draws of replies") -> Part:
    """What replies contribute, from J statistics (D, J) of replies drawn again."""
    return bootstrap_sd(draws), np.inf, f"{len(draws)} {words}"


def joined(
    value: np.ndarray,
    part: Part | None,
    human_sd: np.ndarray,
    level: float,
    bounds: tuple[float, float] = (-np.inf, np.inf),
    human_words: str = HUMAN_WORDS,
    human_df: float = np.inf,
) -> list[Interval]:
    """The intervals of J statistics whose parts have been computed already.

    value     (J,); part: what framings or replies contribute, None where neither varies
    human_sd  (J,) as in `intervals`; human_df: its degrees of freedom
    """
    if part is None:
        return [Interval(None, None, None, "", FEW)] * len(value)
    sd, df, words = part
    sound = np.isfinite(value) & np.isfinite(sd)
    safe = [(np.where(sound, sd, 0.0), df), (np.where(sound, np.nan_to_num(human_sd), 0.0), human_df)]
    low, high = (np.clip(x, *bounds) for x in t_interval(np.where(sound, value, 0.0), safe, level))
    sides = np.where(np.isnan(human_sd), "; excludes human error", np.where(human_sd > 0, f"; {human_words}", ""))
    return [
        Interval(float(lo), float(hi), level, words + str(side), "") if ok else Interval(None, None, None, "", BROKEN)
        for lo, hi, side, ok in zip(low, high, sides, sound, strict=True)
    ]


def interval(
    reps: Replicates,
    statistic: Statistic,
    level: float,
    human_sd: float | None,
    bounds: tuple[float, float] = (-np.inf, np.inf),
    human_words: str = HUMAN_WORDS,
) -> Interval:
    """The interval of one statistic, which maps (B, Q[, K]) to (B,); `human_sd` None when that error is unknown."""
    sd = np.array([np.nan if human_sd is None else human_sd])
    return intervals(reps, lambda block: statistic(block)[:, None], level, sd, bounds, human_words)[0]
