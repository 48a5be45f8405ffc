"""A page as PDF, printed by a Chromium that is on this machine: nothing is fetched for it."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tawazun.errors import Failure, MissingExtra

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
SECONDS = 180
HELP = "install Chromium, or name one in TAWAZUN_CHROMIUM; any browser can print the page as well"


def chromium() -> str | None:
    """The Chromium of `TAWAZUN_CHROMIUM`, else the first one on the path, else None."""
    named = os.environ.get("TAWAZUN_CHROMIUM", "")
    if named:
        return named if Path(named).is_file() else None
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def printed(page: Path) -> Path:
    """Write a page's PDF beside it; returns its path. Errors: MissingExtra without Chromium, Failure when it fails."""
    program = chromium()
    if program is None:
        raise MissingExtra(f"--pdf needs Chromium, and there is none: {HELP}")
    target = page.with_suffix(".pdf").resolve()
    with tempfile.TemporaryDirectory() as profile:
        made = Path(profile) / "page.pdf"
        root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        asked = [
            program, "--headless", *root, "--disable-gpu", "--no-first-run", "--disable-background-networking",
            f"--user-data-dir={profile}/profile", "--no-pdf-header-footer", f"--print-to-pdf={made}",
            page.resolve().as_uri(),
        ]  # fmt: skip
        try:
            done = subprocess.run(asked, capture_output=True, text=True, timeout=SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Failure(f"{program} did not print {page}: {error}") from error
        if not made.is_file():
            last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise Failure(f"{program} did not print {page}: {last}")
        shutil.move(made, target)
    return target
