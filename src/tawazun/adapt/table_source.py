"""What a column is read from: a run of a block, and how an arm with a seed is looked up in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from tawazun.adapt.ground import Ground
from tawazun.adapt.table_arms import Arm, asked_as
from tawazun.adapt.table_records import Column, Reading, Readings
from tawazun.adapt.table_studies import Block
from tawazun.adapt.targets import Constants, Target
from tawazun.instruments import Instrument
from tawazun.runs import Run

Found = dict[str, dict[str, Readings]]  # column -> arm -> readings


@dataclass(frozen=True)
class Source:
    """A run of a block with what it is read by."""

    ground: Ground
    target: Target
    constants: Constants
    arms: tuple[Arm, ...]
    block: Block
    run: Run
    instruments: Sequence[Instrument]

    def each(self, read: Callable[[str], Reading]) -> dict[str, Readings]:
        """Arm -> seed -> reading, `read` of each respondent's label."""
        asked = asked_as(self.arms)
        return {
            arm.name: {seed: read(asked[arm.label(seed)]) for seed in arm.adapters} for arm in self.arms if arm.adapters
        }

    @property
    def column(self) -> Column:
        """The first column."""
        return self.block.columns[0]


def plain(rows: pl.DataFrame, label: str) -> Reading:
    """A measure's own row."""
    own = rows.filter(pl.col("respondent") == label)
    known = own.filter(pl.col("value").is_not_null())
    if not known.height:
        whys = [why for why in own["why"].to_list() if why]
        return Reading(why=f"not measured: {whys[0]}" if whys else "not measured: no such row", interpretable=False)
    one = known.row(0, named=True)
    return Reading(one["value"], one["low"], one["high"], one["n"], one["method"], one["why"], one["interpretable"])


def unseen_share(items: int) -> float:
    """The largest share of items that differ of which so many items show none, with 97.5 % confidence.

    Source   Clopper & Pearson (1934), the upper bound at 0 of n
    """
    return float(1 - 0.025 ** (1 / items))
