"""A training that is killed, loses its numbers or fills the disk: what is there afterwards is whole, and goes on."""

import errno
import json
import os
import signal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
from safetensors.torch import load_file
from transformers import Trainer, TrainerCallback

from tawazun.adapt.training import checkpoints
from tawazun.adapt.training.checkpoints import last_whole, step_of, whole_ones
from tawazun.adapt.training.keys import stage_from
from tawazun.api.training import Given
from tawazun.errors import BadFile, StudyChanged, TrainingFailed, UserError, WriteFailed
from tawazun.runs.writing import locked
from tests.adapt.training.conftest import SMALL, kill_in_save, killed_while, small, small_stage, weights


class _Kill(TrainerCallback):  # type: ignore[misc]
    def __init__(self, step: int) -> None:
        self._step = step

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step == self._step:
            os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("method", [pytest.param(one, marks=pytest.mark.slow) for one in ("lora", "full")])
def test_a_killed_training_comes_to_the_same_weights(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = small(method=method, rate=1e-3 if method == "lora" else 1e-4)
    whole = small_stage(recipe, tmp_path / "whole")
    out = tmp_path / "killed"
    for step, before in ((2, True), (4, False)):
        with monkeypatch.context() as patch:
            kill_in_save(patch, step, before=before)
            assert killed_while(lambda: small_stage(recipe, out)) == signal.SIGKILL
        assert not (out / "manifest.json").exists()
    # a torn checkpoint of step 2 was not taken; that of step 4 is whole
    last = last_whole(out / "checkpoints")
    assert last is not None and step_of(last) == 4
    assert killed_while(lambda: small_stage(recipe, out, lambda t: t.add_callback(_Kill(5)))) == signal.SIGKILL
    again = small_stage(recipe, out)
    assert weights(again.kept) == weights(whole.kept)
    logs = [pl.read_parquet(one / "history.parquet") for one in (tmp_path / "whole", out)]
    assert logs[0]["loss"].to_list() == logs[1]["loss"].to_list() and logs[0]["step"].to_list() == [1, 2, 3, 4, 5, 6]
    assert logs[1]["seconds"].is_sorted() and logs[1]["tokens"].to_list() == [48.0 * n for n in range(1, 7)]


@pytest.mark.slow
def test_other_seeds_come_to_other_weights(tmp_path: Path) -> None:
    made = [small_stage(small().model_copy(update={"seed": seed}), tmp_path / str(seed)) for seed in (0, 1)]
    assert weights(made[0].kept) != weights(made[1].kept)


def test_a_finished_training_is_not_trained_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = small_stage(small(), tmp_path)
    monkeypatch.setattr(Trainer, "train", lambda *a, **k: pytest.fail("it trained again"))
    assert small_stage(small(), tmp_path).lineage == first.lineage


def test_an_edited_recipe_other_folders_and_a_held_one_are_refused(tmp_path: Path) -> None:
    small_stage(small(), tmp_path / "one")
    with pytest.raises(StudyChanged, match="another recipe; choose another --out"):
        small_stage(small(steps=8), tmp_path / "one")
    # how many checkpoints are kept moves no weight
    small_stage(small(keep=1), tmp_path / "one")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    with pytest.raises(BadFile, match="holds no adaptation"):
        small_stage(small(), tmp_path / "mine")
    with locked(tmp_path / "one", "adaptation"), pytest.raises(UserError, match="another process"):
        small_stage(small(), tmp_path / "one")


def _poison(at: int) -> Any:
    """A trainer whose loss is no number from a step on."""

    def change(trainer: Trainer) -> None:
        own = trainer.compute_loss

        def loss(*args: Any, **kwargs: Any) -> Any:
            found = own(*args, **kwargs)
            return found * float("nan") if trainer.state.global_step >= at else found

        trainer.compute_loss = loss

    return change


@pytest.mark.parametrize("log_every", [1, 50])
def test_a_loss_that_is_no_number_stops_and_keeps_the_last_good_checkpoint(tmp_path: Path, log_every: int) -> None:
    with pytest.raises(TrainingFailed, match=r"step [45]: .*the checkpoint of step 2 is whole and kept") as caught:
        small_stage(small(log_every=log_every), tmp_path, _poison(3))
    assert "\n" not in str(caught.value)
    kept = whole_ones(tmp_path / "checkpoints")
    assert [step_of(one) for one in kept] == [2]
    tensors = torch.load(kept[0] / "optimizer.pt", weights_only=True)
    assert all(torch.isfinite(one["exp_avg"]).all() for one in tensors["state"].values())
    assert not (tmp_path / "manifest.json").exists() and not (tmp_path / "adapter").exists()


def test_a_full_disk_is_one_line_and_the_same_command_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = small_stage(small(), tmp_path / "whole")

    def full(trainer: Trainer) -> None:
        own = trainer._save_optimizer_and_scheduler

        def save(folder: str) -> None:
            own(folder)
            if folder.endswith("-4"):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        trainer._save_optimizer_and_scheduler = save

    with pytest.raises(WriteFailed, match=r"step 4 could not be written \(No space left.*step 2 is whole and kept"):
        small_stage(small(), tmp_path / "full", full)
    assert not list((tmp_path / "full" / "checkpoints").glob(".saving*"))
    assert weights(small_stage(small(), tmp_path / "full").kept) == weights(whole.kept)


def test_a_checkpoint_that_lost_a_file_is_none(tmp_path: Path) -> None:
    small_stage(small(), tmp_path)
    one, two = whole_ones(tmp_path / "checkpoints")
    (two / "optimizer.pt").write_bytes(b"short")
    assert last_whole(tmp_path / "checkpoints") == one
    (one / checkpoints.MARK).unlink()
    assert last_whole(tmp_path / "checkpoints") is None


@pytest.mark.slow
def test_activations_computed_twice_and_parts_of_a_step_come_to_the_same(tmp_path: Path) -> None:
    plain = small_stage(small(steps=3), tmp_path / "plain")
    other = small_stage(small(steps=3, gradient_checkpointing=True, accumulation=2, log_every=50), tmp_path / "other")
    one, two = (load_file(done.kept / "adapter_model.safetensors") for done in (plain, other))
    assert max(float((one[key] - two[key]).abs().max()) for key in one) < 1e-4
    assert any(float(one[key].abs().max()) > 1e-3 for key in one if "lora_B" in key)
    # the last step has a row however seldom rows are written
    assert pl.read_parquet(tmp_path / "other" / "history.parquet")["step"].to_list() == [3]


def test_the_recipe_of_another_installation_takes_a_training_up(tmp_path: Path) -> None:
    """A shipped recipe lies in the package; where that is moves nothing."""
    ask = {"instruments": ["atlas"], "items": ["a01"], "personas": ["none"], "wordings": ["w1"], "orders": ["forward"]}
    measure = {"populations": ["atlas_exact-1/x-marsouk"], "measures": ["js_divergence"]}
    recipe = stage_from({**SMALL, "score": {"ask": ask, "measure": measure}}, "small.toml", type(small()))
    places = [tmp_path / "one", tmp_path / "other" / "deep" / "down"]
    for place in places:
        place.mkdir(parents=True)
    out = tmp_path / "out"
    first = small_stage(recipe, out, given=Given(folder=places[0]))
    (out / "manifest.json").unlink()
    again = small_stage(recipe, out, given=Given(folder=places[1]))
    assert again.lineage == first.lineage and again.lineage["scores"]
    assert 'adapter = "../adapter"' in (out / "after" / "study.toml").read_text(encoding="utf-8")


def test_a_batch_that_cannot_be_shared_is_refused() -> None:
    with pytest.raises(UserError, match=r"train: batch: 4 rows cannot be computed in 3 equal parts"):
        small(accumulation=3)


def test_lineage_and_manifest(tmp_path: Path) -> None:
    made = small_stage(small(), tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["kind"] == "adapt" and manifest["counts"]["steps"] == 6
    assert str(tmp_path) not in (tmp_path / "manifest.json").read_text() + (tmp_path / "lineage.json").read_text()
    assert made.lineage["base"]["kind"] == "hf" and made.lineage["trained"]["folder"] == "adapter"
    assert not made.lineage["non_commercial"]
    assert str(tmp_path) not in (made.kept / "adapter_config.json").read_text()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"train": {"steps": 2, "epochs": 1}}, "train: give either steps or epochs"),
        ({"train": {"steps": 0}}, "train: nothing would be trained: give steps or epochs above 0"),
        ({"train": {"steps": 2, "lr": 1}}, "unknown key 'train.lr'; allowed here: method, rank"),
        ({"train": {"steps": 2, "method": "dora"}}, "train.method"),
        ({"train": {"steps": 2, "rate": float("inf")}}, "train.rate"),
        ({"base": {"kind": "endpoint"}}, "only a model on this machine"),
        ({"score": {}}, "score: give either study or ask"),
        ({"contamination": {"held_out": ["rank"]}}, "write INSTRUMENT:ITEM"),
        ({"base": {"model": "planted", "options": {"api_key": "x"}}}, "looks like a credential"),
    ],
)
def test_bad_recipes(table: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        stage_from({**SMALL, **table}, "bad.toml", type(small()))
    assert str(caught.value).startswith("bad.toml: ")
