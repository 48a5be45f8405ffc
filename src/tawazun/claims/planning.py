"""From a study file (and a pilot) to its power: what is planned, the design, the spreads, the smallest effect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from tawazun.claims.design import (
    Spreads,
    asked_questions,
    blank_cube,
    declared_interest,
    design_of,
    human_spread,
    pilot_spreads,
    with_given,
)
from tawazun.claims.gathering import Gathered
from tawazun.claims.matching import Target
from tawazun.claims.power import Asking, Power, power_of
from tawazun.claims.yardsticks import YARDSTICKS, Yardstick, yardstick
from tawazun.errors import BadStudy
from tawazun.instruments import Instrument
from tawazun.measures.maps import AXES
from tawazun.measures.people import People, people
from tawazun.study import Study


@dataclass(frozen=True)
class Planned:
    """What is asked of a design.

    effect    true difference of closeness; a correlation for ranks
    measure   empty = the study's primary one, else js_similarity
    target    a population of the study; empty = each of them by itself, and the first for spreads
    tests     made together; None = every pair of respondents x population x persona x language
    power     that is wanted
    given     spreads by name (`wording`, `item`, `human`, `reply`, `model`); None = the pilot's
    between   two respondents of the pilot; None = its first two
    narrow    persona and language of the pilot
    """

    question: Asking
    effect: float
    measure: str = ""
    target: str = ""
    tests: int | None = None
    power: float = 0.8
    given: Mapping[str, float | None] = field(default_factory=dict)
    between: tuple[str, str] | None = None
    narrow: Mapping[str, str] = field(default_factory=dict)


def foresee(
    study: Study, instruments: Sequence[Instrument], humans: pl.DataFrame, planned: Planned, pilot: Gathered | None
) -> Power:
    """The power of a study.

    humans   the humans table of its populations
    Errors   BadStudy naming the number or spread that is missing; as `compared` for a pilot
    """
    if not 0 < planned.power < 1:
        raise BadStudy(f"--power lies between 0 and 1, not {planned.power}")
    if planned.question in ("closer", "groups") and not planned.effect > 0:
        raise BadStudy(f"--effect {planned.effect:g}: a difference to be found is above 0")
    for key, value in planned.given.items():
        if value is not None and value < 0:
            raise BadStudy(f"--sd-{key} {value:g}: a standard deviation is not negative")
    primary = study.measure.primary if study.measure.primary in YARDSTICKS else "js_similarity"
    measure = yardstick(planned.measure or primary)
    instrument = _instrument(instruments, humans, planned, measure)
    questions = asked_questions(study, instrument)
    sides = people(humans, instrument, questions, study.measure.item_correlation)
    target = _target(sides, planned.target)
    if target is None and planned.target:
        held = ", ".join(name for side in sides for name in side.names) or "none"
        raise BadStudy(f"--target {planned.target!r}: the study has the populations {held}")
    if target is not None:
        _refuse_unmeasurable(measure, target)
    design = design_of(study, instrument, measure, sides[0] if sides else None, planned.tests)
    made = blank_cube(instrument, questions)
    interest = declared_interest(study, measure, made, target)
    spreads = _spreads(planned, pilot, measure, target)
    if not spreads.human and planned.given.get("human") is None and target is not None:
        stand_in = human_spread(measure, made, target)
        spreads = replace(spreads, human=stand_in or 0.0)
    found = power_of(planned.question, planned.effect, design, spreads, interest, planned.power)
    return found if pilot is None else _noted(found)


def _refuse_unmeasurable(measure: Yardstick, target: Target) -> None:
    """Refuse a measure that these people cannot be set against. Errors: BadStudy naming one that they can."""
    side, c = target.side, target.at[0]
    if measure.scale is not None and np.isnan(side.p[c]).all():
        other = "; try --measure map_distance" if AXES[0] in side.ready else ""
        raise BadStudy(f"--measure {measure.name}: the people of {target.name} have no distributions{other}")
    if measure.scale is None and AXES[0] not in side.ready:
        raise BadStudy(f"--measure {measure.name}: the people of {target.name} have no point on a map")


def _spreads(planned: Planned, pilot: Gathered | None, measure: Yardstick, target: Target | None) -> Spreads:
    if pilot is None or planned.question in ("ranks", "groups"):
        return with_given(Spreads(), dict(planned.given))
    labels = planned.between or tuple(pilot.respondents[:2])
    if len(labels) != 2 or target is None:
        raise BadStudy("--pilot: spreads are those of a difference, which needs two respondents and a population")
    spec = planned.target or target.names[0]
    spreads, _ = pilot_spreads(pilot, measure, spec, (labels[0], labels[1]), dict(planned.narrow))
    return with_given(spreads, dict(planned.given))


def _instrument(
    instruments: Sequence[Instrument], humans: pl.DataFrame, planned: Planned, measure: Yardstick
) -> Instrument:
    """The instrument of the target, else the first that has people, else the first."""
    held = dict(humans.select("population", "instrument").unique(maintain_order=True).rows())
    wanted = held.get(planned.target)
    for one in instruments:
        fits = one.projection is not None if measure.scale is None else True
        if fits and (one.name == wanted if wanted else one.name in held.values()):
            return one
    return instruments[0]


def _target(sides: Sequence[People], name: str) -> Target | None:
    for side in sides:
        for c, population in enumerate(side.names):
            if name in ("", population):
                return Target(population, side, (c,))
    return None


def _noted(found: Power) -> Power:
    note = "The pilot's answers are not to be used again in the study: they have shaped it."
    return replace(found, notes=(*found.notes, note))
