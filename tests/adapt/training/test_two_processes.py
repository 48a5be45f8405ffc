"""Two processes that train together come to what one comes to alone."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import load_file

from tawazun import studies

CONFIGS = Path(studies.__file__).parent / "recipes" / "accelerate"
PRETRAIN = """
version = 1
name = "two processes"
doubles = "same"
[base]
model = "planted"
device = "cpu"
[[planted]]
name = "native"
kind = "native"
place = "x-marsouk"
items = ["a25", "a28", "a46"]
rows = 80
[train]
method = "full"
steps = 4
batch = 4
rate = 1e-3
context = 64
save_every = 2
log_every = 1
"""
SFT = """
version = 1
name = "two processes"
[base]
model = "planted"
device = "cpu"
[[survey]]
name = "people"
instrument = "atlas"
populations = ["atlas_exact-1/x-marsouk"]
wordings = ["w1"]
items = ["a25", "a28", "a46"]
people = 8
[train]
method = "lora"
rank = 2
steps = 4
batch = 4
accumulation = 2
rate = 1e-3
context = 128
save_every = 2
log_every = 1
"""


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@pytest.mark.slow
@pytest.mark.parametrize(("stage", "recipe", "kept"), [("pretrain", PRETRAIN, "model"), ("sft", SFT, "adapter")])
@pytest.mark.parametrize("config", ["two-cpus.yaml", "two-cpus-fsdp.yaml"])
def test_two_processes_come_to_what_one_comes_to(
    config: str, stage: str, recipe: str, kept: str, tmp_path: Path
) -> None:
    (tmp_path / "recipe.toml").write_text(recipe)
    env = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    command = ["-m", "tawazun", "adapt", stage, "recipe.toml", "--out"]
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--config_file", str(CONFIGS / config)]
    port = ["--main_process_port", str(_free_port())]
    subprocess.run([sys.executable, *command, "one"], cwd=tmp_path, env=env, check=True, capture_output=True)
    subprocess.run([*launch, *port, *command, "two"], cwd=tmp_path, env=env, check=True, capture_output=True)
    cut = list((tmp_path / "two" / "checkpoints").rglob("pytorch_model_fsdp.bin"))
    assert len(cut) == (2 if "fsdp" in config else 0)
    one, two = (load_file(next((tmp_path / name / kept).glob("*.safetensors"))) for name in ("one", "two"))
    start = max(float(np.abs(one[key]).max()) for key in one)
    assert max(float(np.abs(one[key] - two[key]).max()) for key in one) < 1e-5 * max(start, 1.0)
    logs = [pl.read_parquet(tmp_path / name / "history.parquet") for name in ("one", "two")]
    assert np.allclose(logs[0]["loss"], logs[1]["loss"], atol=1e-4) and logs[0]["tokens"].equals(logs[1]["tokens"])
    # equal to the last bit would mean that one process did all the work
    assert any((one[key] != two[key]).any() for key in one)
