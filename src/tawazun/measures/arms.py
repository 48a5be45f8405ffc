"""Answers of subjects that differ in one factor only, paired ask by ask: what the gaps between arms share.

Two subjects are compared on the asks that both had, framing by framing (seeds are averaged first). Where replies were
drawn, sampling alone makes every distance larger than it is. So the replies of both arms are shuffled between them (or
drawn again from the exact side, where there is one), and a second row gives the root of the mean divergence less what
shuffled replies have on average, with the share of shuffles that reach the observed one as its p. That noise is exact
for arms that do not differ; the first-order formula `js_bias` would leave 18 % of it standing at 30 replies.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, faceted
from tawazun.measures.cube import FRAMING, Cube, Subject
from tawazun.measures.replies import valid_replies
from tawazun.measures.spread import Interval, interval, replicates
from tawazun.seeds import stream
from tawazun.stats.distances import js_distance, js_divergence

UNIT = "JS distance (base 2)"
NO_OPTIONS = "no item is answered by choosing among options"
SEED = FRAMING.index("seed")
FEWEST_REPLIES = 2
# shuffles of replies: how many at most and at least, how many asks times shuffles, and how many at once
MOST_DRAWS, FEWEST_DRAWS, CELLS, BLOCK = 199, 39, 200_000, 500_000


@dataclass(frozen=True)
class Factor:
    """What tells two arms apart.

    level   the level of a subject; fixed: what must be the same in both arms, the persona aside
    """

    name: str
    level: Callable[[Subject], str]
    fixed: Callable[[Subject], tuple[str, ...]]


LANGUAGE = Factor("language", lambda s: s.language, lambda s: (s.respondent, s.perspective, s.mode, s.setting))
PERSPECTIVE = Factor("perspective", lambda s: s.perspective, lambda s: (s.respondent, s.language, s.mode, s.setting))
SETTING = Factor("setting", lambda s: s.setting, lambda s: (s.respondent, s.perspective, s.language, s.mode))


@dataclass(frozen=True)
class Arms:
    """Two levels of a factor with everything else the same.

    levels    the two levels; first: a subject of the first level, for what both share
    personas  who is played in both, in order; members: (subject, subject) per persona
    """

    levels: tuple[str, str]
    first: Subject
    personas: tuple[str, ...]
    members: tuple[tuple[int, int], ...]


def arms(made: Cube, factor: Factor) -> Iterator[Arms]:
    """Every pair of levels that share a persona, respondent by respondent."""
    groups: dict[tuple[str, ...], dict[str, dict[str, int]]] = {}
    for s, one in enumerate(made.subjects):
        groups.setdefault(factor.fixed(one), {}).setdefault(factor.level(one), {})[one.persona] = s
    for levels in groups.values():
        for a, b in combinations(levels, 2):
            shared = [persona for persona in levels[a] if persona in levels[b]]
            if shared:
                members = tuple((levels[a][persona], levels[b][persona]) for persona in shared)
                yield Arms((a, b), made.subjects[members[0][0]], tuple(shared), members)


@dataclass(frozen=True)
class Gap:
    """How far two arms are apart on each ask: (F, Q), NaN where one of them has no distribution.

    divergence  in bits; noise: what it is on average when replies are shuffled between the arms, 0 for exact answers,
                NaN where the number of replies is not known
    observed    mean divergence, framings inside items and then items; null: (D,) the same in each shuffle, D = 0 for
                exact answers
    sampled     whether replies were drawn on either side
    """

    distance: np.ndarray
    divergence: np.ndarray
    noise: np.ndarray
    observed: float
    null: np.ndarray
    sampled: bool


def unseeded(made: Cube, subject: int) -> tuple[np.ndarray, np.ndarray]:
    """A subject's shares and readable replies with seeds put together: (F, Q, K) and (F, Q).

    Framings that differ in their seed alone stand at the first of them; the others are NaN and 0.
    """
    shares, replies = made.p[subject].copy(), valid_replies(made)[subject].copy()
    for members in _same_but_seed(made):
        there = ~np.isnan(shares[members]).any(axis=-1)
        counted = np.where(there, replies[members], 0.0)
        heavy = np.where(np.isfinite(counted).all(axis=0), counted, 1.0 * there)
        total = (np.where(there[..., None], shares[members], 0.0) * heavy[..., None]).sum(axis=0)
        weight = heavy.sum(axis=0)[:, None]
        shares[members], replies[members] = np.nan, 0.0
        shares[members[0]] = np.divide(total, weight, out=np.full(total.shape, np.nan), where=weight > 0)
        replies[members[0]] = counted.sum(axis=0)
    return shares, replies


def _same_but_seed(made: Cube) -> list[list[int]]:
    groups: dict[tuple[str, ...], list[int]] = {}
    for f, framing in enumerate(made.framings):
        groups.setdefault(framing[:SEED] + framing[SEED + 1 :], []).append(f)
    return [members for members in groups.values() if len(members) > 1]


Side = tuple[np.ndarray, np.ndarray]


def gap_between(made: Cube, a: Side, b: Side, rng: np.random.Generator) -> Gap:
    """The gap between two arms as `unseeded` gives them: shares (F, Q, K) and readable replies (F, Q)."""
    (p, n_p), (q, n_q) = a, b
    if not made.distributed.any():
        nothing = np.full(n_p.shape, np.nan)
        return Gap(nothing, nothing, nothing, 0.0, np.zeros(0), False)
    both = made.distributed & ~np.isnan(p).any(axis=-1) & ~np.isnan(q).any(axis=-1)
    # mentions sum to more than 1: what is no distribution must not reach a distance
    p, q = (np.where(both[..., None], side, np.nan) for side in (p, q))
    distance, divergence = js_distance(p, q), js_divergence(p, q)
    noise, null = np.where(both, 0.0, np.nan), np.zeros(0)
    sampled = bool(both.any()) and not all(np.isinf(n[both]).all() for n in (n_p, n_q))
    weights = _item_weights(both)
    if sampled:
        noise[both], null = _noise((p[both], n_p[both]), (q[both], n_q[both]), weights, rng)
    return Gap(distance, divergence, noise, float(divergence[both] @ weights), null, sampled)


def _item_weights(asked: np.ndarray) -> np.ndarray:
    """Weights of the asks of a (F, Q) mask, in its order: framings inside items, then items."""
    weights = asked / np.maximum(asked.sum(axis=0), 1) / max(asked.any(axis=0).sum(), 1)
    return np.asarray(weights[asked])


def _noise(a: Side, b: Side, weights: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(N,) mean divergence of each ask when replies are shuffled between the arms, and (D,) the weighted means.

    NaN and D = 0 where a side has an unknown number of replies or fewer than two.
    """
    (p, n_p), (q, n_q) = a, b
    if not ((n_p >= FEWEST_REPLIES) & (n_q >= FEWEST_REPLIES)).all():
        return np.full(len(p), np.nan), np.zeros(0)
    draws = int(np.clip(CELLS // len(p), FEWEST_DRAWS, MOST_DRAWS))
    each, null = np.zeros(len(p)), np.zeros(draws)
    for part in np.array_split(np.arange(len(p)), -(-len(p) * draws // BLOCK)):
        again = js_divergence(*_shuffled((p[part], n_p[part]), (q[part], n_q[part]), draws, rng))
        each[part] = again.mean(axis=0)
        null += again @ weights[part]
    return each, null


def _shuffled(a: Side, b: Side, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(D, N, K) shares of both arms when it is chance alone which reply went to which; exact sides stay as they are."""
    (p, n_p), (q, n_q) = a, b
    if np.isinf(n_p).all() or np.isinf(n_q).all():
        exact, n = (p, n_q) if np.isinf(n_p).all() else (q, n_p)
        sizes = np.round(n).astype(np.int64)
        drawn = rng.multinomial(sizes, exact / exact.sum(axis=-1, keepdims=True), size=(draws, len(exact)))
        return np.broadcast_to(exact, drawn.shape), drawn / sizes[:, None]
    counts = [np.round(side * n[:, None]).astype(np.int64) for side, n in (a, b)]
    left, wanted = counts[0] + counts[1], counts[0].sum(axis=-1)
    drawn = np.zeros((draws, *p.shape), dtype=np.int64)
    still = np.broadcast_to(wanted, (draws, len(p)))
    for k in range(p.shape[-1]):
        drawn[..., k] = rng.hypergeometric(left[:, k], left[:, k + 1 :].sum(axis=-1), still)
        still = still - drawn[..., k]
    rest = left - drawn
    return drawn / drawn.sum(axis=-1, keepdims=True), rest / rest.sum(axis=-1, keepdims=True)


def mean_gap(gaps: Sequence[Gap]) -> Gap:
    """The mean over several pairs of subjects; an ask counts for the pairs that have it."""
    fewest = min(len(one.null) for one in gaps)
    return Gap(
        _nanmean([one.distance for one in gaps]),
        _nanmean([one.divergence for one in gaps]),
        _nanmean([one.noise for one in gaps]),
        float(np.mean([one.observed for one in gaps])),
        np.mean([one.null[:fewest] for one in gaps], axis=0),
        any(one.sampled for one in gaps),
    )


def _nanmean(parts: Sequence[np.ndarray]) -> np.ndarray:
    block = np.array(parts)
    there = ~np.isnan(block)
    count = there.sum(axis=0)
    total = np.where(there, block, 0.0).sum(axis=0)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def persona_gaps(context: Context, made: Cube, found: Arms) -> list[Gap]:
    """The gap of each persona, in order."""
    sides = {s: unseeded(made, s) for pair in found.members for s in pair}
    rng = stream("arms", context.seed, made.instrument.name, *found.levels, found.first.respondent)
    return [gap_between(made, sides[a], sides[b], rng) for a, b in found.members]


def gap_rows(context: Context, made: Cube, row: Estimate, found: Gap, words: str) -> Iterator[Estimate]:
    """The mean distance of a gap with its interval, and the distance beyond the noise of replies where there is any."""
    row = replace(row, unit=UNIT)
    if np.isnan(found.distance).all():
        common = "the arms have no ask in common: no framing was put to both"
        yield replace(row, why=common if made.distributed.any() else NO_OPTIONS)
        return
    reps = replicates(made, 0, found.distance[None], None)
    reps = reps.only(np.flatnonzero(~np.isnan(reps.whole)))
    spread = interval(reps, lambda block: block.mean(axis=-1), context.keys.level, 0.0, (0.0, 1.0))
    noisy = "replies were drawn, and their noise is inside it" if found.sampled else ""
    yield replace(
        row,
        value=float(reps.whole.mean()),
        low=spread.low,
        high=spread.high,
        level=spread.level,
        n=float((~np.isnan(found.distance)).sum()),
        method="; ".join(m for m in (words, spread.method) if m),
        why="; ".join(w for w in (noisy, spread.why) if w),
    )
    if found.sampled:
        yield _beyond(context, made, replace(row, facet=faceted(row, "beyond reply noise")), found)


def _beyond(context: Context, made: Cube, row: Estimate, found: Gap) -> Estimate:
    asked = ~np.isnan(found.divergence)
    if np.isnan(found.noise[asked]).any():
        return replace(row, why="the noise of the replies is not known: an answer has fewer than 2 readable replies")
    reps = replicates(made, 0, (found.divergence - found.noise)[None], None)
    reps = reps.only(np.flatnonzero(~np.isnan(reps.whole)))
    spread = interval(reps, lambda block: block.mean(axis=-1), context.keys.level, 0.0)
    draws = len(found.null)
    p = float((1 + (found.null >= found.observed - 1e-12).sum()) / (draws + 1)) if draws else None
    words = f"p against {draws} shuffles of the replies between the arms, smallest attainable {1 / (draws + 1):.3g}"
    tested = replace(row, n=float(asked.sum()), p=p, method=words if draws else "")
    return rooted(tested, float(reps.whole.mean()), spread)


def rooted(row: Estimate, pooled: float, spread: Interval) -> Estimate:
    """The row of a distance whose square was estimated, with bounds that were made for the square."""
    low, high = (None if bound is None else float(np.sqrt(max(bound, 0.0))) for bound in (spread.low, spread.high))
    nothing = "" if pooled > 0 else "the mean divergence is not above its noise"
    return replace(
        row,
        value=float(np.sqrt(max(pooled, 0.0))),
        low=low,
        high=high,
        level=spread.level,
        method="; ".join(m for m in ("root of the mean divergence less its noise", row.method, spread.method) if m),
        why="; ".join(w for w in (nothing, spread.why) if w),
    )


def framing_gaps(context: Context, made: Cube, factor: str) -> list[Gap]:
    """Per subject: gaps of each framing to the framings that differ from it in one factor alone, such as `order`."""
    at = FRAMING.index(factor)
    alone = [
        (a, b)
        for a, b in combinations(range(len(made.framings)), 2)
        if [i for i, (x, y) in enumerate(zip(made.framings[a], made.framings[b], strict=True)) if x != y] == [at]
    ]
    replies, rng = valid_replies(made), stream("framings", context.seed, made.instrument.name, factor)
    return [_framing_gap(made, (made.p[s], replies[s]), alone, rng) for s in range(len(made.subjects))]


def _framing_gap(made: Cube, own: Side, pairs: Sequence[tuple[int, int]], rng: np.random.Generator) -> Gap:
    p, n = own
    first, second = (np.array([pair[side] for pair in pairs], dtype=int) for side in (0, 1))
    found = gap_between(made, (p[first], n[first]), (p[second], n[second]), rng)
    distance, divergence, noise = (
        _at_framings(part, pairs, len(p)) for part in (found.distance, found.divergence, found.noise)
    )
    return Gap(distance, divergence, noise, found.observed, found.null, found.sampled)


def _at_framings(values: np.ndarray, pairs: Sequence[tuple[int, int]], count: int) -> np.ndarray:
    """(F, Q) mean over the pairs that each framing is in."""
    total, there = np.zeros((2, count, values.shape[-1]))
    for line, pair in zip(values, pairs, strict=True):
        for f in pair:
            total[f] += np.nan_to_num(line)
            there[f] += ~np.isnan(line)
    return np.divide(total, there, out=np.full(total.shape, np.nan), where=there > 0)
