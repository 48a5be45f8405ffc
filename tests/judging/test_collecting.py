"""From replies of runs to files that a judge is asked about."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tawazun import api
from tawazun.api.finding import find_instrument
from tawazun.cli.commands import app
from tawazun.errors import TawazunError
from tawazun.study import study_from
from tests.judging.planted import judged, lines

OPEN: list[dict[str, Any]] = [
    {"id": "q1", "question": "What is eaten at dawn?", "country": "EGY", "topic": "food", "answer": ["beans", "bread"]},
    {"id": "q2", "question": "What is sung at weddings?", "country": "MAR", "topic": "music"},
]


def answered(folder: Path, name: str, replies: dict[str, list[str]]) -> Path:
    """A run in which one recorded respondent answered the open questions."""
    rows = [{"question": item, "text": text} for item, texts in replies.items() for text in texts]
    lines(folder / f"{name}.jsonl", rows)
    lines(folder / "open.jsonl", OPEN)
    table: dict[str, Any] = {
        "name": name,
        "respondent": [{"name": name, "kind": "recorded", "file": f"{name}.jsonl"}],
        "ask": {"instruments": ["custom:open.jsonl"]},
        "measure": {"measures": ["refusal_rate"]},
    }
    return api.run(study_from(table, "open.toml"), folder / f"run-{name}", folder=folder).path


def called(*arguments: object) -> Any:
    result = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    if isinstance(result.exception, TawazunError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line]


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    return [
        answered(tmp_path, "a", {"q1": ["Beans [q=8]"], "q2": ["Songs [q=8]"]}),
        answered(tmp_path, "b", {"q1": ["Waffles [q=2]"], "q2": ["Songs [q=8]"]}),
        answered(tmp_path, "c", {"q1": ["Bread [q=5]"], "q2": ["Odes [q=5]"]}),
    ]


def test_pairs_are_made_of_every_two_systems_and_judged(tmp_path: Path, runs: list[Path]) -> None:
    out = tmp_path / "pairs.jsonl"
    made = called("judge", "pairs", *runs, "--out", out, "--folder", tmp_path)
    assert made["rows"] == 5 and made["left_out"]["same"] == 1
    first = next(row for row in rows(out) if row["item"] == "q1" and {row["system_1"], row["system_2"]} == {"a", "b"})
    assert first["country"] == "EGY" and first["topic"] == "food" and first["prompt"] == OPEN[0]["question"]
    assert {first["answer_1"], first["answer_2"]} == {"Beans [q=8]", "Waffles [q=2]"} and first["reference"] == "beans"
    assert ("Beans" in first["answer_1"]) == (first["system_1"] == "a")
    run = judged(tmp_path / "judged", out, "pairs", ask={"wordings": ["help"]})
    kept = called("judge", "kept", run.path, "--out", tmp_path / "kept.jsonl", "--folder", tmp_path)
    assert kept["rows"] == 5
    won = [(row["chosen_system"], row["rejected_system"]) for row in rows(tmp_path / "kept.jsonl")]
    assert sorted(won) == [("a", "b"), ("a", "c"), ("a", "c"), ("b", "c"), ("c", "b")]


def test_sides_are_drawn_by_lot_and_the_lot_is_the_seed(tmp_path: Path, runs: list[Path]) -> None:
    orders = set()
    for seed in range(6):
        once, again = tmp_path / f"{seed}.jsonl", tmp_path / f"{seed}-again.jsonl"
        for out in (once, again):
            called("judge", "pairs", *runs[:2], "--out", out, "--folder", tmp_path, "--seed", seed)
        assert once.read_bytes() == again.read_bytes()
        orders.add(rows(once)[0]["system_1"])
    assert orders == {"a", "b"}


def test_samples_of_one_system_are_paired_in_turn(tmp_path: Path) -> None:
    run = answered(tmp_path, "s", {"q1": ["one", "two", "three"], "q2": ["four", "four"]})
    made = called("judge", "pairs", f"{run}:s", "--out", tmp_path / "p.jsonl", "--folder", tmp_path)
    assert made == {"file": str(tmp_path / "p.jsonl"), "rows": 1, "left_out": {"empty": 0, "same": 1, "alone": 1}}
    assert {rows(tmp_path / "p.jsonl")[0][name] for name in ("answer_1", "answer_2")} == {"one", "two"}


def test_grades_stand_beside_the_reference(tmp_path: Path, runs: list[Path]) -> None:
    out = tmp_path / "grades.jsonl"
    called("judge", "grades", *runs[1:], "--reference", runs[0], "--out", out, "--folder", tmp_path)
    found = rows(out)
    assert [row["role"] for row in found].count("reference") == 2 and len(found) == 6
    assert len({row["pair"] for row in found}) == 2
    instrument = find_instrument("grades:grades.jsonl", tmp_path, None)
    assert {question.tagged("system") for question in instrument.questions} == {"a", "b", "c"}
    alone = tmp_path / "alone.jsonl"
    plain = called("judge", "grades", *runs, "--out", alone, "--folder", tmp_path)
    assert plain["rows"] == 6 and "role" not in rows(alone)[0]


def test_what_cannot_be_collected_is_said_in_a_line(tmp_path: Path, runs: list[Path]) -> None:
    for arguments, said in (
        ([f"{runs[0]}:z"], "unknown respondent 'z'"),
        ([runs[0], runs[0]], "twice"),
        ([tmp_path / "nowhere"], "no run here"),
    ):
        with pytest.raises(TawazunError, match=said):
            called("judge", "pairs", *arguments, "--out", tmp_path / "p.jsonl", "--folder", tmp_path)
    assert not (tmp_path / "p.jsonl").exists()


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path, runs: list[Path]) -> None:
    out = tmp_path / "new" / "folder" / "grades.jsonl"
    called("judge", "grades", runs[0], "--out", out, "--folder", tmp_path)
    whole = out.read_bytes()
    for kind in ("grades", "pairs"):
        with pytest.raises(TawazunError, match=r"grades\.jsonl: is there already and is not written over"):
            called("judge", kind, *runs[:2], "--out", out, "--folder", tmp_path)
    with pytest.raises(TawazunError, match="no folder can be made there"):
        called("judge", "grades", runs[0], "--out", out / "below" / "g.jsonl", "--folder", tmp_path)
    assert out.read_bytes() == whole


def test_countries_are_written_by_code_and_regions_as_regions(tmp_path: Path) -> None:
    told = [{**OPEN[0], "country": "Egypt"}, {**OPEN[1], "country": "Maghreb"}]
    lines(tmp_path / "named.jsonl", told)
    lines(tmp_path / "a.jsonl", [{"question": one["id"], "text": "said"} for one in told])
    table: dict[str, Any] = {
        "name": "a",
        "respondent": [{"name": "a", "kind": "recorded", "file": "a.jsonl"}],
        "ask": {"instruments": ["custom:named.jsonl"]},
    }
    run = api.run(study_from(table, "a.toml"), tmp_path / "run", folder=tmp_path).path
    called("judge", "grades", run, "--out", tmp_path / "g.jsonl", "--folder", tmp_path)
    assert [(row.get("country"), row.get("region")) for row in rows(tmp_path / "g.jsonl")] == [
        ("EGY", None),
        (None, "Maghreb"),
    ]
    assert find_instrument("grades:g.jsonl", tmp_path, None).questions[0].tagged("country") == "EGY"
    lines(tmp_path / "h.jsonl", [{**rows(tmp_path / "g.jsonl")[0], "country": "Egypt"}])
    with pytest.raises(TawazunError, match=r"row 1, column country: 'Egypt' is no place \(write EGY\)"):
        find_instrument("grades:h.jsonl", tmp_path, None)
