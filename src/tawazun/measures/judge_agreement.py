"""A judge beside people, and people beside each other: one statistic for both, so that one is the other's ceiling.

Verdicts   `share` and `kappa`: kept verdicts against what most people said, where most said 1 or 2; `alpha`: all labels
           (1, 2, tie), the judge as one more rater. The ceiling's `share`: one person against most of the others.
Grades     `spearman`: against the people's mean grade; `alpha`: interval scale, the judge as one more rater. The
           ceiling's `spearman`: a person drawn at random against the mean of the others, averaged over draws.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, faceted
from tawazun.measures.cube import Cube
from tawazun.measures.judging import LABELS, Sitting, counted, people_counts
from tawazun.seeds import stream
from tawazun.stats.classification import share_interval
from tawazun.stats.rank_correlation import spearman
from tawazun.stats.raters import alpha_of_counts, kappa_of_units, spearman_interval
from tawazun.stats.resampling import cluster_weights

CEILING = "ceiling:people"
PERSONS = 200
AGREES, KAPPA, ALPHA, RHO = "share of verdicts", "kappa", "alpha", "correlation"
Drawn = Callable[[np.ndarray], np.ndarray]


def groups_of(made: Cube) -> dict[str, np.ndarray]:
    """Everything, then each country: name -> (Q,) whether an item belongs to it."""
    own = np.array([question.tagged("country") for question in made.questions], dtype=object)
    named = {f"country:{code}": own == code for code in sorted({*own.tolist()}) if code}
    return {"": np.ones(len(own), dtype=bool), **named}


# ---- verdicts


def majority(counts: np.ndarray) -> np.ndarray:
    """(Q,) the label that more people gave than any other; -1 without one."""
    best = counts.argmax(axis=-1)
    alone = (counts == counts.max(axis=-1, keepdims=True)).sum(axis=-1) == 1
    return np.where(alone & (counts.sum(axis=-1) > 0), best, -1)


def verdict_rows(context: Context, one: Sitting) -> Iterator[Estimate]:
    """A judge's kept verdicts against people's, overall and by country."""
    assert one.verdicts is not None
    counts, level = people_counts(one.made, LABELS), context.keys.level
    chosen, most, labelled = one.verdicts.chosen, majority(counts), counts.sum(axis=1) > 0
    for group, own in groups_of(one.made).items():
        seen = own & labelled
        if not seen.any():
            continue
        used = seen & (chosen >= 0) & np.isin(most, (0, 1))
        lost = int((seen & (chosen < 0)).sum())
        split = int(seen.sum()) - int(used.sum()) - lost
        words = (
            f"{int(used.sum())} of {int(seen.sum())} pairs that people labelled; {lost} whose verdict was not kept and "
            f"{split} without a majority for one answer are not in it"
        )
        row = replace(one.row, group=group)
        share = replace(row, facet=faceted(row, "share"), unit=AGREES)
        yield counted(share, (chosen == most)[used], level, words)
        kappa = replace(row, facet=faceted(row, "kappa"), unit=KAPPA, method=words, n=float(used.sum()))
        yield _bootstrapped(context, kappa, int(used.sum()), partial(kappa_of_units, chosen[used], most[used]))
        joined = counts[seen & (chosen >= 0)]
        joined[np.arange(len(joined)), chosen[seen & (chosen >= 0)]] += 1
        alpha = replace(row, facet=faceted(row, "alpha"), unit=ALPHA, method="people and the judge's kept verdicts")
        yield _alpha(context, alpha, joined, np.arange(3.0), "nominal")


def verdict_ceiling(context: Context, made: Cube, base: Estimate) -> Iterator[Estimate]:
    """People against people on pairs, overall and by country."""
    counts = people_counts(made, LABELS)
    for group, own in groups_of(made).items():
        several = counts[own & (counts.sum(axis=1) > 1)]
        row = replace(base, group=group)
        if not len(several):
            if not group and counts.any():
                yield replace(row, facet="share", unit=AGREES, why="no ceiling: nobody shares a pair with another")
            continue
        yield _leave_one_out(replace(row, facet="share", unit=AGREES), several, context.keys.level)
        alpha = replace(row, facet="alpha", unit=ALPHA, method="among people")
        yield _alpha(context, alpha, several, np.arange(3.0), "nominal")


def _leave_one_out(row: Estimate, counts: np.ndarray, level: float) -> Estimate:
    """One person against most of the others; a pair weighs 1, its persons share it."""
    shares = []
    for line in counts:
        hits = uses = 0.0
        for label in np.flatnonzero(line):
            others = line.copy()
            others[label] -= 1
            most = majority(others[None])[0]
            if most in (0, 1):
                uses += line[label]
                hits += line[label] * (most == label)
        if uses:
            shares.append(hits / uses)
    found = np.array(shares)
    words = "a person against most of the others, mean over pairs, where most chose one answer"
    if len(found) < 2:
        return replace(row, n=float(len(found)), method=words, why="no two pairs with a majority among others")
    filled = counted(row, found, level, words)
    if 0 < found.mean() < 1:
        sd = float(found.std(ddof=1) / np.sqrt(len(found)))
        low, high = share_interval(float(found.mean()), sd, len(found) - 1, len(found), level)
        return replace(filled, low=low, high=high)
    return filled


# ---- grades


def grade_counts(made: Cube, extra: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """(Q, C) counts of people's grades and (C,) their values; with one more rater where one is given, NaN for none."""
    given = [made.instrument.references.get(question.id, {}) for question in made.questions]
    added = [] if extra is None else [float(grade) for grade in extra if np.isfinite(grade)]
    values = np.unique([*(float(label) for one in given for label in one), *added])
    counts = np.zeros((len(given), len(values)))
    for line, one in zip(counts, given, strict=True):
        for label, count in one.items():
            line[np.searchsorted(values, float(label))] += count
    for at, grade in enumerate(extra if extra is not None else ()):
        if np.isfinite(grade):
            counts[at, np.searchsorted(values, grade)] += 1
    return counts, values


def grade_rows(context: Context, one: Sitting) -> Iterator[Estimate]:
    """A judge's grades against people's, overall and by country."""
    counts, values = grade_counts(one.made)
    persons = counts.sum(axis=1)
    mean = np.divide(counts @ values, persons, out=np.full(len(persons), np.nan), where=persons > 0)
    grades = one.grades()
    for group, own in groups_of(one.made).items():
        seen = own & (persons > 0)
        if not seen.any():
            continue
        used = seen & np.isfinite(grades)
        words = f"{int(used.sum())} of {int(seen.sum())} answers that people graded; the rest has no grade by the judge"
        row = replace(one.row, group=group, method=words)
        found = replace(row, facet=faceted(row, "spearman"), unit=RHO)
        r = float(spearman(grades[used], mean[used])) if used.sum() > 1 else float("nan")
        if used.sum() > 1 and np.ptp(grades[used]) == 0:
            yield replace(found, n=float(used.sum()), why="the judge gives every answer the same grade")
        else:
            yield _correlation(found, r, int(used.sum()), context.keys.level)
        joined, codes = grade_counts(one.made, np.where(used, grades, np.nan))
        alpha = replace(row, facet=faceted(row, "alpha"), unit=ALPHA, method=f"people and the judge; {words}")
        yield _alpha(context, alpha, joined[used], codes, "interval")


def grade_ceiling(context: Context, made: Cube, base: Estimate) -> Iterator[Estimate]:
    """People against people on grades, overall and by country."""
    counts, values = grade_counts(made)
    for group, own in groups_of(made).items():
        several = counts[own & (counts.sum(axis=1) > 1)]
        row = replace(base, group=group)
        if not len(several):
            if not group and counts.any():
                yield replace(row, facet="spearman", unit=RHO, why="no ceiling: nobody shares an answer with another")
            continue
        words = f"a person drawn at random against the mean of the others, mean of {PERSONS} draws"
        r = _person_against_others(several, values, stream("judging-person", context.seed, made.instrument.name, group))
        rho = replace(row, facet="spearman", unit=RHO, method=words)
        yield _correlation(rho, r, len(several), context.keys.level)
        alpha = replace(row, facet="alpha", unit=ALPHA, method="among people")
        yield _alpha(context, alpha, several, values, "interval")


def _person_against_others(counts: np.ndarray, values: np.ndarray, rng: np.random.Generator) -> float:
    if len(counts) < 2:
        return float("nan")
    size = counts.sum(axis=1)
    at = (rng.random((PERSONS, len(counts), 1)) * size[:, None] >= counts.cumsum(axis=1)).sum(axis=-1)
    own = values[at]
    found = spearman(own, (counts @ values - own) / (size - 1))
    return float(found[np.isfinite(found)].mean()) if np.isfinite(found).any() else float("nan")


# ---- errors


def _correlation(row: Estimate, r: float, n: int, level: float) -> Estimate:
    row = replace(row, n=float(n))
    if not np.isfinite(r):
        return replace(row, why="fewer than two answers, or one side does not vary")
    low, high = spearman_interval(r, n, level)
    row = replace(row, value=r)
    if not np.isfinite(low):
        return row.because("no interval: fewer than four answers, or exactly one order")
    return replace(row, low=low, high=high, level=level, method=f"{row.method}; interval after Bonett & Wright")


def _alpha(context: Context, row: Estimate, counts: np.ndarray, codes: np.ndarray, scale: str) -> Estimate:
    met = counts[counts.sum(axis=1) > 1]
    return _bootstrapped(
        context, row, len(met), lambda w: alpha_of_counts(met, codes, scale, w)  # type: ignore[arg-type]
    )  # fmt: skip


def _bootstrapped(context: Context, row: Estimate, units: int, statistic: Drawn) -> Estimate:
    """The row with the statistic of all units and percentile bounds over units drawn again."""
    row = replace(row, n=float(units))
    value = float(statistic(np.ones((1, units)))[0]) if units else float("nan")
    if not np.isfinite(value):
        return replace(row, why="nothing to compare, or everybody always says the same")
    row = replace(row, value=value)
    if units < 3:
        return row.because("no interval: fewer than three items")
    rng = stream("agreement", context.seed, row.instrument, row.respondent, row.facet, row.group)
    drawn = statistic(cluster_weights(units, context.keys.draws, rng))
    drawn = drawn[np.isfinite(drawn)]
    tail = (1 - context.keys.level) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail]) if len(drawn) else (np.nan, np.nan)
    if not high - low > 0:
        return row.because("no interval: nothing varies when items are drawn again")
    words = f"{row.method}; percentile bootstrap of items"
    low, high = min(float(low), value), max(float(high), value)
    return replace(row, low=low, high=high, level=context.keys.level, method=words)
