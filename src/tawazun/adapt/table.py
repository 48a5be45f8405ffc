"""The honest table: arms of an adaptation by columns, every cell with an interval or the reason why it has none.

An arm that is searched (or trained) has a value per seed, and its interval is Student's t over seeds. One that is not
has one value, with the interval of the measure that it comes from. Differences from a control are paired: by seed
where both are searched, over items where neither is. Where items stand for others (those held out, of another
instrument), seeds that agree say nothing of other items: the interval then holds the error of the items too.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tawazun.adapt.table_records import FEWEST_ITEMS, FEWEST_SEEDS, LEVEL, ROUNDING, Column, Reading, Readings, Row
from tawazun.stats.resampling import t_interval


def value_row(arm: str, column: Column, target: str, readings: Readings) -> Row:
    """The row of an arm on a column."""
    base = Row(arm, column.name, target, unit=column.unit)
    known = _known(readings)
    if not known:
        whys = dict.fromkeys(one.why for one in readings.values() if one.why)
        return replace(base, interpretable=False, why="; ".join(whys) or "not measured")
    if set(known) == {None}:
        one = readings[None]
        level = LEVEL if one.low is not None else None
        why = one.why or ("" if level else "no interval: one value")
        return replace(
            base, value=one.value, low=one.low, high=one.high, level=level, n=one.n, method=one.method,
            interpretable=one.interpretable, why=why,
        )  # fmt: skip
    found = over(list(known.values()), "seeds", FEWEST_SEEDS)
    if column.sample:
        half = _mean_half(readings)
        found = _widened(found, _items_half(readings) if half is None else half, "the error of the items")
    own: list[str] = list(dict.fromkeys(one.method for one in readings.values() if one.method))
    closed = [one for one in readings.values() if not one.interpretable]
    lost = len(readings) - len(known)
    told = [found.why, f"seeds without a value: {lost}" if lost else "", *dict.fromkeys(one.why for one in closed)]
    return replace(
        base, value=found.value, low=found.low, high=found.high, level=LEVEL if found.low is not None else None,
        n=float(len(known)), method="; ".join(part for part in (*own, found.method) if part),
        interpretable=not closed, why="; ".join(part for part in told if part),
    )  # fmt: skip


def difference_row(
    arms: tuple[str, str], column: Column, target: str, readings: Readings, control: Readings
) -> Row | None:
    """An arm less its control on a column, paired; None where one of them has no value.

    arms   names of the arm and of its control
    """
    known, other = _known(readings), _known(control)
    if not known or not other:
        return None
    found = _paired(readings, control)
    unsearched = set(known) == set(other) == {None}
    if unsearched and not column.sample and found.low is not None:
        found = Reading(found.value, why=f"no interval: nothing was drawn; {column.title} has all items that there are")
    elif column.sample and not unsearched:
        found = _with_items(found, readings, control)
    base = Row(arms[0], column.name, target, arms[1], found.value, unit=column.unit, n=found.n, method=found.method)
    closed = [one.why for one in (*readings.values(), *control.values()) if not one.interpretable]
    row = replace(
        base, low=found.low, high=found.high, level=LEVEL if found.low is not None else None,
        interpretable=not closed, why="; ".join(part for part in (found.why, *dict.fromkeys(closed)) if part),
    )  # fmt: skip
    return replace(row, outcome=outcome_of(row, column.better))


def outcome_of(row: Row, better: int) -> str:
    """Win or loss where the whole interval of a difference lies on one side of 0, else a tie; empty without one.

    What float32 makes of the same answers in another batch is a tie too.
    """
    if row.low is None or row.high is None or not better or not row.interpretable:
        return ""
    if abs(row.low) < ROUNDING and abs(row.high) < ROUNDING:
        return "tie"
    if row.low > 0 or row.high < 0:
        return "win" if (row.low > 0) == (better > 0) else "loss"
    return "tie"


def with_margin(row: Row, margin: float) -> Row:
    """Non-inferiority of a change (above 0 is better): shown where the whole interval lies above -margin.

    A change whose interval lies below -margin is worse; one that straddles it is not shown, which is a failure too.
    """
    if row.value is None:
        return row
    if row.low is None or row.high is None:
        return replace(row, outcome="not shown")
    found = "non-inferior" if row.low > -margin else "worse" if row.high < -margin else "not shown"
    return replace(row, outcome=found)


def within(row: Row, low: float) -> Row:
    """A row whose bounds stop where the scale does."""
    return row if row.low is None else replace(row, low=max(low, row.low))


def described(row: Row, why: str) -> Row:
    """A row without an interval, and the reason."""
    return row if row.value is None else replace(row, low=None, high=None, level=None, why=why)


def change_row(arm: str, column: Column, target: str, readings: Readings, margin: float) -> Row:
    """A benchmark's change with its non-inferiority: over seeds the interval holds the items' error too."""
    row = value_row(arm, column, target, readings)
    if row.low is not None and row.high is not None and row.value is not None and None not in readings:
        seeds, items, value = (row.high - row.low) / 2, _mean_half(readings), row.value
        if items is None:
            why = "no interval: the items' error is unknown, and seeds alone would hide it"
            return with_margin(described(row, why), margin)
        half = float(np.hypot(seeds, items))
        method = f"{row.method}, and the error of the items as for one adapter"
        row = replace(row, low=value - half, high=value + half, method=method)
    return with_margin(row, margin)


def mean_over_targets(parts: Sequence[Readings]) -> Readings:
    """One reading per seed: the mean over targets, item by item where all have the same. Empty where a target has no
    value for a seed. Targets are those that a recipe names: no interval says anything of others. A seed keeps the
    targets' mean error, as if they all erred together: they are asked the same items.
    """
    if not parts or any(set(one) != set(parts[0]) for one in parts):
        return {}
    found: dict[int | None, Reading] = {}
    for seed in parts[0]:
        own = [one[seed] for one in parts]
        values = [one.value for one in own if one.value is not None]
        if len(values) < len(own):
            return {}
        why = "" if seed is not None else "no interval: targets are those that the recipe names, no sample"
        method = f"mean over {len(own)} targets, as they are; {own[0].method}"
        same = all(one.items.keys() == own[0].items.keys() for one in own)
        items = {name: float(np.mean([one.items[name] for one in own])) for name in own[0].items} if same else {}
        value, half = float(np.mean(values)), None if seed is None else _mean_half(dict(enumerate(own)))
        found[seed] = Reading(
            value, None if half is None else value - half, None if half is None else value + half, float(len(own)),
            method, why, interpretable=all(one.interpretable for one in own), items=items,
        )  # fmt: skip
    return found


def over(values: Sequence[float], what: str, fewest: int) -> Reading:
    """The mean of values with Student's interval over them; none where there are too few."""
    mean = float(np.mean(values))
    n = len(values)
    if n < fewest:
        return Reading(mean, n=float(n), why=f"no interval: {fewest} {what} are needed, there are {n}")
    low, high = t_interval(mean, [(float(np.std(values, ddof=1)) / n**0.5, n - 1)], LEVEL)
    return Reading(mean, float(low), float(high), float(n), f"Student's t over {n} {what}")


def _paired(readings: Readings, control: Readings) -> Reading:
    known, other = _known(readings), _known(control)
    fixed, against = set(known) == {None}, set(other) == {None}
    if not fixed and not against:
        shared = [seed for seed in known if seed in other]
        if not shared:
            return Reading(why="no interval: no seed in common")
        found = over([known[seed] - other[seed] for seed in shared], "seeds", FEWEST_SEEDS)
        return replace(found, method=f"paired by seed; {found.method}" if found.method else "paired by seed")
    if fixed and against:
        return _over_items(readings[None], control[None])
    gaps = [value - other[None] for value in known.values()] if against else [known[None] - v for v in other.values()]
    found = over(gaps, "seeds", FEWEST_SEEDS)
    return replace(found, method=f"{found.method}, the other arm as it is" if found.method else "")


def _over_items(one: Reading, other: Reading) -> Reading:
    assert one.value is not None
    assert other.value is not None
    gap = one.value - other.value
    shared = [name for name in one.items if name in other.items]
    if len(shared) < FEWEST_ITEMS or len(shared) < max(len(one.items), len(other.items)):
        return Reading(gap, why="no interval: both arms have one value, and no items in common to pair")
    found = over([one.items[name] - other.items[name] for name in shared], "items", FEWEST_ITEMS)
    assert found.low is not None
    assert found.high is not None
    assert found.value is not None
    # the column may be a weighted mean of its items: the interval keeps its width around the column's own difference
    moved = gap - found.value
    return Reading(gap, found.low + moved, found.high + moved, found.n, f"paired; {found.method}")


def _with_items(found: Reading, readings: Readings, control: Readings) -> Reading:
    """A difference over seeds with the error of the items: per item the mean over seeds, then Student's t."""
    one, other = _mean_items(readings), _mean_items(control)
    if found.low is None:
        return found
    if len(one) < FEWEST_ITEMS or one.keys() != other.keys():
        return replace(
            found, low=None, high=None, why="no interval: no items in common, and seeds alone would hide theirs"
        )
    items = over([one[name] - other[name] for name in one], "items", FEWEST_ITEMS)
    assert items.low is not None
    assert items.high is not None
    return _widened(found, (items.high - items.low) / 2, f"Student's t over {len(one)} items")


def _mean_items(readings: Readings) -> dict[str, float]:
    """Item -> mean over seeds; empty where the seeds do not have the same items."""
    own = [one.items for one in readings.values() if one.value is not None]
    if not own or any(one.keys() != own[0].keys() for one in own):
        return {}
    return {name: float(np.mean([one[name] for one in own])) for name in own[0]}


def _items_half(readings: Readings) -> float | None:
    """Half of Student's interval over items, each the mean over seeds; None where there are too few."""
    items = list(_mean_items(readings).values())
    found = over(items, "items", FEWEST_ITEMS) if items else Reading()
    return None if found.low is None or found.high is None else (found.high - found.low) / 2


def _widened(found: Reading, half: float | None, what: str) -> Reading:
    """An interval with another, independent error."""
    if found.low is None or found.high is None or found.value is None:
        return found
    if half is None:
        return replace(found, low=None, high=None, why=f"no interval: {what} is unknown, and seeds alone would hide it")
    both = float(np.hypot((found.high - found.low) / 2, half))
    return replace(found, low=found.value - both, high=found.value + both, method=f"{found.method}, and {what}")


def _mean_half(readings: Readings) -> float | None:
    """Mean half-width of the intervals of readings with a value; None where one has none."""
    own = [one for one in readings.values() if one.value is not None]
    halves = [(one.high - one.low) / 2 for one in own if one.low is not None and one.high is not None]
    return float(np.mean(halves)) if own and len(halves) == len(own) else None


def _known(readings: Readings) -> dict[int | None, float]:
    return {seed: one.value for seed, one in readings.items() if one.value is not None and np.isfinite(one.value)}
