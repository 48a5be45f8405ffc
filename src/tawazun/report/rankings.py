"""What the rankings of places are worth: tau-b with its test, and misranked places beside chance."""

from dataclasses import dataclass
from itertools import groupby

from tawazun.report.material import Material, Row, is_floor, subject
from tawazun.report.rounding import known, p_text, shown


@dataclass(frozen=True)
class Ranked:
    """One line of the rankings table."""

    respondent: str
    arm: str
    source: str
    index: str
    value: str
    interval: str
    p: str
    least_p: str
    n: str
    why: str
    average: bool


@dataclass(frozen=True)
class Misranked:
    """Share of indices on which places are misranked, beside its chance level."""

    respondent: str
    arm: str
    source: str
    value: str
    chance: str


def rankings(material: Material, instrument: str) -> list[Ranked]:
    """Agreement of every ranking of places, the average over indices first."""
    rows = [row for row in material.measures.get("rank_agreement", []) if row["instrument"] == instrument]
    rows.sort(
        key=lambda row: (material.position(subject(row)), row["facet"].partition(";average")[0], row["population"])
    )
    found = []
    for _, ranking in groupby(rows, key=lambda row: (subject(row), row["population"])):
        found += sorted((_ranked(material, row) for row in ranking), key=lambda one: not one.average)
    return found


def _ranked(material: Material, row: Row) -> Ranked:
    value = shown(row["value"], row["low"], row["high"]) if known(row["value"]) else None
    title = (
        material.index_title(row["instrument"], row["item"]) if row["item"] else material.words.plain("rank.average")
    )
    return Ranked(
        row["respondent"],
        _ranking_arm(material, row),
        row["population"],
        title,
        value.value if value else "",
        value.interval if value else "",
        p_text(row["p"]).removeprefix("= ") if known(row["p"]) else "",
        str(row["method"]).partition("smallest attainable p ")[2].partition(";")[0],
        f"{row['n']:g}" if known(row["n"]) else "",
        row["why"],
        not row["item"],
    )


def misranked(material: Material, instrument: str) -> list[Misranked]:
    """The mean over places of every ranking, with what a random ranking would give."""
    rows = [
        row
        for row in material.measures.get("misranked", [])
        if row["instrument"] == instrument and "mean over places" in row["facet"] and known(row["value"])
    ]
    chance = {}
    for row in rows:
        if row["respondent"] == "floor:random-ranking":
            of = row["facet"].partition("of=")[2]
            chance[(of, row["population"], row["language"], row["perspective"])] = row["value"]
    found = []
    for row in rows:
        if is_floor(row):
            continue
        key = (row["respondent"], row["population"], row["language"], row["perspective"])
        value, floor = shown(row["value"], scale=100).value, chance.get(key)
        beside = f"{shown(floor, scale=100).value} %" if floor is not None else material.words.plain("floor.unknown")
        found.append(Misranked(row["respondent"], _ranking_arm(material, row), row["population"], f"{value} %", beside))
    return found


def _ranking_arm(material: Material, row: Row) -> str:
    if "places by persona" in row["facet"]:
        language = material.names.language(row["language"])
        parts = [material.words.plain("headline.ranking.persona", language=language)]
        if row["perspective"] == "observer":
            parts.append(material.words.plain("profile.observer"))
        return ", ".join(parts)
    return material.words.plain("headline.ranking.language")
