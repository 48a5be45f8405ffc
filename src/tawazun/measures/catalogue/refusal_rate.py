"""Share of replies that refuse to answer."""

from tawazun.measures.context import Simple
from tawazun.measures.losses import loss_rows

MEASURE = Simple(
    "refusal_rate",
    "Share of replies that refuse",
    "share",
    "AAPOR Standard Definitions (2023), item refusal",
    lambda context: loss_rows(
        context, "refusal_rate", lambda made: made.refused, "refusals are seen only in replies, none were recorded"
    ),
)
