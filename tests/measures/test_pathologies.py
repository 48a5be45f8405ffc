"""Planted pathologies are found by the measures named for them, and nothing accuses what is well.

Through the whole product for a few; alone and in the hard pairs on one study of `benchmarks/pathologies.py`, whose
arrays are first shown to be the answers of the planted respondent. How often, over many studies, stands in
benchmarks/RESULTS.md.
"""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tawazun.cells import Asker, Framing
from tawazun.respondents import Respondent, Settings, make_respondent
from tawazun.respondents.faults import LIMITS, Pathologies
from tests.measures.planted import REGION, half_width, planted_study, scored, value

SCRIPT = runpy.run_path(str(Path(__file__).resolve().parents[2] / "benchmarks" / "pathologies.py"))
FAULTS, RULES = SCRIPT["FAULTS"], list(SCRIPT["RULES"])
# every gate open: here the values themselves are looked at
OPEN = {"allowed_mass": 0.0, "refusal_rate": 1.0, "unread_rate": 1.0}

Read = Callable[[pl.DataFrame], float]


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


# ---- through the whole product

READ: dict[str, Read] = {
    "js_similarity": lambda s: value(s, "js_similarity", own=True),
    "w1_similarity": lambda s: value(s, "w1_similarity", own=True),
    "skill over the region": lambda s: value(s, "skill", "floor=regional", own=True),
    "rank_agreement": lambda s: value(s, "rank_agreement", "average"),
    "order_effect": lambda s: value(s, "order_effect"),
    "allowed_mass": lambda s: value(s, "allowed_mass"),
    "refusal_rate": lambda s: value(s, "refusal_rate"),
    "unread_rate": lambda s: value(s, "unread_rate"),
    "width of index interval": lambda s: half_width(s, "index"),
    "homogenisation": lambda s: alone(s, "homogenisation", ""),
    "deviation_agreement": lambda s: alone(s, "deviation_agreement", "slope"),
}

# pathology, its options, the measure that sees it, the change that is at least (>0) or at most (<0) needed
SEEN: list[tuple[str, dict[str, Any], str, float]] = [
    ("default-country pull", {"default_pull": 0.6}, "js_similarity", -0.05),
    ("regional homogenisation", {"homogenise": 0.9}, "skill over the region", -0.3),
    ("regional homogenisation", {"homogenise": 0.9}, "homogenisation", -0.6),
    ("mirror", {"mirror": 1.0}, "rank_agreement", -1.0),
    ("mirror", {"mirror": 1.0}, "deviation_agreement", -1.2),
    ("order bias", {"order_bias": 0.3}, "order_effect", 0.1),
    ("wording sensitivity", {"wording_sensitivity": 1.0}, "width of index interval", 5.0),
    ("random refusals", {"refuse": 0.2}, "refusal_rate", 0.19),
    ("value-dependent refusals", {"refuse_value": 0.6}, "refusal_rate", 0.1),
    ("low allowed mass", {"low_mass": 0.5}, "allowed_mass", -0.49),
]

MEASURES = [
    "js_similarity", "w1_similarity", "skill", "rank_agreement", "index", "order_effect", "allowed_mass",
    "refusal_rate", "unread_rate", "homogenisation", "deviation_agreement",
]  # fmt: skip

# measures of the measurement: the only pathologies that may move them
MOVED_BY = {
    "order_effect": {"order bias"},
    "allowed_mass": {"low allowed mass"},
    "refusal_rate": {"random refusals", "value-dependent refusals"},
    "unread_rate": set(),
}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, float]]:
    """pathology -> measure -> value, with "none" for the healthy respondent."""
    found = {}
    for name, options in {"none": {}, **{name: options for name, options, _, _ in SEEN}}.items():
        made = planted_study(options, {"personas": [REGION]}, {"draws": 100, "measures": MEASURES}, gates=OPEN)
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
        for measure in ("js_similarity", "w1_similarity", "rank_agreement"):
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
    ask = {"mode": ["logprob", "sample"], "samples": 20, "personas": ["x-sahelia"], "orders": ["forward"]}
    found = {}
    for strength in (0.0, 0.5):
        made = planted_study({"mismatch": strength}, ask, {"measures": ["mismatch_rate"]}, gates=OPEN)
        rows = scored(made, tmp_path / f"r{strength}").filter(pl.col("facet") == "")
        found[strength] = rows.row(0, named=True)
    assert found[0.5]["value"] - found[0.0]["value"] > 0.1
    assert found[0.5]["p"] < 0.01 < found[0.0]["p"]


def test_a_closed_gate_keeps_values_and_withholds_rankings(tmp_path: Path) -> None:
    measure = {"draws": 100, "measures": ["js_similarity", "rank_agreement", "allowed_mass"]}
    scores = scored(planted_study({"low_mass": 0.5}, {}, measure), tmp_path / "r")
    closed = scores.filter((pl.col("measure") == "js_similarity") & (pl.col("respondent") == "planted"))
    assert closed["value"].null_count() == 0
    assert not closed["interpretable"].any()
    assert closed["why"].str.contains("allowed mass 0.500 is below the gate 0.9").all()
    ranks = scores.filter((pl.col("measure") == "rank_agreement") & (pl.col("respondent") == "planted"))
    assert ranks["value"].null_count() == ranks.height
    assert ranks["why"].str.contains("withheld").all()
    assert scores.filter(pl.col("measure") == "allowed_mass")["interpretable"].all()


# ---- alone and in pairs, on one study as arrays

# where one fault could hide the other, or be taken for it
HARD: list[tuple[str, str]] = [
    ("homogenised", "mirror"),
    ("homogenised", "wording noise"),
    ("stereotype", "stand-in"),
    ("mirror", "caricature"),
    ("homogenised", "language pull"),
    ("order bias", "label bias"),
    ("wording shift", "wording noise"),
    ("acquiescence", "middle"),
    ("low mass", "unread"),
    ("refusal by value", "mismatch"),
    ("collapse", "refusal by value"),
]


@pytest.fixture(scope="module")
def verdicts() -> dict[tuple[str, ...], np.ndarray]:
    """Healthy, every pathology alone, and the hard pairs on one drawn study: (R, 3) verdicts of all rules."""
    cells = [(), *((name,) for name in FAULTS), *HARD]
    found: dict[tuple[str, ...], np.ndarray] = SCRIPT["run_cells"](
        cells, SCRIPT["chance"](np.random.default_rng(11), SCRIPT["Size"]())
    )
    return found


def accused(verdicts: dict[tuple[str, ...], np.ndarray], cell: tuple[str, ...]) -> set[str]:
    """Rules that accuse in a cell."""
    return {rule for rule, (sure, *_) in zip(RULES, verdicts[cell], strict=True) if sure}


def test_nothing_accuses_the_healthy_respondent(verdicts: dict[tuple[str, ...], np.ndarray]) -> None:
    assert accused(verdicts, ()) == set()


@pytest.mark.parametrize("name", FAULTS)
def test_a_pathology_alone_is_found(verdicts: dict[tuple[str, ...], np.ndarray], name: str) -> None:
    assert set(FAULTS[name].named) <= accused(verdicts, (name,))


@pytest.mark.parametrize("pair", HARD, ids=" + ".join)
def test_both_of_a_hard_pair_are_found(verdicts: dict[tuple[str, ...], np.ndarray], pair: tuple[str, str]) -> None:
    assert {rule for name in pair for rule in FAULTS[name].named} <= accused(verdicts, pair)


@pytest.mark.parametrize("name", ["refusal", "low mass", "unread", "mismatch", "recital", "advice", "hearsay"])
def test_faults_of_the_measurement_and_of_one_arm_move_no_measure_of_the_answers(
    verdicts: dict[tuple[str, ...], np.ndarray], name: str
) -> None:
    content = [at for at, rule in enumerate(SCRIPT["RULES"].values()) if rule.arm == "main"]
    assert verdicts[(name,)][content] == pytest.approx(verdicts[()][content], abs=1e-9)


def test_what_is_planted_in_arrays_is_what_the_respondent_answers() -> None:
    dials = {"default_pull": 0.2, "mirror": 0.8, "stand_in": 0.1, "order_bias": 0.1, "label_bias": 0.2,
             "acquiescence": 0.7, "guess": 0.1, "central": 0.2, "dispersion_collapse": 0.1, "refuse": 0.1,
             "refuse_value": 0.3, "low_mass": 0.2}  # fmt: skip
    respondent = make_respondent(Settings("p", "planted", options=dials))
    assert isinstance(respondent, Respondent)
    drawn = SCRIPT["chance"](np.random.default_rng(1), SCRIPT["Size"](1, 100, 2))
    p, refused, off = SCRIPT["main_arm"](Pathologies(**dials), drawn)
    asker, atlas = Asker(7), SCRIPT["ATLAS"]
    layouts = [(order, labels) for order in SCRIPT["ORDERS"] for labels in SCRIPT["LABELS"]]
    for s, place in enumerate(("none", *SCRIPT["PLACES"])):
        for f, (order, labels) in enumerate(layouts):
            how = "self" if place == "none" else "persona"
            framing = Framing(place, how, "en", "w1", order, labels)  # type: ignore[arg-type]
            asks = [asker.ask(atlas, question, framing) for question in atlas.questions]
            for q, outcome in enumerate(respondent.answer(asks, 1, 0)):
                assert outcome.p is not None
                own = np.array(outcome.p) / sum(outcome.p)
                assert p[s, f, q, : len(own)] == pytest.approx(own, abs=1e-12)
                assert (refused[s, f, q], off[s, f, q]) == pytest.approx((outcome.refused, outcome.off_menu))


def test_every_dial_of_the_respondent_is_planted_in_the_table() -> None:
    assert {key for fault in FAULTS.values() for key in fault.options} == set(LIMITS)


def test_every_rule_is_named_for_a_pathology() -> None:
    assert {rule for fault in FAULTS.values() for rule in fault.named} == set(RULES)


def test_the_report_tells_what_is_missed_what_is_masked_and_who_accuses_for_nothing() -> None:
    cells = SCRIPT["all_cells"]()
    assert {frozenset(cell) for cell in cells}.isdisjoint(SCRIPT["EXCLUDED"]) and len(set(cells)) == len(cells)
    blank = SCRIPT["Found"]({}, {})
    limit = {cell: np.zeros((len(RULES), 3)) for cell in cells}
    for cell in cells:
        limit[cell][list(blank.named(cell)), 1] = 1.0
    hits = {cell: np.repeat(limit[cell][None, :, 1], 14, axis=0) for cell in cells}
    pull, refused = RULES.index("default_pull"), RULES.index("refusal_rate")
    hits[("default pull", "mirror")][:7, pull] = 0.0
    hits[("mirror", "unread")][:5, refused] = 1.0
    limit[("caricature", "guessing")][RULES.index("skill"), 1] = 0.0
    hits[("caricature", "guessing")][:, RULES.index("skill")] = 0.0
    found = SCRIPT["Found"](hits, limit)
    assert found.unsettled() == [("default pull", "mirror"), ("mirror", "unread")]
    told = SCRIPT["report"](found, ["nothing else"], "--now")
    assert "- default pull beside mirror: 50 % (visible: default_pull 0.00)" in told
    assert "- guessing beside caricature: 0 % (masked: skill 0.00)" in told
    assert "- refusal_rate in mirror + unread: 35.7 ± 12.8 %" in told
    assert told.count(" % (visible") + told.count(" % (masked") == 2
