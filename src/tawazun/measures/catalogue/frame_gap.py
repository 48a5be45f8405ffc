"""Survey against advice: does a respondent say the same when nobody seems to be testing it?

Items tagged `twin:INSTRUMENT.ITEM` ask for the same thing in another frame. A twin is another wording too, so two
frames lie apart by their wordings alone even where the frame does nothing. The distance has that noise taken out, and
its p says how often wordings dealt at random to the two frames, item by item, would lie as far apart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.arms import UNIT, rooted
from tawazun.measures.averages import Average, averages
from tawazun.measures.context import Context, Simple, faceted, row, several_settings, tested
from tawazun.measures.cube import Cube
from tawazun.measures.recalling import tag
from tawazun.measures.spread import Interval
from tawazun.seeds import stream
from tawazun.stats.distances import js_distance, js_divergence, js_noise_bias
from tawazun.stats.resampling import jackknife_sd, t_interval

DRAWS = 999
SHIFT = "share of the scale"
ONE_WORDING = "one wording in a frame: what is the frame and what the wording cannot be told apart"
NO_TWINS = "no twins in another frame: ask an instrument such as vsm13_advice beside vsm13"


@dataclass(frozen=True)
class Pair:
    """The same subject in both frames, over N pairs of items; first the survey, then the other frame.

    whole     (N, K) averages over wordings; each: (G, N, K) by wording, jack: with one left out; variance: (N, K)
    items     ids in the survey; codes: (N, K) as shares of their scale
    """

    whole: tuple[np.ndarray, np.ndarray]
    each: tuple[np.ndarray, np.ndarray]
    jack: tuple[np.ndarray, np.ndarray]
    variance: tuple[np.ndarray, np.ndarray]
    items: tuple[str, ...]
    codes: np.ndarray

    @property
    def wordings(self) -> tuple[int, int]:
        """How many wordings vary in each frame; 0 when there is one."""
        return len(self.jack[0]), len(self.jack[1])


def compute(context: Context) -> Iterator[Estimate]:
    """Per subject: distance, distance beyond wordings, and without a place each item's shift; the mean over places."""
    found = False
    for name, other in context.cubes.items():
        target = next((tag(q, "twin").rpartition(".")[0] for q in other.questions if tag(q, "twin")), "")
        if target:
            found = True
            yield from _instruments(context, name, context.cubes.get(target), other, target)
    for name, made in context.cubes.items() if not found else ():
        for respondent in dict.fromkeys(one.respondent for one in made.subjects):
            yield Estimate("frame_gap", respondent, name, unit=UNIT, why=NO_TWINS)


def _instruments(context: Context, name: str, survey: Cube | None, other: Cube, target: str) -> Iterator[Estimate]:
    places: dict[Estimate, list[Pair]] = {}
    several = several_settings(other)
    for s, subject in enumerate(other.subjects):
        base = row("frame_gap", name, subject, (subject.respondent, subject.mode) in several)
        base = replace(base, reference=target, unit=UNIT)
        pair = _pair(context, survey, (other, s), target)
        if isinstance(pair, str):
            yield replace(base, why=pair)
            continue
        yield from _rows(context, base, [pair])
        if subject.place:
            places.setdefault(replace(base, persona=""), []).append(pair)
        else:
            yield from _shifts(context, base, pair)
    for base, pairs in places.items():
        if len(pairs) > 1 and len({(one.items, one.wordings) for one in pairs}) == 1:
            yield from _rows(context, replace(base, facet=faceted(base, f"mean over {len(pairs)} places")), pairs)


def _pair(context: Context, survey: Cube | None, made: tuple[Cube, int], target: str) -> Pair | str:
    """A subject in both frames, or why it is not there in one of them."""
    other, s = made
    twin = next((t for t, one in enumerate(survey.subjects) if one == other.subjects[s]), None) if survey else None
    if survey is None or twin is None:
        return f"the same subject was not asked {target}"
    at = {question.id: q for q, question in enumerate(survey.questions)}
    own, theirs = averages(context, other)[s], averages(context, survey)[twin]
    pairs = []
    for q, question in enumerate(other.questions):
        found = at.get(tag(question, "twin").rpartition(".")[2])
        same = found is not None and survey.questions[found].codes == question.codes
        if found is not None and same and not np.isnan(own.whole[q]).any() and not np.isnan(theirs.whole[found]).any():
            pairs.append((found, q))
    if not pairs:
        return "no pair of twins was answered in both frames with the same codes"
    first, second = (np.array(part) for part in zip(*pairs, strict=True))
    width = max(len(other.questions[q].codes) for q in second)
    sides = theirs.only(first), own.only(second)
    codes = other.tight_codes[second][:, :width]
    low, length = codes.min(axis=-1, keepdims=True), np.ptp(codes, axis=-1, keepdims=True)
    return Pair(
        whole=_cut(sides, "whole", width),
        each=_cut(sides, "each", width),
        jack=_cut(sides, "jack", width),
        variance=_cut(sides, "variance", width),
        items=tuple(survey.questions[q].id for q in first),
        codes=(codes - low) / length,
    )


def _cut(sides: tuple[Average, Average], part: str, width: int) -> tuple[np.ndarray, np.ndarray]:
    first, second = (np.asarray(getattr(side, part))[..., :width] for side in sides)
    return first, second


def _rows(context: Context, row: Estimate, pairs: Sequence[Pair]) -> Iterator[Estimate]:
    """Distance as it is, and beyond what wordings alone do; means over subjects."""
    count = len(pairs[0].items)
    distance = float(np.mean([js_distance(*one.whole).mean() for one in pairs]))
    yield replace(
        row,
        facet=faceted(row, "distance"),
        value=distance,
        n=count,
        method=f"between averages over wordings, mean over {count} pairs of items",
        why="wordings alone keep it above 0: see the row beyond wordings",
    )
    row = replace(row, facet=faceted(row, "beyond wordings"), n=count)
    if 0 in pairs[0].wordings:
        yield replace(row, why=ONE_WORDING)
        return
    noise = float(np.mean([js_noise_bias(*one.whole, *one.variance).mean() for one in pairs]))
    observed = float(np.mean([js_divergence(*one.whole).mean() for one in pairs]))
    null = np.mean([_dealt(context, one) for one in pairs], axis=0)
    p = float((1 + (null >= observed - 1e-12).sum()) / (DRAWS + 1))
    words = f"{count} pairs of items; p against {DRAWS} deals of the wordings to the two frames"
    made = rooted(replace(row, method=words), observed - noise, _spread(context, pairs, observed - noise))
    yield tested(context, made, p, 1 / (DRAWS + 1))


def _dealt(context: Context, pair: Pair) -> np.ndarray:
    """(D,) mean divergence when each item's wordings are dealt at random; the same deals for every subject."""
    first, second = pair.wordings
    pool = np.concatenate(pair.each)
    rng = stream("frames", context.seed, first, second, *pair.items)
    order = rng.random((DRAWS, *pool.shape[:2])).argsort(axis=1)
    items = np.arange(pool.shape[1])
    dealt = pool[order, items]
    return np.asarray(js_divergence(dealt[:, :first].mean(axis=1), dealt[:, first:].mean(axis=1)).mean(axis=-1))


def _spread(context: Context, pairs: Sequence[Pair], value: float) -> Interval:
    """Bounds of a mean divergence: wordings of each frame left out in turn, each frame with its own t."""
    survey = np.mean([js_divergence(one.jack[0], one.whole[1]).mean(axis=-1) for one in pairs], axis=0)
    other = np.mean([js_divergence(one.whole[0], one.jack[1]).mean(axis=-1) for one in pairs], axis=0)
    return _joined(context, value, (survey, other))


def _joined(context: Context, value: float, jacks: tuple[np.ndarray, np.ndarray]) -> Interval:
    if not all(np.isfinite(jack).all() for jack in jacks):
        return Interval(None, None, None, "", "no interval: an item was answered in one wording only")
    low, high = t_interval(value, [(float(jackknife_sd(jack)), len(jack) - 1) for jack in jacks], context.keys.level)
    method = f"jackknife over {len(jacks[0])} and {len(jacks[1])} wordings, t"
    return Interval(float(low), float(high), context.keys.level, method, "")


def _shifts(context: Context, row: Estimate, pair: Pair) -> Iterator[Estimate]:
    """Each item's mean in the other frame less its mean in the survey, as a share of the scale."""

    def mean(shares: np.ndarray) -> np.ndarray:
        return np.asarray((shares * pair.codes).sum(axis=-1))

    survey, other = (mean(side) for side in pair.whole)
    for n, item in enumerate(pair.items):
        value = float(other[n] - survey[n])
        found = Interval(None, None, None, "", ONE_WORDING)
        if 0 not in pair.wordings:
            found = _joined(context, value, (other[n] - mean(pair.jack[0])[:, n], mean(pair.jack[1])[:, n] - survey[n]))
        yield replace(
            row,
            item=item,
            facet=faceted(row, "shift"),
            unit=SHIFT,
            value=value,
            low=found.low,
            high=found.high,
            level=found.level,
            n=1,
            method="; ".join(part for part in ("other frame less survey, in codes", found.method) if part),
            why=found.why,
        )


MEASURE = Simple(
    "frame_gap",
    "Distance between answers to a survey and the same asked as advice",
    UNIT,
    "Salecha et al. (2024), PNAS Nexus 3(12), on models that recognise a questionnaire",
    compute,
)
