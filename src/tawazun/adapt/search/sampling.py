"""Draws that every optimiser shares: first candidates, bounds, and distinct partners."""

import numpy as np

from tawazun.adapt.search.records import Space
from tawazun.errors import BadStudy

# numbers of one population, above which a search is refused before it fills the memory (2 GiB)
LARGEST = 2**28


def check_population(count: int, dimensions: int) -> None:
    """Refuse a population that would fill the memory. Errors: BadStudy naming its size."""
    if count * dimensions > LARGEST:
        raise BadStudy(
            f"{count:,} candidates of {dimensions:,} coordinates take {count * dimensions * 8 / 2**30:.1f} GiB "
            f"(at most {LARGEST * 8 / 2**30:.0f}): search fewer coordinates or use a smaller population"
        )


def reflected(x: np.ndarray, space: Space) -> np.ndarray:
    """Candidates folded back at the bounds they crossed, as often as needed.

    Shapes   x: (n, d). Returns (n, d); what lay inside is untouched to the last bit.
    """
    outside = (x < space.low) | (x > space.high)
    if not outside.any():
        return x
    low, high = np.broadcast_to(space.low, x.shape)[outside], np.broadcast_to(space.high, x.shape)[outside]
    inside = x.copy()
    inside[outside] = _folded(x[outside], low, high)
    return inside


def _folded(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Mirror images of points (n,) between bounds (n,), of which one may be infinite."""
    both = np.isfinite(low) & np.isfinite(high)
    width = np.where(both, high - low, 1.0)
    base = np.where(both, low, 0.0)
    within = np.mod(x - base, 2 * width)
    wave = base + np.minimum(within, 2 * width - within)
    with np.errstate(invalid="ignore"):
        once = np.where(x < low, 2 * low - x, 2 * high - x)
    # the fold is exact up to rounding, which may step over a bound by one bit
    return np.clip(np.where(both, wave, once), low, high)


def drawn(space: Space, count: int, rng: np.random.Generator) -> np.ndarray:
    """Candidates (count, d) from the distribution that every search starts from, inside the bounds."""
    if space.start == "uniform":
        return space.low + (space.high - space.low) * rng.random((count, space.dimensions))
    return reflected(space.mean + space.spread * rng.standard_normal((count, space.dimensions)), space)


def first(space: Space, count: int, rng: np.random.Generator) -> np.ndarray:
    """The first population (count, d): the starting point itself, and draws around it. Errors: BadStudy for memory."""
    check_population(count, space.dimensions)
    return np.concatenate([space.mean[None], drawn(space, count - 1, rng)])


def partners(rng: np.random.Generator, count: int, picks: int) -> np.ndarray:
    """For each of `count` members, `picks` different others: (count, picks) indices, never the member's own."""
    keys = rng.random((count, count))
    np.fill_diagonal(keys, np.inf)
    return np.argsort(keys, axis=1, kind="stable")[:, :picks]


def second_partners(rng: np.random.Generator, taken: np.ndarray, pool: int) -> np.ndarray:
    """For each member, one index (count,) below `pool` that is neither its own nor `taken` (count,).

    The pool starts with the population itself; whatever follows (an archive) is open to all.
    """
    own = np.arange(taken.size)
    picked = rng.integers(0, pool - 2, taken.size)
    # skip the two forbidden indices, the lower one first: uniform over the pool - 2 others
    lower, upper = np.minimum(own, taken), np.maximum(own, taken)
    picked = picked + (picked >= lower)
    return np.asarray(picked + (picked >= upper))


def crossed(rng: np.random.Generator, parents: np.ndarray, mutants: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Binomial crossover: each coordinate from the mutant with the chance `rate` (n,), and one of them always."""
    count, dimensions = parents.shape
    from_mutant = rng.random((count, dimensions)) < rate[:, None]
    from_mutant[np.arange(count), rng.integers(0, dimensions, count)] = True
    return np.where(from_mutant, mutants, parents)
