"""Each planted pathology, alone, moves the measure that should see it; nothing moves a measure that should not.

Where two measures see a pathology, both stand in the table: the plain one and the one that is named for it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.measures.planted import REGION, half_width, planted_study, scored, value

# every gate open: here the values themselves are looked at
OPEN = {"allowed_mass": 0.0, "refusal_rate": 1.0, "unread_rate": 1.0}

Read = Callable[[pl.DataFrame], float]


def closeness(scores: pl.DataFrame) -> float:
    return value(scores, "js_similarity", own=True)


def regional_skill(scores: pl.DataFrame) -> float:
    return value(scores, "skill", "floor=regional", own=True)


def ranking(scores: pl.DataFrame) -> float:
    return value(scores, "rank_agreement", "average")


def index_spread(scores: pl.DataFrame) -> float:
    rows = scores.filter((pl.col("measure") == "index") & (pl.col("respondent") == "planted"))
    spread = rows.group_by("item").agg(pl.col("value").std())["value"].mean()
    assert isinstance(spread, float)
    return spread


def alone(scores: pl.DataFrame, measure: str, facet: str, personas: bool = False) -> float:
    """The mean of a measure over rows of exactly one facet, of panels or of personas of a place."""
    rows = scores.filter(
        (pl.col("measure") == measure)
        & (pl.col("respondent") == "planted")
        & (pl.col("facet") == facet)
        & (pl.col("persona").str.starts_with("x-") == personas)
    )
    mean = rows["value"].mean()
    assert isinstance(mean, float), f"{measure} has no value: {rows['why'].to_list()}"
    return mean


READ: dict[str, Read] = {
    "js_similarity": closeness,
    "w1_similarity": lambda s: value(s, "w1_similarity", own=True),
    "skill over the region": regional_skill,
    "rank_agreement": ranking,
    "spread of index": index_spread,
    "order_effect": lambda s: value(s, "order_effect"),
    "allowed_mass": lambda s: value(s, "allowed_mass"),
    "refusal_rate": lambda s: value(s, "refusal_rate"),
    "unread_rate": lambda s: value(s, "unread_rate"),
    "width of index interval": lambda s: half_width(s, "index"),
    "default_pull": lambda s: value(s, "default_pull", "over places"),
    "overshoot": lambda s: value(s, "overshoot", "over places"),
    "homogenisation": lambda s: alone(s, "homogenisation", ""),
    "deviation_agreement": lambda s: alone(s, "deviation_agreement", "slope"),
    "country_skill": lambda s: value(s, "country_skill", "floor=regional;ceiling=identical;over places"),
    "variance_ratio": lambda s: alone(s, "variance_ratio", "readout=logprob;temperature=1", personas=True),
    "lean towards agreement": lambda s: value(s, "acquiescence", "against people", own=True),
    "shared shift of wordings": lambda s: value(s, "generalisability", "level=items;component=shared shift"),
}

# pathology, its options, the measure that sees it, the change that is at least (>0) or at most (<0) needed
SEEN: list[tuple[str, dict[str, Any], str, float]] = [
    ("default-country pull", {"default_pull": 0.6}, "js_similarity", -0.05),
    ("default-country pull", {"default_pull": 0.6}, "default_pull", 0.4),
    ("regional homogenisation", {"homogenise": 0.9}, "skill over the region", -0.3),
    ("regional homogenisation", {"homogenise": 0.9}, "homogenisation", -0.6),
    ("regional homogenisation", {"homogenise": 0.9}, "country_skill", -0.3),
    ("mirror", {"mirror": 1.0}, "rank_agreement", -1.0),
    ("mirror", {"mirror": 1.0}, "deviation_agreement", -1.2),
    ("caricature", {"caricature": 1.0}, "spread of index", 20.0),
    ("caricature", {"caricature": 1.0}, "deviation_agreement", 0.3),
    ("caricature", {"caricature": 1.0}, "homogenisation", 1.0),
    ("caricature", {"caricature": 1.0}, "overshoot", 0.05),
    ("order bias", {"order_bias": 0.3}, "order_effect", 0.1),
    ("label bias", {"label_bias": 0.3}, "order_effect", 0.1),
    ("wording sensitivity", {"wording_sensitivity": 1.0}, "width of index interval", 5.0),
    ("wording sensitivity", {"wording_sensitivity": 1.0}, "shared shift of wordings", 0.01),
    ("acquiescence", {"acquiescence": 1.5}, "js_similarity", -0.03),
    ("acquiescence", {"acquiescence": 1.5}, "lean towards agreement", 0.15),
    ("dispersion collapse", {"dispersion_collapse": 0.7}, "js_similarity", -0.1),
    ("dispersion collapse", {"dispersion_collapse": 0.7}, "variance_ratio", -0.5),
    ("random refusals", {"refuse": 0.2}, "refusal_rate", 0.19),
    ("value-dependent refusals", {"refuse_value": 0.6}, "refusal_rate", 0.1),
    ("low allowed mass", {"low_mass": 0.5}, "allowed_mass", -0.49),
]

MEASURES = [
    "js_similarity", "w1_similarity", "skill", "rank_agreement", "index", "order_effect", "allowed_mass",
    "refusal_rate", "unread_rate", "acquiescence", "generalisability", "default_pull", "overshoot", "homogenisation",
    "deviation_agreement", "country_skill", "variance_ratio",
]  # fmt: skip

# measures of the measurement: the only pathologies that may move them
MOVED_BY = {
    "order_effect": {"order bias", "label bias"},
    "allowed_mass": {"low allowed mass"},
    "refusal_rate": {"random refusals", "value-dependent refusals"},
    "unread_rate": set(),
}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, float]]:
    """pathology -> measure -> value, with "none" for the healthy respondent."""
    found = {}
    for name, options in {"none": {}, **{name: options for name, options, _, _ in SEEN}}.items():
        measure = {"draws": 200, "measures": MEASURES}
        made = planted_study(options, {"personas": ["none", REGION]}, measure, gates=OPEN)
        scores = scored(made, tmp_path_factory.mktemp("run") / "r")
        found[name] = {measure: read(scores) for measure, read in READ.items()}
    return found


@pytest.mark.parametrize(("name", "measure", "change"), [(n, m, c) for n, _, m, c in SEEN])
def test_a_pathology_moves_the_measure_that_should_see_it(
    table: dict[str, dict[str, float]], name: str, measure: str, change: float
) -> None:
    moved = table[name][measure] - table["none"][measure]
    assert moved <= change if change < 0 else moved >= change


@pytest.mark.parametrize("measure", MOVED_BY)
def test_no_quality_measure_moves_without_its_pathology(table: dict[str, dict[str, float]], measure: str) -> None:
    moved = {name for name in table if abs(table[name][measure] - table["none"][measure]) > 1e-9}
    assert moved == MOVED_BY[measure]


def test_refusals_and_lost_mass_do_not_move_closeness(table: dict[str, dict[str, float]]) -> None:
    for name in ("random refusals", "low allowed mass"):
        for measure in ("js_similarity", "w1_similarity", "rank_agreement", "spread of index"):
            assert table[name][measure] == pytest.approx(table["none"][measure], abs=1e-9)


def test_refusals_that_depend_on_the_answer_do_move_closeness(table: dict[str, dict[str, float]]) -> None:
    assert table["value-dependent refusals"]["js_similarity"] < table["none"]["js_similarity"] - 0.01


def test_the_healthy_respondent_is_close_and_ranks_well(table: dict[str, dict[str, float]]) -> None:
    healthy = table["none"]
    assert healthy["js_similarity"] > 0.85
    assert healthy["rank_agreement"] > 0.5
    assert healthy["skill over the region"] > 0.3
    assert (healthy["order_effect"], healthy["refusal_rate"]) == (0.0, 0.0)


def test_text_that_does_not_bear_out_the_read_out_is_seen(tmp_path: Path) -> None:
    ask = {"mode": ["logprob", "sample"], "samples": 20, "personas": ["x-sahelia"]}
    found = {}
    for strength in (0.0, 0.5):
        made = planted_study({"mismatch": strength}, ask, {"measures": ["mismatch_rate"]}, gates=OPEN)
        rows = scored(made, tmp_path / f"r{strength}").filter(pl.col("facet") == "")
        found[strength] = rows.row(0, named=True)
    assert found[0.5]["value"] - found[0.0]["value"] > 0.1
    assert found[0.5]["p"] < 0.01 < found[0.0]["p"]


def test_every_pathology_of_the_respondent_is_in_the_table() -> None:
    from tawazun.respondents.catalogue.planted import LIMITS

    assert set(LIMITS) == {key for _, options, _, _ in SEEN for key in options} | {"mismatch"}


def test_a_closed_gate_keeps_values_and_withholds_rankings(tmp_path: Path) -> None:
    scores = scored(planted_study({"low_mass": 0.5}, {}, {"draws": 200}), tmp_path / "r")
    closed = scores.filter((pl.col("measure") == "js_similarity") & (pl.col("respondent") == "planted"))
    assert closed["value"].null_count() == 0
    assert not closed["interpretable"].any()
    assert closed["why"].str.contains("allowed mass 0.500 is below the gate 0.9").all()
    ranks = scores.filter((pl.col("measure") == "rank_agreement") & (pl.col("respondent") == "planted"))
    assert ranks["value"].null_count() == ranks.height
    assert ranks["why"].str.contains("withheld").all()
    assert scores.filter(pl.col("measure") == "allowed_mass")["interpretable"].all()
