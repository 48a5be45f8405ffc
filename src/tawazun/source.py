"""Where a thing comes from, under which terms, and what may be shown of it."""

from dataclasses import asdict, dataclass
from typing import Literal

Redistribute = Literal["yes", "aggregates", "no"]


@dataclass(frozen=True, slots=True)
class Source:
    """A citation with its terms.

    redistribute   `yes`: everything may be shown; `aggregates`: figures but no texts, no gold, no cell under n = 10;
                   `no`: ids and our own scores only.
    """

    cite: str
    where: str
    version: str
    licence: str
    terms: str
    redistribute: Redistribute

    def record(self) -> dict[str, str]:
        """The fields as a plain dictionary, for `sources.json`."""
        return asdict(self)
