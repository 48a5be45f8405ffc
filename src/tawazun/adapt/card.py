"""The page that lies beside an adapter's files: what it is, where it loads, and what was not looked at."""

from tawazun.adapt.ground import Ground
from tawazun.adapt.recipe_keys import Position
from tawazun.adapt.targets import Target

LOADS = {
    "before": "It stands before everything, chat template included, and is a plain PEFT `PROMPT_TUNING` adapter: "
    "`PeftModel.from_pretrained(model, FOLDER)` gives the logits of the search.",
    "persona": "It stands in the persona's place, for which PEFT has no words: it does NOT load with PEFT. "
    'A study takes it with `kind = "hf"` and `adapter = FOLDER` (`soft_prompt.json` and `soft_prompt.safetensors`).',
    "after": "It stands after the question, for which PEFT has no words: it does NOT load with PEFT. "
    'A study takes it with `kind = "hf"` and `adapter = FOLDER` (`soft_prompt.json` and `soft_prompt.safetensors`).',
}


def card(ground: Ground, target: Target, position: Position, tokens: int) -> str:
    """The text of an adapter's `README.md`."""
    recipe = ground.recipe
    licence = target.source.licence if target.source else "scores given by hand"
    items = ", ".join(one.id for one in ground.questions)
    tokens_of = "1 virtual token" if tokens == 1 else f"{tokens} virtual tokens"
    return f"""---
library_name: {"peft" if position == "before" else "tawazun"}
base_model: {recipe.base.model}
---

# {recipe.name}: a soft prompt towards {target.name}

{tokens_of} for the frozen model `{recipe.base.model}`, fitted by `tawazun adapt soft-prompt`.
{LOADS[position]}

Fitted on {ground.instrument.name} ({items}), {recipe.objective.loss} loss. What it does to other items, wordings and
languages, to knowledge and to trust is not in the fit: see the runs before and after, and the table if there is one.
A prompt that imitates a survey's averages speaks for nobody.

Terms of the people's data: {licence}. Terms of the base model apply too.
"""
