"""Does the judge see which country is asked about? The same answers judged for other countries, and probes.

A judge that does not see the country gives one verdict wherever the answers are to be used. Pairs judged again for
another place, and without a place, show whether a verdict ever changes, not whether it should. Probes do: the same two
answers under two countries, with what is right in each. Our own name capitals: they say nothing of culture, and
everything of whether the country in the rubric is read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tawazun.adapt.preferences.keys import CAPITALS, NONE, PreferenceRecipe
from tawazun.data.rows import read_rows
from tawazun.errors import BadFile, BadStudy
from tawazun.instruments.judged import people, said
from tawazun.places import place
from tawazun.seeds import digest_of, stream

UNNAMED, MARK = "unnamed", "@"
OWN_PROBES = 12
ASKED = {"en": "Which city is the capital of your country?", "ar": "ما عاصمة بلدك؟"}
SEATS = {
    "EGY": ("Cairo", "القاهرة"), "MAR": ("Rabat", "الرباط"), "SAU": ("Riyadh", "الرياض"),
    "JOR": ("Amman", "عمّان"), "IRQ": ("Baghdad", "بغداد"), "SDN": ("Khartoum", "الخرطوم"),
    "LBN": ("Beirut", "بيروت"), "QAT": ("Doha", "الدوحة"), "SYR": ("Damascus", "دمشق"), "OMN": ("Muscat", "مسقط"),
    "LBY": ("Tripoli", "طرابلس"), "ARE": ("Abu Dhabi", "أبوظبي"), "USA": ("Washington", "واشنطن"),
    "GBR": ("London", "لندن"), "FRA": ("Paris", "باريس"), "DEU": ("Berlin", "برلين"), "JPN": ("Tokyo", "طوكيو"),
    "CHN": ("Beijing", "بكين"), "IND": ("New Delhi", "نيودلهي"), "TUR": ("Ankara", "أنقرة"),
    "KOR": ("Seoul", "سيول"), "PAK": ("Islamabad", "إسلام آباد"), "IRN": ("Tehran", "طهران"),
    "RUS": ("Moscow", "موسكو"), "NGA": ("Abuja", "أبوجا"), "KEN": ("Nairobi", "نيروبي"),
    "BRA": ("Brasília", "برازيليا"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Probes:
    """Rows to be judged, and what is right: id -> answer (0 or 1), id -> the two answers it belongs to."""

    rows: tuple[dict[str, Any], ...] = ()
    right: Mapping[str, int] = field(default_factory=dict)
    of: Mapping[str, str] = field(default_factory=dict)


def elsewhere_rows(recipe: PreferenceRecipe, pairs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A part of the pairs again: for another place each, and without a place. Ids are `PAIR@PLACE`.

    Errors   BadStudy when every pair is of one place and the recipe names no other
    """
    own = [one for one in pairs if one.get("country")]
    if not recipe.culture or not own or not recipe.check.elsewhere_pairs:
        return []
    for code in recipe.check.elsewhere:
        place(code)
    others = sorted({*recipe.check.elsewhere} or {str(one["country"]) for one in own})
    if not any(code != own[0]["country"] for code in others):
        raise BadStudy(
            f"check.elsewhere: every pair is of {own[0]['country']}; name another place that a verdict may differ for"
        )
    draw = stream("elsewhere", recipe.seed)
    chosen = sorted(draw.permutation(len(own))[: recipe.check.elsewhere_pairs].tolist())
    rows = []
    for number, at in enumerate(chosen):
        pair = own[at]
        away = [code for code in others if code != pair["country"]]
        there = away[number % len(away)] if away else ""
        kept = {key: pair[key] for key in ("prompt", "answer_1", "answer_2")}
        if there:
            rows.append({"id": f"{pair['id']}{MARK}{there}", **kept, "country": there})
        rows.append({"id": f"{pair['id']}{MARK}{UNNAMED}", **kept})
    return rows


def probes_of(recipe: PreferenceRecipe, pairs: Sequence[Mapping[str, Any]], folder: Path) -> Probes:
    """The probes of a recipe: a file's, our own, or none. Errors: BadFile; BadStudy for probes that tell nothing."""
    named = recipe.check.probes
    if not recipe.culture or named == NONE:
        return Probes()
    if named == CAPITALS:
        return _capitals(recipe, pairs)
    return _of_file(folder / named)


def _capitals(recipe: PreferenceRecipe, pairs: Sequence[Mapping[str, Any]]) -> Probes:
    """Capitals of the pairs' own places, and of others beside them."""
    spoken = recipe.judging.language
    at = 1 if spoken == "ar" else 0
    own = sorted({str(one.get("country")) for one in pairs} & set(SEATS))
    others = [code for code in SEATS if code not in own]
    order = [*own, *others][: max(OWN_PROBES, len(own))]
    rows, right, of = [], {}, {}
    for number, code in enumerate(order):
        other = order[(number + 1) % len(order)]
        texts = [SEATS[code][at], SEATS[other][at]]
        for asked in (code, other):
            item = f"capital-{code}-{other}{MARK}{asked}"
            rows.append(
                {"id": item, "prompt": ASKED[spoken], "answer_1": texts[0], "answer_2": texts[1], "country": asked}
            )
            right[item], of[item] = int(asked == other), f"{code}-{other}"
    return Probes(tuple(rows), right, of)


def _of_file(path: Path) -> Probes:
    rows, right, of = [], {}, {}
    wanted: dict[str, set[int]] = {}
    for row in read_rows(path, ("prompt", "answer_1", "answer_2", "country", "human")):
        verdicts = people(row)
        if len(verdicts) != 1 or verdicts[0] not in ("1", "2"):
            raise row.fault("human", "a probe says which answer is right under its country: 1 or 2")
        item = said(row, "id") or f"row-{row.number}"
        if item in right:
            raise row.fault("id", f"{item!r} stands twice")
        texts = [row.text("answer_1"), row.text("answer_2")]
        group = digest_of([row.text("prompt"), sorted(texts)])[:12]
        at = int(verdicts[0]) - 1
        rows.append({"id": item, "prompt": row.text("prompt"), "answer_1": texts[0], "answer_2": texts[1],
                     "country": row.text("country")})  # fmt: skip
        right[item], of[item] = at, group
        wanted.setdefault(group, set()).add(int(texts[at] == sorted(texts)[0]))
    if not rows:
        raise BadFile(f"{path}: it has no rows")
    if lone := next((item for item, group in of.items() if len(wanted[group]) < 2), ""):
        raise BadStudy(
            f"check.probes: {lone} has the same right answer under every country in {path.name}; a probe stands under "
            "two countries, and another answer is right in each"
        )
    return Probes(tuple(rows), right, of)
