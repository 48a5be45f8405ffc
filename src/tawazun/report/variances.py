"""Country or wording: how much of the differences between places would stay if the questions were worded anew."""

from dataclasses import dataclass

from tawazun.report.material import Material, Row, subject
from tawazun.report.naming import Subject
from tawazun.report.rounding import known, shown

PARTS = ("signal", "error", "shared shift")
MOST = 60


@dataclass(frozen=True)
class Variance:
    """One generalisability study.

    about    the index, or all items
    shares   of signal, error and shared shift in their sum, for one wording; a negative estimate counts as 0
    parts    the components as printed; asked: generalisability as asked, with its interval; needed: wordings for 0.8
    """

    respondent: str
    instrument: str
    arm: str
    about: str
    shares: tuple[float, ...]
    parts: tuple[str, ...]
    asked: str
    interval: str
    needed: str
    ratio: str
    why: str


def variances(material: Material) -> tuple[list[Variance], int]:
    """Every study with its components, those over all items first; and how many were left out."""
    rows = [
        row
        for row in material.scores.filter(material.scores["measure"] == "generalisability").iter_rows(named=True)
        if known(row["value"])
    ]
    groups: dict[tuple[Subject, str, str], dict[str, Row]] = {}
    for row in rows:
        named = [part for part in str(row["facet"]).split(";") if not part.startswith("decoding=")]
        level = named[0].removeprefix("level=") if named else ""
        kind = "asked" if "as asked" in named else named[-1] if named else ""
        groups.setdefault((subject(row), level, row["item"]), {})[kind] = row
    made = [
        _variance(material, who, level, item, own)
        for (who, level, item), own in sorted(
            groups.items(), key=lambda pair: (material.position(pair[0][0]), bool(pair[0][2]))
        )
        if all(f"component={part}" in own for part in PARTS[:2])
    ]
    return made[:MOST], max(0, len(made) - MOST)


def _variance(material: Material, who: Subject, level: str, item: str, own: dict[str, Row]) -> Variance:
    values = [max(0.0, float(row["value"])) if (row := own.get(f"component={part}")) else 0.0 for part in PARTS]
    whole = sum(values)
    asked, needed, ratio = own.get("asked"), own.get("wordings needed for 0.8"), own.get("stability ratio")
    value = shown(asked["value"], asked["low"], asked["high"]) if asked else None
    whole_name = "variance.shares" if level == "shares" else "variance.items"
    about = material.index_title(who.instrument, item) if item else material.words.plain(whole_name)
    return Variance(
        who.respondent,
        material.instrument_title(who.instrument),
        material.names.language(who.language) if who.language else "",
        about,
        tuple(part / whole if whole else 0.0 for part in values),
        tuple(shown(row["value"]).value if (row := own.get(f"component={part}")) else "" for part in PARTS),
        value.value if value else "",
        value.interval if value else "",
        shown(needed["value"]).value.removesuffix(".00") if needed else "",
        shown(ratio["value"], ratio["low"], ratio["high"]).text if ratio else "",
        str(asked["why"]) if asked else "",
    )
