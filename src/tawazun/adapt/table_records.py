"""What the honest table is made of: arms, columns, readings and rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields

import polars as pl

from tawazun.adapt.recipe_keys import CONTROL

DEFAULT, PERSONA, RANDOM, LORA = "default", "persona", CONTROL, "lora"
WORDS: Mapping[str, str] = {
    PERSONA: "own persona",
    "near": "near country",
    "placebo": "wrong country",
    "examples": "in-context examples",
}
SEARCHES: Mapping[str, str] = {
    RANDOM: "random search",
    "de_pbest_1": "DE",
    "cma_es": "CMA-ES",
    "particle_swarm": "PSO",
    "gradient": "gradient",
}
TITLES: Mapping[str, str] = {DEFAULT: "default", **WORDS, **SEARCHES, LORA: "LoRA-SFT"}
ARMS = tuple(TITLES)
CONTROLS = (DEFAULT, PERSONA, RANDOM)
LEVEL = 0.95
FEWEST_SEEDS = 3
ROUNDING = 1e-6  # differences below it are those of float32
FEWEST_ITEMS = 3
ALL = "all targets"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    name    short, as in the file; title: as printed; unit: of its values
    better  -1 where less is better, 1 where more is, 0 where neither
    side    `gain` (what was sought), `loss` (what must not be paid for it), `cost`
    sample  whether its items stand for others, so that intervals hold their error
    """

    name: str
    title: str
    unit: str
    better: int
    side: str
    sample: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What one arm with one seed reached on one column.

    value, low, high   None where it cannot be had; `why` then says why
    method             of the value and its interval
    items              what the value is the mean of, by name: two arms without seeds are paired over them
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: float | None = None
    method: str = ""
    why: str = ""
    interpretable: bool = True
    items: Mapping[str, float] = field(default_factory=dict)


Readings = Mapping[int | None, Reading]  # seed -> reading; None for an arm without a search


@dataclass(frozen=True, slots=True)
class Row:
    """One row of `table.parquet`.

    versus   empty for the value itself; else the control that it is the difference from (arm - control)
    outcome  of differences: `win`, `tie`, `loss`, decided by the interval; of columns with a margin: `non-inferior`,
             `not shown`, `worse`; empty where there is no interval
    """

    arm: str
    column: str
    target: str
    versus: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    level: float | None = None
    unit: str = ""
    n: float | None = None
    outcome: str = ""
    method: str = ""
    interpretable: bool = True
    why: str = ""


SCHEMA: Mapping[str, type[pl.DataType]] = {
    one.name: pl.Float64
    if one.name in ("value", "low", "high", "level", "n")
    else pl.Boolean
    if one.name == "interpretable"
    else pl.String
    for one in fields(Row)
}


def table_frame(rows: Iterable[Row]) -> pl.DataFrame:
    """The rows as a table, in the columns of the contract."""
    return pl.DataFrame(
        [[getattr(one, name) for name in SCHEMA] for one in rows], schema=dict(SCHEMA), orient="row"
    )  # fmt: skip
