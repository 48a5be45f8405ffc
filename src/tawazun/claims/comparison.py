"""Every pair of respondents against every people: differences with intervals, a corrected family of tests, and ranks.

One family is declared before anything is computed: every pair x population x persona x language of the command, unless
it is said otherwise. Holm's correction is the primary one; Benjamini and Hochberg's stands beside it. Two respondents
that cannot be told apart share ranks, and stay apart from "equivalent", which needs two one-sided tests.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from math import comb

import numpy as np
import polars as pl

from tawazun.claims.asked import Asked, targets_of, wanted, why_exploratory
from tawazun.claims.differences import Difference, Place, difference_of, outcome_of, places_of
from tawazun.claims.exam_pairs import EXAM_SCORES, LIMITS, exam_outcome, exam_pairs
from tawazun.claims.families import by_benjamini_hochberg, by_holm
from tawazun.claims.gathering import Gathered
from tawazun.claims.likeness import View
from tawazun.claims.limits import pair_limits
from tawazun.claims.matching import Target, check_respondent, shared_cells, views
from tawazun.claims.pairwise import Compared, compared
from tawazun.claims.yardsticks import YARDSTICKS, Side, Yardstick, yardstick
from tawazun.errors import BadStudy


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


def compare(gathered: Gathered, asked: Asked) -> Comparison:
    """Every pair of respondents against every target.

    Errors   Refused for respondents that were not asked alike; BadStudy when there are not two to compare
    """
    if asked.measure in EXAM_SCORES:
        return _on_exams(gathered, asked)
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
    rows = [difference_of(gathered, one) for one in found]
    rows = _corrected(rows, asked)
    rows = [replace(r, outcome=outcome_of(r, one, alpha)) for r, one in zip(rows, found, strict=True)]
    tests = max(asked.tests, len(rows))
    names = {name for row in rows for name in (row.first, row.second)}
    sources = {one.target.side.source for one in found}
    exploratory = why_exploratory(gathered, measure, asked, names, sources)
    over = "within each population" if asked.family == "population" else "over all of them"
    return Comparison(
        tuple(rows),
        tuple(places_of(rows, alpha)),
        f"{len(rows)} comparisons (pairs x populations x personas x languages), Holm {over}"
        + (f", counted as {tests}" if tests > len(rows) else ""),
        tests,
        alpha,
        bool(exploratory),
        _limits(gathered, found, exploratory),
    )


def _on_exams(gathered: Gathered, asked: Asked) -> Comparison:
    """Every pair of respondents on every benchmark that both answered."""
    found, alpha = exam_pairs(gathered, asked), gathered.alpha
    if asked.tests and asked.tests < len(found):
        raise BadStudy(f"--family {asked.tests}: this comparison alone makes {len(found)} tests")
    rows = _corrected([one.row for one in found], asked)
    rows = [replace(row, outcome=exam_outcome(row, one, alpha)) for row, one in zip(rows, found, strict=True)]
    names = {name for row in rows for name in (row.first, row.second)}
    exploratory = why_exploratory(gathered, EXAM_SCORES[asked.measure][1], asked, names)
    over = "within each benchmark and prompt" if asked.family == "population" else "over all of them"
    return Comparison(
        tuple(rows),
        tuple(places_of(rows, alpha)),
        f"{len(rows)} comparisons (pairs x benchmarks x prompts x languages), Holm {over}",
        max(asked.tests, len(rows)),
        alpha,
        bool(exploratory),
        (*LIMITS, *([exploratory] if exploratory else [])),
    )


def _blocks(gathered: Gathered, measure: Yardstick, asked: Asked) -> list[tuple[Target, tuple[str, ...], View]]:
    """(target, respondents, view) of everything that is compared. Errors: BadStudy when that is nothing."""
    found = []
    narrow = asked.narrow or {}
    for target in targets_of(gathered, asked):
        made = gathered.context.cubes.get(target.instrument)
        if made is None or not _measurable(measure, target, gathered):
            continue
        named = asked.respondents or gathered.respondents
        labels = tuple(label for label in named if any(s.respondent == label for s in made.subjects))
        if len(labels) < 2:
            continue
        found += [(target, labels, view) for view in views(gathered, target, labels, narrow) if wanted(view, narrow)]
    if not found:
        raise BadStudy(
            f"nothing to compare: no two respondents answered one instrument with people that {measure.name} can be "
            f"computed against (measures: {', '.join(YARDSTICKS)})"
        )
    return found


def _measurable(measure: Yardstick, target: Target, gathered: Gathered) -> bool:
    made = gathered.context.cubes[target.instrument]
    if measure.scale is None:
        return made.instrument.projection is not None and "map_x" in target.side.ready
    at = measure.scale.items(made)
    return bool(at.any() and np.isfinite(target.side.p[list(target.at)][:, at]).any())


def _corrected(rows: list[Difference], asked: Asked) -> list[Difference]:
    """Holm's and Benjamini-Hochberg's p within each family."""
    families: dict[str, list[int]] = {}
    for k, row in enumerate(rows):
        families.setdefault(row.population if asked.family == "population" else "", []).append(k)
    out = list(rows)
    for members in families.values():
        p = [rows[k].p for k in members]
        count = max(asked.tests, len(members))
        steps = by_holm(p, count), by_benjamini_hochberg(p, count)
        alike = by_holm([rows[k].p_equivalent for k in members], count)
        for k, first, second, third in zip(members, *steps, alike, strict=True):
            out[k] = replace(out[k], p_holm=first, p_bh=second, p_equivalent_holm=third)
    return out


def _limits(gathered: Gathered, found: Sequence[Compared], exploratory: str) -> tuple[str, ...]:
    every = dict.fromkeys(
        line
        for one in found
        for line in (
            *one.notes,
            *pair_limits(gathered, one.view, one.target, one.sides, one.found, one.lost, one.interest.value),
            *([f"{one.sides[0].name} and {one.sides[1].name} were {one.open}."] if one.open else ()),
        )
    )
    return (*every, *([exploratory] if exploratory else []))
