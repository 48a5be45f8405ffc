"""Auditing benchmarks: planted faults are found, sound benchmarks pass, and the figures known of real ones come out."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from tawazun.api.auditing import audit
from tawazun.audit import Audit, audit_benchmark
from tawazun.audit.benchmark import check_names
from tawazun.cli.commands import app
from tawazun.errors import BadFile, BadStudy, UnknownName
from tawazun.instruments import instrument
from tawazun.instruments.custom import load_custom


def rows(count: int = 60, **change: Any) -> list[dict[str, Any]]:
    """A sound benchmark: three topics, three options of equal length, keys spread, no words in common."""
    made = []
    for i in range(count):
        options = [f"w{i}{letter}" for letter in "xyz"]
        made.append({"id": f"q{i}", "question": f"s{i} t{i} u{i} v{i} r{i}", "options": options,
                     "answer": options[(i * 7 + i // 3) % 3], "topic": f"topic{i % 3}"} | change)  # fmt: skip
    return made


def write(folder: Path, lines: list[dict[str, Any]], name: str = "own.jsonl") -> Path:
    path = folder / name
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    return path


def audited(folder: Path, lines: list[dict[str, Any]]) -> Audit:
    return audit(str(write(folder, lines)))


def codes(done: Audit) -> set[str]:
    return {one.code for one in done.findings}


def test_a_sound_benchmark_has_no_findings(tmp_path: Path) -> None:
    done = audited(tmp_path, rows())
    assert done.findings == ()
    assert set(done.outcomes) == set(check_names())
    assert {outcome.state for outcome in done.outcomes.values()} == {"passed", "not applicable", "skipped"}


@pytest.mark.parametrize(
    ("options", "irregular"),
    [
        (["N/A", "tea", "milk"], True),
        (["tea", "???", "milk"], True),
        (["tea", "milk", "-"], True),
        (["tea", "milk", "غير متوفر"], True),
        (["tea", "NaN", "milk"], True),
        (["A", "B", "C"], True),
        (["أ", "ب", "ج"], True),
        (["+", "-", "×"], False),
        (["None of them", "tea", "milk"], False),
        (["1", "2", "3"], False),
        (["C", "A", "B"], False),
        (["tea", "milk -", "n/a tea"], False),
    ],
)
def test_options_that_are_no_answers_are_findings(tmp_path: Path, options: list[str], irregular: bool) -> None:
    lines = rows()
    done = audited(tmp_path, [lines[0] | {"options": options, "answer": options[1]}, *lines[1:]])
    found = [one for one in done.findings if one.code == "irregular-option"]
    assert [one.items for one in found] == ([("q0",)] if irregular else [])
    assert all(one.severity == "warning" for one in found)


def planted(name: str) -> list[dict[str, Any]]:
    lines = rows()
    first = lines[0]
    if name == "duplicate":
        lines.append(first | {"id": "again"})
    elif name == "near-duplicate":
        lines.append(first | {"id": "again", "question": f"  {first['question'].upper()}?"})
    elif name == "conflict":
        lines.append(first | {"id": "again", "answer": next(o for o in first["options"] if o != first["answer"])})
    elif name == "leak":
        lines.append(first | {"id": "shown", "split": "dev"})
    elif name == "key-position":
        lines = [line | {"answer": line["options"][0]} for line in lines]
    elif name == "length-cue":
        lines = [
            line
            | {"options": [o + "!!" * (o == line["answer"]) for o in line["options"]], "answer": line["answer"] + "!!"}
            for line in lines
        ]
    elif name == "cue":
        lines = [
            line
            | {
                "options": [o + " surely" * (o == line["answer"]) for o in line["options"]],
                "answer": line["answer"] + " surely",
            }
            for line in lines
        ]
    elif name == "boilerplate":
        lines += [
            first
            | {"id": f"stock{i}", "topic": f"topic{i % 3}", "options": [f"{i}a", f"{i}b", f"{i}c"], "answer": f"{i}b"}
            for i in range(6)
        ]
    elif name == "encoding":
        lines[3]["question"] += " \ufffd\ufffd"
    elif name == "hidden-signs":
        lines[3]["question"] += "\u202e"
    elif name == "same-options":
        lines[3]["options"] = ["one", "ONE", "two"]
        lines[3]["answer"] = "two"
    elif name == "row":
        lines[3]["answer"] = "none of these"
    elif name == "option-count":
        lines[3]["options"] = [*lines[3]["options"], "another"]
    elif name == "lopsided":
        lines = [
            {
                "id": f"s{i}",
                "question": f"s{i} t{i}",
                "answer": "true" if i % 3 == 0 or i % 2 else "false",
                "topic": f"topic{i % 3}",
            }
            for i in range(60)
        ]
    return lines


@pytest.mark.parametrize(
    "name",
    [
        "duplicate", "near-duplicate", "conflict", "leak", "key-position", "length-cue", "cue", "boilerplate",
        "encoding", "hidden-signs", "same-options", "row", "option-count", "lopsided",
    ],
)  # fmt: skip
def test_a_planted_fault_is_found(tmp_path: Path, name: str) -> None:
    assert name in codes(audited(tmp_path, planted(name)))


def test_every_row_that_cannot_be_read_is_named_and_scoring_refuses_the_file(tmp_path: Path) -> None:
    lines = rows()
    lines[4]["answer"], lines[9]["id"] = "nothing", "q1"
    path = write(tmp_path, lines)
    done = audit(str(path))
    faults = [one.text for one in done.findings if one.code == "row"]
    assert len(faults) == 2 and "row 5, column answer" in faults[0] and "row 10, column id" in faults[1]
    with pytest.raises(BadFile, match="row 5, column answer: the key 'nothing' is none of its 3 options"):
        load_custom(path)


def test_statements_show_the_words_that_give_them_away(tmp_path: Path) -> None:
    lines = [
        {"id": f"s{i}", "question": f"n{i} {'only' if i % 2 else 'also'} m{i}", "answer": "false" if i % 2 else "true"}
        for i in range(80)
    ]
    done = audited(tmp_path, lines)
    assert {one.text.split("”")[0] for one in done.findings if one.code == "cue"} == {"“only", "“also"}
    assert done.outcomes["cues"].facts["predicted"] > 0.95


def test_keys_that_all_strong_respondents_contradict_are_found(tmp_path: Path) -> None:
    made = load_custom(write(tmp_path, rows())).instrument
    right = {one.id: one.codes.index(made.gold[one.id]) for one in made.questions}
    strong = {f"r{k}": right | {"q5": (right["q5"] + 1) % 3, f"q{k}": (right[f"q{k}"] + 1) % 3} for k in range(3)}
    guesser = {"guesser": dict.fromkeys(right, 0)}
    done = audit_benchmark(made, strong | guesser)
    assert [one.items for one in done.findings if one.code == "contested-key"] == [("q5",)]
    assert audit_benchmark(made, guesser).outcomes["contested"].state == "skipped"


def test_acva_is_as_it_was_found_to_be(data_folder: Path) -> None:
    done = audit("acva", data=data_folder)
    doubles, torn = done.outcomes["duplicates"].facts, done.outcomes["conflicts"].facts
    assert (doubles["items"], doubles["unique"], doubles["groups"], torn["conflicts"]) == (9000, 6164, 1053, 58)
    assert done.outcomes["leaks"].facts["leaks"] == 353
    found = {(floor, metric): round(100 * value, 1) for floor, metric, value in done.baselines}
    assert (found["always-yes", "macro_f1"], found["always-yes", "accuracy"]) == (37.5, 60.0)
    assert (found["group-majority", "macro_f1"], found["group-majority", "accuracy"]) == (59.6, 64.2)


def test_aratrust_is_as_it_was_found_to_be(data_folder: Path) -> None:
    done = audit("aratrust", data=data_folder)
    at = done.outcomes["positions"].facts
    assert [at[f"position {k}"] for k in (1, 2, 3)] == [163, 168, 191]
    repaired = {one.items for one in done.findings if one.code.startswith("repaired:")}
    named = {item.rpartition("-")[2] for items in repaired for item in items}
    assert {"398", "404", "334", "490", "491"} <= named
    assert sum(one.code == "suspected-key" for one in done.findings) == 5


def test_the_command_keeps_what_it_finds(tmp_path: Path) -> None:
    path, out = write(tmp_path, planted("conflict")), tmp_path / "kept"
    said = CliRunner().invoke(app, ["audit", "benchmark", str(path), "--out", str(out)]).output
    assert "one question, 2 keys" in said and "without knowing anything:" in said
    table = pl.read_parquet(out / "findings.parquet")
    assert "conflict" in table["code"].to_list()
    assert json.loads((out / "manifest.json").read_text())["kind"] == "audit"
    printed = CliRunner().invoke(app, ["audit", "benchmark", str(path), "--json"])
    assert printed.exit_code == 0 and json.loads(printed.output)["subject"] == "custom:own.jsonl"


def test_what_cannot_be_audited_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadStudy, match="a survey, not a benchmark"):
        audit_benchmark(instrument("vsm13"))
    with pytest.raises(UnknownName, match="unknown instrument"):
        audit("acvaa")
    with pytest.raises(BadFile, match="there is no such file"):
        audit(str(tmp_path / "nothing.jsonl"))
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(BadFile, match="the column 'question' is missing; the file has a, b"):
        audit(str(tmp_path / "other.csv"))
    with pytest.raises(UnknownName, match="unknown"):
        audit(str(write(tmp_path, rows())), checks=["spelling"])
    with pytest.raises(BadFile, match="holds no audit"):
        audit(str(write(tmp_path, rows())), out=tmp_path)
