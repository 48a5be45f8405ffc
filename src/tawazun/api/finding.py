"""What a study names, found and checked: instruments, people, respondents. Nothing is asked or written here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tawazun.api.drift import recorded_files, refuse_drift
from tawazun.data import data_folder
from tawazun.errors import BadFile, BadStudy
from tawazun.instruments import Instrument, instrument
from tawazun.instruments.official import with_texts
from tawazun.instruments.own_files import is_own, load_own, own_file
from tawazun.interview import Plan, make_plan
from tawazun.measures import measure_names
from tawazun.places import group, place
from tawazun.populations import Population, humans_table, load_populations
from tawazun.populations.imported import ImportSettings, import_populations
from tawazun.respondents import Recorded, Respondent, Settings, make_respondent, respondent_id
from tawazun.study import PopulationKeys, RespondentKeys, Study, register_own


@dataclass(frozen=True)
class Prepared:
    """A study with everything it names found and checked, before anything is asked.

    asked      label -> respondent; plans: label -> its plan
    recorded   label -> recorded answers; takes: label -> the instruments taken from them
    folder     where the study's relative paths start
    """

    study: Study
    instruments: tuple[Instrument, ...]
    populations: tuple[Population, ...]
    asked: Mapping[str, Respondent]
    plans: Mapping[str, Plan]
    recorded: Mapping[str, Recorded]
    takes: Mapping[str, tuple[Instrument, ...]]
    folder: Path = Path()

    @property
    def respondents(self) -> dict[str, Respondent | Recorded]:
        """Every respondent by label, in the order of the study."""
        every: dict[str, Respondent | Recorded] = {**self.asked, **self.recorded}
        return {one.name: every[one.name] for one in self.study.respondent}


def prepare(
    study: Study,
    *,
    folder: Path = Path(),
    data: str | Path | None = None,
    remote_code: bool = False,
    allow_hosts: Sequence[str] = (),
    make: Callable[[Settings], Respondent | Recorded] = make_respondent,
) -> Prepared:
    """Find everything that a study names. Errors: the first user's mistake, before anything is asked or written.

    make   what makes a respondent of its settings: the `maker` of an engine, else one in this process
    """
    register_own(study)
    where = data_folder(data)
    instruments = find_instruments(study, folder, where)
    known = set(measure_names())
    for name in study.measure.measures:
        if name not in known:
            raise BadStudy(f"measure.measures: unknown measure {name!r}; allowed: {', '.join(sorted(known))}")
    populations = find_populations(study, folder, where)
    check_measured(study, instruments, populations)
    if study.frozen:
        worded = worded_instruments(study, folder, where)
        files = recorded_files(study, folder)
        refuse_drift(study, instruments_of(study, folder, where), humans_table(populations), worded, files)
    own = {keys.name: _own_instruments(keys, instruments) for keys in study.respondent}
    made = {keys.name: make(_settings(keys, folder, remote_code, allow_hosts)) for keys in study.respondent}
    _refuse_twins(made)
    asked = {label: one for label, one in made.items() if isinstance(one, Respondent)}
    recorded = {label: one for label, one in made.items() if not isinstance(one, Respondent)}
    plans = {label: make_plan(study, own[label]) for label in asked}
    takes = {label: own[label] for label in recorded}
    return Prepared(study, instruments, populations, asked, plans, recorded, takes, folder)


def check_measured(study: Study, instruments: Sequence[Instrument], populations: Sequence[Population]) -> None:
    """What `[measure]` names must be there before anything is asked."""
    keys = study.measure
    names = [one.name for one in populations]
    if keys.reference and keys.reference not in names:
        raise BadStudy(f"measure.reference: {keys.reference!r} is not among measure.populations ({len(names)} loaded)")
    indices = {index.name for one in instruments for index in one.indices}
    if unknown_index := sorted(set(keys.fixed_constants) - indices):
        allowed = ", ".join(sorted(indices)) or "none: no instrument has indices"
        raise BadStudy(f"measure.fixed_constants: no index {unknown_index[0]!r}; allowed: {allowed}")
    for language, code in keys.language_places.items():
        if language not in study.ask.languages and not any(one.answered_before for one in study.respondent):
            raise BadStudy(f"measure.language_places: {language!r} is not one of ask.languages")
        place(code)
    if len(set(keys.language_places.values())) != len(keys.language_places):
        raise BadStudy("measure.language_places: two languages stand for one place; rank one of them at a time")


def _own_instruments(keys: RespondentKeys, instruments: Sequence[Instrument]) -> tuple[Instrument, ...]:
    names = [one.name for one in instruments]
    for name in keys.instruments:
        if name not in names:
            raise BadStudy(f"respondent {keys.name}: instruments names {name!r}, ask.instruments has {names}")
    return tuple(one for one in instruments if not keys.instruments or one.name in keys.instruments)


def find_instruments(
    study: Study, folder: Path, data: Path | None, *, texts: bool = True, own: Mapping[str, Instrument] | None = None
) -> tuple[Instrument, ...]:
    """The instruments of a study, with the user's own texts unless `texts` is False.

    own      instruments of the user's files that are known already, by name
    Errors   BadStudy, UnknownName, BadFile
    """
    known = own or {}
    names = dict.fromkeys(study.ask.instruments)
    found = {name: known.get(name) or find_instrument(name, folder, data) for name in names}
    for text in study.ask.texts if texts else []:
        name, _, file = text.partition("=")
        if name not in found or not file:
            raise BadStudy(f"ask.texts: write INSTRUMENT=FILE with an instrument of the study, not {text!r}")
        found[name] = with_texts(found[name], folder / file)
    return tuple(found.values())


def find_instrument(name: str, folder: Path, data: Path | None) -> Instrument:
    """The instrument of a name, or of a file seen from the study's folder: `custom:`, `pairs:` or `grades:FILE`."""
    if not is_own(name):
        return instrument(name, data)
    file = own_file(name)
    if not file:
        raise BadStudy(f"{name!r}: name a file, such as {name}answers.jsonl")
    if not (folder / file).is_file():
        raise BadFile(f"{name}: there is no file {folder / file}; it is seen from the folder of the study file")
    return load_own(name, folder / file)


def instruments_of(
    study: Study, folder: Path, data: Path | None, *, own: Mapping[str, Instrument] | None = None
) -> tuple[Instrument, ...]:
    """The instruments of a study as the catalogue has them, without texts of the user's; `own` as above."""
    return find_instruments(study, folder, data, texts=False, own=own)


def worded_instruments(study: Study, folder: Path, data: Path | None) -> tuple[Instrument, ...]:
    """The instruments of a study that have texts of the user's, with these texts. Errors: as `find_instruments`."""
    own = {text.partition("=")[0] for text in study.ask.texts}
    return tuple(one for one in find_instruments(study, folder, data) if one.name in own)


def find_populations(study: Study, folder: Path, data: Path | None) -> tuple[Population, ...]:
    """The people whom a study names, in its order. Errors: BadStudy, BadFile, BadAnswers, UnknownName."""
    own = {one.name: one for one in study.population}
    found: dict[str, Population] = {}
    for spec in study.measure.populations:
        name, _, place = spec.partition("/")
        if name in own:
            loaded: Sequence[Population] = _imported(study, own[name], folder, data)
            wanted = set(group(place).members if place.startswith("group:") else [place]) - {""}
            loaded = [one for one in loaded if not wanted or one.place in wanted]
            if not loaded:
                raise BadStudy(f"measure.populations: {spec} has no answers in {own[name].file}")
        else:
            loaded = load_populations(
                spec,
                data=data,
                estimates=study.measure.estimates,
                non_national=study.measure.non_national,
                halves=study.measure.halves,
            )
        found.update({one.name: one for one in loaded})
    used = {spec.partition("/")[0] for spec in study.measure.populations}
    if idle := sorted(set(own) - used):
        raise BadStudy(f"population: {idle[0]!r} is described but measure.populations does not name it")
    asked = set(study.ask.instruments)
    for one in found.values():
        if one.instrument not in asked:
            names = ", ".join(sorted(asked))
            raise BadStudy(f"measure.populations: {one.name} answered {one.instrument!r}, the study asks {names}")
    return tuple(found.values())


def _imported(study: Study, keys: PopulationKeys, folder: Path, data: Path | None) -> Sequence[Population]:
    given = {**keys.model_dump(), "folder": folder, "halves": study.measure.halves}
    return import_populations(ImportSettings(**given), data)


def _settings(keys: RespondentKeys, folder: Path, remote_code: bool, allow_hosts: Sequence[str]) -> Settings:
    if keys.remote_code and not remote_code:
        raise BadStudy(f"respondent {keys.name}: remote_code = true also needs --trust-remote-code on the command line")
    given = keys.model_dump(exclude={"instruments"})
    return Settings(**given, folder=folder, allow_hosts=tuple(allow_hosts))


def _refuse_twins(respondents: Mapping[str, Respondent | Recorded]) -> None:
    seen: dict[str, str] = {}
    for label, one in respondents.items():
        rid = respondent_id(one.identity)
        if rid in seen:
            raise BadStudy(f"respondent: {seen[rid]!r} and {label!r} are the same respondent under two names")
        seen[rid] = label
