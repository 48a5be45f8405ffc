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
from tawazun.report.ablation_gist import gists, row_of
from tawazun.report.steering import SIDES, SIGNS, Cell, Line, Part, shown
from tawazun.version import VERSION

TEMPLATE = "ablation.html.jinja"
STYLES = ("style.css", "steering.css", "ablation.css")
BASE = "base"


@dataclass(frozen=True)
class Verdict:
    """What is said of one arm: `why` are the reasons of its own, without those that all arms share."""

    arm: str
    supported: bool
    why: tuple[str, ...]
    deploy: str


def ablation_page(folder: Path, name: str, columns: Sequence[Column]) -> str:
    """The page of an ablation's folder. Errors: those of reading its files."""
    lineage = json.loads((folder / "lineage.json").read_text(encoding="utf-8"))
    told = json.loads((folder / "claims.json").read_text(encoding="utf-8"))["claims"]
    table = pl.read_parquet(folder / "table.parquet")
    base = files("tawazun.report")
    style = "".join(base.joinpath(one).read_text(encoding="utf-8") for one in STYLES)
    policy = f"default-src 'none'; style-src {embed.fingerprint(style)}; img-src data:; base-uri 'none'"
    environment = Environment(
        loader=PackageLoader("tawazun.report", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    shared = _shared(told)
    return environment.get_template(TEMPLATE).render(
        name=name, style=style, policy=policy, version=VERSION, lineage=lineage,
        people=table["target"][0] if table.height else "",
        repetitions=max((len(one["repetitions"]) for one in lineage["arms"]), default=0),
        lead=_lead(told), shared=shared,
        gists=gists(table, columns, lineage["arms"], {one["arm"]: one["verdict"] for one in told}),
        verdicts=[_verdict(one, shared) for one in told],
        parts=[one for one in _parts(table, columns, lineage["arms"]) if one.lines],
        absent=_absent(table, columns),
    )  # fmt: skip


def _shared(told: Sequence[Mapping[str, Any]]) -> list[str]:
    """Reasons for which every arm is refused."""
    return [why for why in told[0]["why"] if all(why in one["why"] for one in told)] if told else []


def _lead(told: Sequence[Mapping[str, Any]]) -> str:
    """One sentence: what may be claimed."""
    supported = [one["arm"] for one in told if one["verdict"] == "supported"]
    refused = [one["arm"] for one in told if one["verdict"] != "supported"]
    if not supported:
        return "No claim is made of any arm."
    line = "Closer to the people on items and wordings that were not taught, and more so than every control: "
    line += f"{', '.join(supported)}."
    return f"{line} No claim is made of {', '.join(refused)}." if refused else line


def _verdict(claim: Mapping[str, Any], shared: Sequence[str]) -> Verdict:
    deploy = f"{claim['deploy']}: {'; '.join(claim['deploy_why'])}" if claim["deploy_why"] else claim["deploy"]
    why = tuple(one for one in claim["why"] if one not in shared)
    return Verdict(claim["arm"], claim["verdict"] == "supported", why, deploy)


def _parts(table: pl.DataFrame, columns: Sequence[Column], arms: Sequence[Mapping[str, Any]]) -> list[Part]:
    names = [BASE, *(one["arm"] for one in arms)]
    own = {one["arm"] for one in arms if not one["control"]}
    added = [(one["arm"], one["after"]) for one in arms if one.get("after")]
    beside = [(one["arm"], control) for one in arms for control in one.get("against") or ()]
    return [
        _changes(table, columns, [(arm, BASE) for arm in names], "Gains beside losses: difference from the base", own),
        _changes(table, columns, added, "What each stage added: difference from the arm that it goes on from", own),
        _changes(table, columns, beside, "Beside the controls: difference from each", own),
        *(_values(table, columns, side, names, own) for side in ("gain", "loss")),
    ]


def _changes(
    table: pl.DataFrame, columns: Sequence[Column], pairs: Sequence[tuple[str, str]], title: str, own: set[str]
) -> Part:
    """Gains and losses in one table: a line for each arm and what it is set beside."""
    found = {pair: {one.name: row_of(table, pair[0], one.name, pair[1]) for one in columns} for pair in pairs}
    known = {
        pair: [name for name, row in rows.items() if row and row["value"] is not None] for pair, rows in found.items()
    }
    there = [one for one in columns if any(one.name in names for names in known.values())]
    lines = tuple(
        Line(
            arm if versus == BASE else f"{arm} less {versus}",
            arm in own,
            tuple(_cell(found[arm, versus][one.name], one, sign=True) for one in there),
        )
        for arm, versus in pairs
        if known[arm, versus]
    )
    return Part(title, _titles(there), lines, ())


def _values(table: pl.DataFrame, columns: Sequence[Column], side: str, names: Sequence[str], own: set[str]) -> Part:
    """The values themselves."""
    known = table.filter((pl.col("versus") == "") & pl.col("value").is_not_null())["column"].unique().to_list()
    there = [one for one in columns if one.side == side and one.name in known]
    lines = tuple(
        Line(arm, arm in own, tuple(_cell(row_of(table, arm, one.name, ""), one) for one in there)) for arm in names
    )
    return Part(SIDES[side], _titles(there), lines if there else (), ())


def _absent(table: pl.DataFrame, columns: Sequence[Column]) -> list[tuple[str, str]]:
    """Columns that no arm has a value in, with the reason."""
    rows = table.filter(pl.col("versus") == "")
    known = rows.filter(pl.col("value").is_not_null())["column"].unique().to_list()
    whys = {one.name: rows.filter(pl.col("column") == one.name)["why"].to_list() for one in columns}
    return [(one.title, whys[one.name][0]) for one in columns if one.name not in known and whys[one.name]]


def _titles(columns: Sequence[Column]) -> tuple[str, ...]:
    return tuple(f"{SIGNS[one.better]} {one.title} ({one.unit})" for one in columns)


def _cell(row: Mapping[str, Any] | None, column: Column, *, sign: bool = False) -> Cell:
    if row is None or row["value"] is None:
        return Cell("—", "", "", row["why"] if row else "not measured", True)
    bounds = [shown(row[one], column.unit, sign=sign) for one in ("low", "high") if row[one] is not None]
    value = shown(row["value"], column.unit, sign=sign)
    return Cell(value, " to ".join(bounds), row["outcome"], row["why"], not row["interpretable"])
