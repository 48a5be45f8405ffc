"""INCLUDE in Japanese: exam questions that need the culture of the region."""

from pathlib import Path

from tawazun.instruments.catalogue._include import card, read
from tawazun.instruments.records import Instrument

CARD = card("ja")


def load_instrument(data: Path) -> Instrument:
    """The instrument, from a data folder. Errors: BadFile naming file, row and column."""
    return read(CARD, data, "ja")
