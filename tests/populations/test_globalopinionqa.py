"""GlobalOpinionQA: a small file of the data set's own shape, made up here, with every trap that the real one has."""

from pathlib import Path

import pytest

from tawazun.api.finding import find_populations
from tawazun.errors import BadAnswers, BadFile
from tawazun.instruments import Instrument
from tawazun.instruments.catalogue.globalopinionqa import load_instrument, no_answer
from tawazun.instruments.scales import scale_codes
from tawazun.populations import Population, Request, load_populations, population_source
from tests.populations.made_up import BRIDGES, CLOUDS, GOATS, RIVERS, ROWS, written
from tests.toys import study

SOURCE = population_source("globalopinionqa-2023")


def by_place(folder: Path, *, non_national: bool = False) -> dict[str, Population]:
    return {one.place: one for one in SOURCE.load(Request(data=folder, non_national=non_national))}


def item_of(asked: Instrument, text: str):
    return next(q for q in asked.questions if q.wordings[0].stem == text)


def shares(one: Population, item: str) -> list[float]:
    answer = one.answer(item)
    assert answer is not None and answer.p is not None
    return list(answer.p)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return written(tmp_path)


def test_items_know_their_source_and_order(data: Path) -> None:
    asked = load_instrument(data)
    assert len(asked.questions) == 4 and {q.id.split("-")[0] for q in asked.questions} == {"gas", "wvs"}
    favour, change, scale, goats = (item_of(asked, text) for text in (BRIDGES, RIVERS, CLOUDS, GOATS))
    assert favour.codes == (4, 3, 2, 1) and favour.ordinal and len(favour.wordings[0].options) == 4
    # the file's order is better, worse, same: the scale is put in order
    assert change.wordings[0].options == ("Worse", "Has not changed", "Better") and change.codes == (1, 2, 3)
    assert scale.wordings[0].options == ("Not important at all", "1", "2", "3", "Very important")
    assert scale.codes == (0, 1, 2, 3, 4) and scale.ordinal
    assert not goats.ordinal and goats.codes == (1, 2, 3)


def test_shares_follow_the_options_and_leave_out_who_did_not_answer(data: Path) -> None:
    asked, found = load_instrument(data), by_place(data)
    favour, change, scale, goats = (item_of(asked, text).id for text in (BRIDGES, RIVERS, CLOUDS, GOATS))
    egypt = found["EGY"]
    assert shares(egypt, favour) == pytest.approx([0.1 / 0.9, 0.2 / 0.9, 0.3 / 0.9, 0.3 / 0.9])
    assert shares(egypt, change) == pytest.approx([0.3 / 0.93, 0.13 / 0.93, 0.5 / 0.93])
    assert shares(egypt, scale) == pytest.approx([0.25, 0.125, 0.125, 0.125, 0.375])
    answer = egypt.answer(change)
    assert answer and answer.value == pytest.approx((0.3 + 2 * 0.13 + 3 * 0.5) / 0.93) and answer.n is None
    nominal = egypt.answer(goats)
    assert nominal and nominal.value is None and nominal.sd is None
    assert all(one.human_error == "none" for one in found.values())
    assert "median 10.0%, at most 20.0%" in egypt.note and scale in egypt.note
    # .33 + .33 + .33 is rounding, not silence
    assert found["CHL"].note == "" and shares(found["CHL"], change) == pytest.approx([1 / 3] * 3)


def test_one_sample_stands_for_a_place(data: Path) -> None:
    asked, found = load_instrument(data), by_place(data)
    favour, change = (item_of(asked, text).id for text in (BRIDGES, RIVERS))
    assert shares(found["IND"], favour) == pytest.approx([0.4, 0.3, 0.2, 0.1])
    assert shares(found["IND"], change) == pytest.approx([0.3, 0.5, 0.2])
    assert found["IND"].note.startswith("current national sample for 1 items; old national sample for 1 items")
    assert {"ZAF", "TWN", "GB-NIR"} <= found.keys() and not {"MLI", "KEN"} & found.keys()
    assert "without Northern Ireland" in found["GBR"].note
    absent = SOURCE.absent(Request(data=data))
    assert absent["MLI"].startswith("only samples that do not stand") and "EGY" not in absent
    assert absent["SAU"] == "no answers in the data set"


def test_non_national_samples_only_when_asked_for(data: Path) -> None:
    found = by_place(data, non_national=True)
    assert "non-national sample for 1 items" in found["MLI"].note
    assert shares(found["IND"], item_of(load_instrument(data), BRIDGES).id)[0] == pytest.approx(0.4)
    assert "MLI" not in SOURCE.absent(Request(data=data, non_national=True))
    spec = load_populations("globalopinionqa-2023/MLI", data=data, non_national=True)
    assert [one.place for one in spec] == ["MLI"]


@pytest.mark.parametrize("wanted", [False, True])
def test_a_study_says_whether_non_national_samples_count(data: Path, wanted: bool) -> None:
    keys = {"populations": ["globalopinionqa-2023"], "non_national": wanted}
    made = study(ask={"instruments": ["globalopinionqa"]}, measure=keys)
    assert ("MLI" in {one.place for one in find_populations(made, Path(), data)}) == wanted


def test_contract_of_a_source(data: Path) -> None:
    asked = load_instrument(data)
    for one in SOURCE.load(Request(data=data)):
        assert one.name == f"globalopinionqa-2023/{one.place}" and len({a.item for a in one.answers}) == len(
            one.answers
        )
        for answer in one.answers:
            question = asked.question(answer.item)
            assert question and answer.p and len(answer.p) == question.cells
            assert sum(answer.p) == pytest.approx(1) and min(answer.p) >= 0
    assert {one.place for one in SOURCE.load(Request(("EGY", "IND"), data))} == {"EGY", "IND"}
    assert SOURCE.absent(Request(("ATA",), data)) == {"ATA": "no answers in the data set"}


def test_ids_do_not_depend_on_the_order_of_rows(data: Path, tmp_path: Path) -> None:
    before = [q.id for q in load_instrument(data).questions]
    other = tmp_path / "other"
    other.mkdir()
    written(other, tuple(reversed(ROWS)))
    assert set(before) == {q.id for q in load_instrument(other).questions}
    assert before[0] == "gas-" + before[0].split("-")[1] and len(before[0]) == 14


def test_a_question_that_comes_again_keeps_its_years_apart(tmp_path: Path) -> None:
    row = ("Asked twice?", "defaultdict(<class 'list'>, {'Egypt': [0.2, 0.8]})", "['Yes', 'No']", "GAS")
    later = (row[0], row[1].replace("0.2, 0.8", "0.7, 0.3"), *row[2:])
    data = written(tmp_path, (row, later, row))
    items = [q.id for q in load_instrument(data).questions]
    assert len(items) == 2 and items[0][:14] == items[1][:14] and items[0] != items[1]
    found = by_place(data)["EGY"]
    assert sorted(shares(found, item)[0] for item in items) == [0.2, 0.7]


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("'Egypt': [0.7, 0.5]", "row 2: shares sum to 1.2, more than rounding allows"),
        ("'Egypt': [70, 30]", "shares sum to 100"),
        ("'Egypt': [0.2, 0.2]", "only 0.4 of the people gave a listed answer"),
        ("'Egypt': [0.2, 0.3, 0.5]", "3 shares for 2 options"),
        ("'Egypt': [-0.2, 1.2]", "at least 0"),
        ("'Egypt': ['most', 0.2]", "shares are numbers"),
        ("'Taiwan': [0.5, 0.5], 'Taiwan ROC': [0.4, 0.6]", "two names of one place with different shares"),
        ("'Narnia': [0.5, 0.5]", "row 2: 'Narnia' is no known place"),
    ],
)
def test_a_faulty_list_is_named(place: str, why: str, tmp_path: Path) -> None:
    data = written(tmp_path, (("Q?", f"defaultdict(<class 'list'>, {{{place}}})", "['Yes', 'No']", "GAS"),))
    with pytest.raises(BadAnswers, match=why):
        SOURCE.load(Request(data=data))


def test_a_rare_faulty_list_is_left_out_and_noted(tmp_path: Path) -> None:
    fine = "'Egypt': [0.5, 0.5], 'Kenya': [0.5, 0.5], 'Japan': [0.5, 0.5]"
    rows = [(f"Q{n}?", f"defaultdict(<class 'list'>, {{{fine}}})", "['Yes', 'No']", "GAS") for n in range(5)]
    rows.append(
        ("Q9?", "defaultdict(<class 'list'>, {'Egypt': [0.9, 0.9], 'Chile': [0.9, 0.9]})", "['Yes', 'No']", "GAS")
    )
    data = written(tmp_path, tuple(rows))
    found = by_place(data)
    assert len(found["EGY"].answers) == 5 and "left out: data.csv row 7: shares sum to 1.8" in found["EGY"].note
    assert "CHL" not in found
    assert "every list is refused: data.csv row 7" in SOURCE.absent(Request(data=data, places=("CHL",)))["CHL"]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (("Q?", "{'Egypt': [nan, 1]}", "['Yes', 'No']", "GAS"), "column selections: not a Python literal"),
        (("Q?", "__import__('os').getcwd()", "['Yes', 'No']", "GAS"), "column selections: not defaultdict"),
        (("Q?", "{'Egypt': (lambda: 1)()}", "['Yes', 'No']", "GAS"), "column selections: not a Python literal"),
        (("Q?", "{'Egypt': 3}", "['Yes', 'No']", "GAS"), "every place has a list"),
        (("Q?", "{}", "[open('x')]", "GAS"), "row 2, column options: not a Python literal"),
        (("Q?", "{}", "'Yes'", "GAS"), "a list is needed"),
        (("Q?", "{}", "['Yes', 'No']", "PEW"), "row 2: source is GAS or WVS, not 'PEW'"),
        (("", "{}", "['Yes', 'No']", "GAS"), "no row has a question"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_read_is_named(row: tuple[str, ...], why: str, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=why):
        load_instrument(written(tmp_path, (row,)))


def test_any_table_with_the_columns_will_do(data: Path, tmp_path: Path) -> None:
    import polars as pl

    folder = data / "globalopinionqa"
    table = pl.read_csv(folder / "data.csv", infer_schema=False)
    (folder / "data.csv").unlink()
    with pytest.raises(
        BadFile, match=r"globalopinionqa-2023 needs globalopinionqa/data.csv, which is not in .*huggingface"
    ):
        SOURCE.load(Request(data=data))
    table.write_parquet(folder / "train.parquet")
    (folder / "notes.csv").write_text("a,b\n1,2\n")
    assert len(load_instrument(data).questions) == 4
    table.write_csv(folder / "again.csv")
    with pytest.raises(BadFile, match=r"again.csv, train.parquet all fit; keep one"):
        load_instrument(data)
    (folder / "data.csv").write_text("question,options\n1,2\n")
    with pytest.raises(BadFile, match="no column 'selections'"):
        load_instrument(data)


@pytest.mark.parametrize(
    ("option", "is_none"),
    [
        ("DK/Refused", True), ("Don´t know", True), ("No answer/refused", True), ("Missing; Not available", True),
        ("Other missing; Multiple answers Mail (EVS)", True), ("Refused (VOL)", True), ("Don't know / No answer", True),
        ("None of these (VOL)", False), ("Never heard of", False), ("Neither", False), ("No", False),
        ("Other (VOL)", False), ("No answer is right", False),
    ],
)  # fmt: skip
def test_what_is_no_answer(option: str, is_none: bool) -> None:
    assert no_answer(option) is is_none


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ("Strongly agree|Agree|Neither agree nor disagree|Disagree|Strongly disagree", (5, 4, 3, 2, 1)),
        ("A great deal|Quite a lot|Not very much|None at all", (4, 3, 2, 1)),
        ("Very important|Rather important|Not very important|Not at all important", (4, 3, 2, 1)),
        ("Never justifiable|2|3|4|Always justifiable", (1, 2, 3, 4, 5)),
        ("Always justifiable|4|3|2|Never justifiable", (5, 4, 3, 2, 1)),
        ("0|1|2|10|3|4|5|6|7|8|9", (0, 1, 2, 10, 3, 4, 5, 6, 7, 8, 9)),
        ("Definitely succeed|Probably succeed|Probably fail|Definitely fail", (4, 3, 2, 1)),
        ("Major threat|Minor threat|Not a threat", (3, 2, 1)),
        ("Very good|Good|Bad|Very bad", (4, 3, 2, 1)),
        ("Often|Sometimes|Rarely|Never", (4, 3, 2, 1)),
        # no order, or none that is known
        ("Very favorable|Somewhat favorable|Somewhat unfavorable|Very unfavorable|Never heard of", None),
        ("Very serious|Somewhat serious|Not too serious|Not a problem|Not a problem at all", None),
        ("Strongly agree|Agree|Somewhat agree|Disagree", None),
        ("Yes|No", None),
        ("1|2|4|5", None),
        ("Red|1|Blue|2|3", None),
        ("France|India|Germany", None),
    ],
)
def test_which_lists_are_ordered(options: str, codes: tuple[float, ...] | None) -> None:
    assert scale_codes(options.split("|")) == codes
