"""The shipped recipes of preferences, reward models and DPO, and a command that is killed while a model answers."""

import math
import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOConfig, DPOTrainer

from tawazun.adapt.preferences.direct import DirectRecipe
from tawazun.adapt.preferences.keys import load_preference_recipe
from tawazun.adapt.reward.keys import RewardRecipe
from tawazun.adapt.training.keys import load_stage, stage_from
from tawazun.answers import Outcome
from tawazun.api.direct import adapt_direct, direct_size
from tawazun.api.preferences import make_preferences
from tawazun.api.reward import reward_size
from tawazun.api.training import Given
from tawazun.atlas import model_folder
from tawazun.cells import Ask
from tawazun.errors import Refused
from tawazun.studies import find_recipe
from tawazun.study import read_toml
from tests.adapt.preferences import planted
from tests.adapt.preferences.test_preferences import sampled
from tests.adapt.training.conftest import killed_while, one_thread

__all__ = ["one_thread"]


def test_the_shipped_judge_passes_and_its_faults_do_not(tmp_path: Path) -> None:
    file = find_recipe("preferences-planted")
    recipe = load_preference_recipe(file)
    done = make_preferences(recipe, tmp_path / "sound", folder=file.parent, cache=False)
    assert (done.train, done.held_out) == (36, 12)
    assert {gate.state for gate in done.gates} == {"open"}
    people = done.findings.filter((pl.col("measure") == "agreement") & (pl.col("respondent") == "ceiling:people"))
    assert people["value"][0] < 1  # people are not of one mind about these pairs
    for name, fault in (("blind", {"country_blind": 1.0}), ("biased", {"position_bias": 0.6})):
        judge = recipe.judge.model_copy(update={"options": fault})
        with pytest.raises(Refused, match="nothing is exported"):
            changed = recipe.model_copy(update={"judge": judge})
            make_preferences(changed, tmp_path / name, folder=file.parent, cache=False)


def test_the_shipped_recipes_say_how_much_they_train() -> None:
    direct = load_stage(find_recipe("dpo-planted"), DirectRecipe)
    # 36 items in two wordings and two orders, four pairs each; 24 held-out items in two other wordings and two orders
    assert direct_size(direct) == {"pairs": 576, "held_out": 384, "steps": 60, "batch": 16}
    reward = load_stage(find_recipe("reward-planted"), RewardRecipe)
    assert reward_size(reward) == {"rows": 432, "held_out": 288, "steps": 80, "batch": 16}


def test_pairs_of_people_are_trained_on_and_told_apart(tmp_path: Path) -> None:
    table = read_toml(find_recipe("dpo-planted"))
    del table["score"]
    table["train"] |= {"steps": 2, "batch": 4, "save_every": 5, "log_every": 1}
    table["people"] |= {"each": 1, "orders": ["forward"]}
    recipe = stage_from(table, "dpo", DirectRecipe)
    done = adapt_direct(recipe, tmp_path / "out", Given())
    data = done.lineage["data"]
    assert len(data["items"]) == 36 and all(
        f"atlas:{item}" not in data["items"] for item in table["people"]["held_out"]
    )
    assert data["left_out"]["a01"] == "held out" and data["pairs"] == 72 and data["held_out"] == 48
    assert done.lineage["licences"] == [{"source": "atlas_exact-1/x-marsouk", "licence": "Apache-2.0"}]


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["conversational", "plain"])
def test_dpo_of_trl_takes_an_exported_file_as_it_is(tmp_path: Path, shape: str) -> None:
    """Nothing of ours stands between the file and the trainer but the model and its tokenizer."""
    planted.made(tmp_path, export={"shape": shape})
    file = str(tmp_path / "out" / "train.jsonl")
    rows = load_dataset("json", data_files=file, cache_dir=str(tmp_path / "c"))["train"]
    tokenizer = AutoTokenizer.from_pretrained(model_folder())
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    keys = DPOConfig(
        str(tmp_path / "dpo"), max_steps=1, per_device_train_batch_size=2, use_cpu=True, bf16=False, report_to=[]
    )
    model = AutoModelForCausalLM.from_pretrained(model_folder(), dtype="float32")
    before = model.get_input_embeddings().weight.detach().clone()
    trainer = DPOTrainer(model, args=keys, train_dataset=rows, processing_class=tokenizer)
    done = trainer.train()
    # before the first step the model is the reference, so every margin is 0
    assert done.training_loss == pytest.approx(math.log(2), abs=1e-3)
    assert not torch.equal(model.get_input_embeddings().weight.detach(), before)


class Deadly(planted.Writer):
    """Says a few things and dies."""

    def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> Iterator[Outcome]:
        for outcome in super().answer(asks, samples, study_seed):
            if self.asked == 11:
                os.kill(os.getpid(), signal.SIGKILL)
            yield outcome


def test_a_command_that_is_killed_while_the_model_answers_goes_on(tmp_path: Path) -> None:
    recipe = sampled(tmp_path, check={"labels": "none"})

    def make(writer: planted.Writer, name: str) -> Any:
        return make_preferences(recipe, tmp_path / name, folder=tmp_path, make=planted.maker(writer), cache=False)

    assert killed_while(lambda: make(Deadly(), "killed")) == signal.SIGKILL
    kept = len((tmp_path / "killed" / "answers.jsonl").read_text().splitlines())
    assert kept == 10
    again = planted.Writer()
    done = make(again, "killed")
    assert again.asked == 48 - kept
    whole = make(planted.Writer(), "whole")
    files = [(one.path / "train.jsonl").read_bytes() for one in (done, whole)]
    assert files[0] == files[1]
