"""Bounds of item means, indices and closeness over everything that refused and unread replies could have been."""

from tawazun.measures.bounds import MEASURE as NAME
from tawazun.measures.bounds import UNIT, refusal_rows
from tawazun.measures.context import Simple

MEASURE = Simple(
    NAME,
    "What refusals and unread replies could hide: sharp bounds",
    UNIT,
    "Manski (2003), Partial Identification of Probability Distributions, ch. 1",
    refusal_rows,
)
