"""Every pair of respondents against every people: differences with intervals, a corrected family of tests, and ranks.

One family is declared before anything is computed: every pair x population x persona x language of the command, unless
it is said otherwise. Holm's correction is the primary one; Benjamini and Hochberg's stands beside it. Two respondents
that cannot be told apart share ranks, and stay apart from "equivalent", which needs two one-sided tests.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from math import comb
from typing import Any, Literal

import numpy as np
import polars as pl

from tawazun.claims.deciding import NOT_FROZEN
from tawazun.claims.gathering import Gathered
from tawazun.claims.likeness import OWN, View
from tawazun.claims.limits import pair_limits
from tawazun.claims.matching import Target, check_respondent, every_target, find_target, shared_cells, views
from tawazun.claims.models import GroupContrast, Groups, check_groups, group_contrast
from tawazun.claims.pairwise import Compared, compared
from tawazun.claims.records import Levels
from tawazun.claims.verdicts import directional, equivalent
from tawazun.claims.yardsticks import YARDSTICKS, Side, Yardstick, yardstick
from tawazun.errors import BadStudy
from tawazun.stats.combined import one_sided_p
from tawazun.stats.permutation import benjamini_hochberg, holm

Family = Literal["all", "population"]
Outcome = Literal[
    "first is closer",
    "second is closer",
    "equivalent",
    "differ by less than matters",
    "cannot be told apart",
    "not interpretable",
]


@dataclass(frozen=True)
class Asked:
    """What a comparison is asked to do.

    populations      targets; empty = each population of the runs by itself
    smallest_effect  in the unit of the measure; None = the study's, else from the people
    family           one family over everything, or one per population
    tests            number of tests in the family when more were made elsewhere; 0 = those of this comparison
    narrow           persona, perspective, language … to look at; open ones are all looked at
    respondents      those to compare; empty = all that answered
    """

    measure: str
    populations: tuple[str, ...] = ()
    respondents: tuple[str, ...] = ()
    smallest_effect: float | None = None
    family: Family = "all"
    tests: int = 0
    narrow: Mapping[str, str] | None = None

    @property
    def plain(self) -> bool:
        """Whether nothing was narrowed or declared here: what `freeze` fixes beforehand."""
        narrowed = any((self.narrow or {}).values())
        chosen = self.populations or self.respondents or self.smallest_effect or self.tests
        return not (narrowed or chosen) and self.family == "all"


@dataclass(frozen=True)
class Difference:
    """One pair against one population: closeness of the first minus closeness of the second.

    value, low, high   in the unit of the measure, turned so that above 0 the first is closer
    p                  two-sided; minimum_p: the smallest two-sided p these data allow; p_holm, p_bh: within the family
    p_equivalent       of two one-sided tests, p_equivalent_holm within the family
    first_closeness …  of both, in the measure's own direction
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


@dataclass(frozen=True)
class Comparison:
    """What `compare` finds.

    family       what was corrected for, in words; tests: how many
    exploratory  not the frozen primary analysis of these runs
    """

    differences: tuple[Difference, ...]
    places: tuple[Place, ...]
    family: str
    tests: int
    alpha: float
    exploratory: bool
    limits: tuple[str, ...]

    @property
    def table(self) -> pl.DataFrame:
        """The differences, one row each."""
        return pl.DataFrame([asdict(one) for one in self.differences], infer_schema_length=None)


@dataclass(frozen=True)
class GroupComparison:
    """What `compare --group` finds: one contrast per population and view, with p-values corrected over them."""

    contrasts: tuple[GroupContrast, ...]
    outcomes: tuple[str, ...]
    p: tuple[float | None, ...]
    p_holm: tuple[float | None, ...]
    p_bh: tuple[float | None, ...]
    tests: int
    alpha: float
    level: float
    exploratory: bool

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One plain row per population and view."""
        found = []
        for k, one in enumerate(self.contrasts):
            low, high = one.interval(self.level) or (None, None)
            found.append(
                {
                    "first": one.groups.first[0],
                    "second": one.groups.second[0],
                    "models": one.counts,
                    "population": one.target.name,
                    **asdict(one.view),
                    "measure": one.measure.name,
                    "unit": one.measure.unit,
                    "value": one.value,
                    "low": low,
                    "high": high,
                    "level": self.level,
                    "p": self.p[k],
                    "p_holm": self.p_holm[k],
                    "p_bh": self.p_bh[k],
                    "minimum_p": None if one.test is None else min(1.0, 2 * one.test.minimum_p),
                    "smallest_effect": one.interest.value,
                    "smallest_effect_from": one.interest.origin,
                    "p_equivalent": one.p_equivalent,
                    "outcome": self.outcomes[k],
                    "closeness": dict(one.values),
                    "method": one.why if one.test is None else one.test.method,
                    "tests": self.tests,
                    "exploratory": self.exploratory,
                }
            )
        return found


def compare(gathered: Gathered, asked: Asked) -> Comparison:
    """Every pair of respondents against every target.

    Errors   Refused for respondents that were not asked alike; BadStudy when there are not two to compare
    """
    measure = yardstick(asked.measure)
    for label in asked.respondents:
        check_respondent(gathered, label)
    found: list[Compared] = []
    blocks = _blocks(gathered, measure, asked)
    count = sum(comb(len(labels), 2) for _, labels, _ in blocks)
    for target, labels, view in blocks:
        cells = shared_cells(gathered, view, target, labels)
        for first, second in combinations(labels, 2):
            sides = (Side("respondent", first), Side("respondent", second))
            found.append(compared(gathered, measure, target, view, sides, asked.smallest_effect, cells, count))
    alpha = gathered.alpha
    if asked.tests and asked.tests < len(found):
        raise BadStudy(f"--family {asked.tests}: this comparison alone makes {len(found)} tests")
    rows = [_difference(gathered, one) for one in found]
    rows = _corrected(rows, asked, alpha)
    rows = [replace(r, outcome=_outcome(r, one, alpha)) for r, one in zip(rows, found, strict=True)]
    tests = max(asked.tests, len(rows))
    exploratory = _exploratory(gathered, measure, asked, {name for r in rows for name in (r.first, r.second)})
    over = "within each population" if asked.family == "population" else "over all of them"
    return Comparison(
        tuple(rows),
        tuple(_places(rows, alpha)),
        f"{len(rows)} comparisons (pairs x populations x personas x languages), Holm {over}"
        + (f", counted as {tests}" if tests > len(rows) else ""),
        tests,
        alpha,
        exploratory,
        _limits(gathered, found, exploratory),
    )


def compare_groups(gathered: Gathered, asked: Asked, groups: Groups) -> GroupComparison:
    """Two groups of models against every target, with models as units. Errors: as `compare`, and for bad groups."""
    check_groups(gathered, groups)
    measure = yardstick(asked.measure)
    found = [
        group_contrast(gathered, measure, target, view, groups, asked.smallest_effect)
        for target in _targets(gathered, asked)
        for view in views(gathered, target, groups.labels, asked.narrow or {})
        if _wanted(view, asked.narrow or {})
    ]
    if not found:
        raise BadStudy("no population that all these models can be set against under the same persona and language")
    raw = [_two_sided(one) for one in found]
    count = max(asked.tests, len(found))
    padded = [np.nan if p is None else p for p in raw]
    levels = Levels(gathered.alpha, gathered.level)
    steps = [
        [_plain(p) for p in correct(_padded(padded, count))[: len(found)]] for correct in (holm, benjamini_hochberg)
    ]
    outcomes = [_group_outcome(one, p, levels) for one, p in zip(found, steps[0], strict=True)]
    exploratory = _exploratory(gathered, measure, asked, set(groups.labels))
    return GroupComparison(
        tuple(found), tuple(outcomes), tuple(raw), tuple(steps[0]), tuple(steps[1]), count, gathered.alpha,
        gathered.level, exploratory,
    )  # fmt: skip


def _targets(gathered: Gathered, asked: Asked) -> list[Target]:
    """Targets of a comparison: a place or group as one, a source as each of its populations."""
    if not asked.populations:
        return every_target(gathered)
    found = []
    for spec in asked.populations:
        target = find_target(gathered, spec)
        whole = "/" not in spec
        found += [Target(target.side.names[c], target.side, (c,)) for c in target.at] if whole else [target]
    return found


def _blocks(gathered: Gathered, measure: Yardstick, asked: Asked) -> list[tuple[Target, tuple[str, ...], View]]:
    """(target, respondents, view) of everything that is compared. Errors: BadStudy when that is nothing."""
    found = []
    narrow = asked.narrow or {}
    for target in _targets(gathered, asked):
        made = gathered.context.cubes.get(target.instrument)
        if made is None or not _measurable(measure, target, gathered):
            continue
        wanted = asked.respondents or gathered.respondents
        labels = tuple(label for label in wanted if any(s.respondent == label for s in made.subjects))
        if len(labels) < 2:
            continue
        found += [(target, labels, view) for view in views(gathered, target, labels, narrow) if _wanted(view, narrow)]
    if not found:
        raise BadStudy(
            f"nothing to compare: no two respondents answered one instrument with people that {measure.name} can be "
            f"computed against (measures: {', '.join(YARDSTICKS)})"
        )
    return found


def _wanted(view: View, narrow: Mapping[str, str]) -> bool:
    """Nobody in particular, or each population by its own persona; another persona only when it is asked for."""
    return view.persona in ("none", "human", OWN) or view.persona == narrow.get("persona")


def _measurable(measure: Yardstick, target: Target, gathered: Gathered) -> bool:
    made = gathered.context.cubes[target.instrument]
    if measure.scale is None:
        return made.instrument.projection is not None and "map_x" in target.side.ready
    at = measure.scale.items(made)
    return bool(at.any() and np.isfinite(target.side.p[list(target.at)][:, at]).any())


def _difference(gathered: Gathered, one: Compared) -> Difference:
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
        p_equivalent=_p_equivalent(one, delta),
        p_equivalent_holm=None,
        outcome="cannot be told apart",
        matters=None if delta is None else abs(found.value) >= delta,
        first_closeness=found.sides[0],
        second_closeness=found.sides[1],
        items=len(found.items),
        clusters=found.clusters,
        method=f"{one.test.method}; interval: {found.method}",
        why="; ".join(part for part in (found.why, *one.closed) if part),
    )


def _p_equivalent(one: Compared, delta: float | None) -> float | None:
    if delta is None or not one.found.parts:
        return None
    above = one_sided_p(one.found.value, one.found.parts, null=-delta, alternative="greater")
    return max(above, one_sided_p(one.found.value, one.found.parts, null=delta, alternative="less"))


def _corrected(rows: list[Difference], asked: Asked, alpha: float) -> list[Difference]:
    """Holm's and Benjamini-Hochberg's p within each family."""
    families: dict[str, list[int]] = {}
    for k, row in enumerate(rows):
        families.setdefault(row.population if asked.family == "population" else "", []).append(k)
    out = list(rows)
    for members in families.values():
        p = [np.nan if rows[k].p is None else rows[k].p for k in members]
        same = [np.nan if rows[k].p_equivalent is None else rows[k].p_equivalent for k in members]
        count = max(asked.tests, len(members))
        columns = [holm(_padded(p, count)), benjamini_hochberg(_padded(p, count)), holm(_padded(same, count))]
        for position, k in enumerate(members):
            by_holm, by_bh, alike = (_plain(column[position]) for column in columns)
            out[k] = replace(out[k], p_holm=by_holm, p_bh=by_bh, p_equivalent_holm=alike)
    return out


def _padded(p: Sequence[float | None], count: int) -> np.ndarray:
    """The p-values with those of tests made elsewhere, which count as 1."""
    values = np.array(p, dtype=float)
    return np.concatenate([values, np.ones(max(0, count - len(values)))])


def _outcome(row: Difference, one: Compared, alpha: float) -> Outcome:
    """The words for a pair: the rules of `verdicts`, and the family's p beside the single one."""
    if one.closed:
        return "not interpretable"
    evidence = one.evidence(Levels(alpha, row.level))
    shown = row.p_holm is not None and row.p_holm <= alpha
    verdict = directional(evidence, alpha).verdict
    if shown and verdict != "undecided":
        return "first is closer" if verdict == "supported" else "second is closer"
    alike = row.p_equivalent_holm is not None and row.p_equivalent_holm <= alpha
    if alike and equivalent(evidence, alpha).verdict == "supported":
        return "equivalent"
    apart = row.low is not None and row.high is not None and (row.low > 0 or row.high < 0)
    return "differ by less than matters" if shown and apart and row.matters is False else "cannot be told apart"


def _places(rows: Sequence[Difference], alpha: float) -> list[Place]:
    """The places that each respondent may have: one after those shown closer, before those shown further."""
    blocks: dict[tuple[str, str, str, str, str], list[Difference]] = {}
    for row in rows:
        key = (row.population, row.persona, row.perspective, row.language, row.mode)
        blocks.setdefault(key, []).append(row)
    found = []
    for key, block in blocks.items():
        if any(row.outcome == "not interpretable" for row in block):
            continue
        names = list(dict.fromkeys(name for row in block for name in (row.first, row.second)))
        closer = {
            name: {r.first for r in block if r.second == name and r.outcome == "first is closer"} for name in names
        }
        for row in block:
            if row.outcome == "second is closer":
                closer[row.first].add(row.second)
        level = {row.first: row.first_closeness for row in block} | {row.second: row.second_closeness for row in block}
        sign = YARDSTICKS[block[0].measure].toward
        for name in sorted(names, key=lambda n: -sign * level[n]):
            worse = sum(name in above for above in closer.values())
            found.append(Place(key[0], key[1], key[3], name, level[name], 1 + len(closer[name]), len(names) - worse))
    return found


def _two_sided(one: GroupContrast) -> float | None:
    if one.test is None or not np.isfinite(one.test.p_greater):
        return None
    return min(1.0, 2 * min(one.test.p_greater, one.test.p_less))


def _group_outcome(one: GroupContrast, p_holm: float | None, levels: Levels) -> str:
    """What is said of two groups: superiority that is not shown is never called equivalence."""
    if one.closed:
        return "not interpretable"
    if one.test is None:
        return one.why
    evidence = one.evidence(levels)
    verdict = directional(evidence, levels.alpha).verdict
    if p_holm is not None and p_holm <= levels.alpha and verdict != "undecided":
        return f"{(one.groups.first if verdict == 'supported' else one.groups.second)[0]} closer"
    if equivalent(evidence, levels.alpha).verdict == "supported":
        return "equivalent"
    return "superiority not shown (which is not equivalence)"


def _exploratory(gathered: Gathered, measure: Yardstick, asked: Asked, labels: set[str]) -> bool:
    """Whether this is not the analysis that every run froze: its primary measure, nothing narrowed, its arms alone."""
    for part in gathered.parts:
        drift = gathered.drifts[part.name]
        own = {one.name for one in part.study.respondent}
        if not drift.frozen or part.study.measure.primary != measure.name or not own <= labels:
            return True
    arms = {name for part in gathered.parts for name in part.study.frozen.get("arms", {})}
    return not (asked.plain and labels <= arms)


def _limits(gathered: Gathered, found: Sequence[Compared], exploratory: bool) -> tuple[str, ...]:
    every = dict.fromkeys(
        line for one in found for line in pair_limits(gathered, one.view, one.target, one.sides, one.found, one.lost)
    )
    return (*every, *([NOT_FROZEN] if exploratory else []))


def _plain(value: float | np.floating) -> float | None:
    return float(value) if np.isfinite(value) else None
