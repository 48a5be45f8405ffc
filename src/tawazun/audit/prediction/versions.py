"""Names of sets that look like versions of one set, told where no column says which are."""

import re
from collections.abc import Sequence

# what is put behind the name of a set when something is made of it; sets that are only numbered are not versions
ENDING = re.compile(
    r"[-_. ](v\d[\d.]*|\d+[kmb]|clean|cleaned|dedup|deduped|deduplicated|filtered|translated|localised|localized|"
    r"sample|sampled|subset|small|large|mini|full|best|hq)$"
)
SHORTEST = 4
SHOWN = 3


def stem(name: str) -> str:
    """A name of a set without its owner and endings that name a version of it."""
    found = name.rpartition("/")[2].lower()
    while (shorter := ENDING.sub("", found)) not in (found, ""):
        found = shorter
    return found


def look_alike(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Groups of two or more names that have one stem, or that go on where another one ends."""
    groups: dict[str, list[str]] = {}
    for name in sorted(names, key=lambda one: len(stem(one))):
        own = stem(name)
        begun = next((one for one in groups if len(one) >= SHORTEST and re.match(re.escape(one) + "[-_. ]", own)), own)
        groups.setdefault(begun, []).append(name)
    return [tuple(own) for own in groups.values() if len(own) > 1]


def unsaid(names: Sequence[str]) -> list[str]:
    """What to tell of a table without a column `origin`: nothing, or that some sets look like versions of one."""
    groups = look_alike(names)
    if not groups:
        return []
    said = "; ".join(", ".join(one) for one in groups[:SHOWN]) + (" …" if len(groups) > SHOWN else "")
    return [
        f"no column origin, and these sets look like versions of one by their names: {said}. They count as different "
        "sets in every test; a column origin with one name for all of them makes them count as one"
    ]
