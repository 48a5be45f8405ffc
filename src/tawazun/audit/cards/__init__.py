"""Reviewing the documentation of data sets: six published criteria, culture fields, and a suggested card."""

from tawazun.audit.cards.collection import Collection, review_collection
from tawazun.audit.cards.folder import from_folder
from tawazun.audit.cards.gaps import GapMap, gap_map
from tawazun.audit.cards.records import Criterion, Facts, Field, Review
from tawazun.audit.cards.review import review
from tawazun.audit.cards.suggest import suggested

__all__ = [
    "Collection",
    "Criterion",
    "Facts",
    "Field",
    "GapMap",
    "Review",
    "from_folder",
    "gap_map",
    "review",
    "review_collection",
    "suggested",
]
