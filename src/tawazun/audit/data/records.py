"""What an audit of a training set speaks of: samples, faults of rows, metrics and what they came to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from tawazun.audit.data.batches import Batch

Level = Literal["row", "shard"]
Values = Mapping[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Sample:
    """One row of a training set, whatever its shape.

    file, number  where it stands: `number` is the line as an editor shows it, of other formats the row, from 1
    shape         what it was read as: `messages`, `instruction`, `preference` … (`shapes.SHAPES`)
    instruction   what was asked, all turns of the user; empty for plain text
    response      what was answered, all turns of the assistant, or the plain text
    rejected      the answer that was not preferred; empty where the shape has none
    tag           the language that the row says it is in; empty where it says none
    turns         messages in it
    """

    file: str
    number: int
    shape: str
    instruction: str
    response: str
    rejected: str = ""
    tag: str = ""
    turns: int = 1

    @property
    def text(self) -> str:
        """Everything a model is trained on in it: what was asked and what was answered."""
        return f"{self.instruction}\n{self.response}" if self.instruction else self.response


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with one row.

    code   its kind: `empty`, `not-json`, `too-long`, `encoding`, `control`, `tag`, `shape` …
    why    one line
    kept   whether the row is measured all the same
    """

    file: str
    number: int
    code: str
    why: str
    kept: bool


@dataclass(frozen=True, slots=True)
class Metric:
    """What one number means.

    level    `row`: one value for each row; `shard`: one for all rows of a shard together
    unit     of its values
    formula  in words or signs
    source   who defined it; "own" for a plain count
    length   how it is known to depend on the length of a text
    """

    name: str
    level: Level
    unit: str
    formula: str
    source: str
    length: str


@dataclass(frozen=True, slots=True)
class Family:
    """Metrics that are computed together; a catalogue part exposes one as `FAMILY`.

    rows       values of every row metric, each of shape (rows,), NaN where a row has none
    shard      values of every shard metric; NaN where there is none
    languages  BCP 47 languages it is for; empty = all
    """

    name: str
    title: str
    metrics: tuple[Metric, ...]
    rows: Callable[["Batch"], Values]
    shard: Callable[["Batch"], Mapping[str, float]]
    languages: tuple[str, ...] = ()


def no_rows(batch: "Batch") -> Values:
    """For a family without row metrics."""
    return {}


def no_shard(batch: "Batch") -> Mapping[str, float]:
    """For a family without shard metrics."""
    return {}


def per(counts: np.ndarray, wholes: np.ndarray, unit: float = 1.0) -> np.ndarray:
    """`unit` times counts over wholes, NaN where the whole is 0."""
    wholes = np.asarray(wholes, dtype=float)
    return unit * np.divide(counts, wholes, out=np.full(wholes.shape, np.nan), where=wholes > 0)
