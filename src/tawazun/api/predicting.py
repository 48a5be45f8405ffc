"""Components of sets held against what training on them changed, and forecasts for a new set."""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from tawazun.api.components import Reading, choice_of, drawn_sets, named_sets
from tawazun.audit.components import Drawn, Size, Structure, cube_of, read_choice, read_structures
from tawazun.audit.prediction import (
    Associations,
    Forecast,
    Panel,
    Skill,
    associated,
    forecast,
    panel_of,
    skills_of,
    usable,
)
from tawazun.audit.prediction.kept import FILE, content_of, read_model
from tawazun.audit.records import Finding
from tawazun.data.tables import ROW, read_table
from tawazun.errors import BadFile, BadStudy, Refused
from tawazun.runs.audits import COMPONENTS, write_audit
from tawazun.version import VERSION


@dataclass(frozen=True)
class Association:
    """What a table of results says of components: the grid, what was left out and predicted, and on what."""

    structure: Structure
    panel: Panel
    found: Associations
    skills: list[Skill]


def associate(
    results: Path, components: Path, *, effect: float = 0.7, language: str = "", out: Path | None = None
) -> Association:
    """Hold components against results.

    results     a table with dataset, model, family, benchmark, change[, se, seed, origin]: tuned minus base
    components  folder of `audit components`
    effect      correlation that would be worth finding, for the power
    out         folder for `associations.parquet`, `model.json`, findings and numbers
    Errors      BadFile, BadStudy; Refused with too few sets
    """
    if not 0 < effect < 1:
        raise BadStudy(f"--effect: a correlation between 0 and 1, not {effect:g}")
    structure = _one_language(read_structures(components), language, components)
    table = read_table(results)
    rows = [(int(row[ROW]), row) for row in table.iter_rows(named=True)]
    panel = panel_of(rows, structure.cube.datasets, str(results))
    at = [structure.cube.datasets.index(name) for name in panel.datasets]
    found = associated(structure.set_scores[at], panel, effect=effect)
    done = Association(structure, panel, found, skills_of(structure, panel))
    if out is not None:
        # in one folder they stand beside the components they were found with
        same = out.resolve() == components.resolve()
        _write(done, read_choice(components), out, COMPONENTS if same else ())
    return done


def _one_language(found: Mapping[str, Structure], language: str, where: Path) -> Structure:
    if language and language not in found:
        raise BadStudy(f"{where} has components of {', '.join(found)}, not of {language!r}")
    if not language and len(found) > 1:
        raise BadStudy(f"{where} has components of {', '.join(found)}; choose one with --language")
    if not found:
        raise BadFile(f"{where}: no language in it")
    return found[language or next(iter(found))]


def predict(
    model: Path, dataset: str, *, reading: Reading = Reading(), level: float = 0.9
) -> tuple[list[Forecast], dict[str, float]]:
    """What training on a new set would change, and its scores by the name of the component.

    reading  how the new set is read; what is measured is what the model file says
    Errors   Refused for a set outside the range of those with results, in another language, or too small; BadFile
    """
    if not 0 < level < 1:
        raise BadStudy(f"--level: between 0 and 1, not {level:g}")
    structure, panel, choice = read_model(model)
    size = Size(int(choice["rows"]), int(choice["shards"]), int(choice["seed"]))
    ((name, path),) = named_sets([dataset]).items()
    made = drawn_sets({name: path}, size, reading)
    own = _of_language(made, structure.language, size)
    families = tuple(choice["families"])
    how = Reading(structure.language, families, reading.columns, reading.separator, reading.embedder)
    measured, facts = choice_of(how)
    if choice["embedder"] and dict(facts) != choice["embedder"]:
        said = "another one was given" if facts else "give it with --embedder"
        raise Refused(
            f"the components were measured with the embedder {choice['embedder'].get('revision', '')}; {said}"
        )
    scores = usable(structure, panel, cube_of([own], measured))
    named = {structure.names[k]: float(scores[k]) for k in range(len(scores))}
    return forecast(structure, panel, scores, level), named


def _of_language(made: list[Drawn], language: str, size: Size) -> Drawn:
    own = next((one for one in made if one.language == language), None)
    if own is None or (made[0].language != language and not own.shards):
        raise Refused(f"{made[0].dataset}: its rows are in {made[0].language!r}, the model is of sets in {language!r}")
    if not own.shards:
        need = size.rows * size.shards
        raise Refused(f"{own.dataset}: {own.seen:,} rows in {language!r}; the model measures sets by {need:,}")
    return own


def findings_of(done: Association) -> list[Finding]:
    """What to know before the numbers are used."""
    found = [
        Finding("note", "note", (), text, "table of results") for text in (*done.panel.notes, *done.structure.notes)
    ]
    one = done.found
    if one.power < 0.8:
        needed = f"{one.needed} sets would" if one.needed else "more than 300 sets would"
        text = (
            f"{one.sets} sets find a correlation of {one.effect:g} with a power of {one.power:.2f} over {one.tests} "
            f"tests; {needed} have .8: what was not found here may still be there"
        )
        found.append(Finding("power", "warning", (), text, "simulation, Bonferroni over the grid", one.power))
    for skill in done.skills:
        if skill.left_out == "set" and not (skill.skill > 0 and skill.q <= 0.05):
            text = f"{skill.benchmark}: components predict sets left out no better than the mean of the others"
            found.append(
                Finding("no-better-than-mean", "warning", (skill.benchmark,), text, "leave-one-set-out", skill.skill)
            )
    return found


def numbers_of(done: Association) -> list[dict[str, Any]]:
    """Rows of `metrics.parquet`: errors on what was left out, heterogeneity, power."""
    rows: list[dict[str, Any]] = []
    for one in done.skills:
        check = f"{one.benchmark}:without-{one.left_out}"
        rows += [{"check": check, "name": name, "value": float(getattr(one, name))}
                 for name in ("error", "floor", "skill", "better", "n", "p", "q", "noise")]  # fmt: skip
    for apart in done.found.families:
        check = f"component-{apart.component + 1}:families"
        values = {"p": apart.p, "q": apart.q, **{f"slope:{name}": value for name, value in apart.slopes.items()}}
        rows += [{"check": check, "name": name, "value": value} for name, value in values.items()]
    rows.append({"check": "power", "name": "power", "value": done.found.power})
    return rows


def _write(done: Association, choice: Mapping[str, Any], out: Path, keep: Collection[str]) -> None:
    findings = [{"check": "association", **asdict(one), "items": list(one.items)} for one in findings_of(done)]
    cells = [{**asdict(one), "component": one.component + 1, "name": done.structure.names[one.component]}
             for one in done.found.cells]  # fmt: skip
    manifest = {
        "version": VERSION, "subject": "association",
        "facts": {"language": done.structure.language, "sets": list(done.panel.datasets),
                  "models": dict(zip(done.panel.models, done.panel.families, strict=True)),
                  "benchmarks": list(done.panel.benchmarks), "tests": done.found.tests, "method": done.found.method},
    }  # fmt: skip
    text = json.dumps(content_of(done.structure, done.panel, choice), ensure_ascii=False, allow_nan=False)
    write_audit(out, findings, numbers_of(done), manifest, tables={"associations.parquet": pl.DataFrame(cells)},
                texts={FILE: text}, keep=keep)  # fmt: skip
