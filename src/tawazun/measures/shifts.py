"""From the model's default answers to a persona's: how far it goes, how far it stays behind, how far it goes past.

A shift compares a persona with the default of the same respondent, language and decoding (persona `none`, else
`human`). Its statistics are ratios of sums over items; over several places numerators and denominators are summed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.averages import REPLY_WORDS, Average, averages
from tawazun.measures.context import Context, faceted, number, rows
from tawazun.measures.cube import Cube
from tawazun.measures.people import People
from tawazun.measures.spread import Interval, Part, joined, left_out
from tawazun.places import group
from tawazun.stats.diversity import multinomial_noise
from tawazun.stats.resampling import t_interval

NO_DEFAULT = "no default answers in this language and decoding: ask persona 'none' as well"


@dataclass(frozen=True)
class Shift:
    """A persona, the default it starts from, and the people it should reach, over all Q items (NaN where one lacks).

    row       an estimate with respondent, persona, population filled in
    place     whose people they are; language and respondent stand in the row
    noise     (Q,) summed sampling variance of the people's shares, 0 where unknown
    people    the source and the population in it
    """

    row: Estimate
    place: str
    made: Cube
    persona: Average
    default: Average
    human: np.ndarray
    n_eff: np.ndarray
    noise: np.ndarray
    people: tuple[People, int]

    @property
    def items(self) -> np.ndarray:
        """(Q,) items that all three have."""
        sides = (self.persona.whole, self.default.whole, self.human)
        there = ~np.array([np.isnan(side).any(axis=-1) for side in sides]).any(axis=0)
        return np.asarray(there & self.made.distributed)

    @property
    def groups(self) -> int:
        """Clusters of framings that persona and default share; 0 where they do not."""
        return len(self.persona.jack) if len(self.persona.jack) == len(self.default.jack) else 0

    @property
    def sampled(self) -> bool:
        """Whether only replies vary, on either side."""
        return not len(self.persona.jack) and not len(self.default.jack) and (
            self.persona.sampled or self.default.sampled
        )  # fmt: skip


@dataclass(frozen=True)
class Terms:
    """Numerator and denominator of a shift, summed over items, and what moves them.

    jack    (G, 2) sums with a cluster of framings left out
    human, persona, default   gradients (2, Q, K) of numerator and denominator; 0 where an item is not used
    """

    shift: Shift
    sums: np.ndarray
    jack: np.ndarray
    human: np.ndarray
    persona: np.ndarray
    default: np.ndarray
    items: int


Make = Callable[[Shift], Terms]


def shifts(context: Context, measure: str, unit: str, *, has_map: bool) -> Iterator[Shift | Estimate]:
    """Every persona of a place with its default and its people; a row with the reason where one is missing.

    has_map   the measure has rows on a map too, so that an instrument with a map is not without them
    """
    for name, made in context.cubes.items():
        sides = [side for side in context.people[name] if not np.isnan(side.p).all()]
        found, defaults = averages(context, made), _defaults(made)
        bases = rows(measure, name, made)
        lacking = "" if sides else "no people of this instrument answered as distributions"
        lacking = lacking if any(one.place for one in made.subjects) else "no persona of a place was asked"
        if lacking and not (has_map and made.instrument.projection is not None):
            firsts = {one.respondent: base for one, base in zip(made.subjects, bases, strict=True)}
            for base in firsts.values():
                yield replace(base, persona="", perspective="", language="", unit=unit, why=lacking)
        for s, one in enumerate(made.subjects):
            if not one.place or not sides:
                continue
            row = replace(bases[s], unit=unit)
            start = defaults.get((one.respondent, one.language, one.mode, one.setting))
            for side in sides if start is not None else []:
                c = side.where(one.place)
                if c is None:
                    yield replace(row, population=side.source, why=f"{side.source} has no people of {one.place}")
                    continue
                assert start is not None
                named = replace(row, population=side.names[c], source=side.source, reference=_called(made, start))
                yield _shift(made, named, (found[s], found[start]), side, c)
            if start is None:
                yield replace(row, why=NO_DEFAULT)


def _called(made: Cube, start: int) -> str:
    return f"default: {made.subjects[start].persona}"


def _defaults(made: Cube) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}
    for wanted in ("human", "none"):
        for s, one in enumerate(made.subjects):
            if one.persona == wanted:
                found[(one.respondent, one.language, one.mode, one.setting)] = s
    return found


def _shift(made: Cube, row: Estimate, both: tuple[Average, Average], side: People, c: int) -> Shift:
    shares = np.where(made.distributed[:, None], side.p[c], np.nan)
    noise = np.nan_to_num(multinomial_noise(shares, side.n_eff[c]))
    return Shift(row, side.places[c], made, *both, side.p[c], side.n_eff[c], noise, (side, c))


def shift_rows(
    context: Context, measure: str, unit: str, make: Make, describe: str, *, needs_way: bool, has_map: bool
) -> Iterator[Estimate]:
    """A row per persona, then per group and part of a group, and the share of places above 0.

    needs_way   the denominator is the squared way from default to people, which must exceed its noise
    has_map     as for `shifts`
    """
    made: list[Terms] = []
    for one in shifts(context, measure, unit, has_map=has_map):
        if isinstance(one, Estimate):
            yield one
            continue
        row = one.row
        if not one.items.any():
            yield replace(row, why="no item that persona, default and people share")
            continue
        terms = make(one)
        made.append(terms)
        yield _filled(context, row, [terms], describe, needs_way)
    yield from _grouped(context, made, describe, needs_way)


def _filled(context: Context, row: Estimate, terms: Sequence[Terms], describe: str, needs_way: bool) -> Estimate:
    above, below = (float(x) for x in np.sum([one.sums for one in terms], axis=0))
    row = replace(row, n=sum(one.items for one in terms))
    if below <= 0 or (needs_way and not _is_way(context, terms, below)):
        return replace(
            row, why="the default is not told from these people beyond sampling noise: there is no way to go"
        )
    value = above / below
    spread = _interval(context, terms, value, below)
    return replace(
        row,
        value=number(value),
        low=spread.low,
        high=spread.high,
        level=spread.level,
        method="; ".join(m for m in (describe, spread.method) if m),
        why=spread.why,
    )


def _is_way(context: Context, terms: Sequence[Terms], below: float) -> bool:
    """Whether the interval of the denominator excludes 0, as far as its error can be known."""
    parts: list[tuple[float, float]] = [(np.sqrt(np.nan_to_num(_human_variance(terms, 0.0, 1.0))), np.inf)]
    groups = {one.shift.groups for one in terms}
    if len(groups) == 1 and groups != {0}:
        part = left_out(np.sum([one.jack for one in terms], axis=0)[:, 1:], "")
        assert part is not None
        parts.append((float(np.nan_to_num(part[0][0])), part[1]))
    low, _ = t_interval(below, parts, context.keys.level)
    return bool(low > 0)


def _interval(context: Context, terms: Sequence[Terms], value: float, below: float) -> Interval:
    part: Part | None = None
    groups = {one.shift.groups for one in terms}
    if len(groups) == 1 and groups != {0}:
        jack = np.sum([one.jack for one in terms], axis=0)
        ratio = np.divide(jack[:, :1], jack[:, 1:], out=np.full((len(jack), 1), np.nan), where=jack[:, 1:] > 0)
        part = left_out(ratio, terms[0].shift.persona.unit)
    elif all(one.shift.sampled for one in terms):
        part = np.sqrt(np.array([_reply_variance(terms, value)])) / below, np.inf, REPLY_WORDS
    sd = np.sqrt(_human_variance(terms, 1.0, -value)) / below
    side, c = terms[0].shift.people
    words = side.error_words(c, np.flatnonzero(terms[0].shift.items))
    return joined(np.array([value]), part, np.array([sd]), context.keys.level, human_words=words)[0]


def _human_variance(terms: Sequence[Terms], above: float, below: float) -> float:
    """Variance from the people of above * numerator + below * denominator; NaN where their number is unknown."""
    total = 0.0
    for one in terms:
        gradient = above * one.human[0] + below * one.human[1]
        used, (side, c) = np.flatnonzero(one.shift.items), one.shift.people
        total += float(side.covariance(c, used, gradient[used][None])[0][0, 0])
    return total


def _reply_variance(terms: Sequence[Terms], value: float) -> float:
    """Variance from replies; a default that serves several places moves all of them together."""
    total = 0.0
    shared: dict[int, tuple[Average, np.ndarray]] = {}
    for one in terms:
        used = one.shift.items
        gradient = (one.persona[0] - value * one.persona[1])[used]
        total += float(one.shift.persona.only(used).reply_sd(gradient[None])[0] ** 2)
        key = id(one.shift.default)
        before = shared[key][1] if key in shared else np.zeros_like(one.default[0])
        shared[key] = one.shift.default, before + one.default[0] - value * one.default[1]
    return total + sum(float(average.reply_sd(slope[None])[0] ** 2) for average, slope in shared.values())


def _grouped(context: Context, made: Sequence[Terms], describe: str, needs_way: bool) -> Iterator[Estimate]:
    arms: dict[tuple[str, ...], list[Terms]] = {}
    for one in made:
        row = one.shift.row
        if row.persona == one.shift.place:
            key = (row.respondent, row.instrument, row.perspective, row.language, row.mode, row.facet, row.source)
            arms.setdefault(key, []).append(one)
    for own in arms.values():
        for name in context.keys.groups:
            region = group(name)
            for facet, members in (
                ("over places", region.members),
                *((f"part={p}", m) for p, m in region.parts.items()),
            ):
                inside = [one for one in own if one.shift.place in members]
                if not inside:
                    continue
                base = inside[0].shift.row
                row = replace(
                    base, persona="", population=base.source, group=name, facet=faceted(base, facet), n=len(inside)
                )
                filled = _filled(context, row, inside, f"{describe}, summed over {len(inside)} places", needs_way)
                yield replace(filled, n=len(inside))
                if facet == "over places":
                    yield _share(row, inside, base)


def _share(row: Estimate, inside: Sequence[Terms], base: Estimate) -> Estimate:
    above = [one.sums[0] > 0 for one in inside]
    return replace(
        row,
        facet=faceted(base, "share of places above 0"),
        unit="share of places",
        value=float(np.mean(above)),
        method=f"{sum(above)} of {len(above)} places",
        why="no interval: a count of places; read them one by one",
    )
