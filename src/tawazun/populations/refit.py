"""The cultural map fitted again on people, and whether its items mean the same everywhere.

The shipped constants are published facts. Whoever has the microdata can see how much of the map they carry: the same
components are fitted on the interviews, and every place's point under the new constants is compared with its point
under the published ones and with the coordinates that were printed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tawazun.errors import BadStudy
from tawazun.instruments import Instrument, Projection, instrument
from tawazun.populations.catalogue.cultural_map_2022 import POINTS
from tawazun.populations.interviews import Interviews
from tawazun.populations.tallies import LEAST
from tawazun.stats.factors import PlaneRefit, refit_plane
from tawazun.stats.invariance import Invariance, group_moments, invariance
from tawazun.stats.projection import project


@dataclass(frozen=True)
class MapRefit:
    """A map fitted again on a survey's interviews.

    items        in the order of the constants; places: in the order of the points
    fit          constants, congruence per axis, points and how far each place moved
    interviews   how many went into the fit: those with a weight and at least two answers
    printed      place -> how far its point under the *published* constants lies from its printed coordinates: near 0
                 when the file is the one the map was made from
    """

    items: tuple[str, ...]
    places: tuple[str, ...]
    fit: PlaneRefit
    interviews: int
    printed: Mapping[str, float]

    @property
    def largest(self) -> tuple[str, float] | None:
        """The place that moved most, and how far; None when no place has every item."""
        at = self.fit.furthest
        return None if at is None else (self.places[at], float(self.fit.displacement[at]))


def refit_map(people: Interviews, name: str = "cultural_map") -> MapRefit:
    """Fit the map of an instrument again on the interviews of a survey.

    Every interview counts with its weight; a place's point is the mean over its years of weighted item means.
    Errors   BadStudy when the instrument has no map or the file lacks one of its items; ValueError from the fit when
             an item does not vary or two items are never answered together.
    """
    asked = instrument(name)
    plane = _plane(asked, people)
    table = np.stack([person_values(people, asked, item) for item in plane.items], axis=-1)
    places = people.places
    means = np.stack([_place_mean(people, table, place) for place in places])
    fit = refit_plane(table, people.weight, means, plane)
    points = project(means, plane)
    printed = {
        place: float(np.hypot(*(points[row] - POINTS[place])))
        for row, place in enumerate(places)
        if place in POINTS and not np.isnan(points[row]).any()
    }
    answered = int(((~np.isnan(table)).sum(axis=1) >= 2).sum())
    return MapRefit(plane.items, places, fit, answered, printed)


def composite_invariance(
    people: Interviews, items: Sequence[str], places: Sequence[str] = (), name: str = "cultural_map"
) -> tuple[tuple[str, ...], Invariance]:
    """Whether a composite of three or more items measures one thing in every place: the places, and the three fits.

    Items that point against the composite are turned by their own sign in the fit, so none needs to be reversed first.
    Errors   BadStudy for an item the file lacks, or a place with too few interviews that answered every item.
    """
    asked = instrument(name)
    for item in items:
        if item not in people.asked:
            raise BadStudy(f"{people.file}: no item {item!r}; it has {', '.join(people.asked)}")
    table = np.stack([person_values(people, asked, item) for item in items], axis=-1)
    labels = np.array([place for place, _ in people.groups])[people.group]
    kept = np.isin(labels, places) if places else np.ones(len(labels), dtype=bool)
    try:
        moments = group_moments(table[kept], labels[kept].tolist(), people.weight[kept])
        return moments.labels, invariance(moments.means, moments.covariances, moments.sizes)
    except ValueError as error:
        raise BadStudy(f"{people.file}: {', '.join(items)} cannot be compared: {error}") from error


def person_values(people: Interviews, asked: Instrument, item: str) -> np.ndarray:
    """(N,) every interview's own number on an item: the code of the option, the sum over mentions, the ready number."""
    question = asked.question(item)
    values, kind = people.values[item], people.asked[item].kind
    if kind == "value" or question is None:
        return values
    codes = np.asarray(question.codes, dtype=float)
    if kind == "mentions":
        return np.asarray(values @ codes)
    there = ~np.isnan(values)
    found = np.full(len(values), np.nan)
    found[there] = codes[values[there].astype(np.int64)]
    return found


def _plane(asked: Instrument, people: Interviews) -> Projection:
    if asked.projection is None:
        raise BadStudy(f"instrument {asked.name} has no map to fit again")
    absent = [item for item in asked.projection.items if item not in people.asked]
    if absent:
        raise BadStudy(f"{people.file}: the map needs {', '.join(absent)}, which the file does not have")
    return asked.projection


def _place_mean(people: Interviews, table: np.ndarray, place: str) -> np.ndarray:
    """(I,) mean over a place's years of weighted means; NaN for an item without enough answers in any year."""
    years = []
    for group, (name, _) in enumerate(people.groups):
        if name != place:
            continue
        own = people.group == group
        there = ~np.isnan(table[own])
        weight = people.weight[own][:, None] * there
        total = weight.sum(axis=0)
        sums = (weight * np.where(there, table[own], 0.0)).sum(axis=0)
        mean = np.divide(sums, total, out=np.full(table.shape[1], np.nan), where=there.sum(axis=0) >= LEAST)
        years.append(mean)
    known = ~np.isnan(years)
    return np.divide(
        np.where(known, years, 0.0).sum(axis=0),
        known.sum(axis=0),
        out=np.full(table.shape[1], np.nan),
        where=known.any(axis=0),
    )
