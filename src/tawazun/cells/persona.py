"""Who the respondent is asked to be."""

from dataclasses import dataclass
from functools import cache

from tawazun.errors import BadStudy
from tawazun.places import place

# attribute -> allowed values; None = any range such as 18-29
ATTRIBUTES: dict[str, tuple[str, ...] | None] = {
    "age": None,
    "sex": ("f", "m"),
    "education": ("low", "middle", "high"),
    "settlement": ("urban", "rural"),
}


@dataclass(frozen=True, slots=True)
class Persona:
    """`none`, `human` (a generic person), or a person of a place with optional attributes.

    text   the canonical spelling: `none`, `human`, `EGY`, `EGY?age=18-29&sex=f` (attributes in alphabetical order)
    """

    text: str
    place: str = ""
    attributes: tuple[tuple[str, str], ...] = ()


def parse_persona(text: str) -> Persona:
    """Read a persona as a study spells it. Errors: BadStudy or UnknownName naming what was allowed."""
    persona = _spelled(text)
    if persona.place:
        place(persona.place)
    return persona


@cache
def _spelled(text: str) -> Persona:
    if text in ("none", "human"):
        return Persona(text)
    code, _, query = text.partition("?")
    pairs = tuple(sorted(_attribute(text, part) for part in query.split("&"))) if query else ()
    if len({key for key, _ in pairs}) != len(pairs):
        raise BadStudy(f"persona {text!r}: an attribute stands twice")
    spelled = "&".join(f"{key}={value}" for key, value in pairs)
    return Persona(f"{code}?{spelled}" if spelled else code, code, pairs)


def _attribute(text: str, part: str) -> tuple[str, str]:
    key, _, value = part.partition("=")
    if key not in ATTRIBUTES:
        raise BadStudy(f"persona {text!r}: unknown attribute {key!r}; allowed: {', '.join(ATTRIBUTES)}")
    allowed = ATTRIBUTES[key]
    if allowed is None:
        low, dash, high = value.partition("-")
        if not (dash and low.isdigit() and high.isdigit() and int(low) <= int(high)):
            raise BadStudy(f"persona {text!r}: {key} is a range such as 18-29, not {value!r}")
    elif value not in allowed:
        raise BadStudy(f"persona {text!r}: {key} is one of {', '.join(allowed)}, not {value!r}")
    return key, value
