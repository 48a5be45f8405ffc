"""Is it the country or the wording? A generalisability study of the places a respondent played, and what it asks for.

One set of rows per respondent, language and arm, at three levels: item values, distributions (nominal items too), and
indices. The first row is the coefficient of the means as asked; the D-study says what 1, 2, 5 or 10 wordings would give
and how many reach .8.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tawazun.estimates import Estimate
from tawazun.measures.context import Context, Simple, faceted, number
from tawazun.measures.designs import FEWEST_FOR_INTERVAL, Design, Found, coefficient, designs, stability
from tawazun.measures.playing import Played, played
from tawazun.stats.variance import framings_needed

UNIT = "share of the variance of a mean"
STUDIED = (1, 2, 5, 10)
TARGET = 0.8
FEWEST_PLACES = 3
TWO = "an interval needs three wordings to leave one out of"
EXACT = "no wording moves one country differently from another: there is no error"
NOTHING = "neither the country nor the wording makes any difference"
STILL = "the wordings make no difference at all: the ratio has no upper end"


def compute(context: Context) -> Iterator[Estimate]:
    """Every level of every arm."""
    for name, made in context.cubes.items():
        for found in played("generalisability", name, made):
            row = replace(found.base, unit=UNIT, n=len(found.places))
            why = _lacking(found)
            studied = [] if why else list(designs(found))
            if not studied:
                yield replace(row, why=why or "fewer than two wordings were put to all places, or no item was answered")
            for design in studied:
                yield from _rows(context, row, design)


def _lacking(found: Played) -> str:
    if len(found.places) < FEWEST_PLACES:
        return f"{len(found.places)} places played; a study of differences between countries needs {FEWEST_PLACES}"
    wordings = {framing[0] for framing in found.made.framings}
    if len(wordings) < 2:
        return "one wording: ask with wordings = 2 or more, 5 to have an interval worth reading"
    return ""


def _rows(context: Context, row: Estimate, design: Design) -> Iterator[Estimate]:
    row = replace(row, item=design.name)
    asked = design.wordings
    yield _filled(
        context,
        replace(row, facet=faceted(row, f"level={design.level};wordings={asked};as asked")),
        design,
        coefficient(design, asked, context.keys.level),
        f"G study of {row.n:g} places x {design.items} items x {asked} wordings nested in items; orders, labels and "
        "placements averaged",
    )
    for count in STUDIED if design.level != "index" else ():
        found = coefficient(design, count, context.keys.level)
        faced = replace(row, facet=faceted(row, f"level={design.level};wordings={count}"))
        yield _filled(context, faced, design, found, "D study")
    yield _needed(context, row, design)
    ratio = replace(
        row, facet=faceted(row, f"level={design.level};stability ratio"), unit="sd of countries / of wordings"
    )
    yield _filled(context, ratio, design, stability(design, context.keys.level), "Khan et al. (2025): above 1 to rank")
    yield from _components(row, design)


def _filled(context: Context, row: Estimate, design: Design, found: Found, words: str) -> Estimate:
    bounded = found.low is not None
    method = f"jackknife over {design.wordings} wordings on log(1 + n signal / error), t" if bounded else ""
    why = [f"{design.left_out} items left out that a place did not answer" if design.left_out else ""]
    if not np.isfinite(found.value):
        why.append(STILL if np.isinf(found.value) else NOTHING)
    elif not bounded:
        why.append(TWO if design.wordings < FEWEST_FOR_INTERVAL else EXACT)
    return replace(
        row,
        value=number(found.value),
        low=found.low,
        high=found.high,
        level=context.keys.level if bounded else None,
        method="; ".join(part for part in (words, method) if part),
        why="; ".join(part for part in why if part),
    )


def _needed(context: Context, row: Estimate, design: Design) -> Estimate:
    parts = design.split(design.cells)
    count = float(framings_needed(parts.signal, parts.error, TARGET))
    one = coefficient(design, 1, context.keys.level)
    facet = f"level={design.level};wordings needed for {TARGET:g}"
    row = replace(row, facet=faceted(row, facet), unit="wordings", method="D study")
    if not np.isfinite(count):
        why = "no number of wordings would do: the countries do not differ beyond wording noise"
        return replace(row, why=why)
    if one.low is None or one.high is None:
        return replace(row, value=count, why=TWO if design.wordings < FEWEST_FOR_INTERVAL else EXACT)
    fewest = float(framings_needed(one.high, 1 - one.high, TARGET))
    if one.low <= 0:
        why = f"at least {fewest:g}; with no upper end, because the signal is not told from none"
        return replace(row, why=why)
    most = float(framings_needed(one.low, 1 - one.low, TARGET))
    method = f"D study, at both ends of the generalisability of one wording ({design.wordings} wordings, t)"
    return replace(
        row, value=count, low=min(fewest, count), high=max(most, count), level=context.keys.level, method=method
    )


def _components(row: Estimate, design: Design) -> Iterator[Estimate]:
    parts = design.split(design.cells)
    told = {
        "signal": (parts.signal, "what countries differ in"),
        "error": (parts.error, "what one wording does to one country; noise of replies included"),
        "shared shift": (parts.shift, "what a wording does to all countries alike: bias, no error between them"),
    }
    if design.level == "items":
        words = "what a country has on all items alike: response style as well as culture, no part of the signal"
        told["lean"] = (parts.lean, words)
    for name, (component, words) in told.items():
        value = float(component)
        facet = faceted(row, f"level={design.level};component={name}")
        why = "negative as estimated: not above 0" if value < 0 else ""
        yield replace(row, facet=facet, value=number(value), unit=design.unit, method=words, why=why)
    if design.level != "index":
        known = np.isfinite(design.replies)
        yield replace(
            row,
            facet=faceted(row, f"level={design.level};component=replies"),
            value=number(design.replies),
            unit=design.unit,
            method="part of the error that is the noise of a finite number of replies",
            why="" if known else "the number of replies is not known, or one reply was drawn",
        )


MEASURE = Simple(
    "generalisability",
    "Share of the differences between countries that would come out again with other wordings",
    UNIT,
    "Cronbach, Gleser, Nanda & Rajaratnam (1972); Brennan (2001), Generalizability Theory",
    compute,
)
