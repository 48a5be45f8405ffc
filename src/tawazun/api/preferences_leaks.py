"""Prompts and pairs of `adapt preferences` held against evaluation items, before the model and the judge are asked."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from tawazun.adapt.corpora.records import Document
from tawazun.adapt.preferences.keys import PreferenceRecipe
from tawazun.adapt.preferences.sampling import Prompt
from tawazun.adapt.training.leaks import hold_against, looked_for, told
from tawazun.data import data_folder

Row = TypeVar("Row")
Kept = tuple[list[Row], dict[str, object]]


def clean_prompts(
    recipe: PreferenceRecipe, prompts: Sequence[Prompt], folder: Path, data: str | Path | None
) -> Kept[Prompt]:
    """Prompts without items of the evaluation, and what was found. Errors: Refused naming items, row and what to do."""
    return _clean(recipe, prompts, lambda one: one.text, folder, data)


def clean_pairs(
    recipe: PreferenceRecipe, pairs: Sequence[dict[str, Any]], folder: Path, data: str | Path | None
) -> Kept[dict[str, Any]]:
    """Pairs without items in prompt or answers, and what was found. Errors: as `clean_prompts`."""
    return _clean(recipe, pairs, _said, folder, data)


def _said(pair: dict[str, Any]) -> str:
    return "\n".join(str(pair[key]) for key in ("prompt", "answer_1", "answer_2"))


def _clean(
    recipe: PreferenceRecipe, rows: Sequence[Row], text: Callable[[Row], str], folder: Path, data: str | Path | None
) -> Kept[Row]:
    keys = recipe.contamination
    made = [Document("preferences", recipe.source.file, at, text(one)) for at, one in enumerate(rows, start=1)]
    instruments = looked_for(keys.instruments, (), folder, data_folder(data))
    checked = hold_against(keys, instruments, lambda: made)
    if checked is None:
        return list(rows), told(None)
    return [one for one, row in zip(rows, made, strict=True) if checked.keeps(row)], checked.facts
