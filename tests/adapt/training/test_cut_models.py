"""Two processes that hold a part of every weight each (FSDP) come to what one comes to, and keep it whole."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml
from safetensors.numpy import load_file

from tawazun import studies
from tawazun.adapt.training.checkpoints import last_whole, step_of
from tawazun.adapt.training.cut import PARTS, WANTED, refuse_other_cuts
from tawazun.errors import BadStudy, UserError
from tests.adapt.training.conftest import small, small_stage, weights

ROOT = Path(__file__).parents[3]
CONFIGS = Path(studies.__file__).parent / "recipes" / "accelerate"
ASKED = {
    "ACCELERATE_USE_FSDP": "true",
    "FSDP_VERSION": "2",
    "FSDP_AUTO_WRAP_POLICY": "TRANSFORMER_BASED_WRAP",
    "FSDP_STATE_DICT_TYPE": "FULL_STATE_DICT",
    "FSDP_CPU_RAM_EFFICIENT_LOADING": "false",
}


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def together(out: Path, method: str = "lora", steps: int = 4, fault: str = "") -> list[tuple[int, str]]:
    """Train in two processes as the launcher begins them; their exit codes and what they said. One that stands
    still because the other is gone is ended, as the launcher does."""
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(_free_port()), "WORLD_SIZE": "2", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.adapt.training.one_of_two", str(out), method, str(steps), fault]
    begun = [
        subprocess.Popen(
            command, env={**os.environ, **ASKED, **place, "RANK": rank, "LOCAL_RANK": rank}, cwd=ROOT,
            stderr=subprocess.PIPE, text=True,
        )
        for rank in "01"
    ]  # fmt: skip
    if fault == "kill":
        begun[0].wait()
        begun[1].kill()
    said = [one.communicate(timeout=600)[1] for one in begun]
    return [(one.returncode, text) for one, text in zip(begun, said, strict=True)]


def _went_well(ends: list[tuple[int, str]]) -> None:
    assert [code for code, _ in ends] == [0, 0], ends


@pytest.mark.slow
@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_cut_model_comes_to_what_a_whole_one_comes_to(method: str, tmp_path: Path) -> None:
    one = small_stage(small(method=method, rate=1e-3 if method == "lora" else 1e-4, steps=4), tmp_path / "one").kept
    _went_well(together(tmp_path / "two", method))
    two = tmp_path / "two" / one.name
    assert {file.name for file in two.iterdir()} == {file.name for file in one.iterdir()}
    mine, theirs = (load_file(next(folder.glob("*.safetensors"))) for folder in (one, two))
    assert mine.keys() == theirs.keys()
    assert max(float(np.abs(mine[key] - theirs[key]).max()) for key in mine) < 1e-5
    # equal to the last bit would mean that one process did all the work
    assert any((mine[key] != theirs[key]).any() for key in mine)
    logs = [pl.read_parquet(tmp_path / name / "history.parquet") for name in ("one", "two")]
    assert np.allclose(logs[0]["loss"], logs[1]["loss"], atol=1e-4) and logs[0]["tokens"].equals(logs[1]["tokens"])


@pytest.mark.slow
@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_killed_training_of_a_cut_model_goes_on(method: str, tmp_path: Path) -> None:
    _went_well(together(tmp_path / "whole", method))
    out = tmp_path / "killed"
    assert together(out, method, fault="kill")[0][0] == -signal.SIGKILL
    last = last_whole(out / "checkpoints")
    assert last is not None and step_of(last) == 2 and (last / PARTS).is_file()
    # its weights are of parts, so a process alone says how to go on instead of beginning anew
    with pytest.raises(BadStudy, match=r"checkpoint-2 was written with a model cut over processes \(FSDP\)"):
        small_stage(small(method=method, rate=1e-3 if method == "lora" else 1e-4, steps=4), out)
    _went_well(together(out, method))
    kept = "adapter" if method == "lora" else "model"
    assert weights(out / kept) == weights(tmp_path / "whole" / kept)


@pytest.mark.slow
def test_numbers_that_are_lost_in_one_part_stop_both(tmp_path: Path) -> None:
    ends = together(tmp_path, steps=6, fault="lose")
    assert [code for code, _ in ends] == [1, 1]
    assert all("is no longer a number; the checkpoint of step 2 is whole and kept" in text for _, text in ends), ends
    assert not (tmp_path / "adapter").exists()


@pytest.mark.parametrize("name", sorted(WANTED))
def test_what_cannot_be_kept_whole_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in ASKED.items():
        monkeypatch.setenv(key, value)
    refuse_other_cuts()
    monkeypatch.setenv(name, {"FSDP_VERSION": "1", "FSDP_STATE_DICT_TYPE": "SHARDED_STATE_DICT"}.get(name, "true"))
    with pytest.raises(UserError, match=r"the launcher's fsdp_config: ") as caught:
        refuse_other_cuts()
    assert WANTED[name][1] in str(caught.value)
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "false")
    refuse_other_cuts()


@pytest.mark.parametrize("file", sorted(CONFIGS.glob("*-fsdp.yaml")), ids=lambda file: file.name)
def test_the_shipped_configurations_ask_for_what_is_tested(file: Path) -> None:
    table = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert table["distributed_type"] == "FSDP" and table["mixed_precision"] == "no"
    given = {key.upper(): str(value) for key, value in table["fsdp_config"].items()}
    for key, (value, _) in WANTED.items():
        assert given[key].lower() == value.lower()
    assert given["FSDP_AUTO_WRAP_POLICY"] == ASKED["FSDP_AUTO_WRAP_POLICY"]
