"""The column of recall is over all indices together, never the first index by itself."""

from types import SimpleNamespace

import polars as pl

from tawazun.adapt.table import Column
from tawazun.adapt.table_arms import Arm
from tawazun.adapt.table_reading import read_block
from tawazun.adapt.table_source import Source
from tawazun.adapt.table_studies import Block


def test_recall_is_read_over_all_indices() -> None:
    base = {"measure": "recall", "respondent": "default", "low": 0.0, "high": 1.0, "n": 9.0, "method": "m", "why": ""}
    facets = {"PDI": "beyond recall", "IDV": "beyond recall", "": "average over indices;beyond recall"}
    values = {"PDI": 0.9, "IDV": -0.4, "": 0.25}
    rows = [{**base, "item": one, "facet": facets[one], "value": values[one], "interpretable": True} for one in facets]
    column = Column("recall", "agreement beyond recall", "partial rank correlation", 1, "gain")
    source = Source(
        None, None, None, (Arm("default", {None: None}),),  # type: ignore[arg-type]
        Block("recall", "recall", (column,), None), SimpleNamespace(scores=pl.DataFrame(rows)), (),  # type: ignore[arg-type]
    )  # fmt: skip
    assert read_block(source)["recall"]["default"][None].value == 0.25
