"""DPO and KTO: pairs checked, then trained like any other stage."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tawazun.adapt.preferences.direct import DirectRecipe, DirectSets, learn_direct
from tawazun.adapt.training.folder import Lesson
from tawazun.adapt.training.models import Opened
from tawazun.adapt.training.watch import Progress
from tawazun.api.pairs import checked_sets, find_sets, pair_document, without_leaks
from tawazun.api.training import Given, Trained, adapt_stage
from tawazun.errors import BadStudy

if TYPE_CHECKING:
    from tawazun.respondents.catalogue.hf import HF


def adapt_direct(recipe: DirectRecipe, out: str | Path, given: Given = Given()) -> Trained:
    """Train a model on pairs by DPO or KTO into a folder, or take up a training that was stopped.

    Errors   UserError before any weight is moved; Failure when a model or disk let us down (the same call goes on)
    """

    def prepare(base: "HF", folder: Path) -> Lesson:
        found = find_sets(recipe, recipe.pairs, recipe.people, given)
        sets, facts = checked_sets(found, base.reader.model.tokenizer, recipe.train.context)
        text = pair_document(found.keys.file)
        train, facts["contamination"] = without_leaks(recipe, sets.train, text, given, found.learnt)
        sets, facts["pairs"] = DirectSets(train, sets.held_out), len(train)
        if len(train) < recipe.train.batch:
            raise BadStudy(f"{found.keys.file}: {len(train)} pairs, fewer than train.batch = {recipe.train.batch}")

        def learn(opened: Opened, folder: Path, progress: Progress) -> list[dict[str, Any]]:
            return learn_direct(recipe, sets, opened, folder, progress)

        return Lesson(found.hashes, found.licences, learn, facts=facts)

    return adapt_stage(recipe, recipe.rl.method, prepare, out, given)


def direct_size(recipe: DirectRecipe, given: Given = Given()) -> dict[str, int]:
    """How much would be trained: pairs, held-out pairs, steps, pairs of a step. Errors: BadFile, BadStudy."""
    sets = find_sets(recipe, recipe.pairs, recipe.people, given).sets
    steps = recipe.train.steps or round(recipe.train.epochs * -(-len(sets.train) // recipe.train.batch))
    return {"pairs": len(sets.train), "held_out": len(sets.held_out), "steps": steps, "batch": recipe.train.batch}
