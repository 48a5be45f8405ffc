"""Does a similarity merely track how evenly people's answers are spread?

Respondents that answer at random look close to peoples of many minds. So the similarities of one subject to the
populations (or of its personas to their own people) are set against the populations' entropy.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.averages import averages
from tawazun.measures.context import Context, faceted, number, rows
from tawazun.measures.corrected import MEASURE, Pooled, all_pooled, similarity
from tawazun.measures.cube import Cube
from tawazun.measures.people import People
from tawazun.measures.spread import joined, left_out
from tawazun.stats.distances import entropy

FEWEST = 4


def entropy_rows(context: Context) -> Iterator[Estimate]:
    """Per subject without a place, over populations; per respondent and language, over its personas' own people."""
    for name, made in context.cubes.items():
        for side in context.people[name]:
            if np.isnan(side.p).all():
                continue
            for base, pairs, words in _sets(made, side, rows(MEASURE, name, made)):
                row = replace(base, population=side.source, source=side.source)
                yield from _tracked(context, made, side, row, pairs, words)


def _sets(made: Cube, side: People, bases: list[Estimate]) -> Iterator[tuple[Estimate, list[tuple[int, int]], str]]:
    played: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for s, one in enumerate(made.subjects):
        if not one.place:
            yield bases[s], [(s, c) for c in range(len(side.names))], "over populations"
        elif one.persona == one.place and (c := side.where(one.place)) is not None:
            played.setdefault((one.respondent, one.perspective, one.language, one.mode, one.setting), []).append((s, c))
    for pairs in played.values():
        yield replace(bases[pairs[0][0]], persona=""), pairs, "over personas and their own people"


def relative_entropy(made: Cube, side: People) -> np.ndarray:
    """(C, Q) entropy of the people's answers as a share of the largest possible one."""
    cells = np.array([max(q.cells, 2) for q in made.questions])
    shares = np.where(made.distributed[:, None], side.p, np.nan)
    return np.asarray(entropy(shares) / np.log2(cells))


def _tracked(
    context: Context, made: Cube, side: People, row: Estimate, pairs: list[tuple[int, int]], words: str
) -> Iterator[Estimate]:
    found: list[Pooled] = all_pooled(context, made, side)
    kept = [(s, c) for s, c in pairs if found[s].items[c]]
    row = replace(row, n=len(kept))
    if len(kept) < FEWEST:
        why = f"{len(kept)} populations to compare; a regression on their entropy needs {FEWEST}"
        for facet, unit in (("entropy correlation", "correlation"), ("entropy slope", "similarity per unit")):
            yield replace(row, facet=faceted(row, facet), unit=unit, why=why)
        return
    subjects = averages(context, made)
    spread = relative_entropy(made, side)
    there = [~np.isnan(subjects[s].whole).any(axis=-1) & ~np.isnan(spread[c]) for s, c in kept]
    x = np.array([spread[c][mask].mean() for (_, c), mask in zip(kept, there, strict=True)])
    y = similarity(np.array([found[s].corrected(1.0)[c] for s, c in kept]))
    groups = {len(found[s].jack) for s, _ in kept}
    jack = None
    if len(groups) == 1 and groups != {0}:
        bias = np.array([found[s].plain[c] - found[s].corrected(1.0)[c] for s, c in kept])
        jack = similarity(np.array([found[s].jack[:, c] for s, c in kept]).T - bias)
    values = _line(x, y[None])
    part = None if jack is None else left_out(_line(x, jack), subjects[kept[0][0]].unit)
    spreads = joined(values[0], part, np.zeros(2), context.keys.level)
    facets = (("entropy correlation", "correlation"), ("entropy slope", "similarity per unit of relative entropy"))
    for (facet, unit), value, bounds in zip(facets, values[0], spreads, strict=True):
        yield replace(
            row,
            facet=faceted(row, facet),
            unit=unit,
            value=number(value),
            low=bounds.low,
            high=bounds.high,
            level=bounds.level,
            method="; ".join(m for m in (f"corrected similarity on entropy {words}", bounds.method) if m),
            why=bounds.why if np.isfinite(value) else "similarity or entropy is the same for all populations",
        )


def _line(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(B, C) similarities -> (B, 2) correlation and slope on entropy; NaN where a side does not vary."""
    x, y = x - x.mean(), y - y.mean(axis=-1, keepdims=True)
    cross, of_x, of_y = y @ x, float(x @ x), np.square(y).sum(axis=-1)
    flat = (of_x <= 1e-18) | (of_y <= 1e-18)
    below = np.where(flat, np.nan, np.sqrt(of_x * of_y))
    return np.stack([cross / below, np.where(flat, np.nan, cross / max(of_x, 1e-300))], axis=-1)
