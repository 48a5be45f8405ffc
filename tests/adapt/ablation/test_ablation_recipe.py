"""An ablation's recipe: what is refused before anything is trained, and which stages arms share."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tawazun.adapt.ablation.chains import Repetition, filled, merge, repetitions
from tawazun.adapt.ablation.columns import absent
from tawazun.adapt.ablation.keys import ablation_from, load_ablation
from tawazun.adapt.ablation.redraw import fixed, redrawn
from tawazun.api.ablation import ablation_size
from tawazun.api.ablation_ground import find_ground
from tawazun.api.training import Given
from tawazun.errors import BadFile, BadStudy, UnknownName
from tawazun.studies import find_recipe
from tests.adapt.ablation.tiny import HELD, sft, survey, table


def arms(*made: dict[str, Any]) -> list[dict[str, Any]]:
    return [*made, {"name": "placebo", "control": "placebo", "stages": [sft("x-norvane")]}]


def ground(folder: Path, **changes: Any) -> Any:
    (folder / "english.csv").write_text("text\nThe old mill stands by the river.\n")
    return find_ground(ablation_from(table(**changes), "tiny"), folder / "out", Given(folder=folder))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"arm": [{"name": "sft", "stages": [sft()]}]}, "no arm has control"),
        ({"arm": arms()}, "every arm is a control"),
        ({"arm": arms({"name": "base", "stages": [sft()]})}, "the untrained model"),
        ({"arm": arms({"name": "sft", "stages": []})}, "give stages"),
        ({"arm": arms({"name": "sft", "stages": ["sft-planted"]})}, "KIND:RECIPE"),
        ({"arm": arms({"name": "sft", "stages": [{"kind": "sft"}]})}, "a stage needs a recipe"),
        ({"arm": arms({"name": "sft", "stages": [sft()], "against": ["nobody"]})}, "against names 'nobody'"),
        ({"arm": arms({"name": "sft", "stages": [sft()], "persona": "x-marsouk"})}, "persona"),
        ({"arm": arms({"name": "sft", "stages": [sft()]}, {"name": "sft", "stages": [sft()]})}, "two arms"),
        ({"seeds": [1, 1]}, "stands twice"),
        ({"gate": {"seeds": 1}}, "greater than or equal to 3"),
        ({"base": {"kind": "endpoint", "model": "x"}}, "can be trained"),
        ({"colour": "red"}, "unknown key 'colour'"),
        ({"table": {"knowledge": ["atlas_facts"], "without": {"knowledge": "none"}}}, "knowledge is named"),
    ],
)
def test_a_recipe_that_could_show_nothing_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(BadStudy, match=told):
        ablation_from(table(**changes), "tiny")


def test_a_stage_of_another_base_is_refused(tmp_path: Path) -> None:
    other = sft()
    other["change"]["base"] = {"model": "somebody/else"}
    with pytest.raises(BadStudy, match="every arm begins with one base"):
        ground(tmp_path, arm=arms({"name": "sft", "stages": [other]}))


@pytest.mark.parametrize("before", [True, False])
def test_a_stage_that_cannot_stand_on_the_one_before_is_refused_before_anything_is_trained(
    tmp_path: Path, before: bool
) -> None:
    reward: dict[str, Any] = {"kind": "reward", "recipe": "reward-planted"}
    stages = [sft(), reward] if before else [reward, sft()]
    arm = arms({"name": "rewarded", "stages": stages})
    if before:
        with pytest.raises(BadStudy, match=r"a new head cannot be stacked on an adapter; say on_adapter = .merge"):
            ground(tmp_path, arm=arm)
        reward["change"] = {"train": {"on_adapter": "merge"}}
    assert ground(tmp_path, arm=arm)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"held_out": HELD[:-1]}, "teaches a10"),
        ({"held_out": [], "items": ["a01", "a30"]}, "teaches a01"),
        ({"wordings": ["w1", "w4"], "held_wordings": []}, "teaches wording w4"),
    ],
)
def test_what_decides_may_not_be_taught(tmp_path: Path, keys: dict[str, Any], told: str) -> None:
    taught = sft(survey=[survey(**keys)])
    with pytest.raises(BadStudy, match=told):
        ground(tmp_path, arm=arms({"name": "sft", "stages": [taught]}))


def test_an_arm_that_trains_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadStudy, match="none of its stages trains the model"):
        ground(tmp_path, arm=arms({"name": "judged", "stages": ["preferences:preferences-planted"]}))


def test_names_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="no-such"):
        ground(tmp_path, arm=arms({"name": "sft", "stages": ["sft:no-such"]}))
    with pytest.raises(BadStudy, match="no item 'a99'"):
        ground(tmp_path, values={**table()["values"], "items": ["a99"]})
    with pytest.raises(BadStudy, match="no key"):
        ground(tmp_path, table={"knowledge": ["cultural_map"]})


def test_held_out_items_are_looked_for_in_every_stage(tmp_path: Path) -> None:
    found = ground(tmp_path)
    for chain in found.chains:
        keys = chain.links[0].plan.table["contamination"]
        assert {f"atlas:{item}" for item in HELD} <= set(keys["held_out"])
        assert "atlas_facts" in keys["instruments"]


def test_the_shipped_recipe_is_whole_and_its_arms_share_stages(tmp_path: Path) -> None:
    file = find_recipe("ablation")
    size = ablation_size(load_ablation(file), tmp_path / "out", Given(folder=file.parent))
    different = [
        "pretrain", "sft", "rlaif", "dpo", "sft+dpo", "reward", "model", "mode", "translated", "placebo", "placebo+sft",
        "long", "monolingual",
    ]  # fmt: skip
    assert size["repetitions"] == 3
    assert size["stages"] == size["missing"] == 3 * len(different)
    assert not (tmp_path / "out").exists()


def test_the_shipped_recipe_has_every_control_that_a_claim_needs() -> None:
    recipe = load_ablation(find_recipe("ablation"))
    kinds = {one.name: one.control for one in recipe.arm}
    held = {one.name: {kinds[name] for name in recipe.controls_of(one)} for one in recipe.treatments}
    assert held["pretrain"] == {"placebo", "monolingual", "persona"}
    assert held["translated"] == {"placebo", "native-only"}
    assert all(held[name] == {"placebo", "native-only", "persona"} for name in held if "+" in name)


def test_why_a_column_is_not_measured_is_said() -> None:
    told = {name: why for name, (_, why) in absent(load_ablation(find_recipe("ablation"))).items()}
    assert set(told) == {"instrument", "trust", "refusal"}
    assert all(one.startswith("not measured: ") and "the recipe names none" not in one for one in told.values())


def test_some_arms_come_with_their_controls() -> None:
    recipe = load_ablation(find_recipe("ablation")).only(["translated"])
    assert [one.name for one in recipe.arm] == ["translated", "placebo", "native-only"]
    with pytest.raises(BadStudy, match="no arm 'placebo' of which something is claimed"):
        recipe.only(["placebo"])


def test_seeds_and_draws_are_repetitions() -> None:
    three = repetitions(ablation_from(table(seeds=[4, 5], resamples=2), "tiny"))
    assert [(one.seed, one.draw) for one in three] == [(4, 1), (4, 2), (5, 1), (5, 2)]
    assert len({one.stage_seed for one in three}) == 4
    assert [one.draw for one in repetitions(ablation_from(table(resamples=0), "tiny"))] == [0]


@settings(max_examples=30, deadline=None)
@given(rows=st.integers(4, 60), seed=st.integers(0, 9), draw=st.integers(1, 9))
def test_half_of_the_rows_are_drawn(tmp_path_factory: pytest.TempPathFactory, rows: int, seed: int, draw: int) -> None:
    folder = tmp_path_factory.mktemp("rows")
    lines = [f'{{"text": "row {number}"}}' for number in range(rows)]
    (folder / "own.jsonl").write_text("\n".join(lines) + "\n")
    keys = {"source": [{"name": "own", "files": "own.jsonl"}]}
    one = Repetition(0, seed, draw)
    made = redrawn(keys, folder, folder / "out", one)["source"][0]["files"]
    kept = (folder / made).read_text().splitlines()
    assert len(kept) == (rows + 1) // 2
    assert set(kept) <= set(lines)
    assert len(set(kept)) == len(kept)
    again = redrawn(keys, folder, folder / "again", one)["source"][0]["files"]
    assert (folder / again).read_text().splitlines() == kept
    assert redrawn(keys, folder, folder / "out", Repetition(0, seed, 0)) == keys


def test_draws_of_tables_differ_and_too_few_rows_are_refused(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("text,id\n" + "".join(f"a text,{n}\n" for n in range(40)))
    keys = {"pairs": {"file": "own.csv"}}
    made = [redrawn(keys, tmp_path, tmp_path / f"out-{n}", Repetition(n, 0, n))["pairs"]["file"] for n in (1, 2)]
    assert len({(tmp_path / one).read_text() for one in made}) == 2
    (tmp_path / "short.csv").write_text("text\none\n")
    with pytest.raises(BadFile, match="too few"):
        redrawn({"pairs": {"file": "short.csv"}}, tmp_path, tmp_path / "out", Repetition(0, 0, 1))
    with pytest.raises(BadFile, match="no such file"):
        redrawn({"pairs": {"file": "gone.csv"}}, tmp_path, tmp_path / "out", Repetition(0, 0, 1))


def test_corpora_that_cannot_be_drawn_anew_are_told() -> None:
    keys = {
        "source": [
            {"name": "hub", "hub": "a/b"}, {"name": "many", "files": "*.jsonl"}, {"name": "own", "files": "a.csv"},
        ],
        "pairs": {"file": "{preferences}/train.jsonl"},
    }  # fmt: skip
    assert fixed(keys) == ["hub", "many"]
    assert fixed({"survey": [survey()]}) == []


def test_changes_and_folders_of_earlier_stages() -> None:
    assert merge({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": 3}, "d": [2]}) == {"a": {"b": 3, "c": 2}, "d": [2]}
    filled_in = filled({"pairs": {"file": "{preferences}/train.jsonl"}, "n": 3}, {"preferences": "stages/p-1"})
    assert filled_in == {"pairs": {"file": "stages/p-1/train.jsonl"}, "n": 3}
