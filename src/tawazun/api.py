"""The Python interface: load a study, run it, open a run. The command line says the same in words.

run = study in -> people loaded -> respondents asked -> answers stored -> scores -> page -> manifest
"""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from tawazun.claims import Finding, Gathered, decide, gather, load_claim, read_part
from tawazun.claims.comparison import Asked, Comparison
from tawazun.claims.comparison import compare as compare_gathered
from tawazun.claims.freezing import drift_of, frozen_table, refuse_frozen
from tawazun.claims.planning import Planned, foresee
from tawazun.claims.power import Power
from tawazun.claims.yardsticks import YARDSTICKS
from tawazun.data import data_folder
from tawazun.errors import BadStudy, StudyChanged
from tawazun.estimates import scores_table
from tawazun.instruments import Instrument, instrument
from tawazun.instruments.official import with_texts
from tawazun.interview import Plan, Progress, ask_all, make_plan, take_recorded
from tawazun.measures import measure_answers, measure_names
from tawazun.places import place
from tawazun.populations import Population, humans_table, load_populations
from tawazun.populations.imported import ImportSettings, import_populations
from tawazun.report import page
from tawazun.respondents import Recorded, Respondent, Settings, make_respondent, respondent_id
from tawazun.runs import Run, RunFolder, open_run
from tawazun.seeds import digest, digest_of
from tawazun.study import PopulationKeys, RespondentKeys, Study, expand_personas, load_study, register_own
from tawazun.version import PROMPT_VERSION, RUN_FORMAT, VERSION

__all__ = [
    "Prepared",
    "claim",
    "compare",
    "freeze",
    "gather_runs",
    "load_study",
    "measure",
    "open_run",
    "power",
    "prepare",
    "report",
    "run",
    "run_prepared",
]


@dataclass(frozen=True)
class Prepared:
    """A study with everything it names found and checked, before anything is asked.

    asked      label -> respondent; plans: label -> its plan
    recorded   label -> recorded answers; takes: label -> the instruments taken from them
    """

    study: Study
    instruments: tuple[Instrument, ...]
    populations: tuple[Population, ...]
    asked: Mapping[str, Respondent]
    plans: Mapping[str, Plan]
    recorded: Mapping[str, Recorded]
    takes: Mapping[str, tuple[Instrument, ...]]

    @property
    def respondents(self) -> dict[str, Respondent | Recorded]:
        """Every respondent by label, in the order of the study."""
        every: dict[str, Respondent | Recorded] = {**self.asked, **self.recorded}
        return {one.name: every[one.name] for one in self.study.respondent}


def prepare(
    study: Study, *, folder: Path = Path(), data: str | Path | None = None, remote_code: bool = False
) -> Prepared:
    """Find everything that a study names. Errors: the first user's mistake, before anything is asked or written."""
    register_own(study)
    where = data_folder(data)
    instruments = _instruments(study, folder, where)
    known = set(measure_names())
    for name in study.measure.measures:
        if name not in known:
            raise BadStudy(f"measure.measures: unknown measure {name!r}; allowed: {', '.join(sorted(known))}")
    populations = _populations(study, folder, where)
    _check_measured(study, instruments, populations)
    if study.frozen:
        _refuse_drift(study, instruments_of(study, folder, where), humans_table(populations))
    own = {keys.name: _own_instruments(keys, instruments) for keys in study.respondent}
    made = {keys.name: make_respondent(_settings(keys, folder, remote_code)) for keys in study.respondent}
    _refuse_twins(made)
    asked = {label: one for label, one in made.items() if isinstance(one, Respondent)}
    recorded = {label: one for label, one in made.items() if not isinstance(one, Respondent)}
    plans = {label: make_plan(study, own[label]) for label in asked}
    takes = {label: own[label] for label in recorded}
    return Prepared(study, instruments, populations, asked, plans, recorded, takes)


def _check_measured(study: Study, instruments: Sequence[Instrument], populations: Sequence[Population]) -> None:
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
        if language not in study.ask.languages and not any(one.kind == "recorded" for one in study.respondent):
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


def _instruments(study: Study, folder: Path, data: Path | None, *, texts: bool = True) -> tuple[Instrument, ...]:
    found = {name: instrument(name, data) for name in dict.fromkeys(study.ask.instruments)}
    for text in study.ask.texts if texts else []:
        name, _, file = text.partition("=")
        if name not in found or not file:
            raise BadStudy(f"ask.texts: write INSTRUMENT=FILE with an instrument of the study, not {text!r}")
        found[name] = with_texts(found[name], folder / file)
    return tuple(found.values())


def _populations(study: Study, folder: Path, data: Path | None) -> tuple[Population, ...]:
    own = {one.name: one for one in study.population}
    found: dict[str, Population] = {}
    for spec in study.measure.populations:
        name, _, place = spec.partition("/")
        if name in own:
            loaded: Sequence[Population] = _imported(own[name], folder, data)
            loaded = [one for one in loaded if place in ("", one.place)]
            if not loaded:
                raise BadStudy(f"measure.populations: {spec} has no answers in {own[name].file}")
        else:
            loaded = load_populations(spec, data=data, estimates=study.measure.estimates)
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


def _imported(keys: PopulationKeys, folder: Path, data: Path | None) -> Sequence[Population]:
    return import_populations(ImportSettings(**keys.model_dump(), folder=folder), data)


def _settings(keys: RespondentKeys, folder: Path, remote_code: bool) -> Settings:
    if keys.remote_code and not remote_code:
        raise BadStudy(f"respondent {keys.name}: remote_code = true also needs --trust-remote-code on the command line")
    given = keys.model_dump(exclude={"instruments"})
    return Settings(**given, folder=folder)


def _refuse_twins(respondents: Mapping[str, Respondent | Recorded]) -> None:
    seen: dict[str, str] = {}
    for label, one in respondents.items():
        rid = respondent_id(one.identity)
        if rid in seen:
            raise BadStudy(f"respondent: {seen[rid]!r} and {label!r} are the same respondent under two names")
        seen[rid] = label


def run(
    study: Study,
    out: str | Path,
    *,
    folder: Path = Path(),
    data: str | Path | None = None,
    remote_code: bool = False,
    progress: Progress = lambda count: None,
) -> Run:
    """Run a study into a folder, or take up a run that was stopped. Cells that have an answer are not asked again.

    out      run folder; folder: where the study's relative paths start; data: local copies of data sets
    Errors   UserError before anything is asked; Failure when a model or disk let us down (run it again to go on)
    """
    prepared = prepare(study, folder=folder, data=data, remote_code=remote_code)
    return run_prepared(prepared, out, progress=progress)


def run_prepared(prepared: Prepared, out: str | Path, *, progress: Progress = lambda count: None) -> Run:
    """`run` for a study whose parts have been found already."""
    study = prepared.study
    register_own(study)
    with RunFolder.hold(out, study, _inputs(prepared)) as runfolder:
        runfolder.unfinished()
        for label, recorded in prepared.recorded.items():
            take_recorded(runfolder, prepared.takes[label], label, recorded, study.ask.items)
        for label, asked in prepared.asked.items():
            ask_all(runfolder, prepared.plans[label], label, asked, progress)
        runfolder.gather_answers()
        _finish(runfolder, prepared)
    return open_run(out)


def measure(run: Run, study: Study | None = None, *, folder: Path = Path(), data: str | Path | None = None) -> Run:
    """Measure a run's answers again, with its own study or with another `[measure]` and `[gates]`. Asks nothing.

    Errors   StudyChanged when the given study asks for other answers than the run has.
    """
    used = study or run.study
    register_own(used)
    where = data_folder(data)
    instruments = _instruments(used, folder, where, texts=study is not None)
    populations = None if study is None else _populations(used, folder, where)
    if populations is not None:
        _check_measured(used, instruments, populations)
    people = run.humans if populations is None else humans_table(populations)
    if used.frozen:
        _refuse_drift(used, instruments_of(used, folder, where), people)
    estimates = measure_answers(used, run.answers, people, list(instruments))
    with RunFolder.hold(run.path, used, run.inputs) as runfolder:
        manifest = run.manifest if runfolder.is_whole else {}
        runfolder.unfinished()
        if populations is not None:
            _write_sides(runfolder, used, instruments, populations)
        made = open_run(run.path)
        runfolder.write_scores(scores_table(estimates))
        runfolder.write_report(page(made))
        if manifest:
            runfolder.finish({**manifest, "frozen": _frozen_state(used), **_counted(made)})
    return open_run(run.path)


def _inputs(prepared: Prepared) -> dict[str, str]:
    """Hashes of everything that answers depend on beside the study file."""
    found = {f"respondent {label}": respondent_id(one.identity) for label, one in prepared.respondents.items()}
    asked = [
        [one.name, question.id, [[w.language, w.id, w.stem, *w.options] for w in question.wordings]]
        for one in prepared.instruments
        for question in one.questions
    ]
    found["the texts of the questions"] = digest_of(asked)
    found["the members of a group of personas"] = digest_of(list(expand_personas(prepared.study.ask.personas)))
    return found


def gather_runs(runs: Sequence[Run | str | Path], *, data: str | Path | None = None) -> Gathered:
    """Finished runs side by side, for `compare` and `claim`. Errors: BadFile, Refused, StudyChanged."""
    opened = [one if isinstance(one, Run) else open_run(one) for one in runs]
    return gather([read_part(one) for one in opened], data=data_folder(data))


def compare(
    runs: Sequence[Run | str | Path],
    *,
    measure: str = "",
    populations: Sequence[str] = (),
    smallest_effect: float | None = None,
    data: str | Path | None = None,
) -> Comparison:
    """Every pair of respondents of finished runs against every population, corrected over all of them.

    measure   js_similarity, w1_similarity, js_divergence or map_distance; empty = the studies' primary measure, else
              js_similarity
    Errors    Refused for respondents that were not asked in the same way; BadStudy when there is nothing to compare
    """
    gathered = gather_runs(runs, data=data)
    return compare_gathered(
        gathered, Asked(measure or usual_measure(gathered), tuple(populations), (), smallest_effect)
    )


def usual_measure(gathered: Gathered) -> str:
    """The primary measure that the studies agree on when it can be compared, else js_similarity."""
    named = {part.study.measure.primary for part in gathered.parts} & set(YARDSTICKS)
    return named.pop() if len(named) == 1 else "js_similarity"


def claim(
    file: str | Path,
    runs: Sequence[Run | str | Path],
    *,
    overrides: Sequence[str] = (),
    data: str | Path | None = None,
) -> Finding:
    """The finding of a claim file about finished runs, with `key=value` overrides.

    Errors   BadStudy, UnknownName, Refused: one clear line
    """
    return decide(gather_runs(runs, data=data), load_claim(file, overrides))


def freeze(path: str | Path, *, claims: Sequence[str | Path] = (), data: str | Path | None = None) -> dict[str, object]:
    """The `[frozen]` table of a study file; nothing is written.

    Errors   Refused when it is frozen already; BadStudy without a primary measure or a smallest effect of interest
    """
    study, file = load_study(path), Path(path)
    refuse_frozen(study, file)
    if study.measure.primary not in measure_names():
        allowed = ", ".join(measure_names())
        raise BadStudy(f"measure.primary: {study.measure.primary!r} is no measure; allowed: {allowed}")
    where = data_folder(data)
    instruments = instruments_of(study, file.parent, where)
    people = humans_table(_populations(study, file.parent, where))
    digests = {Path(one).name: load_claim(one).digest for one in claims}
    return frozen_table(study, instruments, people, digests)


def power(
    path: str | Path,
    planned: Planned,
    *,
    pilot: Run | str | Path | None = None,
    data: str | Path | None = None,
) -> Power:
    """How likely a study file is to answer a question. Errors: BadStudy naming the number or spread that is missing."""
    study, file, where = load_study(path), Path(path), data_folder(data)
    gathered = None if pilot is None else gather_runs([pilot], data=data)
    people = humans_table(_populations(study, file.parent, where))
    return foresee(study, instruments_of(study, file.parent, where), people, planned, gathered)


def instruments_of(study: Study, folder: Path, data: Path | None) -> tuple[Instrument, ...]:
    """The instruments of a study as the catalogue has them, without texts of the user's."""
    return _instruments(study, folder, data, texts=False)


def _refuse_drift(study: Study, instruments: Sequence[Instrument], humans: pl.DataFrame) -> None:
    keys = drift_of(study, instruments, humans).keys
    if keys:
        raise StudyChanged(
            f"{study.name}: the study was frozen and has changed since in {', '.join(keys[:6])}; restore it, or take "
            "[frozen] out and call the results exploratory"
        )


def _frozen_state(study: Study) -> dict[str, str]:
    """What the manifest says about freezing."""
    if not study.frozen:
        return {"state": "not frozen: everything is exploratory"}
    return {
        "state": "frozen before answers and kept: the primary analysis is confirmatory, everything else exploratory",
        "primary": study.measure.primary,
        "digest": digest_of(study.model_dump(mode="json")["frozen"]),
    }


def report(run: Run) -> Path:
    """Write the page of a run again; returns its path."""
    runfolder = RunFolder(run.path)
    with runfolder.locked():
        runfolder.write_report(page(run))
    return run.path / "report.html"


def _finish(runfolder: RunFolder, prepared: Prepared) -> None:
    _write_sides(runfolder, prepared.study, prepared.instruments, prepared.populations)
    _score(runfolder, prepared.study, prepared.instruments)
    runfolder.finish(_manifest(open_run(runfolder.path), prepared))


def _score(runfolder: RunFolder, study: Study, instruments: Sequence[Instrument]) -> None:
    made = open_run(runfolder.path)
    estimates = measure_answers(study, made.answers, made.humans, list(instruments))
    runfolder.write_scores(scores_table(estimates))
    runfolder.write_report(page(made))


def _write_sides(
    runfolder: RunFolder, study: Study, instruments: Sequence[Instrument], populations: Sequence[Population]
) -> None:
    runfolder.write_table("questions", questions_table(instruments))
    runfolder.write_table("humans", humans_table(populations))
    runfolder.write_json("sources", _sources(study, instruments, populations))


def questions_table(instruments: Sequence[Instrument]) -> pl.DataFrame:
    """One row per question, language and wording; texts only where their source lets them be passed on."""
    rows = []
    for one in instruments:
        for question in one.questions:
            for wording in question.wordings or (None,):
                own = wording is not None and (wording.status != "official" and one.source.redistribute == "yes")
                rows.append(
                    {
                        "instrument": one.name,
                        "question": question.id,
                        "kind": question.kind,
                        "title": question.title,
                        "ordinal": question.ordinal,
                        "codes": list(question.codes),
                        "tags": list(question.tags),
                        "language": wording.language if wording else None,
                        "wording": wording.id if wording else None,
                        "status": wording.status if wording else None,
                        "stem": wording.stem if wording and own else None,
                        "options": list(wording.options) if wording and own else None,
                    }
                )
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "instrument": pl.String, "question": pl.String, "kind": pl.String, "title": pl.String, "ordinal": pl.Boolean,
        "codes": pl.List(pl.Float64), "tags": pl.List(pl.String), "language": pl.String, "wording": pl.String,
        "status": pl.String, "stem": pl.String, "options": pl.List(pl.String),
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema)


def _sources(
    study: Study, instruments: Sequence[Instrument], populations: Sequence[Population]
) -> list[dict[str, object]]:
    found: list[dict[str, object]] = [
        {
            "kind": "instrument",
            "name": one.name,
            "title": one.title,
            "not_for": one.not_for,
            "indices": {
                index.name: {
                    "title": index.title,
                    "terms": dict(index.terms),
                    "constant": index.constant,
                    "warning": index.warning,
                }
                for index in one.indices
            },
            **one.source.record(),
        }
        for one in instruments
    ]
    seen: set[str] = set()
    for population in populations:
        name = population.name.rsplit("/", 1)[0]
        if name not in seen:
            seen.add(name)
            universe = {k: getattr(population.universe, k) for k in population.universe.__slots__}
            found.append(
                {
                    "kind": "population",
                    "name": name,
                    "human_error": population.human_error,
                    "universe": universe,
                    **population.source.record(),
                }
            )
    return found


def _manifest(made: Run, prepared: Prepared) -> dict[str, object]:
    return {
        "kind": "study",
        "name": prepared.study.name,
        "format": RUN_FORMAT,
        "prompt_version": PROMPT_VERSION,
        "versions": {"tawazun": VERSION, "python": platform.python_version(), "polars": pl.__version__},
        "seed": prepared.study.seed,
        "frozen": _frozen_state(prepared.study),
        "respondents": {
            label: {
                "id": respondent_id(one.identity),
                "identity": dict(one.identity),
                "notes": list(getattr(one, "notes", [])),
            }
            for label, one in prepared.respondents.items()
        },
        **_counted(made),
    }


def _counted(made: Run) -> dict[str, object]:
    """What the manifest says of the tables as they are now."""
    answers = made.answers
    failed = answers.filter(pl.col("error").is_not_null()).height
    return {
        "counts": {"cells": answers.height, "failed": failed, "scores": made.scores.height},
        "hashes": {
            "asks": digest("".join(sorted(answers["ask"].unique()))),
            "humans": digest(made.humans.write_json()),
        },
    }
