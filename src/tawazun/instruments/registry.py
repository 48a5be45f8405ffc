"""Look-ups over the catalogue of instruments, and a user's own texts for them."""

from functools import cache

from tawazun import catalogue
from tawazun.instruments.records import Instrument

FOLDER = "tawazun.instruments.catalogue"


def instrument_names() -> list[str]:
    """Names of the instruments on offer, as the user writes them."""
    return catalogue.names(FOLDER)


@cache
def instrument(name: str) -> Instrument:
    """The instrument of a name. Errors: UnknownName with what is on offer."""
    found: Instrument = catalogue.load(FOLDER, name, "INSTRUMENT")
    return found
