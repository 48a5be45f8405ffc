"""When a claim is supported, refuted, or neither: every rule, in this one place.

Let the effect be turned so that above 0 speaks for the claim, delta be the smallest effect of interest (0 when there is
none), I the interval at `level` and J the one at 1 - 2 alpha, which is the interval of two one-sided tests.

directional   supported: I lies above 0, the one-sided p is at most alpha, and the estimate is at least delta
              refuted:   the mirror image, so that swapping the two sides swaps the verdict
at least      supported: as directional; refuted: I lies below delta, or the mirror image of directional; for effects
              that have no other side to swap with (skill over a floor, a slope, rank agreement)
equivalent    supported: J lies inside (-delta, delta); refuted: I lies outside it on one side
not better    supported: J lies below delta (non-superiority); refuted: "better" is supported by the directional rule

Noise pulls two sides together, so that an effect is "below delta" too easily; where one side is noisier it pushes them
apart, so that it is "above 0" too easily. Where a measure has a scale from which noise can be taken out (`sameness`),
every condition must hold on that scale too, at alpha. Where it has none, an estimate no larger than what sampling alone
does to it shows nothing.

A verdict must also stand whatever refused and unread replies would have been (`edges`), and it is about the words that
were used alone when they are one wording: then nothing is decided unless the words are declared fixed (`open`).

Anything else is undecided: a closed gate, no interval, no possible test, or simply too little. Significance and
relevance are asked for together (Roychoudhury, Scheuer & Neuenschwander 2018, Clin. Trials 15(5), dual criterion), so a
trifle is never called a finding; a large p is never evidence of sameness. For a fixed estimate a wider interval can
only take a verdict away.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Literal

Verdict = Literal["supported", "refuted", "undecided"]
Bounds = tuple[float, float]
ROUNDING = 1e-12
SILENT = "{verdict} by the replies that were read, but not whatever the refused and unread ones would have been"


@dataclass(frozen=True)
class Evidence:
    """What a rule looks at; the effect is turned so that above 0 speaks for the claim.

    value            estimate; None when there is none
    interval         at `level`; inner: at 1 - 2 alpha; None when there is none
    p_for, p_against one-sided; None when no test is possible
    minimum_p        the smallest one-sided p that the data allow; None where it has no bound
    delta            smallest effect of interest; None when there is none
    shift            what sampling alone does to the estimate, to first order
    closed           reasons for which the measurement may not be read
    why              why there is no interval or no test
    p_within         one-sided p of "above minus delta" and of "below delta" with noise taken out; None where a measure
                     has no such scale
    p_apart          the same of "above 0" and of "below 0"; bare: the estimate less what noise adds
    edges            the evidence at both ends of what refused and unread replies could have made of it; empty when
                     nothing was lost
    open             a reason for which nothing is decided although the measurement may be read
    """

    value: float | None
    interval: Bounds | None
    inner: Bounds | None
    p_for: float | None
    p_against: float | None
    minimum_p: float | None
    delta: float | None
    shift: float = 0.0
    closed: tuple[str, ...] = ()
    why: str = ""
    p_within: tuple[float, float] | None = None
    p_apart: tuple[float, float] | None = None
    bare: float | None = None
    edges: tuple["Evidence", ...] = ()
    open: str = ""

    def turned(self) -> "Evidence":
        """The same evidence for the opposite claim."""
        return Evidence(
            None if self.value is None else -self.value,
            _mirror(self.interval),
            _mirror(self.inner),
            self.p_against,
            self.p_for,
            self.minimum_p,
            self.delta,
            -self.shift,
            self.closed,
            self.why,
            None if self.p_within is None else (self.p_within[1], self.p_within[0]),
            None if self.p_apart is None else (self.p_apart[1], self.p_apart[0]),
            None if self.bare is None else -self.bare,
            tuple(edge.turned() for edge in self.edges),
            self.open,
        )


def without_delta(evidence: Evidence) -> Evidence:
    """The same evidence without a smallest effect of interest, for a direction as such."""
    return replace(evidence, delta=None, edges=tuple(replace(edge, delta=None) for edge in evidence.edges))


@dataclass(frozen=True)
class Ruling:
    """A verdict with its reason in one sentence."""

    verdict: Verdict
    reason: str


Rule = Callable[[Evidence, float], Ruling]


def _at_the_edges(rule: Rule) -> Rule:
    """The rule with verdicts that stand at both ends of what the silent could have said."""

    @wraps(rule)
    def judged(evidence: Evidence, alpha: float) -> Ruling:
        ruling = rule(evidence, alpha)
        if ruling.verdict == "undecided" or all(rule(e, alpha).verdict == ruling.verdict for e in evidence.edges):
            return ruling
        return Ruling("undecided", SILENT.format(verdict=ruling.verdict))

    return judged


@_at_the_edges
def directional(evidence: Evidence, alpha: float) -> Ruling:
    """The ruling on a claim that an effect is above 0."""
    stopped = _stopped(evidence, test=True, alpha=alpha)
    if stopped:
        return Ruling("undecided", stopped)
    if _shown(evidence, alpha):
        return Ruling("supported", "the whole interval, the test and the size of the estimate speak for it")
    if _shown(evidence.turned(), alpha):
        return Ruling("refuted", "the whole interval, the test and the size of the estimate speak for the opposite")
    return Ruling("undecided", _missing(evidence, alpha))


@_at_the_edges
def at_least(evidence: Evidence, alpha: float) -> Ruling:
    """The ruling on a claim that an effect is above 0, where ruling out one that matters is a refutation."""
    if not _stopped(evidence, test=False, alpha=1.0) and evidence.delta is not None:
        assert evidence.interval is not None
        if evidence.interval[1] < evidence.delta and _below(evidence, alpha):
            return Ruling("refuted", "an effect as large as the smallest effect of interest is ruled out")
    return directional(evidence, alpha)


@_at_the_edges
def equivalent(evidence: Evidence, alpha: float) -> Ruling:
    """The ruling on a claim that an effect is too small to matter, in either direction."""
    stopped = _stopped(evidence, test=False, alpha=1.0)
    if stopped:
        return Ruling("undecided", stopped)
    if evidence.delta is None:
        return Ruling("undecided", "without a smallest effect of interest nothing can be called equivalent")
    assert evidence.interval is not None and evidence.inner is not None
    if abs(evidence.shift) > evidence.delta / 2:
        return Ruling(
            "undecided", f"sampling alone shifts the difference by {evidence.shift:.2g}, too much to call it small"
        )
    low, high = evidence.interval
    inside = -evidence.delta < evidence.inner[0] and evidence.inner[1] < evidence.delta
    if inside and _below(evidence, alpha) and _below(evidence.turned(), alpha):
        return Ruling("supported", "the interval of two one-sided tests lies inside the smallest effect of interest")
    if (low >= evidence.delta and _beyond(evidence, alpha)) or (
        high <= -evidence.delta and _beyond(evidence.turned(), alpha)
    ):
        return Ruling("refuted", "the whole interval lies beyond the smallest effect of interest")
    if inside:
        return Ruling("undecided", "with noise taken out the difference may be as large as what matters")
    return Ruling("undecided", "the interval reaches beyond the smallest effect of interest on at least one side")


@_at_the_edges
def not_better(evidence: Evidence, alpha: float) -> Ruling:
    """The ruling on a claim that an effect is not above 0 by an amount that matters."""
    stopped = _stopped(evidence, test=False, alpha=1.0)
    if stopped:
        return Ruling("undecided", stopped)
    if evidence.delta is None:
        return Ruling("undecided", "without a smallest effect of interest nothing can be called no better")
    assert evidence.inner is not None
    if evidence.inner[1] < evidence.delta and _below(evidence, alpha):
        return Ruling("supported", "an advantage as large as the smallest effect of interest is ruled out")
    if _testable(evidence, alpha) and _shown(evidence, alpha):
        return Ruling("refuted", "superiority is shown")
    return Ruling("undecided", "superiority is not shown, which is not evidence of equality")


def _stopped(evidence: Evidence, *, test: bool, alpha: float) -> str:
    """Why no verdict is possible whatever the numbers are; empty when one is."""
    if evidence.closed:
        return "not interpretable: " + "; ".join(evidence.closed)
    if evidence.value is None or evidence.interval is None or evidence.inner is None:
        return evidence.why or "there is no interval"
    if evidence.open:
        return evidence.open
    if test and evidence.p_for is None:
        return evidence.why or "no test is possible"
    if test and not _testable(evidence, alpha):
        return f"no test is possible: the smallest p that these data allow is {evidence.minimum_p:.3g}, above {alpha:g}"
    return ""


def _testable(evidence: Evidence, alpha: float) -> bool:
    return evidence.p_for is not None and (evidence.minimum_p is None or evidence.minimum_p <= alpha)


def _shown(evidence: Evidence, alpha: float) -> bool:
    """Whether an effect above 0 is shown: interval, test, size, and not by sampling alone."""
    assert evidence.value is not None and evidence.interval is not None
    beyond = evidence.interval[0] > ROUNDING and evidence.p_for is not None and evidence.p_for <= alpha
    return beyond and evidence.value >= (evidence.delta or 0.0) and _apart(evidence, alpha)


def _apart(evidence: Evidence, alpha: float) -> bool:
    """Whether an effect above 0 is not the work of sampling: shown and large enough with noise taken out."""
    if evidence.p_apart is None or evidence.bare is None:
        return evidence.value is not None and evidence.value > abs(evidence.shift)
    return evidence.p_apart[0] <= alpha and evidence.bare >= (evidence.delta or 0.0)


def _below(evidence: Evidence, alpha: float) -> bool:
    """Whether the effect is below delta with noise taken out, or cannot be looked at that way."""
    return evidence.p_within is None or evidence.p_within[1] <= alpha


def _beyond(evidence: Evidence, alpha: float) -> bool:
    """Whether the effect is delta or more with noise taken out, or cannot be looked at that way."""
    return evidence.p_within is None or evidence.p_within[1] >= 1 - alpha


def _missing(evidence: Evidence, alpha: float) -> str:
    """What a directional claim falls short of."""
    assert evidence.value is not None and evidence.interval is not None
    low, high = evidence.interval
    if low <= ROUNDING and high >= -ROUNDING:
        return "the interval holds both directions"
    p = evidence.p_for if evidence.value > 0 else evidence.p_against
    if p is not None and p > alpha:
        return f"the interval leaves 0 out but the test does not agree (p = {p:.3g}, alpha {alpha:.3g})"
    if evidence.p_apart is None and abs(evidence.value) <= abs(evidence.shift):
        return f"sampling alone could shift the estimate by {evidence.shift:.2g}"
    if evidence.p_apart is not None and evidence.p_apart[evidence.value < 0] > alpha:
        return "with the noise of few replies, wordings and people taken out, the difference is not shown"
    return "there is a difference, but its estimate is smaller than the smallest effect of interest"


def _mirror(bounds: Bounds | None) -> Bounds | None:
    return None if bounds is None else (-bounds[1], -bounds[0])
