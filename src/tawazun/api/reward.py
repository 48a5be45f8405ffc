"""Train a reward model of a recipe, and judge it on held-out pairs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tawazun.adapt.corpora.records import Document
from tawazun.adapt.preferences.sets import refuse_one_sided
from tawazun.adapt.preferences.tokens import whole
from tawazun.adapt.reward.keys import GradedKeys, RewardRecipe
from tawazun.adapt.reward.learning import learn_reward, levels_of
from tawazun.adapt.reward.rows import Graded, RewardSet, of_grades, of_pairs, read_graded, refuse_flat
from tawazun.adapt.training.folder import Lesson
from tawazun.adapt.training.models import Opened
from tawazun.adapt.training.watch import Progress
from tawazun.api.pairs import Found, checked_sets, document, find_sets, pair_document, without_leaks
from tawazun.api.training import Given, Trained, adapt_stage
from tawazun.errors import BadStudy
from tawazun.seeds import digest_bytes

if TYPE_CHECKING:
    from tawazun.respondents.catalogue.hf import HF


def adapt_reward(recipe: RewardRecipe, out: str | Path, given: Given = Given()) -> Trained:
    """Train a reward model into a folder, or take up a training that was stopped.

    Beside what every training leaves: `reward.json` (what its numbers mean), and with held-out rows `findings`,
    `reliability` and `held_out` (Parquet).
    Errors   UserError before any weight is moved; Failure when a model or disk let us down (the same call goes on)
    """

    def prepare(base: "HF", folder: Path) -> Lesson:
        found = _found(recipe, given)
        sets, held, facts = _checked(recipe, found, base.reader.model.tokenizer, given)
        refuse_flat(sets, recipe.reward.head, found.name)
        rows = len(sets.pairs) if recipe.reward.head == "pairwise" else len(sets.graded)
        if rows < recipe.train.batch:
            raise BadStudy(f"{found.name}: {rows} rows, fewer than train.batch = {recipe.train.batch}")

        def learn(opened: Opened, folder: Path, progress: Progress) -> list[dict[str, Any]]:
            return learn_reward(recipe, sets, held, opened, folder, progress, found.held_name)

        labels = max(1, len(levels_of(recipe, sets)))
        return Lesson(found.hashes, found.licences, learn, facts=facts, head="score", labels=labels)

    return adapt_stage(recipe, "reward", prepare, out, given)


def reward_size(recipe: RewardRecipe, given: Given = Given()) -> dict[str, int]:
    """How much would be trained: rows, held-out rows, steps, rows of a step. Errors: BadFile, BadStudy."""
    found = _found(recipe, given)
    if found.pairs is not None:
        refuse_one_sided(found.pairs.sets.train, found.name, found.pairs.keys.go_on)
        sets, held = of_pairs(found.pairs.sets.train), len(found.pairs.sets.held_out)
    else:
        sets, held = of_grades(found.graded), len(found.held)
    refuse_flat(sets, recipe.reward.head, found.name)
    rows = len(sets.pairs) if recipe.reward.head == "pairwise" else len(sets.graded)
    steps = recipe.train.steps or round(recipe.train.epochs * -(-rows // recipe.train.batch))
    return {"rows": rows, "held_out": held, "steps": steps, "batch": recipe.train.batch}


@dataclass(frozen=True)
class _Found:
    """What a recipe names: pairs, or graded answers and those held out."""

    name: str
    held_name: str
    hashes: dict[str, str]
    licences: list[tuple[str, str]]
    pairs: Found | None = None
    graded: tuple[Graded, ...] = ()
    held: tuple[Graded, ...] = ()


def _found(recipe: RewardRecipe, given: Given) -> _Found:
    if recipe.graded is None:
        own = find_sets(recipe, recipe.pairs, recipe.people, given)
        return _Found(own.keys.file, own.keys.held_out, own.hashes, own.licences, own)
    keys = recipe.graded
    rows = read_graded(given.folder / keys.file)
    held = read_graded(given.folder / keys.held_out) if keys.held_out else []
    if both := sorted({one.prompt[0][1] for one in rows} & {one.prompt[0][1] for one in held}):
        raise BadStudy(
            f"{keys.held_out}: {both[0][:60]!r} is a prompt of {keys.file} too; held-out prompts are new ones"
        )
    names = {"graded answers": keys.file, "held-out answers": keys.held_out}
    hashes = {name: digest_bytes((given.folder / file).read_bytes()) for name, file in names.items() if file}
    return _Found(keys.file, keys.held_out, hashes, [(keys.file, keys.licence)], graded=tuple(rows), held=tuple(held))


def _checked(
    recipe: RewardRecipe, found: _Found, tokenizer: Any, given: Given
) -> tuple[RewardSet, RewardSet | None, dict[str, Any]]:
    """What is learnt from, what it is judged on, and facts for the lineage. Errors: BadStudy, Refused."""
    if found.pairs is not None:
        sets, facts = checked_sets(found.pairs, tokenizer, recipe.train.context)
        text = pair_document(found.name)
        kept, facts["contamination"] = without_leaks(recipe, sets.train, text, given, found.pairs.learnt)
        facts["pairs"] = len(kept)
        return of_pairs(kept), of_pairs(sets.held_out) if sets.held_out else None, facts
    assert recipe.graded is not None
    fits = _fitting(tokenizer, found.graded, recipe.train.context, recipe.graded)
    graded, told = without_leaks(recipe, fits, _text(found.name), given)
    made = of_grades(graded)
    facts = {"answers": len(graded), "pairs": len(made.pairs), "too_long": len(found.graded) - len(fits)}
    held = _fitting(tokenizer, found.held, recipe.train.context, recipe.graded)
    return made, of_grades(held) if held else None, facts | {"contamination": told}


def _text(file: str) -> Callable[[Graded, int], Document]:
    return lambda one, number: document((*one.prompt, ("assistant", one.answer)), number, file)


def _fitting(tokenizer: Any, rows: Sequence[Graded], context: int, keys: GradedKeys) -> list[Graded]:
    fits = []
    for one in rows:
        size = len(whole(tokenizer, one.prompt, one.answer))
        if size <= context:
            fits.append(one)
        elif keys.too_long == "refuse":
            raise BadStudy(
                f"{keys.file}: {one.id} is {size} tokens long, train.context is {context}; raise it, or say "
                'too_long = "drop"'
            )
    if rows and not fits:
        raise BadStudy(f"{keys.file}: every answer is longer than train.context = {context}")
    return fits
