"""One tiny ablation from recipe to page: only what is missing is made again, and nothing is claimed of one seed."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from tawazun.adapt.ablation.keys import ablation_from
from tawazun.api.ablation import Ablation, ablate, ablation_size, lineage_of, stage_record
from tawazun.api.ablation_asking import read_all
from tawazun.api.ablation_ground import find_ground
from tawazun.api.training import Given
from tawazun.errors import BadFile, BadStudy, StudyChanged
from tawazun.report.ablation import ablation_page
from tests.adapt.ablation.tiny import table
from tests.adapt.preferences import planted

ENGLISH = "text\nThe old mill stands by the river.\nA line of carts passes.\nThe wind turns.\nThe market closes late.\n"


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Ablation:
    folder = tmp_path_factory.mktemp("ablation")
    (folder / "english.csv").write_text(ENGLISH)
    return ablate(ablation_from(table(), "tiny"), folder / "out", Given(folder=folder))


def given(done: Ablation, said: list[str] | None = None) -> Given:
    return Given(folder=done.path.parent, say=(said if said is not None else []).append)


def test_every_arm_is_beside_the_base_and_its_controls(done: Ablation) -> None:
    own = done.table.filter((pl.col("column") == "values") & pl.col("value").is_not_null())
    assert set(own.filter(pl.col("arm") == "sft")["versus"]) == {"", "base", "placebo", "persona"}
    value = {row["arm"]: row["value"] for row in own.filter(pl.col("versus") == "").to_dicts()}
    gap = own.filter((pl.col("arm") == "sft") & (pl.col("versus") == "placebo"))["value"].item()
    assert gap == pytest.approx(value["sft"] - value["placebo"])
    assert value["sft"] < value["placebo"]
    measured = done.table.filter((pl.col("versus") == "") & pl.col("value").is_not_null())["column"].unique()
    assert {"values", "values:survey", "others", "knowledge:atlas_facts", "original:english"} <= set(measured)
    blank = done.table.filter(pl.col("column") == "trust")["why"].unique().to_list()
    assert blank == ["not measured: the recipe names none in table.trust"]


def test_one_seed_claims_nothing(done: Ablation) -> None:
    assert [one.verdict for one in done.claims] == ["refused"]
    assert "3 seeds are needed, there are 1" in done.claims[0].why
    page = (done.path / "report.html").read_text()
    assert "No claim is made of any arm." in page
    assert "Whatever the numbers are: 3 seeds are needed, there are 1." in page
    assert "sft less placebo" in page
    assert "<script" not in page


def test_lineage_names_every_stage(done: Ablation) -> None:
    lineage = json.loads((done.path / "lineage.json").read_text())
    stages = {one["arm"]: one["repetitions"][0]["stages"] for one in lineage["arms"] if one["repetitions"]}
    assert {name: len(own) for name, own in stages.items()} == {"sft": 1, "placebo": 1}
    assert stages["sft"][0]["trained"]["weights"] != stages["placebo"][0]["trained"]["weights"]
    assert json.loads((done.path / "manifest.json").read_text())["counts"] == {
        "arms": 3, "repetitions": 1, "stages": 2,
    }  # fmt: skip


def test_a_stage_that_trains_nothing_stands_on_the_page(done: Ablation, tmp_path: Path) -> None:
    """Pairs that were judged: nothing was trained, and nothing is said to have been."""
    judged = planted.made(tmp_path).path
    shutil.copytree(done.path, tmp_path / "copy")
    shutil.copytree(judged, tmp_path / "copy" / "stages" / "preferences-1")
    recipe = ablation_from(table(), "tiny")
    ground = find_ground(recipe, tmp_path / "copy", given(done))
    stages = lineage_of(ground)
    own = stage_record(ground.shop, "preferences-1")
    assert own["method"] == "preferences" and own["trained"] is None and own["how"] == ""
    assert own["licences"] == [{"source": "pairs.jsonl", "licence": "Apache-2.0"}]
    stages["arms"][0]["repetitions"][0]["stages"].append(own)
    (tmp_path / "copy" / "lineage.json").write_text(json.dumps(stages))
    page = ablation_page(tmp_path / "copy", "tiny", read_all(ground)[0])
    assert "<td>preferences</td><td>—</td><td>pairs.jsonl (Apache-2.0)</td>" in page


def test_only_what_is_missing_is_made_again(done: Ablation) -> None:
    said: list[str] = []
    again = ablate(ablation_from(table(), "tiny"), done.path, given(done, said))
    assert said == []
    assert again.table.equals(done.table)
    shutil.rmtree(next((done.path / "asked").glob("sft-*")) / "values")
    again = ablate(ablation_from(table(), "tiny"), done.path, given(done, said))
    assert [one.startswith("asking sft-") for one in said] == [True]
    assert again.table.equals(done.table)
    changed = table()
    changed["values"]["items"] = changed["values"]["items"][:8]
    size = ablation_size(ablation_from(changed, "tiny"), done.path, given(done))
    assert size["missing"] == 2  # other items are held out of the stages


def test_a_stage_whose_output_is_gone_is_named(done: Ablation, tmp_path: Path) -> None:
    copy = tmp_path / "out"
    shutil.copytree(done.path, copy)
    stage = next((copy / "stages").iterdir())
    shutil.rmtree(stage / "adapter")
    with pytest.raises(BadFile, match=f"{stage.name}: its adapter or model is missing"):
        ablate(ablation_from(table(), "tiny"), copy, given(done))


def test_another_base_needs_another_folder(done: Ablation) -> None:
    with pytest.raises(StudyChanged, match="another base"):
        ablate(
            ablation_from(table(base={"model": "planted", "device": "cpu", "dtype": "float32"}), "t"),
            done.path,
            given(done),
        )


@pytest.mark.slow
def test_two_processes_come_to_the_same_bits(done: Ablation, tmp_path: Path) -> None:
    said: list[str] = []
    where = Given(folder=done.path.parent, say=said.append)
    both = ablate(ablation_from(table(), "tiny"), tmp_path / "out", where, jobs=2)
    assert both.table.equals(done.table)
    assert (both.path / "claims.json").read_bytes() == (done.path / "claims.json").read_bytes()
    for stage in (done.path / "stages").iterdir():
        own, other = (
            one / "adapter" / "adapter_model.safetensors" for one in (stage, both.path / "stages" / stage.name)
        )
        assert own.read_bytes() == other.read_bytes()
    assert {one.partition(",")[0] for one in said if ": stage sft" in one} == {"sft", "placebo"}


def test_a_mistake_in_another_process_is_told_as_in_this_one(done: Ablation, tmp_path: Path) -> None:
    copy = tmp_path / "out"
    shutil.copytree(done.path, copy)
    stage = next((copy / "stages").iterdir())
    shutil.rmtree(stage / "adapter")
    with pytest.raises(BadFile, match=f"{stage.name}: its adapter or model is missing"):
        ablate(ablation_from(table(), "tiny"), copy, given(done), jobs=2)
    with pytest.raises(BadStudy, match="from 1 up"):
        ablate(ablation_from(table(), "tiny"), copy, given(done), jobs=0)
