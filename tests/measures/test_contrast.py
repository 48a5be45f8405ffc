"""Contrast with a reference people, closer proxies, and what moves when a persona is played."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tawazun.api import run
from tawazun.studies import FOLDER
from tawazun.study import study_from
from tests.measures.synthetic import PLACES, SOURCE_NAME, asked, context, estimates, one, value, worded, world

REFERENCE = f"{SOURCE_NAME}/{PLACES[1]}"


def own(place: str = PLACES[0]) -> dict[str, str]:
    return {"persona": place, "population": f"{SOURCE_NAME}/{place}"}


def twice(shares: np.ndarray) -> np.ndarray:
    """Two wordings with the same answers: nothing but the human side varies."""
    return np.repeat(shares[:, None], 2, axis=1)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_ncad_is_one_at_the_target_and_minus_one_at_the_reference(rng: np.random.Generator) -> None:
    human = world(rng, 3, 12)
    for answers, expected in ((human[0], 1.0), (human[1], -1.0)):
        made = context(twice(answers[None]), human, personas=[PLACES[0]], reference=REFERENCE)
        rows = estimates("ncad", made)
        assert value(rows, facet="cutoff=0", **own()) == pytest.approx(expected)
        assert one(rows, facet="cutoff=0", **own()).reference == REFERENCE
        assert {row.facet for row in rows} == {"cutoff=0", "cutoff=0.05", "cutoff=0.1", "noise-ceiling"}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6), st.floats(0.05, 3.0))
def test_ncad_never_leaves_its_bounds(seed: int, options: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    human, model = world(rng, 2, 5, options, spread), world(rng, 1, 5, options, spread)
    made = context(worded(rng, model, 3, 0.4), human, personas=[PLACES[0]], reference=REFERENCE)
    for row in estimates("ncad", made):
        assert row.value is None or -1 <= row.low <= row.value <= row.high <= 1  # type: ignore[operator]


def test_cad_is_the_difference_of_the_two_similarities(rng: np.random.Generator) -> None:
    human = world(rng, 3, 10)
    made = context(worded(rng, human[:1], 3, 0.3), human, personas=[PLACES[0]], reference=REFERENCE)
    close = estimates("js_similarity", made)
    target, reference = (
        value(close, item="", persona=PLACES[0], population=p) for p in (own()["population"], REFERENCE)
    )
    rows = estimates("cad", made)
    assert value(rows, item="", **own()) == pytest.approx(target - reference)
    each = [row.value for row in rows if row.item]
    assert len(each) == 10
    assert np.mean(each) == pytest.approx(target - reference)


def test_the_weights_of_ncad_come_from_people_alone(rng: np.random.Generator) -> None:
    human = world(rng, 2, 6)
    model = twice(human[:1])
    model[:, :, :2] = np.nan
    row = one(
        estimates("ncad", context(model, human, personas=[PLACES[0]], reference=REFERENCE)), facet="cutoff=0", **own()
    )
    assert (row.value, row.n) == (pytest.approx(1.0), 4)
    assert "of which the answered items carry" in row.method


def test_a_cut_off_leaves_out_items_on_which_the_peoples_hardly_differ(rng: np.random.Generator) -> None:
    human = world(rng, 2, 6)
    human[1, :3] = human[0, :3]
    rows = estimates("ncad", context(twice(human[:1]), human, personas=[PLACES[0]], reference=REFERENCE))
    assert [one(rows, facet=f"cutoff={c}", **own()).n for c in ("0", "0.05")] == [3, 3]
    human[1] = human[0]
    rows = estimates("ncad", context(twice(human[:1]), human, personas=[PLACES[0]], reference=REFERENCE))
    assert [(row.value, row.why) for row in rows] == [
        (None, "target and reference do not differ beyond the sampling noise of their people")
    ]


def test_peoples_that_differ_by_sampling_alone_have_no_contrast(rng: np.random.Generator) -> None:
    truth = np.repeat(world(rng, 1, 20), 2, axis=0)
    made = context(twice(truth[:1]), asked(rng, truth, 200), personas=[PLACES[0]], n_eff=200, reference=REFERENCE)
    assert one(estimates("ncad", made), **own()).value is None
    unknown = context(twice(truth[:1]), asked(rng, truth, 200), personas=[PLACES[0]], reference=REFERENCE)
    row = one(estimates("ncad", unknown), facet="cutoff=0", **own())
    assert row.value is not None
    assert "excludes human error" in row.method


@pytest.mark.parametrize(
    ("reference", "persona", "why"),
    [
        ("", PLACES[0], "no reference is declared"),
        (REFERENCE, PLACES[1], "the target is the reference itself"),
        ("other-1/USA", PLACES[0], "other-1/USA is not among the people of synthetic-1"),
    ],
)
def test_why_there_is_no_contrast(rng: np.random.Generator, reference: str, persona: str, why: str) -> None:
    human = world(rng, 2, 4)
    for measure in ("cad", "ncad"):
        rows = estimates(measure, context(twice(human[:1]), human, personas=[persona], reference=reference))
        assert [(row.value, row.why.startswith(why)) for row in rows] == [(None, True)]


@pytest.mark.parametrize(
    ("measure", "facet", "persona"),
    [
        ("ncad", "cutoff=0", 0.5),
        ("cad", "", 0.5),
        ("default_pull", "", 0.5),
        ("gain", "", 0.5),
        ("overshoot", "", -0.5),
        ("country_skill", "floor=regional-with-own;ceiling=the people", 0.5),
        ("variance_ratio", "readout=logprob;temperature=1", 0.5),
        ("js_similarity_corrected", "deff=1", 0.5),
    ],
)
def test_the_error_from_people_is_what_new_samples_of_people_show(measure: str, facet: str, persona: float) -> None:
    """The delta method against 80 surveys of the same truth; the model is the same each time."""
    truth = world(np.random.default_rng(3), 4, 25)
    default, other = world(np.random.default_rng(4), 1, 25), world(np.random.default_rng(5), 1, 25)
    toward = default[0] if measure in ("default_pull", "overshoot") else other[0]
    played = np.maximum(truth[0] + persona * (toward - truth[0]), 0)
    played /= played.sum(axis=-1, keepdims=True)
    model = twice(np.stack([default[0], played]))
    values, widths = [], []
    for seed in range(80):
        people = asked(np.random.default_rng(seed), truth, 400)
        made = context(
            model, people, personas=["none", PLACES[0]], n_eff=400, reference=REFERENCE, item_correlation=0.0
        )
        rows = [row for row in estimates(measure, made) if row.facet == facet and row.item == ""]
        row = one(rows, **own())
        assert row.value is not None and row.low is not None and row.high is not None
        values.append(row.value)
        widths.append((row.high - row.low) / 2 / 1.96)
    assert np.mean(widths) == pytest.approx(np.std(values, ddof=1), rel=0.3)


def test_a_closer_proxy_is_counted_and_named(rng: np.random.Generator) -> None:
    human = world(rng, 5, 15)
    far = human[4] + 0.9 * (human[0] - human[4])
    made = context(twice(far[None]), human, personas=[PLACES[4]], reference=REFERENCE)
    row = one(estimates("proxy_rank", made), facet="", **own(PLACES[4]))
    assert row.n == 4
    assert row.value is not None and row.value > 0
    assert row.why.startswith("closer: synthetic-1/")
    perfect = context(twice(human[4:]), human, personas=[PLACES[4]], reference=REFERENCE)
    rows = estimates("proxy_rank", perfect)
    assert value(rows, facet="", **own(PLACES[4])) == 0
    gap = one(rows, facet="respondent minus reference", **own(PLACES[4]))
    assert gap.value is not None and gap.value < 0
    assert "the respondent is closer" in gap.why


def test_sampled_peoples_do_not_flatter_the_model() -> None:
    """A model as far from the target as the other people are: half the time it should be the closer one."""
    ahead = 0
    truth = world(np.random.default_rng(1), 2, 30)
    for seed in range(60):
        rng = np.random.default_rng(seed)
        people = asked(rng, truth, 60)
        made = context(twice(truth[1:]), people, personas=[PLACES[0]], n_eff=60)
        ahead += value(estimates("proxy_rank", made), facet="", **own()) == 0
    assert 15 <= ahead <= 45


def test_the_interval_of_a_rank_comes_from_the_framings(rng: np.random.Generator) -> None:
    human = world(rng, 6, 10)
    noisy = worded(rng, human[1:2], 4, 0.5)
    row = one(estimates("proxy_rank", context(noisy, human, personas=[PLACES[0]])), facet="", **own())
    assert row.low is not None and row.high is not None and row.value is not None
    assert row.low <= row.value <= row.high
    assert row.low < row.high
    single = one(estimates("proxy_rank", context(noisy[:, :1], human, personas=[PLACES[0]])), facet="", **own())
    assert single.low is None and "nothing varies" in single.why


def test_us_people_are_a_closer_proxy_for_india_than_recorded_gpt_on_the_map(tmp_path: Path) -> None:
    recorded = {
        "kind": "recorded", "file": str(FOLDER / "gpt_recorded.csv"), "instruments": ["cultural_map"],
        "fill": {"instrument": "cultural_map", "persona": "human"}, "options": {"wide": True},
    }  # fmt: skip
    models = ("gpt-3.5-turbo", "gpt-4")
    made = study_from(
        {
            "name": "proxies",
            "respondent": [{**recorded, "name": name, "where": {"model": name}} for name in models],
            "ask": {"instruments": ["cultural_map"], "personas": ["human"]},
            "measure": {
                "populations": ["cultural_map-2022"],
                "reference": "cultural_map-2022/USA",
                "measures": ["proxy_rank", "map_distance"],
            },
        },
        "test",
    )
    scores = run(made, tmp_path / "run").scores.rows(named=True)
    india = [row for row in scores if row["population"] == "cultural_map-2022/IND"]
    for name, distance in (("gpt-3.5-turbo", 3.907), ("gpt-4", 3.191)):
        rows = {(row["measure"], row["facet"]): row for row in india if row["respondent"] == name}
        assert rows["map_distance", ""]["value"] == pytest.approx(distance, abs=1e-3)
        gap = rows["proxy_rank", "map;respondent minus reference"]
        assert gap["value"] == pytest.approx(distance - 1.866, abs=1.5e-3)
        assert gap["low"] > 0
        assert (gap["reference"], gap["why"]) == ("cultural_map-2022/USA", "the reference people are closer")
        assert rows["proxy_rank", "map"]["value"] > 99


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_default_pull_is_the_share_of_the_way_to_the_default(rng: np.random.Generator, share: float) -> None:
    human, default = world(rng, 3, 12), world(rng, 1, 12)
    played = human + share * (default - human)
    made = context(twice(np.concatenate([default, played])), human, personas=["none", *PLACES[:3]])
    rows = estimates("default_pull", made)
    assert value(rows, facet="", **own()) == pytest.approx(share, abs=1e-9)
    assert value(rows, facet="over places", persona="") == pytest.approx(share, abs=1e-9)
    assert one(rows, facet="", **own()).reference == "default: none"


def test_default_pull_is_not_moved_by_noise_on_any_side() -> None:
    truth, default = world(np.random.default_rng(1), 4, 30), world(np.random.default_rng(2), 1, 30)
    played = truth + 0.3 * (default - truth)
    found = []
    for seed in range(25):
        rng = np.random.default_rng(seed)
        model = worded(rng, np.concatenate([default, played]), 4, 0.6)
        made = context(model, asked(rng, truth, 60), personas=["none", *PLACES[:4]], n_eff=60)
        found.append(value(estimates("default_pull", made), facet="over places", persona=""))
    assert np.mean(found) == pytest.approx(0.3, abs=4 * np.std(found) / 5 + 0.01)


def test_a_default_that_is_already_these_people_leaves_no_way(rng: np.random.Generator) -> None:
    truth = world(rng, 2, 20)
    made = context(
        twice(np.stack([truth[0], truth[0]])), asked(rng, truth, 100), personas=["none", PLACES[0]], n_eff=100
    )
    for measure in ("default_pull", "overshoot"):
        row = one([r for r in estimates(measure, made) if r.facet == ""], **own())
        assert row.value is None
        assert "there is no way to go" in row.why


def test_gain_and_overshoot_by_place_part_and_region(rng: np.random.Generator) -> None:
    """Maghreb personas come half the way, the others go half the way too far."""
    places = ("DZA", "EGY", "MAR")
    human, default = world(rng, 3, 12, spread=0.2, common=0.2), world(rng, 1, 12, spread=0.2, common=0.2)
    share = np.array([0.5, -0.3, 0.5])[:, None, None]
    played = human + share * (default - human)
    assert played.min() > 0
    made = context(twice(np.concatenate([default, played])), human, places=places, personas=["none", *places])
    gain, past = estimates("gain", made), estimates("overshoot", made)
    named = {place: {"persona": place, "population": f"{SOURCE_NAME}/{place}", "facet": ""} for place in places}
    assert all(value(gain, **named[place]) > 0 for place in places)
    assert value(past, **named["EGY"]) == pytest.approx(0.3)
    assert value(past, **named["MAR"]) == pytest.approx(0.0, abs=1e-9)
    assert value(past, persona="", facet="part=maghreb") == pytest.approx(0.0, abs=1e-9)
    assert value(past, persona="", facet="part=nile") == pytest.approx(0.3)
    assert one(gain, persona="", facet="over places").n == 3
    assert value(gain, persona="", facet="share of places above 0") == 1.0
    assert {row.group for row in gain if not row.persona} == {"group:arab-league@2023-05"}


def test_what_noise_alone_would_overshoot_is_taken_out_and_stands_beside_it() -> None:
    truth, default = world(np.random.default_rng(1), 2, 40), world(np.random.default_rng(2), 1, 40)
    found, floors = [], []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        model = worded(rng, np.concatenate([default, truth]), 4, 0.4)
        made = context(model, asked(rng, truth, 100), personas=["none", *PLACES[:2]], n_eff=100)
        rows = estimates("overshoot", made)
        found.append(value(rows, facet="", **own()))
        floors.append(value(rows, facet="noise-floor", **own()))
    assert abs(np.mean(found)) < 0.25 * np.mean(floors)


def test_without_default_answers_or_personas_the_row_says_so(rng: np.random.Generator) -> None:
    human = world(rng, 2, 4)
    for measure in ("default_pull", "gain", "overshoot"):
        rows = estimates(measure, context(twice(human[:1]), human, personas=[PLACES[0]]))
        assert [row.why.startswith("no default answers") for row in rows] == [True]
        rows = estimates(measure, context(twice(human[:1]), human, personas=["none"]))
        assert [row.why for row in rows] == ["no persona of a place was asked"]


@pytest.mark.parametrize(("people", "replies"), [(300, 0), (1000, 30)])
def test_ncad_says_what_a_perfect_respondent_would_score(people: int, replies: int) -> None:
    truth = world(np.random.default_rng(7), 2, 40, spread=0.4)
    found, ceilings = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        model = asked(rng, truth[:1], replies) if replies else truth[:1]
        made = context(
            model[:, None] if replies else twice(model), asked(rng, truth, people), personas=PLACES[:1], n_eff=people,
            replies=replies or np.inf, reference=REFERENCE,
        )  # fmt: skip
        facets = {row.facet: row.value for row in estimates("ncad", made)}
        found.append(facets["cutoff=0"])
        ceilings.append(facets["noise-ceiling"])
    assert np.mean(found) < 0.95
    assert np.mean(ceilings) == pytest.approx(np.mean(found), abs=0.1)
