"""Habits of answering that no content explains: leaning towards agreement, and towards the middle of a scale.

Both are weighted sums of shares over items, so a subject's habit is compared with that of its people on the same items;
without people it stands against what a habit-free answer would give.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.instruments import Instrument, Question
from tawazun.measures.context import Context, faceted, number, rows, tested
from tawazun.measures.cube import Cube
from tawazun.measures.people import People
from tawazun.measures.playing import joint_interval, played, together, with_interval
from tawazun.measures.replies import reply_draws
from tawazun.measures.spread import Replicates, interval, replicates
from tawazun.seeds import seed_for
from tawazun.stats.permutation import sign_flip

EXACT_UP_TO = 2**14


@dataclass(frozen=True)
class Habit:
    """One habit.

    reads     (Q, K) what each option of an item counts, NaN for items that say nothing of the habit
    weights   (Q,) mask of items that can be used -> (Q,) weights that sum to 1, or a reason why there are none
    neutral   (cube, weights) -> the value without the habit; against: what that is called in a facet
    """

    measure: str
    unit: str
    reads: Callable[[Cube], np.ndarray]
    weights: Callable[[Cube, np.ndarray], np.ndarray | str]
    neutral: Callable[[Cube, np.ndarray], float]
    against: str
    words: str


@dataclass(frozen=True)
class Use:
    """The items of a habit that a subject (and its people) answered."""

    items: np.ndarray
    weights: np.ndarray
    reads: np.ndarray

    def value(self, block: np.ndarray) -> np.ndarray:
        """(..., Q, K) shares over all items -> (...) the habit."""
        return np.asarray((block[..., self.items, :] * self.reads).sum(axis=-1) @ self.weights)

    def sd(self, side: People, population: int) -> float | None:
        """Standard error of the people's habit, None where their number is unknown."""
        total = float(side.covariance(population, self.items, (self.weights[:, None] * self.reads)[None])[0][0, 0])
        return float(np.sqrt(total)) if np.isfinite(total) else None


def usable(habit: Habit, made: Cube, there: np.ndarray) -> Use | str:
    """The items that count and their weights, or why there are none; there: (Q,) items with an answer."""
    if not made.distributed.any():
        return "no item with options to choose from"
    reads = habit.reads(made)
    known = there & made.distributed & ~np.isnan(reads).all(axis=-1)
    weights = habit.weights(made, known)
    if isinstance(weights, str):
        return weights
    items = np.flatnonzero(weights)
    return Use(items, weights[items], np.nan_to_num(reads[items]))


def habit_rows(context: Context, habit: Habit) -> Iterator[Estimate]:
    """Per subject: against the neutral value and against its people; then the mean over places against their people."""
    for name, made in context.cubes.items():
        reps = [replicates(made, s, made.p, reply_draws(context, made, s)) for s in range(len(made.subjects))]
        bases = rows(habit.measure, name, made)
        for s, base in enumerate(bases):
            yield _alone(context, habit, made, replace(base, unit=habit.unit), reps[s])
            for side in context.people[name]:
                c = side.where(made.subjects[s].place)
                if c is not None and not np.isnan(side.p[c]).all():
                    row = replace(base, unit=habit.unit, population=side.names[c], source=side.source)
                    yield _beside(context, habit, made, row, reps[s], (side, c))
        for side in context.people[name]:
            yield from _over_places(context, habit, made, reps, side)


def _alone(context: Context, habit: Habit, made: Cube, row: Estimate, reps: Replicates) -> Estimate:
    use = usable(habit, made, ~np.isnan(reps.whole).any(axis=-1))
    row = replace(row, facet=faceted(row, f"against {habit.against}"))
    if isinstance(use, str):
        return replace(row, why=use)
    weights = np.zeros(len(made.questions))
    weights[use.items] = use.weights
    return _filled(context, habit, row, reps, use, habit.neutral(made, weights), 0.0)


def _beside(
    context: Context, habit: Habit, made: Cube, row: Estimate, reps: Replicates, whom: tuple[People, int]
) -> Estimate:
    side, c = whom
    there = ~np.isnan(reps.whole).any(axis=-1) & ~np.isnan(side.p[c]).any(axis=-1)
    use = usable(habit, made, there)
    row = replace(row, facet=faceted(row, "against people"))
    if isinstance(use, str):
        return replace(row, why=use)
    human = float(use.value(side.p[c]))
    return _filled(context, habit, row, reps, use, human, use.sd(side, c), side.error_words(c, use.items))


def _filled(
    context: Context,
    habit: Habit,
    row: Estimate,
    reps: Replicates,
    use: Use,
    other: float,
    human_sd: float | None,
    words: str = "",
) -> Estimate:
    spread = interval(reps, lambda block: use.value(block) - other, context.keys.level, human_sd, human_words=words)
    return replace(
        row,
        value=number(float(use.value(reps.whole)) - other),
        low=spread.low,
        high=spread.high,
        level=spread.level,
        n=len(use.items),
        method="; ".join(m for m in (f"{habit.words}, {len(use.items)} items", spread.method) if m),
        why=spread.why,
    )


def _over_places(
    context: Context, habit: Habit, made: Cube, reps: list[Replicates], side: People
) -> Iterator[Estimate]:
    for arm in played(habit.measure, made.instrument.name, made):
        pairs = [(s, c) for s in arm.subjects if (c := side.where(made.subjects[s].place)) is not None]
        if len(pairs) < 2:
            continue
        model = np.array([reps[s].whole for s, _ in pairs])
        human = side.p[[c for _, c in pairs]]
        there = ~(np.isnan(model).any(axis=(0, -1)) | np.isnan(human).any(axis=(0, -1)))
        use = usable(habit, made, there)
        row = replace(arm.base, unit=habit.unit, population=side.source, source=side.source)
        row = replace(row, facet=faceted(row, f"against people;mean over {len(pairs)} places"))
        if isinstance(use, str):
            yield replace(row, why=use)
            continue
        joint = together([reps[s] for s, _ in pairs])
        yield _mean_of_places(context, habit, row, use, (model, human), joint)


def _mean_of_places(
    context: Context,
    habit: Habit,
    row: Estimate,
    use: Use,
    sides: tuple[np.ndarray, np.ndarray],
    joint: Replicates | None,
) -> Estimate:
    model, human = sides
    own = use.value(human)
    gaps = use.value(model) - own
    test = sign_flip(
        gaps, alternative="two-sided", limit=EXACT_UP_TO, seed=seed_for(habit.measure, context.seed) % 2**32
    )

    def mean(block: np.ndarray) -> np.ndarray:
        return np.asarray((use.value(block) - own).mean(axis=-1))

    spread = joint_interval(joint, mean, context.keys.level, None)
    words = f"{habit.words}, {len(use.items)} items; {test.method}"
    filled = with_interval(replace(row, n=len(gaps)), float(gaps.mean()), spread, words)
    return tested(context, filled, float(test.p), float(test.minimum_p))


def unit_codes(made: Cube) -> np.ndarray:
    """(Q, K) codes as shares of their scale, 0 for the lowest; NaN for items without an order."""
    codes = made.tight_codes
    low, spread = codes.min(axis=-1, keepdims=True), np.ptp(codes, axis=-1, keepdims=True)
    scaled = np.divide(codes - low, spread, out=np.full(codes.shape, np.nan), where=spread > 0)
    scaled[~made.ordinal] = np.nan
    return scaled


def agreement_end(question: Question) -> int:
    """1 when the highest option is agreement, -1 when the lowest is, 0 when neither (tags `agreement:high`, `:low`)."""
    return ("agreement:high" in question.tags) - ("agreement:low" in question.tags)


def keyed(instrument: Instrument, question: Question) -> tuple[str, int]:
    """The scale an item belongs to and whether agreeing moves it up (1) or down (-1); empty and 0 when it has none.

    A scale is the tag `dimension:…` with `reverse`, else the index whose formula names the item, with its sign.
    """
    end = agreement_end(question)
    for tag in question.tags:
        if tag.startswith("dimension:"):
            return tag, -end if question.reverse else end
    for index in instrument.indices:
        if question.id in index.terms:
            return index.name, end if index.terms[question.id] > 0 else -end
    return "", 0
