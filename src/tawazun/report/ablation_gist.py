"""The first table of an ablation's page: what every arm came to, beside which control, and what may be said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tawazun.adapt.table_records import Column
from tawazun.report.steering import shown

BASE, VALUES, INDEX = "base", "values", "index"
WIDEST = 150.0  # per cent of the base's distance at which a bar ends
SAID = {"win": "closer", "tie": "not told apart", "loss": "farther", "": "no interval"}
PAID = ("loss", "worse")
METHODS = {"pretrain": "pre-training", "sft": "tuning", "reward": "reward model"}


@dataclass(frozen=True)
class Beside:
    """How an arm stands to one control: `word` is what the interval of the difference says, `change` the difference."""

    control: str
    word: str
    change: str
    outcome: str


@dataclass(frozen=True)
class Gist:
    """One arm.

    left     per cent of the base's distance to the people; None where not measured; bar: the same, cut off; indices:
             per cent of the base's distance in index points
    change   difference from the base; added: from the arm before it, named in `after`
    paid     what became worse by its whole interval; decided: whether there are intervals that could show it
    """

    arm: str
    control: str
    made_of: str
    left: float | None
    bar: float
    indices: float | None
    change: str
    beside: tuple[Beside, ...]
    after: str
    added: str
    added_outcome: str
    added_word: str
    paid: tuple[str, ...]
    decided: bool
    verdict: str


def gists(
    table: pl.DataFrame, columns: Sequence[Column], arms: Sequence[Mapping[str, Any]], verdicts: Mapping[str, str]
) -> list[Gist]:
    """Every arm, those that something is claimed of first. `arms`: of lineage.json; `verdicts`: arm -> verdict."""
    told = [_gist(table, columns, one, verdicts.get(one["arm"], "")) for one in arms]
    return sorted(told, key=lambda one: bool(one.control))


def _gist(table: pl.DataFrame, columns: Sequence[Column], arm: Mapping[str, Any], verdict: str) -> Gist:
    name, after = arm["arm"], arm.get("after") or ""
    added = row_of(table, name, VALUES, after) if after else None
    left = _left(table, name, VALUES)
    beside = []
    for control in arm.get("against") or ():
        row = row_of(table, name, VALUES, control)
        outcome = "" if row is None else row["outcome"]
        beside.append(Beside(control, SAID[outcome] if row is not None else "not measured", words(row), outcome))
    return Gist(
        name, arm["control"], made_of(arm), left, min(left or 0.0, WIDEST),
        _left(table, name, INDEX), words(row_of(table, name, VALUES, BASE)),
        tuple(beside), after, words(added), added["outcome"] if added else "",
        SAID[added["outcome"]] if added else "not measured", *_paid(table, columns, name), verdict,
    )  # fmt: skip


def _left(table: pl.DataFrame, arm: str, column: str) -> float | None:
    """Per cent of the base's distance."""
    own, base = row_of(table, arm, column, ""), row_of(table, BASE, column, "")
    if own is None or base is None or own["value"] is None or not base["value"]:
        return None
    return float(100 * own["value"] / base["value"])


def made_of(arm: Mapping[str, Any]) -> str:
    """Its stages in words."""
    if arm["persona"]:
        return f"one line: a person of {arm['persona']}"
    stages = arm["repetitions"][0]["stages"] if arm["repetitions"] else []
    return " → ".join(METHODS.get(one["method"], one["method"].upper()) for one in stages)


def _paid(table: pl.DataFrame, columns: Sequence[Column], arm: str) -> tuple[tuple[str, ...], bool]:
    rows = [(one, row_of(table, arm, one.name, BASE)) for one in columns if one.side == "loss"]
    known = [(one, row) for one, row in rows if row is not None and row["low"] is not None]
    worse = [f"{one.title} {shown(row['value'], one.unit, sign=True)}" for one, row in known if row["outcome"] in PAID]
    return tuple(worse), bool(known)


def words(row: Mapping[str, Any] | None) -> str:
    """A difference with its interval."""
    if row is None or row["value"] is None:
        return ""
    value = shown(row["value"], row["unit"], sign=True)
    if row["low"] is None:
        return value
    return f"{value} ({shown(row['low'], row['unit'], sign=True)} to {shown(row['high'], row['unit'], sign=True)})"


def row_of(table: pl.DataFrame, arm: str, column: str, versus: str) -> dict[str, Any] | None:
    """One row of the table."""
    found = table.filter((pl.col("arm") == arm) & (pl.col("column") == column) & (pl.col("versus") == versus))
    return found.row(0, named=True) if found.height else None
