"""Auditing a benchmark: every check, and what somebody scores who knows nothing."""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from tawazun import catalogue
from tawazun.answers import SCHEMA, uniform_outcome
from tawazun.audit.records import Audit, Check
from tawazun.audit.sheet import sheet
from tawazun.errors import BadStudy
from tawazun.instruments import Instrument
from tawazun.measures import find_measure
from tawazun.measures.context import make_context
from tawazun.study import MeasureKeys

FOLDER = "tawazun.audit.checks"
METRICS = ("accuracy", "macro_f1")


def check_names() -> list[str]:
    """Names of the checks on offer."""
    return catalogue.names(FOLDER)


def audit_benchmark(
    instrument: Instrument,
    answers: Mapping[str, Mapping[str, int]] | None = None,
    faults: Sequence[str] = (),
    checks: Iterable[str] = (),
) -> Audit:
    """Every check of a benchmark (or those named).

    answers   respondent -> item -> position of the option it chose, for the check of contested keys
    faults    rows of a user's file that could not be read, one line each
    Errors    BadStudy for an instrument that is no benchmark; UnknownName for a check
    """
    if instrument.exam is None:
        raise BadStudy(f"{instrument.name} is a survey, not a benchmark: it has no right answers to check")
    laid = sheet(instrument, answers, faults)
    outcomes = {}
    for name in checks or check_names():
        one: Check = catalogue.load(FOLDER, name, "CHECK")
        outcomes[name] = one.run(laid)
    facts = {
        "title": instrument.title,
        "items": f"{len(instrument.questions):,} asked, {len(instrument.examples):,} worked examples",
        "source": instrument.source.cite,
        "licence": instrument.source.licence,
        "terms": instrument.source.terms,
        "not for": instrument.not_for,
    }
    return Audit(instrument.name, facts, outcomes, baselines(instrument))


def baselines(instrument: Instrument) -> tuple[tuple[str, str, float], ...]:
    """(floor, metric, value) of every baseline on the asked items, pooled and as the benchmark averages."""
    asked = [one for one in instrument.questions if one.id in instrument.gold and one.kind == "one"]
    if not asked:
        return ()
    rows = []
    for number, question in enumerate(asked):
        outcome = uniform_outcome(question)
        wording = question.wordings[0]
        rows.append(
            {
                "ask": str(number), "cell": str(number), "respondent": "nobody", "respondent_id": "nobody",
                "instrument": instrument.name, "question": question.id, "persona": "none", "perspective": "self",
                "language": wording.language, "wording": wording.id, "order": "forward", "labels": "text",
                "placement": "system", "context": "", "decoding": "readout", "mode": "logprob", "p": outcome.p,
                "off_menu": outcome.off_menu,
            }
        )  # fmt: skip
    table = pl.DataFrame(rows, schema={name: SCHEMA[name] for name in rows[0]})
    table = table.with_columns(
        pl.lit(None, dtype=kind).alias(name) for name, kind in SCHEMA.items() if name not in table
    )
    context = make_context(table.select(list(SCHEMA)), pl.DataFrame(schema=HUMANS), [instrument], MeasureKeys(), 0)
    found = []
    groups = {f"{one}=" for one in (instrument.exam.groups if instrument.exam else ())}
    for metric in METRICS:
        for row in find_measure(metric).compute(context):
            # the whole benchmark: no view, no suspected key, no single group
            parts = [part for part in row.facet.split(";") if part and not part.startswith(("prompt=", "norm=none"))]
            part_of_it = any(part.startswith(("view=", "key=", "norm=", "vs=", *groups)) for part in parts)
            if row.respondent.startswith("floor:") and row.value is not None and not row.group and not part_of_it:
                name = " ".join((metric, *(f"({part})" for part in parts)))
                found.append((row.respondent.removeprefix("floor:"), name, float(row.value)))
    return tuple(dict.fromkeys(found))


HUMANS = {"source": pl.String, "population": pl.String, "place": pl.String, "instrument": pl.String, "item": pl.String}
