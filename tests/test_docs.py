"""The documents say what the code does: the tour runs, and no measure, source or command is left out."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tawazun.measures import measure_names

REPO = Path(__file__).resolve().parent.parent


def test_sources_are_up_to_date() -> None:
    made = runpy.run_path(str(REPO / "docs" / "make_sources.py"))
    assert (REPO / "docs" / "sources.md").read_text() == made["page"](), "run: python docs/make_sources.py"


def test_every_measure_is_in_methods() -> None:
    page = (REPO / "docs" / "methods.md").read_text()
    headings = set(re.findall(r"`([a-z0-9_]+)`", "\n".join(re.findall(r"^### .*", page, re.M))))
    assert set(measure_names()) == headings


def test_every_folder_of_the_package_is_in_the_readme() -> None:
    page = (REPO / "README.md").read_text()
    rooms = {p.name for p in (REPO / "src" / "tawazun").iterdir() if p.is_dir() and not p.name.startswith("_")}
    assert {room for room in rooms if f"  {room}/" not in page} == set()


def blocks(page: str) -> list[tuple[str, str]]:
    """(language, text) of the fenced blocks of a page."""
    return re.findall(r"^```(\w+)[^\n]*\n(.*?)^```", page, re.M | re.S)


def test_the_tour_runs_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are named by a first comment line; shell lines run in order; python blocks run in one process."""
    monkeypatch.chdir(tmp_path)
    ran = 0
    for language, text in blocks((REPO / "docs" / "tour.md").read_text()):
        named = re.match(r"# file: (\S+)\n", text)
        if named:
            (tmp_path / named.group(1)).write_text(text[named.end() :] if named.group(1).endswith(".csv") else text)
        elif language == "sh":
            for line in text.strip().splitlines():
                command = re.sub(r"^tawazun\b", f"{sys.executable} -m tawazun", line)
                done = subprocess.run(command, shell=True, capture_output=True, text=True)
                assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
                ran += 1
        elif language == "python":
            subprocess.run([sys.executable, "-W", "error", "-c", text], check=True, cwd=tmp_path)
            ran += 1
    assert ran >= 8
