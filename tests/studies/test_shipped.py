"""Every shipped study loads, is prepared from what its comment says it needs, and runs on its placeholder."""

import json
import tomllib
from pathlib import Path

import polars as pl
import pytest

from tawazun import api
from tawazun.errors import BadFile, UnknownName
from tawazun.studies import FOLDER, find_study, study_file, study_names
from tests.commands import one_line, tawazun

PLACEHOLDER = "placeholder (equal shares)"
OWN = ("arab-values", "cultural-map", "india-values", "proxy-us", "regional-pairs")
# its placeholders are recorded models: what would be asked of others is seen with this one
ASKED = {"regional-pairs": ['respondent=[{name="equal shares", kind="uniform"}]']}
NEED_DATA = {"arab-values": "mena_values/menavalues_benchmark.xlsx"}


def test_a_shipped_name_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(OWN) <= set(study_names())
    assert find_study("proxy-us") == study_file("proxy-us")
    assert find_study(tmp_path / "proxy-us") == tmp_path / "proxy-us"
    assert find_study("proxy-us.toml") == Path("proxy-us.toml")
    with pytest.raises(UnknownName, match="proxy-us"):
        find_study("proxi-us")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "proxy-us").touch()
    assert find_study("proxy-us") == Path("proxy-us")


@pytest.mark.parametrize("name", study_names())
def test_a_study_says_what_it_asks_and_what_it_cannot_show(name: str) -> None:
    file = FOLDER / f"{name}.toml"
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert all(len(line) <= 130 for line in text.splitlines())
    made = api.load_study(file)
    for one in made.respondent:
        assert not one.file or (FOLDER / one.file).is_file()
    if name in OWN:
        assert f"tawazun run {name} " in text and "What it cannot show:" in text
        assert made.respondent[0].kind in ("uniform", "recorded") and made.measure.primary in made.measure.measures


@pytest.mark.parametrize("name", OWN)
def test_a_study_can_be_prepared(name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    made, data = api.load_study(study_file(name), ASKED.get(name, ())), None
    if name in NEED_DATA:
        data = request.getfixturevalue("data_folder")
        monkeypatch.delenv("TAWAZUN_DATA", raising=False)
        with pytest.raises(BadFile, match="--data DIR"):
            api.prepare(made, folder=FOLDER, data=None)
    prepared = api.prepare(made, folder=FOLDER, data=data)
    sizes = [len(plan) for plan in prepared.plans.values()]
    assert sizes and all(1_000 < size < 10_000 for size in sizes)


def test_the_command_takes_a_name_and_another_respondent(tmp_path: Path) -> None:
    other = 'respondent=[{name="mine", kind="uniform"}]'
    done = tawazun("run", "proxy-us", "--out", tmp_path / "run", "--dry-run", "--json", "--set", other)
    assert done.returncode == 0, done.stderr
    assert list(json.loads(done.stdout)) == ["mine"]
    one_line(tawazun("run", "proxi-us", "--out", tmp_path / "run"), 2, "proxi-us", "proxy-us")


@pytest.mark.parametrize("name", ["cultural-map", "india-values", "proxy-us", "regional-pairs"])
def test_a_study_runs_small(name: str, tmp_path: Path) -> None:
    """Fewer wordings and personas, the same measures: the primary one has values, every null says why."""
    table = tomllib.loads(study_file(name).read_text(encoding="utf-8"))
    personas = [one for one in table["ask"]["personas"] if not one.startswith("group:")][:4]
    members = table.get("group", [{}])[0].get("members", [])[:3]
    keys = [f"ask.personas={json.dumps(personas + members)}", "ask.wordings=2", "measure.draws=100"]
    keys += ASKED.get(name, [])
    run = api.run(api.load_study(study_file(name), keys), tmp_path / "run", folder=FOLDER)
    scores = run.scores.filter(~pl.col("respondent").str.contains(":"))
    assert set(table["measure"]["measures"]) == set(scores["measure"])
    assert (scores.filter(pl.col("value").is_null())["why"] != "").all()
    main = scores.filter((pl.col("measure") == table["measure"]["primary"]) & pl.col("value").is_not_null())
    assert main.height > 0


def test_an_american_is_a_closer_proxy_than_equal_shares(tmp_path: Path) -> None:
    keys = ['ask.personas=["none"]', "ask.wordings=2", "measure.draws=100"]
    run = api.run(api.load_study(study_file("proxy-us"), keys), tmp_path / "run", folder=FOLDER)
    rows = run.scores.filter(pl.col("population").str.ends_with("/IND") & (pl.col("respondent") == PLACEHOLDER))
    far = rows.filter(pl.col("measure") == "map_distance")["value"].item()
    gap = rows.filter((pl.col("measure") == "proxy_rank") & (pl.col("reference") != ""))["value"].item()
    assert far - gap == pytest.approx(1.866, abs=0.001)  # people of the United States from people of India
    assert gap > 0.7


def test_the_recorded_twin_stands_beside_the_base(tmp_path: Path) -> None:
    keys = ['ask.personas=["human"]', 'ask.languages=["en"]', "ask.wordings=2", "measure.draws=100"]
    run = api.run(api.load_study(study_file("regional-pairs"), keys), tmp_path / "run", folder=FOLDER)
    rows = run.scores.filter((pl.col("measure") == "map_x") & (pl.col("persona") == "human"))
    found = dict(rows.select("respondent", "value").iter_rows())
    assert len(found) == 2
    twin = next(value for name, value in found.items() if "GPT-4" in name)
    assert twin == pytest.approx(2.83, abs=0.01)
    assert "tawazun compare pair" in study_file("regional-pairs").read_text(encoding="utf-8")
    pairs = api.compare([run])
    assert len(pairs.differences) == 12 and pairs.places
