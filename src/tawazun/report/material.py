"""What the page is made from: a run's tables, read once, with the score rows sorted out by what they are about."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import polars as pl

from tawazun.claims.freezing import late_of
from tawazun.report.naming import Names, Subject, names
from tawazun.report.words import Words
from tawazun.runs import Run
from tawazun.study import Study

Row = dict[str, Any]
Kept = TypeVar("Kept")


@dataclass(frozen=True)
class Material:
    """A run's tables with names for what is in them; `kept` holds what several sections read from them.

    late   why a frozen study does not count as frozen before answers; empty when it does
    """

    study: Study
    answers: pl.DataFrame
    scores: pl.DataFrame
    humans: pl.DataFrame
    questions: pl.DataFrame
    sources: Sequence[Mapping[str, Any]]
    words: Words
    names: Names
    kept: dict[tuple[str, ...], Any] = field(default_factory=dict, repr=False, compare=False)
    late: str = ""

    def keep(self, key: tuple[str, ...], draw: Callable[[], Kept]) -> Kept:
        """What was drawn under a key, drawn once; for what is the same in every language of the page."""
        if key not in self.kept:
            self.kept[key] = draw()
        found: Kept = self.kept[key]
        return found

    def spoken(self, words: Words) -> "Material":
        """The same run in another language, with what was kept."""
        return replace(self, words=words, names=names(self.study, words))

    @property
    def measures(self) -> dict[str, list[Row]]:
        """Score rows over items (and index rows) by measure, in the table's order; item rows stay in the table."""
        return self.keep(("measures",), self._measures)

    def _measures(self) -> dict[str, list[Row]]:
        wide = self.scores.filter((pl.col("item") == "") | pl.col("measure").is_in(INDEXED))
        found: dict[str, list[Row]] = {}
        for row in wide.iter_rows(named=True):
            found.setdefault(row["measure"], []).append(row)
        return found

    @cached_property
    def instruments(self) -> dict[str, Mapping[str, Any]]:
        """Instruments by name, in the study's order, with what `sources.json` says of them."""
        known = {one["name"]: one for one in self.sources if one.get("kind") == "instrument"}
        return {name: known.get(name, {"name": name}) for name in self.study.ask.instruments}

    @cached_property
    def human_sources(self) -> dict[str, Mapping[str, Any]]:
        """Sources of people by name."""
        return {one["name"]: one for one in self.sources if one.get("kind") == "population"}

    @cached_property
    def places(self) -> dict[str, tuple[str, str]]:
        """Population name -> (place, source)."""
        table = self.humans.select("population", "place", "source").unique(maintain_order=True)
        return {name: (place, source) for name, place, source in table.iter_rows()}

    @cached_property
    def _positions(self) -> tuple[dict[str, int], ...]:
        """Places of respondents, languages and personas: as in the study, then as they came."""
        study = self.study
        heads = ([one.name for one in study.respondent], study.ask.languages, ["none", "human"])
        columns = ("respondent", "language", "persona")
        found = []
        for head, column in zip(heads, columns, strict=True):
            came = self.answers[column].unique(maintain_order=True).to_list()
            found.append({name: i for i, name in enumerate(dict.fromkeys([*head, *came]))})
        return tuple(found)

    def position(self, one: Subject) -> tuple[int, ...]:
        """Where a subject stands among the others: by respondent, language, then persona."""
        named = (one.respondent, one.language, one.persona)
        return tuple(order.get(name, -1) for order, name in zip(self._positions, named, strict=True))

    def instrument_title(self, name: str) -> str:
        """The title of an instrument, or its name."""
        return str(self.instruments.get(name, {}).get("title") or name)

    def index_title(self, instrument: str, index: str) -> str:
        """The title of an index where the run knows it, with its name."""
        about = self.instruments.get(instrument, {}).get("indices", {}).get(index, {})
        title = about.get("title") if isinstance(about, Mapping) else None
        return f"{title} ({index})" if title and title != index else index


INDEXED = ("index", "rank_agreement", "mean_rank_displacement")


def material(run: Run, words: Words) -> Material:
    """Read a run's tables. Errors: BadFile when the run has not been measured."""
    study = run.study
    late, tables = late_of(study, run.frozen), (run.answers, run.scores, run.humans, run.questions, run.sources)
    return Material(study, *tables, words, names(study, words), late=late)


def setting(facet: str) -> str:
    """The decoding that a facet names, or empty."""
    return next((part for part in facet.split(";") if part.startswith("decoding=")), "")


def subject(row: Mapping[str, Any]) -> Subject:
    """The subject of a score row."""
    return Subject(
        row["respondent"], row["instrument"], row["persona"], row["perspective"], row["language"], row["mode"],
        setting(row["facet"]),
    )  # fmt: skip


def is_floor(row: Mapping[str, Any]) -> bool:
    """Whether a row is a floor or a ceiling and no respondent."""
    return str(row["respondent"]).startswith(("floor:", "ceiling:"))


def of(rows: Sequence[Row], **wanted: object) -> Iterator[Row]:
    """The rows that have the wanted values."""
    return (row for row in rows if all(row[key] == value for key, value in wanted.items()))


def reason(row: Mapping[str, Any]) -> str:
    """Why a row may not be read or has no value; where a gate stopped it, only what the gate said."""
    why = str(row["why"])
    for head in ("not interpretable: ", "withheld: "):
        if head in why:
            return why.partition(head)[2]
    return why
