"""Places and dated groups of places: one vocabulary of codes, never joined by the codes of a source.

A place is ISO 3166-1 alpha-3 (`EGY`), ISO 3166-2 (`GB-NIR`, `IN-KL`) or a registered slug (`x-hofstede-arab`).
A group is dated, because membership is political: `group:arab-league@2023-05`.
"""

from tawazun.places.calling import called
from tawazun.places.records import Group, Name, Place
from tawazun.places.registry import find_place, group, groups, place, places, register

__all__ = ["Group", "Name", "Place", "called", "find_place", "group", "groups", "place", "places", "register"]
