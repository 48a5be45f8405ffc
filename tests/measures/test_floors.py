"""Sampling noise, floors, ceilings and skill over the region: what a similarity has to be read against."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from tawazun.errors import BadAnswers, BadStudy
from tawazun.stats.distances import js_divergence
from tests.measures import by_hand
from tests.measures.planted import planted_study, scored
from tests.measures.synthetic import PLACES, SOURCE_NAME, asked, context, estimates, one, value, worded, world
from tests.toys import toy

FIVE = PLACES[:5]


def twice(shares: np.ndarray) -> np.ndarray:
    return np.repeat(shares[:, None], 2, axis=1)


def own(place: str = FIVE[0]) -> dict[str, str]:
    return {"persona": place, "population": f"{SOURCE_NAME}/{place}"}


def pooled(p: np.ndarray, q: np.ndarray) -> float:
    return float(1 - np.sqrt(js_divergence(p, q).mean()))


@pytest.mark.parametrize(("replies", "people"), [(np.inf, 100), (30, np.nan), (30, 100), (0, 300)])
def test_the_corrected_similarity_is_that_of_the_noise_free_answers(replies: float, people: float) -> None:
    """Sampled people, sampled replies, both, and (0) wording noise: the mean over samples is the truth."""
    truth, model = world(np.random.default_rng(1), 1, 40), world(np.random.default_rng(2), 1, 40)
    corrected, raw = [], []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        human = truth if np.isnan(people) else asked(rng, truth, int(people))
        if replies == 0:
            given, kind = worded(rng, model, 4, 0.6), {}
        elif np.isinf(replies):
            given, kind = twice(model), {}
        else:
            given, kind = asked(rng, model, int(replies))[:, None], {"replies": replies, "mode": "sample"}
        made = context(given, human, personas=FIVE[:1], n_eff=people, **kind)  # type: ignore[arg-type]
        rows = estimates("js_similarity_corrected", made)
        facet = "excludes human error" if np.isnan(people) else "deff=1"
        corrected.append(value(rows, facet=facet, **own()))
        raw.append(value(rows, facet="uncorrected", **own()))
    true = pooled(model[0], truth[0])
    error = 4 * np.std(corrected) / np.sqrt(30)
    assert np.mean(corrected) == pytest.approx(true, abs=error + 0.002)
    assert np.mean(raw) < true - 0.004


def test_the_noise_floor_is_what_a_perfect_respondent_scores() -> None:
    truth = world(np.random.default_rng(1), 1, 40)
    scores, floors = [], []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        given, people = asked(rng, truth, 30)[:, None], asked(rng, truth, 100)
        made = context(given, people, personas=FIVE[:1], n_eff=100, replies=30, mode="sample")
        rows = estimates("js_similarity_corrected", made)
        scores.append(value(rows, facet="uncorrected", **own()))
        floors.append(value(rows, facet="noise-floor", **own()))
    assert np.mean(scores) < 0.9
    assert np.mean(floors) == pytest.approx(np.mean(scores), abs=0.01)


def test_design_effects_are_a_sensitivity_and_unknown_people_are_said() -> None:
    rng = np.random.default_rng(1)
    truth = world(rng, 2, 20)
    model, people = twice(truth[1:]), asked(rng, truth, 100)
    rows = estimates("js_similarity_corrected", context(model, people, personas=FIVE[:1], n_eff=100))
    values = [value(rows, facet=f"deff={deff}", **own()) for deff in ("1", "1.5", "2")]
    assert values == sorted(values) and values[0] < values[2]
    assert "bias of people subtracted before the root" in one(rows, facet="deff=1", **own()).method
    unknown = estimates("js_similarity_corrected", context(model, people, personas=FIVE[:1]))
    assert not [row for row in unknown if row.facet.startswith("deff")]
    assert "excludes human error" in one(unknown, facet="excludes human error", **own()).why


def test_a_difference_below_noise_is_none_and_said() -> None:
    truth = np.repeat(world(np.random.default_rng(1), 1, 5), 1, axis=0)
    made = context(twice(truth), truth, personas=FIVE[:1], n_eff=30)
    row = one(estimates("js_similarity_corrected", made), facet="deff=1", **own())
    assert row.value == 1.0
    assert "no difference beyond sampling noise" in row.why


def test_bounds_of_the_corrected_similarity_hold_the_truth() -> None:
    truth, model, held = world(np.random.default_rng(1), 1, 25), world(np.random.default_rng(2), 1, 25), 0
    true = pooled(model[0], truth[0])
    for seed in range(60):
        rng = np.random.default_rng(seed)
        made = context(worded(rng, model, 5, 0.4), asked(rng, truth, 100), personas=FIVE[:1], n_eff=100)
        row = one(estimates("js_similarity_corrected", made), facet="deff=1", **own())
        assert row.low is not None and row.high is not None
        held += row.low <= true <= row.high
    assert held >= 54


def test_similarity_that_only_tracks_entropy_shows_as_such() -> None:
    rng = np.random.default_rng(2)
    sharp = np.linspace(0.2, 3, 12)[:, None, None]
    people = np.exp(sharp * rng.normal(0, 1, (12, 15, 4)))
    people /= people.sum(axis=-1, keepdims=True)
    uniform = twice(np.full((1, 15, 4), 0.25))
    rows = estimates("js_similarity_corrected", context(uniform, people, personas=["none"]))
    assert value(rows, facet="entropy correlation") > 0.95
    assert value(rows, facet="entropy slope") > 0
    played = estimates("js_similarity_corrected", context(twice(people), people, personas=PLACES[:12]))
    flat = one(played, facet="entropy correlation")
    assert flat.value is None and "the same for all populations" in flat.why
    few = estimates("js_similarity_corrected", context(uniform, people[:3], personas=["none"]))
    assert one(few, facet="entropy slope").why == ("3 populations to compare; a regression on their entropy needs 4")


def test_any_other_people_are_a_floor_and_the_nearest_a_line() -> None:
    people = world(np.random.default_rng(3), 5, 12)
    people[2] = 0.9 * people[0] + 0.1 * people[2]
    reference = f"{SOURCE_NAME}/{FIVE[1]}"
    made = context(twice(people[:1]), people, personas=FIVE[:1], reference=reference)
    for measure in ("js_similarity", "js_divergence", "w1_similarity"):
        rows = [row for row in estimates(measure, made) if not row.item]
        floors = {row.respondent for row in rows if row.population == own()["population"] and row.respondent != "model"}
        nearest = f"floor:{SOURCE_NAME}/{FIVE[2]}"
        assert floors == {"floor:uniform", "floor:modal", "floor:regional", f"floor:{reference}", nearest}
        assert one(rows, respondent=nearest, population=own()["population"]).facet == "nearest"
        assert not any(row.respondent == f"floor:{reference}" and row.population == reference for row in rows)
    shown = value(estimates("js_similarity", made), respondent=f"floor:{reference}", population=own()["population"])
    assert shown == pytest.approx(1 - np.sqrt(js_divergence(people[0], people[1])).mean())
    skills = [row.facet for row in estimates("skill", made) if row.population == own()["population"]]
    assert f"floor={reference};ceiling=identical" in skills
    assert not any("nearest" in facet for facet in skills)


def test_a_split_of_the_people_is_the_ceiling_where_there_is_one() -> None:
    people = world(np.random.default_rng(3), 3, 12)
    made = context(twice(people[:1]), people, personas=FIVE[:1], itself=0.05)
    ceiling = one(estimates("js_similarity", made), respondent="ceiling:split-half", population=own()["population"])
    assert ceiling.value == pytest.approx(0.95)
    facets = {row.facet for row in estimates("country_skill", made) if row.persona == FIVE[0]}
    assert facets == {"floor=regional-with-own;ceiling=the people"}


@pytest.fixture(scope="module")
def five() -> np.ndarray:
    return world(np.random.default_rng(6), 5, 20, spread=0.3)


def test_country_skill_is_one_for_the_people_and_none_for_their_region(five: np.ndarray) -> None:
    left_out = np.array([np.delete(five, c, axis=0).mean(axis=0) for c in range(5)])
    stereotype = np.repeat(five.mean(axis=0)[None], 5, axis=0)
    for model, expected in ((five, 1.0), (stereotype, 0.0)):
        rows = estimates("country_skill", context(twice(model), five, personas=FIVE))
        assert value([row for row in rows if not row.persona]) == pytest.approx(expected, abs=1e-9)
        assert value(rows, **own()) == pytest.approx(expected, abs=1e-9)
    rows = estimates("country_skill", context(twice(left_out), five, personas=FIVE))
    assert all(row.value is not None and row.value < -0.3 for row in rows)


@pytest.mark.parametrize("n_eff", [400, 1000])
def test_country_skill_of_sampled_people(five: np.ndarray, n_eff: int) -> None:
    found: dict[str, list[float]] = {"people": [], "stereotype": [], "copy": []}
    for seed in range(30):
        rng = np.random.default_rng(seed)
        people = asked(rng, five, n_eff)
        models = {"people": five, "stereotype": np.repeat(five.mean(axis=0)[None], 5, axis=0),
                  "copy": np.repeat(people.mean(axis=0)[None], 5, axis=0)}  # fmt: skip
        for name, model in models.items():
            rows = estimates("country_skill", context(twice(model), people, personas=FIVE, n_eff=n_eff))
            row = one([row for row in rows if not row.persona])
            assert row.value is not None
            found[name].append(row.value)
    assert np.mean(found["people"]) == pytest.approx(1, abs=0.03)
    assert -0.2 < np.mean(found["stereotype"]) < 0.02
    assert max(found["copy"]) <= 0


def test_a_planted_stereotype_has_no_country_skill_and_a_healthy_respondent_has(tmp_path: Any) -> None:
    found = {}
    for name, options in (("stereotype", {"homogenise": 1.0}), ("healthy", {})):
        made = planted_study(options, {}, {"measures": ["country_skill"]})
        found[name] = scored(made, tmp_path / name).select("persona", "value")
    # its stereotype is a mean of latents, so it may lie a little nearer to one country than the mean of shares does
    assert found["stereotype"].filter(pl.col("persona") == "")["value"].item() <= 0
    # it has never heard of one of the seven, for which it answers as its default
    assert found["healthy"].filter(pl.col("persona") != "")["value"].median() > 0.9


def test_people_like_their_region_leave_country_skill_undefined(five: np.ndarray) -> None:
    rng = np.random.default_rng(1)
    truth = np.repeat(five[:1], 5, axis=0)
    made = context(twice(five), asked(rng, truth, 150), personas=FIVE, n_eff=150)
    rows = estimates("country_skill", made)
    assert all(row.value is None for row in rows if row.persona)
    assert all(row.why.startswith("these people are not told from their regional mean") for row in rows if row.persona)


def test_no_group_and_a_lone_place(five: np.ndarray) -> None:
    made = context(twice(five[:1]), five, personas=FIVE[:1], groups=[])
    for measure in ("country_skill", "homogenisation", "structure", "deviation_agreement", "identifiability"):
        rows = [row for row in estimates(measure, made) if row.respondent == "model"]
        assert rows and all(row.why == "no group is declared: name one in measure.groups" for row in rows)
    alone = context(twice(five[:1]), five[:1], personas=FIVE[:1])
    row = one(estimates("country_skill", alone), **own())
    assert row.why == "no item that the respondent, these people and others of their region share"


def people_rows(**changes: Any) -> list[dict[str, Any]]:
    row = {"place": "EGY", "item": "q1", "p": [0.25] * 4, "value": 2.5, "n_eff": 500.0}
    return [{**row, **changes}, {**row, "item": "q2"}]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"p": [0.5, 0.5]}, "people-1/EGY has 2 shares for q1, which has 4 answer cells"),
        ({"p": [0.2] * 5}, "people-1/EGY has 5 shares for q1, which has 4 answer cells"),
        ({"p": [0.25, 0.25, 0.25, 0.249]}, "people-1/EGY, q1: shares sum to 0.999000, not 1"),
        ({"p": [0.5, 0.7, -0.2, 0.0]}, "people-1/EGY, q1: a share is between 0 and 1"),
        ({"p": [0.5, 0.5, 0.0, float("nan")]}, "people-1/EGY, q1: a share is between 0 and 1"),
    ],
)
def test_human_shares_that_are_no_distribution_are_refused(changes: dict[str, Any], message: str) -> None:
    table = by_hand.answers(toy(2), [{"question": "q1", "p": [0.25] * 4}, {"question": "q2", "p": [0.25] * 4}])
    with pytest.raises(BadAnswers, match=message.replace("(", r"\(")):
        by_hand.context([toy(2)], table, by_hand.humans("toy", people_rows(**changes)))


@pytest.mark.parametrize("n_eff", [0.0, 1.0])
def test_an_item_that_one_person_answered_is_left_out_and_counted(n_eff: float) -> None:
    table = by_hand.answers(toy(2), [{"question": "q1", "p": [0.25] * 4}, {"question": "q2", "p": [0.25] * 4}])
    made = by_hand.context(
        [toy(2)], table, by_hand.humans("toy", people_rows(n_eff=n_eff)), groups=["group:arab-league@2023-05"]
    )
    row = next(r for r in by_hand.measured("js_similarity", made) if r.respondent == "model" and not r.item)
    assert row.n == 1
    egypt = [
        r for r in by_hand.measured("coverage", made) if r.population == "people-1/EGY" and r.facet == "any people"
    ]
    assert egypt[0].method == "1 of 2 items; 1 items left out: fewer than two effective people"


def test_a_reference_that_nobody_loaded_is_an_error() -> None:
    table = by_hand.answers(toy(1), [{"question": "q1", "p": [0.25] * 4}])
    with pytest.raises(BadStudy, match=r"measure.reference: 'people-1/USA' is none of the study's populations"):
        by_hand.context([toy(1)], table, by_hand.humans("toy", people_rows()[:1]), reference="people-1/USA")
