"""1 - first Wasserstein distance on numeric codes over the range of codes; ordinal items only."""

from tawazun.measures.closeness import W1_SIMILARITY, estimates
from tawazun.measures.context import Simple

MEASURE = Simple(
    "w1_similarity",
    "Closeness on the answer scale: 1 - W1 / (max - min code), ordinal items only",
    W1_SIMILARITY.unit,
    "Rubner, Tomasi & Guibas (2000), IJCV 40(2); Santurkar et al. (2023) for the normalisation",
    lambda context: estimates(context, W1_SIMILARITY),
)
