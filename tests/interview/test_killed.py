"""kill -9 at random moments: nothing finished is asked twice, and the end is that of a run nobody touched."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from tawazun import api
from tawazun.errors import StudyChanged
from tawazun.runs import open_run
from tests.toys import write

CHILD = Path(__file__).parent / "slow_child.py"
STUDY = """
version = 1
name = "killed"
[[respondent]]
name = "floor"
kind = "uniform"
[ask]
instruments = ["atlas"]
personas = ["none", "human", "x-sahelia"]
languages = ["en"]
wordings = 5
orders = ["forward", "reversed", "rotate-1"]
[measure]
measures = ["index"]
"""


def command(tmp_path: Path, out: str) -> list[str]:
    return [sys.executable, str(CHILD), str(tmp_path / "study.toml"), str(tmp_path / out), str(tmp_path / f"{out}.log")]


def stored(run: Path) -> set[str]:
    """Asks with an answer on disk."""
    files = [*run.glob("answers.parquet"), *run.glob("answers/part-*.parquet")]
    return {ask for file in files for ask in pl.read_parquet(file)["ask"]}


def logged(log: Path) -> list[str]:
    return log.read_text().split() if log.exists() else []


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(CHILD.parents[2]), "POLARS_MAX_THREADS": "1"}


def kill_once(tmp_path: Path, wait: float, needs_start: bool) -> int:
    """Start the run, kill it `wait` seconds after it began to answer; returns its exit status."""
    log = tmp_path / "killed.log"
    before = log.stat().st_size if log.exists() else 0
    child = subprocess.Popen(command(tmp_path, "killed"), env=environment(), stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while needs_start and child.poll() is None and time.monotonic() < deadline:
        if log.exists() and log.stat().st_size > before:
            break
        time.sleep(0.002)
    time.sleep(wait)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    return child.returncode


@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.slow)])
def test_many_kills(tmp_path: Path, kills: int) -> None:
    write(tmp_path / "study.toml", STUDY)
    subprocess.run(command(tmp_path, "whole"), env=environment(), check=True)
    draw = random.Random(5)
    run, log = tmp_path / "killed", tmp_path / "killed.log"
    finished = 0
    for number in range(kills):
        safe, mark = stored(run), len(logged(log))
        status = kill_once(tmp_path, draw.expovariate(1 / 0.03), needs_start=number % 5 != 0)
        assert not safe & set(logged(log)[mark:]), "a stored answer was asked again"
        finished += status == 0
        if (run / "manifest.json").exists() and number < kills - 1:
            finished += 1
            for left in (*run.rglob("*.parquet"), *run.glob("*.json")):
                left.unlink()
            log.unlink()
    subprocess.run(command(tmp_path, "killed"), env=environment(), check=True)
    one, other = (open_run(tmp_path / name) for name in ("whole", "killed"))
    assert one.answers.sort("cell").equals(other.answers.sort("cell"))
    assert one.scores.equals(other.scores)
    assert one.manifest["counts"] == other.manifest["counts"]
    assert not list(run.rglob("*.tmp")) and not (run / "answers").exists()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a study and its finished run; a test that writes takes a copy."""
    folder = tmp_path_factory.mktemp("whole")
    write(folder / "study.toml", STUDY)
    subprocess.run(command(folder, "whole"), env=environment(), check=True)
    return folder


def test_a_finished_run_asks_nothing_again(whole: Path) -> None:
    asked = logged(whole / "whole.log")
    assert len(asked) == len(set(asked)) == 60 * 3 * 5 * 3
    subprocess.run(command(whole, "whole"), env=environment(), check=True)
    assert logged(whole / "whole.log") == asked


@pytest.mark.parametrize("change", ["wordings = 4", "orders = ['forward']"])
def test_an_edited_study_stops_a_resume(whole: Path, tmp_path: Path, change: str) -> None:
    run = shutil.copytree(whole / "whole", tmp_path / "whole")
    before = {p: p.stat().st_mtime_ns for p in run.rglob("*.parquet")}
    key = change.split(" = ")[0]
    lines = [change if line.startswith(f"{key} =") else line for line in STUDY.splitlines()]
    edited = api.load_study(write(tmp_path / "study.toml", "\n".join(lines)))
    with pytest.raises(StudyChanged, match=f"ask.{key}"):
        api.run(edited, run)
    assert before and {p: p.stat().st_mtime_ns for p in run.rglob("*.parquet")} == before


GENERATION = """
version = 1
name = "generation"
[[respondent]]
name = "floor"
kind = "uniform"
[ask]
instruments = ["acva"]
languages = ["ar"]
wordings = ["w1", "w2"]
mode = "generate"
[gates]
allowed_mass = 0.0
[measure]
measures = ["accuracy"]
"""


@pytest.mark.slow
def test_a_generation_run_of_ten_thousand_items_is_killed_ten_times(tmp_path: Path, data_folder: Path) -> None:
    write(tmp_path / "study.toml", GENERATION)
    given = {**environment(), "TAWAZUN_DATA": str(data_folder)}
    subprocess.run(command(tmp_path, "whole"), env=given, check=True)
    draw, run, log = random.Random(7), tmp_path / "killed", tmp_path / "killed.log"
    for number in range(10):
        safe, mark = stored(run), len(logged(log))
        before = log.stat().st_size if log.exists() else 0
        child = subprocess.Popen(command(tmp_path, "killed"), env=given, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 120
        while child.poll() is None and time.monotonic() < deadline:
            if log.exists() and log.stat().st_size > before:
                break
            time.sleep(0.005)
        time.sleep(draw.uniform(0.05, 0.6))
        child.send_signal(signal.SIGKILL)
        child.communicate()
        assert not safe & set(logged(log)[mark:]), "a stored answer was asked again"
        assert len(stored(run)) >= len(safe), number
    subprocess.run(command(tmp_path, "killed"), env=given, check=True)
    one, other = (open_run(tmp_path / name) for name in ("whole", "killed"))
    assert one.answers.height == 2 * 8_711
    assert one.answers.sort("cell").equals(other.answers.sort("cell"))
    assert one.scores.equals(other.scores)
