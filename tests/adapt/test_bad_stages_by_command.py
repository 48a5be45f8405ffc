"""What stops a stage of localising: one clear line, the right exit code, and the last good checkpoint stays."""

import json
import re
import resource
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tomli_w
import torch
from transformers import Trainer

from tests import tiny_models

Said = tuple[int, str]
Command = Callable[..., Said]

TRAIN: dict[str, Any] = {
    "method": "lora", "rank": 2, "steps": 6, "batch": 8, "rate": 1e-3, "save_every": 2, "log_every": 1, "context": 256,
}  # fmt: skip
TEXTS = {"name": "c", "files": "rows.jsonl", "licence": "CC0-1.0"}
ITEMS = {"instrument": "atlas", "populations": ["atlas_exact-1/x-marsouk"], "wordings": ["w1"], "held_out": ["a01"]}
RL = {"beta": 0.0, "group": 4, "max_completion_length": 1}
STAGES: dict[str, dict[str, Any]] = {
    "pretrain": {"source": [TEXTS], "train": {**TRAIN, "context": 32}},
    "sft": {"source": [TEXTS], "train": TRAIN},
    "reward": {"reward": {"head": "pairwise"}, "pairs": {"file": "rows.jsonl"}, "train": TRAIN},
    "dpo": {"rl": {"method": "dpo"}, "pairs": {"file": "rows.jsonl"}, "train": TRAIN},
    "kto": {"rl": {"method": "kto"}, "pairs": {"file": "rows.jsonl"}, "train": TRAIN},
    **{
        name: {
            "rl": {**RL, "method": name}, "reward": [{"kind": "distribution"}],
            "prompts": {**ITEMS, "items": ["a25", "a28", "a46"]}, "train": TRAIN,
        }
        for name in ("grpo", "rloo")
    },
    "preferences": {
        "pairs": {"file": "rows.jsonl", "language": "en", "licence": "CC0-1.0"}, "judge": {"kind": "planted_judge"},
        "judging": {"rubrics": ["harmless"]}, "check": {"labels": "none", "probes": "none"},
    },
}  # fmt: skip
Rows = list[dict[str, Any]]
NONE: Rows = []


def texts(count: int) -> Rows:
    return [{"text": f"Line {n}."} for n in range(count)]


def talks(count: int) -> Rows:
    return [{"instruction": f"Say {n}.", "output": f"It is {n}."} for n in range(count)]


def preferred(count: int, *, by_turns: bool = True, messages: bool = False) -> Rows:
    """Pairs in which `yes` wins, or yes and no by turns."""
    rows = []
    for n in range(count):
        won, lost = ("no", "yes") if by_turns and n % 2 else ("yes", "no")
        asked: Any = f"Question {n}?"
        if messages:
            asked = [{"role": "user", "content": asked}]
            won, lost = ([{"role": "assistant", "content": one}] for one in (won, lost))  # type: ignore[assignment]
        rows.append({"prompt": asked, "chosen": won, "rejected": lost})
    return rows


def two_answers(count: int) -> Rows:
    return [
        {"id": f"p{n}", "prompt": f"Day {n}?", "answer_1": f"One {n}", "answer_2": f"Two {n}"} for n in range(count)
    ]


@pytest.fixture
def stage(tmp_path: Path, ended: Callable[[list[str]], Said]) -> Command:
    """Run a stage on some rows, its recipe changed; gives the exit code and the last line on stderr."""

    def ran(name: str, rows: Rows = NONE, **changes: Any) -> Said:
        made: dict[str, Any] = {"version": 1, "name": name, **STAGES[name]}
        if name != "preferences":
            made["base"] = {"model": "planted", "device": "cpu"}
        for section, keys in changes.items():
            made[section] = {**made[section], **keys}
        (tmp_path / "rows.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in rows), encoding="utf-8")
        (tmp_path / "recipe.toml").write_text(tomli_w.dumps(made), encoding="utf-8")
        command = name if name in ("pretrain", "sft", "reward", "preferences") else "rlaif"
        return ended([command, str(tmp_path / "recipe.toml"), "--out", str(tmp_path / "out")])

    return ran


@pytest.mark.parametrize(
    ("name", "rows", "says"),
    [
        ("pretrain", [], "source 'c': there are no rows in rows.jsonl"),
        ("pretrain", texts(4), "fewer than a batch of 8: add text"),
        ("sft", talks(3), "3 rows are fewer than a batch of 8"),
        *((name, [], "rows.jsonl: the file is empty") for name in ("reward", "dpo", "kto", "preferences")),
        *((name, preferred(3), "3 (pairs|rows), fewer than train.batch = 8") for name in ("reward", "dpo", "kto")),
        *(
            (name, preferred(24, by_turns=False), "one-sided: 'yes' wins in all 24 pairs")
            for name in ("reward", "dpo", "kto")
        ),
    ],
)
def test_too_little_to_learn_from_is_refused(stage: Command, tmp_path: Path, name: str, rows: Rows, says: str) -> None:
    code, line = stage(name, rows)
    assert code == 2
    assert re.search(says, line), line
    assert not (tmp_path / "out" / "manifest.json").exists() and not (tmp_path / "out" / "adapter").exists()


def test_a_judge_that_always_fails_leaves_nothing(stage: Command, tmp_path: Path) -> None:
    code, line = stage("preferences", two_answers(24), judge={"options": {"fails": 1.0}})
    assert code == 1
    assert "judge: no verdict was kept under both orders (24 failed); nothing to export" in line
    assert not (tmp_path / "out" / "train.jsonl").exists()


@pytest.mark.parametrize(
    ("name", "rows"),
    [("sft", talks(24)), ("grpo", []), ("dpo", preferred(24, messages=True)), ("reward", preferred(24, messages=True))],
)
def test_a_model_without_a_chat_template_is_not_shown_turns(
    stage: Command, tmp_path: Path, name: str, rows: Rows
) -> None:
    words = tiny_models.tokenizer()
    words.chat_template = None
    code, line = stage(name, rows, base={"model": str(tiny_models.save(tmp_path / "plain", words=words))})
    assert code == 2
    assert "no chat template" in line


@pytest.mark.parametrize("name", ["pretrain", "sft", "reward", "dpo", "kto", "grpo", "preferences"])
def test_a_file_in_the_place_of_the_folder_is_kept(stage: Command, tmp_path: Path, name: str) -> None:
    (tmp_path / "out").write_text("mine")
    code, line = stage(name, two_answers(24) if name == "preferences" else preferred(24))
    assert code == 2
    assert "out: a file, not a folder; choose another --out" in line
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.parametrize("name", ["pretrain", "sft", "reward", "dpo", "kto", "grpo"])
def test_no_steps_and_no_weights_are_told(stage: Command, tmp_path: Path, name: str) -> None:
    code, line = stage(name, train={"steps": 0})
    assert code == 2 and "nothing would be trained: give steps or epochs above 0" in line
    folder = tiny_models.save(tmp_path / "bare")
    (folder / "model.safetensors").unlink()
    code, line = stage(name, base={"model": str(folder)})
    assert code == 2 and "bare: no weights here; expected model.safetensors" in line


@pytest.mark.slow
@pytest.mark.parametrize("name", ["grpo", "rloo"])
def test_a_stop_of_reinforcement_leaves_the_last_checkpoint_whole(
    stage: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A loss that is no number ends a run; a full disk too, and with room the same command ends it."""
    plain = Trainer.training_step
    fault = ["nan"]

    def step(self: Trainer, *given: Any, **named: Any) -> torch.Tensor:
        loss = plain(self, *given, **named)
        if self.state.global_step == 3 and fault == ["disk"]:
            resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, resource.RLIM_INFINITY))
        return loss * float("nan") if self.state.global_step == 3 and fault == ["nan"] else loss

    monkeypatch.setattr(Trainer, "training_step", step)
    out = tmp_path / "out"
    code, line = stage(name)
    assert code == 1 and "step 4: the loss is not a number; the checkpoint of step 2 is whole" in line
    assert [one.parent.name for one in out.rglob("whole.json")] == ["checkpoint-2"]
    shutil.rmtree(out)
    fault[:] = ["disk"]
    try:
        code, line = stage(name)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert code == 1 and "the checkpoint of step 4 could not be written" in line
    assert [one.parent.name for one in out.rglob("whole.json")] == ["checkpoint-2"]
    assert not (out / "manifest.json").exists()
    fault.clear()
    assert stage(name)[0] == 0
    assert (out / "manifest.json").is_file()
