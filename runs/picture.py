"""The README's picture: the first screens of the page that `make demo` writes.

    make demo && .venv/bin/python runs/picture.py demo-run docs/pictures

Needs a Chromium (`tawazun doctor` says whether there is one) and `pip install pillow`. Rerun it when the page changes;
nothing is drawn by hand.
"""

import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.conftest import CHROMIUM_FLAGS
from tests.get_chromium import found

WIDTH, HEIGHT = 1180, 900
MOST = 200_000
COLOURS = 96
# picture -> the part of the page on it; empty = its first screen
PARTS = {"report.png": "", "map.png": "#map figure", "report-ar.png": ""}


def main(run: Path, out: Path) -> None:
    """Take every picture. Errors: SystemExit naming what is missing or too large."""
    page_file = (run / "report.html").resolve()
    if not page_file.is_file():
        raise SystemExit(f"{page_file} is not there: make demo")
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found(), args=list(CHROMIUM_FLAGS))
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(page_file.as_uri())
        # the bar that stays on top would lie across a part that is taller than the window
        page.evaluate("document.querySelector('nav.sections').style.position = 'static'")
        for name, part in PARTS.items():
            if name.endswith("-ar.png"):
                page.evaluate("scrollTo(0, 0)")
                page.click('button[data-language="ar"]')
            take(page, part, out / name)
        browser.close()


def take(page: Page, part: str, file: Path) -> None:
    """One picture, no larger than a README should load."""
    page.wait_for_timeout(300)
    if part:
        page.locator(part).first.screenshot(path=file)
    else:
        page.screenshot(path=file)
    Image.open(file).convert("RGB").quantize(COLOURS).save(file, optimize=True)
    size = file.stat().st_size
    if size > MOST:
        raise SystemExit(f"{file}: {size:,} bytes, more than {MOST:,}")
    print(f"{file}: {size:,} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit("runs/picture.py RUN OUT")
    main(Path(sys.argv[1]), Path(sys.argv[2]))
