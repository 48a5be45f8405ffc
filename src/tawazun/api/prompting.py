"""Steer a respondent by prompts: make the arms of a recipe, search prompts, and run all of them beside the untuned."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

import polars as pl

from tawazun.adapt.ground import Ground
from tawazun.adapt.prompts import Fit, PoolFound, Trial, search_pool
from tawazun.adapt.prompts_kept import keep_trials, read_trials
from tawazun.adapt.prompts_pool import file_pool, our_pool, prompt, written_pool
from tawazun.adapt.recipe import Recipe, recipe_digest, recipe_toml
from tawazun.adapt.search.records import Budget, Generation
from tawazun.adapt.steering_arms import Setting, make_arm
from tawazun.adapt.steering_context import Shots
from tawazun.adapt.steering_keys import SteeringKeys
from tawazun.adapt.steering_leaks import Measured
from tawazun.adapt.steering_mixture import People, people_of, read_people
from tawazun.adapt.targets import Target, dimensions_of, fit_items, load_targets, source_targets
from tawazun.api.finding import find_instrument
from tawazun.api.finding import prepare as prepare_study
from tawazun.api.running import run_prepared
from tawazun.data import data_folder
from tawazun.errors import BadFile, BadStudy
from tawazun.instruments import Instrument, instrument
from tawazun.interview import make_plan
from tawazun.populations import Population, load_populations, population_source
from tawazun.respondents import Respondent, Settings, Steering, make_respondent, respondent_id, write_steering
from tawazun.respondents.steered import Steered
from tawazun.runs.adaptations import AdaptFolder
from tawazun.runs.writing import write_text
from tawazun.seeds import digest_of
from tawazun.study import RespondentKeys, study_from
from tawazun.version import RUN_FORMAT, VERSION

SEARCHED = "searched"
CONTROL = "placebo"  # made and measured, never chosen
Progress = Callable[[str, Generation], None]


@dataclass(frozen=True)
class Searched:
    """What a search over prompts left for one target and seed."""

    place: str
    seed: int
    found: PoolFound


@dataclass(frozen=True)
class Prompted:
    """A finished adaptation by prompts: its folder, the arms of each place, and what was searched."""

    path: Path
    arms: dict[str, dict[str, Steering]]
    searched: tuple[Searched, ...]


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
    own = find_instrument(recipe.objective.instrument, folder, where)
    questions = fit_items(recipe, own)
    for item in keys.from_items:
        question = own.question(item)
        if question is None or question in questions:
            raise BadStudy(
                f"steering.from_items: {item!r} is {'part of the fit' if question else f'no item of {own.name}'}"
            )
    targets = load_targets(recipe, own, where)
    asks = tuple(make_plan(recipe.study(items=tuple(one.id for one in questions)), [own]))
    made = cast(Any, _respondent(recipe.base, folder, remote_code=remote_code))
    everybody = source_targets(recipe, own, where)
    ground = Ground(recipe, own, made, targets, everybody, questions, dimensions_of(recipe, own), asks)
    return Desk(ground, keys, folder, where, remote_code)


def _respondent(keys: RespondentKeys, folder: Path, *, remote_code: bool) -> Respondent:
    if keys.remote_code and not remote_code:
        raise BadStudy(f"{keys.name}: remote_code = true also needs --trust-remote-code on the command line")
    made = make_respondent(Settings(**keys.model_dump(exclude={"instruments"}), folder=folder))
    if not isinstance(made, Respondent):
        raise BadStudy(f"{keys.name}: kind {keys.kind!r} was answered before; nothing can steer it")
    return made


def adapt_prompts(
    recipe: Recipe,
    keys: SteeringKeys,
    out: str | Path,
    *,
    folder: Path = Path(),
    data: str | Path | None = None,
    remote_code: bool = False,
    progress: Progress = lambda what, row: None,
) -> Prompted:
    """Make the arms and search the prompts of a recipe into a folder, or take up an adaptation that was stopped.

    out      the adaptation's folder: `adapter/PLACE/ARM/`, `adapter/PLACE/searched/seed-N/`, and the runs `before/` and
             `after/` (by place where there are several), in which every arm is a respondent
    Errors   UserError before anything is asked; Failure when a respondent or disk let us down (the same call goes on)
    """
    desk = prepare_prompts(recipe, keys, folder=folder, data=data, remote_code=remote_code)
    steering = digest_of(keys.model_dump(mode="json"))
    digests = {"recipe": digest_of([recipe_digest(recipe), steering]), "model": respondent_id(desk.asked.identity)}
    with AdaptFolder.hold(out, recipe_toml(recipe), digests) as held:
        arms = {one.place: make_arms(desk, one) for one in desk.ground.targets}
        for code, own in arms.items():
            for name, made in own.items():
                write_steering(held.path / "adapter" / code / name, made)
        _run(desk, held.path / "before", {})
        searched: list[Searched] = []
        for target in desk.ground.targets if keys.search else ():
            searched += _search_all(desk, target, arms[target.place], held.path, progress)
        for target in desk.ground.targets:
            several = len(desk.ground.targets) > 1
            place = held.path / "after" / target.place if several else held.path / "after"
            _run(desk, place, _folders(held.path, target.place, arms, searched))
        _finish(held, desk, arms, searched)
    return Prompted(Path(out), arms, tuple(searched))


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
    everybody = load_populations(target.name.rpartition("/")[0], data=desk.data)
    return everybody, own, [(own, [item for item in every if item not in kept])]


def _margins(desk: Desk) -> People | None:
    if desk.keys.people:
        return read_people(desk.folder / desk.keys.people, desk.keys.weight)
    return people_of(desk.keys.margins, "the recipe") if desk.keys.margins else None


def make_pool(desk: Desk, target: Target, arms: dict[str, Steering], out: Path) -> list[Steering]:
    """Every prompt that is tried for a target: the arms but the control, ours, the user's, a respondent's own.

    out   the adaptation's folder, where what a respondent wrote is kept: it would write something else a second time
    """
    keys, ground = desk.keys, desk.ground
    measured = [(ground.instrument, [question.id for question in ground.instrument.questions])]
    found = [made for name, made in arms.items() if name != CONTROL]
    found += our_pool(target.place, keys.languages or ground.recipe.ask.languages)
    if keys.prompts:
        found += file_pool(desk.folder / keys.prompts, target.place, keys.prompts_language, measured)
    if keys.writer:
        found += _written(desk, target, measured, out / "checkpoints" / target.place / "written.json")
    return list({one.digest: one for one in found}.values())


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


def _search_all(desk: Desk, target: Target, arms: dict[str, Steering], out: Path, progress: Progress) -> list[Searched]:
    """One search per seed; a pool that the budget covers is tried once, as its order then changes nothing."""
    ground, search = desk.ground, desk.ground.recipe.search
    (out / "checkpoints" / target.place).mkdir(parents=True, exist_ok=True)
    pool = make_pool(desk, target, arms, out)
    objective = ground.objective(target, ground.constants(target))
    fit = Fit(desk.asked, ground.asks, ground.questions, objective, ground.recipe.objective.samples, ground.recipe.seed)
    budget = Budget(search.evaluations, stale=search.stale)
    seeds = search.seeds if len(pool) > search.evaluations else search.seeds[:1]
    found = []
    for seed in seeds:
        file = out / "checkpoints" / target.place / f"seed-{seed}.json"
        owner = digest_of([recipe_digest(ground.recipe), respondent_id(desk.asked.identity), target.name, seed])

        def keep(
            trials: tuple[Trial, ...], rows: tuple[Generation, ...], file: Path = file, owner: str = owner
        ) -> None:
            keep_trials(file, owner, trials)
            progress(f"{target.place}, {len(pool)} prompts", rows[-1])

        known = read_trials(file, owner)
        best = search_pool(pool, fit.attempt, budget, seed=seed, known=known, on_generation=keep)
        note = f"best of {len(best.trials)} prompts on the fit ({best.value:.4g}): flattered by the choice"
        best = replace(best, best=replace(best.best, notes=(*best.best.notes, note)))
        write_steering(out / "adapter" / target.place / SEARCHED / f"seed-{seed}", best.best)
        found.append(Searched(target.place, seed, best))
    return found


def _folders(
    out: Path, code: str, arms: dict[str, dict[str, Steering]], searched: Sequence[Searched]
) -> dict[str, tuple[Path, Steering]]:
    """Respondents of the run after: label -> where the steering lies, and the steering."""
    home = out / "adapter" / code
    found = {name: (home / name, made) for name, made in arms[code].items()}
    own = [one for one in searched if one.place == code]
    for one in own:
        # a search that picks an arm, or what another seed picked, is that respondent already
        if one.found.best.digest not in {made.digest for _, made in found.values()}:
            label = SEARCHED if len(own) == 1 else f"{SEARCHED}-{one.seed}"
            found[label] = (home / SEARCHED / f"seed-{one.seed}", one.found.best)
    return found


def _run(desk: Desk, place: Path, steered: dict[str, tuple[Path, Steering]]) -> None:
    """Run the respondent alone, or every steering of it, on the whole instrument in the framings of the fit."""
    recipe = desk.ground.recipe
    base = recipe.base.model_dump()
    rows = [{**base, "name": name, "adapter": os.path.relpath(at, desk.folder)} for name, (at, _) in steered.items()]
    fitted = recipe.study().ask.model_dump()
    table = {
        "name": f"{recipe.name}: {'after' if steered else 'before'}",
        "seed": recipe.seed,
        "respondent": rows or [base],
        "ask": {**fitted, "items": []},
        "measure": {"populations": list(recipe.target.populations)},
    }
    study = study_from(table, "the run after" if steered else "the run before")

    def make(settings: Settings) -> Respondent:
        # one model in memory, whoever it is asked to be
        found = steered.get(settings.name)
        return Steered(desk.asked, found[1], settings.name) if found else desk.asked

    prepared = prepare_study(study, folder=desk.folder, data=desk.data, remote_code=desk.remote_code, make=make)
    run_prepared(prepared, place)


def _finish(held: AdaptFolder, desk: Desk, arms: dict[str, dict[str, Steering]], searched: Sequence[Searched]) -> None:
    rows = [{"target": one.place, "seed": one.seed, **asdict(row)} for one in searched for row in one.found.history]
    trials = [
        {"target": one.place, "seed": one.seed, "number": number, **asdict(trial)}
        for one in searched
        for number, trial in enumerate(one.found.trials, start=1)
    ]
    if rows:
        held.write_table("history", pl.DataFrame(rows))
        held.write_table("trials", pl.DataFrame(trials, infer_schema_length=None))
    recipe, ground = desk.ground.recipe, desk.ground
    held.write_json(
        "lineage",
        {
            "tawazun": VERSION,
            "method": "prompts",
            "recipe": recipe_digest(recipe),
            "base": dict(desk.asked.identity),
            "objective": {
                "loss": recipe.objective.loss,
                "items": [one.id for one in ground.questions],
                "held_out": [one for one in ground.held_out if one not in desk.keys.from_items],
                "from_items": list(desk.keys.from_items),
                "rights": {"items": list(ground.rights), "reason": recipe.objective.rights},
            },
            "steering": desk.keys.model_dump(mode="json"),
            "arms": {code: {name: _told(one) for name, one in own.items()} for code, own in arms.items()},
            "searched": [
                {"place": one.place, "seed": one.seed, "value": one.found.value, "stopped": one.found.stopped,
                 "evaluations": len(one.found.trials), "respondent": _label(held.path, arms, searched, one),
                 **_told(one.found.best)}
                for one in searched
            ],
        },
    )  # fmt: skip
    held.finish(
        {
            "name": recipe.name,
            "method": "prompts",
            "format": RUN_FORMAT,
            "versions": {"tawazun": VERSION},
            "seeds": list(recipe.search.seeds),
            "respondents": {"base": respondent_id(desk.asked.identity)},
            "counts": {"adapters": sum(map(len, arms.values())) + len(searched), "evaluations": len(trials)},
        }
    )


def _label(out: Path, arms: dict[str, dict[str, Steering]], searched: Sequence[Searched], one: Searched) -> str:
    """Which respondent of the run after a search found."""
    folders = _folders(out, one.place, arms, searched)
    return next(label for label, (_, made) in folders.items() if made.digest == one.found.best.digest)


def _told(one: Steering) -> dict[str, Any]:
    return {"kind": one.kind, "title": one.title, "digest": one.digest, "sources": one.sources, "notes": one.notes}
