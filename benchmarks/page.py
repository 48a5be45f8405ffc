"""What the page of a big run weighs and how fast it opens: 22 countries, 300 items, 10 respondents, the real pipeline.

The people and the answers are drawn, nobody's; the run is made by `tawazun.api.run` from recorded answers. Chromium
then opens the page from disk: time until it is loaded, and until a filter or a sort of its tables is drawn.

    python benchmarks/page.py [--out DIR] [--countries 22] [--items 300] [--respondents 10]
"""

import argparse
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import polars as pl
from playwright.sync_api import sync_playwright

from tawazun import api
from tawazun.instruments import instrument
from tawazun.places import group, places
from tawazun.study import study_from

GROUP = "group:arab-league@2023-05"
OPTIONS = ("Very good", "Somewhat good", "Somewhat bad", "Very bad", "DK/Refused")
ROUNDS = 5
FLAGS = ["--no-sandbox", "--disable-gpu"]
# milliseconds from an action to the second frame after it, when what it changed has been painted
TIMED = """([selector, kind, value]) => new Promise((done) => {
  const control = document.querySelector(selector);
  const start = performance.now();
  if (kind === "click") control.click();
  else { control.value = value; control.dispatchEvent(new Event(kind, { bubbles: true })); }
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
})"""


def data_folder(folder: Path, countries: int, items: int, seed: int) -> list[str]:
    """A file of the shape of GlobalOpinionQA with drawn shares; returns the codes of its countries."""
    draw = np.random.default_rng(seed)
    codes = list(group(GROUP).members)[:countries]
    rows = []
    for n in range(items):
        table = {
            places()[code].english: [*(round(float(x), 4) for x in draw.dirichlet(np.full(4, 2.0))), 0.0]
            for code in codes
        }
        rows.append({"question": f"Drawn question {n}: how good or bad is thing {n}, all things considered?",
                     "selections": str(table), "options": str(list(OPTIONS)), "source": "GAS"})  # fmt: skip
    target = folder / "globalopinionqa"
    target.mkdir(parents=True)
    pl.DataFrame(rows).write_csv(target / "data.csv")
    return codes


def recorded(folder: Path, data: Path, codes: list[str], respondents: int, seed: int) -> None:
    """Recorded shares of every respondent as everybody and as nobody, one row per option."""
    draw = np.random.default_rng(seed + 1)
    asked = instrument("globalopinionqa", data).questions
    cells = [(persona, one.id, one.codes) for persona in ("none", *codes) for one in asked]
    for n in range(respondents):
        shares = draw.dirichlet(np.full(4, 2.0 + n / 4), size=len(cells))
        parts = [
            {"persona": persona, "question": question, "option": str(int(code)), "share": float(share)}
            for (persona, question, own), row in zip(cells, shares, strict=True)
            for code, share in zip(own, row, strict=True)
        ]
        pl.DataFrame(parts).write_parquet(folder / f"model-{n}.parquet")


def big_run(folder: Path, countries: int = 22, items: int = 300, respondents: int = 10, seed: int = 1) -> Path:
    """The run's folder."""
    data = folder / "data"
    codes = data_folder(data, countries, items, seed)
    recorded(folder, data, codes, respondents, seed)
    table: dict[str, Any] = {
        "name": f"{countries} countries, {items} items, {respondents} respondents",
        "respondent": [
            {"name": f"model {n}", "kind": "recorded", "file": f"model-{n}.parquet",
             "fill": {"instrument": "globalopinionqa"}}
            for n in range(respondents)
        ],
        "ask": {"instruments": ["globalopinionqa"], "personas": ["none", *codes], "languages": ["en"]},
        "measure": {"populations": ["globalopinionqa-2023"], "groups": [GROUP], "draws": 100},
    }  # fmt: skip
    run = api.run(study_from(table, "big.toml"), folder / "run", folder=folder, data=data)
    return run.path


def times_of(page: Any, actions: dict[str, tuple[str, str, str]]) -> dict[str, float]:
    """Milliseconds until each action's outcome is drawn: name -> (selector, event, value)."""
    return {name: page.evaluate(TIMED, list(action)) for name, action in actions.items()}


ACTIONS = {
    "search scores": ("#scores input", "input", "js_similarity 3"),
    "filter scores": ("#scores .controls label:nth-of-type(3) select", "change", "1"),
    "whole table of scores": ("#scores input", "input", ""),
    "sort scores by value": ("#scores th:nth-child(11) button", "click", ""),
    "sort scores by measure": ("#scores th:nth-child(1) button", "click", ""),
    "sort closeness": ("#closeness th:nth-child(6) button", "click", ""),
    "search items": ("#items input", "input", "thing 12"),
    "all items": ("#items input", "input", ""),
    "items by difference": ("#items .controls label:last-of-type select", "change", "gap"),
}


def opened(browser: Any, file: Path) -> dict[str, float]:
    """Milliseconds until the page is loaded and until each action is drawn, in a fresh window."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(file.resolve().as_uri())
    found = {"load": page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")}
    page.locator("nav.sections a[href='#scores']").click()
    page.locator("#scores tbody tr").first.wait_for()
    page.wait_for_timeout(500)
    found |= times_of(page, ACTIONS)
    page.close()
    return found


def main() -> None:
    """Make the run unless it is there, then print size and times."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--out", type=Path)
    ask.add_argument("--chromium", default=None)
    for name, usual in (("countries", 22), ("items", 300), ("respondents", 10)):
        ask.add_argument(f"--{name}", type=int, default=usual)
    given = ask.parse_args()
    with tempfile.TemporaryDirectory() as spare:
        folder = given.out or Path(spare)
        folder.mkdir(parents=True, exist_ok=True)
        run = folder / "run"
        if not (run / "manifest.json").is_file():
            run = big_run(folder, given.countries, given.items, given.respondents)
        start = time.process_time()
        file = api.report(api.open_run(run))
        size = file.stat().st_size
        print(f"| page | {size / 1e6:.2f} MB | written in {time.process_time() - start:.1f} CPU-s |")
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=given.chromium or found_chromium(), args=FLAGS)
            rounds = [opened(chromium, file) for _ in range(ROUNDS)]
            chromium.close()
    for name in rounds[0]:
        values = [one[name] for one in rounds]
        print(f"| {name} | {median(values):.0f} ms | {max(values):.0f} ms |")


def found_chromium() -> str | None:
    """A Chromium of this machine; None leaves it to Playwright."""
    return next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )


if __name__ == "__main__":
    main()
