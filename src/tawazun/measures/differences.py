"""Differences between the places of a panel: how large they are and how they are arranged, in the model and in people.

Distances are squared Euclidean distances between shares, per item, with both sides' sampling noise taken out, so that a
model without any difference scores 0 on average whatever the number of replies or wordings. They may be negative.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm, rankdata

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, faceted, number
from tawazun.measures.cube import Cube
from tawazun.measures.deviations import direction_test, moves
from tawazun.measures.panels import Panel, framing_part, human_draws, panel_intervals, panels, reply_draws
from tawazun.measures.people import People
from tawazun.measures.ratios import model_part, people_errors, ratio_bounds, reply_errors
from tawazun.measures.spread import Interval
from tawazun.places import group
from tawazun.seeds import seed_for
from tawazun.stats.distances import js_distance
from tawazun.stats.diversity import (
    deviation_agreement,
    homogenisation,
    homogenisation_of_noise,
    inter_distances,
)
from tawazun.stats.gap_errors import NO_ERRORS, GapErrors, pair_mean
from tawazun.stats.permutation import mantel

FEWEST = 3
EXACT_UP_TO = 40_320
RATIO = "ratio of squared distances between places"
SAME_PEOPLE = "the people of these places do not differ beyond sampling noise: there is nothing to keep"


@dataclass(frozen=True)
class Gaps:
    """Debiased squared distances between the C places of a panel, per item.

    model, human   (C, C); jack: (G, C, C) with a cluster of framings left out
    """

    model: np.ndarray
    human: np.ndarray
    jack: np.ndarray


def gaps(panel: Panel) -> Gaps:
    """The distances of a panel."""
    groups = len(panel.jack)
    left = panel.noise * groups / max(groups - 1, 1)
    return Gaps(
        inter_distances(panel.model, panel.noise),
        inter_distances(panel.human, panel.human_noise),
        inter_distances(panel.jack, left) if groups else np.zeros((0, *panel.noise.shape[:1] * 2)),
    )


def gaps_drawn_again(context: Context, panel: Panel) -> tuple[np.ndarray | None, np.ndarray | None]:
    """(D, C, C) distances with replies and with people drawn again; None where they are not drawn."""
    replied, drawn = reply_draws(context, panel), human_draws(context, panel)
    people = None
    if drawn is not None:
        people = context.latest("people gaps", panel.human.tobytes(), lambda: inter_distances(drawn, panel.human_noise))
    return None if replied is None else inter_distances(replied, panel.noise), people


def mean_gap(square: np.ndarray) -> np.ndarray:
    """(..., C, C) -> (...) mean over pairs that are known."""
    i, j = np.triu_indices(square.shape[-1], 1)
    return np.asarray(np.nanmean(square[..., i, j], axis=-1))


def people_differ(gap: float, errors: GapErrors | None, level: float) -> bool:
    """Whether the people of the places differ beyond sampling noise: the interval of their mean distance excludes 0."""
    if not np.isfinite(gap):
        return False
    return bool(gap > (0.0 if errors is None else norm.ppf((1 + level) / 2) * np.sqrt(errors.gaps)))


def homogenisation_rows(context: Context) -> Iterator[Estimate]:
    """Per panel the ratio, the same ratio uncorrected, and what no difference at all would score; then the people."""
    for panel in panels(context, "homogenisation"):
        row = replace(panel.base, n=len(panel.places), unit=RATIO)
        why = panel.lacking(FEWEST) or panel.noisy
        if why:
            yield replace(row, why=why)
            continue
        found = gaps(panel)
        spread = size_bounds(panel, found, context.keys.level)
        if spread is None:
            yield replace(row, why=SAME_PEOPLE)
            continue
        yield _ratio(panel, row, found, spread)
        yield from _beside(context, panel, row, found)
    yield from people_rows(context)


def size_bounds(panel: Panel, found: Gaps, level: float) -> Interval | None:
    """The interval of the ratio of a panel; None where its people do not differ beyond sampling noise."""
    form, above, below = pair_mean(panel.there), float(mean_gap(found.model)), float(mean_gap(found.human))
    errors, replied = people_errors(panel, form), reply_errors(panel, form)
    if not people_differ(below, errors, level):
        return None
    part = model_part(
        panel,
        mean_gap(found.jack)[:, None] if len(found.jack) else None,
        None if replied is None else np.array([replied.gaps]),
    )
    own = None if errors is None else replace(errors, cross=NO_ERRORS.cross, both=NO_ERRORS.both)
    return ratio_bounds(above, below, part, own, level)


def _ratio(panel: Panel, row: Estimate, found: Gaps, spread: Interval) -> Estimate:
    method = (
        f"mean squared distance between {len(panel.places)} places over {panel.there.shape[1]} items, model over "
        "people, sampling noise subtracted; below 1 homogenised, above 1 exaggerated"
    )
    return replace(
        row,
        value=number(float(homogenisation(found.model, found.human))),
        low=spread.low,
        high=spread.high,
        level=spread.level,
        method="; ".join(m for m in (method, spread.method) if m),
        why="; ".join(w for w in (spread.why, "" if panel.human_known else "people's sampling noise unknown") if w),
    )


def _beside(context: Context, panel: Panel, row: Estimate, found: Gaps) -> Iterator[Estimate]:
    raw = homogenisation(inter_distances(panel.model, 0.0), found.human)
    yield replace(
        row,
        facet=faceted(row, "uncorrected"),
        value=number(float(raw)),
        method="model noise left in",
        why="printed to show what the correction does; read the corrected value",
    )
    noise = homogenisation_of_noise(np.where(panel.there, panel.noise, np.nan), found.human)
    half = float(norm.ppf((1 + context.keys.level) / 2)) * null_sd(panel) / float(mean_gap(found.human))
    floor = replace(row, respondent="floor:zero-difference", reference=row.respondent)
    yield replace(
        floor,
        value=0.0,
        low=number(-half),
        high=number(half),
        level=context.keys.level if np.isfinite(half) else None,
        method="a model with no difference between places, with this model's noise: expectation and range of its score",
        why="" if np.isfinite(half) else "the number of replies is unknown: no range",
    )
    yield replace(
        floor,
        facet=faceted(row, "uncorrected"),
        value=number(float(noise)),
        method="what a model with no difference between places would score if its noise were left in",
    )


def null_sd(panel: Panel) -> float:
    """Standard deviation of the model's mean squared distance between places if there were no difference at all."""
    count, items = panel.there.shape
    if len(panel.each):
        centre = np.where(panel.there[..., None], panel.each, 0.0)
        centre = centre - (centre.sum(axis=1) / np.maximum(panel.there.sum(axis=0), 1)[:, None])[:, None]
        spare = np.where(panel.there[..., None], centre - centre.mean(axis=0), 0.0)
        groups = len(spare)
        flat = spare.transpose(2, 0, 1, 3).reshape(items, groups, -1) * np.sqrt(groups / (groups - 1))
        inner = flat @ flat.transpose(0, 2, 1) * 2 / (count - 1)
        off = np.square(inner).sum(axis=(1, 2)) - np.square(np.diagonal(inner, axis1=1, axis2=2)).sum(axis=1)
        return float(np.sqrt(2 * off.sum()) / (groups * (groups - 1)) / items)
    p = np.nan_to_num(panel.model)
    squares, cubes = np.square(p).sum(axis=-1), np.power(p, 3).sum(axis=-1)
    # trace of the squared multinomial covariance, for n replies
    each = np.where(panel.there, (squares - 2 * cubes + np.square(squares)) / np.square(panel.replies), 0.0)
    return float(np.sqrt(8 * each.sum() / (count * (count - 1))) / items)


def people_rows(context: Context) -> Iterator[Estimate]:
    """How alike the people of a group's places are, whether or not anybody played them."""
    for name, made in context.cubes.items():
        for region in context.keys.groups:
            for side in context.people[name]:
                if not np.isnan(side.p).all():
                    yield _alike(made, side, region)


def _alike(made: Cube, side: People, region: str) -> Estimate:
    own = [c for c, place in enumerate(side.places) if place in group(region).members]
    row = Estimate(
        "homogenisation",
        f"floor:{side.source}",
        made.instrument.name,
        population=side.source,
        group=region,
        facet="similarity between places",
        unit="1 - JS distance (base 2)",
        source=side.source,
        n=len(own),
    )
    if len(own) < 2:
        return replace(row, why=f"{len(own)} places of the group in this source; a comparison needs 2")
    shares = np.where(made.distributed[:, None], side.p[own], np.nan)
    value, pairs = mean_similarity(shares)
    if not pairs:
        return replace(row, why="no item that two of these places share")
    method = f"mean over {pairs} pairs of places of the mean over their items, uncorrected"
    return replace(row, value=value, method=method, why="people alone: no framing varies")


def mean_similarity(shares: np.ndarray) -> tuple[float, int]:
    """(C, Q, K) -> mean over pairs of the mean over items of 1 - JS distance, and the number of pairs."""
    i, j = np.triu_indices(len(shares), 1)
    far = js_distance(shares[i], shares[j])
    known = ~np.isnan(far)
    count = known.sum(axis=-1)
    each = np.where(known, 1 - far, 0.0).sum(axis=-1)[count > 0] / count[count > 0]
    return (float(each.mean()) if len(each) else float("nan")), len(each)


def structure_rows(context: Context) -> Iterator[Estimate]:
    """Per panel Mantel's test of the model's distances against the people's."""
    for panel in panels(context, "structure"):
        yield _structure(context, panel)


def _structure(context: Context, panel: Panel) -> Estimate:
    row = replace(panel.base, n=len(panel.places), unit="Spearman correlation over pairs of places")
    why = panel.lacking(FEWEST) or panel.noisy
    if why:
        return replace(row, why=why)
    found = gaps(panel)
    off = ~np.eye(len(panel.places), dtype=bool)
    if not (np.isfinite(found.model[off]).all() and np.isfinite(found.human[off]).all()):
        return replace(row, why="two of the places share no item: their distance is unknown")
    seed = seed_for("structure", context.seed) % 2**32
    test = mantel(
        found.model,
        found.human,
        correlation="spearman",
        alternative="greater",
        rounding=12,
        limit=EXACT_UP_TO,
        seed=seed,
    )
    value, least = float(test.value), float(test.minimum_p)
    if not np.isfinite(value):
        return replace(row, why="all places are equally far apart on one side: there is no structure to compare")
    if least > context.keys.alpha:
        return replace(row, method=test.method, why=_too_few(context, len(panel.places), least))
    jack = pair_correlation(found.jack, found.human)[:, None] if len(found.jack) else None
    redone, drawn = gaps_drawn_again(context, panel)
    replied = None if redone is None else pair_correlation(redone, found.human)[:, None]
    people = None if drawn is None else pair_correlation(drawn, found.model)[:, None]
    part = framing_part(panel, jack, replied)
    spread = panel_intervals(context, np.array([value]), part, people, (-1.0, 1.0))[0]
    method = f"{test.method}; smallest attainable p {least:.3g}"
    return replace(
        row,
        value=value,
        p=float(test.p),
        low=spread.low,
        high=spread.high,
        level=spread.level,
        method="; ".join(m for m in (method, spread.method) if m),
        why="; ".join(w for w in (spread.why, _undirected(context, panel)) if w),
    )


def _too_few(context: Context, places: int, least: float) -> str:
    need, chance = places, least
    while chance > context.keys.alpha:
        need += 1
        chance /= need
    return (
        f"no test: with {places} places the smallest attainable p is {least:.3g}, above alpha {context.keys.alpha:g}; "
        f"at least {max(need, places + 1)} places are needed"
    )


def _undirected(context: Context, panel: Panel) -> str:
    """Why no structure is claimed whatever Mantel's test says: distances know no direction, nor does their size."""
    agreed = float(deviation_agreement(panel.model, panel.human, human_noise=panel.human_noise).correlation)
    if not agreed > 0:
        shown = f"{agreed:.2f}" if np.isfinite(agreed) else "undefined"
        return f"no claim of structure: deviation_agreement is {shown}, places do not differ in the people's direction"
    p = float(direction_test(context, moves(panel)).p)
    if p <= context.keys.alpha:
        return ""
    return (
        f"no claim of structure: places that lie far out on both sides are enough for it, and their directions are not "
        f"told from chance (deviation_agreement, p = {p:.3g})"
    )


def pair_correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Spearman correlation over pairs: (B, C, C) with (C, C) -> (B,); NaN where a side has no spread."""
    i, j = np.triu_indices(a.shape[-1], 1)
    x, y = rankdata(np.round(a[..., i, j], 12), axis=-1), rankdata(np.round(b[i, j], 12))
    x, y = x - x.mean(axis=-1, keepdims=True), y - y.mean()
    below = np.sqrt(np.square(x).sum(axis=-1) * (y @ y))
    return np.divide(x @ y, below, out=np.full(below.shape, np.nan), where=below > 1e-9)
