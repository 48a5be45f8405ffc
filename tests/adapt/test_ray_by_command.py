"""`tawazun adapt soft-prompt --engine ray` makes what one process makes."""

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import tomli_w
from typer.testing import CliRunner

from tawazun.cli import app
from tests.adapt.conftest import table


@pytest.mark.slow
def test_the_adapter_is_that_of_one_process_bit_for_bit(tiny: Callable[[str], Path], tmp_path: Path) -> None:
    base = {"model": str(tiny("llama")), "options": {"stable": True}}
    file = tmp_path / "recipe.toml"
    file.write_text(tomli_w.dumps(table(base=base)), encoding="utf-8")
    words = ["adapt", "soft-prompt", str(file), "--no-table", "--json", "--out"]
    found = {}
    for engine in ("local", "ray"):
        out = tmp_path / engine
        more = ["--engine", "ray", "--workers", "2"] if engine == "ray" else []
        said = CliRunner().invoke(app, [*words, str(out), *more])
        assert said.exit_code == 0, said.output
        told = json.loads(said.stdout.strip().splitlines()[-1])["adapters"][0]
        history = pl.read_parquet(out / "history.parquet").drop("seconds")
        found[engine] = (told["best"], (out / "adapter" / "soft_prompt.safetensors").read_bytes(), history)
    assert found["ray"][:2] == found["local"][:2]
    assert found["ray"][2].equals(found["local"][2])
