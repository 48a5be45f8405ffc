"""A number never travels alone: value, interval, n, unit, method, source, and why it may not be read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import repeat
from operator import attrgetter
from typing import Any

import polars as pl


@dataclass(frozen=True, slots=True)
class Estimate:
    """One row of the scores table. Empty strings are "not a factor of this row"; null is "cannot be had".

    measure        a stable name of docs/methods.md
    respondent     a label, or `floor:…` / `ceiling:…`
    item           question id, index name, or empty for a score over items
    reference      what else entered: the population of a contrast, the ranking's group …
    facet          a variant of the measure (`floor=uniform;ceiling=1`, `average`, `nearest`)
    value          null when it cannot be computed; `why` then says why
    low, high      bounds at `level`; null with the reason in `why`
    n              what was averaged over (items, countries, replies: the `method` says)
    interpretable  False when a gate is closed
    """

    measure: str
    respondent: str
    instrument: str
    population: str = ""
    persona: str = ""
    perspective: str = ""
    language: str = ""
    item: str = ""
    reference: str = ""
    group: str = ""
    facet: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    level: float | None = None
    n: float | None = None
    unit: str = ""
    mode: str = ""
    method: str = ""
    source: str = ""
    p: float | None = None
    p_adjusted: float | None = None
    interpretable: bool = True
    why: str = ""

    def because(self, why: str) -> "Estimate":
        """The same row with a reason added."""
        return replace(self, why="; ".join(part for part in (self.why, why) if part))


SCORES: dict[str, pl.DataType | type[pl.DataType]] = {
    "measure": pl.String,
    "respondent": pl.String,
    "instrument": pl.String,
    "population": pl.String,
    "persona": pl.String,
    "perspective": pl.String,
    "language": pl.String,
    "item": pl.String,
    "reference": pl.String,
    "group": pl.String,
    "facet": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "level": pl.Float64,
    "n": pl.Float64,
    "unit": pl.String,
    "mode": pl.String,
    "method": pl.String,
    "source": pl.String,
    "p": pl.Float64,
    "p_adjusted": pl.Float64,
    "interpretable": pl.Boolean,
    "why": pl.String,
}


def varied(base: Estimate, **columns: Iterable[Any]) -> Iterator[Estimate]:
    """Many rows that differ from one in some fields: `value=[…], low=[…]`, all of the same length.

    Several times as fast as `dataclasses.replace` row by row, where a measure has an item each for hundreds of items.
    """
    if unknown := set(columns) - set(SCORES):
        raise TypeError(f"an estimate has no {sorted(unknown)[0]!r}")
    return map(Estimate, *(columns.get(name, repeat(getattr(base, name))) for name in SCORES))


def scores_table(estimates: list[Estimate]) -> pl.DataFrame:
    """The scores table: one row per estimate, in the contract's columns."""
    read = attrgetter(*SCORES)
    return pl.DataFrame([read(one) for one in estimates], schema=SCORES, orient="row")
