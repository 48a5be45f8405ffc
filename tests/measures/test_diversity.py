"""Egypt, or just Arab? Differences between places, their direction, the spread inside them, and whose answers."""

from pathlib import Path

import numpy as np
import pytest

from tawazun import atlas
from tawazun.instruments import instrument
from tawazun.measures.families import holm_family
from tawazun.populations import humans_table, load_populations
from tests.measures import by_hand
from tests.measures.planted import planted_study, scored
from tests.measures.synthetic import PLACES, REGION, SOURCE_NAME, asked, context, estimates, one, value, worded, world

SEVEN = PLACES[:7]


def twice(shares: np.ndarray) -> np.ndarray:
    return np.repeat(shares[:, None], 2, axis=1)


def mixed(shares: np.ndarray, keep: float) -> np.ndarray:
    """Deviations from the mean over places, times a factor; as far as shares can go."""
    mean = shares.mean(axis=0)
    found = np.maximum(mean + keep * (shares - mean), 0)
    return np.asarray(found / found.sum(axis=-1, keepdims=True))


@pytest.fixture(scope="module")
def seven() -> np.ndarray:
    return world(np.random.default_rng(11), 7, 20, spread=0.25, common=0.3)


@pytest.mark.parametrize("keep", [0.0, 0.5, 1.0, -1.0, 1.5])
def test_every_diversity_measure_reads_the_planted_factor(seven: np.ndarray, keep: float) -> None:
    moved = mixed(seven, keep)
    made = context(twice(moved), seven, personas=SEVEN)
    assert value(estimates("homogenisation", made), facet="") == pytest.approx(keep**2, abs=2e-3)
    deviation = estimates("deviation_agreement", made)
    assert value(deviation, facet="slope") == pytest.approx(keep, abs=2e-3)
    if keep:
        assert value(deviation, facet="correlation") == pytest.approx(np.sign(keep), abs=1e-3)
        assert value(deviation, facet="correlation without noise") == pytest.approx(np.sign(keep), abs=1e-3)
        assert value(estimates("structure", made)) == pytest.approx(1.0, abs=0.01)
    each = [row.value for row in deviation if row.facet == "slope of one place"]
    assert each == pytest.approx([keep] * 7, abs=5e-3)


def test_the_mirror_passes_mantel_and_is_caught_by_deviation_agreement(seven: np.ndarray) -> None:
    made = context(twice(mixed(seven, -1.0)), seven, personas=SEVEN)
    structure = one(estimates("structure", made))
    assert structure.value == pytest.approx(1.0) and structure.p is not None and structure.p < 0.01
    assert structure.why.startswith("no claim of structure: deviation_agreement is -1.00")
    slope = one(estimates("deviation_agreement", made), facet="slope")
    assert slope.high is not None and slope.high < 0
    honest = one(estimates("structure", context(twice(seven), seven, personas=SEVEN)))
    assert honest.why == ""


def test_noise_moves_neither_the_ratio_nor_the_slope(seven: np.ndarray) -> None:
    moved, found = mixed(seven, 0.5), []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        made = context(worded(rng, moved, 4, 0.4), asked(rng, seven, 150), personas=SEVEN, n_eff=150)
        deviation = estimates("deviation_agreement", made)
        found.append(
            (
                value(estimates("homogenisation", made), facet=""),
                value(deviation, facet="slope"),
                value(deviation, facet="correlation without noise"),
                value(deviation, facet="correlation"),
            )
        )
    ratio, slope, freed, plain = np.mean(found, axis=0)
    error = 4 * np.std(found, axis=0) / np.sqrt(20)
    assert ratio == pytest.approx(0.25, abs=error[0])
    assert slope == pytest.approx(0.5, abs=error[1])
    assert freed == pytest.approx(1.0, abs=0.1)  # clipped at 1, so a little below it on average
    assert plain < 0.8


@pytest.mark.parametrize("replies", [np.inf, 20])
def test_what_no_difference_would_score_is_printed(replies: float) -> None:
    """A stereotype with noise: debiased near 0, inside the printed range; uncorrected as the row says it would be."""
    people, inside, raw, printed = world(np.random.default_rng(2), 7, 15), 0, [], []
    same = np.repeat(people.mean(axis=0)[None], 7, axis=0)
    for seed in range(40):
        rng = np.random.default_rng(seed)
        model = worded(rng, same, 4, 0.4) if np.isinf(replies) else asked(rng, same, int(replies))[:, None]
        made = context(model, people, personas=SEVEN, replies=replies, mode="sample", draws=100)
        rows = estimates("homogenisation", made)
        score = value(rows, facet="")
        floor = one(rows, respondent="floor:zero-difference", facet="")
        assert floor.value == 0 and floor.low is not None and floor.high is not None
        inside += floor.low <= score <= floor.high
        raw.append(value(rows, facet="uncorrected"))
        printed.append(value(rows, respondent="floor:zero-difference", facet="uncorrected"))
    assert inside >= 33
    assert np.mean(raw) == pytest.approx(np.mean(printed), rel=0.1)


def test_a_wording_that_moves_all_places_alike_is_no_noise_between_them(seven: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    shifted = np.stack([seven * np.exp(rng.normal(0, 0.6, seven.shape[1:])) for _ in range(4)], axis=1)
    shifted /= shifted.sum(axis=-1, keepdims=True)
    rows = estimates("homogenisation", context(shifted, seven, personas=SEVEN))
    assert value(rows, facet="") == pytest.approx(value(rows, facet="uncorrected"), rel=0.1)


@pytest.mark.parametrize(("count", "refused"), [(2, True), (3, True), (4, False)])
def test_structure_is_refused_where_no_result_could_reach_alpha(count: int, refused: bool) -> None:
    people = world(np.random.default_rng(5), count, 15)
    row = one(estimates("structure", context(twice(people), people, personas=PLACES[:count])))
    assert (row.value is None) == refused
    if count == 3:
        assert row.why == (
            "no test: with 3 places the smallest attainable p is 0.167, above alpha 0.05; at least 4 places are needed"
        )
    if count == 2:
        assert row.why == "2 places of the group were both played and surveyed; this needs 3"


def test_one_answer_for_all_places(seven: np.ndarray) -> None:
    made = context(twice(np.repeat(seven[:1], 7, axis=0)), seven, personas=SEVEN)
    assert value(estimates("homogenisation", made), facet="") == pytest.approx(0.0, abs=1e-9)
    assert "no structure to compare" in one(estimates("structure", made)).why
    rows = estimates("deviation_agreement", made)
    assert one(rows, facet="correlation").value is None
    assert value(rows, facet="slope") == pytest.approx(0.0, abs=1e-9)
    found = estimates("identifiability", made)
    assert value(found, facet="top-1") == pytest.approx(1 / 7)
    assert "no test: the smallest attainable p is 1" in one(found, facet="top-1").why


def test_peoples_that_do_not_differ_leave_nothing_to_keep() -> None:
    rng = np.random.default_rng(1)
    truth = np.repeat(world(rng, 1, 20), 5, axis=0)
    people = asked(rng, truth, 200)
    made = context(worded(rng, world(rng, 5, 20), 3, 0.3), people, personas=PLACES[:5], n_eff=200)
    row = one(estimates("homogenisation", made), facet="")
    assert row.value is None
    assert row.why == "the people of these places do not differ beyond sampling noise: there is nothing to keep"


def test_one_reply_is_no_distribution(seven: np.ndarray) -> None:
    rng = np.random.default_rng(1)
    made = context(asked(rng, seven, 1)[:, None], seven, personas=SEVEN, replies=1, mode="sample")
    for measure in ("homogenisation", "structure", "deviation_agreement"):
        rows = [row for row in estimates(measure, made) if row.respondent == "model"]
        assert all(row.value is None and row.why.startswith("one reply to one framing") for row in rows)
    rows = [row for row in estimates("variance_ratio", made) if row.persona]
    assert all(row.value is None and row.why.startswith("one reply to one framing") for row in rows)


def test_a_perfect_respondent_is_identified_and_tested(seven: np.ndarray) -> None:
    rng = np.random.default_rng(3)
    made = context(worded(rng, seven, 3, 0.2), asked(rng, seven, 500), personas=SEVEN, n_eff=500)
    rows = estimates("identifiability", made)
    top, rank = one(rows, facet="top-1"), one(rows, facet="mean rank")
    assert (top.value, rank.value) == (1.0, 1.0)
    assert top.p == pytest.approx(1 / 5040, rel=1e-6) and top.p_adjusted == pytest.approx(2 / 5040)
    assert "p adjusted by Holm over 2 tests: every identifiability test of the run" in top.method
    assert value(rows, respondent="floor:chance", facet="top-1") == pytest.approx(1 / 7)
    assert value(rows, respondent="floor:chance", facet="mean rank") == 4.0
    places = [row for row in rows if row.facet == "rank of one place"]
    assert [row.persona for row in places] == list(SEVEN)
    assert all(row.why.startswith(f"nearest are the people of {row.persona}") for row in places)


def test_shuffled_personas_are_not_identified(seven: np.ndarray) -> None:
    rows = estimates("identifiability", context(twice(np.roll(seven, 1, axis=0)), seven, personas=SEVEN))
    assert value(rows, facet="top-1") == 0.0
    assert one(rows, facet="top-1").p == 1.0


def test_adjusted_p_values_leave_untested_rows_alone(seven: np.ndarray) -> None:
    rows = holm_family(estimates("coverage", context(twice(seven), seven, personas=SEVEN)), "nothing")
    assert {row.p_adjusted for row in rows} == {None}


def test_the_spread_inside_a_place_says_how_it_was_read(seven: np.ndarray) -> None:
    modal = np.where(seven == seven.max(axis=-1, keepdims=True), 1.0, 0.0)
    for model, expected in ((seven, 1.0), (modal, 0.0)):
        rows = estimates("variance_ratio", context(twice(model), seven, personas=SEVEN))
        found = one(rows, persona=SEVEN[0], facet="readout=logprob;temperature=1")
        assert found.value == pytest.approx(expected, abs=1e-12)
        assert found.population == f"{SOURCE_NAME}/{SEVEN[0]}"
        within = one(rows, persona=SEVEN[0], facet="within framings")
        assert within.value == pytest.approx(expected, abs=1e-12)


def test_wordings_that_disagree_look_like_a_people_only_in_the_average(seven: np.ndarray) -> None:
    flips = np.stack([np.eye(4)[np.full(20, 0)], np.eye(4)[np.full(20, 3)]], axis=0)[None]
    rows = estimates("variance_ratio", context(flips, seven, personas=SEVEN[:1]))
    assert value(rows, persona=SEVEN[0], facet="readout=logprob;temperature=1") > 1.5
    assert value(rows, persona=SEVEN[0], facet="within framings") == 0.0


def test_demographic_personas_are_put_together(seven: np.ndarray) -> None:
    ends = np.zeros((2, 1, 20, 4))
    ends[0, :, :, 0] = ends[1, :, :, 3] = 1.0
    people = np.full((1, 20, 4), 0.25)
    personas = [f"{PLACES[0]}?sex=f", f"{PLACES[0]}?sex=m"]
    rows = estimates("variance_ratio", context(ends, people, personas=personas))
    assert value(rows, persona=PLACES[0], facet="demographic-mixture") == pytest.approx(2.25 / 1.25)
    assert value(rows, persona=personas[0], facet="readout=logprob;temperature=1") == 0.0


def test_share_of_variance_between_places_of_model_and_people(seven: np.ndarray) -> None:
    rows = estimates("variance_ratio", context(twice(mixed(seven, 0.0)), seven, personas=SEVEN))
    shares = [row for row in rows if "between-share" in row.facet.split(";")]
    model = [row.value for row in shares if row.respondent == "model"]
    people = {round(row.value or -1, 12) for row in shares if row.respondent == f"floor:{SOURCE_NAME}"}
    assert model == pytest.approx([0.0], abs=1e-12)
    assert len(people) == 1 and people.pop() > 0.01


def test_planted_mixtures_are_recovered() -> None:
    """Three mixtures of five peoples over 60 items and 10 wordings, peoples of 1,000 each: weights within .05."""
    truth, rng = world(np.random.default_rng(4), 5, 60), np.random.default_rng(9)
    weights = np.array([[0.7, 0.3, 0, 0, 0], [0.2, 0.2, 0.2, 0.2, 0.2], [0, 0, 0.1, 0, 0.9]])
    model = worded(rng, np.tensordot(weights, truth, axes=1), 10, 0.2)
    made = context(model, asked(rng, truth, 1000), personas=["none", "human", PLACES[0]], n_eff=1000)
    rows = [row for row in estimates("whose", made) if not row.facet]
    for persona, expected in zip(("none", "human", PLACES[0]), weights, strict=True):
        own = [row for row in rows if row.persona == persona]
        assert np.array([row.value for row in own]) == pytest.approx(expected, abs=0.05)
        assert all(row.low is not None and row.high is not None and row.low <= row.high for row in own)


def test_intervals_of_weights_hold_the_truth_in_the_middle_and_at_the_ends() -> None:
    truth = world(np.random.default_rng(4), 5, 30)
    for weights, least in (([0.4, 0.3, 0.15, 0.15, 0.0], 0.9), ([1.0, 0, 0, 0, 0], 0.9)):
        held = []
        for seed in range(20):
            rng = np.random.default_rng(seed)
            model = worded(rng, np.tensordot(weights, truth, axes=1)[None], 5, 0.2)
            made = context(model, asked(rng, truth, 300), personas=["none"], n_eff=300)
            for row, true in zip([r for r in estimates("whose", made) if not r.facet], weights, strict=True):
                assert row.low is not None and row.high is not None
                held.append(row.low - 1e-9 <= true <= row.high + 1e-9)
                assert "bounds by turning round a test" in row.method
        assert np.mean(held) >= least


def test_a_weight_at_nought_has_room_above_it_and_replies_count_as_noise() -> None:
    rng = np.random.default_rng(4)
    truth = world(rng, 4, 30)
    for replies, made in (
        (np.inf, worded(rng, truth[:1], 4, 0.2)),
        (20, asked(rng, truth[:1], 20)[:, None]),
    ):
        mode = "logprob" if np.isinf(replies) else "sample"
        there = context(made, asked(rng, truth, 300), personas=["none"], n_eff=300, replies=replies, mode=mode)
        rows = [row for row in estimates("whose", there) if not row.facet]
        assert all(row.high is not None and row.high > 0.01 for row in rows)
        assert rows[0].value is not None and rows[0].value > 0.8


def test_what_is_not_of_the_region_has_the_bounds_of_what_is_turned_round() -> None:
    rng = np.random.default_rng(4)
    truth = world(rng, 4, 30)
    made = context(
        worded(rng, truth[:1], 4, 0.2),
        asked(rng, truth, 300),
        personas=["none"],
        n_eff=300,
        places=(*PLACES[:2], "FRA", "JPN"),
        groups=[REGION, REGION],
    )
    rows = [row for row in estimates("whose", made) if "region" in row.facet]
    inside, outside = ([row for row in rows if row.facet == facet] for facet in ("region", "outside the region"))
    assert len(inside) == len(outside) == 2
    for one_row, other in zip(inside, outside, strict=True):
        assert one_row.low is not None and one_row.high is not None
        assert (other.low, other.high) == pytest.approx((1 - one_row.high, 1 - one_row.low))
        assert 0.5 < one_row.low < one_row.high


def test_twins_are_merged_and_the_row_says_so() -> None:
    rng = np.random.default_rng(4)
    truth = world(rng, 4, 30)
    truth[1] = truth[0]
    made = context(twice(truth[:1]), asked(rng, truth, 300), personas=["none"], n_eff=300)
    rows = [row for row in estimates("whose", made) if not row.facet]
    assert len(rows) == 3
    assert rows[0].value == pytest.approx(1.0, abs=0.05)
    assert f"stands for {SOURCE_NAME}/{PLACES[0]}, {SOURCE_NAME}/{PLACES[1]}: closer" in rows[0].why


def test_answers_outside_every_mixture_are_marked() -> None:
    people = world(np.random.default_rng(4), 3, 30, spread=0.1)
    row = one(
        estimates("whose", context(twice(np.eye(4)[np.zeros((1, 30), int)]), people, personas=["none"])), facet="misfit"
    )
    assert "outside every mixture" in row.why
    fine = one(estimates("whose", context(twice(people[:1]), people, personas=["none"])), facet="misfit")
    assert "outside every mixture" not in fine.why


def test_the_planted_default_is_the_planted_mixture(tmp_path: Path) -> None:
    """Defaults in two languages and two personas over thirty exact peoples: the prior that was planted."""
    made = planted_study(
        {},
        {"personas": ["none", "x-sahelia", "x-badiyan"], "languages": ["en", "ar"]},
        {"measures": ["whose"], "populations": ["atlas_exact-1"]},
    )
    scores = scored(made, tmp_path / "r").filter(facet="")
    here = atlas.world()
    for language in ("en", "ar"):
        prior = atlas.prior(language)
        for persona in ("none", "x-sahelia", "x-badiyan"):
            own = 0.0 if persona == "none" else atlas.persona_weight(persona)
            expected = (1 - own) * prior + own * np.array([place == persona for place in here.places])
            rows = scores.filter(language=language, persona=persona)
            assert rows["value"].to_list() == pytest.approx(expected, abs=1e-6)


def test_coverage_counts_places_with_enough_people(seven: np.ndarray) -> None:
    people = seven.copy()
    people[0, :10] = np.nan
    n_eff = np.full((7, 20), 500.0)
    n_eff[1] = 100
    rows = estimates("coverage", context(twice(seven), people, personas=SEVEN, n_eff=n_eff))
    label = f"floor:{SOURCE_NAME}"
    assert value(rows, respondent=label, item="", population=SOURCE_NAME, facet="any people") == pytest.approx(6.5 / 22)
    enough = one(rows, respondent=label, item="", population=SOURCE_NAME, facet="effective n of 300 or more")
    assert enough.value == pytest.approx(5.5 / 22)
    assert value(rows, respondent=label, item="q0", facet="any people") == pytest.approx(6 / 22)
    first = one(rows, respondent=label, population=f"{SOURCE_NAME}/{SEVEN[0]}", facet="any people")
    assert (first.value, first.method) == (0.5, "10 of 20 items")
    unknown = estimates("coverage", context(twice(seven), people, personas=SEVEN))
    assert one(unknown, respondent=label, facet="effective n of 300 or more").value is None


def test_arab_people_in_menavalues(data_folder: Path) -> None:
    survey = instrument("menavalues", data_folder)
    people = list(load_populations("menavalues_wvs-7", data=data_folder))
    asked_items = {answer.item for one_people in people for answer in one_people.answers}
    cells = [{"question": q.id, "p": [1 / q.cells] * q.cells} for q in survey.questions if q.id in asked_items]
    made = by_hand.context([survey], by_hand.answers(survey, cells), humans_table(people), groups=[REGION])
    label = "floor:menavalues_wvs-7"
    alike = one(estimates("homogenisation", made), respondent=label)
    assert alike.value == pytest.approx(0.807, abs=5e-4)
    assert alike.method.startswith("mean over 21 pairs of places")
    between = one(estimates("variance_ratio", made), respondent=label)
    assert between.value == pytest.approx(0.076, abs=1e-3)
    assert "median 0.068" in between.method
    close = [row for row in estimates("js_similarity", made) if not row.item]
    uniform = {r.population[-3:]: r.value for r in close if r.respondent == "floor:uniform"}
    expected = {"EGY": 0.62, "JOR": 0.65, "LBY": 0.66, "TUN": 0.68, "LBN": 0.70, "MAR": 0.72, "IRQ": 0.72}
    assert {place: uniform[place] for place in expected} == pytest.approx(expected, abs=0.01)
    region = {r.population: r.value for r in close if r.respondent == "floor:regional"}
    nearest = {r.population: r.value for r in close if r.facet == "nearest"}
    assert len(region) == 7
    assert sum((region[name] or 0) > (nearest[name] or 0) for name in region) == 6
    tracked = one(estimates("js_similarity_corrected", made), facet="entropy correlation")
    assert tracked.value is not None and tracked.value > 0.95


HEALTHY = {
    "homogenisation": ("", 1.0),
    "deviation_agreement": ("slope", 1.0),
    "variance_ratio": ("readout=logprob;temperature=1", 1.0),
    "default_pull": ("over places", 0.0),
}


def alarms(seed: int, items: int, wordings: int, people: int, places: int) -> dict[str, bool]:
    """Which measures would accuse a respondent that answers as the people do, with wording noise, of a pathology."""
    rng = np.random.default_rng(seed)
    truth, default = world(rng, places, items, spread=0.3), world(rng, 1, items)
    model = worded(rng, np.concatenate([default, truth]), wordings, 0.3)
    names = PLACES[:places]
    made = context(model, asked(rng, truth, people), personas=["none", *names], n_eff=people, draws=100)
    found = {}
    for measure, (facet, healthy) in HEALTHY.items():
        rows = [row for row in estimates(measure, made) if row.respondent == "model" and row.facet == facet]
        row = next(row for row in rows if row.persona in ("", names[0]))
        assert row.low is not None and row.high is not None
        found[measure] = not row.low <= healthy <= row.high
    structure = one(estimates("structure", made))
    found["structure absent"] = structure.p is None or structure.p > 0.05
    skill = next(
        row
        for row in estimates("country_skill", made)
        if not row.persona and row.facet.startswith("floor=regional-with-own;")
    )
    found["stereotype"] = skill.high is not None and skill.high <= 0
    return found


def test_a_healthy_respondent_is_not_accused() -> None:
    replications = 40
    counts = dict.fromkeys(alarms(0, 12, 4, 300, 6), 0)
    for seed in range(replications):
        for name, alarm in alarms(seed, 12, 4, 300, 6).items():
            counts[name] += alarm
    error = 3 * np.sqrt(0.05 * 0.95 / replications)
    assert {name: count / replications for name, count in counts.items() if count / replications > 0.05 + error} == {}


def test_few_people_and_many_wordings_do_not_accuse_a_healthy_respondent() -> None:
    """100 people a place, where intervals with the people drawn again accused one in seven."""
    count, accused = 100, np.zeros(2)
    for seed in range(count):
        rng = np.random.default_rng(seed)
        truth = world(rng, 7, 12, spread=0.3)
        made = context(worded(rng, truth, 10, 0.25), asked(rng, truth, 100), personas=SEVEN, n_eff=100)
        for k, (measure, facet) in enumerate((("homogenisation", ""), ("deviation_agreement", "slope"))):
            row = next(r for r in estimates(measure, made) if r.respondent == "model" and r.facet == facet)
            assert row.low is not None and row.high is not None and "Fieller" in row.method
            accused[k] += not row.low <= 1 <= row.high
    assert (accused / count <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / count)).all()


@pytest.mark.parametrize("keep", [0.0, 0.5, 1.5, -1.0])
def test_a_sick_respondent_is_still_caught_with_few_people(keep: float) -> None:
    caught = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        truth = world(rng, 7, 12, spread=0.3)
        made = context(
            worded(rng, mixed(truth, keep), 5, 0.2), asked(rng, truth, 100), personas=SEVEN, n_eff=100, draws=100
        )
        slope = one(estimates("deviation_agreement", made), facet="slope")
        assert slope.low is not None and slope.high is not None
        caught.append(slope.low > 1 if keep > 1 else slope.high < (0 if keep < 0 else 1))
    assert np.mean(caught) >= 0.8


def test_a_ratio_has_no_bounds_where_its_denominator_may_be_nought() -> None:
    rng = np.random.default_rng(3)
    truth = world(rng, 3, 4, spread=0.05)
    made = context(worded(rng, truth, 3, 0.2), asked(rng, truth, 60), personas=PLACES[:3], n_eff=60)
    for row in (
        one(estimates("homogenisation", made), facet=""),
        one(estimates("deviation_agreement", made), facet="slope"),
    ):
        assert row.low is None and "people" in row.why


def test_no_structure_is_claimed_of_places_that_only_lie_as_far_out() -> None:
    """Both sides differ in the same places by as much, in directions that have nothing to do with each other."""
    rng, far, passed, claimed = np.random.default_rng(5), np.linspace(0.15, 0.6, 7), 0, 0

    def side(base: np.ndarray) -> np.ndarray:
        levels = np.exp(base + rng.normal(0, 1, (7, 30, 4)) * far[:, None, None])
        return levels / levels.sum(axis=-1, keepdims=True)

    for _ in range(12):
        base = rng.normal(0, 0.8, (1, 30, 4))
        made = context(twice(side(base)), side(base), personas=PLACES[:7])
        row = one(estimates("structure", made))
        passed += row.p is not None and row.p <= 0.05
        claimed += row.p is not None and row.p <= 0.05 and "no claim of structure" not in row.why
    assert passed >= 9 and claimed <= 3
