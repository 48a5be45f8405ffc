"""What a comparison is asked to do, and what follows from that alone: its targets, its views, whether it was frozen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from tawazun.claims.gathering import Gathered
from tawazun.claims.kept import NOT_FROZEN, seen_before
from tawazun.claims.likeness import OWN, View
from tawazun.claims.matching import Target, every_target, find_target
from tawazun.claims.yardsticks import Yardstick

Family = Literal["all", "population"]


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


def targets_of(gathered: Gathered, asked: Asked) -> list[Target]:
    """Targets of a comparison: a place or group as one, a source as each of its populations."""
    if not asked.populations:
        return every_target(gathered)
    found = []
    for spec in asked.populations:
        target = find_target(gathered, spec)
        whole = "/" not in spec
        found += [Target(target.side.names[c], target.side, (c,)) for c in target.at] if whole else [target]
    return found


def wanted(view: View, narrow: Mapping[str, str]) -> bool:
    """Nobody in particular, or each population by its own persona; another persona only when it is asked for."""
    return view.persona in ("none", "human", OWN) or view.persona == narrow.get("persona")


def why_exploratory(
    gathered: Gathered, measure: Yardstick, asked: Asked, labels: set[str], sources: Iterable[str] = ()
) -> str:
    """Why this is not the analysis that every run froze: its primary measure, nothing narrowed, its arms alone.

    sources   of the people that are compared with; one that a run does not have was not frozen with it
    """
    for part in gathered.parts:
        drift = gathered.drifts[part.name]
        own = {one.name for one in part.study.respondent}
        if not drift.frozen or part.study.measure.primary != measure.name or not own <= labels:
            return NOT_FROZEN
    arms = {name for part in gathered.parts for name in part.study.frozen.get("arms", {})}
    if not (asked.plain and labels <= arms) or any(gathered.without(source) for source in sources):
        return NOT_FROZEN
    return seen_before(gathered, sorted(labels))
