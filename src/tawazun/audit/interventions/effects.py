"""What training on high or low subsets changed beyond random ones.

A random subset differs from another by the luck of its rows, and by it in all models at once. What a high subset did is
therefore held against what random subsets did, each averaged over the models first; how models differ is told apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import t as student

from tawazun.errors import BadFile, Refused
from tawazun.stats.permutation import benjamini_hochberg

FEWEST_DRAWS = 3
RANDOM = "random"


@dataclass(frozen=True, slots=True)
class Effect:
    """Of one subset on one benchmark, beyond random subsets; in the benchmark's unit.

    effect, low, high  mean over models; 95 % bounds by how much random subsets differ, R - 1 degrees of freedom
    p, q             two-sided, before and after Benjamini and Hochberg over all effects
    between          standard deviation of the effect between models; `chance` that of random subsets held against the
                     other random ones; NaN with one model
    models, draws    how many
    """

    subset: str
    benchmark: str
    effect: float
    low: float
    high: float
    p: float
    q: float
    between: float
    chance: float
    models: int
    draws: int


@dataclass(frozen=True)
class Effects:
    """All effects, what each model showed (subset, model, benchmark, effect), and models left out with the reason."""

    effects: tuple[Effect, ...]
    by_model: tuple[tuple[str, str, str, float], ...]
    notes: tuple[str, ...] = field(default=())


def effects_of(changes: Mapping[tuple[str, str, str], Sequence[float]], subsets: Sequence[str]) -> Effects:
    """Effects of every subset that is not random.

    changes  (subset, model, benchmark) → changes of its training runs (seeds), averaged first; of a model the same
             number for every subset, because random subsets that are averaged over more runs differ less by luck
    subsets  all that were made; random ones begin with `random`
    Errors   Refused with fewer than three random subsets; BadFile when no model was trained on all subsets
    """
    draws = [one for one in subsets if one.startswith(RANDOM)]
    others = [one for one in subsets if one not in draws]
    if len(draws) < FEWEST_DRAWS:
        raise Refused(f"{len(draws)} random subsets: {FEWEST_DRAWS} or more say what luck does")
    made: list[Effect] = []
    by_model: list[tuple[str, str, str, float]] = []
    told_of: dict[str, list[str]] = {}
    for benchmark in dict.fromkeys(key[2] for key in changes):
        models, table = _whole(changes, benchmark, [*draws, *others], told_of)
        if not models:
            continue
        luck, told = table[: len(draws)], table[len(draws) :]
        for subset, row in zip(others, told, strict=True):
            made.append(_effect(subset, benchmark, row, luck))
            by_model += [(subset, model, benchmark, float(value))
                         for model, value in zip(models, row - luck.mean(axis=0), strict=True)]  # fmt: skip
    notes = [f"{', '.join(where[:5])}{' …' if len(where) > 5 else ''}: {text}" for text, where in told_of.items()]
    if not made:
        raise BadFile("no model has a change for every subset on any benchmark; " + "; ".join(notes[:3]))
    qs = benjamini_hochberg([one.p for one in made])
    return Effects(tuple(_with(one, float(q)) for one, q in zip(made, qs, strict=True)), tuple(by_model), tuple(notes))


def _whole(
    changes: Mapping[tuple[str, str, str], Sequence[float]],
    benchmark: str,
    subsets: Sequence[str],
    notes: dict[str, list[str]],
) -> tuple[list[str], np.ndarray]:
    """Models with a change for every subset, and the table (subsets, models); notes → benchmarks they are of."""
    runs: dict[str, int] = {}
    for model in sorted({key[1] for key in changes if key[2] == benchmark}):
        missing = [one for one in subsets if not np.isfinite(changes.get((one, model, benchmark), ())).any()]
        if missing:
            notes.setdefault(f"{model} has no change for {missing[0]}; it is left out there", []).append(benchmark)
        else:
            counts = [int(np.isfinite(changes[one, model, benchmark]).sum()) for one in subsets]
            runs[model] = min(counts)
            if max(counts) > min(counts):
                text = (
                    f"{model} was trained {min(counts)} to {max(counts)} times on subsets; the first {min(counts)} of "
                    "each count, so that luck is the same for all"
                )
                notes.setdefault(text, []).append(benchmark)
    table = [[_first(changes[one, model, benchmark], count) for model, count in runs.items()] for one in subsets]
    return list(runs), np.array(table).reshape(len(subsets), len(runs))


def _first(values: Sequence[float], count: int) -> float:
    return float(np.mean([one for one in values if np.isfinite(one)][:count]))


def _effect(subset: str, benchmark: str, row: np.ndarray, luck: np.ndarray) -> Effect:
    """Shapes: row (N,) a subset's changes over models; luck (R, N) those of random subsets."""
    draws, models = luck.shape
    means = luck.mean(axis=1)
    effect = float(row.mean() - means.mean())
    error = float(means.std(ddof=1) * np.sqrt(1 + 1 / draws))
    half = float(student.ppf(0.975, draws - 1)) * error
    p = float(2 * student.sf(abs(effect) / error, draws - 1)) if error > 0 else float(effect == 0)
    between, chance = float("nan"), float("nan")
    if models > 1:
        between = float((row - luck.mean(axis=0)).std(ddof=1))
        rest = (luck.sum(axis=0) - luck) / (draws - 1)
        # one draw against one fewer than a subset is held against
        fewer = (1 + 1 / draws) / (1 + 1 / (draws - 1))
        chance = float(np.sqrt(np.mean((luck - rest).var(axis=1, ddof=1)) * fewer))
    none = float("nan")
    return Effect(subset, benchmark, effect, effect - half, effect + half, p, none, between, chance, models, draws)


def _with(one: Effect, q: float) -> Effect:
    return Effect(one.subset, one.benchmark, one.effect, one.low, one.high, one.p, q, one.between, one.chance,
                  one.models, one.draws)  # fmt: skip
