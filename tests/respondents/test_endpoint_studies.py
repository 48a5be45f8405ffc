"""Whole studies over HTTP: faults of every kind, a run that is taken up, prices, and a real server."""

import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.request import urlopen

import numpy as np
import polars as pl
import pytest

from tawazun import api
from tawazun.atlas import model_folder
from tawazun.cli.commands import app
from tawazun.errors import RespondentFailed
from tawazun.instruments import instrument
from tawazun.interview import make_plan
from tawazun.respondents.endpoint_loop import Loop
from tawazun.respondents.endpoint_respondent import SEEDS
from tawazun.runs import Run, open_run
from tawazun.seeds import seed_for
from tawazun.study import Study, study_toml
from tests.fault_server import FaultServer, mass, serve, told
from tests.toys import study, write

ATLAS = instrument("atlas")
QUICK = {"wait": 0.01, "timeout": 2.5, "concurrency": 32, "retries": 8}


def asked_of(server: FaultServer, ask: dict[str, Any] | None = None, **options: Any) -> Study:
    keys = {"name": "it", "kind": "endpoint", "model": "planted", "base_url": server.url}
    return study(respondent=[{**keys, "options": QUICK | options}], ask=ask or {})


def prompts_of(made: Study) -> dict[str, str]:
    """ask -> the text of its one prompt."""
    plan = make_plan(made, [ATLAS])
    return {one.ask: "\n".join(text for _, text in one.prompts[0].messages) for one in plan}


def all_answered_once(made: Study, run: Run, server: FaultServer) -> Counter[str]:
    """Every cell has one right answer that was given once, or a reason; returns the reasons."""
    texts = prompts_of(made)
    answers = run.answers
    assert answers.height == answers["cell"].n_unique() == len(texts)
    for row in answers.filter(pl.col("error").is_null()).iter_rows(named=True):
        letters = list(mass(texts[row["ask"]]).values())[: len(row["p"])]
        shown = letters if row["order"] == "forward" else letters[::-1]
        assert np.allclose(row["p"], shown, atol=1e-9)
        assert server.good[texts[row["ask"]]] == 1
    failed = answers.filter(pl.col("error").is_not_null())
    assert all(server.good[texts[ask]] == 0 for ask in failed["ask"])
    return Counter(line.split(" (after")[0] for line in failed["error"])


SMALL = {"personas": ["none", "human"], "wordings": 3, "orders": ["forward"], "instruments": ["atlas"]}
LARGE = {
    "personas": ["none", "group:atlas-isles@1"],
    "languages": ["en", "ar"],
    "wordings": "all",
    "orders": ["forward", "reversed"],
    "instruments": ["atlas"],
}


def test_a_study_is_finished_through_faults_of_every_kind(tmp_path: Path) -> None:
    with serve(seed=11, faults=0.2, poisoned=0.03, slow=4.0) as server:
        made = asked_of(server, SMALL)
        run = api.run(made, tmp_path / "run")
        reasons = all_answered_once(made, run, server)
        cells = run.manifest["counts"]["cells"]
        assert cells >= 300 and 0 < run.manifest["counts"]["failed"] == reasons.total() < 0.08 * cells
        assert sum(server.asked.values()) > 1.2 * cells
        # what failed is asked again, and nothing else
        server.faults = server.poisoned = 0.0
        before = server.asked.copy()
        again = api.run(made, tmp_path / "run")
        assert again.manifest["counts"]["failed"] == 0 and (server.asked - before).total() == reasons.total()
        assert not all_answered_once(made, again, server)
    notes = again.manifest["respondents"]["it"]["notes"]
    assert notes[0].startswith(f"last session: {reasons.total():,} requests, 0 of them again; ")


@pytest.mark.slow
def test_5000_cells_through_faults_of_every_kind(tmp_path: Path) -> None:
    with serve(seed=12, faults=0.2, poisoned=0.01, slow=18.0) as server:
        made = asked_of(server, LARGE, timeout=15)
        started = time.monotonic()
        run = api.run(made, tmp_path / "run")
        took = time.monotonic() - started
        reasons = all_answered_once(made, run, server)
        sent = sum(server.asked.values())
    cells = run.manifest["counts"]["cells"]
    print(f"{cells} cells, {sent} requests, {reasons.total()} failed in {took:.0f} s: {dict(reasons)}")
    assert cells >= 5000


def test_a_stopped_run_is_taken_up_where_it_was(tmp_path: Path) -> None:
    with serve() as server:
        made = asked_of(server, SMALL, max_failures=1)
        server.status = 400
        with pytest.raises(RespondentFailed, match="more than 1 cells failed"):
            api.run(made, tmp_path / "run")
        server.status = 0
        # another pace is the same study
        slower = asked_of(server, SMALL, concurrency=2, retries=1, prices={"prompt": 1.0, "reply": 1.0})
        run = api.run(slower, tmp_path / "run")
        assert not all_answered_once(made, run, server)


def test_replies_are_remembered_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAWAZUN_CACHE", str(tmp_path / "cache"))
    with serve() as server:
        for samples, sent in ((3, 180), (5, 300), (5, 300), (2, 300)):
            ask = {"instruments": ["atlas"], "mode": "sample", "samples": samples}
            run = api.run(asked_of(server, ask), tmp_path / f"run {time.monotonic()}")
            assert sum(server.asked.values()) == sent and run.manifest["counts"]["failed"] == 0
            assert all(len(text) == samples for text in run.answers["text"])


def test_replies_that_came_are_kept_though_others_of_their_cell_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAWAZUN_CACHE", str(tmp_path / "cache"))
    ask = {"instruments": ["atlas"], "mode": "sample", "samples": 6}
    with serve(seed=5, faults=0.1, kinds=["500", "truncated"]) as server:
        made = asked_of(server, ask, retries=0, concurrency=8)
        cells = len(make_plan(made, [ATLAS]))
        broken = api.run(made, tmp_path / "run")
        given, failed = server.good.total(), broken.manifest["counts"]["failed"]
        assert 10 < failed < cells and given > 6 * (cells - failed)
        server.faults = 0.0
        whole = api.run(made, tmp_path / "run")
        assert whole.manifest["counts"]["failed"] == 0 and server.good.total() == 6 * cells
        # no reply was drawn twice
        assert set(server.drawn.values()) == {1} and len(server.drawn) == 6 * cells


def test_what_came_before_its_turn_is_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first question is never answered, so every other answer waits for its turn; then the run breaks off."""
    for cache in (True, False):
        monkeypatch.setenv("TAWAZUN_CACHE", str(tmp_path / "cache"))
        with serve() as server:
            made = asked_of(server, {"instruments": ["atlas"]}, timeout=1.2, retries=0)
            server.stuck = next(iter(prompts_of(made).values()))
            out = tmp_path / f"run {cache}"
            with patch.object(Loop, "_counted", side_effect=RespondentFailed("gone")), pytest.raises(RespondentFailed):
                api.run(made, out, cache=cache)
            given = server.good.total()
            assert given == len(ATLAS.questions) - 1
            server.stuck = ""
            run = api.run(made, out, cache=cache)
            assert server.good.total() == given + 1 and run.manifest["counts"]["failed"] == 0


def test_at_temperature_0_more_samples_ask_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAWAZUN_CACHE", str(tmp_path / "cache"))
    with serve() as server:
        for samples in (2, 5):
            decoding = [{"temperature": 0.0, "max_tokens": 4}]
            ask = {"instruments": ["atlas"], "mode": "sample", "samples": samples, "decoding": decoding}
            run = api.run(asked_of(server, ask), tmp_path / f"{samples}")
            assert len(server.bodies) == len(ATLAS.questions)
            assert all(len(set(text)) == 1 and len(text) == samples for text in run.answers["text"])


@pytest.mark.slow
def test_a_killed_run_loses_a_second_of_answers_at_most(tmp_path: Path) -> None:
    with serve(nap=0.02) as server:
        made = asked_of(server, SMALL, concurrency=4)
        file, out = write(tmp_path / "s.toml", study_toml(made)), tmp_path / "run"
        command = [sys.executable, "-m", "tawazun", "run", str(file), "--out", str(out)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
            while server.good.total() < 300:
                time.sleep(0.01)
                assert child.poll() is None
            rate = 300 / (server.times[-1] - server.times[0])
            child.kill()
        kept = open_run(out).answers.height
        time.sleep(0.2)
        given = server.good.total()
        print(f"killed after {given} answers at {rate:.0f} a second, {kept} were kept")
        assert given - kept < 1.5 * rate + 8
        run = api.run(made, out)
        assert run.manifest["counts"]["cells"] == 360 and server.good.total() == 360 + given - kept


@pytest.mark.slow
def test_kills_amid_faults_with_one_cache_for_two_runs(tmp_path: Path) -> None:
    """Two runs on one cache are killed again and again while the server goes wrong; then both are taken up."""
    with serve(seed=21, faults=0.15, nap=0.1, slow=4.0) as server:
        made = [
            asked_of(server, {**SMALL, "personas": [one], "mode": "sample", "samples": 4}, concurrency=6)
            for one in ("none", "human")
        ]
        cells = [len(make_plan(one, [ATLAS])) for one in made]
        files = [write(tmp_path / f"{n}.toml", study_toml(one)) for n, one in enumerate(made)]
        commands = [
            [sys.executable, "-m", "tawazun", "run", str(file), "--out", str(tmp_path / f"run {n}")]
            for n, file in enumerate(files)
        ]
        begun = {**os.environ, "TAWAZUN_CACHE": str(tmp_path / "cache")}
        kills = 0
        for _ in range(3):
            mark = server.good.total()
            children = [
                subprocess.Popen(one, env=begun, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                for one in commands
            ]
            until = time.monotonic() + 120
            while server.good.total() < mark + 250 and time.monotonic() < until:
                time.sleep(0.01)
            for child in children:
                kills += child.poll() is None
                child.kill()
                child.wait()
            time.sleep(0.3)
        times = np.array(server.times)
        rate = float((np.searchsorted(times, times + 1) - np.arange(len(times))).max()) / 2
        for one in commands:
            subprocess.run(one, env=begun, check=True, stdout=subprocess.DEVNULL)
        again = sum(count - 1 for count in server.drawn.values())
        print(f"{kills} kills, {len(server.drawn)} replies, {again} drawn again, {rate:.0f} a second")
        # half a second of replies, and what was in flight
        assert kills >= 4 and again <= kills * (0.75 * rate + 6)
        for n, (one, count) in enumerate(zip(made, cells, strict=True)):
            run = open_run(tmp_path / f"run {n}")
            if failed := run.manifest["counts"]["failed"]:
                print(f"run {n}: {failed} failed")
            texts = prompts_of(one)
            good = run.answers.filter(pl.col("error").is_null())
            assert run.answers.height == run.answers["cell"].n_unique() == count and good.height >= 0.98 * count
            for row in good.iter_rows(named=True):
                seeds = [seed_for(one.seed, row["ask"], k) % SEEDS for k in range(4)]
                assert row["text"] == [told(texts[row["ask"]], seed) for seed in seeds]


def test_a_dry_run_prints_what_it_would_cost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = """name = "priced"
[[respondent]]
name = "it"
kind = "endpoint"
model = "m"
key_env = "OPENAI_API_KEY"
options = { prices = { prompt = 1000.0, reply = 500000.0, currency = "EUR" } }
[[respondent]]
name = "free"
kind = "endpoint"
model = "m"
base_url = "http://127.0.0.1:9/v1"
[ask]
instruments = ["atlas"]
mode = ["logprob", "sample"]
samples = 3
decoding = [{ max_tokens = 10 }]
"""
    command = ["run", str(write(tmp_path / "s.toml", text)), "--out", str(tmp_path / "run"), "--dry-run"]
    app([*command, "--json"], standalone_mode=False)
    found = json.loads(capsys.readouterr().out)
    asks = len(ATLAS.questions)
    assert found["it"]["prompts"] == asks * 4
    assert found["it"]["cost"] == pytest.approx(found["it"]["tokens"] / 1000 + asks * 31 * 0.5)
    assert found["it"]["currency"] == "EUR" and found["free"]["cost"] is None
    app(command, standalone_mode=False)
    out = capsys.readouterr().out
    assert f"about {found['it']['cost']:.2f} EUR" in out and "cost: unknown, the study gives no prices" in out
    assert not (tmp_path / "run").exists()


def test_tokens_and_cost_are_counted(tmp_path: Path) -> None:
    with serve() as server:
        prices = {"prompt": 2.0, "reply": 10.0}
        run = api.run(asked_of(server, {"personas": ["none"], "instruments": ["atlas"]}, prices=prices), tmp_path / "r")
        tokens, sent = sum(len(text) * count for text, count in server.asked.items()), len(server.bodies)
    first, second = run.manifest["respondents"]["it"]["notes"]
    assert f"{sent} requests, 0 of them again; {tokens:,} prompt and {sent} reply tokens" in first
    assert f"cost {(2 * tokens + 10 * sent) / 1e6:.4f} USD" in second


def test_a_shard_has_its_own_size_and_shards_together_cost_what_they_cost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*arguments: str) -> Any:
        app([*arguments, "--json"], standalone_mode=False)
        return json.loads(capsys.readouterr().out)

    with serve() as server:
        prices = {"prompt": 2.0, "reply": 10.0, "currency": "EUR"}
        ask = {"personas": ["none"], "instruments": ["atlas"]}
        file = str(write(tmp_path / "s.toml", study_toml(asked_of(server, ask, prices=prices))))
        outs = [str(tmp_path / f"shard-{n}") for n in (1, 2, 3)]
        parts = [["run", file, "--out", out, "--shard", f"{n}/3"] for n, out in enumerate(outs, 1)]
        whole = said("run", file, "--out", outs[0], "--dry-run")["it"]
        sizes = [said(*part, "--dry-run")["it"] for part in parts]
        for name in ("cells", "prompts"):
            assert sum(one[name] for one in sizes) == whole[name] > max(one[name] for one in sizes) > 0
        assert sum(one["cost"] for one in sizes) == pytest.approx(whole["cost"], rel=1e-2)
        app([*parts[1], "--dry-run"], standalone_mode=False)
        assert f"shard 2/3:\nit: {sizes[1]['cells']} cells" in capsys.readouterr().out
        # the second shard is asked in two sessions
        server.status = 400
        with pytest.raises(RespondentFailed, match="not one of"):
            said(*parts[1])
        capsys.readouterr()
        server.status = 0
        usages = [said(*part)["usage"]["it"] for part in parts]
        tokens = sum(len(text) * count for text, count in server.asked.items())
        said("merge", *outs, outs[0], "--out", str(tmp_path / "joined"))
        found = open_run(tmp_path / "joined").manifest["respondents"]["it"]
        assert found["usage"]["requests"] == sum(one["requests"] for one in usages) == len(server.bodies)
        assert found["usage"]["prompt_tokens"] == tokens
        assert found["usage"]["cost EUR"] == pytest.approx((2 * tokens + 10 * whole["prompts"]) / 1e6)
        assert [note[:9] for note in found["notes"] if "requests" in note] == ["shard 1/3", "shard 2/3", "shard 3/3"]
        # taking up what is whole costs nothing and forgets nothing
        assert said(*parts[0])["usage"]["it"] == usages[0]


def test_a_shard_says_what_it_cost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serve() as server:
        made = asked_of(server, {"instruments": ["atlas"]}, prices={"prompt": 2.0, "reply": 10.0})
        file = str(write(tmp_path / "s.toml", study_toml(made)))
        app(["run", file, "--out", str(tmp_path / "one"), "--shard", "1/2"], standalone_mode=False)
        out = capsys.readouterr().out
        assert f"it: last session: {len(server.bodies)} requests" in out and "at the prices of the study" in out


def test_nobody_imports_a_client_unless_such_a_respondent_is_made() -> None:
    script = (
        "import sys; from tawazun import api; from tawazun.respondents import *; respondent_kinds();"
        "make_respondent(Settings('u', 'uniform'));"
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'openai', 'inspect_ai', 'httpx', 'httpx2', 'torch'}));"
        "make_respondent(Settings('e', 'endpoint', model='m', base_url='http://one/v1'));"
        "print('openai' in sys.modules, 'torch' in sys.modules, 'inspect_ai' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["[]", "True False False"]


# ---- a real server


@pytest.fixture(scope="module")
def transformers_serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cache = tmp_path_factory.mktemp("hub")
    command = [str(Path(sys.executable).parent / "transformers"), "serve", "--host", "127.0.0.1", "--port", str(port)]
    offline = {**os.environ, "HF_HUB_CACHE": str(cache), "HF_HUB_OFFLINE": "1"}
    with subprocess.Popen(command, env=offline, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            for _ in range(120):
                assert server.poll() is None, "transformers serve ended"
                try:
                    with urlopen(f"http://127.0.0.1:{port}/health", timeout=2):
                        break
                except OSError:
                    time.sleep(1)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()


@pytest.mark.slow
def test_transformers_serve_samples_and_refuses_to_be_read_out(transformers_serve: str, tmp_path: Path) -> None:
    keys = {"name": "it", "kind": "endpoint", "model": str(model_folder()), "base_url": transformers_serve}
    respondent = [{**keys, "options": {"concurrency": 2}}]
    # this server samples only where it is told so in a way of its own
    sampling = json.dumps({"do_sample": True, "eos_token_id": 1, "pad_token_id": 0})
    drawn = [{**keys, "options": {"concurrency": 2, "extra": {"generation_config": sampling}}}]
    ask = {"instruments": ["atlas"], "items": [one.id for one in ATLAS.questions[:3]]}
    replies = {**ask, "mode": "sample", "samples": 60, "decoding": [{"max_tokens": 4}]}
    answers = api.run(study(respondent=drawn, ask=replies), tmp_path / "told").answers
    exact = api.run(study(respondent=[{"name": "it", "kind": "hf", "model": "planted"}], ask=ask), tmp_path / "hf")
    assert answers["error"].null_count() == 3 and all(len(text) == 60 for text in answers["text"])
    far = [
        0.5 * float(np.abs(np.array(told) - np.array(right)).sum())
        for told, right in zip(answers["p"], exact.answers["p"], strict=True)
    ]
    print(f"transformers serve, 60 replies against the read-out of the same model: total variation {far}")
    assert max(far) < 0.25
    with pytest.raises(RespondentFailed, match=r"^respondent it: .*without log-probabilities; use mode sample"):
        api.run(study(respondent=respondent, ask=ask), tmp_path / "read")
