"""Planted respondents measured end to end, in memory and on disk alike: helpers for the tests beside this file."""

from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from tawazun.estimates import scores_table
from tawazun.instruments import instrument
from tawazun.interview import ask_all, make_plan
from tawazun.measures import measure_answers
from tawazun.populations import humans_table, load_populations
from tawazun.respondents import Respondent, Settings, make_respondent
from tawazun.runs import RunFolder, open_run
from tawazun.study import Study
from tests.toys import study

REGION = "group:atlas-arab@1"


def planted_study(
    options: dict[str, Any], ask: dict[str, Any], measure: dict[str, Any], gates: dict[str, Any] | None = None
) -> Study:
    """A study of the planted world with one planted respondent."""
    return study(
        gates=gates or {},
        respondent=[{"name": "planted", "kind": "planted", "options": options}],
        ask={"personas": [REGION], "wordings": 3, "orders": ["forward", "reversed"], **ask},
        measure={"populations": ["atlas_exact-1/group:atlas-arab@1"], "groups": [REGION], **measure},
    )


def scored(made: Study, folder: Path) -> pl.DataFrame:
    """The scores of a study without its page."""
    atlas = instrument("atlas")
    run = RunFolder.start(folder, made)
    for keys in made.respondent:
        given = keys.model_dump(exclude={"instruments"})
        respondent = make_respondent(Settings(**given))
        assert isinstance(respondent, Respondent)
        ask_all(run, make_plan(made, [atlas]), keys.name, respondent)
    run.gather_answers()
    humans = humans_table(_people(tuple(made.measure.populations)))
    return scores_table(measure_answers(made, open_run(folder).answers, humans, [atlas]))


@cache
def _people(specs: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(one for spec in specs for one in load_populations(spec, data=None))


def value(scores: pl.DataFrame, measure: str, facet: str = "", own: bool = False) -> float:
    """The mean of a measure over the subjects of a study; `own` keeps personas against their own people."""
    rows = scores.filter(
        (pl.col("measure") == measure)
        & (pl.col("respondent") == "planted")
        & (pl.col("item") == "")
        & pl.col("facet").str.contains(facet, literal=True)
    )
    if own:
        rows = rows.filter(pl.col("population").str.ends_with("/" + pl.col("persona")))
    assert rows.height, f"no row of {measure}"
    mean = rows["value"].mean()
    assert isinstance(mean, float), f"{measure} has no value: {rows['why'].to_list()}"
    return mean


def half_width(scores: pl.DataFrame, measure: str) -> float:
    """The mean half-width of a measure's intervals."""
    rows = scores.filter((pl.col("measure") == measure) & (pl.col("respondent") == "planted"))
    mean = ((rows["high"] - rows["low"]) / 2).mean()
    assert isinstance(mean, float)
    return mean
