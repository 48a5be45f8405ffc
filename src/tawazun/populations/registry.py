"""Look-ups over the catalogue of population sources.

The file `hofstede_2015.py` is the source `hofstede-2015`: a version starts with a digit and follows a hyphen.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from tawazun import catalogue
from tawazun.errors import BadStudy, UnknownName
from tawazun.places import group, place
from tawazun.populations.records import HALVES, Population, PopulationSource, Request

FOLDER = "tawazun.populations.catalogue"


def population_names() -> list[str]:
    """Names of the sources on offer, such as `hofstede-2015`."""
    return [re.sub(r"_(?=\d)", "-", name) for name in catalogue.names(FOLDER)]


def population_source(name: str) -> PopulationSource:
    """The source of a name. Errors: UnknownName."""
    if name not in population_names():
        raise UnknownName(catalogue.unknown("population", name, population_names()))
    found: PopulationSource = catalogue.load(FOLDER, re.sub(r"-(?=\d)", "_", name), "POPULATION")
    return found


def load_populations(
    spec: str, *, data: Path | None, estimates: bool = False, non_national: bool = False, halves: int = HALVES
) -> Sequence[Population]:
    """Populations of one entry of a study: `SOURCE`, `SOURCE/PLACE` or `SOURCE/group:NAME@DATE`; keys as `Request`.

    Errors   UnknownName for a source or place; BadStudy when the source has no such place, saying why.
    """
    name, _, where = spec.partition("/")
    source = population_source(name)
    codes: tuple[str, ...] = ()
    if where.startswith("group:"):
        codes = group(where).members
    elif where:
        codes = (place(where).code,)
    request = Request(codes, data, estimates, non_national, halves)
    found = source.load(request)
    if codes and not found:
        why = source.absent(request)
        reason = "; ".join(f"{code}: {why.get(code, 'absent')}" for code in codes[:3])
        raise BadStudy(f"populations: {spec} has no answers ({reason})")
    return found
