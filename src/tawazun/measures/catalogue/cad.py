"""How much nearer a subject is to its own people than to the reference people, in JS distance."""

from tawazun.measures.context import Simple
from tawazun.measures.contrast import CAD_UNIT, cad_rows

MEASURE = Simple(
    "cad",
    "Contrast: nearer to the own people or to the reference",
    CAD_UNIT,
    "Agarwal et al. (2025), arXiv 2505.21548, for the contrast; its exact similarity is not public, ours is the JS one",
    cad_rows,
)
