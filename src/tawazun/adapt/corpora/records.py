"""One row of a corpus, with what must be known of it wherever it goes."""

from dataclasses import asdict, dataclass, field, replace
from typing import Literal

Origin = Literal["", "native", "translated", "regenerated"]
ORIGINS: tuple[Origin, ...] = ("", "native", "translated", "regenerated")
Message = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Tags:
    """What travels with a row; empty = not known.

    language   BCP 47 (`ar`, `ar-EG`)
    country    ISO 3166-1 alpha-3, or another place code
    origin     written in its language, translated into it, or a translated prompt answered anew
    """

    language: str = ""
    country: str = ""
    dialect: str = ""
    origin: Origin = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One row.

    file, number  where it stands: number is the row of data in its file, from 1
    text          what a model reads; of a conversation, its turns line by line
    messages      (role, text) pairs of a conversation; empty for plain text
    facts         where it comes from, where that is more than a file (teacher, ask, population …)
    """

    source: str
    file: str
    number: int
    text: str
    tags: Tags = Tags()
    messages: tuple[Message, ...] = ()
    facts: tuple[tuple[str, str], ...] = field(default=())

    @property
    def where(self) -> str:
        """`native: news.jsonl row 7`."""
        return f"{self.source}: {self.file} row {self.number}"

    def saying(self, messages: tuple[Message, ...], **facts: str) -> "Document":
        """The same row with other messages; facts are added to its own."""
        own = {**dict(self.facts), **facts}
        return replace(self, messages=messages, text=spoken(messages), facts=tuple(sorted(own.items())))

    def record(self) -> dict[str, object]:
        """The row as a plain dictionary, for a JSONL file."""
        messages = [{"role": role, "content": text} for role, text in self.messages]
        shown: dict[str, object] = {"messages": messages} if messages else {"text": self.text}
        known = {key: value for key, value in asdict(self.tags).items() if value}
        return {**shown, "source": self.source, "file": self.file, "row": self.number, **known, **dict(self.facts)}


def spoken(messages: tuple[Message, ...]) -> str:
    """The turns of a conversation, line by line, without roles."""
    return "\n".join(text for _, text in messages)
