"""The benchmark for GPUs runs to its end on a tiny shape, and says in one line when there is no GPU."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import torch

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "gpu.py"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_tiny_shape_is_scored_equal_and_measured() -> None:
    done = run("--device", "cpu", "--shape", "tiny", "--repeats", "1")
    assert done.returncode == 0, done.stderr
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.splitlines()]
    rows = [row for row in rows if row and row[0] == "tiny"]
    rows, soft = rows[:4], rows[4:]
    assert [row[1:3] for row in rows] == [[p, r] for p in ("short", "long") for r in ("letters", "text")]
    for row in rows:
        assert row[3] == "tree" and float(row[5].replace(",", "")) > 0
        assert 0 <= float(row[7].rstrip("%")) <= 100 and float(row[8]) < 1e-4
    assert [row[1] for row in soft] == ["before", "after"]
    for row in soft:
        rate, loop = float(row[3].replace(",", "")), float(row[4].replace(",", ""))
        assert rate > 0 and loop > 0 and abs(float(row[5].rstrip("x")) - rate / loop) < 0.1 + 0.01 * rate / loop
        assert float(row[6]) < 1e-4


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_without_a_gpu_there_is_one_line(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", [str(SCRIPT)])
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(SCRIPT), run_name="__main__")
    said = capfd.readouterr()
    assert ended.value.code == 2 and not said.out
    assert said.err == "gpu.py: no CUDA device on this machine; --device cpu --shape tiny tries the script\n"
