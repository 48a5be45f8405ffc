"""`--pdf`: printed by a Chromium of this machine, or one clear line without one."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tawazun.api.printing import chromium, printed
from tawazun.errors import Failure, MissingExtra
from tawazun.report import page
from tests.report.toy_run import Texts, estimate, write_run


@pytest.mark.chromium
def test_a_page_becomes_a_pdf(tmp_path: Path, browser: object) -> None:
    if chromium() is None:
        pytest.skip("Chromium is Playwright's own, which --pdf does not look for")
    run = write_run(tmp_path / "run", [estimate(Texts())])
    file = run.path / "report.html"
    file.write_text(page(run), encoding="utf-8")
    made = printed(file)
    content = made.read_bytes()
    assert made.name == "report.pdf" and content.startswith(b"%PDF-") and content.count(b"/Type /Page") > 1


def test_without_chromium_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TAWAZUN_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingExtra, match="install Chromium"):
        printed(tmp_path / "report.html")


def test_a_program_that_prints_nothing_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = shutil.which("true")
    if nothing is None:
        pytest.skip("no program that does nothing")
    monkeypatch.setenv("TAWAZUN_CHROMIUM", nothing)
    (tmp_path / "report.html").write_text("<p>", encoding="utf-8")
    with pytest.raises(Failure, match="did not print"):
        printed(tmp_path / "report.html")
    assert not (tmp_path / "report.pdf").exists()


@pytest.mark.chromium
def test_paper_is_white_and_bare_of_controls_whatever_theme_was_chosen(tmp_path: Path, browser: Browser) -> None:
    run = write_run(tmp_path / "run", [estimate(Texts())])
    file = tmp_path / "report.html"
    file.write_text(page(run), encoding="utf-8")
    made = browser.new_page(color_scheme="dark")
    made.goto(file.as_uri())
    made.evaluate("document.documentElement.dataset.theme = 'dark'")
    paper = "getComputedStyle(document.body).backgroundColor"
    assert made.evaluate(paper) != "rgb(255, 255, 255)"
    assert made.locator(".controls:visible, .save:visible").count() > 0
    made.emulate_media(media="print", color_scheme="dark")
    assert made.evaluate(paper) == "rgb(255, 255, 255)"
    assert made.locator(".controls:visible, .save:visible, .pager:visible").count() == 0
    made.close()
