"""What is refused before anything is searched: levels of the table, references and panels that are targets, reasons."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tawazun.adapt.ground import prepare
from tawazun.adapt.recipe import recipe_from
from tawazun.adapt.targets import panel_of, source_targets
from tawazun.api.adapting import adapt_soft_prompt
from tawazun.api.steering_table import check_table
from tawazun.errors import BadStudy, UserError
from tawazun.instruments import instrument
from tests.adapt.conftest import recipe as tiny_recipe

ATLAS = instrument("atlas")


def recipe(**parts: dict[str, Any]) -> Any:
    made: dict[str, Any] = {
        "version": 1,
        "name": "x",
        "base": {"kind": "hf", "model": "planted"},
        "target": {"populations": ["atlas-1/x-marsouk"]},
        "objective": {"instrument": "atlas"},
        "ask": {},
    }
    for name, part in parts.items():
        made[name] = {**made.get(name, {}), **part}
    return recipe_from(made, "recipe.toml")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"languages": ["xx"]}, "xx"),
        ({"wordings": ["w99"]}, "w99"),
        ({"orders": ["sideways"]}, "table.orders: .*sideways"),
        ({"group": ["x-nowhere"]}, "x-nowhere"),
        ({"aside": ["no-item"]}, "table.aside: no item 'no-item'"),
        ({"knowledge": ["atlas"]}, "table: atlas is what the fit asks"),
        ({"instruments": ["atlas"]}, "table: atlas is what the fit asks"),
        ({"trust": ["vsm13"]}, "table: vsm13 has no key"),
    ],
)
def test_levels_of_the_table_are_checked_before_the_search(table: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        check_table(recipe(table=table), Path(), None)


def test_levels_that_are_there_pass() -> None:
    found = {"languages": ["ar"], "wordings": ["w3"], "orders": ["reversed"], "group": ["x-norvane", "x-sahelia"]}
    check_table(recipe(table=found), Path(), None)


@pytest.mark.parametrize("reference", ["x-marsouk", "x-marsouk?sex=f"])
def test_a_target_cannot_be_its_own_reference(reference: str) -> None:
    made = recipe(target={"reference": reference}, objective={"constants": "relative"})
    with pytest.raises(BadStudy, match=r"target\.reference: x-marsouk is a target"):
        prepare(made, ATLAS, folder=Path(), data=None)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"objective": {"items": ["a01", "a02", "a01"]}}, "an item stands twice"),
        ({"objective": {"constants": "fixed", "panel": ["x-norvane", "x-sahelia"]}}, "panel goes with"),
        ({"objective": {"loss": "w1", "items": ["a01"], "panel": ["x-norvane", "x-sahelia"]}}, "panel goes with"),
        ({"search": {"space": "text", "text": "  "}}, "needs text"),
    ],
)
def test_what_would_be_left_unused_is_refused(parts: dict[str, Any], words: str) -> None:
    with pytest.raises(BadStudy, match=words):
        recipe(**parts)


def test_a_panel_names_each_place_once() -> None:
    made = recipe(objective={"panel": ["x-norvane", "x-norvane"]})
    with pytest.raises(BadStudy, match=r"objective\.panel: x-norvane stands twice"):
        panel_of(made.objective, source_targets(made, ATLAS, None), ())


def test_a_seed_is_a_whole_number_from_0() -> None:
    with pytest.raises(BadStudy, match=r"search: seeds are whole numbers from 0, not -1"):
        recipe(search={"seeds": [0, -1]})


def test_a_blank_is_no_reason() -> None:
    with pytest.raises(BadStudy, match="rights: say why"):
        recipe(objective={"rights": "  "})


@pytest.mark.parametrize(
    "changes",
    [
        {"search": {"anchors": ["x-marsouk", "x-norvane"]}},
        {"search": {"tokens": 100_000_000}},
        {"search": {"components": 1000}},
        {"search": {"space": "text", "text": "x", "optimiser": "gradient", "evaluations": 1, "population": 0}},
        {"search": {"optimiser": "gradient"}, "objective": {"readout": "sampled"}},
        {"objective": {"constants": "anchor", "panel": ["x-marsouk", "x-norvane"]}},
    ],
)
def test_a_mistake_leaves_no_folder_that_refuses_the_corrected_recipe(
    changes: dict[str, Any], tiny: Callable[[str], Path], tmp_path: Path
) -> None:
    """The same `--out` is free for the corrected recipe: nothing was asked, nothing is held."""
    made = tiny_recipe(base={"model": str(tiny("llama"))}, **changes)
    with pytest.raises(UserError):
        adapt_soft_prompt(made, tmp_path / "out", folder=tmp_path)
    assert not (tmp_path / "out").exists()
