"""JS similarity with the upward bias of sampled distances taken out, pooled over items before the root.

value = 1 - root of the mean divergence. The bias of every sampled side is subtracted from the mean of the divergences,
never item by item and never clipped before the mean, because a clipped noise is a bias of its own. The human side can
only be corrected where the source says how many people stand behind a share; designs cost more than weights show, so
the same number is given for design effects of 1, 1.5 and 2 on top of the source's own. One person's answers to several
items go together; microdata say how much, otherwise it is assumed and the interval is printed for other guesses too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.averages import REPLY_WORDS, Average, averages
from tawazun.measures.closeness import floor_pairs
from tawazun.measures.context import Context, faceted, number, rows
from tawazun.measures.cube import Cube
from tawazun.measures.people import People, regional_variance
from tawazun.measures.spread import BROKEN, FEW
from tawazun.places import group
from tawazun.stats.delta import js_divergence_gradient, multinomial_variance
from tawazun.stats.distances import js_bias, js_divergence, js_noise_bias
from tawazun.stats.resampling import jackknife_sd, t_interval
from tawazun.stats.shared_people import assumed_variance, halved_variances, split_items

UNIT = "1 - root of the mean JS divergence (base 2)"
MEASURE = "js_similarity_corrected"
DESIGN_EFFECTS = (1.0, 1.5, 2.0)
CORRELATIONS = (0.0, 0.3)
"""Correlations of a person's items that the interval is also printed for, where microdata do not tell it."""
EXACT = "exact on both sides: a perfect respondent would score 1"


@dataclass(frozen=True)
class Pooled:
    """A subject's JS divergence to C populations, pooled over the items that both have; every field (C,) but `jack`.

    items        number of items; plain: mean divergence, uncorrected
    model_bias   mean bias from the subject's noise; human_bias: from the people's, NaN where their number is unknown
    floor_bias   both biases if the subject were these people exactly
    jack         (G, C) `plain` with one cluster of framings left out
    reply_sd     standard error of `plain` from replies, where one framing was asked
    human_sd     from people to first order, NaN where unknown; curves: (3, C) what replies and people add to the
                 variance to second order, by deff to the power 0, 1 and 2
    human_df     degrees of freedom of the people's part: splits of microdata in halves, else inf
    others       correlation of items assumed -> (human_sd, curves) under it; empty where halves tell it
    """

    items: np.ndarray
    plain: np.ndarray
    model_bias: np.ndarray
    human_bias: np.ndarray
    floor_bias: np.ndarray
    jack: np.ndarray
    reply_sd: np.ndarray
    human_sd: np.ndarray
    curves: np.ndarray
    human_df: np.ndarray
    others: Mapping[float, tuple[np.ndarray, np.ndarray]]

    def corrected(self, deff: float) -> np.ndarray:
        """(C,) mean divergence without bias; an unknown human bias is left in."""
        return self.plain - self.model_bias - deff * np.nan_to_num(self.human_bias)

    def bounds(self, average: Average, deff: float, level: float) -> tuple[np.ndarray, np.ndarray, str]:
        """(C,) bounds of the corrected divergence, and how they were made; NaN where nothing varies."""
        if len(self.jack):
            part, words = (jackknife_sd(self.jack), len(self.jack) - 1.0), f"{len(self.jack)} {average.unit}, t"
            words = f"jackknife over {words}"
        elif average.sampled:
            part, words = (self.reply_sd, np.inf), REPLY_WORDS
        else:
            none = np.full(len(self.plain), np.nan)
            return none, none, ""
        second = self.curves[0] + deff * self.curves[1] + deff**2 * self.curves[2]
        people = np.sqrt(deff * np.square(np.nan_to_num(self.human_sd)) + second)
        low, high = t_interval(self.corrected(deff), [part, (people, self.human_df)], level)
        return low, high, words

    def under(self, correlation: float) -> "Pooled":
        """The same with another correlation of a person's items assumed."""
        human_sd, curves = self.others[correlation]
        return replace(self, human_sd=human_sd, curves=curves)


def pooled(made: Cube, average: Average, side: People) -> Pooled:
    """A subject against every population of a source."""
    wanted = made.distributed & ~np.isnan(average.whole).any(axis=-1)
    human = np.where(wanted[:, None], side.p, np.nan)
    model = average.whole[None]
    there = np.asarray(~np.isnan(human).any(axis=-1))
    count = there.sum(axis=-1)

    def mean(values: np.ndarray) -> np.ndarray:
        total = np.where(there, values, 0.0).sum(axis=-1)
        return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)

    variance = np.nan_to_num(average.variance)[None]
    known = not np.isnan(side.n_eff[there]).any()
    of_model = js_noise_bias(model, human, variance, 0.0)
    of_human = js_bias(human, model, side.n_eff, None)
    at_people = js_bias(human, human, as_replies(average), side.n_eff if known else None)
    first = multinomial_variance(js_divergence_gradient(model, human), np.nan_to_num(human), side.n_eff)
    free = np.maximum(np.array([q.cells for q in made.questions]) - 1, 1)
    noise = 0.0 * of_model if len(average.jack) else of_model
    people = np.nan_to_num(of_human)
    crossed = [mean(2 * part / free) / np.maximum(count, 1) for part in (noise**2, 2 * noise * people)]

    def assumed(correlation: float) -> tuple[np.ndarray, np.ndarray]:
        """Error of the people and curves when a person's items correlate so; squares of errors by its square."""
        kept = [np.where(there, np.nan_to_num(part), 0.0) for part in (first, 2 * people**2 / free)]
        sums = [assumed_variance(part, rho) for part, rho in zip(kept, (correlation, correlation**2), strict=True)]
        linear, square = (total / np.maximum(count, 1) ** 2 for total in sums)
        unknown = np.asarray((there & np.isnan(first)).any(axis=-1) | (count == 0))
        return np.where(unknown, np.nan, np.sqrt(linear)), np.array([*crossed, square])

    human_sd, curves = assumed(side.item_correlation)
    human_df = np.full(len(count), np.inf)
    for c in range(len(count)):
        items = np.flatnonzero(there[c])
        told = _told(side, c, items, average.whole) if len(items) else None
        if told is not None:
            human_sd[c], curves[2, c], human_df[c] = told
    gradient = np.nan_to_num(js_divergence_gradient(human, model))
    replies = multinomial_variance(gradient, np.nan_to_num(model), average.replies) if average.sampled else first * 0
    blocks = [mean(js_divergence(block[None], human)) for block in average.jack]
    return Pooled(
        count,
        mean(js_divergence(model, human)),
        mean(of_model),
        mean(of_human),
        mean(at_people),
        np.array(blocks).reshape(len(blocks), len(count)),
        np.sqrt(mean(np.nan_to_num(replies)) / np.maximum(count, 1)),
        human_sd,
        curves,
        human_df,
        {rho: assumed(rho) for rho in CORRELATIONS if rho != side.item_correlation},
    )


def _told(side: People, population: int, items: np.ndarray, model: np.ndarray) -> tuple[float, float, float] | None:
    """What random halves of the people say: linear standard error, curved variance and degrees of freedom.

    None where an item has no halves: then the correlation is assumed for all of them.
    """
    halves = side.halves_of(population, items)
    if halves is None or not split_items(halves, len(items)).all():
        return None
    linear, curved = halved_variances(js_divergence(model[items], halves).mean(axis=-1))
    return float(np.sqrt(linear)), float(curved), float(len(halves))


def as_replies(average: Average) -> np.ndarray:
    """(Q,) number of independent replies that would leave as much noise as this average has; inf for none."""
    spread, noise = (1 - np.square(average.whole).sum(axis=-1)), np.nan_to_num(average.variance).sum(axis=-1)
    noisy = noise > 1e-15
    return np.where(noisy, np.maximum(spread, 1e-15) / np.where(noisy, noise, 1.0), np.inf)


def all_pooled(context: Context, made: Cube, side: People) -> list[Pooled]:
    """`pooled` of every subject, made once."""
    return context.once(
        ("pooled", made.instrument.name, side.source),
        lambda: [pooled(made, one, side) for one in averages(context, made)],
    )


def similarity(divergence: np.ndarray | np.floating) -> np.ndarray:
    """1 - root of a mean divergence; a divergence below 0 (less than noise) counts as none."""
    return np.asarray(1 - np.sqrt(np.maximum(divergence, 0.0)))


def corrected_rows(context: Context) -> Iterator[Estimate]:
    """Every subject against every population, then the floors."""
    for name, made in context.cubes.items():
        sides = [side for side in context.people[name] if not np.isnan(side.p).all()]
        for subject, base in enumerate(rows(MEASURE, name, made)):
            if not sides or not made.distributed.any():
                if context.people[name] or context.keys.populations:
                    yield replace(base, unit=UNIT, why="no answers and people that are both distributions")
                continue
            for side in sides:
                average, found = averages(context, made)[subject], all_pooled(context, made, side)[subject]
                yield from _subject(context, base, side, average, found)
        for side in sides:
            yield from _floors(context, made, side)


def _subject(context: Context, base: Estimate, side: People, average: Average, found: Pooled) -> Iterator[Estimate]:
    known = np.isfinite(found.human_bias)
    bounds = {deff: found.bounds(average, deff, context.keys.level) for deff in DESIGN_EFFECTS}
    guesses = {rho: found.under(rho).bounds(average, 1.0, context.keys.level) for rho in found.others}
    values = {deff: similarity(found.corrected(deff)) for deff in DESIGN_EFFECTS}
    for c, population in enumerate(side.names):
        row = replace(base, population=population, unit=UNIT, source=side.source)
        if not found.items[c]:
            yield replace(row, why="no item that both the respondent and the population answered as a distribution")
            continue
        row = replace(row, n=int(found.items[c]))
        for deff in DESIGN_EFFECTS if known[c] else DESIGN_EFFECTS[:1]:
            facet = f"deff={deff:g}" if known[c] else "excludes human error"
            low, high, words = bounds[deff]
            yield _filled(
                replace(row, facet=faceted(base, facet)),
                (values[deff][c], low[c], high[c], context.keys.level),
                found.corrected(deff)[c],
                (average, bool(known[c]), words, _people_words(found, c, side.item_correlation)),
            )
        for rho, (low, high, words) in guesses.items() if known[c] and np.isinf(found.human_df[c]) else ():
            yield _filled(
                replace(row, facet=faceted(base, f"item_correlation={rho:g}")),
                (values[1.0][c], low[c], high[c], context.keys.level),
                found.corrected(1.0)[c],
                (average, True, words, _people_words(found, c, rho)),
            )
        yield replace(
            row,
            facet=faceted(base, "uncorrected"),
            value=number(float(similarity(found.plain[c]))),
            method=f"pooled over {found.items[c]} items, nothing subtracted",
            why="printed to show what the correction does; read the corrected value",
        )
        floor = number(float(similarity(found.floor_bias[c])))
        method = "what a perfect respondent would score uncorrected, with this noise on both sides"
        why = EXACT if floor == 1.0 and known[c] else "a line to read by: no interval"
        why += "" if known[c] else "; excludes human error"
        yield replace(row, facet=faceted(base, "noise-floor"), value=floor, method=method, why=why)


def _people_words(found: Pooled, population: int, correlation: float) -> str:
    """How the people's part of the interval was made."""
    df = found.human_df[population]
    if np.isfinite(df):
        return f"people to second order by {df:g} random halves, all items together"
    return f"people to second order, items of one person correlating {correlation:g} (assumed)"


def _filled(
    row: Estimate,
    numbers: tuple[float, float, float, float],
    divergence: float,
    made: tuple[Average, bool, str, str],
) -> Estimate:
    value, low, high, level = numbers
    average, known, words, people = made
    noisy = bool(np.nan_to_num(average.variance).any())
    sides = ["the model" if noisy else "", "people" if known else ""]
    corrected = " and ".join(side for side in sides if side) or "neither side (none is known)"
    bounded = bool(words) and bool(np.isfinite(low) and np.isfinite(high))
    notes = [
        "" if bounded else (BROKEN if words else FEW),
        "no difference beyond sampling noise" if divergence <= 0 else "",
        "" if average.noise_known else "the noise of some answers is unknown: it is left in",
        "" if known else "excludes human error",
    ]
    method = f"pooled over {row.n} items, first-order bias of {corrected} subtracted before the root"
    return replace(
        row,
        value=number(value),
        low=float(similarity(np.array(high))) if bounded else None,
        high=float(similarity(np.array(low))) if bounded else None,
        level=level if bounded else None,
        method="; ".join(m for m in (method, words, people if words and known else "") if m),
        why="; ".join(note for note in notes if note),
    )


def _floors(context: Context, made: Cube, side: People) -> Iterator[Estimate]:
    for c, population in enumerate(side.names):
        for floor, name, found in floor_pairs(context, made, side, c, made.distributed):
            human, shares = found.human, found.reps.whole
            plain = js_divergence(shares, human)
            of_floor = js_noise_bias(shares, human, _variance(side, floor, name, c, found.items, shares), 0.0)
            of_human = js_bias(human, shares, found.n_eff, None)
            known = bool(np.isfinite(of_human).all() and np.isfinite(of_floor).all())
            for deff in DESIGN_EFFECTS if known else DESIGN_EFFECTS[:1]:
                biased = deff * (np.nan_to_num(of_floor) + np.nan_to_num(of_human))
                yield Estimate(
                    measure=MEASURE,
                    respondent=f"floor:{floor}",
                    instrument=made.instrument.name,
                    population=population,
                    group=name,
                    facet=f"deff={deff:g}" if known else "excludes human error",
                    value=number(float(similarity((plain - biased).mean()))),
                    n=len(found.items),
                    unit=UNIT,
                    method=f"pooled over {len(found.items)} items, bias of sampled people subtracted before the root",
                    source=side.source,
                    why="computed from the human side alone: no interval over framings",
                )


def _variance(
    side: People, floor: str, name: str, population: int, items: np.ndarray, shares: np.ndarray
) -> np.ndarray:
    """(Q, K) sampling variance of a floor's own shares; NaN where the number of people is unknown."""
    if floor in ("uniform", "modal"):
        return np.zeros_like(shares)
    if floor == "regional":
        return regional_variance(side, group(name).members, side.places[population])[items]
    at = side.names.index(floor)
    return np.asarray(shares * (1 - shares) / side.n_eff[at][items][:, None])
