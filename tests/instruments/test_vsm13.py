"""vsm13: official formulas and directions, checked by hand and against recorded item means."""

import csv
from pathlib import Path

import pytest

from tawazun.instruments import Index, instrument

VSM = instrument("vsm13")
INDICES = {index.name: index for index in VSM.indices}


def score(index: Index, means: dict[str, float]) -> float:
    """The formula with constant 0."""
    return sum(coefficient * means[item] for item, coefficient in index.terms.items())


def test_items_and_indices_are_the_official_ones() -> None:
    assert [question.id for question in VSM.questions] == [f"m{n:02d}" for n in range(1, 25)]
    assert list(INDICES) == ["pdi", "idv", "mas", "uai", "lto", "ivr"]
    used = [item for index in VSM.indices for item in index.terms]
    assert sorted(used) == [f"m{n:02d}" for n in range(1, 25)]


@pytest.mark.parametrize("name", ["7", "07", "q7", "Q07", "m7", "M07"])
def test_items_go_by_the_numbers_of_the_questionnaire(name: str) -> None:
    found = VSM.question(name)
    assert found is not None and found.id == "m07"


def test_formulas_by_hand() -> None:
    means = {
        "m07": 2.0, "m02": 1.5, "m20": 2.4, "m23": 3.0,
        "m04": 2.0, "m01": 1.4, "m09": 2.5, "m06": 1.8,
        "m05": 2.2, "m03": 1.8, "m08": 2.6, "m10": 2.0,
        "m18": 2.1, "m15": 3.0, "m21": 2.0, "m24": 2.8,
        "m13": 1.7, "m14": 2.2, "m19": 1.5, "m22": 2.5,
        "m12": 3.0, "m11": 2.0, "m17": 3.5, "m16": 2.25,
    }  # fmt: skip
    got = {name: score(index, means) for name, index in INDICES.items()}
    assert got == pytest.approx(
        {
            "pdi": 2.5,  # 35 x 0.5 + 25 x -0.6
            "idv": 45.5,  # 35 x 0.6 + 35 x 0.7
            "mas": 35.0,  # 35 x 0.4 + 35 x 0.6; the misprinted 25 would give 29
            "uai": -56.0,  # 40 x -0.9 + 25 x -0.8
            "lto": -45.0,  # 40 x -0.5 + 25 x -1.0
            "ivr": 85.0,  # 35 x 1.0 + 40 x 1.25
        }
    )


def test_ranges_with_constant_zero() -> None:
    reach = {name: sum(4 * max(c, 0) for c in index.terms.values()) for name, index in INDICES.items()}
    assert reach == {"pdi": 240, "idv": 280, "mas": 280, "uai": 260, "lto": 260, "ivr": 300}
    assert all(sum(index.terms.values()) == 0 for index in VSM.indices)


@pytest.mark.parametrize("item", ["m01", "m06"])
def test_individualism_rises_when_own_time_or_interesting_work_matters_more(item: str) -> None:
    means = {question.id: 3.0 for question in VSM.questions}
    assert score(INDICES["idv"], means | {item: 1.0}) > score(INDICES["idv"], means)


def test_code_one_is_always_on_items_15_to_17_and_never_on_item_20() -> None:
    for wording in VSM.questions[19].wordings:
        for item in ("m15", "m16", "m17"):
            other = VSM.question(item)
            assert other is not None
            twin = other.worded(wording.language, wording.id)
            assert twin is not None and twin.options == wording.options[::-1]
    english = {q.id: q.worded("en", "w1") for q in VSM.questions}
    first = {item: wording.options[0] for item, wording in english.items() if wording}
    assert first["m15"] == "always" and first["m20"] == "never"
    assert first["m01"] == first["m14"] == "the highest importance"
    assert first["m18"] == "very good" and first["m19"] == "a very great deal"
    assert {first[item] for item in ("m21", "m22", "m23", "m24")} == {"agree completely"}


def test_families_share_their_answer_scale_in_each_wording() -> None:
    families = ([f"m{n:02d}" for n in range(1, 15)], ["m15", "m16", "m17"], ["m21", "m22", "m23", "m24"])
    for family in families:
        shared = [{(w.language, w.id, w.options) for w in q.wordings} for q in VSM.questions if q.id in family]
        assert all(options == shared[0] for options in shared)


def test_weak_indices_carry_their_warning_and_no_score_travels_without_its_limits() -> None:
    assert "Minkov 2018" in INDICES["uai"].warning and "Gerlach & Eriksson 2021" in INDICES["uai"].warning
    assert "Minkov 2018" in INDICES["mas"].warning and "Gerlach & Eriksson 2021" in INDICES["mas"].warning
    for limit in ("individuals", "organisations", "matched", "anchored", "Exploratory"):
        assert limit in VSM.not_for


def test_wordings_on_offer() -> None:
    assert VSM.wording_ids("en") == VSM.wording_ids("ar") == ("w1", "w2", "w3", "w4", "w5")
    assert VSM.wording_ids("zh") == VSM.wording_ids("hi") == ("w1", "w2", "w3")
    assert {wording.status for question in VSM.questions for wording in question.wordings} == {"draft"}


# Masoud et al. 2023 (arXiv 2309.12342, preprint), item means of GPT-4 acting as a person from each country
ACTING_AS = {
    "US": {"pdi": 29.7, "idv": 95.7, "mas": 2.3, "uai": -73.3, "lto": -53.2, "ivr": 124.7},
    "Saudi Arabia": {"pdi": 63.0, "idv": -42.0, "mas": 1.2, "uai": -28.3, "lto": -29.3, "ivr": 14.2},
    "China": {"pdi": 64.7, "idv": -33.8, "mas": -5.8, "uai": -29.2, "lto": -7.3, "ivr": 0.0},
    "Slovakia": {"pdi": 32.5, "idv": 26.8, "mas": -16.3, "uai": -58.3, "lto": -32.2, "ivr": 84.2},
}


@pytest.mark.data
@pytest.mark.parametrize("country", ACTING_AS)
def test_recorded_item_means_give_the_known_scores(country: str, data_folder: Path) -> None:
    means: dict[str, float] = {}
    with (data_folder / "vsm13_recorded" / "item_means_2023.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["model"] == "ChatGPT Plus GPT-4" and row["condition"] == f"actas:{country}":
                question = VSM.question(row["question"])
                assert question is not None
                means[question.id] = float(row["mean"])
    assert len(means) == 24
    got = {name: score(index, means) for name, index in INDICES.items()}
    assert got == pytest.approx(ACTING_AS[country], abs=0.6)
