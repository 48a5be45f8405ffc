"""The whole way from a recipe to the honest table, on the planted model with a few evaluations."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from tawazun.adapt.recipe import load_recipe, recipe_from
from tawazun.adapt.table_records import ARMS
from tawazun.api.steering_table import check_table
from tawazun.cli import app
from tawazun.errors import BadStudy, UnknownName
from tawazun.runs import open_run
from tawazun.studies import find_recipe, recipe_names

RECIPE = """
version = 1
name = "a <small> table"
seed = 3
[base]
kind = "hf"
model = "planted"
[target]
populations = [{targets}]
dimensions = ["rank"]
[objective]
instrument = "atlas"
panel = ["x-norvane", "x-sahelia"]
[ask]
[search]
evaluations = {evaluations}
population = 4
components = 2
seeds = {seeds}
[table]
arms = {arms}
wordings = ["w2"]
knowledge = ["atlas_facts"]
group = ["x-norvane", "x-sahelia", "x-okelani"]
margin = 0.1
"""


def written(folder: Path, targets: str, seeds: list[int], arms: list[str], evaluations: int = 8) -> Path:
    file = folder / "recipe.toml"
    file.write_text(RECIPE.format(targets=targets, seeds=seeds, arms=json.dumps(arms), evaluations=evaluations))
    return file


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with one target, one seed and two controls, and what the command printed."""
    folder = tmp_path_factory.mktemp("table")
    recipe = written(folder, '"atlas-1/x-qamaria"', [0], ["persona", "random_search"])
    said = CliRunner().invoke(app, ["adapt", "soft-prompt", str(recipe), "--out", str(folder / "out")])
    assert said.exit_code == 0, said.output
    return folder / "out", said.output


def test_every_arm_has_every_column_or_the_reason(done: tuple[Path, str]) -> None:
    table = pl.read_parquet(done[0] / "table.parquet")
    plain = table.filter(pl.col("versus") == "")
    assert plain["arm"].unique(maintain_order=True).to_list() == ["default", "persona", "random_search", "de_pbest_1"]
    assert plain.group_by("arm").len()["len"].n_unique() == 1
    assert not plain.filter(pl.col("value").is_null() & (pl.col("why") == "")).height
    wanted = {"fit", "orders", "wordings", "language", "held_out", "knowledge:atlas_facts", "drift", "evaluations"}
    known = plain.filter(pl.col("value").is_not_null() & (pl.col("arm") == "de_pbest_1"))["column"].to_list()
    assert wanted <= set(known)
    absent = plain.filter(pl.col("column") == "trust")["why"].unique().to_list()
    assert absent == ["not measured: the recipe names none in table.trust"]


def test_one_seed_has_no_interval_and_no_verdict(done: tuple[Path, str]) -> None:
    table = pl.read_parquet(done[0] / "table.parquet")
    own = table.filter((pl.col("arm") == "de_pbest_1") & (pl.col("column") == "fit"))
    assert own["low"].null_count() == own.height
    assert set(own["outcome"]) == {""}
    assert own.filter(pl.col("versus") == "random_search").height == 1


def test_the_fit_column_is_the_objective_that_was_searched(done: tuple[Path, str]) -> None:
    table = pl.read_parquet(done[0] / "table.parquet")
    lineage = json.loads((done[0] / "lineage.json").read_text())
    fit = table.filter((pl.col("arm") == "de_pbest_1") & (pl.col("column") == "fit") & (pl.col("versus") == ""))
    assert fit["value"][0] == pytest.approx(lineage["adapters"][0]["objective"]["best"], abs=1e-3)


def test_the_file_for_spreadsheets_holds_the_same_rows(done: tuple[Path, str]) -> None:
    table, sheet = pl.read_parquet(done[0] / "table.parquet"), pl.read_csv(done[0] / "table.csv")
    assert sheet.columns == table.columns
    assert sheet["value"].to_list() == pytest.approx(table["value"].to_list(), nan_ok=True)


def test_all_columns_come_from_ordinary_runs(done: tuple[Path, str]) -> None:
    runs = sorted((done[0] / "table" / "x-qamaria").iterdir())
    assert {one.name for one in runs} >= {"fit", "orders", "held_out", "knowledge-atlas_facts", "group"}
    for one in runs:
        run = open_run(one)
        assert run.manifest["kind"] == "study"
        assert set(run.answers["respondent"]) == {"default", "persona", "random_search seed 0", "de_pbest_1 seed 0"}
    orders = open_run(done[0] / "table" / "x-qamaria" / "orders").answers["order"].unique().to_list()
    assert orders == ["reversed"]


def test_adapters_on_shared_weights_answer_as_when_loaded_alone(done: tuple[Path, str]) -> None:
    """The run `after` loads the adapter anew; the table puts it on the model that is loaded."""
    after = open_run(done[0] / "after").answers
    shared = open_run(done[0] / "table" / "x-qamaria" / "fit").answers.filter(
        pl.col("respondent") == "de_pbest_1 seed 0"
    )
    both = shared.join(after, on="ask", suffix="_alone")
    assert both.height == shared.height == 4
    assert both["respondent_id"].to_list() == both["respondent_id_alone"].to_list()
    for one, other in zip(both["p"], both["p_alone"], strict=True):
        assert one.to_list() == pytest.approx(other.to_list(), abs=1e-5)


def test_deployment_stands_in_the_lineage(done: tuple[Path, str]) -> None:
    lineage = json.loads((done[0] / "lineage.json").read_text())
    manifest = json.loads((done[0] / "manifest.json").read_text())
    mark = lineage["adapters"][0]["deploy"]
    assert mark["margin"] == 0.1
    assert manifest["table"]["deploy"] == [mark["verdict"]]
    # knowledge alone was asked: whatever it says, nothing is known of trust and refusals
    assert mark["verdict"] in ("not cleared", "do not deploy")
    start = (
        "knowledge:atlas_facts: changed by" if mark["verdict"] == "do not deploy" else "nothing of trust or refusals"
    )
    assert mark["why"][0].startswith(start)


def test_the_page_holds_tables_pictures_and_no_markup_of_the_recipe(done: tuple[Path, str]) -> None:
    page = (done[0] / "report.html").read_text()
    assert "a &lt;small&gt; table" in page
    assert "<small>" not in page
    assert page.count("<svg") == 2  # one index has no map of two
    assert page.count("aria-labelledby") == 2
    assert page.count("The numbers behind the picture") == 2
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org", "")
    assert "trade-off" in page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_phone(done: tuple[Path, str], browser: Any, scheme: str) -> None:
    """At 390 pixels only the tables scroll, nothing is loaded, and text stands out from the paper."""
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto((done[0] / "report.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.body.scrollWidth") <= 390
    wide = page.evaluate("[...document.querySelectorAll('.scroll')].some(one => one.scrollWidth > one.clientWidth)")
    assert wide  # a table of many columns is there, and scrolls by itself
    assert page.evaluate("Math.min(...[...document.querySelectorAll('svg.steer')].map(one => one.clientWidth))") >= 600
    light = page.evaluate("""() => {
        const own = getComputedStyle(document.body), grey = text => {
            const [r, g, b] = text.match(/[0-9.]+/g).map(Number); return 0.299 * r + 0.587 * g + 0.114 * b };
        return [grey(own.color), grey(own.backgroundColor)] }""")
    assert (light[0] > light[1] + 100) if scheme == "dark" else (light[1] > light[0] + 100)
    assert faults == []
    page.close()


def test_zeros_that_nobody_measured_are_named(done: tuple[Path, str]) -> None:
    table = pl.read_parquet(done[0] / "table.parquet")
    drift = table.filter((pl.col("column") == "drift") & (pl.col("versus") == "") & (pl.col("arm") == "persona"))
    assert drift["value"].to_list() == [0.0]
    assert drift["why"][0].startswith("0 by construction: a persona in words leaves asks that play another country")
    page = (done[0] / "report.html").read_text()
    assert "drift of other personas, own persona: 0 by construction" in page


def test_the_command_prints_the_table(done: tuple[Path, str]) -> None:
    for words in ("held_out", "own persona", "random search", "not measured", "report.html"):
        assert words in done[1]


def test_arms_and_benchmarks_are_checked_before_anything_is_searched(tmp_path: Path) -> None:
    base = {
        "name": "x", "base": {"kind": "hf", "model": "planted"}, "target": {"populations": ["atlas-1/x-qamaria"]},
        "objective": {"instrument": "atlas"}, "ask": {},
    }  # fmt: skip
    with pytest.raises(BadStudy, match="unknown arm 'personna'"):
        check_table(recipe_from({**base, "table": {"arms": ["personna"]}}, "r"), tmp_path, None)
    with pytest.raises(UnknownName, match="atlas_factz"):
        check_table(recipe_from({**base, "table": {"knowledge": ["atlas_factz"]}}, "r"), tmp_path, None)
    out = tmp_path / "out"
    recipe = written(tmp_path, '"atlas-1/x-qamaria"', [0], ["personna"])
    said = CliRunner().invoke(app, ["adapt", "soft-prompt", str(recipe), "--out", str(out)])
    assert isinstance(said.exception, BadStudy)
    assert not out.exists()


@pytest.mark.parametrize("name", [name for name in recipe_names() if name.startswith("steering")])
def test_shipped_recipes_are_read_by_name(name: str) -> None:
    recipe = load_recipe(find_recipe(name))
    assert len(recipe.search.seeds) >= 3
    assert len(recipe.target.populations) >= 2
    assert find_recipe("my/own.toml") == Path("my/own.toml")
    with pytest.raises(UnknownName, match="steerin"):
        find_recipe("steerin")


@pytest.mark.slow
def test_two_targets_by_three_seeds_with_every_arm(tmp_path: Path) -> None:
    recipe = written(tmp_path, '"atlas-1/x-qamaria", "atlas-1/x-marsouk"', [0, 1, 2], [], evaluations=12)
    said = CliRunner().invoke(app, ["adapt", "soft-prompt", str(recipe), "--out", str(tmp_path / "out"), "--json"])
    assert said.exit_code == 0, said.output
    table = pl.read_parquet(tmp_path / "out" / "table.parquet")
    assert table["target"].n_unique() == 3  # two and both together
    assert set(table["arm"]) == set(ARMS)
    searched = table.filter(
        pl.col("arm").is_in(["random_search", "de_pbest_1", "cma_es", "particle_swarm", "gradient", "lora"])
        & pl.col("column").is_in(["fit", "orders", "wordings", "held_out", "drift"])
        & pl.col("target").str.starts_with("x-")
    )
    assert searched["low"].null_count() == 0
    assert set(searched.filter(pl.col("versus") == "default")["outcome"]) <= {"win", "tie", "loss"}
    gradient = table.filter((pl.col("arm") == "gradient") & (pl.col("column") == "evaluations"))
    assert gradient["value"].to_list() == [12.0] * 3
    lora = table.filter(
        (pl.col("arm") == "lora") & (pl.col("column") == "parameters") & (pl.col("target") == "x-marsouk")
    )
    assert lora["value"][0] > 10_000
    before = (tmp_path / "out" / "table.parquet").read_bytes()
    (tmp_path / "out" / "manifest.json").unlink()
    again = CliRunner().invoke(app, ["adapt", "soft-prompt", str(recipe), "--out", str(tmp_path / "out"), "--json"])
    assert again.exit_code == 0, again.output
    assert (tmp_path / "out" / "table.parquet").read_bytes() == before
