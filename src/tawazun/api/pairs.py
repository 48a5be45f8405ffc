"""The pairs of a recipe: a file's or of people's survey answers, checked against the model and what it is scored on."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from tawazun.adapt.corpora.records import Document, Message, spoken
from tawazun.adapt.preferences.direct import DirectSets, PeopleKeys, SetKeys
from tawazun.adapt.preferences.people import PeoplePairs, people_pairs
from tawazun.adapt.preferences.sets import Preference, read_preferences, refuse_one_sided
from tawazun.adapt.preferences.tokens import fitting, refuse_without_template
from tawazun.adapt.training.keys import StageRecipe
from tawazun.adapt.training.leaks import check_leaks, told
from tawazun.api.finding import find_instrument, find_populations
from tawazun.api.training import Given
from tawazun.data import data_folder
from tawazun.errors import BadStudy
from tawazun.seeds import digest_bytes, digest_of
from tawazun.study import study_from

Row = TypeVar("Row")
PEOPLE = "[people]"


@dataclass(frozen=True)
class Found:
    """The pairs of a recipe as they were found.

    keys      how they are to be read; of people's answers, their file is `[people]`
    hashes    what a training must not change under its feet
    licences  (source, licence) of each source
    learnt    `instrument:item` that the pairs are made of
    """

    sets: DirectSets
    keys: SetKeys
    hashes: dict[str, str]
    licences: list[tuple[str, str]]
    learnt: tuple[str, ...] = ()
    left_out: dict[str, str] | None = None


def find_sets(recipe: StageRecipe, pairs: SetKeys | None, people: PeopleKeys | None, given: Given) -> Found:
    """The pairs that a recipe names. Errors: BadFile, BadStudy, UnknownName, Refused by a source's terms."""
    if pairs is not None:
        return Found(
            read_sets(pairs, given.folder), pairs, hashes_of(pairs, given.folder), [(pairs.file, pairs.licence)]
        )
    assert people is not None
    return _of_people(recipe, people, given)


def read_sets(keys: SetKeys, folder: Path) -> DirectSets:
    """The pairs of files. Errors: BadFile; BadStudy for a prompt that is both trained on and held out."""
    train = read_preferences(folder / keys.file)
    held = read_preferences(folder / keys.held_out) if keys.held_out else []
    if both := sorted({one.asked for one in train} & {one.asked for one in held}):
        raise BadStudy(
            f"{keys.held_out}: {both[0][:60]!r} is a prompt of {keys.file} too; held-out prompts are new ones"
        )
    return DirectSets(train, held)


def _of_people(recipe: StageRecipe, keys: PeopleKeys, given: Given) -> Found:
    where = data_folder(given.data)
    instrument = find_instrument(keys.instrument, given.folder, where)
    own = {key: [one.model_dump() for one in getattr(recipe, key)] for key in ("population", "place", "group")}
    table = {
        "name": recipe.name,
        "respondent": [recipe.base.model_dump()],
        "ask": {"instruments": [keys.instrument]},
        "measure": {"populations": keys.populations},
        **own,
    }
    people = find_populations(study_from(table, "people"), given.folder, where)
    made = PeoplePairs(keys.plan(recipe.seed), keys.each, keys.lot, recipe.seed)
    train, left = people_pairs(made, instrument, people)
    held: list[Preference] = []
    if keys.held_out:
        # the same people's verdicts whatever the training pairs are, so that a placebo is held against them too
        held, _ = people_pairs(
            PeoplePairs(keys.held_plan(recipe.seed), keys.each, False, recipe.seed), instrument, people
        )
    records = [[one.id, one.record()] for one in (*train, *held)]
    licences = [(one.name, one.source.licence) for one in people]
    learnt = tuple(f"{instrument.name}:{one.id}" for one in instrument.questions if one.id not in left)
    stand_in = SetKeys(file=PEOPLE, held_out=f"{PEOPLE} held out" if held else "", go_on=keys.go_on)
    return Found(DirectSets(train, held), stand_in, {"pairs of people": digest_of(records)}, licences, learnt, left)


def checked_sets(found: Found, tokenizer: Any, context: int) -> tuple[DirectSets, dict[str, Any]]:
    """The pairs that can be trained on, and facts about them for the lineage. Errors: BadStudy."""
    sets, keys = found.sets, found.keys
    doubts = refuse_one_sided(sets.train, keys.file, keys.go_on)
    refuse_without_template(tokenizer, sets.train, keys.file)
    train, gone = fitting(tokenizer, sets.train, context, keys.too_long, keys.file)
    held, held_gone = fitting(tokenizer, sets.held_out, context, keys.too_long, keys.held_out)
    countries: dict[str, int] = {}
    for one in train:
        countries[one.country or "unknown"] = countries.get(one.country or "unknown", 0) + 1
    facts: dict[str, Any] = {
        "pairs": len(train),
        "held_out": len(held),
        "too_long": gone + held_gone,
        "countries": countries,
        "doubts": doubts,
        "chosen_longer": float(np.mean([len(one.chosen) > len(one.rejected) for one in train])),
    }
    if found.learnt:
        facts |= {"items": list(found.learnt), "left_out": found.left_out}
    return DirectSets(train, held), facts


def hashes_of(keys: SetKeys, folder: Path) -> dict[str, str]:
    """What a training must not change under its feet."""
    names = {"pairs": keys.file, "held-out pairs": keys.held_out}
    return {name: digest_bytes((folder / file).read_bytes()) for name, file in names.items() if file}


def without_leaks(
    recipe: StageRecipe,
    rows: Sequence[Row],
    text: Callable[[Row, int], Document],
    given: Given,
    learnt: Collection[str] = (),
) -> tuple[list[Row], Any]:
    """Rows without items that the model is scored on, and what was found, for the lineage.

    text     a row, and its number from 1, as a text
    Errors   Refused for an item found, unless its rows are dropped or the recipe says why to go on
    """
    documents = [text(one, at) for at, one in enumerate(rows, start=1)]
    checked = check_leaks(recipe, lambda: documents, folder=given.folder, data=data_folder(given.data), learnt=learnt)
    if checked is None:
        return list(rows), told(None)
    return [one for one, document in zip(rows, documents, strict=True) if checked.keeps(document)], checked.facts


def document(messages: tuple[Message, ...], number: int, file: str) -> Document:
    """One row as a text to be looked through."""
    return Document("pairs", file, number, spoken(messages), messages=messages)


def pair_document(file: str) -> Callable[[Preference, int], Document]:
    """Makes a pair a text: its prompt with both answers."""
    return lambda one, number: document(
        (*one.prompt, ("assistant", one.chosen), ("assistant", one.rejected)), number, file
    )
