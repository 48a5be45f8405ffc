"""Bad training sets as a user types them: a clear outcome per row, or one clear line, in bounded memory."""

import gzip
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tawazun.cli import main

ARABIC = "تعتبر اللغة العربية من أكثر اللغات انتشارا في العالم وهي لغة قديمة"
JAPANESE = "これは日本語の文章です。とても長いです。"
LONG = 100_000_000


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of `tawazun audit data …`."""
    monkeypatch.setattr(sys, "argv", ["tawazun", "audit", "data", *words])
    with pytest.raises(SystemExit) as left:
        main()
    told = capsys.readouterr()
    return int(left.value.code or 0), told.out, told.err


def encoded() -> bytes:
    """Rows of four encodings in one file, and one of none."""
    rows = [(ARABIC, "utf-8"), (ARABIC + " x", "cp1256"), (JAPANESE, "shift_jis"), ("naïve café déjà vu", "cp1252")]
    lines = [json.dumps({"text": text}, ensure_ascii=False).encode(encoding) for text, encoding in rows]
    return b"\n".join([*lines, b'{"text": "\xff\xfe\x80 \x81 \x82"}'])


GOOD = '{"text": "a row that can be measured in English"}\n'
SETS: dict[str, tuple[bytes, list[str]]] = {
    "one row": (GOOD.encode(), ["1 rows in 1 shards", "one row: no metric of a set can be told from chance"]),
    "all alike": (GOOD.encode() * 300, ["99.7% of rows stand in the set before"]),
    "emoji only": ('{"text": "🎉🎉👍🏽"}\n{"text": "🎉 👩‍👩‍👧"}\n'.encode(),
                   ["2 rows have neither letter nor digit", "languages: und 2"]),
    "turned": (b'{"text": "\\u202eevil\\u202c \\u2066x\\u2069 and more"}\n{"text": "plain"}\n',
               ["1 rows have marks that turn the direction of writing"]),
    "encodings": (encoded(), ["4 rows are not UTF-8 and were read by a guess", "5 rows in"]),
    "empty rows": (b'{"text": ""}\n{"text": null}\n{"text": " \\n "}\n' + GOOD.encode(),
                   ["are empty and are left out", "1 rows in"]),
    "wrong tag": (json.dumps({"text": ARABIC, "language": "en"}).encode() + b"\n" + GOOD.encode(),
                  ["1 rows say that they are in another language"]),
    "lists in lists": (b'{"instruction": ' + b"[" * 300 + b"1" + b"]" * 300 + b', "output": "x"}\n' + GOOD.encode(),
                       ["2 rows in 2 shards", "instruction 1, text 1"]),
    "byte order mark": (b"\xef\xbb\xbf" + GOOD.encode() * 2, ["2 rows in 1 shards"]),
    "UTF-16": ((GOOD * 2).encode("utf-16"), ["2 rows in 1 shards", "languages: en 2"]),
    "numbers": (b'{"text": NaN}\n{"text": 3}\n' + GOOD.encode(), ["2 rows have columns of no known shape",
                                                                    "text holds float, not text"]),
    "nested": (b"[" * 100_000 + b"\n" + GOOD.encode(), ["1 rows are not JSON and are left out"]),
}  # fmt: skip


@pytest.mark.parametrize("name", SETS)
def test_bad_rows_are_told_and_the_rest_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    content, told = SETS[name]
    path = tmp_path / "set.jsonl"
    path.write_bytes(content)
    code, out, _ = run(monkeypatch, capsys, str(path), "--out", str(tmp_path / "out"))
    assert code == 0
    assert [one for one in told if one not in out] == []
    assert pl.read_parquet(tmp_path / "out" / "metrics.parquet").filter(pl.col("value").is_infinite()).is_empty()
    assert (tmp_path / "out" / "report.html").is_file()


def test_a_cut_archive_is_measured_up_to_where_it_breaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    draw = random.Random(1)
    content = "".join(f'{{"text": "row {draw.random()} of an archive in English"}}\n' for _ in range(4000)).encode()
    packed = gzip.compress(content)
    path = tmp_path / "set.jsonl.gz"
    path.write_bytes(packed[: len(packed) // 2])
    code, out, _ = run(monkeypatch, capsys, str(path), "--family", "scripts", "--language", "en")
    assert code == 0 and "1 files are broken and read in part" in out
    assert 1500 < int(out.partition(" rows in")[0].replace(",", "")) < 2500


def test_conversations_of_a_parquet_under_other_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = [{"speaker": "user", "utterance": "how are you?"}, {"speaker": "bot", "utterance": "well, thank you"}]
    path = tmp_path / "set.parquet"
    pl.DataFrame({"dialogue": [said, said]}).write_parquet(path)
    code, out, _ = run(monkeypatch, capsys, str(path), "--language", "en")
    assert code == 0 and "shapes: dialogue 2" in out
    pl.DataFrame({"exchange": [said, said]}).write_parquet(path)
    code, _, err = run(monkeypatch, capsys, str(path), "--language", "en")
    assert code == 2 and "no shape is known with the columns exchange" in err
    code, out, _ = run(monkeypatch, capsys, str(path), "--language", "en", "--column", "messages=exchange")
    assert code == 0 and "shapes: messages 2" in out


NOTHING: dict[str, tuple[str, bytes, str]] = {
    "empty file": ("x.jsonl", b"", "its files hold no row"),
    "white space": ("x.jsonl", b"\n \n\n", "its files hold no row"),
    "only brackets": ("x.json", b"[" * 200_000, "its files hold no row"),
    "only empty rows": ("x.jsonl", b'{"text": ""}\n', "nothing is written in it (read as text) (x.jsonl row 1)"),
    "missing columns": (
        "x.csv",
        b"a,b\n1,2\n",
        "no shape is known with the columns a, b; --column text=NAME says which",
    ),
    "no Parquet": ("x.parquet", b"not parquet", "not Parquet, or cut off"),
    "unknown kind": ("x.docx", b"x", "rows come from .jsonl"),
}


@pytest.mark.parametrize("name", NOTHING)
def test_a_set_of_nothing_is_one_line_and_leaves_no_audit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    file, content, line = NOTHING[name]
    (tmp_path / file).write_bytes(content)
    code, out, err = run(monkeypatch, capsys, str(tmp_path / file), "--out", str(tmp_path / "out"))
    assert (code, out) == (2, "") and line in err and err.count("\n") == 1
    assert not (tmp_path / "out" / "manifest.json").exists()


HUB: dict[str, tuple[Exception, str]] = {
    "gated": (type("GatedRepoError", (OSError,), {})("401 Client Error"), "owner/set"),
    "vanished": (type("DatasetNotFoundError", (FileNotFoundError,), {})("gone"), "no such set, or it is gated"),
    "offline": (ConnectionError("no route"), "cannot be reached"),
}


@pytest.mark.parametrize("when", ["at once", "after some rows"])
@pytest.mark.parametrize("name", HUB)
def test_a_set_of_the_hub_that_cannot_be_read_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, when: str
) -> None:
    datasets = pytest.importorskip("datasets")
    error, line = HUB[name]

    def broken() -> Iterator[dict[str, str]]:
        yield {"text": "one row in English came before"}
        raise error

    def load(*_: Any, **__: Any) -> Iterator[dict[str, str]]:
        if when == "at once":
            raise error
        return broken()

    monkeypatch.setattr(datasets, "load_dataset", load)
    code, out, err = run(monkeypatch, capsys, "hub:owner/set", "--out", str(tmp_path / "out"))
    # what broke off may be had by trying again; what was never there may not
    expected = (2, line) if when == "at once" else (1, "owner/set: the stream broke off")
    assert (code, out) == (expected[0], "") and expected[1] in err and err.count("\n") == 1, err
    assert not (tmp_path / "out" / "manifest.json").exists()


def huge(path: Path) -> Path:
    """A set whose one row has 100 MB, with a short row behind it where the format can hold both."""
    text = "word and another " * (LONG // 17)
    if path.suffix == ".parquet":
        pl.DataFrame({"text": [text, "short row in English"]}).write_parquet(path)
    elif path.suffix == ".csv":
        path.write_text(f'text\n"{text}"\n"short row in English"\n')
    elif path.suffix == ".json":
        path.write_text(json.dumps([{"text": "short row in English"}, {"text": text}]))
    else:
        path.write_text(json.dumps({"text": text}) + "\n" + GOOD)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["jsonl", "json", "csv", "parquet"])
def test_a_row_of_a_hundred_megabytes_takes_no_more_memory_than_a_few_of_it(tmp_path: Path, suffix: str) -> None:
    path = huge(tmp_path / f"set.{suffix}")
    script = (
        "import sys, resource; from tawazun.cli import main\n"
        f"sys.argv = ['tawazun', 'audit', 'data', {str(path)!r}, '--language', 'en']\n"
        "try:\n main()\nexcept SystemExit as left: assert not left.code\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(ran.stdout.splitlines()[-1]) < 800
    assert (
        "too long for one example" in ran.stdout or "measured by their beginning" in ran.stdout or "JSON" in ran.stdout
    )
