"""Whom a data set speaks of, and who is in it: coverage and its gaps, topics beside what people say matters, people."""

from tawazun.audit.representation.answers import Answers, read_people, recorded, recorded_names
from tawazun.audit.representation.coverage import Coverage, cover
from tawazun.audit.representation.interests import Interests, interests
from tawazun.audit.representation.people import Definition, People, who_is_in
from tawazun.audit.representation.tags import Tagged, read_tags, tagged

__all__ = [
    "Answers",
    "Coverage",
    "Definition",
    "Interests",
    "People",
    "Tagged",
    "cover",
    "interests",
    "read_people",
    "read_tags",
    "recorded",
    "recorded_names",
    "tagged",
    "who_is_in",
]
