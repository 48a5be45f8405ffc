"""What a run folder holds beside its answers: questions, people, sources, and the manifest that is written last."""

import platform
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from tawazun.api.drift import frozen_state
from tawazun.api.finding import Prepared
from tawazun.instruments import Exam, Instrument
from tawazun.populations import Population, humans_table
from tawazun.respondents import respondent_id
from tawazun.runs import Run, RunFolder
from tawazun.runs.usage import Usage, read_usage
from tawazun.seeds import digest
from tawazun.study import Study
from tawazun.version import PROMPT_VERSION, RUN_FORMAT, VERSION


def write_sides(
    runfolder: RunFolder, study: Study, instruments: Sequence[Instrument], populations: Sequence[Population]
) -> None:
    """Write the tables of questions, people and sources."""
    runfolder.write_table("questions", questions_table(instruments))
    runfolder.write_table("humans", humans_table(populations))
    runfolder.write_json("sources", _sources(study, instruments, populations))


def questions_table(instruments: Sequence[Instrument]) -> pl.DataFrame:
    """One row per question, language and wording; texts only where their source lets them be passed on."""
    rows = []
    for one in instruments:
        for question in one.questions:
            for wording in question.wordings or (None,):
                own = wording is not None and (wording.status != "official" and one.source.redistribute == "yes")
                rows.append(
                    {
                        "instrument": one.name,
                        "question": question.id,
                        "kind": question.kind,
                        "title": question.title,
                        "ordinal": question.ordinal,
                        "codes": list(question.codes),
                        "tags": list(question.tags),
                        "language": wording.language if wording else None,
                        "wording": wording.id if wording else None,
                        "status": wording.status if wording else None,
                        "stem": wording.stem if wording and own else None,
                        "options": list(wording.options) if wording and own else None,
                    }
                )
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "instrument": pl.String, "question": pl.String, "kind": pl.String, "title": pl.String, "ordinal": pl.Boolean,
        "codes": pl.List(pl.Float64), "tags": pl.List(pl.String), "language": pl.String, "wording": pl.String,
        "status": pl.String, "stem": pl.String, "options": pl.List(pl.String),
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema)


def _sources(
    study: Study, instruments: Sequence[Instrument], populations: Sequence[Population]
) -> list[dict[str, object]]:
    found: list[dict[str, object]] = [
        {
            "kind": "instrument",
            "name": one.name,
            "title": one.title,
            "not_for": one.not_for,
            "indices": {
                index.name: {
                    "title": index.title,
                    "terms": dict(index.terms),
                    "constant": index.constant,
                    "warning": index.warning,
                }
                for index in one.indices
            },
            **({"exam": _exam(one.exam)} if one.exam else {}),
            **one.source.record(),
        }
        for one in instruments
    ]
    seen: set[str] = set()
    for population in populations:
        name = population.name.rsplit("/", 1)[0]
        if name not in seen:
            seen.add(name)
            universe = {k: getattr(population.universe, k) for k in population.universe.__slots__}
            found.append(
                {
                    "kind": "population",
                    "name": name,
                    "human_error": population.human_error,
                    "universe": universe,
                    **population.source.record(),
                }
            )
    return found


def _exam(one: Exam) -> dict[str, object]:
    """How a benchmark is scored, and what is printed elsewhere of it."""
    published = [{key: getattr(figure, key) for key in figure.__slots__} for figure in one.published]
    return {"metric": one.metric, "over": one.over, "groups": list(one.groups), "published": published}


def manifest_of(made: Run, prepared: Prepared) -> dict[str, object]:
    """The manifest of a finished run: versions, respondents, hashes and counts."""
    return {
        **facts_of(prepared, read_usage(made.path)),
        "frozen": frozen_state(prepared.study, made.frozen),
        **counted(made),
    }


def facts_of(prepared: Prepared, usage: Mapping[str, Usage]) -> dict[str, Any]:
    """What the manifest says before there are answers: versions, seed, respondents and what asking them came to."""
    return {
        "kind": "study",
        "name": prepared.study.name,
        "format": RUN_FORMAT,
        "prompt_version": PROMPT_VERSION,
        "versions": {"tawazun": VERSION, "python": platform.python_version(), "polars": pl.__version__},
        "seed": prepared.study.seed,
        "respondents": {
            label: {
                "id": respondent_id(one.identity),
                "identity": dict(one.identity),
                "notes": list(getattr(one, "notes", [])),
                **({"usage": dict(usage[label])} if label in usage else {}),
            }
            for label, one in prepared.respondents.items()
        },
    }


def counted(made: Run) -> dict[str, object]:
    """What the manifest says of the tables as they are now."""
    answers = made.answers
    failed = answers.filter(pl.col("error").is_not_null()).height
    return {
        "counts": {"cells": answers.height, "failed": failed, "scores": made.scores.height},
        "hashes": {
            "asks": digest("".join(sorted(answers["ask"].unique()))),
            "humans": digest(made.humans.write_json()),
        },
    }
