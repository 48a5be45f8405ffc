"""What every measure works on, and how estimates of it are made."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

import numpy as np
import polars as pl

from tawazun.errors import BadStudy
from tawazun.estimates import Estimate
from tawazun.instruments import Instrument
from tawazun.measures.cube import Cube, Subject, cube
from tawazun.measures.people import People, people
from tawazun.study import MeasureKeys

Made = TypeVar("Made")


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
    _kept: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` returns, made once: averages and distances that several measures share."""
        if key not in self._kept:
            self._kept[key] = make()
        found: Made = self._kept[key]
        return found

    def latest(self, slot: str, key: Hashable, make: Callable[[], Made]) -> Made:
        """As `once`, for large things: a slot keeps only the last one that was asked for."""
        kept = self._kept.get(("latest", slot))
        if kept is None or kept[0] != key:
            kept = (key, make())
            self._kept[("latest", slot)] = kept
        found: Made = kept[1]
        return found


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
    """Lay out a run's answers and human side as arrays. Errors: BadAnswers for bad shares, BadStudy for a reference."""
    known = {*humans["population"].unique(), *humans["place"].unique()}
    if keys.reference and keys.reference not in known:
        listed = ", ".join(sorted(humans["population"].unique())[:12]) or "none"
        raise BadStudy(f"measure.reference: {keys.reference!r} is none of the study's populations ({listed})")
    cubes: dict[str, Cube] = {}
    sides: dict[str, list[People]] = {}
    for instrument in instruments:
        made = cube(answers, instrument)
        if made is not None:
            cubes[instrument.name] = made
        # people are there without answers too: another instrument may ask for their published scores
        sides[instrument.name] = people(
            humans, instrument, made.questions if made else instrument.questions, keys.item_correlation
        )
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
    several = several_settings(made)
    return [row(measure, instrument, one, (one.respondent, one.mode) in several) for one in made.subjects]


def several_settings(made: Cube) -> set[tuple[str, str]]:
    """(respondent, mode) pairs that answered under more than one decoding, so that a row must name its own."""
    settings: dict[tuple[str, str], set[str]] = {}
    for subject in made.subjects:
        settings.setdefault((subject.respondent, subject.mode), set()).add(subject.setting)
    return {key for key, found in settings.items() if len(found) > 1}


def faceted(estimate: Estimate, facet: str) -> str:
    """A facet added to the one an estimate has."""
    return ";".join(part for part in (estimate.facet, facet) if part)


def number(value: float | np.floating) -> float | None:
    """A float, or None for what is not finite: no NaN ever reaches a table."""
    return float(value) if np.isfinite(value) else None


def tested(context: Context, row: Estimate, p: float, least: float) -> Estimate:
    """The row with its p, or with why these data allow no test; the method names the smallest p they could give."""
    if not np.isfinite(p):
        return row
    words = f"smallest attainable p {least:.3g}"
    described = replace(row, method="; ".join(part for part in (row.method, words) if part))
    if least > context.keys.alpha:
        return described.because(f"no test: the {words} is above alpha {context.keys.alpha:g}")
    return replace(described, p=float(p))
