"""How much of an answer is the country, and how much the wording: variance components and what follows from them.

Components come from expected mean squares of balanced designs with random factors; levels that are fixed (order
direction, language) are averaged over or analysed apart first. A component may come out negative: it is then reported
as it is, because clipping it to 0 would bias every mean of components upwards. Shifts that a framing gives to all
countries alike are in the component `framing`: they are bias, not error, for a comparison of countries.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tawazun.stats.shares import check_shares


@dataclass(frozen=True)
class Components:
    """Variance components of one design, one array (...) per name.

    value        the components, negative ones as they are
    sd           their standard errors (normal theory); NaN for shares over options
    mean_square  and degrees of freedom they come from
    """

    value: dict[str, np.ndarray]
    sd: dict[str, np.ndarray]
    mean_square: dict[str, np.ndarray]
    df: dict[str, int]


def two_way_components(values: ArrayLike, *, noise: ArrayLike = 0.0) -> Components:
    """Components of countries x framings for one item: `country`, `framing`, `country:framing` (with residual).

    Shapes   values: (..., C, F), C and F at least 2; noise: (..., C, F) or a number, the known sampling variance of
             each value (replies), taken out of `country:framing`.
    Returns  Components; NaN where a value is NaN.
    Unit     square of the values' unit.
    Errors   ValueError for fewer than 2 countries or framings, or negative noise.
    Source   Brennan (2001), Generalizability Theory, section 3.2.
    """
    cells = _cells(values, ("countries", "framings"))
    squares, df = _two_way_squares(cells)
    return _solved(squares, df, _two_way_expected(*cells.shape[-2:]), noise, cells.shape)


def share_components(shares: ArrayLike, *, noise: ArrayLike = 0.0) -> Components:
    """The same components for distributions of one item, nominal or not: each option's components, summed.

    The sum over options of a variance is half the mean squared Euclidean distance between two draws, so `country` is
    half the squared distance between countries that framings do not explain.

    Shapes   shares: (..., C, F, K); noise: (..., C, F) or a number, summed over options.
    Returns  Components with sd NaN.
    Unit     squared share.
    Errors   as `two_way_components` and `check_shares`.
    Source   Light & Margolin (1971), JASA 66(335), for the variance of categories; the design as above.
    """
    cells = np.moveaxis(check_shares(shares, "shares"), -1, 0)
    _cells(cells, ("countries", "framings"))
    squares, df = _two_way_squares(cells)
    total = {name: square.sum(axis=0) for name, square in squares.items()}
    found = _solved(total, df, _two_way_expected(*cells.shape[-2:]), noise, cells.shape[1:])
    return Components(found.value, {n: np.full_like(v, np.nan) for n, v in found.sd.items()}, found.mean_square, df)


def nested_components(values: ArrayLike, *, noise: ArrayLike = 0.0) -> Components:
    """Components of countries x items with framings of their own inside each item, such as wordings.

    `country`, `item`, `framing` (inside its item), `country:item` (what is particular about a country on an item) and
    `country:framing` (error, with the residual).

    Shapes   values: (..., C, I, F), each at least 2; noise: (..., C, I, F) or a number.
    Returns  Components; NaN where a value is NaN.
    Unit     square of the values' unit.
    Errors   as `two_way_components`.
    Source   Brennan (2001), section 3.3, design p x (i : h) with items for h and framings for i.
    """
    cells = _cells(values, ("countries", "items", "framings"))
    c, i, f = cells.shape[-3:]
    by_country, by_item = cells.mean(axis=(-2, -1)), cells.mean(axis=(-3, -1))
    by_framing, by_both = cells.mean(axis=-3), cells.mean(axis=-1)
    grand = cells.mean(axis=(-3, -2, -1))
    residual = cells - by_both[..., None] - by_framing[..., None, :, :] + by_item[..., None, :, None]
    inside = by_both - by_country[..., None] - by_item[..., None, :] + grand[..., None, None]
    squares = {
        "country": i * f * np.square(by_country - grand[..., None]).sum(axis=-1) / (c - 1),
        "item": c * f * np.square(by_item - grand[..., None]).sum(axis=-1) / (i - 1),
        "framing": c * np.square(by_framing - by_item[..., None]).sum(axis=(-2, -1)) / (i * (f - 1)),
        "country:item": f * np.square(inside).sum(axis=(-2, -1)) / ((c - 1) * (i - 1)),
        "country:framing": np.square(residual).sum(axis=(-3, -2, -1)) / ((c - 1) * i * (f - 1)),
    }
    df = {
        "country": c - 1,
        "item": i - 1,
        "framing": i * (f - 1),
        "country:item": (c - 1) * (i - 1),
        "country:framing": (c - 1) * i * (f - 1),
    }
    expected = [
        [i * f, 0, 0, f, 1],
        [0, c * f, c, f, 1],
        [0, 0, c, 0, 1],
        [0, 0, 0, f, 1],
        [0, 0, 0, 0, 1],
    ]
    return _solved(squares, df, expected, noise, cells.shape)


def crossed_components(values: ArrayLike, *, noise: ArrayLike = 0.0) -> Components:
    """Components of countries x items x framings where every framing is the same for all items, such as label scripts.

    `country`, `item`, `framing`, `country:item`, `country:framing`, `item:framing`, `country:item:framing`.

    Shapes   values: (..., C, I, F), each at least 2; noise: (..., C, I, F) or a number.
    Returns  Components; NaN where a value is NaN.
    Unit     square of the values' unit.
    Errors   as `two_way_components`.
    Source   Brennan (2001), section 3.1, design p x i x h.
    """
    cells = _cells(values, ("countries", "items", "framings"))
    sizes = dict(zip("cif", cells.shape[-3:], strict=True))
    named = {"c": "country", "i": "item", "f": "framing"}
    squares, df, expected = {}, {}, []
    effects = ("c", "i", "f", "ci", "cf", "if", "cif")
    for effect in effects:
        name = ":".join(named[letter] for letter in effect)
        df[name] = int(np.prod([sizes[letter] - 1 for letter in effect]))
        squares[name] = np.square(_effect(cells, effect)).sum(axis=(-3, -2, -1)) / df[name]
        weight = {e: int(np.prod([sizes[x] for x in "cif" if x not in e])) for e in effects}
        expected.append([weight[e] if set(effect) <= set(e) else 0 for e in effects])
    return _solved(squares, df, expected, noise, cells.shape)


def generalisability(signal: ArrayLike, error: ArrayLike, n: ArrayLike) -> np.ndarray:
    """Generalisability coefficient: how well n framings tell countries apart, and with an array of n, a D-study.

    Signal is `country:item` (or `country` for one index), error `country:framing`. Negative components are not clipped:
    a coefficient below 0 says that countries differ less than wording noise alone would make them.

    Shapes   signal, error, n broadcast. Returns (...).
    Returns  usually [0, 1]; NaN where signal + error / n is not positive.
    Unit     share of the variance of a mean over n framings.
    Errors   ValueError when n is not positive.
    Source   Cronbach, Gleser, Nanda & Rajaratnam (1972), The Dependability of Behavioral Measurements; E rho squared.

    >>> generalisability(1.0, 4.0, [1, 4, 16]).tolist()
    [0.2, 0.5, 0.8]
    """
    true, wrong, count = (np.asarray(part, dtype=float) for part in (signal, error, n))
    if not (count > 0).all():
        raise ValueError(f"n must be positive, got {count.tolist()}")
    below = true + wrong / count
    return np.divide(true, below, out=np.full(below.shape, np.nan), where=below > 0)


def framings_needed(signal: ArrayLike, error: ArrayLike, target: float) -> np.ndarray:
    """The smallest number of framings whose mean reaches a generalisability.

    Shapes   signal, error broadcast. Returns (...).
    Returns  whole numbers as floats; 1 where there is no error, inf where there is no signal, NaN for NaN.
    Unit     framings.
    Errors   ValueError when the target is outside (0, 1).
    Source   `generalisability` solved for n.

    >>> float(framings_needed(1.0, 4.0, 0.8))
    16.0
    """
    if not 0 < target < 1:
        raise ValueError(f"target must lie between 0 and 1, got {target!r}")
    true, wrong = np.broadcast_arrays(np.asarray(signal, dtype=float), np.asarray(error, dtype=float))
    gone = np.isnan(true) | np.isnan(wrong)
    ratio = np.divide(wrong, true, out=np.full(true.shape, np.inf), where=true > 0)
    # a hair below the next whole number, so that rounding does not ask for one framing too many
    count = np.maximum(np.ceil(ratio * target / (1 - target) - 1e-9), 1.0)
    return np.where(gone, np.nan, count)


def moments(p: ArrayLike, codes: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of numeric codes under a distribution.

    Shapes   p: (..., K); codes: (K,) or (..., K), finite or NaN where p is 0 (padding). Returns two arrays (...).
    Returns  NaN where a row has a NaN or all its codes are NaN (nominal items have neither).
    Unit     code points, and their square.
    Errors   as `check_shares`; ValueError when the codes do not fit.
    Source   definition.

    >>> [float(part) for part in moments([0.5, 0.0, 0.5], [1, 2, 3])]
    [2.0, 1.0]
    """
    shares, values = check_shares(p, "p"), np.asarray(codes, dtype=float)
    if values.ndim == 0 or values.shape[-1] != shares.shape[-1]:
        raise ValueError(f"codes must give a number for each of {shares.shape[-1]} options, got shape {values.shape}")
    nominal = np.isnan(values).all(axis=-1)
    if (np.isnan(values) & ~nominal[..., None] & (np.nan_to_num(shares) > 0)).any():
        raise ValueError("p has mass on an option whose code is NaN (padding)")
    filled = np.nan_to_num(values)
    mean = (shares * filled).sum(axis=-1)
    spread = (shares * np.square(filled - mean[..., None])).sum(axis=-1)
    return np.where(nominal, np.nan, mean), np.where(nominal, np.nan, spread)


def between_share(p: ArrayLike, codes: ArrayLike) -> np.ndarray:
    """Share of an item's variance that lies between countries, each country counting once.

    Shapes   p: (..., C, K), C at least 2; codes: (K,) or (..., 1, K). Returns (...).
    Returns  [0, 1]; countries with a NaN row are left out; NaN with fewer than two countries or no variance at all.
             Sampling noise of the country means is inside it: with n people per country it adds about 1 / n.
    Unit     share of the total variance (law of total variance).
    Errors   as `moments`.
    Source   Fisher (1925), Statistical Methods for Research Workers: the correlation ratio eta squared.

    >>> float(between_share([[1.0, 0.0], [0.0, 1.0]], [1, 2]))
    1.0
    """
    mean, spread = moments(p, codes)
    there = ~np.isnan(mean)
    count = there.sum(axis=-1)
    sums = [np.where(there, part, 0.0).sum(axis=-1) for part in (mean, spread)]
    centre, within = (_over(part, count) for part in sums)
    between = _over(np.where(there, np.square(mean - centre[..., None]), 0.0).sum(axis=-1), count)
    total = between + within
    share = np.divide(between, total, out=np.full(total.shape, np.nan), where=total > 1e-15)
    return np.where(count > 1, share, np.nan)


def _over(above: np.ndarray, count: np.ndarray) -> np.ndarray:
    return np.divide(above, count, out=np.full(np.shape(above), np.nan), where=count > 0)


def _cells(values: ArrayLike, axes: Sequence[str]) -> np.ndarray:
    cells = np.asarray(values, dtype=float)
    if cells.ndim < len(axes) or min(cells.shape[-len(axes) :]) < 2:
        raise ValueError(f"values must be (..., {', '.join(axes)}) with at least 2 of each, got shape {cells.shape}")
    return cells


def _two_way_squares(cells: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    c, f = cells.shape[-2:]
    rows, columns = cells.mean(axis=-1), cells.mean(axis=-2)
    grand = cells.mean(axis=(-2, -1))
    residual = cells - rows[..., None] - columns[..., None, :] + grand[..., None, None]
    squares = {
        "country": f * np.square(rows - grand[..., None]).sum(axis=-1) / (c - 1),
        "framing": c * np.square(columns - grand[..., None]).sum(axis=-1) / (f - 1),
        "country:framing": np.square(residual).sum(axis=(-2, -1)) / ((c - 1) * (f - 1)),
    }
    return squares, {"country": c - 1, "framing": f - 1, "country:framing": (c - 1) * (f - 1)}


def _two_way_expected(c: int, f: int) -> list[list[int]]:
    return [[f, 0, 1], [0, c, 1], [0, 0, 1]]


def _effect(cells: np.ndarray, effect: str) -> np.ndarray:
    """What the named factors add together beyond their parts, spread over all cells."""
    found = cells
    for axis, letter in zip((-3, -2, -1), "cif", strict=True):
        mean = found.mean(axis=axis, keepdims=True)
        found = found - mean if letter in effect else np.broadcast_to(mean, found.shape)
    return found


def _solved(
    squares: dict[str, np.ndarray],
    df: dict[str, int],
    expected: Sequence[Sequence[int]],
    noise: ArrayLike,
    shape: tuple[int, ...],
) -> Components:
    """Components whose expected mean squares are the observed ones; the last is the residual."""
    known = np.broadcast_to(np.asarray(noise, dtype=float), shape)
    if (known < 0).any():
        raise ValueError("noise is a variance and cannot be negative")
    back = np.linalg.inv(np.array(expected, dtype=float))
    stacked = np.stack(list(squares.values()), axis=-1)
    free = np.array([df[name] for name in squares], dtype=float)
    value = stacked @ back.T
    sd = np.sqrt((2 * np.square(stacked) / (free + 2)) @ np.square(back).T)
    axes = tuple(range(stacked.ndim - 1, len(shape)))
    value[..., -1] -= known.mean(axis=axes)
    names = list(squares)
    return Components(
        {name: value[..., k] for k, name in enumerate(names)},
        {name: sd[..., k] for k, name in enumerate(names)},
        squares,
        df,
    )
