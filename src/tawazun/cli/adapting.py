"""`tawazun adapt …`: bring a model closer to chosen people, and say what was gained and what was lost."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tawazun.cli import engines
from tawazun.cli.options import AsJson, Data

if TYPE_CHECKING:
    from tawazun.adapt.ground import Ground
    from tawazun.adapt.search.records import Generation
    from tawazun.api.adapting import Adapted

app = typer.Typer(help="Bring a model closer to chosen people.", no_args_is_help=True)


@app.callback()
def _root() -> None:
    """Adaptations."""


def soft_prompt(
    recipe: Annotated[Path, typer.Argument(help="The recipe file (TOML), or the name of a shipped one: steering.")],
    out: Annotated[Path, typer.Option(help="The adaptation's folder; an unfinished one there is taken up.")],
    data: Data = None,
    trust_remote_code: Annotated[
        bool, typer.Option(help="Let a model's own code run; the recipe must say remote_code = true as well.")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Print evaluations, prompts and tokens; search nothing.")] = False,
    table: Annotated[bool, typer.Option(help="Compare with the other arms of the recipe's [table].")] = True,
    engine: engines.Name = "local",
    ray_address: engines.Address = "",
    workers: engines.Workers = 0,
    as_json: AsJson = False,
) -> None:
    """Search vectors in front of a frozen model that bring its answers to those of the target."""
    from tawazun.adapt.recipe import load_recipe
    from tawazun.api import adapting, open_engine
    from tawazun.api.steering_table import adapt_with_table
    from tawazun.studies import find_recipe

    recipe = find_recipe(recipe)
    loaded = load_recipe(recipe)
    given = {"folder": recipe.parent, "data": data, "remote_code": trust_remote_code}
    if dry_run:
        _print_size(adapting.prepare_adaptation(loaded, **given), as_json, table=table)  # type: ignore[arg-type]
        return
    say = (lambda line: None) if as_json else typer.echo
    with open_engine(engine, ray_address, workers) as where, _progress(quiet=as_json) as (tick, told):
        if table:
            done = adapt_with_table(loaded, out, **given, engine=where, progress=tick, told=told, say=say)  # type: ignore[arg-type]
        else:
            done = adapting.adapt_soft_prompt(loaded, out, **given, engine=where, progress=tick, say=say)  # type: ignore[arg-type]
    _print(done, as_json, table=table)


def _print_size(ground: "Ground", as_json: bool, *, table: bool) -> None:
    """What the recipe's searches cost, and how many more arms the table makes at the same budget."""
    from tawazun.adapt.table_arms import searched_beside
    from tawazun.api.adapting import adaptation_size

    size, beside = adaptation_size(ground), searched_beside(ground) if table else []
    if as_json:
        typer.echo(json.dumps({**asdict(size), "table": beside}))
        return
    typer.echo(
        f"{size.searches:,} searches, {size.evaluations:,} evaluations of {size.prompts:,} prompts and "
        f"{size.tokens:,} prompt tokens each; {size.panel:,} personas anchor the constants of the first"
    )
    if beside:
        typer.echo(f"the table makes {len(beside)} more arms at the same budget: {', '.join(beside)} (--no-table)")


@contextmanager
def _progress(*, quiet: bool) -> Iterator[tuple[Callable[[str, "Generation"], None], Callable[[str], None]]]:
    """A line that follows the search on a terminal, nothing elsewhere."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda what, row: None, lambda what: None
        return
    with console.status("reading the recipe") as line:

        def tick(what: str, row: "Generation") -> None:
            best, median = ("-" if one is None else f"{one:.4g}" for one in (row.best, row.median))
            line.update(f"{what}: {row.evaluations:,} evaluations, best {best}, median {median}")

        yield tick, lambda what: line.update(f"asking every arm: {what}")


def _print(done: "Adapted", as_json: bool, *, table: bool) -> None:
    """What each search reached, how it stands beside the other arms, and where it is."""
    if as_json:
        found = [
            {"target": one.target.name, "seed": one.seed, "adapter": str(one.folder), "start": one.start,
             "best": one.value, "evaluations": one.evaluations, "seconds": one.seconds, "parameters": one.parameters}
            for one in done.fitted
        ]  # fmt: skip
        told = {"table": str(done.path / "table.parquet")} if table else {}
        typer.echo(json.dumps({"adaptation": str(done.path), "adapters": found, **told}))
        return
    for one in done.fitted:
        typer.echo(
            f"{one.target.name}, seed {one.seed}: objective {one.start:.4g} at the start, {one.value:.4g} found by "
            f"{one.optimiser} in {one.evaluations:,} evaluations ({one.seconds:.0f} s, {one.parameters:,} numbers)"
        )
    if table:
        from tawazun.cli.steering_lines import print_table

        print_table(done.path)
        typer.echo(f"page: {done.path / 'report.html'}")
    else:
        typer.echo("the objective says nothing about other items, wordings or languages: see before/ and after/")
    typer.echo(f"adaptation: {done.path}")
