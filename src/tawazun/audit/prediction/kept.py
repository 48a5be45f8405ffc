"""What a prediction needs, as JSON: `model.json` of an audit folder. The lines are fitted anew when it is read."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tawazun.audit.components import Structure, record_of
from tawazun.audit.components.kept import structure_from, with_null
from tawazun.audit.prediction.panels import Panel
from tawazun.errors import BadFile

FILE, VERSION = "model.json", 1


def content_of(structure: Structure, panel: Panel, choice: Mapping[str, Any]) -> dict[str, Any]:
    """What `model.json` holds."""
    held = {"change": panel.change, "variance": panel.variance}
    return {
        "kind": "prediction", "version": VERSION, "choice": dict(choice), "structure": record_of(structure),
        "panel": {
            "datasets": list(panel.datasets), "models": list(panel.models), "families": list(panel.families),
            "benchmarks": list(panel.benchmarks), "notes": list(panel.notes), "origins": list(panel.origins),
            **{name: with_null(values) for name, values in held.items()},
        },
    }  # fmt: skip


def read_model(path: Path) -> tuple[Structure, Panel, dict[str, Any]]:
    """Structure, panel and choice of a `model.json`, or the folder that holds one. Errors: BadFile."""
    file = path / FILE if path.is_dir() else path
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadFile(f"{file}: cannot be read; `tawazun audit association … --out DIR` writes it") from error
    except ValueError as error:
        raise BadFile(f"{file}: no JSON ({error})") from error
    if not isinstance(record, dict) or record.get("kind") != "prediction" or record.get("version") != VERSION:
        raise BadFile(f"{file}: no model of version {VERSION}; `tawazun audit association … --out DIR` writes one")
    try:
        own = record["panel"]
        change, variance = (np.array(own[name], dtype=float) for name in ("change", "variance"))
        panel = Panel(tuple(own["datasets"]), tuple(own["models"]), tuple(own["families"]), tuple(own["benchmarks"]),
                      change, variance, tuple(own["notes"]), tuple(own.get("origins", ())))  # fmt: skip
        if change.shape != (len(panel.datasets), len(panel.models), len(panel.benchmarks)):
            raise ValueError(f"changes of shape {change.shape}")
        return structure_from(record["structure"]), panel, dict(record["choice"])
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise BadFile(f"{file}: a model that cannot be read ({type(error).__name__}: {error})") from error
