"""Claims about two sides and a target: who is closer, whether they are alike, whether a floor is beaten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import Field

from tawazun.claims.contrast import Contrast, Tested, contrast, draws_for, tested
from tawazun.claims.gathering import Gathered
from tawazun.claims.interest import Interest, smallest_effect
from tawazun.claims.likeness import OWN, View, unlike_replies, wordings_of
from tawazun.claims.limits import needs_of, one_wording, pair_limits, source_limit
from tawazun.claims.matching import Target, check_respondent, find_target, one_view, shared_cells
from tawazun.claims.records import ClaimKeys, Found, Levels
from tawazun.claims.silence import silence_words
from tawazun.claims.verdicts import Evidence, Rule, Ruling
from tawazun.claims.yardsticks import Side, Yardstick, yardstick
from tawazun.measures.cube import Cube
from tawazun.stats.combined import one_sided_p


class PairKeys(ClaimKeys):
    """What claims about closeness to a target have in common.

    respondent   a label of the runs
    target       `SOURCE/PLACE`, `SOURCE/group:NAME@DATE`, or `SOURCE`: over several, closeness is averaged
    measure      js_similarity, w1_similarity, js_divergence or map_distance
    """

    respondent: str
    target: str
    measure: str = Field(min_length=1)


@dataclass(frozen=True)
class Compared:
    """A contrast with its test and what is needed to judge it.

    edges   the contrast and its test at both ends of what refused and unread replies could have made of it
    notes   what must be said of these two beside the usual limits
    open    a reason for which nothing is decided although the measurement may be read
    """

    target: Target
    view: View
    made: Cube
    sides: tuple[Side, Side]
    found: Contrast
    test: Tested
    interest: Interest
    closed: tuple[str, ...]
    lost: float
    edges: tuple[tuple[Contrast, Tested], ...] = ()
    notes: tuple[str, ...] = ()
    open: str = ""

    @property
    def p_within(self) -> tuple[float, float] | None:
        """One-sided p of "above minus the smallest effect" and of "below it", noise taken out; None without a scale."""
        alike, delta = self.found.sameness, self.interest.value
        return None if alike is None or delta is None else alike.p(delta)

    @property
    def p_equivalent(self) -> float | None:
        """The larger p of two one-sided tests, as measured and with noise taken out, or None."""
        delta = self.interest.value
        if delta is None or not self.found.parts:
            return None
        above = one_sided_p(self.found.value, self.found.parts, null=-delta, alternative="greater")
        below = one_sided_p(self.found.value, self.found.parts, null=delta, alternative="less")
        return max(above, below, *(self.p_within or ()))

    def evidence(self, levels: Levels) -> Evidence:
        """What the rules look at."""
        edges = tuple(self._evidence(levels, found, test) for found, test in self.edges)
        return replace(self._evidence(levels, self.found, self.test), edges=edges)

    def _evidence(self, levels: Levels, found: Contrast, test: Tested) -> Evidence:
        alike, delta, moved = self.found.sameness, self.interest.value, found.value - self.found.value
        return Evidence(
            value=found.value,
            interval=found.interval(levels.level),
            inner=found.interval(1 - 2 * levels.alpha),
            p_for=test.p_for,
            p_against=test.p_against,
            minimum_p=test.minimum_p,
            delta=delta,
            shift=found.shift,
            closed=self.closed,
            why=found.why,
            p_within=None if alike is None or delta is None else alike.p(delta, moved),
            p_apart=None if alike is None else alike.p_apart(moved),
            bare=None if alike is None else found.value - alike.noise,
            open=self.open,
        )


def compared(
    gathered: Gathered,
    measure: Yardstick,
    target: Target,
    view: View,
    sides: tuple[Side, Side],
    declared: float | None,
    cells: tuple[Cube, Mapping[str, Sequence[int]], float] | None = None,
    tests: int = 1,
    words: str = "",
) -> Compared:
    """Two sides set against a target on the cells that both have.

    cells    answers already restricted to what more than these two share, for a comparison of many
    tests    how many are made together, so that random sign patterns are enough for their correction
    words    `fixed` or `drawn`; empty = as the studies say
    Errors   Refused when respondents were not asked alike; BadStudy when there is nothing to compare
    """
    labels = [side.name for side in sides if side.kind == "respondent"]
    made, own, lost = cells or shared_cells(gathered, view, target, labels)
    subjects = tuple(own[side.name] if side.kind == "respondent" else () for side in sides)
    mine = {label: own[label] for label in labels}
    unlike = unlike_replies(made, mine, freed=measure.bare is not None)
    found = contrast(gathered.context, measure, made, target, view, sides, (subjects[0], subjects[1]))
    names = (measure.name, target.name, view.words, sides[0].name, sides[1].name)
    draws = draws_for(tests, gathered.alpha)
    test, *ends = (tested(one, gathered.context.seed, names, draws) for one in (found, *found.edges()))
    interest = smallest_effect(gathered, measure, made, target, declared)
    closed = closed_reasons(gathered, labels, view, target) + _too_wide(gathered, labels, found, gathered.level)
    edges = tuple(zip(found.edges(), ends, strict=True))
    notes = tuple(line for line in (unlike, _silence(found, sides), source_limit(gathered, target, labels)) if line)
    open_ = one_wording(wordings_of(made, [s for one in mine.values() for s in one]), words or gathered.words)
    return Compared(target, view, made, sides, found, test, interest, closed, lost, edges, notes, open_)


def _silence(found: Contrast, sides: tuple[Side, Side]) -> str:
    ends = [edge.value for edge in found.edges()]
    if found.reach is None or not ends:
        return ""
    return silence_words([side.words for side in sides], found.reach, (ends[0], ends[1]), found.measure.short)


def closed_reasons(gathered: Gathered, labels: Sequence[str], view: View, target: Target) -> tuple[str, ...]:
    """Closed gates of everybody who takes part, as sentences."""
    personas = [target.side.places[c] for c in target.at] if view.persona == OWN else [view.persona]
    found: dict[str, None] = {}
    for (label, instrument, persona, perspective, language, mode, setting), gates in gathered.closed.items():
        looked = (view.instrument, view.perspective, view.language, view.mode, view.setting)
        if label in labels and persona in personas and (instrument, perspective, language, mode, setting) == looked:
            found |= dict.fromkeys(f"{label} as {persona}: {reason}" for reason in gates.reasons)
    return tuple(found)


def _too_wide(gathered: Gathered, labels: Sequence[str], found: Contrast, level: float) -> tuple[str, ...]:
    """The gate on the interval's half-width, which a study may set."""
    limits = [gathered.origin[label].study.gates.half_width for label in labels]
    limit = min((one for one in limits if one is not None), default=None)
    half = found.half(level)
    if limit is None or half is None or half <= limit:
        return ()
    return (f"the interval's half-width {half:.3g} is above the gate {limit:g}",)


def judge_pair(
    gathered: Gathered,
    keys: PairKeys,
    levels: Levels,
    sides: tuple[Side, Side],
    rule: Rule,
    facts: Mapping[str, Any] | None = None,
) -> Found:
    """A claim about the difference of two sides' closeness to a target, by a rule of `verdicts`."""
    measure = yardstick(keys.measure)
    labels = [check_respondent(gathered, side.name) for side in sides if side.kind == "respondent"]
    target = find_target(gathered, keys.target)
    view = one_view(gathered, target, labels, keys.narrow)
    tests = round(gathered.alpha / levels.alpha)
    both = compared(gathered, measure, target, view, sides, keys.smallest_effect, tests=tests, words=keys.words or "")
    evidence = both.evidence(levels)
    return found_of(gathered, both, evidence, rule(evidence, levels.alpha), levels, facts)


def found_of(
    gathered: Gathered,
    both: Compared,
    evidence: Evidence,
    ruling: Ruling,
    levels: Levels,
    facts: Mapping[str, Any] | None = None,
) -> Found:
    """What is said of a pair, whatever the rule."""
    found, sides = both.found, both.sides
    where = f"{len(found.items)} items" if found.measure.scale else "the map"
    labels = tuple(side.name for side in sides if side.kind == "respondent")
    own = {
        f"{found.measure.name} of {sides[0].words}": found.sides[0],
        f"{found.measure.name} of {sides[1].words}": found.sides[1],
        "items": len(found.items),
        found.unit: found.clusters or None,
        "shift by sampling and wordings": found.shift,
        **({} if evidence.bare is None else {"difference without noise": evidence.bare}),
    }
    return Found(
        evidence=evidence,
        ruling=ruling,
        unit=found.measure.unit,
        short=found.measure.short,
        method=f"{both.test.method}; interval: {found.method}",
        origin=both.interest.origin,
        respondents=labels,
        instrument=both.view.instrument,
        language=both.view.language,
        subject=f"Closeness of {sides[0].words} to {both.target.name} minus that of {sides[1].words}, on {where} of "
        f"{both.view.instrument} ({both.view.words})",
        facts=own | dict(facts or {}),
        needs=tuple(needs_of(found, both.test, evidence.delta, levels)),
        limits=(
            *both.notes,
            *pair_limits(gathered, both.view, both.target, sides, found, both.lost, evidence.delta),
        ),
    )
