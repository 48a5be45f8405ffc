"""Forms in a browser, opened from disk: no network, what was filled in is kept, nothing comes out without consent."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, Request, expect

from tests.judging.planted import lines
from tests.judging.test_collecting import called, rows
from tests.judging.test_rating import HOSTILE, exported, read

pytestmark = pytest.mark.chromium


class Opened:
    """A form in a window, with everything that went wrong or out."""

    def __init__(self, browser: Browser, file: Path) -> None:
        self.wrong: list[str] = []
        self.page: Page = browser.new_page(accept_downloads=True)
        self.page.on("console", lambda message: self.wrong.append(message.text))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("dialog", self._asked)
        self.page.on("request", self._requested)
        self.page.goto(file.as_uri())

    def _asked(self, dialog: Dialog) -> None:
        self.wrong.append(dialog.message)
        dialog.dismiss()

    def _requested(self, request: Request) -> None:
        if not request.url.startswith(("file:", "blob:")):
            self.wrong.append(request.url)

    def save(self, button: str, to: Path) -> Path:
        with self.page.expect_download() as caught:
            self.page.click(button)
        caught.value.save_as(to)
        return to


def test_a_form_is_filled_in_kept_and_read_back(browser: Browser, tmp_path: Path) -> None:
    source = [
        {"id": f"h{k}", "prompt": text, "answer": f"{text} {k}", "country": "EGY"} for k, text in enumerate(HOSTILE)
    ]
    out = exported(tmp_path, lines(tmp_path / "h.jsonl", source), "--raters", 1, "--language", "ar")
    form = Opened(browser, out / "packs" / "rater-1.html")
    page = form.page
    assert page.evaluate("getComputedStyle(document.body).direction") == "rtl"
    assert page.locator("article").count() == len(HOSTILE)
    for at in range(len(HOSTILE)):
        page.locator("article").nth(at).locator("input[value=neutral]").check()
        page.locator("article").nth(at).locator(f"input[data-field=grade][value='{at}']").check()
    # a slip is taken back: the first grade is cleared, then given again
    page.locator("article").first.locator("fieldset").nth(1).locator("button[data-clear]").click()
    assert page.locator("article").first.locator("input[data-field=grade]:checked").count() == 0
    assert page.locator("article").first.locator("input[data-field=label]:checked").count() == 1
    page.locator("article").first.locator("input[data-field=grade][value='0']").check()
    page.locator("textarea").first.fill('=1+1 "quoted", and\nmore')
    expect(page.locator("#csv")).to_be_disabled()
    page.select_option("#rater_country", "EGY")
    expect(page.locator("#json")).to_be_disabled()
    page.check("#consent")
    expect(page.locator("#csv")).to_be_enabled()
    page.reload()
    expect(page.locator("#done")).to_have_text(str(len(HOSTILE)))
    saved = [form.save("#csv", tmp_path / "b.csv"), form.save("#json", tmp_path / "b.json")]
    for file in saved:
        called("rate", "import", file, "--key", out / "key.json", "--out", tmp_path / f"{file.suffix[1:]}.jsonl")
    assert rows(tmp_path / "csv.jsonl") == rows(tmp_path / "json.jsonl")
    shown = [row["prompt"] for row in json.loads((tmp_path / "b.json").read_text())]
    given = {row["prompt"]: row["human"] for row in rows(tmp_path / "csv.jsonl")}
    assert [given[prompt] for prompt in shown] == [[float(at)] for at in range(len(HOSTILE))]
    assert read(tmp_path / "b.csv")[0]["comment"].startswith("'=1+1")
    page.uncheck("#consent")
    expect(page.locator("#csv")).to_be_disabled()
    assert form.wrong == []


def test_questions_are_written_and_become_a_benchmark(browser: Browser, tmp_path: Path) -> None:
    called("rate", "export", "--author", "--out", tmp_path / "form")
    form = Opened(browser, tmp_path / "form" / "questions.html")
    page = form.page
    page.fill("#author", "palm")
    page.select_option("#author_country", "MAR")
    page.check("#consent")
    page.click("#add")
    expect(page.locator("#fault")).not_to_be_empty()
    for at, question in enumerate(("What is poured from high?", HOSTILE[0])):
        for name, text in (
            ("question", question),
            ("A", "tea"),
            ("B", f"milk {at}"),
            ("answer", "A"),
            ("source", "own"),
        ):
            page.fill(f"#{name}", text)
        page.select_option("#country", "MAR")
        page.click("#add")
    page.reload()
    assert page.locator("#items li").count() == 2
    called("rate", "import", "--author", form.save("#json", tmp_path / "q.json"), "--out", tmp_path / "own.jsonl")
    assert [row["question"] for row in rows(tmp_path / "own.jsonl")] == ["What is poured from high?", HOSTILE[0]]
    page.locator("#items button").first.click()
    assert page.locator("#items li").count() == 1 and form.wrong == []
