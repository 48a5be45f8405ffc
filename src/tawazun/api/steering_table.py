"""The honest table of an adaptation: every arm made, asked by the ordinary pipeline, and set beside its controls."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from tawazun.adapt.ground import Ground
from tawazun.adapt.recipe import Recipe
from tawazun.adapt.soft_prompt import Fitted
from tawazun.adapt.table_arms import Arm, Progress, Workshop, arm_names, make_arms
from tawazun.adapt.table_deploy import deployment
from tawazun.adapt.table_reading import read_block
from tawazun.adapt.table_records import ARMS, Column, Readings, Row, table_frame
from tawazun.adapt.table_rows import COSTS, cost_readings, over_targets, rows_of
from tawazun.adapt.table_source import Found, Source
from tawazun.adapt.table_studies import Block, blocks
from tawazun.adapt.targets import Target, people_of
from tawazun.api.adapting import Adapted, adapt_soft_prompt, target_sets
from tawazun.api.finding import find_instrument
from tawazun.api.table_runs import TableRuns
from tawazun.data import data_folder
from tawazun.errors import BadStudy, UserError
from tawazun.instruments import Instrument
from tawazun.interview import make_plan
from tawazun.measures.recalling import recalled_instrument
from tawazun.populations import Population
from tawazun.report.steering import steering_page
from tawazun.runs.adaptations import AdaptFolder
from tawazun.runs.folder import safe_csv
from tawazun.runs.writing import write_bytes, write_text
from tawazun.study import study_from
from tawazun.workers import Engine

Others = Mapping[str, tuple[Instrument, tuple[str, ...]]]


@dataclass(frozen=True)
class Place:
    """Where a table is made: its folder, where relative paths start, the data, what it may do and whom it tells."""

    out: Path
    base: Path
    data: Path | None
    remote_code: bool
    progress: Progress
    told: Callable[[str], None]


def adapt_with_table(
    recipe: Recipe,
    out: str | Path,
    *,
    folder: Path = Path(),
    data: str | Path | None = None,
    remote_code: bool = False,
    progress: Progress = lambda what, row: None,
    told: Callable[[str], None] = lambda what: None,
    say: Callable[[str], None] = lambda line: None,
    engine: Engine | None = None,
) -> Adapted:
    """`adapt_soft_prompt` with its honest table and page; the same arguments and errors. `told`: what is asked now."""
    where = data_folder(data)
    check_table(recipe, folder, where)
    place = Place(Path(out), folder, where, remote_code, progress, told)
    return adapt_soft_prompt(
        recipe, out, folder=folder, data=data, remote_code=remote_code, progress=progress, say=say,
        engine=engine,
        finish=partial(make_table, place),
    )  # fmt: skip


def check_table(recipe: Recipe, folder: Path, data: Path | None) -> None:
    """Refuse what the table cannot find, before anything is searched. Errors: BadStudy, UnknownName, BadFile."""
    keys = recipe.table
    for name in keys.arms:
        if name not in (*ARMS, recipe.search.optimiser):
            raise BadStudy(f"table.arms: unknown arm {name!r}; allowed: {', '.join(ARMS)}")
    for name in _named(recipe):
        one = find_instrument(name, folder, data)
        if name == keys.recall and recalled_instrument(one) != recipe.objective.instrument:
            raise BadStudy(f"table.recall: {name} asks for no published figures of {recipe.objective.instrument}")
        if name == recipe.objective.instrument:
            raise BadStudy(f"table: {name} is what the fit asks; its other items are the column held_out already")
        if name in (*keys.knowledge, *keys.trust) and not one.gold:
            raise BadStudy(f"table: {name} has no key, so nothing of it can be right or wrong")
    for spec in keys.populations:
        people_of(recipe, spec, data, folder)
    _check_levels(recipe, find_instrument(recipe.objective.instrument, folder, data))


def _check_levels(recipe: Recipe, instrument: Instrument) -> None:
    """Refuse unseen levels that the instrument does not have, and places that nobody knows."""
    keys = recipe.table
    levels = {"orders": keys.orders, "wordings": keys.wordings, "languages": keys.languages}
    asked = {name: {name: level} for name, level in levels.items() if level}
    if keys.wordings:
        asked["wordings"]["languages"] = recipe.ask.languages[:1]
    if keys.group:
        asked["group"] = {"personas": keys.group, "perspectives": ["persona"]}
    for name, changes in asked.items():
        table = {"name": name, "respondent": [recipe.base.model_dump()], "ask": {**recipe.ask.model_dump(), **changes}}
        make_plan(study_from({**table, **recipe.own}, f"table.{name}"), [instrument])
    for item in keys.aside:
        if instrument.question(item) is None:
            raise BadStudy(f"table.aside: no item {item!r} in {instrument.name}")


def make_table(place: Place, held: AdaptFolder, ground: Ground, fitted: Sequence[Fitted]) -> dict[str, Any]:
    """Make the arms, ask them, write table, page and what may be deployed; returns what the manifest takes in."""
    people = _people(ground, place)
    others = [find_instrument(name, place.base, place.data) for name in _named(ground.recipe)]
    measured = [(one, [question.id for question in one.questions]) for one in others]
    shop = Workshop(ground, place.out, people, fitted, place.progress, measured)
    runs = TableRuns(ground, place.out, place.base, place.data, place.remote_code)
    rows: list[Row] = []
    found: dict[str, dict[str, dict[str, Readings]]] = {}
    columns: dict[str, Column] = {}
    arms: dict[str, list[Arm]] = {}
    for targets in target_sets(ground):
        arms |= make_arms(shop, targets)
        for target in targets:
            found[target.place], blanks = _read_target(place, runs, target, arms[target.place], columns)
            rows += rows_of(ground, target.place, arms[target.place], columns, found[target.place], blanks)
    runs.sweep()
    if len(ground.targets) > 1:
        rows += over_targets(ground, arms, columns, found)
    table = table_frame(rows)
    held.write_table("table", table)
    write_bytes(held.path / "table.csv", safe_csv(table))
    _write_histories(held, arms)
    marks = deployment(ground, fitted, found)
    lineage = json.loads((held.path / "lineage.json").read_text(encoding="utf-8"))
    for adapter, mark in zip(lineage["adapters"], marks, strict=True):
        adapter["deploy"] = mark
    held.write_json("lineage", lineage)
    write_text(held.path / "report.html", steering_page(held.path, ground.recipe.name, list(columns.values())))
    verdicts = [mark["verdict"] for mark in marks]
    return {"table": {"arms": list(arm_names(ground)), "columns": list(columns), "deploy": verdicts}}


# ---- asking


def _read_target(
    place: Place, runs: TableRuns, target: Target, arms: Sequence[Arm], columns: dict[str, Column]
) -> tuple[dict[str, dict[str, Readings]], dict[str, str]]:
    """Column -> arm -> readings, and column -> why there are none."""
    ground, there = runs.ground, [arm for arm in arms if arm.adapters]
    constants = ground.constants(target)
    others = _others(ground, target, place)
    found: Found = {}
    blanks: dict[str, str] = {}
    try:
        for block in blocks(ground, target, constants, there, others, place.base):
            columns.update({one.name: one for one in block.columns if one.name not in columns})
            if block.study is None:
                blanks |= {one.name: block.why for one in block.columns}
                continue
            place.told(f"{target.place}: {block.name}")
            used = [one for one, _ in others.values()] + [ground.instrument]
            asked = [one for one in used if one.name in block.study.ask.instruments]
            try:
                run = runs.asked(target.place, block, there, asked)
            except UserError as error:
                blanks |= {one.name: f"not measured: {error}" for one in block.columns}
                continue
            own = read_block(Source(ground, target, constants, tuple(there), block, run, asked))
            columns.update({name: _category(name, block) for name in own if name not in columns})
            found |= own
    finally:
        runs.let_go()
    columns.update({one.name: one for one in COSTS if one.name not in columns})
    for cost in COSTS:
        found[cost.name] = {arm.name: cost_readings(arm, cost.name) for arm in there}
    return found, blanks


def _others(ground: Ground, target: Target, place: Place) -> Others:
    """Every other instrument of the table with the populations of the target's place that answered it."""
    found = {}
    recipe = ground.recipe
    loaded = [one for spec in recipe.table.populations for one in people_of(recipe, spec, place.data, place.base)]
    for name in _named(ground.recipe):
        one = find_instrument(name, place.base, place.data)
        found[name] = (one, tuple(p.name for p in loaded if p.instrument == name and p.place == target.place))
    return found


def _named(recipe: Recipe) -> list[str]:
    keys = recipe.table
    return list(
        dict.fromkeys([*keys.instruments, *keys.knowledge, *keys.trust, *keys.harmful, *filter(None, [keys.recall])])
    )


def _people(ground: Ground, place: Place) -> list[Population]:
    sources = dict.fromkeys(spec.partition("/")[0] for spec in ground.recipe.target.populations)
    return [one for name in sources for one in people_of(ground.recipe, name, place.data, place.base)]


def _category(name: str, block: Block) -> Column:
    base = block.columns[0]
    return replace(base, name=name, title=name.rpartition("/")[2])


def _write_histories(held: AdaptFolder, arms: Mapping[str, Sequence[Arm]]) -> None:
    """The searches of all arms, generation by generation."""
    histories = [arm.history for own in arms.values() for arm in own if arm.history is not None]
    if histories:
        held.write_table("arms", pl.concat(histories))
