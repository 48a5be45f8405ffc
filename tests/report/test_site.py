"""A site over runs: a page each, and a front page that says who can be told apart from whom."""

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, expect
from typer.testing import CliRunner

from tawazun import api
from tawazun.api.site import site
from tawazun.claims.comparison import Comparison
from tawazun.claims.differences import Difference, Place
from tawazun.cli.commands import app
from tawazun.errors import UserError
from tawazun.report.boards import outcome
from tawazun.report.naming import names
from tawazun.report.site import Entry, front_page
from tawazun.report.words import words
from tawazun.study import study_from
from tests.report.parsed import parsed
from tests.report.test_hostile import ATTACKS
from tests.report.toy_run import Texts, toy_study

ROW = Difference(
    "a", "b", "p/EGY", "toy", "none", "self", "en", "logprob", "js_similarity", "", 0.1, 0.0, 0.2, 0.95, 0.5, 0.1,
    0.5, 0.5, None, "", None, None, "cannot be told apart", None, 0.9, 0.8, 2, 2, "", "",
)  # fmt: skip
PLACES = ["x-sahelia", "x-rimalia", "x-norvane"]


def made(folder: Path, name: str, kind: str) -> Path:
    study = study_from(
        {
            "name": f"A study of {name}",
            "respondent": [{"name": name, "kind": kind}],
            "ask": {"instruments": ["atlas"], "personas": ["none", *PLACES], "languages": ["en"], "wordings": 3},
            "measure": {
                "populations": [f"atlas-1/{place}" for place in PLACES],
                "measures": ["js_similarity"],
                "draws": 100,
            },
        },
        "one.toml",
    )
    return api.run(study, folder / name).path


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("runs")
    return [made(folder, "planted", "planted"), made(folder, "random", "uniform")]


@pytest.fixture(scope="module")
def front(runs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return site(runs, tmp_path_factory.mktemp("site"), title="Two of them")


def test_the_planted_model_is_ahead_of_answers_at_random_for_its_own_places(front: Path) -> None:
    document = parsed(front.read_text(encoding="utf-8"))
    assert document.faults == [] and next(document.all("h1")).text == "Two of them"
    table = document.data("data-best")
    rows = [[table["texts"][column[k]] for column in table["columns"]] for k in range(len(table["columns"][0]))]
    own = [row for row in rows if row[1].startswith("each as its own people")]
    assert {row[0] for row in own} == {"Sahelia", "Rimalia", "Norvane"}
    for row in own:
        assert row[2].startswith("planted") and row[3] in ("1", "2")
        assert row[5:] == ["Similarity of answers", "atlas-1", "Values of the planted world"]


def test_sets_and_differences_are_those_of_the_comparison(front: Path, runs: list[Path]) -> None:
    comparison = api.compare(runs)
    table = parsed(front.read_text(encoding="utf-8")).data("data-differences")
    values = table["numbers"][str(table["titles"].index("Difference"))]
    assert values == [float(f"{row.value:.6g}") for row in comparison.differences]
    stored = json.loads((front.parent / "site.json").read_text(encoding="utf-8"))
    assert [(one["respondent"], one["best"], one["worst"]) for one in stored["places"]] == [
        (one.respondent, one.best, one.worst) for one in comparison.places
    ]
    csv = pl.read_csv(front.parent / "comparison-js_similarity.csv")
    assert csv["value"].to_list() == pytest.approx([row.value for row in comparison.differences])


def test_every_link_of_the_front_page_leads_somewhere(front: Path) -> None:
    document = parsed(front.read_text(encoding="utf-8"))
    links = [one.attributes["href"] for one in document.all("a")]
    inside = [link for link in links if not link.startswith("#")]
    assert len([link for link in inside if link.endswith("report.html")]) == 2
    assert all((front.parent / link).is_file() for link in inside)
    assert all((front.parent / link).parent.joinpath("scores.csv").is_file() for link in inside if "report" in link)


def test_ties_are_called_ties() -> None:
    named = names(toy_study(Texts()), words("en"))
    assert outcome(named, ROW) == "cannot be told apart"
    assert outcome(named, replace(ROW, outcome="second is closer")) == "b is closer"


def test_a_folder_with_other_things_is_left_alone(runs: list[Path], tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(UserError, match="empty folder"):
        site(runs, tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["thesis.tex"]


def test_runs_that_cannot_be_compared_still_have_a_site(runs: list[Path], tmp_path: Path) -> None:
    front = site(runs[:1], tmp_path / "site")
    text = parsed(front.read_text(encoding="utf-8")).one("answer").text
    assert "Not compared" in text
    again = site(runs[:1], tmp_path / "site")
    assert again == front


def test_runs_of_one_name_do_not_overwrite_each_other(runs: list[Path], tmp_path: Path) -> None:
    front = site([runs[0], runs[0]], tmp_path / "site")
    assert sorted(one.name for one in (front.parent / "runs").iterdir()) == ["planted", "planted-2"]


def test_the_command_asks_for_a_folder(runs: list[Path], tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["report", *map(str, runs)])
    assert result.exit_code != 0 and "--out" in str(result.exception)
    result = CliRunner().invoke(app, ["report", *map(str, runs), "--out", str(tmp_path / "s"), "--json"])
    assert result.exit_code == 0 and json.loads(result.stdout)["report"].endswith("index.html")


def test_one_page_goes_where_it_is_wanted_and_the_run_keeps_its_own(runs: list[Path], tmp_path: Path) -> None:
    own = (runs[0] / "report.html").read_bytes()
    out = tmp_path / "deep" / "page.html"
    result = CliRunner().invoke(app, ["report", str(runs[0]), "--out", str(out), "--language", "ar"])
    assert result.exit_code == 0, result.output
    assert '<html lang="ar"' in out.read_text(encoding="utf-8")
    assert (runs[0] / "report.html").read_bytes() == own
    result = CliRunner().invoke(app, ["report", *map(str, runs), "--out", str(out)])
    assert result.exit_code and "site" in str(result.exception)
    out.unlink()
    out.mkdir()
    result = CliRunner().invoke(app, ["report", str(runs[0]), "--out", str(out)])
    assert result.exit_code and "is a folder" in str(result.exception)


@pytest.mark.chromium
def test_the_front_page_filters_and_asks_no_network(browser: Browser, front: Path) -> None:
    opened = browser.new_page(viewport={"width": 390, "height": 844})
    wrong: list[str] = []
    opened.on("console", lambda message: wrong.append(message.text))
    opened.on("request", lambda one: wrong.append(one.url) if not one.url.startswith(("file:", "data:")) else None)
    opened.goto(front.as_uri())
    opened.locator("nav.sections a[href='#pairs']").click()
    table = opened.locator("#pairs .explorer")
    table.get_by_label("People", exact=False).first.select_option(label="Norvane")
    expect(table.locator("tbody tr").first).to_contain_text("Norvane")
    assert all("Norvane" in row for row in table.locator("tbody tr").all_inner_texts())
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390
    assert wrong == []
    opened.close()


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_names_stay_text_on_the_front_page(attack: str) -> None:
    def shape(name: str) -> list[tuple[str, tuple[str, ...]]]:
        row = replace(ROW, first=f"{name} a", second=f"{name} b", why=name, population=f"p-1/{name}", persona=name)
        places = tuple(Place(row.population, name, "en", label, 0.5, 1, 2) for label in (row.first, row.second))
        made = Comparison((row,), places, name, 1, 0.05, True, (name,))
        entry = Entry("run", toy_study(Texts(study=name, respondent=f"{name} a")), "runs/run/report.html", 3, False)
        document = parsed(front_page([entry], [made], {name: name}, "en", name))
        assert document.faults == [] and name in document.one("answer").text
        return [(one.tag, tuple(sorted(one.attributes))) for one in document.elements]

    assert shape(attack) == shape("plain")
