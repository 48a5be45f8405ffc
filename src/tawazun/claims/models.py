"""Groups of models set against each other, a model being the unit: regional against global, tuned against base.

What a single model's wordings say about its own error is not used: the spread between models is the error of a
statement about kinds of models. With under three models on a side there is no test. Families of one developer are
blocks when they are named: labels move inside them only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tawazun.claims.gathering import Gathered
from tawazun.claims.group_sameness import GroupSameness, group_sameness
from tawazun.claims.interest import Interest, smallest_effect
from tawazun.claims.likeness import View, unlike_replies, wordings_of
from tawazun.claims.limits import one_wording, source_limit
from tawazun.claims.matching import Target, shared_cells
from tawazun.claims.pairwise import closed_reasons
from tawazun.claims.records import Levels, Need
from tawazun.claims.silence import Reach, reach_of, silence_words
from tawazun.claims.verdicts import Evidence
from tawazun.claims.yardsticks import Closeness, Side, Yardstick, closeness, items_of
from tawazun.errors import BadStudy
from tawazun.seeds import seed_for
from tawazun.stats.combined import clusters_needed, one_sided_p
from tawazun.stats.groups import GroupTest, group_test
from tawazun.stats.resampling import t_interval

FEWEST = 3
EXACT_UP_TO = 100_000


@dataclass(frozen=True)
class Groups:
    """Two named groups of models.

    first, second   (name, labels)
    blocks          label -> developer family; empty when none were named
    """

    first: tuple[str, tuple[str, ...]]
    second: tuple[str, tuple[str, ...]]
    blocks: Mapping[str, str]

    @property
    def labels(self) -> tuple[str, ...]:
        """Every model."""
        return (*self.first[1], *self.second[1])


@dataclass(frozen=True)
class GroupContrast:
    """Mean closeness of the first group minus that of the second; above 0 the first is closer.

    values   model -> closeness in the measure's own direction
    test     None when there are too few models; why: the reason
    counts   models of each group that the test uses
    edges    value and test at both ends of what refused and unread replies could have made of it
    notes    what must be said of these models beside the usual limits
    open     a reason for which nothing is decided although the measurement may be read
    """

    groups: Groups
    target: Target
    view: View
    measure: Yardstick
    items: int
    value: float
    values: Mapping[str, float]
    test: GroupTest | None
    counts: tuple[int, int]
    interest: Interest
    closed: tuple[str, ...]
    lost: float
    why: str
    sameness: GroupSameness | None = None
    edges: tuple[tuple[float, GroupTest], ...] = ()
    notes: tuple[str, ...] = ()
    open: str = ""

    @property
    def error(self) -> tuple[float, float] | None:
        """Standard error and degrees of freedom, or None."""
        if self.test is None or not np.isfinite(self.test.se) or self.test.se <= 0:
            return None
        return self.test.se, self.test.df

    def interval(self, level: float, moved: float = 0.0) -> tuple[float, float] | None:
        """Bounds by t at a level, for a difference moved by so much, or None."""
        if self.error is None:
            return None
        low, high = t_interval(self.value + moved, [self.error], level)
        return float(low), float(high)

    def evidence(self, levels: Levels) -> Evidence:
        """What the rules look at."""
        edges = tuple(self._evidence(levels, value, test) for value, test in self.edges)
        return replace(self._evidence(levels, self.value, self.test), edges=edges)

    def _evidence(self, levels: Levels, value: float, test: GroupTest | None) -> Evidence:
        alike, delta, moved = self.sameness, self.interest.value, value - self.value
        noise = None if alike is None else alike.noise
        return Evidence(
            value=value,
            interval=self.interval(levels.level, moved),
            inner=self.interval(1 - 2 * levels.alpha, moved),
            p_for=test.p_greater if test else None,
            p_against=test.p_less if test else None,
            minimum_p=test.minimum_p if test else None,
            delta=delta,
            closed=self.closed,
            why=self.why,
            p_within=None if alike is None or delta is None else alike.p(delta, moved),
            p_apart=None if alike is None else alike.p_apart(moved),
            bare=None if noise is None else value - noise,
            open=self.open,
        )

    @property
    def p_within(self) -> tuple[float, float] | None:
        """One-sided p of "above minus the smallest effect" and of "below it", noise taken out; None without a scale."""
        delta = self.interest.value
        return None if self.sameness is None or delta is None else self.sameness.p(delta)

    @property
    def p_equivalent(self) -> float | None:
        """The larger p of the two one-sided tests against the smallest effect of interest, or None."""
        if self.error is None or self.interest.value is None:
            return None
        delta = self.interest.value
        above = one_sided_p(self.value, [self.error], null=-delta, alternative="greater")
        below = one_sided_p(self.value, [self.error], null=delta, alternative="less")
        return max(above, below, *(self.p_within or ()))

    def need(self, levels: Levels) -> tuple[Need, ...]:
        """How many models a side would bring the interval under the smallest effect of interest."""
        have = min(self.counts)
        if have < FEWEST:
            return (Need("models on each side", have, FEWEST, "for any test of models"),)
        if self.error is None or self.interest.value is None or self.groups.blocks:
            return ()
        per_side = self.error[0] * have**0.5
        need = clusters_needed(per_side, 0.0, width=self.interest.value, level=levels.level)
        return (Need("models on each side", have, need, "for an interval no wider than the smallest effect"),)


def check_groups(gathered: Gathered, groups: Groups) -> None:
    """Refuse groups that cannot be tested. Errors: BadStudy naming the model."""
    known = gathered.respondents
    for name, labels in (groups.first, groups.second):
        if not labels:
            raise BadStudy(f"group {name}: no model in it")
        for label in labels:
            if label not in known:
                raise BadStudy(f"group {name}: no respondent {label!r} in the runs ({', '.join(known)})")
    for label in groups.labels:
        if groups.labels.count(label) > 1:
            raise BadStudy(f"{label!r} stands twice in the groups {groups.first[0]} and {groups.second[0]}")
        if groups.blocks and label not in groups.blocks:
            raise BadStudy(f"block: {label!r} is in no block; when families are named every model needs one")
    for label in groups.blocks:
        if label not in groups.labels:
            raise BadStudy(f"block: {label!r} is in neither group")


def group_contrast(
    gathered: Gathered,
    measure: Yardstick,
    target: Target,
    view: View,
    groups: Groups,
    declared: float | None,
    words: str = "",
) -> GroupContrast:
    """Two groups of models set against a target on the cells that all of them have.

    words    `fixed` or `drawn`; empty = as the studies say
    Errors   Refused when models were not asked alike; BadStudy when they share no item
    """
    made, own, lost = shared_cells(gathered, view, target, groups.labels)
    unlike = unlike_replies(made, own, freed=measure.bare is not None)

    def measured(by: Yardstick) -> list[list[Closeness]]:
        return [
            [
                closeness(gathered.context, by, made, Side("respondent", label), (s, target.side, c))
                for s, c in zip(own[label], target.at, strict=True)
            ]
            for label in groups.labels
        ]

    each = measured(measure)
    whole = np.array([[one.whole for one in side] for side in each])
    kept = np.isfinite(whole).all(axis=(0, 1))
    if not kept.any():
        names = len(items_of(measure, made))
        raise BadStudy(f"of {names} items none was answered by every model and by {target.name}")
    values = whole[:, :, kept].mean(axis=(1, 2))
    first = np.array([label in groups.first[1] for label in groups.labels])
    blocks = [groups.blocks.get(label, "") for label in groups.labels]
    key = seed_for("groups", gathered.context.seed, measure.name, target.name, *groups.labels) % 2**32
    reaches = [
        reach_of(measure, made, Side("respondent", label), own[label], side, target, np.flatnonzero(kept))
        for label, side in zip(groups.labels, each, strict=True)
    ]
    every = (values, *_ends(reaches, first))
    test, *ends = (group_test(one, first, blocks=blocks, limit=EXACT_UP_TO, seed=key) for one in every)
    alike = None
    if measure.bare is not None:
        bare = each if measure.bare is measure else measured(measure.bare)
        alike = group_sameness(measure, bare, np.flatnonzero(kept), target, made, (first, blocks))
    counts = int((test.used & first).sum()), int((test.used & ~first).sum())
    enough = min(counts) >= FEWEST
    value = test.value if np.isfinite(test.value) else float(values[first].mean() - values[~first].mean())
    edges = tuple((end.value, end) for end in ends) if enough else ()
    silence = silence_words(groups.labels, reaches, (edges[0][0], edges[1][0]), measure.short) if edges else ""
    return GroupContrast(
        groups,
        target,
        view,
        measure,
        int(kept.sum()),
        value,
        {label: measure.toward * float(x) for label, x in zip(groups.labels, values, strict=True)},
        test if enough else None,
        counts,
        smallest_effect(gathered, measure, made, target, declared),
        closed_reasons(gathered, groups.labels, view, target),
        lost,
        _why(test, counts, groups, enough),
        alike,
        edges,
        tuple(line for line in (unlike, silence, source_limit(gathered, target, groups.labels)) if line),
        one_wording(wordings_of(made, [s for label in groups.labels for s in own[label]]), words or gathered.words),
    )


def _ends(reaches: Sequence[Reach], first: np.ndarray) -> list[np.ndarray]:
    """(N,) closeness of models with the first group at its farthest and the second at its nearest, and turned."""
    if not any(one.lost for one in reaches):
        return []
    far, near = (np.array([getattr(one, name).mean() for one in reaches]) for name in ("far", "near"))
    return [np.where(first, far, near), np.where(first, near, far)]


def _why(test: GroupTest, counts: Sequence[int], groups: Groups, enough: bool) -> str:
    names = (groups.first[0], groups.second[0])
    if not enough:
        few = " and ".join(f"{n} of {name}" for n, name in zip(counts, names, strict=True))
        where = " in families that have both" if groups.blocks else ""
        return f"no test: {few}{where}, and a test of models needs {FEWEST} on each side"
    if not np.isfinite(test.se):
        return "fewer than 3 families have both kinds of models: no interval over families"
    return "the models of each side score the same: no error to judge by" if test.se <= 0 else ""
