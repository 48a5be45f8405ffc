"""Run a study: respondents asked, answers stored, then scores, page and manifest."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tawazun.api.drift import keep_frozen
from tawazun.api.finding import Prepared, prepare
from tawazun.api.sides import manifest_of, write_sides
from tawazun.cache import Memory, open_memory
from tawazun.errors import BadStudy
from tawazun.estimates import scores_table
from tawazun.instruments import Instrument
from tawazun.interview import Progress, ask_all, take_recorded
from tawazun.measures import measure_answers
from tawazun.report import page
from tawazun.respondents import respondent_id
from tawazun.runs import Run, RunFolder, open_run
from tawazun.runs.own_files import keep_own_files
from tawazun.runs.usage import add_usage
from tawazun.seeds import digest_of
from tawazun.study import Study, expand_personas, register_own
from tawazun.workers import Engine, Local


def run(
    study: Study,
    out: str | Path,
    *,
    folder: Path = Path(),
    data: str | Path | None = None,
    remote_code: bool = False,
    allow_hosts: Sequence[str] = (),
    progress: Progress = lambda count: None,
    cache: bool | None = None,
    engine: Engine | None = None,
) -> Run:
    """Run a study into a folder, or take up a run that was stopped. Cells that have an answer are not asked again.

    out      run folder; folder: where the study's relative paths start; data: local copies of data sets;
             allow_hosts: hosts that a key may be sent to besides its provider's own
    cache    whether answers of earlier runs on this machine are used and kept; None: where asking costs something
    engine   where respondents compute, from `open_engine`; None for this process
    Errors   UserError before anything is asked; Failure when a model or disk let us down (run it again to go on)
    """
    make = (engine or Local()).maker(study)
    prepared = prepare(study, folder=folder, data=data, remote_code=remote_code, allow_hosts=allow_hosts, make=make)
    return run_prepared(prepared, out, progress=progress, memories=find_memories(prepared, cache))


def run_prepared(
    prepared: Prepared,
    out: str | Path,
    *,
    progress: Progress = lambda count: None,
    memories: Mapping[str, Memory] | None = None,
) -> Run:
    """`run` for a study whose parts have been found; `memories`: label -> what is remembered of a respondent."""
    study = prepared.study
    register_own(study)
    with RunFolder.hold(out, study, inputs_of(prepared)) as runfolder:
        keep_own_files(runfolder, study.ask.instruments, prepared.folder)
        runfolder.unfinished()
        answer_all(runfolder, prepared, progress, memories or {})
        runfolder.gather_answers()
        _finish(runfolder, prepared)
    return open_run(out)


def answer_all(runfolder: RunFolder, prepared: Prepared, progress: Progress, memories: Mapping[str, Memory]) -> None:
    """Put every answer into a folder that is held: recorded ones first, then respondent by respondent."""
    keep_frozen(runfolder, prepared.study)
    for label, recorded in prepared.recorded.items():
        take_recorded(runfolder, prepared.takes[label], label, recorded, prepared.study.ask.items)
    for label, asked in prepared.asked.items():
        before = dict(getattr(asked, "usage", {}))
        try:
            ask_all(runfolder, prepared.plans[label], label, asked, progress, memories.get(label))
        finally:
            now = getattr(asked, "usage", {})
            add_usage(runfolder.path, label, {name: now[name] - before.get(name, 0) for name in now})


def find_memories(prepared: Prepared, cache: bool | None = None, megabytes: float | None = None) -> dict[str, Memory]:
    """Label -> the machine's memory, for respondents that are to use it.

    cache    True for all of them, False for none, None for those that cost something to ask
    Errors   BadStudy for a frozen study: what is remembered was answered before it was frozen; UserError for a bad size
    """
    if prepared.study.frozen:
        if cache:
            raise BadStudy(f"{prepared.study.name}: the study is frozen, so its answers come after that, from no cache")
        return {}
    using = [label for label, one in prepared.asked.items() if cache or not getattr(one, "free", False)]
    if cache is False or not using:
        return {}
    return dict.fromkeys(using, open_memory(megabytes))


def inputs_of(prepared: Prepared) -> dict[str, str]:
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


def _finish(runfolder: RunFolder, prepared: Prepared) -> None:
    write_sides(runfolder, prepared.study, prepared.instruments, prepared.populations)
    _score(runfolder, prepared.study, prepared.instruments)
    runfolder.finish(manifest_of(open_run(runfolder.path), prepared))


def _score(runfolder: RunFolder, study: Study, instruments: Sequence[Instrument]) -> None:
    made = open_run(runfolder.path)
    estimates = measure_answers(study, made.answers, made.humans, list(instruments))
    runfolder.write_scores(scores_table(estimates))
    runfolder.write_report(page(made))
