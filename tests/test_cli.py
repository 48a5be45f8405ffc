"""The commands as a user types them: what they print, how they exit, and that nothing is lost."""

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from tawazun.cli.commands import app
from tawazun.runs import open_run
from tests.commands import in_a_process, one_line, tawazun
from tests.toys import write

STUDY = """
version = 1
name = "small"
[[respondent]]
name = "floor"
kind = "uniform"
[ask]
instruments = ["atlas"]
personas = ["none", "x-sahelia"]
wordings = 2
[measure]
populations = ["atlas-1/x-sahelia"]
measures = ["js_similarity", "index"]
"""
HEADER = "instrument,question,persona,option,share\n"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write(tmp_path / "study.toml", STUDY)


def test_a_run_without_a_single_answer_is_a_failure_with_its_reason(tmp_path: Path) -> None:
    ask = 'mode = "sample"\ndecoding = [{ max_tokens = 100000 }]\nitems = ["a01", "a02"]'
    text = STUDY.replace('kind = "uniform"', 'kind = "hf"\nmodel = "planted"').replace("wordings = 2", ask)
    done = tawazun("run", write(tmp_path / "study.toml", text), "--out", tmp_path / "run")
    one_line(done, 1, "not one of 4 cells was answered")
    assert done.stdout.count(" failed: a prompt of ") == 1 and "floor: 4 failed: " in done.stdout


def test_a_run_from_start_to_page(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    dry = tawazun("run", study, "--out", out, "--dry-run", "--json")
    assert json.loads(dry.stdout)["floor"]["cells"] == 240
    assert not out.exists()
    done = in_a_process("run", study, "--out", out, "--json")
    assert json.loads(done.stdout)["counts"]["cells"] == 240
    files = {file.name for file in out.iterdir() if not file.name.startswith(".")}
    assert files == {
        "study.toml", "questions.parquet", "humans.parquet", "sources.json", "answers.parquet", "scores.parquet",
        "scores.csv", "report.html", "manifest.json",
    }  # fmt: skip
    run = open_run(out)
    assert run.answers.height == 240 and run.scores.height == pl.read_csv(out / "scores.csv").height
    manifest = (out / "manifest.json").read_text()
    assert str(tmp_path) not in manifest and run.manifest["kind"] == "study"


def test_measuring_again_asks_nothing_and_takes_new_keys(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    tawazun("run", study, "--out", out)
    before = (out / "answers.parquet").read_bytes()
    study.write_text(STUDY.replace('"index"]', '"index", "w1_similarity"]'))
    assert tawazun("measure", out, "--study", study).returncode == 0
    assert "w1_similarity" in open_run(out).scores["measure"].unique()
    assert (out / "answers.parquet").read_bytes() == before
    assert tawazun("report", out).returncode == 0
    assert tawazun("measure", out).returncode == 0


def test_an_edited_study_stops_the_resume(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    tawazun("run", study, "--out", out)
    before = (out / "answers.parquet").read_bytes()
    one_line(tawazun("run", study, "--out", out, "--set", "ask.wordings=1"), 2, "ask.wordings", "--out")
    assert (out / "answers.parquet").read_bytes() == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"uniform"', '"unifrom"'), ["unifrom", "did you mean 'uniform'"]),
        (('"atlas"]', '"atlass"]'), ["atlass", "did you mean 'atlas'"]),
        (("atlas-1/x-sahelia", "atlas-9"), ["atlas-9", "On offer"]),
        (("atlas-1/x-sahelia", "hofstede_cat-2023"), ["hofstede_cat-2023", "vsm13"]),
        (("atlas-1/x-sahelia", "atlas-1/EGY"), ["atlas-1/EGY", "no answers"]),
        (('"js_similarity"', '"js_similarty"'), ["js_similarty", "js_similarity"]),
        (('kind = "uniform"', 'kind = "hf"\nmodel = "no/such/folder"'), ["no/such/folder"]),
        (('kind = "uniform"', 'kind = "uniform"\noptions = {strength = 1}'), ["uniform makes no use of 'options'"]),
        (("name = \"floor\"", "name = \"floor\"\npassword = \"hunter2\""), ["password", "key_env"]),
        (("wordings = 2", "wordings = 2\nitems = [\"q-none\"]"), ["q-none"]),
        (("wordings = 2", "wordings = 2\ntexts = [\"nothing.csv\"]"), ["texts", "INSTRUMENT=FILE"]),
        (("[measure]", "[[population]]\nname = \"mine-1\"\nfile = \"x.csv\"\ninstrument = \"atlas\"\n[measure]"),
         ["mine-1", "measure.populations"]),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_and_nothing_is_made(
    study: Path, tmp_path: Path, change: tuple[str, str], said: list[str]
) -> None:
    study.write_text(STUDY.replace(*change))
    one_line(tawazun("run", study, "--out", tmp_path / "run"), 2, *said)
    assert not (tmp_path / "run").exists()


def recorded(tmp_path: Path, rows: str | bytes, header: str = HEADER) -> Path:
    content = rows if isinstance(rows, bytes) else (header + rows).encode()
    (tmp_path / "answers.csv").write_bytes(content)
    text = STUDY.replace('kind = "uniform"', 'kind = "recorded"\nfile = "answers.csv"')
    return write(tmp_path / "study.toml", text.replace("wordings = 2\n", ""))


WHOLE = "atlas,{item},none,1,0.5\natlas,{item},none,2,0.5\n"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("", ["answers.csv", "no rows"]),
        (b"", ["answers.csv", "empty"]),
        ("atlas,{item},none,é,1\n".encode("latin-1"), ["answers.csv", "UTF-8"]),
        ("atlas,{item},none,1,0.5\natlas,{item},none,2,0.3\n", ["answers.csv", "{item}", "1"]),
        ("atlas,{item},none,0,0.5\natlas,{item},none,1,0.5\n", ["answers.csv", "row 2", "0", "refusal"]),
        (WHOLE + WHOLE, ["answers.csv", "row 4"]),
        ("atlas,q-none,none,1,1\n", ["answers.csv", "row 2", "q-none"]),
        ("atlas,{item},Sahelia,1,1\n", ["answers.csv", "Sahelia"]),
        ("atlas,{item},none,1,nan\n", ["answers.csv", "row 2"]),
    ],
)
def test_bad_recorded_answers_name_file_and_row(tmp_path: Path, rows: str | bytes, said: list[str]) -> None:
    from tawazun.instruments import instrument

    item = instrument("atlas").questions[0].id
    filled = rows.replace(b"{item}", item.encode()) if isinstance(rows, bytes) else rows.replace("{item}", item)
    if isinstance(filled, bytes) and filled:
        filled = HEADER.encode() + filled
    study = recorded(tmp_path, filled)
    one_line(tawazun("run", study, "--out", tmp_path / "run"), 2, *(word.replace("{item}", item) for word in said))


def test_a_refusal_coded_zero_is_refused_with_its_row(tmp_path: Path) -> None:
    study = recorded(tmp_path, "vsm13,m01,none,3\nvsm13,m19,none,0\n", "instrument,question,persona,mean\n")
    study.write_text(study.read_text().replace('["atlas"]', '["vsm13"]').split("[measure]")[0])
    one_line(tawazun("run", study, "--out", tmp_path / "run"), 2, "row 3", "m19", "refusal coded as 0")


def test_a_bad_data_folder_and_a_missing_run(tmp_path: Path, study: Path) -> None:
    one_line(tawazun("run", study, "--out", tmp_path / "run", "--data", tmp_path / "none"), 2, "--data")
    one_line(tawazun("run", study, "--out", tmp_path / "r2", TAWAZUN_DATA=str(tmp_path / "none")), 2, "TAWAZUN_DATA")
    one_line(tawazun("report", tmp_path / "none"), 2, "no run here")
    one_line(in_a_process("run", tmp_path / "none.toml", "--out", tmp_path / "run"), 2, "none.toml")


def test_lists_and_shows() -> None:
    kinds = json.loads(tawazun("list", "--json").stdout)
    assert {"instruments", "populations", "respondents", "measures", "places", "groups", "studies"} <= kinds.keys()
    here = CliRunner()
    for kind in kinds:
        assert here.invoke(app, ["list", kind]).exit_code == 0
    shown = json.loads(here.invoke(app, ["show", "vsm13", "--json"]).stdout)
    assert "individuals" in shown["not for"] and len(shown["items"]) == 24
    for name in ("hofstede_cat-2023", "js_similarity", "EGY", "group:arab-league@2023-05", "hf", "demo", "steering"):
        assert here.invoke(app, ["show", name]).exit_code == 0
    for spoken, code in (("مصر", "EGY"), ("Arab League", "group:arab-league@2023-05")):
        assert code in here.invoke(app, ["show", spoken]).stdout
    for kind in ("respondents", "studies", "recipes"):
        about = json.loads(here.invoke(app, ["list", kind, "--json"]).stdout)
        assert all(10 < len(line) <= 150 for line in about.values()), about
    one_line(tawazun("show", "vsm31"), 2, "vsm31", "vsm13")
    one_line(tawazun("list", "colours"), 2, "colours", "instruments")
