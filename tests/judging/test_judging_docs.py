"""docs/judging.md runs as written; people are played by somebody who prefers what is the country's own."""

import re
import shlex
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from tawazun.cli.commands import app
from tawazun.runs import open_run
from tests.judging.test_rating import filled, read, write
from tests.pages import REPO, blocks


def fill(pack: Path) -> None:
    """A pack filled in by hand, in place."""
    write(pack, filled(read(pack), lambda row: {"choice": "2" if "c=USA" in row["answer_1"] else "1"}))


def test_the_page_runs_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = ""
    for language, text in blocks((REPO / "docs" / "judging.md").read_text(encoding="utf-8")):
        if named := re.match(r"# file: (\S+)\n", text):
            Path(named[1]).write_text(text[named.end() :], encoding="utf-8")
        for line in text.strip().splitlines() if language == "sh" else ():
            command, *arguments = shlex.split(line)
            for pack in arguments[2:4] if arguments[:2] == ["rate", "import"] else ():
                fill(Path(pack))
            done = CliRunner().invoke(app, arguments)
            assert command == "tawazun" and done.exit_code == 0, f"{line}\n{done.output}{done.exception}"
            said += done.output
    assert "preferences.jsonl: 8 rows" in said and "alpha 1.000" in said
    rows = open_run("agreed").scores.filter((pl.col("measure") == "agreement") & pl.col("facet").str.ends_with("share"))
    found = {(row["respondent"], row["group"]): row["value"] for row in rows.iter_rows(named=True)}
    assert {value for (who, _), value in found.items() if who in ("sound", "ceiling:people")} == {1.0}
    assert [found["blind", group] for group in ("", "country:EGY", "country:MAR")] == [0.5, 1.0, 0.0]
    page = (Path("judged") / "report.html").read_text(encoding="utf-8")
    assert "No person labelled these answers" in page
