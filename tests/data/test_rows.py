"""Rows of a benchmark's file: what breaks is named by file, row and column, and nothing is half read."""

import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.data.rows import LONGEST_LINE, read_rows
from tawazun.data.tables import read_table
from tawazun.errors import BadFile


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


ONE = '{"id": "a", "question": "سؤال", "answer": "نعم"}\n'


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("x.jsonl", ONE + '{"id": "b", "question": "?"}\n', r"x.jsonl row 2, column answer: this row does not have it"),
        ("x.jsonl", '{"id": "a"}\n', r"x.jsonl: the column 'answer' is missing; the file has id"),
        ("x.jsonl", ONE + "not json\n", r"x.jsonl row 2: not JSON"),
        ("x.jsonl", ONE + "[1]\n", r"x.jsonl row 2: a row is a record"),
        (
            "x.jsonl",
            ONE.encode() + '{"id": "b", "question": "سؤال"}'.encode("cp1256"),
            r"row 2, column question: not UTF",
        ),
        ("x.jsonl", ONE.encode() + b"\xff\xfe\n", r"x.jsonl row 2: not UTF-8"),
        ("x.jsonl", ONE + '{"id": "' + "x" * LONGEST_LINE + '"}', r"x.jsonl row 2: the line is longer than 4 MB"),
        ("x.json", b'[\n{"id": "\xe9"}]', r"x.json line 2: not UTF-8"),
        ("x.csv", "id,question,answer\na,b\n", r"x.csv line 2, row 1: 2 fields under 3 headers"),
        ("x.csv", b"id,question,answer\na,b,c\nd,\xda\xe1,f\n", r"x.csv line 3, row 2, column question: not UTF-8"),
        ("x.csv", "id,id,answer\n", r"header 'id' stands twice"),
        ("x.csv", "id,question,answer\na," + "x" * LONGEST_LINE + "y,c\n", r"x.csv line 2: cannot be read as CSV"),
        ("x.jsonl", "", r"x.jsonl: the file is empty"),
        ("x.jsonl", "\n\n", r"x.jsonl: there are no rows"),
        ("x.txt", "a", r"x.txt: rows come from"),
        ("x.xlsx", "PK", r"x.xlsx: rows come from .* save the sheet as CSV \(UTF-8\)"),
        ("x.csv", "sep=;\nid;question;answer\na;b\n", r"x.csv line 3, row 1: 2 fields under 3 headers"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, content: str | bytes, why: str) -> None:
    with pytest.raises(BadFile, match=why):
        read_rows(put(tmp_path, name, content), ("id", "answer"), root=tmp_path)


@pytest.mark.parametrize(("head", "mark"), [("", ";"), ("", "\t"), ("sep=;\r\n", ";"), ('"sep=,"\n', ",")])
def test_what_a_spreadsheet_puts_between_fields_is_seen(tmp_path: Path, head: str, mark: str) -> None:
    lines = [mark.join(fields) for fields in (("id", "answer"), ("a", '"one; two, three"'), ("b", "x"))]
    rows = read_rows(put(tmp_path, "x.csv", head + "\r\n".join(lines) + "\r\n"), ("id", "answer"))
    assert [row.fields for row in rows] == [{"id": "a", "answer": "one; two, three"}, {"id": "b", "answer": "x"}]


def test_a_text_of_ten_megabytes_is_named_by_its_column(tmp_path: Path) -> None:
    pl.DataFrame({"id": ["a", "b"], "question": ["?", "x" * 10_000_000]}).write_parquet(tmp_path / "x.parquet")
    rows = read_rows(tmp_path / "x.parquet", root=tmp_path)
    with pytest.raises(BadFile, match=r"x.parquet row 2, column question: 10,000,000 letters"):
        rows[1].text("question")


def test_half_a_character_is_no_text(tmp_path: Path) -> None:
    (row,) = read_rows(put(tmp_path, "x.jsonl", '{"question": "a\\ud800"}'), root=tmp_path)
    with pytest.raises(BadFile, match=r"row 1, column question: half of a surrogate pair"):
        row.text("question")


def test_a_row_is_named_by_its_line_and_by_its_number_among_the_rows(tmp_path: Path) -> None:
    """A cell over two lines and an empty line set an editor's lines and the rows apart."""
    text = 'id,question\n1,"over\ntwo lines"\n\n2,x\n'
    rows = read_rows(put(tmp_path, "x.csv", text), root=tmp_path)
    assert [(row.number, row.at, row.where) for row in rows] == [(2, 1, "line 2, row 1"), (5, 2, "line 5, row 2")]
    assert str(rows[1].fault("id", "why")) == "x.csv line 5, row 2, column id: why"
    apart = read_rows(put(tmp_path, "y.jsonl", '{"id": 1}\n\n{"id": 2}\n'), root=tmp_path)
    assert [row.where for row in apart] == ["row 1", "line 3, row 2"]
    assert apart[1].holding({"a": 1}).where == "line 3, row 2"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        (
            "x.jsonl",
            '{"id": 1, "question": "a"}\n{"id": 2, "question": "b", "id": 3}\n',
            "row 2: the key 'id' stands twice",
        ),
        ("x.json", '{"a1": {"question": "x"}, "a1": {"question": "y"}}', "x.json: the key 'a1' stands twice"),
        ("x.json", '{"a1": {"question": "x"}, "a2": "y"}', "x.json key 'a2': a row is a record with named fields"),
        ("x.csv", "id|question\n1|x\n", r"columns are set apart by bars \('id\|question'\); save it with commas"),
        ("x.tsv", "id,question\n1,x\n", r"columns are set apart by commas \('id,question'\); save it with tabs"),
    ],
)
def test_what_a_parser_would_lose_is_refused(tmp_path: Path, name: str, content: str, why: str) -> None:
    with pytest.raises(BadFile, match=why):
        read_rows(put(tmp_path, name, content), root=tmp_path)


def test_a_table_with_semicolons_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"set apart by semicolons \('place;item'\); save it with commas"):
        read_table(put(tmp_path, "people.csv", "place;item\nEGY;1\n"))


@given(st.lists(st.fixed_dictionaries({"a": st.text(min_size=1), "b": st.integers()}), min_size=1, max_size=5))
def test_rows_come_back_as_they_were_written(tmp_path_factory: pytest.TempPathFactory, rows: list[dict]) -> None:
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    path = put(tmp_path_factory.mktemp("rows"), "x.jsonl", lines)
    assert [row.fields for row in read_rows(path)] == rows


@given(st.binary(max_size=200), st.sampled_from([".jsonl", ".json", ".csv", ".tsv", ".parquet"]))
def test_any_bytes_are_rows_or_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, suffix: str
) -> None:
    path = put(tmp_path_factory.mktemp("bytes"), f"x{suffix}", content)
    try:
        assert read_rows(path, root=path.parent)
    except BadFile as error:
        assert str(error).startswith("x.")


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        ("cells.csv", 'a,b\n"x\n\ny",1\nz,2\n', [2, 5]),
        ("windows.csv", 'a,b\r\n"x\r\ny",1\r\nz,2\r\n', [2, 4]),
        ("tabs.tsv", "a\tb\nx\t1\nz\t2\n", [2, 3]),
        ("empty.jsonl", '{"a": "x"}\n\n{"a": "z"}\n', [1, 3]),
    ],
)
def test_rows_of_tables_are_the_lines_that_an_editor_shows(
    tmp_path: Path, name: str, text: str, lines: list[int]
) -> None:
    (tmp_path / name).write_bytes(text.encode())
    table = read_table(tmp_path / name)
    assert table["#row"].to_list() == lines and table["a"].to_list()[-1] == "z"
