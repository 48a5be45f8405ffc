"""One recipe of supervised tuning for each subset, base model and seed; and what those trainings changed."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import tomli_w

from tawazun.api.subsets import DATA, MANIFEST
from tawazun.audit.interventions import Effects, effects_of
from tawazun.data.tables import ROW, read_table
from tawazun.errors import BadFile, BadStudy
from tawazun.runs.audits import write_audit
from tawazun.runs.writing import write_text
from tawazun.study import read_toml
from tawazun.version import VERSION

RECIPES, RUNS, SCRIPT = "recipes", "runs", "train.sh"
NEEDED = ("subset", "model", "benchmark", "change")


@dataclass(frozen=True, slots=True)
class Training:
    """One command: a recipe and the folder that it fills, from the folder of the subsets."""

    subset: str
    model: str
    seed: int
    recipe: str
    run: str

    @property
    def command(self) -> str:
        """For a shell that stands in the folder of the subsets."""
        return f"tawazun adapt sft {shlex.quote(self.recipe)} --out {shlex.quote(self.run)}"


def read_subsets(folder: Path) -> dict[str, Any]:
    """`subsets.json` of a folder. Errors: BadFile."""
    try:
        record = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadFile(
            f"{folder}: no {MANIFEST} that can be read; `tawazun audit subsets … --out DIR` writes it"
        ) from error
    if not isinstance(record, dict) or record.get("kind") != "subsets" or not isinstance(record.get("subsets"), dict):
        raise BadFile(f"{folder / MANIFEST}: no subsets of this version")
    return record


def write_recipes(folder: Path, templates: Sequence[Path], seeds: Sequence[int]) -> list[Training]:
    """Write a recipe for each subset, template and seed, and `train.sh` with one command for each.

    templates   recipes of `tawazun adapt sft`, one for each base model; their `[[source]]` is replaced by the subset,
                with the first one's other keys (columns, tags) kept; everything else stays as it is
    seeds       of the trainings; three or more tell a subset's effect from a training's luck
    Errors      BadFile, BadStudy
    """
    record = read_subsets(folder)
    if not seeds or len(set(seeds)) < len(seeds):
        raise BadStudy("--seed: one or more, each once")
    names = [path.stem for path in templates]
    if twice := [name for name in names if names.count(name) > 1]:
        raise BadStudy(f"two recipes are named {twice[0]!r}; they name the models, so rename one file")
    made: list[Training] = []
    for path in templates:
        table = read_toml(path)
        for subset, own in record["subsets"].items():
            for seed in seeds:
                made.append(_recipe(folder, path, table, subset, own, seed))
    lines = ["#!/bin/sh", "# each line is one training; they can be run in any order, and again after a stop", "set -e",
             'cd "$(dirname "$0")"', *(one.command for one in made)]  # fmt: skip
    write_text(folder / SCRIPT, "\n".join(lines) + "\n")
    return made


def _recipe(
    folder: Path, path: Path, table: Mapping[str, Any], subset: str, manifest: Mapping[str, Any], seed: int
) -> Training:
    model = path.stem
    name = f"{subset}-{seed}"
    target = folder / RECIPES / model / f"{name}.toml"
    given = table.get("source") or [{}]
    first = given[0] if isinstance(given, list) and isinstance(given[0], dict) else {}
    kept = {key: value for key, value in first.items() if key not in ("files", "hub", "split", "revision", "weight")}
    stated = sorted({one for one in manifest["licences"].values() if one != "not stated"})
    licence = {"licence": ", ".join(stated)} if stated else {}
    source = {**kept, **licence, "name": subset, "files": f"../../{subset}/{DATA}"}
    recipe = {**table, "name": f"{table.get('name', model)}: {name}", "seed": seed, "source": [source]}
    # torch is loaded with the rooms of training, so by this command only
    from tawazun.adapt.sft.keys import SftRecipe
    from tawazun.adapt.training.keys import stage_from

    stage_from(recipe, path.name, SftRecipe)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_text(target, tomli_w.dumps(recipe))
    return Training(subset, model, seed, f"{RECIPES}/{model}/{name}.toml", f"{RUNS}/{model}/{name}")


def measure_effects(folder: Path, results: Path | None = None, *, out: Path | None = None) -> Effects:
    """What high and low subsets changed beyond random ones.

    results  a table with subset, model, benchmark, change[, seed]; without one, what the trainings below `runs/` of the
             folder scored before and after
    Errors   BadFile, Refused
    """
    subsets = list(read_subsets(folder)["subsets"])
    changes = changes_in(results, subsets) if results else changes_of_runs(folder, subsets)
    found = effects_of(changes, subsets)
    if out is not None:
        rows = [{"subset": one.subset, "benchmark": one.benchmark, "effect": one.effect, "low": one.low,
                 "high": one.high, "p": one.p, "q": one.q, "between_models": one.between,
                 "between_models_by_chance": one.chance, "models": one.models, "draws": one.draws}
                for one in found.effects]  # fmt: skip
        same = {"check": "effects", "code": "note", "severity": "note", "items": [], "how": "table of results"}
        notes = [{**same, "text": text, "value": None} for text in found.notes]
        numbers = [{"check": f"{subset}:{benchmark}", "name": f"effect:{model}", "value": value}
                   for subset, model, benchmark, value in found.by_model]  # fmt: skip
        manifest = {"version": VERSION, "subject": "effects of subsets", "facts": {"subsets": subsets}}
        write_audit(out, notes, numbers, manifest, tables={"effects.parquet": pl.DataFrame(rows)})
    return found


Changes = dict[tuple[str, str, str], list[float]]


def changes_in(results: Path, subsets: Sequence[str]) -> Changes:
    """Changes of a table. Errors: BadFile by row."""
    table = read_table(results)
    if gone := [name for name in NEEDED if name not in table.columns]:
        raise BadFile(f"{results}: no column {gone[0]!r}; effects need the columns {', '.join(NEEDED)}[, seed]")
    found: Changes = {}
    seen: dict[tuple[str, ...], int] = {}
    for row in table.iter_rows(named=True):
        where = f"{results} row {row[ROW]}"
        if empty := [name for name in NEEDED[:3] if not row[name]]:
            raise BadFile(f"{where}: {empty[0]} is empty")
        key = (row["subset"], row["model"], row["benchmark"])
        if key[0] not in subsets:
            raise BadFile(f"{where}: there is no subset {key[0]!r}; there are {', '.join(subsets)}")
        run = (*key, row.get("seed") or "")
        if run in seen:
            raise BadFile(
                f"{where}: {', '.join(key)} stand in row {seen[run]} too; tell trainings apart in a column seed"
            )
        seen[run] = row[ROW]
        try:
            value = float(row["change"] or "nan")
        except ValueError:
            raise BadFile(f"{where}: change is {row['change']!r}, not a number") from None
        found.setdefault(key, []).append(value)
    return found


def changes_of_runs(folder: Path, subsets: Sequence[str]) -> Changes:
    """Changes of the scores in the lineages of finished trainings. Errors: BadFile when there is none."""
    found: Changes = {}
    for file in sorted((folder / RUNS).glob("*/*/lineage.json")):
        subset = file.parent.name.rpartition("-")[0]
        if subset not in subsets or not (file.parent / "manifest.json").exists():
            continue
        for one in json.loads(file.read_text(encoding="utf-8")).get("scores", []):
            values = (one.get("before"), one.get("after"))
            if all(isinstance(value, int | float) for value in values):
                named = [str(one[key]) for key in sorted(one) if key not in ("before", "after") and one[key]]
                key = (subset, file.parent.parent.name, " ".join(named))
                found.setdefault(key, []).append(float(values[1]) - float(values[0]))
    if not found:
        raise BadFile(
            f"{folder / RUNS}: no finished training with scores before and after; run {SCRIPT}, or give a table"
        )
    return found
