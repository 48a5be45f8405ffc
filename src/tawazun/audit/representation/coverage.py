"""Coverage of countries, topics, varieties and origins, with the gaps ranked and one register for a region called out.

A row with several countries counts once for each, with its weight divided among them, so that shares sum to one.
Shares are of the rows at hand: they are counted, not sampled, so they have no interval.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tawazun.audit.records import Finding
from tawazun.audit.representation.tags import DIMENSIONS, Tagged, home
from tawazun.places import Group, place

MOSTLY = 0.5  # one country with more of a region's rows than all others together stands for the region
FEW = 10  # fewer rows than this of a country say nothing of it
THIN = 0.25  # a country with less than this share of what it should have is a gap
MOST_NAMED = 24
REGISTERS = {"msa", "ar", "arb", "arabic", "standard arabic", "modern standard arabic", "mixed", "dialect", "dialects"}


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a data set covers of a group of places.

    total      rows; tagged: dimension -> rows that have a tag that could be read
    counts     dimension -> value -> rows; `region:…` under `country` are rows that name a region and no country
    crosses    (country, other dimension's value) -> rows, by the other dimension
    members    the group's places, with their rows (0 included)
    effective  effective number of countries among the group's rows (inverse Simpson); 0 without any
    gaps       what is missing, worst first; warnings: one country's register that stands for a region
    """

    group: str
    total: int
    tagged: Mapping[str, int]
    counts: Mapping[str, Mapping[str, float]]
    crosses: Mapping[str, Mapping[tuple[str, str], float]]
    members: Mapping[str, float]
    effective: float
    gaps: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    unread: Mapping[str, Mapping[str, int]]


def cover(data: Tagged, group: Group, expected: Mapping[str, float] | None = None) -> Coverage:
    """Coverage of a group's places.

    expected   place -> share of the group's rows that it should have (people, speakers …); equal shares when left out.
               Shares are scaled to sum to one; a member that is not named should have none
    """
    counts = {one: _counted(data, one) for one in DIMENSIONS}
    tagged = {one: sum(w for row, w in zip(data.rows, data.weights, strict=True) if row[one]) for one in DIMENSIONS}
    crosses = {one: _crossed(data, one) for one in DIMENSIONS if one != "country"}
    members = {code: counts["country"].get(code, 0.0) for code in group.members}
    inside = sum(members.values())
    effective = inside**2 / sum(n * n for n in members.values()) if inside else 0.0
    wanted = _wanted(group, expected)
    unsaid = not counts["country"]
    gaps = [*_absent(members, wanted, group, unsaid), *_thin(members, wanted), *_crossed_gaps(crosses, members, counts)]
    warnings = _registers(data, counts, members, effective, group)
    return Coverage(
        group.id,
        data.total,
        tagged,
        counts,
        crosses,
        members,
        effective,
        tuple(gaps),
        tuple(warnings),
        data.unread,
    )


def _counted(data: Tagged, dimension: str) -> dict[str, float]:
    found: Counter[str] = Counter()
    for row, count in zip(data.rows, data.weights, strict=True):
        for value in row[dimension]:
            found[value] += count / len(row[dimension])  # type: ignore[assignment]
    return dict(found.most_common())


def _crossed(data: Tagged, dimension: str) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = defaultdict(float)
    for row, count in zip(data.rows, data.weights, strict=True):
        pairs = [(country, value) for country in row["country"] for value in row[dimension]]
        for pair in pairs:
            found[pair] += count / len(pairs)
    return dict(found)


def _wanted(group: Group, expected: Mapping[str, float] | None) -> dict[str, float]:
    given = {code: max(0.0, (expected or {}).get(code, 0.0 if expected else 1.0)) for code in group.members}
    total = sum(given.values())
    return {code: share / total if total else 0.0 for code, share in given.items()}


def _absent(members: Mapping[str, float], wanted: Mapping[str, float], group: Group, unsaid: bool) -> list[Finding]:
    if unsaid:
        text = f"no row names a country that could be read: which places of {group.title} are covered cannot be told"
        return [Finding("no-country", "error", (), text, "tags of rows", 0.0)]
    none = sorted((code for code, n in members.items() if not n), key=lambda code: (-wanted[code], _name(code)))
    if not none:
        return []
    share = len(none) / len(members)
    text = f"no rows for {_names(none)}: {len(none)} of {len(members)} places of {group.title}"
    return [
        Finding("no-rows", "error" if share >= 0.5 else "warning", tuple(none), text, "places without a row", share)
    ]


def _thin(members: Mapping[str, float], wanted: Mapping[str, float]) -> list[Finding]:
    inside = sum(members.values())
    found = []
    for code, n in members.items():
        should = wanted[code] * inside
        if n and (n < FEW or n < THIN * should):
            has = f"{_rows(n)} where an even share of its weight would be {_rows(should)}"
            text = f"{_name(code)}: {has}" + (" (too few to say anything of it)" if n < FEW else "")
            found.append((n / should if should else math.inf, Finding("thin", "warning", (code,), text, "rows", n)))
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def _crossed_gaps(
    crosses: Mapping[str, Mapping[tuple[str, str], float]],
    members: Mapping[str, float],
    counts: Mapping[str, Mapping[str, float]],
) -> list[Finding]:
    present = [code for code, n in members.items() if n]
    found = []
    for topic in counts["topic"]:
        none = [code for code in present if not crosses["topic"].get((code, topic))]
        if present and len(none) >= max(1, len(present) / 2):
            text = f"topic {topic!r}: no rows for {_names(none)}"
            found.append(
                Finding("topic-gap", "note", tuple(none), text, "countries x topics", len(none) / len(present))
            )
    found.sort(key=lambda one: -(one.value or 0))
    foreign = [code for code in present if _only_foreign(crosses["origin"], code)]
    if foreign:
        text = f"only translated or generated rows, none written natively, for {_names(foreign)}"
        found.insert(
            0, Finding("no-native", "warning", tuple(foreign), text, "countries x origin", float(len(foreign)))
        )
    return found


def _only_foreign(origins: Mapping[tuple[str, str], float], code: str) -> bool:
    own = {origin: n for (country, origin), n in origins.items() if country == code}
    return bool(own) and not own.get("native")


def _registers(
    data: Tagged,
    counts: Mapping[str, Mapping[str, float]],
    members: Mapping[str, float],
    effective: float,
    group: Group,
) -> list[Finding]:
    found = []
    inside = sum(members.values())
    top = max(members, key=lambda code: members[code], default="")
    if inside and len(members) > 1 and members[top] > MOSTLY * inside:
        text = (
            f"{_name(top)} has {members[top] / inside:.0%} of the rows of {group.title}: it stands for all of them "
            f"(effective number of countries {effective:.1f} of {len(members)})"
        )
        found.append(Finding("one-country", "warning", (top,), text, "share of rows", members[top] / inside))
    regions = {name: n for name, n in counts["country"].items() if name.startswith("region:")}
    if regions and sum(regions.values()) > MOSTLY * sum(counts["country"].values()):
        named = ", ".join(name.removeprefix("region:") for name in regions)
        share = sum(regions.values()) / sum(counts["country"].values())
        text = f"{share:.0%} of tagged rows name a region ({named}) and no country: a region is taken for one culture"
        found.append(Finding("region-only", "warning", (), text, "share of rows", share))
    dialects = {name: n for name, n in counts["variety"].items() if name.casefold() not in REGISTERS}
    first = max(dialects, key=lambda name: dialects[name], default="")
    several = sum(1 for n in members.values() if n) > 2 or bool(regions)
    if several and first and dialects[first] > MOSTLY * sum(counts["variety"].values()):
        share = dialects[first] / sum(counts["variety"].values())
        text = f"{share:.0%} of rows are in {first}, one country's register for a region of several"
        found.append(Finding("one-register", "warning", (first,), text, "share of rows", share))
    return [*found, *_borrowed(data, members)]


def _borrowed(data: Tagged, members: Mapping[str, float]) -> list[Finding]:
    """Places of the group most of whose rows in a dialect are in that of another country (`ar-EG`, `arz`).

    A dialect of a region (`Gulf`) is nobody's in particular: it counts among the rows, and as no other country's.
    """
    rows: Counter[str] = Counter()
    other: Counter[tuple[str, str]] = Counter()
    for row, count in zip(data.rows, data.weights, strict=True):
        homes = {tag: at for tag in row["variety"] if (at := home(tag))}
        for code in row["country"]:
            rows[code] += count if any(tag.casefold() not in REGISTERS for tag in row["variety"]) else 0
            for tag, at in homes.items():
                if at != code:
                    other[code, tag] += count
    found = []
    for (code, tag), n in other.most_common():
        if code in members and n > MOSTLY * rows[code]:
            share = n / rows[code]
            text = f"{_name(code)}: {share:.0%} of its rows with a dialect are in {tag}, another country's register"
            found.append(Finding("borrowed-register", "warning", (code,), text, "share of rows", share))
    return found


def _name(code: str) -> str:
    return place(code).english


def _names(codes: Sequence[str]) -> str:
    shown = [_name(code) for code in codes[:MOST_NAMED]]
    return ", ".join(shown) + (f" and {len(codes) - MOST_NAMED} more" if len(codes) > MOST_NAMED else "")


def _rows(n: float) -> str:
    count = f"{n:,.0f}" if n >= 10 or n == int(n) else f"{n:.1f}"
    return f"{count} row{'' if count == '1' else 's'}"
