"""DPO and KTO: pairs checked against the model and what it is examined on, then trained like any other stage."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from tawazun.adapt.contamination import Haystack, check_corpus, evaluation_instruments, needles_of, refuse_leaks
from tawazun.adapt.corpora.records import Document, Message, spoken
from tawazun.adapt.preferences.direct import DirectRecipe, DirectSets, SetKeys, learn_direct
from tawazun.adapt.preferences.sets import Preference, read_preferences, refuse_one_sided
from tawazun.adapt.preferences.tokens import fitting, refuse_without_template
from tawazun.adapt.training.folder import Lesson
from tawazun.adapt.training.keys import ContaminationKeys
from tawazun.adapt.training.models import Opened
from tawazun.adapt.training.watch import Progress
from tawazun.api.training import Given, Trained, adapt_stage
from tawazun.data import data_folder
from tawazun.errors import BadStudy
from tawazun.seeds import digest_bytes

if TYPE_CHECKING:
    from tawazun.respondents.catalogue.hf import HF

Row = TypeVar("Row")


def adapt_direct(recipe: DirectRecipe, out: str | Path, given: Given = Given()) -> Trained:
    """Train a model on pairs by DPO or KTO into a folder, or take up a training that was stopped.

    Errors   UserError before any weight is moved; Failure when a model or disk let us down (the same call goes on)
    """

    def prepare(base: "HF", folder: Path) -> Lesson:
        found = read_sets(recipe.pairs, given.folder)
        sets, facts = checked_sets(found, recipe.pairs, base.reader.model.tokenizer, recipe.train.context)
        texts = documents_of(sets.train, recipe.pairs.file)
        train, facts["contamination"] = held_against(recipe.contamination, sets.train, texts, given)
        sets, facts["pairs"] = DirectSets(train, sets.held_out), len(train)
        if len(sets.train) < recipe.train.batch:
            raise BadStudy(
                f"{recipe.pairs.file}: {len(sets.train)} pairs, fewer than train.batch = {recipe.train.batch}"
            )

        def learn(opened: Opened, folder: Path, progress: Progress) -> list[dict[str, Any]]:
            return learn_direct(recipe, sets, opened, folder, progress)

        hashes = hashes_of(recipe.pairs, given.folder)
        return Lesson(hashes, [(recipe.pairs.file, recipe.pairs.licence)], learn, facts=facts)

    return adapt_stage(recipe, recipe.rl.method, prepare, out, given)


def read_sets(keys: SetKeys, folder: Path) -> DirectSets:
    """The pairs of a recipe. Errors: BadFile; BadStudy for a prompt that is both trained on and held out."""
    train = read_preferences(folder / keys.file)
    held = read_preferences(folder / keys.held_out) if keys.held_out else []
    if both := sorted({one.asked for one in train} & {one.asked for one in held}):
        raise BadStudy(
            f"{keys.held_out}: {both[0][:60]!r} is a prompt of {keys.file} too; held-out prompts are new ones"
        )
    return DirectSets(train, held)


def checked_sets(sets: DirectSets, keys: SetKeys, tokenizer: Any, context: int) -> tuple[DirectSets, dict[str, Any]]:
    """The pairs that can be trained on, and facts about them for the lineage. Errors: BadStudy."""
    doubts = refuse_one_sided(sets.train, keys.file, keys.go_on)
    refuse_without_template(tokenizer, sets.train, keys.file)
    train, gone = fitting(tokenizer, sets.train, context, keys.too_long, keys.file)
    held, held_gone = fitting(tokenizer, sets.held_out, context, keys.too_long, keys.held_out)
    countries: dict[str, int] = {}
    for one in train:
        countries[one.country or "unknown"] = countries.get(one.country or "unknown", 0) + 1
    facts = {
        "pairs": len(train),
        "held_out": len(held),
        "too_long": gone + held_gone,
        "countries": countries,
        "doubts": doubts,
        "chosen_longer": float(np.mean([len(one.chosen) > len(one.rejected) for one in train])),
    }
    return DirectSets(train, held), facts


def hashes_of(keys: SetKeys, folder: Path) -> dict[str, str]:
    """What a training must not change under its feet."""
    names = {"pairs": keys.file, "held-out pairs": keys.held_out}
    return {name: digest_bytes((folder / file).read_bytes()) for name, file in names.items() if file}


def held_against(
    keys: ContaminationKeys, rows: Sequence[Row], documents: Sequence[Document], given: Given
) -> tuple[list[Row], str]:
    """Rows without items of the evaluation, and what was found, in words.

    documents  a text for each row
    Errors     Refused for an item found, unless its rows are dropped or the recipe says why to go on
    """
    if not keys.instruments:
        return list(rows), "not looked for: contamination.instruments names none"
    instruments = evaluation_instruments(keys.instruments, data_folder(given.data), given.folder)
    needles, short = needles_of(instruments)
    haystack = Haystack(needles, watched=set(keys.held_out) or None)
    found = check_corpus(documents, haystack, short)
    if not keys.drop:
        return list(rows), refuse_leaks(found, keys.go_on)
    bad = {one.row for one in found.leaks}
    return [one for at, one in enumerate(rows, start=1) if at not in bad], f"{found.words}; {len(bad)} rows dropped"


def document(messages: tuple[Message, ...], number: int, file: str) -> Document:
    """One row as a text to be looked through."""
    return Document("pairs", file, number, spoken(messages), messages=messages)


def documents_of(pairs: Sequence[Preference], file: str) -> list[Document]:
    """Prompts with both answers."""
    return [
        document((*one.prompt, ("assistant", one.chosen), ("assistant", one.rejected)), number, file)
        for number, one in enumerate(pairs, start=1)
    ]
