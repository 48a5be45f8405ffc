"""Downloads from the page: what is shown can be saved, in forms that other programs read, and no more than is shown."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page

from tawazun.report import page
from tawazun.report.bibtex import bibtex
from tests.report.toy_run import Texts, answers, estimate, floor, humans, questions, sources, write_run

TEXTS = Texts(why='=HYPERLINK("x") & 50 % | _a_')
PLACES = ("EGY", "JOR", "SAU")


def made(folder: Path, **parts: Any) -> Path:
    scores = [floor("uniform", 0.7, f"people-1/{place}") for place in PLACES]
    for persona in PLACES:
        scores += [
            estimate(TEXTS, persona=persona, population=f"people-1/{people}", value=0.9 if people == persona else 0.8)
            for people in PLACES
        ]
    scores.append(
        estimate(TEXTS, measure="order_effect", population="", value=None, low=None, high=None, why=TEXTS.why)
    )
    run = write_run(folder / "run", scores, answers=answers(TEXTS, ("none", *PLACES)), humans=humans(PLACES), **parts)
    file = run.path / "report.html"
    file.write_text(page(run), encoding="utf-8")
    return file


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    window = browser.new_page(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    wrong: list[str] = []
    window.on("console", lambda message: wrong.append(message.text))
    window.on("pageerror", lambda error: wrong.append(str(error)))
    window.goto(made(tmp_path).as_uri())
    yield window
    assert wrong == []
    window.close()


def saved(opened: Page, host: Locator, kind: str) -> tuple[str, bytes]:
    with opened.expect_download() as waiting:
        host.get_by_role("button", name=f"Save as {kind}").first.click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


@pytest.mark.chromium
def test_a_filtered_table_is_saved_whole_in_four_forms(opened: Page) -> None:
    opened.locator("nav.sections a[href='#scores']").click()
    table = opened.locator("#scores")
    table.get_by_label("Measure").select_option("order_effect")
    name, content = saved(opened, table, "CSV")
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert name == "scores.csv" and len(rows) == 1 and rows[0]["Why"] == "'" + TEXTS.why
    _, content = saved(opened, table, "JSON")
    assert json.loads(content)[0]["Why"] == TEXTS.why
    _, content = saved(opened, table, "Markdown")
    assert "\\|" in content.decode() and content.decode().count("\n") == 2
    _, content = saved(opened, table, "LaTeX")
    assert r"\& 50 \% | \_a\_" in content.decode() and r"\begin{tabular}" in content.decode()


@pytest.mark.chromium
def test_a_table_that_is_not_filtered_has_every_page(opened: Page) -> None:
    opened.locator("nav.sections a[href='#closeness']").click()
    _, content = saved(opened, opened.locator("#closeness .explorer"), "CSV")
    assert len(list(csv.reader(io.StringIO(content.decode())))) == 10
    _, content = saved(opened, opened.locator("#closeness"), "CSV")
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert {row["Group"] for row in rows} == {"A toy model"} or all("toy model" in row["Group"] for row in rows)


@pytest.mark.chromium
def test_pictures_stand_alone(opened: Page) -> None:
    figure = opened.locator("#countries .tile-figure").first
    figure.scroll_into_view_if_needed()
    name, content = saved(opened, figure, "SVG")
    text = content.decode()
    assert name.endswith(".svg") and "EGY" in text and "class=" not in text and "var(" not in text
    assert re.search(r'fill="rgba?\(', text) and 'xmlns="http://www.w3.org/2000/svg"' in text
    name, content = saved(opened, figure, "PNG")
    assert name.endswith(".png") and content.startswith(b"\x89PNG") and len(content) > 5000


@pytest.mark.chromium
def test_items_are_saved_without_what_the_source_keeps(browser: Browser, tmp_path: Path) -> None:
    window = browser.new_page(accept_downloads=True)
    withheld = sources(TEXTS, redistribute="no")
    window.goto(made(tmp_path, questions=questions(TEXTS, shown=False), sources=withheld).as_uri())
    window.locator("nav.sections a[href='#items']").click()
    _, content = saved(window, window.locator("#items"), "CSV")
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert len(rows) == 6 and {row["Text"] for row in rows} == {""} and {row["People"] for row in rows} == {""}
    assert TEXTS.stem not in content.decode()
    window.close()


@pytest.mark.chromium
def test_sources_are_saved_as_bibtex(opened: Page) -> None:
    opened.locator("#sources summary", has_text="BibTeX").click()
    name, content = saved(opened, opened.locator("#sources"), "BibTeX")
    assert name.endswith(".bib") and content.decode().startswith("@misc{toy,")


def test_bibtex_knows_author_year_and_title_where_they_are_written() -> None:
    cite = "Haerpfer, C., Inglehart, R. (2022). World Values Survey: Round Seven & more. Madrid."
    entry = bibtex([{"name": "wvs-7", "cite": cite, "where": "https://x.org/a_b", "version": "6.0", "licence": "own"}])
    assert entry.startswith("@misc{wvs-7,\n  author = {Haerpfer, C. and Inglehart, R.},")
    assert r"title = {World Values Survey: Round Seven \& more}," in entry and "year = {2022}" in entry
    assert r"howpublished = {https://x.org/a\_b}" in entry


@pytest.mark.parametrize("cite", ["plain words", "}, evil = {x", "\\input{secret}", "100 % & more_less"])
def test_bibtex_of_anything_has_balanced_braces_and_one_entry(cite: str) -> None:
    entry = bibtex([{"name": "a b", "cite": cite}, {"name": "c", "cite": cite}])
    bare = re.sub(r"\\[{}]", "", entry)
    assert bare.count("{") == bare.count("}") and entry.count("@misc") == 1 and "@misc{a-b," in entry


def test_sources_without_a_citation_make_no_entry() -> None:
    assert bibtex([{"name": "x", "cite": ""}]) == ""
