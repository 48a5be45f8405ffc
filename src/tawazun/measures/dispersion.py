"""How varied a model's answers are inside a place, and how much of the variance lies between places.

A model that always gives the likeliest answer has the right mode and no people in it. The variance of its answer
distribution is set against the people's, on ordinal items only, in units of each item's scale. What a distribution is
depends on how it was read, so every row says which read-out and which temperature stand behind it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tawazun.cells import parse_persona
from tawazun.estimates import Estimate
from tawazun.measures.averages import REPLY_WORDS, Average, averages
from tawazun.measures.context import Context, faceted, number, rows
from tawazun.measures.cube import Cube, Subject
from tawazun.measures.panels import Panel, panels
from tawazun.measures.people import People
from tawazun.measures.replies import valid_replies
from tawazun.measures.spread import Part, joined, left_out
from tawazun.places import group
from tawazun.stats.delta import multinomial_variance
from tawazun.stats.variance import between_share

UNIT = "variance of the model's answers over the people's"
SHARE_UNIT = "share of variance between places, mean over items"
ONE_REPLY = "one reply to one framing: a single answer has no variance"


@dataclass(frozen=True)
class Scaled:
    """Ordinal items of a cube with codes scaled to length 1.

    codes   (Q, K); items: (Q,) which are ordinal and have a length
    """

    codes: np.ndarray
    items: np.ndarray

    def variance(self, shares: np.ndarray) -> np.ndarray:
        """(..., Q, K) -> (..., Q) variance of the codes."""
        mean = (shares * self.codes).sum(axis=-1)
        return np.asarray((shares * np.square(self.codes)).sum(axis=-1) - np.square(mean))

    def slope(self, shares: np.ndarray) -> np.ndarray:
        """(Q, K) gradient of the variance with respect to the shares."""
        mean = (shares * self.codes).sum(axis=-1, keepdims=True)
        return np.asarray(np.square(self.codes) - 2 * mean * self.codes)


def scaled(made: Cube) -> Scaled:
    """The ordinal items of a cube."""
    codes = made.tight_codes
    length = codes.max(axis=-1) - codes.min(axis=-1) if codes.shape[-1] else np.zeros(len(codes))
    return Scaled(codes / np.where(length > 0, length, 1.0)[:, None], made.ordinal & (length > 0))


def read_out(one: Subject) -> str:
    """How the answers were read, as a facet."""
    if one.mode == "logprob":
        return "readout=logprob;temperature=1"
    keys = dict(part.partition("=")[::2] for part in one.setting.split(","))
    facet = f"readout={one.mode};temperature={keys.get('t', 'unknown')}"
    return f"{facet};top_p={keys['p']}" if "p" in keys else facet


def variance_rows(context: Context) -> Iterator[Estimate]:
    """Subjects against people, mixtures of demographic personas, and between-place shares."""
    for name, made in context.cubes.items():
        sides = [side for side in context.people[name] if not np.isnan(side.p).all()]
        scale = scaled(made)
        for subject, base in enumerate(rows("variance_ratio", name, made)):
            row = replace(base, unit=UNIT, facet=faceted(base, read_out(made.subjects[subject])))
            if not sides or not scale.items.any():
                if context.people[name]:
                    yield replace(row, why="no ordinal items answered as distributions on both sides")
                continue
            for side in sides:
                yield from _subject(context, made, scale, (subject, row), side)
        if sides and scale.items.any():
            yield from _mixtures(context, made, scale, sides)
    yield from _panels(context)
    yield from _people(context)


def _subject(
    context: Context, made: Cube, scale: Scaled, who: tuple[int, Estimate], side: People
) -> Iterator[Estimate]:
    subject, row = who
    one, average = made.subjects[subject], averages(context, made)[subject]
    inside = _within(made, scale, subject)
    for c, population in enumerate(side.names):
        if one.place and side.places[c] != one.place:
            continue
        named = replace(row, population=population, source=side.source)
        yield _ratio(context, scale, named, average, (side.p[c], side.n_eff[c]), "averaged over framings")
        faced = replace(named, facet=faceted(named, "within framings"))
        kept = scale.items & np.isfinite(inside) & ~np.isnan(side.p[c]).any(axis=-1)
        below = _human_variance(scale, side.p[c], side.n_eff[c])[kept].sum()
        if not kept.any() or below <= 0:
            yield replace(faced, why=ONE_REPLY if not kept.any() else "these people all give the same answers")
            continue
        yield replace(
            faced,
            value=float(inside[kept].sum() / below),
            n=int(kept.sum()),
            method="mean over framings of the variance inside each, ratio of sums over items",
            why="no interval: read that of the average over framings",
        )


def _within(made: Cube, scale: Scaled, subject: int) -> np.ndarray:
    """(Q,) mean variance inside a framing, freed of the loss from few replies; NaN where no framing has two replies."""
    # unknown numbers of replies (recorded shares) are taken as many
    each = scale.variance(made.p[subject]) * _regrown(valid_replies(made)[subject])
    there = ~np.isnan(each)
    count = there.sum(axis=0)
    return np.divide(np.where(there, each, 0).sum(axis=0), count, out=np.full(count.shape, np.nan), where=count > 0)


def _regrown(n: np.ndarray) -> np.ndarray:
    """What a variance of n sampled answers must be multiplied by: n / (n - 1), 1 where n is inf or unknown."""
    sized = np.isfinite(n)
    count = np.where(sized, n, 2.0)
    return np.where(sized, count / np.where(count > 1, count - 1, np.nan), 1.0)


def _human_variance(scale: Scaled, shares: np.ndarray, n_eff: np.ndarray) -> np.ndarray:
    """(Q,) variance of the people's answers, without the loss from sampling them."""
    return np.asarray(scale.variance(shares) * _regrown(n_eff))


def _model_variance(scale: Scaled, average: Average) -> np.ndarray:
    """(Q,) variance of the model's answers; the noise of the average, which takes some away, is given back."""
    plain = scale.variance(average.whole)
    if len(average.each):
        means = (average.each * scale.codes).sum(axis=-1)
        return np.asarray(plain + means.var(axis=0, ddof=1) / len(means))
    return np.asarray(plain * _regrown(average.replies))


def _ratio(
    context: Context,
    scale: Scaled,
    row: Estimate,
    average: Average,
    people: tuple[np.ndarray, np.ndarray],
    describe: str,
) -> Estimate:
    human, n_eff = people
    own, theirs = _model_variance(scale, average), _human_variance(scale, human, n_eff)
    kept = scale.items & ~np.isnan(average.whole).any(axis=-1) & ~np.isnan(human).any(axis=-1)
    if not kept.any():
        return replace(row, why="no ordinal item that both the respondent and these people answered")
    below, row = float(theirs[kept].sum()), replace(row, n=int(kept.sum()))
    if below <= 0:
        return replace(row, why="these people all give the same answers: there is no variance to compare with")
    if np.isnan(own[kept]).any():
        return replace(row, why=ONE_REPLY)
    value = float(own[kept].sum() / below)
    part: Part | None = None
    if len(average.jack):
        part = left_out(scale.variance(average.jack)[:, kept].sum(axis=-1, keepdims=True) / below, average.unit)
    elif average.sampled:
        slope = np.where(kept[:, None], scale.slope(np.nan_to_num(average.whole)), 0.0) / below
        part = average.reply_sd(slope[None]), np.inf, REPLY_WORDS
    slope = scale.slope(np.nan_to_num(human))[kept]
    sd = np.sqrt(multinomial_variance(slope, human[kept], n_eff[kept]).sum()) * value / below
    spread = joined(np.array([value]), part, np.array([sd]), context.keys.level, (0.0, np.inf))[0]
    method = f"ratio of sums over {row.n:g} ordinal items, in units of each scale, {describe}"
    return replace(
        row,
        value=number(value),
        low=spread.low,
        high=spread.high,
        level=spread.level,
        method="; ".join(m for m in (method, spread.method) if m),
        why=spread.why,
    )


def _mixtures(context: Context, made: Cube, scale: Scaled, sides: list[People]) -> Iterator[Estimate]:
    """Personas with attributes, put together place by place with equal weight."""
    arms: dict[tuple[str, ...], list[int]] = {}
    for s, one in enumerate(made.subjects):
        if one.place and one.persona != one.place:
            key = (one.respondent, one.place, one.perspective, one.language, one.mode, one.setting)
            arms.setdefault(key, []).append(s)
    bases, found = rows("variance_ratio", made.instrument.name, made), averages(context, made)
    for members in arms.values():
        if len(members) < 2:
            continue
        one = made.subjects[members[0]]
        place = parse_persona(one.persona).place
        facet = faceted(bases[members[0]], f"{read_out(one)};demographic-mixture")
        row = replace(bases[members[0]], persona=place, unit=UNIT, facet=facet)
        mixed = _mixed([found[s] for s in members])
        for side in sides:
            c = side.where(place)
            if c is not None:
                named = replace(row, population=side.names[c], source=side.source)
                words = f"equal mixture of {len(members)} demographic personas"
                yield _ratio(context, scale, named, mixed, (side.p[c], side.n_eff[c]), words)


def _mixed(parts: list[Average]) -> Average:
    same = len({len(one.jack) for one in parts}) == 1
    none = np.zeros((0, *parts[0].whole.shape))
    return Average(
        np.mean([one.whole for one in parts], axis=0),
        np.mean([one.jack for one in parts], axis=0) if same else none,
        np.mean([one.each for one in parts], axis=0) if same else none,
        np.sum([one.variance for one in parts], axis=0) / len(parts) ** 2,
        np.sum([one.replies for one in parts], axis=0),
        parts[0].unit,
    )


def _panels(context: Context) -> Iterator[Estimate]:
    for panel in panels(context, "variance_ratio"):
        if panel.why or not len(panel.places):
            yield replace(panel.base, unit=SHARE_UNIT, facet=faceted(panel.base, "between-share"), why=panel.lacking(2))
            continue
        facet = faceted(panel.base, read_out(panel.made.subjects[panel.subjects[0]]))
        row = replace(panel.base, facet=faceted(replace(panel.base, facet=facet), "between-share"), unit=SHARE_UNIT)
        if panel.lacking(2):
            yield replace(row, why=panel.lacking(2))
            continue
        yield _between(panel, row, panel.model, panel.jack, context)
        people = replace(row, respondent=f"floor:{panel.base.source}", reference=row.respondent)
        yield _between(panel, people, panel.human, np.zeros((0, *panel.human.shape)), context)


def _between(panel: Panel, row: Estimate, shares: np.ndarray, jack: np.ndarray, context: Context) -> Estimate:
    full = np.full((len(shares), len(panel.made.questions), shares.shape[-1]), np.nan)
    full[:, panel.items] = shares
    each = _item_shares(panel.made, full)
    known = np.isfinite(each)
    if not known.any():
        return replace(row, n=0, why="no ordinal item on which two of the places vary")
    left = None
    if len(jack):
        blocks = []
        for one in jack:
            block = np.full_like(full, np.nan)
            block[:, panel.items] = one
            blocks.append(_item_shares(panel.made, block)[known].mean())
        left = left_out(np.array(blocks)[:, None], panel.unit)
    value = float(each[known].mean())
    spread = joined(np.array([value]), left, np.array([np.nan]), context.keys.level, (0.0, 1.0))[0]
    return replace(
        row,
        value=value,
        low=spread.low,
        high=spread.high,
        level=spread.level,
        n=int(known.sum()),
        method="; ".join(m for m in (_share_words(each[known], len(panel.places)), spread.method) if m),
        why="people alone: no framing varies" if row.respondent.startswith("floor:") else spread.why,
    )


def _item_shares(made: Cube, shares: np.ndarray) -> np.ndarray:
    """(C, Q, K) -> (Q,) share of variance between places; NaN where the item is not ordinal."""
    found = between_share(np.swapaxes(shares, 0, 1), made.tight_codes[:, None])
    return np.where(scaled(made).items, found, np.nan)


def _share_words(each: np.ndarray, places: int) -> str:
    return (
        f"mean over {len(each)} ordinal items and {places} places, median {np.median(each):.3f}; "
        f"sampling noise of the means is inside it"
    )


def _people(context: Context) -> Iterator[Estimate]:
    """The people's own share between places, whether or not anybody played them."""
    for name, made in context.cubes.items():
        for region in context.keys.groups:
            for side in context.people[name]:
                own = [c for c, place in enumerate(side.places) if place in group(region).members]
                if np.isnan(side.p).all() or not len(own):
                    continue
                row = Estimate(
                    "variance_ratio",
                    f"floor:{side.source}",
                    name,
                    population=side.source,
                    group=region,
                    facet="between-share",
                    unit=SHARE_UNIT,
                    source=side.source,
                )
                each = _item_shares(made, side.p[own])
                known = np.isfinite(each)
                if not known.any():
                    yield replace(row, n=0, why="no ordinal item on which two of the places vary")
                    continue
                words = _share_words(each[known], len(own))
                value, why = float(each[known].mean()), "people alone: no framing varies"
                yield replace(row, value=value, n=int(known.sum()), method=words, why=why)
