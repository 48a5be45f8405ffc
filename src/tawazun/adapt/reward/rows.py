"""What a reward model learns from: pairs, and answers with grades; each can be made of the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from tawazun.adapt.preferences.sets import Preference
from tawazun.data.rows import Row, read_rows
from tawazun.errors import BadFile, BadStudy
from tawazun.instruments.judged import grade, people, said

Turns = tuple[tuple[str, str], ...]
MOST_CLASSES = 21


@dataclass(frozen=True, slots=True)
class Graded:
    """One answer with its grade."""

    id: str
    prompt: Turns
    answer: str
    grade: float
    country: str = ""


@dataclass(frozen=True)
class RewardSet:
    """Pairs and graded answers of one file; where it held the one, the other is made of it.

    pairs    a better and a worse answer to one prompt
    graded   every answer with a grade
    """

    pairs: tuple[Preference, ...]
    graded: tuple[Graded, ...]

    @property
    def levels(self) -> tuple[float, ...]:
        """The grades that are given, lowest first."""
        return tuple(sorted({one.grade for one in self.graded}))


def of_pairs(pairs: Sequence[Preference]) -> RewardSet:
    """Pairs, with 1 for what was chosen and 0 for what was rejected."""
    graded = []
    for one in pairs:
        graded.append(Graded(f"{one.id}-chosen", one.prompt, one.chosen, 1.0, one.country))
        graded.append(Graded(f"{one.id}-rejected", one.prompt, one.rejected, 0.0, one.country))
    return RewardSet(tuple(pairs), tuple(graded))


def of_grades(graded: Sequence[Graded]) -> RewardSet:
    """Graded answers, and every two answers to one prompt of which one has the higher grade."""
    by_prompt: dict[Turns, list[Graded]] = {}
    for one in graded:
        by_prompt.setdefault(one.prompt, []).append(one)
    pairs = []
    for own in by_prompt.values():
        for one, other in combinations(own, 2):
            if one.grade != other.grade and one.answer != other.answer:
                better, worse = (one, other) if one.grade > other.grade else (other, one)
                item = f"{better.id}>{worse.id}"
                pairs.append(Preference(item, better.prompt, better.answer, worse.answer, better.country))
    return RewardSet(tuple(pairs), tuple(graded))


def read_graded(path: Path) -> list[Graded]:
    """Graded answers of a file. Errors: BadFile naming file, row and column."""
    found: dict[str, Graded] = {}
    for row in read_rows(path, ("prompt", "answer")):
        item = said(row, "id") or f"row-{row.number}"
        if item in found:
            raise row.fault("id", f"{item!r} stands twice")
        found[item] = Graded(
            item, (("text", row.text("prompt")),), row.text("answer"), _grade(row), said(row, "country")
        )
    if not found:
        raise BadFile(f"{path}: it has no rows")
    return list(found.values())


def _grade(row: Row) -> float:
    if text := said(row, "grade"):
        return grade(row, text, "grade")
    given = [grade(row, text) for text in people(row)]
    if not given:
        raise row.fault("grade", "an answer needs a grade from 0 to 10, or grades of people in the column human")
    return float(np.mean(given))


def refuse_flat(found: RewardSet, head: str, where: str) -> None:
    """Refuse a set from which a head can learn nothing. Errors: BadStudy."""
    if head == "pairwise" and not found.pairs:
        raise BadStudy(f"{where}: no two answers to one prompt have different grades, so no pair can be made")
    levels = found.levels
    if head != "pairwise" and len(levels) < 2:
        raise BadStudy(f"{where}: every answer has the grade {levels[0] if levels else 'none'}: nothing can be learnt")
    if head == "classes" and len(levels) > MOST_CLASSES:
        raise BadStudy(f'{where}: {len(levels)} different grades are too many classes; use head = "regression"')
