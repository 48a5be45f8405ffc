"""Steer a respondent by prompts: make the arms of a recipe, search prompts, and run all of them beside the untuned."""

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from tawazun.adapt.prompts import Fit, PoolFound, Trial, search_pool
from tawazun.adapt.prompts_kept import keep_trials, read_trials
from tawazun.adapt.recipe import Recipe, recipe_digest, recipe_toml
from tawazun.adapt.search.records import Budget, Generation
from tawazun.adapt.steering_keys import SteeringKeys
from tawazun.adapt.targets import Target, panel_of
from tawazun.api.finding import prepare as prepare_study
from tawazun.api.prompting_desk import Desk, known_pool, make_arms, make_pool, prepare_prompts
from tawazun.api.running import run_prepared
from tawazun.interview import make_plan
from tawazun.respondents import Respondent, Settings, Steering, respondent_id, write_steering
from tawazun.respondents.steered import Steered
from tawazun.runs.adaptations import AdaptFolder
from tawazun.seeds import digest_of
from tawazun.study import study_from
from tawazun.version import RUN_FORMAT, VERSION

SEARCHED = "searched"
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
    arms = check_prompts(desk)
    with AdaptFolder.hold(out, recipe_toml(recipe), digests) as held:
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


def check_prompts(desk: Desk) -> dict[str, dict[str, Steering]]:
    """The arms by place, once everything that needs no answer is known to be there. Errors: the first mistake."""
    arms = {one.place: make_arms(desk, one) for one in desk.ground.targets}
    for one in desk.ground.targets if desk.keys.search else ():
        known_pool(desk, one, arms[one.place])
        if not desk.ground.indices or desk.ground.recipe.objective.constants != "anchor":
            continue
        panel_of(desk.ground.recipe.objective, desk.ground.everybody, [one])
    return arms


@dataclass(frozen=True)
class PromptsSize:
    """What an adaptation by prompts costs.

    arms         respondents of the run after, all targets together
    pool         prompts of one search at most; evaluations: passes over the fit, all targets and seeds together
    asks         of one pass, with sub-asks and samples; tokens: of its prompts, roughly, before any steering is added
    runs         prompts of the runs before and after, without those of what the searches find
    """

    arms: int
    pool: int
    evaluations: int
    asks: int
    tokens: int
    runs: int


def prompts_size(desk: Desk) -> PromptsSize:
    """What it would cost; nothing is asked or written. Errors: those of `check_prompts`."""
    recipe, arms = desk.ground.recipe, check_prompts(desk)
    fit = make_plan(recipe.study(items=tuple(one.id for one in desk.ground.questions)), [desk.ground.instrument])
    whole = make_plan(recipe.study(), [desk.ground.instrument])
    written = desk.keys.written * len(desk.keys.languages or recipe.ask.languages) if desk.keys.writer else 0
    pools = [len(known_pool(desk, one, arms[one.place])) + written for one in desk.ground.targets]
    budget, seeds = recipe.search.evaluations, len(recipe.search.seeds)
    passes = [min(size, budget) * (seeds if size > budget else 1) for size in pools] if desk.keys.search else []
    voices = [max(1, len(made.voices)) for own in arms.values() for made in own.values()]
    one_run = whole.size().prompts
    return PromptsSize(
        len(voices), max(pools) if passes else 0, sum(passes), fit.size().prompts, fit.size().tokens,
        one_run * (1 + sum(voices)),
    )  # fmt: skip


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
        **recipe.own_for(recipe.target.populations),
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
