"""A big run's page: light, open at once, quick to filter and sort; bars are generous here, measured ones in RESULTS."""

import runpy
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

SCRIPT = runpy.run_path(str(Path(__file__).resolve().parents[2] / "benchmarks" / "page.py"))
# milliseconds, on a machine that runs other things; the page promises 1,000 and 100 on one that does not
LOAD, ACTION = 5_000, 1_000


def check(browser: Browser, run: Path) -> dict[str, float]:
    file = run / "report.html"
    assert file.stat().st_size < 3_000_000
    measured: dict[str, float] = SCRIPT["opened"](browser, file)
    assert measured.pop("load") < LOAD
    assert measured.keys() == SCRIPT["ACTIONS"].keys() and max(measured.values()) < ACTION
    return measured


@pytest.mark.chromium
def test_a_page_stays_light_and_quick(browser: Browser, tmp_path: Path) -> None:
    check(browser, SCRIPT["big_run"](tmp_path, countries=10, items=6, respondents=2))


@pytest.mark.slow
@pytest.mark.chromium
def test_the_page_of_the_promised_size(browser: Browser, tmp_path: Path) -> None:
    check(browser, SCRIPT["big_run"](tmp_path))


def test_the_numbers_on_the_page_are_those_of_the_run(tmp_path: Path) -> None:
    import polars as pl

    from tests.report.parsed import parsed

    run = SCRIPT["big_run"](tmp_path, countries=3, items=4, respondents=2)
    table: dict[str, Any] = parsed((run / "report.html").read_text(encoding="utf-8")).data("data-items")
    answers = pl.read_parquet(run / "answers.parquet")
    asked = answers.filter((pl.col("respondent") == "model 1") & (pl.col("persona") == "none"))
    at = next(i for i, one in enumerate(table["subjects"]) if one["respondent"] == "model 1" and not one["own"])
    for question, p in asked.select("question", "p").iter_rows():
        number = next(i for i, one in enumerate(table["items"]) if one["id"] == question)
        shown = table["model"][at][str(number)]["p"]
        assert shown == [round(share * table["parts"]) for share in p]
