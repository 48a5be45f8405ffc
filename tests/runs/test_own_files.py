"""A run keeps the user's files that it asked: measured again from anywhere, and never against other keys."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tawazun import api
from tawazun.errors import StudyChanged, UserError
from tawazun.runs import Run, RunFolder, open_run
from tawazun.runs.own_files import own_instruments, pass_own_files
from tawazun.study import study_from
from tests.instruments.invented import lines, put

NAME = "custom:sets/my.jsonl"
WORDS = ["tea", "milk", "rice"]


def rows(**change: Any) -> str:
    made = [{"question": f"Which is {word}?", "options": WORDS, "answer": word} for word in WORDS]
    return lines([{**made[0], **change}, *made[1:]])


def asked(folder: Path, out: str = "runs/one", reply: str = "A") -> Run:
    """A run of two recorded respondents over the user's file."""
    replies = "".join(f"row-{n},{reply}\n" for n in (1, 2, 3))
    put(folder / "study" / "a.csv", f"question,text\n{replies}")
    put(folder / "study" / "b.csv", "question,text\nrow-1,A\nrow-2,B\nrow-3,C\n")
    fill = {"instrument": NAME, "labels": "letters"}
    recorded = [{"name": k, "kind": "recorded", "file": f"{k}.csv", "fill": fill} for k in "ab"]
    table = {
        "name": "own",
        "respondent": recorded,
        "ask": {"instruments": [NAME], "languages": ["en"], "mode": "generate"},
        "measure": {"measures": ["accuracy"]},
    }
    return api.run(study_from(table, "study.toml"), folder / out, folder=folder / "study")


@pytest.fixture
def done(tmp_path: Path) -> Run:
    put(tmp_path / "study" / "sets" / "my.jsonl", rows())
    return asked(tmp_path)


def accuracy(run: Run) -> dict[str, float]:
    found = run.scores.filter((run.scores["measure"] == "accuracy") & run.scores["respondent"].is_in(["a", "b"]))
    return {row["respondent"]: row["value"] for row in found.iter_rows(named=True) if ";" not in row["facet"]}


def test_a_run_is_measured_and_compared_from_anywhere(
    done: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert accuracy(done) == pytest.approx({"a": 1 / 3, "b": 1.0})
    monkeypatch.chdir(os.sep)
    assert accuracy(api.measure(done)) == accuracy(done)
    pair = api.compare([done.path], measure="accuracy")
    assert [row.value for row in pair.differences] == pytest.approx([-2 / 3])
    shutil.rmtree(tmp_path / "study")
    moved = done.path.rename(tmp_path / "elsewhere")
    assert accuracy(api.measure(open_run(moved))) == pytest.approx({"a": 1 / 3, "b": 1.0})


def test_nothing_that_a_run_keeps_names_a_folder_of_the_machine(done: Run, tmp_path: Path) -> None:
    kept = [file for file in done.path.rglob("*") if file.is_file()]
    assert done.path / "files" / "my.jsonl" in kept
    assert [file for file in kept if str(tmp_path).encode() in file.read_bytes()] == []


def test_a_file_that_changed_is_refused_and_the_run_stays_whole(done: Run, tmp_path: Path) -> None:
    file = tmp_path / "study" / "sets" / "my.jsonl"
    why = r"^my.jsonl changed since this run asked it; put it back \(as asked: .*files/my.jsonl\)"
    for content in (rows(answer="milk"), rows().partition("\n")[2], rows() + "\n"):
        put(file, content)
        for again in (
            lambda: api.measure(done),
            lambda: api.measure(done, done.study, folder=tmp_path / "study"),
            lambda: api.compare([done.path], measure="accuracy"),
        ):
            with pytest.raises(StudyChanged, match=why) as caught:
                again()
            assert "\n" not in str(caught.value)
    put(file, rows(answer="milk"))
    with pytest.raises(StudyChanged, match=why):
        api.run(done.study, done.path, folder=tmp_path / "study")
    shutil.copy(done.path / "files" / "my.jsonl", file)
    assert accuracy(api.measure(done)) == pytest.approx({"a": 1 / 3, "b": 1.0})
    put(done.path / "files" / "my.jsonl", rows(answer="milk"))
    with pytest.raises(StudyChanged, match=why):
        api.measure(done)


def test_a_run_that_kept_no_copy_is_held_against_its_sources(done: Run, tmp_path: Path) -> None:
    (done.path / ".files.json").unlink()
    folder = tmp_path / "study"
    assert accuracy(api.measure(done, done.study, folder=folder)) == pytest.approx({"a": 1 / 3, "b": 1.0})
    put(folder / "sets" / "my.jsonl", rows().partition("\n")[2])
    with pytest.raises(StudyChanged, match=r"^my\.jsonl changed since this run asked it"):
        api.measure(done, done.study, folder=folder)
    with pytest.raises(UserError, match="the run kept no copy of it"):
        api.compare([done.path], measure="accuracy")


def test_two_runs_of_one_name_and_two_files_are_not_compared(done: Run, tmp_path: Path) -> None:
    put(tmp_path / "other" / "study" / "sets" / "my.jsonl", rows(answer="milk"))
    other = asked(tmp_path / "other", "runs/two", reply="B")
    with pytest.raises(UserError, match=f"another run asked another file under the name {NAME}"):
        api.compare([done.path, other.path], measure="accuracy")


def test_files_go_with_a_run_that_is_made_of_others(done: Run, tmp_path: Path) -> None:
    with RunFolder.hold(tmp_path / "joined", done.study, done.inputs) as folder:
        pass_own_files(folder, [done, done])
    made = open_run(tmp_path / "joined")
    assert own_instruments(made, [NAME])[NAME].gold == {"row-1": 1.0, "row-2": 2.0, "row-3": 3.0}
    held = json.loads((done.path / ".files.json").read_text())
    put(done.path / ".files.json", json.dumps({NAME: {**held[NAME], "digest": "0"}}))
    with pytest.raises(StudyChanged, match=r"^my\.jsonl changed"):
        pass_own_files(folder, [done])
    put(done.path / ".files.json", "[]")
    with pytest.raises(UserError, match="damaged"):
        api.measure(done)


@pytest.mark.parametrize("stopped", [RuntimeError("a bug"), KeyboardInterrupt()])
@pytest.mark.parametrize("where", ["page", "scores_table", "counted"])
def test_a_run_whose_measuring_fails_is_as_it_was(
    done: Run, monkeypatch: pytest.MonkeyPatch, where: str, stopped: BaseException
) -> None:
    before = {file: file.read_bytes() for file in done.path.rglob("*") if file.is_file()}

    def fails(*_: object) -> None:
        raise stopped

    table = done.study.model_copy(update={"measure": done.study.measure.model_copy(update={"level": 0.9})})
    with monkeypatch.context() as patched:
        patched.setattr(f"tawazun.api.measuring.{where}", fails)
        with pytest.raises(type(stopped)):
            api.measure(done, table, folder=done.path.parents[1] / "study")
    assert {file: file.read_bytes() for file in done.path.rglob("*") if file.is_file()} == before
    again = api.measure(done, table, folder=done.path.parents[1] / "study")
    assert again.manifest and again.scores["level"].drop_nulls().unique().to_list() == [0.9]
