"""Variance of the model's answers inside a place over the people's, and the share of variance between places."""

from tawazun.measures.context import Simple
from tawazun.measures.dispersion import UNIT, variance_rows

MEASURE = Simple(
    "variance_ratio",
    "Spread of the answers inside a place, model over people",
    UNIT,
    "own; between-place share: correlation ratio, Fisher (1925), Statistical Methods for Research Workers",
    variance_rows,
)
