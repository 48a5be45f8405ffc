"""What the recipe of an ablation names, found and checked before anything is trained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tawazun.adapt.ablation.columns import Block, blocks
from tawazun.adapt.ablation.keys import BASE, AblationRecipe
from tawazun.adapt.ablation.redraw import fixed
from tawazun.api.ablation_stages import Chain, Shop, find_chains
from tawazun.api.finding import check_measured, find_instrument, find_populations
from tawazun.api.training import Given
from tawazun.data import data_folder
from tawazun.errors import BadStudy
from tawazun.instruments import Instrument
from tawazun.populations import Population


@dataclass(frozen=True)
class Ground:
    """What a recipe names, found and checked."""

    recipe: AblationRecipe
    shop: Shop
    blocks: tuple[Block, ...]
    people: Population
    chains: tuple[Chain, ...]


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
