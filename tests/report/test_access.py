"""Everybody can read the pages: axe-core finds nothing serious, and the keyboard reaches everything."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tawazun.api.site import site
from tawazun.report import page
from tests.report.toy_run import Texts, answers, estimate, floor, humans, write_run

pytestmark = pytest.mark.chromium
axe_package = pytest.importorskip("axe_playwright_python")
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
TEXTS = Texts()
PLACES = ("EGY", "JOR", "SAU")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(opened: Page) -> list[str]:
    """Serious and critical findings, one line each."""
    opened.evaluate(
        "document.querySelectorAll('section').forEach((one) => { one.style.contentVisibility = 'visible'; })"
    )
    opened.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    opened.evaluate(AXE)
    found: dict[str, Any] = opened.evaluate(
        "(tags) => axe.run(document, { runOnly: { type: 'tag', values: tags } })", RULES
    )
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:3]
    ]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = [floor("uniform", 0.7, f"people-1/{place}") for place in PLACES]
    for persona in PLACES:
        for people in PLACES:
            value = 0.9 if persona == people else 0.8
            made.append(
                estimate(TEXTS, persona=persona, population=f"people-1/{people}", value=value, low=value - 0.02,
                         high=value + 0.02)
            )  # fmt: skip
    for name, value in (("map_x", 0.5), ("map_y", -0.5)):
        made.append(estimate(TEXTS, measure=name, population="", value=value, low=value - 0.1, high=value + 0.1,
                             unit="map units, a to b"))  # fmt: skip
    made.append(estimate(TEXTS, language="ar", interpretable=False, why="not interpretable: too few"))
    run = write_run(
        tmp_path_factory.mktemp("access") / "run",
        made,
        answers=answers(TEXTS, ("none", *PLACES)),
        humans=humans(PLACES),
    )
    file = run.path / "report.html"
    file.write_text(page(run), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("scheme", "language"),
    [
        ("light", "en"),
        ("dark", "ar"),
        pytest.param("dark", "en", marks=pytest.mark.slow),
        pytest.param("light", "ar", marks=pytest.mark.slow),
    ],
)
def test_axe_finds_nothing_serious(browser: Browser, report: Path, scheme: Any, language: str) -> None:
    opened = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme=scheme, bypass_csp=True)
    opened.goto(report.as_uri())
    if language != "en":
        opened.locator(f"button.tongue[data-language='{language}']").click()
    opened.locator("nav.sections a[href='#scores']").click()
    opened.locator("#scores tbody tr").first.wait_for()
    assert violations(opened) == []
    opened.close()


@pytest.mark.slow
def test_axe_finds_what_is_planted(browser: Browser, report: Path) -> None:
    opened = browser.new_page(bypass_csp=True)
    opened.goto(report.as_uri())
    opened.evaluate("document.querySelector('h1').append(Object.assign(document.createElement('button'), {}))")
    assert any("button-name" in one for one in violations(opened))
    opened.close()


def test_axe_finds_nothing_serious_on_a_site(browser: Browser, report: Path, tmp_path: Path) -> None:
    front = site([report.parent], tmp_path / "site")
    opened = browser.new_page(viewport={"width": 390, "height": 844}, bypass_csp=True)
    opened.goto(front.as_uri())
    assert violations(opened) == []
    opened.close()


def test_the_keyboard_reaches_every_control_and_the_skip_link_comes_first(browser: Browser, report: Path) -> None:
    opened = browser.new_page(viewport={"width": 1440, "height": 900})
    opened.goto(report.as_uri())
    opened.keyboard.press("Tab")
    expect(opened.locator(".skip")).to_be_focused()
    seen = set()
    for _ in range(120):
        opened.keyboard.press("Tab")
        seen.add(opened.evaluate("(document.activeElement.id || document.activeElement.className || "
                                 "document.activeElement.tagName).toString()"))  # fmt: skip
    assert {"tongue", "theme", "tiles", "SUMMARY", "INPUT", "SELECT"} <= seen
    opened.close()


def test_nothing_is_cut_off_in_print(browser: Browser, report: Path) -> None:
    opened = browser.new_page(viewport={"width": 794, "height": 1123})
    opened.goto(report.as_uri())
    opened.emulate_media(media="print")
    hidden = opened.locator(".switches, nav.sections, .controls").evaluate_all(
        "all => all.filter((one) => getComputedStyle(one).display !== 'none').length"
    )
    assert hidden == 0
    cut = opened.locator(".scroll").evaluate_all(
        "all => all.filter((one) => getComputedStyle(one).overflowY !== 'visible').length"
    )
    assert cut == 0
    opened.close()
