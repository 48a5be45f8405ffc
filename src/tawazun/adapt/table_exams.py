"""Changes of benchmarks against the default: what must not be lost."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from tawazun.adapt.table_records import DEFAULT, Reading
from tawazun.adapt.table_source import Found, Source, unseen_share
from tawazun.claims import gather, read_part
from tawazun.claims.asked import Asked
from tawazun.claims.comparison import compare
from tawazun.errors import TawazunError


def read_exam(source: Source) -> Found:
    """The paired change of a benchmark, and of its categories."""
    gathered = gather([read_part(source.run)], instruments=source.instruments)
    scores = source.run.scores.filter(pl.col("measure") == "accuracy")

    def read(label: str) -> Reading:
        if label == DEFAULT:
            return Reading(0.0, 0.0, 0.0, method="the default itself")
        try:
            rows = compare(gathered, Asked("accuracy", respondents=(label, DEFAULT))).differences
        except TawazunError as error:
            return Reading(why=f"not measured: {error}", interpretable=False)
        return _gated(exam_change(rows, label), scores, label)

    found: Found = {source.column.name: source.each(read)}
    return found | _by_category(source, scores)


def exam_change(rows: Sequence[Any], label: str) -> Reading:
    """The paired change of a benchmark; of several prompts the mean, with the widest error."""
    turned = [1 if one.first == label else -1 for one in rows]
    value = float(np.mean([sign * one.value for sign, one in zip(turned, rows, strict=True)]))
    halves = [_half(one) for one in rows]
    half = None if None in halves else max(one for one in halves if one is not None)
    words = rows[0].method
    if all(one.low is None and abs(one.value) < 1e-12 for one in rows):
        words = f"{words}; all answers alike: an item that would differ has at most the share that leaves none seen"
    low, high = (None, None) if half is None else (value - half, value + half)
    return Reading(value, low, high, float(rows[0].items), words, rows[0].why if half is None else "")


def _gated(found: Reading, scores: pl.DataFrame, label: str) -> Reading:
    """A change without bounds where a gate closed on either score: what cannot be read shows no harm to be absent."""
    both = scores.filter(pl.col("respondent").is_in([label, DEFAULT]) & (pl.col("group").fill_null("") == ""))
    closed = both.filter(~pl.col("interpretable"))
    if closed.is_empty():
        return found
    who, why = closed.select("respondent", "why").row(0)
    return replace(found, low=None, high=None, interpretable=False, why=f"not interpretable: {who}: {why}")


def _half(row: Any) -> float | None:
    """Half of the interval of a change; where no item differed, the largest share of which none would be seen."""
    if row.low is not None and row.high is not None:
        return float(row.high - row.low) / 2
    return unseen_share(row.items) if row.items and abs(row.value) < 1e-12 else None


def _by_category(source: Source, scores: pl.DataFrame) -> Found:
    """Changes by category of the benchmark, its first dimension, described only: a category has few items."""
    found: Found = {}
    dimensions = {one.exam.groups[0] for one in source.instruments if one.exam is not None and one.exam.groups}
    groups = scores["group"].unique().sort().to_list()
    for group in [one for one in groups if one.partition(":")[0] in dimensions]:
        rows = scores.filter((pl.col("group") == group) & pl.col("value").is_not_null())

        def read(label: str, rows: pl.DataFrame = rows) -> Reading:
            own, before = (rows.filter(pl.col("respondent") == one)["value"].mean() for one in (label, DEFAULT))
            if not isinstance(own, float) or not isinstance(before, float):
                return Reading(why="not answered", interpretable=False)
            return Reading(own - before, method="accuracy less the default's", why="no interval: a category by itself")

        found[f"{source.column.name}/{group.partition(':')[2]}"] = source.each(read)
    return found
