"""A user's own texts: read in, replacing or adding; each fault named with file, row and what was allowed."""

import json
from pathlib import Path

import pytest

from tawazun.errors import BadFile
from tawazun.instruments import instrument
from tawazun.instruments.official import with_texts

VSM = instrument("vsm13")
MAP = instrument("cultural_map")
HEADER = "question,language,wording,stem,options"
FIVE = "a | b | c | d | e"


def csv_file(folder: Path, *rows: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
    """A CSV file of these rows."""
    file = folder / "texts.csv"
    file.write_bytes("\n".join((header, *rows)).encode(encoding))
    return file


def test_csv_adds_a_wording(tmp_path: Path) -> None:
    file = csv_file(tmp_path, f'1,en,official,"Time, for me?",{FIVE}', f"M02,ar-EG,mine,س؟,{FIVE}")
    got = with_texts(VSM, file)
    first, second = got.question("m01"), got.question("m02")
    assert first is not None and second is not None
    wording = first.worded("en", "official")
    assert wording is not None
    assert (wording.stem, wording.options) == ("Time, for me?", ("a", "b", "c", "d", "e"))
    assert (wording.status, wording.author) == ("official", "")
    assert first.worded("en", "w1") is not None
    assert second.worded("ar-EG", "mine") is not None
    assert VSM.questions[0].worded("en", "official") is None


def test_a_wording_of_the_same_item_language_and_id_is_replaced(tmp_path: Path) -> None:
    before = VSM.questions[0]
    after = with_texts(VSM, csv_file(tmp_path, f"m01,en,w1,New?,{FIVE}")).questions[0]
    assert len(after.wordings) == len(before.wordings)
    replaced, kept = after.worded("en", "w1"), after.worded("ar", "w1")
    assert replaced is not None and replaced.stem == "New?"
    assert kept == before.worded("ar", "w1")


def test_every_item_in_a_new_language_makes_that_language(tmp_path: Path) -> None:
    rows = [f"{n},sw,official,Swali {n}?,{FIVE}" for n in range(1, 25)]
    got = with_texts(VSM, csv_file(tmp_path, *rows))
    assert "sw" in got.languages and got.wording_ids("sw") == ("official",)
    assert "sw" not in with_texts(VSM, csv_file(tmp_path, *rows[:-1])).languages


def test_jsonl_with_lists_and_optional_columns(tmp_path: Path) -> None:
    row = {
        "question": "Y002", "language": "fr", "wording": "w1", "stem": "Quel but ?",
        "options": ["a", "b", "c", "d | e"],
        "author": "A", "translator": "B", "native_reviewer": "C", "status": "reviewed",
    }  # fmt: skip
    file = tmp_path / "texts.jsonl"
    file.write_text(json.dumps(row) + "\n\n", encoding="utf-8")
    got = with_texts(MAP, file)
    question = got.question("y002")
    wording = question.worded("fr", "w1") if question else None
    assert wording is not None
    assert (wording.author, wording.translator, wording.native_reviewer) == ("A", "B", "C")
    assert wording.status == "reviewed" and wording.options[3] == "d | e"


def test_official_texts_are_not_to_be_shown_and_drafts_change_no_terms(tmp_path: Path) -> None:
    official = with_texts(VSM, csv_file(tmp_path, f"1,en,o,Q?,{FIVE}"))
    assert official.source.redistribute == "aggregates" and "texts.csv" in official.source.terms
    assert str(tmp_path) not in official.source.terms
    draft = with_texts(VSM, csv_file(tmp_path, f"1,en,o,Q?,{FIVE},draft", header=f"{HEADER},status"))
    assert draft.source == VSM.source


def test_byte_order_mark_blank_lines_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    file = tmp_path / "texts.csv"
    file.write_bytes(f"{HEADER}\r\n\r\n1,en,o,Q?,{FIVE}\r\n".encode("utf-8-sig"))
    assert with_texts(VSM, file).questions[0].worded("en", "o") is not None


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (f"m99,en,o,Q?,{FIVE}", "row 2: vsm13 has no item 'm99'; allowed: m01, m02"),
        ("1,en,o,Q?,a | b | c", "row 2: m01 needs 5 options .* 3 came"),
        ("1,en,o,Q?,", "row 2: m01 needs 5 options .* 0 came"),
        ("1,en,o,Q?,a | b |  | d | e", "row 2: option 3 of m01 is empty"),
        ("1,en,o,Q?,a | b | a | d | e", "row 2: two options of m01 read the same"),
        (f"1,en,o,  ,{FIVE}", "row 2: m01 has an empty stem"),
        (f"1,English!,o,Q?,{FIVE}", "row 2: language 'English!' is not allowed; give a BCP 47 tag"),
        (f"1,en,,Q?,{FIVE}", "row 2: wording '' is not allowed; give letters"),
        (f"1,en,o,Q, and more?,{FIVE}", "row 2: 6 cells, the header has 5; quote commas"),
        (f'1,en,o,"Q"x,{FIVE}', "row 2: not CSV"),
        (f"1,en,o,Q?,{FIVE}\n01,en,o,Again?,{FIVE}", "row 3: m01 en/o stands twice"),
    ],
)
def test_faults_in_a_row(row: str, fault: str, tmp_path: Path) -> None:
    file = csv_file(tmp_path, row)
    with pytest.raises(BadFile, match=f"texts.csv, {fault}"):
        with_texts(VSM, file)


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        ("question,language,wording,stem", r"misses column\(s\) 'options'; needed: question, language"),
        (f"{HEADER},staus", r"has the unknown column\(s\) 'staus'; .* optional: author"),
        (f"{HEADER},stem", r"has twice the column\(s\) 'stem'"),
    ],
)
def test_faults_in_the_header(header: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=f"texts.csv, row 1: {fault}"):
        with_texts(VSM, csv_file(tmp_path, f"1,en,o,Q?,{FIVE}", header=header))


def test_an_unknown_status_is_refused(tmp_path: Path) -> None:
    file = csv_file(tmp_path, f"1,en,o,Q?,{FIVE},final", header=f"{HEADER},status")
    with pytest.raises(BadFile, match="row 2: status 'final' is not allowed; give draft, reviewed, official"):
        with_texts(VSM, file)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("{", "row 1: not JSON"),
        ("[1]", "row 1: each line is one JSON object, not list"),
        ('{"question": "m01"}', r"row 1: misses column\(s\) 'language', 'wording', 'stem', 'options'"),
        ('{"question":1,"language":"en","wording":"o","stem":"Q","options":[]}', "row 1: question must be text, not 1"),
        (
            '{"question":"1","language":"en","wording":"o","stem":"Q","options":[1,2,3,4,5]}',
            "row 1: options must be a list of texts",
        ),
    ],
)
def test_faults_in_a_json_line(line: str, fault: str, tmp_path: Path) -> None:
    file = tmp_path / "texts.jsonl"
    file.write_text(line, encoding="utf-8")
    with pytest.raises(BadFile, match=f"texts.jsonl, {fault}"):
        with_texts(VSM, file)


def test_faults_of_the_file_itself(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"texts.csv: no row; each row is one wording"):
        with_texts(VSM, csv_file(tmp_path))
    with pytest.raises(BadFile, match=r"texts.csv: not UTF-8 \(byte \d+\)"):
        with_texts(VSM, csv_file(tmp_path, f"1,ar,o,سؤال,{FIVE}", encoding="cp1256"))
    empty = tmp_path / "empty.csv"
    empty.write_text(" \n", encoding="utf-8")
    with pytest.raises(BadFile, match=r"empty\.csv: empty; it needs rows with question"):
        with_texts(VSM, empty)
    with pytest.raises(BadFile, match=r"gone\.csv: cannot be read"):
        with_texts(VSM, tmp_path / "gone.csv")
    with pytest.raises(BadFile, match=r"texts\.xlsx: texts are read from \.csv or \.jsonl files, not \.xlsx"):
        with_texts(VSM, tmp_path / "texts.xlsx")
