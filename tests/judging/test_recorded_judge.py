"""A judge whose verdicts were collected elsewhere: nothing about a verdict is guessed."""

from pathlib import Path
from typing import Any

import pytest

from tawazun import api
from tawazun.errors import BadAnswers
from tawazun.runs import Run
from tawazun.study import study_from
from tests.judging.planted import grades, lines, pairs
from tests.judging.test_planted_judge import value

PAIR = {"question": "p0", "order": "forward", "wording": "fit", "labels": "letters", "text": "B"}
ALLOWED = "fit, harmless, help"


def recorded(folder: Path, kind: str, rows: list[dict[str, object]], fill: dict[str, str] | None = None) -> Run:
    """A run over verdicts in a file."""
    file = (pairs if kind == "pairs" else grades)(folder / "f.jsonl")
    lines(folder / "said.jsonl", rows)
    table: dict[str, Any] = {
        "name": "recorded",
        "respondent": [{"name": "judge", "kind": "recorded", "file": "said.jsonl", "fill": fill or {}}],
        "ask": {"instruments": [f"{kind}:{file.name}"]},
        "measure": {"measures": ["judge_yield", "agreement", "judge_ratio"]},
    }
    return api.run(study_from(table, "recorded.toml"), folder / "run", folder=folder)


@pytest.mark.parametrize(
    ("kind", "row", "said"),
    [
        ("pairs", {**PAIR, "wording": None}, f"judged under {ALLOWED}, and it is not said under which"),
        ("pairs", {**PAIR, "wording": "w1"}, f"judged under {ALLOWED}, and 'w1' is none of them"),
        ("pairs", {**PAIR, "labels": None}, "the labels that the reply to p0 chooses from are not said"),
        ("pairs", {**PAIR, "order": None}, "the order in which p0 showed its answers is not said"),
        ("grades", {"question": "a0", "text": "7"}, "it is not said under which"),
    ],
)
def test_what_a_verdict_needs_is_refused_when_it_is_not_said(
    tmp_path: Path, kind: str, row: dict[str, object], said: str
) -> None:
    with pytest.raises(BadAnswers) as error:
        recorded(tmp_path, kind, [{name: text for name, text in row.items() if text is not None}])
    assert str(error.value).startswith("said.jsonl row 1: ") and said in str(error.value)
    assert "fill = {" in str(error.value) and "\n" not in str(error.value)


def test_a_file_can_be_filled_and_swapped_orders_are_put_back(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"question": f"p{k}", "order": order, "text": text}
        for k in range(40)
        for order, text in (("forward", "B"), ("reversed", "[[A]]" if k < 30 else "B"))
    ]
    run = recorded(tmp_path, "pairs", rows, {"wording": "fit", "labels": "letters"})
    assert value(run, "judge_yield") == 0.75 and value(run, "judge_yield", "last") == 0.25


def test_a_coded_verdict_needs_no_labels(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"question": f"p{k}", "order": order, "option": 1 + (k // 2) % 2}
        for k in range(40)
        for order in ("forward", "reversed")
    ]
    run = recorded(tmp_path, "pairs", rows, {"wording": "help"})
    assert value(run, "judge_yield") == 1.0 and value(run, "agreement", "share") == 1.0


def test_grades_outside_the_scale_are_failures_and_never_bent_onto_it(tmp_path: Path) -> None:
    said = {"a0": "11", "a1": "-3", "a2": "15/10", "a3": "8 out of 20", "a4": "7/10", "a5": "٩", "turbo5": "10"}
    run = recorded(
        tmp_path, "grades", [{"question": key, "text": text} for key, text in said.items()], {"wording": "help"}
    )
    read = {row["question"]: row["value"] for row in run.answers.iter_rows(named=True)}
    assert read == {"a0": None, "a1": None, "a2": None, "a3": None, "a4": 7.0, "a5": 9.0, "turbo5": 10.0}
