"""BLEnD, short answers in Arabic: everyday life in Algeria, the one Arab country of the set."""

from pathlib import Path

from tawazun.instruments.catalogue._blend import card, layouts, read
from tawazun.instruments.records import Instrument

CARD = card("blend_saq_ar", "BLEnD: everyday life in Algeria, short answers in Arabic")
TEMPLATES = layouts("ar", "اقرأ السؤال التالي و اعرض إجابة واحدة دون أي توضيحات.\n\nالسؤال: {stem}", "الإجابة:")


def load_instrument(data: Path) -> Instrument:
    """The instrument, from a data folder. Errors: BadFile naming file, row and column."""
    return read(CARD, data, "ar", ("Algeria",), TEMPLATES)
