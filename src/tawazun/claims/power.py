"""How likely a study is to answer its question: power, the smallest effect it can find, how many wordings it needs.

Spreads come from a pilot run, or are given. Everything else is read from the study: wordings, framings inside a
wording, replies, items, places, people, and how many tests are made together. The rule is that of `verdicts`: the whole
interval on one side, a sign-flip test over items, and an estimate of at least the smallest effect of interest. That
last part has a consequence worth knowing: a true effect exactly as large as the smallest effect of interest is found
half of the time at most, however many wordings there are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import comb, factorial
from typing import Literal

from tawazun.claims.design import Design, Spreads
from tawazun.claims.interest import Interest
from tawazun.errors import BadStudy
from tawazun.stats.power import (
    clusters_for,
    equivalence_verdict_power,
    group_power,
    rank_power,
    sign_flip_bar,
    smallest_found,
    verdict_power,
)

Asking = Literal["closer", "equivalent", "ranks", "groups"]
QUESTIONS: tuple[Asking, ...] = ("closer", "equivalent", "ranks", "groups")
RANK_DRAWS = 300
SKEWS = (-1.0, -0.5, 0.0, 0.5, 1.0)


@dataclass(frozen=True)
class Power:
    """What a design can do.

    power        to reach the verdict at the effect; found: to find a difference at all, however small
    smallest     the smallest effect that reaches `target`; wordings_needed: for `target` at the effect, None when no
                 number does
    bracket      lowest and highest power for wordings with a skewness between -1 and 1; None for ranks and groups
    minimum_p    the smallest p of the test, before the family; possible: whether it can reach alpha at all
    notes        what a reader must know
    """

    question: str
    effect: float
    target: float
    design: Design
    spreads: Spreads
    smallest_effect: float | None
    smallest_effect_from: str
    power: float
    found: float | None
    smallest: float | None
    wordings_needed: int | None
    wordings_needed_to_find: int | None
    minimum_p: float | None
    possible: bool
    notes: tuple[str, ...]
    bracket: tuple[float, float] | None = None


def power_of(
    question: Asking, effect: float, design: Design, spreads: Spreads, interest: Interest, target: float = 0.8
) -> Power:
    """What a design can do about a question.

    effect   difference of closeness (closer, groups), true difference under equivalence, or correlation (ranks)
    Errors   BadStudy naming the spread or number that is missing
    """
    alpha, level = design.alpha / design.tests, 1 - (1 - design.level) / design.tests
    if question == "ranks":
        return _ranks(effect, design, interest, target, alpha)
    if question == "groups":
        return _groups(effect, design, spreads, interest, target, (alpha, level))
    if spreads.wording is None:
        raise BadStudy("power: give --pilot RUN, or --sd-wording with the standard deviation of one wording's mean")
    if design.wordings < 2:
        raise BadStudy("ask.wordings: one wording gives no interval; power needs at least 2")
    if question == "equivalent":
        return _equivalent(effect, design, spreads, interest, target, alpha)
    return _closer(effect, design, spreads, interest, target, (alpha, level))


def _closer(
    effect: float, design: Design, spreads: Spreads, interest: Interest, target: float, levels: tuple[float, float]
) -> Power:
    alpha, level = levels
    mapped = design.items == 1 and spreads.item is None
    flips = 0.0 if spreads.item is None else sign_flip_bar(spreads.item, design.items, alpha)
    delta = interest.value or 0.0
    sd = spreads.per_wording(design)

    def reach(size: float, wordings: int, bar: float, skew: float = spreads.skew) -> float:
        return verdict_power(
            size, sd=sd, clusters=wordings, fixed_sd=spreads.human, bar=max(bar, flips), level=level, skew=skew
        )

    bracket = _bracket(lambda skew: reach(effect, design.wordings, delta, skew))
    power = reach(effect, design.wordings, delta)
    needed = clusters_for(lambda n: reach(effect, n, delta), target)
    notes = [*_common_notes(design, spreads, interest), _bracket_note(spreads, bracket)]
    if spreads.item is None and not mapped:
        notes.append("No --sd-item: the sign-flip test over items is taken to agree, so power is an upper bound.")
    if needed is None:
        notes.append(_why_not(effect, delta, flips, spreads))
    least = None if mapped else 2.0**-design.items
    return Power(
        "closer", effect, target, design, spreads, interest.value, interest.origin, power,
        reach(effect, design.wordings, 0.0),
        smallest_found(lambda size: reach(size, design.wordings, delta), target, max(delta, sd)),
        needed, clusters_for(lambda n: reach(effect, n, 0.0), target), least, least is None or least <= alpha,
        tuple(notes), bracket,
    )  # fmt: skip


def _bracket(power: Callable[[float], float]) -> tuple[float, float]:
    """The lowest and the highest power over skewnesses from -1 to 1."""
    found = [power(skew) for skew in SKEWS]
    return min(found), max(found)


def _bracket_note(spreads: Spreads, bracket: tuple[float, float]) -> str:
    low, high = bracket
    taken = f"taken as {spreads.skew:.2g} from the pilot" if spreads.skew else "taken as 0"
    return (
        f"With few wordings power depends on how skewed their effects are ({taken}): it lies between {low:.2f} and "
        f"{high:.2f} for a skewness between -1 and 1, give or take .05."
    )


def _why_not(effect: float, delta: float, flips: float, spreads: Spreads) -> str:
    if effect <= delta:
        return (
            "No number of wordings is enough: at an effect no larger than the smallest effect of interest the estimate "
            "falls short of it half of the time. Plan for a larger effect, or declare a smaller one of interest."
        )
    if effect <= flips:
        return "No number of wordings is enough: with these items the sign-flip test would not agree; ask more items."
    if spreads.human > 0:
        return "No number of wordings is enough: the people's error alone is too large; it needs more people."
    return "No sensible number of wordings is enough."


def _equivalent(
    effect: float, design: Design, spreads: Spreads, interest: Interest, target: float, alpha: float
) -> Power:
    if interest.value is None:
        raise BadStudy("measure.smallest_effect: equivalence needs a bound, declared or from people")
    bound, sd = interest.value, spreads.per_wording(design)

    def reach(size: float, wordings: int, skew: float = spreads.skew) -> float:
        return equivalence_verdict_power(
            size, sd=sd, clusters=wordings, fixed_sd=spreads.human, bound=bound, alpha=alpha, skew=skew
        )

    bracket = _bracket(lambda skew: reach(effect, design.wordings, skew))
    needed = clusters_for(lambda n: reach(effect, n), target)
    notes = (*_common_notes(design, spreads, interest), _bracket_note(spreads, bracket))
    if needed is None:
        notes = (*notes, "No number of wordings is enough: the effect or the people's error is too near the bound.")
    return Power(
        "equivalent", effect, target, design, spreads, interest.value, interest.origin,
        reach(effect, design.wordings), None, None, needed, None, None, True, notes,
        bracket,
    )  # fmt: skip


def _groups(
    effect: float, design: Design, spreads: Spreads, interest: Interest, target: float, levels: tuple[float, float]
) -> Power:
    alpha, level = levels
    if spreads.model is None:
        raise BadStudy("power: groups need --sd-model, the standard deviation between models of one kind")
    first, second = design.models
    least = 1 / comb(first + second, first)
    delta = interest.value or 0.0
    small = min(first, second) < 3

    def reach(size: float, bar: float) -> float:
        possible = not small and least <= alpha and spreads.model is not None
        return group_power(size, spreads.model or 1.0, first, second, bar=bar, level=level) if possible else 0.0

    notes = ["Models are the unit: more wordings do not help beyond making each model's score exact."]
    if small or least > alpha:
        notes.append(
            f"No test: {first} and {second} models allow a smallest p of {least:.3g}; 3 a side are the fewest."
        )
    smallest = smallest_found(lambda size: reach(size, delta), target, max(delta, spreads.model)) if not small else None
    return Power(
        "groups", effect, target, design, spreads, interest.value, interest.origin, reach(effect, delta),
        reach(effect, 0.0), smallest, None, None, least, least <= alpha and not small, tuple(notes),
    )  # fmt: skip


def _ranks(effect: float, design: Design, interest: Interest, target: float, alpha: float) -> Power:
    if design.places < 3 or design.indices < 1:
        raise BadStudy(
            f"power: a ranking needs 3 places and an index, this study has {design.places} and {design.indices}"
        )
    least = 1 / factorial(min(design.places, 20))
    possible = least <= alpha

    def reach(size: float) -> float:
        if not possible:
            return 0.0
        return rank_power(size, design.places, design.indices, alpha=alpha, draws=RANK_DRAWS, seed=0)

    notes = [
        f"By simulation, Monte-Carlo error up to {(0.25 / RANK_DRAWS) ** 0.5:.3f}; the effect is the correlation of "
        "index scores with the people's, and indices are taken as independent, which they rarely are."
    ]
    if not possible:
        notes.append(f"No test: {design.places} places allow a smallest p of {least:.3g}, above alpha {alpha:.3g}.")
    return Power(
        "ranks", effect, target, design, Spreads(origin="none needed"), None, "not used for ranks", reach(effect), None,
        _smallest_correlation(reach, target) if possible else None, None, None, least, possible, tuple(notes),
    )  # fmt: skip


def _smallest_correlation(reach: Callable[[float], float], target: float) -> float | None:
    """The smallest correlation in steps of .05 that reaches a power; None when not even 1 does."""
    low, high = 0, 20
    if reach(1.0) < target:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reach(middle / 20) >= target else (middle, high)
    return high / 20


def _common_notes(design: Design, spreads: Spreads, interest: Interest) -> tuple[str, ...]:
    notes = []
    if design.tests > 1:
        notes.append(f"{design.tests} tests are made together: alpha and 1 - level are divided by that.")
    if spreads.human == 0:
        notes.append("Excludes the people's error, which is not known here.")
    if interest.value is None:
        notes.append(f"No smallest effect of interest ({interest.origin}): any effect above 0 counts.")
    if design.wordings < 5:
        notes.append(f"{design.wordings} wordings leave {design.wordings - 1} degrees of freedom, which is dear.")
    return tuple(notes)
