"""The calibration script itself: its humans have the error it says, and every study fills its table."""

import runpy
from pathlib import Path

import numpy as np
import pytest

SCRIPT = runpy.run_path(str(Path(__file__).resolve().parent.parent / "benchmarks" / "calibration.py"))
LONG = [name for name in SCRIPT["STUDIES"] if name != "power"]


def test_planted_people_have_the_design_effect_that_is_printed() -> None:
    shares = np.array([0.5, 0.3, 0.15, 0.05])
    drawn = SCRIPT["surveyed"](np.broadcast_to(shares, (20_000, 4)), 100, np.random.default_rng(1))
    assert drawn.sum(axis=-1) == pytest.approx(1.0)
    assert drawn.mean(axis=0) == pytest.approx(shares, abs=0.001)
    assert drawn.var(axis=0) == pytest.approx(shares * (1 - shares) / 100, rel=0.05)


def test_the_attainable_size_is_the_largest_under_alpha() -> None:
    assert SCRIPT["attainable"](4) == pytest.approx(1 / 24)
    assert SCRIPT["attainable"](7) == pytest.approx(0.05) and SCRIPT["attainable"](22) == pytest.approx(0.05)


@pytest.mark.parametrize("name", ["power", *(pytest.param(n, marks=pytest.mark.slow) for n in LONG)])
def test_a_study_fills_its_table(name: str) -> None:
    tables = SCRIPT["report"]([name], 3, 1).split("\n### ")[1:]
    assert [block.split(":")[0] for block in tables] == [name]
    for block in tables:
        rows = [line for line in block.splitlines() if line.startswith("|")]
        assert len(rows) > 8 and len({line.count("|") for line in rows}) == 1
        assert "nan" not in block
