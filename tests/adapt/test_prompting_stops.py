"""`adapt prompts`: mistakes are said before anything is made, the cost before anything is asked, and a respondent that
goes away takes nothing with it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tawazun.answers import Outcome
from tawazun.api import prompting_desk
from tawazun.cells import Ask
from tawazun.cli import app
from tawazun.errors import BadFile, BadStudy, Refused, RespondentFailed, UserError
from tawazun.respondents import Settings, make_respondent
from tests.adapt.test_prompting import ITEMS, adapted, recipe


def test_a_base_with_an_adapter_is_refused(tmp_path: Path) -> None:
    """The runs after would silently be without it."""
    with pytest.raises(Refused, match=r"base\.adapter = 'lora'.*a respondent takes one adapter"):
        adapted(recipe(tmp_path, base='kind = "planted"\nadapter = "lora"'), tmp_path / "out")


@pytest.mark.parametrize(
    ("more", "error", "says"),
    [
        ("shots = 99", BadStudy, "items that can be examples, not 99"),
        ('shots = 4\nprompts = "none.txt"', BadFile, "none.txt"),
    ],
)
def test_a_mistake_leaves_no_folder(tmp_path: Path, more: str, error: type[UserError], says: str) -> None:
    with pytest.raises(error, match=says):
        adapted(recipe(tmp_path, arms=["persona", "examples"], more=more), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_dry_run_says_what_it_costs_and_asks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompting_desk, "_written", lambda *given: pytest.fail("a prompt was written"))
    file = recipe(tmp_path, arms=["persona", "near", "placebo"], more="")
    words = ["adapt", "prompts", str(file), "--out", str(tmp_path / "out"), "--dry-run"]
    said = CliRunner().invoke(app, [*words, "--json"])
    assert said.exit_code == 0, said.output
    size = json.loads(said.output)
    # two arms that may be chosen and eight prompts of ours, all tried once; twelve items; three arms and nobody
    assert (size["arms"], size["pool"], size["evaluations"], size["asks"]) == (3, 10, 10, 12)
    assert size["runs"] == 60 * 4
    assert "3 arms; a pool of " in CliRunner().invoke(app, words).output
    assert not (tmp_path / "out").exists()
    done = adapted(file, tmp_path / "out")
    assert size["evaluations"] == sum(len(one.found.trials) for one in done.searched)


class Mortal:
    """The planted respondent, which answers nobody after so many asks; `free` ones know no cache."""

    batch, modes, free = 64, ("logprob",), True

    def __init__(self, lives: float) -> None:
        self._inner: Any = make_respondent(Settings(name="base", kind="planted"))
        self.identity = self._inner.identity
        self.lives = lives
        self.told = 0

    def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> list[Outcome]:
        found = []
        for ask, outcome in zip(asks, self._inner.answer(asks, samples, study_seed), strict=True):
            self.told += 1
            found.append(outcome if self.told <= self.lives else Outcome(error="HTTP 503 (after 2 tries)"))
            assert ask.question.id in ITEMS
        return found


def test_a_respondent_that_goes_away_is_said_and_the_search_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies in the third pass of twelve asks, after the run before of sixty: two trials are kept."""
    mortal = Mortal(60 + 2 * 12 + 5)
    monkeypatch.setattr(prompting_desk, "make_respondent", lambda settings: mortal)
    file = recipe(tmp_path, arms=["persona", "near"], more="")
    said = CliRunner().invoke(app, ["adapt", "prompts", str(file), "--out", str(tmp_path / "out")])
    assert isinstance(said.exception, RespondentFailed)
    line = str(said.exception)
    assert line.startswith("the respondent answers nothing any more (HTTP 503 (after 2 tries)); what was tried is kept")
    assert "\n" not in line
    kept = json.loads((tmp_path / "out" / "checkpoints" / "x-ngalessa" / "seed-0.json").read_text(encoding="utf-8"))
    assert [one["lost"] for one in kept["trials"]] == [0.0, 0.0]
    assert not (tmp_path / "out" / "manifest.json").exists()
    mortal.lives, before = float("inf"), mortal.told
    done = adapted(file, tmp_path / "out")
    trials = done.searched[0].found.trials
    assert all(one.value is not None for one in trials)
    runs = 60 * len({"persona", "near"}) + (60 if done.searched[0].found.best.kind not in ("near", "persona") else 0)
    assert mortal.told - before == 12 * (len(trials) - 2) + runs  # the run before and two trials were not asked again


def test_a_prompt_that_its_respondent_cannot_take_fails_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors of one prompt are that prompt's, as long as the respondent still answers others."""

    class Picky(Mortal):
        def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> list[Outcome]:
            found = super().answer(asks, samples, study_seed)
            near = any(ask.framing.persona not in ("none", "x-ngalessa") for ask in asks)
            return [Outcome(error="HTTP 400") for _ in found] if near and len(asks) == 12 else found

    monkeypatch.setattr(prompting_desk, "make_respondent", lambda settings: Picky(float("inf")))
    done = adapted(recipe(tmp_path, arms=["persona", "near"], more=""), tmp_path / "out")
    lost = [one for one in done.searched[0].found.trials if one.value is None]
    assert [one.lost for one in lost] == [1.0]
