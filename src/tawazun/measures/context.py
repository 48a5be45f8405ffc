"""What every measure works on, and how estimates of it are made."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl

from tawazun.estimates import Estimate
from tawazun.instruments import Instrument
from tawazun.measures.cube import Cube, Subject, cube
from tawazun.measures.people import People, people
from tawazun.study import MeasureKeys


@dataclass(frozen=True)
class Context:
    """Everything a measure may look at. No measure asks a model.

    cubes    by instrument name; people: by instrument name, one per source
    seed     study seed, for resampling only
    """

    keys: MeasureKeys
    seed: int
    instruments: Mapping[str, Instrument]
    cubes: Mapping[str, Cube]
    people: Mapping[str, Sequence[People]]


class Measure(Protocol):
    """One measure; a catalogue part exposes one as `MEASURE`.

    gated    whether a closed gate withholds its value (rankings) instead of only marking it
    """

    name: str
    title: str
    unit: str
    source: str
    gated: bool

    def compute(self, context: Context) -> Iterator[Estimate]:
        """Every estimate of this measure; what cannot be computed is a row with `why`."""
        ...


@dataclass(frozen=True)
class Simple:
    """A measure made of one function."""

    name: str
    title: str
    unit: str
    source: str
    function: Callable[[Context], Iterator[Estimate]]
    gated: bool = False

    def compute(self, context: Context) -> Iterator[Estimate]:
        """Every estimate of this measure."""
        return self.function(context)


def make_context(
    answers: pl.DataFrame, humans: pl.DataFrame, instruments: Sequence[Instrument], keys: MeasureKeys, seed: int
) -> Context:
    """Lay out a run's answers and human side as arrays."""
    cubes: dict[str, Cube] = {}
    sides: dict[str, list[People]] = {}
    for instrument in instruments:
        made = cube(answers, instrument)
        if made is not None:
            cubes[instrument.name] = made
            sides[instrument.name] = people(humans, instrument, made.questions)
    return Context(keys, seed, {one.name: one for one in instruments}, cubes, sides)


def row(measure: str, instrument: str, subject: Subject, several_settings: bool) -> Estimate:
    """An empty estimate of a subject, to be filled with `dataclasses.replace`."""
    return Estimate(
        measure=measure,
        respondent=subject.respondent,
        instrument=instrument,
        persona=subject.persona,
        perspective=subject.perspective,
        language=subject.language,
        mode=subject.mode,
        facet=f"decoding={subject.setting}" if several_settings else "",
    )


def rows(measure: str, instrument: str, made: Cube) -> list[Estimate]:
    """One empty estimate per subject of a cube, in order."""
    settings: dict[str, set[str]] = {}
    for subject in made.subjects:
        settings.setdefault(subject.respondent, set()).add(subject.setting)
    return [row(measure, instrument, one, len(settings[one.respondent]) > 1) for one in made.subjects]


def faceted(estimate: Estimate, facet: str) -> str:
    """A facet added to the one an estimate has."""
    return ";".join(part for part in (estimate.facet, facet) if part)


def number(value: float | np.floating) -> float | None:
    """A float, or None for what is not finite: no NaN ever reaches a table."""
    return float(value) if np.isfinite(value) else None
