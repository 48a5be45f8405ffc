"""What the terms of a source allow: no training on no-derivative data or on figures of people that stay aggregates."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tawazun.errors import Refused
from tawazun.source import Source

NO_DERIVATIVES = re.compile(r"(?<![a-z])(nd|no[ -]?deriv\w*)(?![a-z])", re.IGNORECASE)
NON_COMMERCIAL = re.compile(r"(?<![a-z])(nc|non[ -]?commercial\w*|research[ -]only)(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Terms:
    """What training on some sources brings with it.

    non_commercial  names of sources that make the adapter non-commercial
    unknown         names of sources without a licence
    """

    non_commercial: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def mark(self) -> str:
        """`NC` where the adapter may not be used commercially, `unknown` where a licence is missing, else empty."""
        return "NC" if self.non_commercial else "unknown" if self.unknown else ""


def refuse_no_derivatives(name: str, licence: str) -> None:
    """Errors: Refused for a licence that allows no derivatives, which a trained model is."""
    if NO_DERIVATIVES.search(licence):
        raise Refused(f"source {name!r}: its licence {licence!r} allows no derivatives, so no model is trained on it")


def training_terms(licences: Iterable[tuple[str, str]]) -> Terms:
    """What (name, licence) pairs come to. Errors: Refused for one that allows no derivatives."""
    non_commercial, unknown = [], []
    for name, licence in licences:
        refuse_no_derivatives(name, licence)
        if NON_COMMERCIAL.search(licence):
            non_commercial.append(name)
        if not licence.strip():
            unknown.append(name)
    return Terms(tuple(dict.fromkeys(non_commercial)), tuple(dict.fromkeys(unknown)))


def refuse_aggregates(name: str, source: Source) -> None:
    """Refuse people whose answers may be shown as aggregates only: rows drawn from them would be a copy.

    Errors   Refused
    """
    refuse_no_derivatives(name, f"{source.licence} {source.terms}")
    if source.redistribute != "yes":
        raise Refused(
            f"{name}: its terms allow {'aggregates only' if source.redistribute == 'aggregates' else 'no copy'} "
            f"({source.licence}), so no training rows are made of it; use it to measure, or people of your own"
        )
