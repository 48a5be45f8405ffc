"""The guides work to their end as written, and what they name is there."""

import re
import tomllib
from pathlib import Path

import pytest

from tawazun.study import study_from
from tests.fault_server import serve
from tests.pages import DOCS, blocks, parts_of, run_page

GUIDES = DOCS / "guides"
# these take minutes or close to one: the whole demonstration, a training, a model of the Hub played by the planted one
LONG = ["read-report", "localise-model", "hugging-face-model"]
LOCAL = ["own-survey", "audit-dataset", "steer-model", *LONG]


def test_every_guide_is_run_and_is_on_the_first_page() -> None:
    names = {page.stem for page in GUIDES.glob("*.md")} - {"index"}
    assert names == {*LOCAL, "api-model", "add-a-part"}
    first = (GUIDES / "index.md").read_text()
    assert [name for name in names if f"({name}.md)" not in first] == []


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in LONG else []) for name in LOCAL]
)
def test_a_guide_works_to_its_end(name: str, tmp_path: Path) -> None:
    assert run_page(GUIDES / f"{name}.md", tmp_path) >= 2


def test_the_guide_of_endpoints_works_against_a_server(tmp_path: Path) -> None:
    with serve() as server:
        ran = run_page(GUIDES / "api-model.md", tmp_path, {"http://127.0.0.1:8000/v1": server.url})
        assert ran == 4 and server.asked


def test_the_guide_of_parts_makes_parts(tmp_path: Path) -> None:
    page = (GUIDES / "add-a-part.md").read_text()
    for _, text in blocks(page):
        if named := re.match(r"# file: (\S+\.py)\n", text):
            file = tmp_path / named.group(1)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    with parts_of(tmp_path) as start:
        assert run_page(GUIDES / "add-a-part.md", tmp_path, start=start) == 3


def test_every_whole_study_on_a_page_loads() -> None:
    loaded = 0
    for page in DOCS.rglob("*.md"):
        for language, text in blocks(page.read_text()):
            if language == "toml" and re.search(r"^version = 1$", text, re.M) and "[ask]" in text:
                study_from(tomllib.loads(text), page.name)
                loaded += 1
    assert loaded >= 5
