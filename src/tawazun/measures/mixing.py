"""Whose answers are these? Each subject as a mixture of all peoples of a source, inside the region and outside.

Peoples closer to each other than their sampling noise allows to tell are merged first, and the row says so. Weights are
those of least squares under the constraint that they are at least 0 and sum to 1, with the people's noise taken out of
the fit. Bounds are those values of a weight that noise cannot rule out, so that they hold at 0 and at 1 too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.averages import Average, averages
from tawazun.measures.context import Context, faceted, number, rows
from tawazun.measures.cube import Cube
from tawazun.measures.people import People
from tawazun.measures.spread import BROKEN, FEW, Interval
from tawazun.places import group
from tawazun.seeds import stream
from tawazun.stats.diversity import multinomial_noise
from tawazun.stats.mixture import close_groups, merged_sources, separation
from tawazun.stats.mixture_bounds import Spread, product_noise, weight_bounds, wording_noise
from tawazun.stats.simplex import gap_products, simplex_weights

UNIT = "share of the mixture"
ENOUGH_ITEMS = 0.5
# draws for the limit of one bound, and of all bounds of a subject together
FEWEST_DRAWS, MOST_DRAWS, ALL_DRAWS = 10, 70, 500
# up to so many bounds, one that was moved is drawn for again
FEW_BOUNDS, ROUNDS = 12, 3
# peoples whose number is unknown count as told apart from here on, in root mean squared distance of shares
NEAR = 0.02
TOO_FEW = "fewer than two peoples with enough of the same items: there is no mixture to fit"

OUTSIDE = "the answers lie outside every mixture of these peoples: read the weights as directions only"
ALL_INSIDE = "every people of this source is in the region: there is nothing outside to tell it from"


@dataclass(frozen=True)
class Peoples:
    """The sources of a mixture over Q items: M peoples, some of them merged.

    shares   (M, Q, K); noise: (M,) sampling variance summed over items, 0 where unknown; members: populations of each
    n_eff    (M, Q) people behind each
    apart    (M,) root mean squared distance of each from the best mixture of the others
    items    numbers of the items; left: peoples left out for too few of them; known: whether all n_eff are known
    """

    side: People
    shares: np.ndarray
    members: tuple[tuple[int, ...], ...]
    noise: np.ndarray
    n_eff: np.ndarray
    apart: np.ndarray
    items: np.ndarray
    left: int
    known: bool

    def name(self, m: int) -> str:
        """The first of the peoples that a source stands for."""
        return self.side.names[self.members[m][0]]

    def merged(self, m: int) -> str:
        """A note on who was merged, or empty."""
        if len(self.members[m]) == 1:
            return ""
        others = ", ".join(self.side.names[c] for c in self.members[m])
        return f"stands for {others}: closer to each other than can be told"


def peoples(made: Cube, side: People, answered: np.ndarray) -> Peoples | None:
    """The peoples that share enough of the answered items, merged where they cannot be told apart; None for one."""
    shares = np.where((made.distributed & answered)[:, None], side.p, np.nan)
    there = np.asarray(~np.isnan(shares).any(axis=-1))
    enough = np.flatnonzero(there.sum(axis=-1) >= max(1.0, ENOUGH_ITEMS * there.any(axis=0).sum()))
    items = np.flatnonzero(there[enough].all(axis=0)) if len(enough) > 1 else np.zeros(0, dtype=int)
    if not len(items):
        return None
    kept, n_eff = shares[enough][:, items], side.n_eff[enough][:, items]
    known = not np.isnan(n_eff).any()
    noise = np.nan_to_num(multinomial_noise(kept, n_eff))
    near = 2 * float(np.sqrt(2 * noise.mean())) if known else NEAR
    numbers = close_groups(kept, near)
    members = tuple(tuple(int(c) for c in enough[numbers == g]) for g in range(int(numbers.max()) + 1))
    if len(members) < 2:
        return None
    joint = merged_sources(kept, numbers)
    size = np.array([len(one) for one in members], dtype=float)[:, None]
    summed = np.array([noise[numbers == g].sum(axis=0) for g in range(len(members))])
    people = np.array([n_eff[numbers == g].sum(axis=0) for g in range(len(members))])
    return Peoples(
        side,
        joint,
        members,
        (summed / np.square(size)).sum(axis=-1),
        people,
        separation(joint),
        items,
        len(side.names) - len(enough),
        known,
    )


def _peoples(context: Context, made: Cube, side: People, average: Average) -> Peoples | None:
    answered = np.asarray(~np.isnan(average.whole).any(axis=-1))
    key = ("peoples", made.instrument.name, side.source, answered.tobytes())
    return context.once(key, lambda: peoples(made, side, answered))


def mixture_rows(context: Context) -> Iterator[Estimate]:
    """Every subject as a mixture of the peoples of every source."""
    for name, made in context.cubes.items():
        sides = [side for side in context.people[name] if not np.isnan(side.p).all()]
        found = averages(context, made)
        for subject, base in enumerate(rows("whose", name, made)):
            row = replace(base, unit=UNIT)
            if not sides and context.people[name]:
                yield replace(row, why="no people of this instrument answered as distributions")
            for side in sides:
                sources = _peoples(context, made, side, found[subject])
                named = replace(row, population=side.source, source=side.source)
                if sources is None:
                    yield replace(named, why=TOO_FEW)
                    continue
                yield from _subject(context, named, found[subject].only(sources.items), sources)


def _fit(targets: np.ndarray, sources: Peoples) -> np.ndarray:
    """(D, Q, K) targets -> (D, M) weights."""
    if not len(targets):
        return np.zeros((0, len(sources.members)))
    return simplex_weights(gap_products(targets, sources.shares, sources.noise))


def _spread(average: Average, sources: Peoples, people: np.ndarray) -> tuple[Spread, str]:
    """The noise of a fit and how it was had, or nothing and why there are no bounds; people: see `_of_people`."""
    count = len(sources.members)
    nothing = Spread(np.zeros((count, count)), np.inf, people)
    if len(average.jack):
        # an item that one wording alone has leaves nothing to see its noise by
        if np.isnan(average.jack).any():
            return nothing, BROKEN
        groups = len(average.each)
        return Spread(wording_noise(sources.shares, average.each), groups - 1.0, people), f"{groups} {average.unit}, t"
    if average.sampled:
        own = product_noise(sources.shares, average.whole[None], average.replies[None])[0]
        return Spread(own, np.inf, people), "replies by delta method"
    return nothing, FEW


def _of_people(context: Context, sources: Peoples, name: str) -> np.ndarray:
    """(M, M, M) what the people of each source add to the noise of a fit; 0 where their number is unknown."""
    count = len(sources.members)
    if not sources.known:
        return np.zeros((count, count, count))
    key = ("whose people", name, sources.side.source, sources.items.tobytes())
    return context.once(key, lambda: product_noise(sources.shares, sources.shares, sources.n_eff))


def _bounds(context: Context, row: Estimate, average: Average, sources: Peoples, turn: np.ndarray) -> list[Interval]:
    """Intervals of the turned weights; a row that is 1 minus the row before it gets the same bounds, turned round."""
    spread, words = _spread(average, sources, _of_people(context, sources, row.instrument))
    if words in (BROKEN, FEW):
        return [Interval(None, None, None, "", words)] * len(turn)
    rest = np.append(False, (turn[1:] + turn[:-1] == 1).all(axis=-1))
    low, high = np.empty(len(turn)), np.empty(len(turn))
    low[~rest], high[~rest] = weight_bounds(
        gap_products(average.whole, sources.shares, sources.noise),
        spread,
        turn[~rest],
        level=context.keys.level,
        draws=max(FEWEST_DRAWS, min(MOST_DRAWS, ALL_DRAWS // len(turn))),
        rounds=ROUNDS if len(turn) <= FEW_BOUNDS else 1,
        rng=stream("whose", context.seed, row.instrument, row.respondent, row.persona, row.language),
    )
    for at in np.flatnonzero(rest):
        low[at], high[at] = 1 - high[at - 1], 1 - low[at - 1]
    side = "humans by delta method" if sources.known else "excludes human error"
    method = f"{words}; {side}; bounds by turning round a test"
    return [Interval(float(a), float(b), context.keys.level, method, "") for a, b in zip(low, high, strict=True)]


def _subject(context: Context, row: Estimate, average: Average, sources: Peoples) -> Iterator[Estimate]:
    weights = _fit(average.whole[None], sources)[0]
    sums, names = _regions(context, sources)
    turn = np.vstack([np.eye(len(weights)), sums])
    value = turn @ weights
    spreads = _bounds(context, row, average, sources, turn)
    row = replace(row, n=len(sources.items))
    method = f"least squares over {row.n} items and {len(weights)} peoples, weights at least 0 and summing to 1"
    if sources.left:
        method += f"; {sources.left} peoples with too few of the items left out"
    misfit = _misfit(row, weights, average, sources)
    outside = OUTSIDE if OUTSIDE in misfit.why else ""
    for m, spread in enumerate(spreads[: len(weights)]):
        notes = [outside, sources.merged(m), _unclear(sources, m)]
        yield _filled(replace(row, population=sources.name(m)), value[m], spread, method, notes)
    for r, (name, facet, note) in enumerate(names):
        at = len(weights) + r
        named = replace(row, group=name, facet=faceted(row, facet))
        if note == ALL_INSIDE:
            yield replace(named, why=note)
        else:
            yield _filled(named, value[at], spreads[at], method, [outside, note])
    yield misfit


def _unclear(sources: Peoples, m: int) -> str:
    noise = float(np.sqrt(sources.noise[m] / len(sources.items)))
    if sources.apart[m] > 2 * noise and sources.apart[m] > NEAR / 2:
        return ""
    return f"a mixture of the other peoples comes within {sources.apart[m]:.3f}: this weight cannot be told from theirs"


def _regions(context: Context, sources: Peoples) -> tuple[np.ndarray, list[tuple[str, str, str]]]:
    """(R, M) which share of each source belongs to each region and to its outside; their group, facet and note."""
    lines, names = [], []
    for name in context.keys.groups:
        members = group(name).members
        inside = np.array([np.mean([sources.side.places[c] in members for c in one]) for one in sources.members])
        if not inside.any():
            continue
        split = ((inside > 0) & (inside < 1)).any()
        note = "merged peoples lie on both sides and are split evenly" if split else ""
        note = ALL_INSIDE if inside.min() == 1 else note
        lines += [inside, 1 - inside]
        names += [(name, "region", note), (name, "outside the region", note)]
    return np.array(lines).reshape(len(lines), len(sources.members)), names


def _misfit(row: Estimate, weights: np.ndarray, average: Average, sources: Peoples) -> Estimate:
    rest = average.whole - np.tensordot(weights, sources.shares, axes=1)
    distance = float(np.sqrt(np.square(rest).sum() / len(sources.items)))
    nearest = float(sources.apart.min())
    spread = float(np.sqrt(np.nan_to_num(average.variance).sum() / len(sources.items)))
    bad = distance > 2 * spread and distance > nearest
    why = f"{OUTSIDE}; " if bad else ""
    return replace(
        row,
        facet=faceted(row, "misfit"),
        unit="root mean squared distance of shares",
        value=number(distance),
        method="what the best mixture leaves, per item; beside it the answers' own noise and the closest two sources: "
        f"{spread:.3f}, {nearest:.3f}",
        why=f"{why}no interval for a misfit",
    )


def _filled(row: Estimate, value: float, spread: Interval, words: str, notes: Sequence[str]) -> Estimate:
    return replace(
        row,
        value=number(value),
        low=spread.low,
        high=spread.high,
        level=spread.level,
        method="; ".join(m for m in (words, spread.method) if m),
        why="; ".join(note for note in (*notes, spread.why) if note),
    )
