"""The gap map: how many sets each task has, by dimension, and how they stand on each criterion.

The four dimensions and twelve tasks are those of the review of Arabic post-training sets (Alkhowaiter et al. 2025).
Where the paper's abstract and its code differ, tasks stand as in the code; "Official documentation" among the
capabilities is our reading.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tawazun.audit.cards.records import CRITERIA, LEVELS, Review

TASKS: dict[str, tuple[str, ...]] = {
    "LLM capabilities": (
        "Q&A",
        "Translation",
        "Reasoning & multi-step thinking",
        "Summarisation",
        "Dialogue",
        "Code generation",
        "Function call",
        "Official documentation",
    ),
    "Steerability": ("Persona & system prompt",),
    "Alignment": ("Cultural alignment", "Ethics, bias & fairness"),
    "Robustness": ("Robustness & safety",),
}
OTHER = "other or not said"
FEW = 5
# the first word of a task's name that tells it, also as other lists spell it
KEYS: tuple[tuple[str, str], ...] = (
    (r"q\s?&\s?a|question", "Q&A"),
    (r"translat", "Translation"),
    (r"reason", "Reasoning & multi-step thinking"),
    (r"summar", "Summarisation"),
    (r"dialog|conversation", "Dialogue"),
    (r"code|program", "Code generation"),
    (r"function|tool", "Function call"),
    (r"official|documentation", "Official documentation"),
    (r"persona|system prompt|steer", "Persona & system prompt"),
    (r"cultur", "Cultural alignment"),
    (r"ethic|bias|fair", "Ethics, bias & fairness"),
    (r"robust|safety|toxic", "Robustness & safety"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One task: entries, distinct sets, share of all entries, and criterion -> (High, Medium, Low, without a level).

    published, corrected   the counts in the published and in the corrected mode
    """

    dimension: str
    task: str
    n: int
    distinct: int
    share: float
    published: Mapping[str, tuple[int, int, int, int]]
    corrected: Mapping[str, tuple[int, int, int, int]]


@dataclass(frozen=True, slots=True)
class GapMap:
    """Every task of every dimension, also those without a set; `total` over all, `gaps` in words, largest first."""

    lines: tuple[Line, ...]
    total: Line
    gaps: tuple[str, ...]


def gap_map(reviews: Sequence[Review]) -> GapMap:
    """The map of a collection."""
    by_task: dict[str, list[Review]] = {}
    for one in reviews:
        by_task.setdefault(task_named(one.facts.task), []).append(one)
    order = [(dimension, task) for dimension, tasks in TASKS.items() for task in tasks]
    if OTHER in by_task:
        order.append(("—", OTHER))
    lines = tuple(_line(dimension, task, by_task.get(task, []), len(reviews)) for dimension, task in order)
    total = _line("all", "all", reviews, len(reviews))
    return GapMap(lines, total, tuple(_gaps(lines, total)))


def task_named(name: str) -> str:
    """The task of the map that a list's word means; `OTHER` where none.

    >>> task_named("Dialog/Conversation"), task_named("question-answering"), task_named("")
    ('Dialogue', 'Q&A', 'other or not said')
    """
    folded = name.casefold()
    return next((task for key, task in KEYS if re.search(key, folded)), OTHER)


def _line(dimension: str, task: str, reviews: Sequence[Review], all_of_them: int) -> Line:
    published, corrected = {}, {}
    for name in CRITERIA:
        made = [one.criterion(name) for one in reviews]
        published[name] = _counts([one.published_level for one in made])
        corrected[name] = _counts([one.level for one in made])
    distinct = len({one.facts.id.casefold() for one in reviews})
    share = len(reviews) / all_of_them if all_of_them else 0.0
    return Line(dimension, task, len(reviews), distinct, share, published, corrected)


def _counts(levels: Sequence[str]) -> tuple[int, int, int, int]:
    counts = Counter(levels)
    high, medium, low = (counts[one] for one in LEVELS)
    return high, medium, low, counts[""]


def _gaps(lines: Sequence[Line], total: Line) -> list[str]:
    known = [one for one in lines if one.task != OTHER]
    made = []
    if empty := [one.task for one in known if not one.n]:
        made.append(f"no set at all: {', '.join(empty)}")
    for one in sorted((one for one in known if 0 < one.n < FEW), key=lambda one: one.n):
        made.append(f"{one.task}: only {one.n} of {total.n:,} entries ({100 * one.share:.1f} %)")
    for dimension in TASKS:
        n = sum(one.n for one in known if one.dimension == dimension)
        if 0 < n < total.n / 20:
            made.append(f"{dimension} as a whole: {n} of {total.n:,} entries ({100 * n / total.n:.1f} %)")
    lows = [(name, total.corrected[name]) for name in CRITERIA]
    for name, (high, medium, low, _) in sorted(lows, key=lambda one: -one[1][2]):
        levelled = high + medium + low
        if levelled and low > levelled / 2:
            made.append(f"{name}: {low:,} of {levelled:,} entries with a level are Low ({100 * low / levelled:.0f} %)")
    return made
