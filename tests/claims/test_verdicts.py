"""The rules themselves: verdicts exclude each other, a swap swaps them, and a wider interval only takes one away."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.claims.verdicts import Evidence, at_least, directional, equivalent, not_better

ALPHA = 0.05
RULES = {"directional": directional, "at least": at_least, "equivalent": equivalent, "not better": not_better}
OPPOSITE = {"supported": "refuted", "refuted": "supported", "undecided": "undecided"}

sizes = st.floats(0.0, 2.0).map(lambda x: round(x, 3))


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    value = draw(st.floats(-1, 1).map(lambda x: round(x, 3)))
    half = draw(sizes)
    inner = half * draw(st.floats(0.5, 1.0))
    p = draw(st.one_of(st.none(), st.floats(0, 1)))
    return Evidence(
        value=value,
        interval=(value - half, value + half),
        inner=(value - inner, value + inner),
        p_for=p,
        p_against=None if p is None else 1 - p,
        minimum_p=draw(st.one_of(st.none(), st.floats(0, 0.2))),
        delta=draw(st.one_of(st.none(), st.floats(0.001, 1))),
        shift=draw(st.floats(-0.2, 0.2)),
        closed=draw(st.sampled_from([(), ("allowed mass",)])),
    )


@given(evidences())
def test_supported_and_refuted_exclude_each_other_under_swap(evidence: Evidence) -> None:
    assert directional(evidence.turned(), ALPHA).verdict == OPPOSITE[directional(evidence, ALPHA).verdict]
    assert equivalent(evidence.turned(), ALPHA).verdict == equivalent(evidence, ALPHA).verdict


@given(evidences(), sizes)
def test_a_wider_interval_never_makes_a_verdict_or_turns_one(evidence: Evidence, more: float) -> None:
    assert evidence.interval is not None and evidence.inner is not None
    wider = replace(
        evidence,
        interval=(evidence.interval[0] - more, evidence.interval[1] + more),
        inner=(evidence.inner[0] - more, evidence.inner[1] + more),
    )
    for rule in RULES.values():
        before, after = rule(evidence, ALPHA).verdict, rule(wider, ALPHA).verdict
        assert after in (before, "undecided") or ((before, after) == ("supported", "refuted") and rule is not_better)
        if rule is not_better:
            assert (before, after) != ("undecided", "supported")


@given(evidences())
def test_better_and_no_better_are_never_both_supported(evidence: Evidence) -> None:
    if not_better(evidence, ALPHA).verdict == "supported":
        assert directional(evidence, ALPHA).verdict != "supported"
    if directional(evidence, ALPHA).verdict == "supported" and evidence.delta is not None:
        assert not_better(evidence, ALPHA).verdict == "refuted"


@given(evidences())
def test_a_trifle_a_closed_gate_and_an_impossible_test_are_never_a_finding(evidence: Evidence) -> None:
    verdict = directional(evidence, ALPHA).verdict
    value = evidence.value or 0.0
    if evidence.delta is not None and abs(value) < evidence.delta:
        assert verdict == "undecided"
    if evidence.minimum_p is not None and evidence.minimum_p > ALPHA:
        assert verdict == "undecided"
    if evidence.closed:
        assert {rule(evidence, ALPHA).verdict for rule in RULES.values()} == {"undecided"}
    if abs(value) <= abs(evidence.shift):
        assert verdict == "undecided"


@given(evidences())
def test_every_undecided_claim_says_why(evidence: Evidence) -> None:
    for rule in RULES.values():
        assert rule(evidence, ALPHA).reason


def plain(value: float, half: float, **changes: object) -> Evidence:
    base = Evidence(
        value, (value - half, value + half), (value - 0.8 * half, value + 0.8 * half), 0.01, 0.99, 0.001, 0.1
    )
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "evidence", "verdict", "said"),
    [
        (directional, plain(0.2, 0.1), "supported", "whole interval"),
        (directional, plain(-0.2, 0.1, p_for=0.99, p_against=0.01), "refuted", "opposite"),
        (directional, plain(0.05, 0.04), "undecided", "smaller than the smallest effect"),
        (directional, plain(0.2, 0.3), "undecided", "both directions"),
        (directional, plain(0.2, 0.1, p_for=0.2), "undecided", "test does not agree"),
        (directional, plain(0.2, 0.1, shift=0.3), "undecided", "sampling alone"),
        (directional, plain(0.2, 0.1, minimum_p=0.25), "undecided", "smallest p"),
        (directional, plain(0.2, 0.1, interval=None, why="one framing"), "undecided", "one framing"),
        (directional, plain(0.2, 0.1, closed=("refusal rate",)), "undecided", "refusal rate"),
        (equivalent, plain(0.0, 0.1), "supported", "two one-sided"),
        (equivalent, plain(0.0, 0.2), "undecided", "reaches beyond"),
        (equivalent, plain(0.5, 0.2), "refuted", "beyond"),
        (equivalent, plain(0.0, 0.01, delta=None), "undecided", "without a smallest effect"),
        (equivalent, plain(0.0, 0.01, shift=0.09), "undecided", "sampling alone"),
        (not_better, plain(-0.1, 0.1, p_for=0.9), "supported", "ruled out"),
        (not_better, plain(0.1, 0.3, p_for=0.2), "undecided", "not evidence of equality"),
        (not_better, plain(0.3, 0.1), "refuted", "superiority is shown"),
        (at_least, plain(0.0, 0.05, p_for=0.5), "refuted", "ruled out"),
        (at_least, plain(0.0, 0.05, p_for=0.5, delta=None), "undecided", "both directions"),
    ],
)
def test_the_rules_by_example(rule: object, evidence: Evidence, verdict: str, said: str) -> None:
    ruling = rule(evidence, ALPHA)  # type: ignore[operator]
    assert ruling.verdict == verdict and said in ruling.reason
