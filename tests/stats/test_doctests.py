"""Every example in the docstrings of the statistics is true, and every public function says what it returns."""

import ast
import doctest
from importlib import import_module
from inspect import getdoc, getmembers, getsource, isfunction
from pkgutil import iter_modules

import numpy as np
import pytest

import tawazun.stats

FILES = sorted(module.name for module in iter_modules(tawazun.stats.__path__))
# helpers of the shares file check their input and return it; they give no number
CHECKS = {"check_pair", "check_counts", "check_whole", "check_level", "orders"}


@pytest.mark.parametrize("name", FILES)
def test_examples_are_true(name):
    module = import_module(f"tawazun.stats.{name}")
    found = doctest.testmod(module, extraglobs={"np": np})
    assert found.failed == 0


@pytest.mark.parametrize("name", ["agreement", "distances", "diversity", "equivalence", "mixture", "permutation",
                                  "ranks", "refusals", "resampling", "shares", "variance"])  # fmt: skip
def test_functions_state_shapes_unit_errors_and_source(name):
    module = import_module(f"tawazun.stats.{name}")
    for function, body in getmembers(module, isfunction):
        if function.startswith("_") or body.__module__ != module.__name__ or function in CHECKS:
            continue
        lines = [line.split()[0] for line in (getdoc(body) or "").splitlines() if line.strip()]
        missing = {"Shapes", "Returns", "Unit", "Errors", "Source"} - set(lines)
        assert not missing, f"{name}.{function} lacks {sorted(missing)}"


def test_the_room_knows_no_other_room_and_no_tables():
    for name in FILES:
        tree = ast.parse(getsource(import_module(f"tawazun.stats.{name}")))
        used = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
        used |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        ours = {module for module in used if module.startswith("tawazun")}
        assert all(module.startswith(("tawazun.stats", "tawazun.errors", "tawazun.seeds")) for module in ours), (
            name,
            ours,
        )
        assert not used & {"polars", "pandas", "statsmodels"}, name
