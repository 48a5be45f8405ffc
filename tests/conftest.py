"""Shared fixtures: where real data is, and what a missing thing means."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# machines are shared and noisy: a property is judged by what it finds, never by the clock
settings.register_profile("tawazun", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.load_profile("tawazun")

# no test answers from what an earlier one left on this machine; those of the cache say where theirs lies
os.environ["TAWAZUN_CACHE"] = "off"

ROOT = Path(__file__).resolve().parent.parent
REQUIRED = {word for word in os.environ.get("TAWAZUN_REQUIRE", "").split(",") if word}


CHROMIUM_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def missing(what: str, why: str) -> None:
    """Skip with a reason, or fail where the environment says that this thing must be there."""
    if what in REQUIRED:
        pytest.fail(f"{why} (TAWAZUN_REQUIRE names {what})")
    pytest.skip(why)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data sets, laid out as its own README says."""
    folder = Path(os.environ.get("TAWAZUN_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "README.md").is_file():
        missing("data", f"no data folder at {folder}; set TAWAZUN_DATA")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Playwright browser that asks nothing of any network by itself; skipped (or failed, where it is required)."""
    from playwright.sync_api import Error, sync_playwright

    from tests.get_chromium import found

    path = found()
    if path is None:
        missing("chromium", "no Chromium on this machine; make chromium")
    with sync_playwright() as playwright:
        try:
            opened = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        except Error as error:
            missing("chromium", f"Chromium at {path} does not start: {str(error).splitlines()[0]}")
        yield opened
        opened.close()
