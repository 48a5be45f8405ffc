"""What a place and a group are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tawazun.source import Source


@dataclass(frozen=True, slots=True)
class Name:
    """How a place is called in one language, as it stands in a prompt.

    name      `Egypt`, `the Netherlands`, `مصر`
    people    the word for one person from there, for prompts that need it: `Egyptian`, `مصري`; empty when not reviewed
    """

    name: str
    people: str = ""
    status: Literal["draft", "reviewed"] = "draft"


@dataclass(frozen=True, slots=True)
class Place:
    """A country, a part of one, or a registered slug.

    code       the only key that other rooms use
    names      by BCP 47 language; English is always there
    aliases    other English names that sources use for it, matched without case (never foreign codes)
    kind       `fictional` places belong to the planted world
    """

    code: str
    names: Mapping[str, Name]
    aliases: tuple[str, ...] = ()
    kind: Literal["country", "subdivision", "aggregate", "fictional"] = "country"

    @property
    def english(self) -> str:
        """The English name as a title, without the article that a prompt needs: `Netherlands`."""
        return self.names["en"].name.removeprefix("the ")

    def called(self, language: str) -> Name | None:
        """The name in a language; `ar-EG` falls back to `ar`; None when the language has no name."""
        return self.names.get(language) or self.names.get(language.split("-")[0])


@dataclass(frozen=True, slots=True)
class Group:
    """A dated set of places, with sub-groups when they matter.

    id         `group:arab-league@2023-05`
    members    place codes
    parts      name of a sub-region -> its place codes (each inside `members`)
    """

    id: str
    title: str
    members: tuple[str, ...]
    source: Source
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
