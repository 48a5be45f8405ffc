"""Run folders: atomic writes, one writer, no formula in a CSV, and a full disk that loses nothing."""

import csv
import io
import resource
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tawazun.answers import SCHEMA
from tawazun.errors import BadFile, StudyChanged, UserError
from tawazun.estimates import Estimate, scores_table
from tawazun.runs import RunFolder, open_run
from tawazun.runs.folder import safe_csv
from tests.toys import study


def rows(*cells: int, error: str | None = None) -> pl.DataFrame:
    """Answer rows of the given cell numbers."""
    blank: dict[str, object] = dict.fromkeys(SCHEMA, None)
    made = [{**blank, "cell": f"{cell:032x}", "ask": f"{cell:032x}", "error": error} for cell in cells]
    return pl.DataFrame(made, schema=SCHEMA)


def test_parts_become_one_table_in_the_order_written(tmp_path: Path) -> None:
    folder = RunFolder.start(tmp_path / "r", study())
    folder.add_answers(rows(3, 1))
    folder.add_answers(rows(2))
    assert folder.done() == {bytes.fromhex(f"{n:032x}") for n in (1, 2, 3)}
    assert folder.gather_answers() == 3
    assert [int(c, 16) for c in open_run(folder.path).answers["cell"]] == [3, 1, 2]
    assert folder.parts() == []


def test_a_failed_cell_is_not_done_and_its_later_answer_wins(tmp_path: Path) -> None:
    folder = RunFolder.start(tmp_path / "r", study())
    folder.add_answers(rows(1, error="no answer came"))
    folder.add_answers(rows(2))
    assert folder.done() == {bytes.fromhex(f"{2:032x}")}
    folder.gather_answers()
    folder.add_answers(rows(1))
    assert folder.gather_answers() == 2
    assert open_run(folder.path).answers["error"].null_count() == 2


def test_a_gather_cut_short_is_harmless(tmp_path: Path) -> None:
    folder = RunFolder.start(tmp_path / "r", study())
    folder.add_answers(rows(1, 2))
    part = folder.parts()[0]
    content = part.read_bytes()
    folder.gather_answers()
    part.write_bytes(content)
    assert folder.gather_answers() == 2


def test_another_study_and_a_foreign_folder_are_refused(tmp_path: Path) -> None:
    RunFolder.start(tmp_path / "r", study())
    with pytest.raises(StudyChanged, match=r"ask\.languages"):
        RunFolder.start(tmp_path / "r", study(ask={"languages": ["ar"]}))
    RunFolder.start(tmp_path / "r", study(measure={"draws": 200}))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.docx").write_text("mine")
    with pytest.raises(BadFile, match="holds no run"):
        RunFolder.start(tmp_path / "full", study())
    with pytest.raises(BadFile, match="no run here"):
        open_run(tmp_path / "full")


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    folder = RunFolder.start(tmp_path / "r", study())
    with folder.locked(), pytest.raises(UserError, match="another process"), RunFolder(folder.path).locked():
        pass


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@cmd", "\t=1"])
def test_no_text_of_a_csv_is_a_formula(text: str) -> None:
    table = scores_table([Estimate("js_similarity", text, "toy", value=-0.5)])
    line = safe_csv(table).decode().splitlines()[1]
    assert f"'{text}" in line
    assert ",-0.5," in line


def test_a_full_disk_is_one_line_and_keeps_what_was_there(tmp_path: Path) -> None:
    folder = RunFolder.start(tmp_path / "r", study())
    folder.add_answers(rows(1))
    before = {file.name: file.read_bytes() for file in folder.path.rglob("*") if file.is_file()}
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from pathlib import Path\n"
        "from tests.runs.test_folder import rows\n"
        "from tawazun.runs import RunFolder\n"
        "from tawazun.errors import WriteFailed\n"
        "folder = RunFolder(Path(sys.argv[1]))\n"
        "table = rows(*range(5000))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "for write in (lambda: folder.add_answers(table), folder.gather_answers):\n"
        "    try:\n"
        "        write()\n"
        "        print('written')\n"
        "    except WriteFailed as error:\n"
        "        print('failed:', error)\n"
    )
    root = Path(__file__).parents[2]
    ran = subprocess.run([sys.executable, "-c", code, str(folder.path)], capture_output=True, text=True, cwd=root)
    lines = ran.stdout.splitlines()
    assert ran.returncode == 0, ran.stderr
    assert [line.startswith("failed:") and "kept" in line for line in lines] == [True, True]
    assert {file.name: file.read_bytes() for file in folder.path.rglob("*") if file.is_file()} == before
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 1000


def test_an_unwritable_place_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadFile, match="no folder can be made"):
        RunFolder.start(tmp_path / "file" / "run", study())
    with pytest.raises(BadFile, match="a file, not a run folder"):
        RunFolder.start(tmp_path / "file", study())


def test_a_run_is_never_taken_up_with_other_inputs(tmp_path: Path) -> None:
    with RunFolder.hold(tmp_path / "r", study(), {"respondent floor": "a", "texts": "t"}):
        pass
    with RunFolder.hold(tmp_path / "r", study(), {"respondent floor": "a", "texts": "t"}):
        pass
    other = RunFolder.hold(tmp_path / "r", study(), {"respondent floor": "b", "texts": "t"})
    with pytest.raises(StudyChanged, match="respondent floor changed"), other:
        pass


def test_a_second_writer_touches_nothing(tmp_path: Path) -> None:
    with RunFolder.hold(tmp_path / "r", study(), {}) as folder:
        left = folder.path / ".sources.json.1.tmp"
        left.write_text("half")
        with pytest.raises(UserError, match="another process"):
            RunFolder.start(tmp_path / "r", study(measure={"draws": 200}))
        assert left.exists() and "draws = 1000" in (folder.path / "study.toml").read_text()


def test_damaged_files_are_one_line(tmp_path: Path) -> None:
    folder = RunFolder.start(tmp_path / "r", study())
    folder.add_answers(rows(1))
    folder.parts()[0].write_bytes(b"PAR1 broken")
    (folder.path / "manifest.json").write_text("{")
    for read in (folder.done, lambda: open_run(folder.path).answers, lambda: open_run(folder.path).manifest):
        with pytest.raises(BadFile, match="damaged"):
            read()


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        " =1+1",
        "\t=1+1",
        "\u00a0=1",
        "\ufeff=1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\r\n=1",
        "\uff1d1+1",
        "  \uff0b1",
        "\tx",
        "\x01=1",
    ],
)
def test_no_cell_of_the_csv_can_be_read_as_a_formula(cell: str) -> None:
    table = pl.DataFrame({"text": [cell, "plain = no formula", "a-b", ""], "number": [-1.5, 2.0, None, 0.0]})
    rows = list(csv.reader(io.StringIO(safe_csv(table).decode(), newline="")))
    assert rows[1:] == [["'" + cell, "-1.5"], ["plain = no formula", "2.0"], ["a-b", ""], ["", "0.0"]]
