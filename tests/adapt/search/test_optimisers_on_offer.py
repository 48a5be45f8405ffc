"""`tawazun list optimisers` and `show NAME`: what a recipe may name, with its options."""

import json

import pytest
from typer.testing import CliRunner

from tawazun.adapt.search.optimiser import optimiser_names, read_settings
from tawazun.cli import app


def test_every_optimiser_is_listed_with_what_it_is() -> None:
    said = json.loads(CliRunner().invoke(app, ["list", "optimisers", "--json"]).output)
    assert list(said) == optimiser_names()
    assert all(said.values())


@pytest.mark.parametrize("name", optimiser_names())
def test_shown_options_are_those_that_a_recipe_takes(name: str) -> None:
    said = json.loads(CliRunner().invoke(app, ["show", name, "--json"]).output)
    assert said["optimiser"] == name
    assert said["source"]
    told = {} if said["options"] == "none" else dict(line.split(" = ") for line in said["options"])
    given = {key: json.loads(value) for key, value in told.items() if value != "not set"}
    assert read_settings(name, given) == read_settings(name, {})
