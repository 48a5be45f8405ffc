"""The page in a browser: opened from disk, it works, asks nothing of any network, and fits a phone."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tawazun import api
from tawazun.report import page
from tawazun.study import study_from
from tests.report.test_hostile import ATTACKS, hostile_page

pytestmark = pytest.mark.chromium
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a real run: a planted respondent in two languages, and random answers on the cultural map."""
    study = study_from(
        {
            "name": "In a browser",
            "respondent": [
                {"name": "planted", "kind": "planted", "instruments": ["atlas"]},
                {"name": "random", "kind": "uniform", "instruments": ["cultural_map"]},
            ],
            "ask": {
                "instruments": ["atlas", "cultural_map"],
                "personas": ["none", "x-sahelia", "x-norvane"],
                "languages": ["en", "ar"],
                "wordings": 2,
            },
            "measure": {
                "populations": [
                    "cultural_map-2022",
                    *(f"atlas-1/x-{name}" for name in ("sahelia", "rimalia", "norvane")),
                ],
                "groups": ["group:atlas-arab@1"],
                "measures": ["js_similarity", "skill", "map_x", "map_y", "map_distance", "index", "rank_agreement"],
                "draws": 100,
            },
        },
        "browser.toml",
    )
    run = api.run(study, tmp_path_factory.mktemp("browser") / "run")
    return run.path / "report.html"


class Opened:
    """A page in a window, with everything that went wrong or out."""

    def __init__(self, browser: Browser, file: Path, size: dict[str, int], **settings: Any) -> None:
        self.page: Page = browser.new_page(viewport=size, **settings)  # type: ignore[arg-type]
        self.wrong: list[str] = []
        self.left: list[str] = []
        self.page.on("console", lambda message: self.wrong.append(message.text) if message.type != "log" else None)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", self.asked)
        self.page.goto(file.as_uri())

    def asked(self, request: Request) -> None:
        """Keep every request but that for the page itself and data inside it."""
        if not request.url.startswith(("file:", "data:", "blob:")):
            self.left.append(request.url)

    def go(self, section: str) -> None:
        """Follow the navigation to a section, which draws what is drawn late."""
        self.page.locator(f"nav.sections a[href='#{section}']").click()
        self.page.locator("#scores tbody tr").first.wait_for()

    def quiet(self) -> None:
        """Nothing went wrong and nothing went out."""
        assert self.wrong == [] and self.left == []


def test_search_filter_sort_and_pages(browser: Browser, report: Path) -> None:
    opened = Opened(browser, report, DESK)
    opened.go("scores")
    table = opened.page.locator("#scores")
    expect(table.locator("tbody tr")).to_have_count(20)
    table.get_by_label("Search").fill("map_distance egypt")
    expect(table.locator("tbody tr")).to_have_count(0)
    table.get_by_label("Search").fill("map_distance MAR")
    rows = table.locator("tbody tr")
    expect(rows.first).to_contain_text("cultural_map-2022/MAR")
    assert all("MAR" in text for text in rows.all_inner_texts())
    table.get_by_label("Search").fill("")
    table.get_by_label("Measure").select_option("rank_agreement")
    assert all(text.startswith("rank_agreement") for text in rows.all_inner_texts())
    table.get_by_label("Measure").select_option("map_distance")
    table.get_by_role("button", name="Value").click()
    header = table.locator("th", has_text="Value")
    expect(header).to_have_attribute("aria-sort", "ascending")
    column = [text.split("\t")[10] for text in rows.all_inner_texts()]
    assert column == sorted(column, key=float) and len(set(column)) > 1
    before = rows.first.inner_text()
    table.get_by_role("button", name="Next").click()
    assert rows.first.inner_text() != before
    opened.quiet()


def test_items_are_found_and_arabic_runs_from_right_to_left(browser: Browser, report: Path) -> None:
    opened = Opened(browser, report, DESK)
    opened.go("items")
    items = opened.page.locator("#items")
    expect(items.get_by_role("status")).to_have_text("60 of 60 items")
    items.get_by_label("Respondent").select_option(label="planted: as Sahelia, Arabic")
    stem = items.locator(".stem").first
    expect(stem).to_have_attribute("dir", "rtl")
    expect(stem).to_have_attribute("lang", "ar")
    assert stem.evaluate("one => getComputedStyle(one).direction") == "rtl"
    box, text = (
        stem.bounding_box(),
        stem.evaluate(
            "one => { const range = document.createRange(); range.selectNodeContents(one);"
            " return range.getBoundingClientRect().right; }"
        ),
    )
    assert box is not None and text == pytest.approx(box["x"] + box["width"], abs=2)
    shares = items.locator("table").first.locator("tbody tr").all_inner_texts()
    people = [float(row.split("\t")[1].removesuffix(" %")) for row in shares]
    assert sum(people) == pytest.approx(100, abs=0.3)
    items.get_by_label("Search").fill("a07")
    expect(items.locator(".item")).to_have_count(1)
    items.get_by_label("Search").fill("")
    items.get_by_label("Order").select_option("close")
    closeness = [float(t.split()[1]) for t in items.locator(".item header .n").all_inner_texts()]
    assert closeness == sorted(closeness)
    opened.quiet()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(browser: Browser, report: Path, scheme: str) -> None:
    opened = Opened(browser, report, PHONE, color_scheme=scheme)
    opened.go("scores")
    wide = opened.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]
    assert opened.page.locator("svg.map.narrow").is_visible() and not opened.page.locator("svg.map.wide").is_visible()
    dark = opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 27)"
    assert dark == (scheme == "dark")
    opened.quiet()


def test_a_jump_lands_on_its_section_although_parts_are_drawn_late(browser: Browser, report: Path) -> None:
    opened = Opened(browser, report, DESK)
    for section in ("scores", "items", "losses"):
        opened.go(section)
        opened.page.wait_for_timeout(150)
        top = opened.page.locator(f"#{section}").evaluate("one => one.getBoundingClientRect().top")
        bottom = opened.page.evaluate("document.documentElement.scrollHeight - innerHeight - scrollY")
        assert 0 <= top < 120 or bottom < 2
    opened.quiet()


def test_a_zone_of_the_map_can_be_picked_by_keyboard_and_a_mark_reads_its_name(browser: Browser, report: Path) -> None:
    opened = Opened(browser, report, DESK)
    figure = opened.page.locator(".culture-map").first
    button = figure.get_by_role("button", name="Confucian")
    button.focus()
    opened.page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert figure.locator("svg.wide .z:not(.dim)").count() == 7
    figure.locator("svg.wide path.z", has_text="Japan").dispatch_event("click")
    expect(figure.locator(".readout")).to_contain_text("Japan")
    figure.locator("svg.wide .point").first.dispatch_event("click")
    expect(figure.locator(".readout")).to_contain_text("random")
    opened.quiet()


def test_it_reads_without_scripts(browser: Browser, report: Path) -> None:
    opened = Opened(browser, report, DESK, java_script_enabled=False)
    assert opened.page.locator("#answer .lead").first.is_visible()
    assert opened.page.get_by_text("need JavaScript").first.is_visible()


@pytest.mark.parametrize("attack", [ATTACKS[1], " ".join(reversed(ATTACKS))])
def test_hostile_text_does_nothing(browser: Browser, tmp_path: Path, attack: str) -> None:
    file = tmp_path / "report.html"
    file.write_text(hostile_page(tmp_path / "run", attack), encoding="utf-8")
    opened = Opened(browser, file, DESK)
    opened.go("scores")
    opened.go("items")
    assert opened.page.evaluate("window.owned") is None
    assert opened.page.locator("img, script[src], iframe, object").count() == 0
    stem = opened.page.locator("#items .stem").first.text_content()
    assert stem == f"{attack} stem 1".replace("\x00", "")
    opened.quiet()


def test_the_policy_stops_a_script_that_got_in(browser: Browser, report: Path, tmp_path: Path) -> None:
    injected = report.read_text(encoding="utf-8").replace("</main>", "</main><script>window.owned=1</script>")
    file = tmp_path / "report.html"
    file.write_text(injected, encoding="utf-8")
    opened = Opened(browser, file, DESK)
    assert opened.page.evaluate("window.owned") is None
    assert any("Content Security Policy" in text or "content security policy" in text for text in opened.wrong)


def test_it_is_drawn_in_time(report: Path) -> None:
    html = page(api.open_run(report.parent))
    assert html == report.read_text(encoding="utf-8") and len(html.encode()) < 3_000_000


@pytest.fixture(scope="module")
def benchmark(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a benchmark alone: a planted respondent that knows the facts, and random answers."""
    study = study_from(
        {
            "name": "Facts",
            "respondent": [{"name": "planted", "kind": "planted"}, {"name": "random", "kind": "uniform"}],
            "ask": {"instruments": ["atlas_facts"], "languages": ["en", "ar"], "wordings": 2},
            "measure": {"measures": ["accuracy", "macro_f1", "refusal_rate", "unread_rate"], "draws": 100},
        },
        "facts.toml",
    )
    run = api.run(study, tmp_path_factory.mktemp("benchmark") / "run")
    return run.path / "report.html"


def test_a_benchmark_has_its_score_on_the_first_screen_and_a_section_of_its_own(
    browser: Browser, benchmark: Path
) -> None:
    opened = Opened(browser, benchmark, DESK)
    lead = opened.page.locator("#answer .lead").first.inner_text().replace("\xa0", " ")
    assert lead.startswith("planted has accuracy 1.000 [0.934, 1.000]") and "Facts of the planted world" in lead
    assert "better than the best trivial floor, always the longest option" in lead
    opened.go("benchmarks")
    section = opened.page.locator("#benchmarks")
    expect(section.get_by_role("img")).to_have_count(8)
    expect(section.locator("table.exam tbody tr").nth(1)).to_contain_text("wording w1")
    groups = section.locator("details", has_text="By group:").first
    expect(groups.locator("td").first).to_be_hidden()
    groups.locator("summary").click()
    expect(groups.locator("tbody")).to_contain_text("capital")
    opened.quiet()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_benchmarks_fit_a_phone(browser: Browser, benchmark: Path, scheme: str) -> None:
    opened = Opened(browser, benchmark, PHONE, color_scheme=scheme)
    opened.go("benchmarks")
    opened.page.locator("#benchmarks details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    picture = opened.page.locator("#benchmarks svg.strip").first.bounding_box()
    assert picture is not None and 200 < picture["width"] <= PHONE["width"]
    opened.quiet()
