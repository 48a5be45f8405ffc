"""What is asked of whom: persona, framing, the rendered prompt, and the hashes that name an ask and a cell."""

from tawazun.cells.asks import Ask, Asker, cell_of, restated
from tawazun.cells.framing import (
    STOP_AT_ANSWER,
    Decoding,
    Framing,
    parse_decoding,
    perspective_fits,
    shots_of,
    shots_text,
)
from tawazun.cells.labels import LABELS, UNLABELLED, labels_for
from tawazun.cells.orders import order_indices
from tawazun.cells.persona import Persona, parse_persona
from tawazun.cells.prompts import Prompt, Shown, combine, persona_text, prompts, shown

__all__ = [
    "LABELS",
    "STOP_AT_ANSWER",
    "UNLABELLED",
    "Ask",
    "Asker",
    "Decoding",
    "Framing",
    "Persona",
    "Prompt",
    "Shown",
    "cell_of",
    "combine",
    "labels_for",
    "order_indices",
    "parse_decoding",
    "parse_persona",
    "persona_text",
    "perspective_fits",
    "prompts",
    "restated",
    "shots_of",
    "shots_text",
    "shown",
]
