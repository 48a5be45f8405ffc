"""A page taken apart, for structural checks."""

import base64
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())


@dataclass
class Element:
    """An element with its attributes, its own text and the names of those around it."""

    tag: str
    attributes: dict[str, str]
    inside: tuple[str, ...]
    text: str = ""


@dataclass
class Parsed(HTMLParser):
    """Every element of a page in order; `faults` names tags that close what is not open."""

    elements: list[Element] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, {name: value or "" for name, value in attrs}, tuple(one.tag for one in self.open))
        self.elements.append(made)
        if tag not in VOID:
            self.open.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1].tag != tag:
            self.faults.append(f"</{tag}> inside {[one.tag for one in self.open[-3:]]}")
            return
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for one in self.open:
            one.text += data

    def all(self, tag: str) -> Iterator[Element]:
        """Elements of a name."""
        return (one for one in self.elements if one.tag == tag)

    def one(self, id_: str) -> Element:
        """The element of an id."""
        return next(one for one in self.elements if one.attributes.get("id") == id_)

    def has(self, id_: str) -> bool:
        """Whether there is an element of an id."""
        return any(one.attributes.get("id") == id_ for one in self.elements)

    def data(self, id_: str) -> Any:
        """Packed data as the page's script would read it."""
        return json.loads(gzip.decompress(base64.b64decode(self.one(id_).text)))


def parsed(html: str) -> Parsed:
    """A page taken apart."""
    made = Parsed()
    made.feed(html)
    made.close()
    return made
