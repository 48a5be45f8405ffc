"""Spearman correlation over items between a respondent's values and a population's."""

from tawazun.measures.context import Simple
from tawazun.measures.item_order import MEASURE as NAME
from tawazun.measures.item_order import UNIT, item_rows

MEASURE = Simple(
    NAME,
    "Agreement of the order of items with the people's",
    UNIT,
    "Spearman (1904), Am. J. Psychol. 15(1); Rystrøm et al. (2025), arXiv 2502.16534, for the use",
    item_rows,
)
