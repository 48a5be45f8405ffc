"""The folder of an audit: findings, numbers, and a manifest written last."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from tawazun.errors import BadFile
from tawazun.runs.writing import write_parquet, write_text

FINDINGS: dict[str, pl.DataType | type[pl.DataType]] = {
    "check": pl.String,
    "code": pl.String,
    "severity": pl.String,
    "items": pl.List(pl.String),
    "text": pl.String,
    "how": pl.String,
    "value": pl.Float64,
}
METRICS: dict[str, pl.DataType | type[pl.DataType]] = {"check": pl.String, "name": pl.String, "value": pl.Float64}


def write_audit(
    folder: Path,
    findings: Sequence[Mapping[str, Any]],
    metrics: Sequence[Mapping[str, Any]],
    manifest: Mapping[str, Any],
) -> None:
    """Put an audit down; an earlier one in the same folder is replaced.

    Errors   BadFile when the folder holds something else; WriteFailed when the disk refuses.
    """
    ours = {"findings.parquet", "metrics.parquet", "manifest.json", "report.html"}
    if folder.is_file():
        raise BadFile(f"{folder}: a file, not a folder; choose another --out")
    if folder.is_dir() and any(one.name not in ours for one in folder.iterdir()):
        raise BadFile(f"{folder}: the folder is not empty and holds no audit; choose another --out")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadFile(f"{folder}: no folder can be made there ({error.strerror})") from error
    (folder / "manifest.json").unlink(missing_ok=True)
    write_parquet(folder / "findings.parquet", pl.DataFrame(list(findings), schema=FINDINGS))
    write_parquet(folder / "metrics.parquet", pl.DataFrame(list(metrics), schema=METRICS))
    write_text(folder / "manifest.json", json.dumps({"kind": "audit", **manifest}, ensure_ascii=False, indent=2))
