"""Whose answers they are: each subject as a mixture of the peoples of a source, inside its region and outside."""

from tawazun.measures.context import Simple
from tawazun.measures.mixing import UNIT, mixture_rows

MEASURE = Simple(
    "whose",
    "Whose answers are these? Mixture weights of all peoples",
    UNIT,
    "Haskell & Hanson (1981), Math. Program. 21, for least squares under linear constraints",
    mixture_rows,
)
