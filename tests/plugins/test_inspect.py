"""Instruments as Inspect tasks: found by name, marked by our readers, offline, and brought back from their logs."""

import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tawazun.api.importing import import_logs
from tawazun.data.logs import read_log
from tawazun.errors import BadFile
from tawazun.instruments import instrument
from tawazun.plugins.rereading import reread
from tests.commands import tawazun

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from inspect_ai import Task
    from inspect_ai import eval as inspect_eval
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.log import EvalLog
    from inspect_ai.model import ModelOutput, ModelUsage, get_model
    from inspect_ai.scorer import choice
    from inspect_ai.solver import multiple_choice

pytestmark = pytest.mark.filterwarnings("ignore")
Run = Callable[..., EvalLog]


def replying(text: str) -> ModelOutput:
    """A scripted reply that brings its own token count, which Inspect would otherwise fetch a table for."""
    output = ModelOutput.from_content("mockllm/model", text)
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return output


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a task, by name or made, on scripted replies in the order of its samples."""

    def made(task: Any, replies: Sequence[str], log_format: str = "eval", **levels: Any) -> EvalLog:
        model = get_model("mockllm/model", custom_outputs=[replying(one) for one in replies], memoize=False)
        (log,) = inspect_eval(
            task, model=model, task_args=levels, limit=len(replies), log_dir=str(tmp_path / "logs"),
            log_format=log_format, display="none", max_samples=1, fail_on_error=True,
        )  # fmt: skip
        assert log.status == "success", log.error
        return log

    return made


def metrics(log: EvalLog) -> dict[str, float]:
    """Each metric under `score.metric`."""
    assert log.results is not None
    return {f"{one.name}.{name}": found.value for one in log.results.scores for name, found in one.metrics.items()}


def test_a_benchmark_is_a_task_that_our_readers_mark(run: Run) -> None:
    facts = instrument("atlas_facts")
    texts = [one.worded("ar", "w1") for one in facts.questions[:5]]
    right = [one.codes.index(facts.gold[one.id]) for one in facts.questions[:5]]
    letters = "أبجد"
    replies = [
        f"الإجابة: {letters[right[0]]}",
        f"أظن أنها {texts[1].options[right[1]]}" if texts[1] else "",
        f"الجواب هو ({letters[(right[2] + 1) % 4]})",
        "عذرًا، لا أستطيع الإجابة عن هذا السؤال.",
        "ربما",
    ]
    log = run("tawazun/atlas_facts", replies, language="ar", labels="ar-letters")
    found = metrics(log)
    assert found["right.accuracy"] == pytest.approx(2 / 5)
    assert (found["refused.mean"], found["unread.mean"]) == (pytest.approx(1 / 5), pytest.approx(1 / 5))
    assert log.samples is not None
    first = log.samples[0]
    assert first.scores is not None and texts[0] is not None
    assert first.scores["marked"].answer == texts[0].options[right[0]] and first.target == letters[right[0]]


def test_a_survey_keeps_the_option_and_has_no_accuracy(run: Run) -> None:
    log = run("tawazun/atlas", ["B", "I would say A", "no idea"], persona="x-sahelia", order="reversed")
    found = metrics(log)
    assert not any("accuracy" in name for name in found)
    assert log.samples is not None and log.samples[0].scores is not None
    item = instrument("atlas").questions[0]
    shown = item.worded("en", "w1")
    assert shown is not None
    assert log.samples[0].scores["chosen"].answer == shown.options[::-1][1]
    assert log.samples[0].scores["chosen"].metadata["codes"] == [item.codes[::-1][1]]  # type: ignore[index]
    assert log.samples[0].messages[0].role == "system"


def test_what_only_a_judge_can_score_has_no_accuracy(run: Run, data_folder: Path) -> None:
    log = run("tawazun/care_ar", ["جواب", "عذرًا، لا أستطيع الإجابة عن هذا السؤال."], data=str(data_folder))
    found = metrics(log)
    assert not any("accuracy" in name for name in found) and found["refused.mean"] == pytest.approx(1 / 2)
    assert log.samples is not None and log.samples[0].target


def test_two_way_benchmarks_have_a_macro_f1(run: Run, data_folder: Path) -> None:
    acva = instrument("acva", data_folder)
    asked = acva.questions[:40]
    wrong = {3, 11, 12}
    said = []
    for at, one in enumerate(asked):
        right = one.codes.index(acva.gold[one.id])
        said.append("ABC"[right if at not in wrong else 1 - right])
    found = metrics(run("tawazun/acva", [*said[:-1], "؟"], data=str(data_folder)))
    from sklearn.metrics import f1_score

    gold = [acva.gold[one.id] for one in asked]
    given = [one.codes["AB".index(text)] for one, text in zip(asked, said, strict=True)]
    given[-1] = -1
    expected = f1_score(gold, given, labels=sorted(set(gold)), average="macro")
    assert found["marked.macro_f1"] == pytest.approx(expected)
    assert found["right.accuracy"] == pytest.approx(36 / 40)


@pytest.mark.parametrize("log_format", ["eval", "json"])
def test_a_log_of_our_task_comes_back_as_answers(run: Run, log_format: str, tmp_path: Path) -> None:
    facts = instrument("atlas_facts")
    replies = ["A", "B", "I cannot answer that."] + ["The answer is (C)."] * (len(facts.questions) - 3)
    log = run("tawazun/atlas_facts", replies, log_format, order="shuffle-2", seed=5)
    found = metrics(log)
    made = import_logs([Path(log.location)], tmp_path / "study")
    assert made.found == {"atlas_facts": 54} and not made.notes
    done = tawazun("run", made.study, "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    scores = pl.read_parquet(tmp_path / "run" / "scores.parquet").filter(pl.col("respondent") == "mockllm/model")
    row = scores.filter(
        (pl.col("measure") == "accuracy") & (pl.col("group") == "") & (pl.col("facet").str.ends_with("0-shot"))
    )
    assert row["value"].to_list() == pytest.approx([found["right.accuracy"]])
    assert row["low"][0] < row["value"][0] < row["high"][0]
    answers = pl.read_parquet(tmp_path / "run" / "answers.parquet")
    assert set(answers["order"]) == {"shuffle-2"} and answers["refused"].sum() == 1


# reply, option that it names (none for a refusal or nothing), whether Inspect's own parser reads it
REPLIES = [
    ("ANSWER: B", "B", True),
    ("answer: a", "A", True),
    ("Let me think.\nANSWER: C", "C", True),
    ("ANSWER: $D$", "D", True),
    ("**ANSWER: A**", "A", True),
    ("ANSWER: (C)", "C", True),
    ("B", "B", False),
    ("The answer is C.", "C", False),
    ("(D) because it lies on the coast", "D", False),
    ("الإجابة: ب", "B", False),
    ("الجواب الصحيح هو الخيار ج", "C", False),
    ("ANSWER: ب", "B", False),
    ("答案：B", "B", False),
    ("I am sorry, but I cannot answer this question.", "", False),
    ("عذرًا، لا يمكنني الإجابة عن هذا السؤال.", "", False),
    ("It could be A or B.", "", False),
    ("", "", False),
]


def multiple(replies: Sequence[str]) -> Task:
    names = ["Rabat", "Tunis", "Cairo", "Amman"]
    samples = [Sample(id=f"s{at}", input="Which city?", choices=names, target="B") for at in range(len(replies))]
    return Task(dataset=MemoryDataset(samples, name="cities"), solver=multiple_choice(), scorer=choice(), name="cities")


def test_differences_from_inspect_are_exactly_what_it_cannot_read(run: Run) -> None:
    log = run(multiple([text for text, _, _ in REPLIES]), [text for text, _, _ in REPLIES])
    done = reread(read_log(Path(log.location)))
    readable = [at for at, (_, _, theirs) in enumerate(REPLIES) if theirs]
    assert done.both == len(readable) and done.theirs_only == 0
    assert done.right_theirs == done.right_ours == sum(REPLIES[at][1] == "B" for at in readable)
    cannot = {f"s{at}": named for at, (_, named, theirs) in enumerate(REPLIES) if named and not theirs}
    assert {one.item: one.ours for one in done.differences} == cannot
    assert all(one.theirs == "" for one in done.differences)
    reasons = {one.item: one.reason for one in done.differences}
    assert reasons["s11"] == "what follows ANSWER: is not a Latin letter"
    assert reasons["s9"] == "Inspect looks for ANSWER:, which the reply does not say"
    assert sum(done.reasons.values()) == len(cannot)
    theirs = metrics(log)
    assert done.share_theirs == pytest.approx(theirs["choice.accuracy"])


def test_a_log_of_somebody_elses_task_becomes_a_benchmark_of_its_own(run: Run, tmp_path: Path) -> None:
    names = ["Rabat", "Tunis", "Cairo", "Amman"]
    cities = [("Morocco", "A"), ("Tunisia", "B"), ("Egypt", "C"), ("Jordan", "D")]
    samples = [
        Sample(id=at, input=f"What is the capital of {land}?", choices=names, target=key)
        for at, (land, key) in enumerate(cities)
    ]
    task = Task(dataset=MemoryDataset(samples), solver=multiple_choice(), scorer=choice(), name="capitals")
    log = run(task, ["ANSWER: A", "The answer is B", "ج", "ANSWER: A"])
    made = import_logs([Path(log.location)], tmp_path / "study")
    assert made.found == {"custom:capitals.jsonl": 4}
    assert tawazun("run", made.study, "--out", tmp_path / "run").returncode == 0
    scores = pl.read_parquet(tmp_path / "run" / "scores.parquet").filter(pl.col("measure") == "accuracy")
    own = scores.filter((pl.col("respondent") == "mockllm/model") & ~pl.col("facet").str.contains(";"))
    assert own["value"].to_list() == [0.75]
    assert {"floor:random", "floor:majority"} <= set(scores["respondent"])


def test_nothing_imports_inspect_but_the_plugin() -> None:
    parts = "cli.commands plugins.laying plugins.lm_eval plugins.rereading plugins.exporting api.importing".split()
    lines = ["import sys", *(f"import tawazun.{part}" for part in parts)]
    code = "; ".join([*lines, "print('inspect_ai' in sys.modules, 'lm_eval' in sys.modules)"])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.split() == ["False", "False"]


def test_a_log_that_choice_did_not_score_has_nothing_beside_it(run: Run) -> None:
    log = run("tawazun/atlas_facts", ["A"])
    with pytest.raises(BadFile, match="no sample was scored by Inspect's own choice"):
        reread(read_log(Path(log.location)))
