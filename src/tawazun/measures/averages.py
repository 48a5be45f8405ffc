"""Every subject's answers averaged over framings, made once for all measures, with the noise that is left in them.

Where wordings (or framings) vary, the noise of the average is how they differ; reply noise is inside it. Where one
framing was asked, it is the multinomial noise of the replies. Exact answers to one framing show none.
"""

from dataclasses import dataclass

import numpy as np

from tawazun.measures.context import Context
from tawazun.measures.cube import Cube
from tawazun.measures.replies import valid_replies
from tawazun.measures.spread import replicates
from tawazun.stats.delta import multinomial_variance

REPLY_WORDS = "replies by delta method"


@dataclass(frozen=True)
class Average:
    """A subject's shares averaged over framings.

    whole     (Q, K) the average; jack: (G, Q, K) with one cluster left out, NaN for an item of one cluster alone;
              each: (G, Q, K) the mean of each cluster
    variance  (Q, K) sampling variance of `whole`; NaN where nothing is known of it
    replies   (Q,) readable replies behind the only framing; inf where exact or where framings vary, NaN where unknown
    unit      what a cluster is: `wordings` or `framings`
    """

    whole: np.ndarray
    jack: np.ndarray
    each: np.ndarray
    variance: np.ndarray
    replies: np.ndarray
    unit: str

    def only(self, items: np.ndarray) -> "Average":
        """The same over some items."""
        return Average(
            self.whole[items],
            self.jack[:, items],
            self.each[:, items],
            self.variance[items],
            self.replies[items],
            self.unit,
        )

    @property
    def sampled(self) -> bool:
        """Whether one framing was asked and its replies were drawn, so that only they vary; two of each at least."""
        return not len(self.jack) and bool(np.isfinite(self.replies).any()) and self.noise_known

    @property
    def noise_known(self) -> bool:
        """Whether the sampling variance of every answered item is known."""
        there = ~np.isnan(self.whole).any(axis=-1)
        return not np.isnan(self.variance[there]).any()

    def reply_sd(self, gradient: np.ndarray) -> np.ndarray:
        """Standard error from the replies of sums over items, for gradients (J, Q, K) with respect to the shares."""
        each = multinomial_variance(gradient, np.nan_to_num(self.whole), self.replies)
        return np.asarray(np.sqrt(np.nansum(each, axis=-1)))


def averages(context: Context, made: Cube) -> list[Average]:
    """One per subject of a cube, in order."""
    return context.once(
        ("averages", made.instrument.name), lambda: [_average(made, s) for s in range(len(made.subjects))]
    )


def _average(made: Cube, subject: int) -> Average:
    reps = replicates(made, subject, made.p, None)
    groups = len(reps.each)
    replies = np.full(len(made.questions), np.inf)
    if groups:
        alone = np.isnan(reps.jack).any(axis=(0, -1)) & ~np.isnan(reps.whole).any(axis=-1)
        variance = np.where(alone[:, None], np.nan, reps.each.var(axis=0, ddof=1) / groups)
    else:
        replies = _replies(made, subject)
        variance = reps.whole * (1 - reps.whole) / np.where(replies > 1, replies - 1, np.nan)[:, None]
        variance = np.where(np.isinf(replies)[:, None], 0.0 * reps.whole, variance)
    return Average(reps.whole, reps.jack, reps.each, variance, replies, reps.unit)


def _replies(made: Cube, subject: int) -> np.ndarray:
    """(Q,) readable replies to the one framing that a subject has."""
    there = ~np.isnan(made.p[subject]).any(axis=-1)
    counts = np.where(there, valid_replies(made)[subject], 0.0).sum(axis=0)
    return np.where(there.any(axis=0), counts, np.nan)
