"""Shards: each asks its own cells, and together they are the run that one machine would have made."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun import api
from tawazun.errors import BadAnswers, BadFile, StudyChanged, UserError
from tawazun.runs import Run, Shard, open_run, parse_shard
from tawazun.runs.shards import SHARD
from tests.interview.test_killed import CHILD, environment, logged, stored
from tests.toys import write

STUDY = """
version = 1
name = "in shards"
seed = 3
[[respondent]]
name = "drawn"
kind = "planted"
[[respondent]]
name = "told"
kind = "recorded"
file = "told.csv"
[[respondent]]
name = "floor"
kind = "uniform"
[ask]
instruments = ["atlas"]
personas = ["none", "x-sahelia"]
wordings = 2
mode = "sample"
samples = 5
[measure]
populations = ["atlas-1/x-sahelia"]
measures = ["js_similarity", "index"]
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    rows = "\n".join(f"atlas,a01,none,{option},0.2" for option in range(1, 6))
    write(folder / "told.csv", f"instrument,question,persona,option,share\n{rows}\n")
    return write(folder / "study.toml", STUDY)


def prepared(study: Path, *changes: str) -> api.Prepared:
    return api.prepare(api.load_study(study, changes), folder=study.parent)


@pytest.fixture(scope="module")
def whole(study: Path) -> Run:
    return api.run(api.load_study(study), study.parent / "whole", folder=study.parent)


@pytest.fixture(scope="module")
def shards(study: Path) -> list[Path]:
    made = [study.parent / f"shard-{number}" for number in (1, 2, 3)]
    for number, out in enumerate(made, 1):
        api.run_shard(prepared(study), out, Shard(number, 3))
    return made


def test_shards_are_disjoint_and_balanced(whole: Run, shards: list[Path]) -> None:
    own = [set(open_run(out).answers["cell"]) for out in shards]
    assert sum(len(one) for one in own) == len(set.union(*own)) == whole.answers.height
    asked = whole.answers.filter(pl.col("respondent") != "told").height
    assert all(abs(len(one) - asked / 3) < 4 * (asked * 2 / 9) ** 0.5 for one in own)


def test_a_shard_has_its_own_parts_and_no_scores(shards: list[Path]) -> None:
    parts = [file.name for file in (shards[1] / "answers").iterdir()]
    assert parts and all(name.startswith("part-2-of-3-") for name in parts)
    assert not {"scores.parquet", "report.html", "manifest.json", "answers.parquet"} & {
        f.name for f in shards[1].iterdir()
    }


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_joined_shards_are_the_run_of_one_machine(
    order: tuple[int, ...], whole: Run, shards: list[Path], study: Path, tmp_path: Path
) -> None:
    made = api.merge([shards[k] for k in order], tmp_path / "joined", folder=study.parent)
    assert made.answers.equals(whole.answers)
    assert made.scores.equals(whole.scores)
    assert made.humans.equals(whole.humans) and made.questions.equals(whole.questions)
    assert made.manifest.pop("shards") == {"of": 3, "absent": [], "missing": 0}
    assert {k: v for k, v in made.manifest.items() if k != "shards"} == whole.manifest
    assert api.merge(shards, tmp_path / "joined", folder=study.parent).answers.equals(whole.answers)


def test_absent_shards_are_refused_unless_said(whole: Run, shards: list[Path], study: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"1 of 3 shards missing or not finished \(2\)"):
        api.merge([shards[0], shards[2]], tmp_path / "joined", folder=study.parent)
    assert not (tmp_path / "joined").exists()
    made = api.merge([shards[0], shards[2]], tmp_path / "joined", partial=True, folder=study.parent)
    gone = open_run(shards[1]).answers.height
    assert made.answers.height == whole.answers.height - gone
    assert made.manifest["shards"] == {"of": 3, "absent": [2], "missing": gone}
    filled = api.run(api.load_study(study), tmp_path / "joined", folder=study.parent)
    assert filled.answers.sort("cell").equals(whole.answers.sort("cell"))


def test_an_unfinished_shard_is_refused(shards: list[Path], study: Path, tmp_path: Path) -> None:
    copy = copied(shards[1], tmp_path / "copy")
    write(copy / SHARD, (copy / SHARD).read_text().replace('"finished": true', '"finished": false'))
    with pytest.raises(UserError, match="not finished"):
        api.merge([shards[0], copy, shards[2]], tmp_path / "joined", folder=study.parent)


def test_removed_parts_are_noticed(shards: list[Path], study: Path, tmp_path: Path) -> None:
    copy = copied(shards[1], tmp_path / "copy")
    next(iter((copy / "answers").iterdir())).unlink()
    with pytest.raises(BadFile, match="removed"):
        api.merge([shards[0], copy, shards[2]], tmp_path / "joined", folder=study.parent)


def test_a_doubled_cell_must_say_the_same(whole: Run, shards: list[Path], study: Path, tmp_path: Path) -> None:
    copy = copied(shards[1], tmp_path / "copy")
    assert api.merge([*shards, copy], tmp_path / "j", folder=study.parent).answers.equals(whole.answers)
    part = next(iter((copy / "answers").iterdir()))
    table = pl.read_parquet(part)
    changed = table.with_row_index().with_columns(unread=pl.when(pl.col("index") == 0).then(0.25).otherwise("unread"))
    changed.drop("index").write_parquet(part)
    with pytest.raises(BadAnswers, match="two different answers"):
        api.merge([*shards, copy], tmp_path / "k", folder=study.parent)


def test_an_answer_goes_before_a_failure(whole: Run, shards: list[Path], study: Path, tmp_path: Path) -> None:
    copy = copied(shards[1], tmp_path / "copy")
    part = next(iter((copy / "answers").iterdir()))
    pl.read_parquet(part).with_columns(error=pl.lit("no answer came")).write_parquet(part)
    for number, runs in enumerate(([*shards, copy], [copy, *shards])):
        assert api.merge(runs, tmp_path / f"j{number}", folder=study.parent).answers.equals(whole.answers)


def copied(folder: Path, to: Path) -> Path:
    """A shard's folder again; links are enough, files are replaced and never changed in place."""
    for file in folder.rglob("*"):
        if file.is_file():
            (to / file.relative_to(folder)).parent.mkdir(parents=True, exist_ok=True)
            (to / file.relative_to(folder)).write_bytes(file.read_bytes())
    return to


def test_foreign_shards_are_refused(shards: list[Path], whole: Run, study: Path, tmp_path: Path) -> None:
    api.run_shard(prepared(study, "ask.samples=6"), tmp_path / "other", Shard(2, 3))
    with pytest.raises(StudyChanged, match=r"ask\.samples"):
        api.merge([shards[0], tmp_path / "other", shards[2]], tmp_path / "j")
    api.run_shard(prepared(study, "measure.draws=500"), tmp_path / "drawn", Shard(2, 3))
    with pytest.raises(StudyChanged, match="what is measured"):
        api.merge([shards[0], tmp_path / "drawn", shards[2]], tmp_path / "j")
    api.run_shard(prepared(study), tmp_path / "of four", Shard(2, 4))
    with pytest.raises(UserError, match="one set of shards"):
        api.merge([*shards, tmp_path / "of four"], tmp_path / "j")
    with pytest.raises(UserError, match="holds no shard"):
        api.merge([whole.path, *shards], tmp_path / "j")
    copy = copied(shards[1], tmp_path / "copy")
    write(copy / SHARD, (copy / SHARD).read_text().replace('"prompts": "1"', '"prompts": "0"'))
    with pytest.raises(StudyChanged, match=r"different versions \(tawazun .*; prompts 1; .*prompts 0; .*run one of"):
        api.merge([shards[0], copy, shards[2]], tmp_path / "j")
    assert not (tmp_path / "j").exists()


@pytest.mark.parametrize(
    ("whole", "broken"),
    [
        ("{", ""),
        ('"shard": 2', '"shard": 0'),
        ('"shard": 2', '"shard": "2"'),
        ('"of": 3', '"of": 0'),
        ('"respondents": {', '"respondent": {'),
        ('"notes"', '"note"'),
        ('"labels"', '"label"'),
        ('"cells"', '"cell"'),
    ],
)
def test_a_damaged_record_is_one_line(whole: str, broken: str, shards: list[Path], study: Path, tmp_path: Path) -> None:
    copy = copied(shards[1], tmp_path / "copy")
    text = (copy / SHARD).read_text()
    assert whole in text
    write(copy / SHARD, text.replace(whole, broken))
    for runs in ([shards[0], copy, shards[2]], [copy, shards[0], shards[2]]):
        with pytest.raises(BadFile, match=r"shard\.json: damaged .*run the shard again") as why:
            api.merge(runs, tmp_path / "j", folder=study.parent)
        assert "\n" not in str(why.value) and not (tmp_path / "j").exists()


def test_a_folder_holds_one_shard_or_none(shards: list[Path], whole: Run, study: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds shard 1/3"):
        api.run_shard(prepared(study), shards[0], Shard(2, 3))
    with pytest.raises(UserError, match="holds shard 1/3"):
        api.run(api.load_study(study), shards[0], folder=study.parent)
    with pytest.raises(UserError, match="in no shard"):
        api.run_shard(prepared(study), whole.path, Shard(1, 3))
    with pytest.raises(UserError, match="a run of its own"):
        api.merge(shards, whole.path, folder=study.parent)


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "1/0", "-1/3", "1/3/5"])
def test_a_shard_that_is_none(text: str) -> None:
    with pytest.raises(UserError, match="i/n"):
        parse_shard(text)


@given(st.binary(min_size=16, max_size=16), st.integers(1, 40))
def test_every_cell_is_in_exactly_one_shard(cell: bytes, of: int) -> None:
    assert sum(Shard(number, of).holds(cell.hex()) for number in range(1, of + 1)) == 1


@pytest.mark.slow
def test_kills_in_the_middle_of_a_shard(tmp_path: Path) -> None:
    write(tmp_path / "study.toml", STUDY.split("[[respondent]]")[0] + KILLED)
    command = [sys.executable, str(CHILD), str(tmp_path / "study.toml"), str(tmp_path / "killed")]
    line = [*command, str(tmp_path / "log"), "2/3"]
    run, draw, interrupted = tmp_path / "killed", random.Random(7), 0
    for number in range(4):
        safe, mark = stored(run), len(logged(tmp_path / "log"))
        child = subprocess.Popen(line, env=environment())
        until = time.monotonic() + 60
        # every other kill comes before the first part is written
        while child.poll() is None and time.monotonic() < until:
            if len(logged(tmp_path / "log")) > mark and (number % 2 or stored(run) - safe):
                break
            time.sleep(0.002)
        time.sleep(draw.expovariate(1 / 0.005))
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert not safe & set(logged(tmp_path / "log")[mark:]), "a stored answer was asked again"
        record = open_run(run).shard
        if record and record.finished:
            break
        interrupted += bool(stored(run))
    assert interrupted
    subprocess.run(line, env=environment(), check=True)
    for number in (1, 3):
        api.run_shard(prepared(tmp_path / "study.toml"), tmp_path / f"s{number}", Shard(number, 3))
    alone = api.run(api.load_study(tmp_path / "study.toml"), tmp_path / "alone")
    made = api.merge([run, tmp_path / "s1", tmp_path / "s3"], tmp_path / "joined")
    assert made.answers.equals(alone.answers) and made.scores.equals(alone.scores)


KILLED = """
[[respondent]]
name = "floor"
kind = "uniform"
[ask]
instruments = ["atlas"]
personas = ["none", "human", "x-sahelia"]
wordings = 5
orders = ["forward", "reversed", "rotate-1"]
[measure]
measures = ["index"]
"""
