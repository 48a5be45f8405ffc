"""The documents say what the code does: the tour runs, and no measure, source or command is left out."""

import re
import runpy
from pathlib import Path

import yaml

from tawazun.measures import measure_names
from tawazun.version import VERSION
from tests.pages import DOCS, REPO, run_page


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


def test_the_citation_names_this_version_and_nobody_in_person() -> None:
    cited = yaml.safe_load((REPO / "CITATION.cff").read_text())
    assert cited["version"] == VERSION and cited["license"] == "Apache-2.0"
    assert cited["authors"] == [{"name": "The Tawazun developers"}]


def test_the_tour_runs_as_written(tmp_path: Path) -> None:
    assert run_page(DOCS / "tour.md", tmp_path) >= 8
