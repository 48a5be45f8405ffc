"""Two groups of models against every population of a comparison, a model being the unit."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tawazun.claims.asked import Asked, targets_of, wanted, why_exploratory
from tawazun.claims.families import by_benjamini_hochberg, by_holm
from tawazun.claims.gathering import Gathered
from tawazun.claims.matching import views
from tawazun.claims.models import GroupContrast, Groups, check_groups, group_contrast
from tawazun.claims.records import Levels
from tawazun.claims.verdicts import directional, equivalent
from tawazun.claims.yardsticks import yardstick
from tawazun.errors import BadStudy


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
    limits: tuple[str, ...] = ()

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


def compare_groups(gathered: Gathered, asked: Asked, groups: Groups) -> GroupComparison:
    """Two groups of models against every target, with models as units. Errors: as `compare`, and for bad groups."""
    check_groups(gathered, groups)
    measure = yardstick(asked.measure)
    found = [
        group_contrast(gathered, measure, target, view, groups, asked.smallest_effect)
        for target in targets_of(gathered, asked)
        for view in views(gathered, target, groups.labels, asked.narrow or {})
        if wanted(view, asked.narrow or {})
    ]
    if not found:
        raise BadStudy("no population that all these models can be set against under the same persona and language")
    raw = [_two_sided(one) for one in found]
    count = max(asked.tests, len(found))
    levels = Levels(gathered.alpha, gathered.level)
    p_holm, p_bh = by_holm(raw, count), by_benjamini_hochberg(raw, count)
    outcomes = [_group_outcome(one, p, levels) for one, p in zip(found, p_holm, strict=True)]
    sources = {one.target.side.source for one in found}
    exploratory = why_exploratory(gathered, measure, asked, set(groups.labels), sources)
    limits = dict.fromkeys(line for one in found for line in one.notes)
    return GroupComparison(
        tuple(found), tuple(outcomes), tuple(raw), tuple(p_holm), tuple(p_bh), count, gathered.alpha,
        gathered.level, bool(exploratory), (*limits, *([exploratory] if exploratory else [])),
    )  # fmt: skip


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
    if evidence.open:
        return "open: one wording only"
    verdict = directional(evidence, levels.alpha).verdict
    if p_holm is not None and p_holm <= levels.alpha and verdict != "undecided":
        return f"{(one.groups.first if verdict == 'supported' else one.groups.second)[0]} closer"
    if equivalent(evidence, levels.alpha).verdict == "supported":
        return "equivalent"
    return "superiority not shown (which is not equivalence)"
