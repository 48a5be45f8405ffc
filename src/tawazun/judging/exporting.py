"""Packs written to a folder: `packs/` to be given away, `key.json` to be kept."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from tawazun.errors import BadFile
from tawazun.judging.authoring import COLUMNS
from tawazun.judging.forms import author_form, rating_form, words_of
from tawazun.judging.packs import columns_of, key_text, make_key, pack_rows, raters_of
from tawazun.runs.folder import safe_csv
from tawazun.runs.writing import write_bytes, write_text

MARK = "\ufeff".encode()


def export_file(file: Path, out: Path, raters: int, language: str, seed: int) -> dict[str, Path]:
    """Packs of a file of pairs or answers; name -> where it lies. Errors: BadFile; a folder that is not empty."""
    words = words_of(language)
    key = make_key(file, raters=raters, language=language, seed=seed)
    folder = _empty(out) / "packs"
    folder.mkdir()
    columns = columns_of(key.kind)
    for rater in raters_of(key):
        table = pl.DataFrame(pack_rows(key, rater), schema=dict.fromkeys(columns, pl.String))
        # the mark at the beginning tells spreadsheets that Arabic is UTF-8
        write_bytes(folder / f"{rater}.csv", MARK + safe_csv(table))
        write_text(folder / f"{rater}.html", rating_form(key, rater))
    write_text(folder / "README.txt", f"{words['intro']}\n\n{words['table']}\n")
    write_text(out / "key.json", key_text(key))
    return {"packs": folder, "key (keep it to yourself)": out / "key.json"}


def export_rows(
    rows: Sequence[Mapping[str, object]], out: Path, raters: int, language: str, seed: int
) -> dict[str, Path]:
    """Packs of rows that were just collected from a run."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "answers.jsonl"
        write_text(file, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        return export_file(file, out, raters, language, seed)


def export_author(out: Path, language: str) -> dict[str, Path]:
    """A blank form for writing questions, as CSV and HTML."""
    form = author_form(language)
    folder = _empty(out)
    write_bytes(folder / "questions.csv", MARK + (",".join(COLUMNS) + "\n").encode())
    write_text(folder / "questions.html", form)
    return {"form": folder / "questions.html", "table": folder / "questions.csv"}


def _empty(out: Path) -> Path:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadFile(f"{out}: there is something there; packs go into a folder of their own, so choose another --out")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadFile(f"{out}: no folder can be made there ({error.strerror})") from error
    return out
