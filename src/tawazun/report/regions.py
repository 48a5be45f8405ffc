"""A region as a whole: are places told apart, do they differ as people do, and by as much?

These are the measures that a mean distance cannot replace: a model that gives a whole region one stereotype can be
near to everybody in it.
"""

from dataclasses import dataclass

from tawazun.places import groups
from tawazun.report.material import Material, Row, is_floor, subject
from tawazun.report.rounding import known, p_text, shown

# (measure, facet) that the page shows, in this order; other facets are among all scores
SHOWN = (
    ("identifiability", "top-1"),
    ("deviation_agreement", "correlation"),
    ("deviation_agreement", "slope"),
    ("homogenisation", ""),
    ("structure", ""),
)


@dataclass(frozen=True)
class Regional:
    """One line: what was asked about a region, and the answer with its interval, test and reference point."""

    respondent: str
    arm: str
    region: str
    question: str
    value: str
    interval: str
    p: str
    beside: str
    why: str


def regionals(material: Material, instrument: str) -> list[Regional]:
    """Every regional line of an instrument with a value, respondents in the study's order."""
    found: list[tuple[tuple[int, ...], Regional]] = []
    for measure, facet in SHOWN:
        rows = [row for row in material.measures.get(measure, []) if _wanted(row, instrument, facet)]
        chance = {_key(row): row for row in rows if row["respondent"] == "floor:chance"}
        for row in rows:
            if not is_floor(row):
                floor = chance.get((row["respondent"], *_key(row)[1:]))
                found.append((material.position(subject(row)), _line(material, row, facet, floor)))
    return [line for _, line in sorted(found, key=lambda pair: pair[0])]


def _wanted(row: Row, instrument: str, facet: str) -> bool:
    own = ";".join(part for part in row["facet"].split(";") if part and not part.startswith("decoding="))
    return row["instrument"] == instrument and own == facet and bool(row["group"]) and known(row["value"])


def _key(row: Row) -> tuple[str, ...]:
    who = row["reference"] if is_floor(row) else row["respondent"]
    return (who, row["population"], row["language"], row["perspective"], row["group"])


def _line(material: Material, row: Row, facet: str, floor: Row | None) -> Regional:
    words = material.words
    value = shown(row["value"], row["low"], row["high"])
    key = f"region.{row['measure']}{'_' + facet.replace('-', '_') if facet else ''}"
    beside = words.plain(f"{key}.beside") if words.has(f"{key}.beside") else ""
    if floor is not None:
        beside = words.plain("region.chance", value=shown(floor["value"]).value)
    title = groups()[row["group"]].title if row["group"] in groups() else row["group"]
    observed = words.plain("profile.observer") if row["perspective"] == "observer" else ""
    arm = ", ".join(part for part in (material.names.language(row["language"]), observed) if part)
    p = row["p_adjusted"] if known(row["p_adjusted"]) else row["p"]
    return Regional(
        row["respondent"],
        arm,
        title,
        words.plain(f"{key}.title"),
        value.value,
        value.interval,
        p_text(p).removeprefix("= ") if known(p) else "",
        beside,
        row["why"],
    )
