"""The docs site: every page is in its navigation, every link leads somewhere, and (slow) it builds strictly."""

import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tawazun.measures import measure_names
from tests.pages import DOCS, REPO

LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)|!\[[^\]\n]*\]\(([^)\s]+)\)|<img[^>]*src=\"([^\"]+)\"")
FENCED = re.compile(r"^(```|~~~).*?^\1", re.M | re.S)
PAGES = sorted(DOCS.rglob("*.md"))
ROOT_PAGES = [REPO / name for name in ("README.md", "README.ar.md", "CONTRIBUTING.md")]


def config() -> dict[str, Any]:
    return yaml.safe_load((REPO / "mkdocs.yml").read_text())


def in_nav(entry: Any) -> Iterator[str]:
    """The pages of a navigation, in order."""
    if isinstance(entry, str):
        yield entry
    else:
        for inner in entry.values() if isinstance(entry, dict) else entry:
            yield from in_nav(inner)


def anchor(title: str) -> str:
    """What a heading is called in a link, as Python-Markdown makes it."""
    kept = re.sub(r"[^\w\s-]", "", title.replace("`", "")).strip().lower()
    return re.sub(r"[-\s]+", "-", kept)


def anchors(page: Path) -> set[str]:
    """What the headings of a page are called in links."""
    return {anchor(title) for title in re.findall(r"^#+ (.*)$", page.read_text(), re.M)}


def test_every_page_is_in_the_navigation_once() -> None:
    named = list(in_nav(config()["nav"]))
    assert sorted(named) == sorted(page.relative_to(DOCS).as_posix() for page in PAGES)


@pytest.mark.parametrize("page", [*PAGES, *ROOT_PAGES], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = FENCED.sub("", page.read_text())
    broken = []
    for found in LINK.finditer(text):
        link = next(group for group in found.groups() if group)
        if re.match(r"[a-z]+:", link):
            continue
        name, _, part = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        outside = page.is_relative_to(DOCS) and not target.is_relative_to(DOCS)
        if outside or not target.exists() or (part and part not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_modules_of_the_reference_are_there() -> None:
    named = re.findall(r"^::: tawazun\.(\S+)$", "\n".join(page.read_text() for page in PAGES), re.M)
    assert len(named) > 20
    files = [REPO / "src" / "tawazun" / name.replace(".", "/") for name in named]
    assert [str(file) for file in files if not (file.is_dir() or file.with_suffix(".py").is_file())] == []
    stats = {file.stem for file in (REPO / "src" / "tawazun" / "stats").glob("*.py")} - {"__init__"}
    assert stats == {name.removeprefix("stats.") for name in named if name.startswith("stats.")}


def test_the_page_on_claims_names_measures_and_keys_that_are_there() -> None:
    page = (DOCS / "talking-about-culture.md").read_text()
    named = set(re.findall(r"`([a-z_]+)`", page))
    source = "\n".join(file.read_text() for file in (REPO / "src").rglob("*.py"))
    assert len(named & set(measure_names())) >= 15
    assert {word for word in named if word not in source} == set()


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("Sentence.\n\nn   people\n    asked\ndeff   design\n\nErrors   BadFile\n",
         "Sentence.\n\n\n- `n` — people\n  asked\n- `deff` — design\n\n\n- `Errors` — BadFile"),
        ("One.\n\n>>> f(1)\n2\n\nMore text.", "One.\n\n\n```pycon\n>>> f(1)\n2\n```\n\nMore text."),
        ("Two sentences here.  And no entry", "- `Two sentences here.` — And no entry"),
        ("p, q   shapes", "- `p, q` — shapes"),
        ("plain", "plain"),
    ],
)  # fmt: skip
def test_aligned_lines_become_a_list(text: str, made: str) -> None:
    pytest.importorskip("griffe")
    listed = runpy.run_path(str(DOCS / "docstring_lines.py"))["listed"]
    assert listed(text).strip() == made.strip()


@pytest.mark.slow
def test_the_site_builds_without_complaint_or_network(tmp_path: Path) -> None:
    mkdocs = shutil.which("mkdocs", path=str(Path(sys.executable).parent))
    if mkdocs is None:
        pytest.skip("needs the extra docs")
    # an address where nobody answers: a build that asks anything of a network fails
    away = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    line = [mkdocs, "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    built = subprocess.run(line, cwd=REPO, env={**os.environ, **away}, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    page = (tmp_path / "site" / "reference" / "python" / "index.html").read_text()
    assert "load_study" in page and "run_prepared" in page
    fetched = re.findall(r"""<(?:script|link|img)[^>]+(?:src|href)="(https?://[^"]+)""", page)
    assert [url for url in fetched if "fonts" in url or "cdn" in url] == []
