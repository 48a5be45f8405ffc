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
    found = _shipped()[0].get(code) or _EXTRA_PLACES.get(code)
    if found is None:
        raise UnknownName(unknown("place", code, sorted(places())))
    return found


def group(name: str) -> Group:
    """The group of an id (`group:arab-league@2023-05`). Errors: UnknownName."""
    found = _shipped()[1].get(name) or _EXTRA_GROUPS.get(name)
    if found is None:
        raise UnknownName(unknown("group", name, sorted(groups())))
    return found


def register(*, places: tuple[Place, ...] = (), groups: tuple[Group, ...] = ()) -> None:
    """Make these the user's own places and groups, in the stead of any earlier ones; shipped ones are never replaced.

    Errors   BadStudy for a code or id that is shipped or stands twice; UnknownName for a member nobody knows
    """
    own_places = {one.code: one for one in places}
    own_groups = {one.id: one for one in groups}
    for kind, given, own, shipped in (
        ("place", len(places), own_places, _shipped()[0]),
        ("group", len(groups), own_groups, _shipped()[1]),
    ):
        if given != len(own):
            raise BadStudy(f"{kind}: a code stands twice among {', '.join(own)}")
        if taken := sorted(own.keys() & shipped.keys()):
            raise BadStudy(f"{kind} {taken[0]} is shipped; choose another code or date")
    for each in groups:
        for member in each.members:
            if member not in own_places:
                _shipped_place(member)
    _EXTRA_PLACES.clear()
    _EXTRA_PLACES.update(own_places)
    _EXTRA_GROUPS.clear()
    _EXTRA_GROUPS.update(own_groups)
    _by_name.cache_clear()


def _shipped_place(code: str) -> Place:
    if code not in _shipped()[0]:
        raise UnknownName(unknown("place", code, sorted(_shipped()[0])))
    return _shipped()[0][code]


def folded(text: str) -> str:
    """A name without case, accents, punctuation or leading article, and with `and` for `&`, for matching."""
    plain = unicodedata.normalize("NFKD", text.replace("&", " and "))
    spaced = "".join(" " if unicodedata.category(c) == "Pd" else c for c in plain)
    kept = "".join(c for c in spaced if c.isalnum() or c.isspace())
    return " ".join(kept.casefold().split()).removeprefix("the ")


@cache
def _by_name() -> dict[str, str]:
    found: dict[str, str] = {}
    for code, one in places().items():
        for name in (one.english, *one.aliases):
            found.setdefault(folded(name), code)
    return found


def find_place(name: str) -> Place | None:
    """The place that an English entity name of a source means (`Slovak Rep`, `Viet Nam`), or None."""
    code = _by_name().get(folded(name))
    return place(code) if code else None
