"""What is installed and at hand, found without loading any heavy library; values of keys are never read out."""

import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from tawazun.cache import cache_cap, cache_file
from tawazun.data import data_folder
from tawazun.errors import TawazunError
from tawazun.instruments import instrument_card, instrument_names
from tawazun.respondents.endpoint_keys import PROVIDERS
from tawazun.version import VERSION

Facts = dict[str, Any]
EXTRAS = {
    "local": "models on this machine",
    "endpoint": "models behind an interface",
    "adapt": "steering, soft prompts, tuning",
    "hub": "fetching data sets and models",
    "inspect": "Inspect AI: its models, tasks and logs",
    "lm-eval": "running exports in lm-evaluation-harness",
    "ray": "many machines",
    "text": "languages and words in audits",
    "docs": "building the pages of documentation",
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 5.0
MOST_FILES = 50_000


def examine(data: Path | None = None, *, devices: bool = False) -> Facts:
    """Everything that `doctor` tells.

    devices  load torch and ask it for its devices (seconds); else only the driver is asked
    """
    return {
        "tawazun": VERSION,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs",
        "extras": [extra_facts(name) for name in _provided()],
        "torch": _version("torch"),
        "gpus": _gpus(),
        **({"devices": _devices()} if devices else {}),
        "cache": _cache(),
        "data": _data(data),
        "browser": _browser(),
        "ray": _version("ray"),
        "keys": [name for name in PROVIDERS if os.environ.get(name, "").strip()],
    }


def extra_facts(name: str) -> Facts:
    """An extra: what it is for, which of its libraries are absent or too old, and the line that installs it."""
    wrong = sorted(set(_unmet(_wanted(name))))
    return {"extra": name, "for": EXTRAS[name], "missing": wrong, "install": f"pip install 'tawazun[{name}]'"}


def _provided() -> list[str]:
    """The extras that this installation knows of, without those for its makers."""
    try:
        known = metadata("tawazun").get_all("Provides-Extra") or []
    except PackageNotFoundError:
        return []
    return [name for name in EXTRAS if name in known]


def _wanted(extra: str) -> list[Requirement]:
    """Requirements of an extra, with those of the extras that it builds on."""
    every = [Requirement(text) for text in requires("tawazun") or []]
    found: list[Requirement] = []
    open_, seen = [extra], set()
    while open_:
        name = open_.pop()
        seen.add(name)
        for one in every:
            if one.marker is None or not one.marker.evaluate({"extra": name}):
                continue
            if one.name == "tawazun":
                open_ += [other for other in sorted(one.extras) if other not in seen]
            else:
                found.append(one)
    return found


def _unmet(wanted: Sequence[Requirement]) -> list[str]:
    missing = []
    for one in wanted:
        there = _version(one.name)
        if there is None:
            missing.append(one.name)
        elif not one.specifier.contains(there, prereleases=True):
            missing.append(f"{one.name} {there} (needs {one.specifier})")
    return missing


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def _gpus() -> list[Facts]:
    """What the driver says: name and memory in MB, without loading torch; empty where there is none."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    line = [program, "--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(line, capture_output=True, text=True, timeout=SECONDS, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    rows = [[part.strip() for part in row.split(",")] for row in told.splitlines() if row.count(",") == 2]
    return [{"name": name, "memory_mb": _whole(total), "free_mb": _whole(free)} for name, total, free in rows]


def _whole(text: str) -> int | None:
    return int(text) if text.isdigit() else None


def _devices() -> list[Facts]:
    """What torch sees; its absence is a line, not an error."""
    if _version("torch") is None:
        return [{"device": "none", "name": "torch is not installed", "memory_mb": None, "free_mb": None}]
    from tawazun.engine.devices import devices

    return [{"device": d.device, "name": d.name, "memory_mb": d.memory_mb, "free_mb": d.free_mb} for d in devices()]


def _cache() -> Facts:
    file = cache_file()
    try:
        cap, error = cache_cap(), ""
    except TawazunError as wrong:
        cap, error = 0, str(wrong)
    size = sum(part.stat().st_size for part in file.parent.glob(f"{file.name}*")) if file else 0
    return {"file": str(file) if file else None, "bytes": size, "cap": cap, "error": error}


def _data(given: Path | None) -> Facts:
    """The data folder: its size, the sets in it, and the instruments whose files are there or not."""
    none: Facts = {"folder": None, "bytes": 0, "cut": False, "sets": [], "instruments": [], "absent": [], "error": ""}
    try:
        folder = data_folder(given)
    except TawazunError as wrong:
        return {**none, "error": str(wrong)}
    if folder is None:
        return none
    size, cut = _size(folder)
    sets = sorted(one.name for one in folder.iterdir() if one.is_dir() and not one.name.startswith("."))
    cards = [card for name in instrument_names() if (card := instrument_card(name))]
    there = [card.name for card in cards if card.files.paths(folder, card.files.parts[0].name)]
    absent = [card.name for card in cards if card.name not in there]
    found = {"folder": str(folder), "bytes": size, "cut": cut, "sets": sets, "instruments": there, "absent": absent}
    return {**none, **found}


def _size(folder: Path) -> tuple[int, bool]:
    """Bytes of the files below a folder, and whether counting stopped early: a folder may hold millions."""
    total = count = 0
    for here, _, files in os.walk(folder):
        for name in files:
            count += 1
            if count > MOST_FILES:
                return total, True
            try:
                total += os.lstat(os.path.join(here, name)).st_size
            except OSError:
                continue
    return total, False


def _browser() -> str | None:
    named = os.environ.get("TAWAZUN_CHROMIUM", "")
    if named and os.path.exists(named):
        return named
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    return found or _of_playwright()


def _of_playwright() -> str | None:
    """A Chromium that Playwright keeps, without starting Playwright."""
    caches = (Path.home() / ".cache", Path.home() / "Library" / "Caches")
    kept = Path(
        os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
        or next((c for c in caches if c.is_dir()), caches[0]) / "ms-playwright"
    )
    found = sorted(kept.glob("chromium*/chrome-*/*chrome*")) if kept.is_dir() else []
    return next((str(path) for path in reversed(found) if path.is_file() and os.access(path, os.X_OK)), None)
