"""Every measure of a run: chosen by name, computed from arrays, gated, in one stable order."""

import polars as pl

from tawazun import catalogue
from tawazun.estimates import Estimate
from tawazun.instruments import Instrument
from tawazun.measures.context import Measure, make_context
from tawazun.measures.gates import apply_gates, closed_gates
from tawazun.study import Study

FOLDER = "tawazun.measures.catalogue"


def measure_names() -> list[str]:
    """Names of the measures on offer."""
    return catalogue.names(FOLDER)


def find_measure(name: str) -> Measure:
    """The measure of a name. Errors: UnknownName."""
    found: Measure = catalogue.load(FOLDER, name, "MEASURE")
    return found


def measure_answers(
    study: Study, answers: pl.DataFrame, humans: pl.DataFrame, instruments: list[Instrument]
) -> list[Estimate]:
    """Every estimate that a study asks for (all measures when it names none). Nothing is asked of any model."""
    chosen = [find_measure(name) for name in (study.measure.measures or measure_names())]
    context = make_context(answers, humans, instruments, study.measure, study.seed)
    found = [explained(one) for each in chosen for one in each.compute(context)]
    withheld = {one.name for one in chosen if one.gated}
    return apply_gates(found, closed_gates(context, study.gates), study.gates, lambda name: name in withheld)


def explained(one: Estimate) -> Estimate:
    """The row with a reason where it has a value and no bounds: no figure stands alone without saying so."""
    if one.value is None or one.low is not None or one.why:
        return one
    return one.because("no interval: this figure describes, nothing was resampled for it")
