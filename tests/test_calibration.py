"""The calibration script itself: its humans have the error it says, and every study fills its table."""

import runpy
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import rankdata, spearmanr

SCRIPT = runpy.run_path(str(Path(__file__).resolve().parent.parent / "benchmarks" / "calibration.py"))
TABLES = runpy.run_path(str(Path(__file__).resolve().parent.parent / "benchmarks" / "tables.py"))
LONG = [name for name in SCRIPT["STUDIES"] if name != "power"]


def test_planted_people_have_the_design_effect_that_is_printed() -> None:
    shares = np.array([0.5, 0.3, 0.15, 0.05])
    drawn = SCRIPT["surveyed"](np.broadcast_to(shares, (20_000, 4)), 100, np.random.default_rng(1))
    assert drawn.sum(axis=-1) == pytest.approx(1.0)
    assert drawn.mean(axis=0) == pytest.approx(shares, abs=0.001)
    assert drawn.var(axis=0) == pytest.approx(shares * (1 - shares) / 100, rel=0.05)


def test_the_size_of_a_test_is_its_largest_p_up_to_alpha() -> None:
    assert SCRIPT["attained"](np.arange(24.0)) == pytest.approx(1 / 24)
    assert SCRIPT["attained"](np.arange(100.0)) == pytest.approx(0.05)
    assert SCRIPT["attained"](np.repeat(np.arange(10.0), 10)) == 0.0  # ties: no p below .1


def test_the_structure_statistic_is_the_products() -> None:
    model, people = SCRIPT["strangers"](7, 2, 100, np.random.default_rng(3))
    far, near = SCRIPT["apart"](model), SCRIPT["apart"](people)
    i, j = np.triu_indices(7, 1)
    square = np.zeros((7, 7))
    square[i, j] = square[j, i] = rankdata(near[i, j])
    found = SCRIPT["spearman_of"](far[i, j], square, np.arange(7)[None])
    assert found[0] == pytest.approx(spearmanr(far[i, j], near[i, j]).statistic)


@pytest.mark.parametrize("name", ["power", *(pytest.param(n, marks=pytest.mark.slow) for n in LONG)])
def test_a_study_fills_its_table(name: str) -> None:
    tables = "\n".join(TABLES["tabled"](name, SCRIPT["STUDIES"][name], 3, 1)).split("\n### ")[1:]
    assert [block.split(":")[0] for block in tables] == [name]
    for block in tables:
        rows = [line for line in block.splitlines() if line.startswith("|")]
        assert len(rows) > 8 and len({line.count("|") for line in rows}) == 1
        assert "nan" not in block
