"""Share of items whose chosen option stays when the options move, beside chance; accuracy and picks by position."""

from tawazun.measures.context import Simple
from tawazun.measures.exams_order import NAME, consistency_rows

MEASURE = Simple(
    NAME,
    "Same option whatever the order, and scores by position",
    "share",
    "Zheng et al. (2024), ICLR, selection bias of multiple-choice answers; Pezeshkpour & Hruschka (2024)",
    consistency_rows,
)
