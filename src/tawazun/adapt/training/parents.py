"""Where a base comes from: the lineage of the adaptation that made it."""

import json
from pathlib import Path
from typing import Any

from tawazun.errors import BadFile


def parent_of(*paths: str | Path) -> dict[str, Any] | None:
    """The lineage of the adaptation that a base (or its adapter) was made by; None where it is none of ours.

    paths   the base's adapter and its folder, the first that has a lineage counts; empty ones are passed over
    Errors  BadFile for a lineage that cannot be read
    """
    for path in paths:
        folder = Path(path) if str(path) else None
        if folder is None or not folder.is_dir():
            continue
        for place in (folder.parent, folder):
            if (place / "lineage.json").is_file():
                return _read(place / "lineage.json")
    return None


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadFile(f"{file}: cannot be read as JSON") from error
    if not isinstance(found, dict):
        raise BadFile(f"{file}: a lineage is a record")
    # what was measured is in that folder; what it was made of goes on
    return {key: value for key, value in found.items() if key not in ("scores", "losses", "hashes")}
