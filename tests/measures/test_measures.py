"""Each measure against an independent computation, and what it says when it cannot be computed."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon
from scipy.stats import kendalltau, wasserstein_distance

from tawazun.answers import SCHEMA
from tawazun.estimates import SCORES, Estimate, scores_table, varied
from tawazun.instruments import Index, Instrument, Question, Wording
from tawazun.measures import measure_answers
from tawazun.populations import HumanAnswer, Population, humans_table
from tawazun.seeds import stream
from tests.toys import SOURCE, study, toy

TOY = replace(
    toy(items=6), indices=(Index("up", {"q1": 10, "q2": -10}, "Up", SOURCE), Index("on", {"q3": 5}, "On", SOURCE))
)
PLACES = ("EGY", "MAR", "TUN", "JOR", "LBN")
WORDINGS = ("w1", "w2", "w3")


def shares(*parts: object) -> np.ndarray:
    """Four made-up shares that depend on their parts alone."""
    return stream("toy shares", *map(str, parts)).dirichlet(np.ones(4))


def answer_row(persona: str, item: str, wording: str, **changes: Any) -> dict[str, Any]:
    """One logprob answer."""
    key = f"{persona}/{item}/{wording}/{changes.get('order', 'forward')}/{changes.get('respondent', 'm')}"
    return {
        **dict.fromkeys(SCHEMA, None), "ask": key, "cell": key, "respondent": "m", "respondent_id": "id",
        "instrument": "toy", "question": item, "persona": persona,
        "perspective": "self" if persona in ("none", "human") else "persona", "language": "en", "wording": wording,
        "order": "forward", "labels": "letters", "placement": "system", "context": "", "decoding": "readout",
        "mode": "logprob", "p": list(0.9 * shares(key)), "off_menu": 0.1, **changes,
    }  # fmt: skip


def answers(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMA)


def everyone(wordings: tuple[str, ...] = WORDINGS, **changes: Any) -> list[dict[str, Any]]:
    return [
        answer_row(persona, f"q{item}", wording, **changes)
        for persona in ("none", *PLACES)
        for item in range(1, 7)
        for wording in wordings
    ]


def people(n: float | None = 500.0) -> list[Population]:
    made = []
    for place in PLACES:
        own = tuple(
            HumanAnswer(f"q{i}", tuple(shares("people", place, i)), None, n=n, n_eff=n, deff=1.0) for i in range(1, 7)
        )
        error = "none" if n is None else "sampled"
        made.append(Population(f"toysurvey-1/{place}", place, "toy", "distributions", own, SOURCE, error))  # type: ignore[arg-type]
    return made


def scored(
    rows: list[dict[str, Any]], instrument: Instrument = TOY, n: float | None = 500.0, **measure: Any
) -> pl.DataFrame:
    made = study(measure={"populations": ["toysurvey-1"], "groups": ["group:arab-league@2023-05"], **measure},
                 gates={"allowed_mass": 0.0, "refusal_rate": 1.0, "unread_rate": 1.0})  # fmt: skip
    return scores_table(measure_answers(made, answers(rows), humans_table(people(n)), [instrument]))


def one(scores: pl.DataFrame, **where: str) -> dict[str, Any]:
    rows = scores.filter(*(pl.col(name) == value for name, value in where.items()))
    assert rows.height == 1, rows
    return rows.row(0, named=True)


def averaged(persona: str, item: int, wordings: tuple[str, ...] = WORDINGS) -> np.ndarray:
    return np.mean([shares(answer_row(persona, f"q{item}", w)["ask"]) for w in wordings], axis=0)


def test_js_similarity_is_the_mean_over_items_of_scipys() -> None:
    row = one(scored(everyone()), measure="js_similarity", persona="EGY", population="toysurvey-1/MAR", item="")
    each = [1 - jensenshannon(averaged("EGY", i), shares("people", "MAR", i), base=2) for i in range(1, 7)]
    assert row["value"] == pytest.approx(np.mean(each))
    assert row["n"] == 6 and row["low"] < row["value"] < row["high"]
    assert "jackknife over 3 wordings" in row["method"] and "delta" in row["method"]


def test_w1_similarity_is_scipys() -> None:
    row = one(scored(everyone()), measure="w1_similarity", persona="EGY", population="toysurvey-1/EGY", item="")
    codes = np.arange(1, 5)
    each = [
        1 - wasserstein_distance(codes, codes, averaged("EGY", i), shares("people", "EGY", i)) / 3 for i in range(1, 7)
    ]
    assert row["value"] == pytest.approx(np.mean(each))


def test_item_rows_stand_for_the_own_people_and_for_nobody_in_particular() -> None:
    scores = scored(everyone()).filter((pl.col("measure") == "js_similarity") & (pl.col("item") != ""))
    pairs = set(scores.select("persona", "population").unique().rows())
    own = {(place, f"toysurvey-1/{place}") for place in PLACES}
    assert pairs == own | {("none", f"toysurvey-1/{place}") for place in PLACES}
    whole = one(scored(everyone()), measure="js_similarity", persona="EGY", population="toysurvey-1/EGY", item="")
    mine = scores.filter(pl.col("persona") == "EGY")
    assert mine["value"].mean() == pytest.approx(whole["value"])


def test_an_index_interval_is_the_t_interval_over_wordings() -> None:
    row = one(scored(everyone()), measure="index", persona="EGY", item="up")
    codes = np.arange(1, 5)
    per_wording = [
        10 * codes @ shares(answer_row("EGY", "q1", w)["ask"]) - 10 * codes @ shares(answer_row("EGY", "q2", w)["ask"])
        for w in WORDINGS
    ]
    low, high = stats.t.interval(0.95, 2, np.mean(per_wording), stats.sem(per_wording))
    assert (row["value"], row["low"], row["high"]) == pytest.approx((np.mean(per_wording), low, high))


def test_orders_inside_a_wording_are_averaged_before_wordings_are() -> None:
    both = everyone() + everyone(order="reversed")
    row = one(scored(both), measure="js_similarity", persona="EGY", population="toysurvey-1/EGY", item="")
    assert "jackknife over 3 wordings" in row["method"]
    effect = one(scored(both), measure="order_effect", persona="EGY")
    each = [
        jensenshannon(
            shares(answer_row("EGY", f"q{i}", w)["ask"]),
            shares(answer_row("EGY", f"q{i}", w, order="reversed")["ask"]),
            base=2,
        )
        for i in range(1, 7)
        for w in WORDINGS
    ]  # fmt: skip
    assert effect["value"] == pytest.approx(np.mean(each))


def test_one_framing_and_no_replies_leave_no_interval_and_say_why() -> None:
    scores = scored(everyone(("w1",)))
    for measure in ("js_similarity", "index", "skill"):
        rows = scores.filter((pl.col("measure") == measure) & (pl.col("respondent") == "m"))
        assert rows["value"].null_count() == 0
        assert rows["low"].null_count() == rows["high"].null_count() == rows.height
        assert rows["why"].str.contains("one framing").all()


def test_replies_of_one_framing_make_an_interval_that_more_replies_narrow() -> None:
    def width(n: int) -> float:
        rows = [{**row, "mode": "sample", "n": float(n), "off_menu": None, "refused": 0.1, "unread": 0.0,
                 "decoding": "t=1,p=1,max=8,seed=0"} for row in everyone(("w1",))]  # fmt: skip
        row = one(scored(rows), measure="index", persona="EGY", item="up")
        assert "draws of replies" in row["method"]
        return float(row["high"] - row["low"])

    assert width(100) == pytest.approx(width(400) * 2, rel=0.2)


def test_a_recorded_mean_with_sd_and_n_gives_the_textbook_interval() -> None:
    rows = [{**row, "p": None, "off_menu": None, "mode": "recorded", "value": 2.5, "sd": 0.8, "n": 30.0}
            for row in everyone(("w1",))]  # fmt: skip
    scores = scored(rows, draws=20000)
    row = one(scores, measure="index", persona="EGY", item="on")
    half = 1.96 * 5 * 0.8 / np.sqrt(30)
    assert row["value"] == pytest.approx(12.5)
    assert (row["high"] - row["low"]) / 2 == pytest.approx(half, rel=0.15)
    nothing = one(scores, measure="js_similarity", persona="EGY", population="toysurvey-1/EGY", item="")
    assert nothing["value"] is None and "distribution" in nothing["why"]


def test_without_human_n_the_interval_says_that_it_leaves_their_error_out() -> None:
    known = one(scored(everyone()), measure="js_similarity", persona="EGY", population="toysurvey-1/EGY", item="")
    unknown = one(
        scored(everyone(), n=None), measure="js_similarity", persona="EGY", population="toysurvey-1/EGY", item=""
    )
    assert "excludes human error" in unknown["method"]
    assert unknown["high"] - unknown["low"] < known["high"] - known["low"]


def test_skill_is_the_share_of_the_way_from_its_floor() -> None:
    scores = scored(everyone())
    own = {"persona": "EGY", "population": "toysurvey-1/EGY"}
    model = one(scores, measure="js_similarity", item="", **own)["value"]
    for floor in ("uniform", "modal", "regional"):
        bottom = one(scores, measure="js_similarity", respondent=f"floor:{floor}", population="toysurvey-1/EGY")[
            "value"
        ]
        row = one(scores, measure="skill", facet=f"floor={floor};ceiling=identical", **own)
        assert row["value"] == pytest.approx((model - bottom) / (1 - bottom))
        assert row["low"] < row["value"] < row["high"]


def test_the_regional_floor_leaves_the_own_country_out() -> None:
    row = one(scored(everyone()), measure="js_similarity", respondent="floor:regional", population="toysurvey-1/EGY")
    others = [place for place in PLACES if place != "EGY"]
    each = [
        1 - jensenshannon(np.mean([shares("people", o, i) for o in others], axis=0), shares("people", "EGY", i), base=2)
        for i in range(1, 7)
    ]
    assert row["value"] == pytest.approx(np.mean(each)) and row["group"] == "group:arab-league@2023-05"


def test_rank_agreement_is_scipys_and_its_test_relabels_places() -> None:
    row = one(scored(everyone()), measure="rank_agreement", item="on")
    codes = np.arange(1, 5)
    model = [round(5 * codes @ averaged(place, 3), 6) for place in PLACES]
    human = [round(5 * codes @ shares("people", place, 3), 6) for place in PLACES]
    assert row["value"] == pytest.approx(kendalltau(model, human).statistic)
    exact = kendalltau(model, human, alternative="greater", method="exact").pvalue
    assert row["p"] == pytest.approx(exact)
    assert f"smallest attainable p {1 / 120:.3g}" in row["method"]


def test_three_places_are_described_but_never_tested() -> None:
    rows = [row for row in everyone() if row["persona"] in ("EGY", "MAR", "TUN")]
    row = one(scored(rows), measure="rank_agreement", item="on")
    assert row["value"] is not None and row["p"] is None
    assert "smallest attainable p is 0.167, above alpha 0.05" in row["why"]
    two = [row for row in everyone() if row["persona"] in ("EGY", "MAR")]
    row = one(scored(two), measure="rank_agreement", item="on")
    assert row["value"] is None and "2 places" in row["why"]


def test_a_constant_ranking_is_undefined_counted_and_never_minus_one() -> None:
    rows = [{**row, "p": [0.225] * 4} if row["question"] == "q3" else row for row in everyone()]
    scores = scored(rows)
    row = one(scores, measure="rank_agreement", item="on")
    assert row["value"] is None and "undefined" in row["why"]
    average = one(scores, measure="rank_agreement", item="")
    other = one(scores, measure="rank_agreement", item="up")
    assert average["value"] == pytest.approx(other["value"]) and average["n"] == 1
    assert "1 of 2 rankings undefined" in average["why"]
    habit = scored(rows, undefined_rank="minus-one")
    assert one(habit, measure="rank_agreement", item="on")["value"] == -1.0
    assert one(habit, measure="rank_agreement", item="")["value"] == pytest.approx((other["value"] - 1) / 2)


def test_chance_levels_stand_beside_misranked() -> None:
    scores = scored(everyone())
    mean = one(scores, measure="misranked", respondent="m", facet="places by persona;mean over places")
    chance = scores.filter((pl.col("measure") == "misranked") & pl.col("facet").str.contains("mean over places;chance"))
    assert 0 <= mean["value"] <= 1 and chance["value"].item() == pytest.approx(0.8)


def test_constants_policies() -> None:
    raw = one(scored(everyone()), measure="index", persona="EGY", item="on")
    assert "constants=none" in raw["facet"]
    fixed = one(
        scored(everyone(), constants="fixed", fixed_constants={"on": 50}), measure="index", persona="EGY", item="on"
    )
    assert fixed["value"] == pytest.approx(raw["value"] + 50) and "constants=fixed" in fixed["facet"]
    anchored = scored(everyone(), constants="anchor")
    values = {place: one(anchored, measure="index", persona=place, item="on")["value"] for place in PLACES}
    human = {place: 5 * np.arange(1, 5) @ shares("people", place, 3) for place in PLACES}
    assert np.mean(list(values.values())) == pytest.approx(np.mean(list(human.values())))
    nobody = one(anchored, measure="index", persona="none", item="on")
    assert nobody["value"] is None and "two matched places" in nobody["why"]


def test_an_item_that_nobody_answered_is_missing_never_uniform() -> None:
    rows = [
        {**row, "p": [0.0] * 4, "off_menu": None, "refused": 1.0, "unread": 0.0, "n": 10.0, "mode": "sample"}
        if row["question"] == "q1" else row for row in everyone()
    ]  # fmt: skip
    scores = scored([{**row, "mode": "sample"} for row in rows])
    row = one(scores, measure="js_similarity", persona="EGY", population="toysurvey-1/EGY", item="")
    assert row["n"] == 5
    index = one(scores, measure="index", persona="EGY", item="up")
    assert index["value"] is None and "no readable answer" in index["why"]


def test_failed_cells_are_left_out() -> None:
    rows = [
        {**row, "p": None, "off_menu": None, "error": "no answer"} if row["wording"] == "w3" else row
        for row in everyone()
    ]
    row = one(scored(rows), measure="js_similarity", persona="EGY", population="toysurvey-1/EGY", item="")
    assert "jackknife over 2 wordings" in row["method"]


def test_the_order_of_rows_changes_nothing() -> None:
    rows = everyone() + everyone(order="reversed")
    mixed = [rows[i] for i in np.random.default_rng(0).permutation(len(rows))]
    keys = ["measure", "respondent", "persona", "population", "item", "facet"]
    a, b = (scored(r).sort(keys) for r in (rows, mixed))
    for column in ("value", "low", "high", "p"):
        left, right = a[column].fill_null(-9).to_numpy(), b[column].fill_null(-9).to_numpy()
        assert left == pytest.approx(right, abs=1e-9)


def test_no_nan_reaches_the_table_and_every_null_says_why(tmp_path: Path) -> None:
    scores = scored(everyone())
    assert scores.columns == list(SCORES)
    floats = [name for name, kind in SCORES.items() if kind == pl.Float64]
    assert sum(scores[name].is_nan().sum() for name in floats) == 0
    assert (scores.filter(pl.col("value").is_null())["why"] != "").all()
    model = scores.filter((pl.col("respondent") == "m") & pl.col("low").is_null() & pl.col("value").is_not_null())
    assert (model["why"] != "").all()


def test_gates_mark_and_withhold() -> None:
    made = study(measure={"populations": ["toysurvey-1"]}, gates={"allowed_mass": 0.95, "half_width": 1e-6})
    scores = scores_table(measure_answers(made, answers(everyone()), humans_table(people()), [TOY]))
    row = one(scores, measure="js_similarity", persona="EGY", population="toysurvey-1/EGY", item="")
    assert row["value"] is not None and not row["interpretable"]
    assert "allowed mass 0.900 is below the gate 0.95" in row["why"] and "half-width" in row["why"]
    assert one(scores, measure="rank_agreement", item="on")["value"] is None
    assert one(scores, measure="allowed_mass", persona="EGY")["interpretable"]


def test_wordings_weigh_the_same_however_often_each_was_asked() -> None:
    rows = everyone() + [row for row in everyone(order="reversed") if row["wording"] == "w1"]
    row = one(scored(rows), measure="index", persona="EGY", item="on")
    codes = np.arange(1, 5)

    def read(wording: str, order: str) -> float:
        return float(5 * codes @ shares(answer_row("EGY", "q3", wording, order=order)["ask"]))

    first = (read("w1", "forward") + read("w1", "reversed")) / 2
    assert row["value"] == pytest.approx(np.mean([first, read("w2", "forward"), read("w3", "forward")]))


def test_an_item_of_one_wording_leaves_no_interval() -> None:
    rows = [row for row in everyone() if row["question"] != "q1" or row["wording"] == "w1"]
    scores = scored(rows)
    index = one(scores, measure="index", persona="EGY", item="up")
    assert index["value"] is not None and index["low"] is None and "one wording only" in index["why"]
    assert one(scores, measure="index", persona="EGY", item="on")["low"] is not None


def test_equal_answers_still_have_the_peoples_error() -> None:
    rows = [{**row, "p": list(0.9 * shares("people", row["persona"], int(row["question"][1])))}
            for row in everyone() if row["persona"] != "none"]  # fmt: skip
    scores = scored(rows)
    for measure in ("js_similarity", "w1_similarity"):
        row = one(scores, measure=measure, persona="EGY", population="toysurvey-1/EGY", item="")
        assert row["value"] == pytest.approx(1.0) and row["low"] < 0.999
        assert "humans by delta method" in row["method"]


def test_anchored_indices_lose_what_all_places_share() -> None:
    """A shift of each wording that is the same everywhere moves no anchored index, so it widens none."""
    rows = []
    for row in everyone():
        if row["persona"] != "none":
            shift = {"w1": 0.0, "w2": 0.3, "w3": -0.3}[row["wording"]]
            base = {place: 2.0 + 0.2 * i for i, place in enumerate(PLACES)}[row["persona"]]
            rows.append({**row, "p": None, "off_menu": None, "value": base + shift, "mode": "recorded"})
    raw = one(scored(rows), measure="index", persona="EGY", item="on")
    anchored = one(scored(rows, constants="anchor"), measure="index", persona="EGY", item="on")
    assert raw["high"] - raw["low"] > 5
    assert anchored["high"] - anchored["low"] < 1e-6


def test_a_gate_looks_at_the_items_a_subject_was_asked() -> None:
    rows = [{**row, "mode": "sample", "n": 50.0, "off_menu": None, "refused": 0.1, "unread": 0.0} for row in everyone()]
    kept = [row for row in rows if row["persona"] != "MAR" or row["question"] == "q1"]
    made = study(measure={"populations": ["toysurvey-1"]}, gates={"refusal_rate": 0.5})
    scores = scores_table(measure_answers(made, answers(kept), humans_table(people()), [TOY]))
    row = one(scores, measure="js_similarity", persona="MAR", population="toysurvey-1/MAR", item="")
    assert row["interpretable"] and row["n"] == 1


def test_a_persona_with_attributes_stops_no_ranking() -> None:
    odd = [
        {**row, "persona": "EGY?sex=f", "p": [0.1] * 4, "off_menu": 0.6}
        for row in everyone()
        if row["persona"] == "EGY"
    ]
    made = study(measure={"populations": ["toysurvey-1"]}, gates={"allowed_mass": 0.8})
    scores = scores_table(measure_answers(made, answers(everyone() + odd), humans_table(people()), [TOY]))
    assert one(scores, measure="rank_agreement", item="on")["value"] is not None


def test_an_index_that_the_people_do_not_have_stops_no_average() -> None:
    ready = tuple(
        Population(f"ready-1/{p}", p, "toy", "indices", (HumanAnswer("up", None, float(i)),), SOURCE, "none")
        for i, p in enumerate(PLACES)
    )
    made = study(measure={"populations": ["ready-1"]}, gates={"allowed_mass": 0.0})
    scores = scores_table(measure_answers(made, answers(everyone()), humans_table(ready), [TOY]))
    row = one(scores, measure="rank_agreement", item="")
    assert row["value"] is not None and row["n"] == 1 and "1 indices" in row["why"]


def test_mentions_in_replies_have_an_interval() -> None:
    options = ("apples", "pears", "plums")
    fruit = Question("q", "some", (1.0, 0.0, -1.0), (Wording("w1", "en", "Which?", options),), pick=2)
    basket = Instrument("toy", "Fruit", (fruit,), SOURCE, "x", indices=(Index("sweet", {"q": 10}, "Sweet", SOURCE),))
    rows = [
        answer_row("none", "q", "w1", p=[0.4, 0.3, 0.2], off_menu=None, refused=0.5, unread=0.0, n=200.0, mode="sample")
    ]
    made = study(gates={"refusal_rate": 1.0})
    scores = scores_table(measure_answers(made, answers(rows), humans_table([]), [basket]))
    row = one(scores, measure="index", item="sweet")
    assert row["value"] == pytest.approx(10 * (0.8 - 0.4))  # among the half that answered
    assert row["low"] < row["value"] < row["high"]


@pytest.mark.parametrize("measure", ["skill", "js_similarity", "w1_similarity"])
def test_people_without_distributions_are_a_reason_and_no_gap(measure: str) -> None:
    bare = [
        Population(f"toysurvey-1/{place}", place, "toy", "indices", (HumanAnswer("up", None, 3.0),), SOURCE, "none")
        for place in PLACES
    ]
    made = study(measure={"populations": ["toysurvey-1"], "measures": [measure]}, gates={"allowed_mass": 0.0})
    scores = scores_table(measure_answers(made, answers(everyone()), humans_table(bare), [TOY]))
    assert set(scores["persona"]) == {"none", *PLACES}
    assert scores["value"].null_count() == scores.height
    assert set(scores["why"]) == {"no population with distributions for this instrument"}


def test_many_rows_at_once_are_those_of_replace() -> None:
    base = Estimate("skill", "model", "toy", persona="EGY", n=3)
    many = list(varied(base, item=["a", "b"], value=[0.1, None], why=["", "none"]))
    assert many == [replace(base, item="a", value=0.1), replace(base, item="b", value=None, why="none")]
    with pytest.raises(TypeError, match="worth"):
        varied(base, worth=[1])
