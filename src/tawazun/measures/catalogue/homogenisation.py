"""How large the model's differences between places are, as a share of the people's: 1 as large, 0 all alike."""

from tawazun.measures.context import Simple
from tawazun.measures.differences import RATIO, homogenisation_rows

MEASURE = Simple(
    "homogenisation",
    "Size of the differences between places, model over people",
    RATIO,
    "own; the idea of comparing spreads: Khan, Casper & Hadfield-Menell (2025), arXiv 2503.08688",
    homogenisation_rows,
)
