"""Look-ups over the catalogue of places; nothing is read before it is asked for."""

import unicodedata
from functools import cache

from tawazun.catalogue import load, names, unknown
from tawazun.errors import BadStudy, UnknownName
from tawazun.places.records import Group, Place

FOLDER = "tawazun.places.catalogue"
_EXTRA_PLACES: dict[str, Place] = {}
_EXTRA_GROUPS: dict[str, Group] = {}


@cache
def _shipped() -> tuple[dict[str, Place], dict[str, Group]]:
    places: dict[str, Place] = {}
    groups: dict[str, Group] = {}
    for name in names(FOLDER):
        for one in load(FOLDER, name, "PLACES"):
            if one.code in places:
                raise BadStudy(f"place {one.code} is defined twice (second time in {name})")
            places[one.code] = one
        for one in load(FOLDER, name, "GROUPS"):
            groups[one.id] = one
    return places, groups


def places() -> dict[str, Place]:
    """Every known place by code."""
    return {**_shipped()[0], **_EXTRA_PLACES}


def groups() -> dict[str, Group]:
    """Every known group by id."""
    return {**_shipped()[1], **_EXTRA_GROUPS}


def place(code: str) -> Place:
    """The place of a code. Errors: UnknownName with the closest codes."""
    known = places()
    if code not in known:
        raise UnknownName(unknown("place", code, sorted(known)))
    return known[code]


def group(name: str) -> Group:
    """The group of an id (`group:arab-league@2023-05`). Errors: UnknownName."""
    known = groups()
    if name not in known:
        raise UnknownName(unknown("group", name, sorted(known)))
    return known[name]


def register(*, places: tuple[Place, ...] = (), groups: tuple[Group, ...] = ()) -> None:
    """Add a user's own places and groups for this process. A shipped code is never replaced."""
    for one in places:
        if one.code in _shipped()[0]:
            raise BadStudy(f"place {one.code} is already {_shipped()[0][one.code].english}; choose an x- slug")
        _EXTRA_PLACES[one.code] = one
    for each in groups:
        if each.id in _shipped()[1]:
            raise BadStudy(f"group {each.id} is shipped; choose another name or date")
        for member in each.members:
            place(member)
        _EXTRA_GROUPS[each.id] = each


def folded(text: str) -> str:
    """A name without case, accents, punctuation or leading article, and with `and` for `&`, for matching."""
    plain = unicodedata.normalize("NFKD", text.replace("&", " and "))
    spaced = "".join(" " if unicodedata.category(c) == "Pd" else c for c in plain)
    kept = "".join(c for c in spaced if c.isalnum() or c.isspace())
    return " ".join(kept.casefold().split()).removeprefix("the ")


@cache
def _by_name(count: int) -> dict[str, str]:
    found: dict[str, str] = {}
    for code, one in places().items():
        for name in (one.english, *one.aliases):
            found.setdefault(folded(name), code)
    return found


def find_place(name: str) -> Place | None:
    """The place that an English entity name of a source means (`Slovak Rep`, `Viet Nam`), or None."""
    code = _by_name(len(places())).get(folded(name))
    return place(code) if code else None
