"""Does the text say what the first token said? Read-outs and replies of the same subject, ask by ask.

The likeliest option of a few replies is often not the read-out's by chance alone: at 30 replies an item with two nearly
equal options misses half the time. So a rate is judged against the rate of replies drawn from the read-out itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tawazun.cells import parse_decoding
from tawazun.errors import BadStudy
from tawazun.measures.arms import FEWEST_REPLIES, unseeded
from tawazun.measures.context import Context
from tawazun.measures.cube import Cube, Subject
from tawazun.seeds import stream

TIE = 1e-9
MOST_DRAWS, FEWEST_DRAWS = 999, 99
# most multinomial draws for one pair
CELLS = 400_000


@dataclass(frozen=True)
class Twins:
    """One subject in both modes.

    read, told   subjects of the cube: the read-out and the replies
    p, q         (F, Q, K) shares of the read-out and of the replies; replies: (F, Q)
    """

    read: int
    told: int
    p: np.ndarray
    q: np.ndarray
    replies: np.ndarray


@dataclass(frozen=True)
class Mismatch:
    """How often a subject's replies miss its read-out.

    missed   (F, Q) 1 where the likeliest option of the replies is not the read-out's, 0 where it is, else NaN
    rate     their mean: framings inside wordings, wordings, then items; NaN when nothing was asked in both modes
    chance   the rate that replies drawn from the read-out give, p: how often they give one this high; None with `why`
    """

    twins: Twins
    missed: np.ndarray
    rate: float
    chance: float | None
    p: float | None
    draws: int
    why: str


def misses(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """1 where two distributions have no likeliest option in common, 0 where they have, NaN where one is missing.

    Shapes   p, q: (..., K), broadcasting. Returns (...).
    """
    best = [side >= side.max(axis=-1, keepdims=True) - TIE for side in (p, q)]
    gone = np.isnan(p).any(axis=-1) | np.isnan(q).any(axis=-1)
    return np.where(gone, np.nan, ~(best[0] & best[1]).any(axis=-1))


def twins(made: Cube) -> Iterator[Twins]:
    """Every subject that was asked in log-probability mode and in a reply mode, per reply mode and decoding."""
    optioned = made.distributed.any()
    read = {_who(one): s for s, one in enumerate(made.subjects) if one.mode == "logprob" and optioned}
    for told, one in enumerate(made.subjects):
        if one.mode in ("sample", "generate") and _who(one) in read:
            s = read[_who(one)]
            (p, _), (q, replies) = unseeded(made, s), unseeded(made, told)
            p, q = (np.where(made.distributed[:, None], side, np.nan) for side in (p, q))
            yield Twins(s, told, p, q, replies)


def _who(one: Subject) -> tuple[str, ...]:
    return one.respondent, one.persona, one.perspective, one.language


def _drawn_plainly(subject: Subject) -> bool:
    """Whether replies were drawn at temperature 1 with all mass, as a read-out's probabilities would have them."""
    try:
        found = parse_decoding(f"{subject.setting},seed=0")
    except BadStudy:
        return False
    return found.temperature == 1 and found.top_p == 1


def mismatches(context: Context, made: Cube) -> list[Mismatch]:
    """Every pair of a read-out and replies, with its rate and chance level."""
    return context.once(
        ("mismatches", made.instrument.name), lambda: [_mismatch(context, made, one) for one in twins(made)]
    )


def _mismatch(context: Context, made: Cube, one: Twins) -> Mismatch:
    missed = misses(one.p, one.q)
    asked = ~np.isnan(missed)
    if not asked.any():
        return Mismatch(one, missed, np.nan, None, None, 0, "no ask was answered in both modes")
    weights = _weights(asked, made.clusters)
    rate = float((np.nan_to_num(missed) * weights).sum())
    if not _drawn_plainly(made.subjects[one.told]):
        why = "no chance level: replies were not drawn at temperature 1 with all mass"
        return Mismatch(one, missed, rate, None, None, 0, why)
    replies = np.round(one.replies[asked])
    if not (np.isfinite(replies).all() and (replies >= FEWEST_REPLIES).all()):
        why = "no chance level: the number of readable replies is unknown or below 2"
        return Mismatch(one, missed, rate, None, None, 0, why)
    draws = int(np.clip(CELLS // len(replies), FEWEST_DRAWS, MOST_DRAWS))
    shares = one.p[asked]
    rng = stream("mismatch", context.seed, made.instrument.name, one.told)
    drawn = rng.multinomial(replies.astype(np.int64), shares / shares.sum(-1, keepdims=True), (draws, len(shares)))
    rates = misses(shares, drawn / replies[:, None]) @ weights[asked]
    p = float((1 + (rates >= rate - TIE).sum()) / (draws + 1))
    return Mismatch(one, missed, rate, float(rates.mean()), p, draws, "")


def _weights(asked: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """(F, Q) what each ask weighs: framings alike inside a wording, wordings alike inside an item, items alike.

    asked   (F, Q) whether there is an answer; clusters: (F,) number of each framing's wording
    """
    together = clusters[:, None] == clusters[None, :]
    inside = together.astype(float) @ asked
    wordings = (asked / np.maximum(inside, 1)).sum(axis=0)
    return np.asarray(asked / np.maximum(inside, 1) / np.maximum(wordings, 1) / asked.any(axis=0).sum())


def excess_by_readout(context: Context, made: Cube) -> dict[int, tuple[float, float]]:
    """Read-out -> (rate, chance level) of the replies that miss it most beyond chance; unknown chance counts as 0."""
    found: dict[int, tuple[float, float]] = {}
    for one in mismatches(context, made):
        pair = (one.rate, one.chance or 0.0)
        worst = found.get(one.twins.read, (0.0, 0.0))
        if not np.isnan(one.rate) and pair[0] - pair[1] > worst[0] - worst[1]:
            found[one.twins.read] = pair
    return found
