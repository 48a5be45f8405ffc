"""Real Ray: equal values, lost workers, a lost node, a killed driver. Slow, because Ray takes seconds to start."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tawazun import api
from tawazun.errors import BadFile, BadStudy, UserError
from tawazun.runs import Run
from tawazun.study import Study, study_from
from tawazun.workers import Lost, Terms, open_engine
from tests.interview.test_killed import stored
from tests.toys import write
from tests.workers.hooks import NAME
from tests.workers.ray_here import OBJECTS, alive, below, joined, kill_one_worker, workers_of

pytestmark = pytest.mark.slow

TEXT = """
version = 1
name = "on workers"
[[respondent]]
name = "floor"
kind = "uniform"
[ask]
instruments = ["atlas"]
personas = ["none", "human", "x-sahelia"]
languages = ["en"]
wordings = 5
orders = ["forward", "reversed"]
[measure]
measures = ["index"]
"""
CELLS = 60 * 3 * 5 * 2


def planted(stable: bool) -> Study:
    """A study that a real model answers, in both ways of answering."""
    model = {"name": "model", "kind": "hf", "model": "planted", "device": "cpu", "options": {"stable": stable}}
    ask = {
        "instruments": ["atlas"],
        "personas": ["none", "x-sahelia"],
        "wordings": 2,
        "orders": ["forward", "reversed"],
    }
    return study_from(
        {
            "name": "a model",
            "respondent": [model],
            "ask": {**ask, "languages": ["en"]},
            "measure": {"measures": ["index"]},
        },
        "test",
    )


@pytest.fixture(autouse=True)
def hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Says what the workers' hook is to do; returns its log."""
    monkeypatch.setenv(NAME, str(tmp_path / "hook.json"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setattr("tawazun.interview.asking.SECONDS_PER_PART", 0.1)

    def told(**what: Any) -> Path:
        write(tmp_path / "hook.json", json.dumps({"log": str(tmp_path / "log"), **what}))
        return tmp_path / "log"

    told()
    return told


@pytest.fixture
def whole(tmp_path: Path) -> Run:
    write(tmp_path / "study.toml", TEXT)
    return api.run(api.load_study(tmp_path / "study.toml"), tmp_path / "whole")


def asked(log: Path) -> Counter[str]:
    return Counter(line.split()[0] for line in log.read_text().splitlines()) if log.exists() else Counter()


def answering(log: Path) -> set[str]:
    """Processes that answered."""
    return {line.split()[1] for line in log.read_text().splitlines()}


class When:
    """Does something once, when so many cells have come."""

    def __init__(self, cells: int, then: Callable[[], Any]) -> None:
        self.left, self.then, self.done = cells, then, False

    def __call__(self, count: int) -> None:
        self.left -= count
        if self.left <= 0 and not self.done:
            self.done = True
            self.then()


def test_values_are_those_of_one_machine(tmp_path: Path) -> None:
    with open_engine("ray", workers=2) as engine:
        for stable in (True, False):
            local = api.run(planted(stable), tmp_path / f"local-{stable}")
            spread = api.run(planted(stable), tmp_path / f"spread-{stable}", engine=engine)
            one, other = local.answers, spread.answers
            assert one.height == 480 and one["cell"].equals(other["cell"])
            apart = (one["p"].explode() - other["p"].explode()).abs().max()
            assert apart == 0 if stable else apart < 1e-4
            assert one.equals(other) or not stable
            assert local.manifest["respondents"] == spread.manifest["respondents"]
        made = list(engine.each(divmod_ten, range(50)))
        assert made == [divmod(n, 10) for n in range(50)]
        lost = list(engine.each(falls_at_three, range(10)))
        assert isinstance(lost[3], Lost) and [n for n in range(10) if lost[n] == n] == [0, 1, 2, 4, 5, 6, 7, 8, 9]


def divmod_ten(number: int) -> tuple[int, int]:
    return divmod(number, 10)


def falls_at_three(number: int) -> int:
    if number == 3:
        os._exit(1)
    return number


def test_errors_of_workers_are_one_line(tmp_path: Path) -> None:
    missing = {"name": "gone", "kind": "hf", "model": str(tmp_path / "no-model")}
    ask = {"instruments": ["atlas"], "languages": ["en"], "personas": ["none"]}
    with open_engine("ray", workers=1) as engine:
        with pytest.raises(BadFile, match="model path missing"):
            api.run(study_from({"name": "a", "respondent": [missing], "ask": ask}, "t"), tmp_path / "a", engine=engine)
        fixed = {**missing, "model": "planted", "device": "cuda:1"}
        with pytest.raises(BadStudy, match="each worker has its own"):
            api.run(study_from({"name": "a", "respondent": [fixed], "ask": ask}, "t"), tmp_path / "a", engine=engine)
        with pytest.raises(UserError, match="no GPU"):
            list(engine.each(falls_at_three, range(10), gpus=1))


def test_a_worker_is_killed_half_way(tmp_path: Path, whole: Run, hook: Callable[..., Path]) -> None:
    log = hook(seconds=0.05)
    killed: list[int] = []
    with joined(), open_engine("ray", workers=2) as engine:
        killing = When(CELLS // 2, lambda: killed.append(kill_one_worker()))
        made = api.run(whole.study, tmp_path / "run", engine=engine, progress=killing)
    assert killed and made.answers.equals(whole.answers) and made.scores.equals(whole.scores)
    counts = asked(log)
    assert set(counts) == set(whole.answers["ask"])
    # what the lost worker had under way is asked again, and nothing else
    assert sum(counts.values()) - CELLS <= 2 * 16


@pytest.mark.parametrize("how", ["fatal", "raises"])
def test_a_batch_that_always_fails_is_recorded(tmp_path: Path, whole: Run, hook: Callable[..., Path], how: str) -> None:
    hook(**{how: "a07"})
    ask = {**whole.study.ask.model_dump(), "personas": ["none"], "wordings": 1, "orders": ["forward"]}
    study = whole.study.model_copy(update={"ask": type(whole.study.ask)(**ask)})
    with joined(), open_engine("ray", workers=2, terms=Terms(tries=2)) as engine:
        made = api.run(study, tmp_path / "run", engine=engine)
        failed = made.answers.filter(pl.col("error").is_not_null())
        assert failed["question"].to_list() == ["a07"] and made.answers.height == 60
        assert ("the worker was lost" if how == "fatal" else "ZeroDivisionError: a bug") in failed["error"][0]
    hook()
    with joined(), open_engine("ray", workers=2) as engine:
        again = api.run(study, tmp_path / "run", engine=engine)
    assert again.answers["error"].null_count() == 60


@pytest.fixture
def cluster() -> Iterator[Any]:
    """A head that does no work, and two nodes with one slot each: three machines of Ray on this one."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 0, "object_store_memory": OBJECTS, "include_dashboard": False}
    made = Cluster(initialize_head=True, head_node_args=head)
    try:
        yield made
    finally:
        made.shutdown()


def test_a_node_is_lost_half_way(tmp_path: Path, whole: Run, hook: Callable[..., Path], cluster: Any) -> None:
    log = hook(seconds=0.05)
    nodes = [cluster.add_node(num_cpus=1, object_store_memory=OBJECTS) for _ in range(2)]
    cluster.wait_for_nodes()
    with joined(cluster.address), open_engine("ray") as engine:
        losing = When(CELLS // 2, lambda: cluster.remove_node(nodes[0], allow_graceful=False))
        made = api.run(whole.study, tmp_path / "run", engine=engine, progress=losing)
    assert losing.done and made.answers.equals(whole.answers) and made.scores.equals(whole.scores)
    counts = asked(log)
    assert set(counts) == set(whole.answers["ask"]) and sum(counts.values()) - CELLS <= 2 * 16
    assert len(answering(log)) == 2, "both nodes worked, and no third worker had a place"


def test_a_cluster_is_joined_by_its_address(tmp_path: Path, whole: Run, cluster: Any) -> None:
    cluster.add_node(num_cpus=2, object_store_memory=OBJECTS)
    cluster.wait_for_nodes()
    line = [
        sys.executable,
        "-m",
        "tawazun",
        "run",
        str(tmp_path / "study.toml"),
        "--out",
        str(tmp_path / "run"),
        "--json",
    ]
    where = {**os.environ, "RAY_ADDRESS": cluster.address}
    done = subprocess.run([*line, "--engine", "ray"], env=where, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["cells"] == CELLS, "nothing else on standard output"
    assert api.open_run(tmp_path / "run").answers.equals(whole.answers)


def test_a_killed_driver_goes_on_where_it_was(tmp_path: Path, whole: Run, hook: Callable[..., Path]) -> None:
    log = hook(seconds=0.1)
    run = tmp_path / "run"
    command = [sys.executable, "-m", "tests.workers.ray_child", str(tmp_path / "study.toml"), str(run)]
    child = subprocess.Popen(command, cwd=Path(__file__).parents[2], stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while len(stored(run)) < 200 and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    left = below(child.pid)
    assert workers_of(child.pid)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    safe, before = stored(run), asked(log)
    assert 200 <= len(safe) < CELLS
    while alive(left) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not alive(left), "a killed driver leaves no worker behind"
    before = asked(log)
    subprocess.run(command, cwd=Path(__file__).parents[2], check=True, timeout=200)
    again = asked(log) - before
    assert not safe & set(again), "a stored answer was asked again"
    made = api.open_run(run)
    assert made.answers.sort("cell").equals(whole.answers.sort("cell")) and made.scores.equals(whole.scores)
