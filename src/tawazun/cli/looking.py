"""`list`, `show`, `fetch`: what is on offer, and where it comes from."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from tawazun.cli.options import AsJson, Data


def list_(
    kind: Annotated[str, typer.Argument(help="What to list; nothing = the kinds.")] = "",
    as_json: AsJson = False,
) -> None:
    """List what is on offer: instruments, populations, respondents, measures, places, groups, studies."""
    from tawazun.cli import offers

    found: Any = offers.listed(kind)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for name, about in found.items():
        typer.echo(f"{name:32} {about}".rstrip())


def show(
    name: Annotated[str, typer.Argument(help="A name from `tawazun list KIND`.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Show one thing: its source, licence, what it may not be used for, and what is in it."""
    from tawazun.cli import offers

    found = offers.shown(name, data)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for key, value in found.items():
        if isinstance(value, list):
            typer.echo(f"{key}:")
            for one in value:
                typer.echo(f"  {one}")
        else:
            typer.echo(f"{key}: {value}")


def fetch(
    name: Annotated[str, typer.Argument(help="An instrument whose questions lie in a data set.")],
    data: Data = None,
    revision: Annotated[str, typer.Option(help="A commit, where none is pinned or another is wanted.")] = "",
    source: Annotated[
        Path | None, typer.Option("--from", help="An archive or a folder that you downloaded.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Copy an instrument's data set into the data folder, at one commit, and check it."""
    from tawazun.cli import fetching

    fetching.fetch_instrument(name, data, revision=revision, source=source, as_json=as_json)
