"""Recall of published figures: who knows them by heart is told from who agrees with the people beyond them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from tawazun.estimates import Estimate
from tawazun.instruments import instrument
from tawazun.instruments.catalogue.hofstede_recall import DIMENSIONS, INSTRUMENT, PARTLY, SCORED, UNSCORED
from tests.measures.by_hand import answers, context, humans, measured, one

VSM = instrument("vsm13")
PLACES = (*SCORED, *PARTLY, *UNSCORED)
NAMES = tuple(DIMENSIONS)
WORDINGS = ("w1", "w2", "w3")

Table = dict[str, np.ndarray]


def scores(seed: int, spread: float = 25.0, centre: float = 50.0) -> np.ndarray:
    """(31, 6) figures between 0 and 120."""
    return np.clip(centre + spread * np.random.default_rng(seed).standard_normal((len(PLACES), 6)), 0, 120)


TRUTH = scores(0)


def played(points: np.ndarray, noise: float, seed: int, respondent: str) -> list[dict[str, Any]]:
    """Item means of every place whose index scores are these, give or take a wording."""
    rng, cells = np.random.default_rng(seed), []
    for c, place in enumerate(PLACES):
        for wording in WORDINGS:
            means = {question.id: 3.0 for question in VSM.questions}
            for i, index in enumerate(VSM.indices):
                (item, weight), *_ = index.terms.items()
                means[item] = 3 + (points[c, i] - 60 + noise * rng.standard_normal()) / weight
            cells += [
                {
                    "respondent": respondent, "persona": place, "wording": wording, "question": item, "value": value,
                    "mode": "sample", "n": 10.0, "decoding": "t=1,p=1,max=64,seed=0",
                }
                for item, value in means.items()
            ]  # fmt: skip
    return cells


def told(figures: np.ndarray, noise: float, seed: int, respondent: str, lost: float = 0.0) -> list[dict[str, Any]]:
    """Figures given for every place and index; `lost` is the share of refusals for places without any."""
    rng, cells = np.random.default_rng(seed), []
    for question in INSTRUMENT.questions:
        index, place = question.id.split(".")
        value = figures[PLACES.index(place), NAMES.index(index)]
        refused = lost if place in UNSCORED else 0.0
        cells += [
            {
                "respondent": respondent, "wording": wording, "question": question.id, "instrument": INSTRUMENT.name,
                "value": None if refused == 1 else float(np.clip(value + noise * rng.standard_normal(), 0, 120)),
                "refused": refused, "mode": "sample", "n": 10.0, "decoding": "t=1,p=1,max=64,seed=0",
            }
            for wording in WORDINGS
        ]  # fmt: skip
    return cells


def people(truth: np.ndarray, keep: Callable[[str, str], bool], source: str = "people-1") -> pl.DataFrame:
    return humans(
        "vsm13",
        [
            {"place": place, "item": name, "value": float(truth[c, i]), "holds": "indices", "source": source}
            for c, place in enumerate(PLACES)
            for i, name in enumerate(NAMES)
            if keep(place, name)
        ],
    )


def published(place: str, name: str) -> bool:
    return place in SCORED or (place in PARTLY and name in ("lto", "ivr"))


def rows_of(cells: list[dict[str, Any]], side: pl.DataFrame | None = None, **keys: Any) -> dict[str, list[Estimate]]:
    """Estimates of `recall` by respondent."""
    table = answers(VSM, cells)
    found = measured(
        "recall", context([VSM, INSTRUMENT], table, people(TRUTH, published) if side is None else side, **keys)
    )
    by: dict[str, list[Estimate]] = {}
    for row in found:
        by.setdefault(row.reference if row.respondent.startswith("floor:") else row.respondent, []).append(row)
    return by


NOISE = 25 * np.random.default_rng(7).standard_normal((2, len(PLACES), 6))
# name -> (what its personas have, what it recalls)
RESPONDENTS: dict[str, tuple[np.ndarray, np.ndarray]] = {
    "by heart": (TRUTH + 0.6 * NOISE[0], TRUTH),
    "recites": (TRUTH + 0.5 * NOISE[0] + 0.5 * NOISE[1], TRUTH + 0.5 * NOISE[0]),
    "understands": (TRUTH + 0.5 * NOISE[1], scores(1)),
    "both": (TRUTH + 0.5 * NOISE[1], TRUTH + 0.5 * NOISE[0]),
}


@pytest.fixture(scope="module")
def found() -> dict[str, list[Estimate]]:
    cells = []
    for number, (name, (points, figures)) in enumerate(RESPONDENTS.items()):
        cells += played(points, 3.0, number, name)
        cells += told(figures, 0.0 if name == "by heart" else 3.0, 10 + number, name, float(name == "both"))
    return rows_of(cells)


def test_figures_known_by_heart_have_no_error(found: dict[str, list[Estimate]]) -> None:
    rows = found["by heart"]
    rank = one(rows, facet="all indices;figures;rank agreement")
    assert rank.value == pytest.approx(1) and rank.p is not None and rank.p <= 0.001 and rank.n == len(SCORED)
    assert one(rows, facet="figures;rank agreement", item="lto").n == len(SCORED) + len(PARTLY)
    error = one(rows, facet="all indices;figures;absolute error", respondent="by heart")
    assert error.value == pytest.approx(0, abs=1e-9) and error.unit == "index points"
    floor = one(rows, facet="all indices;figures;absolute error", respondent="floor:same-for-all")
    scored = TRUTH[: len(SCORED)]
    assert floor.value == pytest.approx(np.abs(scored - scored.mean(axis=0)).mean())


def test_figures_that_are_guesses_are_worse_than_one_figure_for_all(found: dict[str, list[Estimate]]) -> None:
    rows = found["understands"]
    rank = one(rows, facet="all indices;figures;rank agreement")
    assert abs(rank.value) < 0.2 and rank.p > 0.05
    error = one(rows, facet="all indices;figures;absolute error", respondent="understands")
    floor = one(rows, facet="all indices;figures;absolute error", respondent="floor:same-for-all")
    assert error.low > floor.value


def test_what_is_beyond_recall_is_found_and_recitation_is_not(found: dict[str, list[Estimate]]) -> None:
    facet = "places by persona;average over indices;beyond recall"
    plain = "places by persona;average over indices;before recall is taken out"
    for name in ("understands", "both"):
        row = one(found[name], facet=facet)
        assert row.value > 0.25 and row.p is not None and row.p <= 0.01, name
        assert row.low is not None and row.low > 0 and "figures' wordings" in row.method
        assert row.reference == "recalled in en, sample" and row.n == len(SCORED)
    recites = one(found["recites"], facet=facet)
    assert one(found["recites"], facet=plain).value > 0.5 > recites.value
    assert recites.p > 0.05 and abs(recites.value) < 0.2
    heart = one(found["by heart"], facet=facet)
    assert heart.value is None and "nothing is left beyond them" in heart.why


def test_figures_for_places_without_one_are_inventions(found: dict[str, list[Estimate]]) -> None:
    unpublished = 6 * len(UNSCORED) + 4 * len(PARTLY)
    assert one(found["recites"], facet="invented").value == 1
    honest = one(found["both"], facet="invented")
    assert honest.value == pytest.approx(4 * len(PARTLY) / unpublished) and honest.n == unpublished


def test_another_source_speaks_for_places_that_this_one_leaves_out() -> None:
    cells = played(TRUTH, 1.0, 0, "m") + told(TRUTH, 0.0, 1, "m")
    side = pl.concat(
        [people(TRUTH, published), people(TRUTH, lambda place, name: place in (*PARTLY, "USA"), "other-1")]
    )
    rows = rows_of(cells, side)["m"]
    row = one(rows, facet="places by persona;places without a figure in people-1", item="pdi", population="other-1")
    assert row.n == len(PARTLY) and row.value == pytest.approx(1) and row.p == pytest.approx(1 / 120)
    none = one(rows, facet="places by persona;places without a figure in people-1", item="lto", population="other-1")
    assert none.value is None and none.why.startswith("0 places")
    again = [row for row in rows if row.facet.endswith("places without a figure in other-1") and row.item == "pdi"]
    assert again[0].n == len(SCORED) - 1


def test_without_figures_or_people_the_rows_say_so() -> None:
    alone = rows_of(played(TRUTH, 1.0, 0, "m"))["m"]
    row = one(alone, item="", value=None)
    assert "hofstede_recall" in row.why and "sample or generate" in row.why
    nobody = rows_of(told(TRUTH, 0.0, 1, "m"), people(TRUTH, lambda place, name: False))["m"]
    assert one(nobody).why == "no published scores of vsm13 among the study's populations"
    few = rows_of(told(TRUTH, 0.0, 1, "m"), people(TRUTH, lambda place, name: place in SCORED[:2]))["m"]
    assert "2 places" in one(few, item="pdi", facet="figures;rank agreement").why


def test_the_instrument_asks_for_every_score_of_every_place_and_of_nobody() -> None:
    assert len(INSTRUMENT.questions) == len(PLACES) * 6 == 186
    assert INSTRUMENT.question("pdi.EGY").tags == ("recalls:vsm13", "index:pdi", "place:EGY")
    assert "no-persona" in INSTRUMENT.tags and {q.kind for q in INSTRUMENT.questions} == {"number"}
    stems = [w.stem for w in INSTRUMENT.question("mas.USA").wordings]
    assert len(set(stems)) == 6 and all("United States" in s or "الولايات" in s for s in stems)


def test_the_places_have_the_figures_that_the_instrument_says(data_folder: Any) -> None:
    from tawazun.populations import load_populations

    known = {one.place: len(one.answers) for one in load_populations("hofstede-2015", data=data_folder)}
    assert all(known[place] == 6 for place in SCORED)
    assert all(known[place] == 2 for place in PARTLY)
    assert not set(UNSCORED) & set(known)
