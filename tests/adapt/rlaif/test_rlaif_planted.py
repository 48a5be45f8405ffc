"""The distributional reward helps on held-out items and the controls do not; a kill in any round changes nothing."""

import runpy
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from tawazun.api.training import open_lineage
from tawazun.instruments import instrument
from tawazun.populations import load_populations

pytestmark = pytest.mark.slow
BENCHMARK = runpy.run_path(str(Path(__file__).parents[3] / "benchmarks" / "localising_rl.py"), run_name="imported")
one_run, PLACE = BENCHMARK["one_run"], BENCHMARK["PLACE"]

KILLED = """
import os, signal, sys
from tawazun.api.rlaif import adapt_rlaif, rlaif_from
from tawazun.api.training import Given
from tests.adapt.rlaif.test_rlaif import table

left = int(sys.argv[2])

def tick(step):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

adapt_rlaif(rlaif_from(table(), "t"), sys.argv[1], Given(progress=tick))
"""


def test_the_distribution_helps_held_out_items_and_the_controls_do_not(tmp_path: Path) -> None:
    given = Namespace(steps=40, rate=1e-3, method="grpo", beta=0.0, rounds=1, watch=0.3, out=str(tmp_path))
    atlas, people = instrument("atlas"), load_populations(PLACE, data=None, halves=0)[0]
    found = {arm: one_run(arm, 0, given, atlas, people) for arm in ("distribution", "mode", "placebo")}
    before, after = found["distribution"]
    assert after["ratio"] <= 0.9 and after["js"] <= 0.9 * before["js"]
    mode = found["mode"][1]
    # it comes nearer in the means that it seeks, and further away in what people answer
    assert mode["js"] > 1.2 * before["js"] and mode["spread"] < 0.6 * after["spread"]
    assert mode["different"] < before["different"] - 0.5
    placebo = found["placebo"][1]
    assert placebo["js"] > 0.95 * before["js"] and placebo["ratio"] > 0.9


def test_rloo_on_the_distribution_helps_too(tmp_path: Path) -> None:
    given = Namespace(steps=40, rate=1e-3, method="rloo", beta=0.0, rounds=1, watch=0.3, out=str(tmp_path))
    atlas, people = instrument("atlas"), load_populations(PLACE, data=None, halves=0)[0]
    before, after = one_run("distribution", 0, given, atlas, people)
    assert after["ratio"] <= 0.9 and after["js"] <= 0.9 * before["js"]


def test_kill_9_in_any_round_ends_the_same(tmp_path: Path) -> None:
    def run(out: Path, left: int) -> int:
        return subprocess.run([sys.executable, "-c", KILLED, str(out), str(left)], check=False).returncode

    assert run(tmp_path / "whole", 99) == 0
    assert [run(tmp_path / "killed", left) for left in (1, 2, 2, 99)] == [-9, -9, -9, 0]
    whole, killed = open_lineage(tmp_path / "whole"), open_lineage(tmp_path / "killed")
    assert killed["trained"]["weights"] == whole["trained"]["weights"]
    assert "drawn anew" in killed["data"]["resumed"] and whole["data"]["resumed"] == "never"
