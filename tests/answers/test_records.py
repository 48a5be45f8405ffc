"""The table of answers, and the rules that an answer keeps."""

import math
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.answers import SCHEMA, Outcome, check, table_of
from tawazun.errors import BadAnswers
from tests import toys

FLOATS = st.floats(0, 1)
ROW = st.tuples(
    st.none() | st.text(max_size=3),
    st.none() | st.lists(FLOATS, max_size=4).map(tuple),
    st.none() | st.lists(st.text(max_size=3), max_size=3).map(tuple),
    st.none() | FLOATS,
)
KINDS: dict[str, pl.DataType | type[pl.DataType]] = {
    "name": pl.String,
    "p": pl.List(pl.Float64),
    "text": pl.List(pl.String),
    "n": pl.Float64,
}


@given(st.lists(ROW, max_size=12))
def test_a_table_holds_its_rows_bit_by_bit(rows: list[tuple[object, ...]]) -> None:
    table = table_of(rows, KINDS)
    assert dict(table.schema) == KINDS
    back = [tuple(tuple(one) if isinstance(one, list) else one for one in row) for row in table.rows()]
    assert back == rows


def test_a_table_of_nothing_has_its_columns() -> None:
    assert dict(table_of([], SCHEMA).schema) == SCHEMA


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf, -0.1, 1.1])
@pytest.mark.parametrize("place", ["p", "off_menu", "refused", "unread"])
def test_a_share_that_is_none_is_named(wrong: float, place: str) -> None:
    made = replace(Outcome(p=(0.5, 0.5)), **{place: (0.5, wrong) if place == "p" else wrong})  # type: ignore[arg-type]
    with pytest.raises(BadAnswers, match=f"somebody: a share is between 0 and 1, not {wrong}"):
        check(made, toys.question(1, 2), "somebody")
