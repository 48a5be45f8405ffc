"""The folder of an audit: findings, numbers, and a manifest written last."""

import json
from collections.abc import Callable, Mapping, Sequence
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
ROWS = "rows"
# of `audit components` and of what builds on it
STRUCTURE = {"components.json", "components.parquet", "loadings.parquet", "model.json", "associations.parquet",
             "effects.parquet"}  # fmt: skip
OURS = {
    "findings.parquet",
    "metrics.parquet",
    "shards.parquet",
    "examples.parquet",
    "manifest.json",
    "report.html",
    ROWS,
    *STRUCTURE,
}
METRICS: dict[str, pl.DataType | type[pl.DataType]] = {"check": pl.String, "name": pl.String, "value": pl.Float64}


def write_audit(
    folder: Path,
    findings: Sequence[Mapping[str, Any]],
    metrics: Sequence[Mapping[str, Any]],
    manifest: Mapping[str, Any],
    *,
    page: str = "",
    tables: Mapping[str, pl.DataFrame] | None = None,
    texts: Mapping[str, str] | None = None,
) -> None:
    """Put an audit down; an earlier one in the same folder is replaced. A `page` becomes `report.html`.

    tables   further tables by the name of their file, such as `shards.parquet`; `texts` likewise

    Errors   BadFile when the folder holds something else; WriteFailed when the disk refuses.
    """
    _made(folder)
    (folder / "manifest.json").unlink(missing_ok=True)
    write_parquet(folder / "findings.parquet", pl.DataFrame(list(findings), schema=FINDINGS))
    write_parquet(folder / "metrics.parquet", pl.DataFrame(list(metrics), schema=METRICS))
    if page:
        write_text(folder / "report.html", page)
    else:
        (folder / "report.html").unlink(missing_ok=True)
    for name, table in (tables or {}).items():
        write_parquet(folder / name, table)
    for name, text in (texts or {}).items():
        write_text(folder / name, text)
    write_text(folder / "manifest.json", json.dumps({"kind": "audit", **manifest}, ensure_ascii=False, indent=2))


def row_sink(folder: Path) -> Callable[[pl.DataFrame], None]:
    """What takes tables of rows and puts each down as the next `rows/part-00001.parquet`; earlier parts go first.

    Errors   BadFile when the folder holds something else
    """
    _made(folder)
    (folder / ROWS).mkdir(exist_ok=True)
    for old in (folder / ROWS).glob("part-*.parquet"):
        old.unlink()
    count = 0

    def keep(table: pl.DataFrame) -> None:
        nonlocal count
        count += 1
        write_parquet(folder / ROWS / f"part-{count:05}.parquet", table)

    return keep


def _made(folder: Path) -> None:
    """Make the folder of an audit, or see that it is one."""
    if folder.is_file():
        raise BadFile(f"{folder}: a file, not a folder; choose another --out")
    if folder.is_dir() and any(one.name not in OURS for one in folder.iterdir()):
        raise BadFile(f"{folder}: the folder is not empty and holds no audit; choose another --out")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadFile(f"{folder}: no folder can be made there ({error.strerror})") from error
