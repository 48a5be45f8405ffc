"""BLEnD, short answers in Chinese: everyday life in China."""

from pathlib import Path

from tawazun.instruments.catalogue._blend import card, layouts, read
from tawazun.instruments.records import Instrument

CARD = card("blend_saq_zh", "BLEnD: everyday life in China, short answers in Chinese")
TEMPLATES = layouts("zh", "阅读以下问题并仅提供一个答案，无需任何解释。\n\n问题：{stem}", "答案：")


def load_instrument(data: Path) -> Instrument:
    """The instrument, from a data folder. Errors: BadFile naming file, row and column."""
    return read(CARD, data, "zh", ("China",), TEMPLATES)
