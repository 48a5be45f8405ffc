"""How much of the differences between countries is the country, and how much the wording: a generalisability study.

Countries are crossed with items; wordings are nested in language and item, because the second wording of one item has
nothing to do with the second of another. Orders, labels and placements are fixed levels: they are averaged inside a
wording. A shift that a wording gives to all countries alike is bias for each of them and no error between them, so it
stands in a row of its own. Countries and items are these ones; only wordings are sampled, so intervals come from
leaving out each style of wording in turn (all items at once), on the scale log(1 + n signal / error).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from tawazun.measures.indexing import formulas
from tawazun.measures.playing import Played
from tawazun.measures.replies import valid_replies
from tawazun.stats.resampling import jackknife_sd, t_interval
from tawazun.stats.variance import generalisability, nested_components, share_components, two_way_components

FEWEST_FOR_INTERVAL = 3
TINY = 1e-9
# a component smaller than this share of the largest is rounding
ROUNDING = 1e-12


@dataclass(frozen=True)
class Parts:
    """Variance components of a design, each (...).

    signal   what is particular about a country on an item; for shares and indices, all that countries differ in
    lean     what a country has on all items alike (0 where that is no part of the design): style as well as culture
    error    what a wording does to a country on an item, replies' noise included
    shift    what a wording does to all countries alike
    """

    signal: np.ndarray
    lean: np.ndarray
    error: np.ndarray
    shift: np.ndarray


@dataclass(frozen=True)
class Design:
    """Answers of C places by wording at one level.

    level    `items` (values as shares of their scale), `shares` (distributions, nominal items too) or `index`
    name     the index's name, else empty
    cells    (W, C, …) complete; split: (..., W, C, …) -> their components
    items    how many items; left_out: items that a place did not answer in some wording
    replies  the part of the error that is replies' noise: 0 for exact answers, NaN where unknown
    unit     of the components
    """

    level: str
    name: str
    cells: np.ndarray
    split: Callable[[np.ndarray], Parts]
    items: int
    left_out: int
    replies: float
    unit: str

    @property
    def wordings(self) -> int:
        """How many wordings every place was asked in."""
        return len(self.cells)

    @property
    def left(self) -> np.ndarray:
        """(W, W - 1, C, …) cells with one wording left out."""
        return np.stack([np.delete(self.cells, w, axis=0) for w in range(self.wordings)])


@dataclass(frozen=True)
class Found:
    """A quantity of a design with its bounds, None where there are none."""

    value: float
    low: float | None = None
    high: float | None = None


def designs(found: Played) -> Iterator[Design]:
    """The designs of an arm with places: items, shares, and every index, each over the wordings that all places had."""
    made, groups = found.made, _wordings(found)
    if len(found.places) < 2 or len(groups) < 2:
        return
    values, shares = _means(found, made.value, groups), _means(found, made.p, groups)
    yield from _item_design(found, values, groups)
    yield from _share_design(found, shares, groups)
    for formula in formulas(made):
        used = np.flatnonzero(formula.weights)
        if not formula.missing and not np.isnan(values[..., used]).any():
            points = values[..., used] @ formula.weights[used]
            name, unit = formula.index.name, "squared index points"
            yield Design("index", name, points, _split_index, len(used), 0, np.nan, unit)


def _item_design(found: Played, values: np.ndarray, groups: list[list[int]]) -> Iterator[Design]:
    made = found.made
    ordinal = np.flatnonzero(made.ordinal)
    kept = ordinal[~np.isnan(values[..., ordinal]).any(axis=(0, 1))]
    if len(kept) < 2:
        return
    codes = made.tight_codes[kept]
    low, spread = codes.min(axis=-1, keepdims=True), np.ptp(codes, axis=-1)
    unit = (codes - low) / spread[:, None]
    p = made.p[:, :, kept]
    variance = (p * np.square(unit)).sum(axis=-1) - np.square((p * unit).sum(axis=-1))
    noise = _reply_noise(found, variance, valid_replies(made)[:, :, kept], groups)
    words = "square of a share of the scale"
    yield Design(
        "items", "", values[..., kept] / spread, _split_items, len(kept), len(ordinal) - len(kept), noise, words
    )


def _share_design(found: Played, shares: np.ndarray, groups: list[list[int]]) -> Iterator[Design]:
    made = found.made
    asked = np.flatnonzero(made.distributed)
    kept = asked[~np.isnan(shares[:, :, asked]).any(axis=(0, 1, 3))]
    if not len(kept):
        return
    p = made.p[:, :, kept]
    noise = _reply_noise(found, (p * (1 - p)).sum(axis=-1), valid_replies(made)[:, :, kept], groups)
    words = "squared share, summed over options"
    yield Design("shares", "", shares[:, :, kept], _split_shares, len(kept), len(asked) - len(kept), noise, words)


def _wordings(found: Played) -> list[list[int]]:
    """Framings of each wording that every place was asked in."""
    made = found.made
    own = made.value[list(found.subjects)]
    asked = ~np.isnan(own).all(axis=-1) | ~np.isnan(made.p[list(found.subjects)]).all(axis=(-1, -2))
    groups: dict[str, list[int]] = {}
    for f, framing in enumerate(made.framings):
        groups.setdefault(framing[0], []).append(f)
    return [members for members in groups.values() if asked[:, members].any(axis=1).all()]


def _means(found: Played, array: np.ndarray, groups: list[list[int]]) -> np.ndarray:
    """(W, C, Q[, K]) means over the framings of each wording; NaN cells count for nothing."""
    own = array[list(found.subjects)]
    return np.stack([_over(np.nansum(own[:, g], axis=1), (~np.isnan(own[:, g])).sum(axis=1)) for g in groups])


def _reply_noise(found: Played, variance: np.ndarray, replies: np.ndarray, groups: list[list[int]]) -> float:
    """Mean sampling variance of a wording's cell; (S, F, Q) variance of one reply and how many replies there were."""
    members = list(found.subjects)
    each = (variance / np.where(replies > 1, replies - 1, np.nan))[members]
    there = ~np.isnan(variance[members])
    summed = [
        _over(np.where(there[:, g], each[:, g], 0.0).sum(axis=1), np.square(there[:, g].sum(axis=1))) for g in groups
    ]
    return float(np.mean(summed))


def _over(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)


def _split_items(cells: np.ndarray) -> Parts:
    """(..., W, C, I) -> components of countries x items with wordings nested in items."""
    value = nested_components(np.moveaxis(cells, -3, -1)).value
    return _parts(value["country:item"], value["country"], value["country:framing"], value["framing"])


def _split_shares(cells: np.ndarray) -> Parts:
    """(..., W, C, I, K) -> components of each item's distribution, averaged over items."""
    value = share_components(np.moveaxis(cells, (-2, -4), (-4, -2))).value
    signal, error, shift = (value[name].mean(axis=-1) for name in ("country", "country:framing", "framing"))
    return _parts(signal, np.zeros_like(signal), error, shift)


def _split_index(cells: np.ndarray) -> Parts:
    """(..., W, C) -> components of one index."""
    value = two_way_components(np.swapaxes(cells, -1, -2)).value
    return _parts(value["country"], np.zeros_like(value["country"]), value["country:framing"], value["framing"])


def _parts(signal: np.ndarray, lean: np.ndarray, error: np.ndarray, shift: np.ndarray) -> Parts:
    """The components, with what is rounding of the arithmetic set to 0."""
    block = np.stack([signal, lean, error, shift])
    block = np.where(np.abs(block) < ROUNDING * np.abs(block).max(axis=0), 0.0, block)
    return Parts(*block)


def coefficient(design: Design, wordings: int, level: float) -> Found:
    """Generalisability of a mean over so many wordings, with bounds where there are at least three to leave out."""
    whole = design.split(design.cells)
    value = float(generalisability(whole.signal, whole.error, wordings))
    centre, sd = _log_ratio(design, lambda parts: (parts.signal, parts.error))
    if sd is None:
        return Found(value)
    ratios = (float(np.expm1(bound)) / design.wordings * wordings for bound in _bounds(design, centre, sd, level))
    # the coefficient has no lower end where the signal is negative; -1 (or the value itself) stands for what is below
    low, high = (max(-1.0, ratio / (1 + ratio)) if ratio > -1 else -1.0 for ratio in ratios)
    return Found(value, min(low, value), max(high, value))


def stability(design: Design, level: float) -> Found:
    """Standard deviation of countries over that of single wordings (their shared shift included)."""
    whole = design.split(design.cells)

    def sides(parts: Parts) -> tuple[np.ndarray, np.ndarray]:
        return parts.signal + parts.lean, parts.error + parts.shift

    above, below = sides(whole)
    if below > 0:
        value = float(np.sqrt(max(float(above), 0.0) / below))
    else:
        value = float(np.inf if above > 0 else np.nan)
    centre, sd = _log_ratio(design, sides)
    if sd is None:
        return Found(value)
    low, high = (np.expm1(bound) / design.wordings for bound in _bounds(design, centre, sd, level))
    return Found(value, *(float(np.sqrt(max(ratio, 0.0))) for ratio in (low, high)))


def _log_ratio(design: Design, sides: Callable[[Parts], tuple[np.ndarray, np.ndarray]]) -> tuple[float, float | None]:
    """log(1 + W above / below) and its jackknife standard error, None with fewer than three wordings."""

    def logged(cells: np.ndarray) -> np.ndarray:
        above, below = sides(design.split(cells))
        ratio = np.divide(above, below, out=np.full(np.shape(above), np.inf), where=below > 0)
        return np.log(np.maximum(1 + design.wordings * ratio, TINY))

    centre = float(logged(design.cells))
    if design.wordings < FEWEST_FOR_INTERVAL or not np.isfinite(centre):
        return centre, None
    left = logged(design.left)
    return centre, float(jackknife_sd(left)) if np.isfinite(left).all() else None


def _bounds(design: Design, centre: float, sd: float, level: float) -> tuple[float, float]:
    low, high = t_interval(centre, [(sd, design.wordings - 1)], level)
    return float(low), float(high)
