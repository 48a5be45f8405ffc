"""Look-ups over the catalogue of instruments.

A part exposes `INSTRUMENT`, or `load_instrument(data)` when its questions may not be bundled and are read from a
user's copy of the source's own files under the data folder. Such a part may have a `CARD`, which says what it is and
which files it reads before they are there.
"""

from functools import cache
from importlib import import_module
from pathlib import Path

from tawazun import catalogue
from tawazun.errors import BadFile, UnknownName
from tawazun.instruments.cards import Card
from tawazun.instruments.records import Instrument

FOLDER = "tawazun.instruments.catalogue"


def instrument_names() -> list[str]:
    """Names of the instruments on offer."""
    return catalogue.names(FOLDER)


@cache
def instrument(name: str, data: Path | None = None) -> Instrument:
    """The instrument of a name; `data` is the folder with local copies of data sets.

    Errors   UnknownName with what is on offer; BadFile when its questions need a data folder and none was given.
    """
    if name not in instrument_names():
        raise UnknownName(catalogue.unknown("instrument", name, instrument_names()))
    module = import_module(f"{FOLDER}.{name}")
    if hasattr(module, "INSTRUMENT"):
        shipped: Instrument = module.INSTRUMENT
        return shipped
    if data is None:
        raise BadFile(f"instrument {name!r} reads its questions from a data folder: give --data DIR or TAWAZUN_DATA")
    loaded: Instrument = module.load_instrument(data)
    return loaded


def instrument_card(name: str) -> Card | None:
    """What is known of an instrument without its data; None for one that keeps no card. Errors: UnknownName."""
    if name not in instrument_names():
        raise UnknownName(catalogue.unknown("instrument", name, instrument_names()))
    found: Card | None = getattr(import_module(f"{FOLDER}.{name}"), "CARD", None)
    return found
