"""A tiny random model, small recipes about it, and commands that stop."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tawazun.adapt.ground import Ground, prepare
from tawazun.adapt.recipe import Recipe, recipe_from
from tawazun.cli import main
from tawazun.instruments import instrument
from tests import tiny_models

Said = tuple[int, str]
SMALL: dict[str, Any] = {
    "name": "a test",
    "base": {"kind": "hf", "device": "cpu"},
    "target": {"populations": ["atlas_exact-1/x-marsouk"], "dimensions": ["rank"]},
    "objective": {"instrument": "atlas", "constants": "fixed"},
    "search": {"evaluations": 24, "population": 8, "components": 3, "seeds": [0]},
}


def table(**changes: Any) -> dict[str, Any]:
    """The small recipe with keys of its sections changed: `search={"tokens": 2}`."""
    made = {key: dict(value) if isinstance(value, dict) else value for key, value in SMALL.items()}
    for section, keys in changes.items():
        made[section] = {**made.get(section, {}), **keys} if isinstance(keys, dict) else keys
    return made


def recipe(**changes: Any) -> Recipe:
    """The same as a record."""
    return recipe_from(table(**changes), "recipe.toml")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Folder of a kind of tiny model, made when it is first asked for."""
    root = tmp_path_factory.mktemp("tiny")

    def folder(kind: str) -> Path:
        return root / kind if (root / kind).is_dir() else tiny_models.save(root / kind, kind)

    return folder


@pytest.fixture(scope="session")
def grounded(tiny: Callable[[str], Path]) -> Callable[..., Ground]:
    """A recipe about a tiny model, ready to be fitted."""

    def made(kind: str = "llama", **changes: Any) -> Ground:
        base = {"model": str(tiny(kind)), **changes.pop("base", {})}
        return prepare(recipe(base=base, **changes), instrument("atlas"), folder=Path(), data=None)

    return made


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[list[str]], Said]:
    """Run `tawazun adapt` with these words; gives the exit code and the last line on stderr."""

    def ran(words: list[str]) -> Said:
        monkeypatch.setattr(sys, "argv", ["tawazun", "adapt", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as over:
            main()
        lines = capsys.readouterr().err.strip().splitlines()
        if over.value.code:
            assert len(lines) == 1, lines
            assert lines[0].startswith("tawazun: "), lines
            assert "unexpected failure" not in lines[0]
        return int(over.value.code or 0), lines[-1] if lines else ""

    return ran
