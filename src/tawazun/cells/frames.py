"""The package's own words around a question, per language: respondent descriptors, instructions, sub-asks.

Drafts until a native speaker has reviewed them; `status` travels with each descriptor.
"""

from dataclasses import dataclass
from functools import cache

from tawazun.catalogue import load, names, unknown
from tawazun.errors import BadStudy
from tawazun.instruments import Descriptor

FOLDER = "tawazun.cells.catalogue"


@dataclass(frozen=True, slots=True)
class Frame:
    """Texts of one language.

    one         instruction under the options of a `one` question
    exact       the same where options have no labels
    reason      the same where the reply reasons first
    some        stem addition for one option of a `some` question, with {option}
    yes, no     the two options of that sub-ask
    second      addition for the second pick of a `pair` question, with {first}
    both        instruction for a `pair` question answered in one reply
    several     instruction for a `some` question answered in one reply, with {pick}
    number      instruction for a `number` question, with {low} and {high}
    text        instruction for an open question
    cue         what precedes the answer where no chat template is used
    attributes  `key=value` -> a sentence; `age` has {low} and {high}
    """

    language: str
    one: str
    exact: str
    reason: str
    some: str
    yes: str
    no: str
    second: str
    both: str
    several: str
    number: str
    text: str
    cue: str
    attributes: dict[str, str]
    descriptors: tuple[Descriptor, ...]


@cache
def frame(language: str) -> Frame:
    """The frame of a language; `ar-EG` uses the frame of `ar` unless it has its own. Errors: BadStudy."""
    offered = names(FOLDER)
    for candidate in (language.replace("-", "_").lower(), language.split("-")[0].lower()):
        if candidate in offered:
            found: Frame = load(FOLDER, candidate, "FRAME")
            return found
    raise BadStudy(f"languages: {unknown('language', language, offered)}")
