"""Exported benchmarks give lm-evaluation-harness the very numbers that our engine has, and come back as answers."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tawazun.atlas import model_folder
from tawazun.engine import Chat, load_chat, load_model, score_continuations
from tawazun.engine.model import ModelChoice
from tawazun.errors import BadStudy
from tawazun.instruments import instrument
from tawazun.plugins.laying import Levels, asks_of
from tawazun.plugins.lm_eval import export, plain_render
from tawazun.respondents import Respondent, Settings, make_respondent

FACTS = instrument("atlas_facts")
TASK = "tawazun_atlas_facts"
CLOSE = 1e-4
Harness = Callable[[Path, Path, str], dict[str, dict[str, Any]]]


def ours(levels: Levels, model: Path) -> dict[str, tuple[float, ...]]:
    """Our log-likelihoods of each item's options, in the order shown."""
    asks = asks_of(FACTS, levels, "logprob")
    respondent = make_respondent(Settings("m", "hf", model=str(model)))
    assert isinstance(respondent, Respondent)
    outcomes = list(respondent.answer(asks, 1, 0))
    return {
        ask.question.id: tuple((one.loglik or ())[i] for i in ask.shown.order)
        for ask, one in zip(asks, outcomes, strict=True)
    }


def theirs(samples: dict[str, dict[str, Any]]) -> dict[str, tuple[float, ...]]:
    return {item: tuple(float(one[0]) for one in sample["filtered_resps"]) for item, sample in samples.items()}


@pytest.mark.parametrize(
    ("levels", "chat"),
    [
        (Levels(labels="letters"), False),
        (Levels(labels="text", language="ar", order="shuffle-1", seed=3), False),
        (Levels(labels="cloze"), False),
        (Levels(labels="ar-letters", language="ar", order="reversed"), True),
        (Levels(labels="text", persona="x-sahelia"), True),
    ],
    ids=["letters", "text", "cloze", "chat-letters", "chat-text"],
)
def test_log_likelihoods_are_those_of_the_harness(
    levels: Levels, chat: bool, plain_model: Path, harness: Harness, tmp_path: Path
) -> None:
    model = model_folder() if chat else plain_model
    done = export(FACTS, levels, tmp_path, *([load_chat(str(model)).text, "planted"] if chat else []))
    assert (done.task, done.items, done.left_out, done.delimiter) == (TASK, 54, 0, "" if chat else " ")
    samples = harness(tmp_path, model, TASK)
    own, other = ours(levels, model), theirs(samples)
    assert own.keys() == other.keys() and len(own) == 54
    apart = max(abs(a - b) for item in own for a, b in zip(own[item], other[item], strict=True))
    assert apart < CLOSE
    for item, scores in own.items():
        first, second = sorted(scores)[-1:-3:-1]
        assert np.argmax(scores) == np.argmax(other[item]) or first - second < CLOSE
        assert bool(samples[item]["acc"]) == (np.argmax(other[item]) == samples[item]["doc"]["gold"])


def test_white_space_before_a_reply_is_counted_alike_for_every_option(harness: Harness, tmp_path: Path) -> None:
    """A template that ends in a line break: the harness scores it with each option, which moves all by one number."""
    import shutil

    model = tmp_path / "model"
    shutil.copytree(model_folder(), model)
    template = model / "chat_template.jinja"
    template.write_text(
        template.read_text().replace("'<|assistant|>' }}{% endif %}", "'<|assistant|>\n' }}{% endif %}")
    )
    chat = load_chat(str(model))
    assert chat.text([("user", "?")], "").endswith("<|assistant|>\n")
    levels = Levels(labels="text")
    done = export(FACTS, levels, tmp_path / "out", chat.text, "m")
    assert done.delimiter == ""
    own, other = ours(levels, model), theirs(harness(tmp_path / "out", model, TASK))
    loaded = load_model(ModelChoice(str(model)))
    for ask in asks_of(FACTS, levels, "logprob")[:10]:
        item, text = ask.question.id, chat.text(ask.prompts[0].messages, "")
        before, whole = loaded.encode([text[:-1], text])
        space = float(score_continuations(loaded, [before], [whole[len(before) :]])[0])
        moved = np.subtract(other[item], own[item])
        assert np.abs(moved - space).max() < CLOSE


def test_plain_prompts_are_those_of_our_engine() -> None:
    class Untemplated:
        chat_template = None

    for levels in (Levels(), Levels(persona="x-sahelia", language="ar"), Levels(labels="cloze", placement="user")):
        prompt = asks_of(FACTS, levels, "logprob")[0].prompts[0]
        assert plain_render(prompt.messages, prompt.cue) == Chat(Untemplated()).text(prompt.messages, prompt.cue)


def test_a_survey_has_nothing_to_score(tmp_path: Path) -> None:
    with pytest.raises(BadStudy, match="atlas has no key"):
        export(instrument("atlas"), Levels(), tmp_path)
    assert not list(tmp_path.iterdir())


def test_licences_are_obeyed_and_unknown_levels_are_one_line(tmp_path: Path, data_folder: Path) -> None:
    trust = instrument("aratrust", data_folder)
    done = export(trust, Levels(labels="ar-letters"), tmp_path)
    notice = (tmp_path / f"{done.task}.NOTICE").read_text()
    assert done.own_use == (trust.source.redistribute != "yes")
    assert ("your own use only" in notice) == done.own_use and trust.source.licence in notice
    rows = [json.loads(line) for line in (tmp_path / f"{done.task}.jsonl").read_text().splitlines()]
    assert len(rows) == done.items == 522 and {row["choices"][0] for row in rows} == {"أ"}
    with pytest.raises(BadStudy, match="wording: aratrust has"):
        export(trust, Levels(wording="w99"), tmp_path)


@pytest.mark.slow
def test_the_commands_run_as_the_notice_says(plain_model: Path, tmp_path: Path) -> None:
    def run(*words: str | Path) -> str:
        done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=True)
        return done.stdout

    python = Path(sys.executable)
    run(python, "-m", "tawazun", "export", "lm-eval", "atlas_facts", "--out", tmp_path / "ex")
    arguments = f"pretrained={plain_model},dtype=float32"
    run(
        python.with_name("lm_eval"), "--include_path", tmp_path / "ex", "--tasks", TASK, "--model", "hf", "--device",
        "cpu", "--model_args", arguments, "--log_samples", "--output_path", tmp_path / "logs",
    )  # fmt: skip
    logs = list((tmp_path / "logs").rglob("samples_*.jsonl"))
    assert len(logs) == 1
    run(python, "-m", "tawazun", "import", logs[0], "--out", tmp_path / "study")
    run(python, "-m", "tawazun", "run", tmp_path / "study" / "study.toml", "--out", tmp_path / "run")
    assert (tmp_path / "run" / "report.html").is_file()
