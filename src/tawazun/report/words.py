"""Every sentence of the page's own, from one text file per language; values are escaped as they are put in.

A text is trusted and may hold mark-up; what is put into it never is. Counted things have the forms `one` and `other`
(a language with more forms adds them here and in its file).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from tawazun.errors import UnknownName
from tawazun.report.rounding import count_text

ENGLISH = "en"


@dataclass(frozen=True)
class Words:
    """The texts of one language: dotted key -> text."""

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> Markup:
        """The text of a key with values put in and escaped. Errors: UnknownName for a key that the file lacks."""
        if key not in self.texts:
            raise UnknownName(f"no text {key!r} in the page's language {self.language!r}")
        return Markup(self.texts[key]).format(**values)

    def plain(self, key: str, **values: object) -> str:
        """The text as plain characters, for attributes and for other texts; not yet escaped."""
        if key not in self.texts:
            raise UnknownName(f"no text {key!r} in the page's language {self.language!r}")
        return self.texts[key].format(**values)

    def count(self, key: str, number: float) -> str:
        """A counted thing: `1 place`, `22 places`; in the form that the language has for the number."""
        form = plural_form(self.language, number)
        own = f"{key}.{form}"
        return self.plain(own if own in self.texts else f"{key}.other", n=count_text(number))

    def has(self, key: str) -> bool:
        """Whether there is a text of this key."""
        return key in self.texts

    def part(self, head: str) -> dict[str, str]:
        """Every text whose key begins with `head.`, without that head."""
        return {key[len(head) + 1 :]: text for key, text in self.texts.items() if key.startswith(f"{head}.")}

    def isolated(self, name: str) -> str:
        """A name that keeps its own direction inside a sentence of a mirrored page (Unicode's first strong isolate)."""
        return f"\u2068{name}\u2069" if self.texts.get("page.dir") == "rtl" else name

    def listed(self, parts: list[str], most: int = 6) -> str:
        """`a, b and c`; what is beyond `most` is counted. On a mirrored page each keeps its own direction."""
        parts = [self.isolated(part) for part in parts]
        if len(parts) > most:
            rest = self.plain("list.more", n=count_text(len(parts) - most + 1))
            parts = [*parts[: most - 1], rest]
        if len(parts) < 2:
            return "".join(parts)
        return self.plain("list.last", first=self.plain("list.comma").join(parts[:-1]), last=parts[-1])


def plural_form(language: str, number: float) -> str:
    """The plural form of a number: `one` and `other`, and in Arabic also `two`, `few` and `many`.

    Source   Unicode CLDR, plural rules of whole numbers; `zero` is said as `other` here
    """
    if number == 1:
        return "one"
    if language != "ar":
        return "other"
    if number == 2:
        return "two"
    tail = number % 100
    return "few" if 3 <= tail <= 10 else "many" if 11 <= tail <= 99 else "other"


@cache
def words(language: str) -> Words:
    """The words of a language; what its file leaves out is said in English. Errors: UnknownName without a file."""
    if language not in languages():
        raise UnknownName(f"the page has no texts in {language!r}; there are {', '.join(languages())}")
    return Words(language, _texts(ENGLISH) | _texts(language))


@cache
def languages() -> tuple[str, ...]:
    """The languages that there is a file of texts for."""
    folder = files("tawazun.report").joinpath("texts")
    return tuple(sorted(one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith(".toml")))


def _texts(language: str) -> dict[str, str]:
    file = files("tawazun.report").joinpath("texts", f"{language}.toml")
    return _flat(tomllib.loads(file.read_text(encoding="utf-8")))


def _flat(table: Mapping[str, Any], head: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in table.items():
        found.update(_flat(value, f"{head}{key}.") if isinstance(value, dict) else {f"{head}{key}": str(value)})
    return found
