"""One pair of respondents against one people: the row of a comparison, its outcome in words, the places shared."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from tawazun.claims.gathering import Gathered
from tawazun.claims.limits import MOST_LOST
from tawazun.claims.pairwise import Compared
from tawazun.claims.records import Levels
from tawazun.claims.verdicts import Evidence, directional, equivalent, without_delta
from tawazun.claims.yardsticks import YARDSTICKS

Outcome = Literal[
    "first is closer",
    "second is closer",
    "first scores higher",
    "second scores higher",
    "equivalent",
    "differ by less than matters",
    "differ, whether enough to matter is open",
    "cannot be told apart",
    "open: one wording only",
    "not interpretable",
]
AHEAD = ("first is closer", "first scores higher")
BEHIND = ("second is closer", "second scores higher")


@dataclass(frozen=True)
class Difference:
    """One pair against one population: closeness of the first minus closeness of the second.

    value, low, high   in the unit of the measure, turned so that above 0 the first is closer
    p                  two-sided; minimum_p: the smallest two-sided p these data allow; p_holm, p_bh: within the family
    p_equivalent       of two one-sided tests, p_equivalent_holm within the family
    first_closeness …  of both, in the measure's own direction
    lost               share of cells that not every compared respondent answered, left out of both
    """

    first: str
    second: str
    population: str
    instrument: str
    persona: str
    perspective: str
    language: str
    mode: str
    measure: str
    unit: str
    value: float
    low: float | None
    high: float | None
    level: float
    p: float | None
    minimum_p: float | None
    p_holm: float | None
    p_bh: float | None
    smallest_effect: float | None
    smallest_effect_from: str
    p_equivalent: float | None
    p_equivalent_holm: float | None
    outcome: Outcome
    matters: bool | None
    first_closeness: float
    second_closeness: float
    items: int
    clusters: int
    method: str
    why: str
    lost: float = 0.0


class Judged(Protocol):
    """What an outcome is decided by."""

    @property
    def closed(self) -> tuple[str, ...]:
        """Closed gates, as sentences."""
        ...

    def evidence(self, levels: Levels) -> Evidence:
        """What the rules look at."""
        ...


@dataclass(frozen=True)
class Place:
    """A respondent's place against one population: between `best` and `worst`, ties not told apart included."""

    population: str
    persona: str
    language: str
    respondent: str
    closeness: float
    best: int
    worst: int


def difference_of(gathered: Gathered, one: Compared) -> Difference:
    """The row of a pair, before it is corrected for its family."""
    found, view = one.found, one.view
    interval = found.interval(gathered.level)
    low, high = interval or (None, None)
    least = None if one.test.minimum_p is None else min(1.0, 2 * one.test.minimum_p)
    delta = one.interest.value
    return Difference(
        first=one.sides[0].name,
        second=one.sides[1].name,
        population=one.target.name,
        instrument=view.instrument,
        persona=view.persona,
        perspective=view.perspective,
        language=view.language,
        mode=view.mode,
        measure=found.measure.name,
        unit=found.measure.unit,
        value=found.value,
        low=low,
        high=high,
        level=gathered.level,
        p=one.test.two_sided,
        minimum_p=least,
        p_holm=None,
        p_bh=None,
        smallest_effect=delta,
        smallest_effect_from=one.interest.origin,
        p_equivalent=one.p_equivalent,
        p_equivalent_holm=None,
        outcome="cannot be told apart",
        matters=None if delta is None else abs(found.value) >= delta,
        first_closeness=found.sides[0],
        second_closeness=found.sides[1],
        items=len(found.items),
        clusters=found.clusters,
        method=f"{one.test.method}; interval: {found.method}",
        why="; ".join(part for part in (found.why, *one.closed) if part),
        lost=one.lost,
    )


def outcome_of(row: Difference, one: Judged, alpha: float) -> Outcome:
    """The words for a pair: the rules of `verdicts`, and the family's p beside the single one."""
    if one.closed:
        return "not interpretable"
    evidence = one.evidence(Levels(alpha, row.level))
    shown = row.p_holm is not None and row.p_holm <= alpha
    if evidence.open:
        return "open: one wording only"
    verdict = directional(evidence, alpha).verdict
    if shown and verdict != "undecided":
        return "first is closer" if verdict == "supported" else "second is closer"
    # a direction as such, however small: the rule without a smallest effect
    found = directional(without_delta(evidence), alpha).verdict
    apart = shown and found != "undecided"
    alike = row.p_equivalent_holm is not None and row.p_equivalent_holm <= alpha
    if alike and equivalent(evidence, alpha).verdict == "supported":
        return "differ by less than matters" if apart else "equivalent"
    return "differ, whether enough to matter is open" if apart else "cannot be told apart"


def places_of(rows: Sequence[Difference], alpha: float) -> list[Place]:
    """The places that each respondent may have: one after those shown closer, before those shown further."""
    blocks: dict[tuple[str, str, str, str, str], list[Difference]] = {}
    for row in rows:
        key = (row.population, row.persona, row.perspective, row.language, row.mode)
        blocks.setdefault(key, []).append(row)
    found = []
    for key, block in blocks.items():
        if any(row.outcome == "not interpretable" or row.lost > MOST_LOST for row in block):
            continue
        names = list(dict.fromkeys(name for row in block for name in (row.first, row.second)))
        closer = {name: {r.first for r in block if r.second == name and r.outcome in AHEAD} for name in names}
        for row in block:
            if row.outcome in BEHIND:
                closer[row.first].add(row.second)
        level = {row.first: row.first_closeness for row in block} | {row.second: row.second_closeness for row in block}
        # scores of benchmarks are no distances: more of them is better
        sign = YARDSTICKS[block[0].measure].toward if block[0].measure in YARDSTICKS else 1
        for name in sorted(names, key=lambda n: -sign * level[n]):
            worse = sum(name in above for above in closer.values())
            found.append(Place(key[0], key[1], key[3], name, level[name], 1 + len(closer[name]), len(names) - worse))
    return found
