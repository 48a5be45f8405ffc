"""The rest of the Cultural Alignment Test: size, stability, reliability and structure of rankings of countries."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import kendalltau

from tawazun import api, atlas
from tawazun.estimates import Estimate
from tawazun.instruments import Index, instrument
from tawazun.measures.catalogue.cross_topic_agreement import split, topic_of
from tawazun.places import group
from tawazun.populations import humans_table, load_populations
from tawazun.stats.agreement import cronbach_alpha
from tawazun.study import study_from
from tests.measures.by_hand import answers, context, grid, humans, measured, one
from tests.measures.planted import planted_study, scored
from tests.toys import SOURCE, toy

WORLD = atlas.world()
KNOWN = [place for place, role in zip(WORLD.places, WORLD.roles, strict=True) if role == "known"]
ATLAS = instrument("atlas")
PEOPLE = "atlas_exact-1"
NAMES = ["index_slope", "kogut_singh", "rank_stability", "cross_topic_agreement", "reliability", "factor_congruence"]
DIMENSIONS = ("rank", "ties", "contest", "rules", "horizon", "ease")


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """A respondent that knows twenty countries: .97 of each country's people and .03 of one default for all."""
    made = planted_study(
        {},
        {"personas": KNOWN, "orders": ["forward"]},
        {"measures": NAMES, "populations": [PEOPLE], "constants": "anchor"},
    )
    return scored(made, tmp_path_factory.mktemp("cat") / "r")


def get(table: pl.DataFrame, measure: str, facet: str, **more: str) -> dict[str, Any]:
    rows = table.filter(
        (pl.col("measure") == measure) & (pl.col("facet") == facet),
        *(pl.col(key) == value for key, value in {"respondent": "planted", "item": "", **more}.items()),
    )
    assert rows.height == 1, rows
    return rows.row(0, named=True)


def test_the_slope_is_the_share_of_a_country_in_its_persona(known: pl.DataFrame) -> None:
    for name in DIMENSIONS:
        row = get(known, "index_slope", "places by persona", item=name)
        assert row["value"] == pytest.approx(0.97) and row["n"] == len(KNOWN)
    assert get(known, "index_slope", "places by persona;all indices")["value"] == pytest.approx(0.97)


@pytest.mark.parametrize(("fault", "low", "high"), [("homogenise", 0.3, 0.8), ("caricature", 1.2, 2.0)])
def test_shrunk_and_exaggerated_countries_have_other_slopes(
    fault: str, low: float, high: float, tmp_path: Path
) -> None:
    strength = {"homogenise": 0.6, "caricature": 1.0}[fault]
    region = [place for place in KNOWN if place in group("group:atlas-arab@1").members]
    made = planted_study(
        {fault: strength}, {"personas": region}, {"measures": ["index_slope"], "populations": [PEOPLE]}
    )
    row = get(scored(made, tmp_path / "r"), "index_slope", "places by persona;all indices")
    assert low < row["value"] < high


def test_kogut_singh_between_places_is_the_square_of_the_slope(known: pl.DataFrame) -> None:
    ratio = get(known, "kogut_singh", "places by persona;between places, model over people")
    assert ratio["value"] == pytest.approx(0.97**2)
    same = get(known, "kogut_singh", "places by persona;same pairs far apart")
    assert same["value"] == pytest.approx(1) and same["p"] <= 0.001
    own = known.filter(pl.col("facet").str.contains("against its people"))
    assert own.height == len(KNOWN) and own["persona"].n_unique() == len(KNOWN)
    assert own["facet"].str.contains("constants=anchor").all() and (own["value"] < 0.01).all()


def test_free_constants_have_no_distance_to_the_people(tmp_path: Path) -> None:
    made = planted_study({}, {"personas": KNOWN[:5]}, {"measures": ["kogut_singh"], "populations": [PEOPLE]})
    row = get(scored(made, tmp_path / "r"), "kogut_singh", "places by persona;against its people;constants=none")
    assert row["value"] is None and "measure.constants" in row["why"]


def test_a_stable_ranking_stays_and_a_random_one_wanders(known: pl.DataFrame) -> None:
    left = get(known, "rank_stability", "places by persona;one place left out")
    four = get(known, "rank_stability", "places by persona;places=4")
    assert left["low"] > 0.97 and four["low"] > 0.8 and four["n"] == len(KNOWN)
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.ones(5), size=(10, 1, 60))
    row = one(by_hand("rank_stability", shares, KNOWN[:10]), facet="places by persona;places=4")
    assert row.low is not None and row.high is not None and row.low < 0 < row.high and row.high - row.low > 0.3
    assert "no confidence interval" in row.why


def by_hand(measure: str, shares: np.ndarray, places: list[str], wordings: tuple[str, ...] = ("w1",)) -> list[Estimate]:
    """Estimates of hand-made answers to the atlas against the exact people."""
    cells = [
        {**cell, "p": (np.array(cell["p"][:k]) / sum(cell["p"][:k])).tolist()}
        for cell in grid(ATLAS, shares, places, wordings)
        for k in [ATLAS.question(cell["question"]).cells]  # type: ignore[union-attr]
    ]
    people = humans_table([one for place in places for one in load_populations(f"{PEOPLE}/{place}", data=None)])
    return measured(measure, context([ATLAS], answers(ATLAS, cells), people))


def exact(places: list[str]) -> np.ndarray:
    """(C, 1, Q, 5) the people's own shares."""
    return np.array([WORLD.shares[WORLD.row(place)] for place in places])[:, None]


def test_leaving_one_out_names_the_place_that_matters_most() -> None:
    shares = exact(KNOWN[:6])
    shares[2] = exact([KNOWN[12]])[0]
    row = one(by_hand("rank_stability", shares, KNOWN[:6]), facet="places by persona;one place left out")
    assert f"without {KNOWN[2]}" in row.method and row.high == pytest.approx(1)


def test_three_places_cannot_lose_one() -> None:
    (row,) = by_hand("rank_stability", exact(KNOWN[:3]), KNOWN[:3])
    assert row.value is None and "3 places" in row.why and "needs 4" in row.why


def test_items_of_one_dimension_hang_together_and_scrambled_ones_do_not(known: pl.DataFrame) -> None:
    for name in DIMENSIONS:
        row = get(known, "reliability", "alpha", item=name)
        people = get(known, "reliability", "alpha of the people", item=name)
        assert row["value"] > 0.98 and people["value"] > 0.98 and row["n"] == len(KNOWN)
        assert get(known, "reliability", "split-half", item=name)["value"] > 0.98
    rng = np.random.default_rng(1)
    shares = exact(KNOWN)
    for q in range(60):
        shares[:, :, q] = shares[rng.permutation(len(KNOWN)), :, q]
    rows = by_hand("reliability", shares, KNOWN)
    alphas = [one(rows, item=name, facet="alpha").value for name in DIMENSIONS]
    assert max(alphas) < 0.6 and np.mean(alphas) < 0.3
    index = next(index for index in ATLAS.indices if index.name == "rank")
    used = [ATLAS.questions.index(ATLAS.question(item)) for item in index.terms]
    means = shares[:, 0, used] @ np.arange(1, 6) * np.sign(list(index.terms.values()))
    assert one(rows, item="rank", facet="alpha").value == pytest.approx(float(cronbach_alpha(means)))


def test_reliability_needs_three_places_and_every_item() -> None:
    rows = by_hand("reliability", exact(KNOWN[:2]), KNOWN[:2])
    assert all(row.value is None for row in rows) and "2 places" in rows[0].why
    shares = exact(KNOWN[:4])
    shares[:, :, 0] = np.nan
    row = one(by_hand("reliability", shares, KNOWN[:4]), item="rank", population="")
    assert row.value is None and row.why == "items not asked: a01"


def test_half_of_an_index_predicts_the_other_half_as_well_as_peoples_own(known: pl.DataFrame) -> None:
    facet = "places by persona;halves of the index;average over indices"
    row, people = (
        get(known, "cross_topic_agreement", facet),
        get(known, "cross_topic_agreement", facet, respondent="ceiling:people"),
    )
    assert row["value"] > 0.9 and row["p"] <= 0.001
    assert row["value"] == pytest.approx(people["value"], abs=0.03)
    assert people["reference"] == "planted"


def test_ways_to_halve_are_distinct_and_complete() -> None:
    rng = np.random.default_rng(0)
    assert [(a.tolist(), b.tolist()) for a, b in split(4, rng)] == [
        ([0, 1], [2, 3]), ([0, 2], [1, 3]), ([0, 3], [1, 2]),
    ]  # fmt: skip
    assert len(split(5, rng)) == 10 and len(split(20, rng)) == 50
    assert topic_of(ATLAS, ATLAS.questions[0]) == "dimension:rank"
    vsm = instrument("vsm13")
    assert topic_of(vsm, vsm.questions[0]) == "idv"


def test_places_known_well_are_close_on_every_topic_and_places_known_by_topic_are_not() -> None:
    """Half of the places' answers are blended with the default: on all topics, or on other topics for each place."""
    rng, shares = np.random.default_rng(2), exact(KNOWN)
    default = atlas.default_shares("en")
    blurred = 0.4 * shares + 0.6 * default
    some = rng.random((len(KNOWN), 1, 1, 1)) < 0.5
    row = one(
        by_hand("cross_topic_agreement", np.where(some, blurred, shares), KNOWN), facet="places by persona;topics"
    )
    assert row.value is not None and row.value > 0.4 and row.p is not None and row.p <= 0.01
    topics = [topic_of(ATLAS, question) for question in ATLAS.questions]
    names = sorted(set(topics))
    by_topic = np.array([np.isin(topics, rng.choice(names, 3, replace=False)) for _ in KNOWN])[:, None, :, None]
    mixed = one(
        by_hand("cross_topic_agreement", np.where(by_topic, blurred, shares), KNOWN), facet="places by persona;topics"
    )
    assert mixed.value is not None and mixed.value < 0.1 and mixed.p is not None and mixed.p > 0.05


def test_items_hang_together_as_among_people_and_exchanged_items_do_not(known: pl.DataFrame) -> None:
    row = get(known, "factor_congruence", "level=items;mean over 6 factors")
    chance = get(known, "factor_congruence", "level=items;mean over 6 factors", respondent="floor:shuffled-items")
    assert row["value"] > 0.99 and row["p"] == pytest.approx(1 / 200) and chance["value"] < 0.4
    gap = get(known, "factor_congruence", "level=items;correlation gap")
    assert gap["value"] < 0.02 and gap["p"] == pytest.approx(1 / 200)
    rng, shares = np.random.default_rng(3), exact(KNOWN)
    five = np.flatnonzero(WORLD.cells == 5)
    for size in (2, 4, 5):
        own = np.flatnonzero(WORLD.cells == size)
        shares[:, :, own] = shares[:, :, rng.permutation(own)]
    assert len(five) == 24
    rows = by_hand("factor_congruence", shares, KNOWN)
    scrambled = one(rows, facet="level=items;mean over 6 factors", respondent="model")
    assert scrambled.value is not None and scrambled.value < 0.6
    assert one(rows, facet="level=items;correlation gap", respondent="model").value > 0.3


def test_too_few_places_have_no_structure() -> None:
    (row,) = by_hand("factor_congruence", exact(KNOWN[:4]), KNOWN[:4])
    assert row.value is None and "4 places" in row.why and "need 5" in row.why


# ---- real figures


def hofstede(data: Path, places: list[str]) -> pl.DataFrame:
    return humans_table(load_populations("hofstede-2015", data=data)).filter(pl.col("place").is_in(places))


def value_survey(places: list[str], seed: int) -> list[dict[str, Any]]:
    """Random answers to the values survey as every place."""
    rng, vsm = np.random.default_rng(seed), instrument("vsm13")
    return [
        {"persona": place, "wording": f"w{w}", "question": q.id, "p": rng.dirichlet(np.ones(5)).tolist()}
        for place in places
        for w in (1, 2, 3)
        for q in vsm.questions
    ]


def test_rankings_within_the_arab_league_are_refused_with_the_count(data_folder: Path) -> None:
    """Of 22 members the matrix of 2015 has Morocco on all six dimensions and six on two of them."""
    vsm, league = instrument("vsm13"), list(group("group:arab-league@2023-05").members)
    made = context([vsm], answers(vsm, value_survey(league, 0)), hofstede(data_folder, league))
    rows = measured("rank_agreement", made)
    for item in ("pdi", "idv", "mas", "uai"):
        row = one(rows, item=item)
        assert row.value is None and row.why.startswith("1 places with this index on both sides; a ranking needs 3")
    for item in ("lto", "ivr"):
        assert one(rows, item=item).n == 6 and one(rows, item=item).value is not None
    average = one(rows, item="")
    assert average.value is None and average.why.startswith("1 places have every index")
    for measure in ("rank_stability", "kogut_singh"):
        (row,) = [row for row in measured(measure, made) if not row.item]
        assert row.value is None and row.why.startswith("1 places have every index on both sides")


def test_sources_with_index_scores_only_compare_indices(data_folder: Path) -> None:
    vsm = instrument("vsm13")
    people = load_populations("hofstede-2015", data=data_folder)
    whole = [one.place for one in people if len(one.answers) == 6 and not one.place.startswith("x-")][:20]
    made = context([vsm], answers(vsm, value_survey(whole, 1)), hofstede(data_folder, whole))
    rows = measured("factor_congruence", made)
    assert {row.facet.split(";")[0] for row in rows} == {"level=indices"}
    gap = one(rows, facet="level=indices;correlation gap", respondent="model")
    assert gap.value is not None and gap.p is not None and gap.p > 0.05
    topics = one(measured("cross_topic_agreement", made), facet="places by persona;topics")
    assert topics.value is not None and topics.n == 20 and topics.p is not None and topics.p > 0.01
    halves = one(measured("cross_topic_agreement", made), facet="places by persona;halves of the index", item="")
    assert halves.value is None and "0 places" in halves.why
    people_alpha = one(measured("reliability", made), item="pdi", facet="alpha of the people")
    assert people_alpha.value is None and "no item answers" in people_alpha.why


def test_slopes_of_recorded_gpt_4_against_the_published_scores(data_folder: Path, tmp_path: Path) -> None:
    """GPT-4 acting as four countries in the 2023 preprint: slopes from its own item means, by least squares."""
    study = study_from(
        {
            "name": "GPT-4",
            "respondent": [
                {
                    "name": "GPT-4",
                    "kind": "recorded",
                    "file": str(data_folder / "vsm13_recorded" / "item_means_2023.csv"),
                    "columns": {"mean": "mean", "sd": "std", "persona": "condition"},
                    "values": {
                        "persona": {"actas:US": "USA", "actas:China": "CHN", "actas:Saudi Arabia": "SAU",
                                    "actas:Slovakia": "SVK", "*": "none"},
                        "language": {"*": "en"},
                    },
                    "where": {"model": "ChatGPT Plus GPT-4", "table": 6,
                              "condition": ["actas:US", "actas:China", "actas:Saudi Arabia", "actas:Slovakia"]},
                    "fill": {"instrument": "vsm13", "n": 30},
                }
            ],
            "ask": {"instruments": ["vsm13"]},
            "measure": {"populations": ["hofstede_cat-2023"], "measures": NAMES},
        },
        "test.toml",
    )  # fmt: skip
    scores = api.run(study, tmp_path / "run").scores
    order = {"USA": (91, 95.7), "SAU": (48, -42.0), "CHN": (20, -33.8), "SVK": (52, 26.8)}
    human, model = zip(*order.values(), strict=True)
    row = get(scores, "index_slope", "places by persona", respondent="GPT-4", item="idv")
    assert row["value"] == pytest.approx(float(np.polyfit(human, model, 1)[0]), abs=0.01)
    assert row["low"] < row["value"] < row["high"], "from the thirty replies behind every mean"
    left = get(scores, "rank_stability", "places by persona;one place left out", respondent="GPT-4")
    assert left["low"] < 0.33 < left["high"], "four countries: without one of them the average is anything"
    assert kendalltau(human, model).statistic == pytest.approx(2 / 3)
    few = get(scores, "factor_congruence", "", respondent="GPT-4")
    assert "4 places" in few["why"]


def distances(people_n: int, replies: int, known: bool) -> tuple[list[Estimate], list[Estimate]]:
    """Distances of places from their people, and ratios, in 120 worlds that differ from them by sampling alone."""
    rng = np.random.default_rng(5)
    indices = (Index("a", {"q1": 10, "q2": -10}, "A", SOURCE), Index("b", {"q3": 10, "q4": 5}, "B", SOURCE))
    made = replace(toy(items=4), indices=indices)
    places = ["EGY", "MAR", "TUN", "JOR", "LBN", "IRQ"]
    truth = rng.dirichlet(np.full(4, 1.5), size=(len(places), 4))
    size = float(people_n) if known else None
    own, ratios = [], []
    for _ in range(120):
        drawn = rng.multinomial(people_n, truth) / people_n
        wordings = rng.multinomial(replies, np.repeat(truth[:, None], 3, axis=1)) / replies
        people = [
            {"place": place, "item": f"q{q + 1}", "p": drawn[c, q].tolist(), "n": size, "n_eff": size}
            for c, place in enumerate(places)
            for q in range(4)
        ]
        table = answers(made, grid(made, wordings, places, ("w1", "w2", "w3")))
        rows = measured("kogut_singh", context([made], table, humans(made.name, people), constants="anchor"))
        own += [row for row in rows if "against its people" in row.facet]
        ratios.append(one(rows, facet="places by persona;between places, model over people"))
    return own, ratios


def test_distances_between_profiles_are_corrected_for_the_sampling_of_both_sides() -> None:
    values = np.array([row.value for row in distances(60, 40, True)[0]]).reshape(120, -1).mean(axis=1)
    assert abs(values.mean()) < 3 * values.std(ddof=1) / np.sqrt(120)
    own, _ = distances(60, 40, False)
    values = np.array([row.value for row in own]).reshape(120, -1).mean(axis=1)
    assert values.mean() > 3 * values.std(ddof=1) / np.sqrt(120)
    assert all("sampling error of people is unknown and left in" in row.why for row in own)
    ratios = distances(400, 10, True)[1]
    plain = [float(row.method.partition(" uncorrected")[0].rpartition(", ")[2]) for row in ratios]
    assert np.mean(plain) > 1.3 and abs(np.mean([row.value for row in ratios]) - 1) < 0.15
