"""Probability that the model puts on the options it was offered, before anything is conditioned on them."""

from tawazun.measures.context import Simple
from tawazun.measures.losses import loss_rows

MEASURE = Simple(
    "allowed_mass",
    "Probability on the options offered",
    "share",
    "1 - off-menu mass at the read-out position",
    lambda context: loss_rows(
        context, "allowed_mass", lambda made: 1 - made.off_menu, "off-menu mass is seen only in logprob mode"
    ),
)
