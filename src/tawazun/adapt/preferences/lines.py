"""The report on a judge in plain lines: what came of the answers, every gate, and what no gate judges."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from tawazun.adapt.preferences.findings import about
from tawazun.adapt.preferences.gates import Gate

SHOWN = (
    ("judge_position_bias", "", "of the decided verdicts changed sides with the order"),
    ("judge_yield", "first", "of the pairs went to whatever stood first"),
    ("judge_yield", "last", "of the pairs went to whatever stood last"),
    ("judge_yield", "tied", "of the pairs were tied"),
    ("judge_length_bias", "", "of the kept verdicts went to the longer answer"),
    ("judge_country_changed", "elsewhere", "of the kept verdicts changed for another place"),
    ("judge_country_changed", "unnamed", "of the kept verdicts changed without a place"),
)


def report_lines(findings: pl.DataFrame, gates: Sequence[Gate], sampled: Mapping[str, Any]) -> Iterator[str]:
    """Every line of the report, in the order in which it is read."""
    if sampled:
        gone = ", ".join(f"{count} {name.removeprefix('left out: ')}" for name, count in sampled.items() if count)
        yield f"sampled: {gone}"
    for gate in gates:
        yield gate.line
    for rubric in dict.fromkeys(findings["rubric"]):
        own = findings.filter(pl.col("rubric") == rubric)
        yield from _shares(own, rubric)
        yield from _people(own, rubric)
        yield from _countries(own, rubric)


def _shares(own: pl.DataFrame, rubric: str) -> Iterator[str]:
    pairs = own["instrument"][0]
    for measure, facet, words in SHOWN:
        for row in own.filter(pl.col("measure") == measure).iter_rows(named=True):
            mine = row["instrument"] == pairs and not row["group"] and about(row["facet"]) == facet
            if mine and row["value"] is not None:
                yield f"{rubric}: {_percent(row)} {words} ({row['n']:.0f} pairs)"


def _people(own: pl.DataFrame, rubric: str) -> Iterator[str]:
    told = {"kappa": "kappa with people", "alpha": "alpha of people and the judge"}
    rows = own.filter(pl.col("measure").is_in(["agreement", "judge_correlation"]) & (pl.col("group") == ""))
    for row in rows.iter_rows(named=True):
        words = told.get(about(row["facet"]), "")
        if row["measure"] == "judge_correlation":
            words = "correlation of its lead with people's mean verdict"
        if row["respondent"].startswith("ceiling:"):
            words = {"share": "of people's verdicts are most others'"}.get(about(row["facet"]), "")
        if words and row["value"] is not None:
            within = "" if row["low"] is None else f" ({row['low']:.2f} to {row['high']:.2f})"
            yield f"{rubric}: {row['value']:.2f}{within} {words}, {row['n']:.0f} pairs"


def _countries(own: pl.DataFrame, rubric: str) -> Iterator[str]:
    pairs = own["instrument"][0]
    rows = own.filter((pl.col("measure") == "judge_yield") & (pl.col("instrument") == pairs))
    rows = rows.filter(pl.col("group").str.starts_with("country:"))
    shown = [f"{row['group'].removeprefix('country:')} {_percent(row)}" for row in rows.iter_rows(named=True)]
    if shown:
        yield f"{rubric}: kept by country: {', '.join(shown)}"


def _percent(row: Mapping[str, Any]) -> str:
    if row["value"] is None:
        return "none"
    within = "" if row["low"] is None else f" ({row['low']:.0%} to {row['high']:.0%})"
    return f"{row['value']:.1%}{within}"
