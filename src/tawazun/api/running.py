"""Run a study: respondents asked, answers stored, then scores, page and manifest."""

from collections.abc import Sequence
from pathlib import Path

from tawazun.api.drift import keep_frozen
from tawazun.api.finding import Prepared, prepare
from tawazun.api.sides import manifest_of, write_sides
from tawazun.estimates import scores_table
from tawazun.instruments import Instrument
from tawazun.interview import Progress, ask_all, take_recorded
from tawazun.measures import measure_answers
from tawazun.report import page
from tawazun.respondents import respondent_id
from tawazun.runs import Run, RunFolder, open_run
from tawazun.seeds import digest_of
from tawazun.study import Study, expand_personas, register_own


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
        keep_frozen(runfolder, study)
        for label, recorded in prepared.recorded.items():
            take_recorded(runfolder, prepared.takes[label], label, recorded, study.ask.items)
        for label, asked in prepared.asked.items():
            ask_all(runfolder, prepared.plans[label], label, asked, progress)
        runfolder.gather_answers()
        _finish(runfolder, prepared)
    return open_run(out)


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


def _finish(runfolder: RunFolder, prepared: Prepared) -> None:
    write_sides(runfolder, prepared.study, prepared.instruments, prepared.populations)
    _score(runfolder, prepared.study, prepared.instruments)
    runfolder.finish(manifest_of(open_run(runfolder.path), prepared))


def _score(runfolder: RunFolder, study: Study, instruments: Sequence[Instrument]) -> None:
    made = open_run(runfolder.path)
    estimates = measure_answers(study, made.answers, made.humans, list(instruments))
    runfolder.write_scores(scores_table(estimates))
    runfolder.write_report(page(made))
