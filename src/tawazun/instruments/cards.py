"""What is known of an instrument before its questions are read: enough to list, show, cite and fetch it."""

from dataclasses import dataclass

from tawazun.data.sets import DataSet
from tawazun.source import Source


@dataclass(frozen=True, slots=True)
class Card:
    """An instrument without its questions, which lie in a data set of the user's."""

    name: str
    title: str
    source: Source
    not_for: str
    files: DataSet

    @property
    def fields(self) -> dict[str, object]:
        """The fields that its `Instrument` has as well."""
        return {"name": self.name, "title": self.title, "source": self.source, "not_for": self.not_for}
