"""What a run's requests came to, over all its sessions: a small table in its folder that every session adds to."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from tawazun.errors import BadFile
from tawazun.runs.writing import write_text

USAGE = ".usage.json"
# counts and costs by name (`requests`, `prompt_tokens`, `cost USD` …), so that sums need no conversion
Usage = Mapping[str, float]


def summed(parts: Iterable[Usage]) -> dict[str, float]:
    """Usages added up name by name."""
    total: dict[str, float] = {}
    for part in parts:
        for name, amount in part.items():
            total[name] = total.get(name, 0) + amount
    return total


def read_usage(folder: Path) -> dict[str, dict[str, float]]:
    """Label -> what asking came to so far. Errors: BadFile when the table is damaged."""
    file = folder / USAGE
    if not file.exists():
        return {}
    try:
        table: dict[str, dict[str, float]] = json.loads(file.read_text(encoding="utf-8"))
        return {label: summed([own]) for label, own in table.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise BadFile(f"{file}: damaged ({str(error).splitlines()[0]}); delete it to count anew") from error


def add_usage(folder: Path, label: str, usage: Usage) -> None:
    """Add a session's usage of one respondent; nothing when it sent nothing. Errors: BadFile, WriteFailed."""
    if any(usage.values()):
        so_far = read_usage(folder)
        write_text(folder / USAGE, json.dumps({**so_far, label: summed([so_far.get(label, {}), usage])}))
