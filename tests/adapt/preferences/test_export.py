"""What becomes of verdicts: every pair is exported once or counted, and no prompt is on both sides."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.adapt.preferences.elsewhere import probes_of
from tawazun.adapt.preferences.exporting import Hands, export
from tawazun.adapt.preferences.keys import PreferenceRecipe, preference_recipe
from tawazun.judging.verdicts import FATES

VERDICT = st.one_of(
    st.tuples(st.just("kept"), st.sampled_from([0, 1])), st.tuples(st.sampled_from(FATES[1:]), st.just(-1))
)


def recipe(held_out: float = 0.1, **check: Any) -> PreferenceRecipe:
    table: dict[str, Any] = {
        "name": "export",
        "pairs": {"file": "pairs.jsonl", "language": "en"},
        "judge": {"kind": "planted_judge"},
        "check": {"labels": "none", **check},
        "export": {"held_out": held_out},
    }
    return preference_recipe(table, "recipe.toml")


def table(verdicts: list[tuple[str, int]]) -> pl.DataFrame:
    rows = [{"pair": f"p{k}", "fate": fate, "choice": choice} for k, (fate, choice) in enumerate(verdicts)]
    return pl.DataFrame(rows, schema={"pair": pl.String, "fate": pl.String, "choice": pl.Int64})


@given(st.lists(st.tuples(VERDICT, VERDICT, st.integers(0, 6)), min_size=1, max_size=30), st.floats(0, 0.9))
def test_every_pair_is_exported_once_or_counted(
    made: list[tuple[tuple[str, int], tuple[str, int], int]], held_out: float
) -> None:
    pairs = [
        {"id": f"p{k}", "prompt": f"prompt {number}", "answer_1": f"a{k}", "answer_2": f"b{k}", "country": "EGY"}
        for k, (_, _, number) in enumerate(made)
    ]
    verdicts = {"fit": table([one for one, _, _ in made]), "harmless": table([one for _, one, _ in made])}
    found = export(recipe(held_out), pairs, verdicts, Hands("judge", "id"), ["PROMPT  0"])
    rows = [*found.train, *found.held_out]
    assert len(rows) + sum(found.left.values()) == len(pairs)
    assert not {row["asked"] for row in found.train} & {row["asked"] for row in found.held_out}
    assert all(row["asked"] != "prompt 0" for row in rows)
    by_id = {row["id"]: row for row in rows}
    for k, (fit, harmless, number) in enumerate(made):
        choices = {choice for _, choice in (fit, harmless) if choice >= 0}
        assert (f"p{k}" in by_id) == (len(choices) == 1 and number != 0)
        if row := by_id.get(f"p{k}"):
            wanted = f"{'ab'[choices.pop()]}{k}"
            assert row["chosen"][0]["content"] == wanted != row["rejected"][0]["content"]
            for rubric, (fate, choice) in (("fit", fit), ("harmless", harmless)):
                sides = row[f"{rubric}_forward"], row[f"{rubric}_reversed"]
                # under both orders: the same answer, or whichever stood first, or last
                told = {"kept": (str(choice + 1),) * 2, "first": ("1", "2"), "last": ("2", "1")}
                assert sides == told.get(fate, (None, None))


@pytest.mark.parametrize("language", ["en", "ar"])
def test_our_own_probes_have_another_right_answer_in_each_country(language: str) -> None:
    made = probes_of(
        preference_recipe(
            {**recipe().model_dump(exclude_none=True), "judging": {"rubrics": ["fit"], "language": language}}, "r.toml"
        ),
        [{"country": "EGY"}, {"country": "MAR"}],
        None,  # type: ignore[arg-type]
    )
    groups: dict[str, set[str]] = {}
    for row in made.rows:
        groups.setdefault(made.of[row["id"]], set()).add((row["answer_1"], row["answer_2"])[made.right[row["id"]]])
    assert len(groups) == 12 and all(len(answers) == 2 for answers in groups.values())
    asked = {row["country"] for row in made.rows}
    assert {"EGY", "MAR"} <= asked
    assert ("القاهرة" if language == "ar" else "Cairo") in {row["answer_1"] for row in made.rows}
