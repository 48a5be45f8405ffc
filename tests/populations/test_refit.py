"""The map fitted again from made-up interviews: of the published constants' own model, and of another."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tawazun.errors import BadStudy
from tawazun.instruments import instrument
from tawazun.populations import Request
from tawazun.populations.catalogue.cultural_map_2022 import POINTS
from tawazun.populations.catalogue.ivs_2022 import POPULATION
from tawazun.populations.interviews import Interviews
from tawazun.populations.refit import composite_invariance, person_values, refit_map
from tawazun.stats.factors import published_loadings

PLANE = instrument("cultural_map").projection
assert PLANE is not None
NUMBERS = {"DZA": 12, "EGY": 818, "IND": 356, "IRN": 364, "JPN": 392, "MAR": 504, "SWE": 752, "USA": 840}
TOPS = {"A008": 4, "A165": 2, "E018": 3, "E025": 3, "F063": 10, "F118": 10, "F120": 10, "G006": 4, "Y002": 3}


def survey(tmp_path: Path, n: int = 700, shuffled: bool = False) -> Interviews:
    """Interviews of eight places around their printed points, answered by the published loadings, in whole codes.

    People of a place differ around it as people of the pooled sample do, so that the pooled correlations are close to
    those that the loadings imply; whole codes inside the scales blur them a little, as in life.
    """
    assert PLANE is not None
    rng = np.random.default_rng(7)
    loadings = published_loadings(PLANE.weights)
    frames = []
    for place, number in NUMBERS.items():
        point = np.array(POINTS.get(place, (-0.5, -0.4)))
        centre = 0.5 * (point - np.array(PLANE.shift)) / np.array(PLANE.stretch)
        scores = centre + rng.normal(size=(n, 2))
        rest = np.sqrt(1 - np.square(loadings).sum(axis=1))
        z = scores @ loadings.T + rest * rng.normal(size=(n, 10))
        z = z[:, [3, 7, 0, 5, 9, 2, 8, 4, 1, 6]] if shuffled else z
        values = z * np.array(PLANE.scale) + np.array(PLANE.centre)
        codes = {name: np.clip(values[:, i].round(), 1, top).astype(int) for i, (name, top) in enumerate(TOPS.items())}
        codes["Y003"] = np.clip(values[:, 9].round(), -2, 2).astype(int)
        codes["F118"][::17] = -1
        meta = {"S002VS": 7, "S003": number, "S020": 2018, "S007_01": np.arange(n) + number * 10_000, "S017": 1.0}
        frames.append(pl.DataFrame({**{name: np.broadcast_to(v, n) for name, v in meta.items()}, **codes}))
    folder = tmp_path / "ivs"
    folder.mkdir(exist_ok=True)
    pl.concat(frames).write_csv(folder / "table.csv")
    return POPULATION.interviews(Request(data=tmp_path))


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Interviews:
    return survey(tmp_path_factory.mktemp("ivs"))


def test_people_of_the_published_model_give_the_published_map(people: Interviews) -> None:
    found = refit_map(people)
    assert found.places == tuple(sorted(NUMBERS)) and found.interviews == 8 * 700
    assert found.fit.verdict == "same" and found.fit.congruence.min() > 0.97
    assert found.fit.points.shape == (8, 2)
    place, far = found.largest or ("", 9.0)
    assert place in NUMBERS and far == np.nanmax(found.fit.displacement) < 0.6
    # the interviews were drawn half-way to the printed points, so that printed coordinates are missed by that much
    assert set(found.printed) == set(NUMBERS) - {"EGY"}
    assert found.printed["SWE"] == pytest.approx(0.5 * np.hypot(*(np.array(POINTS["SWE"]) - [0.38, -0.01])), abs=0.35)
    east, west = found.places.index("SWE"), found.places.index("MAR")
    assert found.fit.points[east, 0] > found.fit.points[west, 0]


def test_people_of_another_model_do_not(tmp_path: Path) -> None:
    found = refit_map(survey(tmp_path, shuffled=True))
    assert found.fit.verdict == "different" and (found.largest or ("", 0.0))[1] > 0.6


def test_place_means_are_those_of_the_populations(people: Interviews, tmp_path: Path) -> None:
    """The refit's points and the source's item means come from different code over the same file."""
    asked = instrument("cultural_map")
    assert PLANE is not None
    found = refit_map(people)
    survey(tmp_path)
    loaded = {one.place: one for one in POPULATION.load(Request(data=tmp_path))}
    for row, place in enumerate(found.places):
        answers = [loaded[place].answer(item) for item in PLANE.items]
        values = np.array([answer.value for answer in answers if answer])
        z = (values - np.array(PLANE.centre)) / np.array(PLANE.scale)
        point = z @ np.array(PLANE.weights) * np.array(PLANE.stretch) + np.array(PLANE.shift)
        assert found.fit.published_points[row] == pytest.approx(point, abs=1e-9)
    assert np.nanmean(person_values(people, asked, "f118")) == pytest.approx(
        np.mean([answer.value or 0 for one in loaded.values() if (answer := one.answer("f118"))])
    )


def test_a_file_without_an_item_has_no_map(tmp_path: Path) -> None:
    survey(tmp_path)
    path = tmp_path / "ivs" / "table.csv"
    pl.read_csv(path).drop("G006").write_csv(path)
    with pytest.raises(BadStudy, match="the map needs g006, which the file does not have"):
        refit_map(POPULATION.interviews(Request(data=tmp_path)))


def test_composites_across_places(people: Interviews) -> None:
    places, found = composite_invariance(people, ("f118", "f120", "f063", "e025"), ("MAR", "SWE", "USA", "IND"))
    assert places == ("IND", "MAR", "SWE", "USA")
    assert found.configural.df == 8 and found.configural.cfi > 0.9
    assert (np.sign(found.metric.loadings[0]) == np.sign([1, 1, -1, -1])).all()
    with pytest.raises(BadStudy, match="no item 'f119'"):
        composite_invariance(people, ("f118", "f119", "f063"))
    with pytest.raises(BadStudy, match=r"f118, f120 cannot be compared: at least 2 groups and 3 items"):
        composite_invariance(people, ("f118", "f120"))
