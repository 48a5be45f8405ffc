"""Measure a run's answers again and write its page again; nothing is asked."""

from pathlib import Path

from tawazun.api.drift import frozen_state, recorded_files, refuse_drift
from tawazun.api.finding import check_measured, find_instruments, find_populations, instruments_of, worded_instruments
from tawazun.api.sides import counted, write_sides
from tawazun.data import data_folder
from tawazun.errors import UserError
from tawazun.estimates import scores_table
from tawazun.measures import measure_answers
from tawazun.populations import humans_table
from tawazun.report import page
from tawazun.runs import Run, RunFolder, open_run
from tawazun.runs.own_files import own_instruments
from tawazun.runs.writing import restored, write_text
from tawazun.study import Study, register_own

# what measuring writes, manifest last, so that a run is whole again only when the rest of it is
WRITTEN = (
    "study.toml",
    "questions.parquet",
    "humans.parquet",
    "sources.json",
    "scores.parquet",
    "scores.csv",
    "report.html",
    "manifest.json",
)


def measure(run: Run, study: Study | None = None, *, folder: Path = Path(), data: str | Path | None = None) -> Run:
    """Measure a run's answers again, with its own study or with another `[measure]` and `[gates]`. Asks nothing.

    A run is the old one or the whole new one: where measuring fails, everything is as it was.

    Errors   StudyChanged when the given study asks for other answers than the run has.
    """
    used = study or run.study
    register_own(used)
    where = data_folder(data)
    own = own_instruments(run, used.ask.instruments, None if study is None else folder)
    instruments = find_instruments(used, folder, where, texts=study is not None, own=own)
    populations = None if study is None else find_populations(used, folder, where)
    if populations is not None:
        check_measured(used, instruments, populations)
    people = run.humans if populations is None else humans_table(populations)
    if used.frozen:
        worded = () if study is None else worded_instruments(used, folder, where)
        files = None if study is None else recorded_files(used, folder)
        refuse_drift(used, instruments_of(used, folder, where, own=own), people, worded, files)
    estimates = measure_answers(used, run.answers, people, list(instruments))
    written = [run.path / name for name in WRITTEN]
    earlier = {written[0]: written[0].read_bytes()}
    with RunFolder.hold(run.path, used, run.inputs) as runfolder, restored(written, earlier):
        manifest = run.manifest if runfolder.is_whole else {}
        runfolder.unfinished()
        if populations is not None:
            write_sides(runfolder, used, instruments, populations)
        made = open_run(run.path)
        runfolder.write_scores(scores_table(estimates))
        runfolder.write_report(page(made))
        if manifest:
            runfolder.finish({**manifest, "frozen": frozen_state(used, made.frozen), **counted(made)})
    return open_run(run.path)


def report(run: Run, language: str = "en", out: Path | None = None) -> Path:
    """Write the page of a run, opening in a language; returns its path.

    out     a file, to leave the run's own page as it is; its folder is made
    Errors  UnknownName for a language; UserError where `out` is a folder
    """
    if out is not None:
        if out.is_dir():
            raise UserError(f"{out} is a folder; name a file, or a site's folder without .html")
        out.parent.mkdir(parents=True, exist_ok=True)
        write_text(out, page(run, language))
        return out
    runfolder = RunFolder(run.path)
    with runfolder.locked():
        runfolder.write_report(page(run, language))
    return run.path / "report.html"
