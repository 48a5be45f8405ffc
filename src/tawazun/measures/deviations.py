"""Does a place differ from its region in the model as it does among people? Deviations, and whose people are nearest.

Deviations are from each side's own mean over the panel's places, cell by cell, so a shift that the whole region shares
does not count. The slope is freed of the people's sampling noise, which would flatten it; the plain correlation is not,
and stands beside one that is freed of the noise of both sides.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, faceted, number
from tawazun.measures.panels import MOST_DRAWS, Panel, human_draws, panel_intervals, panels, reply_draws
from tawazun.measures.ratios import model_part, people_errors, ratio_bounds, reply_errors
from tawazun.measures.spread import Interval, Part, drawn_again, joined
from tawazun.seeds import seed_for, stream
from tawazun.stats.diversity import deviation_agreement, identifiability, own_ranks, squared_distances, top_shares
from tawazun.stats.gap_errors import GapErrors, from_mean
from tawazun.stats.permutation import Shuffled
from tawazun.stats.relabelling import matched_mean
from tawazun.stats.resampling import cluster_sd, cluster_weights

FEWEST = 3
EXACT_UP_TO = 40_320
READ = "below 0 reversed, 0 to 1 shrunk, 1 right, above 1 caricature"
FLAT = "the model gives every place the same answers: it has no deviations"
SAME = "the people of these places do not differ beyond sampling noise"


@dataclass(frozen=True)
class Moves:
    """Deviations of both sides of a panel and the sums that everything is made of; cells nobody has are 0.

    model, human   (C, N)
    noise          (C,) summed sampling variance of the people's deviations
    """

    model: np.ndarray
    human: np.ndarray
    noise: np.ndarray


def moves(panel: Panel) -> Moves:
    """The deviations of a panel."""
    count = panel.there.sum(axis=0)
    shrink = np.where(panel.there, 1 - 1 / np.maximum(count, 1), 0.0)
    return Moves(
        centred(panel.model, panel.there),
        centred(panel.human, panel.there),
        (np.nan_to_num(panel.human_noise) * shrink).sum(axis=-1),
    )


def centred(shares: np.ndarray, there: np.ndarray) -> np.ndarray:
    """(..., C, Q, K) -> (..., C, Q * K) deviations from the mean over the places that have the item."""
    filled = np.where(there[..., None], shares, 0.0)
    mean = filled.sum(axis=-3, keepdims=True) / np.maximum(there.sum(axis=0), 1)[:, None]
    moved: np.ndarray = np.where(there[..., None], filled - mean, 0.0)
    return moved.reshape(*filled.shape[:-2], -1)


def deviation_rows(context: Context) -> Iterator[Estimate]:
    """Per panel: correlation, the same without noise, slope; then the slope of each place."""
    for panel in panels(context, "deviation_agreement"):
        row = replace(panel.base, n=len(panel.places))
        why = panel.lacking(FEWEST) or panel.noisy
        if why:
            yield replace(row, facet=faceted(row, "correlation"), unit="correlation", why=why)
            yield replace(row, facet=faceted(row, "slope"), unit="slope", why=why)
            continue
        yield from _deviations(context, panel, row)


def _deviations(context: Context, panel: Panel, row: Estimate) -> Iterator[Estimate]:
    agreed = deviation_agreement(panel.model, panel.human, human_noise=panel.human_noise)
    back = deviation_agreement(panel.human, panel.model, human_noise=np.nan_to_num(panel.noise))
    own = moves(panel)
    value = np.array([float(agreed.correlation), float(agreed.slope)])
    plain, sloped = deviation_bounds(panel, own, value, context.keys.level)
    counted = f"deviations from the regional mean over {int(agreed.cells)} cells of {len(panel.places)} places"
    unknown = "" if panel.human_known else "people's sampling noise unknown: the true slope may be steeper"
    test = direction_test(context, own)
    usable = float(test.minimum_p) <= context.keys.alpha and np.isfinite(value[0])
    few = f"no test: the smallest attainable p is {float(test.minimum_p):.3g}"
    known = np.isfinite(value)
    yield replace(
        row,
        facet=faceted(row, "correlation"),
        unit="correlation",
        value=number(value[0]),
        p=float(test.p) if usable else None,
        low=plain.low,
        high=plain.high,
        level=plain.level,
        method=f"{counted}, both sides' noise left in; {test.method}; {plain.method}".removesuffix("; "),
        why="; ".join(w for w in ("" if known[0] else FLAT, plain.why, "" if usable else few) if w),
    )
    product = float(agreed.slope) * float(back.slope)
    freed = float(np.sign(agreed.slope) * np.sqrt(product)) if product > 0 else (0.0 if product == 0 else np.nan)
    yield replace(
        row,
        facet=faceted(row, "correlation without noise"),
        unit="correlation",
        value=number(np.clip(freed, -1.0, 1.0)),
        method=f"{counted}, sampling noise of both sides taken out, clipped to [-1, 1]",
        why="; ".join(w for w in ("no interval: read that of the plain correlation", unknown) if w)
        if np.isfinite(freed)
        else "a side's deviations are no larger than its noise",
    )
    yield replace(
        row,
        facet=faceted(row, "slope"),
        unit="slope",
        value=number(value[1]),
        low=sloped.low,
        high=sloped.high,
        level=sloped.level,
        method=f"{counted}, model on people, people's noise taken out; {READ}; {sloped.method}".removesuffix("; "),
        why="; ".join(w for w in ("" if known[1] else SAME, sloped.why, unknown) if w),
    )
    yield from _by_place(panel, own, row)


def direction_test(context: Context, own: Moves) -> Shuffled:
    """Do places differ from their region in their own people's direction? Relabelled places, deviations of length 1.

    Lengths are taken out first: a place far out on both sides, whatever its direction, would pass for agreement.
    """
    sides = (own.model, own.human)
    model, human = (side / np.maximum(np.linalg.norm(side, axis=-1, keepdims=True), 1e-12) for side in sides)
    seed = seed_for("deviation_agreement", context.seed) % 2**32
    return matched_mean(np.round(model @ human.T, 12), limit=EXACT_UP_TO, seed=seed)


def deviation_bounds(panel: Panel, own: Moves, value: np.ndarray, level: float) -> tuple[Interval, Interval]:
    """The intervals of the correlation and of the slope of a panel; value: (2,) both."""
    people, noise, form = own.human.ravel(), float(own.noise.sum()), from_mean(panel.there)
    cross, of_model, of_human = float(own.model.ravel() @ people), np.square(own.model).sum(), people @ people
    jack = None
    if len(panel.jack):
        flat = centred(panel.jack, panel.there).reshape(len(panel.jack), -1)
        jack = _sums(flat @ people, np.square(flat).sum(axis=-1), of_human)
    errors, replied = people_errors(panel, form), reply_errors(panel, form)
    sides = [None if e is None else _correlation_variance(e, cross, *by) for e, by in (
        (errors, (of_human, of_model)), (replied, (of_model, of_human)))]  # fmt: skip
    part = model_part(panel, jack, None if replied is None else np.array([sides[1], replied.cross]))
    first, second = (None if part is None else (part[0][j : j + 1], *part[1:]) for j in range(2))
    sd = np.sqrt(np.array([np.nan if sides[0] is None else sides[0]]))
    plain = joined(value[:1], first, sd, level, (-1.0, 1.0))[0]
    return plain, ratio_bounds(cross, float(of_human - noise), second, errors, level)


def _correlation_variance(errors: GapErrors, cross: float, varied: float, given: float) -> float:
    """Variance of cross / root (varied given) from the side whose sum of squares is `varied`."""
    scale = varied * given
    if scale <= 1e-30:
        return float("nan")
    found = (
        errors.cross / scale + cross**2 / scale * errors.gaps / (4 * varied**2) - cross / scale * errors.both / varied
    )
    return max(float(found), 0.0)


def _sums(cross: np.ndarray, of_model: np.ndarray, of_human: float) -> np.ndarray:
    """(B, 2) correlation and sum of products; NaN where the model has no deviations."""
    scale = np.sqrt(of_model * of_human)
    return np.stack([np.divide(cross, scale, out=np.full(cross.shape, np.nan), where=scale > 1e-15), cross], axis=-1)


def _by_place(panel: Panel, own: Moves, row: Estimate) -> Iterator[Estimate]:
    true = np.square(own.human).sum(axis=-1) - own.noise
    cross = (own.model * own.human).sum(axis=-1)
    for c, place in enumerate(panel.places):
        named = replace(row, persona=place, population=_population(panel, c), facet=faceted(row, "slope of one place"))
        named = replace(named, unit="slope", n=int(panel.there[c].sum()))
        if true[c] <= 0:
            yield replace(named, why=f"the people of {place} do not differ from their region beyond sampling noise")
            continue
        method = f"model on people over the items of one place, people's noise taken out; {READ}"
        yield replace(named, value=float(cross[c] / true[c]), method=method, why="no interval: one place of a panel")


def _population(panel: Panel, c: int) -> str:
    assert panel.side is not None
    return panel.side.names[panel.populations[c]]


def identifiability_rows(context: Context) -> Iterator[Estimate]:
    """Per panel: top-1 accuracy and mean rank of the own people with their tests and chance levels; then each place."""
    for panel in panels(context, "identifiability"):
        row = replace(panel.base, n=len(panel.places))
        why = panel.lacking(2)
        found = None if why else _distances(panel)
        if found is not None and np.isnan(found).any():
            why = "the places share no item that all of them have"
        if found is None or why:
            for facet, unit in (("top-1", "share of places"), ("mean rank", "rank")):
                yield replace(row, facet=faceted(row, facet), unit=unit, why=why)
            continue
        yield from _identified(context, panel, row, found)
        yield from _ranks(panel, row, found)


def _common(panel: Panel) -> np.ndarray:
    """(Q,) items that every place of the panel has, so that ranks compare like with like."""
    return np.asarray(panel.there.all(axis=0))


def _distances(panel: Panel) -> np.ndarray:
    """(C, C) squared distances of each played place to each place's people, people's noise taken out."""
    kept = _common(panel)
    if not kept.any():
        return np.full((len(panel.places),) * 2, np.nan)
    return squared_distances(panel.model[:, kept], panel.human[:, kept], 0.0, panel.human_noise[:, kept])


def _identified(context: Context, panel: Panel, row: Estimate, found: np.ndarray) -> Iterator[Estimate]:
    count = len(found)
    # distances that differ by rounding alone are ties
    rounded = np.round(found, 12)
    spreads = _spreads(context, panel, rounded)
    seed = seed_for("identifiability", context.seed) % 2**32
    kinds = (("top-1", "top", "share of places", 1 / count), ("mean rank", "rank", "rank", (count + 1) / 2))
    for (facet, statistic, unit, chance), spread in zip(kinds, spreads, strict=True):
        test = identifiability(rounded, statistic=statistic, limit=EXACT_UP_TO, seed=seed)  # type: ignore[arg-type]
        least = float(test.minimum_p)
        usable = least <= context.keys.alpha
        few = f"no test: the smallest attainable p is {least:.3g}, above alpha {context.keys.alpha:g}"
        method = (
            f"{test.method}; smallest attainable p {least:.3g}; squared distances, {int(_common(panel).sum())} items"
        )
        yield replace(
            row,
            facet=faceted(row, facet),
            unit=unit,
            value=float(test.value),
            p=float(test.p) if usable else None,
            low=spread.low,
            high=spread.high,
            level=spread.level,
            method="; ".join(m for m in (method, spread.method) if m),
            why="; ".join(w for w in (spread.why, "" if usable else few) if w),
        )
        yield replace(
            row,
            respondent="floor:chance",
            reference=row.respondent,
            facet=faceted(row, facet),
            unit=unit,
            value=chance,
            method=f"chance among {count} places, also of a respondent that answers alike for all of them",
        )


def _spreads(context: Context, panel: Panel, found: np.ndarray) -> list[Interval]:
    """Intervals of top-1 accuracy and mean rank: framings are bootstrapped, because neither statistic is smooth."""
    kept = _common(panel)
    noise, human = panel.human_noise[:, kept], panel.human[:, kept]
    drawn, replied = human_draws(context, panel), reply_draws(context, panel)
    people = None if drawn is None else _read(squared_distances(panel.model[:, kept], drawn[:, :, kept], 0.0, noise))
    part: Part | None = None
    if groups := len(panel.each):
        rng = stream("identifiability", context.seed, panel.base.respondent, panel.base.language)
        weights = cluster_weights(groups, min(context.keys.draws, MOST_DRAWS), rng) / groups
        blocks = np.tensordot(weights, panel.each[:, :, kept], axes=1)
        sd = cluster_sd(_read(squared_distances(blocks, human, 0.0, noise)), groups)
        part = sd, groups - 1.0, f"{len(weights)} bootstrap draws of {groups} {panel.unit}, t"
    elif replied is not None:
        part = drawn_again(_read(squared_distances(replied[:, :, kept], human, 0.0, noise)))
    made = panel_intervals(context, _read(found[None])[0], part, people)
    ends = ((0.0, 1.0), (1.0, float(len(found))))
    return [_inside(bounds, *end) for bounds, end in zip(made, ends, strict=True)]


def _inside(bounds: Interval, low: float, high: float) -> Interval:
    if bounds.low is None or bounds.high is None:
        return bounds
    return replace(bounds, low=min(high, max(low, bounds.low)), high=min(high, max(low, bounds.high)))


def _read(found: np.ndarray) -> np.ndarray:
    """(B, C, C) distances -> (B, 2) top-1 accuracy and mean rank."""
    return np.stack([top_shares(found).mean(axis=-1), own_ranks(found).mean(axis=-1)], axis=-1)


def _ranks(panel: Panel, row: Estimate, found: np.ndarray) -> Iterator[Estimate]:
    ranks = own_ranks(np.round(found, 12))
    for c, place in enumerate(panel.places):
        nearest = panel.places[int(found[c].argmin())]
        yield replace(
            row,
            persona=place,
            population=_population(panel, c),
            facet=faceted(row, "rank of one place"),
            unit="rank",
            value=float(ranks[c]),
            method=f"rank of the own people among {len(panel.places)}, 1 is nearest",
            why=f"nearest are the people of {nearest}; no interval: one place of a panel",
        )
