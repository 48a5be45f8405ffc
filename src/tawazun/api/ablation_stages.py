"""The stages of an ablation: found, checked, trained where they are missing, each from what the one before it left."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tawazun.adapt.ablation.chains import (
    TRAINING,
    Link,
    Plan,
    Repetition,
    chain_of,
    filled,
    leaves,
    plan_of,
    refuse_held_out,
    repetitions,
)
from tawazun.adapt.ablation.keys import AblationRecipe, StageKeys
from tawazun.adapt.ablation.redraw import redrawn
from tawazun.adapt.preferences.keys import preference_recipe
from tawazun.adapt.pretrain.keys import PretrainRecipe
from tawazun.adapt.reward.keys import RewardRecipe
from tawazun.adapt.sft.keys import SftRecipe
from tawazun.adapt.training.folder import trained_folder
from tawazun.adapt.training.keys import stage_from
from tawazun.api.preferences import make_preferences, preference_size
from tawazun.api.reward import adapt_reward, reward_size
from tawazun.api.rlaif import adapt_rlaif, rlaif_from, rlaif_size
from tawazun.api.training import Given
from tawazun.api.training_pretrain import adapt_pretrain, pretrain_size
from tawazun.api.training_sft import adapt_sft, sft_size
from tawazun.errors import BadFile, BadStudy
from tawazun.studies import find_recipe
from tawazun.study import read_toml

STAGES, ROWS = "stages", "rows"


@dataclass(frozen=True)
class Chain:
    """An arm in one repetition."""

    arm: str
    repetition: Repetition
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Shop:
    """Where stages are made: the recipe, the ablation's folder, and how its paths and models are read."""

    recipe: AblationRecipe
    out: Path
    given: Given

    def folder(self, name: str) -> Path:
        """The folder of a stage."""
        return self.out / STAGES / name

    def model(self, links: Sequence[Link], seen_from: Path) -> dict[str, Any]:
        """What a chain of finished stages comes to, as a study's `[[respondent]]` without its name."""
        base = {key: value for key, value in self.recipe.base.model_dump().items() if key != "name"}
        for key in ("model", "adapter"):
            if base[key] and (self.given.folder / base[key]).exists():
                base[key] = os.path.relpath(self.given.folder / base[key], seen_from)
        for link in leaves(links):
            kept = self.kept(link)
            told = os.path.relpath(kept, seen_from)
            # a whole model needs neither the base's revision nor an adapter before it
            base |= {"adapter": told} if kept.name == "adapter" else {"model": told, "revision": "", "adapter": ""}
        return base

    def kept(self, link: Link) -> Path:
        """What a finished stage left. Errors: BadFile where it is gone."""
        found = trained_folder(self.folder(link.name))
        if found is None:
            raise BadFile(f"{STAGES}/{link.name}: its adapter or model is missing; delete this folder and run it again")
        return found

    def whole(self, link: Link) -> bool:
        """Whether a stage is finished. Errors: BadFile for a finished one whose output is missing."""
        if not (self.folder(link.name) / "manifest.json").is_file():
            return False
        if link in leaves([link]):
            self.kept(link)
        return True


def find_chains(recipe: AblationRecipe, folder: Path, held: Sequence[str]) -> list[Chain]:
    """Every arm in every repetition, with its stages' recipes read and checked.

    held     every `INSTRUMENT:ITEM` that the arms are measured by
    Errors   BadStudy, BadFile, UnknownName: the first user's mistake in any of them
    """
    found = []
    for arm in recipe.arm:
        plans = [_plan(recipe, keys, folder, held) for keys in arm.stages]
        refuse_held_out(recipe, arm, plans)
        if plans and not any(one.kind in TRAINING for one in plans):
            raise BadStudy(f"arm {arm.name!r}: none of its stages trains the model; add {', '.join(TRAINING)}")
        for one in repetitions(recipe) if plans else ():
            links = chain_of(recipe, plans, one)
            base = {key: value for key, value in recipe.base.model_dump().items() if key != "name"}
            for link in links:
                base = _ahead(link, base)
            found.append(Chain(arm.name, one, tuple(links)))
    return found


def _ahead(link: Link, base: dict[str, Any]) -> dict[str, Any]:
    """What a stage would leave of a base, after reading its recipe over it: an adapter that is not there yet, or none.

    A stage that cannot stand on what comes before it is found so before anything is trained. Errors: BadStudy, Refused.
    """
    parsed = _parsed(link, base, {})
    if link not in leaves([link]):
        return base
    merged = parsed.base.adapter and parsed.train.on_adapter == "merge"
    whole = parsed.train.method == "full" or merged or getattr(parsed, "vocabulary", None) is not None
    return base | {"adapter": "" if whole else f"{STAGES}/{link.name}/adapter"}


def _plan(recipe: AblationRecipe, keys: StageKeys, folder: Path, held: Sequence[str]) -> Plan:
    if not keys.recipe:
        return plan_of(keys, {}, folder, recipe, held)
    here = folder / keys.recipe
    file = here if here.is_file() else find_recipe(keys.recipe)
    return plan_of(keys, read_toml(file), file.parent, recipe, held)


def train(shop: Shop, chain: Chain) -> None:
    """Train every stage of a chain that is not there. Errors: those of the stages, with the stage named."""
    for number, link in enumerate(chain.links):
        if shop.whole(link):
            continue
        shop.given.say(told_of(chain, link))
        train_stage(shop, link, chain.links[:number])


def told_of(chain: Chain, link: Link) -> str:
    """The line for the reader when a stage begins."""
    return f"{chain.arm}, seed {chain.repetition.seed}, draw {chain.repetition.draw}: {link.plan.label}"


def train_stage(shop: Shop, link: Link, before: Sequence[Link]) -> None:
    """Train one stage from what those before it left. Errors: those of the stage."""
    plan, out = link.plan, shop.folder(link.name)
    out.parent.mkdir(parents=True, exist_ok=True)
    table = redrawn(plan.table, plan.folder, shop.out / ROWS / link.name, link.repetition)
    base = shop.model(before, plan.folder)
    folders: dict[str, str] = {one.plan.kind: os.path.relpath(shop.folder(one.name), plan.folder) for one in before}
    recipe = _parsed(replace(link, plan=replace(plan, table=table)), base, folders)
    given = replace(shop.given, folder=plan.folder)
    if plan.kind == "preferences":
        make_preferences(
            recipe, out, folder=plan.folder, data=given.data, remote_code=given.remote_code, say=given.say,
        )  # fmt: skip
        return
    calls: Mapping[str, Any] = {
        "pretrain": adapt_pretrain, "sft": adapt_sft, "reward": adapt_reward, "rlaif": adapt_rlaif,
    }  # fmt: skip
    calls[plan.kind](recipe, out, given)


def _parsed(link: Link, base: Mapping[str, Any], folders: Mapping[str, str]) -> Any:
    """A stage's recipe as its own command would read it. Errors: BadStudy, Refused."""
    plan = link.plan
    table = {**filled(plan.table, folders), "seed": link.repetition.stage_seed}
    if plan.kind == "preferences":
        return preference_recipe({**table, **({} if "pairs" in table else {"model": base})}, plan.label)
    table["base"] = base
    if plan.kind == "rlaif":
        return rlaif_from(table, plan.label)
    models: Mapping[str, Any] = {"pretrain": PretrainRecipe, "sft": SftRecipe, "reward": RewardRecipe}
    return stage_from(table, plan.label, models[plan.kind])


def sizes(recipe: AblationRecipe, chains: Sequence[Chain], shop: Shop) -> list[dict[str, Any]]:
    """What every different stage would take; of one that reads what an earlier stage writes, nothing is known yet."""
    calls: Mapping[str, Any] = {
        "pretrain": pretrain_size, "sft": sft_size, "reward": reward_size, "rlaif": rlaif_size,
    }  # fmt: skip
    base = {key: value for key, value in recipe.base.model_dump().items() if key != "name"}
    found = {}
    for link in (link for chain in chains for link in chain.links):
        if link.name in found:
            continue
        plan = link.plan
        told: dict[str, Any] = {"stage": link.name, "label": plan.label, "done": shop.whole(link), "size": None}
        if not _waits(plan.table):
            parsed = _parsed(link, base, {})
            own = replace(shop.given, folder=plan.folder)
            size = preference_size(parsed, plan.folder) if plan.kind == "preferences" else calls[plan.kind](parsed, own)
            told["size"] = size if isinstance(size, dict) else vars(size)
        found[link.name] = told
    return list(found.values())


def _waits(table: Mapping[str, Any]) -> bool:
    text = json.dumps(table)
    return any(f"{{{kind}}}" in text for kind in ("preferences", "reward", "sft", "pretrain", "rlaif"))
