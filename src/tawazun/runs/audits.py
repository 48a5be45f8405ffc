"""The folder of an audit: findings, numbers, and a manifest written last."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from tawazun.errors import BadFile, WriteFailed
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
PARTS = "part-*.parquet"
COMPONENTS = frozenset({"components.json", "components.parquet", "loadings.parquet"})
TABLES = frozenset({"shards.parquet", "examples.parquet", "model.json", "associations.parquet", "effects.parquet"})
OURS = {"findings.parquet", "metrics.parquet", "manifest.json", "report.html", ROWS, *COMPONENTS, *TABLES}
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
    keep: Collection[str] = (),
) -> None:
    """Put an audit down; an earlier one in the same folder is replaced, all of it. A `page` becomes `report.html`.

    tables   further tables by the name of their file, such as `shards.parquet`; `texts` likewise
    keep     what stays of what the folder holds: `rows` that this audit has put down, components that it builds on

    Errors   BadFile when the folder holds something else; WriteFailed when the disk refuses.
    """
    _made(folder)
    _cleared(folder, keep)
    write_parquet(folder / "findings.parquet", pl.DataFrame(list(findings), schema=FINDINGS))
    write_parquet(folder / "metrics.parquet", pl.DataFrame(list(metrics), schema=METRICS))
    if page:
        write_text(folder / "report.html", page)
    for name, table in (tables or {}).items():
        write_parquet(folder / name, table)
    for name, text in (texts or {}).items():
        write_text(folder / name, text)
    write_text(folder / "manifest.json", json.dumps({"kind": "audit", **manifest}, ensure_ascii=False, indent=2))


def row_sink(folder: Path) -> Callable[[pl.DataFrame], None]:
    """What takes tables of rows and puts each down as the next `rows/part-00001.parquet`.

    With the first table an earlier audit goes: rows of this one beside its manifest would pass for its rows.

    Errors   BadFile when the folder holds something else
    """
    _made(folder)
    count = 0

    def keep(table: pl.DataFrame) -> None:
        nonlocal count
        if not count:
            _cleared(folder, ())
            (folder / ROWS).mkdir()
        count += 1
        write_parquet(folder / ROWS / f"part-{count:05}.parquet", table)

    return keep


def _cleared(folder: Path, keep: Collection[str]) -> None:
    """Take away an earlier audit, its manifest first. Errors: WriteFailed."""
    try:
        for name in sorted(OURS - {ROWS} - set(keep), key=lambda one: (one != "manifest.json", one)):
            (folder / name).unlink(missing_ok=True)
        if ROWS not in keep and (folder / ROWS).is_dir():
            for old in (folder / ROWS).glob(PARTS):
                old.unlink()
            (folder / ROWS).rmdir()
    except OSError as error:
        raise WriteFailed(f"{folder}: the earlier audit in it cannot be replaced ({error.strerror})") from error


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
