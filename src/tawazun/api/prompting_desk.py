"""What a recipe of prompt steering names, found and checked once: the respondent, the arms, the pool of prompts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from tawazun.adapt.ground import Ground
from tawazun.adapt.prompts_pool import file_pool, our_pool, prompt, written_pool
from tawazun.adapt.recipe import Recipe
from tawazun.adapt.steering_arms import CONTROLS, Setting, make_arm
from tawazun.adapt.steering_context import Shots
from tawazun.adapt.steering_keys import SteeringKeys
from tawazun.adapt.steering_leaks import Measured
from tawazun.adapt.steering_mixture import People, people_of, read_people
from tawazun.adapt.targets import Target, dimensions_of, fit_items, load_targets, source_targets
from tawazun.adapt.targets import people_of as answers_of
from tawazun.api.finding import find_instrument
from tawazun.data import data_folder
from tawazun.errors import BadFile, BadStudy, Refused
from tawazun.instruments import Instrument, instrument
from tawazun.interview import make_plan
from tawazun.populations import Population, load_populations, population_source
from tawazun.respondents import Respondent, Settings, Steering, make_respondent
from tawazun.runs.writing import write_text
from tawazun.study import RespondentKeys


@dataclass(frozen=True, eq=False)
class Desk:
    """A recipe with everything it names. `ground.respondent` is any respondent: it is asked, never opened."""

    ground: Ground
    keys: SteeringKeys
    folder: Path
    data: Path | None
    remote_code: bool

    @property
    def asked(self) -> Respondent:
        """The respondent that is steered."""
        return cast(Respondent, self.ground.respondent)


def prepare_prompts(
    recipe: Recipe,
    keys: SteeringKeys,
    *,
    folder: Path = Path(),
    data: str | Path | None = None,
    remote_code: bool = False,
) -> Desk:
    """Find everything that a recipe names; asks nothing. Errors: the first user's mistake."""
    where = data_folder(data)
    if recipe.base.adapter:
        raise Refused(
            f"base.adapter = {recipe.base.adapter!r}: a respondent takes one adapter, and a steering is one; merge it "
            "into the weights, and name the merged model"
        )
    own = find_instrument(recipe.objective.instrument, folder, where)
    questions = fit_items(recipe, own)
    for item in keys.from_items:
        question = own.question(item)
        if question is None or question in questions:
            raise BadStudy(
                f"steering.from_items: {item!r} is {'part of the fit' if question else f'no item of {own.name}'}"
            )
    targets = load_targets(recipe, own, where, folder)
    asks = tuple(make_plan(recipe.study(items=tuple(one.id for one in questions)), [own]))
    made = cast(Any, _respondent(recipe.base, folder, remote_code=remote_code))
    everybody = source_targets(recipe, own, where, folder)
    ground = Ground(recipe, own, made, targets, everybody, questions, dimensions_of(recipe, own), asks)
    return Desk(ground, keys, folder, where, remote_code)


def _respondent(keys: RespondentKeys, folder: Path, *, remote_code: bool) -> Respondent:
    if keys.remote_code and not remote_code:
        raise BadStudy(f"{keys.name}: remote_code = true also needs --trust-remote-code on the command line")
    made = make_respondent(Settings(**keys.model_dump(exclude={"instruments"}), folder=folder))
    if not isinstance(made, Respondent):
        raise BadStudy(f"{keys.name}: kind {keys.kind!r} was answered before; nothing can steer it")
    return made


def make_arms(desk: Desk, target: Target) -> dict[str, Steering]:
    """The arms of one target, in the order of the recipe. Errors: BadStudy for what an arm lacks."""
    keys, ground = desk.keys, desk.ground
    everybody, of, measured = _people(desk, target)
    setting = Setting(
        target=target.place,
        everybody=everybody,
        instrument=of,
        measured=measured,
        languages=ground.recipe.ask.languages,
        seed=ground.recipe.seed,
        instruments=[ground.instrument],
        shots=Shots(keys.shots, keys.told, rights=ground.recipe.objective.rights),
        native=keys.native,
        people=_margins(desk),
        profiles=keys.profiles,
        description=keys.descriptions,
        described_by=keys.described_by,
    )
    return {name: make_arm(name, setting) for name in keys.arms}


def _people(desk: Desk, target: Target) -> tuple[Sequence[Population], Instrument, Measured]:
    """Whose answers near countries and examples come from, to what, and what they must not give away."""
    keys, own = desk.keys, desk.ground.instrument
    every = [question.id for question in own.questions]
    if keys.from_source:
        source = population_source(keys.from_source)
        if source.instrument == own.name:
            raise BadStudy(f"steering.from_source: {source.name} is about {own.name} too; use from_items")
        return load_populations(keys.from_source, data=desk.data), instrument(source.instrument), [(own, every)]
    if not keys.from_items:
        return (), own, [(own, every)]
    if target.source is None:
        raise BadStudy("steering.from_items: a target given by scores has no answers; use from_source")
    kept = {question.id for item in keys.from_items if (question := own.question(item))}
    everybody = answers_of(desk.ground.recipe, target.name.rpartition("/")[0], desk.data, desk.folder)
    return everybody, own, [(own, [item for item in every if item not in kept])]


def _margins(desk: Desk) -> People | None:
    if desk.keys.people:
        return read_people(desk.folder / desk.keys.people, desk.keys.weight)
    return people_of(desk.keys.margins, "the recipe") if desk.keys.margins else None


def make_pool(desk: Desk, target: Target, arms: dict[str, Steering], out: Path) -> list[Steering]:
    """Every prompt that is tried for a target: those of `known_pool`, and a respondent's own.

    out   the adaptation's folder, where what a respondent wrote is kept: it would write something else a second time
    """
    found = known_pool(desk, target, arms)
    if desk.keys.writer:
        file = out / "checkpoints" / target.place / "written.json"
        found += _written(desk, target, _whole(desk), file)
    return list({one.digest: one for one in found}.values())


def known_pool(desk: Desk, target: Target, arms: dict[str, Steering]) -> list[Steering]:
    """Prompts that are there before anybody is asked: the arms but the controls, ours, the user's.

    Errors   BadFile, BadStudy for a file of prompts that cannot be used
    """
    keys, ground = desk.keys, desk.ground
    found = [made for name, made in arms.items() if name not in CONTROLS]
    found += our_pool(target.place, keys.languages or ground.recipe.ask.languages)
    if keys.prompts:
        found += file_pool(desk.folder / keys.prompts, target.place, keys.prompts_language, _whole(desk))
    return list({one.digest: one for one in found}.values())


def _whole(desk: Desk) -> Measured:
    """Every item of the fit's instrument, seen by the search or held out from it."""
    return [(desk.ground.instrument, [question.id for question in desk.ground.instrument.questions])]


def _written(desk: Desk, target: Target, measured: Measured, file: Path) -> list[Steering]:
    keys = desk.keys
    if not file.exists():
        assert keys.writer is not None
        writer = _respondent(keys.writer, desk.folder, remote_code=desk.remote_code)
        languages = keys.languages or desk.ground.recipe.ask.languages
        made = written_pool(writer, target.place, languages, keys.written, measured, seed=desk.ground.recipe.seed)
        rows = [{"text": one.title, "source": one.sources[0]} for one in made.prompts]
        write_text(file, json.dumps({"prompts": rows, "dropped": made.dropped}, ensure_ascii=False, indent=1))
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        return [prompt(target.place, row["text"], row["source"]) for row in kept["prompts"]]
    except (ValueError, KeyError, TypeError) as error:
        raise BadFile(f"{file}: cannot be read ({error}); delete it to have prompts written again") from None
