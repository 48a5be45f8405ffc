"""Arms that differ in one factor: what was planted is found, what was not is not, and noise is no effect."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.spatial.distance import jensenshannon

from tawazun import atlas
from tawazun.measures.mismatch import _weights
from tests.measures.by_hand import answers, context, measured, one
from tests.measures.planted import planted_study, scored
from tests.toys import toy

OPEN = {"allowed_mass": 0.0, "refusal_rate": 1.0, "unread_rate": 1.0, "mismatch_rate": 1.0}
BOTH = {"mode": ["logprob", "sample"], "samples": 30, "personas": ["x-sahelia", "x-rimalia"]}

Scores = Callable[..., pl.DataFrame]


@pytest.fixture
def scores(tmp_path: Path) -> Scores:
    """Scores of a planted study with some measures."""
    made = iter(range(100))

    def go(options: dict[str, Any], ask: dict[str, Any], *measures: str, **gates: float) -> pl.DataFrame:
        study = planted_study(options, ask, {"measures": list(measures)}, gates={**OPEN, **gates})
        return scored(study, tmp_path / f"r{next(made)}")

    return go


def only(table: pl.DataFrame, facet: str = "", **wanted: str) -> dict[str, Any]:
    """The one row with this facet and these values."""
    kept = table.filter(pl.col("facet") == facet, *(pl.col(key) == value for key, value in wanted.items()))
    assert kept.height == 1, kept
    return kept.row(0, named=True)


def test_replies_that_bear_the_read_out_out_miss_it_no_more_than_chance(scores: Scores) -> None:
    table = scores({}, BOTH, "mismatch_rate")
    for persona in BOTH["personas"]:
        own = table.filter(pl.col("persona") == persona)
        rate, chance = only(own, respondent="planted"), only(own, "chance")
        assert rate["reference"] == "logprob" and rate["mode"] == "sample" and rate["n"] == 360
        assert abs(rate["value"] - chance["value"]) < 0.06 and rate["p"] > 0.01
        beyond = only(own, "distance;beyond reply noise")
        assert beyond["p"] > 0.01 and beyond["value"] < 0.07 < only(own, "distance")["value"]


def test_a_mismatch_is_found(scores: Scores) -> None:
    table = scores({"mismatch": 0.5}, BOTH, "mismatch_rate")
    for persona in BOTH["personas"]:
        own = table.filter(pl.col("persona") == persona)
        rate, chance = only(own, respondent="planted"), only(own, "chance")
        assert rate["value"] > chance["value"] + 0.12 and rate["p"] < 0.01
        beyond = only(own, "distance;beyond reply noise")
        assert beyond["low"] > 0.15 and beyond["p"] < 0.01


def test_the_gate_closes_the_read_out_and_leaves_the_replies(scores: Scores) -> None:
    for options, closed in (({}, False), ({"mismatch": 0.5}, True)):
        table = scores(options, BOTH, "js_similarity", mismatch_rate=0.1).filter(pl.col("respondent") == "planted")
        read, told = (table.filter(pl.col("mode") == mode) for mode in ("logprob", "sample"))
        assert told["interpretable"].all()
        assert read["interpretable"].any() != closed
        assert read["why"].str.contains("read the replies instead").any() == closed


def test_no_chance_level_is_given_for_another_temperature(scores: Scores) -> None:
    ask = {**BOTH, "decoding": [{"temperature": 0.0}], "personas": ["x-sahelia"]}
    table = scores({}, ask, "mismatch_rate")
    row = only(table)
    assert row["value"] == 0.0 and row["p"] is None and "temperature 1" in row["why"]
    assert table.filter(pl.col("facet") == "chance").height == 0


def test_one_mode_has_no_mismatch(scores: Scores) -> None:
    row = only(scores({}, {"personas": ["x-sahelia"]}, "mismatch_rate"))
    assert row["value"] is None and "mode = ['logprob', 'sample']" in row["why"]


def test_a_decoding_grid_runs_and_says_how_much_it_moves(scores: Scores) -> None:
    grid = [{}, {"temperature": 0.5}, {"temperature": 0.5, "top_p": 0.5}]
    ask = {"mode": "sample", "samples": 30, "decoding": grid, "seeds": [0, 1], "personas": ["x-sahelia"], "wordings": 2}
    table = scores({}, ask, "decoding_effect", "js_similarity")
    close = table.filter((pl.col("measure") == "js_similarity") & (pl.col("respondent") == "planted"))
    settings = {"t=1,p=1,max=64", "t=0.5,p=1,max=64", "t=0.5,p=0.5,max=64"}
    assert set(close["facet"].unique()) == {f"decoding={one}" for one in settings}
    effect = table.filter(pl.col("measure") == "decoding_effect")
    assert effect.height == 2 * (1 + 3)
    plain = only(effect, "t=0.5,p=1,max=64 against t=1,p=1,max=64;beyond reply noise")
    assert plain["low"] < cooled(0.5) < plain["high"] and plain["n"] == 60 * 2 * 2
    whole = only(effect, "mean over 3 pairs of settings")
    pairs = effect.filter(pl.col("facet").str.contains("against") & ~pl.col("facet").str.contains("beyond"))
    assert whole["value"] == pytest.approx(pairs["value"].mean())


def cooled(temperature: float) -> float:
    """The root of the mean divergence between exact answers and the same at a lower temperature."""
    found = []
    for item in atlas.world().items:
        p = atlas.respondent_truth(item, "x-sahelia", "en")
        cold = p ** (1 / temperature)
        found.append(jensenshannon(p, cold / cold.sum(), base=2) ** 2)
    return float(np.sqrt(np.mean(found)))


def test_seeds_alone_are_no_effect(scores: Scores) -> None:
    ask = {"mode": "sample", "samples": 20, "seeds": [0, 1], "personas": ["x-sahelia"], "orders": ["forward"]}
    row = only(scores({}, ask, "decoding_effect"))
    assert row["value"] is None and "one decoding only" in row["why"]


def test_exact_answers_have_no_decoding(scores: Scores) -> None:
    row = only(scores({}, {"personas": ["x-sahelia"], "wordings": 1}, "decoding_effect"))
    assert row["value"] is None and "no decoding" in row["why"]


def test_language_moves_the_default_and_hardly_a_country(scores: Scores) -> None:
    ask = {"languages": ["en", "ar"], "personas": ["none", "x-sahelia", "x-rimalia"], "wordings": 2}
    table = scores({}, ask, "language_shift")
    default = only(table, "language", persona="none")
    items = atlas.world().items
    truth = [
        jensenshannon(*(atlas.respondent_truth(item, "none", language) for language in ("en", "ar")), base=2)
        for item in items
    ]
    assert default["value"] == pytest.approx(float(np.mean(truth)), abs=1e-9)
    assert {default["language"], default["reference"]} == {"en", "ar"}
    assert only(table, "language;mean over 2 places")["value"] < 0.01 < 0.1 < default["value"]


def test_dialects_of_one_language_are_a_facet_of_their_own() -> None:
    made = toy()
    cells = [
        {"persona": "x-sahelia", "language": language, "wording": wording, "question": question.id, "p": p}
        for language, p in (("ar", [0.25] * 4), ("ar-EG", [0.5, 0.25, 0.25, 0.0]))
        for wording in ("w1", "w2")
        for question in made.questions
    ]
    row = one(measured("language_shift", context([made], answers(made, cells))))
    assert (row.facet, row.language, row.reference) == ("dialect", "ar", "ar-EG")
    assert row.value == pytest.approx(jensenshannon([0.25] * 4, [0.5, 0.25, 0.25, 0.0], base=2))
    other = [{**cell, "wording": f"{cell['wording']}-x"} if cell["language"] == "ar" else cell for cell in cells]
    apart = one(measured("language_shift", context([made], answers(made, other))))
    assert apart.value is None and "no ask in common" in apart.why


def test_language_shift_in_replies_is_seen_beyond_their_noise(scores: Scores) -> None:
    ask = {"languages": ["en", "ar"], "personas": ["none", "x-sahelia"], "mode": "sample", "samples": 30}
    table = scores({}, ask, "language_shift")
    moved, held = (only(table, "language;beyond reply noise", persona=who) for who in ("none", "x-sahelia"))
    assert moved["low"] > 0.05 and moved["p"] == pytest.approx(1 / 200) and held["p"] > 0.01
    assert "smallest attainable 0.005" in moved["method"]
    assert only(table, "language", persona="x-sahelia")["value"] > 0.1, "the noise that the other row takes out"


def test_persona_and_observer_agree_in_the_planted_world_and_self_does_not(scores: Scores) -> None:
    ask = {
        "perspectives": ["self", "persona", "observer"],
        "personas": ["none", "x-sahelia", "x-rimalia"],
        "wordings": 2,
    }
    table = scores({}, ask, "perspective_gap")
    for row in table.filter(pl.col("facet").str.starts_with("observer against persona")).iter_rows(named=True):
        assert row["value"] == 0.0
    told = only(table, "self against persona;mean over 2 places")
    assert told["value"] > 0.2 and "the persona changes with the perspective" in told["method"]
    alone = only(scores({}, {"personas": ["x-sahelia"]}, "perspective_gap"))
    assert alone["value"] is None and "one perspective only" in alone["why"]


def test_labels_move_only_who_has_a_favourite(scores: Scores) -> None:
    ask = {"labels": ["letters", "digits"], "orders": ["forward"], "personas": ["x-sahelia"]}
    assert only(scores({}, ask, "label_effect"))["value"] == 0.0
    assert only(scores({"label_bias": 0.3}, ask, "label_effect"))["value"] > 0.15
    assert only(scores({"order_bias": 0.3}, ask, "label_effect"))["value"] == 0.0
    alone = only(scores({"label_bias": 0.3}, {"personas": ["x-sahelia"]}, "label_effect"))
    assert alone["value"] is None and "one label script" in alone["why"]


def test_order_effect_of_replies_is_told_from_their_noise(scores: Scores) -> None:
    ask = {"mode": "sample", "samples": 30, "personas": ["x-sahelia"]}
    healthy, biased = scores({}, ask, "order_effect"), scores({"order_bias": 0.4}, ask, "order_effect")
    assert only(healthy)["value"] > 0.12 and only(healthy, "beyond reply noise")["p"] > 0.01
    assert only(biased, "beyond reply noise")["low"] > 0.2


def test_false_alarms_of_the_noise_test_are_as_rare_as_it_says(scores: Scores) -> None:
    ask = {"mode": "sample", "samples": 10, "personas": ["group:atlas@1"], "wordings": 1}
    found = scores({}, ask, "order_effect").filter(pl.col("facet") == "beyond reply noise")
    assert found.height == 30
    assert (found["p"] <= 0.05).sum() <= 5, "more than 5 of 30 has a chance of 1 in 300 at a rate of .05"
    assert 0.3 < found["p"].mean() < 0.7


def test_a_wording_asked_in_more_orders_weighs_no_more() -> None:
    """w1 was asked in two orders and misses in both, w2 in one and agrees: half, as in every other average."""
    asked = np.array([[True, True], [True, False], [True, True]])
    weights = _weights(asked, np.array([0, 0, 1]))
    np.testing.assert_allclose(weights, [[1 / 8, 1 / 4], [1 / 8, 0], [1 / 4, 1 / 4]])
