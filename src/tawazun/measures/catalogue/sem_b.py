"""Share of open answers that hold any answer that people gave."""

from tawazun.measures.context import Simple
from tawazun.measures.exams_open import Open, open_rows

MEASURE = Simple(
    "sem_b",
    "Open answers that hold an accepted one",
    "share of points",
    "Myung et al. (2024), BLEnD, SEM-B",
    lambda context: open_rows(context, Open("sem_b", weighted=False)),
)
