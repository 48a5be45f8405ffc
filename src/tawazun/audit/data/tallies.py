"""Counts over a stream of any length in bounded memory."""

from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np

from tawazun.audit.data.records import Fault, Values

KEPT = 20


@dataclass
class FaultTally:
    """How often each kind of fault came up, with the first rows of each."""

    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, list[Fault]] = field(default_factory=dict)

    def add(self, fault: Fault) -> None:
        """Count one."""
        self.counts[fault.code] += 1
        kept = self.first.setdefault(fault.code, [])
        if len(kept) < KEPT:
            kept.append(fault)


@dataclass
class Repeats:
    """Share of rows whose text stands in the set before, from those texts whose hash falls into a sample.

    All copies of a text have one hash, so they are in the sample together and the share of a set of any size is
    estimated without bias; up to `most` different texts it is exact.
    Source   Gibbons (2001), VLDB, "Distinct sampling"
    """

    most: int = 200_000
    mask: int = 0
    seen: dict[int, int] = field(default_factory=dict)

    def add(self, text: str) -> None:
        """Count a text; case and spacing do not tell two apart."""
        self.add_code(text_code(text))

    def add_code(self, code: int) -> None:
        """Count a text by its `text_code`."""
        if code & self.mask:
            return
        self.seen[code] = self.seen.get(code, 0) + 1
        while len(self.seen) > self.most:
            self.mask = 2 * self.mask + 1
            self.seen = {code: count for code, count in self.seen.items() if not code & self.mask}

    @property
    def exact(self) -> bool:
        """Whether every text was kept."""
        return self.mask == 0

    @property
    def share(self) -> float:
        """Rows that repeat an earlier one over all rows; NaN without rows."""
        total = sum(self.seen.values())
        return 1 - len(self.seen) / total if total else float("nan")


def text_code(text: str) -> int:
    """64 bits that equal texts share; case and spacing do not tell two apart."""
    plain = " ".join(text.lower().split()).encode("utf-8", "replace")
    return int.from_bytes(blake2b(plain, digest_size=8).digest(), "big")


@dataclass
class Moments:
    """Number, mean and standard deviation of each metric over all rows that have it."""

    count: dict[str, int] = field(default_factory=dict)
    mean: dict[str, float] = field(default_factory=dict)
    square: dict[str, float] = field(default_factory=dict)

    def add(self, values: Values) -> None:
        """Take in the rows of a shard (Chan, Golub & LeVeque 1983: parts joined without loss of digits)."""
        for name, column in values.items():
            own = column[np.isfinite(column)]
            before, n = self.count.get(name, 0), len(own)
            self.count[name] = before + n
            if not n:
                continue
            mean = float(own.mean())
            gap = mean - self.mean.get(name, 0.0)
            self.square[name] = (
                self.square.get(name, 0.0) + float(((own - mean) ** 2).sum()) + gap**2 * before * n / (before + n)
            )
            self.mean[name] = self.mean.get(name, 0.0) + gap * n / (before + n)

    def deviation(self, name: str) -> float:
        """Standard deviation between rows; NaN for fewer than two."""
        n = self.count.get(name, 0)
        return float(np.sqrt(self.square[name] / (n - 1))) if n > 1 else float("nan")


@dataclass
class RowSample:
    """Row metrics of some rows drawn by chance, every row with the same chance; all rows up to `most` of them.

    Each row has a random key, and those with the smallest keys stay. Shapes   table (rows, names)
    """

    most: int = 2_000
    names: tuple[str, ...] = ()
    keys: np.ndarray = field(default_factory=lambda: np.zeros(0))
    table: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))

    def add(self, values: Values, keys: np.ndarray) -> None:
        """Take in the rows of a shard. Shapes: keys (rows,)."""
        if not values:
            return
        if not self.names:
            self.names, self.table = tuple(values), np.zeros((0, len(values)))
        keys = np.concatenate((self.keys, keys))
        table = np.concatenate((self.table, np.column_stack([values[name] for name in self.names])))
        chosen = np.argsort(keys, kind="stable")[: self.most]
        self.keys, self.table = keys[chosen], table[chosen]

    def percentiles(self, shares: tuple[float, ...]) -> dict[str, np.ndarray]:
        """Metric → its percentiles (0 to 100) over the rows that have it; without metrics that no row has."""
        columns = {name: self.table[:, i] for i, name in enumerate(self.names)}
        finite = {name: column[np.isfinite(column)] for name, column in columns.items()}
        return {name: np.percentile(column, shares) for name, column in finite.items() if len(column)}
