"""The page of an adaptation: the honest table, what was gained beside what was lost, and where answers moved.

One file that loads nothing. Everything is read from the adaptation's folder; the only words about success are those
that an interval decided.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined

from tawazun.adapt.table_records import ALL, CONTROLS, DEFAULT, TITLES, Column
from tawazun.report import embed
from tawazun.report.steering_pictures import Drawn, Shift, Spot, before_after, convergence, item_shifts
from tawazun.runs import Run
from tawazun.version import VERSION

SIDES = {"gain": "Gains: how close to the people", "loss": "Losses: what must not be paid for it", "cost": "Costs"}
DIGITS = {"index points": 1, "evaluations": 0, "numbers": 0, "seconds": 1}
SIGNS = {-1: "↓", 1: "↑", 0: ""}  # which way is better
FIT, HELD_OUT = "fit", "held_out"
TEMPLATE = "steering.html.jinja"


@dataclass(frozen=True)
class Cell:
    """A cell as text: value, interval, what the intervals of differences decided, and why something is not there."""

    value: str
    interval: str
    outcome: str
    why: str
    closed: bool


@dataclass(frozen=True)
class Line:
    """One arm of a table."""

    title: str
    own: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Part:
    """The table of one side: names of its columns, lines, reasons that all cells of a column share, and remarks."""

    title: str
    names: tuple[str, ...]
    lines: tuple[Line, ...]
    absent: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """One target: sentences, tables, pictures."""

    place: str
    title: str
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    parts: tuple[Part, ...]
    curves: Drawn | None
    moved: Drawn | None
    items: Drawn | None


def steering_page(folder: Path, name: str, columns: Sequence[Column]) -> str:
    """The page of an adaptation's folder. Errors: those of reading its files."""
    lineage = json.loads((folder / "lineage.json").read_text(encoding="utf-8"))
    table = pl.read_parquet(folder / "table.parquet")
    base = files("tawazun.report")
    style = "".join(base.joinpath(name).read_text(encoding="utf-8") for name in ("style.css", "steering.css"))
    policy = f"default-src 'none'; style-src {embed.fingerprint(style)}; img-src data:; base-uri 'none'"
    environment = Environment(
        loader=PackageLoader("tawazun.report", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    places = table["target"].unique(maintain_order=True).to_list()
    return environment.get_template(TEMPLATE).render(
        name=name,
        style=style,
        policy=policy,
        version=VERSION,
        lineage=lineage,
        sections=[_section(folder, table, columns, lineage, place) for place in sorted(places, key=lambda p: p != ALL)],
    )


def _section(
    folder: Path, table: pl.DataFrame, columns: Sequence[Column], lineage: Mapping[str, Any], place: str
) -> Section:
    own = table.filter(pl.col("target") == place)
    adapters = [one for one in lineage["adapters"] if one["place"] == place]
    names = {one["optimiser"] for one in lineage["adapters"]}
    tuned = next(iter(names), "")
    parts = (_beside(own, columns, tuned), *(_part(own, columns, side, title, tuned) for side, title in SIDES.items()))
    fit, held = (folder / "table" / place / name for name in (FIT, HELD_OUT))
    history = folder / "arms.parquet"
    return Section(
        place,
        "All targets together" if place == ALL else f"{adapters[0]['target']}" if adapters else place,
        tuple(sentences(own, columns, tuned)),
        tuple(_warnings(adapters)),
        tuple(one for one in parts if one.lines or one.absent),
        convergence(pl.read_parquet(history), TITLES, place) if history.is_file() else None,
        _moved(Run(fit).scores, adapters, tuned, place) if (fit / "scores.parquet").is_file() else None,
        _items(Run(held).scores, tuned, place) if (held / "scores.parquet").is_file() else None,
    )


# ---- words


def sentences(table: pl.DataFrame, columns: Sequence[Column], tuned: str) -> list[str]:
    """What the intervals say of the recipe's own search: against each control, and gains beside losses."""
    found = []
    title = TITLES.get(tuned, tuned)
    for name in (FIT, HELD_OUT):
        column = next((one for one in columns if one.name == name), None)
        if column is None:
            continue
        for control in CONTROLS:
            row = _row(table, tuned, name, control)
            if row and control != tuned:
                found.append(f"{column.title}: {title} against {TITLES[control]}: {_verdict(row, column)}.")
    if trade := _trade_off(table, columns, tuned):
        found.append(trade)
    return found


def _verdict(row: Mapping[str, Any], column: Column) -> str:
    told = f"{shown(row['value'], column.unit, sign=True)} {column.unit}"
    if row["low"] is None:
        return f"{told}, undecided ({row['why'] or 'no interval'})"
    bounds = f"{shown(row['low'], column.unit, sign=True)} to {shown(row['high'], column.unit, sign=True)}"
    words = {"win": "a win", "loss": "a loss", "tie": "a tie: it does not beat this control"}
    return f"{told} ({bounds}), {words.get(row['outcome'], 'undecided')}"


def _trade_off(table: pl.DataFrame, columns: Sequence[Column], tuned: str) -> str:
    """Values up, knowledge down: both in one sentence."""
    gain = _row(table, tuned, HELD_OUT, DEFAULT) or _row(table, tuned, FIT, DEFAULT)
    losses = [
        (one, row)
        for one in columns
        if _guarded(one)
        if (row := _row(table, tuned, one.name, "")) and row["value"] is not None
    ]
    if gain is None:
        return ""
    side = {"win": "came closer to the people", "loss": "went away from the people"}.get(
        gain["outcome"], "did not come measurably closer to the people"
    )
    if not losses:
        return f"The model {side}; what it lost in knowledge and trust was not measured."
    told = ", ".join(
        f"{one.title} {shown(row['value'], one.unit, sign=True)} ({row['outcome'] or 'no interval'})"
        for one, row in losses
    )
    return f"The trade-off: the model {side}, at these changes: {told}."


def _warnings(adapters: Sequence[Mapping[str, Any]]) -> list[str]:
    found = []
    for one in adapters:
        mark = one.get("deploy", {})
        if mark.get("verdict") != "not worse":
            found.append(f"Seed {one['seed']}: {mark.get('verdict')}. {'; '.join(mark.get('why', []))}")
    return found


# ---- tables


def _part(table: pl.DataFrame, columns: Sequence[Column], side: str, title: str, tuned: str) -> Part:
    own = [one for one in columns if one.side == side]
    arms = table["arm"].unique(maintain_order=True).to_list()
    measured, absent = [], []
    for column in own:
        rows = table.filter((pl.col("column") == column.name) & (pl.col("versus") == ""))
        if not rows.height:
            continue
        known = rows.filter(pl.col("value").is_not_null())
        if known.height:
            measured.append(column)
        else:
            absent.append((column.title, str(rows["why"][0])))
    lines = tuple(
        Line(TITLES.get(arm, arm), arm == tuned, tuple(_cell(table, arm, column) for column in measured))
        for arm in arms
    )
    names = tuple(f"{SIGNS[one.better]} {one.title} ({one.unit})".strip() for one in measured)
    remarks = tuple(line for column in measured for line in _remarks(table, column))
    return Part(title, names, lines if measured else (), tuple(absent), remarks)


def _remarks(table: pl.DataFrame, column: Column) -> list[str]:
    """What must be known of a column's values to read them: zeros that no measurement made."""
    rows = table.filter((pl.col("column") == column.name) & (pl.col("versus") == ""))
    arms = rows.filter(pl.col("why").str.starts_with("0 by construction"))
    if not arms.height:
        return []
    named = ", ".join(TITLES.get(arm, arm) for arm in arms["arm"])
    return [f"{column.title}, {named}: {arms['why'][0]}."]


def _cell(table: pl.DataFrame, arm: str, column: Column) -> Cell:
    row = _row(table, arm, column.name, "")
    if row is None or row["value"] is None:
        return Cell("—", "", "", row["why"] if row else "", True)
    bounds = (
        f"{shown(row['low'], column.unit)} to {shown(row['high'], column.unit)}" if row["low"] is not None else ""
    )  # fmt: skip
    against = [_row(table, arm, column.name, control) for control in CONTROLS]
    told = " · ".join("—" if one is None else one["outcome"] or "?" for one in against) if any(against) else ""
    outcome = row["outcome"] or told
    return Cell(shown(row["value"], column.unit), bounds, outcome, row["why"], not row["interpretable"])


def _beside(table: pl.DataFrame, columns: Sequence[Column], tuned: str) -> Part:
    """Gains and losses in one table: every arm's change against the default."""
    chosen = [one for one in columns if one.name in (FIT, HELD_OUT, "drift") or _guarded(one)]
    arms = [arm for arm in table["arm"].unique(maintain_order=True) if arm != DEFAULT]
    lines, there = [], [one for one in chosen if any(_change(table, arm, one) for arm in arms)]
    for arm in arms:
        cells = tuple(_change_cell(_change(table, arm, one), one) for one in there)
        lines.append(Line(TITLES.get(arm, arm), arm == tuned, cells))
    names = tuple(f"{SIGNS[one.better]} {one.title} ({one.unit})" for one in there)
    return Part("Gains beside losses: change against the default", names, tuple(lines) if there else (), ())


def _guarded(column: Column) -> bool:
    return column.name.startswith(("knowledge:", "trust:", "refusal:")) and "/" not in column.name


def _change(table: pl.DataFrame, arm: str, column: Column) -> dict[str, Any] | None:
    row = _row(table, arm, column.name, "" if _guarded(column) else DEFAULT)
    return row if row and row["value"] is not None else None


def _change_cell(row: Mapping[str, Any] | None, column: Column) -> Cell:
    if row is None:
        return Cell("—", "", "", "not measured", True)
    bounds = [shown(row[one], column.unit, sign=True) for one in ("low", "high") if row[one] is not None]
    value = shown(row["value"], column.unit, sign=True)
    return Cell(value, " to ".join(bounds), row["outcome"], row["why"], not row["interpretable"])


def _row(table: pl.DataFrame, arm: str, column: str, versus: str) -> dict[str, Any] | None:
    found = table.filter((pl.col("arm") == arm) & (pl.col("column") == column) & (pl.col("versus") == versus))
    return found.row(0, named=True) if found.height else None


def shown(value: float | None, unit: str, *, sign: bool = False) -> str:
    """A value with as many digits as its unit bears."""
    if value is None:
        return "—"
    digits = DIGITS.get(unit, 3)
    return f"{value:+,.{digits}f}" if sign else f"{value:,.{digits}f}"


# ---- pictures


def _moved(scores: pl.DataFrame, adapters: Sequence[Mapping[str, Any]], tuned: str, place: str) -> Drawn | None:
    """Arms on the two indices on which the untuned model is farthest from the people."""
    rows = scores.filter((pl.col("measure") == "index") & pl.col("value").is_not_null())
    goals = adapters[0]["goals"] if adapters else {}
    rows = rows.with_columns(arm=pl.col("respondent").str.split(" seed ").list.first())
    means: dict[str, dict[str, float]] = {}
    for (arm, item), own in rows.group_by("arm", "item", maintain_order=True):
        means.setdefault(str(arm), {})[str(item)] = float(own["value"].mean())  # type: ignore[arg-type]
    start = means.get(DEFAULT, {})
    named = [name for name in start if name in goals and all(name in one for one in means.values())]
    if len(named) < 2:
        return None
    chosen = sorted(named, key=lambda name: -abs(start[name] - goals[name]))[:2]
    kinds = {DEFAULT: "start", tuned: "own"}
    spots = [
        Spot(TITLES.get(arm, arm), kinds.get(arm, "other"), one[chosen[0]], one[chosen[1]])
        for arm, one in means.items()
    ]
    order = list(TITLES.values())
    spots.sort(key=lambda one: order.index(one.title) if one.title in order else len(order))
    return before_after(spots, (goals[chosen[0]], goals[chosen[1]]), (chosen[0], chosen[1]), place)


def _items(scores: pl.DataFrame, tuned: str, place: str) -> Drawn | None:
    rows = scores.filter(
        (pl.col("measure") == "js_similarity") & (pl.col("item") != "") & (pl.col("facet") == "")
        & pl.col("value").is_not_null()
    ).with_columns(arm=pl.col("respondent").str.split(" seed ").list.first())  # fmt: skip
    means = {
        (str(arm), str(item)): 1 - float(own["value"].mean())  # type: ignore[arg-type]
        for (arm, item), own in rows.group_by("arm", "item", maintain_order=True)
    }
    items = sorted(item for arm, item in means if arm == tuned and (DEFAULT, item) in means)
    return item_shifts([Shift(one, means[DEFAULT, one], means[tuned, one]) for one in items], place) if items else None
