"""`compare`, `claim`, `power` and `freeze` as a user types them."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tawazun import api
from tawazun.cli import main
from tawazun.runs import Run
from tawazun.study import study_from, study_toml
from tests.claims.conftest import PEOPLE, planted_table
from tests.claims.test_freezing import study_file
from tests.toys import write

SAHELIA = "atlas-1/x-sahelia"


class Typed:
    """Runs one command line in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys

    def __call__(self, *words: str | Path | float) -> tuple[int, str, str]:
        self.monkeypatch.setattr(sys, "argv", ["tawazun", *(str(word) for word in words)])
        code: Any = 0
        try:
            main()
        except SystemExit as stopped:
            code = stopped.code or 0
        out, err = self.capsys.readouterr()
        return int(code), out, err

    def json(self, *words: str | Path | float) -> Any:
        code, out, err = self(*words, "--json")
        assert code == 0, err
        return json.loads(out)

    def one_line(self, *words: str | Path | float) -> str:
        """The line of a user's mistake."""
        code, _, err = self(*words)
        assert code == 2, err
        assert len(err.strip().splitlines()) == 1 and err.startswith("tawazun: "), err
        return err


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    return Typed(monkeypatch, capsys)


def test_a_shipped_claim_by_its_name(typed: Typed, recorded: Run) -> None:
    code, out, _ = typed("claim", "proxy-us-gpt4", recorded.path)
    assert code == 0 and out.startswith("SUPPORTED: A US respondent is a closer proxy for India than GPT-4")
    assert "1.32 map units" in out and "limit: " in out and "smallest effect of interest" in out and "needed: " in out
    found = typed.json("claim", "proxy-us-gpt35", recorded.path)
    assert found["verdict"] == "supported" and found["facts"]["map_distance of GPT-3.5-turbo (recorded 2023)"] > 3.9
    assert found["needs"][0]["unit"] == "wordings" and found["sentence"].endswith("supported.")
    assert "proxy-us-gpt4" in typed.one_line("claim", "proxy-us-gpt5", recorded.path)


def test_a_shipped_claim_about_another_respondent(typed: Typed, planted: Run) -> None:
    mine = ("claim", "arab-personas", planted.path, "--set")
    assert typed.json(*mine, "respondent=healthy")["verdict"] == "supported"
    assert typed.json(*mine, 'respondent="stereotype"')["verdict"] == "refuted"
    assert (
        typed.json("claim", "skill-over-region", planted.path, "--set", "respondent=healthy")["verdict"] == "supported"
    )
    assert "key=value" in typed.one_line(*mine, "respondent")
    assert "'respondant'" in typed.one_line(*mine, "respondant=x")


def test_a_claim_file_with_a_mistake_is_one_line(typed: Typed, recorded: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "claim.toml", 'version = 1\nclaim = "x"\nkind = "closer"\nrespondents = "a"\n')
    said = typed.one_line("claim", file, recorded.path)
    assert "claim.toml" in said and "'respondents'" in said and "did you mean 'respondent'" in said
    write(file, 'version = 1\nclaim = "x"\n')
    assert "'kind'" in typed.one_line("claim", file, recorded.path)
    assert "no run here" in typed.one_line("claim", "proxy-us-gpt4", tmp_path)
    assert "nothing.toml" in typed.one_line("claim", tmp_path / "nothing.toml", recorded.path)


def test_comparing(typed: Typed, planted: Run) -> None:
    words = ("compare", planted.path, "--population", PEOPLE, "--respondent", "healthy", "--respondent", "pulled")
    code, out, _ = typed(*words)
    assert code == 0 and "healthy is closer" in out and "Holm" in out and "place 1" in out and "limit: " in out
    found = typed.json(*words)
    assert found["tests"] == 1 and found["differences"][0]["outcome"] == "first is closer"
    assert "--family 'x'" in typed.one_line(*words, "--family", "x")
    assert "js_similarity" in typed.one_line(*words, "--measure", "index")


def test_comparing_groups_with_and_without_repeating_the_option(typed: Typed, planted: Run) -> None:
    base = ("compare", planted.path, "--population", SAHELIA)
    good, bad = "near=healthy,twin", "far=pulled,mirror,stereotype"
    for words in ((*base, "--group", good, "--group", bad), (*base, "--group", good, bad)):
        code, out, err = typed(*words)
        assert code == 0 and "2 of near" in out and "needs 3 on each side" in out, err
    found = typed.json(*base, "--group", good, bad)
    assert found[0]["p"] is None and found[0]["closeness"]["healthy"] > 0.9
    assert "two groups" in typed.one_line(*base, "--group", good)
    assert "NAME=LABEL" in typed.one_line(*base, "--group", good, "--group", "far")
    assert "no run folder" in typed.one_line("compare", "a=b", "--group", good)
    assert "--block" in typed.one_line(*base, "--block", "x=healthy")


def test_power_on_the_command_line(typed: Typed, planted: Run, tmp_path: Path) -> None:
    study = write(tmp_path / "study.toml", study_toml(study_from(planted_table(["healthy", "pulled"]), "s")))
    words = ("power", study, "--effect", 0.08, "--target", SAHELIA)
    code, out, _ = typed(*words, "--sd-wording", 0.04, "--sd-item", 0.1, "--family", 1)
    assert code == 0 and "wordings for 80 %" in out and "smallest effect that reaches" in out and "note: " in out
    found = typed.json(*words, "--pilot", planted.path, "--between", "healthy,mirror", "--persona", "own")
    assert 0 <= found["power"] <= 1 and found["design"]["replies"] is None
    assert "--sd-wording" in typed.one_line(*words)
    assert "--kind" in typed.one_line(*words, "--kind", "nearer")
    assert "A,B" in typed.one_line(*words, "--between", "one")


def test_freezing_on_the_command_line(typed: Typed, planted: Run, tmp_path: Path) -> None:
    path = study_file(tmp_path, frozen=False)
    before = path.read_text()
    code, out, _ = typed("freeze", path, "--dry-run")
    assert code == 0 and "[frozen]" in out and path.read_text() == before
    assert typed.json("freeze", path)["written"]
    assert path.read_text().startswith(before.rstrip()) and "[frozen.measure]" in path.read_text()
    api.prepare(api.load_study(path))
    assert "frozen already" in typed.one_line("freeze", path)
    assert "answers already" in typed.one_line("freeze", planted.path)
    assert "freeze the study file" in typed.one_line("freeze", tmp_path)
    (tmp_path / "empty").mkdir()
    assert "no run here" in typed.one_line("freeze", tmp_path / "empty")


def test_claims_and_kinds_are_listed(typed: Typed) -> None:
    assert "proxy-us-gpt4" in typed.json("list", "claims")
    assert "closer-than-people" in typed.json("list", "claim-kinds")


def test_help_names_the_commands(typed: Typed) -> None:
    _, out, _ = typed("--help")
    assert all(word in out for word in ("compare", "claim", "power", "freeze"))
