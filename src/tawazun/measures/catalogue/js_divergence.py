"""Jensen-Shannon divergence (bits) between answers and a population's, averaged over items; 0 is the same."""

from tawazun.measures.closeness import JS_DIVERGENCE, estimates
from tawazun.measures.context import Simple

MEASURE = Simple(
    "js_divergence",
    "Difference of answer distributions: JS divergence, uncorrected",
    JS_DIVERGENCE.unit,
    "Lin (1991), IEEE Trans. Inf. Theory 37(1), eq. 4.1 with equal weights and base 2",
    lambda context: estimates(context, JS_DIVERGENCE),
)
