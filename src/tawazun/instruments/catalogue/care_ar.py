"""CARE in Arabic: 150 questions on culture, five kinds of 30, with an answer that a person wrote."""

from pathlib import Path

from tawazun.instruments.catalogue._care import card, read
from tawazun.instruments.records import Instrument

CARD = card("ar")


def load_instrument(data: Path) -> Instrument:
    """The instrument, from a data folder. Errors: BadFile naming file, row and column."""
    return read(CARD, data, "ar")
