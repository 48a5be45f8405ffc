"""Kept verdicts as training rows: prompt, chosen, rejected, and where each of them comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tawazun.adapt.preferences.keys import PreferenceRecipe
from tawazun.adapt.preferences.sets import Preference
from tawazun.instruments import Instrument
from tawazun.seeds import seed_for

# fate -> the answer (1 or 2) that won when they stood forward, and when they stood reversed
SIDES = {"first": ("1", "2"), "last": ("2", "1")}


@dataclass(frozen=True, slots=True)
class Exported:
    """Rows to train on and rows held out by prompt.

    left   `not kept` by any rubric, `conflict` between rubrics, `labelled`: prompts that people labelled
    """

    train: list[dict[str, Any]]
    held_out: list[dict[str, Any]]
    left: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Hands:
    """Who made and judged the answers: label and respondent id of each; the model's are empty for pairs of a file."""

    judge: str
    judge_id: str
    model: str = ""
    model_id: str = ""


def with_choice(table: pl.DataFrame, instrument: Instrument) -> pl.DataFrame:
    """A table of verdicts with `choice`: 0 or 1, -1 where none was kept."""
    first = {question.id: question.wordings[0].options[0] for question in instrument.questions}
    made = [
        -1 if row["chosen"] is None else int(row["chosen"] != first[row["pair"]]) for row in table.iter_rows(named=True)
    ]
    return table.with_columns(choice=pl.Series(made, dtype=pl.Int64))


def export(
    recipe: PreferenceRecipe,
    pairs: Sequence[Mapping[str, Any]],
    verdicts: Mapping[str, pl.DataFrame],
    hands: Hands,
    labelled: Sequence[str] = (),
) -> Exported:
    """Training rows of the pairs that a rubric kept and no other rubric decided the other way.

    verdicts   rubric -> verdicts with `choice`; labelled: prompts that people labelled, which stay out
    """
    left = {"not kept": 0, "conflict": 0, "labelled": 0}
    seen = {plainly(text) for text in labelled}
    known = {
        rubric: {row["pair"]: (row["fate"], row["choice"]) for row in table.iter_rows(named=True)}
        for rubric, table in verdicts.items()
    }
    rows = []
    for pair in pairs:
        found = {rubric: own.get(str(pair["id"]), ("failed", -1)) for rubric, own in known.items()}
        chosen = {choice for _, choice in found.values() if choice >= 0}
        why = "labelled" if plainly(str(pair["prompt"])) in seen else ("not kept", "", "conflict")[len(chosen)]
        if why:
            left[why] += 1
        else:
            rows.append(_row(recipe, pair, found, chosen.pop(), hands))
    held = _held_out(recipe, rows)
    return Exported(
        [row for row in rows if row["asked"] not in held],
        [row for row in rows if row["asked"] in held],
        left,
    )


def plainly(text: str) -> str:
    """A prompt without case and spaces, for telling whether two are the same."""
    return " ".join(text.casefold().split())


def _row(
    recipe: PreferenceRecipe,
    pair: Mapping[str, Any],
    found: Mapping[str, tuple[str, int]],
    chosen: int,
    hands: Hands,
) -> dict[str, Any]:
    texts = [str(pair["answer_1"]), str(pair["answer_2"])]
    role = "user" if recipe.export.shape == "conversational" else "text"
    prompt = str(pair["prompt"])
    made = Preference(str(pair["id"]), ((role, prompt),), texts[chosen], texts[1 - chosen])
    sides: dict[str, str | None] = {}
    for rubric, (fate, choice) in found.items():
        forward, back = (str(choice + 1),) * 2 if fate == "kept" else SIDES.get(fate, (None, None))
        sides |= {f"{rubric}_fate": fate, f"{rubric}_forward": forward, f"{rubric}_reversed": back}
    return {
        "id": made.id,
        **made.record(),
        "asked": prompt,
        "answer_1": texts[0],
        "answer_2": texts[1],
        "country": str(pair.get("country") or ""),
        "topic": str(pair.get("topic") or ""),
        "language": recipe.source.language,
        "licence": recipe.source.licence,
        "model": hands.model,
        "model_id": hands.model_id,
        "judge": hands.judge,
        "judge_id": hands.judge_id,
        "rubrics": [rubric for rubric, (_, choice) in found.items() if choice >= 0],
        **sides,
    }


def _held_out(recipe: PreferenceRecipe, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Prompts that no training row has: the same share of each country's, drawn by the seed and the prompt alone."""
    by_country: dict[str, set[str]] = {}
    for row in rows:
        by_country.setdefault(row["country"], set()).add(row["asked"])
    held: set[str] = set()
    for prompts in by_country.values():
        drawn = sorted(prompts, key=lambda text: seed_for("held-out", recipe.seed, text))
        held |= set(drawn[: round(len(drawn) * recipe.export.held_out)])
    return held
