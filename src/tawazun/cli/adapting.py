"""`tawazun adapt …`: bring a model closer to chosen people, and say what was gained and what was lost."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tawazun.cli.options import AsJson, Data

if TYPE_CHECKING:
    from tawazun.adapt.search.records import Generation
    from tawazun.api.adapting import Adapted

app = typer.Typer(help="Bring a model closer to chosen people.", no_args_is_help=True)


@app.callback()
def _root() -> None:
    """Adaptations."""


@app.command(name="soft-prompt")
def soft_prompt(
    recipe: Annotated[Path, typer.Argument(help="The recipe file (TOML).")],
    out: Annotated[Path, typer.Option(help="The adaptation's folder; an unfinished one there is taken up.")],
    data: Data = None,
    trust_remote_code: Annotated[
        bool, typer.Option(help="Let a model's own code run; the recipe must say remote_code = true as well.")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Print evaluations, prompts and tokens; search nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Search vectors in front of a frozen model that bring its answers to those of the target."""
    from tawazun.adapt.recipe import load_recipe
    from tawazun.api import adapting

    loaded = load_recipe(recipe)
    given = {"folder": recipe.parent, "data": data, "remote_code": trust_remote_code}
    if dry_run:
        size = adapting.adaptation_size(adapting.prepare_adaptation(loaded, **given))  # type: ignore[arg-type]
        typer.echo(
            json.dumps(asdict(size))
            if as_json
            else f"{size.searches:,} searches, {size.evaluations:,} evaluations of {size.prompts:,} prompts and "
            f"{size.tokens:,} prompt tokens each; {size.panel:,} personas anchor the constants of the first"
        )
        return
    with _progress(quiet=as_json) as tick:
        done = adapting.adapt_soft_prompt(loaded, out, **given, progress=tick)  # type: ignore[arg-type]
    _print(done, as_json)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[str, "Generation"], None]]:
    """A line that follows the search on a terminal, nothing elsewhere."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda what, row: None
        return
    with console.status("reading the recipe") as line:

        def tick(what: str, row: "Generation") -> None:
            best, median = ("-" if one is None else f"{one:.4g}" for one in (row.best, row.median))
            line.update(f"{what}: {row.evaluations:,} evaluations, best {best}, median {median}")

        yield tick


def _print(done: "Adapted", as_json: bool) -> None:
    """What each search reached, and where it is."""
    if as_json:
        found = [
            {"target": one.target.name, "seed": one.seed, "adapter": str(one.folder), "start": one.start,
             "best": one.value, "evaluations": one.evaluations, "seconds": one.seconds, "parameters": one.parameters}
            for one in done.fitted
        ]  # fmt: skip
        typer.echo(json.dumps({"adaptation": str(done.path), "adapters": found}))
        return
    for words in dict.fromkeys(f"{one.target.name}: {one.constants.words}" for one in done.fitted):
        typer.echo(words)
    for one in done.fitted:
        typer.echo(
            f"{one.target.name}, seed {one.seed}: objective {one.start:.4g} at the start, {one.value:.4g} found by "
            f"{one.optimiser} in {one.evaluations:,} evaluations ({one.seconds:.0f} s, {one.parameters:,} numbers)"
        )
    typer.echo("the objective says nothing about other items, wordings or languages: see before/ and after/")
    typer.echo(f"adaptation: {done.path}")
