"""BLEnD, short answers in English: everyday life in 16 countries and regions, in the respondent's own words.

There is no layout that reasons first: an accepted answer that is only weighed on the way would count as given.
"""

from pathlib import Path

from tawazun.instruments.catalogue._blend import card, layouts, read
from tawazun.instruments.records import Instrument

CARD = card("blend_saq", "BLEnD: everyday life in 16 countries and regions, short answers in English")
TEMPLATES = layouts(
    "en",
    "Read the following question and provide a single answer without any explanations.\n\nQuestion: {stem}",
    "Answer:",
)


def load_instrument(data: Path) -> Instrument:
    """The instrument, from a data folder. Errors: BadFile naming file, row and column."""
    return read(CARD, data, "en", (), TEMPLATES)
