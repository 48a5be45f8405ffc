"""Aggregates that a source scores as one, and the countries behind them.

Hofstede reports three: their scores are averages over samples of several countries, so they are places of their own
and never stand for a member. The groups list the members.
"""

from tawazun.places.naming import named_places
from tawazun.places.records import Group
from tawazun.source import Source

ALIASES: dict[str, tuple[str, ...]] = {
    "x-hofstede-africa-east": ("Africa East",),
    "x-hofstede-africa-west": ("Africa West",),
    "x-hofstede-arab": ("Arab countries", "Arab world"),
}

HOFSTEDE = Source(
    cite="Hofstede, Hofstede & Minkov (2010), Cultures and Organizations, 3rd edition, tables of country scores",
    where="https://geerthofstede.com/research-and-vsm/dimension-data-matrix/",
    version="2010",
    licence="facts",
    terms="member lists only; the scores have terms of their own",
    redistribute="yes",
)

PLACES = named_places(tuple(ALIASES), ALIASES, "aggregate")

GROUPS = (
    Group(
        "group:hofstede-arab@2010",
        "Countries behind Hofstede's 'Arab countries'",
        ("ARE", "EGY", "IRQ", "KWT", "LBN", "LBY", "SAU"),
        HOFSTEDE,
    ),
    Group(
        "group:hofstede-africa-east@2010",
        "Countries behind Hofstede's 'Africa East'",
        ("ETH", "KEN", "TZA", "ZMB"),
        HOFSTEDE,
    ),
    Group(
        "group:hofstede-africa-west@2010",
        "Countries behind Hofstede's 'Africa West'",
        ("GHA", "NGA", "SLE"),
        HOFSTEDE,
    ),
)
