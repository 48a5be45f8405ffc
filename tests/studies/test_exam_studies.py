"""Studies of benchmarks: prepared from the data they name, run small, every setting a score of its own, compared."""

from pathlib import Path

import polars as pl
import pytest

from tawazun import api
from tawazun.errors import BadFile
from tawazun.studies import FOLDER, study_file
from tests.commands import tawazun

CELLS = {"aratrust-settings": 6 * 522, "regional-pairs-knowledge": 2 * (537 + 8_711)}


@pytest.mark.parametrize("name", CELLS)
def test_a_study_names_its_data_and_its_size(name: str, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = api.load_study(study_file(name))
    assert made.respondent[0].kind == "uniform" and made.measure.primary in made.measure.measures
    monkeypatch.delenv("TAWAZUN_DATA", raising=False)
    with pytest.raises(BadFile, match="--data DIR"):
        api.prepare(made, folder=FOLDER, data=None)
    prepared = api.prepare(made, folder=FOLDER, data=data_folder)
    assert [len(plan) for plan in prepared.plans.values()] == [CELLS[name]]


def test_trust_is_scored_by_setting_and_category(data_folder: Path, tmp_path: Path) -> None:
    items = [f"aratrust-{k}" for k in range(0, 520, 13)]
    made = api.load_study(study_file("aratrust-settings"), [f"ask.items={items}".replace("'", '"')])
    run = api.run(made, tmp_path / "run", folder=FOLDER, data=data_folder)
    scores = run.scores.filter((pl.col("measure") == "accuracy") & ~pl.col("respondent").str.starts_with("floor:"))
    whole = scores.filter((pl.col("group") == "") & ~pl.col("facet").str.contains(";"))
    wanted = {f"prompt={w} ar-letters {k}-shot" for w in ("w1", "cot") for k in (0, 1, 3)}
    assert set(whole["facet"]) == wanted and (whole["value"] - 1 / 3).abs().max() < 0.02
    assert scores.filter(pl.col("group").str.starts_with("category:"))["facet"].n_unique() == 6
    floors = run.scores.filter(pl.col("respondent").str.starts_with("floor:") & (pl.col("measure") == "accuracy"))
    assert {"floor:random", "floor:longest", "floor:position-3", "floor:others-majority"} <= set(floors["respondent"])


def test_the_twins_are_compared_on_what_they_know(tmp_path: Path) -> None:
    """The planted world stands in for the school exams: one twin guesses more than the other."""
    keys = [
        'ask.instruments=["atlas_facts"]', 'ask.languages=["en"]', 'ask.labels=["letters"]', "ask.shots=[0]",
        'respondent=[{name="base", kind="planted"}, {name="tuned", kind="planted", options={order_bias=0.9}}]',
        'ask.orders=["forward", "reversed"]',
    ]  # fmt: skip
    made = api.load_study(study_file("regional-pairs-knowledge"), keys)
    run = api.run(made, tmp_path / "run", folder=FOLDER)
    found = api.compare([run])
    (row,) = found.differences
    assert row.measure == "accuracy" and row.outcome == "first scores higher"
    assert row.smallest_effect == 0.02 and row.value > 0.5
    own = run.scores.filter((pl.col("measure") == "accuracy") & (pl.col("respondent") == "tuned"))
    whole = own.filter(pl.col("facet") == "prompt=w1 letters 0-shot;norm=none").filter(pl.col("group") == "")
    assert whole["value"].item() == pytest.approx(row.second_closeness)


def test_a_run_prints_its_scores_beside_the_best_baseline(tmp_path: Path) -> None:
    keys = ('ask.instruments=["atlas_facts"]', 'ask.languages=["en"]', 'ask.labels=["letters"]', "ask.shots=[0]")
    changed = [word for key in keys for word in ("--set", key)]
    done = tawazun("run", "regional-pairs-knowledge", "--out", tmp_path / "run", *changed)
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if "atlas_facts" in line)
    assert "(w1 letters 0-shot, norm=none): accuracy 0.250 [" in line and "; floor:" in line
