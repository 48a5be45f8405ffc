"""`tawazun doctor`: what is there and what is not, quickly, and never the value of a key."""

import json
import os
import resource
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from typer.testing import CliRunner

from tawazun.cli import examining
from tawazun.cli.commands import app
from tawazun.cli.doctoring import lines_of
from tawazun.version import VERSION
from tests.test_architecture import CAGED, loaded_by

HEAVY = set(CAGED) - {"jinja2"}


def doctor(*words: str) -> str:
    """What it prints, in this process; it has to succeed."""
    done = CliRunner().invoke(app, ["doctor", *words], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_it_tells_versions_extras_folders_and_keys_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "hunter2-hunter2")
    monkeypatch.setenv("TAWAZUN_CACHE", str(tmp_path))
    (tmp_path / "answers.sqlite").write_bytes(b"x" * 2_000_000)
    said, found = doctor(), json.loads(doctor("--json"))
    assert f"tawazun {VERSION}" in said and "extra local: " in said and "2.0 of 2,000 MB" in said
    assert found["keys"] == ["OPENAI_API_KEY"] and "OPENAI_API_KEY" in said
    assert "hunter2" not in said + json.dumps(found)
    assert found["cache"]["bytes"] == 2_000_000
    assert {one["extra"] for one in found["extras"]} >= {"local", "endpoint", "adapt", "ray", "text"}


def test_a_missing_extra_comes_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = examining.version

    def without_torch(name: str) -> str:
        if name == "torch":
            raise PackageNotFoundError(name)
        return "0.1" if name == "openai" else real(name)

    monkeypatch.setattr(examining, "version", without_torch)
    local, endpoint, adapt = (examining.extra_facts(name) for name in ("local", "endpoint", "adapt"))
    assert local["missing"] == ["torch"] and local["install"] == "pip install 'tawazun[local]'"
    assert endpoint["missing"] == ["openai 0.1 (needs >=2.0)"]
    assert "torch" in adapt["missing"]  # an extra needs what the extra it builds on needs
    said = "\n".join(lines_of(examining.examine()))
    assert "extra local: missing torch" in said and "pip install 'tawazun[local]'" in said
    assert "torch: not installed" in said
    assert examining.examine(devices=True)["devices"][0]["name"] == "torch is not installed"


def test_what_an_extra_wants_is_what_the_project_says() -> None:
    wanted = {one.name for one in examining._wanted("adapt")}
    assert {"torch", "transformers", "trl", "peft", "cma"} <= wanted and "tawazun" not in wanted
    assert examining._unmet([Requirement("numpy>=1"), Requirement("numpy>=999")])[0].startswith("numpy ")


def test_the_data_folder_is_looked_through(tmp_path: Path) -> None:
    (tmp_path / "acva").mkdir()
    (tmp_path / "acva" / "other.txt").write_text("12345")
    found = json.loads(doctor("--json", "--data", str(tmp_path)))["data"]
    assert found["sets"] == ["acva"] and found["bytes"] == 5
    assert "acva" in found["absent"] and found["instruments"] == []


@pytest.mark.data
def test_instruments_that_can_be_asked_are_named(data_folder: Path) -> None:
    found = json.loads(doctor("--json", "--data", str(data_folder)))["data"]
    assert {"acva", "aratrust"} <= set(found["instruments"]) and "arabicmmlu" in found["absent"]
    assert found["bytes"] > 1_000_000 and not found["cut"]


def test_what_is_wrong_is_a_line_of_it_and_no_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TAWAZUN_CACHE_MB", "plenty")
    monkeypatch.setenv("TAWAZUN_CACHE", str(tmp_path))
    monkeypatch.setattr(examining, "MOST_FILES", 1)
    assert "not 'plenty'" in doctor() and "no folder /nowhere" in doctor("--data", "/nowhere")
    for name in "ab":
        (tmp_path / name).write_text("1234")
    assert examining._size(tmp_path) == (4, True)


def test_gpus_are_those_that_the_driver_tells(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'NVIDIA H200, 143771, 143000'\necho 'Odd, [N/A], [N/A]'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert examining._gpus()[0] == {"name": "NVIDIA H200", "memory_mb": 143771, "free_mb": 143000}
    said = doctor()
    assert "GPU: NVIDIA H200, 143,771 MB, 143,000 free" in said and "GPU: Odd, memory unknown" in said
    program.write_text("#!/bin/sh\nexit 9\n")
    assert examining._gpus() == []


def test_torch_is_asked_only_when_it_is_asked_for() -> None:
    code = "from tawazun.cli.examining import examine; examine()"
    assert not loaded_by(code) & HEAVY
    found = json.loads(doctor("--json", "--devices"))["devices"]
    assert found[-1]["device"] == "cpu" and "threads" in found[-1]["name"]


def test_it_is_quick() -> None:
    """Its own work, in CPU seconds, so that a busy machine does not decide."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "tawazun", "doctor"], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime < 2


@pytest.mark.parametrize(
    ("shell", "asking"),
    [
        ("bash", {"COMP_WORDS": "tawazun do", "COMP_CWORD": "1"}),
        ("zsh", {"_TYPER_COMPLETE_ARGS": "tawazun do"}),
        ("fish", {"_TYPER_COMPLETE_ARGS": "tawazun do", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}),
    ],
)
def test_a_shell_completes_commands(shell: str, asking: dict[str, str], tmp_path: Path) -> None:
    """The script that `--install-completion` writes, and what it then asks the program, which a shell knows by name."""
    program = tmp_path / "tawazun"
    program.write_text(f"#!{sys.executable}\nfrom tawazun.cli import main\nmain()\n")
    program.chmod(0o755)
    told = {**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    script = subprocess.run([program, "--show-completion", shell], env=told, capture_output=True, text=True, check=True)
    assert f"_TAWAZUN_COMPLETE=complete_{shell}" in script.stdout
    told = {**os.environ, **asking, "_TAWAZUN_COMPLETE": f"complete_{shell}"}
    offered = subprocess.run([program], env=told, capture_output=True, text=True)
    assert "doctor" in offered.stdout and "measure" not in offered.stdout, offered.stderr
