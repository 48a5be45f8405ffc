"""What instruction data is made of: which sources, how often each, and what a seed makes of it.

A source taken three times is there three times, one taken half a time by half of its rows. Order and evenness are those
of a mixture in which a source's share is its rows times how often it is taken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import polars as pl

from tawazun.adapt.corpora.licences import training_terms
from tawazun.adapt.corpora.mixing import Mixture, Share
from tawazun.adapt.corpora.sources import CorpusSource
from tawazun.errors import BadStudy


@dataclass(frozen=True, slots=True)
class Part:
    """One line of a composition: a source's rows, how often they are taken, and what that comes to."""

    name: str
    rows: int
    times: float

    def __post_init__(self) -> None:
        """Refuse what cannot be taken."""
        if not isfinite(self.times) or self.times <= 0:
            raise BadStudy(f"source {self.name!r}: weight says how often it is taken, above 0, not {self.times}")
        if not self.taken:
            raise BadStudy(f"source {self.name!r}: {self.times:g} times {self.rows} rows is no row")

    @property
    def taken(self) -> int:
        """Rows that it gives."""
        return round(self.rows * self.times)


# AceGPT's instruction data as printed (Huang et al. 2024, NAACL, Table 15): 363,155 rows. The paper's total of 629,293
# comes out when the three Arabic sets with GPT-4 answers but Alpaca-Arabic are taken three times; its text names others
ACEGPT = (
    Part("Quora-Arabic-40K", 43_050, 3),
    Part("Alpaca", 49_969, 1),
    Part("Alpaca-Chinese", 49_969, 1),
    Part("Alpaca-Arabic", 49_969, 1),
    Part("Code-Alpaca-Arabic", 20_022, 3),
    Part("Evol-Instruct-Arabic", 69_997, 3),
    Part("ShareGPT", 80_179, 1),
)


def parts_of(sources: Sequence[CorpusSource]) -> tuple[Part, ...]:
    """The composition of some sources, `weight` being how often each is taken.

    Errors   BadStudy for a stream, whose rows nobody knows, or a schedule, which is for mixtures
    """
    made = []
    for one in sources:
        if one.rows is None:
            raise BadStudy(
                f"source {one.keys.name!r}: a stream of the Hub has no end to count; keep it as a file first"
            )
        if not isinstance(one.keys.weight, int | float):
            raise BadStudy(f"source {one.keys.name!r}: a schedule is for pre-training; a composition takes one number")
        made.append(Part(one.keys.name, one.rows, float(one.keys.weight)))
    return tuple(made)


def composed(sources: Sequence[CorpusSource], seed: int) -> Mixture:
    """Every row as often as it is to be taken, evenly mixed. Errors: as `parts_of`, and Refused by a licence."""
    parts = parts_of(sources)
    training_terms((one.keys.name, one.keys.licence) for one in sources)
    taken = [part.taken for part in parts]
    shares = tuple(Share(((0.0, float(rows)),)) for rows in taken)
    return Mixture(tuple(sources), shares, float(sum(taken)), seed, _one, tuple(taken))


def _one(document: object) -> int:
    return 1


def composition_table(parts: Sequence[Part], tags: Mapping[str, Mapping[str, str]] | None = None) -> pl.DataFrame:
    """One line a source (rows, times, rows taken, share of the whole) with its tags, and the sum."""
    whole = sum(part.taken for part in parts)
    lines = [
        {"source": one.name, **dict((tags or {}).get(one.name, {})), "rows": one.rows, "times": one.times,
         "taken": one.taken, "share": one.taken / whole}
        for one in parts
    ]  # fmt: skip
    total = {"source": "sum", "rows": sum(part.rows for part in parts), "taken": whole, "share": 1.0}
    return pl.DataFrame([*lines, total], infer_schema_length=None)
