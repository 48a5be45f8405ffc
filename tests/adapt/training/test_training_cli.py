"""`tawazun adapt pretrain` and `sft` on the command line: sizes, mistakes and what is printed."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tawazun.adapt.training.leaks import told
from tawazun.cli.commands import app
from tawazun.cli.training import lines_of
from tawazun.errors import UserError


def test_a_dry_run_prints_sizes_and_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    told = CliRunner().invoke(app, ["adapt", "sft", "sft-planted", "--out", str(out), "--dry-run"])
    assert told.exit_code == 0, told.output
    assert told.output.splitlines() == ["rows of marsouk: 9,720", "total: 9,720", "steps: 150"]
    again = CliRunner().invoke(app, ["adapt", "pretrain", "pretrain-planted", "--out", str(out), "--dry-run", "--json"])
    assert json.loads(again.output)["rows"] == {"arabic": 800, "english": 300} and not out.exists()


@pytest.mark.parametrize(("name", "said"), [("sft-planetd", "unknown recipe"), ("missing.toml", "cannot be read")])
def test_a_mistake_is_one_line(name: str, said: str, tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["adapt", "sft", name, "--out", str(tmp_path / "out")])
    assert isinstance(told.exception, UserError) and said in str(told.exception) and "\n" not in str(told.exception)


def test_what_a_reader_should_know_first() -> None:
    record = {
        "data": {"contamination": told(None)},
        "non_commercial": True,
        "non_commercial_because": ["news"],
        "licence_unknown": ["web"],
        "losses": [{"source": "english", "language": "en", "nats_per_token_before": 2.0, "nats_per_token_after": 2.5}],
        "scores": [
            {"measure": "index", "item": "rank", "language": "ar", "before": -10.0, "after": 12.345},
            {"measure": "js_divergence", "population": "wvs-7/EGY", "language": "ar", "before": 0.2},
        ],
    }
    assert list(lines_of(record)) == [
        'contamination was not looked for: name what to look for in contamination.instruments ("every" = all here)',
        "not for commercial use, because of news",
        "licence unknown: web",
        "loss on english (en): 2 -> 2.5 nats a token",
        "index rank (ar): -10 -> 12.35",
        "js_divergence wvs-7/EGY (ar): 0.2 -> -",
    ]
