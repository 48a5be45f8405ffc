"""Where the cache lies and how large it may grow."""

import os
import sys
from pathlib import Path

from tawazun.errors import UserError

NAME = "answers.sqlite"
DEFAULT_MB = 2000.0
OFF = ("off", "0", "no")


def cache_file() -> Path | None:
    """The file of the cache: in the folder TAWAZUN_CACHE, else the platform's cache folder; None when it is `off`."""
    named = os.environ.get("TAWAZUN_CACHE", "")
    if named.lower() in OFF:
        return None
    return (Path(named) if named else _platform()) / NAME


def _platform() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "tawazun"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "tawazun" / "Cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tawazun"


def cache_cap(megabytes: float | None = None) -> int:
    """Bytes that the cache may hold: the given megabytes, else TAWAZUN_CACHE_MB, else 2000. Errors: UserError."""
    said = os.environ.get("TAWAZUN_CACHE_MB", "") if megabytes is None else str(megabytes)
    try:
        found = float(said) if said else DEFAULT_MB
    except ValueError:
        found = -1.0
    if not 0 < found < 1e9:
        raise UserError(f"the size of the answer cache is a number of megabytes above 0, not {said!r}")
    return int(found * 1e6)
