"""Open answers weighed by how many people gave the answer that is held."""

from tawazun.measures.context import Simple
from tawazun.measures.exams_open import Open, open_rows

MEASURE = Simple(
    "sem_w",
    "Open answers, weighed by how many people gave them",
    "share of points",
    "Myung et al. (2024), BLEnD, SEM-W",
    lambda context: open_rows(context, Open("sem_w", weighted=True)),
)
