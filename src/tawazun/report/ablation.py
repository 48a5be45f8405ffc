"""The page of an ablation: what is claimed of each arm or why nothing is, gains beside losses, and what it is made of.

One file that loads nothing. Everything is read from the ablation's folder; the only words about success are those that
intervals decided.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined

from tawazun.adapt.table_records import Column
from tawazun.report import embed
from tawazun.report.steering import SIDES, SIGNS, Cell, Line, Part, shown
from tawazun.version import VERSION

TEMPLATE = "ablation.html.jinja"
BASE = "base"


@dataclass(frozen=True)
class Verdict:
    """What is said of one arm, in sentences."""

    arm: str
    supported: bool
    line: str
    why: tuple[str, ...]
    deploy: str


def ablation_page(folder: Path, name: str, columns: Sequence[Column]) -> str:
    """The page of an ablation's folder. Errors: those of reading its files."""
    lineage = json.loads((folder / "lineage.json").read_text(encoding="utf-8"))
    told = json.loads((folder / "claims.json").read_text(encoding="utf-8"))["claims"]
    table = pl.read_parquet(folder / "table.parquet")
    base = files("tawazun.report")
    style = "".join(base.joinpath(one).read_text(encoding="utf-8") for one in ("style.css", "steering.css"))
    policy = f"default-src 'none'; style-src {embed.fingerprint(style)}; img-src data:; base-uri 'none'"
    environment = Environment(
        loader=PackageLoader("tawazun.report", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    controls = [one["arm"] for one in lineage["arms"] if one["control"]]
    names = {BASE: BASE, **{one["arm"]: _named(one) for one in lineage["arms"]}}
    own = {one["arm"] for one in lineage["arms"] if not one["control"]}
    beside = [_changes(table, columns, control, names, own) for control in (BASE, *controls)]
    sides = [_values(table, columns, side, names, own) for side in ("gain", "loss")]
    return environment.get_template(TEMPLATE).render(
        name=name, style=style, policy=policy, version=VERSION, lineage=lineage,
        people=table["target"][0] if table.height else "",
        verdicts=[_verdict(one, table) for one in told],
        parts=[one for one in (*beside, *sides) if one.lines or one.absent],
    )  # fmt: skip


def _named(arm: Mapping[str, Any]) -> str:
    control = arm["control"]
    return f"{arm['arm']} ({control})" if control and control != arm["arm"] else arm["arm"]


def _verdict(claim: Mapping[str, Any], table: pl.DataFrame) -> Verdict:
    supported = claim["verdict"] == "supported"
    row = _row(table, claim["arm"], "values", BASE)
    measured = ""
    if row is not None and row["value"] is not None:
        measured = f" Against the base: {_words(row)} {row['unit']}."
    line = (
        "comes closer to the people on items and wordings that it was not taught, and more so than every control."
        if supported
        else "nothing is claimed."
    )
    deploy = f"{claim['deploy']}: {'; '.join(claim['deploy_why'])}" if claim["deploy_why"] else claim["deploy"]
    return Verdict(claim["arm"], supported, line + measured, tuple(claim["why"]), deploy)


def _words(row: Mapping[str, Any]) -> str:
    value = shown(row["value"], row["unit"], sign=True)
    if row["low"] is None:
        return f"{value} (no interval)"
    return f"{value} ({shown(row['low'], row['unit'], sign=True)} to {shown(row['high'], row['unit'], sign=True)})"


def _changes(
    table: pl.DataFrame, columns: Sequence[Column], control: str, names: Mapping[str, str], own: set[str]
) -> Part:
    """Gains and losses in one table: every arm's difference from one control."""
    rows = table.filter((pl.col("versus") == control) & pl.col("value").is_not_null())
    there = [one for one in columns if rows.filter(pl.col("column") == one.name).height]
    arms = [arm for arm in names if rows.filter(pl.col("arm") == arm).height]
    lines = tuple(
        Line(names[arm], arm in own, tuple(_cell(_row(table, arm, one.name, control), one, sign=True) for one in there))
        for arm in arms
    )
    return Part(f"Gains beside losses: difference from {names[control]}", _titles(there), lines, ())


def _values(table: pl.DataFrame, columns: Sequence[Column], side: str, names: Mapping[str, str], own: set[str]) -> Part:
    """The values themselves, and what was not measured."""
    rows = table.filter(pl.col("versus") == "")
    chosen = [one for one in columns if one.side == side]
    known = rows.filter(pl.col("value").is_not_null())["column"].unique().to_list()
    there = [one for one in chosen if one.name in known]
    whys = {one.name: rows.filter(pl.col("column") == one.name)["why"].to_list() for one in chosen}
    absent = tuple((one.title, whys[one.name][0]) for one in chosen if one not in there and whys[one.name])
    lines = tuple(
        Line(names[arm], arm in own, tuple(_cell(_row(table, arm, one.name, ""), one) for one in there))
        for arm in names
    )
    return Part(SIDES[side], _titles(there), lines if there else (), absent)


def _titles(columns: Sequence[Column]) -> tuple[str, ...]:
    return tuple(f"{SIGNS[one.better]} {one.title} ({one.unit})" for one in columns)


def _cell(row: Mapping[str, Any] | None, column: Column, *, sign: bool = False) -> Cell:
    if row is None or row["value"] is None:
        return Cell("—", "", "", row["why"] if row else "not measured", True)
    bounds = [shown(row[one], column.unit, sign=sign) for one in ("low", "high") if row[one] is not None]
    value = shown(row["value"], column.unit, sign=sign)
    return Cell(value, " to ".join(bounds), row["outcome"], row["why"], not row["interpretable"])


def _row(table: pl.DataFrame, arm: str, column: str, versus: str) -> dict[str, Any] | None:
    found = table.filter((pl.col("arm") == arm) & (pl.col("column") == column) & (pl.col("versus") == versus))
    return found.row(0, named=True) if found.height else None
