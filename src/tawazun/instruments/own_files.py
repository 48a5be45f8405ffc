"""Instruments that are files of a user's own: `custom:FILE`, `pairs:FILE` and `grades:FILE`."""

from pathlib import Path

from tawazun.instruments.custom import PREFIX, load_custom
from tawazun.instruments.judged import is_judged, load_judged_file
from tawazun.instruments.records import Instrument


def is_own(name: str) -> bool:
    """Whether a name stands for a file of the user's."""
    return name.startswith(PREFIX) or is_judged(name)


def own_file(name: str) -> str:
    """The file of such a name, as the study spells it."""
    return name.partition(":")[2]


def load_own(name: str, path: Path) -> Instrument:
    """The instrument of such a name, its file lying at `path`. Errors: BadFile naming file, row and column."""
    return load_judged_file(name, path) if is_judged(name) else load_custom(path, name=name).instrument
