"""The people behind MENAValues: national marginals of two surveys, as percentages without a number of people.

Two surveys share the sheet and stay separable: `menavalues_wvs-7` and `menavalues_aoi-2022` hold one each,
`menavalues-2025` both. Shares over the options of the instrument are brought back to a sum of 1: answers with a code
outside the item's scale (0 = "no such service", "I have no job") are people to whom the question does not apply; they
are left out, and the note says for which items and how many percent. A cell without data gives no answer.
"""

from collections.abc import Mapping, Sequence

from tawazun.data.tables import data_file
from tawazun.errors import BadAnswers
from tawazun.instruments.catalogue.menavalues import FILE, SOURCE, Item, read_sheet
from tawazun.places import find_place
from tawazun.populations.absent import absences
from tawazun.populations.records import HumanAnswer, Population, Request, Universe
from tawazun.populations.shares import shares_mean_sd

UNIVERSES = {
    "wvs-7": Universe("residents", ages="18+", dates="2017-2022", mode="mostly face to face"),
    "aoi-2022": Universe("residents", ages="18+", dates="2022", mode="face to face"),
}
UPSTREAM = "answers outside the printed options of Q111 and Q119 were dropped by the benchmark"


class MenaValues:
    """One or both surveys of the sheet, read from the data folder."""

    instrument = "menavalues"
    source = SOURCE

    def __init__(self, name: str, surveys: tuple[str, ...]) -> None:
        """`surveys`: `wvs-7`, `aoi-2022` or both."""
        self.name = name
        self.surveys = surveys

    def load(self, request: Request) -> Sequence[Population]:
        """One population per country that has an answer. Errors: BadFile; BadAnswers for an unknown country."""
        countries, items = self._sheet(request)
        return tuple(
            self._population(code, country, items)
            for code, country in countries.items()
            if not request.places or code in request.places
        )

    def absent(self, request: Request) -> dict[str, str]:
        """Asked places (else members of the Arab League) without an answer in these surveys."""
        there = [one.place for one in self.load(Request(data=request.data))]
        return absences(
            request.places, there, f"no answers in the benchmark's copy of {' and '.join(self.surveys)}", {}
        )

    def _sheet(self, request: Request) -> tuple[dict[str, str], list[Item]]:
        """Place code -> the sheet's country, for countries with an answer, and the items of our surveys."""
        sheet = read_sheet(data_file(request.data, FILE, self.name))
        items = [item for item in sheet.items if item.survey in self.surveys]
        found = {country: find_place(country) for country in sheet.countries}
        unknown = [country for country, known in found.items() if known is None]
        if unknown:
            raise BadAnswers(f"{FILE}: the row {unknown[0]!r} is no known place; add an alias to its place")
        answered = {country for item in items for country, shares in item.shares.items() if shares}
        return {known.code: country for country, known in found.items() if known and country in answered}, items

    def _population(self, code: str, country: str, items: Sequence[Item]) -> Population:
        answers, dropped = [], {}
        for item in items:
            shares = item.shares.get(country, {})
            inside = {key: share for key, share in shares.items() if key in item.codes}
            if inside:
                answers.append(_answer(item, inside))
            if len(inside) < len(shares):
                dropped[item.id] = sum(shares.values()) - sum(inside.values())
        surveys = {item.survey for item in items if item.shares.get(country)}
        return Population(
            name=f"{self.name}/{code}",
            place=code,
            instrument=self.instrument,
            holds="distributions",
            answers=tuple(answers),
            source=self.source,
            human_error="none",
            universe=UNIVERSES[surveys.pop()]
            if len(surveys) == 1
            else Universe("residents", ages="18+", dates="2017-2022"),
            note=_note(country, items, dropped),
        )


def _answer(item: Item, inside: Mapping[int, float]) -> HumanAnswer:
    total = sum(inside.values())
    p = tuple(inside.get(code, 0.0) / total for code in item.codes)
    mean, sd = shares_mean_sd(p, item.codes) if item.ordinal else (None, None)
    return HumanAnswer(item.id, p, mean, sd)


def _note(country: str, items: Sequence[Item], dropped: Mapping[str, float]) -> str:
    notes = []
    if any(item.id == "Q111" and item.shares.get(country) for item in items):
        notes.append(UPSTREAM)
    if dropped:
        listed = ", ".join(f"{item} {percent:.2f} %" for item, percent in dropped.items())
        notes.append(f"codes outside the scale left out and the rest brought to 1: {listed}")
    empty = sum(1 for item in items if country in item.shares and not item.shares[country])
    if empty:
        notes.append(f"items without data: {empty}")
    return "; ".join(notes)
