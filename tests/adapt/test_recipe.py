"""A recipe says everything, and what it says wrong is one line that names the key."""

from typing import Any

import pytest

from tawazun.adapt.recipe import recipe_digest, recipe_from, recipe_toml
from tawazun.adapt.recipe_keys import GRADIENT
from tawazun.errors import BadStudy, UnknownName, UserError
from tests.adapt.conftest import recipe, table


def test_a_recipe_survives_its_own_file(tmp_path: Any) -> None:
    import tomllib

    made = recipe(search={"options": {"p": 0.2}})
    assert recipe_from(tomllib.loads(recipe_toml(made)), "again") == made
    assert made.base.name == "base" and made.ask.instruments == ["atlas"]


def test_the_digest_leaves_the_name_and_the_table_out_and_nothing_else() -> None:
    first = recipe()
    assert recipe_digest(first) == recipe_digest(first.model_copy(update={"name": "other"}))
    assert recipe_digest(first) != recipe_digest(recipe(seed=1))
    assert recipe_digest(first) == recipe_digest(recipe(table={"margin": 0.05}))


def test_options_go_to_the_optimiser_that_has_them() -> None:
    made = recipe(search={"options": {"cr": 0.5}})
    assert made.search.settings() == {"cr": 0.5, "candidates": 8}
    assert made.search.settings("random_search") == {"candidates": 8}
    assert made.search.settings(GRADIENT) == {}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"search": {"optimizer": "jade"}}, "unknown key 'search.optimizer'; allowed here: optimiser"),
        ({"search": {"optimiser": "de_best"}}, "de_best"),
        ({"search": {"options": {"cr": "high"}}}, "option 'cr'"),
        ({"search": {"seeds": [1, 1]}}, "a seed stands twice"),
        ({"search": {"space": "text"}}, "needs text"),
        ({"search": {"components": 0}}, "needs components from 1"),
        ({"search": {"position": "behind"}}, "search.position"),
        ({"search": {"tokens": 0}}, "search.tokens"),
        ({"target": {"scores": {"rank": 1.0}}}, "either populations or scores"),
        ({"target": {"populations": []}}, "either populations or scores"),
        ({"target": {"populations": [], "scores": {"rank": 1.0}}}, "place ="),
        ({"target": {"reference": "x-sahelia"}}, 'objective.constants = "relative"'),
        ({"objective": {"constants": "relative"}}, "target.reference"),
        ({"objective": {"constants": "anchor", "fixed_constants": {"rank": 1.0}}}, 'constants = "fixed"'),
        ({"objective": {"loss": "w1"}}, "needs items"),
        ({"objective": {"weights": {"rank": -1.0}}}, "a weight is a number from 0"),
        ({"objective": {"regulariser": -0.1}}, "objective.regulariser"),
        ({"ask": {"items": ["a01"]}}, "ask.items"),
        ({"ask": {"instruments": ["vsm13"]}}, "ask.instruments"),
        ({"ask": {"mode": "sample"}}, "ask.mode"),
        ({"ask": {"personas": ["x-sahelia"]}}, "ask.personas"),
        ({"ask": {"orders": ["sideways"]}}, "sideways"),
        ({"base": {"key_env": "OPENAI_API_KEY", "api_key": "x"}}, "base.api_key"),
        ({"version": 2}, "version"),
        ({"objective": {"regulariser": float("inf")}}, "objective.regulariser"),
        ({"search": {"scale": float("inf")}}, "search.scale"),
        ({"target": {"populations": [], "scores": {"rank": float("nan")}, "place": "EGY"}}, "target.scores.rank"),
    ],
)
def test_what_a_recipe_says_wrong_is_named(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(UserError) as caught:
        recipe_from(table(**changes), "recipe.toml")
    assert says in str(caught.value) and str(caught.value).startswith("recipe.toml: ")
    assert "\n" not in str(caught.value)


def test_missing_parts_are_named() -> None:
    with pytest.raises(BadStudy, match=r"the key 'objective\.instrument' is missing"):
        recipe_from({**table(), "objective": {}}, "recipe.toml")
    with pytest.raises(BadStudy, match="the key 'target' is missing"):
        recipe_from({key: value for key, value in table().items() if key != "target"}, "recipe.toml")


def test_unknown_places_are_named() -> None:
    with pytest.raises((BadStudy, UnknownName), match="x-nowhere"):
        recipe_from(table(search={"position": "before"}, ask={"personas": ["x-nowhere"]}), "recipe.toml")
