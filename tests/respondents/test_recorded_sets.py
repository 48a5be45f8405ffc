"""Two public sets of recorded answers by the ordinary path, beside their own tables."""

import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from scipy.stats import spearmanr

from tawazun import api
from tawazun.errors import BadAnswers, BadFile, BadStudy
from tawazun.instruments import instrument
from tawazun.runs import Run
from tawazun.study import study_from
from tests.conftest import ROOT
from tests.respondents.test_recorded import cells, csv

# printed in the sheets' own last column: plain means of the items, in no direction
SHEET_MEANS = {
    "CHN": {"ua": 2.955, "ega": 3.446, "igc": 1.6425, "pd": 2.806},
    "x-english-speaking": {"ua": 3.9025, "ega": 4.02, "igc": 3.8275, "pd": 3.77},
    "FRA": {"ua": 3.6225, "ega": 4.214, "igc": 3.88, "pd": 3.728},
    "GBR": {"ua": 3.5375, "ega": 4.056, "igc": 3.895, "pd": 3.748},
    "USA": {"ua": 3.7575, "ega": 3.9, "igc": 3.845, "pd": 3.604},
}
ABILITY_OR_POSITION = {"CHN": 4.93, "x-english-speaking": 4.06, "FRA": 3.9, "GBR": 4.03, "USA": 4.16}
CHINA_ITEMS = (2.85, 3.72, 3.29, 1.96, 4.3, 2.98, 4.78, 4.17, 1.0, 2.28, 1.65, 1.63, 1.01, 4.93, 2.83, 2.88, 1.91, 1.48)


def recipe(name: str, folder: Path) -> dict[str, Any]:
    """A study of `runs/recorded` that reads its files from a folder."""
    table = tomllib.loads((ROOT / "runs" / "recorded" / f"{name}.toml").read_text(encoding="utf-8"))
    for one in (*table["respondent"], *table.get("population", [])):
        one["file"] = str(folder / one["file"])
    return table


@pytest.fixture(scope="module")
def globe(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    table = recipe("globe", data_folder / "globe_recorded")
    return api.run(study_from(table, "globe.toml"), tmp_path_factory.mktemp("globe") / "run")


def test_every_reply_of_the_five_sheets_is_there(globe: Run) -> None:
    assert globe.answers.height == 5 * 18
    assert globe.answers["n"].unique().to_list() == [100.0]
    china = globe.answers.filter(pl.col("persona") == "CHN")
    means = {
        row["question"]: sum(share * (code + 1) for code, share in enumerate(row["p"])) for row in china.to_dicts()
    }
    items = [question.id for question in instrument("globe").questions]
    assert [means[item] for item in items] == pytest.approx(CHINA_ITEMS, abs=1e-9)


def test_dimensions_are_the_sheets_turned_where_their_one_is_the_high_end(globe: Run) -> None:
    """Uncertainty avoidance and collectivism: 8 - theirs. Gender: theirs. Power distance: theirs mixes directions."""
    found = {(row["persona"], row["item"]): row for row in globe.scores.iter_rows(named=True)}
    for place, printed in SHEET_MEANS.items():
        assert found[place, "ua"]["value"] == pytest.approx(8 - printed["ua"], abs=1e-9)
        assert found[place, "igc"]["value"] == pytest.approx(8 - printed["igc"], abs=1e-9)
        assert found[place, "ega"]["value"] == pytest.approx(printed["ega"], abs=1e-9)
        turned = (2 * ABILITY_OR_POSITION[place] - 8) / 5  # what turning their one item of the other direction changes
        assert found[place, "pd"]["value"] == pytest.approx(8 - printed["pd"] + turned, abs=1e-9)
        for row in (found[place, name] for name in printed):
            assert row["low"] < row["value"] < row["high"] and row["high"] - row["low"] < 0.15
    assert found["CHN", "pd"]["value"] == pytest.approx((4.93 + 5.17 + 5.12 + 6.09 + 6.52) / 5, abs=1e-9)


@pytest.fixture(scope="module")
def values(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    table = recipe("values", data_folder / "values_recorded")
    one = table["respondent"][0]
    models = pl.read_csv(one["file"])["model_name"].unique().sort()
    table["respondent"] = [{**one, "name": name, "where": {"model_name": name}} for name in models]
    made = study_from(table, "values.toml")
    return api.run(made, tmp_path_factory.mktemp("values") / "run", data=data_folder)


def test_item_means_of_nine_models_in_four_languages(values: Run, data_folder: Path) -> None:
    raw = pl.read_csv(data_folder / "values_recorded" / "all_lang_model_responses_with_scores.csv")
    theirs = raw.group_by("model_name", "language", "question_key").agg(
        pl.col("response_pro_score").mean().alias("mean"), pl.len().alias("replies")
    )
    both = values.answers.join(
        theirs, left_on=["respondent", "language", "question"], right_on=["model_name", "language", "question_key"]
    )
    assert both.height == values.answers.height == theirs.height
    assert (both["value"] - both["mean"]).abs().max() == pytest.approx(0, abs=1e-12)
    assert (both["n"] == both["replies"]).all() and both["replies"].sum() == 9148


def test_alignment_is_spearman_over_the_items_that_both_have(values: Run, data_folder: Path) -> None:
    own = values.scores.filter(pl.col("population").str.ends_with("-" + pl.col("language")))
    assert own.height == 36 and own["value"].null_count() == 0 and own["interpretable"].all()
    assert ((own["low"] < own["value"]) & (own["value"] < own["high"])).all()
    people = pl.read_csv(data_folder / "values_recorded" / "ground_truth_per_language.csv")
    people = people.with_columns(pl.col("question_key").str.to_lowercase())
    for row in own.filter(pl.col("respondent") == "gpt-4o").iter_rows(named=True):
        answers = values.answers.filter(
            (pl.col("respondent") == row["respondent"]) & (pl.col("language") == row["language"])
        )
        other = people.filter(pl.col("lnge_iso") == row["language"])
        both = answers.join(other, left_on="question", right_on="question_key")
        assert row["n"] == both.height
        assert row["value"] == pytest.approx(spearmanr(both["value"], both["pro_score"]).statistic, abs=1e-9)
    best = own.filter(pl.col("language") == "da").sort("value", descending=True)["respondent"][0]
    assert best == "gemma-2-27b-it"


def test_the_sets_two_human_tables_are_not_the_same(data_folder: Path) -> None:
    """Shares beside the replies differ from the table by language by up to .15, and five items are in one only."""
    folder = data_folder / "values_recorded"
    beside = pl.read_csv(folder / "all_lang_model_responses_with_scores.csv")
    beside = beside.select("language", "question_key", "ground_truth_pro_score").unique()
    table = pl.read_csv(folder / "ground_truth_per_language.csv").with_columns(
        pl.col("question_key").str.to_lowercase()
    )
    both = beside.join(table, left_on=["language", "question_key"], right_on=["lnge_iso", "question_key"])
    assert set(beside["question_key"]) - set(table["question_key"]) == {"e028", "e225", "e226", "e227", "e228"}
    gap = (both["pro_score"] - both["ground_truth_pro_score"]).abs()
    assert gap.max() == pytest.approx(0.1525, abs=1e-3) and gap.median() == pytest.approx(0.0077, abs=1e-3)


# ---- the options that these sets need, on small tables


def test_a_list_is_one_reply_each(tmp_path: Path) -> None:
    path = csv(tmp_path, 'question,option / t1,"[1.0, 2.0, 1.0, null]" / t2,"[4]"')
    with pytest.raises(BadAnswers, match="row 2: t1 has no option ''"):
        cells(path, options={"lists": True})
    path = csv(tmp_path, "question,option / t1,\"[1.0, 2.0, 1.0, 'refused']\" / t2,4")
    first, second = cells(path, options={"lists": True})
    assert first.outcome.p == (0.5, 0.25, 0.0, 0.0) and first.outcome.refused == 0.25 and first.outcome.n == 4
    assert second.outcome.p == (0.0, 0.0, 0.0, 1.0) and second.outcome.n == 1
    broken = csv(tmp_path, 'question,option / t1,"[1.0, 2.0"')
    with pytest.raises(BadAnswers, match=r"answers\.csv row 2: not a list of replies"):
        cells(broken, options={"lists": True})
    empty = csv(tmp_path, "question,option / t1,[]")
    with pytest.raises(BadAnswers, match="holds one or more"):
        cells(empty, options={"lists": True})


def test_values_of_one_cell_are_its_replies_only_when_the_study_says_so(tmp_path: Path) -> None:
    path = csv(tmp_path, "question,value / t5,10 / t5,20 / t5,60 / t1,2 / t1,3")
    with pytest.raises(BadAnswers, match="stands twice"):
        cells(path)
    number, shares = cells(path, options={"repeats": True})
    assert (number.outcome.value, number.outcome.n) == (30.0, 3.0)
    assert number.outcome.sd == pytest.approx(26.4575, abs=1e-3)
    assert shares.outcome.p == (0.0, 0.5, 0.5, 0.0) and shares.outcome.n == 2
    with pytest.raises(BadAnswers, match="row 3: t5 lies between 0 and 100, not 200"):
        cells(csv(tmp_path, "question,value / t5,10 / t5,200"), options={"repeats": True})
    with pytest.raises(BadAnswers, match="n has no place"):
        cells(csv(tmp_path, "question,value,n / t5,10,3"), options={"repeats": True})


def test_several_files_are_one_respondent_and_name_their_rows(tmp_path: Path) -> None:
    csv(tmp_path, "option / 1 / 2", "as_egy.csv")
    csv(tmp_path, "option / 3 / 4", "as_usa.csv")
    keys: dict[str, Any] = {
        "columns": {"persona": "#file", "question": "#row"},
        "values": {"persona": {"as_egy": "EGY", "as_usa": "USA"}, "question": {"2": "t1", "3": "t2"}},
    }
    found = cells(tmp_path / "as_*.csv", **keys)
    assert [(one.framing.persona, one.question) for one in found] == [
        ("EGY", "t1"), ("EGY", "t2"), ("USA", "t1"), ("USA", "t2"),
    ]  # fmt: skip
    csv(tmp_path, "option / 3 / 9", "as_usa.csv")
    with pytest.raises(BadAnswers, match=r"as_usa\.csv row 3: t2 has no option '9'"):
        cells(tmp_path / "as_*.csv", **keys)
    with pytest.raises(BadFile, match="no file fits this pattern"):
        cells(tmp_path / "nobody_*.csv", **keys)
    with pytest.raises(BadStudy, match="options has no 'list'"):
        cells(tmp_path / "as_*.csv", options={"list": True}, **keys)
