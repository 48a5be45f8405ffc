"""Find a Chromium for the page tests, or install one: the machine's own, the package manager's, Playwright's.

Never fails by itself: the page tests say what a missing browser means.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def found() -> str | None:
    """A browser on this machine, or None."""
    named = os.environ.get("TAWAZUN_CHROMIUM")
    if named and os.path.exists(named):
        return named
    for name in NAMES:
        if path := shutil.which(name):
            return path
    return _of_playwright()


def _of_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if os.path.exists(path) else None


def _try(*command: str) -> None:
    try:
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=600)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"{command[0]}: {error}", file=sys.stderr)


def main() -> None:
    """Make sure that there is a browser, as far as this machine lets us."""
    if found():
        return
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        print("installing Chromium with the package manager (for the page tests)", file=sys.stderr)
        _try("apt-get", "update")
        _try("apt-get", "install", "-y", "chromium")
    if not found():
        print("installing Chromium with Playwright (for the page tests)", file=sys.stderr)
        _try(sys.executable, "-m", "playwright", "install", "chromium")
    if not found():
        print("no Chromium: the page tests will be skipped (or fail under TAWAZUN_REQUIRE=chromium)", file=sys.stderr)


if __name__ == "__main__":
    main()
