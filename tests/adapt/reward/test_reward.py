"""Reward models: what each head learns from planted answers, what is said of it, and a training that is killed."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st
from transformers import TrainerCallback

from tawazun.adapt.preferences.sets import Preference, jsonl
from tawazun.adapt.reward import learning
from tawazun.adapt.reward.findings import Held, accuracy, calibration_error, findings, reliability
from tawazun.adapt.reward.keys import RewardRecipe
from tawazun.adapt.reward.rows import Graded, of_grades, of_pairs, read_graded, refuse_flat
from tawazun.adapt.reward.scoring import better, open_reward
from tawazun.adapt.training.keys import stage_from
from tawazun.api.reward import adapt_reward, reward_size
from tawazun.api.training import Given, Trained
from tawazun.errors import BadFile, BadStudy
from tawazun.estimates import Estimate
from tawazun.seeds import stream
from tests.adapt.training.conftest import kill_in_save, killed_while, one_thread, small, small_stage, weights
from tests.commands import tawazun

__all__ = ["one_thread"]  # autouse: what a step computes must not depend on how busy the machine is
GOOD, BAD = ("grey harbour", "north wind", "stone bridge"), ("market days", "cold months", "low clouds")
PLACES = ("EGY", "MAR")


def made(count: int, start: int = 0, *, lot: bool = False) -> list[Preference]:
    """Answers that name good things win over those that name bad ones, longer or not; by lot nothing wins."""
    found = []
    for k in range(start, start + count):
        draw = stream("reward-test", k)
        tails = ["", " in the long cold evening by the water"]
        texts = [f"the {words[draw.integers(3)]}{tails[draw.integers(2)]}" for words in (GOOD, BAD)]
        if lot and draw.random() < 0.5:
            texts.reverse()
        found.append(Preference(f"p{k}", (("user", f"Say a thing, number {k}."),), *texts, country=PLACES[k % 2]))
    return found


def write(path: Path, pairs: list[Preference]) -> None:
    path.write_text(jsonl([{"id": one.id, "country": one.country, **one.record()} for one in pairs]))


def grades(path: Path, count: int, start: int = 0) -> None:
    """Three answers a prompt with grades 2, 5 and 9."""
    rows = []
    for k in range(start, start + count):
        texts = (f"the {BAD[k % 3]}", f"the {BAD[k % 3]} and the {GOOD[k % 3]}", f"the {GOOD[k % 3]}")
        rows += [{"id": f"g{k}-{v}", "prompt": f"Say {k}.", "answer": text, "grade": v, "country": PLACES[k % 2]}
                 for text, v in zip(texts, (2, 5, 9), strict=True)]  # fmt: skip
    path.write_text(jsonl(rows))


def table(folder: Path, **changes: Any) -> dict[str, Any]:
    if not (folder / "pairs.jsonl").exists():
        write(folder / "pairs.jsonl", made(64))
        write(folder / "held.jsonl", made(40, 1000))
    found: dict[str, Any] = {
        "name": "rewards",
        "base": {"model": "planted", "device": "cpu"},
        "pairs": {"file": "pairs.jsonl", "held_out": "held.jsonl"},
        "train": {"rank": 4, "steps": 4, "batch": 4, "rate": 3e-3, "save_every": 2, "log_every": 1, "context": 128},
    }
    for section, keys in changes.items():
        found[section] = {**found.get(section, {}), **keys} if isinstance(keys, dict) else keys
    return {key: value for key, value in found.items() if value is not None}


def recipe(folder: Path, **changes: Any) -> RewardRecipe:
    return stage_from(table(folder, **changes), "recipe.toml", RewardRecipe)


def trained(folder: Path, name: str = "out", **changes: Any) -> Trained:
    return adapt_reward(recipe(folder, **changes), folder / name, Given(folder=folder))


def value(path: Path, measure: str, respondent: str = "rewards", **where: str) -> dict[str, Any]:
    rows = pl.read_parquet(path / "findings.parquet").filter(
        (pl.col("measure") == measure) & (pl.col("respondent") == respondent)
        & (pl.col("group") == where.get("group", "")) & (pl.col("facet") == where.get("facet", ""))
    )  # fmt: skip
    return rows.row(0, named=True)


LEARNT = {"steps": 24, "batch": 8, "rank": 8, "rate": 5e-3, "schedule": "constant", "save_every": 50}


def test_pairs_teach_what_is_better_and_length_does_not(tmp_path: Path) -> None:
    done = trained(tmp_path, train=LEARNT)
    whole = value(done.path, "reward_accuracy")
    assert whole["value"] > 0.9 and whole["low"] > 0.7 and whole["n"] == 40
    assert {value(done.path, "reward_accuracy", group=f"country:{code}")["n"] for code in PLACES} == {20}
    floor = value(done.path, "reward_accuracy", respondent="floor:length")
    assert 0.2 < floor["value"] < 0.8
    assert value(done.path, "reward_accuracy", facet="alike in length")["value"] > 0.9
    assert abs(value(done.path, "reward_length_correlation")["value"]) < 0.6
    assert value(done.path, "reward_calibration_error", respondent="floor:calibrated")["value"] > 0
    table = pl.read_parquet(done.path / "reliability.parquet")
    assert table["n"].sum() == 40 and table["from"][0] == 0.5 and table["to"][-1] == 1.0
    # the model that is kept gives the rewards that were reported
    model = open_reward(done.path, "cpu")
    told = pl.read_parquet(done.path / "held_out.parquet")
    own = model.score([(one.prompt, one.chosen) for one in made(40, 1000)])
    assert np.allclose(own, told["chosen"].to_numpy(), atol=1e-3)
    seen = model.score([(one.prompt, text) for one in made(64) for text in (one.chosen, one.rejected)])
    assert abs(seen.mean()) < 1e-3 and seen.std() == pytest.approx(1, abs=1e-3)
    assert done.lineage["method"] == "reward" and done.lineage["data"]["pairs"] == 64


def longest_wins(count: int) -> list[Preference]:
    """Pairs of which the longer answer wins, whatever it says."""
    found = []
    for one in made(count):
        short, other = sorted((one.chosen, one.rejected), key=len)
        longer = other if len(other) > len(short) + 20 else f"{other} in the long cold evening by the water"
        chosen, rejected = longer, short.removesuffix(" in the long cold evening by the water")
        found.append(Preference(one.id, one.prompt, chosen, rejected, country=one.country))
    return found


def test_a_model_that_learnt_length_is_told_by_its_report(tmp_path: Path) -> None:
    table(tmp_path)
    write(tmp_path / "pairs.jsonl", longest_wins(64))
    with pytest.raises(BadStudy, match="the longer answer wins in all 64 pairs"):
        trained(tmp_path, train=LEARNT)
    done = trained(tmp_path, train=LEARNT, pairs={"go_on": "a planted fault"})
    longer, verdicts = (value(done.path, "reward_longer", respondent=who) for who in ("rewards", "floor:verdicts"))
    # people's verdicts on the held-out pairs do not go by length, the model does
    assert longer["value"] > 0.75 and longer["low"] > verdicts["value"] and 0.25 < verdicts["value"] < 0.75
    floor = value(done.path, "reward_accuracy", respondent="floor:length")
    assert abs(value(done.path, "reward_accuracy")["value"] - floor["value"]) < 0.25


def test_verdicts_by_lot_teach_nothing(tmp_path: Path) -> None:
    write(tmp_path / "pairs.jsonl", made(64, lot=True))
    write(tmp_path / "held.jsonl", made(40, 1000, lot=True))
    done = trained(tmp_path, train={**LEARNT, "steps": 8})
    whole = value(done.path, "reward_accuracy")
    assert whole["low"] < 0.5 < whole["high"]


@pytest.mark.parametrize("head", ["classes", "regression"])
def test_grades_teach_heads_of_other_kinds(tmp_path: Path, head: str) -> None:
    grades(tmp_path / "graded.jsonl", 30)
    grades(tmp_path / "new.jsonl", 12, 500)
    keys = {"file": "graded.jsonl", "held_out": "new.jsonl"}
    done = trained(tmp_path, reward={"head": head}, pairs=None, graded=keys, train=LEARNT)
    facts = json.loads((done.path / "reward.json").read_text())
    assert facts["head"] == head and facts["levels"] == ([2.0, 5.0, 9.0] if head == "classes" else [])
    assert value(done.path, "reward_accuracy")["value"] > 0.8
    model = open_reward(done.path, "cpu")
    asked = (("text", "Say 7."),)
    low, middle, high = model.score([(asked, f"the {a}") for a in (BAD[1], f"{BAD[1]} and the {GOOD[1]}", GOOD[1])])
    assert low < high and middle < high
    # pairs of a prompt: 9 over 5, 9 over 2, 5 over 2
    assert value(done.path, "reward_accuracy")["n"] == 36


class _Kill(TrainerCallback):  # type: ignore[misc]
    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step == 3:
            os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("head", [pytest.param(one, marks=pytest.mark.slow) for one in ("pairwise", "classes")])
def test_a_killed_training_comes_to_the_same_weights(
    head: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = trained(tmp_path, "whole", reward={"head": head})
    with monkeypatch.context() as patch:
        kill_in_save(patch, 2, before=False)
        assert killed_while(lambda: trained(tmp_path, "killed", reward={"head": head})) == signal.SIGKILL
    name = "_pairwise" if head == "pairwise" else "_graded"
    own = getattr(learning, name)

    def deadly(*given: Any) -> Any:
        trainer = own(*given)
        trainer.add_callback(_Kill())
        return trainer

    with monkeypatch.context() as patch:
        patch.setattr(learning, name, deadly)
        assert killed_while(lambda: trained(tmp_path, "killed", reward={"head": head})) == signal.SIGKILL
    again = trained(tmp_path, "killed", reward={"head": head})
    assert weights(again.kept) == weights(first.kept)
    for file in ("held_out.parquet", "findings.parquet", "reliability.parquet"):
        assert pl.read_parquet(again.path / file).equals(pl.read_parquet(first.path / file))


@pytest.mark.slow
def test_a_whole_model_is_kept_and_opened(tmp_path: Path) -> None:
    done = trained(tmp_path, train={"method": "full", "rate": 1e-4})
    assert done.kept.name == "model"
    told = pl.read_parquet(done.path / "held_out.parquet")
    own = open_reward(done.path, "cpu").score([(one.prompt, one.chosen) for one in made(40, 1000)])
    assert np.allclose(own, told["chosen"].to_numpy(), atol=1e-3)


def test_a_reward_model_stands_on_an_adapter_that_is_merged(tmp_path: Path) -> None:
    """As the script for a real model makes it: what is kept is whole and gives the rewards that were told."""
    first = small_stage(small(steps=2), tmp_path / "first")
    done = trained(tmp_path, base={"adapter": "first/adapter"}, train={"on_adapter": "merge", "steps": 2})
    assert done.kept.name == "model"
    assert done.lineage["parent"]["trained"] == first.lineage["trained"]
    told = pl.read_parquet(done.path / "held_out.parquet")
    own = open_reward(done.path, "cpu").score([(one.prompt, one.chosen) for one in made(40, 1000)])
    assert np.allclose(own, told["chosen"].to_numpy(), atol=1e-3)


def test_the_command_trains_and_reports(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(tomli_w.dumps(table(tmp_path)))
    words = ("adapt", "reward", "recipe.toml", "--out", "out")
    ran = tawazun(*words, "--dry-run", folder=tmp_path)
    assert ran.stdout == "64 rows and 40 held out, 4 steps of 4 rows\n", ran.stderr
    ran = tawazun(*words, folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "reward_accuracy floor:length:" in ran.stdout and "reward model: out" in ran.stdout


# ---- numbers


def test_the_findings_of_rewards_that_are_known() -> None:
    pairs = made(40)
    lengths = np.array([[len(one.chosen), len(one.rejected)] for one in pairs], dtype=float)
    by_length = Held(pairs, lengths, np.full(40, 0.9), lengths)
    rows = {(row.measure, row.respondent, row.facet, row.group): row
            for row in findings(by_length, of_pairs(pairs), "who", "file", 5, 0.1)}  # fmt: skip
    assert rows["reward_length_correlation", "who", "", ""].value == pytest.approx(1)
    whole = rows["reward_accuracy", "who", "", ""]
    assert whole.value == pytest.approx(np.mean([0.5 if a == b else float(a > b) for a, b in lengths]))
    assert rows["reward_longer", "who", "", ""].value == 1.0
    differ = lengths[lengths[:, 0] != lengths[:, 1]]
    assert rows["reward_longer", "floor:verdicts", "", ""].value == pytest.approx(np.mean(differ[:, 0] > differ[:, 1]))
    # rewards that know no length, on pairs of which the longer always wins: the correlation tells nothing, this does
    ordered = np.sort(lengths, axis=1)[:, ::-1]
    flat = Held(pairs, np.tile([1.0, 0.0], (40, 1)), np.full(40, 0.9), ordered)
    told = {(row.measure, row.respondent): row for row in findings(flat, of_pairs(pairs), "who", "file", 5, 0.1)}
    assert told["reward_longer", "who"].value == told["reward_longer", "floor:verdicts"].value == 1.0
    # the words win in training, whatever their length: the floor that knows the words is right throughout
    assert rows["reward_accuracy", "floor:majority", "", ""].value == 1.0
    off = rows["reward_calibration_error", "who", "", ""].value
    assert off is not None and whole.value is not None and off == pytest.approx(abs(0.9 - 1.0))


def test_an_interval_is_over_prompts_and_not_over_pairs() -> None:
    row = Estimate("reward_accuracy", "who", "file")
    right = np.repeat([1.0, 0.0, 1.0, 1.0, 0.0, 1.0], 20)
    alone = accuracy(row, right, np.arange(120), "")
    together = accuracy(row, right, np.repeat(np.arange(6), 20), "")
    assert alone.low is not None and together.low is not None and together.low < alone.low
    assert alone.value == together.value == pytest.approx(4 / 6)


@given(st.lists(st.tuples(st.floats(0.5, 1), st.booleans()), min_size=1, max_size=60), st.integers(2, 12))
def test_calibration_error_is_a_weighted_mean_of_the_reliability_table(
    told: list[tuple[float, bool]], bins: int
) -> None:
    sure = np.array([one for one, _ in told])
    right = np.array([float(hit) for _, hit in told])
    found = calibration_error(sure, right, bins)
    assert 0 <= found <= 1
    at = np.minimum(((sure - 0.5) * 2 * bins).astype(int), bins - 1)
    by_hand = sum(abs(sure[at == b].mean() - right[at == b].mean()) * (at == b).sum() for b in set(at.tolist()))
    assert found == pytest.approx(by_hand / len(sure), abs=1e-9)
    table = reliability(np.where(right > 0, sure, 1 - sure), bins)
    assert table["n"].sum() == len(sure)


@given(st.lists(st.floats(-20, 20), min_size=3, max_size=3), st.lists(st.floats(-20, 20), min_size=3, max_size=3))
def test_how_sure_a_head_is_adds_up(one: list[float], other: list[float]) -> None:
    first, second = np.array([one]), np.array([other])
    facts = {"head": "classes", "levels": [0, 1, 2]}
    assert better(first, second, facts) + better(second, first, facts) == pytest.approx(1)
    assert better(first, first, facts) == pytest.approx(0.5)
    for own in ({"head": "pairwise"}, {"head": "regression", "error": 0.5}):
        assert better(first, second, own) + better(second, first, own) == pytest.approx(1)


# ---- bad input


def test_pairs_of_grades_are_those_of_one_prompt_with_different_grades() -> None:
    asked = (("text", "a"),)
    given = [Graded(str(i), asked, f"x{i}", g) for i, g in enumerate((1.0, 1.0, 3.0))]
    given.append(Graded("other", (("text", "b"),), "y", 9.0))
    found = of_grades(given)
    assert [(one.chosen, one.rejected) for one in found.pairs] == [("x2", "x0"), ("x2", "x1")]
    with pytest.raises(BadStudy, match="no two answers to one prompt"):
        refuse_flat(of_grades(given[3:]), "pairwise", "file")
    with pytest.raises(BadStudy, match=r"every answer has the grade 1.0"):
        refuse_flat(of_grades(given[:2]), "regression", "file")
    many = [Graded(str(i), asked, f"x{i}", i / 10) for i in range(30)]
    with pytest.raises(BadStudy, match='30 different grades are too many classes; use head = "regression"'):
        refuse_flat(of_grades(many), "classes", "file")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"pairs": None}, "give one of pairs, people and graded"),
        ({"score": {"study": "demo"}}, "a reward model answers no questions"),
        ({"reward": {"head": "ranking"}}, "reward.head"),
        ({"base": {"adapter": "x"}}, 'say on_adapter = "merge"'),
    ],
)
def test_recipes_that_are_refused(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    with pytest.raises(BadStudy, match=told):
        recipe(tmp_path, **changes)


def test_sets_that_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadStudy, match=r"fewer than train.batch = 128"):
        trained(tmp_path, train={"batch": 128})
    with pytest.raises(BadStudy, match=r"tokens long, train.context is 8"):
        trained(tmp_path, "short", train={"context": 8})
    one_sided = [Preference(f"p{k}", (("user", f"{k}"),), "yes", f"no {k}") for k in range(30)]
    write(tmp_path / "pairs.jsonl", one_sided)
    with pytest.raises(BadStudy, match="one-sided"):
        reward_size(recipe(tmp_path), Given(tmp_path))
    (tmp_path / "graded.jsonl").write_text('{"prompt": "a", "answer": "b"}\n')
    with pytest.raises(BadFile, match="an answer needs a grade from 0 to 10"):
        read_graded(tmp_path / "graded.jsonl")


def test_a_folder_without_a_reward_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no reward model is there"):
        open_reward(tmp_path)
