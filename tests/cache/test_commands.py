"""The cache and the shards as a user types them; the respondent costs nothing, so the cache is asked for by name."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tawazun.cache.place import NAME
from tawazun.runs import open_run
from tests.commands import in_a_process, one_line, tawazun
from tests.toys import write

STUDY = """
version = 1
name = "kept"
[[respondent]]
name = "shipped"
kind = "planted"
[ask]
instruments = ["atlas"]
items = ["a01", "a02"]
mode = ["logprob", "sample"]
samples = 2
decoding = {max_tokens = 4}
[measure]
measures = ["index"]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("commands")
    write(made / "study.toml", STUDY)
    return made


def run(folder: Path, out: str, *more: str) -> subprocess.CompletedProcess[str]:
    words = ["run", folder / "study.toml", "--out", folder / out, "--cache", *more]
    done = tawazun(*words, TAWAZUN_CACHE=str(folder / "cache"))
    assert done.returncode == 0, done.stderr
    return done


def test_run_again_run_more_look_and_clear(folder: Path) -> None:
    assert "remembered" not in run(folder, "plain", "--no-cache").stdout and not (folder / "cache").exists()
    assert "remembered" not in run(folder, "first").stdout
    assert "4 cells were remembered" in run(folder, "second").stdout
    first, second, plain = (open_run(folder / out) for out in ("first", "second", "plain"))
    assert first.answers.equals(plain.answers) and second.answers.equals(plain.answers)
    assert second.manifest == plain.manifest
    assert "2 cells were remembered" in run(folder, "more", "--set", "ask.samples=5").stdout
    place = {"TAWAZUN_CACHE": str(folder / "cache")}
    told = json.loads(tawazun("cache", "--json", **place).stdout)
    assert told["file"] == str(folder / "cache" / NAME) and told["cap"] == 2_000_000_000
    assert told["entries"] == 2 + 2 + 2, "two read-outs, and two items with two and with five replies"
    assert [(one["respondent"], one["entries"]) for one in told["respondents"]] == [("shipped", 6)]
    assert 0 < told["bytes"] == told["respondents"][0]["bytes"]
    assert re.search(r"6 entries, 0\.0 of 2,000 MB\n  shipped \(\w{8}\): 6 entries", tawazun("cache", **place).stdout)
    assert json.loads(tawazun("cache", "--clear", "--json", **place).stdout)["entries"] == 0


def test_no_key_and_no_prompt_is_in_the_file(folder: Path) -> None:
    run(folder, "held")
    content = b"".join(file.read_bytes() for file in (folder / "cache").iterdir())
    stem = open_run(folder / "held").questions["stem"].drop_nulls()[0]
    assert b"shipped" in content and stem.encode() not in content and str(folder).encode() not in content


def test_shards_on_the_command_line(folder: Path) -> None:
    for number in (1, 2):
        done = run(folder, f"shard-{number}", "--shard", f"{number}/2")
        assert f"shard {number}/2: " in done.stdout and "tawazun merge" in done.stdout
    whole = run(folder, "whole", "--no-cache", "--json")
    done = tawazun("merge", folder / "shard-1", folder / "shard-2", "--out", folder / "joined", "--json")
    assert json.loads(done.stdout)["counts"] == json.loads(whole.stdout)["counts"]
    one, other = open_run(folder / "joined"), open_run(folder / "whole")
    assert one.answers.equals(other.answers) and one.scores.equals(other.scores)
    assert one.manifest["respondents"] == other.manifest["respondents"]
    one_line(tawazun("merge", folder / "shard-1", "--out", folder / "half"), 2, "1 of 2 shards missing", "--partial")
    half = tawazun("merge", folder / "shard-1", "--out", folder / "half", "--partial")
    assert half.returncode == 0 and "NOT THE WHOLE STUDY: shards 2 of 2" in half.stdout


def test_mistakes_are_one_line(folder: Path, tmp_path: Path) -> None:
    study = folder / "study.toml"
    one_line(tawazun("run", study, "--out", tmp_path / "r", "--shard", "3/2"), 2, "--shard is i/n")
    place = {"TAWAZUN_CACHE": str(tmp_path), "TAWAZUN_CACHE_MB": "x"}
    one_line(tawazun("run", study, "--out", tmp_path / "r", "--cache", **place), 2, "'x'")
    (tmp_path / NAME).write_text("no database" * 500)
    one_line(tawazun("cache", TAWAZUN_CACHE=str(tmp_path)), 2, NAME, "delete it")
    assert not (tmp_path / "r").exists()
    # a process of its own: what a library logs reaches the terminal there, and pytest here
    done = in_a_process("run", study, "--out", tmp_path / "r", "--cache", TAWAZUN_CACHE=str(tmp_path))
    assert done.returncode == 0 and len(done.stderr.strip().splitlines()) == 1
    assert "going on without the answer cache" in done.stderr
    assert "off" in tawazun("cache").stdout
