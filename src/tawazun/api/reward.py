"""Train a reward model of a recipe, and judge it on held-out pairs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tawazun.adapt.preferences.sets import refuse_one_sided
from tawazun.adapt.preferences.tokens import whole
from tawazun.adapt.reward.keys import GradedKeys, RewardRecipe
from tawazun.adapt.reward.learning import learn_reward, levels_of
from tawazun.adapt.reward.rows import Graded, RewardSet, of_grades, of_pairs, read_graded, refuse_flat
from tawazun.adapt.training.folder import Lesson
from tawazun.adapt.training.models import Opened
from tawazun.adapt.training.watch import Progress
from tawazun.api.direct import checked_sets, document, documents_of, hashes_of, held_against, read_sets
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
        found, held, facts = _sets(recipe, base.reader.model.tokenizer, given)
        refuse_flat(found, recipe.reward.head, recipe.file)
        rows = len(found.pairs) if recipe.reward.head == "pairwise" else len(found.graded)
        if rows < recipe.train.batch:
            raise BadStudy(f"{recipe.file}: {rows} rows, fewer than train.batch = {recipe.train.batch}")

        def learn(opened: Opened, folder: Path, progress: Progress) -> list[dict[str, Any]]:
            return learn_reward(recipe, found, held, opened, folder, progress)

        own = recipe.pairs or recipe.graded
        assert own is not None
        labels = max(1, len(levels_of(recipe, found)))
        hashes = hashes_of(recipe.pairs, given.folder) if recipe.pairs else _hashes(recipe.graded, given.folder)
        return Lesson(hashes, [(own.file, own.licence)], learn, facts=facts, head="score", labels=labels)

    return adapt_stage(recipe, "reward", prepare, out, given)


def reward_size(recipe: RewardRecipe, folder: Path = Path()) -> dict[str, int]:
    """How much would be trained: rows, held-out rows, steps, rows of a step. Errors: BadFile, BadStudy."""
    if recipe.pairs is not None:
        sets = read_sets(recipe.pairs, folder)
        refuse_one_sided(sets.train, recipe.pairs.file, recipe.pairs.go_on)
        found, held = of_pairs(sets.train), len(sets.held_out)
    else:
        assert recipe.graded is not None
        found = of_grades(read_graded(folder / recipe.graded.file))
        held = len(read_graded(folder / recipe.graded.held_out)) if recipe.graded.held_out else 0
    refuse_flat(found, recipe.reward.head, recipe.file)
    rows = len(found.pairs) if recipe.reward.head == "pairwise" else len(found.graded)
    steps = recipe.train.steps or round(recipe.train.epochs * -(-rows // recipe.train.batch))
    return {"rows": rows, "held_out": held, "steps": steps, "batch": recipe.train.batch}


def _sets(recipe: RewardRecipe, tokenizer: Any, given: Given) -> tuple[RewardSet, RewardSet | None, dict[str, Any]]:
    """What is learnt from, what it is judged on, and facts for the lineage. Errors: BadFile, BadStudy, Refused."""
    if recipe.pairs is None:
        assert recipe.graded is not None
        return _graded(recipe, recipe.graded, tokenizer, given)
    context = recipe.train.context
    sets, facts = checked_sets(read_sets(recipe.pairs, given.folder), recipe.pairs, tokenizer, context)
    texts = documents_of(sets.train, recipe.pairs.file)
    kept, facts["contamination"] = held_against(recipe.contamination, sets.train, texts, given)
    facts["pairs"] = len(kept)
    return of_pairs(kept), of_pairs(sets.held_out) if sets.held_out else None, facts


def _graded(
    recipe: RewardRecipe, keys: GradedKeys, tokenizer: Any, given: Given
) -> tuple[RewardSet, RewardSet | None, dict[str, Any]]:
    rows = read_graded(given.folder / keys.file)
    held = read_graded(given.folder / keys.held_out) if keys.held_out else []
    if both := sorted({one.prompt[0][1] for one in rows} & {one.prompt[0][1] for one in held}):
        raise BadStudy(
            f"{keys.held_out}: {both[0][:60]!r} is a prompt of {keys.file} too; held-out prompts are new ones"
        )
    context = recipe.train.context
    fits = _fitting(tokenizer, rows, context, keys)
    texts = [document((*one.prompt, ("assistant", one.answer)), at, keys.file) for at, one in enumerate(fits, start=1)]
    kept, found = held_against(recipe.contamination, fits, texts, given)
    made = of_grades(kept)
    facts = {"answers": len(kept), "pairs": len(made.pairs), "too_long": len(rows) - len(fits), "contamination": found}
    held = _fitting(tokenizer, held, context, keys)
    return made, of_grades(held) if held else None, facts


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


def _hashes(keys: GradedKeys | None, folder: Path) -> dict[str, str]:
    assert keys is not None
    names = {"graded answers": keys.file, "held-out answers": keys.held_out}
    return {name: digest_bytes((folder / file).read_bytes()) for name, file in names.items() if file}
