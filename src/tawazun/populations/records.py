"""People with answers to an instrument, how many they are, and whom the source cannot show."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import polars as pl

from tawazun.source import Source

HumanError = Literal["sampled", "none"]
Half = tuple[float, ...]
Halves = tuple[tuple[Half, Half], ...]
HALVES = 20


@dataclass(frozen=True, slots=True)
class HumanAnswer:
    """What the people of one place answered to one item, or a ready score of theirs.

    item     a question id of the instrument, an index name (`pdi`), or a map axis (`map_x`, `map_y`)
    p        shares in the question's canonical order, summing to 1 for `one` and `pair`; None for ready scores
    value    the item's mean, or the ready score; None when it cannot be had
    sd       spread over people
    n        people asked; n_eff = n / deff with deff the design effect; None when the source does not say
    halves   the same item in two random halves of the people, several times over; empty where the source has no
             microdata or too few people. A half is the shares, or the one value of a ready score. All items of a
             place are split alike: entry r of every item has the same people
    """

    item: str
    p: tuple[float, ...] | None
    value: float | None
    sd: float | None = None
    n: float | None = None
    n_eff: float | None = None
    deff: float | None = None
    halves: Halves = ()


@dataclass(frozen=True, slots=True)
class Universe:
    """Whom the source speaks for. Empty where the source does not say."""

    who: str = ""
    ages: str = ""
    languages: str = ""
    excluded: str = ""
    dates: str = ""
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Population:
    """The people of one place in one source.

    name          `SOURCE-VERSION/PLACE`, such as `wvs-7/EGY`
    holds         `distributions` over items, ready `indices`, or ready `map` coordinates
    human_error   `none` when the source gives no n: no interval then covers the human side, and rows say so
    note          anything a reader must know (`vendor's estimate`, `options dropped`)
    """

    name: str
    place: str
    instrument: str
    holds: Literal["distributions", "indices", "map"]
    answers: tuple[HumanAnswer, ...]
    source: Source
    human_error: HumanError
    universe: Universe = Universe()
    note: str = ""

    def answer(self, item: str) -> HumanAnswer | None:
        """The answer to an item, or None."""
        return next((a for a in self.answers if a.item == item), None)


@dataclass(frozen=True, slots=True)
class Request:
    """What a study asks of a source: `places` empty = all; `data` is the folder with local copies of data sets.

    estimates      a vendor's estimates too
    non_national   samples that do not stand for their country too, where it has no other
    halves         how often to split the people of microdata in two; 0 for never
    """

    places: tuple[str, ...] = ()
    data: Path | None = None
    estimates: bool = False
    non_national: bool = False
    halves: int = HALVES


class PopulationSource(Protocol):
    """One source of human answers; a catalogue part exposes one as `POPULATION`.

    name         `SOURCE-VERSION`
    instrument   the instrument its answers belong to
    """

    name: str
    instrument: str
    source: Source

    def load(self, request: Request) -> Sequence[Population]:
        """Its populations. Errors: BadFile naming the file and what it needs."""
        ...

    def absent(self, request: Request) -> dict[str, str]:
        """Places a reader may look for and not find -> why (`EGY: not among the 107`)."""
        ...


HUMANS: dict[str, pl.DataType | type[pl.DataType]] = {
    "population": pl.String,
    "source": pl.String,
    "place": pl.String,
    "instrument": pl.String,
    "holds": pl.String,
    "item": pl.String,
    "p": pl.List(pl.Float64),
    "value": pl.Float64,
    "sd": pl.Float64,
    "n": pl.Float64,
    "n_eff": pl.Float64,
    "deff": pl.Float64,
    "human_error": pl.String,
    "note": pl.String,
    "halves": pl.List(pl.List(pl.List(pl.Float64))),
}


def humans_table(populations: Sequence[Population]) -> pl.DataFrame:
    """The humans table of a run folder: one row per population and item.

    `halves` is null without microdata, else one entry per split: the shares of one half and of the other.
    """
    rows = [
        (
            one.name, one.name.rsplit("/", 1)[0], one.place, one.instrument, one.holds, a.item,
            list(a.p) if a.p is not None else None, a.value, a.sd, a.n, a.n_eff, a.deff, one.human_error, one.note,
            [[list(half) for half in pair] for pair in a.halves] or None,
        )
        for one in populations
        for a in one.answers
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=HUMANS, orient="row")
