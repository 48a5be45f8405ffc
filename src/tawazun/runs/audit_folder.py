"""An audit of a training set, read back from its folder."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from tawazun.errors import BadFile

TABLES = ("findings", "metrics", "shards", "examples")


@dataclass(frozen=True)
class AuditFolder:
    """What an audit of a training set left: its manifest and its tables.

    findings   `check, code, severity, items, text, how, value`
    metrics    `check, name, value`
    shards     one row a shard; examples: rows at both ends of metrics (empty in audits that have none)
    """

    manifest: Mapping[str, Any]
    findings: pl.DataFrame
    metrics: pl.DataFrame
    shards: pl.DataFrame
    examples: pl.DataFrame = field(default_factory=pl.DataFrame)

    @property
    def name(self) -> str:
        """What was audited."""
        return str(self.manifest["subject"])

    @cached_property
    def values(self) -> Mapping[tuple[str, str], float]:
        """(check, name) → value, of the numbers that there are."""
        rows = self.metrics.filter(pl.col("value").is_not_null()).iter_rows()
        return {(check, name): float(value) for check, name, value in rows}

    def counts(self, check: str) -> dict[str, int]:
        """Name → count of one check, most first: `language`, `script`, `shape`, `fault`, `ar:countries`."""
        found = {name: int(value) for (own, name), value in self.values.items() if own == check}
        return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def read_audit(folder: Path) -> AuditFolder:
    """The audit of a training set in a folder. Errors: BadFile for anything else."""
    wanted = f"{folder}: no audit of a training set; `tawazun audit data SET --out {folder}` makes one"
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadFile(wanted) from error
    shaped = isinstance(manifest, dict) and isinstance(manifest.get("facts"), dict)
    if not shaped or manifest.get("kind") != "audit" or not {"rows", "languages"} <= set(manifest["facts"]):
        raise BadFile(wanted)
    tables = {name: _table(folder / f"{name}.parquet", needed=name != "examples") for name in TABLES}
    return AuditFolder(manifest, **tables)


def read_table(path: Path, columns: Sequence[str]) -> pl.DataFrame:
    """A table of an audit folder with at least these columns. Errors: BadFile."""
    table = _table(path, needed=True)
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise BadFile(f"{path}: the column {missing[0]} is missing")
    return table.select(list(columns))


def _table(path: Path, *, needed: bool) -> pl.DataFrame:
    if not needed and not path.is_file():
        return pl.DataFrame()
    try:
        return pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise BadFile(f"{path}: cannot be read as a table ({str(error).splitlines()[0][:100]})") from error
