"""Answers written by hand, as tables that measures read: for truths that no planted respondent has."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from tawazun.answers import SCHEMA
from tawazun.estimates import Estimate
from tawazun.instruments import Instrument
from tawazun.measures.context import Context, make_context
from tawazun.measures.registry import find_measure
from tawazun.populations.records import HUMANS
from tawazun.study import MeasureKeys

CELL: dict[str, Any] = {
    "respondent": "model", "respondent_id": "m", "persona": "none", "perspective": "self", "language": "en",
    "wording": "w1", "order": "forward", "labels": "letters", "placement": "system", "context": "",
    "decoding": "readout", "mode": "logprob", "off_menu": 0.0, "refused": 0.0, "unread": 0.0,
}  # fmt: skip


def answers(instrument: Instrument, cells: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """An answers table: each cell names its `question` and gives `p` or `value`; the rest has defaults."""
    rows = []
    for number, cell in enumerate(cells):
        row = dict.fromkeys(SCHEMA) | CELL
        row |= {"ask": f"a{number}", "cell": f"c{number}", "instrument": instrument.name}
        row |= cell
        if row["persona"] not in ("none", "human") and "perspective" not in cell:
            row["perspective"] = "persona"
        rows.append(row)
    return pl.DataFrame(rows, schema=SCHEMA)


def humans(instrument: str, rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """A humans table: each row names `place` and `item` and gives `p` or `value`."""
    made = []
    for given in rows:
        row = dict.fromkeys(HUMANS) | {"source": "people-1", "instrument": instrument, "note": ""}
        row |= {"holds": "distributions", "human_error": "none"} | given
        row.setdefault("population", None)
        row["population"] = row["population"] or f"{row['source']}/{row['place']}"
        made.append(row)
    return pl.DataFrame(made, schema=HUMANS)


def grid(
    instrument: Instrument, shares: np.ndarray, places: Sequence[str], wordings: Sequence[str], **more: Any
) -> list[dict[str, Any]]:
    """Cells from (C, W, Q, K) shares; NaN rows are not asked."""
    return [
        {"persona": place, "wording": wording, "question": question.id, "p": shares[c, w, q].tolist(), **more}
        for c, place in enumerate(places)
        for w, wording in enumerate(wordings)
        for q, question in enumerate(instrument.questions)
        if not np.isnan(shares[c, w, q]).any()
    ]


def at_ends(values: np.ndarray, options: int) -> np.ndarray:
    """Shares on the two end options whose mean is a share of the scale: (...) -> (..., K)."""
    p = np.zeros((*values.shape, options))
    p[..., 0], p[..., -1] = 1 - values, values
    return p


def context(
    instruments: Sequence[Instrument], table: pl.DataFrame, people: pl.DataFrame | None = None, **keys: Any
) -> Context:
    """A context over hand-made answers and people."""
    empty = pl.DataFrame(schema=HUMANS)
    return make_context(table, empty if people is None else people, instruments, MeasureKeys(**keys), 1)


def measured(name: str, made: Context) -> list[Estimate]:
    """Every estimate of one measure."""
    return list(find_measure(name).compute(made))


def one(rows: Iterable[Estimate], **wanted: Any) -> Estimate:
    """The single estimate with these values."""
    found = [row for row in rows if all(getattr(row, key) == value for key, value in wanted.items())]
    assert len(found) == 1, [(row.facet, row.item, row.why) for row in rows]
    return found[0]
