"""The stage of GRPO and RLOO: prompts and rewards found and checked, then learnt round by round."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import polars as pl

from tawazun.adapt.corpora.records import Document
from tawazun.adapt.corpora.sources import CorpusSource, open_source
from tawazun.adapt.rlaif.keys import RlaifRecipe
from tawazun.adapt.rlaif.prompts import Prompts, open_prompts, shuffled_people, survey_prompts
from tawazun.adapt.rlaif.rounds import AfterRound, learn_rounds, read_rounds
from tawazun.adapt.rlaif.scoring import Mix, make_reward
from tawazun.adapt.rlaif.trainers import Course, laid_out, rows_of
from tawazun.adapt.training.folder import Lesson, trained_folder, trained_weights
from tawazun.adapt.training.leaks import Checked, check_leaks, told
from tawazun.adapt.training.models import Opened
from tawazun.adapt.training.parents import parent_of
from tawazun.adapt.training.running import processes
from tawazun.adapt.training.watch import Progress
from tawazun.engine import Chat
from tawazun.errors import BadFile, BadStudy
from tawazun.instruments import Instrument
from tawazun.populations import Population
from tawazun.respondents.catalogue.hf import HF
from tawazun.seeds import digest_of

DIFFERS = (
    "taken up from the last checkpoint; replies after it were drawn anew from its random numbers. On one CPU process "
    "with the same libraries they are the same; on a GPU or with other kernels draws can differ, and so the weights"
)


@dataclass(frozen=True)
class Ground:
    """What a recipe names, found.

    instrument, populations   of the prompts; None and empty for open prompts
    folder                    where relative paths start; data: local copies of data sets
    """

    recipe: RlaifRecipe
    instrument: Instrument | None
    populations: tuple[Population, ...]
    folder: Path
    data: Path | None


def find_prompts(ground: Ground) -> Prompts:
    """The prompts of a recipe, before they are held against the evaluation. Errors: BadStudy, BadFile, Refused."""
    keys, seed = ground.recipe.prompts, ground.recipe.seed
    if ground.instrument is not None:
        found = survey_prompts(keys.plan(seed), ground.instrument, ground.populations)
        return shuffled_people(found, seed) if keys.shuffled else found
    source = _source(ground)
    assert source is not None
    return open_prompts(every_row(source))


def prepare(ground: Ground, base: HF, out: Path, after: AfterRound) -> Lesson:
    """Everything found and checked; no weight is moved.

    after    called at the end of every round (see `learn_rounds`)
    Errors   BadStudy and BadFile for what cannot be learnt; Refused for leaks and terms
    """
    recipe = ground.recipe
    prompts = find_prompts(ground)
    prompts, checked = _without_leaks(ground, prompts)
    longest = check_prompts(prompts, recipe, base)
    setting = {"folder": ground.folder, "group": recipe.rl.group}
    mix = Mix([make_reward(one.kind, one.weight, one.setting(**setting)) for one in recipe.reward])
    course = Course(recipe, prompts.posed, mix)
    facts: dict[str, Any] = {**_facts(recipe, prompts, checked), "longest_prompt": longest, **_told(out)}
    tables = _tables(out)

    def learn(opened: Opened, folder: Path, progress: Progress) -> list[dict[str, Any]]:
        log = learn_rounds(course, opened, folder, progress, after)
        facts.update(_told(folder))
        tables.update(_tables(folder))
        return log

    return Lesson(_hashes(ground, prompts), _licences(ground, prompts), learn, facts=facts, tables=tables)


def check_prompts(prompts: Prompts, recipe: RlaifRecipe, base: HF) -> int:
    """Tokens of the longest prompt. Errors: BadStudy without a chat template, for one too long, or too few prompts."""
    tokenizer, name = base.reader.model.tokenizer, recipe.base.model
    if not Chat(tokenizer).template:
        raise BadStudy(
            f"base: {name} has no chat template, so it cannot be asked in turns; train it with `adapt sft` and a "
            "template first"
        )
    context = min(recipe.train.context, base.reader.model.context or recipe.train.context)
    most, longest, made = context - recipe.rl.max_completion_length, 0, laid_out(tokenizer)
    for row, one in zip(rows_of(prompts.posed, made), prompts.posed, strict=True):
        ids = made.apply_chat_template(
            row["prompt"], tokenize=True, add_generation_prompt=True, return_dict=True, enable_thinking=False
        )["input_ids"]
        longest = max(longest, len(ids))
        if len(ids) > most:
            what = f"item {one.ask.question.id}" if one.ask else f"prompt {one.number + 1}"
            raise BadStudy(
                f"prompts: {what} has {len(ids)} tokens, and with a reply of {recipe.rl.max_completion_length} it does "
                f"not fit {context}; raise train.context (up to the model's own), or leave it out"
            )
    groups, share = recipe.train.batch // recipe.rl.group, recipe.train.batch // processes()
    if len(prompts.posed) < groups:
        raise BadStudy(f"prompts: {len(prompts.posed)} are fewer than the {groups} groups of a step; lower train.batch")
    if share % recipe.rl.group:
        raise BadStudy(f"train.batch: {share} replies of each process are no whole groups of {recipe.rl.group}")
    return longest


def _source(ground: Ground) -> CorpusSource | None:
    keys = ground.recipe.prompts.source
    return None if keys is None else open_source(keys, ground.folder)


def every_row(source: CorpusSource) -> Iterator[Document]:
    """Every row of a source; a stream whose length is not known ends with an empty block."""
    for number in count() if source.blocks is None else range(source.blocks):
        block = source.block(number)
        if not block:
            return
        yield from block


def _without_leaks(ground: Ground, prompts: Prompts) -> tuple[Prompts, Checked | None]:
    """Prompts without items that the model is scored on; those that it trains on in so many words are its own."""
    checked = check_leaks(
        ground.recipe,
        lambda: prompts.documents,
        folder=ground.folder,
        data=ground.data,
        learnt=prompts.items,
        more=[ground.instrument.name] if ground.instrument else [],
    )
    if checked is None or not checked.dropped:
        return prompts, checked
    kept = [one for one, row in zip(prompts.posed, prompts.documents, strict=True) if checked.keeps(row)]
    return replace(prompts, posed=tuple(replace(one, number=at) for at, one in enumerate(kept))), checked


def _hashes(ground: Ground, prompts: Prompts) -> dict[str, str]:
    rows = [
        [one.ask.ask if one.ask else "", list(map(list, one.messages)), one.people]
        + ([] if one.shares is None else one.shares.tolist())
        for one in prompts.posed
    ]
    source = _source(ground)
    return {"prompts": digest_of(rows), **(source.hashes if source else {}), **_reward_models(ground)}


def _reward_models(ground: Ground) -> dict[str, str]:
    found = {}
    for one in ground.recipe.reward:
        if one.kind == "model":
            kept = trained_folder(ground.folder / one.options["folder"])
            if kept is None:
                raise BadFile(f"reward model {one.options['folder']}: no adapter/ or model/ of adapt reward is there")
            found[f"reward model {one.options['folder']}"] = trained_weights(kept)
    return found


def _licences(ground: Ground, prompts: Prompts) -> Sequence[tuple[str, str]]:
    """Terms of the prompts' people, and of what reward models were made from."""
    found = list(prompts.sources)
    if ground.instrument is not None:
        found.append((ground.instrument.name, ground.instrument.source.licence))
    for one in ground.recipe.reward:
        if one.kind == "model":
            own = parent_of(ground.folder / one.options["folder"] / "model")
            terms = "non-commercial, as its own sources" if own and own.get("non_commercial") else "as its own sources"
            found.append((f"reward model {one.options['folder']}", terms))
    return found


def _facts(recipe: RlaifRecipe, prompts: Prompts, checked: Checked | None) -> dict[str, Any]:
    people = [one.people for one in prompts.posed if one.people]
    return {
        "algorithm": recipe.rl.method,
        "beta": recipe.rl.beta,
        "reference": recipe.rl.reference,
        "rewards": [one.model_dump(mode="json") for one in recipe.reward],
        "placebo": recipe.prompts.shuffled,
        "prompts": len(prompts.posed),
        "items": list(prompts.items),
        "left_out": dict(prompts.left_out),
        "rights": recipe.prompts.rights,
        "people": list(dict.fromkeys(people)),
        "contamination": told(checked),
    }


def _told(out: Path) -> Mapping[str, Any]:
    """What the rounds that are over came to."""
    rounds = read_rounds(out)
    resumed = any(one.resumed for one in rounds)
    return {"rounds": [one.facts for one in rounds], "resumed": DIFFERS if resumed else "never"}


def _tables(out: Path) -> dict[str, pl.DataFrame]:
    rows = [
        {
            "round": one.number, "steps": one.steps, "kept": one.kept, "collapsed": one.collapsed,
            **{f"{name}_began": value for name, value in one.began.items()},
            **{f"{name}_ended": value for name, value in one.ended.items()},
        }
        for one in read_rounds(out)
    ]  # fmt: skip
    return {"rounds": pl.DataFrame(rows, infer_schema_length=None)} if rows else {}
