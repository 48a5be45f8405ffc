"""The contrast as a share of how far the two peoples are apart: 1 at the own people, -1 at the reference."""

from tawazun.measures.context import Simple
from tawazun.measures.contrast import NCAD_UNIT, ncad_rows

MEASURE = Simple(
    "ncad",
    "Contrast as a share of the distance between the two peoples",
    NCAD_UNIT,
    "Agarwal et al. (2025), arXiv 2505.21548, for the idea; the pooled ratio and its bounds are ours",
    ncad_rows,
)
