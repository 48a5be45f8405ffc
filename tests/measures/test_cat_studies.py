"""The shipped CAT studies: twenty countries at least, every measure answers, and a respondent that knows is told so."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tawazun import api
from tawazun.instruments import instrument
from tawazun.instruments.catalogue.hofstede_recall import SCORED
from tawazun.places import group
from tawazun.populations import load_populations
from tawazun.studies import FOLDER, study_file
from tawazun.study import Study, expand_personas

STUDIES = ("cat", "cat-decoding", "cat-recall")
VSM = instrument("vsm13")


def loaded(name: str, *keys: str) -> Study:
    return api.load_study(study_file(name), keys)


@pytest.mark.parametrize("name", STUDIES)
def test_at_least_twenty_countries_with_all_six_scores(name: str, data_folder: Path) -> None:
    study = loaded(name)
    places = {one for one in expand_personas(study.ask.personas) if one != "none"}
    assert len(places) >= 20 and places == set(SCORED) == set(group("group:cat-22@2015").members)
    people = {one.place: len(one.answers) for one in load_populations("hofstede-2015", data=data_folder)}
    assert all(people[place] == 6 for place in places)
    prepared = api.prepare(study, folder=FOLDER, data=data_folder)
    assert all(1_000 < len(plan) < 20_000 for plan in prepared.plans.values())


@pytest.mark.parametrize("name", STUDIES)
def test_every_measure_answers_or_says_why_not(name: str, data_folder: Path, tmp_path: Path) -> None:
    few = ["ask.wordings=2", "measure.draws=100", 'ask.personas=["none","USA","CHN","MAR","BRA","DEU"]']
    few = few if name != "cat-decoding" else [*few, "ask.decoding=[{temperature=0.3},{temperature=1.0}]"]
    study = loaded(name, *few)
    scores = api.run(study, tmp_path / "run", folder=FOLDER, data=data_folder).scores
    assert set(scores["measure"]) == set(study.measure.measures)
    assert scores.filter(pl.col("value").is_null() & (pl.col("why") == "")).height == 0
    assert study.measure.primary in study.measure.measures
    assert (tmp_path / "run" / "report.html").stat().st_size > 10_000


def knowing(folder: Path, data: Path) -> dict[str, Any]:
    """Recorded answers of somebody who gives every country its published scores, give or take a wording."""
    rng = np.random.default_rng(0)
    people = {one.place: one for one in load_populations("hofstede-2015", data=data)}
    middle = {index.name: np.mean([people[p].answer(index.name).value for p in SCORED]) for index in VSM.indices}
    with (folder / "knows.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["question", "persona", "language", "wording", "mean", "sd", "n"])
        for place in (*SCORED, "none"):
            for language in ("en", "ar", "zh", "hi"):
                for wording in ("w1", "w2", "w3"):
                    means = {question.id: 3.0 for question in VSM.questions}
                    for index in VSM.indices if place != "none" else ():
                        score = people[place].answer(index.name).value - middle[index.name]
                        (item, weight), *_ = index.terms.items()
                        means[item] = 3 + (score + rng.normal(0, 1)) / weight
                    out.writerows([item, place, language, wording, value, 0.5, 30] for item, value in means.items())
    return {"name": "knows", "kind": "recorded", "file": str(folder / "knows.csv"), "fill": {"instrument": "vsm13"}}


def test_the_whole_test_on_a_respondent_that_knows(data_folder: Path, tmp_path: Path) -> None:
    made = loaded("cat").model_dump()
    study = Study.model_validate({**made, "respondent": [knowing(tmp_path, data_folder)]})
    scores = api.run(study, tmp_path / "run", folder=FOLDER, data=data_folder).scores.filter(pl.col("language") == "en")

    def value(measure: str, facet: str, item: str = "") -> dict[str, Any]:
        rows = scores.filter(
            (pl.col("measure") == measure)
            & (pl.col("respondent") == "knows")
            & (pl.col("item") == item)
            & pl.col("facet").str.contains(facet, literal=True)
        )
        assert rows.height == 1, rows
        return rows.row(0, named=True)

    tau = value("rank_agreement", "average over indices")
    assert tau["value"] > 0.9 and tau["p"] <= 0.001 and tau["low"] > 0.8
    slope = value("index_slope", "all indices")
    assert slope["low"] < 1 < slope["high"] and slope["value"] == pytest.approx(1, abs=0.02)
    for measure in ("index_slope", "rank_agreement"):
        for item in ("uai", "mas"):
            assert "Minkov 2018" in value(measure, "places by persona", item)["why"], "a weak scale says so"
    assert value("rank_stability", "places=4")["low"] > 0.6
    assert value("kogut_singh", "same pairs far apart")["value"] > 0.95
    gap = value("factor_congruence", "correlation gap")
    assert gap["value"] < 0.05 and gap["p"] <= 0.01
    own = scores.filter((pl.col("measure") == "kogut_singh") & pl.col("facet").str.contains("against its people"))
    assert own.height == len(SCORED) and (own["value"] < 0.05).all()
    native = scores.filter((pl.col("measure") == "index_slope") & pl.col("facet").str.contains("by language"))
    assert native.height == 0, "played by nobody: that arm has no language of its own"
