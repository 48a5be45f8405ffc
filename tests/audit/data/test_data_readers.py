"""Readers: every format and shape comes out the same, and what is wrong with a row is said and not thrown."""

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.audit.data import Fault, Raw, Sample, files_of, read_files
from tawazun.audit.data.encodings import decoded
from tawazun.audit.data.reading import LONGEST_LINE
from tawazun.audit.data.shapes import LONGEST, sample_of
from tawazun.errors import BadFile

RECORDS = [{"instruction": f"سؤال {i}", "output": f'جواب, "{i}"\nسطر'} for i in range(5)]


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def lines(records: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records)


def rows(path: Path, separator: str = "") -> list[Raw]:
    return [one for one in read_files(path, separator) if isinstance(one, Raw)]


def faults(path: Path) -> list[Fault]:
    return [one for one in read_files(path) if isinstance(one, Fault)]


def test_every_format_gives_the_same_rows(tmp_path: Path) -> None:
    table = pl.DataFrame(RECORDS)
    put(tmp_path, "a.jsonl", "\ufeff" + lines(RECORDS))
    put(tmp_path, "b.json", json.dumps(RECORDS, ensure_ascii=False, indent=1))
    table.write_csv(tmp_path / "c.csv")
    table.write_csv(tmp_path / "d.tsv", separator="\t")
    table.write_csv(tmp_path / "h.csv", separator=";")
    table.write_parquet(tmp_path / "e.parquet")
    put(tmp_path, "f.jsonl.gz", gzip.compress(lines(RECORDS).encode()))
    put(tmp_path, "g.jsonl", lines(RECORDS).encode("utf-16"))
    for path in sorted(tmp_path.iterdir()):
        assert [one.fields for one in rows(path)] == RECORDS, path.name
        assert faults(path) == []
    assert len(rows(tmp_path)) == 8 * len(RECORDS)


def test_a_folder_is_read_by_name_and_its_readme_is_no_shard(tmp_path: Path) -> None:
    put(tmp_path, "part/b.jsonl", '{"text": "b"}')
    put(tmp_path, "part/a.jsonl", '{"text": "a"}')
    put(tmp_path, "README.md", "a card")
    put(tmp_path, "notes.pdf", "no")
    assert [(one.file, one.fields["text"]) for one in rows(tmp_path)] == [("part/a.jsonl", "a"), ("part/b.jsonl", "b")]


@pytest.mark.parametrize("name", ["gone.jsonl", "a.docx", "empty"])
def test_nothing_to_read_is_one_clear_line(tmp_path: Path, name: str) -> None:
    put(tmp_path, "a.docx", "x")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadFile, match=name):
        files_of(tmp_path / name)


def test_blocks_of_a_text_file(tmp_path: Path) -> None:
    path = put(tmp_path, "a.txt", "one\ntwo\n***\n\n***\nthree\n***\n")
    assert [(one.number, one.fields["text"]) for one in rows(path, "***")] == [(1, "one\ntwo"), (6, "three")]
    assert [one.fields["text"] for one in rows(path)][:2] == ["one", "two"]


@pytest.mark.parametrize(
    ("name", "content", "code", "number"),
    [
        ("x.jsonl", '{"text": "a"}\nnot json\n{"text": "b"}\n', "not-json", 2),
        ("x.jsonl", '{"text": "a"}\n[1]\n{"text": "b"}', "not-a-record", 2),
        ("x.jsonl", '{"text": "a"}\n{"text": "b"}\n{"text": "cut of', "not-json", 3),
        ("x.json", '[{"text": "a"}, 7, {"text": "b"}]', "not-a-record", 2),
        ("x.json", '[{"text": "a"}, {"text": "b"}, {"text": ', "not-json", 3),
        ("x.csv", "text,other\na,1\nb,2\nc\n", "fields", 4),
        ("x.jsonl.gz", gzip.compress(lines([{"text": "a"}, {"text": "b"}]).encode(), mtime=0), None, 0),
    ],
)
def test_a_bad_row_is_a_fault_in_its_place(
    tmp_path: Path, name: str, content: str | bytes, code: str | None, number: int
) -> None:
    path = put(tmp_path, name, content)
    assert [one.fields["text"] for one in rows(path)] == ["a", "b"]
    assert [(one.code, one.number) for one in faults(path)] == ([(code, number)] if code else [])


def test_a_broken_parquet_and_a_cut_gzip_are_faults(tmp_path: Path) -> None:
    assert [one.code for one in faults(put(tmp_path, "x.parquet", b"PAR1 nothing"))] == ["broken-file"]
    cut = gzip.compress(lines([{"text": "x" * 50 + str(i)} for i in range(3000)]).encode())[:-2000]
    assert "broken-file" in [one.code for one in faults(put(tmp_path, "x.jsonl.gz", cut))]


def test_a_row_of_a_hundred_megabytes_is_passed_over_in_bounded_memory(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "x.jsonl"
    with path.open("wb") as file:
        file.write(b'{"text": "a"}\n{"text": "')
        for _ in range(100):
            file.write(b"x" * 1_000_000)
        file.write(b'"}\n{"text": "b"}\n')
    tracemalloc.start()
    found = list(read_files(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [one.fields["text"] for one in found if isinstance(one, Raw)] == ["a", "b"]
    assert [(one.code, one.number) for one in found if isinstance(one, Fault)] == [("too-long", 2)]
    assert "100 MB" in next(one.why for one in found if isinstance(one, Fault))
    assert peak < 4 * LONGEST_LINE


def test_a_long_text_is_cut_with_a_reason() -> None:
    sample, found = sample_of(Raw("x", 1, {"text": "a" * (LONGEST + 5)}))
    assert sample is not None and len(sample.response) == LONGEST
    assert [(one.code, one.kept) for one in found] == [("cut", True)]


ARABIC, CHINESE, RUSSIAN = (
    "اللغة العربية جميلة ونحن نحبها كثيرا",
    "中华人民共和国是一个伟大的国家",
    "Это русский текст для проверки",
)
JAPANESE, FRENCH = "これは日本語の文章です。とても長いです。", "Le café était fermé à Noël, hélas"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(ARABIC, "cp1256"), (CHINESE, "gb18030"), (RUSSIAN, "cp1251"), (JAPANESE, "shift_jis"), (FRENCH, "cp1252")],
)
def test_old_encodings_are_told_apart(text: str, encoding: str) -> None:
    assert decoded(text.encode(encoding)) == (text, encoding)


def test_rows_of_several_encodings_in_one_file(tmp_path: Path) -> None:
    content = (
        lines([{"text": ARABIC}]).encode() + lines([{"text": ARABIC}]).encode("cp1256") + b'{"text": "\xff\xfe\xfa"}\n'
    )
    found = rows(put(tmp_path, "x.jsonl", content))
    assert [one.fields["text"] for one in found[:2]] == [ARABIC, ARABIC]
    assert [one.encoding for one in found[:2]] == ["", "cp1256"]
    assert [one.code for one in sample_of(found[1])[1]] == ["encoding"]
    assert len(found) == 3


@given(st.binary(max_size=80))
def test_any_bytes_become_a_text(content: bytes) -> None:
    text, encoding = decoded(content)
    assert text.encode("utf-8", "strict").decode() == text
    if not encoding:
        assert content.removeprefix(b"\xef\xbb\xbf").decode() == text


@given(st.binary(max_size=300))
def test_no_file_makes_a_reader_throw(content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        for name in ("x.jsonl", "x.json", "x.csv", "x.txt", "x.jsonl.gz"):
            path = put(Path(folder), name, content)
            assert all(isinstance(one, Raw | Fault) for one in read_files(path))


CONVERSATION = [{"role": "system", "content": "be kind"}, {"role": "user", "content": "ask"},
                {"role": "assistant", "content": "say"}]  # fmt: skip
SHAREGPT = [{"from": "human", "value": "ask"}, {"from": "gpt", "value": "say"}]


@pytest.mark.parametrize(
    ("fields", "shape", "expected"),
    [
        ({"messages": CONVERSATION}, "messages", ("ask", "say", "")),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "ask"}]}, CONVERSATION[2]]}, "messages",
         ("ask", "say", "")),
        ({"conversations": SHAREGPT}, "conversations", ("ask", "say", "")),
        ({"instruction": "do", "input": "this", "output": "done"}, "instruction", ("do\nthis", "done", "")),
        ({"instruction": "do", "input": "", "output": "done"}, "instruction", ("do", "done", "")),
        ({"prompt": "ask", "chosen": "good", "rejected": "bad"}, "preference", ("ask", "good", "bad")),
        ({"chosen": CONVERSATION[1:], "rejected": [*CONVERSATION[1:2], {"role": "assistant", "content": "no"}]},
         "preference", ("ask", "say", "no")),
        ({"conversations": SHAREGPT[:1], "chosen": SHAREGPT[1], "rejected": {"from": "gpt", "value": "no"}},
         "preference", ("ask", "say", "no")),
        ({"prompt": "ask", "completion": "say"}, "prompt-completion", ("ask", "say", "")),
        ({"question": "ask", "answer": "say"}, "question-answer", ("ask", "say", "")),
        ({"text": "plain"}, "text", ("", "plain", "")),
        ({"conversations": [SHAREGPT, SHAREGPT]}, "conversations", ("ask\nask", "say\nsay", "")),
        ({"dialogue": [{"speaker": "User", "utterance": "ask"}, {"speaker": "bot", "utterance": "say"}]}, "dialogue",
         ("ask", "say", "")),
        ({"chat": [{"author": "Mona", "text": "ask"}, {"author": "Omar", "text": "say"}]}, "dialogue",
         ("ask", "say", "")),
        ({"id": "1", "data": ["ask", "say"]}, "dialogue", ("ask", "say", "")),
        ({"data": ["a", "b"], "question": "ask", "answer": "say"}, "question-answer", ("ask", "say", "")),
    ],
)  # fmt: skip
def test_shapes_are_recognised(fields: dict[str, Any], shape: str, expected: tuple[str, str, str]) -> None:
    sample, found = sample_of(Raw("x", 3, fields))
    assert sample is not None and found == []
    assert (sample.shape, (sample.instruction, sample.response, sample.rejected)) == (shape, expected)


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"a": 1, "b": 2}, "shape"), ({"text": "  \n"}, "empty"), ({"instruction": "", "output": ""}, "empty"),
     ({"data": ["only one"]}, "shape"), ({"turns": 3}, "shape"), ({"messages": [[CONVERSATION]]}, "shape"),
     ({"messages": []}, "shape"), ({"messages": [{"no": "role"}]}, "shape"), ({"text": None}, "shape")],
)  # fmt: skip
def test_rows_that_say_nothing_are_left_out_with_a_reason(fields: dict[str, Any], code: str) -> None:
    sample, found = sample_of(Raw("x", 3, fields))
    assert sample is None
    assert [(one.code, one.kept) for one in found] == [(code, False)]


def test_a_text_that_is_no_text_is_said() -> None:
    _, found = sample_of(Raw("x", 3, {"id": 1, "text": 3.5}))
    assert "the columns id, text (text holds float, not text); --column" in found[0].why


@pytest.mark.parametrize("name", ["instruction", "messages", "prompt", "dialogue"])
def test_lists_in_lists_are_a_fault_and_no_error(tmp_path: Path, name: str) -> None:
    deep = "[" * 900 + '"x"' + "]" * 900
    path = put(tmp_path, "x.jsonl", f'{{"{name}": {deep}, "output": {deep}}}\n{{"text": "fine"}}'.encode())
    rows = [sample_of(one) if isinstance(one, Raw) else (None, [one]) for one in read_files(path)]
    assert len(rows) == 2 and rows[1][0] is not None


def test_a_question_without_an_answer_is_kept_and_told() -> None:
    sample, found = sample_of(Raw("x", 3, {"question": "why?", "answer": ""}))
    assert sample == Sample("x", 3, "question-answer", "why?", "", turns=2)
    assert [one.code for one in found] == ["no-response"]


def test_columns_that_a_user_names_decide() -> None:
    fields = {"tweet": "a tweet", "question": "x", "answer": "y", "lg": "ar-EG"}
    sample, _ = sample_of(Raw("x", 1, fields), {"text": "tweet", "language": "lg"})
    assert sample is not None and (sample.response, sample.shape, sample.tag) == ("a tweet", "text", "ar-EG")
    assert sample_of(Raw("x", 1, fields), {"text": "gone"})[0] is None
    preferred, _ = sample_of(
        Raw("x", 1, fields), {"instruction": "question", "response": "answer", "rejected": "tweet"}
    )
    assert preferred is not None and (preferred.shape, preferred.rejected) == ("preference", "a tweet")


def test_a_record_of_a_json_list_that_is_too_long_ends_the_file_with_a_fault(tmp_path: Path) -> None:
    path = put(tmp_path, "x.json", '[{"text": "a"}, {"text": "' + "x" * (2 * LONGEST_LINE + 10) + '"}]')
    assert [one.fields["text"] for one in rows(path)] == ["a"]
    assert [(one.code, one.number) for one in faults(path)] == [("not-json", 2)]


def test_a_quote_that_is_never_closed_ends_the_file_and_makes_no_rows_of_its_lines(tmp_path: Path) -> None:
    line = "a line inside of the quote " * 40_000 + "\n"
    path = put(tmp_path, "a.csv", 'text\nfirst\n"' + line * 17)
    found = list(read_files(path))
    assert [one.fields for one in found if isinstance(one, Raw)] == [{"text": "first"}]
    assert [(one.code, "what follows is left out" in one.why) for one in found if isinstance(one, Fault)] == [
        ("broken-file", True)
    ]
