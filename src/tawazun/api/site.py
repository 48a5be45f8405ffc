"""A static site over finished runs: a page per run, and a front page that compares their respondents."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tawazun.api.inferring import gather_runs, usual_measure
from tawazun.claims import Gathered
from tawazun.claims.asked import Asked
from tawazun.claims.comparison import Comparison, compare
from tawazun.claims.exam_pairs import EXAM_SCORES
from tawazun.errors import UserError
from tawazun.report import page
from tawazun.report.site import Entry, front_page
from tawazun.runs import Run, open_run
from tawazun.runs.folder import safe_csv
from tawazun.runs.writing import write_bytes, write_text

MARK = "site.json"


def site(
    runs: Sequence[Run | str | Path],
    out: str | Path,
    *,
    measures: Sequence[str] = (),
    language: str = "en",
    title: str = "",
    data: str | Path | None = None,
) -> Path:
    """Write a site that any web server can serve, or that opens from disk; returns its front page.

    measures  compared by these; empty = the studies' primary measure, and accuracy where there are benchmarks
    Errors    UserError for a folder with other things in it; BadFile for a run that has not been measured
    """
    opened = [one if isinstance(one, Run) else open_run(one) for one in runs]
    folder = _folder(Path(out))
    names = _unique([one.path.name for one in opened])
    entries = [_written(run, folder, name, language) for run, name in zip(opened, names, strict=True)]
    comparisons, refused = _compared(opened, measures, data)
    for one in comparisons:
        write_bytes(folder / f"comparison-{one.differences[0].measure}.csv", safe_csv(one.table))
    front = folder / "index.html"
    write_text(front, front_page(entries, comparisons, refused, language, title))
    listed = [{"name": one.name, "page": one.href, "cells": one.cells} for one in entries]
    places = [asdict(place) for one in comparisons for place in one.places]
    write_text(folder / MARK, json.dumps({"runs": listed, "places": places, "refused": refused}, ensure_ascii=False))
    return front


def _folder(out: Path) -> Path:
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / MARK).is_file())):
        raise UserError(
            f"{out}: a site is written into an empty folder or over an earlier site; name another with --out"
        )
    out.mkdir(parents=True, exist_ok=True)
    return out


def _unique(names: Sequence[str]) -> list[str]:
    """Folder names, numbered where two are alike."""
    found: list[str] = []
    for name in names:
        made, n = name, 2
        while made in found:
            made, n = f"{name}-{n}", n + 1
        found.append(made)
    return found


def _written(run: Run, folder: Path, name: str, language: str) -> Entry:
    own = folder / "runs" / name
    own.mkdir(parents=True, exist_ok=True)
    write_text(own / "report.html", page(run, language))
    shutil.copyfile(run.path / "scores.csv", own / "scores.csv")
    href = f"runs/{name}/report.html"
    titles = {one["name"]: one["title"] for one in run.sources if one.get("kind") == "instrument" and one.get("title")}
    return Entry(name, run.study, href, run.answers.height, bool(run.study.frozen), titles)


def _compared(
    opened: Sequence[Run], measures: Sequence[str], data: str | Path | None
) -> tuple[list[Comparison], dict[str, str]]:
    """Comparisons by measure, and why there is none by the others."""
    try:
        gathered = gather_runs(opened, data=data)
    except UserError as error:
        return [], {"all": str(error)}
    made, refused = [], {}
    for measure in measures or _usual(gathered):
        try:
            one = compare(gathered, Asked(measure))
        except UserError as error:
            refused[measure] = str(error)
            continue
        made.append(one)
    return made, refused


def _usual(gathered: Gathered) -> list[str]:
    """The primary measure, the map's distance and the scores of benchmarks, as far as the runs measured them."""
    chosen = {name for part in gathered.parts for name in part.study.measure.measures}
    exams = [one for one in EXAM_SCORES if one in chosen]
    people = any(part.humans.height for part in gathered.parts)
    placed = any("map_x" in part.humans["item"] for part in gathered.parts)
    mapped = ["map_distance"] if placed else []
    return list(dict.fromkeys([*([usual_measure(gathered)] if people or not exams else []), *mapped, *exams]))
