"""Runs of a few steps on the planted model: what is written, that rounds follow each other, and what stops them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import tomli_w
from safetensors.numpy import load_file
from typer.testing import CliRunner

from tawazun.adapt.preferences.direct import DirectRecipe
from tawazun.adapt.rlaif.rewards.distribution import Distribution
from tawazun.adapt.training.watch import Step
from tawazun.api.rlaif import RlaifSize, adapt_rlaif, rlaif_from, rlaif_size
from tawazun.api.training import Given, Trained
from tawazun.cli.commands import app
from tawazun.errors import BadStudy, Failure, TawazunError, TrainingFailed
from tawazun.respondents import Settings
from tawazun.respondents.catalogue.hf import HF
from tests import tiny_models

HELD_OUT = [f"a{number:02}" for number in range(1, 25)]
SIGNS = {"reward", "merit", "kl", "entropy", "distinct", "refused", "unread", "completions/mean_length", "round"}


def table(**changes: dict[str, Any]) -> dict[str, Any]:
    """A recipe of two rounds of two steps; `section={key: value}` changes keys, None takes one away."""
    made: dict[str, Any] = {
        "name": "small",
        "base": {"model": "planted", "device": "cpu"},
        "train": {"method": "lora", "rank": 2, "steps": 2, "batch": 8, "rate": 3e-3, "context": 128, "save_every": 1},
        "rl": {"method": "grpo", "beta": 0.05, "group": 4, "max_completion_length": 1, "rounds": 2},
        "reward": [{"kind": "distribution"}],
        "prompts": {
            "instrument": "atlas", "populations": ["atlas_exact-1/x-marsouk"], "wordings": ["w1"],
            "held_out": HELD_OUT,
        },
    }  # fmt: skip
    for section, keys in changes.items():
        whole = {**made.get(section, {}), **keys} if isinstance(keys, dict) else keys
        made[section] = {k: v for k, v in whole.items() if v is not None} if isinstance(whole, dict) else whole
    return made


def weights(kept: Path) -> dict[str, Any]:
    return {name: one.tobytes() for name, one in load_file(kept / "adapter_model.safetensors").items()}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return adapt_rlaif(rlaif_from(table(), "t"), tmp_path_factory.mktemp("rl") / "out")


def test_history_has_a_row_a_step_with_every_sign(trained: Trained) -> None:
    found = pl.read_parquet(trained.path / "history.parquet")
    assert set(found.columns) >= SIGNS
    assert found["step"].to_list() == [1, 2, 3, 4] and found["round"].to_list() == [1, 1, 2, 2]
    assert found["completions/mean_length"].to_list() == [1.0] * 4
    assert found["distinct"].is_between(1, 4).all() and (found["entropy"] > 0).all()


def test_the_penalty_is_held_against_the_start_in_every_round(trained: Trained) -> None:
    kl = pl.read_parquet(trained.path / "history.parquet")["kl"].to_list()
    assert kl[0] < 1e-6 < kl[2]


@pytest.mark.slow
def test_all_weights_can_be_trained_against_the_start_too(tmp_path: Path) -> None:
    keys = table(train={"method": "full", "steps": 1, "rate": 1e-4}, rl={"rounds": 2, "method": "rloo"})
    done = adapt_rlaif(rlaif_from(keys, "t"), tmp_path / "out")
    kl = pl.read_parquet(tmp_path / "out" / "history.parquet")["kl"].to_list()
    assert abs(kl[0]) < 1e-6 and abs(kl[1]) > 1e-6
    assert done.kept.name == "model" and HF(Settings("x", "hf", model=str(done.kept))).identity["weights"]


def test_lineage_says_what_was_trained_on_and_what_rounds_came_to(trained: Trained) -> None:
    data = trained.lineage["data"]
    assert data["items"] == [f"atlas:a{number:02}" for number in range(25, 61)]
    assert not set(data["items"]) & {f"atlas:{one}" for one in HELD_OUT}
    assert [one["number"] for one in data["rounds"]] == [1, 2] and data["resumed"] == "never"
    assert data["rewards"] == [{"kind": "distribution", "weight": 1.0, "options": {}}]
    assert "log" not in data["rounds"][0]
    assert pl.read_parquet(trained.path / "rounds.parquet")["steps"].to_list() == [2, 2]
    assert json.loads((trained.path / "manifest.json").read_text())["counts"]["steps"] == 4


def test_what_is_kept_is_one_plain_adapter_of_the_base(trained: Trained) -> None:
    names = weights(trained.kept)
    assert names and not any(".ref." in name for name in names)
    assert not (trained.kept / "ref").exists()
    assert HF(Settings("x", "hf", model="planted", adapter=str(trained.kept))).identity["adapter"]
    assert sorted(one.name for one in (trained.path / "rounds" / "1").iterdir()) == ["end.safetensors", "round.json"]


class Stopped(BaseException):
    """What a kill looks like from inside."""


def stop_at(count: int) -> Callable[[Step], None]:
    seen = []

    def tick(step: Step) -> None:
        seen.append(step)
        if len(seen) == count:
            raise Stopped

    return tick


def test_a_run_that_was_stopped_twice_ends_the_same_and_says_so(trained: Trained, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for count in (2, 2):
        with pytest.raises(Stopped):
            adapt_rlaif(rlaif_from(table(), "t"), out, Given(progress=stop_at(count)))
    done = adapt_rlaif(rlaif_from(table(), "t"), out)
    assert weights(done.kept) == weights(trained.kept)
    data = done.lineage["data"]
    assert sum(len(one["resumed"]) for one in data["rounds"]) >= 1
    assert "drawn anew" in data["resumed"] and "GPU" in data["resumed"]
    steps = pl.read_parquet(out / "history.parquet")["step"].to_list()
    assert steps == [1, 2, 3, 4]


def test_a_collapse_stops_the_round_and_keeps_its_best_step(tmp_path: Path) -> None:
    keys = table(
        rl={"method": "rloo", "rounds": 1, "beta": 0.0},
        reward=[{"kind": "mode"}],
        train={"steps": 60, "rate": 3e-2},
        watch={"entropy": 0.5, "distinct": 0.0, "window": 2},
    )
    done = adapt_rlaif(rlaif_from(keys, "t"), tmp_path / "out")
    (one,) = done.lineage["data"]["rounds"]
    assert "entropy of the replies fell" in one["collapsed"]
    assert 0 < one["kept"] < one["steps"] < 60
    assert done.kept.is_dir()
    with pytest.raises(TrainingFailed, match="before anything was kept"):
        adapt_rlaif(rlaif_from(keys | {"train": {**keys["train"], "save_every": 100}}, "t"), tmp_path / "none")


def test_a_reward_that_is_no_number_leaves_the_last_checkpoint_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, calls = Distribution.score, []

    def broken(self: Distribution, groups: Any) -> Any:
        calls.append(1)
        return own(self, groups) * (float("nan") if len(calls) == 2 else 1.0)

    monkeypatch.setattr(Distribution, "score", broken)
    recipe = rlaif_from(table(rl={"rounds": 1, "beta": 0.0}), "t")
    with pytest.raises(Failure, match="reward distribution: not a number"):
        adapt_rlaif(recipe, tmp_path / "out")
    assert (tmp_path / "out" / "rounds" / "1" / "checkpoints" / "checkpoint-1" / "whole.json").is_file()
    monkeypatch.setattr(Distribution, "score", own)
    assert adapt_rlaif(recipe, tmp_path / "out").lineage["data"]["rounds"][0]["resumed"] == [1]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"train": {"batch": 10}}, "10 replies are no whole groups of 4"),
        ({"rl": {"method": "ppo"}}, "rl.method"),
        ({"rl": {"beta": None}}, "the key 'rl.beta' is missing"),
        ({"rl": {"method": "rloo", "loss_type": "dapo"}}, "rloo has one loss"),
        ({"rl": {"method": "rloo", "scale_rewards": "group"}}, 'rloo knows "none" and "batch"'),
        ({"reward": []}, "reward"),
        ({"reward": [{"kind": "mode"}, {"kind": "mode"}]}, "a kind stands twice"),
        ({"reward": [{"kind": "modes"}]}, "unknown reward 'modes'"),
        ({"reward": [{"kind": "mode", "options": {"exact": True}}]}, "unknown option 'exact'"),
        ({"prompts": {"source": {"name": "own", "files": "p.jsonl"}}}, "either an instrument"),
        ({"prompts": {"populations": []}}, "need populations and wordings"),
    ],
)
def test_recipes_that_cannot_be(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BadStudy, match=words):
        rlaif_from(table(**changes), "t")


def test_open_prompts_take_a_reward_model_only() -> None:
    made = table() | {"prompts": {"source": {"name": "own", "files": "p.jsonl"}}}
    with pytest.raises(BadStudy, match="only kind model can judge"):
        rlaif_from(made, "t")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"train": {"context": 40}}, "raise train.context"),
        ({"train": {"batch": 400}}, "36 are fewer than the 100 groups of a step"),
        ({"prompts": {"items": ["b99"]}}, "'b99' is not an item of atlas"),
        ({"prompts": {"populations": ["atlas-1/x-nowhere"]}}, "x-nowhere"),
    ],
)
def test_what_is_found_out_before_any_weight_is_moved(changes: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(TawazunError, match=words) as caught:
        adapt_rlaif(rlaif_from(table(**changes), "t"), tmp_path / "out")
    assert caught.value.exit_code == 2 and "\n" not in str(caught.value)
    assert not (tmp_path / "out" / "rounds").exists()


def test_a_model_without_a_chat_template_is_refused(tmp_path: Path) -> None:
    tiny_models.save(tmp_path / "m", words=tiny_models.tokenizer(chat=None))
    with pytest.raises(BadStudy, match="has no chat template"):
        adapt_rlaif(rlaif_from(table(base={"model": str(tmp_path / "m")}), "t"), tmp_path / "out")


def test_an_adapter_of_another_base_is_refused(trained: Trained, tmp_path: Path) -> None:
    tiny_models.save(tmp_path / "m")
    keys = table(base={"model": str(tmp_path / "m"), "adapter": str(trained.kept)})
    with pytest.raises(TawazunError, match="base") as caught:
        adapt_rlaif(rlaif_from(keys, "t"), tmp_path / "out")
    assert caught.value.exit_code == 2


def test_dpo_and_kto_have_the_recipe_of_pairs() -> None:
    made = {key: one for key, one in table().items() if key in ("name", "base", "train")}
    found = rlaif_from(made | {"rl": {"method": "dpo"}, "pairs": {"file": "p.jsonl"}}, "t")
    assert isinstance(found, DirectRecipe)
    with pytest.raises(BadStudy, match="pairs"):
        rlaif_from(made | {"rl": {"method": "kto"}}, "t")


def test_a_dry_run_counts_prompts() -> None:
    size = rlaif_size(rlaif_from(table(prompts={"orders": ["forward", "reversed"]}), "t"))
    assert size == RlaifSize(prompts=72, batch=8, steps=2, rounds=2)


def test_the_command_counts_and_trains(tmp_path: Path) -> None:
    runner = CliRunner()
    counted = runner.invoke(
        app, ["adapt", "rlaif", "rlaif-planted", "--out", str(tmp_path / "o"), "--dry-run", "--json"]
    )
    assert json.loads(counted.stdout) == {"prompts": 288, "batch": 64, "steps": 40, "rounds": 1}
    assert not (tmp_path / "o").exists()
    pairs = runner.invoke(app, ["adapt", "rlaif", "dpo-planted", "--out", str(tmp_path / "o"), "--dry-run"])
    assert pairs.exit_code == 0 and pairs.stdout.startswith("pairs: ")
    (tmp_path / "r.toml").write_text(tomli_w.dumps(table(rl={"rounds": 1, "beta": 0.0}, train={"steps": 1})))
    done = runner.invoke(app, ["adapt", "rlaif", str(tmp_path / "r.toml"), "--out", str(tmp_path / "o")])
    assert done.exit_code == 0, done.output
    assert "round 1, 1 steps: reward" in done.stdout and "no item of" in done.stdout
