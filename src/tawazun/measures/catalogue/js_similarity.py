"""1 - Jensen-Shannon distance (base 2) between answers and a population's, averaged over items."""

from tawazun.measures.closeness import JS_SIMILARITY, estimates
from tawazun.measures.context import Simple

MEASURE = Simple(
    "js_similarity",
    "Closeness of answer distributions: 1 - JS distance, uncorrected",
    JS_SIMILARITY.unit,
    "Lin (1991); Endres & Schindelin (2003) for the distance; Durmus et al. (2023) for the use",
    lambda context: estimates(context, JS_SIMILARITY),
)
