"""The rows of the honest table: values, differences from the controls, margins, and means over targets."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from tawazun.adapt.ground import Ground
from tawazun.adapt.table import change_row, described, difference_row, mean_over_targets, value_row, within
from tawazun.adapt.table_arms import Arm
from tawazun.adapt.table_records import ALL, CONTROLS, DEFAULT, Column, Reading, Readings, Row

COSTS = (
    Column("evaluations", "evaluations", "evaluations", 0, "cost"),
    Column("seconds", "seconds", "seconds", 0, "cost"),
    Column("parameters", "parameters", "numbers", 0, "cost"),
)


def cost_readings(arm: Arm, name: str) -> Readings:
    """What an arm spent, by seed."""
    values: Mapping[int | None, float] = getattr(arm, name)
    return {seed: Reading(value, method="as spent") for seed, value in values.items()}


def _margined(column: Column) -> bool:
    """Whether a column is a change that must not fall below the margin."""
    return column.side == "loss" and column.better > 0 and ":" in column.name and "/" not in column.name


def rows_of(
    ground: Ground,
    place: str,
    arms: Sequence[Arm],
    columns: Mapping[str, Column],
    found: Mapping[str, Mapping[str, Readings]],
    blanks: Mapping[str, str],
) -> list[Row]:
    """Every row of one target; `blanks`: column -> why it could not be measured."""
    rows = []
    copies = {arm.name: arm.copies for arm in arms}
    for arm in arms:
        for name, column in columns.items():
            if not arm.adapters or name in blanks or arm.name not in found.get(name, {}):
                why = arm.why or blanks.get(name, "not measured")
                rows.append(Row(arm.name, name, place, unit=column.unit, interpretable=False, why=why))
                continue
            rows += _counted(ground, arm.name, column, place, found[name], copies)
    return rows


def _counted(
    ground: Ground,
    arm: str,
    column: Column,
    place: str,
    own: Mapping[str, Readings],
    copies: Mapping[str, Collection[int | None]],
) -> list[Row]:
    """`_cells` with copies of one adapter counted once, and said; `copies`: arm -> seeds that are one."""
    if column.side != "cost":
        own = {
            name: {seed: one for seed, one in readings.items() if seed not in copies[name]}
            for name, readings in own.items()
        }
    rows = _cells(ground, arm, column, place, own)
    if column.side == "cost" or not copies[arm]:
        return rows
    told = f"the very same adapter as an earlier seed, counted once: seed {', '.join(map(str, copies[arm]))}"
    return [replace(row, why="; ".join(part for part in (row.why, told) if part)) for row in rows]


def _cells(ground: Ground, arm: str, column: Column, place: str, own: Mapping[str, Readings]) -> list[Row]:
    """The value of an arm on a column and its differences from the controls."""
    if _margined(column):
        row = change_row(arm, column, place, own[arm], ground.recipe.table.margin)
        return [row if arm != DEFAULT else replace(row, outcome="")]
    row = value_row(arm, column, place, own[arm])
    if "/" in column.name:
        return [described(row, "no interval: seeds alone would hide the error of a category's few items")]
    if column.side == "cost":
        return [row if column.name == "seconds" else described(row, "counted, not estimated")]
    rows = [within(row, 0.0) if column.side == "gain" and column.better < 0 else row]
    if not column.better:
        return rows
    for control in CONTROLS:
        if control != arm and control in own:
            gap = difference_row((arm, control), column, place, own[arm], own[control])
            rows += [gap] if gap else []
    return rows


def over_targets(
    ground: Ground,
    arms: Mapping[str, Sequence[Arm]],
    columns: Mapping[str, Column],
    found: Mapping[str, Mapping[str, Mapping[str, Readings]]],
) -> list[Row]:
    """Means over the targets, where every target has them."""
    rows = []
    names = [arm.name for arm in next(iter(arms.values()))]
    every = {name: [arm.copies for own in arms.values() for arm in own if arm.name == name] for name in names}
    copies = {name: [seed for seed in own[0] if all(seed in one for one in own)] for name, own in every.items()}
    for name, column in columns.items():
        own = {arm: mean_over_targets([one.get(name, {}).get(arm, {}) for one in found.values()]) for arm in names}
        own = {arm: readings for arm, readings in own.items() if readings}
        for arm in own:
            rows += _counted(ground, arm, column, ALL, own, copies)
    return rows
