"""Arms as chains of stages: every stage with its recipe, repetition by repetition, each different one once.

A stage is known by what it is trained from: the base, the recipes of its chain up to it, seed and draw. Two arms that
begin alike share their first stages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tawazun.adapt.ablation.keys import AblationRecipe, ArmKeys, Kind, StageKeys
from tawazun.errors import BadStudy
from tawazun.seeds import digest_of, seed_for

ASKED_OF = ("name", "kind", "instruments")  # keys of a respondent that are no part of which model it is
TRAINING: tuple[Kind, ...] = ("pretrain", "sft", "rlaif")  # stages that the next one begins with


@dataclass(frozen=True)
class Repetition:
    """One seed and one draw of the corpora; `draw` 0: the corpora as they are."""

    number: int
    seed: int
    draw: int

    @property
    def stage_seed(self) -> int:
        """The seed of every stage: of training, and of what a stage draws from people or makes up."""
        return self.seed if self.draw < 2 else seed_for("ablation", self.seed, self.draw) % 2**31


@dataclass(frozen=True)
class Plan:
    """One stage's recipe as read, without `[base]`, `[score]` and seed; `folder` is where its paths start."""

    kind: Kind
    label: str
    table: Mapping[str, Any]
    folder: Path


@dataclass(frozen=True)
class Link:
    """One stage of one repetition.

    key     hash of everything that it is trained from
    chain   keys of the stages before it in its arm, with their kinds
    """

    plan: Plan
    repetition: Repetition
    key: str
    chain: tuple[tuple[Kind, str], ...]

    @property
    def name(self) -> str:
        """Its folder under `stages/`."""
        return f"{self.plan.kind}-{self.key[:12]}"


def repetitions(recipe: AblationRecipe) -> list[Repetition]:
    """Every seed with every draw."""
    draws = range(1, recipe.resamples + 1) if recipe.resamples else [0]
    pairs = [(seed, draw) for seed in recipe.seeds for draw in draws]
    return [Repetition(number, seed, draw) for number, (seed, draw) in enumerate(pairs)]


def plan_of(
    keys: StageKeys, table: Mapping[str, Any], folder: Path, recipe: AblationRecipe, held: Sequence[str]
) -> Plan:
    """A stage of an arm, from its recipe's table.

    held     every `INSTRUMENT:ITEM` that the arms are measured by
    Errors   BadStudy for a recipe of another base
    """
    merged = merge(table, keys.change)
    label = f"stage {keys.kind}{':' + keys.recipe if keys.recipe else ''}"
    for part in ("base", "model"):
        if isinstance(merged.get(part), Mapping):
            refuse_other_base(recipe, merged[part], folder, label)
    told = {key: value for key, value in merged.items() if key not in ("base", "score", "seed")}
    told["name"] = f"{recipe.name}: {merged.get('name', keys.kind)}"
    if keys.kind != "preferences":
        for key, entries in recipe.own.items():
            told[key] = [*told.get(key, []), *(one for one in entries if one not in told.get(key, []))]
        told = watched(told, held)
    return Plan(keys.kind, label, told, folder)


def refuse_other_base(recipe: AblationRecipe, base: Mapping[str, Any], folder: Path, label: str) -> None:
    """Refuse a stage whose recipe is of another model than the ablation's. Errors: BadStudy."""
    own = recipe.base.model_dump()
    for key in ("model", "revision", "adapter"):
        if key in base and base[key] != own[key] and Path(base[key]).name != Path(own[key]).name:
            raise BadStudy(
                f"{label}: base.{key} = {base[key]!r}, the ablation's is {own[key]!r}; every arm begins with one base"
            )


def watched(table: Mapping[str, Any], held: Sequence[str]) -> dict[str, Any]:
    """A stage's table, in whose rows the items are looked for that the arms are measured by."""
    keys = dict(table.get("contamination", {}))
    names = [one.partition(":")[0] for one in held]
    keys["instruments"] = list(dict.fromkeys([*keys.get("instruments", ()), *names]))
    keys["held_out"] = list(dict.fromkeys([*keys.get("held_out", ()), *held]))
    return {**table, "contamination": keys}


def chain_of(recipe: AblationRecipe, plans: Sequence[Plan], repetition: Repetition) -> list[Link]:
    """The stages of one arm in one repetition."""
    base = {key: value for key, value in recipe.base.model_dump().items() if key not in ASKED_OF}
    links: list[Link] = []
    key = digest_of([base, repetition.stage_seed, repetition.draw])
    for plan in plans:
        key = digest_of([key, plan.kind, {k: v for k, v in plan.table.items() if k != "name"}])
        links.append(Link(plan, repetition, key, tuple((one.plan.kind, one.name) for one in links)))
    return links


def leaves(links: Sequence[Link]) -> list[Link]:
    """The stages of a chain that leave a model."""
    return [one for one in links if one.plan.kind in TRAINING]


def merge(table: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """A table with changed keys, tables within it merged in turn."""
    found = dict(table)
    for key, value in change.items():
        old = found.get(key)
        found[key] = merge(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return found


def filled(value: Any, folders: Mapping[str, str]) -> Any:
    """A recipe's value with `{KIND}` replaced by the folder of that earlier stage."""
    if isinstance(value, Mapping):
        return {key: filled(one, folders) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [filled(one, folders) for one in value]
    if isinstance(value, str):
        for kind, folder in folders.items():
            value = value.replace(f"{{{kind}}}", folder)
    return value


def refuse_held_out(recipe: AblationRecipe, arm: ArmKeys, plans: Sequence[Plan]) -> None:
    """Refuse stages that are taught what decides: held-out items, or their wordings. Errors: BadStudy naming them."""
    keys = recipe.values
    for plan in plans:
        for where, part in taught(plan):
            own = part.get("instrument", "atlas" if where == "planted" else "")
            if own != keys.instrument or part.get("kind") == "placebo":
                continue
            if found := _items(part, keys.items, where):
                raise BadStudy(
                    f"arm {arm.name!r}, {plan.label}: [{where}] teaches {', '.join(found[:4])}, which [values] holds "
                    f"out; put {'them' if len(found) > 1 else 'it'} under held_out"
                )
            unseen = set(part.get("held_wordings", ()))
            shown = [one for one in part.get("wordings", ()) if one in keys.wordings and one not in unseen]
            if shown:
                raise BadStudy(
                    f"arm {arm.name!r}, {plan.label}: [{where}] teaches wording {shown[0]}, which [values] holds out"
                )


def taught(plan: Plan) -> list[tuple[str, Mapping[str, Any]]]:
    """The parts of a stage's recipe that put an instrument's questions."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for where in ("survey", "planted", "people", "prompts"):
        part = plan.table.get(where)
        parts = part if isinstance(part, list) else [part]
        found += [(where, one) for one in parts if isinstance(one, Mapping)]
    return found


def _items(part: Mapping[str, Any], held: Sequence[str], where: str) -> list[str]:
    out, only = set(part.get("held_out", ())), set(part.get("items", ()))
    if where == "planted":
        return [one for one in held if one in only]
    return [one for one in held if one not in out and (not only or one in only)]
