"""Claims about scores: planted respondents of known knowledge come back supported, refuted or undecided."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tawazun.claims import Finding, Gathered, claim_from, decide
from tawazun.errors import BadStudy, Refused, UnknownName
from tawazun.instruments import Question
from tests.claims.test_exam_pairs import MADE, Choose, knowing, laid_out, part
from tests.measures import exam_toys as toys

F1 = toys.topical([20] * 24, positive=1.0)


def claimed(gathered: Gathered, **keys: Any) -> Finding:
    usual = {"claim": "one knows more", "kind": "scores-higher", "measure": "accuracy"}
    return decide(gathered, claim_from({**usual, **keys}, "claim.toml"))


def always(k: int) -> Choose:
    return lambda question: k


def nearly(base: Choose, every: int) -> Choose:
    """Another respondent's answers but for one item in so many, where the next option is chosen."""
    at = {question.id: q for q, question in enumerate(MADE.questions)}

    def choose(question: Question) -> int:
        return (base(question) + (at[question.id] % every == 0)) % question.cells

    return choose


ANSWERS = {
    "base": knowing(0.5, 1),
    "tuned": knowing(0.8, 2),
    "alike": nearly(knowing(0.8, 2), 97),
    "guess": knowing(0.25, 6),
    "first": always(0),
}


@pytest.fixture(scope="module")
def gathered() -> Gathered:
    return laid_out(part(ANSWERS))


@pytest.mark.parametrize(
    ("keys", "verdict"),
    [
        ({"respondent": "tuned", "other": "base"}, "supported"),
        ({"respondent": "base", "other": "tuned"}, "refuted"),
        ({"respondent": "tuned", "other": "base", "smallest_effect": 0.45}, "undecided"),
        ({"respondent": "guess", "other": "first"}, "undecided"),
        ({"respondent": "tuned", "other": "alike", "kind": "scores-alike", "smallest_effect": 0.05}, "supported"),
        ({"respondent": "tuned", "other": "base", "kind": "scores-alike", "smallest_effect": 0.05}, "refuted"),
        ({"respondent": "tuned", "other": "alike", "kind": "scores-alike"}, "undecided"),
        ({"respondent": "tuned", "kind": "scores-above-floor"}, "supported"),
        ({"respondent": "guess", "kind": "scores-above-floor", "smallest_effect": 0.1}, "refuted"),
        ({"respondent": "guess", "kind": "scores-above-floor"}, "undecided"),
        ({"respondent": "first", "kind": "scores-above-floor", "floor": "position-2"}, "undecided"),
        ({"respondent": "base", "kind": "scores-above-floor", "floor": "group-majority"}, "supported"),
    ],
)
def test_planted_respondents(gathered: Gathered, keys: dict[str, Any], verdict: str) -> None:
    found = claimed(gathered, **keys)
    assert found.verdict == verdict, found
    assert found.sentence.endswith(f"{verdict}.") and "toy_exam, w1 letters 0-shot" in found.sentence
    assert found.exploratory and any("toy_exam is not for: anything" in line for line in found.limits)


def test_the_effect_is_the_difference_that_can_be_counted(gathered: Gathered) -> None:
    right = toys.right(MADE)
    share = {name: np.mean([choose(q) == right(q) for q in MADE.questions]) for name, choose in ANSWERS.items()}
    found = claimed(gathered, respondent="tuned", other="base")
    assert found.value == pytest.approx(share["tuned"] - share["base"], abs=1e-12)
    assert found.facts["accuracy of tuned"] == pytest.approx(share["tuned"])
    assert found.facts["topics"] == 24 and found.facts["items"] == 480 and "24 groups of topic" in found.method
    above = claimed(gathered, respondent="tuned", kind="scores-above-floor")
    assert above.value == pytest.approx(share["tuned"] - 0.25) and above.facts["topics"] == 24


def test_the_error_is_that_of_whole_topics_left_out(gathered: Gathered) -> None:
    right = toys.right(MADE)
    gap = np.array(
        [float(ANSWERS["tuned"](q) == right(q)) - float(ANSWERS["base"](q) == right(q)) for q in MADE.questions]
    )
    left = np.array([np.delete(gap, np.arange(20 * t, 20 * t + 20)).mean() for t in range(24)])
    sd = np.sqrt(23 / 24 * ((left - left.mean()) ** 2).sum())
    found = claimed(gathered, respondent="tuned", other="base")
    # t with 23 degrees of freedom
    assert found.low is not None and found.high is not None
    assert (found.high - found.low) / 2 == pytest.approx(2.0687 * sd, rel=0.02)


def test_what_knows_nothing_is_named_in_the_limits(gathered: Gathered) -> None:
    found = claimed(gathered, respondent="guess", other="first")
    assert any(line.startswith("Not shown to be above the best floor") and "guess" in line for line in found.limits)
    assert not any("best floor" in line for line in claimed(gathered, respondent="tuned", other="base").limits)


def test_an_undecided_claim_says_how_many_topics_would_do(gathered: Gathered) -> None:
    found = claimed(gathered, respondent="guess", other="first", smallest_effect=0.02)
    assert [need.unit for need in found.needs] == ["topics"]
    assert found.needs[0].need is not None and found.needs[0].need > 24


def test_f1_is_claimed_where_items_share_labels_and_refused_where_they_do_not(gathered: Gathered) -> None:
    answers = {"knows": knowing(0.8, 2, F1), "yes": always(0)}
    both = laid_out(part(answers, made=F1), made=F1)
    found = claimed(both, respondent="knows", other="yes", measure="macro_f1")
    assert found.verdict == "supported" and found.facts["macro_f1 of yes"] == pytest.approx(1 / 3)
    mixed = replace(MADE, questions=(toys.item("odd", ("this", "that", "x", "y"), "topic:t0"), *MADE.questions[1:]),
                    gold={**{q.id: MADE.gold[q.id] for q in MADE.questions[1:]}, "odd": 1.0})  # fmt: skip
    runs = laid_out(part({"a": always(0), "b": always(1)}, made=mixed), made=mixed)
    with pytest.raises(BadStudy, match="a was not asked any benchmark that has macro_f1"):
        claimed(runs, respondent="a", other="b", measure="macro_f1")


@pytest.mark.parametrize(
    ("keys", "error", "why"),
    [
        ({"other": "tuned"}, BadStudy, "is the respondent itself"),
        ({"other": "nobody"}, UnknownName, "nobody"),
        ({"other": "base", "measure": "js_similarity"}, BadStudy, "measure: Input should be 'accuracy' or 'macro_f1'"),
        ({"other": "base", "instrument": "acva"}, BadStudy, "'acva' is no benchmark with accuracy here; .* toy_exam"),
        ({"other": "base", "prompt": "w2"}, BadStudy, "'w2' was not asked; the runs hold 'w1 letters 0-shot'"),
        ({"kind": "scores-above-floor", "floor": "monkey"}, BadStudy, "no floor 'monkey'; it has random, majority"),
        ({"kind": "closer", "other": "base", "target": "x-1/A"}, BadStudy, "accuracy is a score on a benchmark"),
    ],
)
def test_a_claim_that_cannot_be_tested_says_why(
    gathered: Gathered, keys: dict[str, Any], error: type[Exception], why: str
) -> None:
    with pytest.raises(error, match=why):
        claimed(gathered, respondent="tuned", **keys)


def test_one_of_several_prompts_is_named(gathered: Gathered) -> None:
    answers = {"base": knowing(0.5, 1), "tuned": knowing(0.8, 2)}
    both = laid_out(part(answers), part(answers, "more", context="shots=up-to-5"))
    for kind in ({"other": "base"}, {"kind": "scores-above-floor"}):
        with pytest.raises(BadStudy, match=r"more than one score .*0-shot.*up-to-5-shot"):
            claimed(both, respondent="tuned", **kind)
        found = claimed(both, respondent="tuned", prompt="w1 letters up-to-5-shot", **kind)
        assert found.verdict == "supported" and "up-to-5-shot" in found.sentence


def test_exact_and_at_most_so_many_worked_examples_are_never_set_side_by_side() -> None:
    runs = (
        part({"base": knowing(0.5, 1)}, context="shots=5"),
        part({"tuned": knowing(0.8, 2)}, "more", context="shots=up-to-5"),
    )
    with pytest.raises(Refused, match="differ in worked examples"):
        claimed(laid_out(*runs), respondent="tuned", other="base")


def test_refusals_are_wrong_and_counted() -> None:
    silent = laid_out(
        part({"tuned": knowing(0.8, 2), "silent": lambda q: -1 if q.id.endswith("0") else toys.right(MADE)(q)})
    )
    found = claimed(silent, respondent="tuned", other="silent")
    assert found.facts["refused of silent"] == pytest.approx(0.1) and found.facts[
        "accuracy of silent"
    ] == pytest.approx(0.9)
