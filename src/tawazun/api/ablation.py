"""`tawazun adapt ablation` in Python: arms trained, asked by the ordinary pipeline, and set beside their controls.

recipe -> stages found and checked -> what is missing is trained -> every model asked -> table, claims, page
"""

import gc
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from tawazun.adapt.ablation.chains import leaves, repetitions
from tawazun.adapt.ablation.columns import Block, absent, blocks, original_columns
from tawazun.adapt.ablation.keys import BASE, AblationRecipe, ArmKeys
from tawazun.adapt.ablation.losses import text_by_text
from tawazun.adapt.ablation.reading import per_text, read_block
from tawazun.adapt.ablation.redraw import fixed
from tawazun.adapt.ablation.rows import Claim, claims, table_rows
from tawazun.adapt.steering import persona_steering
from tawazun.adapt.table_records import Column, Reading, table_frame
from tawazun.api.ablation_stages import Chain, Shop, find_chains, sizes, train
from tawazun.api.finding import check_measured, find_instrument, find_populations
from tawazun.api.finding import prepare as prepare_study
from tawazun.api.running import run_prepared
from tawazun.api.training import Given
from tawazun.data import data_folder
from tawazun.errors import BadStudy, StudyChanged
from tawazun.instruments import Instrument
from tawazun.populations import Population
from tawazun.report.ablation import ablation_page
from tawazun.respondents import Settings, make_respondent, write_steering
from tawazun.runs import Run, open_run
from tawazun.runs.adaptations import AdaptFolder
from tawazun.runs.folder import safe_csv
from tawazun.runs.writing import write_bytes, write_text
from tawazun.seeds import digest_of
from tawazun.study import Study
from tawazun.version import RUN_FORMAT, VERSION

ASKED = "asked"


@dataclass(frozen=True)
class Ablation:
    """A finished ablation: its folder, the table, and what is said of each arm."""

    path: Path
    table: pl.DataFrame
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class Ground:
    """What a recipe names, found and checked."""

    recipe: AblationRecipe
    shop: Shop
    blocks: tuple[Block, ...]
    people: Population
    chains: tuple[Chain, ...]


@dataclass(frozen=True)
class Subject:
    """One model that is asked: its label, its `[[respondent]]`, and the arms and repetitions that it stands for."""

    label: str
    respondent: Mapping[str, Any]
    stands_for: tuple[tuple[str, int | None], ...]


def ablate(recipe: AblationRecipe, out: str | Path, given: Given = Given()) -> Ablation:
    """Carry out an ablation in a folder, or take it up: only what is missing is trained and asked.

    Errors   UserError before anything is trained; Failure when a model or disk let us down (the same call goes on)
    """
    ground = find_ground(recipe, Path(out), given)
    digests = {"base": digest_of(recipe.base.model_dump())}
    with AdaptFolder.hold(out, recipe.toml(), digests) as held:
        for chain in ground.chains:
            train(ground.shop, chain)
        columns, found, blanks = _read(ground)
        rows = table_rows(recipe, columns, found, blanks)
        table = table_frame(rows)
        held.write_table("table", table)
        write_bytes(held.path / "table.csv", safe_csv(table))
        told = claims(recipe, rows, found, undrawn(ground.chains))
        held.write_json("claims", {"claims": [one.record() for one in told]})
        lineage = lineage_of(ground)
        held.write_json("lineage", lineage)
        write_text(held.path / "report.html", ablation_page(held.path, recipe.name, columns))
        held.finish(_manifest(ground))
    return Ablation(Path(out), table, tuple(told))


def ablation_size(recipe: AblationRecipe, out: str | Path, given: Given = Given()) -> dict[str, Any]:
    """What would be trained and asked; nothing is. Errors: the first user's mistake."""
    ground = find_ground(recipe, Path(out), given)
    stages = sizes(recipe, ground.chains, ground.shop)
    models = 1 + len({chain.links[-1].name for chain in ground.chains}) + sum(bool(one.persona) for one in recipe.arm)
    return {
        "arms": len(recipe.arm),
        "repetitions": len(repetitions(recipe)),
        "stages": len(stages),
        "missing": sum(not one["done"] for one in stages),
        "models_asked": models,
        "studies": models * len(ground.blocks),
        "each": stages,
    }


def find_ground(recipe: AblationRecipe, out: Path, given: Given) -> Ground:
    """Everything that a recipe names. Errors: the first user's mistake."""
    where = data_folder(given.data)
    keys = recipe.table
    named = [recipe.values.instrument, *keys.instruments, *keys.knowledge, *keys.trust, *keys.harmful]
    found = {name: find_instrument(name, given.folder, where) for name in named}
    held = _held(recipe, found)
    people = {name: _people_of(recipe, name) for name in keys.instruments}
    made = blocks(recipe, found, people)
    populations: dict[str, Population] = {}
    for block in made:
        study = block.of({**recipe.base.model_dump(), "name": BASE})
        own = find_populations(study, given.folder, where)
        check_measured(study, [block.instrument], own)
        populations |= {one.name: one for one in own}
    shop = Shop(recipe, out, given)
    chains = find_chains(recipe, given.folder, held)
    return Ground(recipe, shop, tuple(made), populations[recipe.values.population], tuple(chains))


def _held(recipe: AblationRecipe, found: Mapping[str, Instrument]) -> list[str]:
    """Every `INSTRUMENT:ITEM` that decides. Errors: BadStudy for an item that is none, or a benchmark without a key."""
    values = found[recipe.values.instrument]
    for item in recipe.values.items:
        if values.question(item) is None:
            raise BadStudy(f"values.items: no item {item!r} in {values.name}")
    keys = recipe.table
    for name in (*keys.knowledge, *keys.trust):
        if not found[name].gold:
            raise BadStudy(f"table: {name} has no key, so nothing of it can be right or wrong")
    if values.name in (*keys.instruments, *keys.knowledge, *keys.trust, *keys.harmful):
        raise BadStudy(f"table: {values.name} is the instrument of [values]; name another one")
    others = [f"{name}:{one.id}" for name in (*keys.knowledge, *keys.trust) for one in found[name].questions]
    return [*(f"{values.name}:{item}" for item in recipe.values.items), *others]


def _people_of(recipe: AblationRecipe, instrument: str) -> list[str]:
    place = recipe.values.population.rpartition("/")[2]
    named = [one for one in recipe.table.populations if one.rpartition("/")[2] == place]
    if not named:
        raise BadStudy(f"table.populations: nobody of {place} is named who answered {instrument}")
    return named


def undrawn(chains: Sequence[Chain]) -> list[str]:
    """Corpora of any stage that no repetition draws anew."""
    return list(dict.fromkeys(name for chain in chains for link in chain.links for name in fixed(link.plan.table)))


# ---- asking


def subjects(ground: Ground) -> list[Subject]:
    """Every different model, the base first."""
    shop, recipe, folder = ground.shop, ground.recipe, ground.shop.given.folder
    found: dict[str, tuple[dict[str, Any], list[tuple[str, int | None]]]] = {}
    found[BASE] = (shop.model((), folder), [(BASE, None)])
    for arm in recipe.arm:
        if arm.persona:
            found[arm.name] = ({**shop.model((), folder), "adapter": _persona(ground, arm)}, [(arm.name, None)])
    for chain in ground.chains:
        last = leaves(chain.links)
        own = found.setdefault(last[-1].name, (shop.model(chain.links, folder), []))
        own[1].append((chain.arm, chain.repetition.number))
    return [Subject(label, {**one, "name": label}, tuple(stands)) for label, (one, stands) in found.items()]


def _persona(ground: Ground, arm: ArmKeys) -> str:
    folder = ground.shop.out / "personas" / arm.name
    every = [block.instrument for block in ground.blocks]
    languages = dict.fromkeys(name for block in ground.blocks for name in block.study["ask"]["languages"])
    write_steering(folder, persona_steering(arm.persona, list(languages), every))
    return os.path.relpath(folder, ground.shop.given.folder)


def _read(
    ground: Ground,
) -> tuple[list[Column], dict[str, dict[str, dict[int | None, Reading]]], dict[str, str]]:
    """Columns, column -> arm -> repetition -> reading, and column -> why it was not measured."""
    recipe = ground.recipe
    columns = [column for block in ground.blocks for column in block.columns] + original_columns(recipe)
    missing = absent(recipe)
    found: dict[str, dict[str, dict[int | None, Reading]]] = {column.name: {} for column in columns}
    first: dict[str, Run] = {}
    for one in subjects(ground):
        runs, losses = _ask(ground, one)
        first = first or runs
        own = dict(losses)
        for block in ground.blocks:
            both = runs[block.name], first[block.name]
            own |= read_block(recipe, block, *both, (one.label, BASE), ground.people)
        for arm, number in one.stands_for:
            for name, reading in own.items():
                found[name].setdefault(arm, {})[number] = reading
    columns += [column for column, _ in missing.values()]
    return columns, found, {name: why for name, (_, why) in missing.items()}


def _ask(ground: Ground, one: Subject) -> tuple[dict[str, Run], dict[str, Reading]]:
    """The runs of one model, by block, and its losses; its weights are loaded once, where anything is missing."""
    shop = ground.shop
    loaded: list[Any] = []

    def make(settings: Settings) -> Any:
        if not loaded:
            shop.given.say(f"asking {one.label}")
            loaded.append(make_respondent(settings))
        return loaded[0]

    runs = {block.name: _run(shop, block.of(one.respondent), one.label, block.name, make) for block in ground.blocks}
    losses = {}
    for keys in ground.recipe.table.original:
        file = shop.out / ASKED / one.label / f"loss-{keys.name}.json"
        if _steered(ground, one):
            losses[f"original:{keys.name}"] = Reading(why="not measured: words change no loss on texts")
            continue
        if not file.is_file():
            model = make(_settings(shop, one)).reader.model
            told = text_by_text(model.module, model.tokenizer, keys, shop.given.folder)
            write_text(file, json.dumps(told))
        losses[f"original:{keys.name}"] = per_text(json.loads(file.read_text(encoding="utf-8")))
    loaded.clear()
    gc.collect()
    return runs, losses


def _steered(ground: Ground, one: Subject) -> bool:
    return any(arm.persona and arm.name == one.label for arm in ground.recipe.arm)


def _settings(shop: Shop, one: Subject) -> Settings:
    told = {key: value for key, value in one.respondent.items() if key != "instruments"}
    return Settings(**told, folder=shop.given.folder)


def _run(shop: Shop, study: Study, label: str, block: str, make: Callable[[Settings], Any]) -> Run:
    """One run, read where it is whole and of the same study, else asked."""
    path = shop.out / ASKED / label / block
    mark = path.with_name(f".{block}.json")
    key = digest_of(study.model_dump(mode="json", exclude={"name"}))
    if mark.is_file() and (path / "manifest.json").is_file() and mark.read_text(encoding="utf-8") == key:
        return open_run(path)
    given = shop.given
    prepared = prepare_study(study, folder=given.folder, data=given.data, remote_code=given.remote_code, make=make)
    try:
        run = run_prepared(prepared, path)
    except StudyChanged:  # the answers are to another study
        shutil.rmtree(path)
        run = run_prepared(prepared, path)
    write_text(mark, key)
    return run


# ---- records


def lineage_of(ground: Ground) -> dict[str, Any]:
    """What every arm is made of: its stages by repetition, with what their own lineages say first."""
    arms: list[dict[str, Any]] = []
    for arm in ground.recipe.arm:
        made = [
            {
                "seed": chain.repetition.seed,
                "draw": chain.repetition.draw,
                "stages": [_stage_record(ground.shop, link.name) for link in chain.links],
            }
            for chain in ground.chains
            if chain.arm == arm.name
        ]
        arms.append({"arm": arm.name, "control": arm.control, "persona": arm.persona, "repetitions": made})
    stages = [one for arm in arms for rep in arm["repetitions"] for one in rep["stages"]]
    return {
        "tawazun": VERSION,
        "name": ground.recipe.name,
        "method": "ablation",
        "base": {key: ground.recipe.base.model_dump()[key] for key in ("model", "revision", "adapter")},
        "non_commercial": any(one["non_commercial"] for one in stages),
        "arms": arms,
    }


def _stage_record(shop: Shop, name: str) -> dict[str, Any]:
    """The first lines of a stage's own lineage, which lies in its folder."""
    own = json.loads((shop.folder(name) / "lineage.json").read_text(encoding="utf-8"))
    keys = ("method", "how", "recipe", "hashes", "licences", "trained")
    told = {key: own[key] for key in keys if key in own}
    return {"stage": name, **told, "non_commercial": bool(own.get("non_commercial"))}


def _manifest(ground: Ground) -> dict[str, Any]:
    recipe = ground.recipe
    return {
        "name": recipe.name,
        "method": "ablation",
        "format": RUN_FORMAT,
        "versions": {"tawazun": VERSION},
        "seeds": list(recipe.seeds),
        "hashes": {"recipe": digest_of(recipe.model_dump(mode="json"))},
        "counts": {
            "arms": len(recipe.arm),
            "repetitions": len(repetitions(recipe)),
            "stages": len({link.name for chain in ground.chains for link in chain.links}),
        },
    }
