"""What a subject's values could have been if every refused and unread reply had been an answer: bounds, no guess.

Who is silent about religion or the government is not who speaks, so nothing is filled in. The value beside the bounds
is the usual one, among those who answered; low and high are the extremes over everything the silent could have said.
They are not a confidence interval: more replies do not narrow them, fewer refusals do. Mass outside the menu is left
out of both sides, as everywhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.instruments import Question
from tawazun.measures.context import Context, faceted, number, rows
from tawazun.measures.cube import Cube
from tawazun.measures.indexing import formulas
from tawazun.measures.people import People
from tawazun.measures.spread import replicates
from tawazun.stats.distances import js_distance
from tawazun.stats.refusals import js_bounds, mean_bounds

MEASURE = "refusal_bounds"
UNIT = "that of the value bounded"
UNSEEN = "refusals and unread replies are seen only in replies, none were recorded"
NONE_LOST = "no reply was refused or unread: every value is its own bound"
NOT_AN_INTERVAL = "bounds, not a confidence interval: more replies do not narrow them"


@dataclass(frozen=True)
class Silent:
    """A subject's replies averaged over framings.

    said       (Q, K) mean over framings of (share who answered) x (their answers); rate: (Q,) mean share lost
    whole      (Q, K) the usual average among those who answered; NaN where nobody did
    value      (Q,) the usual item value; low, high: its bounds
    """

    said: np.ndarray
    rate: np.ndarray
    whole: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


def refusal_rows(context: Context) -> Iterator[Estimate]:
    """Per subject that lost replies: a row per item with a mean, per index and per population."""
    for name, made in context.cubes.items():
        rates = lost_shares(made)
        sides = [side for side in context.people[name] if not np.isnan(side.p).all()]
        for subject, base in enumerate(rows(MEASURE, name, made)):
            if np.isnan(rates[subject]).all():
                yield replace(base, unit=UNIT, why=UNSEEN)
            elif not np.nanmax(rates[subject]) > 0:
                yield replace(base, unit=UNIT, why=NONE_LOST)
            else:
                yield from _subject(base, made, silent(made, subject, rates), sides)


def lost_shares(made: Cube) -> np.ndarray:
    """(S, F, Q) share of replies refused or unread, of those that were on the menu or lost; NaN where not observed."""
    seen = ~(np.isnan(made.refused) & np.isnan(made.unread))
    lost = np.nan_to_num(made.refused) + np.nan_to_num(made.unread)
    inside = 1 - np.nan_to_num(made.off_menu)
    share = np.divide(lost, inside, out=np.zeros_like(lost), where=inside > 1e-12)
    return np.where(seen, np.clip(share, 0.0, 1.0), np.nan)


def ends(question: Question) -> tuple[float, float]:
    """Lowest and highest value that one reply can have: a mention question's best and worst set within its limit."""
    if not question.codes:
        return np.nan, np.nan
    if question.kind != "some":
        return min(question.codes), max(question.codes)
    ordered = sorted(question.codes)
    return (
        sum(code for code in ordered[: question.pick] if code < 0),
        sum(code for code in ordered[::-1][: question.pick] if code > 0),
    )


def silent(made: Cube, subject: int, rates: np.ndarray) -> Silent:
    """Averages of one subject, cells that nobody was asked left out."""
    rate = rates[subject]
    bottom, top = np.array([ends(question) for question in made.questions], dtype=float).T
    width = np.where(top > bottom, top - bottom, 1.0)
    high_share = np.clip((made.value[subject] - bottom) / width, 0.0, 1.0)
    # a mean is that of a two-point distribution on the ends of its scale, so one bound serves every kind of item
    points = np.stack([1 - high_share, high_share], axis=-1)
    scale = np.stack([bottom, np.where(top > bottom, top, bottom + 1)], axis=-1)
    low, high = mean_bounds(points, rate, np.broadcast_to(scale, points.shape))
    shares = (1 - rate)[..., None]
    answered = np.where(shares == 0, 0.0, shares * made.p[subject])
    known = np.asarray(~np.isnan(answered).any(axis=-1))
    return Silent(
        said=_average(made, np.where(known[..., None], answered, np.nan)),
        rate=_average(made, np.where(known, rate, np.nan)),
        whole=_average(made, made.p[subject]),
        value=_average(made, made.value[subject]),
        low=_average(made, low),
        high=_average(made, high),
    )


def _average(made: Cube, own: np.ndarray) -> np.ndarray:
    """The average over framings that every other measure uses, of one subject's cells (F, Q[, K])."""
    return replicates(made, 0, own[None], None).whole


def _subject(base: Estimate, made: Cube, mine: Silent, sides: list[People]) -> Iterator[Estimate]:
    yield from _items(base, made, mine)
    yield from _indices(base, made, mine)
    for side in sides:
        yield from _closeness(base, made, mine, side)


def _filled(row: Estimate, value: float, low: float, high: float, lost: float) -> Estimate:
    """A row with its bounds; the value is null, with the reason, where nobody answered."""
    method = f"{lost:.1%} of replies refused or unread, each of which could have been any answer; {NOT_AN_INTERVAL}"
    found = replace(row, value=number(value), low=number(low), high=number(high), method=method)
    return found if found.value is not None else found.because("nobody answered an item of it: only bounds are known")


def _items(base: Estimate, made: Cube, mine: Silent) -> Iterator[Estimate]:
    for q, question in enumerate(made.questions):
        scaled = question.kind not in ("one", "text") or question.ordinal or question.cells == 2
        if scaled and np.isfinite(mine.low[q]):
            row = replace(base, item=question.id, facet=faceted(base, "item mean"), unit="scale points", n=1)
            yield _filled(row, mine.value[q], mine.low[q], mine.high[q], float(np.nan_to_num(mine.rate[q])))


def _indices(base: Estimate, made: Cube, mine: Silent) -> Iterator[Estimate]:
    for formula in formulas(made):
        used = np.flatnonzero(formula.weights)
        row = replace(
            base,
            item=formula.index.name,
            facet=faceted(base, "index without free constants"),
            unit="index points",
            n=len(formula.index.terms),
            source=formula.index.source.cite,
        )
        if formula.missing or not np.isfinite(mine.low[used]).all():
            absent = ", ".join(formula.missing) or "an item of the formula has no reply at all"
            yield replace(row, why=f"items not asked: {absent}" if formula.missing else absent)
            continue
        weights, constant = formula.weights[used], formula.index.constant
        up, down = np.maximum(weights, 0.0), np.minimum(weights, 0.0)
        low = up @ mine.low[used] + down @ mine.high[used] + constant
        high = up @ mine.high[used] + down @ mine.low[used] + constant
        value = float(weights @ mine.value[used]) + constant
        yield _filled(row, value, float(low), float(high), float(np.nanmean(mine.rate[used])))


def _closeness(base: Estimate, made: Cube, mine: Silent, side: People) -> Iterator[Estimate]:
    cells = np.array([max(question.cells, 1) for question in made.questions])
    for c, population in enumerate(side.names):
        human = side.p[c]
        there = made.distributed & ~np.isnan(human).any(axis=-1) & ~np.isnan(mine.said).any(axis=-1)
        row = replace(
            base,
            population=population,
            facet=faceted(base, "js_similarity"),
            unit="1 - JS distance (base 2)",
            source=side.source,
            n=int(there.sum()),
        )
        if not there.any():
            yield replace(row, why="no item that both the respondent and the population answered as a distribution")
            continue
        said, rate, other = mine.said[there], mine.rate[there], human[there]
        answered = np.divide(said, 1 - rate[:, None], out=np.full_like(said, np.nan), where=rate[:, None] < 1)
        near, far = js_bounds(answered, other, rate, cells[there])
        value = 1 - js_distance(mine.whole[there], other)
        low, high = (float((1 - np.sqrt(np.clip(part, 0.0, 1.0))).mean()) for part in (far, near))
        yield _filled(row, float(value.mean()), low, high, float(rate.mean()))
