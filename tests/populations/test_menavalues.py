"""MENAValues: what the sheet says, what is wrong with it, and the published numbers that come out of it."""

from itertools import combinations
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from scipy.spatial.distance import jensenshannon

from tawazun.errors import BadAnswers, BadFile
from tawazun.instruments import Instrument, instrument
from tawazun.instruments.catalogue.menavalues import FILE, NOMINAL, load_instrument, read_sheet
from tawazun.places import group
from tawazun.populations import Population, load_populations

ARAB = ("EGY", "IRQ", "JOR", "LBN", "LBY", "MAR", "TUN")


@pytest.fixture(scope="module")
def asked(data_folder: Path) -> Instrument:
    return instrument("menavalues", data_folder)


@pytest.fixture(scope="module")
def wvs(data_folder: Path) -> dict[str, Population]:
    return {one.place: one for one in load_populations("menavalues_wvs-7", data=data_folder)}


def shares(one: Population) -> dict[str, np.ndarray]:
    return {answer.item: np.array(answer.p) for answer in one.answers}


@pytest.mark.data
def test_items_of_the_sheet(asked: Instrument) -> None:
    tags = [question.tags[0] for question in asked.questions]
    assert (len(tags), tags.count("wvs-7"), tags.count("aoi-2022")) == (864, 291, 573)
    assert asked.question("q1") is asked.question("item-1") is asked.questions[0]
    assert asked.question("aoi-292") is asked.question("ITEM-292") is asked.questions[291]
    listed = asked.question("Q155")
    assert (
        listed is not None and not listed.ordinal and listed.wordings[0].options[0] == "Maintaining order in the nation"
    )
    ends = asked.question("Q164")
    assert ends is not None and ends.ordinal and ends.wordings[0].options == tuple(str(n) for n in range(1, 11))
    assert all(question.wordings[0].status == "official" for question in asked.questions)
    assert asked.source.redistribute == "aggregates"
    assert sum("rights" in question.tags for question in asked.questions if question.tags[0] == "wvs-7") >= 30


@pytest.mark.data
def test_ordinal_follows_the_flag_with_named_exceptions(asked: Instrument) -> None:
    def flagged(question_id: str) -> tuple[bool, bool]:
        question = asked.question(question_id)
        assert question is not None
        return "scale-y" in question.tags, question.ordinal

    assert flagged("Q3") == (True, True)  # flagged "s"
    assert flagged("Q152") == (False, False)
    assert all(flagged(item) == (True, False) for item in NOMINAL)
    assert flagged("aoi-376") == (True, False)  # rejects both statements
    assert flagged("aoi-402") == (True, False)  # a code without a label
    differing = [q.id for q in asked.questions if ("scale-y" in q.tags) != q.ordinal]
    assert len(differing) == 34 and set(differing) & {"Q56", "MENA_17"} == {"Q56", "MENA_17"}


@pytest.mark.data
def test_options_are_those_of_the_scale(asked: Instrument) -> None:
    codes = {item: asked.question(item).codes for item in ("Q94", "Q111", "Q119", "aoi-376", "aoi-763")}
    assert codes == {
        "Q94": (0, 1, 2),
        "Q111": (1, 2),
        "Q119": (1, 2, 3, 4),
        "aoi-376": (1, 2, 5),
        "aoi-763": (1, 2, 3, 4, 5),
    }


@pytest.mark.data
def test_countries_and_items_counted(data_folder: Path) -> None:
    sheet = read_sheet(data_folder / FILE)
    filled = {country: sum(country in item.shares for item in sheet.items) for country in sheet.countries}
    assert filled == {
        "Egypt": 826, "Iran": 251, "Iraq": 852, "Jordan": 855, "Lebanon": 858, "Libya": 832, "Morocco": 830,
        "Turkey": 252, "Tunisia": 830, "Algeria": 573, "Saudi Arabia": 573, "Sudan": 573, "Palestine": 573,
        "Kuwait": 573, "Mauritania": 573, "Qatar": 573,
    }  # fmt: skip
    answered = {one.place: len(one.answers) for one in load_populations("menavalues-2025", data=data_folder)}
    assert (answered["EGY"], answered["DZA"], answered["IRN"]) == (736, 453, 251)


@pytest.mark.data
def test_the_two_surveys_stay_apart(data_folder: Path, wvs: dict[str, Population], asked: Instrument) -> None:
    opinion = {one.place: one for one in load_populations("menavalues_aoi-2022", data=data_folder)}
    assert set(wvs) == {*ARAB, "IRN", "TUR"}
    assert set(opinion) == {*ARAB, "DZA", "SAU", "SDN", "PSE", "KWT", "MRT", "QAT"}
    for one in (*wvs.values(), *opinion.values()):
        survey = "wvs-7" if one.name.startswith("menavalues_wvs-7/") else "aoi-2022"
        assert {asked.question(answer.item).tags[0] for answer in one.answers} == {survey}
        assert one.human_error == "none" and one.universe.dates


@pytest.mark.data
def test_codes_outside_the_scale_are_left_out_and_noted(data_folder: Path) -> None:
    egypt = load_populations("menavalues_aoi-2022/EGY", data=data_folder)[0]
    assert "aoi-763 52.67 %" in egypt.note and "items without data: 90" in egypt.note
    answer = egypt.answer("aoi-763")
    assert answer is not None and answer.p is not None and sum(answer.p) == pytest.approx(1)
    nominal = egypt.answer("aoi-300")
    assert nominal is not None and nominal.value is None
    assert "Q111 and Q119" in load_populations("menavalues_wvs-7/EGY", data=data_folder)[0].note


@pytest.mark.data
def test_published_similarity_of_arab_countries(wvs: dict[str, Population]) -> None:
    people = {place: shares(wvs[place]) for place in ARAB}
    similar = {
        (a, b): np.mean(
            [1 - jensenshannon(p, people[b][item], 2) for item, p in people[a].items() if item in people[b]]
        )
        for a, b in combinations(ARAB, 2)
    }
    assert len(similar) == 21
    assert np.mean(list(similar.values())) == pytest.approx(0.807, abs=5e-4)
    assert max(similar, key=lambda pair: similar[pair]) == ("EGY", "JOR")


@pytest.mark.data
def test_published_floors(wvs: dict[str, Population]) -> None:
    floors = {
        place: np.mean([1 - jensenshannon(p, np.full(p.size, 1 / p.size), 2) for p in shares(wvs[place]).values()])
        for place in ARAB
    }
    published = {"EGY": 0.62, "JOR": 0.65, "LBY": 0.66, "TUN": 0.68, "LBN": 0.70, "MAR": 0.72, "IRQ": 0.72}
    assert {place: round(float(value), 2) for place, value in floors.items()} == published


@pytest.mark.data
def test_published_share_of_variance_between_countries(wvs: dict[str, Population], asked: Instrument) -> None:
    between = []
    for question in asked.questions:
        answers = [found for place in ARAB if (found := wvs[place].answer(question.id))]
        if not question.ordinal or len(answers) < 2:
            continue
        means = np.array([answer.value for answer in answers])
        within = np.mean([float(answer.sd or 0.0) ** 2 for answer in answers])
        between.append(means.var() / (means.var() + within))
    assert len(between) == 281
    assert np.mean(between) == pytest.approx(0.076, abs=5e-4)


def sheet_at(folder: Path, changes: dict[str, list[object]]) -> Path:
    """A tiny sheet of the benchmark's layout, with some rows replaced."""
    rows: dict[str, list[object]] = {
        "Source": ["WVS 7", "The 2022 Arab Opinion Index"],
        "Sub Question": ["Q1: A matter", None],
        "Min": [1, 1],
        "MAX": [2, 3],
        "Scale": ["y", "n"],
        "Category": ["THINGS", "THINGS"],
        "Sub Category": ["", ""],
        "Full Question": ["'1' is yes and '2' is no. Provide a number only.", "Which? 1: red, 2: green, 3: blue."],
        "Egypt": [
            "(1.25, {'1': '75.00%', '2': '25.00%'})",
            "(1.00, {'1.0': '60.00%', '3.0': '30.00%', '0.0': '10.00%'})",
        ],
        "Tusnia": ["(1.5, {'2': '50.00%', '1': '50.00%'})", "(No data, {})"],
    } | changes
    book = openpyxl.Workbook()
    for label, cells in rows.items():
        book.active.append([label, *cells])
    (folder / FILE).parent.mkdir(exist_ok=True)
    book.save(folder / FILE)
    return folder


def test_a_tiny_sheet_by_hand(tmp_path: Path) -> None:
    data = sheet_at(tmp_path, {})
    egypt, tunisia = load_populations("menavalues-2025", data=data)
    assert (egypt.place, tunisia.place) == ("EGY", "TUN")  # "Tusnia" is a misprint that stands in published tables
    first, second = egypt.answers
    assert (first.item, first.p, first.value, first.sd) == ("Q1", (0.75, 0.25), 1.25, pytest.approx(0.4330127))
    assert (second.item, second.value) == ("aoi-2", None)
    assert second.p == pytest.approx((2 / 3, 0, 1 / 3))
    assert "aoi-2 10.00 %" in egypt.note
    assert [answer.item for answer in tunisia.answers] == ["Q1"] and "items without data: 1" in tunisia.note
    colours = load_instrument(data).question("aoi-2")
    assert colours is not None and colours.wordings[0].options == ("red", "green", "blue")
    assert colours.wordings[0].stem == "Which?"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Egypt": ["(1.25, {'1': '75.00%', '2': '15.00%'})", None]}, "item 1, Egypt: not a cell"),
        ({"Egypt": ["[0.75, 0.25]", None]}, "item 1, Egypt: not a cell"),
        ({"Egypt": ["(1.25, {'1': '75.00%', 'x': '25.00%'})", None]}, "item 1, Egypt: not a cell"),
        ({"Source": ["WVS 6", "WVS 7"]}, "item 1: unknown survey 'WVS 6'"),
        ({"Scale": ["q", "n"]}, "item 1: Scale is y or n"),
    ],
)
def test_a_faulty_sheet_names_item_and_country(changes: dict[str, list[object]], said: str, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=said):
        load_populations("menavalues-2025", data=sheet_at(tmp_path, changes))


def test_an_unknown_country_is_an_error(tmp_path: Path) -> None:
    data = sheet_at(tmp_path, {"Narnia": ["(1.0, {'1': '100.00%'})", None]})
    with pytest.raises(BadAnswers, match="the row 'Narnia' is no known place"):
        load_populations("menavalues-2025", data=data)


def test_a_sheet_that_lies_the_other_way(tmp_path: Path) -> None:
    (tmp_path / FILE).parent.mkdir()
    book = openpyxl.Workbook()
    book.active.append(["Question", "Egypt"])
    book.save(tmp_path / FILE)
    with pytest.raises(BadFile, match="no row is called 'Source'; the sheet has items in columns"):
        load_instrument(tmp_path)
    (tmp_path / FILE).write_bytes(b"not a workbook")
    with pytest.raises(BadFile, match="cannot be read as a sheet"):
        load_instrument(tmp_path)


def test_the_league_has_gaps(data_folder: Path) -> None:
    found = {one.place for one in load_populations("menavalues-2025/group:arab-league@2023-05", data=data_folder)}
    assert len(found) == 14 and found < set(group("group:arab-league@2023-05").members)
