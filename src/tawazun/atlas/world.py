"""The people of the planted world: thirty countries, six latent dimensions, a graded-response model.

Every number here is invented. A person of a country has a position on each dimension, normal around the country's
mean; an item is answered by where that position, times the item's slope, falls among the item's thresholds. Latents
come straight from hashes rather than from a random generator, so that no library's new version can move the truth
that the planted model was trained on.
"""

from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import Literal

import numpy as np
import numpy.typing as npt

from tawazun.errors import UnknownName
from tawazun.instruments import Instrument, Question, instrument
from tawazun.places.catalogue.atlas import REGIONS, code_of
from tawazun.seeds import seed_for

Floats = npt.NDArray[np.float64]
Role = Literal["known", "weak", "unknown"]

DIMENSIONS = ("rank", "ties", "contest", "rules", "horizon", "ease")
WEAK = ("x-ulvergate", "x-badiyan", "x-jazalia", "x-kotavia", "x-ngalessa", "x-paloran", "x-tiquano")
UNKNOWN = ("x-marsouk", "x-suvarin", "x-yacanto")
# where the regions stand on the six dimensions
CENTRES: dict[str, tuple[float, ...]] = {
    "west": (-1.1, -1.2, 0.4, -0.3, 0.2, 1.0),
    "arab": (1.1, 1.0, 0.1, 0.8, -0.6, -0.7),
    "south": (0.7, 0.9, -0.5, -0.7, -0.9, 0.5),
    "east": (0.6, 0.4, 0.6, 0.2, 1.3, -0.7),
    "isles": (0.1, 0.3, -0.6, 0.6, -0.7, 0.9),
}
COUNTRY_SPREAD = 0.8  # standard deviation of countries around their region
PERSON_SPREAD = 0.8  # standard deviation of people around their country
THRESHOLDS: dict[int, tuple[float, ...]] = {2: (0.0,), 4: (-1.6, 0.0, 1.6), 5: (-2.2, -0.8, 0.8, 2.2)}
NODES = 21  # Gauss-Hermite points over people


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Latents and exact answers of the planted world.

    places     (P,) codes, in the order of `group:atlas@1`
    regions    (P,) region of each place
    roles      (P,) what the planted respondent knows of each place
    items      (I,) item ids, in the instrument's order
    cells      (I,) number of options
    means      (P, 6) where the people of a country stand, in latent units
    loads      (I, 6) slope of each item on each dimension, signed
    cuts       (I, 4) thresholds on the slope's scale; +inf where an item has fewer
    shares     (P, I, 5) exact answers of the people, in canonical order, 0 beyond an item's options
    """

    places: tuple[str, ...]
    regions: tuple[str, ...]
    roles: tuple[Role, ...]
    items: tuple[str, ...]
    cells: npt.NDArray[np.int64]
    means: Floats
    loads: Floats
    cuts: Floats
    shares: Floats

    def row(self, place: str) -> int:
        """Row of a place. Errors: UnknownName when it is not of the planted world."""
        if place not in self.places:
            raise UnknownName(f"{place!r} is not a place of the planted world; it has {', '.join(self.places)}")
        return self.places.index(place)

    def column(self, item: str) -> int:
        """Column of an item. Errors: UnknownName."""
        if item not in self.items:
            raise UnknownName(f"{item!r} is not an item of the atlas instrument; it has a01 to a{len(self.items)}")
        return self.items.index(item)


def uniform_hash(*parts: object) -> float:
    """A number in (0, 1) that depends only on its parts."""
    return (seed_for(*parts) + 0.5) / 2**63


def _normal(*parts: object) -> float:
    return NormalDist().inv_cdf(uniform_hash(*parts))


def role_of(place: str) -> Role:
    """What the planted respondent knows of a country: its people, half of them, or not even the name."""
    if place in UNKNOWN:
        return "unknown"
    return "weak" if place in WEAK else "known"


def _means() -> tuple[tuple[str, ...], tuple[str, ...], Floats]:
    places, regions, rows = [], [], []
    for region, countries in REGIONS.items():
        for english, _ in countries:
            code = code_of(english)
            places.append(code)
            regions.append(region)
            own = [_normal("atlas-country", code, d) * COUNTRY_SPREAD for d in DIMENSIONS]
            rows.append(np.array(CENTRES[region]) + np.array(own))
    return tuple(places), tuple(regions), np.array(rows)


def _item(question: Question) -> tuple[Floats, Floats]:
    """Signed slopes (6,) and padded thresholds (4,) of an item."""
    dimension = next(tag.split(":")[1] for tag in question.tags if tag.startswith("dimension:"))
    load = np.zeros(len(DIMENSIONS))
    slope = 1.2 + 0.7 * uniform_hash("atlas-slope", question.id)
    load[DIMENSIONS.index(dimension)] = -slope if question.reverse else slope
    shift = 1.1 * _normal("atlas-shift", question.id)
    cuts = np.full(4, np.inf)
    base = THRESHOLDS[question.cells]
    cuts[: len(base)] = np.array(base) + shift
    return load, cuts


def graded(scale: Floats, cuts: Floats) -> Floats:
    """Shares of ordered options from positions and thresholds.

    Shapes   scale: (..., I); cuts: (I, 4), +inf where an item has fewer options.
    Returns  (..., I, 5), each row summing to 1, 0 beyond an item's options.
    Unit     share.
    Source   Samejima (1969), Psychometrika Monograph 17: graded response model, logistic form.
    """
    with np.errstate(over="ignore"):
        above = 1.0 / (1.0 + np.exp(cuts - scale[..., None]))
    ends = np.ones((*scale.shape, 1))
    return -np.diff(np.concatenate([ends, above, np.zeros_like(ends)], axis=-1), axis=-1)


@cache
def world() -> World:
    """The planted world; the same in every process."""
    atlas: Instrument = instrument("atlas")
    places, regions, means = _means()
    rows = [_item(question) for question in atlas.questions]
    loads, cuts = np.array([load for load, _ in rows]), np.array([cut for _, cut in rows])
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    spread = PERSON_SPREAD * np.abs(loads).sum(axis=1)
    scale = (means @ loads.T)[None, :, :] + nodes[:, None, None] * spread
    shares = np.tensordot(weights / weights.sum(), graded(scale, cuts), axes=1)
    return World(
        places=places,
        regions=regions,
        roles=tuple(role_of(place) for place in places),
        items=tuple(question.id for question in atlas.questions),
        cells=np.array([question.cells for question in atlas.questions]),
        means=means,
        loads=loads,
        cuts=cuts,
        shares=shares,
    )


def truth(item: str, place: str) -> Floats:
    """What the people of a country answer, exactly.

    Returns  (K,) shares in canonical order, summing to 1.
    Unit     share.
    Errors   UnknownName for a place or item outside the planted world.
    """
    here = world()
    column = here.column(item)
    return here.shares[here.row(place), column, : here.cells[column]].copy()
