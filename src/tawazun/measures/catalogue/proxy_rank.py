"""How many other peoples of the source are closer to the target's people than the respondent is."""

from tawazun.measures.context import Simple
from tawazun.measures.proxies import UNIT, proxy_rows

MEASURE = Simple(
    "proxy_rank",
    "Other peoples that are a closer proxy than the respondent",
    UNIT,
    "own; the comparison with US people: Agarwal et al. (2025), arXiv 2505.21548",
    proxy_rows,
)
