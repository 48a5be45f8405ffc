"""Contrast: is the model nearer to its own people or to the reference people, item by item and pooled.

CAD = d(model, reference) - d(model, target) with the JS distance, which obeys the triangle inequality; so |CAD| is at
most d(target, reference) and the pooled ratio nCAD = sum CAD / sum d(target, reference) lies in [-1, 1]: 1 at the
target, -1 at the reference, 0 halfway. Each item weighs as much as the two peoples differ on it: weights that are fixed
by the human side before an answer is seen. A model that is far from both may score 0, so read it beside js_similarity.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import gammaln

from tawazun.estimates import Estimate
from tawazun.measures.averages import REPLY_WORDS, Average, averages
from tawazun.measures.context import Context, faceted, number, rows
from tawazun.measures.corrected import as_replies
from tawazun.measures.cube import Cube
from tawazun.measures.people import People
from tawazun.measures.spread import Interval, Part, joined, left_out
from tawazun.stats.delta import js_distance_gradient
from tawazun.stats.distances import js_bias, js_distance, js_divergence
from tawazun.stats.resampling import t_interval
from tawazun.stats.shared_people import assumed_variance

CUTOFFS = (0.0, 0.05, 0.10)
CAD_UNIT = "JS distance to the reference minus to the target"
NCAD_UNIT = "share of the way from halfway to the target"
NO_REFERENCE = "no reference is declared: name its population in measure.reference"


@dataclass(frozen=True)
class Contrast:
    """A subject between a target and a reference, over the Q items that all three have.

    to_target, to_reference, apart   (Q,) JS distances
    jack                             (2, G, Q) distances to target and reference with a cluster of framings left out
    items                            (Q,) numbers of the items; weight: share of the human weight that they carry
    differ                           whether target and reference differ beyond their people's sampling noise
    side, ends                       the peoples, and which of them are target and reference
    """

    average: Average
    target: np.ndarray
    reference: np.ndarray
    to_target: np.ndarray
    to_reference: np.ndarray
    apart: np.ndarray
    jack: np.ndarray
    items: np.ndarray
    weight: float
    differ: bool
    side: People
    ends: tuple[int, int]

    @property
    def cad(self) -> np.ndarray:
        """(Q,) contrast of each item."""
        return self.to_reference - self.to_target


def contrast(context: Context, made: Cube, average: Average, side: People, ends: tuple[int, int]) -> Contrast | None:
    """The contrast of a subject, or None when the three share no item."""
    target, reference = (side.p[c] for c in ends)
    human = made.distributed & ~np.isnan(target).any(axis=-1) & ~np.isnan(reference).any(axis=-1)
    items = np.flatnonzero(human & ~np.isnan(average.whole).any(axis=-1))
    if not len(items):
        return None
    own = average.only(items)
    apart = js_distance(target[human], reference[human])
    shown = js_distance(target[items], reference[items])
    jack = np.array([js_distance(own.jack, end[items]) for end in (target, reference)])
    return Contrast(
        own,
        target[items],
        reference[items],
        js_distance(own.whole, target[items]),
        js_distance(own.whole, reference[items]),
        shown,
        jack,
        items,
        float(shown.sum() / apart.sum()) if apart.sum() > 0 else 0.0,
        told_apart(context, made, side, ends),
        side,
        ends,
    )


def told_apart(context: Context, made: Cube, side: People, ends: tuple[int, int]) -> bool:
    """Whether target and reference differ beyond their sampling noise (always where that noise is unknown).

    The interval of their mean divergence, bias subtracted, must exclude 0.
    """

    def differ() -> bool:
        p, q = (side.p[c] for c in ends)
        items = np.flatnonzero(made.distributed & ~np.isnan(p).any(axis=-1) & ~np.isnan(q).any(axis=-1))
        p, q, sizes = p[items], q[items], side.n_eff[list(ends)][:, items]
        plain = js_divergence(p, q)
        if not len(items) or np.isnan(sizes).any():
            return bool(plain.sum() > 0)
        bias = js_bias(p, q, sizes[0], sizes[1])
        middle = (p + q) / 2
        slopes = [0.5 * np.log2(np.divide(x, middle, out=np.ones_like(x), where=x > 0)) for x in (p, q)]
        linear = sum(float(side.covariance(c, items, g[None])[0][0, 0]) for c, g in zip(ends, slopes, strict=True))
        free = np.array([max(made.questions[q].cells - 1, 1) for q in items])
        curved = assumed_variance(2 * np.square(bias) / free, side.item_correlation**2)
        sd = np.sqrt(linear + curved) / len(items)
        low, _ = t_interval((plain - bias).mean(), [(sd, np.inf)], context.keys.level)
        return bool(low > 0)

    return context.once(("told apart", made.instrument.name, side.source, ends), differ)


def contrasts(context: Context, measure: str, unit: str) -> Iterator[tuple[Cube, Estimate, Contrast | None]]:
    """Every subject between its own people (all populations, where it plays no place) and the reference.

    Rows that need no more than a reason come with no contrast and their `why` filled in.
    """
    for name, made in context.cubes.items():
        sides = [side for side in context.people[name] if not np.isnan(side.p).all()]
        for subject, base in enumerate(rows(measure, name, made)):
            row = replace(base, unit=unit)
            if not context.keys.reference:
                yield made, replace(row, why=NO_REFERENCE), None
            elif not sides:
                yield made, replace(row, why="no people of this instrument answered as distributions"), None
            else:
                for side in sides:
                    yield from ((made, *one) for one in _of_side(context, made, side, subject, row))


def _of_side(
    context: Context, made: Cube, side: People, subject: int, base: Estimate
) -> Iterator[tuple[Estimate, Contrast | None]]:
    reference = side.named(context.keys.reference)
    row = replace(base, reference=context.keys.reference, source=side.source)
    if reference is None:
        why = f"{context.keys.reference} is not among the people of {side.source}"
        yield replace(row, population=side.source, why=why), None
        return
    row = replace(row, reference=side.names[reference])
    place = made.subjects[subject].place
    own = side.where(place) if place else None
    for c, population in enumerate(side.names):
        named = replace(row, population=population)
        if place and c == own == reference:
            yield replace(named, why="the target is the reference itself"), None
        elif c == own or (not place and c != reference):
            found = contrast(context, made, averages(context, made)[subject], side, (c, reference))
            why = "" if found else "no item that the respondent, the target and the reference share"
            yield replace(named, why=why), found


def human_variance(found: Contrast, weights: tuple[np.ndarray, np.ndarray, np.ndarray]) -> float:
    """Variance from both peoples of a sum over items: weights (Q,) of d(m, T), d(m, R) and d(T, R); NaN if unknown."""
    model, ends = found.average.whole, (found.target, found.reference)
    distances = (found.to_target, found.to_reference)
    total = 0.0
    for k in range(2):
        gradient = js_distance_gradient(model, ends[k], distances[k]) * weights[k][:, None]
        gradient = gradient + js_distance_gradient(ends[1 - k], ends[k], found.apart) * weights[2][:, None]
        total += float(found.side.covariance(found.ends[k], found.items, gradient[None])[0][0, 0])
    return total


def framing_part(found: Contrast, jack: np.ndarray, weights: tuple[np.ndarray, np.ndarray]) -> Part | None:
    """What framings, else replies, contribute; weights (Q,) of d(m, T) and d(m, R) for the replies."""
    if len(found.average.jack):
        return left_out(jack[:, None], found.average.unit)
    if not found.average.sampled:
        return None
    gradient = sum(
        js_distance_gradient(end, found.average.whole, far) * weight[:, None]
        for end, far, weight in zip(
            (found.target, found.reference), (found.to_target, found.to_reference), weights, strict=True
        )
    )
    return found.average.reply_sd(np.asarray(gradient)[None]), np.inf, REPLY_WORDS


def cad_rows(context: Context) -> Iterator[Estimate]:
    """Mean contrast of every subject, and item by item."""
    for made, row, found in contrasts(context, "cad", CAD_UNIT):
        if found is None:
            yield row
            continue
        count = len(found.items)
        each = np.full(count, 1 / count)
        value = float(found.cad.mean())
        part = framing_part(found, (found.jack[1] - found.jack[0]).mean(axis=-1), (-each, each))
        sd = np.sqrt(human_variance(found, (-each, each, 0 * each)))
        words = found.side.error_words(found.ends[0], found.items)
        spread = joined(np.array([value]), part, np.array([sd]), context.keys.level, (-1.0, 1.0), words)[0]
        yield _bounded(row, value, spread, count, f"mean over {count} items, uncorrected JS distance")
        for q, one in zip(found.items, found.cad, strict=True):
            yield replace(
                row, item=made.questions[q].id, value=number(one), n=1, why="no interval for one item of a contrast"
            )


def ncad_rows(context: Context) -> Iterator[Estimate]:
    """Pooled contrast of every subject, for three cut-offs of small distances between the two peoples."""
    for _, row, found in contrasts(context, "ncad", NCAD_UNIT):
        if found is None:
            yield row
        elif not found.differ:
            yield replace(row, why="target and reference do not differ beyond the sampling noise of their people")
        else:
            yield from (_pooled(context, row, found, cutoff) for cutoff in CUTOFFS)
            yield _perfect(row, found)


def _perfect(row: Estimate, found: Contrast) -> Estimate:
    """What a respondent exactly at the target would score, with this noise of its answers and of the people."""
    row = replace(row, facet=faceted(row, "noise-ceiling"), n=len(found.items))
    replies, people = as_replies(found.average), found.side.n_eff[found.ends[0]][found.items]
    square = js_bias(found.target, found.target, replies, people)
    if np.isnan(square).any():
        return replace(row, why="the number of people, or of replies, is unknown")
    options = np.maximum((found.target > 0).sum(axis=-1), 2)
    # mean of a root whose square is spread like chi-square with one degree of freedom less than there are options
    root = np.exp(gammaln(options / 2) - gammaln((options - 1) / 2)) * np.sqrt(2 / (options - 1))
    # its own noise carries it away from the reference as well, in the place of that of the target's sample
    swapped = js_bias(found.target, found.reference, replies, None) - js_bias(
        found.target, found.reference, people, None
    )
    away = np.sqrt(np.maximum(np.square(found.apart) + swapped, 0.0))
    value = float((away - root * np.sqrt(square)).sum() / found.apart.sum())
    return replace(
        row,
        value=number(float(np.clip(value, -1.0, 1.0))),
        method="expected score of a respondent exactly at the target: ncad is uncorrected, so 1 is out of reach",
        why="a line to read by: no interval",
    )


def _pooled(context: Context, row: Estimate, found: Contrast, cutoff: float) -> Estimate:
    row = replace(row, facet=faceted(row, f"cutoff={cutoff:g}"))
    kept = (found.apart >= cutoff) & (found.apart > 1e-9)
    below = float(found.apart[kept].sum())
    if below <= 0:
        return replace(row, why=f"on no item are target and reference {cutoff:g} or more apart")
    value = float(found.cad[kept].sum() / below)
    jack = (found.jack[1] - found.jack[0])[:, kept].sum(axis=-1) / below
    each = kept / below
    part = framing_part(found, jack, (-each, each))
    sd = np.sqrt(human_variance(found, (-each, each, -value * each)))
    words = found.side.error_words(found.ends[0], found.items)
    spread = joined(np.array([value]), part, np.array([sd]), context.keys.level, (-1.0, 1.0), words)[0]
    count = int(kept.sum())
    method = f"uncorrected; ratio of sums over {count} items, weights from people alone"
    if found.weight < 1 - 1e-9:
        method += f", of which the answered items carry {found.weight:.0%}"
    return _bounded(row, value, spread, count, method)


def _bounded(row: Estimate, value: float, spread: Interval, count: int, method: str) -> Estimate:
    return replace(
        row,
        value=number(value),
        low=spread.low,
        high=spread.high,
        level=spread.level,
        n=count,
        method="; ".join(m for m in (method, spread.method) if m),
        why=spread.why,
    )
