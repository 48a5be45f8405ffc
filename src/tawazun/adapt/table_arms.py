"""The arms of the honest table: adapters of every kind for one search, each made at the same budget.

Words cost nothing to make and have no seeds; searches and LoRA have one adapter per seed and target. An arm that cannot
be made is there with its reason.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from tawazun.adapt.ground import Ground
from tawazun.adapt.lora import train_lora
from tawazun.adapt.search.records import Generation
from tawazun.adapt.soft_prompt import Fitted, fit
from tawazun.adapt.steering_arms import Setting, make_arm
from tawazun.adapt.steering_context import Shots
from tawazun.adapt.steering_leaks import Measured
from tawazun.adapt.table_records import ARMS, DEFAULT, LORA, RANDOM, TITLES, WORDS
from tawazun.adapt.targets import Target
from tawazun.catalogue import unknown
from tawazun.errors import BadStudy, MissingExtra, TawazunError, UserError
from tawazun.populations import Population
from tawazun.respondents import write_steering
from tawazun.seeds import digest_bytes, digest_of

MOST_SHOTS = 8
THIRD = 3


@dataclass(frozen=True, eq=False)
class Arm:
    """One arm for one target.

    adapters     seed -> adapter folder; {None: None} for the default, {None: folder} for words
    evaluations, seconds, parameters   by seed; 0 for what is not searched
    history      one row per seed and generation; None where nothing was searched
    why          why there is no adapter at all
    """

    name: str
    adapters: Mapping[int | None, Path | None] = field(default_factory=dict)
    evaluations: Mapping[int | None, float] = field(default_factory=dict)
    seconds: Mapping[int | None, float] = field(default_factory=dict)
    parameters: Mapping[int | None, float] = field(default_factory=dict)
    history: pl.DataFrame | None = None
    why: str = ""

    @property
    def title(self) -> str:
        """As printed."""
        return TITLES.get(self.name, self.name)

    @property
    def copies(self) -> tuple[int | None, ...]:
        """Seeds that ended at the very same adapter as an earlier one: one search more says nothing more."""
        seen: set[str] = set()
        found = []
        for seed, folder in self.adapters.items():
            if (content := _content(folder)) in seen:
                found.append(seed)
            seen.add(content)
        return tuple(found)

    def label(self, seed: int | None) -> str:
        """The name of its respondent in a run."""
        return self.name if seed is None else f"{self.name} seed {seed}"


Progress = Callable[[str, Generation], None]
HELD = ("soft_prompt.safetensors", "adapter_model.safetensors", "steering.json")


def asked_as(arms: Sequence[Arm]) -> dict[str, str]:
    """Label -> label under which it is asked: searches that ended at the same point are one respondent."""
    first: dict[str, str] = {}
    found = {}
    for arm in arms:
        for seed, folder in arm.adapters.items():
            label = arm.label(seed)
            found[label] = first.setdefault(_content(folder), label)
    return found


def contents(arms: Sequence[Arm]) -> dict[str, str]:
    """Label -> what tells its adapter apart from others."""
    return {arm.label(seed): _content(folder) for arm in arms for seed, folder in arm.adapters.items()}


def _content(folder: Path | None) -> str:
    """What tells adapters apart: the bytes of the file that holds them."""
    if folder is None:
        return ""
    files = [folder / name for name in HELD if (folder / name).is_file()]
    return digest_of([digest_bytes(one.read_bytes()) for one in files]) if files else str(folder)


@dataclass(frozen=True)
class Workshop:
    """Where arms are made.

    out       the adaptation's folder
    people    everybody of the targets' source
    measured  what the table's other instruments ask: no example and no choice of a country may rest on it
    fitted    what the recipe's own search found
    progress  told every generation of every search
    """

    ground: Ground
    out: Path
    people: Sequence[Population]
    fitted: Sequence[Fitted]
    progress: Progress
    measured: Measured = ()


def arm_names(ground: Ground) -> tuple[str, ...]:
    """The arms of a recipe, its own optimiser among them, in the order of the table. Errors: BadStudy."""
    keys, own = ground.recipe.table, ground.recipe.search.optimiser
    wanted = keys.arms or [name for name in ARMS if name != "de_pbest_1" or not own.startswith("de_")]
    offered = (*ARMS, own)
    for name in wanted:
        if name not in offered:
            raise BadStudy(f"table.arms: {unknown('arm', name, sorted(set(offered)))}")
    chosen = dict.fromkeys([DEFAULT, *(name for name in offered if name in wanted or name == own)])
    return tuple(sorted(chosen, key=lambda name: _place(name, own)))


def searched_beside(ground: Ground) -> list[str]:
    """Arms that cost a budget of their own, beside the recipe's search."""
    free = {DEFAULT, *WORDS, ground.recipe.search.optimiser}
    return [name for name in arm_names(ground) if name not in free]


def _place(name: str, own: str) -> float:
    """Where an arm stands in the table: the recipe's own search right after the random one."""
    if name == own and name not in ARMS:
        return ARMS.index(RANDOM) + 0.5
    return ARMS.index(name)


def aside_items(ground: Ground) -> tuple[str, ...]:
    """Items that are in no column because arms are made from them. Errors: BadStudy for one of the fit."""
    keys, held = ground.recipe.table, [one for one in ground.held_out if one not in ground.rights]
    for item in keys.aside:
        if item not in ground.held_out:
            raise BadStudy(f"table.aside: {item} is not held out of the fit, or no item of {ground.instrument.name}")
    return tuple(keys.aside) or tuple(held[THIRD - 1 :: THIRD])


def make_arms(shop: Workshop, targets: Sequence[Target]) -> dict[str, list[Arm]]:
    """The arms of one search: of one target, or of several with a shared prompt. Place -> arms."""
    found: dict[str, list[Arm]] = {one.place: [] for one in targets}
    for name in arm_names(shop.ground):
        for place, arm in _made(shop, name, targets).items():
            found[place].append(arm)
    return found


def _made(shop: Workshop, name: str, targets: Sequence[Target]) -> dict[str, Arm]:
    if name == DEFAULT:
        return {one.place: _unsearched(name, None) for one in targets}
    if name in WORDS:
        return {one.place: _worded(shop, name, one) for one in targets}
    try:
        if name == LORA:
            return {one.place: _trained(shop, one) for one in targets}
        return _searched(shop, name, targets)
    except (UserError, MissingExtra) as error:
        return {one.place: Arm(name, why=f"absent: {error}") for one in targets}


def _unsearched(name: str, folder: Path | None) -> Arm:
    nothing: dict[int | None, float] = {None: 0.0}
    return Arm(name, {None: folder}, nothing, nothing, nothing)


def _worded(shop: Workshop, name: str, target: Target) -> Arm:
    folder = shop.out / "arms" / target.place / name
    try:
        write_steering(folder, make_arm(name, setting_of(shop, target)))
    except TawazunError as error:
        return Arm(name, why=f"absent: {error}")
    return _unsearched(name, folder)


def setting_of(shop: Workshop, target: Target) -> Setting:
    """What words for a target are made from; items of the fit and of the held-out column count as measured."""
    ground = shop.ground
    aside = set(aside_items(ground))
    columns = {one.id for one in ground.questions} | set(ground.held_out if target.shares else ())
    measured = [one.id for one in ground.instrument.questions if one.id in columns - aside]
    languages = list(dict.fromkeys([*ground.recipe.ask.languages, *other_languages(ground)]))
    return Setting(
        target.place, shop.people, ground.instrument, [(ground.instrument, measured), *shop.measured], languages,
        seed=ground.recipe.seed, instruments=(ground.instrument,), shots=Shots(min(MOST_SHOTS, max(1, len(aside)))),
    )  # fmt: skip


def other_languages(ground: Ground) -> list[str]:
    """Languages of the instrument that the fit did not see, as the recipe names them."""
    keys = ground.recipe
    mine = keys.table.languages or [one for one in ground.instrument.languages if one not in keys.ask.languages]
    return [one for one in mine if one not in keys.ask.languages]


def _searched(shop: Workshop, name: str, targets: Sequence[Target]) -> dict[str, Arm]:
    recipe = shop.ground.recipe
    own = recipe.search.optimiser
    found: dict[str, list[Fitted]] = {one.place: [] for one in targets}
    for seed in recipe.search.seeds:
        made = [one for one in shop.fitted if one.seed == seed and one.target in targets and name == own]
        for one in made or _fit(shop, name, targets, seed):
            found[one.target.place].append(one)
    return {place: _arm_of(name, fitted) for place, fitted in found.items()}


def _fit(shop: Workshop, name: str, targets: Sequence[Target], seed: int) -> tuple[Fitted, ...]:
    places = [one.place for one in targets]
    marks = "shared" if len(places) > 1 else places[0]
    label = f"{TITLES.get(name, name)}, {'+'.join(places)}, seed {seed}"
    return fit(
        shop.ground,
        targets,
        seed=seed,
        optimiser=name,
        folders=[shop.out / "arms" / place / name / f"seed-{seed}" for place in places],
        checkpoints=shop.out / "checkpoints" / marks / name / f"seed-{seed}",
        progress=lambda row: shop.progress(label, row),
    )


def _arm_of(name: str, fitted: Sequence[Fitted]) -> Arm:
    history = [
        one.history.select(
            arm=pl.lit(name), target=pl.lit(one.target.place), seed=pl.lit(one.seed, pl.Int64),
            **{column: pl.col(column) for column in one.history.columns},
        )
        for one in fitted
    ]  # fmt: skip
    return Arm(
        name,
        {one.seed: one.folder for one in fitted},
        {one.seed: float(one.evaluations) for one in fitted},
        {one.seed: one.seconds for one in fitted},
        {one.seed: float(one.parameters) for one in fitted},
        pl.concat(history),
    )


def _trained(shop: Workshop, target: Target) -> Arm:
    keys = shop.ground.recipe.search
    folders: dict[int | None, Path | None] = {}
    made = {}
    for seed in keys.seeds:
        folders[seed] = folder = shop.out / "arms" / target.place / LORA / f"seed-{seed}"
        made[seed] = train_lora(shop.ground, target, seed=seed, folder=folder, evaluations=keys.evaluations)
    return Arm(
        LORA,
        folders,
        {seed: float(one.evaluations) for seed, one in made.items()},
        {seed: one.seconds for seed, one in made.items()},
        {seed: float(one.parameters) for seed, one in made.items()},
    )
