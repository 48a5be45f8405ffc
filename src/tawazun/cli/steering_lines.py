"""What `tawazun adapt soft-prompt` prints of its honest table."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import typer
from rich.console import Console
from rich.table import Table

from tawazun.adapt.table_records import CONTROLS, TITLES

SHORT = {"win": "+", "tie": "=", "loss": "-"}
LEGEND = "after each value: what its difference from default, own persona and random search says (+ win, = tie, - loss)"


def print_table(path: Path) -> None:
    """The table of every target, arms by columns, what could not be measured, and what may not be deployed."""
    table = pl.read_parquet(path / "table.parquet")
    console = Console(width=None if Console().is_terminal else 200)
    for place in table["target"].unique(maintain_order=True):
        own = table.filter(pl.col("target") == place)
        console.print(_wide(own, place))
        for line in _absent(own):
            typer.echo(f"  {line}")
    typer.echo(LEGEND)
    for line in deployment_lines(path):
        typer.echo(line)


def deployment_lines(path: Path) -> Iterator[str]:
    """One line per adapter that is not cleared."""
    for one in json.loads((path / "lineage.json").read_text(encoding="utf-8"))["adapters"]:
        mark = one["deploy"]
        if mark["verdict"] != "not worse":
            yield f"{one['target']}, seed {one['seed']}: {mark['verdict']}: {'; '.join(mark['why'])}"


def _wide(own: pl.DataFrame, place: str) -> Table:
    plain = own.filter((pl.col("versus") == "") & ~pl.col("column").str.contains("/"))
    known = plain.filter(pl.col("value").is_not_null())
    measured = set(known["column"])
    columns = [name for name in plain["column"].unique(maintain_order=True) if name in measured]
    made = Table(title=place, title_justify="left")
    made.add_column("arm")
    for name in columns:
        made.add_column(name, justify="right")
    for arm in plain["arm"].unique(maintain_order=True):
        made.add_row(TITLES.get(arm, arm), *(_cell(own, arm, name) for name in columns))
    return made


def _cell(own: pl.DataFrame, arm: str, column: str) -> str:
    rows = {
        str(row["versus"]): row
        for row in own.filter((pl.col("arm") == arm) & (pl.col("column") == column)).iter_rows(named=True)
    }
    row = rows.get("")
    if row is None or row["value"] is None:
        return "—"
    marks = "".join(SHORT.get(rows[one]["outcome"], "?") if one in rows else " " for one in CONTROLS)
    spread = "" if row["low"] is None else f" [{_short(row['low'])}, {_short(row['high'])}]"
    return f"{_short(row['value'])}{spread} {row['outcome'] or marks.rstrip()}".rstrip()


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3g}"


def _absent(own: pl.DataFrame) -> Iterator[str]:
    """Columns that no arm has, and arms that are not there, with their reasons."""
    plain = own.filter(pl.col("versus") == "")
    known: list[Any] = plain.filter(pl.col("value").is_not_null())["column"].unique().to_list()
    lost = plain.filter(~pl.col("column").is_in(known))
    for column in lost["column"].unique(maintain_order=True):
        yield f"{column}: {lost.filter(pl.col('column') == column)['why'][0]}"
    for arm in plain["arm"].unique(maintain_order=True):
        rows = plain.filter(pl.col("arm") == arm)
        if rows["value"].is_null().all():
            yield f"{TITLES.get(arm, arm)}: {rows['why'][0]}"
