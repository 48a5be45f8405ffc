"""Share of replies that no reader could tie to one option."""

from tawazun.measures.context import Simple
from tawazun.measures.losses import loss_rows

MEASURE = Simple(
    "unread_rate",
    "Share of replies that could not be read",
    "share",
    "docs/methods.md, reply readers",
    lambda context: loss_rows(
        context, "unread_rate", lambda made: made.unread, "unread replies are seen only in replies, none were recorded"
    ),
)
