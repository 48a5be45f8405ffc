"""Components as JSON: `components.json` of an audit folder, read back by what builds on it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tawazun.audit.components.records import Cube, Structure
from tawazun.errors import BadFile

FILE, VERSION = "components.json", 1
ARRAYS = ("centre", "scale", "weights", "loadings", "low", "high", "share", "eigenvalues", "chance", "p", "stability",
          "subspace")  # fmt: skip


def record_of(structure: Structure) -> dict[str, Any]:
    """A structure as what JSON can hold; numbers in full."""
    cube = structure.cube
    return {
        "cube": {
            "language": cube.language, "datasets": list(cube.datasets), "metrics": list(cube.metrics),
            "rows": cube.rows, "steady": sorted(cube.steady), "values": with_null(cube.values),
        },
        "metrics": list(structure.metrics), "dropped": dict(structure.dropped), "names": list(structure.names),
        "rotate": structure.rotate, "notes": list(structure.notes),
        **{name: getattr(structure, name).tolist() for name in ARRAYS},
    }  # fmt: skip


def structure_from(record: Mapping[str, Any]) -> Structure:
    """What `record_of` made. Errors: KeyError, ValueError, TypeError where it is no such record."""
    kept = record["cube"]
    values = np.array(kept["values"], dtype=float)
    cube = Cube(kept["language"], tuple(kept["datasets"]), tuple(kept["metrics"]), values, int(kept["rows"]),
                frozenset(kept["steady"]))  # fmt: skip
    if values.shape[0] != len(cube.datasets) or values.shape[2] != len(cube.metrics):
        raise ValueError(f"values of shape {values.shape} for {len(cube.datasets)} sets, {len(cube.metrics)} metrics")
    arrays = {name: np.array(record[name], dtype=float) for name in ARRAYS}
    # a table without columns loses its shape in JSON
    width = len(record["names"])
    for name in ("weights", "loadings", "low", "high"):
        arrays[name] = arrays[name].reshape(len(record["metrics"]), width)
    return Structure(
        cube=cube, metrics=tuple(record["metrics"]), dropped=dict(record["dropped"]), names=tuple(record["names"]),
        rotate=record["rotate"], notes=tuple(record["notes"]), **arrays,
    )  # fmt: skip


def read_structures(path: Path) -> dict[str, Structure]:
    """Structures by language, of a `components.json` or the folder that holds one. Errors: BadFile."""
    file = path / FILE if path.is_dir() else path
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadFile(f"{file}: cannot be read; `tawazun audit components … --out DIR` writes it") from error
    except ValueError as error:
        raise BadFile(f"{file}: no JSON ({error})") from error
    return structures_from(record, file)


def structures_from(record: Any, file: Path) -> dict[str, Structure]:
    """Structures of the content of a file. Errors: BadFile."""
    if not isinstance(record, dict) or record.get("kind") != "components" or record.get("version") != VERSION:
        raise BadFile(f"{file}: no components of version {VERSION}; `tawazun audit components … --out DIR` writes them")
    try:
        return {language: structure_from(own) for language, own in record["languages"].items()}
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise BadFile(f"{file}: components that cannot be read ({type(error).__name__}: {error})") from error


def content_of(structures: Mapping[str, Structure], choice: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What `components.json` holds. `choice` says how sets were drawn and measured, for sets that come later."""
    languages = {language: record_of(one) for language, one in structures.items()}
    return {"kind": "components", "version": VERSION, "choice": dict(choice or {}), "languages": languages}


def read_choice(path: Path) -> dict[str, Any]:
    """How the sets of a `components.json` were drawn and measured. Errors: BadFile."""
    read_structures(path)
    file = path / FILE if path.is_dir() else path
    return dict(json.loads(file.read_text(encoding="utf-8")).get("choice", {}))


def with_null(values: np.ndarray) -> Any:
    """Nested lists with null where a number is none."""
    held = values.astype(object)
    held[~np.isfinite(values)] = None
    return held.tolist()
