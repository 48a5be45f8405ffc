"""`tawazun audit subsets`, `recipes` and `effects`: what a component of the data does to a model, by experiment."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from tawazun.cli.components import Column, Embedder, Separator, Sets, columns
from tawazun.cli.options import AsJson
from tawazun.cli.predicting import plain, small
from tawazun.cli.saying import say
from tawazun.errors import BadStudy

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of `tawazun audit subsets`.")]


def subsets(
    paths: Sets,
    components: Annotated[Path, typer.Option(help="Folder of `tawazun audit components`.")],
    out: Annotated[Path, typer.Option(help="A new folder for the subsets.")],
    component: Annotated[
        list[int] | None, typer.Option(help="From 1; all that rows can be chosen for without it.", show_default=False)
    ] = None,
    size: Annotated[int, typer.Option(help="Rows of a subset; 0 = a quarter.")] = 0,
    draws: Annotated[int, typer.Option(help="Random subsets, 3 or more.")] = 5,
    seed: Annotated[int, typer.Option(help="Of the random subsets.")] = 1,
    language: Annotated[str, typer.Option(help="Of every row; identified without it.", show_default=False)] = "",
    licence: Annotated[
        list[str] | None, typer.Option(help="SET=LICENCE where rows do not say.", show_default=False)
    ] = None,
    column: Column = None,
    separator: Separator = "",
    embedder: Embedder = None,
    as_json: AsJson = False,
) -> None:
    """Rows high and low on components, and random ones: as many of each source and length, as data sets."""
    from tawazun.api.components import Reading, named_sets
    from tawazun.api.subsets import Plan, make_subsets

    made = make_subsets(
        named_sets(paths), components, out,
        plan=Plan(tuple(component or ()), size, draws, seed, _pairs(licence or [])),
        reading=Reading(language, (), columns(column or []), separator, embedder),
    )  # fmt: skip
    if as_json:
        typer.echo(json.dumps(plain(asdict(made)), ensure_ascii=False))
        return
    for name, one in made.subsets.items():
        sources = ", ".join(f"{source} {share:.0%}" for source, share in one["sources"].items())
        scores = one["scores"]
        at = "too small to be scored" if scores is None else "scores " + ", ".join(f"{value:+.2f}" for value in scores)
        say(f"{name}: {one['rows']:,} rows, {one['words']:,} words, {at}; {sources}")
    for name, sides in made.unmatched.items():
        for side, shares in sides.items():
            top = max(shares, key=lambda source: shares[source])
            say(f"{name}, {side}: without matching {shares[top]:.0%} would come from {top}")
    for name, why in made.without.items():
        say(f"no subsets of {name}: {why}")
    typer.echo(f"subsets: {out}")


def recipes(
    folder: Folder,
    recipe: Annotated[list[Path], typer.Option(help="A recipe of `tawazun adapt sft` for each base model.")],
    seed: Annotated[list[int] | None, typer.Option(help="Of trainings; 0, 1 and 2 without it.")] = None,
    as_json: AsJson = False,
) -> None:
    """One recipe, and one command, for each subset, base model and seed."""
    from tawazun.api.subset_recipes import SCRIPT, write_recipes

    made = write_recipes(folder, recipe, seed if seed is not None else (0, 1, 2))
    if as_json:
        typer.echo(json.dumps([{**asdict(one), "command": one.command} for one in made], ensure_ascii=False))
        return
    for one in made[:3]:
        say(one.command)
    say(f"{len(made)} trainings in {folder / SCRIPT}")


def effects(
    folder: Folder,
    results: Annotated[
        Path | None,
        typer.Argument(help="Table: subset, model, benchmark, change[, seed]; else the folder's own runs/."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Keep the numbers in this folder.", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """What training on high and low subsets changed beyond random ones, and how much models differ in it."""
    from tawazun.api.subset_recipes import measure_effects

    found = measure_effects(folder, results, out=out)
    if as_json:
        typer.echo(json.dumps(plain(asdict(found)), ensure_ascii=False, allow_nan=False))
        return
    for one in found.effects:
        said = "" if one.models < 2 else f"; between models ±{one.between:.3g}, of random subsets ±{one.chance:.3g}"
        say(
            f"{one.subset} × {one.benchmark}: {one.effect:+.3g} beyond random ({one.low:+.3g} to {one.high:+.3g}), "
            f"p {small(one.p)}, q {small(one.q)}, {one.models} models, {one.draws} random subsets{said}"
        )
    for note in found.notes:
        say(f"note: {note}")
    if out:
        typer.echo(f"audit: {out}")


def _pairs(given: list[str]) -> dict[str, str]:
    """`SET=LICENCE` pairs. Errors: BadStudy."""
    found = {}
    for one in given:
        name, equals, licence = one.partition("=")
        if not equals or not name or not licence:
            raise BadStudy(f"--licence: {one!r} is not of the form SET=LICENCE")
        found[name] = licence
    return found
