"""What came back, checked whole before anything is written."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tawazun.data.rows import Row
from tawazun.errors import BadFile
from tawazun.instruments.custom import load_custom
from tawazun.judging.authoring import authored
from tawazun.judging.packs import read_key
from tawazun.judging.rated import Agreed, agreements, labelled
from tawazun.judging.returned import read_packs
from tawazun.runs.writing import write_text


def import_packs(packs: Sequence[Path], key: Path, out: Path) -> tuple[int, list[Agreed], int]:
    """Write the file that was exported with what people said in it (`human`); rows, agreement, number of raters.

    Errors   BadFile naming file, row and column, before anything is written
    """
    _spare([*packs, key], out)
    known = read_key(key)
    raters, ratings = read_packs(packs, known)
    rows = labelled(known, raters, ratings)
    write_text(out, _lines(rows))
    return len(rows), agreements(known, raters, ratings), len(raters)


def import_author(files: Sequence[Path], out: Path) -> int:
    """Write questions that people wrote as a file that `custom:` loads; how many. Errors: BadFile."""
    _spare(files, out)
    made = authored(files)
    text = _lines([item for _, item in made])
    with TemporaryDirectory() as folder:
        # what the loader refuses is never put in place
        trial = Path(folder) / "questions.jsonl"
        write_text(trial, text)
        try:
            load_custom(trial, name=f"custom:{out.name}")
        except BadFile as error:
            raise BadFile(_where_it_came_from(str(error), trial, [row for row, _ in made])) from error
    write_text(out, text)
    return len(made)


def _where_it_came_from(why: str, trial: Path, rows: Sequence[Row]) -> str:
    """What the loader said of the trial, said of the file and row that an author sent."""
    row = re.match(rf"{re.escape(str(trial))} row (\d+)", why)
    if row:
        own = rows[int(row[1]) - 1]
        return f"{own.file} {own.where}{why[row.end() :]}"
    return why.replace(str(trial), ", ".join(dict.fromkeys(one.file for one in rows)))


def _spare(files: Sequence[Path], out: Path) -> None:
    """Refuse to write over what is read: a key or a pack that is gone cannot be made again."""
    for file in files:
        if out.resolve() == file.resolve():
            raise BadFile(f"{out}: it is read here and would be written over; choose another --out")


def _lines(rows: Sequence[Mapping[str, object]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
