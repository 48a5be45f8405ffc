"""Few replies, other numbers of replies, silence and single wordings: none of them is taken for closeness."""

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.claims import Finding, Gathered, Part, gather
from tawazun.claims.asked import Asked
from tawazun.claims.comparison import compare
from tawazun.claims.group_comparison import compare_groups
from tawazun.claims.models import Groups
from tawazun.claims.verdicts import Evidence, directional
from tawazun.errors import Refused
from tests.claims.making import claimed, instrument_of, laid_out, noisy, part, study_of

TARGET = "made-1/EGY"
UNLIKE = ((3, 100), (5, 30), (10, 100))
FEW = ((5, 3, 0.2), (10, 5, 0.15), (30, 5, 0.1))
APART = {"EGY": [0.1, 0.2, 0.3, 0.4], "USA": [0.7, 0.1, 0.1, 0.1]}
NEARER = {"EGY": [0.1, 0.2, 0.3, 0.4], "USA": [0.4, 0.3, 0.2, 0.1]}
NOISY = ("js_similarity", "w1_similarity", "js_divergence")


def most(count: int) -> float:
    """A share of 5 % with two Monte-Carlo errors."""
    return 0.05 + 2 * (0.05 * 0.95 / count) ** 0.5


def tiled(people: dict[str, list[float]], items: int = 12) -> dict[str, np.ndarray]:
    """The same shares for every item."""
    return {place: np.tile(p, (items, 1)) for place, p in people.items()}


def silenced(made: Part, who: str, rate: float) -> Part:
    """The same answers, but those whose label begins so refuse a share of replies, whatever they would have said."""
    quiet = pl.col("respondent").str.starts_with(who)
    shares = pl.when(quiet).then(pl.col("p").list.eval(pl.element() * (1 - rate))).otherwise(pl.col("p"))
    refused = pl.when(quiet).then(rate).otherwise(0.0)
    return replace(made, answers=made.answers.with_columns(refused=refused, unread=pl.lit(0.0), p=shares))


def world(rng: np.random.Generator, items: int, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """True shares (2, items, 4) of two peoples, and those of 2,000 asked of each."""
    base = rng.dirichlet(np.full(4, 2.0), size=items)
    truth = np.array([(1 - spread) * base + spread * rng.dirichlet(np.full(4, 1.0), size=items) for _ in "ab"])
    return truth, rng.multinomial(2000, truth) / 2000


def replies(rng: np.random.Generator, shares: np.ndarray, n: int, wordings: int = 5) -> np.ndarray:
    """Shares of n replies in each wording."""
    found: np.ndarray = rng.multinomial(n, np.repeat(shares[None], wordings, 0)) / n
    return found


def two(
    people: np.ndarray, first: tuple[np.ndarray, float], second: tuple[np.ndarray, float], **factors: Any
) -> Gathered:
    """Respondents `a` and `b` with so many replies in each cell, in runs of their own."""
    named = {"EGY": people[0], "MAR": people[1]}
    parts = [
        part({label: shares}, named, name=label, mode="sample", n=float(n), n_eff=2000.0, **factors)
        for label, (shares, n) in zip("ab", (first, second), strict=True)
    ]
    return gather(parts, instruments=[instrument_of({"a": first[0]})])


def equals(count: int, seed: int) -> Counter[str]:
    """Verdicts on `b is closer` for respondents of one truth, a with few and b with many replies."""
    rng, found = np.random.default_rng(seed), Counter[str]()
    for few, many in UNLIKE:
        for k in range(count):
            truth, people = world(rng, 30, 0.3)
            own = 0.7 * truth[0] + 0.3 * 0.25
            made = two(people, (replies(rng, own, few), few), (replies(rng, own, many), many))
            keys = {"kind": "closer", "respondent": "b", "other": "a", "target": TARGET, "smallest_effect": 0.005}
            found[claimed(made, **keys, measure=NOISY[k % len(NOISY)]).verdict] += 1
    return found


def perfect(count: int, seed: int) -> Counter[str]:
    """Verdicts on `other people are closer` than a respondent that is the target people, with few replies."""
    rng, found = np.random.default_rng(seed), Counter[str]()
    for n, wordings, spread in FEW:
        for k in range(count):
            truth, people = world(rng, 40, spread)
            made = laid_out(
                {"m": replies(rng, truth[0], n, wordings)},
                {"EGY": people[0], "MAR": people[1]},
                mode="sample",
                n=float(n),
                n_eff=2000.0,
            )
            keys = {"respondent": "m", "people": "made-1/MAR", "target": TARGET, "smallest_effect": 0.005}
            found[claimed(made, **keys, kind="people-closer", measure=NOISY[k % len(NOISY)]).verdict] += 1
    return found


def test_equal_respondents_with_other_numbers_of_replies_are_hardly_ever_told_apart(count: int = 9) -> None:
    found = equals(count, 31)
    assert found["supported"] / found.total() <= most(found.total())
    assert found["refuted"] / found.total() <= most(found.total())


def test_a_respondent_that_is_the_people_never_loses_to_other_people_for_lack_of_replies(count: int = 9) -> None:
    found = perfect(count, 32)
    assert found["supported"] / found.total() <= most(found.total())


@pytest.mark.slow
@pytest.mark.parametrize("verdicts", [equals, perfect])
def test_noise_is_hardly_ever_taken_for_closeness_often(verdicts: Any) -> None:
    found = verdicts(150, 33)
    print(verdicts.__name__, found)
    assert found["supported"] / found.total() <= most(found.total())


def test_who_is_truly_closer_is_found_all_the_same(count: int = 4) -> None:
    rng, found = np.random.default_rng(34), Counter[str]()
    for k in range(count):
        truth, people = world(rng, 30, 0.3)
        near, far = (own * truth[0] + (1 - own) * 0.25 for own in (0.8, 0.2))
        for few, many in UNLIKE[1:]:
            made = two(people, (replies(rng, far, few), few), (replies(rng, near, many), many))
            keys = {"kind": "closer", "respondent": "b", "other": "a", "target": TARGET, "smallest_effect": 0.01}
            found[claimed(made, **keys, measure=NOISY[k % len(NOISY)]).verdict] += 1
            made = two(people, (replies(rng, near, many), many), (replies(rng, far, many), many))
            keys = {**keys, "respondent": "a", "other": "b"}
            found[claimed(made, **keys, measure=NOISY[k % len(NOISY)]).verdict] += 1
    assert found["supported"] >= found.total() - 2


def test_the_difference_as_measured_alone_would_have_been_wrong() -> None:
    """The fault that the second scale is there for."""
    rng = np.random.default_rng(35)
    truth, people = world(rng, 30, 0.3)
    own = 0.7 * truth[0] + 0.3 * 0.25
    made = two(people, (replies(rng, own, 3), 3), (replies(rng, own, 100), 100))
    found = claimed(made, kind="closer", respondent="b", other="a", target=TARGET, smallest_effect=0.005)
    assert found.low is not None and found.low > 0.04 and (found.p or 1) < 0.001 and found.verdict == "undecided"
    assert "noise" in found.reason and any("100 replies against 3 replies" in line for line in found.limits)


@pytest.mark.parametrize(
    ("sizes", "wordings", "measure", "refused"),
    [
        ((3, 100), 1, "js_similarity", True),
        ((100, 105), 1, "js_similarity", False),
        ((3, 100), 5, "js_similarity", False),
        ((100, np.nan), 1, "w1_similarity", True),
    ],
)
def test_other_numbers_of_replies_are_refused_where_noise_cannot_be_taken_out(
    sizes: tuple[float, float], wordings: int, measure: str, refused: bool
) -> None:
    rng = np.random.default_rng(36)
    truth, people = world(rng, 12, 0.3)
    made = two(people, *((replies(rng, truth[0], 60, wordings), n) for n in sizes))
    if refused:
        with pytest.raises(Refused, match="differ in replies per cell"):
            compare(made, Asked(measure, (TARGET,)))
    else:
        assert compare(made, Asked(measure, (TARGET,))).differences


# --- silence -------------------------------------------------------------------------------------------------------


def leaning(rate: float, wordings: int = 5) -> Gathered:
    """`b` answers as `a` does, which overstates the last option, but is silent on that option in so many replies."""
    rng = np.random.default_rng(37)
    people = {place: rng.dirichlet(np.full(4, 3.0), size=20) for place in ("EGY", "MAR")}
    own = np.array([0.85 * people["EGY"] + 0.15 * np.eye(4)[3] for _ in range(wordings)])
    own = own * np.exp(rng.normal(0, 0.03, own.shape))
    own /= own.sum(axis=-1, keepdims=True)
    lost = np.minimum(rate, 0.9 * own[..., 3])
    other = own.copy()
    other[..., 3] -= lost
    made = part({"a": own, "b": other}, people, mode="recorded", n=1000.0)
    refused = {("b", f"q{q}", f"w{w}"): lost[w - 1, q - 1] for w in range(1, wordings + 1) for q in range(1, 21)}
    rows = made.answers.to_dicts()
    for row in rows:
        row["refused"] = refused.get((row["respondent"], row["question"], row["wording"]), 0.0)
        row["unread"] = row["off_menu"] = 0.0
    answers = type(made.answers)(rows, schema=made.answers.schema)

    return gather([replace(made, answers=answers)], instruments=[instrument_of({"a": own})])


BETTER: dict[str, Any] = {"kind": "closer", "respondent": "b", "other": "a", "target": TARGET}


@pytest.mark.parametrize("measure", NOISY)
def test_a_verdict_must_stand_whatever_the_silent_would_have_said(measure: str) -> None:
    made = leaning(0.09)
    found = claimed(made, **BETTER, measure=measure, smallest_effect=0.002)
    assert found.verdict == "undecided" and "refused and unread" in found.reason
    assert found.low is not None and found.low > 0
    (line,) = [line for line in found.limits if "had they been answers" in line]
    assert "of the replies of b" in line
    low, high = re.findall(r"from (\S+) to (\S+) ", line)[0]
    assert float(low) < 0 < float(high)
    row = compare(made, Asked(measure, (TARGET,), (), 0.002)).differences[0]
    assert row.outcome not in ("first is closer", "second is closer")


def test_a_little_silence_leaves_a_large_difference_standing() -> None:
    rng, people = np.random.default_rng(38), tiled(APART)
    answers = {"a": noisy(people["EGY"], 4, 300, rng), "b": noisy(people["USA"], 4, 300, rng)}
    made = gather([silenced(part(answers, people), "a", 0.01)], instruments=[instrument_of(answers)])
    found = claimed(made, kind="closer", respondent="a", other="b", target=TARGET, smallest_effect=0.02)
    assert found.verdict == "supported" and any("1 % of the replies of a" in line for line in found.limits)


def test_groups_of_models_stand_at_the_edges_too() -> None:

    rng = np.random.default_rng(39)
    people = tiled(APART)
    near, far = (w * people["EGY"] + (1 - w) * people["USA"] for w in (0.9, 0.8))
    answers = {f"{kind}{k}": noisy(own, 3, 900, rng) for k in range(4) for kind, own in (("r", near), ("g", far))}
    one = part(answers, people)
    keys: dict[str, Any] = {
        "kind": "group-better", "models": [f"r{k}" for k in range(4)], "others": [f"g{k}" for k in range(4)],
        "target": TARGET, "smallest_effect": 0.01,
    }  # fmt: skip
    assert claimed(gather([one], instruments=[instrument_of(answers)]), **keys).verdict == "supported"
    found = claimed(gather([silenced(one, "r", 0.09)], instruments=[instrument_of(answers)]), **keys)
    assert found.verdict == "undecided" and "refused and unread" in found.reason


# --- one wording ---------------------------------------------------------------------------------------------------


def orders(words: str = "drawn") -> Gathered:
    """One wording under four orders; `near` is far closer."""
    rng = np.random.default_rng(40)
    people = tiled(APART)
    answers = {"near": noisy(people["EGY"], 4, 900, rng), "far": noisy(people["USA"], 4, 900, rng)}
    one = part(answers, people, study=study_of(list(answers), words=words))

    table = one.answers.with_columns(order=pl.col("wording"), wording=pl.lit("w1"))
    return gather([replace(one, answers=table)], instruments=[instrument_of(answers)])


CLOSER: dict[str, Any] = {"kind": "closer", "respondent": "near", "other": "far", "target": TARGET}


def test_one_wording_decides_nothing_unless_the_words_are_fixed() -> None:
    open_ = claimed(orders(), **CLOSER)
    assert open_.verdict == "undecided" and "one wording only" in open_.reason and (open_.low or 0) > 0
    assert not any("wide" in line for line in open_.limits)
    assert any(line == "Only 4 framings carry the interval." for line in open_.limits)
    for fixed in (claimed(orders(), **CLOSER, words="fixed"), claimed(orders("fixed"), **CLOSER)):
        assert fixed.verdict == "supported" and "for these words only" in fixed.sentence
    again = claimed(orders("fixed"), **CLOSER, words="drawn")
    assert again.verdict == "undecided"


def test_a_comparison_of_one_wording_is_open() -> None:
    found = compare(orders(), Asked("js_similarity", (TARGET,)))
    assert {row.outcome for row in found.differences} == {"open: one wording only"}
    assert any("one wording only" in line for line in found.limits)
    fixed = compare(orders("fixed"), Asked("js_similarity", (TARGET,)))
    assert fixed.differences[0].outcome == "first is closer"


def test_a_wide_interval_of_few_wordings_is_said_to_be_wide() -> None:
    rng = np.random.default_rng(41)
    people = tiled(NEARER)
    answers = {"near": noisy(people["EGY"], 2, 8, rng), "far": noisy(people["USA"], 2, 8, rng)}
    found: Finding = claimed(laid_out(answers, people), **CLOSER, smallest_effect=0.001)
    assert any("which is why it is wide" in line for line in found.limits)


# --- what the runs do not share ------------------------------------------------------------------------------------


def shares(seed: int = 1) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    people = tiled(NEARER, 20)
    return people, {"a": noisy(people["EGY"], 3, 300, rng), "b": noisy(people["USA"], 3, 300, rng)}


@pytest.mark.parametrize(("left", "places"), [(19, True), (17, False), (3, False)])
def test_places_are_withheld_where_too_many_cells_are_lost(left: int, places: bool) -> None:
    people, answers = shares()
    answers["b"][:, left:] = np.nan
    found = compare(laid_out(answers, people), Asked("js_similarity", (TARGET,)))
    assert found.differences[0].lost == pytest.approx(1 - left / 20) and bool(found.places) == places
    assert any("no places are given" in line for line in found.limits) == (not places)


def test_people_that_only_one_run_names_are_said() -> None:
    people, answers = shares()
    one, other = (part({label: answers[label]}, people, name=f"run-{label}") for label in "ab")

    other = replace(other, humans=other.humans.clear())
    made = gather([one, other], instruments=[instrument_of(answers)])
    lines = [line for line in compare(made, Asked("js_similarity", (TARGET,))).limits if "does not name" in line]
    assert len(lines) == 1 and "run-b" in lines[0] and "made-1" in lines[0]
    groups = Groups(("x", ("a",)), ("y", ("b",)), {})
    assert lines[0] in compare_groups(made, Asked("js_similarity", (TARGET,)), groups).limits


# --- the rule ------------------------------------------------------------------------------------------------------


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-0.3, 0.3))
def test_noise_taken_out_and_edges_only_take_a_direction_away(p: float, against: float, moved: float) -> None:
    def plain(value: float) -> Evidence:
        return Evidence(value, (value - 0.1, value + 0.1), (value - 0.08, value + 0.08), 0.01, 0.99, 0.001, 0.1)

    alone = directional(plain(0.2), 0.05)
    freed = directional(replace(plain(0.2), p_apart=(p, against), bare=0.2 - moved), 0.05)
    assert alone.verdict == "supported" and freed.verdict in ("supported", "undecided")
    assert (freed.verdict == "supported") == (p <= 0.05 and 0.2 - moved >= 0.1)
    edged = directional(replace(plain(0.2), edges=(plain(0.2 - abs(moved)), plain(0.2))), 0.05)
    assert (edged.verdict == "supported") == (directional(plain(0.2 - abs(moved)), 0.05).verdict == "supported")
    assert directional(replace(plain(0.2), open="one wording"), 0.05).reason == "one wording"
