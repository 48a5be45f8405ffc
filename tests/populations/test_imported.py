"""Anyone's data as populations: three shapes, five formats, and every fault named by file and row."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.data.tables import ROW, code_text
from tawazun.errors import BadAnswers, BadFile, BadStudy, TawazunError
from tawazun.instruments import Instrument, Question, Wording, pair_codes
from tawazun.populations import Population
from tawazun.populations.imported import ImportSettings, from_microdata, from_shares, import_populations
from tawazun.source import Source

TOY = Instrument(
    "toy",
    "A toy",
    (
        Question("agree", "one", (1, 2, 3), (Wording("w1", "en", "?", ("no", "maybe", "yes")),), ordinal=True),
        Question("colour", "one", (1, 2, 3), (Wording("w1", "en", "?", ("red", "green", "blue")),)),
        Question("traits", "some", (1, 1, -1), pick=2),
        Question("aims", "pair", pair_codes(3, lambda first, second: first + second)),
        Question("score", "score", (-2, 2)),
    ),
    Source("a test", "here", "1", "CC0-1.0", "none", "yes"),
    "anything",
)


def settings(file: str = "people.csv", **more: Any) -> ImportSettings:
    return ImportSettings(**{"name": "mine-1", "file": file, "instrument": "cultural_map", **more})


def text_table(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows as a file of them would be read."""
    return pl.DataFrame([{key: str(value) for key, value in row.items()} for row in rows]).with_row_index(ROW, 2)


def written(folder: Path, text: str, file: str = "people.csv") -> Path:
    (folder / file).write_text(text, encoding="utf-8")
    return folder


def only(populations: tuple[Population, ...]) -> Population:
    assert len(populations) == 1
    return populations[0]


# --- shares -----------------------------------------------------------------------------------------------------------


def test_shares_become_distributions_with_their_error(tmp_path: Path) -> None:
    text = """country,item,code,weighted,n,deff
Egypt,A008,1,0.2,1200,1.5
Egypt,A008,2,0.5,1200,1.5
Egypt,A008,4,0.3,1200,1.5
Iraq,A008,3,1,,
MAR,a165,1,0.1,,
MAR,a165,2,0.9,,
"""
    columns = {"place": "country", "question": "item", "option": "code", "share": "weighted"}
    egypt, _, morocco = import_populations(settings(columns=columns, folder=written(tmp_path, text)))
    assert (egypt.name, egypt.place, egypt.human_error) == ("mine-1/EGY", "EGY", "sampled")
    answer = egypt.answer("a008")
    assert answer is not None and answer.p == (0.2, 0.5, 0.0, 0.3)
    assert (answer.value, answer.n, answer.n_eff, answer.deff) == (pytest.approx(2.4), 1200, 800, 1.5)
    assert morocco.human_error == "none" and morocco.note == ""
    assert egypt.source.cite == "user's file people.csv, source not given" and egypt.source.licence == "not stated"


def test_what_is_said_about_the_source_is_kept(tmp_path: Path) -> None:
    text = "place,question,option,share\nEGY,a165,1,0.4\nEGY,a165,2,0.6\n"
    told = settings(
        folder=written(tmp_path, text), cite="Us (2025)", licence="CC-BY-4.0", redistribute="no",
        universe={"ages": "18+"}, fill={"n_eff": 400},
    )  # fmt: skip
    one = only(import_populations(told))
    assert (one.source.cite, one.source.licence, one.source.version) == ("Us (2025)", "CC-BY-4.0", "1")
    assert one.source.redistribute == "no" and one.universe.ages == "18+"
    assert one.human_error == "sampled" and one.answers[0].n_eff == 400


def test_counts_and_percentages(tmp_path: Path) -> None:
    counted = "place,question,option,count\nEGY,a165,1,30\nEGY,a165,2,90\n"
    one = only(import_populations(settings(folder=written(tmp_path, counted))))
    assert one.answers[0].p == (0.25, 0.75) and one.answers[0].n == 120
    assert one.human_error == "none" and "n without a design effect" in one.note
    simple = only(import_populations(settings(folder=tmp_path, fill={"deff": 1})))
    assert (simple.human_error, simple.answers[0].n_eff, simple.note) == ("sampled", 120, "")
    percent = "place,question,option,percent\nEGY,a165,1,25.1\nEGY,a165,2,75\n"
    rounded = only(import_populations(settings(folder=written(tmp_path, percent))))
    assert sum(rounded.answers[0].p or ()) == pytest.approx(1, abs=1e-12)
    assert rounded.note == "shares of a165 rescaled from 1.001"


def test_multi_select_and_pairs() -> None:
    rows = [
        *({"place": "EGY", "question": "traits", "option": i, "share": s} for i, s in ((1, 0.6), (2, 0.5), (3, 0.4))),
        *({"place": "EGY", "question": "aims", "option": o, "share": s} for o, s in (("1-2", 0.25), ("3, 1", 0.75))),
    ]
    one = only(from_shares(settings(), TOY, text_table(rows)))
    traits, aims = one.answers
    assert traits.p == (0.6, 0.5, 0.4) and traits.value == pytest.approx(0.7)
    assert aims.p == (0.25, 0, 0, 0, 0.75, 0) and aims.value == pytest.approx(0.25 * 1 + 0.75 * 2)


def test_options_by_text_and_by_translation() -> None:
    rows = [{"land": "Ägypten", "place": "Egypt", "question": "agree", "option": o, "share": 0.5} for o in ("NO", "ja")]
    rows.append({**rows[0], "option": "Maybe", "share": 0})
    one = only(from_shares(settings(values={"option": {"ja": "yes"}}), TOY, text_table(rows)))
    assert one.answers[0].p == (0.5, 0, 0.5)


def test_values_and_constants(tmp_path: Path) -> None:
    text = "land,who,question,score_mean,sd\nDeutschland,f,m01,2.5,0.8\nDeutschland,m,m01,2.1,0.9\n"
    told = settings(
        instrument="vsm13", folder=written(tmp_path, text), columns={"place": "land", "mean": "score_mean"},
        values={"place": {"Deutschland": "Germany"}}, where={"who": "f"},
    )  # fmt: skip
    one = only(import_populations(told))
    assert (one.place, one.holds) == ("DEU", "distributions")
    answer = one.answers[0]
    assert (answer.item, answer.p, answer.value, answer.sd) == ("m01", None, 2.5, 0.8)


def test_ready_indices_and_map_points(tmp_path: Path) -> None:
    text = "place,question,value\nEGY,pdi,120\nEGY,idv,\n"
    one = only(import_populations(settings(instrument="vsm13", folder=written(tmp_path, text))))
    assert one.holds == "indices" and [(a.item, a.value) for a in one.answers] == [("pdi", 120)]
    assert one.note == "no value for idv"
    text = "place,question,value\nEGY,map_x,-1.2\nEGY,map_y,0.3\n"
    assert only(import_populations(settings(folder=written(tmp_path, text)))).holds == "map"


# --- microdata --------------------------------------------------------------------------------------------------------


def test_persons_with_weights_by_hand() -> None:
    rows = [
        {"place": "Egypt", "w": 1, "q": "1", "t1": 1, "t2": 0, "t3": 0, "f": 1, "s": 2, "y": 1.5},
        {"place": "Egypt", "w": 2, "q": "3.0", "t1": 1, "t2": 1, "t3": 0, "f": 1, "s": 3, "y": -0.5},
        {"place": "Egypt", "w": 1, "q": "-2", "t1": -2, "t2": 1, "t3": 0, "f": 2, "s": -2, "y": -2},
        {"place": "TUN", "w": 5, "q": "2", "t1": 0, "t2": 0, "t3": 1, "f": 3, "s": 1, "y": 0},
    ]
    columns = {
        "agree": "q", "traits/1": "t1", "traits/2": "t2", "traits/3": "t3", "aims/first": "f", "aims/second": "s",
        "score": "y",
    }  # fmt: skip
    told = settings(microdata=True, weight="w", columns=columns, missing=[-2])
    egypt, tunisia = from_microdata(told, TOY, text_table(rows))
    agree, traits, aims, score = egypt.answers
    assert agree.p == pytest.approx((1 / 3, 0, 2 / 3)) and agree.value == pytest.approx(7 / 3)
    assert (agree.n, agree.n_eff, agree.deff) == (2, pytest.approx(9 / 5), pytest.approx(10 / 9))
    assert traits.p == pytest.approx((1, 2 / 3, 0)) and traits.n == 2
    assert aims.p == pytest.approx((1 / 3, 2 / 3, 0, 0, 0, 0))
    assert (score.p, score.value, score.n) == (None, pytest.approx(1 / 6), 2)
    assert egypt.human_error == "sampled" and "clustering" in egypt.note
    assert tunisia.answers[0].p == (0, 1, 0)


def test_headers_that_are_items_need_no_columns(tmp_path: Path) -> None:
    text = "country,A008,F063,noise\nEGY,1,10,x\nEGY,2,9,y\n"
    told = settings(microdata=True, weight="none", columns={"place": "country"}, folder=written(tmp_path, text))
    one = only(import_populations(told))
    assert [answer.item for answer in one.answers] == ["a008", "f063"]
    assert one.answers[0].n_eff == one.answers[0].n == 2


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet", "xlsx"])
def test_every_format_gives_the_same_people(suffix: str, tmp_path: Path) -> None:
    table = pl.DataFrame(
        {"place": ["EGY", "EGY", "MAR"], "w": [0.5, 1.25, 2.0], "a008": [1, 4, None], "f063": [10.0, 1.0, 3.0]}
    )
    path = tmp_path / f"people.{suffix}"
    if suffix == "jsonl":
        path.write_text("\n".join(json.dumps(row) for row in table.to_dicts()), encoding="utf-8")
    elif suffix == "xlsx":
        _workbook(table, path)
    elif suffix == "parquet":
        table.write_parquet(path)
    else:
        table.write_csv(path, separator="\t" if suffix == "tsv" else ",", include_bom=suffix == "csv")
    told = settings(path.name, microdata=True, weight="w", folder=tmp_path)
    egypt, morocco = import_populations(told)
    assert egypt.answers[0].p == pytest.approx((0.5 / 1.75, 0, 0, 1.25 / 1.75))
    assert [answer.item for answer in morocco.answers] == ["f063"]


def _workbook(table: pl.DataFrame, path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (table.columns, *table.rows()):
        book.active.append(list(row))
    book.save(path)


# --- properties -------------------------------------------------------------------------------------------------------

PERSONS = st.lists(
    st.tuples(
        st.sampled_from(["EGY", "MAR", "Tunisia"]),
        st.floats(0.01, 50, allow_nan=False),
        st.sampled_from(["1", "2", "3", "-9"]),
        st.sampled_from(["1", "2", "3"]),
    ),
    min_size=1,
    max_size=40,
).filter(lambda people: any(agree != "-9" for _, _, agree, _ in people))


def persons(people: list[tuple[str, float, str, str]], weight: str = "w") -> dict[tuple[str, str], Any]:
    rows = [{"place": p, "w": repr(w), "agree": a, "colour": c} for p, w, a, c in people]
    told = settings(microdata=True, weight=weight, missing=["-9"])
    found = from_microdata(told, TOY, text_table(rows))
    return {(one.place, answer.item): answer for one in found for answer in one.answers}


@given(PERSONS, st.randoms())
def test_the_order_of_persons_changes_nothing(people: list[tuple[str, float, str, str]], random: Any) -> None:
    shuffled = list(people)
    random.shuffle(shuffled)
    before, after = persons(people), persons(shuffled)
    assert before.keys() == after.keys()
    for key, answer in before.items():
        assert after[key].p == pytest.approx(answer.p, abs=1e-12)
        assert after[key].n == answer.n and after[key].n_eff == pytest.approx(answer.n_eff)


@given(PERSONS, st.floats(0.01, 100))
def test_equal_weights_are_no_weights(people: list[tuple[str, float, str, str]], weight: float) -> None:
    weighted, plain = persons([(p, weight, a, c) for p, _, a, c in people]), persons(people, "none")
    for key, answer in plain.items():
        assert weighted[key].p == pytest.approx(answer.p, abs=1e-12)
        assert weighted[key].n_eff == pytest.approx(answer.n) and answer.deff == 1


@given(PERSONS)
def test_weights_cost_precision_and_shares_are_shares(people: list[tuple[str, float, str, str]]) -> None:
    for (place, item), answer in persons(people).items():
        column = 2 if item == "agree" else 3
        own = [one for one in people if one[0] in (place, {"TUN": "Tunisia"}.get(place)) and one[column] != "-9"]
        weights = np.array([one[1] for one in own])
        assert answer.deff >= 1 and 1 - 1e-9 <= answer.n_eff <= answer.n == len(own)
        assert answer.n_eff == pytest.approx(weights.sum() ** 2 / (weights**2).sum())
        expected = [sum(w for one, w in zip(own, weights, strict=True) if one[column] == c) for c in "123"]
        assert answer.p == pytest.approx([share / weights.sum() for share in expected], abs=1e-12)
        assert sum(answer.p) == pytest.approx(1, abs=1e-12)


@given(st.lists(st.integers(0, 500), min_size=3, max_size=3).filter(any), st.randoms())
def test_counts_in_any_order_are_the_persons_counted(counts: list[int], random: Any) -> None:
    rows = [{"place": "EGY", "question": "agree", "option": i + 1, "count": n} for i, n in enumerate(counts)]
    random.shuffle(rows)
    answer = only(from_shares(settings(fill={"deff": 1}), TOY, text_table(rows))).answers[0]
    people = [("EGY", 1.0, str(i + 1), "1") for i, n in enumerate(counts) for _ in range(n)]
    same = persons(people, "none")["EGY", "agree"]
    assert answer.p == pytest.approx(same.p) and answer.n_eff == same.n_eff
    assert answer.value == pytest.approx(same.value) and answer.sd == pytest.approx(same.sd, abs=1e-9)


@given(st.integers(-99, 99))
def test_codes_have_one_spelling(code: int) -> None:
    assert {code_text(spelled) for spelled in (code, float(code), f"{code}.0", f" {code} ", f"{code}.")} == {str(code)}


@pytest.mark.parametrize("spelled", ["a165", "A165"])
def test_codes_are_translated_however_the_item_is_spelled(spelled: str, tmp_path: Path) -> None:
    """A file that codes 2 as trust and 1 as care, the other way round."""
    text = "place,w,A165\n" + "EGY,1,1\n" * 3 + "EGY,1,2\n"
    told = settings(
        microdata=True, weight="w", columns={spelled: "A165"}, values={spelled: {"1": "2", "2": "1"}},
        folder=written(tmp_path, text),
    )  # fmt: skip
    assert only(import_populations(told)).answers[0].p == (0.25, 0.75)


def test_halves_are_split_as_often_as_is_said_or_never(tmp_path: Path) -> None:
    text = "place,w,a165\n" + "EGY,1,1\nEGY,1,2\n" * 20
    for times in (0, 3):
        told = settings(microdata=True, weight="w", folder=written(tmp_path, text), halves=times)
        assert len(only(import_populations(told)).answers[0].halves) == times


def test_pooled_waves_and_options_that_nobody_chose_are_said(tmp_path: Path) -> None:
    text = "place,w,Wave,a008\n" + "EGY,1,6,1\nEGY,1,7,2\n" * 20
    told = settings(microdata=True, weight="w", folder=written(tmp_path, text))
    note = only(import_populations(told)).note
    assert "several Wave are pooled (6, 7): choose with where" in note
    assert "nobody in the file chose option 3, 4 of a008: was it offered?" in note
    one_wave = settings(microdata=True, weight="w", folder=tmp_path, where={"Wave": 7})
    assert "pooled" not in only(import_populations(one_wave)).note


# --- bad input --------------------------------------------------------------------------------------------------------

HEADER = "place,question,option,share,n,deff\n"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("EGY,a165,1,.5,,\nEGY,a165,2,.4,,", "people.csv rows 2, 3: share of a165 for EGY sums to 0.9, not 1"),
        ("EGY,a165,1,.5,,\nEGY,a165,2,.5051,,", "sums to 1.0051, not 1; up to 0.005 is taken for printed rounding"),
        ("EGY,a165,1,50,,\nEGY,a165,2,50,,", "row 2: share lies between 0 and 1, not 50"),
        ("EGY,a165,1,-.1,,\nEGY,a165,2,1.1,,", "row 2: share lies between 0 and 1, not -0.1"),
        ("EGY,a165,1,nan,,\nEGY,a165,2,1,,", "row 2: share is a number, not 'nan'"),
        ("EGY,a165,1,,,\nEGY,a165,2,1,,", "row 2: share is a number, not empty"),
        ("EGY,a165,1,half,,", "row 2: share is a number, not 'half'"),
        ("EGY,a999,1,1,,", "row 2: cultural_map has no item 'a999'; it has a008, a165"),
        ("EGY,,1,1,,", "row 2: cultural_map has no item None"),
        ("EGY,a165,3,1,,", "row 2: a165 has no option '3'; it has"),
        ("EGY,a165,,1,,", "row 2: a165 has no option None"),
        ("EGY,a165,1,.5,,\nEgypt,A165,1.0,.5,,", "row 3: option 1.0 of a165 for EGY already stands in row 2"),
        ("Narnia,a165,1,1,,", "row 2: unknown place 'Narnia'"),
        (",a165,1,1,,", "row 2: place is empty"),
        ("EGY,a165,1,1,0,", "n is above 0, not 0"),
        ("EGY,a165,1,1,-5,", "n is above 0, not -5"),
        ("EGY,a165,1,1,10,0", "deff is above 0, not 0"),
        ("EGY,a165,1,.5,100,\nEGY,a165,2,.5,200,", "row 3: n of a165 for EGY is 200, but 100 in row 2"),
        ("EGY,a008,1,.5,,\nEGY,a008,2,.5,,", "no row names option 3, 4 of a008, which has 4; write a row with 0"),
        ("EGY,y003,1,.5,,", "y003 is a multi-select question; options 2, 3"),
    ],
)
def test_faulty_shares_are_named_by_row(rows: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(BadAnswers) as caught:
        import_populations(settings(folder=written(tmp_path, HEADER + rows + "\n")))
    assert said in str(caught.value) and "people.csv" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("place,w,a008\nEGY,0,1\n", "row 2: weight w is above 0, not 0"),
        ("place,w,a008\nEGY,1,1\nEGY,-3,1\n", "row 3: weight w is above 0, not -3"),
        ("place,w,a008\nEGY,,1\n", "row 2: weight w is above 0, not empty"),
        ("place,w,a008\nEGY,NaN,1\n", "row 2: weight w is above 0, not NaN"),
        ("place,w,a008\nEGY,1,1\nEGY,1,9\n", "row 3, column a008 (name codes of no answer under missing)"),
        ("place,w,a008\nEGY,1,1\nEGY,1,NaN\n", "a008 has no option 'NaN'"),
        ("place,w,a008\nNarnia,1,1\n", "row 2: unknown place 'Narnia'"),
        ("place,w,y002/first,y002/second\nEGY,1,2,2\n", "row 2: first and second choice of y002 are the same option"),
        ("place,w,y002/first,y002/second\nEGY,1,2,5\n", "row 2, column y002/second: y002 has the options 1 to 4"),
    ],
)
def test_faulty_persons_are_named_by_row(text: str, said: str, tmp_path: Path) -> None:
    pairs = {part: part for part in ("y002/first", "y002/second") if part in text}
    told = settings(microdata=True, weight="w", columns=pairs, folder=written(tmp_path, text))
    with pytest.raises(BadAnswers) as caught:
        import_populations(told)
    assert said in str(caught.value) and "people.csv" in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("EGY,m01,0,,", "row 2: m01 lies between 1 and 5, not 0 (a refusal coded as 0 is not an answer)"),
        ("EGY,m01,2,,\nEGY,M1,3,,", "row 3: m01 of EGY stands twice"),
        ("EGY,m01,2,-1,", "row 2: sd is not negative"),
        ("EGY,m01,2,1,0", "row 2: n is above 0, not 0"),
        ("EGY,m01,2,1,\nEGY,pdi,50,,", "need a file each"),
    ],
)
def test_faulty_ready_values_are_named_by_row(rows: str, said: str, tmp_path: Path) -> None:
    text = f"place,question,mean,sd,n\n{rows}\n"
    with pytest.raises(BadAnswers) as caught:
        import_populations(settings(instrument="vsm13", folder=written(tmp_path, text)))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("file", "raw", "said"),
    [
        ("people.csv", b"", "people.csv: the file is empty"),
        ("people.csv", b"\xef\xbb\xbf \n", "people.csv: the file is empty"),
        ("people.csv", b"place,question,option,share\n", "there are no rows under the header"),
        ("people.csv", "place,question\nEGY,café\n".encode("latin-1"), "people.csv row 2: not UTF-8"),
        ("people.csv", b"place,question\nEGY,a008,3,4\n", "line 2: cannot be read as csv: 4 cells under 2 headers"),
        ("people.csv", b"place,question,share\nEGY,a008,1\nEGY,a165\n", "line 3: cannot be read as csv: 2 cells"),
        ("people.csv", b"who,what\nEGY,a008\n", "neither shares"),
        ("people.csv", b"place,option,share\nEGY,1,1\n", "no column 'question'"),
        ("people.csv", b"place,question,option,share,count\nEGY,a165,1,1,1\n", "exactly one of share, percent, count"),
        ("people.jsonl", b'{"place": "EGY"\n', "cannot be read as jsonl"),
        ("people.parquet", b"not parquet", "cannot be read as parquet"),
        ("people.xlsx", b"not a workbook", "cannot be read as xlsx"),
        ("people.sav", b"$FL2", "a table is one of .csv"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(file: str, raw: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / file).write_bytes(raw)
    with pytest.raises(BadFile) as caught:
        import_populations(settings(file, folder=tmp_path))
    assert said in str(caught.value) and file in str(caught.value) and "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"people\.csv: there is no such file"):
        import_populations(settings(folder=tmp_path))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"name": "mine"}, "a name is SOURCE-VERSION"),
        ({"name": "hofstede-2015"}, "is shipped"),
        ({"universe": {"age": "18+"}}, "universe has no 'age'; allowed: who, ages"),
        ({"columns": {"plcae": "place"}}, "unknown column 'plcae'; allowed: place"),
        (
            {"columns": {"place": "country"}},
            "columns says place = 'country'; the file has place, question, option, share",
        ),
        ({"fill": {"place": "MAR"}}, "place is both the column 'place' and filled in"),
        ({"weight": "w"}, "weight belongs to microdata"),
        ({"missing": [-1]}, "missing belongs to microdata"),
        ({"where": {"wave": 7}}, "where names the column 'wave'"),
        ({"where": {"place": "MAR"}}, "no row is left by where"),
        ({"microdata": True}, "weight = 'none'"),
        ({"microdata": True, "weight": "w"}, "there is no weight column 'w'"),
        ({"microdata": True, "weight": "none"}, "no header is an item of cultural_map"),
        ({"microdata": True, "weight": "none", "columns": {"a999": "share"}}, "columns names 'a999'"),
        (
            {"microdata": True, "weight": "none", "columns": {"a008": "none"}},
            "a008 = 'none', but there is no such column",
        ),
        ({"microdata": True, "weight": "none", "columns": {"y003/1": "share"}}, "the some question y003 needs y003/1"),
        ({"microdata": True, "weight": "none", "fill": {"deff": 1}}, "microdata can fill in place only"),
        (
            {"microdata": True, "weight": "none", "columns": {"a165": "share"}, "values": {"a008": {"1": "2"}}},
            "values names 'a008', an item that no column of this file is read for",
        ),
        (
            {"microdata": True, "weight": "none", "columns": {"a165": "share"}, "values": {"a999": {"1": "2"}}},
            "values names 'a999', which is neither place nor an item",
        ),
        (
            {"microdata": True, "weight": "none", "columns": {"a165": "share"}, "values": {"a165": {}, "A165": {}}},
            "values names a165 twice",
        ),
        ({"instrument": "nowhere"}, "unknown instrument 'nowhere'"),
    ],
)
def test_settings_that_do_not_fit_say_what_would(more: dict[str, Any], said: str, tmp_path: Path) -> None:
    written(tmp_path, "place,question,option,share\nEGY,a165,1,1\n")
    with pytest.raises(TawazunError) as caught:
        import_populations(settings(folder=tmp_path, **more))
    assert isinstance(caught.value, BadStudy | BadFile) or "unknown instrument" in said
    assert said in str(caught.value) and "\n" not in str(caught.value)
