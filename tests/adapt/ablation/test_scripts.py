"""The scripts of localising: the one for a real model goes through its dry run on a tiny one."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tawazun.adapt.ablation.keys import load_ablation
from tawazun.studies import FOLDER
from tests.adapt.ablation.tiny import HELD

RUNS = Path(__file__).parents[3] / "runs"
WORDS = (
    "harbour market mill river bridge tower garden window ladder kettle lantern barrel meadow orchard chimney saddle "
    "basket copper winter autumn morning evening early slowly quietly carries follows mends paints gathers crosses"
).split()


def lines(name: str, count: int = 120) -> str:
    """Texts that share no more than words with one another."""
    draw = random.Random(name)
    return "".join(f'{{"text": "{name}: {" ".join(draw.choices(WORDS, k=16))}."}}\n' for _ in range(count))


TALKS = "".join(f'{{"instruction": "Say {n}.", "output": "It is {n}."}}\n' for n in range(40))
SMALL = {
    "RANK": "2", "BATCH": "4", "PARTS": "1", "CONTEXT": "256", "SEEDS": "0", "PAIR_BATCH": "4", "REWARD_PARTS": "1",
    "DPO_PARTS": "1", "RL_BATCH": "16", "RL_PARTS": "1",
    **{f"{stage}_STEPS": "2" for stage in ("PRETRAIN", "SFT", "DPO", "REWARD", "RL")},
}  # fmt: skip


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    for name in ("native", "placebo", "english", "held"):
        (tmp_path / f"{name}.jsonl").write_text(lines(name))
    for name in ("talks", "small-talk"):
        (tmp_path / f"{name}.jsonl").write_text(TALKS)
    recipes = FOLDER / "recipes"
    files = {
        "CORPUS": "native", "PLACEBO": "placebo", "ORIGINAL": "english", "ORIGINAL_HELD": "held",
        "CONVERSATIONS": "talks", "PLACEBO_TALKS": "small-talk",
    }  # fmt: skip
    return {
        **{key: str(tmp_path / f"{name}.jsonl") for key, name in files.items()},
        "MODEL": "planted", "DEVICE": "cpu", "INSTRUMENT": "atlas", "PEOPLE": "atlas_exact-1/x-marsouk",
        "OTHERS": '"x-norvane", "x-estmark"', "HELD_OUT": ", ".join(f'"{one}"' for one in HELD),
        "HELD_WORDINGS": '"w4"', "PAIRS": str(recipes / "preferences-planted.csv"),
        "LABELS": str(recipes / "preferences-planted-labels.csv"), "JUDGE": 'kind = "planted_judge"',
        "PROBES": str(recipes / "preferences-planted-probes.csv"), "KNOWLEDGE": '"atlas_facts"',
        "OUT": str(tmp_path / "out"), "TAWAZUN": f"{sys.executable} -m tawazun",
    }  # fmt: skip


@pytest.mark.slow
def test_every_stage_of_the_real_script_is_read_by_its_own_command(variables: dict[str, str], tmp_path: Path) -> None:
    told = subprocess.run(
        ["bash", str(RUNS / "localise_8b.sh"), "--dry-run"],
        env={**os.environ, **variables, **SMALL, "SEEDS": "0, 1, 2"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert "missing: 24" in told.stdout  # eight different stages, three seeds
    assert "waits for an earlier stage" in told.stdout
    assert not (tmp_path / "out" / "ablation").exists()
    made = load_ablation(tmp_path / "out" / "ablation.toml")
    assert [one.name for one in made.treatments] == ["pretrain", "sft", "dpo", "rlaif"]


@pytest.mark.slow
def test_the_real_script_comes_to_its_page(variables: dict[str, str], tmp_path: Path) -> None:
    """Every stage in a few steps of the planted model, every model asked, and what the arms are made of; a minute."""
    told = subprocess.run(
        ["bash", str(RUNS / "localise_8b.sh")], env={**os.environ, **variables, **SMALL},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    out = tmp_path / "out" / "ablation"
    assert told.stdout.splitlines()[-1].startswith("report: ")
    arms = json.loads((out / "lineage.json").read_text())["arms"]
    methods = {arm["arm"]: [one["method"] for one in made["stages"]] for arm in arms for made in arm["repetitions"]}
    before = ["pretrain", "sft"]
    assert methods == {
        "pretrain": before[:1], "sft": before, "dpo": [*before, "preferences", "dpo"],
        "rlaif": [*before, "preferences", "reward", "grpo"], "placebo": before[:1], "placebo+sft": before,
    }  # fmt: skip
    judged = next(made["stages"][3] for arm in arms for made in arm["repetitions"] if arm["arm"] == "dpo")
    assert [one["licence"] for one in judged["licences"]] == ["CC-BY-4.0"]
    assert "licence unknown" not in (out / "report.html").read_text()


def test_a_variable_that_is_missing_is_named(variables: dict[str, str]) -> None:
    del variables["PEOPLE"]
    told = subprocess.run(
        ["bash", str(RUNS / "localise_8b.sh"), "--dry-run"], env={**os.environ, **variables},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode != 0
    assert "PEOPLE" in told.stderr
