"""Every model of an ablation asked by the ordinary pipeline; what was asked before is read."""

import gc
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tawazun.adapt.ablation.chains import leaves
from tawazun.adapt.ablation.columns import absent, original_columns
from tawazun.adapt.ablation.keys import BASE, ArmKeys
from tawazun.adapt.ablation.losses import text_by_text
from tawazun.adapt.ablation.reading import per_text, read_block
from tawazun.adapt.steering import persona_steering
from tawazun.adapt.table_records import Column, Reading
from tawazun.api.ablation_ground import Ground
from tawazun.api.ablation_stages import Shop
from tawazun.api.finding import prepare as prepare_study
from tawazun.api.running import run_prepared
from tawazun.errors import StudyChanged
from tawazun.respondents import Settings, make_respondent, write_steering
from tawazun.runs import Run, open_run
from tawazun.runs.writing import write_text
from tawazun.seeds import digest_of
from tawazun.study import Study

ASKED = "asked"


@dataclass(frozen=True)
class Subject:
    """One model that is asked: its label, its `[[respondent]]`, and the arms and repetitions that it stands for."""

    label: str
    respondent: Mapping[str, Any]
    stands_for: tuple[tuple[str, int | None], ...]


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


def read_all(
    ground: Ground,
) -> tuple[list[Column], dict[str, dict[str, dict[int | None, Reading]]], dict[str, str]]:
    """Columns, column -> arm -> repetition -> reading, and column -> why it was not measured."""
    recipe = ground.recipe
    columns = [column for block in ground.blocks for column in block.columns] + original_columns(recipe)
    missing = absent(recipe)
    found: dict[str, dict[str, dict[int | None, Reading]]] = {column.name: {} for column in columns}
    first: dict[str, Run] = {}
    for one in subjects(ground):
        runs, losses = ask(ground, one)
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


def ask(ground: Ground, one: Subject) -> tuple[dict[str, Run], dict[str, Reading]]:
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
