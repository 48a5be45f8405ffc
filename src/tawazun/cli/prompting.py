"""`tawazun adapt prompts`: steer any respondent by words, and search for better ones."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tawazun.cli.options import AsJson, Data

if TYPE_CHECKING:
    from tawazun.adapt.search.records import Generation
    from tawazun.api.prompting import Progress, Prompted, PromptsSize


def prompts(
    recipe: Annotated[Path, typer.Argument(help="The recipe file (TOML).")],
    out: Annotated[Path, typer.Option(help="The adaptation's folder; an unfinished one there is taken up.")],
    data: Data = None,
    trust_remote_code: Annotated[
        bool, typer.Option(help="Let a model's own code run; the recipe must say remote_code = true as well.")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Print arms, prompts and evaluations; ask nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Steer a respondent by personas, examples and prompts, and search a pool of prompts; needs answers only."""
    from tawazun.adapt.steering_keys import load_prompts_recipe
    from tawazun.api import prompting
    from tawazun.api.prompting_desk import prepare_prompts

    loaded, keys = load_prompts_recipe(recipe)
    given = {"folder": recipe.parent, "data": data, "remote_code": trust_remote_code}
    if dry_run:
        _print_size(prompting.prompts_size(prepare_prompts(loaded, keys, **given)), as_json)  # type: ignore[arg-type]
        return
    with _progress(quiet=as_json) as tick:
        done = prompting.adapt_prompts(loaded, keys, out, **given, progress=tick)  # type: ignore[arg-type]
    _print(done, as_json)


def _print_size(size: "PromptsSize", as_json: bool) -> None:
    """What the recipe costs."""
    if as_json:
        typer.echo(json.dumps(asdict(size)))
        return
    typer.echo(
        f"{size.arms:,} arms; a pool of {size.pool:,} prompts or fewer, {size.evaluations:,} evaluations of "
        f"{size.asks:,} prompts and {size.tokens:,} prompt tokens each, and {size.runs:,} prompts before and after"
    )


@contextmanager
def _progress(*, quiet: bool) -> "Iterator[Progress]":
    """A line that follows the search on a terminal, nothing elsewhere."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda what, row: None
        return
    with console.status("reading the recipe") as line:

        def tick(what: str, row: "Generation") -> None:
            best = "-" if row.best is None else f"{row.best:.4g}"
            line.update(f"{what}: {row.evaluations:,} tried, best {best}")

        yield tick


def _print(done: "Prompted", as_json: bool) -> None:
    """What was made, what was found, and where it is."""
    if as_json:
        typer.echo(json.dumps(_table(done), ensure_ascii=False))
        return
    for code, own in done.arms.items():
        for name, arm in own.items():
            typer.echo(f"{code}, {name}: {arm.title}")
    for one in done.searched:
        typer.echo(
            f"{one.place}, seed {one.seed}: {one.found.value:.4g} on the fit, best of {len(one.found.trials)} prompts: "
            f"{one.found.best.title}"
        )
    if done.searched:
        typer.echo(
            "the best of many is flattered by the choice: read its worth off items that were held out, in after/"
        )
    typer.echo(f"adaptation: {done.path}")


def _table(done: "Prompted") -> dict[str, object]:
    arms = [
        {"place": code, "arm": name, "kind": one.kind, "title": one.title, "notes": one.notes}
        for code, own in done.arms.items()
        for name, one in own.items()
    ]
    found = [
        {"place": one.place, "seed": one.seed, "value": one.found.value, "title": one.found.best.title,
         "evaluations": len(one.found.trials), "stopped": one.found.stopped}
        for one in done.searched
    ]  # fmt: skip
    return {"adaptation": str(done.path), "arms": arms, "searched": found}
