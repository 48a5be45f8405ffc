"""`tawazun audit association` and `tawazun audit predict`: components of sets, and what training on them changes."""

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from tawazun.cli.components import Column, Embedder, Out, Separator, columns
from tawazun.cli.options import AsJson
from tawazun.cli.saying import say

MOST = 12


def association(
    results: Annotated[
        Path, typer.Argument(help="Table: dataset, model, family, benchmark, change[, se, seed, origin].")
    ],
    components: Annotated[Path, typer.Argument(help="Folder of `tawazun audit components`.")],
    out: Out = None,
    effect: Annotated[float, typer.Option(help="Correlation that would be worth finding.")] = 0.7,
    language: Annotated[str, typer.Option(help="Where components are of several.", show_default=False)] = "",
    as_json: AsJson = False,
) -> None:
    """Do components go with what training on the sets changed, and how well do they predict it."""
    from tawazun.api.predicting import associate, findings_of

    done = associate(results, components, effect=effect, language=language, out=out)
    found = done.found
    if as_json:
        listed = {
            "sets": found.sets, "tests": found.tests, "power": found.power, "needed": found.needed,
            "cells": [asdict(one) for one in found.cells], "families": [asdict(one) for one in found.families],
            "left_out": [asdict(one) for one in done.skills], "findings": [asdict(one) for one in findings_of(done)],
        }  # fmt: skip
        typer.echo(json.dumps(plain(listed), ensure_ascii=False, allow_nan=False))
        return
    sizes = f"{len(done.panel.models)} models, {len(done.panel.benchmarks)} benchmarks"
    say(f"{found.sets} sets, {sizes}: {found.tests} tests")
    say(f"method: {found.method}; Benjamini-Hochberg over the grid")
    for one in sorted(found.cells, key=lambda cell: (math.isnan(cell.p), cell.p))[:MOST]:
        say(
            f"  component {one.component + 1} × {one.model} × {one.benchmark}: rho {one.rho:+.2f} "
            f"({one.low:+.2f} to {one.high:+.2f}), n {one.n}, p {small(one.p)}, q {small(one.q)}"
        )
    if len(found.cells) > MOST:
        say(f"  … {len(found.cells) - MOST} more" + (f" in {out}/associations.parquet" if out else ""))
    for apart in found.families:
        slopes = ", ".join(f"{name} {value:+.2f}" for name, value in apart.slopes.items())
        tested = f"one slope for all: p {small(apart.p)}, q {small(apart.q)}"
        say(f"  component {apart.component + 1}: families {slopes}; {tested}")
    for skill in done.skills:
        what = "set and family together" if skill.left_out == "both" else skill.left_out
        tested = "" if math.isnan(skill.p) else f" (p {small(skill.p)}, q {small(skill.q)})"
        say(
            f"  {skill.benchmark}, each {what} left out: error {skill.error:.3g}, of the mean "
            f"{skill.floor:.3g}, skill {skill.skill:+.2f}, better for {skill.better} of {skill.n}{tested}"
        )
    for finding in findings_of(done):
        say(f"{finding.severity}: {finding.text}")
    if out:
        typer.echo(f"audit: {out}")


def predict(
    model: Annotated[Path, typer.Argument(help="Folder of `tawazun audit association`, or its model.json.")],
    dataset: Annotated[str, typer.Argument(metavar="[NAME=]PATH", help="The new set.")],
    level: Annotated[float, typer.Option(help="Of the prediction intervals.")] = 0.9,
    language: Annotated[str, typer.Option(help="Of its rows; identified without it.", show_default=False)] = "",
    column: Column = None,
    separator: Separator = "",
    embedder: Embedder = None,
    as_json: AsJson = False,
) -> None:
    """What training on a new set would change, with the error such predictions had on sets left out."""
    from tawazun.api.components import Reading
    from tawazun.api.predicting import predict as made

    reading = Reading(language, (), columns(column or []), separator, embedder)
    forecasts, scores = made(model, dataset, reading=reading, level=level)
    if as_json:
        record = {"scores": scores, "level": level, "forecasts": [asdict(one) for one in forecasts]}
        typer.echo(json.dumps(plain(record), ensure_ascii=False, allow_nan=False))
        return
    say("scores: " + ", ".join(f"{name}: {value:+.2f}" for name, value in scores.items()))
    for one in forecasts:
        by_line = f"{one.change:+.3g} ({one.low:+.3g} to {one.high:+.3g})"
        by_mean = f"{one.mean:+.3g} ({one.mean_low:+.3g} to {one.mean_high:+.3g})"
        if one.better:
            say(f"{one.benchmark}, {one.model}: {by_line} at {level:.0%}; the mean of the other sets is {by_mean}")
        else:
            say(
                f"{one.benchmark}, {one.model}: {by_mean} at {level:.0%}, the mean of the other sets; "
                f"components say {by_line} and were no better on sets left out"
            )


def small(p: float) -> str:
    """A probability for reading."""
    return "< .001" if p < 0.001 else f"{p:.3f}"


def plain(value: Any) -> Any:
    """What JSON can hold: a number that is none becomes null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value
