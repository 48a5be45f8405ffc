"""Places and groups by what people call them, in any language that we have names in."""

import unicodedata
from difflib import get_close_matches

from tawazun.errors import UnknownName
from tawazun.places.records import Group, Place
from tawazun.places.registry import folded, group, groups, place, places

# letters that are written either way: Arabic hamza seats fall away in folding, these two do not
SAME = str.maketrans({"ة": "ه", "ى": "ي"})
CLOSE = 3
SHOWN = 4


def called(name: str) -> Place | Group:
    """The place or group of a code, an id, or a name in any of our languages: `EGY`, `Egypt`, `مصر`, `Arab League`.

    A part of a name serves where only one place has it (`السعودية`). The date of a group may be left out where there
    is one of that name.

    Errors   UnknownName for a name nobody has, or that several have, with the closest
    """
    wanted = name.strip()
    if wanted in groups():
        return group(wanted)
    for code in (wanted, wanted.upper()):
        if code in places():
            return place(code)
    table = _table()
    found = table.get(_exact(wanted)) or table.get(_key(wanted)) or _holding(_key(wanted), table)
    if len(found) == 1:
        (one,) = found
        return group(one) if one.startswith("group:") else place(one)
    if found:
        shown = sorted(map(_titled, found))
        more = f" or {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
        raise UnknownName(f"{wanted!r} may be {' or '.join(shown[:SHOWN])}{more}: give the code")
    near = get_close_matches(_key(wanted), [key for key in table if key[0] != "="], n=CLOSE)
    hints = dict.fromkeys(_titled(code) for key in near for code in sorted(table[key]))
    hint = f"; did you mean {' or '.join(hints)}?" if hints else "; `tawazun list places` and `list groups` have all"
    raise UnknownName(f"no place or group is called {wanted!r}{hint}")


def _exact(name: str) -> str:
    return f"={unicodedata.normalize('NFC', name).casefold()}"


def _key(name: str) -> str:
    return folded(name).translate(SAME)


def _titled(code: str) -> str:
    return f"{group(code).title} ({code})" if code.startswith("group:") else f"{place(code).english} ({code})"


def _table() -> dict[str, frozenset[str]]:
    """Name -> codes and ids that are called so: exactly (keys with `=`), and without marks, case and accents.

    Without their marks two names may be one (Togo and Tonga in Hindi), so that the exact name is looked up first.
    """
    found: dict[str, set[str]] = {}
    for code, one in places().items():
        for spelled in (*(name.name for name in one.names.values()), *one.aliases):
            found.setdefault(_exact(spelled), set()).add(code)
            found.setdefault(_key(spelled), set()).add(code)
    for name, held in groups().items():
        short = name.removeprefix("group:").split("@")[0]
        for spelled in (short, short.replace("-", " "), held.title, held.title.split("(")[0]):
            found.setdefault(_key(spelled), set()).add(name)
    found.pop("", None)
    return {key: frozenset(codes) for key, codes in found.items()}


def _holding(key: str, table: dict[str, frozenset[str]]) -> frozenset[str]:
    """Codes of names that have these words in them, whole; countries first, then everything else."""
    words = f" {key} "
    held = [codes for name, codes in table.items() if key and words in f" {name} "]
    found = frozenset(code for codes in held for code in codes)
    countries = frozenset(code for code in found if not code.startswith("group:") and place(code).kind == "country")
    return countries or found
