"""Every kind of claim on respondents whose answers are known: what should pass passes, what should fail fails."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.spatial.distance import jensenshannon

from tawazun import api
from tawazun.claims import Gathered, claim_from, claim_kinds, decide, load_claim
from tawazun.estimates import Estimate
from tawazun.instruments import instrument
from tawazun.measures import measure_answers
from tawazun.runs import Run
from tawazun.studies import claim_file, claim_names
from tests.claims.conftest import PEOPLE, REGION
from tests.claims.making import claimed, laid_out, noisy

SAHELIA = "atlas-1/x-sahelia"
OWN: dict[str, Any] = {"persona": "own", "target": SAHELIA}
NEARER: dict[str, Any] = {"kind": "closer", "respondent": "healthy", "other": "pulled", **OWN}


@pytest.mark.parametrize(
    ("keys", "verdict"),
    [
        (NEARER, "supported"),
        ({"kind": "closer", "respondent": "pulled", "other": "healthy", **OWN}, "refuted"),
        ({"kind": "closer", "respondent": "healthy", "other": "twin", **OWN}, "undecided"),
        ({**NEARER, "target": PEOPLE}, "supported"),
        ({**NEARER, "measure": "w1_similarity"}, "supported"),
        ({**NEARER, "measure": "js_divergence"}, "supported"),
        ({"kind": "equivalent", "respondent": "healthy", "other": "twin", **OWN}, "supported"),
        ({"kind": "equivalent", "respondent": "healthy", "other": "stereotype", **OWN}, "refuted"),
        ({"kind": "closer-than-people", "respondent": "healthy", "people": "atlas-1/x-zahrania", **OWN}, "supported"),
        ({"kind": "closer-than-people", "respondent": "mirror", "people": "atlas-1/x-zahrania", **OWN}, "refuted"),
        ({"kind": "people-closer", "respondent": "mirror", "people": "atlas-1/x-zahrania", **OWN}, "supported"),
        ({"kind": "above-floor", "respondent": "healthy", "floor": "uniform", **OWN}, "supported"),
        ({"kind": "above-floor", "respondent": "healthy", "floor": "regional", "group": REGION, **OWN}, "supported"),
        ({"kind": "above-floor", "respondent": "stereotype", "floor": "regional", "group": REGION, **OWN}, "refuted"),
        ({"kind": "above-floor", "respondent": "healthy", "floor": "modal", **OWN}, "supported"),
        ({"kind": "distinguishable", "respondent": "healthy", "target": PEOPLE, "smallest_effect": 0.25}, "supported"),
        ({"kind": "distinguishable", "respondent": "mirror", "target": PEOPLE, "smallest_effect": 0.25}, "refuted"),
        ({"kind": "distinguishable", "respondent": "stereotype", "target": PEOPLE, "smallest_effect": 0.25}, "refuted"),
        ({"kind": "ranks", "respondent": "healthy", "source": "atlas-1"}, "supported"),
        ({"kind": "ranks", "respondent": "mirror", "source": "atlas-1"}, "refuted"),
        ({"kind": "ranks", "respondent": "stereotype", "source": "atlas-1"}, "undecided"),
        ({"kind": "closer", "respondent": "healthy", "other": "absent", **OWN}, "undecided"),
        ({"kind": "distinguishable", "respondent": "absent", "target": PEOPLE}, "undecided"),
        ({"kind": "ranks", "respondent": "absent", "source": "atlas-1"}, "undecided"),
    ],
)  # fmt: skip
def test_planted_respondents(side_by_side: Gathered, keys: dict[str, Any], verdict: str) -> None:
    found = claimed(side_by_side, **keys)
    assert found.verdict == verdict, found
    assert found.sentence.endswith(f"{verdict}.") and found.reason and found.limits
    if "absent" in keys.values():
        assert "allowed mass" in found.reason
    if found.verdict != "undecided":
        assert found.value is not None and found.low is not None and found.p is not None


@pytest.mark.parametrize(("left", "right"), [("healthy", "stereotype"), ("healthy", "twin"), ("mirror", "pulled")])
def test_swapping_two_respondents_swaps_the_verdict(side_by_side: Gathered, left: str, right: str) -> None:
    one = claimed(side_by_side, kind="closer", respondent=left, other=right, **OWN)
    two = claimed(side_by_side, kind="closer", respondent=right, other=left, **OWN)
    opposite = {"supported": "refuted", "refuted": "supported", "undecided": "undecided"}
    assert two.verdict == opposite[one.verdict]
    assert one.value == pytest.approx(-(two.value or 0)) and one.low == pytest.approx(-(two.high or 0))
    assert one.p == pytest.approx(two.p_against, abs=0.02)


def test_every_kind_is_tested() -> None:
    named = set(claim_kinds())
    assert named == {
        "above-floor", "closer", "closer-than-people", "distinguishable", "equivalent", "group-better",
        "group-equivalent", "group-no-better", "people-closer", "ranks",
        "scores-above-floor", "scores-alike", "scores-higher",
    }  # fmt: skip


def scored(planted: Run, measures: list[str], rows: pl.Expr) -> list[Estimate]:
    """The scores of some of the planted run's answers."""
    keys = planted.study.measure.model_copy(update={"measures": measures})
    study = planted.study.model_copy(update={"measure": keys})
    return measure_answers(study, planted.answers.filter(rows), planted.humans, [instrument("atlas")])


def test_differences_are_those_of_the_scores_table(planted: Run, side_by_side: Gathered) -> None:
    own = pl.col("respondent").is_in(["healthy", "pulled"]) & (pl.col("persona") == "x-sahelia")
    rows = [
        one for one in scored(planted, ["js_similarity", "skill"], own) if (one.population, one.item) == (SAHELIA, "")
    ]
    found = claimed(side_by_side, **NEARER)
    close = {one.respondent: one.value or 0.0 for one in rows if one.measure == "js_similarity"}
    assert found.value == pytest.approx(close["healthy"] - close["pulled"])
    floor = claimed(side_by_side, kind="above-floor", respondent="healthy", floor="regional", group=REGION, **OWN)
    skill = [one for one in rows if (one.measure, one.respondent) == ("skill", "healthy") and "regional" in one.facet]
    assert floor.facts["skill"] == pytest.approx(skill[0].value)


def test_telling_personas_apart_is_that_of_the_measures(planted: Run, side_by_side: Gathered) -> None:
    rows = scored(planted, ["identifiability", "deviation_agreement"], pl.col("respondent") == "healthy")
    values = {(one.measure, one.facet): one for one in rows if (one.respondent, one.persona) == ("healthy", "")}
    found = claimed(side_by_side, kind="distinguishable", respondent="healthy", target=PEOPLE)
    slope = values["deviation_agreement", "slope"]
    assert (found.value, found.low, found.high) == pytest.approx((slope.value, slope.low, slope.high))
    assert found.facts["top-1 accuracy"] == pytest.approx(values["identifiability", "top-1"].value)
    assert found.facts["p of the slope"] == values["deviation_agreement", "correlation"].p


def test_one_stereotype_is_hardly_ever_told_apart(count: int = 80) -> None:
    """Personas that answer alike, each with noise of its own."""
    rng, places = np.random.default_rng(12), ("EGY", "MAR", "JOR", "TUN", "LBN")
    supported = 0
    for _ in range(count):
        base = rng.dirichlet(np.full(4, 3.0), size=6)
        people = {place: np.array([rng.dirichlet(60 * p) for p in base]) for place in places}
        made = laid_out({("model", place): noisy(base, 4, 40, rng) for place in places}, people)
        found = claimed(made, kind="distinguishable", respondent="model", target="made-1")
        supported += found.verdict == "supported"
    assert supported / count <= 0.05 + 2 * (0.05 * 0.95 / count) ** 0.5


@pytest.mark.parametrize(("name", "distance"), [("proxy-us-gpt35", 3.907), ("proxy-us-gpt4", 3.191)])
def test_a_us_respondent_is_a_closer_proxy_for_india(recorded: Run, name: str, distance: float) -> None:
    found = api.claim(claim_file(name), [recorded])
    numbers = sorted(value for key, value in found.facts.items() if key.startswith("map_distance"))
    assert numbers == [pytest.approx(1.866, abs=0.001), pytest.approx(distance, abs=0.001)]
    assert found.verdict == "supported" and found.value == pytest.approx(distance - 1.866, abs=0.002)
    assert found.low is not None and found.low > 0.9
    said = " ".join(found.limits)
    assert "descriptive" in said and "unknown" in said and "Exploratory" in found.limits[-1]
    assert "1.32" in found.sentence or "2.04" in found.sentence


def test_the_opposite_claim_about_india_is_refuted(recorded: Run) -> None:
    keys = load_claim(claim_file("proxy-us-gpt4"))
    turned = claim_from({**keys.model_dump(exclude_none=True), "kind": "closer-than-people"}, "turned.toml")
    assert decide(api.gather_runs([recorded]), turned).verdict == "refuted"


def test_every_shipped_claim_reads() -> None:
    assert claim_names()
    for name in claim_names():
        assert load_claim(claim_file(name)).claim


# --- groups of models ---------------------------------------------------------------------------------------------


PEOPLE_SHARES = {"EGY": [0.1, 0.2, 0.3, 0.4], "MAR": [0.3, 0.3, 0.2, 0.2], "USA": [0.4, 0.3, 0.2, 0.1]}


def models(gap: float, count: int = 5, seed: int = 1, spread: float = 0.03) -> Gathered:
    """`count` regional and `count` global models; `gap` is how much further from Egypt the global ones are drawn."""
    base = 0.2 + max(0.0, -gap)
    rng = np.random.default_rng(seed)
    people = {place: np.tile(shares, (12, 1)) for place, shares in PEOPLE_SHARES.items()}
    answers = {}
    for k in range(count):
        for kind, pull in (("regional", 0.0), ("global", gap)):
            weight = base + pull + spread * rng.standard_normal()
            centre = (1 - weight) * people["EGY"] + weight * people["USA"]
            answers[f"{kind}{k}"] = noisy(np.maximum(centre, 1e-3), 3, 400, rng)
    return laid_out(answers, people)


def named(kind: str, count: int = 5) -> list[str]:
    return [f"{kind}{k}" for k in range(count)]


@pytest.mark.parametrize(
    ("kind", "gap", "verdict"),
    [
        ("group-better", 0.4, "supported"),
        ("group-better", -0.4, "refuted"),
        ("group-better", 0.0, "undecided"),
        ("group-no-better", 0.4, "refuted"),
        ("group-no-better", -0.2, "supported"),
        ("group-equivalent", 0.7, "refuted"),
        ("group-equivalent", 0.0, "supported"),
    ],
)
def test_groups_of_models(kind: str, gap: float, verdict: str) -> None:
    found = claimed(
        models(gap), kind=kind, models=named("regional"), others=named("global"), names=["regional", "global"],
        target="made-1/EGY",
    )  # fmt: skip
    assert found.verdict == verdict, found
    if kind != "group-equivalent" and verdict != "undecided":
        assert found.minimum_p == pytest.approx(1 / 252)


def test_superiority_that_is_not_shown_is_no_equality() -> None:
    found = claimed(
        models(0.2, spread=0.2), kind="group-no-better", models=named("regional"), others=named("global"),
        target="made-1/EGY",
    )  # fmt: skip
    assert found.verdict == "undecided" and "not evidence of equality" in found.reason


def test_two_models_a_side_are_not_tested() -> None:
    found = claimed(
        models(0.4), kind="group-better", models=named("regional", 2), others=named("global", 2), target="made-1/EGY"
    )
    assert found.verdict == "undecided" and "needs 3 on each side" in found.reason
    assert found.p is None and found.needs[0].need == 3


def test_families_are_blocks() -> None:
    families = {f"family{k}": [f"regional{k}", f"global{k}"] for k in range(5)}
    keys = {"models": named("regional"), "others": named("global"), "target": "made-1/EGY", "blocks": families}
    found = claimed(models(0.4), kind="group-better", **keys)
    assert found.minimum_p == pytest.approx(1 / 32) and found.verdict == "supported"
    few = {"models": named("regional", 3), "others": named("global", 3), "target": "made-1/EGY"}
    blocks = dict(list(families.items())[:3])
    undecided = claimed(models(0.4), kind="group-better", blocks=blocks, **few)
    assert undecided.verdict == "undecided" and "smallest p" in undecided.reason


# --- what n is needed, errors of people, and other facts -----------------------------------------------------------


def pair(n_eff: float | None, weight: float = 300, wordings: int = 4, items: int = 12, **factors: Any) -> Gathered:
    rng = np.random.default_rng(7)
    people = {place: np.tile(shares, (items, 1)) for place, shares in PEOPLE_SHARES.items()}
    near = 0.8 * people["EGY"] + 0.2 * people["USA"]
    far = 0.4 * people["EGY"] + 0.6 * people["USA"]
    answers = {"near": noisy(near, wordings, weight, rng), "far": noisy(far, wordings, weight, rng)}
    return laid_out(answers, people, n_eff=n_eff, **factors)


CLOSER: dict[str, Any] = {"kind": "closer", "respondent": "near", "other": "far", "target": "made-1/EGY"}


def test_people_that_are_too_few_cannot_be_made_up_for_by_wordings() -> None:
    few = claimed(pair(4.0), **CLOSER, smallest_effect=0.02)
    assert few.needs[0].need is None and "people's error alone" in few.needs[0].why
    many = claimed(pair(4000.0), **CLOSER, smallest_effect=0.02)
    assert many.needs[0].need is not None and many.needs[0].unit == "wordings"


def test_an_unknown_human_error_is_said() -> None:
    found = claimed(pair(None), **CLOSER, smallest_effect=0.02)
    assert found.verdict == "supported" and "excludes human error" in found.method
    assert any("unknown" in line for line in found.limits)


def test_more_people_make_a_narrower_interval() -> None:
    wide, narrow = (claimed(pair(n), **CLOSER, smallest_effect=0.02) for n in (50.0, 5000.0))
    assert (wide.high or 0) - (wide.low or 0) > (narrow.high or 0) - (narrow.low or 0)


def test_a_family_divides_alpha_and_widens_the_interval() -> None:
    alone, ten = (claimed(pair(1000.0), **CLOSER, family=n) for n in (1, 10))
    assert ten.alpha == pytest.approx(alone.alpha / 10) and ten.level == pytest.approx(0.995)
    assert (ten.low or 0) < (alone.low or 0) and ten.family == 10


def test_one_wording_has_no_interval_and_no_verdict() -> None:
    found = claimed(pair(1000.0, wordings=1), **CLOSER)
    assert found.verdict == "undecided" and "one framing" in found.reason and found.low is None


def test_answers_that_never_change_have_no_error_to_be_judged_by() -> None:
    people = {place: np.tile(shares, (12, 1)) for place, shares in PEOPLE_SHARES.items()}
    fixed = {"near": np.tile(people["MAR"], (4, 1, 1)), "far": np.tile(people["USA"], (4, 1, 1))}
    found = claimed(laid_out(fixed, people, n_eff=None), **CLOSER)
    assert found.verdict == "undecided" and "do not change between wordings" in found.reason
    known = claimed(laid_out(fixed, people, n_eff=1000.0), **CLOSER, smallest_effect=0.02)
    assert known.verdict == "supported" and known.low is not None


def test_few_items_allow_no_test() -> None:
    found = claimed(pair(1000.0, items=4), **CLOSER)
    assert found.verdict == "undecided" and "smallest p" in found.reason
    assert ("items", 5) in {(need.unit, need.need) for need in found.needs}


def test_replies_of_one_framing_carry_the_interval() -> None:
    found = claimed(pair(1000.0, wordings=1, mode="sample", n=100.0), **CLOSER, smallest_effect=0.01)
    assert "replies" in found.method and found.low is not None
    assert found.needs[0].unit == "times the replies" and (found.needs[0].need or 0) > 1


def test_without_neighbours_there_is_no_smallest_effect_unless_declared() -> None:
    rng = np.random.default_rng(8)
    people = {"EGY": np.tile(PEOPLE_SHARES["EGY"], (12, 1))}
    usa = np.tile(PEOPLE_SHARES["USA"], (12, 1))
    made = laid_out(
        {"near": noisy(0.9 * people["EGY"] + 0.1 * usa, 4, 300, rng), "far": noisy(usa, 4, 300, rng)}, people
    )
    found = claimed(made, **CLOSER)
    assert found.smallest_effect is None and found.verdict == "supported"
    assert any("No smallest effect of interest" in line for line in found.limits)
    alike = claimed(made, **{**CLOSER, "kind": "equivalent"})
    assert alike.verdict == "undecided" and "without a smallest effect" in alike.reason


def test_the_smallest_effect_comes_from_people_alone_and_shrinks_with_their_noise() -> None:
    rng = np.random.default_rng(9)
    egypt, morocco = (np.array(PEOPLE_SHARES[place]) for place in ("EGY", "MAR"))
    distance = jensenshannon(egypt, morocco, base=2)
    # each side adds (sum of p (1 - p) / n times half the curvature of the divergence) to it
    noise = sum(
        (other / (2 * own * (own + other)) * own * (1 - own) / 1000).sum() / (2 * np.log(2))
        for own, other in ((egypt, morocco), (morocco, egypt))
    )
    expected = distance / 2 * (1 - noise / distance**2) ** 0.5
    people = {place: np.tile(shares, (12, 1)) for place, shares in PEOPLE_SHARES.items()}
    for other in (0.2, 0.7):
        answers = {
            "near": noisy(people["EGY"], 4, 300, rng),
            "far": noisy((1 - other) * people["EGY"] + other * people["USA"], 4, 300, rng),
        }
        known = claimed(laid_out(answers, people, n_eff=1000.0), **CLOSER)
        assert known.smallest_effect == pytest.approx(expected, abs=1e-4)
        noisier = claimed(laid_out(answers, people, n_eff=30.0), **CLOSER)
        assert (noisier.smallest_effect or 1) < (known.smallest_effect or 0)


def test_sampling_alone_can_take_a_verdict_away() -> None:
    people = {place: np.tile(shares, (12, 1)) for place, shares in PEOPLE_SHARES.items()}
    rng = np.random.default_rng(10)
    drawn = {
        name: np.array([[rng.multinomial(n, p) / n for p in people["EGY"]] for _ in range(4)])
        for name, n in (("near", 60), ("far", 8))
    }
    found = claimed(laid_out(drawn, people), **CLOSER, smallest_effect=0.001)
    assert abs(found.facts["shift by sampling and wordings"]) > 0.02
    assert found.verdict == "undecided"


def test_lost_cells_are_left_out_of_both_sides() -> None:
    rng = np.random.default_rng(11)
    people = {place: np.tile(shares, (12, 1)) for place, shares in PEOPLE_SHARES.items()}
    answers = {"near": noisy(people["EGY"], 4, 300, rng), "far": noisy(people["USA"], 4, 300, rng)}
    whole = claimed(laid_out(answers, people), **CLOSER)
    answers["far"][:, :3] = np.nan
    found = claimed(laid_out(answers, people), **CLOSER)
    assert found.facts["items"] == 9 and whole.facts["items"] == 12
    assert any("25 % of the cells" in line for line in found.limits)


def test_an_item_under_one_wording_only_does_not_cost_the_interval() -> None:
    rng = np.random.default_rng(13)
    people = {place: np.tile(shares, (12, 1)) for place, shares in PEOPLE_SHARES.items()}
    answers = {"near": noisy(people["EGY"], 4, 300, rng), "far": noisy(people["USA"], 4, 300, rng)}
    answers["far"][1:, 0] = np.nan
    found = claimed(laid_out(answers, people), **CLOSER)
    assert found.verdict == "supported" and found.facts["items"] == 11
    assert any("1 item(s) are answered under one wording only" in line for line in found.limits)


def test_the_frame_of_a_gathered_run_is_in_the_finding(side_by_side: Gathered) -> None:
    found = claimed(side_by_side, **NEARER)
    assert found.runs == ("planted",) and found.respondents == ("healthy", "pulled")
    assert isinstance(side_by_side.answers, pl.DataFrame) and found.exploratory
