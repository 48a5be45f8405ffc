"""Anyone's own human data as populations: a table of shares, of ready values, or of persons with weights.

    [[population]]
    name = "mysurvey-1"                # becomes mysurvey-1/EGY, mysurvey-1/MAR …
    file = "shares.csv"
    instrument = "cultural_map"
    columns = { place = "country", question = "item", option = "code", share = "weighted_share" }
    fill = { deff = 1.4 }

A row of shares is (place, question, option, share | percent | count), with n, and n_eff or deff where they are known;
a row of ready values is (place, question, value | mean) with sd and n; a row of microdata is one person. Places are
our codes or English names. Nothing is guessed: what does not fit is an error that names the file and the row.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import polars as pl

from tawazun.answers import Outcome, check
from tawazun.data.tables import ROW, chosen_rows, code_text, number, our_columns, read_table, translated
from tawazun.errors import BadAnswers, BadFile, BadStudy
from tawazun.instruments import Instrument, Question, instrument
from tawazun.instruments.own_files import is_own, load_own, own_file
from tawazun.places import find_place, places
from tawazun.populations.microdata import Persons, person_answers, weights
from tawazun.populations.records import HALVES, HumanAnswer, Population, Universe
from tawazun.populations.registry import population_names
from tawazun.populations.shares import Cells, item_answer
from tawazun.source import Redistribute, Source

SHARES = ("place", "question", "option", "share", "percent", "count", "n", "n_eff", "deff")
WEIGHTS_ONLY = "n_eff counts unequal weights only; clustering of interviews is not in it"
# headers, in small letters, that tell surveys of different times apart
WAVES = {"wave", "a_wave", "s002", "s002vs", "year", "a_year", "s020", "survey_year", "essround", "round"}
READY = ("place", "question", "value", "mean", "sd", "n", "n_eff", "deff")


@dataclass(frozen=True, slots=True)
class ImportSettings:
    """One `[[population]]` of a study.

    name        `SOURCE-VERSION`; each place becomes `SOURCE-VERSION/PLACE`
    columns     ours -> theirs; in microdata also question id -> their column (`Y003/2` for one option of a `some`
                question, `Y002/first` and `Y002/second` for a `pair`)
    values      our column or question id -> {theirs -> ours}
    where       their column -> the value a row must have (or a list of values)
    fill        our column -> a constant, such as place = "EGY" or deff = 1
    microdata   one row per person
    missing     microdata only: codes that mean "no answer"
    weight      microdata only: their weight column, or `none`
    universe    fields of `Universe`: who, ages, languages, excluded, dates, mode
    folder      where a relative `file` starts: the folder of the study file
    halves      microdata only: how often to split the people in two; 0 for never
    """

    name: str
    file: str
    instrument: str
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    where: Mapping[str, object] = field(default_factory=dict)
    fill: Mapping[str, object] = field(default_factory=dict)
    microdata: bool = False
    missing: Sequence[str | float | int] = ()
    weight: str = ""
    cite: str = ""
    licence: str = ""
    terms: str = ""
    redistribute: Redistribute = "aggregates"
    universe: Mapping[str, str] = field(default_factory=dict)
    folder: Path = Path()
    halves: int = HALVES

    def __post_init__(self) -> None:
        """Refuse a name that is not `SOURCE-VERSION` or is taken, and keys of `universe` that do not exist."""
        if not re.fullmatch(r"[A-Za-z0-9_.]+-[0-9][A-Za-z0-9_.]*", self.name):
            raise BadStudy(f"population {self.name!r}: a name is SOURCE-VERSION with a digit first, such as mysurvey-1")
        if self.name in population_names():
            raise BadStudy(f"population {self.name!r} is shipped; choose another name or version")
        for key in self.universe:
            if key not in Universe.__slots__:
                raise BadStudy(
                    f"population {self.name}: universe has no {key!r}; allowed: {', '.join(Universe.__slots__)}"
                )

    @property
    def path(self) -> Path:
        """The file, from the study's folder."""
        return self.folder / self.file

    @property
    def source(self) -> Source:
        """The file as a source; what is not given is said not to be."""
        return Source(
            cite=self.cite or f"user's file {Path(self.file).name}, source not given",
            where=Path(self.file).name,
            version=self.name.rsplit("-", 1)[1],
            licence=self.licence or "not stated",
            terms=self.terms or "not stated",
            redistribute=self.redistribute,
        )


def import_populations(settings: ImportSettings, data: Path | None = None) -> tuple[Population, ...]:
    """The populations of a user's file, in order of place.

    Errors   BadFile, BadAnswers and BadStudy, each naming the file, the row or key, and what was allowed.
    """
    asked = _answered(settings, data)
    table = chosen_rows(read_table(settings.path), settings.where, settings.file)
    if settings.microdata:
        return from_microdata(settings, asked, table)
    headers = {*table.columns, *settings.columns, *settings.fill}
    if "option" in headers:
        return from_shares(settings, asked, table)
    if headers & {"value", "mean"}:
        return from_values(settings, asked, table)
    raise BadFile(
        f"{settings.file}: neither shares (place, question, option, share) nor ready values (place, question, value); "
        "name the columns under columns, or say microdata = true"
    )


def _answered(settings: ImportSettings, data: Path | None) -> Instrument:
    """The instrument that the people answered: a shipped one, or a file of the user's seen from the study's folder."""
    if not is_own(settings.instrument):
        return instrument(settings.instrument, data)
    return load_own(settings.instrument, settings.folder / own_file(settings.instrument))


def from_shares(settings: ImportSettings, asked: Instrument, table: pl.DataFrame) -> tuple[Population, ...]:
    """Distributions from one row per option.

    Shares of a `one` or `pair` question that miss 1 by at most 0.005 are rounded print: they are rescaled and the note
    says so; further off they are refused. Options that a place's rows leave out have the share 0; an option that no
    row of the file names is refused, for the question may have been asked with other options.
    """
    rows, amount = _rows(settings, table, SHARES, ("share", "percent", "count"))
    cells: dict[tuple[str, str], Cells] = {}
    for row in rows:
        place, where = _place(row["place"], settings, row[ROW]), f"{settings.file} row {row[ROW]}"
        question = _question(row["question"], asked, where)
        if question.kind not in ("one", "some", "pair"):
            raise BadAnswers(f"{where}: {question.id} is a {question.kind} question and has no options")
        own = cells.setdefault((place, question.id), Cells(question, place, settings.file, amount))
        own.add(row, where)
    found: dict[str, list[HumanAnswer]] = {}
    notes: dict[str, list[str]] = {}
    for (place, _), own in cells.items():
        answer, note = own.answer()
        found.setdefault(place, []).append(answer)
        notes.setdefault(place, []).extend(note)
    _refuse_other_options(settings, cells.values())
    return _populations(settings, asked, "distributions", found, notes)


def _refuse_other_options(settings: ImportSettings, cells: Iterable[Cells]) -> None:
    named: dict[Question, set[int]] = {}
    for own in cells:
        if own.question.kind == "one":
            named.setdefault(own.question, set()).update(own.amounts)
    for question, options in named.items():
        absent = [cell + 1 for cell in range(question.cells) if cell not in options]
        if absent:
            raise BadAnswers(
                f"{settings.file}: no row names option {', '.join(map(str, absent))} of {question.id}, which has "
                f"{question.cells}; write a row with 0 where nobody chose it (other options are another question)"
            )


def from_values(settings: ImportSettings, asked: Instrument, table: pl.DataFrame) -> tuple[Population, ...]:
    """Ready index scores, map coordinates or item means from one row per item. Empty values are left out and noted."""
    rows, amount = _rows(settings, table, READY, ("value", "mean"))
    indices = {index.name for index in asked.indices}
    axes = {"map_x", "map_y"} if asked.projection else set()
    found: dict[str, list[HumanAnswer]] = {}
    notes: dict[str, list[str]] = {}
    holds: set[Literal["distributions", "indices", "map"]] = set()
    for row in rows:
        where = f"{settings.file} row {row[ROW]}"
        place, item = _place(row["place"], settings, row[ROW]), str(row["question"] or "")
        if item in indices or item in axes:
            holds.add("indices" if item in indices else "map")
        else:
            item = _question(row["question"], asked, where).id
            holds.add("distributions")
        if any(one.item == item for one in found.get(place, ())):
            raise BadAnswers(f"{where}: {item} of {place} stands twice")
        if row[amount] is None:
            notes.setdefault(place, []).append(f"no value for {item}")
            continue
        value = number(row[amount], amount, where)
        question = asked.question(item) if item not in indices | axes else None
        if question:
            check(Outcome(value=value), question, where)
        found.setdefault(place, []).append(item_answer(item, None, value, row, where))
    if len(holds) > 1:
        raise BadAnswers(f"{settings.file}: index scores, map coordinates and item means need a file each")
    return _populations(settings, asked, holds.pop(), found, notes)


def from_microdata(settings: ImportSettings, asked: Instrument, table: pl.DataFrame) -> tuple[Population, ...]:
    """Weighted distributions from one row per person, with n, Kish's n_eff = (Σw)²/Σw² and deff = n / n_eff."""
    persons = Persons(
        settings.file,
        table,
        _persons_places(settings, table),
        weights(table, settings.weight or settings.columns.get("weight", ""), settings.file),
        frozenset(code_text(code) for code in settings.missing),
        settings.values,
        settings.halves,
    )
    items = {ours: theirs for ours, theirs in settings.columns.items() if ours not in ("place", "weight")}
    found = person_answers(persons, asked, items)
    said = (WEIGHTS_ONLY, *_pooled_waves(settings, table), *_never_chosen(asked, found))
    return _populations(settings, asked, "distributions", found, dict.fromkeys(found, said))


def _pooled_waves(settings: ImportSettings, table: pl.DataFrame) -> Iterator[str]:
    for column in table.columns:
        if column.strip().casefold() in WAVES and table[column].drop_nulls().n_unique() > 1:
            values = sorted(table[column].drop_nulls().unique().to_list())
            shown = ", ".join(values[:6]) + (" …" if len(values) > 6 else "")
            yield f"people of several {column} are pooled ({shown}): choose with where = {{{column} = …}}"


def _never_chosen(asked: Instrument, found: Mapping[str, Sequence[HumanAnswer]]) -> Iterator[str]:
    for question in asked.questions:
        own = [one.p for answers in found.values() for one in answers if one.item == question.id and one.p]
        if own and question.kind == "one":
            never = [str(cell + 1) for cell in range(question.cells) if not any(p[cell] for p in own)]
            if never:
                yield f"nobody in the file chose option {', '.join(never)} of {question.id}: was it offered?"


def _rows(
    settings: ImportSettings, table: pl.DataFrame, names: tuple[str, ...], amounts: tuple[str, ...]
) -> tuple[list[dict[str, str | None]], str]:
    for ours in (*settings.columns, *settings.fill, *settings.values):
        if ours not in names:
            raise BadStudy(f"population {settings.name}: unknown column {ours!r}; allowed: {', '.join(names)}")
    if settings.weight or settings.missing:
        key = "weight" if settings.weight else "missing"
        raise BadStudy(f"population {settings.name}: {key} belongs to microdata; with shares give n_eff or deff")
    view = translated(our_columns(table, names, settings.columns, settings.fill, settings.file), settings.values)
    given = [name for name in amounts if name in view.columns]
    if len(given) != 1:
        raise BadFile(f"{settings.file}: exactly one of {', '.join(amounts)} is needed, {len(given)} came; see columns")
    for name in ("place", "question"):
        if name not in view.columns:
            raise BadFile(f"{settings.file}: no column {name!r}; name theirs under columns, or fill it in")
    return view.to_dicts(), given[0]


def _place(name: str | None, settings: ImportSettings, row: object) -> str:
    if name is None:
        raise BadAnswers(f"{settings.file} row {row}: place is empty")
    if name in places():
        return name
    found = find_place(name)
    if found is None:
        raise BadAnswers(
            f"{settings.file} row {row}: unknown place {name!r}; use our code (EGY, GB-NIR) or an English name, or "
            "translate it under values.place"
        )
    return found.code


def _question(name: str | None, asked: Instrument, where: str) -> Question:
    question = asked.question(name) if name else None
    if question is None:
        ids = [one.id for one in asked.questions]
        listed = ", ".join(ids[:12]) + (f", … ({len(ids)} in all)" if len(ids) > 12 else "")
        raise BadAnswers(f"{where}: {asked.name} has no item {name!r}; it has {listed}")
    return question


def _persons_places(settings: ImportSettings, table: pl.DataFrame) -> pl.Series:
    only = {key: value for key, value in settings.fill.items() if key == "place"}
    if set(settings.fill) - {"place"}:
        raise BadStudy(f"population {settings.name}: microdata can fill in place only")
    view = translated(our_columns(table, ("place",), settings.columns, only, settings.file), settings.values)
    if "place" not in view.columns:
        raise BadFile(f"{settings.file}: no column 'place'; name theirs under columns, or fill it in")
    firsts = view.group_by("place", maintain_order=True).agg(pl.col(ROW).first())
    codes = {name: _place(name, settings, row) for name, row in firsts.rows()}
    return view["place"].replace_strict(codes, return_dtype=pl.String)


def _populations(
    settings: ImportSettings,
    asked: Instrument,
    holds: Literal["distributions", "indices", "map"],
    found: Mapping[str, Sequence[HumanAnswer]],
    notes: Mapping[str, Sequence[str]],
) -> tuple[Population, ...]:
    if not any(found.values()):
        raise BadFile(f"{settings.file}: no answer is left for {asked.name}")
    order = {question.id: i for i, question in enumerate(asked.questions)}
    made = []
    for place in sorted(found):
        answers = tuple(sorted(found[place], key=lambda one: (order.get(one.item, -1), one.item)))
        sampled = all(one.n_eff is not None for one in answers)
        note = list(dict.fromkeys(notes.get(place, ())))
        if not sampled and any(one.n is not None for one in answers):
            note.append("n without a design effect: give n_eff or deff (1 for a simple random sample) for intervals")
        made.append(
            Population(
                name=f"{settings.name}/{place}",
                place=place,
                instrument=asked.name,
                holds=holds,
                answers=answers,
                source=settings.source,
                human_error="sampled" if sampled else "none",
                universe=Universe(**settings.universe),
                note="; ".join(note),
            )
        )
    return tuple(made)
