"""Preferences from a judge: what is exported, what is reported before, and which judges are stopped."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from datasets import load_dataset
from trl.data_utils import is_conversational

from tawazun.adapt.preferences.gates import gates_of
from tawazun.adapt.preferences.sets import read_preferences
from tawazun.api.preferences import make_preferences, preference_size
from tawazun.errors import BadFile, BadStudy, Refused, RespondentFailed, StudyChanged
from tawazun.estimates import Estimate, scores_table
from tests.adapt.preferences import planted
from tests.commands import tawazun


def gates(folder: Path) -> dict[str, str]:
    made = json.loads((folder / "out" / "gates.json").read_text())["gates"]
    return {f"{one['rubric']} {one['name']}": one["state"] for one in made}


def rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


# ---- a good judge


def test_a_good_judge_passes_and_prefers_what_people_of_the_country_would(tmp_path: Path) -> None:
    done = planted.made(tmp_path)
    assert set(gates(tmp_path).values()) == {"open"}
    assert (done.train, done.held_out) == (36, 4)
    for row in rows(tmp_path / "out" / "train.jsonl"):
        assert f"[c={row['country']}]" in row["chosen"][0]["content"]
        assert "[c=USA]" in row["rejected"][0]["content"]
        assert row["fit_forward"] == row["fit_reversed"] == str(1 + (row["answer_1"] != row["chosen"][0]["content"]))
        assert row["judge_id"] and row["licence"] == "Apache-2.0" and row["language"] == "en"
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["kind"] == "adapt" and manifest["counts"] == {"train": 36, "held_out": 4}


def test_trl_reads_the_export_and_prompts_are_held_out_whole(tmp_path: Path) -> None:
    planted.made(tmp_path, export={"held_out": 0.25})
    read = load_dataset("json", data_files=str(tmp_path / "out" / "train.jsonl"), cache_dir=str(tmp_path / "c"))[
        "train"
    ]
    assert is_conversational(read[0]) and {"prompt", "chosen", "rejected"} <= set(read.column_names)
    train, held = (rows(tmp_path / "out" / f"{name}.jsonl") for name in ("train", "held_out"))
    assert not {row["asked"] for row in train} & {row["asked"] for row in held}
    # the same share of each country
    assert sorted(row["country"] for row in held) == ["EGY"] * 5 + ["MAR"] * 5
    assert len(read_preferences(tmp_path / "out" / "train.jsonl")) == len(train) == 30


def test_plain_texts_are_exported_too(tmp_path: Path) -> None:
    planted.made(tmp_path, export={"shape": "plain"})
    first = read_preferences(tmp_path / "out" / "train.jsonl")[0]
    assert first.plain and first.asked.startswith("What is eaten")


def test_the_report_holds_what_the_judge_did_with_intervals(tmp_path: Path) -> None:
    done = planted.made(tmp_path, judge={"options": {"noise": 0.2}}, check={"min_yield": 0.1})
    table = done.findings.filter(pl.col("instrument") == "pairs:pairs.jsonl")
    one = {(row["measure"], row["group"], row["facet"].split(";")[-1]): row for row in table.iter_rows(named=True)}
    kept = one["judge_yield", "", "prompt=fit letters 0-shot"]
    assert 0 < kept["low"] < kept["value"] < kept["high"] < 1
    assert one["judge_yield", "country:MAR", "prompt=fit letters 0-shot"]["n"] == 20
    measures = {"judge_position_bias", "judge_length_bias", "agreement", "judge_correlation", "judge_country_seen"}
    assert measures <= set(done.findings["measure"])
    people = done.findings.filter(pl.col("measure") == "judge_correlation").row(0, named=True)
    assert people["low"] < people["value"] < people["high"] <= 1 and people["n"] == 24


def test_labelled_prompts_are_never_exported(tmp_path: Path) -> None:
    made = planted.recipe(tmp_path)
    # people labelled two of the prompts that are judged as well
    own = [{**one, "human": ["1"]} for one in planted.pairs(2)]
    shared = [{**one, "id": f"l{one['id']}", "prompt": one["prompt"].upper() + " "} for one in own]
    planted.lines(tmp_path / "labelled.jsonl", [*planted.labelled(), *shared])
    done = make_preferences(made, tmp_path / "out", folder=tmp_path, cache=False)
    assert done.left["labelled"] == 2 and done.train + done.held_out == 38


def test_two_rubrics_are_judged_apart_and_their_conflicts_left_out(tmp_path: Path) -> None:
    done = planted.made(tmp_path, judging={"rubrics": ["fit", "harmless"]}, check={"min_agreement": 0.4})
    # without the country, the foreign answers of Morocco win: half of the pairs are in conflict
    assert done.left["conflict"] == 20 and done.train + done.held_out == 20
    row = rows(tmp_path / "out" / "train.jsonl")[0]
    assert row["rubrics"] == ["fit", "harmless"] and row["harmless_fate"] == "kept"


# ---- planted faults, caught before training


@pytest.mark.parametrize("bias", [0.6, -0.6])
def test_a_position_biased_judge_is_stopped(tmp_path: Path, bias: float) -> None:
    with pytest.raises(Refused, match=r"position closed: verdicts lean to the (first|last) place"):
        planted.made(tmp_path, judge={"options": {"position_bias": bias}}, check={"probes": "none"})
    assert gates(tmp_path)["fit position"] == "closed"
    assert not (tmp_path / "out" / "train.jsonl").exists() and not (tmp_path / "out" / "manifest.json").exists()


def test_a_country_blind_judge_is_stopped_by_probes_and_by_people(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="closed"):
        planted.made(tmp_path, judge={"options": {"country_blind": 1.0}})
    found = gates(tmp_path)
    assert found["fit country"] == found["fit agreement"] == "closed"
    assert found["fit position"] == found["fit yield"] == "open"


def test_a_country_blind_judge_is_stopped_without_probes_and_people(tmp_path: Path) -> None:
    check = {"labels": "none", "probes": "none"}
    with pytest.raises(Refused, match="not one of 40 verdicts changed"):
        planted.made(tmp_path, judge={"options": {"country_blind": 1.0}}, check=check)
    assert gates(tmp_path)["fit agreement"] == "unknown"


def far_in_length(folder: Path, **changes: Any) -> Any:
    """Planted pairs of which one answer is many times as long, in turn the better and the worse one."""
    made = planted.recipe(folder, **changes)
    longer = [
        {name: text.replace("of some length", "of some length" * 40) for name, text in one.items()}
        for one in planted.pairs()
    ]
    planted.lines(folder / "pairs.jsonl", longer)
    return made


NOBODY = {"labels": "none"}


def test_a_judge_that_measures_length_is_stopped_where_nobody_labelled(tmp_path: Path) -> None:
    recipe = far_in_length(tmp_path, judge={"options": {"length_bias": 10}}, check=NOBODY)
    with pytest.raises(Refused, match=r"length closed: 100.0% of 40 kept verdicts went to the longer answer"):
        make_preferences(recipe, tmp_path / "out", folder=tmp_path, cache=False)
    found = gates(tmp_path)
    # it keeps every verdict, likes no place and passes every probe: nothing else would have told
    assert {name for name, state in found.items() if state == "closed"} == {"fit length"}
    assert not (tmp_path / "out" / "train.jsonl").exists()


def test_a_good_judge_of_the_same_pairs_is_not(tmp_path: Path) -> None:
    done = make_preferences(far_in_length(tmp_path, check=NOBODY), tmp_path / "out", folder=tmp_path, cache=False)
    assert gates(tmp_path)["fit length"] == "open" and done.train == 36


def test_a_judge_of_length_may_be_wanted(tmp_path: Path) -> None:
    check = {**NOBODY, "max_length_lean": 0.5}
    recipe = far_in_length(tmp_path, judge={"options": {"length_bias": 10}}, check=check, export={"held_out": 0.6})
    # under 20 pairs nothing is one-sided yet
    assert make_preferences(recipe, tmp_path / "out", folder=tmp_path, cache=False).train == 16
    assert gates(tmp_path)["fit length"] == "open"


@pytest.mark.parametrize(
    ("value", "low", "high", "n", "state"),
    [
        (0.95, 0.90, 0.98, 90, "closed"),
        (0.05, 0.02, 0.10, 90, "closed"),
        (0.90, 0.80, 0.95, 40, "unknown"),
        (0.10, 0.05, 0.20, 40, "unknown"),
        (0.80, 0.70, 0.88, 90, "open"),
        (1.00, 0.82, 1.00, 19, "unknown"),
        (None, None, None, 0, "unknown"),
    ],
)
def test_the_gate_of_length(
    tmp_path: Path, value: float | None, low: float | None, high: float | None, n: int, state: str
) -> None:
    row = Estimate("judge_length_bias", "judge", "pairs:x", value=value, low=low, high=high, n=float(n), why="nothing")
    found = gates_of(planted.recipe(tmp_path), scores_table([row]).with_columns(rubric=pl.lit("fit")), "pairs:x", "")
    (gate,) = [one for one in found if one.name == "length"]
    assert (gate.state, gate.value) == (state, value)
    assert gate.bound == 0.35 and f"{n} kept verdicts" in gate.why


def test_a_good_judge_changes_its_verdict_where_it_should(tmp_path: Path) -> None:
    done = planted.made(tmp_path, check={"labels": "none", "probes": "none"})
    moved = done.findings.filter(pl.col("measure") == "judge_country_changed")
    # the foreign answer is no more foreign than the own one elsewhere: Morocco's verdicts turn, Egypt's do not
    assert moved["value"].to_list() == [0.5, 0.5]


def test_a_closed_gate_is_passed_with_a_reason_and_nothing_is_asked_again(tmp_path: Path) -> None:
    blind: dict[str, Any] = {"judge": {"options": {"country_blind": 1.0}}}
    with pytest.raises(Refused):
        planted.made(tmp_path, **blind)
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "out").rglob("answers.parquet")}
    done = planted.made(tmp_path, **blind, export={"go_on": "a trial of the pipeline"})
    assert done.train > 0 and len(before) == 2
    lineage = json.loads((tmp_path / "out" / "lineage.json").read_text())
    assert lineage["go_on"] == "a trial of the pipeline"
    assert {one["state"] for one in lineage["gates"]} == {"open", "closed"}
    # a bound that is closed again takes the export away
    with pytest.raises(Refused):
        planted.made(tmp_path, **blind)
    assert not (tmp_path / "out" / "train.jsonl").exists()


@pytest.mark.parametrize(("fault", "told"), [({"fails": 1.0}, "40 failed"), ({"position_bias": 1.0}, "40 first")])
def test_a_judge_that_never_decides_leaves_nothing(tmp_path: Path, fault: dict[str, float], told: str) -> None:
    with pytest.raises(RespondentFailed, match=told):
        planted.made(tmp_path, judge={"options": fault}, export={"go_on": "whatever it says"})


def test_our_own_probes_fail_a_judge_that_cannot_read_them(tmp_path: Path) -> None:
    # the planted judge reads marks only: no probe is right, and that closes the gate
    with pytest.raises(Refused, match=r"country closed: 0.0% of the probes"):
        planted.made(tmp_path, check={"probes": "capitals"})


# ---- sampling


def sampled(folder: Path, **changes: Any) -> Any:
    prompts = [{"id": f"q{k}", "prompt": f"Say {k}.", "country": planted.COUNTRIES[k % 2]} for k in range(24)]
    planted.lines(folder / "prompts.jsonl", prompts)
    made = planted.table(folder, **changes)
    del made["pairs"]
    own = {"model": {"kind": "writer"}, "prompts": {"file": "prompts.jsonl", "language": "en"}}
    return planted.preference_recipe({**own, **made}, "recipe.toml")


def test_answers_are_kept_as_they_come_and_nothing_is_asked_twice(tmp_path: Path) -> None:
    recipe = sampled(tmp_path, sample={"answers": 4, "pairs": 2}, check={"labels": "none"})
    writer = planted.Writer()
    done = make_preferences(recipe, tmp_path / "out", folder=tmp_path, make=planted.maker(writer), cache=False)
    assert writer.asked == 96 and done.train > 10
    row = rows(tmp_path / "out" / "train.jsonl")[0]
    assert row["model"] == "model" and row["model_id"] and row["model_id"] != row["judge_id"]
    # a folder that lost all but a part of its replies, in the middle of a line
    kept = tmp_path / "out" / "answers.jsonl"
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2])
    again = planted.Writer()
    same = make_preferences(recipe, tmp_path / "out", folder=tmp_path, make=planted.maker(again), cache=False)
    assert 0 < again.asked < 60
    assert same.train == done.train and sorted(kept.read_bytes().splitlines()) == sorted(whole.splitlines())


def test_a_model_that_says_nothing_or_always_the_same(tmp_path: Path) -> None:
    for writer, told in ((planted.Writer(silent=True), "no usable answer"), (planted.Writer(same=True), "different")):
        with pytest.raises(RespondentFailed, match=told):
            make_preferences(sampled(tmp_path), tmp_path / told, folder=tmp_path, make=planted.maker(writer))


def test_the_size_is_known_before(tmp_path: Path) -> None:
    size = preference_size(sampled(tmp_path, sample={"answers": 4, "pairs": 2}), tmp_path)
    # 48 pairs and 24 labelled ones, 48 for two other places, 16 probes, all in both orders
    assert (size.prompts, size.answers, size.verdicts) == (24, 96, 2 * (48 + 24 + 96 + 16))


# ---- bad input


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"judging": {"rubrics": ["kind"]}}, "judging.rubrics"),
        ({"judging": {"language": "fr"}}, "rubrics are written in en, ar"),
        ({"check": {"labels_rubric": "help"}}, "not one of judging.rubrics"),
        ({"check": {"max_length_lean": 0.6}}, "max_length_lean: Input should be less than or equal to 0.5, not 0.6"),
        ({"check": {"min_yeild": 0.1}}, "unknown key 'check.min_yeild'; allowed here: labels, labels_rubric"),
        ({"judge": {"kind": "recorded", "file": "x.csv"}}, "can be asked"),
        ({"model": {"kind": "uniform"}}, "model and prompts go together"),
        ({"sample": {"answers": 2, "pairs": 2}}, "make 1 pairs at most"),
        ({"name": ""}, "name"),
    ],
)
def test_recipes_that_are_refused(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    with pytest.raises(BadStudy, match=told):
        planted.recipe(tmp_path, **changes)


def test_labels_must_be_named_or_said_to_be_none(tmp_path: Path) -> None:
    made = planted.table(tmp_path)
    del made["check"]["labels"]
    with pytest.raises(BadStudy, match=r"the key 'check.labels' is missing"):
        planted.preference_recipe(made, "recipe.toml")


def test_files_that_are_refused_before_anything_is_asked(tmp_path: Path) -> None:
    with pytest.raises(BadStudy, match=r"no row of pairs.jsonl has a verdict of people"):
        planted.made(tmp_path, check={"labels": "pairs.jsonl"})
    with pytest.raises(BadFile, match="the column 'human' is missing"):
        planted.made(tmp_path, check={"probes": "pairs.jsonl"})
    recipe = planted.recipe(tmp_path)
    planted.lines(tmp_path / "probes.jsonl", planted.probes()[:1])
    with pytest.raises(BadStudy, match="has the same right answer under every country"):
        make_preferences(recipe, tmp_path / "out", folder=tmp_path)
    assert not (tmp_path / "out").exists()


def test_pairs_of_one_place_need_another_place(tmp_path: Path) -> None:
    recipe = planted.recipe(tmp_path)
    planted.lines(tmp_path / "pairs.jsonl", [one for one in planted.pairs() if one["country"] == "EGY"])
    with pytest.raises(BadStudy, match="every pair is of EGY; name another place"):
        make_preferences(recipe, tmp_path / "out", folder=tmp_path)


def test_an_edited_recipe_is_refused_and_an_edited_bound_is_not(tmp_path: Path) -> None:
    planted.made(tmp_path)
    planted.made(tmp_path, check={"min_yield": 0.5})
    with pytest.raises(StudyChanged, match="another recipe"):
        planted.made(tmp_path, judging={"rubrics": ["help"]}, check={"labels_rubric": "help"})


def test_data_without_derivatives_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no derivatives"):
        planted.made(tmp_path, pairs={"licence": "CC-BY-NC-ND-4.0"})


def test_the_command_reports_and_exports(tmp_path: Path) -> None:
    import tomli_w

    (tmp_path / "recipe.toml").write_text(tomli_w.dumps(planted.table(tmp_path)))
    ran = tawazun("adapt", "preferences", "recipe.toml", "--out", "out", folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "fit: yield open: 100.0% of the pairs are kept (AceGPT kept 28.9%" in ran.stdout
    assert "fit: kept by country: EGY 100.0%" in ran.stdout and "36 pairs to train on, 4 held out" in ran.stdout
