"""Rows at both ends of every row metric: those that a reader should look at to see what a number means."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from tawazun.audit.data.records import Sample, Values

End = Literal["low", "high"]
KEPT = 3
LONGEST = 280


@dataclass(frozen=True, slots=True)
class Example:
    """One row at one end of a metric. `text` is its beginning."""

    value: float
    file: str
    number: int
    text: str


@dataclass
class _Side:
    """The rows with the most of a metric (or the least, with the sign turned), and how many share the extreme."""

    sign: float
    found: list[tuple[float, Example]] = field(default_factory=list)
    tied: int = 0

    def add(self, column: np.ndarray, samples: Sequence[Sample]) -> None:
        """Take in the rows of a shard; of equal ones the first stay. Shapes: column (rows,), NaN for none."""
        signed = np.where(np.isfinite(column), self.sign * column, -np.inf)
        best = float(signed.max(initial=-np.inf))
        if best == -np.inf:
            return
        before = self.found[0][0] if self.found else -np.inf
        if best >= before:
            self.tied = int((signed == best).sum()) + (self.tied if best == before else 0)
        least = self.found[-1][0] if len(self.found) == KEPT else -np.inf
        above = np.flatnonzero(signed > least)
        if len(above) > KEPT:
            above = above[np.argsort(-signed[above], kind="stable")[:KEPT]]
        made = [(float(signed[i]), _example(samples[i], float(column[i]))) for i in above.tolist()]
        self.found = sorted([*self.found, *made], key=lambda one: -one[0])[:KEPT]


@dataclass
class Ends:
    """The ends of every row metric of one language, in bounded memory."""

    sides: dict[tuple[str, End], _Side] = field(default_factory=dict)

    def add(self, values: Values, samples: Sequence[Sample]) -> None:
        """Take in the rows of a shard."""
        for name, column in values.items():
            for end, sign in (("low", -1.0), ("high", 1.0)):
                key: tuple[str, End] = (name, "low" if end == "low" else "high")
                self.sides.setdefault(key, _Side(sign)).add(column, samples)

    def records(self, language: str) -> list[dict[str, object]]:
        """Rows `language, metric, end, value, tied, file, number, text`.

        tied   rows that share the extreme value; where they are many, the rows shown are only the first of them
        """
        return [
            {"language": language, "metric": name, "end": end, "value": one.value, "tied": side.tied,
             "file": one.file, "number": one.number, "text": one.text}
            for (name, end), side in self.sides.items()
            for _, one in side.found
        ]  # fmt: skip


def _example(sample: Sample, value: float) -> Example:
    text = sample.text[:LONGEST].encode("utf-8", "replace").decode()
    return Example(value, sample.file, sample.number, text + (" …" if len(sample.text) > LONGEST else ""))
